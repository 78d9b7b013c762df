"""Goods of information in and out: spreadsheets with a preview, and exports anybody can check."""
