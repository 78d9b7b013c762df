"""The supply network as arrays: sources, recipients, items, weeks and lanes between them.

Three words must not be confused. A *pool* is stock that is alike in every rule: same source, item, earmark and
expiry, arriving over the weeks. A *cell* is one recipient × one item. An *arc* is one way to fill a cell: a lane
into the recipient together with a pool at the lane's source. Every method works on arcs × weeks, whether the plan
has twenty places or two hundred thousand.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.errors import AllocationError
from yuanshou.tables import BoolArray, DataQualityNote, DateArray, FloatArray, IntArray

DERIVED = ("cell_recipient", "cell_item", "arc_start", "arc_lane", "arc_pool")
"""Fields of a network that follow from the others."""


@dataclass(frozen=True, eq=False)
class Prices:
    """What one more unit of each scarce thing would be worth, in objective units; the certificate's other half.

    Attributes
    ----------
    supply_limit : shape (P, T), per base unit in the pool and week; never rising over weeks, because stock keeps.
    route_m3, route_kg : shape (A, T), per m³ and per kg of lane capacity.
    handling_kg : shape (S, T), per kg handled at the source.
    """

    supply_limit: FloatArray
    route_m3: FloatArray
    route_kg: FloatArray
    handling_kg: FloatArray


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
        """(N,) objective units of freight for one base unit over each arc."""
        return self.cost_weight * self.lane_cost[self.arc_lane] * self.kg[self.pool_item[self.arc_pool]]

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


def check_arrays(values: dict[str, object]) -> None:
    """Raise AllocationError for arrays no plan can be made of: NaN, negative, or infinite where a number is due."""
    for name in ("need", "stock", "weight", "pool_arriving", "kg", "m3", "lane_cost", "tier_share", "tier_value"):
        array = np.asarray(values[name], dtype=float)
        if not np.isfinite(array).all():
            raise _malformed(name, "not a finite number", int(np.count_nonzero(~np.isfinite(array))))
        if (array < 0).any():
            raise _malformed(name, "negative", int(np.count_nonzero(array < 0)))
    for name in ("lane_m3", "lane_kg", "handling_kg"):
        array = np.asarray(values[name], dtype=float)
        if np.isnan(array).any():
            raise _malformed(name, "not a number", int(np.count_nonzero(np.isnan(array))))
        if (array < 0).any():
            raise _malformed(name, "negative", int(np.count_nonzero(array < 0)))
    tiers = np.asarray(values["tier_value"], dtype=float)
    if (np.diff(tiers, axis=-1) > 1e-12 * max(1.0, float(tiers.max(initial=0)))).any():
        raise AllocationError(
            "steps of need whose value rises from one step to the next",
            "values that never rise (the first units matter most)",
            "correct the steps of the policy",
        )


def _malformed(name: str, what: str, count: int) -> AllocationError:
    return AllocationError(
        f"{count} values of {name} that are {what}",
        "numbers that are not negative (capacities may be infinite)",
        "correct these values, or leave the row out",
    )


def _arcs(values: dict[str, object], cell_at: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Cell, lane and pool of every arc: the pools of each lane's source that its recipient needs and may have."""
    lane_source = np.asarray(values["lane_source"])
    lane_recipient = np.asarray(values["lane_recipient"])
    lane_weeks = np.asarray(values["lane_weeks"])
    pool_source, pool_item = np.asarray(values["pool_source"]), np.asarray(values["pool_item"])
    pool_group = np.asarray(values["pool_group"])
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
        cell = cell_at[lane_recipient[lanes], pool_item[pool]]
        keep = cell >= 0
        found.append((cell[keep], lanes[keep].astype(np.int32), np.full(int(keep.sum()), pool, dtype=np.int32)))
    if not found:
        empty = np.zeros(0, dtype=np.int32)
        return empty, empty, empty
    cell, lane, pools = (np.concatenate([part[i] for part in found]) for i in range(3))
    return cell, lane, pools


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
