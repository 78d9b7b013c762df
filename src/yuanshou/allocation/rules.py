"""The rules people apply by hand, as plans to stand beside the optimised one: feasible, simple, and often unfair.

Every week each source shares out what it has of an item among the recipients it can reach that still miss some of
the need up to the arrival and two weeks beyond. A rule says only in which shares, or in which order:

* proportional: in proportion to what each still misses;
* per_head: in proportion to population;
* first_come: whoever's need arises first is served in full first;
* priority: whoever's need weighs most is served in full first;
* waterfill: to raise the lowest shares of need first, by weight (`waterfill.water_level`);
* two_phase: first in proportion to population up to a share of the need, then in proportion to what is missed
  (the shape of the allocation framework of 2020 for vaccines, with its 20 % first phase).
"""

from __future__ import annotations

import numba
import numpy as np

from yuanshou.allocation.bound import pool_first_week
from yuanshou.allocation.network import OWN_MODES, SupplyNetwork
from yuanshou.allocation.waterfill import water_level
from yuanshou.tables import BoolArray, FloatArray, IntArray

WEEKS_AHEAD = 2
ROUNDS = 4
"""Each source deals out its stock in rounds, so that the item dealt first does not fill the lane alone."""


def solve_rule(
    network: SupplyNetwork, *, rule: str, population: FloatArray | None = None, population_share: float = 0.2
) -> FloatArray:
    """Dispatches (N, T) of a rule; within every limit by construction. No rule sends a substitute, or lends anything."""
    people = np.ones(len(network.recipients)) if population is None else np.nan_to_num(population, nan=0.0)
    people = np.maximum(people, 1e-9)[network.cell_recipient]
    first_need = (network.cell_need > 0).argmax(axis=1)
    order = {
        "first_come": np.lexsort((np.arange(network.cells), first_need)),
        "priority": np.argsort(-network.cell_weight, kind="stable"),
    }.get(rule)
    turn = np.zeros(0, dtype=np.int64)
    if order is not None:
        turn = np.empty(network.cells, dtype=np.int64)
        turn[order] = np.arange(network.cells)
    item = network.pool_item[network.arc_pool]
    dealt = (item == network.cell_item[network.arc_cell]) & (network.lane_stay[network.arc_lane] == 0)
    by_pool = np.lexsort((network.lane_weeks[network.arc_lane], network.arc_pool))
    by_pool = by_pool[dealt[by_pool]]
    plan = np.zeros((len(network.arc_lane), network.weeks))
    need_so_far, held = np.cumsum(network.cell_need, axis=1), network.cell_stock.copy()
    _keep_in_use(network, plan, need_so_far, held)
    lift = np.zeros(0)
    if rule == "waterfill":
        mean = np.bincount(network.cell_item, network.cell_weight) / np.maximum(np.bincount(network.cell_item), 1)
        lift = network.cell_weight / np.where(mean > 0, mean, 1.0)[network.cell_item]
    _deal(
        plan,
        by_pool,
        np.searchsorted(network.arc_pool[by_pool], np.arange(len(network.pool_item) + 1)),
        network.arc_cell,
        network.arc_lane,
        network.lane_weeks,
        network.lane_source,
        pool_first_week(network),
        network.pool_last_week,
        network.m3[item],
        network.kg[item],
        network.lane_m3.copy(),
        network.lane_kg.copy(),
        network.handling_kg.copy(),
        network.pool_arriving,
        need_so_far,
        held,
        people,
        turn,
        np.array([population_share, 1.0] if rule == "two_phase" else [1.0]),
        np.array([True, False] if rule == "two_phase" else [rule == "per_head"]),
        lift,
    )
    return plan


def _keep_in_use(network: SupplyNetwork, plan: FloatArray, need_so_far: FloatArray, held: FloatArray) -> None:
    """Numbers in use: the need is the highest so far, and owners use what they hold themselves, week by week."""
    level = network.item_level[network.cell_item]
    need_so_far[level] = np.maximum.accumulate(network.cell_need[level], axis=1)
    mode = np.asarray(network.lane_mode, dtype=object).astype(str)
    for arc in np.flatnonzero(mode[network.arc_lane] == OWN_MODES[1]):
        plan[arc] = np.cumsum(network.pool_arriving[network.arc_pool[arc]])
        held[network.arc_cell[arc]] += plan[arc, 0]


