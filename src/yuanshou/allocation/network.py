"""The supply network as arrays: sources, recipients, items, weeks and lanes between them.

Three words must not be confused. A *pool* is stock that is alike in every rule: same source, item, earmark and
expiry, arriving over the weeks. A *cell* is one recipient × one item. An *arc* is one way to fill a cell: a lane
into the recipient together with a pool at the lane's source. Every method works on arcs × weeks, whether the plan
has twenty places or two hundred thousand.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.allocation.network_checks import NOTHING, check_arrays
from yuanshou.tables import BoolArray, DataQualityNote, DateArray, FloatArray, IntArray

DERIVED = ("cell_recipient", "cell_item", "arc_start", "arc_lane", "arc_pool")
"""Fields of a network that follow from the others."""
OWN_MODES = ("stock", "in use")
"""Modes of the free lanes from what a recipient holds to itself: used up, or used by the week."""


@dataclass(frozen=True, eq=False)
class Prices:
    """What one more unit of each scarce thing would be worth, in objective units; the certificate's other half.

    Attributes
    ----------
    supply_limit : shape (P, T), per base unit in the pool and week; never rising over weeks, because stock keeps.
    route_m3, route_kg : shape (A, T), per m³ and per kg of lane capacity.
    handling_kg : shape (S, T), per kg handled at the source.
    need_balance : (C, T), per unit usable from the week on, never rising; only where the network has `exact_terms`.
    change : (H,), per unit of the last plan's dispatches that is kept; likewise.
    """

    supply_limit: FloatArray
    route_m3: FloatArray
    route_kg: FloatArray
    handling_kg: FloatArray
    need_balance: FloatArray | None = None
    change: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class SupplyNetwork:
    """Everything an allocation depends on, as arrays (S sources, R recipients, K items, T weeks, A lanes, P pools).

    Attributes
    ----------
    kg, m3 : (K,) weight and volume of one base unit.
    lane_source, lane_recipient, lane_weeks : (A,) indices and lead time in whole weeks.
    lane_cost : (A,) US$ a kg. lane_m3, lane_kg : (A, T) capacity a week, inf where unlimited. lane_mode : (A,) names.
    handling_kg : (S, T) mass a source can send in a week, inf where unlimited.
    pool_source, pool_item : (P,). pool_arriving : (P, T) base units that become available in the week.
    pool_group : (P,) row of `group_recipients`, −1 where anyone may receive. group_recipients : (G, R) bool.
    pool_last_week : (P,) last week in which goods of the pool may still arrive.
    need : (R, K, T) base units planned for. stock : (R, K) base units recipients hold at the start.
    weight : (R, K) value of the first unit served. tier_share, tier_value : (1 or C·T, J) width of each step as a
        share of the need, and its value as a share of the weight, never rising from step to step.
    cell_recipient, cell_item : (C,). arc_start : (C + 1,), arc_lane, arc_pool : (N,) arcs sorted by cell.
    cost_weight : objective units per US$ of freight.

    What follows are terms that may be left out; missing rows at the end stand for the neutral value in brackets.

    item_modes : (K,) modes an item may travel by, separated by spaces; "" [all].
    lane_items : (A,) items a lane is for, separated by spaces; "" [all].
    substitute_rate : (K, K) base units of the second item that one of the first stands for, 0 = none [identity].
    pool_pack : (P,) base units that travel together, a carton or a team [1].
    pool_kept : (P,) base units the donors keep back, beside `pool_arriving` [0]. pool_reserve : (P,) name of the
        reserve the pool belongs to [""].
    lane_min_kg : (A,) least mass of a consignment [0].
    lane_stay : (A,) weeks after which goods return to the source they were lent from, 0 = for good [0].
    item_level : (K,) whether need is a number in use each week, which service does not use up [False].
    item_bundle : (K,) the bundle whose complete sets alone count, −1 = none. bundles : names of the bundles.
    last_sent : (H, 4) lane, item, week and base units of the last plan. change_cost : (K,) objective units for one
        base unit more or less than there [0]. change_until : weeks that the last plan reached.
    """

    sources: tuple[str, ...]
    recipients: tuple[str, ...]
    items: tuple[str, ...]
    week_ends: DateArray
    kg: FloatArray
    m3: FloatArray
    lane_source: IntArray
    lane_recipient: IntArray
    lane_weeks: IntArray
    lane_cost: FloatArray
    lane_m3: FloatArray
    lane_kg: FloatArray
    lane_mode: tuple[str, ...]
    handling_kg: FloatArray
    pool_source: IntArray
    pool_item: IntArray
    pool_arriving: FloatArray
    pool_group: IntArray
    group_recipients: FloatArray
    pool_last_week: IntArray
    need: FloatArray
    stock: FloatArray
    weight: FloatArray
    tier_share: FloatArray
    tier_value: FloatArray
    cell_recipient: IntArray
    cell_item: IntArray
    arc_start: IntArray
    arc_lane: IntArray
    arc_pool: IntArray
    cost_weight: float
    item_modes: tuple[str, ...] = ()
    lane_items: tuple[str, ...] = ()
    substitute_rate: FloatArray = NOTHING
    pool_pack: FloatArray = NOTHING
    pool_kept: FloatArray = NOTHING
    pool_reserve: tuple[str, ...] = ()
    lane_min_kg: FloatArray = NOTHING
    lane_stay: IntArray = NOTHING
    item_level: BoolArray = NOTHING
    item_bundle: IntArray = NOTHING
    bundles: tuple[str, ...] = ()
    last_sent: FloatArray = NOTHING
    change_cost: FloatArray = NOTHING
    change_until: int = 0

    def __post_init__(self) -> None:
        """Fill the terms up with neutral values, so that every array has its length."""
        items, pools, lanes = len(self.items), len(self.pool_source), len(self.lane_source)
        for name, count, neutral in (
            ("pool_pack", pools, 1.0),
            ("pool_kept", pools, 0.0),
            ("lane_min_kg", lanes, 0.0),
            ("lane_stay", lanes, 0),
            ("item_level", items, False),
            ("item_bundle", items, -1),
            ("change_cost", items, 0.0),
        ):
            given = np.asarray(getattr(self, name))
            full = np.full(count, neutral)
            full[: len(given)] = given[:count]
            object.__setattr__(self, name, full)
        for name, count in (("item_modes", items), ("pool_reserve", pools), ("lane_items", lanes)):
            words = tuple(getattr(self, name))
            if name == "lane_items" and not any(words):
                continue
            object.__setattr__(self, name, (words + ("",) * count)[:count])
        if np.shape(self.substitute_rate) != (items, items):
            object.__setattr__(self, "substitute_rate", np.eye(items))
        object.__setattr__(self, "last_sent", np.asarray(self.last_sent, dtype=float).reshape(-1, 4))

    @property
    def weeks(self) -> int:
        return len(self.week_ends)

    @property
    def cells(self) -> int:
        return len(self.cell_recipient)

    @property
    def arc_cell(self) -> IntArray:
        """(N,) the cell each arc fills."""
        return np.repeat(np.arange(self.cells, dtype=np.int32), np.diff(self.arc_start))

    @property
    def cell_need(self) -> FloatArray:
        """(C, T) need of each cell."""
        return self.need[self.cell_recipient, self.cell_item]

    @property
    def cell_stock(self) -> FloatArray:
        """(C,) base units each cell holds at the start."""
        return self.stock[self.cell_recipient, self.cell_item]

    @property
    def cell_weight(self) -> FloatArray:
        """(C,) value of the first unit served in each cell."""
        return self.weight[self.cell_recipient, self.cell_item]

    @property
    def unit_cost(self) -> FloatArray:
        """(N,) objective units of freight for one base unit over each arc; what is lent pays both ways."""
        ways = np.where(self.lane_stay[self.arc_lane] > 0, 2.0, 1.0)
        return self.cost_weight * ways * self.lane_cost[self.arc_lane] * self.kg[self.pool_item[self.arc_pool]]

    @cached_property
    def arc_rate(self) -> FloatArray:
        """(N,) base units of the cell's item that one unit over the arc stands for: 1, or a substitute's rate."""
        return np.asarray(self.substitute_rate[self.pool_item[self.arc_pool], self.cell_item[self.arc_cell]])

    @property
    def arc_away(self) -> IntArray:
        """(N,) weeks from dispatch until a lent unit is back at its source; 0 where it is given for good."""
        stay = self.lane_stay[self.arc_lane]
        return np.where(stay > 0, stay + 2 * self.lane_weeks[self.arc_lane], 0)

    @property
    def has_substitutes(self) -> bool:
        """Whether any item may stand for another."""
        return int(np.count_nonzero(self.substitute_rate)) > len(self.items)

    @property
    def exact_terms(self) -> tuple[str, ...]:
        """Names of the terms only the exact method knows; empty where every method may be used."""
        terms = {
            "substitutes": self.has_substitutes,
            "complete sets": bool((self.item_bundle >= 0).any()),
            "goods lent and returned": bool(self.item_level.any() or self.lane_stay.any()),
            "change from the last plan": bool(self.change_until and self.change_cost.any()),
        }
        return tuple(name for name, used in terms.items() if used)

    def usable(self) -> BoolArray:
        """(N, T) bool: the arc may carry in this dispatch week: stock has come, and it arrives in time."""
        weeks = np.arange(self.weeks)
        come = np.cumsum(self.pool_arriving, axis=1) > 0
        arrival = weeks[None, :] + self.lane_weeks[self.arc_lane][:, None]
        return come[self.arc_pool] & (arrival <= self.pool_last_week[self.arc_pool][:, None])


def build_network(**arrays: Any) -> SupplyNetwork:
    """A `SupplyNetwork` from its arrays; cells and arcs are worked out here, in O(arcs · log arcs).

    Parameters
    ----------
    arrays : every field of `SupplyNetwork` but the cells and arcs; tiers may be shaped (1, J), (C·T, J) after
        `cells_of`, or (R, K, T, J).
    """
    values: dict[str, Any] = dict(arrays)
    need = np.asarray(values["need"], dtype=float)
    check_arrays(values)
    recipient, item = cells_of(need)
    cell_at = np.full(need.shape[:2], -1, dtype=np.int32)
    cell_at[recipient, item] = np.arange(len(recipient), dtype=np.int32)
    cell, lane, pool = _arcs(values, cell_at)
    order = np.lexsort((pool, lane, cell))
    for name in ("tier_share", "tier_value"):
        tiers = np.asarray(values[name], dtype=float)
        values[name] = tiers[recipient, item].reshape(-1, tiers.shape[-1]) if tiers.ndim == 4 else tiers
    start = np.zeros(len(recipient) + 1, dtype=np.int64)
    np.cumsum(np.bincount(cell, minlength=len(recipient)), out=start[1:])
    return SupplyNetwork(
        **values,
        cell_recipient=recipient,
        cell_item=item,
        arc_start=start,
        arc_lane=lane[order],
        arc_pool=pool[order],
    )


def cells_of(need: FloatArray) -> tuple[IntArray, IntArray]:
    """Recipient and item of every cell that needs anything in any week."""
    recipient, item = np.nonzero(need.sum(axis=2) > 0)
    return recipient.astype(np.int32), item.astype(np.int32)


def _arcs(values: dict[str, object], cell_at: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Cell, lane and pool of every arc: the pools of each lane's source that its recipient needs and may have."""
    lane_source = np.asarray(values["lane_source"])
    lane_recipient = np.asarray(values["lane_recipient"])
    lane_weeks = np.asarray(values["lane_weeks"])
    pool_source, pool_item = np.asarray(values["pool_source"]), np.asarray(values["pool_item"])
    pool_group = np.asarray(values["pool_group"])
    stands_for = _stands_for(values)
    carries = _carries(values)
    # What a recipient holds itself counts as what it is.
    own = np.isin(np.asarray(values["lane_mode"], dtype=object).astype(str), OWN_MODES)
    level = np.asarray(values.get("item_level", NOTHING), dtype=bool)
    stay = np.asarray(values.get("lane_stay", NOTHING))
    lent = np.append(stay > 0, np.zeros(len(lane_source) - len(stay), dtype=bool)) if stay.any() else None
    groups = np.asarray(values["group_recipients"], dtype=bool)
    come = np.cumsum(np.asarray(values["pool_arriving"]), axis=1) > 0
    first = np.where(come.any(axis=1), come.argmax(axis=1), np.iinfo(np.int32).max // 2)
    spare = np.asarray(values["pool_last_week"]) - first
    found: list[tuple[IntArray, IntArray, IntArray]] = []
    by_source = np.argsort(lane_source, kind="stable")
    edges = np.searchsorted(lane_source[by_source], np.arange(len(values["sources"]) + 1))  # type: ignore[arg-type]
    for pool in range(len(pool_source)):
        source = pool_source[pool]
        lanes = by_source[edges[source] : edges[source + 1]]
        lanes = lanes[lane_weeks[lanes] <= spare[pool]]
        if pool_group[pool] >= 0:
            lanes = lanes[groups[pool_group[pool]][lane_recipient[lanes]]]
        if carries is not None:
            lanes = lanes[carries[lanes, pool_item[pool]]]
        if lent is not None and not level[pool_item[pool]]:
            lanes = lanes[~lent[lanes]]
        for item in stands_for[pool_item[pool]]:
            cell = cell_at[lane_recipient[lanes], item]
            keep = (cell >= 0) & ((item == pool_item[pool]) | ~own[lanes])
            found.append((cell[keep], lanes[keep].astype(np.int32), np.full(int(keep.sum()), pool, dtype=np.int32)))
    if not found:
        empty = np.zeros(0, dtype=np.int32)
        return empty, empty, empty
    cell, lane, pools = (np.concatenate([part[i] for part in found]) for i in range(3))
    return cell, lane, pools


def _stands_for(values: dict[str, Any]) -> list[IntArray]:
    """For every item the items whose need it may meet: itself, and those it is a substitute for."""
    rate = np.asarray(values.get("substitute_rate", NOTHING), dtype=float)
    items = len(values["items"])
    return [np.flatnonzero(row > 0) for row in (rate if rate.shape == (items, items) else np.eye(items))]


def _carries(values: dict[str, Any]) -> BoolArray | None:
    """(A, K) whether an item may travel by the mode of a lane, and on it; None where everything may.

    What a recipient holds already does not travel.
    """
    allowed = [set(words.split()) for words in values.get("item_modes", ())]
    only = [set(words.split()) for words in values.get("lane_items", ())]
    if not any(allowed) and not any(only):
        return None
    items, mode = tuple(values["items"]), np.asarray(values["lane_mode"], dtype=object).astype(str)
    carries = np.ones((len(mode), len(items)), dtype=bool)
    for k, modes in enumerate(allowed):
        if modes:
            carries[:, k] = np.isin(mode, [*modes, *OWN_MODES])
    for a, codes in enumerate(only):
        if codes:
            carries[a] &= np.isin(items, list(codes))
    return carries


@dataclass(frozen=True, eq=False)
class Allocation:
    """Who gets what, from where, when; and what it would take to do better.

    Attributes
    ----------
    dispatches : frame offer, source, recipient, item, mode, week (dispatch week_end), arrival (week_end), quantity
        (base units), kg, m3, usd.
    coverage : frame recipient, item, week, need_median, need_p05, need_p95, need (the one planned
        for), received, served, unmet, stock_end.
    shadow_prices : frame block (supply_limit, route_capacity, need_balance, ...), source, recipient, item, week, mode,
        price, unit.
    objective, bound, gap : of the maximisation, in the unit the policy names; gap = (bound − objective)/|bound|.
    policy, method : names. settings : everything that made it, plain types only.
    supply_left : frame offer, source, item, quantity, sent, left, reason.
    network, dispatch, prices : the arrays behind the frames: dispatch is (N, T) base units on each arc and week.
    notes : what the compilation found odd.
    """

    sources: tuple[str, ...]
    recipients: tuple[str, ...]
    items: tuple[str, ...]
    week_ends: DateArray
    dispatches: pd.DataFrame
    coverage: pd.DataFrame
    shadow_prices: pd.DataFrame
    objective: float
    bound: float
    gap: float
    policy: str
    method: str
    settings: dict[str, object]
    supply_left: pd.DataFrame
    need: FloatArray
    network: SupplyNetwork | None = None
    dispatch: FloatArray | None = None
    prices: Prices | None = None
    notes: tuple[DataQualityNote, ...] = field(default=())


def with_stock_as_supply(network: SupplyNetwork) -> SupplyNetwork:
    """The same network with what recipients hold turned into pools of their own, a free lane of no lead away.

    Sources, lanes and pools are added behind the existing ones, so that plans and prices of the original are the
    leading parts of those of the result.
    """
    recipient, item = np.nonzero((network.stock > 0) & (network.need.sum(axis=2) > 0))
    holders, holder = np.unique(recipient, return_inverse=True)
    count, weeks = len(holders), network.weeks
    sources, pools = len(network.sources), len(recipient)
    arriving = np.zeros((pools, weeks))
    arriving[:, 0] = network.stock[recipient, item]
    unlimited = np.full((count, weeks), np.inf)
    joined: dict[str, object] = {
        "sources": (*network.sources, *(f"stock of {network.recipients[r]}" for r in holders)),
        "lane_source": np.concatenate([network.lane_source, sources + np.arange(count)]).astype(np.int32),
        "lane_recipient": np.concatenate([network.lane_recipient, holders]).astype(np.int32),
        "lane_weeks": np.concatenate([network.lane_weeks, np.zeros(count)]).astype(np.int32),
        "lane_cost": np.concatenate([network.lane_cost, np.zeros(count)]),
        "lane_m3": np.concatenate([network.lane_m3, unlimited]),
        "lane_kg": np.concatenate([network.lane_kg, unlimited]),
        "lane_mode": (*network.lane_mode, *("stock",) * count),
        "handling_kg": np.concatenate([network.handling_kg, unlimited]),
        "pool_source": np.concatenate([network.pool_source, sources + holder]).astype(np.int32),
        "pool_item": np.concatenate([network.pool_item, item]).astype(np.int32),
        "pool_arriving": np.concatenate([network.pool_arriving, arriving]),
        "pool_group": np.concatenate([network.pool_group, np.full(pools, -1)]).astype(np.int32),
        "pool_last_week": np.concatenate([network.pool_last_week, np.full(pools, weeks - 1)]).astype(np.int32),
        "stock": np.zeros_like(network.stock),
    }
    return rebuilt(network, **joined)


def rebuilt(network: SupplyNetwork, **changes: object) -> SupplyNetwork:
    """The network with some of its arrays replaced, and cells and arcs worked out anew."""
    whole = {f.name: getattr(network, f.name) for f in fields(SupplyNetwork) if f.name not in DERIVED}
    return build_network(**{**whole, **changes})
