"""The workbook: sheets people expect, figures that are figures, text that never runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook
from plan_factory import synthetic_plan

from yuanshou.report import Digest, write_workbook
from yuanshou.report.sheets import add_table, save

PLAN = synthetic_plan()
SHEETS = {"Read me", "Summary", "Dispatches", "Coverage", "Unmet need", "Supply", "Prices", "Explanations", "Situation",
          "Assumptions", "Data-quality notes", "Sum checks"}  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("book") / "plan.xlsx"
    write_workbook(Digest.of(PLAN), target)
    return target


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    return load_workbook(path)


def test_every_sheet_is_there(book: Workbook) -> None:
    assert set(book.sheetnames) >= SHEETS
    assert book.sheetnames[0] == "Read me"


def test_headers_are_frozen_and_filtered(book: Workbook) -> None:
    for name in SHEETS - {"Read me"}:
        sheet = book[name]
        assert sheet.freeze_panes.endswith("2"), name
        assert sheet.auto_filter.ref.startswith("A1:"), name


def test_no_cell_is_a_formula_and_what_looks_like_one_is_marked_as_text(book: Workbook) -> None:
    suspicious = [c for sheet in book for row in sheet.iter_rows() for c in row
                  if isinstance(c.value, str) and c.value.startswith(("=", "+", "-", "@"))]  # fmt: skip
    assert any(c.value.startswith("=HYPERLINK") for c in suspicious)
    for cell in suspicious:
        assert cell.data_type == "s", cell.coordinate
        assert cell.quotePrefix, cell.coordinate


def test_dispatches_read_back_as_the_plan_has_them(path: Path) -> None:
    frame = pd.read_excel(path, sheet_name="Dispatches")
    dispatches = PLAN.allocation.dispatches
    assert len(frame) == len(dispatches)
    assert frame["quantity (base units)"].sum() == dispatches["quantity"].sum()
    assert frame["weight (kg)"].sum() == pytest.approx(dispatches["kg"].sum())
    assert list(frame["leaves (week ending)"].dt.date) == list(dispatches["week"].dt.date)


def test_unmet_need_by_week_adds_up(path: Path) -> None:
    frame = pd.read_excel(path, sheet_name="Unmet need")
    assert frame["unmet in all (base units)"].sum() == pytest.approx(PLAN.allocation.coverage["unmet"].sum())


def test_shares_dates_and_quantities_have_their_formats(book: Workbook) -> None:
    sheet = book["Coverage"]
    header = {c.value: c.column for c in sheet[1]}
    assert sheet.cell(2, header["coverage (share)"]).number_format == "0%"
    assert sheet.cell(2, header["need (base units)"]).number_format == "#,##0"
    dispatch = book["Dispatches"]
    header = {c.value: c.column for c in dispatch[1]}
    assert dispatch.cell(2, header["leaves (week ending)"]).number_format == "yyyy-mm-dd"


def test_an_empty_table_says_none(book: Workbook) -> None:
    assert book["Rules compared"]["A1"].value == "none"


def test_control_characters_do_not_stop_the_workbook(tmp_path: Path) -> None:
    plan = synthetic_plan()
    plan.supply.offers["source_note"] = "bad \x0b note"
    write_workbook(Digest.of(plan), tmp_path / "plan.xlsx")
    frame = pd.read_excel(tmp_path / "plan.xlsx", sheet_name="Supply")
    assert frame["source of the figure"].iloc[0] == "bad  note"


def test_the_workbook_carries_the_day_of_the_plan_and_not_the_clock(book: Workbook) -> None:
    assert str(book.properties.created)[:10] == "2020-03-25"


def test_a_column_of_mixed_values_keeps_each_of_them(tmp_path: Path) -> None:
    mixed = pd.DataFrame({"value": ["first", None, 1.0, True, 2, float("nan"), "=1+1", pd.NA, np.int64(3)]})
    book = Workbook(write_only=True)
    add_table(book, "Mixed", mixed, number_formats={})
    save(book, tmp_path / "mixed.xlsx", {"Mixed": mixed}, day=PLAN.as_of)
    values = [row[0].value for row in load_workbook(tmp_path / "mixed.xlsx")["Mixed"].iter_rows(min_row=2)]
    assert values == ["first", None, 1, True, 2, None, "=1+1", None, 3]
    assert [type(v) for v in values][2:4] == [int, bool]


def test_the_same_plan_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    write_workbook(Digest.of(PLAN), tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == path.read_bytes()
