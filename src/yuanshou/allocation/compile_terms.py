"""Terms of sharing as arrays and tables the compiler knows: keep-back, reserves, packs, transfers, the last plan.

Most terms need no equation of their own. What a donor keeps back and what a reserve holds become pools of their own,
with their own day and earmark. What a recipient may pass on becomes an offer at a source of its own, "stock of" the
place, with a free lane to the place itself and a lane to every borrower.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from yuanshou.allocation.network import OWN_MODES
from yuanshou.allocation.policy import AllocationPolicy
from yuanshou.errors import InputError
from yuanshou.tables import DataQualityNote, DateArray, FloatArray, IntArray, require_nonnegative

if TYPE_CHECKING:
    from yuanshou.needs.quantify import Needs
    from yuanshou.sources.supply import AidSupply

ALL_MODES = ("air", "sea", "road", "rail", "river")


def tranches(offers: pd.DataFrame, reserves: pd.DataFrame) -> pd.DataFrame:
    """Offers less what their donors keep back, each reserve's share as a row of its own; columns kept, loose, reserve, pack.

    Only whole packs can go; `loose` is the rest. Shares are of the packs the donor gives, rounded down; later rows of the table take from the same whole. Raises
    InputError where the shares of an offer add up to more than one.
    """
    frame = offers.copy()
    share = frame["keep_share"].fillna(0.0) if "keep_share" in frame.columns else pd.Series(0.0, index=frame.index)
    given = frame["quantity"].astype(float)
    frame["kept"] = np.ceil(np.round(given * share, 6))
    frame["pack"] = (frame["pack"].fillna(1.0) if "pack" in frame.columns else pd.Series(1.0, frame.index)).clip(
        lower=1
    )
    frame["reserve"] = ""
    frame["quantity"] = frame["pack"] * np.floor((given - frame["kept"]) / frame["pack"])
    frame["loose"] = given - frame["kept"] - frame["quantity"]
    whole, taken, parts = frame["quantity"].copy(), pd.Series(0.0, index=frame.index), [frame]
    for rule in reserves.to_dict("records"):
        meant = ~frame["own"].astype(bool)
        meant &= (frame["item"] == rule["item"]) | (rule["item"] == "")
        meant &= (frame["source"] == rule["source"]) | (rule["source"] == "")
        part = frame[meant].copy()
        part["reserve"] = rule["reserve"]
        part["quantity"] = part["pack"] * np.floor(np.round(whole[meant] * rule["share"] / part["pack"], 6))
        taken[meant] += part["quantity"]
        if not pd.isna(rule["since"]):
            part["available"] = part["available"].clip(lower=rule["since"])
        if rule["places"]:
            part["earmark"] = [_both(mark, rule["places"]) for mark in part["earmark"].fillna("")]
        parts.append(part.assign(kept=0.0, loose=0.0))
    over = np.flatnonzero(taken > whole + 1e-9)
    if over.size:
        raise InputError(
            f"reserves that add up to more than all of the offer {frame['offer'].iloc[over[0]]}",
            "shares of at most 1 together",
            "lower the shares of the reserves that meet there",
        )
    frame["quantity"] = whole - taken
    return pd.concat(parts).sort_values(["available", "offer"], kind="stable").reset_index(drop=True)


def _both(earmark: str, places: str) -> str:
    """Places both of an earmark and of a reserve; where they have none in common, nobody."""
    wanted = places.split()
    if not str(earmark).strip():
        return " ".join(wanted)
    common = [place for place in str(earmark).split() if place in wanted]
    return " ".join(common) or "nobody"


def level_items(supply: AidSupply) -> frozenset[str]:
    """Items that some transfer lends and takes back: their need is a number in use each week."""
    transfers = supply.term("transfers")
    if not len(transfers):
        return frozenset()
    lent = transfers[transfers["return_weeks"].fillna(0) > 0]
    return frozenset(code for codes in lent["item"] for code in str(codes).split())


def with_transfers(supply: AidSupply, needs: Needs) -> AidSupply:
    """The supply with what recipients may pass on as offers at sources of their own, and less stock for it."""
    offers = supply.offers.assign(own=False)
    transfers = supply.term("transfers")
    if not len(transfers) or not len(supply.stock):
        return replace(supply, offers=offers, routes=supply.routes.assign(stay=0, only=""))
    level = level_items(supply)
    held, rows = supply.stock["quantity"].to_numpy(float, copy=True), []
    keys = zip(supply.stock["place"].astype(str), supply.stock["item"].astype(str), strict=True)
    for at, (lender, item) in enumerate(keys):
        named = np.array([not codes or item in codes.split() for codes in transfers["item"]])
        meant = transfers[(transfers["lender"] == lender).to_numpy() & named]
        if not len(meant) or not held[at] > 0 or lender not in needs.places:
            continue
        kept = np.ceil(round(held[at] * float(meant["keep_share"].fillna(0).max()), 6))
        spare = float(np.floor(held[at] - kept))
        held[at] -= spare
        rows.append([own_offer(lender, item), lender, own_source(lender), item, spare, needs.week_ends[0], True])
    if not rows:
        return replace(supply, offers=offers, routes=supply.routes.assign(stay=0, only=""))
    own = pd.DataFrame(rows, columns=["offer", "donor", "source", "item", "quantity", "available", "own"])
    own = own.assign(expires=pd.Series(pd.NaT, index=own.index), earmark="")
    lanes = _transfer_lanes(transfers, own, level)
    nodes = pd.DataFrame({"node": sorted(set(own["source"]))})
    return replace(
        supply,
        offers=pd.concat([offers, own.astype({"available": offers["available"].dtype})], ignore_index=True),
        nodes=pd.concat([supply.nodes, nodes], ignore_index=True),
        routes=pd.concat([supply.routes.assign(stay=0, only=""), lanes], ignore_index=True),
        stock=supply.stock.assign(quantity=held),
    )


def own_source(place: str) -> str:
    """The name of what a recipient holds, as a source.

    >>> own_source("KEN"), own_offer("KEN", "ventilator")
    ('stock of KEN', 'STOCK KEN ventilator')
    """
    return f"stock of {place}"


def own_offer(place: str, item: str) -> str:
    """The name of a recipient's stock of an item, as an offer."""
    return f"STOCK {place} {item}"


