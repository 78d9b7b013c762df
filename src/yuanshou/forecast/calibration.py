"""Rolling recalibration: past forecasts of the same horizon say how much wider the next one must be.

Two factors stretch the distances from the median on the log scale: the *inner* one is chosen by the weighted interval
score, the *outer* one, which takes over towards the tails, by how often the 95 % interval missed (adaptive conformal
inference: Gibbs and Candès 2021, arXiv 2106.00170). Both start from a prior, so that few past weeks change little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yuanshou.forecast.evaluation import HIGH_95, LOW_95, weighted_interval_score
from yuanshou.forecast.quantiles import MEDIAN, SCORES, to_counts
from yuanshou.tables import FloatArray

INNER = np.array([0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.45, 1.6, 1.8])
OUTER = np.array([0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.7, 2.0, 2.4, 2.8])
TAIL = np.clip((np.abs(SCORES) - 0.67) / (1.96 - 0.67), 0.0, 1.25)
"""How far each level is on the way from the quartiles (0) to the 95 % interval (1)."""


@dataclass(frozen=True)
class CalibrationSettings:
    """Prior factors for cases and deaths as (inner, outer), memory and strength of the prior in past forecast dates."""

    prior: tuple[tuple[float, float], tuple[float, float]] = ((1.0, 1.15), (1.1, 1.3))
    half_life: float = 6.0
    prior_dates: float = 6.0
    coverage: float = 0.95


def stretch(log_quantiles: FloatArray, inner: float, outer: float) -> FloatArray:
    """Distances from the median times `inner`, growing to `outer` at the 95 % interval; never below log(1)."""
    middle = log_quantiles[..., MEDIAN : MEDIAN + 1]
    result: FloatArray = np.maximum(middle + (log_quantiles - middle) * (inner + (outer - inner) * TAIL), 0.0)
    return result


def stretch_factors(
    forecasts: Sequence[FloatArray], observed: Sequence[FloatArray], target: int, settings: CalibrationSettings
) -> tuple[float, float]:
    """Inner and outer factor for one target and horizon from past forecasts, oldest first.

    Parameters
    ----------
    forecasts : quantiles of log(count + 1), each (P, 23). observed : counts, each (P,), NaN where unknown.
    """
    inner, outer = settings.prior[target]
    if not forecasts:
        return inner, outer
    weight = 0.5 ** (np.arange(len(forecasts))[::-1] / settings.half_life)
    loss = np.zeros(len(INNER))
    miss = np.zeros(len(OUTER))
    scale = 0.0
    for past, seen, share in zip(forecasts, observed, weight, strict=True):
        keep = np.isfinite(seen)
        if not keep.any():
            continue
        truth = np.log1p(seen[keep])
        losses = np.array([weighted_interval_score(stretch(past[keep], f, outer), truth).mean() for f in INNER])
        loss += share * losses
        scale += share * losses.mean()
        for k, factor in enumerate(OUTER):
            counts = to_counts(stretch(past[keep], 1.0, factor))
            miss[k] += share * np.mean((seen[keep] < counts[:, LOW_95]) | (seen[keep] > counts[:, HIGH_95]))
    total = weight.sum()
    penalty = settings.prior_dates * 0.25 * np.log(INNER / inner) ** 2 * scale / total
    best = float(INNER[np.argmin(loss + penalty)])
    target_miss = 1 - settings.coverage
    expected = np.interp(np.log(OUTER / outer), [-0.5, 0.0, 0.5], [0.12, target_miss, 0.02])
    rate = (miss + settings.prior_dates * expected) / (total + settings.prior_dates)
    enough = np.flatnonzero(rate <= target_miss)
    chosen = float(OUTER[enough[0]] if enough.size else OUTER[-1])
    return best, max(best, chosen)
