"""Tables as people save them: CSV in any delimiter and encoding, or a sheet of a workbook.

Everything comes back as text, exactly as it was typed. A reader that turned "1.000" into one, or an empty cell
into zero, would have decided something that only the door behind it may decide. The one thing easily confused:
the *row* a message names is the row a person sees in a spreadsheet or editor, the header being row 1 unless lines
stand above it; it is kept in the frame's index.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import openpyxl
import pandas as pd

from yuanshou.errors import InputError

WORKBOOKS = {".xlsx", ".xlsm"}
DELIMITERS = (",", ";", "\t", "|")
# Tried in this order after a byte-order mark; each is strict, so the first that fits the bytes is meant.
ENCODINGS = ("utf-8", "gb18030", "cp1252")


Keep = Callable[[list[str]], Collection[str]]
"""From all the headers of a table to those whose columns are kept."""


def read_table(path: str | Path, *, sheet: str | None = None, keep: Keep | None = None) -> pd.DataFrame:
    """A file's rows as text; the index is each row's number as a person counts.

    Parameters
    ----------
    path : a CSV (comma, semicolon, tab or pipe; UTF-8, UTF-16, GB 18030 or Windows-1252) or an XLSX workbook.
    sheet : the sheet of a workbook; the only sheet with content when it is not given.
    keep : which columns of a delimited file to keep; all when it is not given. A file of a hundred megabytes then
        needs no gigabytes of memory.

    Returns
    -------
    frame of str, empty cells as "", index named "row". `attrs` holds file (its name), sheet, encoding, delimiter.

    Raises
    ------
    InputError for a missing or empty file, an old binary workbook, an unknown encoding, a merged or doubled header,
    or a row with more fields than the header.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"no file at {path}", "a CSV or XLSX file", "check the path", where=path.name)
    content = path.read_bytes()
    if not content.strip():
        raise InputError("an empty file", "a header and rows", "save the table again", where=path.name)
    if content[:4] == b"\xd0\xcf\x11\xe0":
        raise InputError("an old binary workbook (.xls)", "CSV or XLSX", "save it as XLSX or CSV", where=path.name)
    if content[:2] == b"PK" or path.suffix.lower() in WORKBOOKS:
        return _read_workbook(path, sheet)
    return _read_delimited(path.name, content, keep)


def cell_place(frame: pd.DataFrame, row: int, column: str) -> str:
    """Where a cell stands, for a message: `offers.csv, row 7, column quantity`."""
    sheet = frame.attrs.get("sheet")
    return f"{frame.attrs.get('file', 'the table')}{f', sheet {sheet}' if sheet else ''}, row {row}, column {column}"