def _transfer_lanes(transfers: pd.DataFrame, own: pd.DataFrame, level: frozenset[str]) -> pd.DataFrame:
    """A lane for every row of transfers, and the free lanes of every lender to itself."""
    rows = transfers[transfers["lender"].isin(set(own["donor"]))]
    lanes = pd.DataFrame(
        {
            "source": [own_source(place) for place in rows["lender"]],
            "recipient": rows["borrower"].to_numpy(object),
            **{name: rows[name].to_numpy() for name in ("mode", "lead_time_days", "usd_per_kg")},
            **{name: rows[name].to_numpy(float) for name in ("capacity_kg_week", "capacity_m3_week")},
            "stay": rows["return_weeks"].fillna(0).to_numpy(int),
            "only": rows["item"].to_numpy(object),
        }
    )
    free = []
    for place, items in own.groupby("donor")["item"]:
        for mode, stay in zip(OWN_MODES, (0, 1), strict=True):
            some = [item for item in items if (item in level) == bool(stay)]
            if some:
                free.append([own_source(str(place)), place, mode, 0.0, 0.0, np.nan, np.nan, stay, " ".join(some)])
    return pd.concat([lanes, pd.DataFrame(free, columns=lanes.columns)], ignore_index=True)


def substitute_rate(items: tuple[str, ...], table: pd.DataFrame) -> FloatArray:
    """(K, K) base units of the second item that one of the first stands for."""
    rate, at = np.eye(len(items)), {code: i for i, code in enumerate(items)}
    for row in table.to_dict("records"):
        if row["item"] in at and row["instead_of"] in at:
            rate[at[row["item"]], at[row["instead_of"]]] = row["rate"]
    return rate


def item_modes(items: tuple[str, ...], catalogue: pd.DataFrame, table: pd.DataFrame) -> tuple[str, ...]:
    """(K,) modes each item may travel by, "" for all: what may not fly by the catalogue, and a user's own table."""
    by_air = catalogue.loc[list(items), "by_air"].astype(bool) if "by_air" in catalogue.columns else [True] * len(items)
    ground = " ".join(mode for mode in ALL_MODES if mode != "air")
    own = dict(zip(table["item"], table["modes"], strict=True)) if len(table) else {}
    return tuple(own.get(item, "" if fine else ground) for item, fine in zip(items, by_air, strict=True))


