"""Forecasters behind one signature, and the result they share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from yuanshou.tables import DateArray, FloatArray

QUANTILE_LEVELS = np.array([0.01, 0.025, *np.round(np.arange(0.05, 0.951, 0.05), 2), 0.975, 0.99])
"""The forecasting hubs' 23 levels."""

TARGETS = ("cases", "deaths")


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
