"""What the four kinds of spreadsheet share: problems, lines of the preview, what is unusual, and the count afterwards.

A kind turns rows into groups that an action of its slice takes (`check`), and hands them over (`write`). `check` saves
nothing. After `write` the rows and units are read again from the database; a difference undoes everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any, ClassVar

from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from yuanshou_ops.exchange.cells import WrongCell
from yuanshou_ops.exchange.columns import Column
from yuanshou_ops.exchange.desk import Desk
from yuanshou_ops.exchange.models import KIND_NAMES
from yuanshou_ops.exchange.reading import Sheet
from yuanshou_ops.ledger.posting import chunks

UNUSUAL = 10
"""A quantity this many times the usual one is most likely boxes read as pieces, or a slip of the hand."""
ENOUGH_ROWS = 5
"""From so many rows of one item on, a file says itself what is usual."""
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Problem:
    """One wrong cell: where it is, what was found, what was expected, the way out."""

    row: int
    column: str
    found: str
    expected: str
    way_out: str

    def words(self) -> str:
        return _("Found %(found)s. Expected %(expected)s. Way out: %(way_out)s.") % {
            "found": self.found, "expected": self.expected, "way_out": self.way_out,
        }  # fmt: skip


@dataclass
class Line:
    """One row as it was understood, for the preview; `key` is what makes it the same as one the database has."""

    row: int
    what: str
    words: str
    units: int
    group: str
    item: str = ""
    key: Hashable = None
    unusual: str = ""
    duplicate: str = ""


@dataclass(frozen=True)
class Values:
    """One row with every cell read."""

    number: int
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def mark(self) -> tuple[Any, ...]:
        """The whole row; two rows with the same mark say the same."""
        return tuple(str(value) for value in self.values.values())


@dataclass
class Checked:
    """What a file would do: problems, or the lines and the groups an action takes."""

    problems: list[Problem] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    groups: dict[Any, list[Any]] = field(default_factory=lambda: defaultdict(list))

    @property
    def units(self) -> int:
        return sum(line.units for line in self.lines)

    def items(self) -> dict[str, int]:
        """Units by item, for the totals of the preview."""
        totals: dict[str, int] = defaultdict(int)
        for line in self.lines:
            totals[line.item] += line.units
        return dict(sorted(totals.items()))


class Kind:
    """One kind of spreadsheet; the subclasses say what a row means."""

    name: ClassVar[str]
    lead: ClassVar[Any]
    action: ClassVar[str]
    columns: ClassVar[Sequence[Column]]

    @property
    def title(self) -> Any:
        return dict(KIND_NAMES)[self.name]

    def check(self, sheet: Sheet, desk: Desk, progress: Progress) -> Checked:
        """Every row read and looked up; nothing is saved."""
        rows, problems = read_rows(sheet, self.columns, desk, progress)
        checked = Checked(problems)
        for row in rows:
            try:
                checked.lines.append(self.take(row, desk, checked.groups))
            except WrongCell as wrong:
                checked.problems.append(
                    Problem(row.number, wrong.column, wrong.found, wrong.expected, wrong.way_out)
                )  # fmt: skip
        checked.problems.sort(key=lambda problem: problem.row)
        if not checked.problems:
            mark_repeated(checked.lines, rows)
            self.mark(checked, rows)
        return checked

    def take(self, row: Values, desk: Desk, groups: dict[Any, list[Any]]) -> Line:
        """Add the row to its group and return its line; raises `WrongCell`."""
        raise NotImplementedError

    def mark(self, checked: Checked, rows: Sequence[Values]) -> None:
        """Mark what is unusual or looks like something the database has already."""

    def write(self, checked: Checked, *, key: str, by: Any, at: datetime) -> list[str]:
        """Hand the groups to the action, inside the caller's transaction; returns the numbers that were given."""
        raise NotImplementedError

    def count(self, numbers: Sequence[str], *, key: str) -> tuple[int, int]:
        """Rows and units of this import as the database has them now."""
        raise NotImplementedError


def read_rows(
    sheet: Sheet, columns: Sequence[Column], desk: Desk, progress: Progress
) -> tuple[list[Values], list[Problem]]:
    """Every cell of every row; a row with a wrong cell is left out of the values and named in the problems."""
    rows, problems = [], []
    for done, row in enumerate(sheet.rows):
        if done % 500 == 0:
            progress("reading rows", 10 + 60 * done // len(sheet.rows))
        values: dict[str, Any] = {}
        for column in columns:
            try:
                value = column.read(desk, row.cells.get(column.name))
                if column.is_required and value in (None, ""):
                    raise WrongCell(None, str(column.heading), _("fill the cell in"))
                values[column.name] = value
            except WrongCell as wrong:
                problems.append(Problem(row.number, column.name, wrong.found, wrong.expected, wrong.way_out))
        if len(values) == len(columns):
            rows.append(Values(row.number, values))
    return rows, problems


def mark_repeated(lines: Sequence[Line], rows: Sequence[Values]) -> None:
    """Rows that say word for word what a row before them said."""
    seen: dict[tuple[Any, ...], int] = {}
    for line, row in zip(lines, rows, strict=True):
        first = seen.setdefault(row.mark(), row.number)
        if first != row.number:
            line.duplicate = _("says the same as row %(row)d") % {"row": first}


def summed(rows: Any, field_: str, values: Sequence[Any]) -> tuple[int, int]:
    """How many rows have one of the values in the field, and their units, in steps any engine takes."""
    number = total = 0
    for part in chunks(list(values)):
        found = rows.filter(**{f"{field_}__in": part}).aggregate(n=Count("id"), units=Sum("quantity"))
        number, total = number + found["n"], total + (found["units"] or 0)
    return number, total


def mark_unusual(lines: Iterable[Line], keys: Iterable[Hashable], earlier: Mapping[Any, Sequence[int]]) -> None:
    """Mark quantities at least ten times the median of what came before, or else of the file itself."""
    lines, keys = list(lines), list(keys)
    here: dict[Hashable, list[int]] = defaultdict(list)
    for line, key in zip(lines, keys, strict=True):
        here[key].append(line.units)
    usual = {key: median(units) for key, units in here.items() if len(units) >= ENOUGH_ROWS}
    usual |= {key: median(earlier[key]) for key in here if earlier.get(key)}
    for line, key in zip(lines, keys, strict=True):
        if key in usual and line.units >= UNUSUAL * max(usual[key], 1):
            line.unusual = _("%(times)s times the usual %(usual)s") % {
                "times": f"{line.units / max(usual[key], 1):,.0f}", "usual": f"{usual[key]:,.0f}",
            }  # fmt: skip
