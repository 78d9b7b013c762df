"""The default forecaster: simulated growth carries the young outbreak, pooled regression takes over as history grows.

Both see the same last week. Their distributions are pooled, with weights by horizon and by how many weeks of
history there are to learn from; beyond four weeks the simulation carries on from where the pool stands. The
simulated paths lend their order, so that sample paths keep their correlation over weeks and between places (a rank
copula, as in ensemble copula coupling: Schefzik et al. 2013, 10.1214/13-STS443).
"""

from __future__ import annotations

import numpy as np

from yuanshou.forecast.calibration import CalibrationSettings, stretch
from yuanshou.forecast.panel import Panel
from yuanshou.forecast.pooled import PooledModel, PooledSettings, fit_pooled
from yuanshou.forecast.quantiles import linear_pool, quantiles_of_paths, read_at
from yuanshou.forecast.reporting import mix_reporting
from yuanshou.forecast.small_counts import small_count_quantiles
from yuanshou.tables import FloatArray

POOLED_WEEKS = 4
SHORT_WEIGHTS = np.array([0.55, 0.40, 0.25, 0.15])
"""Weight of the pooled regression by horizon where history is short."""
LONG_SIMULATED = (0.4, 0.15)
"""Weight of simulated growth where history is long, for cases and for deaths."""
SHORT_HISTORY_WEEKS, LONG_HISTORY_WEEKS = 16, 40
LEAST_WEEKS = 5
"""Weeks of history, since ten places had cases, below which nothing is fitted."""
SMALL_COUNT_WEEKS = 8
"""Weeks of history from which the regression of small death counts takes part."""

GUARD = 0.4
"""While history is short no quantile of the regression may leave the simulated range by more than this (log)."""

SHORT_SETTINGS = PooledSettings(members=6, share=0.5, half_life_days=(30.0, 100.0), first_week=3, ridge=0.05)
LONG_SETTINGS = PooledSettings(members=4, steps=10)


def history_weeks(panel: Panel) -> int:
    """Weeks since at least ten places (or all, if fewer) had cases."""
    active = (np.cumsum(panel.courses[0].clean, axis=1) > 0).sum(axis=0)
    began = np.flatnonzero(active >= min(10, len(panel.places)))
    return int(active.size - began[0]) if began.size else 0


def fit_default(panel: Panel, *, seed: int) -> PooledModel | None:
    """The fitted state of the default forecaster; None where there is too little history to fit anything."""
    history = history_weeks(panel)
    if history < LEAST_WEEKS:
        return None
    settings = SHORT_SETTINGS if history < LONG_HISTORY_WEEKS else LONG_SETTINGS
    return fit_pooled(panel, horizons=POOLED_WEEKS + panel.weeks_behind, settings=settings, seed=seed)


def pooled_share(history: int, extra_days: int) -> FloatArray:
    """Weight of the pooled regression for cases and deaths at 1 to 4 weeks ahead, shape (2, 4).

    The simulation knows what is already counted of the first week, so its share grows with the days known of it.
    """
    ripe = np.clip((history - SHORT_HISTORY_WEEKS) / (LONG_HISTORY_WEEKS - SHORT_HISTORY_WEEKS), 0.0, 1.0)
    long = 1 - np.array(LONG_SIMULATED)[:, None]
    result: FloatArray = (1 - ripe) * SHORT_WEIGHTS + ripe * long
    result[:, 0] *= 1 - min(max(extra_days - 1, 0) / 4, 1.0)
    return result


def combined_quantiles(panel: Panel, model: PooledModel | None, simulated: FloatArray, room: FloatArray) -> FloatArray:
    """Quantiles of log(count + 1), shape (2, P, H, 23), from simulated paths (2, P, H, N) and the fitted model.

    `room` is the most persons that can be counted in a week, shape (2, P).
    """
    base = np.log1p(quantiles_of_paths(simulated))
    mixed = base.copy()
    if model is not None:
        history = history_weeks(panel)
        behind = panel.weeks_behind
        weeks = min(POOLED_WEEKS, base.shape[2])
        fitted = model.predict(panel)[:, :, behind : behind + weeks]
        share = pooled_share(history, panel.extra_days)
        for week in range(weeks):
            if history < LONG_HISTORY_WEEKS:
                low, high = base[:, :, week, :1] - GUARD, base[:, :, week, -1:] + GUARD
                fitted[:, :, week] = np.clip(fitted[:, :, week], low, high)
            for target in range(2):
                members = [base[target, :, week], fitted[target, :, week]]
                mixed[target, :, week] = linear_pool(members, [1 - share[target, week], share[target, week]])
        if history >= SMALL_COUNT_WEEKS:
            _mix_small_counts(panel, mixed, weeks)
        if history >= LONG_HISTORY_WEEKS:
            for target, (inner, outer) in enumerate(CalibrationSettings().prior):
                mixed[target, :, :weeks] = stretch(mixed[target, :, :weeks], inner, outer)
        shift = mixed[:, :, weeks - 1] - base[:, :, weeks - 1]
        later = base[:, :, weeks:] + shift[:, :, None]
        mixed[:, :, weeks:] = np.maximum(np.maximum.accumulate(later, axis=-1), 0.0)
    for target in range(2):
        mixed[target] = mix_reporting(mixed[target], panel.courses[target])
    result: FloatArray = np.minimum(mixed, np.log1p(room)[:, :, None, None])
    return result


def _mix_small_counts(panel: Panel, mixed: FloatArray, weeks: int) -> None:
    few, share = small_count_quantiles(panel, horizons=weeks + panel.weeks_behind)
    for place in np.flatnonzero(share > 0):
        members = [mixed[1, place, :weeks], few[place, panel.weeks_behind :]]
        mixed[1, place, :weeks] = linear_pool(members, [1 - share[place], share[place]])


def paths_in_order(log_quantiles: FloatArray, simulated: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Paths (…, N) with the distributions of `log_quantiles` (…, 23), in the order of the simulated ones."""
    count = simulated.shape[-1]
    values = np.expm1(np.clip(read_at(log_quantiles, (np.arange(count) + 0.5) / count), 0.0, 25.0))
    # Equal counts are put in random order, so that ties do not make places move together.
    order = np.argsort(np.argsort(simulated + rng.random(simulated.shape), axis=-1), axis=-1)
    result: FloatArray = np.round(np.take_along_axis(values, order, axis=-1))
    return result
