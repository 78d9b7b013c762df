"""Needs as tables a person opens: totals by item, weekly need by place, patients, limits, parameters, notes.

The one thing easily confused: the quantiles of a total are taken over draws of the total; adding up weekly
or national quantiles would overstate the spread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from yuanshou.needs.measures import LEVELS
from yuanshou.needs.quantify import Needs
from yuanshou.tables import FloatArray, notes_frame

SHEET_ROWS_MAX = 25_000
"""Weekly rows beyond this go to the CSV file only: a workbook with more is slow to open."""


def item_totals(needs: Needs, catalogue: pd.DataFrame) -> pd.DataFrame:
    """Need of every item summed over places and weeks: median, q05 … q95, capped_median, usd_median.

    Places whose need (or capped need) is not known are left out of the sum; their notes name them.
    """
    total = _over_places(needs.total())
    frame = pd.DataFrame(_levels(total), columns=list(LEVELS))
    frame.insert(0, "item", list(needs.items))
    known = catalogue.reindex(list(needs.items))
    for position, column in enumerate(("name", "group", "unit"), start=1):
        frame.insert(position, column, known[column].to_numpy())
    if needs.draws_capped is not None:
        frame["capped_median"] = np.median(_over_places(needs.total(capped=True)), axis=-1)
    frame["usd_median"] = frame["median"] * pd.to_numeric(known["unit_price_usd"]).to_numpy()
    return frame


def _over_places(draws: FloatArray) -> FloatArray:
    """Sum over the places whose need is known, (I, N); NaN where no place's is."""
    unknown = np.isnan(draws).all(axis=0)
    total: FloatArray = np.where(unknown, np.nan, np.nansum(draws, axis=0))
    return total


def place_totals(needs: Needs) -> pd.DataFrame:
    """Need by place and item over all weeks, uncapped and capped."""
    index = pd.MultiIndex.from_product([list(needs.places), list(needs.items)], names=["place", "item"])
    frame = pd.DataFrame(_levels(needs.total()).reshape(-1, len(LEVELS)), columns=list(LEVELS), index=index)
    if needs.draws_capped is not None:
        frame["capped_median"] = np.median(needs.total(capped=True), axis=-1).reshape(-1)
    return frame.reset_index()


def _levels(draws: FloatArray) -> FloatArray:
    return np.moveaxis(np.quantile(draws, list(LEVELS.values()), axis=-1), 0, -1)


def needs_json(needs: Needs, catalogue: pd.DataFrame, *, more: Mapping[str, pd.DataFrame] | None = None) -> str:
    """Totals by item, weekly need by place and item, patients, limits, parameters, notes and `more` as JSON text."""
    weekly = needs.to_frame()
    document = {
        "as_of": str(needs.as_of),
        "disease": needs.disease,
        "places": list(needs.places),
        "week_ends": [str(day) for day in needs.week_ends],
        "draws": int(needs.draws.shape[-1]),
        "totals": _records(item_totals(needs, catalogue)),
        "weekly": _records(weekly),
        "patients": _records(needs.patients),
        "limits": _records(needs.caps),
        "oxygen": _records(needs.oxygen),
        "left_out": _records(needs.left_out),
        "parameters": _records(needs.parameters),
        "notes": _records(notes_frame(needs.notes)),
        **{title.lower().replace(" ", "_"): _records(frame) for title, frame in (more or {}).items()},
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False)


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    plain = frame.copy()
    for column in plain.columns:
        if pd.api.types.is_datetime64_any_dtype(plain[column]):
            plain[column] = [None if pd.isna(v) else v.strftime("%Y-%m-%d") for v in plain[column]]
        elif pd.api.types.is_float_dtype(plain[column]):
            numbers = [float(f"{v:.7g}") if np.isfinite(v) else None for v in plain[column]]
            plain[column] = pd.Series(numbers, index=plain.index, dtype=object)
        elif column == "known_from":
            plain[column] = [None if pd.isna(v) else str(v) for v in plain[column]]
    records: list[dict[str, object]] = plain.to_dict("records")  # type: ignore[assignment]
    return records


def write_needs(
    needs: Needs, catalogue: pd.DataFrame, folder: Path, *, more: Mapping[str, pd.DataFrame] | None = None
) -> list[Path]:
    """Write needs.xlsx, needs.csv (weekly), patients.csv and needs.json into `folder`; returns the paths.

    `more` are further sheets of the workbook (bundles, requests, net need …) by title.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weekly = needs.to_frame()
    paths = [folder / name for name in ("needs.xlsx", "needs.csv", "patients.csv", "needs.json")]
    write_workbook(needs, catalogue, weekly, paths[0], more or {})
    weekly.to_csv(paths[1], index=False, float_format="%.6g", date_format="%Y-%m-%d")
    needs.patients.to_csv(paths[2], index=False, float_format="%.6g", date_format="%Y-%m-%d")
    paths[3].write_text(needs_json(needs, catalogue, more=more), encoding="utf-8")
    return paths


def write_workbook(
    needs: Needs, catalogue: pd.DataFrame, weekly: pd.DataFrame, path: Path, more: Mapping[str, pd.DataFrame]
) -> None:
    """One workbook: items, places, weeks (where they fit), patients, limits, what `more` brings, parameters, notes."""
    sheets = {
        "Items": item_totals(needs, catalogue),
        "Places": place_totals(needs),
        "Weeks": weekly,
        "Patients": needs.patients,
        "Limits": needs.caps,
        "Oxygen": needs.oxygen,
        **more,
        "Left out": needs.left_out,
        "Parameters": needs.parameters,
        "Notes": notes_frame(needs.notes),
    }
    book = Workbook(write_only=True)
    for title, frame in sheets.items():
        if len(frame) > SHEET_ROWS_MAX:
            text = f"{len(frame):,} rows: see the CSV file beside this workbook, or ask for fewer places"
            frame = pd.DataFrame({"note": [text]})
        _write_sheet(book, title, frame)
    book.save(path)


def _write_sheet(book: Workbook, title: str, frame: pd.DataFrame) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    widths = [max(len(str(c)), *(len(str(v)) for v in frame[c].head(50)), 6) for c in frame.columns]
    for position, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = min(width + 2, 60)
    header = []
    for column in frame.columns:
        cell = WriteOnlyCell(sheet, value=str(column))
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="DDE8F0")
        header.append(cell)
    sheet.append(header)
    columns = [_plain_column(frame[c]) for c in frame.columns]
    for row in zip(*columns, strict=True):
        sheet.append(row)


def _plain_column(column: pd.Series) -> list[object]:
    if pd.api.types.is_datetime64_any_dtype(column):
        return [None if pd.isna(v) else v.date() for v in column]
    if pd.api.types.is_float_dtype(column):
        return [float(f"{v:.6g}") if np.isfinite(v) else None for v in column.to_numpy()]
    return [None if v is None or (isinstance(v, float) and np.isnan(v)) else v for v in column]
