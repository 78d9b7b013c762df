"""A donor's 400 lines by spreadsheet: template, wrong cells, corrected workbook, confirmation, vetting, stock.

Walked on a wide screen in French, and on a phone in Arabic with scripts switched off; buttons are pressed by keyboard.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import press, wait_for
from openpyxl import Workbook, load_workbook
from walking import Walk

LINES = 400
COLUMNS = ("donor", "item", "count", "pack", "lot", "expires_on", "specification", "label", "kg", "place", "earmark",
           "from", "conditions", "source")  # fmt: skip
WRONG = {7: ("count", "viel"), 120: ("expires_on", "31.31.2031"), 399: ("item", "no such thing")}
"""Row of the sheet → column and what somebody typed there by mistake."""
WAYS = {"wide, French": (1366, "fr", True), "phone, Arabic, no scripts": (390, "ar", False)}


@pytest.fixture(params=list(WAYS))
def walk(request: pytest.FixtureRequest, browser: Any, server: str) -> Iterator[Walk]:
    width, language, scripts = WAYS[request.param]
    made = Walk(browser, server, width, language, scripts)
    yield made
    made._switch(True)


def opened(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def place_of(column: str) -> int:
    return COLUMNS.index(column) + 1


def filled(template: bytes, mark: str) -> Workbook:
    """The template with 400 lots under its own headings; the item is chosen from the template's own list."""
    book = opened(template)
    sheet = book.worksheets[0]
    assert sheet.max_column == len(COLUMNS)
    words = next(row[0].value for row in book.worksheets[1].iter_rows(max_col=2) if row[1].value == "surgical_mask")
    values = {"item": words, "expires_on": "2031-06-30", "specification": "EN 14683 Type IIR", "label": "en",
              "kg": 12, "place": "CHN", "source": mark}  # fmt: skip
    for row in range(2, LINES + 2):
        for column, value in (values | {"count": 1000 + row, "lot": f"{mark}-{row:03d}"}).items():
            sheet.cell(row, place_of(column), value)
    for row, (column, value) in WRONG.items():
        sheet.cell(row, place_of(column), value)
    return book


def send(walk: Walk, book: Workbook, path: Path) -> None:
    """Upload the workbook and wait until it was read."""
    book.save(path)
    walk.open("/spreadsheets/send/offers")
    walk.browser.driver.find_element("name", "file").send_keys(str(path))
    press(walk.browser, "main form button.main")
    settled(walk, "section.errors, form.sheet")


def settled(walk: Walk, selector: str) -> None:
    wait_for(walk.browser, lambda: walk.browser.driver.find_elements("css selector", selector), seconds=90)


def vetted_lots(walk: Walk, mark: str) -> int:
    """How many rows of vetted stock the logistician sees of one of the lots."""
    walk.as_("lina")
    walk.open(f"/ledger/?state=vetted&lot={mark}-002")
    return len(walk.browser.driver.find_elements("css selector", "main table tbody tr:has(td a)"))


def test_400_lines_go_from_the_template_to_stock_that_is_free_for_a_plan(walk: Walk, tmp_path: Path) -> None:
    mark = f"D{walk.width}"
    walk.as_("chen")
    walk.open("/spreadsheets/")
    template = walk.download("main a[href='/spreadsheets/template/offers/xlsx']")
    assert opened(template).worksheets[0].sheet_view.rightToLeft is (walk.language == "ar")
    send(walk, filled(template, mark), tmp_path / "offers.xlsx")

    assert walk.browser.driver.find_elements("css selector", "section.errors")
    told = walk.text
    assert all(value in told for _column, value in WRONG.values())
    marked = opened(walk.download("main a[href$='/errors.xlsx']"))
    sheet = marked.worksheets[0]
    found = {(cell.row, cell.column): cell.value for row in sheet.iter_rows() for cell in row
             if cell.fill.fgColor.rgb == "FFF8C9C4"}  # fmt: skip
    assert sorted(row for row, _column in found) == sorted(WRONG)
    assert sorted(map(str, found.values())) == sorted(value for _column, value in WRONG.values())
    right = {value: sheet.cell(2, column).value for (_row, column), value in found.items()}
    for (row, column), value in found.items():
        assert sheet.cell(row, column).comment.text
        sheet.cell(row, column, right[value])
    send(walk, marked, tmp_path / "corrected.xlsx")

    preview = walk.path
    walk.open("/requests/offers?sort=-number")
    before = walk.text
    walk.open(preview)
    assert "400" in walk.browser.driver.find_element("css selector", "main form.sheet button.main").text
    walk.tick_all()
    press(walk.browser, "main form.sheet button.main")
    settled(walk, ".notice.success")
    assert "400" in walk.browser.driver.find_element("css selector", ".notice.success").text
    press(walk.browser, "main ul.chips a[href*='O-']")
    offer = walk.path
    assert offer.startswith("/requests/offers/o/O-"), walk.text
    assert offer.rsplit("/", 1)[1] not in before

    assert vetted_lots(walk, mark) == 0
    walk.open(offer)
    press(walk.browser, "main a[href$='/vet'].main")
    press(walk.browser, "main form button.main")
    assert walk.path == offer, walk.text
    assert not walk.browser.driver.find_elements("css selector", "main a[href*='/lines/']")
    assert vetted_lots(walk, mark) == 1
