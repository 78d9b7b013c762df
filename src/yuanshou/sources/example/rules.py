"""The figures the example's rules use, from `reference/supply_rules.csv`, where each stands with basis and reason."""

from __future__ import annotations

from datetime import date
from functools import cache

import pandas as pd

from yuanshou.places import load_places
from yuanshou.reference import load_table

# Donors that are not places send from where their stores are.
STORES = {"JMF": "PVG", "WHO": "DWC", "WFP": "DWC", "UNICEF": "CPH", "PAHO": "PTY", "EUU": "LGG"}


@cache
def rule(name: str) -> float:
    """The value of a rule.

    >>> rule("aid_share")
    0.1
    """
    table = load_table("supply_rules").set_index("rule")["value"]
    return float(table[name])


def known(table: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The rows the world knew on `as_of`; a row without a day is not known."""
    return table[(table["known_by"] != "") & (table["known_by"] <= as_of.isoformat())]


def airport_of(code: str) -> str:
    """Node from which a donor sends: its stores, or its place's cargo airport; "" when neither is known."""
    if code in STORES:
        return STORES[code]
    places = load_places()["cargo_airport"]
    return str(places[code]) if code in places.index else ""


def curbed(as_of: date) -> frozenset[str]:
    """Places with a curb on medical exports known by `as_of`, and not known to be lifted."""
    table = known(load_table("export_curbs"), as_of)
    table = table[table["place"] != ""]
    ended = table["fact"].str.contains("lifted|freed|allowed", regex=True)
    state = table.assign(ended=ended).sort_values("known_by", kind="stable").drop_duplicates("place", keep="last")
    return frozenset(state.loc[~state["ended"], "place"])
