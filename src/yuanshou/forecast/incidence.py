"""New counts by day and week from cumulative ones, as every forecaster needs them.

The one thing easily confused: a day on which a place did not report is not a day with zero cases. Cumulative
counts are carried across the hole, so that the day the reports return holds the whole sum, and `reported`
says which days were real.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from yuanshou.periods import horizon_week_ends
from yuanshou.tables import BoolArray, DateArray, FloatArray, IntArray

DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False)
class Incidence:
    """New counts of one target.

    Attributes
    ----------
    daily : persons a day, shape (P, D); 0 where not reported; negative where the cumulative fell.
    reported : shape (P, D), whether the day's cumulative count was reported.
    last : index of the last reported day, shape (P,); -1 where a place never reported.
    cumulative : the last known cumulative count, persons, shape (P,); NaN where never reported.
    """

    daily: FloatArray
    reported: BoolArray
    last: IntArray
    cumulative: FloatArray


def incidence(cumulative: FloatArray) -> Incidence:
    """Daily new counts from cumulative ones, shape (P, D); what stood on the first day is not new on it.

    >>> found = incidence(np.array([[2.0, 3.0, np.nan, 7.0]]))
    >>> found.daily.tolist(), found.last.tolist()
    ([[0.0, 1.0, 0.0, 4.0]], [3])
    """
    reported = np.isfinite(cumulative)
    days = np.arange(cumulative.shape[1])
    latest = np.maximum.accumulate(np.where(reported, days, -1), axis=1)
    filled = np.take_along_axis(cumulative, np.maximum(latest, 0), axis=1)
    daily = np.diff(filled, axis=1, prepend=np.nan)
    daily = np.where(np.isfinite(daily), daily, 0.0)
    last = latest[:, -1]
    return Incidence(daily, reported, last, np.where(last >= 0, filled[:, -1], np.nan))


def trailing_sums(daily: FloatArray, last: IntArray, *, windows: int, width: int = 7) -> FloatArray:
    """Sums over `windows` windows of `width` days ending on each place's last day, newest first, shape (P, windows).

    NaN where a window begins before the first day.
    """
    total = np.concatenate([np.zeros((len(daily), 1)), np.cumsum(daily, axis=1)], axis=1)
    ends = last[:, None] + 1 - width * np.arange(windows)[None, :]
    starts = ends - width
    picked = np.take_along_axis(total, np.maximum(ends, 0), axis=1)
    result: FloatArray = np.where(
        starts >= 0, picked - np.take_along_axis(total, np.maximum(starts, 0), axis=1), np.nan
    )
    return result


def complete_weeks(daily: FloatArray, dates: DateArray, as_of: date) -> FloatArray:
    """New counts by complete week (Sunday to Saturday), oldest first, shape (P, W); the first whole week starts it.

    Where the counts end before the last complete week does, the last one they cover ends the result.
    """
    first_horizon = horizon_week_ends(as_of, weeks=1)[0]
    end = int((first_horizon - 7 * DAY - dates[0]) / DAY) + 1
    end -= 7 * max(-((daily.shape[1] - end) // 7), 0)
    weeks = max(end // 7, 0)
    end = max(end, 0)
    result: FloatArray = daily[:, end - 7 * weeks : end].reshape(len(daily), weeks, 7).sum(axis=2)
    return result
