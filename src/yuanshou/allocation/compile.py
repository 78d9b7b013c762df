"""From `Needs` and `AidSupply` to a `SupplyNetwork`: every check on what people wrote happens here, once.

Quantities keep base units; a lead time in days becomes whole weeks, rounded up, because a promise to arrive
"this week" is only kept if even the last dispatch of the week is there by its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from yuanshou.allocation.compile_terms import level_items, network_terms, tranches, with_transfers
from yuanshou.allocation.network import SupplyNetwork, build_network
from yuanshou.allocation.policy import AllocationPolicy, equity_floor, step_edges, step_values
from yuanshou.errors import AllocationError, InputError
from yuanshou.tables import (
    BoolArray,
    DataQualityNote,
    DateArray,
    FloatArray,
    IntArray,
    require_columns,
    require_nonnegative,
)

if TYPE_CHECKING:
    from yuanshou.needs.quantify import Needs
    from yuanshou.sources.supply import AidSupply

DRAWS_USED = 40
NOBODY = "outside"
"""Stands in an earmark for a place outside the plan."""
OFFER_COLUMNS = ("offer", "source", "item", "quantity", "available", "expires", "earmark")
ROUTE_COLUMNS = (
    "source",
    "recipient",
    "mode",
    "lead_time_days",
    "usd_per_kg",
    "capacity_kg_week",
    "capacity_m3_week",
)


@dataclass(frozen=True, eq=False)
class CompiledSupply:
    """A network with what is needed to name its parts again.

    Attributes
    ----------
    offers : frame offer, source, item, quantity, week (first usable, as index), pool (−1 where the offer cannot be
        used), reason (why not, else "").
    population : (R,) persons, NaN where unknown. need_quantiles : (3, R, K, T) 5 %, 50 % and 95 % of the need.
    """

    network: SupplyNetwork
    offers: pd.DataFrame
    population: FloatArray
    need_quantiles: FloatArray
    notes: tuple[DataQualityNote, ...]


def compile_network(
    needs: Needs, supply: AidSupply, *, policy: AllocationPolicy, catalogue: pd.DataFrame | None = None
) -> CompiledSupply:
    """Check needs and supply, and turn them into arrays.

    Raises
    ------
    InputError : a column missing, a negative or absent number, a lane or offer at an unknown node, a lane given twice.
    AllocationError : nothing is needed, or nothing is offered.
    """
    if catalogue is None:
        from yuanshou.catalogue import load_catalogue

        catalogue = load_catalogue()
    notes: list[DataQualityNote] = []
    places = _places()
    supply = with_transfers(supply, needs)
    level = np.isin(needs.items, list(level_items(supply)))
    kg, m3, usd = _item_figures(needs.items, catalogue, notes)
    lanes = _lanes(needs, supply, notes)
    sources = tuple(sorted(set(lanes["source"]) | set(supply.offers["source"].astype(str))))
    offers, pools = _pools(needs, supply, sources, policy=policy)
    low, middle, high, planned, steps = _need(needs, policy, notes, level)
    shares, values = steps
    source_at = {code: i for i, code in enumerate(sources)}
    recipient_at = {code: i for i, code in enumerate(needs.places)}
    weeks = len(needs.week_ends)
    weight = _weights(needs, policy, catalogue, places, usd)
    weight[:, level] /= weeks
    network = build_network(
        sources=sources,
        recipients=needs.places,
        items=needs.items,
        week_ends=needs.week_ends.astype("datetime64[D]"),
        kg=kg,
        m3=m3,
        lane_source=lanes["source"].map(source_at).to_numpy(np.int32),
        lane_recipient=lanes["recipient"].map(recipient_at).to_numpy(np.int32),
        lane_weeks=np.ceil(lanes["lead_time_days"].to_numpy(float) / 7).astype(np.int32),
        lane_cost=lanes["usd_per_kg"].to_numpy(float),
        lane_m3=np.repeat(_capacity(lanes["capacity_m3_week"])[:, None], weeks, axis=1),
        lane_kg=np.repeat(_capacity(lanes["capacity_kg_week"])[:, None], weeks, axis=1),
        lane_mode=tuple(lanes["mode"].astype(str)),
        handling_kg=_handling(supply.nodes, sources, weeks),
        need=planned,
        stock=_stock(needs, supply),
        weight=weight,
        tier_share=shares,
        tier_value=values,
        cost_weight=policy.cost_weight,
        item_level=level,
        **network_terms(needs, supply, lanes, weight, policy, catalogue, notes),
        **pools,
    )
    population = places["population"].reindex(list(needs.places)).to_numpy(float) if places is not None else None
    return CompiledSupply(
        network=network,
        offers=offers,
        population=np.full(len(needs.places), np.nan) if population is None else population,
        need_quantiles=np.stack([low, middle, high]),
        notes=tuple(notes),
    )


def _places() -> pd.DataFrame | None:
    try:
        from yuanshou.places import load_places
    except ModuleNotFoundError:  # the library can be used without the reference tables
        return None
    return load_places()


def _item_figures(
    items: tuple[str, ...], catalogue: pd.DataFrame, notes: list[DataQualityNote]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """kg, m³ and US$ a unit by item; an item the catalogue lacks is refused, a missing price becomes a note."""
    missing = [item for item in items if item not in catalogue.index]
    if missing:
        raise InputError(
            f"items without a catalogue entry: {', '.join(missing[:5])}",
            "weight and volume of every item",
            "add the item to the catalogue, or leave it out of the needs",
        )
    rows = catalogue.loc[list(items)]
    figures = []
    for column in ("kg_per_unit", "m3_per_unit"):
        values = rows[column].to_numpy(float)
        if not np.isfinite(values).all() or (values < 0).any():
            bad = items[int(np.flatnonzero(~(values >= 0))[0])]
            raise InputError(f"no usable {column} for {bad}", "a number of 0 or more", "complete the catalogue")
        figures.append(values)
    usd = rows["unit_price_usd"].to_numpy(float)
    for item in np.array(items, dtype=object)[~(usd > 0)]:
        notes.append(DataQualityNote("no_price", f"{item} has no price; the median price of all items weighs it"))
    typical = float(np.median(usd[usd > 0])) if (usd > 0).any() else 1.0
    return figures[0], figures[1], np.where(usd > 0, usd, typical)


def _lanes(needs: Needs, supply: AidSupply, notes: list[DataQualityNote]) -> pd.DataFrame:
    """The usable lanes, checked: known nodes, numbers that are not negative, no lane twice."""
    routes = supply.routes
    require_columns(routes, ROUTE_COLUMNS, what="routes")
    require_columns(supply.nodes, ("node",), what="nodes")
    require_nonnegative(routes, ("lead_time_days", "usd_per_kg", "capacity_kg_week", "capacity_m3_week"), what="routes")
    known = set(supply.nodes["node"].astype(str))
    for row, source in enumerate(routes["source"].astype(str)):
        if source not in known:
            raise InputError(
                f"a lane from {source!r}, row {row + 2} of routes", "a node of the node table", "add the node"
            )
    for column in ("lead_time_days", "usd_per_kg"):
        bad = np.flatnonzero(~np.isfinite(routes[column].to_numpy(float)))
        if bad.size:
            raise InputError(
                f"no {column} in row {bad[0] + 2} of routes", "a number of 0 or more", "fill it in, or remove the lane"
            )
    repeated = routes.duplicated(["source", "recipient", "mode"])
    if repeated.any():
        row = int(np.flatnonzero(repeated)[0])
        lane = routes.iloc[row]
        raise InputError(
            f"the lane {lane['source']} to {lane['recipient']} by {lane['mode']} twice (again in row {row + 2} of routes)",
            "one row a lane and mode",
            "merge the rows, adding their capacities",
        )
    outside = ~routes["recipient"].isin(needs.places)
    if outside.any():
        names = ", ".join(sorted(set(routes.loc[outside, "recipient"].astype(str)))[:5])
        notes.append(
            DataQualityNote("lane_without_need", f"{int(outside.sum())} lanes go to places without need: {names}")
        )
    lanes = routes.loc[~outside].copy()
    lanes["source"] = lanes["source"].astype(str)
    # By the place's position, not its name: another name for a place may not change the plan.
    lanes["position"] = pd.Index(needs.places).get_indexer(pd.Index(lanes["recipient"]))
    return lanes.sort_values(["source", "position", "mode"], kind="stable").reset_index(drop=True)


def _capacity(column: pd.Series) -> FloatArray:
    """A capacity a week; an empty cell means that no limit was given."""
    values = column.to_numpy(float)
    return np.where(np.isnan(values), np.inf, values)


def _handling(nodes: pd.DataFrame, sources: tuple[str, ...], weeks: int) -> FloatArray:
    """(S, T) kg a week a source can send; unlimited where the node table has no `handling_kg_week`."""
    if "handling_kg_week" not in nodes.columns:
        return np.full((len(sources), weeks), np.inf)
    require_nonnegative(nodes, ("handling_kg_week",), what="nodes")
    limit = nodes.set_index(nodes["node"].astype(str))["handling_kg_week"].reindex(list(sources))
    return np.repeat(_capacity(limit)[:, None], weeks, axis=1)


def first_week(days: DateArray, week_ends: DateArray) -> IntArray:
    """Index of the first week whose last day is on or after each day; T where the day is after the horizon."""
    return np.searchsorted(week_ends, days, side="left").astype(np.int32)


def last_week(days: DateArray, week_ends: DateArray) -> IntArray:
    """Index of the last week whose last day is on or before each day; T − 1 for NaT (never)."""
    last = np.searchsorted(week_ends, days, side="right").astype(np.int32) - 1
    return np.where(np.isnat(days), len(week_ends) - 1, last).astype(np.int32)


def _pools(
    needs: Needs, supply: AidSupply, sources: tuple[str, ...], *, policy: AllocationPolicy
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Offers grouped into pools that are alike in every rule, and each offer's pool or the reason it has none."""
    offers = tranches(_checked_offers(needs, supply), supply.term("reserves"))
    week_ends = needs.week_ends.astype("datetime64[D]")
    weeks, items = len(week_ends), {code: i for i, code in enumerate(needs.items)}
    shelf = np.timedelta64(policy.shelf_life_days_min, "D")
    offers["week"] = first_week(offers["available"].to_numpy("datetime64[D]"), week_ends)
    offers["last"] = last_week((offers["expires"].to_numpy("datetime64[D]") - shelf).astype("datetime64[D]"), week_ends)
    offers["group"] = _earmarks(offers["earmark"], needs.places)
    reasons = np.full(len(offers), "", dtype=object)
    reasons[(offers["week"] > offers["last"]).to_numpy()] = "expires before it could be used"
    reasons[(offers["week"] >= weeks).to_numpy()] = "comes after the horizon"
    reasons[~offers["item"].isin(needs.items).to_numpy()] = "nobody in the plan needs this item"
    reasons[(offers["quantity"] == 0).to_numpy()] = "nothing offered"
    offers["reason"] = reasons
    offers["pool"] = -1
    usable = offers["reason"] == ""
    alike = ["source", "item", "group", "last", "reserve", "pack"]
    keys = offers.loc[usable, [*alike, "kept"]]
    numbers = keys.groupby(alike, sort=True).ngroup()
    offers.loc[usable, "pool"] = numbers
    first = keys.assign(pool=numbers).drop_duplicates("pool").sort_values("pool")
    arriving = np.zeros((len(first), weeks))
    rows = offers.loc[usable]
    np.add.at(arriving, (rows["pool"].to_numpy(int), rows["week"].to_numpy(int)), rows["quantity"].to_numpy(float))
    group_names = sorted(set(first["group"]) - {""})
    group_at = {name: i for i, name in enumerate(group_names)}
    members = np.zeros((len(group_names), len(needs.places)), dtype=bool)
    for name, row in group_at.items():
        members[row, [int(position) for position in name.split() if position != NOBODY]] = True
    source_at = {code: i for i, code in enumerate(sources)}
    pools: dict[str, object] = {
        "pool_source": first["source"].map(source_at).to_numpy(np.int32),
        "pool_item": first["item"].map(items).to_numpy(np.int32),
        "pool_arriving": arriving,
        "pool_group": np.array([group_at.get(name, -1) for name in first["group"]], dtype=np.int32),
        "group_recipients": members,
        "pool_last_week": first["last"].to_numpy(np.int32),
        "pool_pack": first["pack"].to_numpy(float),
        "pool_kept": keys.groupby(numbers)["kept"].sum().to_numpy(float),
        "pool_reserve": tuple(first["reserve"].astype(str)),
    }
    return offers.drop(columns=["group"]), pools