def _decode(name: str, content: bytes) -> tuple[str, str]:
    """Text and the encoding that fitted; a byte-order mark decides before any trial."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise _bad_encoding(name, f"{encoding} mark, but {error.reason} at byte {error.start}") from None
    if b"\x00" in content[:4096]:
        raise _bad_encoding(name, "zero bytes (a binary file, or UTF-16 without a mark)")
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "gb18030" or _mostly_chinese(text):
            return text, encoding
    raise _bad_encoding(name, "bytes that fit no known encoding")


def _mostly_chinese(text: str) -> bool:
    """Whether the letters beyond ASCII are Chinese: Western accents also decode as rare GB 18030 characters."""
    beyond = [c for c in text if ord(c) > 127]
    chinese = sum("\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef" for c in beyond)
    pairs = sum("\u4e00" <= a <= "\u9fff" and "\u4e00" <= b <= "\u9fff" for a, b in pairwise(text))
    return chinese >= 0.9 * len(beyond) and pairs >= 0.25 * len(beyond)


def _bad_encoding(name: str, found: str) -> InputError:
    return InputError(found, "text in UTF-8", "save the file again as CSV UTF-8", where=name)


def _read_delimited(name: str, content: bytes, keep: Keep | None) -> pd.DataFrame:
    text, encoding = _decode(name, content)
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    line, width, kept = 1, 0, None
    try:
        for fields in reader:
            if keep is not None and not width and any(field.strip() for field in fields):
                width, kept = _kept_columns(name, line, fields, keep)
            if kept is not None:
                _check_width(name, line, fields, width)
                fields = [fields[i] for i in kept if i < len(fields)]
            rows.append((line, fields))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"line {line}: {error}", "delimited text", "save the table again as CSV", where=name) from None
    frame = _frame(name, rows)
    frame.attrs.update(file=name, sheet="", encoding=encoding, delimiter=delimiter)
    return frame


def _kept_columns(name: str, row: int, fields: list[str], keep: Keep) -> tuple[int, list[int] | None]:
    """Width of the header and positions of the columns to keep; None where that is all of them."""
    header = _header(fields)
    _check_header(name, row, header)
    wanted = keep(header)
    positions = [i for i, column in enumerate(header) if column in wanted]
    return len(header), positions if len(positions) < len(header) else None


def _header(fields: list[str]) -> list[str]:
    """Names of the columns, without the blank ones at the end that spreadsheets leave."""
    header = [field.strip() for field in fields]
    while header and not header[-1]:
        header.pop()
    return header


def _delimiter(text: str) -> str:
    """The delimiter that splits the first lines into the most fields, evenly.

    >>> _delimiter("place;cases\\nKEN;1,5\\n")
    ';'
    """
    lines = [line for line in text.splitlines()[:20] if line.strip()]

    def score(delimiter: str) -> tuple[int, int]:
        counts = [len(fields) for fields in csv.reader(lines, delimiter=delimiter)]
        return (sum(c == counts[0] for c in counts) if counts and counts[0] > 1 else 0, counts[0] if counts else 0)

    return max(DELIMITERS, key=score)


def _read_workbook(path: Path, sheet: str | None) -> pd.DataFrame:
    try:
        book = openpyxl.load_workbook(path, data_only=True)
    except Exception as error:  # openpyxl raises a dozen kinds for a damaged archive
        raise InputError(
            f"a workbook that cannot be opened ({error})", "an XLSX file", "save it again", where=path.name
        ) from None
    filled = [
        s.title for s in book.worksheets if any(c is not None for row in s.iter_rows(values_only=True) for c in row)
    ]
    if sheet is None and len(filled) == 1:
        sheet = filled[0]
    if sheet is None or sheet not in book.sheetnames:
        found = f"no sheet {sheet!r}" if sheet else (f"{len(filled)} sheets with content" if filled else "no content")
        names = ", ".join(book.sheetnames)
        raise InputError(
            found, f"one of the sheets {names}" if filled else "a table", "name the sheet to read", where=path.name
        )
    worksheet = book[sheet]
    rows = [(i, [_text(c) for c in row]) for i, row in enumerate(worksheet.iter_rows(values_only=True), start=1)]
    header = next((i for i, fields in rows if any(fields)), 1)
    for merged in worksheet.merged_cells.ranges:
        if merged.min_row <= header <= merged.max_row:
            raise InputError(
                f"merged cells {merged.coord} in the header of sheet {sheet}",
                "one name over each column",
                "unmerge the cells and give every column its own name",
                where=path.name,
            )
    frame = _frame(path.name, rows)
    frame.attrs.update(file=path.name, sheet=sheet, encoding="", delimiter="")
    return frame


def _text(value: object) -> str:
    """A cell as a person would type it: whole numbers without ".0", days in ISO form."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _frame(name: str, rows: list[tuple[int, list[str]]]) -> pd.DataFrame:
    """Header and rows as a frame of text; blank rows go, trailing blank columns go, nothing else does."""
    rows = [(number, [field.strip() for field in fields]) for number, fields in rows]
    rows = [(number, fields) for number, fields in rows if any(fields)]
    if not rows:
        raise InputError("no rows", "a header and rows", "save the table again", where=name)
    header_row, header = rows[0][0], _header(rows[0][1])
    _check_header(name, header_row, header)
    width = len(header)
    body = []
    for number, fields in rows[1:]:
        _check_width(name, number, fields, width)
        body.append([*fields[:width], *[""] * (width - len(fields))])
    index = pd.Index([number for number, _ in rows[1:]], name="row", dtype="int64")
    return pd.DataFrame(body, columns=header, index=index, dtype=str)


def _check_width(name: str, row: int, fields: list[str], width: int) -> None:
    if any(field.strip() for field in fields[width:]):
        raise InputError(
            f"{len(fields)} fields in row {row}",
            f"{width}, as in the header",
            "quote fields that hold the delimiter, or add the missing column name",
            where=name,
        )


def _check_header(name: str, row: int, header: list[str]) -> None:
    blank = [i + 1 for i, column in enumerate(header) if not column]
    if blank:
        raise InputError(
            f"column {blank[0]} of {len(header)} without a name (row {row})",
            "one name over each column",
            "name the column (a merged header leaves such gaps)",
            where=name,
        )
    doubled = sorted({column for column in header if header.count(column) > 1})
    if doubled:
        raise InputError(
            f"column {doubled[0]!r} twice in the header (row {row})",
            "every column once",
            "rename or remove one of them",
            where=name,
        )
