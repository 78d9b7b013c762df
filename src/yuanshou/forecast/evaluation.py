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

LOW_95, LOW_50, MEDIAN, HIGH_50, HIGH_95 = 1, 6, 11, 16, 21
"""Where 2.5, 25, 50, 75 and 97.5 % stand among the 23 levels."""

SCORE_COLUMNS = ("wis", "wis_log", "absolute_error", "covered_50", "covered_95", "bias", "pit")


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
    return pd.DataFrame(
        {
            "wis": weighted_interval_score(quantiles, observed),
            "wis_log": weighted_interval_score(log_scale(quantiles), log_scale(observed)),
            "absolute_error": np.abs(quantiles[:, MEDIAN] - observed),
            "covered_50": (quantiles[:, LOW_50] <= observed) & (observed <= quantiles[:, HIGH_50]),
            "covered_95": (quantiles[:, LOW_95] <= observed) & (observed <= quantiles[:, HIGH_95]),
            "bias": 1 - 2 * pit,
            "pit": pit,
        }
    )


def summarise(scores: pd.DataFrame, *, by: Sequence[str], reference: str = "reference") -> pd.DataFrame:
    """Scores by group: number of targets, means, coverage, bias, and ratios where reference columns exist.

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
            "absolute_error": grouped["absolute_error"].mean(),
            "coverage_50": grouped["covered_50"].mean(),
            "coverage_95": grouped["covered_95"].mean(),
            "bias": grouped["bias"].mean(),
        }
    )
    if f"{reference}_wis" in scores:
        for scale in ("wis", "wis_log"):
            table[f"{scale}_ratio"] = grouped[scale].sum() / grouped[f"{reference}_{scale}"].sum()
    return table
