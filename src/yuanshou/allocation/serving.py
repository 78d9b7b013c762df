"""What a recipient does with what arrives: serve the most valuable steps first, and keep what is left.

For fixed arrivals the program splits into cells, and in each cell the greedy order is optimal: serving at week t uses
up stock of every later week, which makes the feasible sets nested (a laminar polymatroid). So a plan's true objective
follows from its dispatches alone, without a solver.
"""

from __future__ import annotations

import numba
import numpy as np

from yuanshou.allocation.network import SupplyNetwork
from yuanshou.tables import FloatArray, IntArray


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
    """Served (C, T) and its value (C,) for arrivals (C, T) in base units: the best use of what arrives.

    Numbers in use are served week by week from what is there. Complete sets are served greedily too; that is the best
    use where the parts of a set are needed in the same proportion every week, and never more than the best use.
    """
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
    if network.item_level.any():
        _serve_level(network, arrivals, served, worth)
    for group in bundle_groups(network):
        _serve_sets(network, arrivals, group, served, worth)
    return served, worth


def _serve_level(network: SupplyNetwork, arrivals: FloatArray, served: FloatArray, worth: FloatArray) -> None:
    """Numbers in use: each week serves its steps from what is on hand, and keeps it."""
    level = np.flatnonzero(network.item_level[network.cell_item])
    width, value = (array[level] for array in step_arrays(network))
    on_hand = network.cell_stock[level, None] + np.cumsum(arrivals[level], axis=1)
    before = np.cumsum(width, axis=2) - width
    amount = np.clip(on_hand[:, :, None] - before, 0.0, width)
    served[level] = amount.sum(axis=2)
    worth[level] = network.cell_weight[level] * (amount * value).sum(axis=(1, 2))


def bundle_groups(network: SupplyNetwork) -> list[IntArray]:
    """The cells of each recipient and bundle: parts that count in complete sets only."""
    bundle = network.item_bundle[network.cell_item]
    if not (bundle >= 0).any():
        return []
    key = np.where(bundle >= 0, network.cell_recipient * len(network.items) + bundle, -1)
    return [np.flatnonzero(key == one) for one in np.unique(key[key >= 0])]


def set_steps(network: SupplyNetwork, group: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Need (M, T) of the parts, share (T, J) of each step and what the whole step is worth (T, J) per share of need."""
    need = network.cell_need[group]
    rows = slice(None) if len(network.tier_share) == 1 else group[:, None] * network.weeks + np.arange(network.weeks)
    shape = (len(group), network.weeks, network.tier_share.shape[1])
    share, value = (np.broadcast_to(a[rows], shape) for a in (network.tier_share, network.tier_value))
    worth = np.einsum("m,mt,mtj->tj", network.cell_weight[group], need, value)
    needed = np.asarray((need > 0).any(axis=0))
    return need, np.where(needed[:, None], share[0], 0.0), worth


def _serve_sets(
    network: SupplyNetwork, arrivals: FloatArray, group: IntArray, served: FloatArray, worth: FloatArray
) -> None:
    """Complete sets of one recipient: the step worth most per unit of need first, as far as every part lasts."""
    need, share, value = set_steps(network, group)
    slack = network.cell_stock[group, None] + np.cumsum(arrivals[group], axis=1)
    size = network.cell_weight[group] @ need
    rank = value / np.where(size > 0, size, 1.0)[:, None]
    week = np.repeat(np.arange(network.weeks), rank.shape[1])
    served[group], worth[group] = 0.0, 0.0
    for flat in np.lexsort((-week, -rank.ravel())):
        t, j = divmod(int(flat), rank.shape[1])
        part = np.flatnonzero(need[:, t] > 0)
        if not len(part) or share[t, j] <= 0:
            continue
        lasting = slack[part, t:].min(axis=1) / need[part, t]
        amount = max(min(share[t, j], float(lasting.min())), 0.0)
        slack[:, t:] -= amount * need[:, t, None]
        served[group, t] += amount * need[:, t]
        worth[group[0]] += amount * value[t, j]


def step_arrays(network: SupplyNetwork) -> tuple[FloatArray, FloatArray]:
    """Widths in base units and values, each (C, T, J)."""
    shape = (network.cells, network.weeks, network.tier_share.shape[1])
    if network.tier_share.shape[0] == 1:
        share, value = network.tier_share[None], network.tier_value[None]
    else:
        share, value = network.tier_share.reshape(shape), network.tier_value.reshape(shape)
    return network.cell_need[:, :, None] * share, np.broadcast_to(value, shape)


@numba.njit(cache=True)
def _arrivals(
    start: FloatArray, lane: FloatArray, lead: FloatArray, stay: FloatArray, dispatch: FloatArray, out: FloatArray
) -> None:
    cells, weeks = out.shape
    for c in range(cells):
        for arc in range(start[c], start[c + 1]):
            late, kept = lead[lane[arc]], stay[lane[arc]]
            for t in range(weeks - late):
                out[c, t + late] += dispatch[arc, t]
                if kept > 0 and t + late + kept < weeks:
                    out[c, t + late + kept] -= dispatch[arc, t]


def arrivals_of(network: SupplyNetwork, dispatch: FloatArray) -> FloatArray:
    """(C, T) base units that arrive in each cell and week from dispatches (N, T), less what goes back to its lender.

    A substitute counts as what it stands for.
    """
    out = np.zeros((network.cells, network.weeks))
    sent = np.asarray(dispatch, dtype=float)
    if network.has_substitutes:
        sent = sent * network.arc_rate[:, None]
    _arrivals(network.arc_start, network.arc_lane, network.lane_weeks, network.lane_stay, sent, out)
    return out


def plan_value(network: SupplyNetwork, dispatch: FloatArray) -> float:
    """The objective of a plan: value of the best serving of its arrivals, less freight and change at their weights."""
    _, worth = serve(network, arrivals_of(network, dispatch))
    sent = np.asarray(dispatch, dtype=float)
    return float(worth.sum() - network.unit_cost @ sent.sum(axis=1) - change_cost(network, sent))


def change_cost(network: SupplyNetwork, dispatch: FloatArray) -> float:
    """What differing from the last plan costs: Σ cost · |sent − sent then| by lane, item and week, while both plan."""
    if not network.change_until or not network.change_cost.any():
        return 0.0
    item = network.pool_item[network.arc_pool]
    key = network.arc_lane.astype(np.int64) * len(network.items) + item
    keys, at = np.unique(key, return_inverse=True)
    now = np.zeros((len(keys), network.change_until))
    np.add.at(now, at, dispatch[:, : network.change_until])
    lane, last_item, week = network.last_sent[:, :3].astype(np.int64).T
    then = np.zeros_like(now)
    last_key = lane * len(network.items) + last_item
    place = np.minimum(np.searchsorted(keys, last_key), max(len(keys) - 1, 0))
    known = np.isin(last_key, keys)
    np.add.at(then, (place[known], week[known]), network.last_sent[known, 3])
    gone = float((network.change_cost[last_item[~known]] * network.last_sent[~known, 3]).sum())
    return gone + float((network.change_cost[keys % len(network.items)] * np.abs(now - then).sum(axis=1)).sum())
