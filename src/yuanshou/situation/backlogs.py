"""New counts with backlogs, corrections and holes put back where they belong, every move listed.

The total of a place never changes: persons are moved between days, not made or lost. The one thing easily confused: a
large day *inside* the series can be judged by the days after it, and a large *last* day cannot; that one is listed as
unresolved and left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from yuanshou.situation.definitions import definition_changes
from yuanshou.tables import DateArray, FloatArray

LOOK_BACK_DAYS = 28
NEIGHBOURS = 7
NEIGHBOURS_NEEDED = 4
SPIKE_RATIO = 4.0
SPIKE_MINIMUM = 50.0
ZERO_LEVEL = 10.0
"""Where 10 or more persons a day are usual, a day of none is a day without a report (it would happen once in 20,000)."""

COLUMNS = ["place", "date", "kind", "raw", "adjusted", "detail"]


@dataclass(frozen=True)
class Move:
    """One adjustment of one place: the day, the rule, the day's count before and after, and what was done."""

    day: int
    kind: str
    raw: float
    adjusted: float
    detail: str


def daily_with_holes(cumulative: FloatArray) -> tuple[FloatArray, FloatArray]:
    """New persons a day, the sum of a hole on the day the reports return, and how many days that day stands for.

    Both of shape (P, D); NaN and 0 on days without a report, and on the first report.

    >>> new, width = daily_with_holes(np.array([[2.0, 3.0, np.nan, 7.0]]))
    >>> new.tolist(), width.tolist()
    ([[nan, 1.0, nan, 4.0]], [[0.0, 1.0, 0.0, 2.0]])
    """
    new, width = np.full_like(cumulative, np.nan), np.zeros_like(cumulative)
    for p, row in enumerate(cumulative):
        known = np.flatnonzero(np.isfinite(row))
        new[p, known[1:]] = np.diff(row[known])
        width[p, known[1:]] = np.diff(known)
    return new, width


def adjust_place(
    new: FloatArray, width: FloatArray, *, known_changes: dict[int, str] | None = None
) -> tuple[FloatArray, list[Move]]:
    """Adjusted new persons a day of one place, shape (D,), and what was moved, in the order in which it was done.

    Holes and days of none are filled from the day that follows them; then negative days are taken from the 28 days
    before; then what stands out of a day, by a known change of definition or by its neighbours, is moved to them.
    """
    counts, moves = _fill_holes(new, width)
    first = int(np.flatnonzero(np.isfinite(counts))[0]) if np.isfinite(counts).any() else len(counts)
    _fill_zero_days(counts, first, moves)
    _take_back_negatives(counts, first, moves, known_changes or {})
    _move_spikes(counts, first, moves, known_changes or {})
    # Rules may meet on one day: `raw` is always what was reported there.
    return counts, [replace(m, raw=float(new[m.day])) if np.isfinite(new[m.day]) else m for m in moves]


def adjustments_frame(places: tuple[str, ...], dates: DateArray, moves: list[tuple[int, Move]]) -> pd.DataFrame:
    """place, date, kind, raw, adjusted (persons that day, before and after), detail."""
    rows = [[places[p], pd.Timestamp(dates[m.day]), m.kind, m.raw, m.adjusted, m.detail] for p, m in moves]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"date": "datetime64[s]", "raw": float, "adjusted": float})


def adjust_all(
    places: tuple[str, ...], dates: DateArray, cumulative: FloatArray, *, target: str, as_of: date
) -> tuple[FloatArray, FloatArray, pd.DataFrame]:
    """Raw and adjusted new persons a day of all places, shape (P, D), and the adjustments as a table."""
    new, width = daily_with_holes(cumulative)
    changes = definition_changes(target=target, as_of=as_of)
    adjusted, moves = np.empty_like(new), []
    for p, place in enumerate(places):
        known = {int((day - dates[0]).astype(int)): told for day, told in changes.get(place, {}).items()}
        adjusted[p], made = adjust_place(new[p], width[p], known_changes=known)
        moves += [(p, move) for move in made]
    return new, adjusted, adjustments_frame(places, dates, moves)


