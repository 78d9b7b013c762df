"""How good a forecast was: weighted interval score, CRPS, coverage, bias and PIT, on natural and log scale.

The one thing easily confused: ratios. A *relative* score is the sum of the forecast's scores over the sum of the
reference's on exactly the same targets, never a mean of ratios.
Sources: Bracher et al. 2021, 10.1371/journal.pcbi.1008618 (WIS); Gneiting and Raftery 2007,
10.1198/016214506000001437 (CRPS); Bosse et al. 2023, 10.1371/journal.pcbi.1011393 (log scale).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from yuanshou.forecast.quantiles import QUANTILE_LEVELS
from yuanshou.tables import FloatArray, require_columns

LOW_95, MEDIAN, HIGH_95 = 1, 11, 21
"""Where 2.5, 50 and 97.5 % stand among the 23 levels."""

CENTRAL_LEVELS = (10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98)
"""Percent of the eleven central intervals that the 23 levels make, the narrowest first."""

SCORE_COLUMNS = (
    "wis", "wis_log", "crps", "absolute_error", *(f"covered_{c}" for c in CENTRAL_LEVELS), "bias", "pit", "pit_low",
    "pit_high",
)  # fmt: skip
PIT_BINS = 5


def weighted_interval_score(quantiles: FloatArray, observed: FloatArray) -> FloatArray:
    """Weighted interval score: twice the mean pinball loss over the 23 levels, shape of `observed`.

    Parameters
    ----------
    quantiles : shape (..., 23). observed : shape (...); NaN gives NaN.

    >>> level = np.linspace(0, 1, 23)[None, :] * 0 + 5.0  # a certain forecast of five
    >>> float(weighted_interval_score(level, np.array([8.0]))[0])
    3.0
    """
    error = observed[..., None] - quantiles
    result: FloatArray = 2 * np.where(error >= 0, QUANTILE_LEVELS * error, (QUANTILE_LEVELS - 1) * error).mean(axis=-1)
    return result


def log_scale(values: FloatArray) -> FloatArray:
    """log(x + 1), negative counts read as zero: the scale on which growth is scored alike in small and large places."""
    return np.log1p(np.maximum(values, 0.0))


def crps_of_samples(samples: FloatArray, observed: FloatArray) -> FloatArray:
    """Continuous ranked probability score of samples along the last axis: E|X − y| − ½ E|X − X′|.

    >>> float(crps_of_samples(np.array([[0.0, 2.0]]), np.array([1.0]))[0])
    0.5
    """
    ordered = np.sort(samples, axis=-1)
    count = ordered.shape[-1]
    spread = (ordered * (2 * np.arange(1, count + 1) - count - 1)).sum(axis=-1) / count**2
    result: FloatArray = np.abs(samples - observed[..., None]).mean(axis=-1) - spread
    return result


def crps_of_quantiles(quantiles: FloatArray, observed: FloatArray) -> FloatArray:
    """Continuous ranked probability score ∫ (F(x) − 1{y ≤ x})² dx, shape of `observed`, exact for the F drawn here.

    F rises in straight lines from level to level of the 23 quantiles, shape (..., 23), and jumps by the 1 % that is
    left at either end, so every piece of the integral is that of a square of a straight line.

    >>> float(crps_of_quantiles(np.full((1, 23), 5.0), np.array([8.0]))[0])
    3.0
    """
    low, high = quantiles[..., :-1], quantiles[..., 1:]
    below, above = QUANTILE_LEVELS[:-1], QUANTILE_LEVELS[1:]
    cut = np.clip(observed[..., None], low, high)
    width = high - low
    at = below + (above - below) * np.divide(cut - low, width, out=np.zeros_like(width), where=width > 0)
    left = (cut - low) * (below**2 + below * at + at**2) / 3
    right = (high - cut) * ((1 - at) ** 2 + (1 - at) * (1 - above) + (1 - above) ** 2) / 3
    outside = np.maximum(quantiles[..., 0] - observed, 0.0) + np.maximum(observed - quantiles[..., -1], 0.0)
    result: FloatArray = (left + right).sum(axis=-1) + outside
    return result


def pit_interval(quantiles: FloatArray, observed: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The levels between which the observation fell, low and high, each of its shape; wide where quantiles tie.

    Where it ties with quantiles the ends are halfway to the next level below and above them.

    Counts tie, so a single PIT value is not uniform even for a perfect forecast; spread evenly over this interval it
    is (Czado, Gneiting and Held 2009, 10.1111/j.1541-0420.2009.01191.x).
    """
    edges = np.concatenate([[0.0], QUANTILE_LEVELS, [1.0]])
    between = (edges[:-1] + edges[1:]) / 2
    known = np.isfinite(observed)
    below = (quantiles < observed[..., None]).sum(axis=-1)
    upto = (quantiles <= observed[..., None]).sum(axis=-1)
    low = np.where(below < upto, between[below], edges[below])
    high = np.where(below < upto, between[upto], edges[below + 1])
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def probability_integral_transform(quantiles: FloatArray, observed: FloatArray) -> FloatArray:
    """Where the observation fell in the forecast distribution, 0 to 1; halfway where quantiles tie.

    Uniform for a calibrated forecast; beyond the outer levels 0.005 and 0.995 are given.
    """
    below = (quantiles < observed[..., None]).sum(axis=-1)
    upto = (quantiles <= observed[..., None]).sum(axis=-1)
    edges = np.concatenate([[0.005], (QUANTILE_LEVELS[:-1] + QUANTILE_LEVELS[1:]) / 2, [0.995]])
    result: FloatArray = np.where(np.isfinite(observed), (edges[below] + edges[upto]) / 2, np.nan)
    return result