def _earmarks(column: pd.Series, places: tuple[str, ...]) -> list[str]:
    """Each earmark as the positions of its places, in order; "" where anyone may receive."""
    position = {code: f"{i:07d}" for i, code in enumerate(places)}
    return [" ".join(sorted({position.get(code, NOBODY) for code in str(text).split()})) for text in column.fillna("")]


def _checked_offers(needs: Needs, supply: AidSupply) -> pd.DataFrame:
    """A copy of the offers in a fixed order; raises at the first value no plan can be made of."""
    offers = supply.offers
    require_columns(offers, OFFER_COLUMNS, what="offers")
    require_nonnegative(offers, ("quantity",), what="offers")
    quantity = offers["quantity"].to_numpy(float)
    bad = np.flatnonzero(~np.isfinite(quantity) | (quantity != np.floor(quantity)))
    if bad.size:
        raise InputError(
            f"{quantity[bad[0]]} in column quantity, row {bad[0] + 2} of offers",
            "a whole number of base units",
            "give the quantity in single pieces",
        )
    known = set(supply.nodes["node"].astype(str))
    for row, source in enumerate(offers["source"].astype(str)):
        if source not in known:
            raise InputError(
                f"an offer at {source!r}, row {row + 2} of offers", "a node of the node table", "add the node"
            )
    if offers["offer"].duplicated().any():
        twice = offers.loc[offers["offer"].duplicated(), "offer"].iloc[0]
        raise InputError(f"the offer {twice!r} twice", "a code of its own for every offer", "rename one of them")
    if offers["available"].isna().any():
        row = int(np.flatnonzero(offers["available"].isna())[0])
        raise InputError(f"no date in column available, row {row + 2} of offers", "a date", "say from when it can go")
    copy = offers.copy()
    copy["available"] = pd.to_datetime(copy["available"])
    copy["expires"] = pd.to_datetime(copy["expires"])
    copy["source"] = copy["source"].astype(str)
    return copy.sort_values(["available", "offer"], kind="stable").reset_index(drop=True)


