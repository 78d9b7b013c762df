"""Rolling-origin backtest: forecasts made on one date after another from what was known then, scored by what came.

The one thing easily confused: two truths. Forecasts read only the vintage of their own date; they are scored against
one later vintage, in which the weeks have settled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from yuanshou.errors import InputError
from yuanshou.forecast.evaluation import crps_of_samples, score_targets
from yuanshou.forecast.forecasters import TARGETS, Forecast, forecast
from yuanshou.forecast.incidence import DAY, incidence
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import DateArray, FloatArray


def observed_weeks(truth: SurveillanceSeries, places: Sequence[str], week_ends: DateArray) -> FloatArray:
    """New persons by target, place and week as published in `truth`, shape (2, P, H).

    NaN where the place is not in it, the week not over or not fully reported, or the cumulative count fell.
    """
    result = np.full((2, len(places), len(week_ends)), np.nan)
    rows = pd.Index(truth.places).get_indexer(pd.Index(list(places)))
    for target, cumulative in enumerate((truth.cases, truth.deaths)):
        found = incidence(cumulative)
        for step, end in enumerate(week_ends):
            stop = int((end - truth.dates[0]) / DAY) + 1
            if stop - 7 < 1 or stop > len(truth.dates):
                continue
            new = found.daily[:, stop - 7 : stop].sum(axis=1)
            known = (found.last >= stop - 1) & found.reported[:, stop - 8 : stop].any(axis=1)
            kept = np.where(known & (new >= 0), new, np.nan)
            result[target, :, step] = np.where(rows >= 0, kept[rows], np.nan)
    return result


def score_forecast(made: Forecast, truth: SurveillanceSeries, *, reference: Forecast | None = None) -> pd.DataFrame:
    """One row per scored target: as_of, place, target, horizon, week_end, month, value and every score.

    CRPS is that of the sample paths where the forecast has them, else that of its quantiles.
    With `reference`, a forecast of the same places and weeks, its WIS stand beside as reference_wis, reference_wis_log.

    Raises
    ------
    InputError : nothing to score: no week of the forecast is over in `truth`.
    """
    values = observed_weeks(truth, made.places, made.week_ends).reshape(-1)
    quantiles = made.quantiles.reshape(len(values), -1)
    keep = np.isfinite(values) & np.isfinite(quantiles[:, 0])
    others = None
    if reference is not None:
        if reference.places != made.places or not np.array_equal(reference.week_ends, made.week_ends):
            raise InputError("a reference of other places or weeks", "the same places and weeks", "score them apart")
        others = reference.quantiles.reshape(len(values), -1)
        keep &= np.isfinite(others[:, 0])
    if not keep.any():
        raise InputError(
            f"no forecast week up to {truth.dates[-1]} with a count",
            "counts that reach at least one forecast week",
            "give later counts with --counts and --as-of",
        )
    target, place, step = np.unravel_index(np.flatnonzero(keep), made.quantiles.shape[:3])
    frame = pd.DataFrame(
        {
            "as_of": made.as_of.isoformat(),
            "place": np.array(made.places)[place],
            "target": np.array(TARGETS)[target],
            "horizon": step + 1,
            "week_end": np.datetime_as_string(made.week_ends, unit="D")[step],
            "value": values[keep],
        }
    )
    frame["month"] = frame["week_end"].str[:7]
    frame = pd.concat([frame, score_targets(quantiles[keep], values[keep])], axis=1)
    samples = made.paths.reshape(len(values), -1)[keep].astype(float)
    if samples.shape[1]:
        of_samples = crps_of_samples(samples, values[keep])
        frame["crps"] = np.where(np.isfinite(of_samples), of_samples, frame["crps"])
    if others is not None:
        scored = score_targets(others[keep], values[keep])
        frame["reference_wis"], frame["reference_wis_log"] = scored["wis"], scored["wis_log"]
    return frame


def backtest(
    vintages: Sequence[SurveillanceSeries],
    truth: SurveillanceSeries,
    *,
    weeks: int = 4,
    method: str = "default",
    paths: int = 200,
    seed: int = 0,
    progress: Callable[[str], None] = lambda stage: None,
) -> pd.DataFrame:
    """Scores of `method` beside the hubs' baseline on every vintage, as score_forecast gives them.

    Raises
    ------
    InputError : a vintage that is not older than the truth.
    """
    frames = []
    for series in vintages:
        if series.as_of >= truth.as_of:
            raise InputError(f"a vintage of {series.as_of}", f"one before {truth.as_of}", "give later counts as truth")
        progress(f"backtest {series.as_of}")
        made = forecast(series, weeks=weeks, paths=paths, method=method, seed=seed)
        plain = forecast(series, weeks=weeks, paths=paths, method="baseline", seed=seed)
        frames.append(score_forecast(made, truth, reference=plain))
    return pd.concat(frames, ignore_index=True)
