"""What a plan rests on besides data: parameters and assumed supply, in one table with basis and source.

Nothing here changes a number; it gathers what each stage already marked as sourced, derived or assumed.
"""

from __future__ import annotations

import pandas as pd

from yuanshou.needs.quantify import Needs
from yuanshou.sources.supply import AidSupply

COLUMNS = ["what", "value", "low", "high", "unit", "basis", "source"]


def collect_assumptions(needs: Needs, supply: AidSupply) -> pd.DataFrame:
    """Parameters of the needs chain, then offers by basis, then route rules; columns COLUMNS."""
    parameters = needs.parameters.rename(columns={"name": "what"}).reindex(columns=COLUMNS)
    offers = supply.offers.groupby(["item", "basis", "source_note"], sort=True, dropna=False)["quantity"].sum()
    supplied = offers.reset_index().rename(columns={"quantity": "value", "source_note": "source"})
    supplied["what"] = "supply of " + supplied["item"]
    supplied["unit"] = "base units in the horizon"
    lanes = supply.routes.groupby(["mode", "basis", "source_note"], sort=True, dropna=False).size()
    routes = lanes.rename("value").reset_index().rename(columns={"source_note": "source"})
    routes["what"] = "lanes by " + routes["mode"]
    routes["unit"] = "lanes"
    tables = [t.reindex(columns=COLUMNS).astype(object) for t in (parameters, supplied, routes) if len(t)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)
