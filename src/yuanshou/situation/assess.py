"""The situation of every place on one day, with the reason for each statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from yuanshou.tables import DataQualityNote


@dataclass(frozen=True, eq=False)
class Situation:
    """Where things stand on `as_of`.

    Attributes
    ----------
    table : one row a place, indexed by place code: cases_cumulative, deaths_cumulative, cases_new_7d,
        deaths_new_7d, cases_per_100k, cases_new_7d_per_100k, growth_rate (per day), growth_rate_low,
        growth_rate_high, doubling_time_days, doubling_time_days_low, doubling_time_days_high,
        reproduction_number, reproduction_number_low, reproduction_number_high, last_report, growth_rank.
        Persons, days; intervals are 95 %; NaN where a figure cannot be given, with `reason` saying why.
    high_risk : frame place, rule, reason, since: one row per entry of the high-risk list.
    changes : frame place, change, detail: what changed since the comparison date.
    """

    as_of: date
    table: pd.DataFrame
    high_risk: pd.DataFrame
    changes: pd.DataFrame
    notes: tuple[DataQualityNote, ...] = ()
