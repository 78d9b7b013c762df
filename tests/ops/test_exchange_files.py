"""One cell and one file: what is read, what is told instead, in any of six languages, and the wrong cells marked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sheets
from django.utils import translation
from fuzzed_sheets import edited

from yuanshou_ops.exchange import cells, workbooks
from yuanshou_ops.exchange.cells import Broken, WrongCell
from yuanshou_ops.exchange.checking import check, read
from yuanshou_ops.exchange.kinds import KINDS
from yuanshou_ops.exchange.reading import COLUMNS_MAX, ROWS_MAX, Unreadable

LANGUAGES = ("en", "fr", "es", "ru", "zh-hans", "ar")


def the_problem(row: Any) -> dict[str, Any]:
    (problem,) = row.preview["problems"]
    found: dict[str, Any] = problem
    return found


# --- one cell ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [(12, 12), (12.0, 12), ("12", 12), (" 1 200 ", 1200), ("1\u00a0200\u202f300", 1200300), ("٦٠٠", 600), (None, None),
     ("–", None), ("", None)],
)  # fmt: skip
def test_whole_numbers_are_read_as_people_write_them(value: Any, expected: int | None) -> None:
    assert cells.whole(value) == expected


@pytest.mark.parametrize(
    "value",
    [0, -1, 1.5, "1,200", "1.200", "1e3", "12 boxes", True, float("nan"), float("inf"), 10**13, "9" * 40, "12 3",
     date(2021, 3, 5), Broken("#REF!", "a value")],
)  # fmt: skip
def test_what_is_no_whole_number_is_told_and_never_guessed(value: Any) -> None:
    with pytest.raises(WrongCell):
        cells.whole(value)


@pytest.mark.parametrize(
    "value", ["2021-03-05", "2021/3/5", "2021.03.05", "2021年3月5日", "２０２１-03-05", date(2021, 3, 5)]
)
def test_days_with_the_year_first_are_read(value: Any) -> None:
    assert cells.day(value) == date(2021, 3, 5)


@pytest.mark.parametrize(
    "value", ["05/03/2021", "5.3.21", "March 2021", "2021-02-30", 44270, 44270.5, True, date(1903, 1, 1)]
)
def test_other_days_are_told(value: Any) -> None:
    with pytest.raises(WrongCell):
        cells.day(value)


@pytest.mark.parametrize("value", ["=1+1", "=cmd|' /C calc'!A0", "+41", "-x", "@SUM(A1)", "a\x00b", date(2021, 3, 5), True,
                                   1e300, "x" * 301, Broken("#N/A", "a value")])  # fmt: skip
def test_texts_that_a_spreadsheet_would_run_or_has_changed_are_told(value: Any) -> None:
    with pytest.raises(WrongCell):
        cells.text(value)


@pytest.mark.parametrize(
    ("value", "expected"), [(" a\n b ", "a b"), (123.0, "123"), (1.5, "1.5"), ("'=1", "=1"), ("-", "")]
)
def test_texts_are_one_line_and_our_own_quoting_is_undone(value: Any, expected: str) -> None:
    assert cells.text(value) == expected


# --- one file ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_template_of_any_language_comes_back_whatever_the_page_speaks(
    language: str, kind: str, world: Any, db: Any
) -> None:
    with translation.override(language):
        book = sheets.opened(workbooks.template_xlsx(KINDS[kind], world.logistician))
        comma = workbooks.template_csv(KINDS[kind]).decode("utf-8-sig").split("\r\n")[0]
    sheet = book.worksheets[0]
    assert sheet.sheet_view.rightToLeft is (language == "ar")
    assert len(book.worksheets) == 3
    assert all(cell.comment and cell.comment.text for cell in sheet[1])
    sheet.append(["x"] * sheet.max_column)
    columns = read(sheets.saved(book), kind).columns
    assert list(columns) == [column.name for column in KINDS[kind].columns]
    assert list(read(f"{comma}\r\n{'x,' * 20}".encode(), kind).columns) == list(columns)


def test_every_heading_means_one_column_in_every_language() -> None:
    for kind in KINDS.values():
        for language in LANGUAGES:
            with translation.override(language):
                headings = [str(column.heading) for column in kind.columns]
                assert len({cells.key_of(words) for words in headings}) == len(headings), (kind.name, language)
                assert language == "en" or not {str(c.heading) for c in kind.columns} & {"Quantity", "Expires on"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_of_any_delimiter_is_read(delimiter: str, encoding: str, send_sheet: Any) -> None:
    content = sheets.text(sheets.OFFER, sheets.offer(Source="a, b; c"), delimiter=delimiter, encoding=encoding)
    row = send_sheet(content, name="f.csv")
    assert (row.status, row.preview["units"]) == ("ready", 600), row.preview


def unreadable(content: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(content, "offers")
    return caught.value


def test_files_that_must_not_be_opened_are_refused_in_words(db: Any) -> None:
    good = sheets.book(sheets.OFFER, sheets.offer())
    sheet = "xl/worksheets/sheet1.xml"
    assert "macros" in unreadable(edited(good, "xl/vbaProject.bin", lambda raw: b"x")).found
    assert "entities" in unreadable(edited(good, sheet, lambda raw: b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + raw)).found
    assert "150 MB" in unreadable(edited(good, "xl/media/a.xml", lambda raw: bytes(151_000_000))).found
    assert "150 MB" in unreadable(edited(good, "xl/a", lambda raw: bytes(151_000_000))).found
    assert "password" in unreadable(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)).found
    assert "damaged" in unreadable(good[:-40]).found
    assert "not an Excel workbook" in unreadable(edited(good, "xl/workbook.xml", lambda raw: None)).found
    assert "UTF-8" in unreadable("Item,Quantity\ncafé".encode("latin-1")).found
    assert "empty" in unreadable(b"").found
    assert "no row of headings" in unreadable(b"a,b\n1,2\n").found
    assert "headings without rows" in unreadable(sheets.book(sheets.OFFER)).found


def test_limits_of_rows_and_columns_are_stated(db: Any) -> None:
    rows = "\n".join([",".join(sheets.OFFER), *(["gloves,1,,L,,,CHN,s"] * (ROWS_MAX + 1))])
    assert f"{ROWS_MAX:,}" in unreadable(rows.encode()).found
    wide = [*sheets.OFFER, *(f"c{n}" for n in range(COLUMNS_MAX))]
    assert str(COLUMNS_MAX) in unreadable(sheets.book(wide, sheets.offer())).found


def test_a_heading_twice_a_missing_one_and_two_sheets_are_told(db: Any) -> None:
    assert "twice" in unreadable(sheets.book([*sheets.OFFER, "Quantité"], sheets.offer())).found
    assert "Where the goods are" in unreadable(sheets.book(sheets.OFFER[:-2], sheets.offer()[:-2])).found
    book = sheets.opened(sheets.book(sheets.OFFER, sheets.offer()))
    more = book.create_sheet("More")
    more.append(list(sheets.OFFER))
    more.append(sheets.offer())
    assert "Sheet, More" in unreadable(sheets.saved(book)).found


def test_headings_may_stand_below_a_title_and_unknown_ones_are_named(send_sheet: Any) -> None:
    book = sheets.opened(sheets.book((), ["Our gifts"], [None], [*sheets.OFFER, "Colour"], [*sheets.offer(), "blue"]))
    row = send_sheet(sheets.saved(book))
    assert (row.status, row.preview["unread"], row.preview["lines"][0]["row"]) == ("ready", ["Colour"], 5)


def test_errors_formulas_and_merged_cells_are_told_cell_by_cell(send_sheet: Any) -> None:
    book = sheets.opened(
        sheets.book(sheets.OFFER, *(sheets.offer(Lot_number=f"L{n}") for n in range(4)))
    )  # fmt: skip
    sheet = book.active
    sheet["B2"] = "#REF!"
    sheet["B3"] = "=6*2"
    sheet.merge_cells("D4:D5")
    found = send_sheet(sheets.saved(book))
    assert [(p["row"], p["column"], p["found"]) for p in found.preview["problems"]] == [
        (2, "count", "#REF!"), (3, "count", "=6*2"), (4, "lot", "D4:D5"), (5, "lot", "D4:D5"),
    ]  # fmt: skip


def test_a_formula_with_a_stored_result_counts_as_its_result(send_sheet: Any) -> None:
    content = sheets.book(sheets.OFFER, sheets.offer(Quantity=12))
    stored = edited(
        content, "xl/worksheets/sheet1.xml",
        lambda raw: raw.replace(b'<c r="B2" t="n"><v>12</v>', b'<c r="B2"><f>6*2</f><v>12</v>'),
    )  # fmt: skip
    assert stored != content
    assert send_sheet(stored).preview["units"] == 600


def test_a_row_far_above_what_one_offer_can_be_is_refused(send_sheet: Any) -> None:
    row = send_sheet(sheets.book(sheets.OFFER, sheets.offer(Quantity=5_000_001, Pack=None)))
    assert "at most 5,000,000" in the_problem(row)["expected"]
    assert send_sheet(sheets.book(sheets.OFFER, sheets.offer(Quantity=5_000_000, Pack=None))).status == "ready"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_headings_help_and_lists_of_every_template_are_translated(language: str, world: Any) -> None:
    for kind in KINDS.values():
        for column in kind.columns:
            with translation.override("en"):
                english = str(column.heading), str(column.help)
            with translation.override(language):
                there = str(column.heading), str(column.help)
            same = {"fr": {"Conditions", "Source", "Note"}}.get(language, set())
            assert there[0] != english[0] or english[0] in same, (kind.name, column.name)
            assert there[1] != english[1], (kind.name, column.name)


# --- the error workbook --------------------------------------------------------------------------------------


def test_the_error_workbook_marks_the_cell_and_comes_back_corrected(world: Any, send_sheet: Any) -> None:
    wrong = sheets.offer(Quantity="a dozen", Specification="=HYPERLINK(1)")
    content = sheets.book(sheets.OFFER, sheets.offer(Lot_number="007"), wrong)
    row = send_sheet(content)
    sheet, checked = check(content, "offers", world.chen)
    body = workbooks.error_workbook(KINDS["offers"], sheet, checked.problems)
    book = sheets.opened(body)
    page = book.active
    assert (page["B3"].value, page["B3"].fill.fgColor.rgb) == ("a dozen", "FFF8C9C4")
    assert "a whole number" in page["B3"].comment.text
    assert "a dozen" in page.cell(3, len(sheets.OFFER) + 1).value
    assert (page["F3"].value, page["F3"].data_type) == ("=HYPERLINK(1)", "s")
    assert page["B2"].comment is None
    assert (page["D2"].value, page["E2"].value) == ("007", "2023-06-30")
    unchanged = send_sheet(body)
    assert [p["column"] for p in unchanged.preview["problems"]] == [p["column"] for p in row.preview["problems"]]
    page["B3"], page["F3"] = 12, "EN 14683"
    corrected = send_sheet(sheets.saved(book))
    assert (corrected.status, corrected.preview["unread"]) == ("ready", [])