def _need(
    needs: Needs, policy: AllocationPolicy, notes: list[DataQualityNote], level: BoolArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, tuple[FloatArray, FloatArray]]:
    """5 %, 50 %, 95 % and planned need (R, K, T), and the steps: widths and values, each (R, K, T, J).

    The planned need is whole units: cumulative sums are rounded, so that a fifth of a machine a week is one machine
    every five weeks and not one every week. Items of `level` are counted in use: what was acquired until then.
    """
    draws = np.asarray(needs.draws, dtype=np.float32)
    if level.any():
        draws = np.where(level[None, :, None, None], np.cumsum(draws, axis=2), draws)
    unknown: BoolArray = np.asarray(~np.isfinite(draws).all(axis=3))
    if unknown.any():
        places = np.array(needs.places)[unknown.any(axis=(1, 2))]
        notes.append(
            DataQualityNote(
                "need_unknown",
                f"no need could be given for some items of {len(places)} places: {', '.join(places[:5])}",
            )
        )
        draws = np.where(unknown[..., None], 0.0, draws)
    if (draws < 0).any():
        raise AllocationError("a negative need", "needs of 0 or more", "correct the needs")
    ordered = np.sort(draws, axis=3)
    low, middle, high, chosen = (_quantile(ordered, q) for q in (0.05, 0.5, 0.95, policy.need_quantile))
    for array in (low, middle, high):
        array[unknown] = np.nan
    planned = np.diff(np.rint(np.cumsum(chosen, axis=2)), axis=2, prepend=0.0)
    planned[:, level] = np.rint(chosen[:, level])
    if not (planned > 0).any():
        raise AllocationError("no need in any place, item or week", "at least one need above 0", "check the needs")
    edges = step_edges(policy)
    shape = (*planned.shape, len(edges) - 1)
    shares = np.broadcast_to(np.diff(edges), shape)
    values = np.zeros(shape)
    positive = planned > 0
    count = draws.shape[3]
    spread = np.unique(np.linspace(0, count - 1, min(DRAWS_USED, count)).round().astype(int))
    values[positive] = step_values(
        planned[positive][:, None] * edges, ordered[positive][:, spread].astype(float), alpha=policy.alpha
    )
    # Single precision is ample for a value judgement, and keeps the certificate in the plan file small.
    values = equity_floor(edges, values, policy).astype(np.float32).astype(float)
    return low, middle, high, planned, (shares, values)


