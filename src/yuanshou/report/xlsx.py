"""The plan as a workbook for people who sort, filter and recompute: one table a sheet, units in headers.

Names of donors and places come from outside; `sheets` sees to it that what a stranger typed never runs in the reader's
spreadsheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from yuanshou import __version__
from yuanshou.formats import share, usd
from yuanshou.report import words
from yuanshou.report.digest import Digest, row_dicts
from yuanshou.report.sections import key_figures
from yuanshou.report.sheets import Sheet, add_table, save, text_cell
from yuanshou.tables import notes_frame

WHOLE, SHORT, RATE, SHARE = "#,##0", "#,##0.00", "0.000", "0%"
_NAMING = ("place", "place name", "recipient name", "recipient", "Figure")
_WIDTHS = {"Figure": 46, "Value": 22, "How to read it": 90, "sentence": 90, "message": 90, "source of the figure": 50}


def write_workbook(digest: Digest, path: Path) -> None:
    """Write plan.xlsx: Read me, Summary, then one sheet a table."""
    book = Workbook(write_only=True)
    book.properties.title = words.title(digest)
    book.properties.creator = f"Yuanshou {__version__}"
    # The file carries the plan's own day, not the clock's, so that the same plan gives the same workbook.
    book.properties.created = book.properties.modified = datetime.combine(digest.plan.as_of, datetime.min.time())
    _read_me(book, digest)
    tables = {"Summary": _summary(digest), **_tables(digest)}
    for name, frame in tables.items():
        add_table(
            book, name, frame, widths=_WIDTHS,
            frozen_columns=sum(str(c) in _NAMING for c in frame.columns[:2]),
            number_formats={str(c): _number_format(str(c), frame.iloc[:, i]) for i, c in enumerate(frame.columns)},
        )  # fmt: skip
    save(book, path, tables, day=digest.plan.as_of)


def _tables(digest: Digest) -> dict[str, pd.DataFrame]:
    plan = digest.plan
    return {
        "Dispatches": _dispatches(digest),
        "Coverage": _coverage(digest),
        "Unmet need": _unmet(digest),
        "Supply": _supply(digest),
        "Prices": _prices(digest),
        "Explanations": _explanations(digest),
        "Rules compared": plan.comparisons,
        "Situation": _situation(digest),
        "Assumptions": plan.assumptions,
        "Data-quality notes": notes_frame(plan.notes),
        "Sum checks": digest.checks.rename(columns={"left_side": "left side", "right_side": "right side"}),
    }


def _read_me(book: Workbook, digest: Digest) -> None:
    """What this is, what it is not, and what stands on which sheet."""
    sheet: Sheet = book.create_sheet("Read me")
    sheet.column_dimensions["A"].width = 28
    sheet.column_dimensions["B"].width = 110
    plan = digest.plan
    lines: list[tuple[str, str]] = [
        (words.title(digest), ""),
        ("Horizon", words.horizon(digest)),
        ("Rule", words.policy_words(digest)),
        ("How good it is", words.optimality(digest)),
        ("Checks", words.verdict(digest)[1]),
        ("Fingerprint", plan.fingerprint),
        ("Made by", f"Yuanshou {__version__}; the same inputs and settings give the same fingerprint"),
        *(("In short" if i == 0 else "", line) for i, line in enumerate(words.in_short(digest))),
        *(("What this is not" if i == 0 else "", line) for i, line in enumerate(words.WHAT_THIS_IS_NOT)),
        *((name, text) for name, text in SHEETS.items()),
        ("Coverage", "need met ÷ need over the horizon; of a place: mean over the items somebody offers, each counting "
                     "the same"),
        ("US$", "goods at catalogue prices; freight at the lane's rate"),
    ]  # fmt: skip
    for row, (name, text) in enumerate(lines):
        first, second = text_cell(sheet, name), text_cell(sheet, text)
        first.font = Font(bold=True, size=16 if row == 0 else 11)
        second.alignment = Alignment(wrap_text=True, vertical="top")
        first.alignment = Alignment(vertical="top")
        sheet.append([first, second])


SHEETS = {
    "Sheet “Summary”": "the figures of the page's first screen",
    "Sheet “Dispatches”": "one row an offer, lane, item and week: what leaves where and when, for whom",
    "Sheet “Coverage”": "one row a place and item over the whole horizon",
    "Sheet “Unmet need”": "the same by week: base units not met",
    "Sheet “Supply”": "one row an offer: who gave it, what is known of it, how much is used and why the rest stays",
    "Sheet “Prices”": "what one more unit of each scarce thing would add to the objective",
    "Sheet “Explanations”": "why each place gets what it gets of each item",
    "Sheet “Rules compared”": "the fairness frontier and hand rules on the same inputs, or the rules that were asked for",
    "Sheet “Situation”": "cases, growth and reproduction number by place",
    "Sheet “Assumptions”": "every parameter and assumption with range, basis and source",
    "Sheet “Data-quality notes”": "what was odd in the data and what was done about it",
    "Sheet “Sum checks”": "totals reached by two ways, by item",
}


def _summary(digest: Digest) -> pd.DataFrame:
    rows = [[f["what"], f["value"], f["how"]] for f in key_figures(digest)]
    rows += [[f"least covered: {r['name']}", share(r["coverage"]), f"unmet {usd(r['unmet_usd'])}"]
             for r in row_dicts(digest.ranked.head(10))]  # fmt: skip
    rows += [[f"shortage: {r['name']}", words.quantity(r["unmet"], r["unit"]),
              f"{usd(r['unmet_usd'])} unmet of {usd(r['need_usd'])}"]
             for r in row_dicts(digest.shortages.head(10))]  # fmt: skip
    rows += [["uncertainty", "", line] for line in words.uncertainty(digest)]
    return pd.DataFrame(rows, columns=["Figure", "Value", "How to read it"])


def _named(digest: Digest, frame: pd.DataFrame, **columns: str) -> pd.DataFrame:
    """The frame with a name column before each code column: columns = code column → kind (place, item, node)."""
    frame = frame.copy()
    naming = {"place": digest.name, "item": digest.item_name, "node": digest.node_name}
    for column, kind in columns.items():
        codes = frame[column].astype(str)
        names = codes.map({code: naming[kind](code) for code in codes.unique()})
        frame.insert(frame.columns.get_loc(column), f"{column} name", names)  # type: ignore[arg-type]
    return frame


def _dispatches(digest: Digest) -> pd.DataFrame:
    """Names beside the one code that other sheets are joined by; units and prices stand on other sheets."""
    frame = digest.plan.allocation.dispatches
    donors = digest.plan.supply.offers.drop_duplicates("offer").set_index("offer")["donor"]
    named = _named(digest, frame, source="node", recipient="place", item="item")
    named.insert(1, "donor", frame["offer"].map(donors).astype(object))
    return _renamed(
        named.drop(columns=["source", "item"]),
        {"source name": "from", "recipient name": "to", "recipient": "to (code)", "item name": "item",
         "week": "leaves (week ending)", "arrival": "arrives (week ending)", "quantity": "quantity (base units)",
         "kg": "weight (kg)", "m3": "volume (m3)", "usd": "freight (US$)"},
    )  # fmt: skip


def _coverage(digest: Digest) -> pd.DataFrame:
    named = _named(digest, digest.cells, recipient="place", item="item")
    named.insert(named.columns.get_loc("need"), "unit", digest.cells["item"].map(digest.catalogue["unit"]))  # type: ignore[arg-type]
    return _renamed(
        named,
        {"need": "need (base units)", "received": "received (base units)", "served": "met (base units)",
         "unmet": "unmet (base units)", "coverage": "coverage (share)", "need_usd": "need (US$)",
         "served_usd": "met (US$)", "unmet_usd": "unmet (US$)"},
    )  # fmt: skip


def _unmet(digest: Digest) -> pd.DataFrame:
    """Weeks across: base units not met in each week; rows with nothing unmet are left out."""
    coverage = digest.plan.allocation.coverage
    wide = coverage.pivot_table(index=["recipient", "item"], columns="week", values="unmet", aggfunc="sum", sort=True)
    wide = wide[wide.sum(axis=1) > 0]
    wide.columns = pd.Index([f"unmet, week ending {c:%Y-%m-%d} (base units)" for c in wide.columns])
    wide.insert(0, "unmet in all (base units)", wide.sum(axis=1))
    return _named(digest, wide.reset_index(), recipient="place", item="item")


def _supply(digest: Digest) -> pd.DataFrame:
    offers = digest.plan.supply.offers.rename(columns={"quantity": "offered"})
    left = digest.plan.allocation.supply_left[["offer", "sent", "left", "reason"]]
    frame = offers.merge(left, on="offer", how="left")
    named = _named(digest, frame, source="node", item="item")
    return _renamed(named, {"offered": "offered (base units)", "sent": "sent (base units)", "left": "left (base units)",
                            "reason": "why the rest stays", "source_note": "source of the figure"})  # fmt: skip


def _prices(digest: Digest) -> pd.DataFrame:
    """Prices of what is scarce; the price of need in every cell stands among the explanations."""
    prices = digest.plan.allocation.shadow_prices
    named = _named(digest, prices[prices["block"] != "need_balance"], source="node")
    return _renamed(named, {"price": "price (see unit)", "week": "week ending"})


def _explanations(digest: Digest) -> pd.DataFrame:
    if digest.plan.explanations.empty:
        return digest.plan.explanations
    return _named(digest, digest.plan.explanations, recipient="place", item="item")


def _situation(digest: Digest) -> pd.DataFrame:
    table = digest.plan.situation.table.reset_index(names="place")
    units = {c: "per day" for c in table if str(c).startswith("growth_rate")} | {
        c: "days" for c in table if str(c).startswith("doubling_time")
    }
    renamed = {c: f"{str(c).replace('_days', '').replace('_', ' ')} ({u})" for c, u in units.items()}
    return _renamed(_named(digest, table, place="place"), renamed)


def _renamed(frame: pd.DataFrame, names: Mapping[Any, str]) -> pd.DataFrame:
    return frame.rename(columns={**{c: str(c).replace("_", " ") for c in frame.columns}, **names})


def _number_format(column: str, values: pd.Series) -> str:
    """The format a column's unit asks for."""
    if "(share)" in column or column.startswith("coverage"):
        return SHARE
    if "(base units)" in column or "(US$)" in column or column.startswith(("cases ", "deaths ")):
        return WHOLE
    if "(kg)" in column or "(m3)" in column or "(days)" in column or column in ("left side", "right side"):
        return SHORT
    if "(per day)" in column or "reproduction" in column or "per 100k" in column:
        return RATE if "per day" in column else SHORT
    return WHOLE if pd.api.types.is_integer_dtype(values) else "General"