def score_targets(quantiles: FloatArray, observed: FloatArray) -> pd.DataFrame:
    """Every score of every target: one row per target, columns SCORE_COLUMNS.

    `bias` is 1 − 2 · PIT: positive where the forecast was too high. Shapes (N, 23) and (N,).
    """
    pit = probability_integral_transform(quantiles, observed)
    pit_low, pit_high = pit_interval(quantiles, observed)
    scores = {
        "wis": weighted_interval_score(quantiles, observed),
        "wis_log": weighted_interval_score(log_scale(quantiles), log_scale(observed)),
        "crps": crps_of_quantiles(quantiles, observed),
        "absolute_error": np.abs(quantiles[:, MEDIAN] - observed),
    }
    for step, percent in enumerate(CENTRAL_LEVELS, start=1):
        low, high = quantiles[:, MEDIAN - step], quantiles[:, MEDIAN + step]
        scores[f"covered_{percent}"] = (low <= observed) & (observed <= high)
    return pd.DataFrame(scores | {"bias": 1 - 2 * pit, "pit": pit, "pit_low": pit_low, "pit_high": pit_high})


def pit_shares(scores: pd.DataFrame, *, bins: int = PIT_BINS) -> FloatArray:
    """Share of observations in each of `bins` equal parts of the forecast distribution, shape (bins,); even is ideal.

    Each observation is spread evenly over its interval from `pit_low` to `pit_high`.
    """
    low, high = (scores[name].to_numpy(dtype=float)[:, None] for name in ("pit_low", "pit_high"))
    edges = np.arange(bins + 1) / bins
    inside = np.clip(np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1]), 0.0, None) / (high - low)
    result: FloatArray = np.nanmean(inside, axis=0)
    return result


def summarise(scores: pd.DataFrame, *, by: Sequence[str], reference: str = "reference") -> pd.DataFrame:
    """Scores by group: number of targets, means, coverage, bias, PIT shares, ratios where reference columns exist.

    Parameters
    ----------
    scores : columns of SCORE_COLUMNS and of `by`; with `reference_wis` and `reference_wis_log` ratios are added.

    Raises
    ------
    InputError : a column of `by` that is not there.
    """
    require_columns(scores, [*by, *SCORE_COLUMNS], what="the scores")
    grouped = scores.groupby(list(by), observed=True)
    table = pd.DataFrame(
        {
            "targets": grouped.size(),
            "wis": grouped["wis"].mean(),
            "wis_log": grouped["wis_log"].mean(),
            "crps": grouped["crps"].mean(),
            "absolute_error": grouped["absolute_error"].mean(),
            "coverage_50": grouped["covered_50"].mean(),
            "coverage_95": grouped["covered_95"].mean(),
            "bias": grouped["bias"].mean(),
        }
    )
    table["pit"] = [pit_shares(rows).round(4).tolist() for _, rows in grouped]
    if f"{reference}_wis" in scores:
        for scale in ("wis", "wis_log"):
            table[f"{scale}_ratio"] = grouped[scale].sum() / grouped[f"{reference}_{scale}"].sum()
    return table
