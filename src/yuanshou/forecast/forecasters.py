"""Forecasters behind one signature, and the result they share.

Start reading at `forecast`. The one thing easily confused: the first week has usually begun when a forecast is
made. What was already reported for it is in the forecast, and only its remaining days are uncertain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from yuanshou.errors import ForecastError, SettingError
from yuanshou.forecast.baseline import baseline_paths
from yuanshou.forecast.default import combined_quantiles, fit_default, paths_in_order
from yuanshou.forecast.incidence import DAY, Incidence, complete_weeks, incidence
from yuanshou.forecast.panel import make_panel
from yuanshou.forecast.pooled import PooledModel
from yuanshou.forecast.quantiles import QUANTILE_LEVELS as QUANTILE_LEVELS
from yuanshou.forecast.quantiles import quantiles_of_paths
from yuanshou.forecast.renewal import DEATHS, GrowthSettings, growth_now, simulate
from yuanshou.forecast.reporting import reporting_states
from yuanshou.forecast.scenarios import Measure, apply_measures
from yuanshou.periods import horizon_week_ends
from yuanshou.places import load_places
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import DateArray, FloatArray, freeze

TARGETS = ("cases", "deaths")

METHODS = ("default", "renewal", "baseline")

STALE_DAYS = 14
"""After so many days without a report a place's forecast carries the reason that it has gone silent."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """New weekly cases and deaths for every place.

    Attributes
    ----------
    places : P place codes. week_ends : H Saturdays, datetime64[D].
    quantiles : float64, shape (2, P, H, 23): target (cases, deaths) × place × week × level of
        QUANTILE_LEVELS; persons a week; never decreasing along the last axis; NaN where not made.
    paths : float32, shape (2, P, H, N): sample paths, correlated over weeks and between places.
    reasons : frame place, target, reason: why a forecast was not made or is a fallback.
    method, seed : what made it.
    """

    as_of: date
    places: tuple[str, ...]
    week_ends: DateArray
    quantiles: FloatArray
    paths: FloatArray
    reasons: pd.DataFrame
    method: str
    seed: int


def forecast(
    series: SurveillanceSeries,
    *,
    weeks: int = 12,
    paths: int = 200,
    method: str = "default",
    seed: int = 0,
    fitted: PooledModel | None = None,
    measures: Sequence[Measure] = (),
) -> Forecast:
    """Weekly new cases and deaths of every place, `weeks` weeks ahead, as quantiles and sample paths.

    Parameters
    ----------
    method : "default" (simulated growth pooled with regression over all places), "renewal" (simulated growth alone),
        "baseline" (the hubs' persistence forecast).
    fitted : a state from `fit`, so that nothing is fitted here; it must come from the same places.
    measures : assumed starts and ends of measures (see scenarios); none is a forecast, any is a scenario.

    Raises
    ------
    SettingError : an unknown method, or weeks or paths too few. ForecastError : counts on no day at all.
    """
    _check(series, weeks, paths, method)
    week_ends = horizon_week_ends(series.as_of, weeks=weeks)
    found = [incidence(series.cases), incidence(series.deaths)]
    rng = np.random.default_rng([seed, 1])
    if method == "baseline":
        complete = [complete_weeks(f.daily, series.dates, series.as_of) for f in found]
        drawn = np.stack([baseline_paths(weekly, weeks=weeks, paths=paths, rng=rng) for weekly in complete])
    else:
        room = room_left(populations(series.places))
        drawn = renewal_paths(series, found, week_ends, room, paths=paths, rng=rng)
        panel = make_panel(series, populations(series.places)) if method == "default" else None
        if panel is not None and len(panel.ends) > 0:
            model = fitted or fit_default(panel, seed=seed)
            drawn = paths_in_order(combined_quantiles(panel, model, drawn, room), drawn, rng)
        drawn = apply_measures(drawn, measures, series.places, week_ends)
        known = np.stack([_known_part(f, series.dates, week_ends[0]) for f in found])
        drawn[:, :, 0] = np.maximum(drawn[:, :, 0], known[:, :, None])
    drawn[np.stack([f.last < 0 for f in found])] = np.nan
    return Forecast(
        as_of=series.as_of,
        places=series.places,
        week_ends=freeze(week_ends),
        quantiles=freeze(quantiles_of_paths(drawn)),
        paths=freeze(drawn.astype(np.float32)),
        reasons=_reasons(series, found, measures),
        method=method if not measures else f"{method}, scenario",
        seed=seed,
    )


def fit(series: SurveillanceSeries, *, seed: int = 0) -> PooledModel | None:
    """The fitted state of the default forecaster, for `forecast(fitted=…)`; None where history is too short."""
    return fit_default(make_panel(series, populations(series.places)), seed=seed)


def reporting_now(series: SurveillanceSeries) -> pd.DataFrame:
    """How each place reports, and who has gone silent: frame place, target, state, weeks_silent, last_count_week."""
    return reporting_states(make_panel(series, populations(series.places)))


def _check(series: SurveillanceSeries, weeks: int, paths: int, method: str) -> None:
    if method not in METHODS:
        raise SettingError(f"forecast method {method!r}", ", ".join(METHODS), "choose one of these")
    if weeks < 1 or paths < 2:
        raise SettingError(f"{weeks} weeks and {paths} paths", "at least 1 week and 2 paths", "raise the number")
    if not np.isfinite(series.cases).any():
        raise ForecastError("no case count of any place", "counts on at least one day", "check the dates and as_of")


def populations(places: Sequence[str]) -> FloatArray:
    """Persons by place, shape (P,); NaN where unknown."""
    known = load_places()["population"].reindex(list(places)).to_numpy(dtype=float)
    result: FloatArray = np.where(known > 0, known, np.nan)
    return result


def room_left(population: FloatArray) -> FloatArray:
    """The most persons that a forecast may count by place, cases and deaths, shape (2, P); endless where unknown."""
    shares = np.array([GrowthSettings.attack_max, GrowthSettings.fatality_max])
    result: FloatArray = np.maximum(shares[:, None] * np.nan_to_num(population, nan=1e12)[None, :], 1.0)
    return result


def renewal_paths(
    series: SurveillanceSeries, found: Sequence[Incidence], week_ends: DateArray, room: FloatArray, *, paths: int,
    rng: np.random.Generator,
) -> FloatArray:  # fmt: skip
    """Simulated growth of cases and deaths, shape (2, P, H, paths); `found` of cases and deaths, `room` (2, P)."""
    drawn = []
    case_growth = growth_now(found[0], GrowthSettings())
    for target, (one, settings) in enumerate(zip(found, (GrowthSettings(), DEATHS), strict=True)):
        growth = growth_now(one, settings)
        if target == 1:
            # Deaths follow cases by some two weeks, so the growth of cases now is that of deaths soon.
            growth = (growth + case_growth) / 2
        last_day = series.dates[0] + np.maximum(one.last, 0) * DAY
        unknown = ((week_ends[0] - last_day) / DAY).astype(int)
        known = _known_part(one, series.dates, week_ends[0])
        drawn.append(
            simulate(
                one, growth, unknown, known, room[target], weeks=len(week_ends), paths=paths, settings=settings, rng=rng
            )
        )
    return np.stack(drawn)


def _known_part(found: Incidence, dates: DateArray, week_end: np.datetime64) -> FloatArray:
    """Persons already reported for the week that ends on `week_end`, shape (P,)."""
    inside = (dates > week_end - 7 * DAY) & (dates <= week_end)
    result: FloatArray = np.maximum(found.daily[:, inside].sum(axis=1), 0.0)
    return result


def _reasons(series: SurveillanceSeries, found: list[Incidence], measures: Sequence[Measure]) -> pd.DataFrame:
    rows = [[m.place or "every place", "cases", m.sentence()] for m in measures]
    for target, one in zip(TARGETS, found, strict=True):
        silent = len(series.dates) - 1 - one.last
        for i, place in enumerate(series.places):
            if one.last[i] < 0:
                rows.append([place, target, f"no {target} were ever reported, so no forecast is made"])
            elif one.cumulative[i] == 0:
                rows.append([place, target, f"no {target} so far: the forecast rests on other places' growth"])
            elif silent[i] > STALE_DAYS:
                rows.append([place, target, f"silent for {silent[i]} days: the forecast carries its last trend on"])
    return pd.DataFrame(rows, columns=["place", "target", "reason"])
