"""The smoothed dual of the program and its gradient, in one compiled pass over the cells.

For given prices each cell answers alone and in closed form. Its options are arcs × dispatch weeks with delivered
price c_o; a unit served in week t may come by any option that arrives by then, at the softened cheapest price

    P_t = −τ log Σ_{o arrives by t} exp(−c_o / τ),

and step j of the need is served to the share σ((v_j − P_t) / τ). τ, the temperature, goes to nought during the
solution. The gradient of the dual by a price is supply (or capacity) minus what the cells then use of it.

Cells are taken some dozens at a time, and each step runs over one flat array of all their options or steps, which the
compiler turns into instructions on eight numbers at once whatever the number of weeks, lanes or items.
"""

from __future__ import annotations

import numba
import numpy as np

from yuanshou.allocation.fastmath import SAFE, fast_exp, fast_log
from yuanshou.tables import FloatArray, IntArray

FAR = 60.0
"""Exponents are cut off here: e^-60 of a flow is nothing."""
CHUNK = 1024
"""Options worked on together: few enough to stay in the first-level cache."""


@numba.njit(cache=True, parallel=True, fastmath=SAFE, error_model="numpy")
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
) -> FloatArray:
    """The cells' smoothed surplus at the prices, a sum for every block; fills what they use of pools (per block) and lanes.

    Cells are sorted by recipient and `blocks` cuts them between recipients, so that every lane belongs to one block
    and only pools need a copy per block. `flow` is filled with the dispatches where it has a row for every arc.
    """
    weeks = need.shape[1]
    widest = 0
    for c in range(len(start) - 1):
        widest = max(widest, start[c + 1] - start[c])
    options = max(CHUNK, widest * weeks)
    totals = np.zeros(len(blocks) - 1)
    for b in numba.prange(len(blocks) - 1):
        price = np.empty(options)
        cheapest = np.empty(CHUNK * weeks)
        mass = np.empty(CHUNK * weeks)
        shadow = np.empty(CHUNK * weeks)
        odds = np.empty((4, CHUNK * weeks))
        total = 0.0
        begin = blocks[b]
        while begin < blocks[b + 1]:
            end = begin + 1
            while end < blocks[b + 1] and end - begin < CHUNK and (start[end + 1] - start[begin]) * weeks <= options:
                end += 1
            count = _collect(
                begin, end, temperature, start, lane, pool, lead, first, last, m3, kg, cost, pool_price, m3_price,
                kg_price, price, cheapest, mass,
            )  # fmt: skip
            for i in range(count):
                price[i] = fast_exp(price[i])
            _gather(begin, end, temperature, start, lane, pool, lead, first, last, price, cheapest, mass, shadow)
            total += _serve_steps(begin, end, temperature, need, share, gain, weight, cheapest, mass, odds, shadow)
            _send(
                begin, end, temperature, start, lane, pool, lead, first, last, m3, kg, price, cheapest, mass, shadow,
                pool_use[b], m3_use, kg_use, flow,
            )  # fmt: skip
            begin = end
        totals[b] = total
    return totals


@numba.njit(cache=True, fastmath=SAFE, error_model="numpy")
def _collect(
    begin: int,
    end: int,
    temperature: float,
    start: IntArray,
    lane: IntArray,
    pool: IntArray,
    lead: IntArray,
    first: IntArray,
    last: IntArray,
    m3: FloatArray,
    kg: FloatArray,
    cost: FloatArray,
    pool_price: FloatArray,
    m3_price: FloatArray,
    kg_price: FloatArray,
    price: FloatArray,
    cheapest: FloatArray,
    mass: FloatArray,
) -> int:
    """Delivered prices of all options of the cells, turned into exponents below their running cheapest; the count."""
    weeks = pool_price.shape[1]
    inverse = 1.0 / temperature
    n = 0
    for c in range(begin, end):
        at = (c - begin) * weeks
        for t in range(weeks):
            cheapest[at + t] = 1e30
            mass[at + t] = 0.0
        m = n
        for arc in range(start[c], start[c + 1]):
            a, p = lane[arc], pool[arc]
            late, volume, heavy, freight = lead[a], m3[arc], kg[arc], cost[arc]
            for t in range(first[p], last[p] - late + 1):
                paid = pool_price[p, t] + volume * m3_price[a, t] + heavy * kg_price[a, t] + freight
                price[n] = paid
                cheapest[at + t + late] = min(cheapest[at + t + late], paid)
                n += 1
        for t in range(1, weeks):
            cheapest[at + t] = min(cheapest[at + t], cheapest[at + t - 1])
        for arc in range(start[c], start[c + 1]):
            p, late = pool[arc], lead[lane[arc]]
            for t in range(first[p], last[p] - late + 1):
                price[m] = max((cheapest[at + t + late] - price[m]) * inverse, -FAR)
                m += 1
    return n


