"""What is scarce and need not leave yet stays at the hub: the same value, and every door still open.

A program that counts value only is indifferent between goods that wait at the hub and goods that wait at the
recipient. They are not alike: what waits at the hub may still go anywhere when need turns out differently, and what
has arrived early is used up early. But room on a lane passes with its week, and goods that are plentiful have no better
use to wait for. So a dispatch whose goods would lie unused is put off, week by week, only where the goods have a price
and the lane has none, as long as source and expiry allow; nobody is served a unit less or a week later.
"""

from __future__ import annotations

import numba
import numpy as np

from yuanshou.allocation.consignments import usage
from yuanshou.allocation.network import Prices, SupplyNetwork
from yuanshou.allocation.serving import arrivals_of, serve
from yuanshou.tables import BoolArray, FloatArray, IntArray

NOUGHT = 1e-4
"""A price below this share of what there is to compare it with counts as none."""


def postpone(network: SupplyNetwork, plan: FloatArray, prices: Prices) -> FloatArray:
    """The plan (N, T) with dispatches of scarce goods as late as their use allows; of the same value and limits."""
    later = np.array(plan, dtype=float)
    if not len(later):
        return later
    arrivals = arrivals_of(network, later)
    served, _ = serve(network, arrivals)
    idle = np.maximum(network.cell_stock[:, None] + np.cumsum(arrivals - served, axis=1), 0.0)
    used, item = usage(network, later), network.pool_item[network.arc_pool]
    _put_off(
        later,
        idle,
        may_wait(network, prices),
        network.arc_start,
        network.arc_lane,
        network.arc_pool,
        network.lane_weeks,
        network.lane_source,
        network.pool_last_week,
        network.m3[item],
        network.kg[item],
        np.maximum(network.lane_m3 - used.m3, 0.0),
        np.maximum(network.lane_kg - used.kg, 0.0),
        np.maximum(network.handling_kg - used.handling, 0.0),
    )
    return later


def may_wait(network: SupplyNetwork, prices: Prices) -> BoolArray:
    """(N, T) whether goods of an arc in a week are scarce from then on, and room on their lane is not."""
    stock = prices.supply_limit[network.arc_pool]
    room = prices.route_m3 + prices.route_kg + prices.handling_kg[network.lane_source]
    scarce_room = np.cumsum(room[:, ::-1], axis=1)[:, ::-1] > NOUGHT * max(float(room.max(initial=0.0)), 1e-300)
    worth = network.cell_weight[network.arc_cell]
    return np.asarray((stock > NOUGHT * worth[:, None]) & ~scarce_room[network.arc_lane])


@numba.njit(cache=True)
def _put_off(
    plan: FloatArray,
    idle: FloatArray,
    allowed: BoolArray,
    start: IntArray,
    lane: IntArray,
    pool: IntArray,
    lead: IntArray,
    source: IntArray,
    last: IntArray,
    m3: FloatArray,
    kg: FloatArray,
    free_m3: FloatArray,
    free_kg: FloatArray,
    free_handling: FloatArray,
) -> None:
    """Move whole units from each week to the next while they would lie idle; the latest weeks make room first."""
    cells, weeks = idle.shape
    moved = True
    for _ in range(weeks):
        if not moved:
            break
        moved = False
        for t in range(weeks - 2, -1, -1):
            for c in range(cells):
                spare = idle[c, t]
                for i in range(start[c], start[c + 1]):
                    if spare < 1.0:
                        break
                    a, p = lane[i], pool[i]
                    s, sent = source[a], t - lead[a]
                    if sent < 0 or plan[i, sent] <= 0.0 or t + 1 > last[p] or not allowed[i, sent + 1]:
                        continue
                    room = min(spare, plan[i, sent])
                    if m3[i] > 0.0:
                        room = min(room, free_m3[a, sent + 1] / m3[i])
                    if kg[i] > 0.0:
                        room = min(room, free_kg[a, sent + 1] / kg[i], free_handling[s, sent + 1] / kg[i])
                    room = np.floor(room)
                    if room < 1.0:
                        continue
                    moved = True
                    spare -= room
                    idle[c, t] -= room
                    plan[i, sent] -= room
                    plan[i, sent + 1] += room
                    for week, sign in ((sent, 1.0), (sent + 1, -1.0)):
                        free_m3[a, week] += sign * room * m3[i]
                        free_kg[a, week] += sign * room * kg[i]
                        free_handling[s, week] += sign * room * kg[i]