def _fill_holes(new: FloatArray, width: FloatArray) -> tuple[FloatArray, list[Move]]:
    counts, moves = new.astype(float), []
    for day in np.flatnonzero(width > 1):
        days = int(width[day])
        if new[day] < 0:
            counts[day - days + 1 : day] = 0.0  # the fall itself is taken back by the rule for negative days
            continue
        counts[day - days + 1 : day + 1] = new[day] / days
        moves.append(Move(int(day), "gap", new[day], counts[day], f"spread evenly over {days} days without a report"))
    return counts, moves


def _fill_zero_days(counts: FloatArray, first: int, moves: list[Move]) -> None:
    """Days of none before a large one, in a place that usually has many, share that day's count."""
    day = first
    while day < len(counts):
        run = day
        while run < len(counts) and counts[run] == 0:
            run += 1
        if run > day and run < len(counts) and counts[run] > 0 and day > first:
            around = np.concatenate(
                [counts[max(first, day - NEIGHBOURS) : day], counts[run + 1 : run + 1 + NEIGHBOURS]]
            )
            around = around[around > 0]
            usual = float(np.median(around)) if around.size >= NEIGHBOURS_NEEDED else 0.0
            days = run - day + 1
            raw = counts[run]
            # Only a day above the usual can hold what the days of none did not report.
            if usual >= ZERO_LEVEL and raw > usual and days <= NEIGHBOURS:
                counts[day : run + 1] = raw / days
                moves.append(Move(run, "zero_days", raw, counts[run], f"spread over {days} days, {days - 1} of them "
                                  f"without a case where {usual:,.0f} are usual"))  # fmt: skip
        day = max(run, day) + 1


def _take_back_negatives(counts: FloatArray, first: int, moves: list[Move], known: dict[int, str]) -> None:
    """A negative day becomes zero; what it lacks is taken from the days before, in proportion to their counts."""
    for day in np.flatnonzero(counts < 0):
        lack, raw = -counts[day], counts[day]
        counts[day] = 0.0
        start = max(first, int(day) - LOOK_BACK_DAYS)
        while counts[start:day].clip(0).sum() < lack and start > first:
            start = max(first, start - LOOK_BACK_DAYS)
        total = counts[start:day].clip(0).sum()
        if total < lack:
            # More is taken back than was ever counted since the first report: the rest stays on its day.
            counts[day] = total - lack
        taken = min(lack, total)
        if total > 0:
            counts[start:day] -= counts[start:day].clip(0) * taken / total
        told = known.get(int(day))
        kind = "definition" if told else "negative"
        detail = f"{taken:,.0f} taken from the {day - start} days before, in proportion" + (f": {told}" if told else "")
        moves.append(Move(int(day), kind, raw, counts[day], detail))


def _move_spikes(counts: FloatArray, first: int, moves: list[Move], known: dict[int, str]) -> None:
    """A day far above its neighbours on both sides keeps what is usual; the rest goes to the 28 days before."""
    for day in range(first + 1, len(counts)):
        value = counts[day]
        told = known.get(day)
        if value < SPIKE_MINIMUM or not np.isfinite(value):
            continue
        usual, judged = _usual(counts, first, day)
        if usual is None or not (value > SPIKE_RATIO * max(usual, 1.0) or (told and value > usual)):
            continue
        if not judged:
            moves.append(Move(day, "spike_unresolved", value, value, f"{usual:,.0f} a day were usual before; too recent "
                              "to tell a backlog from a jump; left as it is"))  # fmt: skip
            continue
        start = max(first, day - LOOK_BACK_DAYS)
        weights = counts[start:day].clip(0)
        if weights.sum() <= 0:
            continue
        excess = value - usual
        counts[start:day] += excess * weights / weights.sum()
        counts[day] = usual
        detail = f"{excess:,.0f} above the usual {usual:,.0f} moved to the {day - start} days before, in proportion"
        moves.append(Move(day, "definition" if told else "spike", value, usual, detail + (f": {told}" if told else "")))


def _usual(counts: FloatArray, first: int, day: int) -> tuple[float | None, bool]:
    """The larger median of the seven days before and after, and whether enough days after it are known."""
    before, after = counts[max(first, day - NEIGHBOURS) : day], counts[day + 1 : day + 1 + NEIGHBOURS]
    if len(before) < NEIGHBOURS_NEEDED:
        return None, False
    judged = len(after) >= NEIGHBOURS_NEEDED
    usual = float(np.median(before))
    return (max(usual, float(np.median(after))) if judged else usual), judged