def _quantile(ordered: FloatArray, level: float) -> FloatArray:
    """A quantile of draws already sorted along the last axis, by linear interpolation."""
    at = level * (ordered.shape[-1] - 1)
    below = int(np.floor(at))
    above = min(below + 1, ordered.shape[-1] - 1)
    return np.asarray(ordered[..., below] + (at - below) * (ordered[..., above] - ordered[..., below]), dtype=float)


def _stock(needs: Needs, supply: AidSupply) -> FloatArray:
    """(R, K) base units recipients say they hold; what nobody reported is not counted, and not called zero."""
    held = np.zeros((len(needs.places), len(needs.items)))
    stock = supply.stock
    if not len(stock):
        return held
    require_columns(stock, ("place", "item", "quantity"), what="stock")
    require_nonnegative(stock, ("quantity",), what="stock")
    place = pd.Index(needs.places).get_indexer(pd.Index(stock["place"]))
    item = pd.Index(needs.items).get_indexer(pd.Index(stock["item"]))
    known = (place >= 0) & (item >= 0) & stock["quantity"].notna().to_numpy()
    np.add.at(held, (place[known], item[known]), stock["quantity"].to_numpy(float)[known])
    return held


def _weights(
    needs: Needs, policy: AllocationPolicy, catalogue: pd.DataFrame, places: pd.DataFrame | None, usd: FloatArray
) -> FloatArray:
    """(R, K) value of the first unit: price × severity × vulnerability × the user's own factors.

    The price makes a glove and a ventilator comparable; under max-min every recipient weighs the same.
    """
    group = catalogue.loc[list(needs.items), "group"].astype(str)
    severity = np.array([policy.severity.get(name, 1.0) for name in group])
    own_item = np.array([policy.item_weights.get(code, 1.0) for code in needs.items])
    item_value = usd * severity * own_item
    if policy.name == "max_min":
        return np.broadcast_to(item_value, (len(needs.places), len(usd))).copy()
    income = places["income_group"].reindex(list(needs.places)) if places is not None else [None] * len(needs.places)
    vulnerable = np.array([policy.vulnerability.get(str(name), 1.0) for name in income])
    own_place = np.array([policy.place_weights.get(code, 1.0) for code in needs.places])
    own = np.array([[policy.pair_weights.get(f"{p} {k}", 1.0) for k in needs.items] for p in needs.places])
    return np.asarray((vulnerable * own_place)[:, None] * item_value[None, :] * own)