@numba.njit(cache=True, fastmath=SAFE, error_model="numpy")
def _gather(
    begin: int,
    end: int,
    temperature: float,
    start: IntArray,
    lane: IntArray,
    pool: IntArray,
    lead: IntArray,
    first: IntArray,
    last: IntArray,
    price: FloatArray,
    cheapest: FloatArray,
    mass: FloatArray,
    shadow: FloatArray,
) -> None:
    """The softened weight Z_t of all options that arrive by week t; `shadow` gets the decay from week to week."""
    weeks = len(shadow) // CHUNK
    n = 0
    for c in range(begin, end):
        at = (c - begin) * weeks
        for arc in range(start[c], start[c + 1]):
            p, late = pool[arc], lead[lane[arc]]
            for t in range(first[p], last[p] - late + 1):
                mass[at + t + late] += price[n]
                n += 1
    size = (end - begin) * weeks
    inverse = 1.0 / temperature
    shadow[0] = 0.0
    for i in range(1, size):
        shadow[i] = max((cheapest[i] - cheapest[i - 1]) * inverse, -FAR)
    for i in range(size):
        shadow[i] = fast_exp(min(shadow[i], 0.0))
    for c in range(end - begin):
        for i in range(c * weeks + 1, (c + 1) * weeks):
            mass[i] += mass[i - 1] * shadow[i]


@numba.njit(cache=True, fastmath=SAFE, error_model="numpy")
def _serve_steps(
    begin: int,
    end: int,
    temperature: float,
    need: FloatArray,
    share: FloatArray,
    gain: FloatArray,
    weight: FloatArray,
    cheapest: FloatArray,
    mass: FloatArray,
    odds: FloatArray,
    shadow: FloatArray,
) -> float:
    """The smoothed surplus of the cells; `mass` becomes demand over Z, what each week asks of its options."""
    weeks, steps = need.shape[1], gain.shape[1]
    uniform = gain.shape[0] == 1
    inverse, size = 1.0 / temperature, (end - begin) * weeks
    value, width, asked, surplus = odds[0], odds[1], odds[2], odds[3]
    asked[:size] = 0.0
    surplus[:size] = 0.0
    for j in range(steps):
        for c in range(begin, end):
            at = (c - begin) * weeks
            for t in range(weeks):
                row = 0 if uniform else c * weeks + t
                value[at + t], width[at + t] = weight[c] * gain[row, j], share[row, j]
        # Nothing below branches, so that the compiler works on several weeks at once.
        for i in range(size):
            odd = fast_exp(min(max((cheapest[i] - value[i]) * inverse, -FAR), FAR))
            level = mass[i] + odd
            asked[i] += width[i] / level
            surplus[i] += width[i] * (temperature * fast_log(level) + max(value[i] - cheapest[i], -FAR * temperature))
    total = 0.0
    for c in range(begin, end):
        at = (c - begin) * weeks
        for t in range(weeks):
            wanted = need[c, t] if mass[at + t] > 0.0 else 0.0
            mass[at + t] = wanted * asked[at + t]
            total += wanted * surplus[at + t]
    return total


@numba.njit(cache=True, fastmath=SAFE, error_model="numpy")
def _send(
    begin: int,
    end: int,
    temperature: float,
    start: IntArray,
    lane: IntArray,
    pool: IntArray,
    lead: IntArray,
    first: IntArray,
    last: IntArray,
    m3: FloatArray,
    kg: FloatArray,
    price: FloatArray,
    cheapest: FloatArray,
    mass: FloatArray,
    shadow: FloatArray,
    pool_use: FloatArray,
    m3_use: FloatArray,
    kg_use: FloatArray,
    flow: FloatArray,
) -> None:
    """What every option carries, added to the use of its pool and lane."""
    weeks = pool_use.shape[1]
    keep = flow.shape[0] > 0
    n = 0
    for c in range(begin, end):
        at = (c - begin) * weeks
        for t in range(weeks - 2, -1, -1):
            mass[at + t] += mass[at + t + 1] * shadow[at + t + 1]
        for arc in range(start[c], start[c + 1]):
            a, p = lane[arc], pool[arc]
            late, volume, heavy = lead[a], m3[arc], kg[arc]
            for t in range(first[p], last[p] - late + 1):
                sent = price[n] * mass[at + t + late]
                n += 1
                pool_use[p, t] += sent
                m3_use[a, t] += volume * sent
                kg_use[a, t] += heavy * sent
                if keep:
                    flow[arc, t] = sent
