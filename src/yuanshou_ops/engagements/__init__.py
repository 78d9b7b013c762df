"""Calls, meetings, summits and letters, and the promises made in them."""
