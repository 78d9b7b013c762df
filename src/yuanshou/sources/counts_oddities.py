"""Odd values in counts that are kept: falls, gaps, silence, spikes, more deaths than cases, more cases than people.

Each rule is one function over the whole table. The one thing easily confused: a *gap* is a hole between two reports,
and *silence* is the hole after the last one; the first is filled by later reports, the second may be a place that
stopped.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from yuanshou.tables import BoolArray, DataQualityNote, DateArray, FloatArray, IntArray

SPIKE_RATIO = 5.0
SPIKE_MINIMUM = 100.0
SILENT_DAYS = 3


def oddities(
    places: tuple[str, ...], dates: DateArray, cases: FloatArray, deaths: FloatArray, *,
    rows: IntArray, population: FloatArray, file: str,
) -> list[DataQualityNote]:  # fmt: skip
    """Notes on a table of cumulative counts, shape (P, D); `rows` says in which row of the file each day stands."""
    table = _Table(places, dates, rows, file)
    notes = []
    for name, counts in (("cases", cases), ("deaths", deaths)):
        notes += _falls(table, name, counts)
        notes += _spikes(table, name, counts)
    notes += _gaps(table, cases)
    notes += _silence(table, cases)
    for p, d in _first_days(deaths > cases):
        message = f"{deaths[p, d]:,.0f} deaths are more than {cases[p, d]:,.0f} cases; both kept"
        notes.append(table.note("deaths_exceed_cases", message, p, d))
    for p, d in _first_days(cases > population[:, None]):
        message = f"{cases[p, d]:,.0f} cases are more than the {population[p]:,.0f} people there; kept"
        notes.append(table.note("exceeds_population", message, p, d))
    return notes


class _Table:
    """Where a cell stands, for notes."""

    def __init__(self, places: tuple[str, ...], dates: DateArray, rows: IntArray, file: str) -> None:
        self.places, self.dates, self.rows, self.file = places, dates, rows, file

    def note(self, kind: str, message: str, place: int, day: int) -> DataQualityNote:
        return DataQualityNote(
            kind, message, self.places[place], str(self.dates[day]), self.file, int(self.rows[place, day])
        )


def _first_days(hit: BoolArray) -> list[tuple[int, int]]:
    """Place and first day of every place in which a rule fires; one note a place says enough."""
    return [(int(p), int(np.argmax(hit[p]))) for p in np.flatnonzero(hit.any(axis=1))]


def _falls(table: _Table, name: str, counts: FloatArray) -> list[DataQualityNote]:
    """Each day whose cumulative count is below the last one reported before it."""
    before = pd.DataFrame(counts.T).ffill().shift(1).to_numpy().T
    notes = []
    for p, d in np.argwhere(counts < before):
        message = f"cumulative {name} fall from {before[p, d]:,.0f} to {counts[p, d]:,.0f}; both kept"
        notes.append(table.note("cumulative_falls", message, p, d))
    return notes


def _spikes(table: _Table, name: str, counts: FloatArray) -> list[DataQualityNote]:
    """Days with at least 100 new persons and more than 5 times the usual: the larger median of the 7 days around."""
    new = pd.DataFrame(np.diff(counts, axis=1, prepend=np.nan).T)
    if len(new) < 6:
        return []
    before = new.rolling(7, min_periods=4).median().shift(1)
    after = new[::-1].rolling(7, min_periods=4).median().shift(1)[::-1]
    usual = np.fmax(before.to_numpy(), after.to_numpy())
    hit = (new.to_numpy() >= SPIKE_MINIMUM) & (new.to_numpy() > SPIKE_RATIO * np.maximum(usual, 1.0))
    # Without four known days before it a first large day cannot be told from a jump.
    hit &= before.notna().to_numpy()
    notes = []
    for p, d in np.argwhere(hit.T):
        message = (f"{new.iat[d, p]:,.0f} new {name} in a day where {usual[d, p]:,.0f} are usual: a backlog, a new "
                   "definition or a true jump; used as reported")  # fmt: skip
        notes.append(table.note("spike", message, p, d))
    return notes


def _gaps(table: _Table, cases: FloatArray) -> list[DataQualityNote]:
    """Holes between two reports that are longer than the place's usual spacing."""
    notes, slow = [], {}
    for p, row in enumerate(np.isfinite(cases)):
        days = np.flatnonzero(row)
        steps = np.diff(days)
        if not steps.size:
            continue
        usual = float(np.quantile(steps, 0.5, method="lower"))
        if usual > 1:
            slow[p] = usual
        for i in np.flatnonzero(steps > max(usual, 1.0) * 1.5):
            first, last = table.dates[days[i] + 1], table.dates[days[i + 1] - 1]
            message = f"no count of cases from {first} to {last} ({steps[i] - 1} days); left open, not filled"
            notes.append(table.note("gap", message, p, int(days[i + 1])))
    if slow:
        usual = float(np.median(list(slow.values())))
        message = f"{len(slow)} of {len(cases)} places report every {usual:.0f} days: the days between are not reported"
        p = next(iter(slow))
        notes.append(table.note("not_daily", message, p, int(np.flatnonzero(np.isfinite(cases[p]))[0])))
    return notes


def _usual(steps: IntArray) -> float:
    """The lower median of the days between reports: one hole among few reports is a hole, not a rhythm."""
    return float(np.sort(steps)[(len(steps) - 1) // 2])


def _silence(table: _Table, cases: FloatArray) -> list[DataQualityNote]:
    """Places whose last report lies more than three days (or twice their spacing) before the last day of the table."""
    notes = []
    for p, row in enumerate(np.isfinite(cases)):
        days = np.flatnonzero(row)
        usual = _usual(np.diff(days)) if days.size > 1 else 1.0
        if days.size and row.size - 1 - days[-1] > max(SILENT_DAYS, 2 * usual):
            message = f"no count of cases after {table.dates[days[-1]]}; the table goes on to {table.dates[-1]}"
            notes.append(table.note("silent", message, p, int(days[-1])))
    return notes
