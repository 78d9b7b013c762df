"""A small world for the needs tests: a few places, made-up cases, real capacity columns."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from yuanshou.forecast.forecasters import QUANTILE_LEVELS, Forecast
from yuanshou.sources.surveillance import SurveillanceSeries

AS_OF = date(2020, 3, 25)
PLACES = ("ITA", "KEN", "NPL")


def make_forecast(weekly: np.ndarray, *, places: tuple[str, ...] = PLACES, as_of: date = AS_OF) -> Forecast:
    """A forecast whose case paths are `weekly`, shape (P, T, N); deaths are 2 % of them."""
    cases = np.asarray(weekly, dtype=np.float32)
    paths = np.stack([cases, cases * np.float32(0.02)])
    quantiles = np.moveaxis(np.quantile(paths, QUANTILE_LEVELS, axis=-1), 0, -1)
    ends = np.datetime64("2020-03-28") + 7 * np.arange(cases.shape[1])
    reasons = pd.DataFrame(columns=["place", "target", "reason"])
    return Forecast(as_of, places, ends, quantiles, paths, reasons, "made up", 0)


def make_series(daily: np.ndarray, *, places: tuple[str, ...] = PLACES, as_of: date = AS_OF) -> SurveillanceSeries:
    """A series of new cases a day, shape (P, D), whose last day is the Saturday before the forecast."""
    cumulative = np.concatenate([np.zeros((len(places), 1)), np.cumsum(daily, axis=1)], axis=1)
    dates = np.datetime64("2020-03-21") - np.arange(cumulative.shape[1])[::-1]
    return SurveillanceSeries(places, dates, cumulative, cumulative * 0.02, as_of, "made up")


def make_capacity(places: tuple[str, ...] = PLACES) -> pd.DataFrame:
    """Health capacity: plenty in the first place, little in the others."""
    frame = pd.DataFrame(
        {"beds_per_1000": 1.0, "icu_beds_share": 0.02, "doctors": 5000.0, "nurses": 20000.0, "lab_staff": 1500.0},
        index=pd.Index(places, name="place"),
    )
    frame.loc[places[0], ["beds_per_1000", "doctors", "nurses", "lab_staff"]] = [3.2, 240_000, 350_000, 43_000]
    return frame


def steady(cases_a_week: float, *, places: int = 3, weeks: int = 12, draws: int = 20) -> np.ndarray:
    """The same number of cases every week, in every place and draw."""
    return np.full((places, weeks, draws), float(cases_a_week))
