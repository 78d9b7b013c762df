"""Repairs as reversible edits: what stood there, what stands there now, and how sure the step is.

A step is a list of edits at positions of the text *before* the step. Keeping them makes every repair
visible, lets a person take it back, and lets a position be followed to the text that people read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

CERTAIN, LIKELY, UNKNOWN = "certain", "likely", "unknown"
UNKNOWN_CHARACTER = "\ufffd"
"""Stands in repaired text wherever bytes were lost and what remains does not decide the character."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement: `before` stood at `start` of the step's input and became `after`."""

    start: int
    before: str
    after: str
    certainty: str = CERTAIN
    note: str = ""


@dataclass(frozen=True)
class Step:
    """A named repair step and its edits, in order of position and without overlap."""

    name: str
    edits: tuple[Edit, ...]

    def apply(self, text: str) -> str:
        """The text after this step.

        >>> Step("marks", (Edit(2, ",", "，"),)).apply("口罩,手套")
        '口罩，手套'
        """
        parts: list[str] = []
        done = 0
        for edit in self.edits:
            parts += (text[done : edit.start], edit.after)
            done = edit.start + len(edit.before)
        return "".join([*parts, text[done:]])

    def revert(self, text: str) -> str:
        """The text before this step, given the text after it."""
        parts: list[str] = []
        done = shift = 0
        for edit in self.edits:
            start = edit.start + shift
            parts += (text[done:start], edit.before)
            done = start + len(edit.after)
            shift += len(edit.after) - len(edit.before)
        return "".join([*parts, text[done:]])


@dataclass(frozen=True)
class Repair:
    """One edit as people see it: its step, and where its result stands in the repaired text."""

    step: str
    start: int
    end: int
    before: str
    after: str
    certainty: str
    note: str


def revert_all(text: str, steps: Sequence[Step]) -> str:
    """Undo every step, last first: the text as it was decoded."""
    for step in reversed(steps):
        text = step.revert(text)
    return text


class _Shift:
    """Follows positions through one step with a binary search over its edits."""

    def __init__(self, step: Step) -> None:
        self.starts = [edit.start for edit in step.edits]
        self.edits = step.edits
        self.shifts, total = [0], 0
        for edit in step.edits:
            total += len(edit.after) - len(edit.before)
            self.shifts.append(total)

    def follow(self, position: int, *, is_end: bool) -> int:
        index = bisect_right(self.starts, position - 1 if is_end else position) - 1
        if index < 0:
            return position
        edit = self.edits[index]
        if position < edit.start + len(edit.before) or (is_end and position <= edit.start + len(edit.before)):
            start = edit.start + self.shifts[index]
            return start + len(edit.after) if is_end else start
        return position + self.shifts[index + 1]

    def output_start(self, index: int) -> int:
        return self.edits[index].start + self.shifts[index]


def visible_repairs(steps: Sequence[Step]) -> list[Repair]:
    """Every edit with its place in the final text, in order of step and place; O(edits · steps · log edits)."""
    shifts = [_Shift(step) for step in steps]
    repairs = []
    for number, step in enumerate(steps):
        for index, edit in enumerate(step.edits):
            start = shifts[number].output_start(index)
            end = start + len(edit.after)
            for later in shifts[number + 1 :]:
                start, end = later.follow(start, is_end=False), later.follow(end, is_end=True)
            repairs.append(
                Repair(step.name, start, max(start, end), edit.before, edit.after, edit.certainty, edit.note)
            )
    return repairs
