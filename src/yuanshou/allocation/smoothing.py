"""The smoothed dual of the program and its gradient, in one compiled pass over the cells.

For given prices each cell answers alone and in closed form. Its options are arcs × dispatch weeks with delivered
price c_o; a unit served in week t may come by any option that arrives by then, at the softened cheapest price

    P_t = −τ log Σ_{o arrives by t} exp(−c_o / τ),

and step j of the need is served to the share σ((v_j − P_t) / τ). τ, the temperature, goes to nought during the
solution. The gradient of the dual by a price is supply (or capacity) minus what the cells then use of it.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from yuanshou.tables import FloatArray, IntArray

DEAD = 24.0
"""Options dearer than the cheapest by this many temperatures carry less than 4e-11 of the flow and are skipped."""


@numba.njit(cache=True, parallel=True, fastmath=True)
def smoothed_pass(
    temperature: float,
    blocks: IntArray,
    start: IntArray,
    lane: IntArray,
    pool: IntArray,
    lead: IntArray,
    first: IntArray,
    last: IntArray,
    m3: FloatArray,
    kg: FloatArray,
    cost: FloatArray,
    need: FloatArray,
    share: FloatArray,
    gain: FloatArray,
    weight: FloatArray,
    pool_price: FloatArray,
    m3_price: FloatArray,
    kg_price: FloatArray,
    pool_use: FloatArray,
    m3_use: FloatArray,
    kg_use: FloatArray,
    flow: FloatArray,
) -> float:
    """Σ of the cells' smoothed surplus at the prices; fills what they use of pools (per block) and lanes.

    Cells are sorted by recipient and `blocks` cuts them between recipients, so that every lane belongs to one block
    and only pools need a copy per block. `flow` is filled with the dispatches where it has a row for every arc.
    """
    weeks = pool_price.shape[1]
    steps = gain.shape[1]
    uniform = gain.shape[0] == 1
    totals = np.zeros(len(blocks) - 1)
    keep = flow.shape[0] > 0
    inverse = 1.0 / temperature
    widest = 0
    for c in range(len(start) - 1):
        widest = max(widest, start[c + 1] - start[c])
    for b in numba.prange(len(blocks) - 1):
        price = np.empty((widest, weeks))
        cheapest = np.empty(weeks)
        mass = np.empty(weeks)
        demand = np.empty(weeks)
        shadow = np.empty(weeks)
        total = 0.0
        for c in range(blocks[b], blocks[b + 1]):
            begin, end = start[c], start[c + 1]
            for t in range(weeks):
                cheapest[t] = 1e30
                mass[t] = 0.0
            for arc in range(begin, end):
                a, p = lane[arc], pool[arc]
                late, volume, heavy, freight = lead[a], m3[arc], kg[arc], cost[arc]
                row = price[arc - begin]
                for t in range(first[p], last[p] - late + 1):
                    paid = pool_price[p, t] + volume * m3_price[a, t] + heavy * kg_price[a, t] + freight
                    row[t] = paid
                    cheapest[t + late] = min(cheapest[t + late], paid)
            best = cheapest[0]
            for t in range(1, weeks):
                best = min(best, cheapest[t])
                cheapest[t] = best
            if uniform and best - weight[c] * gain[0, 0] > DEAD * temperature:
                if keep:
                    flow[begin:end] = 0.0
                continue
            for arc in range(begin, end):
                a, p = lane[arc], pool[arc]
                late = lead[a]
                row = price[arc - begin]
                for t in range(first[p], last[p] - late + 1):
                    above = (row[t] - cheapest[t + late]) * inverse
                    if above < DEAD:
                        above = math.exp(-above)
                        mass[t + late] += above
                        row[t] = above
                    else:
                        row[t] = 0.0
            carried, level = 0.0, 1e30
            for t in range(weeks):
                if carried > 0.0 and level > cheapest[t]:
                    fall = (level - cheapest[t]) * inverse
                    carried = carried * math.exp(-fall) if fall < DEAD else 0.0
                carried += mass[t]
                level = cheapest[t]
                mass[t] = carried
                demand[t] = 0.0
                if carried <= 0.0:
                    continue
                if need[c, t] <= 0.0:
                    continue
                soft = level - temperature * math.log(carried)
                at = 0 if uniform else c * weeks + t
                for j in range(steps):
                    wide = need[c, t] * share[at, j]
                    margin = (weight[c] * gain[at, j] - soft) * inverse
                    if margin > DEAD:
                        demand[t] += wide
                        total += wide * margin * temperature
                    elif margin > -DEAD:
                        odds = math.exp(-abs(margin))
                        taken = 1.0 / (1.0 + odds)
                        if margin < 0.0:
                            taken = 1.0 - taken
                        demand[t] += wide * taken
                        total += wide * temperature * (max(margin, 0.0) + math.log(1.0 + odds))
                    else:
                        break
            carried = 0.0
            for t in range(weeks - 1, -1, -1):
                if t + 1 < weeks and carried > 0.0:
                    fall = (cheapest[t] - cheapest[t + 1]) * inverse
                    carried = carried * math.exp(-fall) if fall < DEAD else 0.0
                if mass[t] > 0.0:
                    carried += demand[t] / mass[t]
                shadow[t] = carried
            for arc in range(begin, end):
                a, p = lane[arc], pool[arc]
                late, volume, heavy = lead[a], m3[arc], kg[arc]
                row = price[arc - begin]
                for t in range(first[p], last[p] - late + 1):
                    sent = row[t] * shadow[t + late]
                    pool_use[b, p, t] += sent
                    m3_use[a, t] += volume * sent
                    kg_use[a, t] += heavy * sent
                    if keep:
                        flow[arc, t] = sent
        totals[b] = total
    return totals.sum()
