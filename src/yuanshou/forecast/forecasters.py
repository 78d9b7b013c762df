"""Forecasters behind one signature, and the result they share.

Start reading at `forecast`. The one thing easily confused: the first week has usually begun when a forecast is
made. What was already reported for it is in the forecast, and only its remaining days are uncertain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from yuanshou.errors import SettingError
from yuanshou.forecast.baseline import baseline_paths
from yuanshou.forecast.incidence import DAY, Incidence, complete_weeks, incidence
from yuanshou.forecast.quantiles import QUANTILE_LEVELS as QUANTILE_LEVELS
from yuanshou.forecast.quantiles import quantiles_of_paths
from yuanshou.forecast.renewal import GrowthSettings, growth_now, simulate
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
    series: SurveillanceSeries, *, weeks: int = 12, paths: int = 200, method: str = "default", seed: int = 0
) -> Forecast:
    """Weekly new cases and deaths of every place, `weeks` weeks ahead, as quantiles and sample paths.

    Parameters
    ----------
    method : "default" (the best there is for the data), "renewal" (damped growth), "baseline" (the hubs'
        persistence forecast).

    Raises
    ------
    SettingError : an unknown method, or weeks or paths below 1.
    """
    if method not in METHODS:
        raise SettingError(f"forecast method {method!r}", ", ".join(METHODS), "choose one of these")
    if weeks < 1 or paths < 2:
        raise SettingError(f"{weeks} weeks and {paths} paths", "at least 1 week and 2 paths", "raise the number")
    week_ends = horizon_week_ends(series.as_of, weeks=weeks)
    found = [incidence(series.cases), incidence(series.deaths)]
    rng = np.random.default_rng([seed, 1])
    if method == "baseline":
        drawn = [
            baseline_paths(complete_weeks(f.daily, series.dates, series.as_of), weeks=weeks, paths=paths, rng=rng)
            for f in found
        ]
    else:
        drawn = _renewal_paths(series, found, week_ends, paths=paths, rng=rng)
    stacked = np.stack(drawn)
    stacked[np.stack([f.last < 0 for f in found])] = np.nan
    return Forecast(
        as_of=series.as_of,
        places=series.places,
        week_ends=freeze(week_ends),
        quantiles=freeze(quantiles_of_paths(stacked)),
        paths=freeze(stacked.astype(np.float32)),
        reasons=_reasons(series, found),
        method=method,
        seed=seed,
    )


def _renewal_paths(
    series: SurveillanceSeries, found: list[Incidence], week_ends: DateArray, *, paths: int, rng: np.random.Generator
) -> list[FloatArray]:
    settings = GrowthSettings()
    population = load_places()["population"].reindex(list(series.places)).to_numpy(dtype=float)
    population = np.where(np.isfinite(population) & (population > 0), population, np.inf)
    shares = (settings.attack_max, settings.fatality_max)
    case_growth = growth_now(found[0], settings)
    drawn = []
    for target, (one, share) in enumerate(zip(found, shares, strict=True)):
        growth = growth_now(one, settings)
        if target == 1:
            # Deaths follow cases by some two weeks, so the growth of cases now is that of deaths soon.
            growth = (growth + case_growth) / 2
        last_day = series.dates[0] + np.maximum(one.last, 0) * DAY
        unknown = ((week_ends[0] - last_day) / DAY).astype(int)
        known = _known_part(one, series.dates, week_ends[0])
        room = np.where(np.isfinite(population), population * share, 1e12)
        drawn.append(
            simulate(one, growth, unknown, known, room, weeks=len(week_ends), paths=paths, settings=settings, rng=rng)
        )
    return drawn


def _known_part(found: Incidence, dates: DateArray, week_end: np.datetime64) -> FloatArray:
    """Persons already reported for the week that ends on `week_end`, shape (P,)."""
    inside = (dates > week_end - 7 * DAY) & (dates <= week_end)
    result: FloatArray = np.maximum(found.daily[:, inside].sum(axis=1), 0.0)
    return result


def _reasons(series: SurveillanceSeries, found: list[Incidence]) -> pd.DataFrame:
    rows = []
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
