"""Gifts, standing supply, nodes and lanes put together as one `AidSupply`."""

from __future__ import annotations

from datetime import date

import pandas as pd

from yuanshou.errors import SettingError
from yuanshou.reference import load_table
from yuanshou.sources.example.gifts import gift_offers
from yuanshou.sources.example.lanes import example_nodes, example_routes
from yuanshou.sources.example.standing import standing_offers
from yuanshou.sources.supply import OFFER_COLUMNS, STOCK_COLUMNS, AidSupply


def build_example(as_of: date, *, since: date, weeks: int, assumed: bool) -> AidSupply:
    """See `yuanshou.sources.supply.world_supply`."""
    if since > as_of:
        raise SettingError(f"supply since {since}, after {as_of}", "a first day up to as_of", "choose an earlier day")
    if weeks < 1:
        raise SettingError(f"{weeks} weeks of supply", "at least 1 week", "choose a longer horizon")
    gifts, gift_notes = gift_offers(as_of, since=since)
    standing, standing_notes = standing_offers(as_of, since=since, weeks=weeks)
    offers = pd.concat([part for part in (gifts, standing) if len(part)], ignore_index=True)[OFFER_COLUMNS]
    offers = offers[offers["quantity"] > 0]
    if not assumed:
        offers = offers[offers["basis"] != "assumed"]
    for column in ("available", "expires", "known_by"):
        offers[column] = pd.to_datetime(offers[column]).astype("datetime64[s]")
    offers = offers.sort_values(["available", "offer"], ignore_index=True)
    nodes = example_nodes()
    sources = sorted(set(offers["source"]) | set(load_table("hubs")["airport"]))
    stock = pd.DataFrame({"place": [], "item": [], "quantity": []}, columns=STOCK_COLUMNS)
    return AidSupply(
        offers=offers,
        nodes=nodes,
        stock=stock.astype({"place": str, "item": str, "quantity": "int64"}),
        routes=example_routes(sources, nodes, as_of),
        notes=(*gift_notes, *standing_notes),
    )
