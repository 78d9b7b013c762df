"""New counts a week, Sunday to Saturday, from cumulative counts.

The one thing easily confused: a week is known when the Saturday that ends it and the Saturday before it were reported;
what happened on the days between does not matter, and a week with one unknown end is NaN, not zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuanshou.periods import SATURDAY, last_complete_week_end
from yuanshou.sources.surveillance import SurveillanceSeries, Target
from yuanshou.tables import DateArray, FloatArray, freeze

WEEK = np.timedelta64(7, "D")


@dataclass(frozen=True, eq=False)
class WeeklyCounts:
    """New persons by complete week.

    Attributes
    ----------
    week_ends : Saturdays, oldest first, datetime64[D], shape (W,).
    counts : new persons, float64, shape (P, W); NaN where an end of the week is not known.
    """

    week_ends: DateArray
    counts: FloatArray


def weekly_counts(series: SurveillanceSeries, *, target: Target = "cases") -> WeeklyCounts:
    """New cases or deaths by complete week up to `series.as_of`.

    >>> from datetime import date
    >>> days = np.arange("2020-03-01", "2020-03-16", dtype="datetime64[D]")  # Sunday 1 to Sunday 15 March
    >>> counts = np.arange(15.0)[None, :]
    >>> series = SurveillanceSeries(("KEN",), days, counts, counts, date(2020, 3, 15), "example")
    >>> weekly_counts(series).week_ends.astype(str).tolist(), weekly_counts(series).counts.tolist()
    (['2020-03-14'], [[7.0]])
    """
    cumulative = series.cumulative(target)
    first = series.dates[0].astype(object)
    to_saturday = (SATURDAY - first.weekday()) % 7
    last = min(np.datetime64(last_complete_week_end(series.as_of), "D"), series.dates[-1])
    at = np.arange(to_saturday, int((last - series.dates[0]) / np.timedelta64(1, "D")) + 1, 7)
    if at.size < 2:
        return WeeklyCounts(freeze(np.array([], dtype="datetime64[D]")), freeze(np.empty((len(cumulative), 0))))
    return WeeklyCounts(freeze(series.dates[at[1:]]), freeze(np.diff(cumulative[:, at], axis=1)))
