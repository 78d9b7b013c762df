"""Weighted max-min for one resource, exactly: raise the share of all together until nothing is left.

    x_i = min(need_i, θ · weight_i · need_i)     with the level θ at which Σ x_i = min(supply, Σ need_i)

No one's share can be raised but by lowering one that is, by its weight, no higher. The level is found by sorting where
each one's need is met and scanning once, so that 200,000 places cost a sort. Transport is not looked at: the rule
`waterfill` of a plan applies the same level to every source, week and lane.
"""

from __future__ import annotations

import numba
import numpy as np

from yuanshou.errors import AllocationError
from yuanshou.tables import FloatArray


@numba.njit(cache=True)
def water_level(start: FloatArray, top: FloatArray, width: FloatArray, supply: float) -> float:
    """The level θ with Σ width_i · (clip(θ, start_i, top_i) − start_i) = supply; the highest top where supply is left."""
    count = len(start)
    where, slope = np.empty(2 * count), np.empty(2 * count)
    where[:count], slope[:count] = start, width
    where[count:], slope[count:] = top, -width
    order = np.argsort(where)
    level, rate, left = where[order[0]] if count else 0.0, 0.0, supply
    for event in order:
        gain = (where[event] - level) * rate
        if gain >= left and rate > 0.0:
            return level + left / rate
        left -= gain
        level = where[event]
        rate += slope[event]
    return level


@numba.njit(cache=True, parallel=True)
def _fill(supply: FloatArray, need: FloatArray, weight: FloatArray, out: FloatArray) -> None:
    items, places = need.shape
    for k in numba.prange(items):
        total = 0.0
        for r in range(places):
            total += need[k, r]
        if supply[k] >= total:
            out[k] = need[k]
            continue
        order = np.argsort(-weight[k])  # who is met first: the highest weight
        rate, left, level = 0.0, supply[k], 0.0
        for r in range(places):
            rate += weight[k, r] * need[k, r]
        for r in order:
            if weight[k, r] <= 0.0:
                break
            top = 1.0 / weight[k, r]
            if rate <= 0.0 or (top - level) * rate >= left:
                break
            left -= (top - level) * rate
            level = top
            rate -= weight[k, r] * need[k, r]
        if rate > 0.0:
            level += left / rate
        for r in range(places):
            out[k, r] = need[k, r] * min(1.0, level * weight[k, r])


def waterfill(supply: FloatArray, need: FloatArray, weight: FloatArray | None = None) -> FloatArray:
    """What each place gets of each item, (R, K), so that the lowest weighted shares are as high as can be.

    Parameters
    ----------
    supply : (K,) base units. need : (R, K). weight : (R, K) or (R, 1), above 0; 2 means twice the share, until met.

    Raises
    ------
    AllocationError : a number that is negative or none, or a weight that is not above 0.

    >>> waterfill(np.array([6.0]), np.array([[4.0], [4.0], [1.0]]), np.array([[1.0], [2.0], [2.0]])).round(2).tolist()
    [[1.71], [3.43], [0.86]]
    """
    need = np.asarray(need, dtype=float)
    weights = np.broadcast_to(np.ones((1, 1)) if weight is None else np.asarray(weight, dtype=float), need.shape)
    for name, array, low in (("supply", np.asarray(supply), 0.0), ("need", need, 0.0), ("weight", weights, 1e-300)):
        if not (np.isfinite(array) & (array >= low)).all():
            raise AllocationError(
                f"a {name} that is no number of this kind",
                "numbers that are not negative, and weights above 0",
                f"correct the {name}",
            )
    out = np.zeros((need.shape[1], need.shape[0]))
    _fill(np.asarray(supply, dtype=float), np.ascontiguousarray(need.T), np.ascontiguousarray(weights.T), out)
    return np.ascontiguousarray(out.T)
