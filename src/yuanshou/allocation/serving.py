"""What a recipient does with what arrives: serve the most valuable steps first, and keep what is left.

For fixed arrivals the program splits into cells, and in each cell the greedy order is optimal: serving at week t uses
up stock of every later week, which makes the feasible sets nested (a laminar polymatroid). So a plan's true objective
follows from its dispatches alone, without a solver.
"""

from __future__ import annotations

import numba
import numpy as np

from yuanshou.allocation.network import SupplyNetwork
from yuanshou.tables import FloatArray


@numba.njit(cache=True, parallel=True)
def _serve(
    arrivals: FloatArray,
    stock: FloatArray,
    need: FloatArray,
    share: FloatArray,
    value: FloatArray,
    weight: FloatArray,
    served: FloatArray,
    worth: FloatArray,
) -> None:
    cells, weeks = need.shape
    steps = share.shape[1]
    uniform = share.shape[0] == 1
    for c in numba.prange(cells):
        slack = np.empty(weeks)
        step = np.zeros(weeks, dtype=np.int64)
        done = np.zeros(weeks)
        total = stock[c]
        for t in range(weeks):
            total += arrivals[c, t]
            slack[t] = total
        gained = 0.0
        while True:
            best, best_week = 0.0, -1
            room, available = np.inf, 0.0
            for t in range(weeks - 1, -1, -1):
                room = min(room, slack[t])
                if room <= 0.0:
                    break
                if need[c, t] <= 0.0:
                    continue
                row = 0 if uniform else c * weeks + t
                while step[t] < steps and done[t] >= share[row, step[t]] * need[c, t] * (1.0 - 1e-15):
                    step[t] += 1
                    done[t] = 0.0
                if step[t] < steps and value[row, step[t]] >= best:
                    best, best_week, available = value[row, step[t]], t, room
            if best_week < 0:
                break
            row = 0 if uniform else c * weeks + best_week
            wanted = share[row, step[best_week]] * need[c, best_week] - done[best_week]
            amount = min(wanted, available)
            if amount >= wanted:
                step[best_week] += 1
                done[best_week] = 0.0
            else:
                done[best_week] += amount
            served[c, best_week] += amount
            gained += amount * best * weight[c]
            for t in range(best_week, weeks):
                slack[t] -= amount
                if slack[t] < 1e-12 * (1.0 + amount):
                    slack[t] = min(slack[t], 0.0)
        worth[c] = gained


def serve(network: SupplyNetwork, arrivals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Served (C, T) and its value (C,) for arrivals (C, T) in base units: the best use of what arrives."""
    served = np.zeros((network.cells, network.weeks))
    worth = np.zeros(network.cells)
    _serve(
        np.ascontiguousarray(arrivals, dtype=float),
        network.cell_stock,
        network.cell_need,
        network.tier_share,
        network.tier_value,
        network.cell_weight,
        served,
        worth,
    )
    return served, worth


@numba.njit(cache=True)
def _arrivals(start: FloatArray, lane: FloatArray, lead: FloatArray, dispatch: FloatArray, out: FloatArray) -> None:
    cells, weeks = out.shape
    for c in range(cells):
        for arc in range(start[c], start[c + 1]):
            late = lead[lane[arc]]
            for t in range(weeks - late):
                out[c, t + late] += dispatch[arc, t]


def arrivals_of(network: SupplyNetwork, dispatch: FloatArray) -> FloatArray:
    """(C, T) base units that arrive in each cell and week from dispatches (N, T)."""
    out = np.zeros((network.cells, network.weeks))
    _arrivals(network.arc_start, network.arc_lane, network.lane_weeks, np.asarray(dispatch, dtype=float), out)
    return out


def plan_value(network: SupplyNetwork, dispatch: FloatArray) -> float:
    """The objective of a plan: value of the best serving of its arrivals, less freight at its weight."""
    _, worth = serve(network, arrivals_of(network, dispatch))
    return float(worth.sum() - network.unit_cost @ np.asarray(dispatch, dtype=float).sum(axis=1))
