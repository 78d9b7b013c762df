"""From nearly right flows to a plan within every limit, losing as little value as possible.

First what is over a limit is scaled down: lanes, then sources, then pools, whose stock is passed forward. Units that
serve nothing are called back. Then what is left of stock and capacity is filled in, best use first.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from yuanshou.allocation.bound import pool_first_week
from yuanshou.allocation.consignments import usage
from yuanshou.allocation.network import SupplyNetwork
from yuanshou.allocation.serving import arrivals_of, serve
from yuanshou.tables import BoolArray, FloatArray, IntArray

CRUMB = 1e-6
"""What is left of stock or room is not worth a visit below this share of a cell's largest weekly need."""


@numba.njit(cache=True)
def _shrink(
    plan: FloatArray,
    lane: IntArray,
    pool: IntArray,
    source: IntArray,
    m3: FloatArray,
    kg: FloatArray,
    lane_m3: FloatArray,
    lane_kg: FloatArray,
    handling: FloatArray,
    arriving: FloatArray,
) -> None:
    """Scale what is over a limit down to it: lanes, then sources, then pools week by week."""
    arcs, weeks = plan.shape
    for t in range(weeks):
        used_m3, used_kg = np.zeros(len(source)), np.zeros(len(source))
        for i in range(arcs):
            used_m3[lane[i]] += plan[i, t] * m3[pool[i]]
            used_kg[lane[i]] += plan[i, t] * kg[pool[i]]
        factor = np.ones(len(source))
        handled = np.zeros(len(handling))
        for a in range(len(source)):
            if used_m3[a] > lane_m3[a, t]:
                factor[a] = lane_m3[a, t] / used_m3[a]
            if used_kg[a] * factor[a] > lane_kg[a, t]:
                factor[a] = lane_kg[a, t] / used_kg[a]
            handled[source[a]] += used_kg[a] * factor[a]
        for a in range(len(source)):
            s = source[a]
            if handled[s] > handling[s, t]:
                factor[a] *= handling[s, t] / handled[s]
        for i in range(arcs):
            plan[i, t] *= factor[lane[i]]
    stock = np.zeros(len(arriving))
    for t in range(weeks):
        wanted = np.zeros(len(arriving))
        for i in range(arcs):
            wanted[pool[i]] += plan[i, t]
        factor = np.ones(len(arriving))
        for p in range(len(arriving)):
            stock[p] += arriving[p, t]
            if wanted[p] > stock[p]:
                factor[p] = stock[p] / wanted[p]
                stock[p] = 0.0
            else:
                stock[p] -= wanted[p]
        for i in range(arcs):
            plan[i, t] *= factor[pool[i]]


@numba.njit(cache=True)
def _call_back(
    plan: FloatArray,
    start: IntArray,
    lane: IntArray,
    lead: IntArray,
    arrivals: FloatArray,
    served: FloatArray,
    held: FloatArray,
) -> None:
    """Take units that no step uses off the latest arrivals."""
    cells, weeks = arrivals.shape
    on_hand = np.empty(weeks)
    for c in range(cells):
        level = held[c]
        for t in range(weeks):
            level += arrivals[c, t] - served[c, t]
            on_hand[t] = level
        idle = np.inf
        for t in range(weeks - 1, -1, -1):
            idle = min(idle, on_hand[t])
            if idle <= 0.0:
                break
            if arrivals[c, t] <= 0.0:
                continue
            back = min(idle, arrivals[c, t])
            keep = 1.0 - back / arrivals[c, t]
            for i in range(start[c], start[c + 1]):
                sent = t - lead[lane[i]]
                if sent >= 0:
                    plan[i, sent] *= keep
            arrivals[c, t] -= back
            idle -= back


@numba.njit(cache=True)
def _fill(
    order: IntArray,
    plan: FloatArray,
    arrivals: FloatArray,
    wanted: FloatArray,
    worth: FloatArray,
    cost: FloatArray,
    start: IntArray,
    lane: IntArray,
    pool: IntArray,
    lead: IntArray,
    source: IntArray,
    first: IntArray,
    last: IntArray,
    m3: FloatArray,
    kg: FloatArray,
    free_m3: FloatArray,
    free_kg: FloatArray,
    free_handling: FloatArray,
    spare: FloatArray,
) -> None:
    """Give `wanted` units, each of some worth, to (cell, week) in the order given: from arcs with stock and room.

    An arc whose freight costs more than the unit is worth is passed over.
    """
    weeks = plan.shape[1]
    for n in range(len(order)):
        c, week = order[n] // weeks, order[n] % weeks
        missing = wanted[n]
        for i in range(start[c], start[c + 1]):
            a, p = lane[i], pool[i]
            s, late = source[a], lead[a]
            if cost[i] >= worth[n]:
                continue
            for t in range(min(week, last[p]) - late, first[p] - 1, -1):
                room = missing
                if free_m3[a, t] < room * m3[p]:
                    room = free_m3[a, t] / m3[p]
                if free_kg[a, t] < room * kg[p]:
                    room = free_kg[a, t] / kg[p]
                if free_handling[s, t] < room * kg[p]:
                    room = free_handling[s, t] / kg[p]
                if room <= 0.0:
                    continue
                for u in range(t, weeks):
                    room = min(room, spare[p, u])
                if room <= 1e-9 * missing:
                    continue
                plan[i, t] += room
                arrivals[c, t + late] += room
                free_m3[a, t] -= room * m3[p]
                free_kg[a, t] -= room * kg[p]
                free_handling[s, t] -= room * kg[p]
                for u in range(t, weeks):
                    spare[p, u] -= room
                missing -= room
                if missing <= 0.0:
                    break
            if missing <= 0.0:
                break