def item_bundle(items: tuple[str, ...], table: pd.DataFrame) -> tuple[IntArray, tuple[str, ...]]:
    """(K,) bundle of each item, −1 for none, and the names of the bundles with at least two parts in the plan."""
    bundle = np.full(len(items), -1)
    if not len(table):
        return bundle, ()
    known = table[table["item"].isin(items)]
    counts = known["bundle"].value_counts()
    names = tuple(sorted(name for name in counts.index if counts[name] > 1))
    for row in known.to_dict("records"):
        if row["bundle"] in names:
            bundle[items.index(row["item"])] = names.index(row["bundle"])
    return bundle, names


def last_sent(
    table: pd.DataFrame, lanes: pd.DataFrame, items: tuple[str, ...], week_ends: DateArray
) -> tuple[FloatArray, int]:
    """(H, 4) lane, item, week and base units of the last plan in weeks both plans know, and how many weeks those are."""
    if not len(table):
        return np.zeros((0, 4)), 0
    ends = week_ends.astype("datetime64[D]")
    until = int(np.searchsorted(ends, np.datetime64(pd.Timestamp(table["until"].iloc[0]).date()), side="right"))
    keys = {key: i for i, key in enumerate(zip(lanes["source"], lanes["recipient"], lanes["mode"], strict=True))}
    at, code = {day: i for i, day in enumerate(ends[:until])}, {name: i for i, name in enumerate(items)}
    total: dict[tuple[int, int, int], float] = {}
    for row in table.to_dict("records"):
        week = at.get(np.datetime64(pd.Timestamp(row["week"]).date()))
        lane, item = keys.get((row["source"], row["recipient"], row["mode"])), code.get(row["item"])
        if week is not None and lane is not None and item is not None:
            total[lane, item, week] = total.get((lane, item, week), 0.0) + float(row["quantity"])
    return np.array([[*key, amount] for key, amount in sorted(total.items())]).reshape(-1, 4), until


def check_least(routes: pd.DataFrame) -> None:
    """Least consignments are numbers of 0 or more that fit on their lane."""
    if "least_kg" not in routes.columns:
        return
    require_nonnegative(routes, ("least_kg",), what="routes")
    over = np.flatnonzero((routes["least_kg"] > routes["capacity_kg_week"]).to_numpy())
    if over.size:
        raise InputError(
            f"a least consignment of {routes['least_kg'].iloc[over[0]]:g} kg on a lane for "
            f"{routes['capacity_kg_week'].iloc[over[0]]:g} kg a week, row {over[0] + 2} of routes",
            "a least consignment that the lane can carry",
            "lower it, or raise the capacity",
        )


def network_terms(
    needs: Needs,
    supply: AidSupply,
    lanes: pd.DataFrame,
    weight: FloatArray,
    policy: AllocationPolicy,
    catalogue: pd.DataFrame,
    notes: list[DataQualityNote],
) -> dict[str, Any]:
    """The terms of a network that come from tables of their own; neutral where a table is absent."""
    check_least(lanes)
    bundle, bundles = item_bundle(needs.items, supply.term("bundles"))
    last, until = last_sent(supply.term("last_plan"), lanes, needs.items, needs.week_ends)
    if len(supply.term("last_plan")) and not until:
        notes.append(DataQualityNote("last_plan_over", "the last plan ended before this one begins; it has no weight"))
    least = lanes["least_kg"].fillna(0.0) if "least_kg" in lanes.columns else pd.Series(0.0, index=lanes.index)
    positive = np.where(weight > 0, weight, np.nan)
    known = np.isfinite(positive).any(axis=0)
    typical = np.zeros(weight.shape[1])
    typical[known] = np.nanmedian(positive[:, known], axis=0)
    return {
        "item_modes": item_modes(needs.items, catalogue, supply.term("modes")),
        "lane_items": tuple(lanes["only"].astype(str)),
        "substitute_rate": substitute_rate(needs.items, supply.term("substitutes")),
        "lane_min_kg": np.maximum(least.to_numpy(float), policy.least_consignment_kg * ~lanes["mode"].isin(OWN_MODES)),
        "lane_stay": lanes["stay"].to_numpy(np.int32),
        "item_bundle": bundle,
        "bundles": bundles,
        "last_sent": last,
        "change_cost": policy.change_penalty * typical if until else np.zeros(len(typical)),
        "change_until": until,
    }
