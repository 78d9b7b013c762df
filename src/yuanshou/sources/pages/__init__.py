"""The stages behind `yuanshou.sources.page`: decode → repair → structure → facts → duplicates.

Every stage is a pure function of text and of the data files in `data/`; nothing here fetches, runs or
stores anything. `yuanshou.sources.page` is the door that callers use.
"""
