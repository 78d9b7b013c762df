"""How sharply the smoothed dual bends, as one small matrix for every pool and every lane: the preconditioner.

Weeks stand in for one another: what goes next week need not go now. So the prices of one pool, or of one lane, in
different weeks are strongly coupled, and a method that treats each alone crawls. The T × T blocks of the second
derivative are cheap, because within a cell the weight of an option in week t decays from week to week by known
factors: for dispatches arriving in weeks s ≤ s′ the entry is δ x/τ − E_s E_s′ D_ss′ Q_s′ with Q_s by a recursion.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from yuanshou.tables import BoolArray, FloatArray, IntArray


@numba.njit(cache=True, parallel=True)
def curvature_blocks(
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
    pool_bend: FloatArray,
    m3_bend: FloatArray,
    kg_bend: FloatArray,
) -> None:
    """Fill pool_bend (blocks, P, T, T) by stock price, m3_bend and kg_bend (A, T, T) by lane prices."""
    weeks = need.shape[1]
    for b in numba.prange(len(blocks) - 1):
        cheapest, mass = np.empty(weeks), np.empty(weeks)
        decay, bend, asked = np.empty(weeks), np.empty(weeks), np.empty(weeks)
        widest = 0
        for c in range(blocks[b], blocks[b + 1]):
            widest = max(widest, start[c + 1] - start[c])
        odds = np.empty((widest, weeks))
        for c in range(blocks[b], blocks[b + 1]):
            _weights(
                c, temperature, start, lane, pool, lead, first, last, m3, kg, cost, pool_price, m3_price, kg_price,
                odds, cheapest, mass, decay,
            )  # fmt: skip
            _bends(c, temperature, need, share, gain, weight, cheapest, mass, decay, bend, asked)
            for arc in range(start[c], start[c + 1]):
                a, p, at = lane[arc], pool[arc], arc - start[c]
                late = lead[a]
                for t in range(first[p], last[p] - late + 1):
                    straight = odds[at, t] * asked[t + late] / temperature
                    chain = odds[at, t]
                    pool_bend[b, p, t, t] += straight
                    m3_bend[a, t, t] += m3[arc] * m3[arc] * straight
                    kg_bend[a, t, t] += kg[arc] * kg[arc] * straight
                    for u in range(t, last[p] - late + 1):
                        if u > t:
                            chain *= decay[u + late]
                        entry = chain * odds[at, u] * bend[u + late]
                        pool_bend[b, p, t, u] -= entry
                        m3_bend[a, t, u] -= m3[arc] * m3[arc] * entry
                        kg_bend[a, t, u] -= kg[arc] * kg[arc] * entry


@numba.njit(cache=True)
def _weights(
    c: int,
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
    odds: FloatArray,
    cheapest: FloatArray,
    mass: FloatArray,
    decay: FloatArray,
) -> None:
    """E of every option, their running sum Z, and the decay D from each week to the next."""
    weeks = len(mass)
    cheapest[:] = 1e30
    mass[:] = 0.0
    for arc in range(start[c], start[c + 1]):
        a, p = lane[arc], pool[arc]
        for t in range(first[p], last[p] - lead[a] + 1):
            paid = pool_price[p, t] + m3[arc] * m3_price[a, t] + kg[arc] * kg_price[a, t] + cost[arc]
            odds[arc - start[c], t] = paid
            cheapest[t + lead[a]] = min(cheapest[t + lead[a]], paid)
    for t in range(1, weeks):
        cheapest[t] = min(cheapest[t], cheapest[t - 1])
    decay[0] = 0.0
    for t in range(1, weeks):
        decay[t] = math.exp(max((cheapest[t] - cheapest[t - 1]) / temperature, -60.0))
    for arc in range(start[c], start[c + 1]):
        a, p = lane[arc], pool[arc]
        for t in range(first[p], last[p] - lead[a] + 1):
            above = (cheapest[t + lead[a]] - odds[arc - start[c], t]) / temperature
            odds[arc - start[c], t] = math.exp(max(above, -60.0))
            mass[t + lead[a]] += odds[arc - start[c], t]
    for t in range(1, weeks):
        mass[t] += mass[t - 1] * decay[t]


@numba.njit(cache=True)
def _bends(
    c: int,
    temperature: float,
    need: FloatArray,
    share: FloatArray,
    gain: FloatArray,
    weight: FloatArray,
    cheapest: FloatArray,
    mass: FloatArray,
    decay: FloatArray,
    bend: FloatArray,
    asked: FloatArray,
) -> None:
    """By week: Q, the bend that demand lends to its options, and demand over Z carried back to earlier weeks."""
    weeks = len(mass)
    uniform = gain.shape[0] == 1
    for t in range(weeks - 1, -1, -1):
        bend[t], asked[t] = 0.0, 0.0
        if mass[t] > 0.0:
            row = 0 if uniform else c * weeks + t
            for j in range(gain.shape[1]):
                margin = (cheapest[t] - weight[c] * gain[row, j]) / temperature
                taken = 1.0 / (mass[t] + math.exp(min(max(margin, -60.0), 60.0)))
                asked[t] += need[c, t] * share[row, j] * taken
                bend[t] += need[c, t] * share[row, j] * taken * taken / temperature
        if t + 1 < weeks:
            asked[t] += asked[t + 1] * decay[t + 1]
            bend[t] += bend[t + 1] * decay[t + 1] * decay[t + 1]


@numba.njit(cache=True)
def solve_blocks(matrices: FloatArray, free: BoolArray, right: FloatArray, out: FloatArray) -> None:
    """out = the inverse of each block, restricted to its free rows and columns, times `right`; 0 where not free.

    matrices : (B, T, T), upper triangles; free, right, out : (B, T). By Cholesky's factorisation.
    """
    count, weeks = free.shape
    index = np.empty(weeks, dtype=np.int64)
    factor = np.empty((weeks, weeks))
    y = np.empty(weeks)
    for b in range(count):
        n = 0
        for t in range(weeks):
            out[b, t] = 0.0
            if free[b, t]:
                index[n] = t
                n += 1
        for i in range(n):
            for j in range(i + 1):
                total = matrices[b, index[j], index[i]]
                for k in range(j):
                    total -= factor[i, k] * factor[j, k]
                if i == j:
                    factor[i, i] = math.sqrt(max(total, 1e-3 * matrices[b, index[i], index[i]]))
                else:
                    factor[i, j] = total / factor[j, j]
            total = right[b, index[i]]
            for k in range(i):
                total -= factor[i, k] * y[k]
            y[i] = total / factor[i, i]
        for i in range(n - 1, -1, -1):
            total = y[i]
            for k in range(i + 1, n):
                total -= factor[k, i] * y[k]
            y[i] = total / factor[i, i]
            out[b, index[i]] = y[i]
