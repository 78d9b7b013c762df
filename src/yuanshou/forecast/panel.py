"""A series cut into complete weeks, cleaned and described: what the pooled models are fitted to.

The origin of a panel is its last week that the data cover to the Saturday. When the newest days are missing
(a table published late), the origin is earlier and every horizon is that much further, `weeks_behind`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from yuanshou.forecast.features import FeatureBlock, WeeklyCourse, build_features, weekly_course
from yuanshou.forecast.incidence import DAY, incidence
from yuanshou.periods import last_complete_week_end
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import DateArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Panel:
    """Weekly courses and features of cases (0) and deaths (1).

    Attributes
    ----------
    week_ends : Saturdays of the W complete weeks, datetime64[D].
    extra_days : days known after the last of them, 0 to 6.
    weeks_behind : complete weeks of the calendar that the data do not cover yet.
    daily : persons a day, shape (2, P, D), the first day a Sunday; ends : day index of each week's end, shape (W,).
    courses, blocks : of cases and deaths.
    """

    as_of: date
    places: tuple[str, ...]
    week_ends: DateArray
    extra_days: int
    weeks_behind: int
    daily: FloatArray
    ends: IntArray
    courses: tuple[WeeklyCourse, WeeklyCourse]
    blocks: tuple[FeatureBlock, FeatureBlock]


def make_panel(series: SurveillanceSeries, population: FloatArray) -> Panel:
    """The panel of a series; days before the first Sunday of its calendar are padded with nothing.

    Parameters
    ----------
    population : persons, shape (P,), NaN where unknown.
    """
    found = [incidence(series.cases), incidence(series.deaths)]
    last_day = max(int(f.last.max(initial=-1)) for f in found)
    front = int((series.dates[0] - np.datetime64("2017-01-01", "D")) / DAY) % 7  # a Sunday
    daily = np.pad(np.stack([f.daily[:, : last_day + 1] for f in found]), ((0, 0), (0, 0), (front, 0)))
    start = series.dates[0] - front * DAY
    calendar = int((np.datetime64(last_complete_week_end(series.as_of), "D") - start) / DAY + 1) // 7
    weeks = min(calendar, daily.shape[2] // 7)
    ends = np.arange(weeks) * 7 + 6
    weekly = daily[:, :, : 7 * weeks].reshape(2, len(series.places), weeks, 7).sum(axis=3)
    courses = (weekly_course(weekly[0]), weekly_course(weekly[1]))
    extra = min(daily.shape[2] - 7 * weeks, 6)
    blocks = (
        build_features(courses[0], daily[0], ends, extra_days=extra, population=population),
        build_features(
            courses[1], daily[1], ends, extra_days=extra, population=population, leading=courses[0],
            leading_daily=daily[0],
        ),
    )  # fmt: skip
    return Panel(
        as_of=series.as_of,
        places=series.places,
        week_ends=start + (ends * DAY),
        extra_days=extra,
        weeks_behind=calendar - weeks,
        daily=daily,
        ends=ends,
        courses=courses,
        blocks=blocks,
    )
