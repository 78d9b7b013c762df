"""Distributions written as the hubs' 23 quantiles: pooling, widening, rounding, reading between the levels.

Between levels a quantile function is read on the normal score, where bell-shaped forecasts are straight lines. All
functions take the levels along the last axis and keep them from crossing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from yuanshou.tables import FloatArray

QUANTILE_LEVELS = np.array([0.01, 0.025, *np.round(np.arange(0.05, 0.951, 0.05), 2), 0.975, 0.99])
"""The forecasting hubs' 23 levels."""

SCORES = ndtri(QUANTILE_LEVELS)
MEDIAN = 11


def read_at(quantiles: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Values of the quantile functions (..., 23) at `probabilities` (K,), shape (..., K); tails go on straight."""
    score = ndtri(np.clip(probabilities, 1e-6, 1 - 1e-6))
    left = np.clip(np.searchsorted(SCORES, score) - 1, 0, len(SCORES) - 2)
    share = (score - SCORES[left]) / (SCORES[left + 1] - SCORES[left])
    result: FloatArray = quantiles[..., left] + (quantiles[..., left + 1] - quantiles[..., left]) * share
    return result


def linear_pool(
    members: Sequence[FloatArray], weights: Sequence[float] | None = None, *, points: int = 99
) -> FloatArray:
    """Quantiles of the mixture of the members' distributions (the mean of their distribution functions).

    A pool is wider than any average of quantiles where members disagree, which is when they should be less sure.
    Members of shape (..., 23), weights over members.

    >>> two = linear_pool([np.full(23, 0.0), np.full(23, 10.0)], [0.3, 0.7])
    >>> two[[0, 5, 8, 22]].tolist()
    [0.0, 0.0, 10.0, 10.0]
    """
    given = np.ones(len(members)) if weights is None else np.asarray(weights, dtype=float)
    share = given / given.sum()
    probabilities = (np.arange(points) + 0.5) / points
    values = np.concatenate([read_at(member, probabilities) for member in members], axis=-1)
    mass = np.repeat(share / points, points)
    order = np.argsort(values, axis=-1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=-1).reshape(-1, values.shape[-1])
    reached = np.cumsum(mass[order], axis=-1).reshape(ordered.shape)
    pooled = _read_sorted(ordered, reached, mass)
    return pooled.reshape(*values.shape[:-1], len(QUANTILE_LEVELS))


def _read_sorted(ordered: FloatArray, reached: FloatArray, mass: FloatArray) -> FloatArray:
    """Values of weighted samples at the 23 levels; rows are independent, `reached` is their cumulated mass."""
    middle = reached - mass.mean() / 2
    last = ordered.shape[1] - 2
    result = np.empty((len(ordered), len(QUANTILE_LEVELS)))
    rows = np.arange(len(ordered))
    for k, level in enumerate(QUANTILE_LEVELS):
        left = np.clip((middle < level).sum(axis=1) - 1, 0, last)
        low, high = middle[rows, left], middle[rows, left + 1]
        share = np.clip((level - low) / np.maximum(high - low, 1e-12), 0.0, 1.0)
        result[:, k] = ordered[rows, left] + share * (ordered[rows, left + 1] - ordered[rows, left])
    return np.maximum.accumulate(result, axis=1)


def widen(log_quantiles: FloatArray, below: FloatArray | float, above: FloatArray | float) -> FloatArray:
    """Distances from the median multiplied, below and above it, by factors that broadcast against (...)."""
    middle = log_quantiles[..., MEDIAN : MEDIAN + 1]
    distance = log_quantiles - middle
    low, high = np.asarray(below)[..., None], np.asarray(above)[..., None]
    result: FloatArray = middle + np.where(distance < 0, distance * low, distance * high)
    return result


def to_counts(log_quantiles: FloatArray) -> FloatArray:
    """Whole persons from quantiles of log(count + 1): never negative, never crossing."""
    counts = np.round(np.maximum(np.expm1(np.minimum(log_quantiles, 25.0)), 0.0))
    result: FloatArray = np.maximum.accumulate(counts, axis=-1)
    return result


def quantiles_of_paths(paths: FloatArray) -> FloatArray:
    """The 23 quantiles of sample paths along the last axis; NaN stays NaN."""
    result: FloatArray = np.moveaxis(np.quantile(paths, QUANTILE_LEVELS, axis=-1), 0, -1)
    return np.maximum.accumulate(result, axis=-1)
