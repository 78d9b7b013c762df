"""The workbooks we write: the template in the language of the page, and the error workbook with its wrong cells marked."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Any

from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from yuanshou_ops.exchange.cells import CONTROL, Broken, is_empty
from yuanshou_ops.exchange.columns import PACK_NAMES, PRIORITY_NAMES, PROBLEM, Column
from yuanshou_ops.exchange.kinds.base import Kind, Problem
from yuanshou_ops.exchange.reading import ROWS_MAX, Sheet
from yuanshou_ops.ledger.models import Item, Pack
from yuanshou_ops.pages import plain
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.requests.models import Consignee

BOLD, WRAP = Font(bold=True), Alignment(wrap_text=True, vertical="top")
HEADING, WRONG = PatternFill("solid", fgColor="FFDDE7F0"), PatternFill("solid", fgColor="FFF8C9C4")
SHAPES = {"date": "yyyy-mm-dd", "number": "General"}
"""The format of a column; every other one is text, so that no lot number turns into a date."""
COMMENT_WIDTH, COMMENT_HEIGHT = 320, 110


def template_csv(kind: Kind) -> bytes:
    """The headings alone, in UTF-8 with its mark, as spreadsheet programs expect it."""
    text = io.StringIO()
    csv.writer(text).writerow([heading(column) for column in kind.columns])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def heading(column: Column) -> str:
    return f"{column.heading} *" if column.is_required else str(column.heading)


def template_xlsx(kind: Kind, by: Any) -> bytes:
    """The sheet to fill in, a sheet of help, and the lists that its cells choose from."""
    book = Workbook()
    sheet = book.active
    sheet.title = _sheet_name(str(kind.title))
    lists = _lists(by)
    _write_headings(sheet, kind.columns)
    for place, column in enumerate(kind.columns, start=1):
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].number_format = SHAPES.get(column.shape, "@")
        if column.shape in lists:
            _choose_from(sheet, letter, lists, column.shape, _("Lists"))
    _write_help(book.create_sheet(_sheet_name(_("Help"))), kind)
    _write_lists(book.create_sheet(_sheet_name(_("Lists"))), lists)
    for each in book.worksheets:
        each.sheet_view.rightToLeft = get_language_bidi()
    return _bytes(book)


def _sheet_name(words: str) -> str:
    return "".join(c for c in words if c not in "[]:*?/\\'")[:31]


def _write_headings(sheet: Any, columns: Sequence[Column]) -> None:
    for place, column in enumerate(columns, start=1):
        cell = sheet.cell(1, place, heading(column))
        cell.font, cell.fill, cell.alignment = BOLD, HEADING, WRAP
        cell.comment = _comment(str(column.help))
        sheet.column_dimensions[get_column_letter(place)].width = max(14, min(30, len(heading(column)) + 4))
    sheet.freeze_panes = "A2"


def _comment(words: str) -> Comment:
    return Comment(words, "Yuanshou", height=COMMENT_HEIGHT, width=COMMENT_WIDTH)


def _lists(by: Any) -> dict[str, tuple[str, list[str]]]:
    """Shape of a column → heading and values of its list."""
    organisations = Organisation.objects.filter(is_active=True)
    consignees = Consignee.objects.filter(is_active=True, organisation__in=by.organisation_ids)
    return {
        "item": (_("Item"), [str(item) for item in Item.objects.all()]),
        "pack": (_("Pack"), [str(words) for words in PACK_NAMES.values()]),
        "priority": (_("Priority"), [str(words) for words in PRIORITY_NAMES.values()]),
        "place": (_("Place"), sorted(place.name for place in Place.objects.all())),
        "organisation": (_("Organisation"), [str(plain(row.name)) for row in organisations]),
        "consignee": (_("Consignee"), [str(plain(row.name)) for row in consignees]),
    }


def _choose_from(sheet: Any, letter: str, lists: dict[str, tuple[str, list[str]]], shape: str, name: str) -> None:
    place = get_column_letter(list(lists).index(shape) + 1)
    last = len(lists[shape][1]) + 1
    if last < 2:
        return
    rule = DataValidation(
        type="list", formula1=f"'{_sheet_name(name)}'!${place}$2:${place}${last}", allow_blank=True,
        showErrorMessage=False,
    )  # fmt: skip
    sheet.add_data_validation(rule)
    rule.add(f"{letter}2:{letter}{ROWS_MAX + 1}")


def _write_lists(sheet: Any, lists: dict[str, tuple[str, list[str]]]) -> None:
    for place, (words, values) in enumerate(lists.values(), start=1):
        sheet.cell(1, place, words).font = BOLD
        for row, value in enumerate(values, start=2):
            sheet.cell(row, place, value)
        sheet.column_dimensions[get_column_letter(place)].width = 32
    sheet.freeze_panes = "A2"


def _write_help(sheet: Any, kind: Kind) -> None:
    packs: dict[str, list[str]] = {}
    for pack in Pack.objects.order_by("item_id", "base_units"):
        packs.setdefault(pack.item_id, []).append(f"{PACK_NAMES.get(pack.name, pack.name)} = {pack.base_units}")
    rows: list[Sequence[Any]] = [
        (_("Column"), _("Meaning"), _("Example")),
        *((heading(column), str(column.help), column.example) for column in kind.columns),
        (),
        (_("Columns marked with * must be filled in. Write below the headings; keep the headings."),),
        (_("Days are written with the year first: 2021-03-05. Quantities are whole numbers."),),
        (),
        (_("Item"), _("Code"), _("Base unit"), _("Packs")),
        *((str(item), item.pk, item.unit_words, ", ".join(packs.get(item.pk, []))) for item in Item.objects.all()),
    ]
    for row, values in enumerate(rows, start=1):
        for place, value in enumerate(values, start=1):
            cell = sheet.cell(row, place, plain(value))
            cell.alignment = WRAP
            if row in (1, len(kind.columns) + 6):
                cell.font = BOLD
    for letter, width in zip("ABCD", (32, 60, 22, 32), strict=True):
        sheet.column_dimensions[letter].width = width


def error_workbook(kind: Kind, sheet: Sheet, problems: Iterable[Problem]) -> bytes:
    """The rows as they were read, each in its own place, wrong cells marked with a comment and told in a last column.

    Only values are written, never a formula. The workbook can be corrected and sent again as it is.
    """
    by_row: dict[int, list[Problem]] = {}
    for problem in problems:
        by_row.setdefault(problem.row, []).append(problem)
    columns = {column.name: column for column in kind.columns}
    order = sorted(sheet.columns, key=lambda name: sheet.columns[name])
    book = Workbook()
    page = book.active
    page.title = _sheet_name(str(kind.title))
    _write_headings(page, [columns[name] for name in order])
    page.cell(1, len(order) + 1, str(PROBLEM)).font = BOLD
    page.column_dimensions[get_column_letter(len(order) + 1)].width = 70
    page.column_dimensions[get_column_letter(len(order) + 1)].number_format = "@"
    for row in sheet.rows:
        at = row.number - sheet.heading_row + 1
        for place, name in enumerate(order, start=1):
            _write_value(page.cell(at, place), row.cells[name], columns[name].shape)
        found = by_row.get(row.number, [])
        for problem in found:
            place = order.index(problem.column) + 1 if problem.column in order else len(order) + 1
            cell = page.cell(at, place)
            cell.fill, cell.comment = WRONG, _comment(problem.words())
        if found:
            words = " ".join(f"{columns[p.column].heading if p.column in columns else ''}: {p.words()}" for p in found)
            cell = page.cell(at, len(order) + 1, plain(words))
            cell.alignment = WRAP
    page.sheet_view.rightToLeft = get_language_bidi()
    return _bytes(book)


def _write_value(cell: Any, value: Any, shape: str) -> None:
    """The value as it was found; a text stays a text, also one that begins like a formula."""
    if is_empty(value):
        return
    is_plain_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if isinstance(value, date | time) or is_plain_number:
        cell.value = value
        cell.number_format = SHAPES.get(shape, "@") if isinstance(value, date) else "General"
        return
    cell.value = CONTROL.sub("�", value.shown if isinstance(value, Broken) else str(value))
    cell.data_type, cell.quotePrefix, cell.number_format = "s", True, "@"


def _bytes(book: Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
