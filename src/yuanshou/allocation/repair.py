"""From nearly right flows to a plan within every limit, losing as little value as possible.

First what is over a limit is scaled down: lanes, then sources, then pools, whose stock is passed forward. Units that
serve nothing are called back. Then what is left of stock and capacity is filled in, best use first.
"""

from __future__ import annotations

import numba
import numpy as np

from yuanshou.allocation.bound import pool_first_week
from yuanshou.allocation.consignments import usage
from yuanshou.allocation.network import SupplyNetwork
from yuanshou.allocation.serving import arrivals_of, serve
from yuanshou.tables import FloatArray, IntArray


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
            used_m3[lane[i]] += plan[i, t] * m3[i]
            used_kg[lane[i]] += plan[i, t] * kg[i]
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
    """Give `wanted` units to (cell, week) in the order given, from whatever arc still has stock and room."""
    weeks = plan.shape[1]
    for n in range(len(order)):
        c, week = order[n] // weeks, order[n] % weeks
        missing = wanted[n]
        for i in range(start[c], start[c + 1]):
            a, p = lane[i], pool[i]
            s, late = source[a], lead[a]
            for t in range(min(week, last[p]) - late, first[p] - 1, -1):
                room = missing
                if free_m3[a, t] < room * m3[i]:
                    room = free_m3[a, t] / m3[i]
                if free_kg[a, t] < room * kg[i]:
                    room = free_kg[a, t] / kg[i]
                if free_handling[s, t] < room * kg[i]:
                    room = free_handling[s, t] / kg[i]
                if room <= 0.0:
                    continue
                for u in range(t, weeks):
                    room = min(room, spare[p, u])
                if room <= 1e-9 * missing:
                    continue
                plan[i, t] += room
                arrivals[c, t + late] += room
                free_m3[a, t] -= room * m3[i]
                free_kg[a, t] -= room * kg[i]
                free_handling[s, t] -= room * kg[i]
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
    item = network.pool_item[network.arc_pool]
    m3, kg = network.m3[item], network.kg[item]
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
    order, wanted = _candidates(network, served, price)
    _fill(
        order,
        plan,
        arrivals,
        wanted,
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
    _, worth = serve(network, arrivals)
    return plan, float(worth.sum() - network.unit_cost @ plan.sum(axis=1))


def _candidates(network: SupplyNetwork, served: FloatArray, price: FloatArray) -> tuple[IntArray, FloatArray]:
    """Flat (cell, week) indices and units of the steps not yet served, the best surplus over price first."""
    need, weight = network.cell_need, network.cell_weight
    steps = network.tier_share.shape[1]
    uniform = len(network.tier_share) == 1
    shape = (network.cells, network.weeks)
    before = np.zeros(shape)
    keys, amounts, margins = [], [], []
    for j in range(steps):
        share = network.tier_share[0, j] if uniform else network.tier_share[:, j].reshape(shape)
        value = network.tier_value[0, j] if uniform else network.tier_value[:, j].reshape(shape)
        width = need * share
        missing = np.clip(before + width - served, 0.0, width)
        before += width
        margin = weight[:, None] * value - price
        chosen = np.flatnonzero((missing > 1e-9 * need).ravel() & np.isfinite(margin).ravel())
        keys.append(chosen)
        amounts.append(missing.ravel()[chosen])
        # Relative to the worth of the item, so that dear and cheap items are ranked alike.
        margins.append((margin / weight[:, None]).ravel()[chosen])
    key, amount, margin = np.concatenate(keys), np.concatenate(amounts), np.concatenate(margins)
    order = np.argsort(-margin, kind="stable")
    return key[order], amount[order]
