"""From a stored file to its preview: read, look up, ask. Nothing is saved here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from yuanshou_ops.exchange.cells import key_of
from yuanshou_ops.exchange.columns import headings_of, problem_headings
from yuanshou_ops.exchange.desk import Desk
from yuanshou_ops.exchange.kinds import KINDS
from yuanshou_ops.exchange.kinds.base import Checked, Line, Problem, Progress
from yuanshou_ops.exchange.reading import Sheet, Unreadable, read_file

LINES_SHOWN = 200
PROBLEMS_SHOWN = 100


def no_progress(stage: str, percent: int) -> None:
    """For callers nobody waits for."""


def read(content: bytes, kind: str) -> Sheet:
    """The rows of the file under the headings of the kind; raises `Unreadable`."""
    columns = KINDS[kind].columns
    required = {column.name: str(column.heading) for column in columns if column.is_required}
    sheet = read_file(content, headings_of(tuple(columns)), required)
    if not sheet.rows:
        raise Unreadable(_("headings without rows"), _("at least one row below them"), _("fill rows in"))
    return sheet


def check(
    content: bytes, kind: str, by: Any, progress: Progress = no_progress, sheet: Sheet | None = None
) -> tuple[Sheet, Checked]:
    """Everything the file would do and everything wrong with it; raises `Unreadable`.

    Whoever holds a lock reads the sheet before and passes it.
    """
    if sheet is None:
        progress("opening the file", 5)
        sheet = read(content, kind)
    return sheet, KINDS[kind].check(sheet, Desk(by), progress)


def preview_of(sheet: Sheet, checked: Checked) -> dict[str, Any]:
    """What a person sees before confirming, as JSON; the mark ties the confirmation to exactly this."""
    wrong_rows = {problem.row for problem in checked.problems}
    unusual = [line for line in checked.lines if line.unusual]
    duplicates = [line for line in checked.lines if line.duplicate]
    shown = {
        "rows": len(sheet.rows),
        "wrong_rows": len(wrong_rows),
        "units": checked.units,
        "groups": len(checked.groups),
        "items": checked.items(),
        "unread": [words for words in sheet.unread if key_of(words) not in problem_headings()],
        "lines": [_line(line) for line in _first(unusual, duplicates, checked.lines)],
        "unusual": [line.row for line in unusual],
        "duplicates": [line.row for line in duplicates],
        "problems": [vars(problem) for problem in checked.problems[:PROBLEMS_SHOWN]],
        "problem_count": len(checked.problems),
    }
    return shown | {"mark": hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()}


def _first(*parts: Sequence[Line]) -> list[Line]:
    """At most so many lines as are shown: those that ask first, in the order of the file."""
    chosen = {line.row: line for part in parts for line in part[:LINES_SHOWN]}
    return sorted(list(chosen.values())[:LINES_SHOWN], key=lambda line: line.row)


def _line(line: Line) -> dict[str, Any]:
    return {name: value for name, value in vars(line).items() if name != "key"}


def problems_in(preview: dict[str, Any]) -> list[Problem]:
    return [Problem(**values) for values in preview.get("problems", [])]
