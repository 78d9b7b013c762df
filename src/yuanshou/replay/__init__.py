"""A past outbreak week by week, with only what was known each day; start reading at `engine.replay`."""
