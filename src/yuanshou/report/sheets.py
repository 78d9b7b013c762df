"""Tables into a workbook, quickly: openpyxl writes the book, its styles and the first rows; the rest follows as text.

A world plan fills more than a million cells, which openpyxl needs 17 s to write and this module 2 s. Two things must
not be confused: *text* that begins like a formula stays text (an inline string is never computed, and the cell is
marked so that editing it does not turn it into one), and a *number* is written with every digit it has.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
DAY = "yyyy-mm-dd"

# What openpyxl hands out for writing row by row; its type stubs do not describe it.
Sheet: TypeAlias = Any
Cell: TypeAlias = Any

_HEAD = Font(bold=True, color="FFFFFF")
_HEAD_FILL = PatternFill("solid", fgColor="0A5A8A")
_HEAD_LINE = Border(bottom=Side(style="thin", color="16232F"))
_EPOCH = pd.Timestamp("1899-12-30")


def text_cell(sheet: Sheet, value: str) -> Cell:
    """Text that stays text, whatever it begins with; control characters that XML forbids are dropped."""
    clean = ILLEGAL_CHARACTERS_RE.sub("", value)
    cell = WriteOnlyCell(sheet, clean)
    if clean.startswith(FORMULA_STARTS):
        cell.data_type = "s"
        cell.quotePrefix = True
    return cell


def add_table(
    book: Workbook, name: str, frame: pd.DataFrame, *, number_formats: Mapping[str, str], frozen_columns: int = 0,
    widths: Mapping[str, int] | None = None,
) -> None:  # fmt: skip
    """A sheet with a frozen, filtered header and the first row of the table; `save` adds the rest.

    Parameters
    ----------
    number_formats : column → format of its numbers. widths : column → width in characters, where the guess is wrong.
    """
    sheet: Sheet = book.create_sheet(name)
    columns = [str(c) for c in frame.columns]
    sheet.freeze_panes = f"{get_column_letter(frozen_columns + 1)}2"
    for i, column in enumerate(columns):
        width = (widths or {}).get(column) or _width(column, frame.iloc[:200, i])
        sheet.column_dimensions[get_column_letter(i + 1)].width = width
    if columns:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(frame) + 1}"
        sheet.append([_head(sheet, c) for c in columns])
    if frame.empty:
        sheet.append([text_cell(sheet, "none")])
    else:
        sheet.append([_first_cell(sheet, frame.iloc[:, i], number_formats.get(c)) for i, c in enumerate(columns)])


def save(book: Workbook, path: Path, tables: Mapping[str, pd.DataFrame], *, day: date) -> None:
    """Write the workbook with all rows of its tables; `day` stands in the file in place of the clock."""
    skeleton = io.BytesIO()
    book.save(skeleton)
    parts = {f"xl/worksheets/sheet{book.sheetnames.index(name) + 1}.xml": frame for name, frame in tables.items()}
    stamp = (day.year, day.month, day.day, 0, 0, 0)
    with (
        zipfile.ZipFile(skeleton) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            frame = parts.get(name)
            if frame is not None and len(frame) > 1:
                content = _with_rows(content.decode(), frame).encode()
            if name == "docProps/core.xml":  # the library writes the clock of saving here
                content = re.sub(rb">\d{4}-\d\d-\d\dT[\d:]+Z<", f">{day.isoformat()}T00:00:00Z<".encode(), content)
            target.writestr(zipfile.ZipInfo(name, stamp), content, zipfile.ZIP_DEFLATED)


def _with_rows(sheet: str, frame: pd.DataFrame) -> str:
    """The sheet's XML with rows 3 onward, each cell in the style of its column's first cell."""
    styles = {m[1]: f' s="{m[2]}"' for m in re.finditer(r'<c r="([A-Z]+)2"[^>]*? s="(\d+)"', sheet)}
    letters = [get_column_letter(i + 1) for i in range(frame.shape[1])]
    columns = [_cells(frame.iloc[1:, i], letter, styles.get(letter, "")) for i, letter in enumerate(letters)]
    rows = (f'<row r="{n}">{"".join(cells)}</row>' for n, cells in enumerate(zip(*columns, strict=True), start=3))
    head, tail = sheet.split("</sheetData>")
    return f"{head}{''.join(rows)}</sheetData>{tail}"


def _cells(column: pd.Series, letter: str, style: str) -> list[str]:
    """XML of one column's cells from row 3 on; missing and infinite values are empty cells."""
    values: list[Any]
    if pd.api.types.is_datetime64_any_dtype(column):
        values = ((column - _EPOCH).dt.total_seconds() / 86400).tolist()
    elif pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        texts: dict[str, str] = {}  # the same few names fill most columns of text
        contents = [
            texts.setdefault(v, texts.get(v) or _content(v)) if isinstance(v, str) else _content(_plain(v))
            for v in column.astype(object).tolist()
        ]
        return [f'<c r="{letter}{n}"{style}{content}' for n, content in enumerate(contents, start=3)]
    else:
        values = column.to_numpy(dtype=float, na_value=np.nan).tolist()
    return [
        f'<c r="{letter}{n}"{style}><v>{_digits(v)}</v></c>' if abs(v) < np.inf else f'<c r="{letter}{n}"{style}/>'
        for n, v in enumerate(values, start=3)
    ]


def _digits(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _plain(value: Any) -> Any:
    """A value of a mixed column as None, bool, number or text: what can be a key and be written."""
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, float, np.number)):
        return float(value)
    return str(value)


def _content(value: Any) -> str:
    """The rest of a cell's element after its address and style."""
    if value is None:
        return "/>"
    if isinstance(value, bool):
        return f' t="b"><v>{int(value)}</v></c>'
    if isinstance(value, float):
        return f"><v>{_digits(value)}</v></c>"
    text = escape(ILLEGAL_CHARACTERS_RE.sub("", value))
    return f' t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _first_cell(sheet: Sheet, column: pd.Series, number_format: str | None) -> Cell:
    """The first value of a column in the style of the whole column."""
    value = column.iloc[0]
    if pd.api.types.is_datetime64_any_dtype(column):
        cell = WriteOnlyCell(sheet, None if value is pd.NaT else value.to_pydatetime())
        cell.number_format = DAY
        return cell
    value = _plain(value)
    cell = text_cell(sheet, value) if isinstance(value, str) else WriteOnlyCell(sheet, value)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        cell.number_format = number_format or "General"
    elif any(isinstance(v, str) and v.startswith(FORMULA_STARTS) for v in column):
        cell.quotePrefix = True
    return cell


def _head(sheet: Sheet, text: str) -> Cell:
    cell = text_cell(sheet, text)
    cell.font, cell.fill, cell.border = _HEAD, _HEAD_FILL, _HEAD_LINE
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    return cell


def _width(column: str, sample: pd.Series) -> int:
    """Characters a column needs, judged by its first rows; a format shows long numbers shorter than they are."""
    if pd.api.types.is_datetime64_any_dtype(sample):
        return 13
    longest = max((min(len(str(v)), 14) if isinstance(v, float) else len(str(v)) for v in sample), default=0)
    return int(min(max(longest + 2, min(len(column), 18) + 2, 9), 80))
