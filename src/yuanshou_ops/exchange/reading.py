"""From the bytes of a file to rows of cells, for XLSX and CSV, whatever was sent.

A file is looked at before it is opened: size, members, unpacked size, macros, passwords, XML that defines entities.
Limits are stated in words. Every problem of the file as a whole is an `Unreadable`; problems of a cell are kept in the
cell (`Broken`) and told with all others.

The one thing easily confused: row numbers are those the person sees in the spreadsheet, the headings included.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, islice, zip_longest
from typing import Any

from django.utils.translation import gettext as _

from yuanshou_ops.errors import Refused
from yuanshou_ops.exchange.cells import Broken, is_empty, key_of, show

ROWS_MAX = 20_000
COLUMNS_MAX = 100
HEADING_ROWS = 20
"""The headings stand in one of the first rows."""
SHEETS_MAX = 20
MEMBERS_MAX = 500
UNPACKED_BYTES_MAX = 150_000_000
EXCEL_ROWS = 1_048_576
MERGED_MAX = 5_000
DELIMITERS = ",;\t|"
FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})"')
ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class Unreadable(Refused):
    """A file that cannot be used at all; nothing of it was taken in."""


@dataclass(frozen=True)
class Row:
    """One row: its number in the sheet and its cells by column name."""

    number: int
    cells: Mapping[str, Any]


@dataclass(frozen=True)
class Sheet:
    """What was read: where each known column stands, the rows below the headings, and the headings nobody knows."""

    columns: Mapping[str, int]
    heading_row: int
    headings: Sequence[str]
    rows: Sequence[Row]
    unread: Sequence[str] = ()


@dataclass
class _Table:
    """One candidate table: rows as they come, and which cells are merged or hold a formula without a result."""

    name: str
    rows: Iterable[Sequence[Any]]
    merged: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)


def read_file(content: bytes, headings: Mapping[str, str], required: Mapping[str, str]) -> Sheet:
    """The rows of the one sheet that has our headings.

    `headings` maps every recognised heading (as `key_of` gives it) to the name of its column, `required` the names of
    columns that must be there to the words for them. Raises `Unreadable`.
    """
    if not content:
        raise Unreadable(_("an empty file"), _("a workbook or a CSV file"), _("choose the file again"))
    if content[:2] == b"PK":
        tables = _workbook(content)
    elif content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unreadable(
            _("an old workbook (.xls), or one with a password"), _("an XLSX or a CSV file without a password"),
            _("save it as XLSX without a password"),
        )  # fmt: skip
    else:
        tables = iter([_text_table(content, headings)])
    return _best(tables, headings, required)


# --- finding the headings ------------------------------------------------------------------------------------


def _best(tables: Iterable[_Table], headings: Mapping[str, str], required: Mapping[str, str]) -> Sheet:
    """The sheet with the most known headings; two that both look like ours are refused, for one would be lost."""
    found = [sheet for table in islice(tables, SHEETS_MAX) if (sheet := _sheet(table, headings)) is not None]
    if not found:
        known = ", ".join(required.values())
        raise Unreadable(
            _("no row of headings in the first %(n)d rows") % {"n": HEADING_ROWS},
            _("at least these headings: %(words)s") % {"words": known}, _("start from the template"),
        )  # fmt: skip
    found.sort(key=lambda pair: -len(pair[1].columns))
    best = found[0][1]
    missing = [words for name, words in required.items() if name not in best.columns]
    if missing:
        raise Unreadable(
            _("no column %(words)s") % {"words": ", ".join(missing)}, _("every column that is marked with *"),
            _("add it, with the heading of the template"),
        )  # fmt: skip
    rivals = [name for name, sheet in found[1:] if set(required) <= set(sheet.columns) and sheet.rows]
    if rivals:
        raise Unreadable(
            _("more than one sheet with such headings: %(names)s") % {"names": ", ".join([found[0][0], *rivals])},
            _("one sheet in a file"), _("send each sheet as a file of its own"),
        )  # fmt: skip
    return best


def _sheet(table: _Table, headings: Mapping[str, str]) -> tuple[str, Sheet] | None:
    """The table below its headings; None if it has no row with two headings we know (or all of a short list)."""
    rows = iter(enumerate(table.rows, start=1))
    best: tuple[int, Sequence[Any]] | None = None
    above: list[tuple[int, Sequence[Any]]] = []
    for number, row in islice(rows, HEADING_ROWS):
        above.append((number, row))
        if best is None or _known(row, headings) > _known(best[1], headings):
            best = (number, row)
    if best is None or _known(best[1], headings) < 2:
        return None
    heading_row, words = best[0], [show(v) if not is_empty(v) else "" for v in best[1]]
    if any(words[COLUMNS_MAX:]):
        raise Unreadable(
            _("more than %(n)d columns") % {"n": COLUMNS_MAX}, _("at most that many"), _("delete what is not needed")
        )
    columns: dict[str, int] = {}
    for place, heading in enumerate(words):
        name = headings.get(key_of(heading), "") if heading else ""
        if name in columns:
            raise Unreadable(
                _("the heading %(words)s twice") % {"words": heading}, _("each heading once"), _("rename one of them")
            )
        if name:
            columns[name] = place
    below = [pair for pair in above if pair[0] > heading_row]
    kept = list(_rows(table, columns, below, rows))
    unread = [words[place] for place in range(len(words)) if words[place] and place not in columns.values()]
    return table.name, Sheet(columns, heading_row, words, kept, unread)


def _known(row: Sequence[Any], headings: Mapping[str, str]) -> int:
    return len({headings[key] for value in row if isinstance(value, str) and (key := key_of(value)) in headings})


def _rows(table: _Table, columns: Mapping[str, int], first: Iterable[Any], rest: Iterable[Any]) -> Iterator[Row]:
    kept = 0
    for number, values in chain(first, rest):
        cells = {name: values[place] if place < len(values) else None for name, place in columns.items()}
        for low, high, ref in table.merged.get(number, ()):
            for name, place in columns.items():
                if low <= place <= high:
                    cells[name] = Broken(ref, _("a cell that is not merged with others"))
        if all(is_empty(value) for value in cells.values()):
            continue
        kept += 1
        if kept > ROWS_MAX:
            raise Unreadable(
                _("more than %(n)s rows") % {"n": f"{ROWS_MAX:,}"}, _("at most that many in a file"),
                _("split it into several files"),
            )  # fmt: skip
        yield Row(number, cells)


# --- workbooks -----------------------------------------------------------------------------------------------


def _workbook(content: bytes) -> Iterator[_Table]:
    parts = _look_inside(content)
    values, formulas = _open(content, data_only=True), None
    if any(part.has_formulas for part in parts.values()):
        formulas = _open(content, data_only=False)
    for sheet in values.worksheets[:SHEETS_MAX]:
        part = parts.get(str(getattr(sheet, "_worksheet_path", "")).lstrip("/"))
        if part is None:
            raise _damaged()
        twin = formulas[sheet.title] if formulas is not None and part.has_formulas else None
        yield _Table(sheet.title, _cells(sheet, twin), part.merged)


@dataclass
class _Part:
    """What a look at the raw sheet says before it is opened."""

    has_formulas: bool = False
    merged: dict[int, list[tuple[int, int, str]]] = field(default_factory=dict)


def _look_inside(content: bytes) -> dict[str, _Part]:
    """Refuse what must not be opened; say which sheets hold formulas and merged cells."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise _damaged() from None
    names = {member.filename for member in members}
    if any("vbaproject" in name.lower() for name in names):
        raise Unreadable(_("a workbook with macros"), _("a workbook without macros"), _("save it as XLSX"))
    if "xl/workbook.xml" not in names:
        raise Unreadable(
            _("an archive that is not an Excel workbook"), _("an XLSX or a CSV file"), _("save it as XLSX")
        )
    if len(members) > MEMBERS_MAX or sum(member.file_size for member in members) > UNPACKED_BYTES_MAX:
        raise Unreadable(
            _("a workbook that unpacks to more than %(n)d MB") % {"n": UNPACKED_BYTES_MAX // 1_000_000},
            _("a smaller one"), _("keep the one sheet with the rows, without pictures, and save it again"),
        )  # fmt: skip
    parts = {}
    for member in members:
        if member.flag_bits & 1:
            raise Unreadable(_("a workbook with a password"), _("one without"), _("save it without a password"))
        if not member.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        try:
            raw = archive.read(member)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
            raise _damaged() from None
        if ENTITIES.search(raw) or not raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") or b"\x00" in raw[:64]:
            raise Unreadable(
                _("a workbook that defines XML entities"), _("a workbook as a spreadsheet program saves it"),
                _("open it and save it again as XLSX"),
            )  # fmt: skip
        parts[member.filename] = _Part(FORMULA.search(raw) is not None, _merged(raw))
    return parts


def _merged(raw: bytes) -> dict[int, list[tuple[int, int, str]]]:
    """Row → (first column, last column, reference) of every merged range that touches it."""
    from openpyxl.utils import range_boundaries

    rows: dict[int, list[tuple[int, int, str]]] = {}
    touched = 0
    for found in MERGED.finditer(raw):
        ref = f"{found[1].decode()}:{found[2].decode()}"
        try:
            left, top, right, bottom = (int(n or 0) for n in range_boundaries(ref))
        except ValueError:
            raise _damaged() from None
        touched += bottom - top + 1
        if touched > MERGED_MAX:
            raise Unreadable(
                _("merged cells over more than %(n)s rows") % {"n": f"{MERGED_MAX:,}"}, _("cells that are not merged"),
                _("unmerge all cells of the sheet"),
            )  # fmt: skip
        for number in range(top, bottom + 1):
            rows.setdefault(number, []).append((left - 1, right - 1, ref))
    return rows


def _open(content: bytes, *, data_only: bool) -> Any:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about parts of a workbook that are not read anyway
            return load_workbook(io.BytesIO(content), read_only=True, data_only=data_only, keep_links=False)
    except Exception:  # a damaged workbook can fail in any way; whatever it is, the file is the reason
        raise _damaged() from None


def _cells(sheet: Any, twin: Any) -> Iterator[list[Any]]:
    """The values of each row; with the twin that has the formulas, a formula without a stored result is told."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = islice(sheet.iter_rows(max_col=COLUMNS_MAX + 1), EXCEL_ROWS)
            if twin is None:
                for row in rows:
                    yield [_value(cell) for cell in row]
                return
            for row, formulas in zip_longest(
                rows, islice(twin.iter_rows(max_col=COLUMNS_MAX + 1), EXCEL_ROWS), fillvalue=()
            ):
                yield [_calculated(cell, other) for cell, other in zip_longest(row, formulas)]
    except Unreadable:
        raise
    except Exception:
        raise _damaged() from None


def _value(cell: Any) -> Any:
    value = cell.value
    if cell.data_type == "e" and value is not None:
        return Broken(str(value), _("a value instead of an error"))
    if isinstance(value, timedelta):
        return str(value)
    return value


def _calculated(cell: Any, other: Any) -> Any:
    value = _value(cell) if cell is not None else None
    if value is None and other is not None and other.data_type == "f":
        return Broken(
            show(getattr(other.value, "text", other.value)), _("a value instead of a formula without a result")
        )
    return value


def _damaged() -> Unreadable:
    return Unreadable(
        _("a damaged workbook"),
        _("a workbook that a spreadsheet program opens"),
        _("open it and save it again as XLSX"),
    )


# --- CSV -----------------------------------------------------------------------------------------------------


def _text_table(content: bytes, headings: Mapping[str, str]) -> _Table:
    """A CSV table: UTF-8, or UTF-16 with its mark; the delimiter is the one that finds the most headings."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        decoded = content.decode(encoding)
    except UnicodeDecodeError:
        raise Unreadable(
            _("a file that is neither a workbook nor text in UTF-8"), _("an XLSX, or a CSV in UTF-8"),
            _("save it as XLSX, or as CSV UTF-8"),
        ) from None  # fmt: skip
    head = decoded[:100_000]
    delimiter = max(
        DELIMITERS,
        key=lambda mark: max(
            (_known(row, headings) for row in islice(_lines(head, mark, True), HEADING_ROWS)), default=0
        ),
    )
    return _Table("CSV", _lines(decoded, delimiter, False))


def _lines(decoded: str, delimiter: str, is_trial: bool) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            yield next(reader)[: COLUMNS_MAX + 1]
        except StopIteration:
            return
        except csv.Error as error:
            if is_trial:
                return
            raise Unreadable(
                _("row %(row)d, which is no row of a CSV file (%(why)s)") % {"row": number, "why": error},
                _("cells in quotes that end in quotes"), _("save it as XLSX"),
            ) from None  # fmt: skip
