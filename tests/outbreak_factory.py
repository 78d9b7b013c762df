"""Small made-up outbreaks that the forecast tests share; every count is drawn from a seed."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import FloatArray

PLACES = ("AUT", "BEL", "CHE", "CZE", "DNK", "ESP", "FIN", "FRA", "GRC", "HUN", "IRL", "ITA")
END = date(2020, 6, 21)  # a Sunday, so that one day of the next week is known on Monday


def waves(*, days: int = 140, scale: float = 300.0, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Daily new cases and deaths of one rise and fall in each place, shape (12, days)."""
    rng = np.random.default_rng(seed)
    day = np.arange(days)[None, :]
    peak = rng.uniform(40, 110, size=(len(PLACES), 1))
    width = rng.uniform(14, 30, size=(len(PLACES), 1))
    size = scale * rng.lognormal(0, 0.8, size=(len(PLACES), 1))
    mean = size * np.exp(-0.5 * ((day - peak) / width) ** 2)
    deaths = 0.02 * np.concatenate([np.zeros((len(PLACES), 14)), mean[:, :-14]], axis=1)
    return rng.poisson(mean).astype(float), rng.poisson(deaths).astype(float)


def series_of(
    cases: FloatArray, deaths: FloatArray, *, end: date = END, as_of: date | None = None,
    places: tuple[str, ...] = PLACES,
) -> SurveillanceSeries:  # fmt: skip
    """Daily new counts as a cumulative series that ends on `end`."""
    first = np.datetime64(end - timedelta(days=cases.shape[1] - 1), "D")
    dates = first + np.arange(cases.shape[1]) * np.timedelta64(1, "D")
    totals = [np.cumsum(c, axis=1) for c in (cases, deaths)]
    return SurveillanceSeries(places, dates, totals[0], totals[1], as_of or end + timedelta(days=1), "made up")