def repair(network: SupplyNetwork, flow: FloatArray, price: FloatArray) -> tuple[FloatArray, float]:
    """A plan (N, T) within every limit near `flow`, and its objective.

    Parameters
    ----------
    price : (C, T) cheapest delivered prices, which rank what is filled in first.
    """
    plan = np.array(flow, dtype=float)
    cost = network.unit_cost
    plan[cost >= network.cell_weight[network.arc_cell] * network.tier_value.max(initial=0.0)] = 0.0
    m3, kg = network.m3[network.pool_item], network.kg[network.pool_item]
    _shrink(
        plan,
        network.arc_lane,
        network.arc_pool,
        network.lane_source,
        m3,
        kg,
        network.lane_m3,
        network.lane_kg,
        network.handling_kg,
        network.pool_arriving,
    )
    arrivals = arrivals_of(network, plan)
    served, _ = serve(network, arrivals)
    _call_back(plan, network.arc_start, network.arc_lane, network.lane_weeks, arrivals, served, network.cell_stock)
    used = usage(network, plan)
    ways = (
        network.arc_start,
        network.arc_lane,
        network.arc_pool,
        network.lane_weeks,
        network.lane_source,
        pool_first_week(network),
        network.pool_last_week,
        m3,
        kg,
        np.maximum(network.lane_m3 - used.m3, 0.0),
        np.maximum(network.lane_kg - used.kg, 0.0),
        np.maximum(network.handling_kg - used.handling, 0.0),
        np.maximum(np.cumsum(network.pool_arriving, axis=1) - np.cumsum(used.pool, axis=1), 0.0),
    )
    order, wanted, value = _candidates(network, served, price, ways)
    _fill(order, plan, arrivals, wanted, value, cost, *ways)
    _, worth = serve(network, arrivals)
    return plan, float(worth.sum() - cost @ plan.sum(axis=1))


def _candidates(
    network: SupplyNetwork, served: FloatArray, price: FloatArray, ways: tuple[Any, ...]
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Flat (cell, week) indices, units and worth of steps unserved that can still be reached, best surplus first."""
    need = network.cell_need
    within = np.zeros(need.shape, dtype=np.bool_)
    _reachable(within, need, *ways)
    within &= np.isfinite(price)
    steps = (need, network.tier_share, network.tier_value, network.cell_weight, served, price, within)
    count = _missing_steps(*steps, np.zeros(0, dtype=np.int64), *np.zeros((3, 0)))
    key, (amount, worth, margin) = np.empty(count, dtype=np.int64), np.empty((3, count))
    _missing_steps(*steps, key, amount, worth, margin)
    order = np.argsort(-margin, kind="stable")
    return key[order], amount[order], worth[order]


@numba.njit(cache=True, parallel=True)
def _reachable(
    within: BoolArray,
    need: FloatArray,
    start: IntArray,
    lane: IntArray,
    pool: IntArray,
    lead: IntArray,
    source: IntArray,
    first: IntArray,
    last: IntArray,
    m3: FloatArray,
    kg: FloatArray,
    free_m3: FloatArray,
    free_kg: FloatArray,
    free_handling: FloatArray,
    spare: FloatArray,
) -> None:
    """Mark the weeks by which some arc of the cell could still bring `CRUMB` of its largest need."""
    cells, weeks = within.shape
    lasting = spare.copy()
    for t in range(weeks - 2, -1, -1):
        lasting[:, t] = np.minimum(lasting[:, t], lasting[:, t + 1])
    for c in numba.prange(cells):
        crumb = CRUMB * need[c].max()
        for i in range(start[c], start[c + 1]):
            a, p = lane[i], pool[i]
            s, late = source[a], lead[a]
            for t in range(first[p], min(last[p], weeks - 1) - late + 1):
                within[c, t + late] |= (
                    lasting[p, t] >= crumb
                    and free_m3[a, t] >= crumb * m3[p]
                    and free_kg[a, t] >= crumb * kg[p]
                    and free_handling[s, t] >= crumb * kg[p]
                )
        for t in range(1, weeks):
            within[c, t] |= within[c, t - 1]


@numba.njit(cache=True)
def _missing_steps(
    need: FloatArray,
    share: FloatArray,
    value: FloatArray,
    weight: FloatArray,
    served: FloatArray,
    price: FloatArray,
    within: BoolArray,
    key: IntArray,
    amount: FloatArray,
    worth: FloatArray,
    margin: FloatArray,
) -> int:
    """Count the steps with units missing; where there is room, write where, how many and how good each is.

    The margin is relative to the worth of the item, so that dear and cheap items are ranked alike.
    """
    cells, weeks = need.shape
    uniform, n = len(share) == 1, 0
    for c in range(cells):
        for t in range(weeks):
            if not within[c, t]:
                continue
            row, before = 0 if uniform else c * weeks + t, 0.0
            for j in range(share.shape[1]):
                width = need[c, t] * share[row, j]
                missing = min(max(before + width - served[c, t], 0.0), width)
                before += width
                if missing > 1e-9 * need[c, t]:
                    if len(key):
                        key[n], amount[n], worth[n] = c * weeks + t, missing, weight[c] * value[row, j]
                        margin[n] = value[row, j] - price[c, t] / weight[c] if weight[c] > 0 else -np.inf
                    n += 1
    return n
