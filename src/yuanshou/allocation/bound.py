"""The certificate: at any prices, the exact dual of the program bounds every plan from above.

    D(prices) = Σ price · supply + Σ price · capacity + Σ_cells Σ_t [ Σ_j width · max(0, weight · value_j − P_t) ]
                + Σ_cells P_0 · stock held

where P_t is the cheapest delivered price of a unit usable in week t: over the arcs into the cell and the dispatch
weeks that arrive by then, stock price + m³ · lane price + kg · (lane price + handling price) + freight. Anyone can
recompute it in one pass; no solver has to be trusted.
"""

from __future__ import annotations

import numba
import numpy as np

from yuanshou.allocation.network import Prices, SupplyNetwork
from yuanshou.tables import FloatArray


@numba.njit(cache=True, parallel=True)
def _cheapest(
    start: FloatArray,
    lane: FloatArray,
    pool: FloatArray,
    lead: FloatArray,
    item: FloatArray,
    first: FloatArray,
    last: FloatArray,
    source: FloatArray,
    m3: FloatArray,
    kg: FloatArray,
    cost: FloatArray,
    supply: FloatArray,
    route_m3: FloatArray,
    route_kg: FloatArray,
    handling: FloatArray,
    out: FloatArray,
) -> None:
    cells, weeks = out.shape
    for c in numba.prange(cells):
        for arc in range(start[c], start[c + 1]):
            a, p = lane[arc], pool[arc]
            k, s, late = item[p], source[a], lead[a]
            for t in range(first[p], min(last[p] - late, weeks - 1 - late) + 1):
                price = supply[p, t] + m3[k] * route_m3[a, t] + kg[k] * (route_kg[a, t] + handling[s, t]) + cost[arc]
                out[c, t + late] = min(out[c, t + late], price)
        for t in range(1, weeks):
            out[c, t] = min(out[c, t], out[c, t - 1])


def pool_first_week(network: SupplyNetwork) -> FloatArray:
    """(P,) first week in which a pool has stock; T where it never has."""
    come = np.cumsum(network.pool_arriving, axis=1) > 0
    return np.where(come.any(axis=1), come.argmax(axis=1), network.weeks).astype(np.int32)


def delivered_price(network: SupplyNetwork, prices: Prices) -> FloatArray:
    """(C, T) cheapest price of one unit that can be used in the week; inf where nothing can arrive by then."""
    out = np.full((network.cells, network.weeks), np.inf)
    _cheapest(
        network.arc_start,
        network.arc_lane,
        network.arc_pool,
        network.lane_weeks,
        network.pool_item,
        pool_first_week(network),
        network.pool_last_week,
        network.lane_source,
        network.m3,
        network.kg,
        network.unit_cost,
        prices.supply_limit,
        prices.route_m3,
        prices.route_kg,
        prices.handling_kg,
        out,
    )
    return out


@numba.njit(cache=True, parallel=True)
def _surplus(
    price: FloatArray, need: FloatArray, share: FloatArray, value: FloatArray, weight: FloatArray, stock: FloatArray
) -> FloatArray:
    cells, weeks = need.shape
    steps, uniform = share.shape[1], share.shape[0] == 1
    total = np.zeros(cells)
    for c in numba.prange(cells):
        held = own_price(price[c], need[c], share, value, weight[c], stock[c], c) if stock[c] > 0 else np.inf
        gain = held * stock[c] if stock[c] > 0 else 0.0
        for t in range(weeks):
            row = 0 if uniform else c * weeks + t
            paid = min(price[c, t], held)
            if paid < np.inf:
                for j in range(steps):
                    margin = weight[c] * value[row, j] - paid
                    if margin <= 0.0:
                        break
                    gain += need[c, t] * share[row, j] * margin
        total[c] = gain
    return total


@numba.njit(cache=True)
def own_price(
    price: FloatArray, need: FloatArray, share: FloatArray, value: FloatArray, weight: float, stock: float, c: int
) -> float:
    """The price of the cell's own stock that makes its bound smallest, found by bisection (the bound is convex)."""
    weeks, steps, uniform = len(need), share.shape[1], share.shape[0] == 1
    low, high = 0.0, 0.0
    for t in range(weeks):
        row = 0 if uniform else c * weeks + t
        high = max(high, weight * value[row, 0])
    for _ in range(60):
        middle = 0.5 * (low + high)
        demand = 0.0
        for t in range(weeks):
            if price[t] < middle:
                continue
            row = 0 if uniform else c * weeks + t
            for j in range(steps):
                if weight * value[row, j] > middle:
                    demand += need[t] * share[row, j]
        if demand > stock:
            low = middle
        else:
            high = middle
    return high


def dual_bound(network: SupplyNetwork, prices: Prices) -> float:
    """An upper bound on the objective of every plan; the smaller, the better the prices."""
    price = delivered_price(network, prices)
    paid = float((prices.supply_limit * network.pool_arriving).sum())
    for rate, capacity in (
        (prices.route_m3, network.lane_m3),
        (prices.route_kg, network.lane_kg),
        (prices.handling_kg, network.handling_kg),
    ):
        used = rate > 0
        paid += float((rate[used] * capacity[used]).sum())
    surplus = _surplus(
        price, network.cell_need, network.tier_share, network.tier_value, network.cell_weight, network.cell_stock
    )
    # Summed here: a sum inside the parallel function would depend on the number of threads in its last digit.
    return paid + float(surplus.sum())
