"""Case and death counts as people publish them, read into one labelled table: `SurveillanceSeries`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from yuanshou.tables import DataQualityNote, DateArray, FloatArray


@dataclass(frozen=True, eq=False)
class SurveillanceSeries:
    """Cumulative counts by place and day, as they were known on `as_of`.

    Attributes
    ----------
    places : place codes (ISO 3166 alpha-3, or a conveyance code such as "SHIP-DIAMOND-PRINCESS"), P of them.
    dates : consecutive days, datetime64[D], shape (D,); none after `as_of`.
    cases, deaths : cumulative persons, float64, shape (P, D); NaN is "not reported", never zero.
    as_of : the last day whose publications were read.
    source : one line naming file, publisher and licence.
    notes : everything odd that was seen on reading; nothing was mended silently.
    health_workers : optional frame place, date, cases_cumulative (infections of health workers).
    imported : optional frame place, date, origin, cases_cumulative (cases by country of infection).
    """

    places: tuple[str, ...]
    dates: DateArray
    cases: FloatArray
    deaths: FloatArray
    as_of: date
    source: str
    notes: tuple[DataQualityNote, ...] = ()
    health_workers: pd.DataFrame = field(default_factory=pd.DataFrame)
    imported: pd.DataFrame = field(default_factory=pd.DataFrame)
