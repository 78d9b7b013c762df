"""Small needs, supplies and networks that the allocation tests share; every figure is made up from a seed."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from yuanshou.allocation.network import SupplyNetwork, build_network
from yuanshou.needs.quantify import Needs
from yuanshou.sources.supply import AidSupply


def small_case(
    *, places: int = 6, items: int = 3, weeks: int = 6, sources: int = 3, supply: float = 0.6, seed: int = 0
) -> tuple[Needs, AidSupply, pd.DataFrame]:
    """Needs, supply and a catalogue: scarce goods, narrow lanes, earmarks, an expiry date, stock in two places."""
    chance = np.random.default_rng(seed)
    item_codes = tuple(f"item{i}" for i in range(items))
    place_codes = tuple(f"P{i:02d}" for i in range(places))
    week_ends = np.datetime64("2020-03-28") + 7 * np.arange(weeks)
    typical = chance.lognormal(6, 1, (places, items, weeks))
    draws = (typical[..., None] * chance.lognormal(0, 0.4, (places, 1, 1, 40))).astype(np.float32)
    empty = pd.DataFrame()
    needs = Needs(
        as_of=date(2020, 3, 25),
        places=place_codes,
        items=item_codes,
        week_ends=week_ends,
        draws=draws,
        draws_capped=None,
        patients=empty,
        parameters=empty,
    )
    kg = np.exp(chance.uniform(-4, 0, items))
    catalogue = pd.DataFrame(
        {
            "name": item_codes,
            "group": "PPE",
            "unit": "each",
            "reusable": False,
            "unit_price_usd": np.exp(chance.uniform(-2, 3, items)),
            "kg_per_unit": kg,
            "m3_per_unit": kg / 130,
        },
        index=pd.Index(item_codes, name="item"),
    )
    total = np.median(draws, axis=3).sum(axis=(0, 2))
    offers = []
    for source in range(sources):
        for item in range(items):
            for lot in range(2):
                offers.append(
                    {
                        "offer": f"O{source}-{item}-{lot}",
                        "donor": "Chen",
                        "source": f"N{source}",
                        "item": item_codes[item],
                        "quantity": int(supply * total[item] / sources / 2 * chance.uniform(0.5, 1.5)),
                        "available": pd.Timestamp("2020-03-20") + pd.Timedelta(days=int(chance.integers(0, 25))),
                        "expires": pd.NaT if lot else pd.Timestamp("2020-05-01"),
                        "earmark": "" if (source + item) % 3 else f"{place_codes[item]} {place_codes[-1]}",
                        "status": "offered",
                        "basis": "assumed",
                        "known_by": pd.Timestamp("2020-03-20"),
                        "source_note": "",
                    }
                )
    mass = (np.median(draws, axis=3) * kg[None, :, None]).sum(axis=1).mean(axis=1)
    routes = []
    for source in range(sources):
        for place in range(places):
            if (source + place) % 4 == 3:
                continue
            capacity = mass[place] * chance.uniform(0.1, 0.6)
            routes.append(
                {
                    "source": f"N{source}",
                    "recipient": place_codes[place],
                    "mode": "air",
                    "lead_time_days": float(chance.integers(1, 15)),
                    "usd_per_kg": float(chance.uniform(1, 6)),
                    "capacity_kg_week": capacity,
                    "capacity_m3_week": capacity / 125,
                    "basis": "assumed",
                    "source_note": "",
                }
            )
    nodes = pd.DataFrame(
        {
            "node": [f"N{s}" for s in range(sources)],
            "name": "a hub",
            "place": "XXX",
            "latitude": 0.0,
            "longitude": 0.0,
            "kind": "hub",
            "handling_kg_week": [np.nan] + [float(mass.sum()) * 0.4] * (sources - 1),
        }
    )
    stock = pd.DataFrame(
        {"place": [place_codes[0], place_codes[1]], "item": [item_codes[0]] * 2, "quantity": [500, 20]}
    )
    supply_table = AidSupply(offers=pd.DataFrame(offers), nodes=nodes, stock=stock, routes=pd.DataFrame(routes))
    return needs, supply_table, catalogue


def random_network(
    seed: int,
    *,
    recipients: int = 5,
    sources: int = 2,
    items: int = 3,
    weeks: int = 4,
    scale: float = 1.0,
    supply: float = 0.6,
    stock: bool = True,
) -> SupplyNetwork:
    """A network with every feature: two limits on lanes, handling, earmarks, expiry, held stock."""
    chance = np.random.default_rng(seed)
    need = (
        chance.lognormal(4, 1, (recipients, items, weeks)) * (chance.random((recipients, items, weeks)) < 0.85) * scale
    )
    need[0, 0, -1] = 50.0 * scale
    kg = chance.uniform(0.05, 2, items) / scale
    m3 = kg * chance.uniform(0.5, 2, items)
    lanes = [(s, r) for s in range(sources) for r in range(recipients) if (s + r) % 3 or s == 0]
    lane_source, lane_recipient = (np.array(x, dtype=np.int32) for x in zip(*lanes, strict=True))
    pool_source, pool_item = (x.ravel().astype(np.int32) for x in np.mgrid[0:sources, 0:items])
    total = need.sum(axis=(0, 2))
    arriving = chance.dirichlet(np.ones(weeks), len(pool_item)) * (supply * total / sources)[pool_item][:, None]
    mass = (need * kg[None, :, None]).sum(axis=1).mean(axis=1)
    lane_kg = np.repeat((mass[lane_recipient] * chance.uniform(0.2, 1.0, len(lanes)))[:, None], weeks, axis=1)
    lane_m3 = lane_kg * chance.uniform(0.6, 1.6, (len(lanes), 1))
    lane_kg[::3] = np.inf
    members = np.zeros((1, recipients), dtype=bool)
    members[0, ::2] = True
    return build_network(
        sources=tuple(f"N{i}" for i in range(sources)),
        recipients=tuple(f"P{i}" for i in range(recipients)),
        items=tuple(f"item{i}" for i in range(items)),
        week_ends=np.datetime64("2020-03-28") + 7 * np.arange(weeks),
        kg=kg,
        m3=m3,
        lane_source=lane_source,
        lane_recipient=lane_recipient,
        lane_weeks=chance.integers(0, 3, len(lanes)).astype(np.int32),
        lane_cost=chance.uniform(1, 5, len(lanes)),
        lane_m3=lane_m3,
        lane_kg=lane_kg,
        lane_mode=("air",) * len(lanes),
        handling_kg=np.repeat(np.array([[np.inf], [mass.sum() * 0.3]])[:sources], weeks, axis=1),
        pool_source=pool_source,
        pool_item=pool_item,
        pool_arriving=arriving,
        pool_group=np.where(np.arange(len(pool_item)) % 4 == 1, 0, -1).astype(np.int32),
        group_recipients=members,
        pool_last_week=np.where(np.arange(len(pool_item)) % 3 == 2, weeks - 2, weeks - 1).astype(np.int32),
        need=need,
        stock=(chance.random((recipients, items)) < 0.3) * 40.0 * scale if stock else np.zeros((recipients, items)),
        weight=np.exp(chance.normal(0, 0.4, (recipients, items))) / scale,
        tier_share=np.full((1, 4), 0.25),
        tier_value=np.array([[1.0, 0.5, 0.3, 0.2]]),
        cost_weight=1e-3,
    )


def terms_case() -> tuple[Needs, AidSupply, pd.DataFrame]:
    """`small_case` with every term of sharing that a table can give, on one plan."""
    needs, supply, catalogue = small_case(items=4, places=5, weeks=5)
    catalogue["reusable"] = [False, False, False, True]
    catalogue["by_air"] = True
    offers, routes = supply.offers.copy(), supply.routes.copy()
    offers["pack"] = np.where(offers["item"] == "item1", 10.0, np.nan)
    offers["keep_share"] = np.where(offers["source"] == "N0", 0.25, np.nan)
    routes["least_kg"] = np.where(routes["source"] == "N1", routes["capacity_kg_week"] * 0.3, np.nan)
    stock = pd.DataFrame({"place": ["P00", "P01"], "item": ["item3", "item0"], "quantity": [900, 700]})
    transfers = pd.DataFrame(
        [
            ["P00", "P02", "road", 5.0, 1.0, np.nan, np.nan, "item3", 0.25, 1.0],
            ["P01", "P03", "road", 5.0, 1.0, np.nan, np.nan, "", np.nan, np.nan],
        ],
        columns=["lender", "borrower", "mode", "lead_time_days", "usd_per_kg", "capacity_kg_week", "capacity_m3_week",
                 "item", "keep_share", "return_weeks"],
    )  # fmt: skip
    last_plan = pd.DataFrame(
        {
            "source": "N0", "recipient": ["P00", "P02"], "item": ["item0", "item2"], "mode": "air",
            "week": pd.to_datetime(needs.week_ends[[0, 1]]), "quantity": [120, 80],
            "until": pd.Timestamp(needs.week_ends[2]),
        }
    )  # fmt: skip
    reserves = pd.DataFrame(
        [["poorest", "item0", "", 0.2, pd.NaT, "P03 P04"], ["later", "item2", "N1", 0.5, needs.week_ends[2], ""]],
        columns=["reserve", "item", "source", "share", "since", "places"],
    )
    reserves["since"] = pd.to_datetime(reserves["since"])
    terms = {
        "substitutes": pd.DataFrame({"item": ["item0"], "instead_of": ["item2"], "rate": [0.5]}),
        "reserves": reserves,
        "bundles": pd.DataFrame({"bundle": "kit", "item": ["item1", "item2"]}),
        "transfers": transfers,
        "modes": pd.DataFrame({"item": ["item1"], "modes": ["air road"]}),
        "last_plan": last_plan,
    }
    supply = AidSupply(offers=offers, nodes=supply.nodes, stock=stock, routes=routes, terms=terms)
    return needs, supply, catalogue
