"""New counts a day as they probably are, beside those that were reported: backlogs, weekdays, late reports.

Nothing here replaces the raw series: every adjustment is listed with place, date, rule, before and after. The one thing
easily confused: *adjusted* counts have the same total as the reported ones; *expected* counts add what is still to be
reported, and exist only where earlier publications show how counts grow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from yuanshou.situation.backlogs import adjust_all
from yuanshou.situation.truncation import Completeness, completed, completeness, reporting_triangle
from yuanshou.sources.surveillance import SurveillanceSeries, Target
from yuanshou.tables import DateArray, FloatArray, IntArray, freeze

WEEKDAY_WEEKS = 8
WEEKDAY_PRIOR_PERSONS = 100.0
"""A weekday's factor is drawn to one as if 100 persons had been seen without any rhythm."""
TRIANGLE_DAYS = 28


@dataclass(frozen=True, eq=False)
class Nowcast:
    """New persons a day, raw and adjusted.

    Attributes
    ----------
    places, dates : P places, D consecutive days.
    raw : as reported, shape (P, D): a hole's sum stands on the day the reports return; NaN without a report.
    adjusted : backlogs, corrections and holes put back, shape (P, D); the same total as raw in every place.
    without_weekdays : adjusted, divided by the weekday's factor, shape (P, D).
    expected, low, high : adjusted plus what is still to be reported, with 95 % interval, shape (P, D); equal to
        adjusted where the count is complete or no vintages were given.
    weekday_factors : Monday to Sunday, mean 1, shape (P, 7).
    completeness : share known by delay; None without vintages.
    adjustments : frame place, date, kind, raw, adjusted, detail.
    """

    places: tuple[str, ...]
    dates: DateArray
    as_of: date
    target: Target
    raw: FloatArray
    adjusted: FloatArray
    without_weekdays: FloatArray
    expected: FloatArray
    low: FloatArray
    high: FloatArray
    weekday_factors: FloatArray
    completeness: Completeness | None
    adjustments: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """place, date, raw, adjusted, without_weekdays, expected, low, high: one row a place and reported day."""
        size = len(self.dates)
        frame = pd.DataFrame(
            {
                "place": np.repeat(np.array(self.places, dtype=object), size),
                "date": np.tile(self.dates.astype("datetime64[s]"), len(self.places)),
                "raw": self.raw.ravel(),
                "adjusted": self.adjusted.ravel(),
                "without_weekdays": self.without_weekdays.ravel(),
                "expected": self.expected.ravel(),
                "low": self.low.ravel(),
                "high": self.high.ravel(),
            }
        )
        return frame.dropna(subset=["raw", "adjusted"], how="all", ignore_index=True)


def nowcast(
    series: SurveillanceSeries, *, vintages: Sequence[SurveillanceSeries] = (), target: Target = "cases"
) -> Nowcast:
    """Adjusted and completed new counts of a series.

    Parameters
    ----------
    series : counts as known on one day.
    vintages : earlier publications of the same counts; those after `series.as_of` are refused by not being read.
    target : cases or deaths.
    """
    raw, adjusted, adjustments = adjust_all(
        series.places, series.dates, series.cumulative(target), target=target, as_of=series.as_of
    )
    factors = weekday_factors(adjusted, series.dates)
    day_of_week = _weekdays(series.dates)
    flat = adjusted / factors[:, day_of_week]
    expected, low, high, found = adjusted, adjusted, adjusted, None
    known = [v for v in vintages if v.as_of <= series.as_of]
    if known:
        triangle = reporting_triangle(
            known, places=series.places, last_day=series.dates[-1], days=TRIANGLE_DAYS, target=target
        )
        found = completeness(triangle)
        delay = ((series.dates[-1] - series.dates) / np.timedelta64(1, "D")).astype(float)
        expected, low, high = completed(adjusted, np.broadcast_to(delay, adjusted.shape), found)
    return Nowcast(
        places=series.places, dates=series.dates, as_of=series.as_of, target=target, raw=freeze(raw),
        adjusted=freeze(adjusted), without_weekdays=freeze(flat), expected=freeze(expected), low=freeze(low),
        high=freeze(high), weekday_factors=freeze(factors), completeness=found, adjustments=adjustments,
    )  # fmt: skip


def weekday_factors(daily: FloatArray, dates: DateArray) -> FloatArray:
    """Factor of each weekday, Monday to Sunday, by place, shape (P, 7), mean 1.

    Over the last eight weeks: (persons on the weekday + prior) / (persons of the weeks around those days / 7 + prior),
    the prior 100 persons; a day counts where the seven days around it are known.
    """
    recent = slice(max(daily.shape[1] - 7 * WEEKDAY_WEEKS, 0), None)
    counts, weekday = daily[:, recent], _weekdays(dates[recent])
    if counts.shape[1] < 7:
        return np.ones((len(daily), 7))
    around = np.full_like(counts, np.nan)
    around[:, 3:-3] = np.lib.stride_tricks.sliding_window_view(counts, 7, axis=1).mean(axis=2)
    usable = np.isfinite(around) & np.isfinite(counts)
    seen, usual = np.where(usable, np.maximum(counts, 0), 0.0), np.where(usable, np.maximum(around, 0), 0.0)
    member = np.eye(7)[weekday]
    factors = (seen @ member + WEEKDAY_PRIOR_PERSONS) / (usual @ member + WEEKDAY_PRIOR_PERSONS)
    scaled: FloatArray = factors / factors.mean(axis=1, keepdims=True)
    return scaled


def _weekdays(dates: DateArray) -> IntArray:
    """Monday 0 to Sunday 6; 1 January 1970 was a Thursday."""
    days: IntArray = (dates.astype("datetime64[D]").astype(np.int64) + 3) % 7
    return days
