"""From forecast paths to pieces: the chain of cases, patients, beds, staff and items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from yuanshou.tables import DataQualityNote, DateArray, FloatArray


@dataclass(frozen=True, eq=False)
class Needs:
    """Gross need in base units, by place, item and week.

    Attributes
    ----------
    places : P codes. items : I item codes of the catalogue. week_ends : T Saturdays, datetime64[D].
    draws : float32, shape (P, I, T, N): base units newly needed in that week (for a reusable item: to be
        acquired in that week), capped by nothing but the epidemic: what care would take if it were not
        limited. NaN where it cannot be given.
    draws_capped : the same limited by beds, staff and test capacity, or None.
    patients : frame place, week_end, and median/q05/q25/q75/q95 columns of mild, moderate, severe, critical
        patients, beds and health workers.
    parameters : the table used: name, value, low, high, unit, basis, source, overridden.
    """

    as_of: date
    places: tuple[str, ...]
    items: tuple[str, ...]
    week_ends: DateArray
    draws: FloatArray
    draws_capped: FloatArray | None
    patients: pd.DataFrame
    parameters: pd.DataFrame
    disease: str = "covid-19"
    notes: tuple[DataQualityNote, ...] = ()
