"""Goods on their way: packing, dispatch, milestones, receipt, discrepancies. Nothing is lost without a name for it."""
