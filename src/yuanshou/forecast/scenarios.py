"""Measures that start or end, as multipliers on transmission: scenarios, never forecasts.

A measure that changes the reproduction number by a factor changes growth from one generation to the next by it:
counts are multiplied by factor^(generations since it began to show). It bites after the delay from infection to report,
deaths later still. The result carries the word "scenario" and a sentence for each measure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from yuanshou.errors import SettingError
from yuanshou.tables import DateArray, FloatArray

GENERATION_DAYS = 6.0
DELAY_DAYS = (9.0, 21.0)
"""Infection to reported case, and infection to reported death, days."""


@dataclass(frozen=True)
class Measure:
    """A change of transmission from a day on.

    Attributes
    ----------
    multiplier : factor on the reproduction number from `start` on (below 1: a measure begins; above 1: one ends).
    start, end : first day and, where it is known, the day from which transmission is as before.
    place : a place code; "" for every place.
    label : what it is, in words.

    Raises
    ------
    SettingError : a multiplier that is not above 0 and at most 5, or an end before the start.
    """

    multiplier: float
    start: date
    end: date | None = None
    place: str = ""
    label: str = "measure"

    def __post_init__(self) -> None:
        if not 0 < self.multiplier <= 5:
            raise SettingError(f"multiplier {self.multiplier}", "a number above 0 and at most 5", "0.7 cuts by 30 %")
        if self.end is not None and self.end <= self.start:
            raise SettingError(f"end {self.end} of {self.label}", f"a day after {self.start}", "correct the dates")

    def sentence(self) -> str:
        """What is assumed, for the reader."""
        until = f" to {self.end}" if self.end else ""
        return (f"scenario, not a forecast: {self.label} from {self.start}{until} multiplies transmission "
                f"by {self.multiplier:g}")  # fmt: skip


def apply_measures(
    paths: FloatArray, measures: Sequence[Measure], places: Sequence[str], week_ends: DateArray
) -> FloatArray:
    """Paths (2, P, H, N) under the measures; unchanged without any.

    Raises
    ------
    SettingError : a measure for a place that has no forecast.
    """
    if not measures:
        return paths
    result = paths.copy()
    for measure in measures:
        if measure.place and measure.place not in places:
            raise SettingError(f"a measure for {measure.place!r}", "a place of the forecast", "correct the code")
        rows = [i for i, place in enumerate(places) if measure.place in ("", place)]
        for target, delay in enumerate(DELAY_DAYS):
            factor = measure.multiplier ** (_days_in_force(measure, week_ends, delay) / GENERATION_DAYS)
            result[target, rows] *= factor[None, :, None]
    return np.round(result)


def _days_in_force(measure: Measure, week_ends: DateArray, delay_days: float) -> FloatArray:
    """Mean over the days of each week of the days for which the measure has shown in reports, shape (H,)."""
    days = week_ends[:, None] - np.arange(7) * np.timedelta64(1, "D")
    since = (days - np.datetime64(measure.start, "D")) / np.timedelta64(1, "D") - delay_days
    longest = np.inf if measure.end is None else (measure.end - measure.start).days
    result: FloatArray = np.clip(since, 0.0, longest).mean(axis=1)
    return result