@numba.njit(cache=True)
def _deal(
    plan: FloatArray,
    by_pool: IntArray,
    edges: IntArray,
    cell: IntArray,
    lane: IntArray,
    lead: IntArray,
    source: IntArray,
    first: IntArray,
    last: IntArray,
    m3: FloatArray,
    kg: FloatArray,
    free_m3: FloatArray,
    free_kg: FloatArray,
    free_handling: FloatArray,
    arriving: FloatArray,
    need_so_far: FloatArray,
    given: FloatArray,
    people: FloatArray,
    turn: IntArray,
    ceilings: FloatArray,
    per_head: BoolArray,
    lift: FloatArray,
) -> None:
    """Deal out every pool, week by week, phase by phase, round by round."""
    weeks = plan.shape[1]
    stock = np.zeros(len(arriving))
    room = np.zeros(len(lane))
    for t in range(weeks):
        stock += arriving[:, t]
        for phase in range(len(ceilings)):
            for deal in range(ROUNDS):
                for p in range(len(arriving)):
                    if t < first[p] or stock[p] <= 0.0:
                        continue
                    arcs = by_pool[edges[p] : edges[p + 1]]
                    share = stock[p] / (ROUNDS - deal)
                    for i in arcs:
                        a, c = lane[i], cell[i]
                        room[i] = 0.0
                        if t + lead[a] <= last[p]:
                            until = min(t + lead[a] + WEEKS_AHEAD, weeks - 1)
                            claim = max(ceilings[phase] * need_so_far[c, until] - given[c], 0.0)
                            room[i] = _room(claim, m3[i], kg[i], free_m3[a, t], free_kg[a, t])
                    scale = lift
                    if len(lift):
                        scale = lift[cell[arcs]] * np.maximum(need_so_far[cell[arcs], weeks - 1], 1e-300)
                    sent = _share_out(arcs, room, cell, given, share, people, turn, per_head[phase], scale)
                    for n, i in enumerate(arcs):
                        if sent[n] <= 0.0:
                            continue
                        a = lane[i]
                        s = source[a]
                        amount = _room(sent[n], 0.0, kg[i], np.inf, free_handling[s, t])
                        plan[i, t] += amount
                        given[cell[i]] += amount
                        stock[p] -= amount
                        free_m3[a, t] -= amount * m3[i]
                        free_kg[a, t] -= amount * kg[i]
                        free_handling[s, t] -= amount * kg[i]


@numba.njit(cache=True)
def _room(amount: float, volume: float, mass: float, free_m3: float, free_kg: float) -> float:
    """As much of `amount` as a lane still has room for."""
    if volume > 0.0 and amount * volume > free_m3:
        amount = max(free_m3, 0.0) / volume
    if mass > 0.0 and amount * mass > free_kg:
        amount = max(free_kg, 0.0) / mass
    return amount


@numba.njit(cache=True)
def _share_out(
    arcs: IntArray,
    room: FloatArray,
    cell: IntArray,
    given: FloatArray,
    available: float,
    people: FloatArray,
    turn: IntArray,
    per_head: bool,
    scale: FloatArray,
) -> FloatArray:
    """(arcs,) what each gets of `available`: by turn, by level, or by shares, capped by its room.

    A recipient reached by several lanes claims on the fastest with room, so that nobody claims twice.
    """
    sent = np.zeros(len(arcs))
    claims = np.zeros(len(arcs))
    taken = {-1}
    for n, i in enumerate(arcs):
        if room[i] > 0.0 and cell[i] not in taken:
            claims[n] = room[i]
            taken.add(cell[i])
    left = available
    if len(turn):
        for n in np.argsort(turn[cell[arcs]]):
            sent[n] = min(claims[n], left)
            left -= sent[n]
        return sent
    if len(scale):
        start = given[cell[arcs]] / scale
        level = water_level(start, start + claims / scale, scale, left)
        for n in range(len(arcs)):
            sent[n] = min(max(level - start[n], 0.0) * scale[n], claims[n])
        return sent
    weights = np.zeros(len(arcs))
    for n, i in enumerate(arcs):
        if claims[n] > 0.0:
            weights[n] = people[cell[i]] if per_head else claims[n]
    # Raise all shares together; whoever reaches its room leaves the rest to the others.
    order = np.argsort(claims / np.maximum(weights, 1e-300))
    total = weights.sum()
    for n in order:
        if weights[n] <= 0.0 or total <= 0.0:
            continue
        sent[n] = min(claims[n], left * weights[n] / total)
        left -= sent[n]
        total -= weights[n]
    return sent
