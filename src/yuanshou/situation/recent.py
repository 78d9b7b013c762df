"""The last reports of each place as intervals between two reports, whatever the rhythm of reporting.

The one thing easily confused: *raw* cumulative counts may fall and are what the situation shows; the *settled* ones
never fall (the later, lower word is believed) and are what growth is estimated from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuanshou.situation.transmission import settled_cumulative, spread_daily
from yuanshou.tables import FloatArray, IntArray

GROWTH_DAYS = 14
SPARSE_GROWTH_DAYS = 42
DENSE_REPORTS = 7
"""With at least this many reports in 14 days growth is read from them; otherwise from 42 days."""
SILENT_DAYS = 7


@dataclass(frozen=True, eq=False)
class RecentReports:
    """Reports of one target.

    Attributes
    ----------
    counts : cumulative persons as reported, shape (P, D).
    settled : the same, never falling.
    previous : day index of the report before each day, shape (P, D); -1 where there is none.
    last : day index of the last report, shape (P,); -1 where a place never reported.
    cumulative : the last reported count, shape (P,); NaN where a place never reported.
    """

    counts: FloatArray
    settled: FloatArray
    previous: IntArray
    last: IntArray
    cumulative: FloatArray

    def new_over(self, days: int) -> FloatArray:
        """New persons in the `days` days that end with the last report, shape (P,).

        As reported: a correction within the days can make it negative. Where the first day falls between two reports
        the count is interpolated; NaN where the reports begin later.
        """
        result = np.full(len(self.counts), np.nan)
        for p, row in enumerate(self.counts):
            known = np.flatnonzero(np.isfinite(row))
            start = self.last[p] - days
            if known.size and start >= known[0]:
                result[p] = row[self.last[p]] - np.interp(start, known, row[known])
        return result

    def growth_window(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """New persons, middle and width (days) of each interval between reports in the growth window, shape (P, K)."""
        days = np.arange(self.counts.shape[1])
        paired = np.isfinite(self.settled) & (self.previous >= 0)
        before = np.take_along_axis(self.settled, np.maximum(self.previous, 0), axis=1)
        width = (days - self.previous).astype(float)
        middle = days - (width - 1) / 2
        age = self.last[:, None] - days[None, :]
        recent = paired & (age < GROWTH_DAYS)
        sparse = recent.sum(axis=1) < DENSE_REPORTS
        recent |= paired & sparse[:, None] & (age < SPARSE_GROWTH_DAYS)
        new = np.where(recent, self.settled - before, np.nan)
        # Only the last columns can be recent; time runs from the last report so that numbers stay small.
        keep = slice(max(len(days) - 2 * SPARSE_GROWTH_DAYS, 0), None)
        return new[:, keep], (middle - self.last[:, None])[:, keep], width[:, keep]

    def settled_daily(self) -> FloatArray:
        """New persons a day from the settled counts, holes spread evenly, shape (P, D)."""
        return spread_daily(self.settled)

    def silence_limit(self) -> FloatArray:
        """Days without a report after which a place counts as silent: 7, or twice its usual spacing, shape (P,)."""
        reported = np.isfinite(self.counts)
        spacing = [float(np.median(np.diff(np.flatnonzero(row)))) if row.sum() > 1 else 1.0 for row in reported]
        limit: FloatArray = np.maximum(SILENT_DAYS, 2 * np.array(spacing))
        return limit


def recent_reports(cumulative: FloatArray) -> RecentReports:
    """The reports of a table of cumulative counts, shape (P, D).

    >>> found = recent_reports(np.array([[1.0, 3.0, np.nan, 9.0]]))
    >>> found.previous.tolist(), found.last.tolist(), found.new_over(2).tolist()
    ([[-1, 0, 1, 1]], [3], [6.0])
    """
    reported = np.isfinite(cumulative)
    days = np.arange(cumulative.shape[1])
    latest = np.maximum.accumulate(np.where(reported, days, -1), axis=1)
    previous = np.concatenate([np.full((len(cumulative), 1), -1), latest[:, :-1]], axis=1)
    last = latest[:, -1]
    at_last = np.take_along_axis(cumulative, np.maximum(last, 0)[:, None], axis=1)[:, 0]
    return RecentReports(
        cumulative, settled_cumulative(cumulative), previous, last, np.where(last >= 0, at_last, np.nan)
    )
