"""The situation as files: a table for spreadsheets, a workbook to read, JSON for programs, and every note."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from openpyxl import Workbook

from yuanshou.report.sheets import add_table, save
from yuanshou.tables import notes_frame

FORMATS = {"growth_rate": "0.0%", "doubling": "0.0", "reproduction": "0.00", "per_100k": "0.00", "beds": "0.0"}
WIDTHS = {"reason": 60, "detail": 70, "message": 90, "name": 28}


def write_files(situation: Any, notes: Iterable[Any], folder: Path) -> list[Path]:
    """Five tables as CSV, situation.xlsx with all of them and situation.json; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = situation_tables(situation, notes)
    paths = []
    for title in ("Situation", "High risk", "Changes", "Adjustments", "Notes"):
        path = folder / f"{title.lower().replace(' ', '_')}.csv"
        tables[title].to_csv(path, index=False, float_format="%.6g", date_format="%Y-%m-%d")
        paths.append(path)
    paths += [folder / "situation.xlsx", folder / "situation.json"]
    write_workbook(situation, tables, paths[-2])
    text = json.dumps(situation_record(situation, notes, []), ensure_ascii=False, allow_nan=False, indent=1)
    paths[-1].write_text(text, encoding="utf-8")
    return paths


def situation_tables(situation: Any, notes: Iterable[Any]) -> dict[str, pd.DataFrame]:
    """Every table of the situation by its title."""
    table = situation.table.reset_index(names="place")
    return {
        "Situation": table.sort_values("cases_cumulative", ascending=False, ignore_index=True),
        "High risk": situation.high_risk,
        "Changes": situation.changes,
        "Groups": situation.groups,
        "Imported": situation.imported,
        "Adjustments": situation.adjustments,
        "Notes": notes_frame(notes),
    }


def write_workbook(situation: Any, tables: dict[str, pd.DataFrame], path: Path) -> None:
    """One sheet a table; the file carries the situation's own day, so that the same counts give the same workbook."""
    book = Workbook(write_only=True)
    book.properties.title = f"Situation on {situation.as_of}"
    book.properties.created = book.properties.modified = datetime.combine(situation.as_of, datetime.min.time())
    for name, frame in tables.items():
        formats = {str(c): next((f for k, f in FORMATS.items() if k in str(c)), "#,##0") for c in frame.columns}
        add_table(book, name, frame, widths=WIDTHS, frozen_columns=1, number_formats=formats)
    save(book, path, tables, day=situation.as_of)


def situation_record(situation: Any, notes: Iterable[Any], places: list[str]) -> dict[str, Any]:
    """The situation as plain JSON values, null where a figure is missing; some places only where they are named."""
    tables = situation_tables(situation, notes)
    if places:
        tables = {k: t[t["place"].isin(places)] if "place" in t and k != "Notes" else t for k, t in tables.items()}
    interval = situation.serial_interval
    return {
        "as_of": situation.as_of.isoformat(),
        "compared_to": situation.compared_to.isoformat() if situation.compared_to else None,
        "source": situation.source,
        "serial_interval": {"mean_days": interval.mean_days, "sd_days": interval.sd_days, "source": interval.source},
        **{title.lower().replace(" ", "_"): _records(frame) for title, frame in tables.items()},
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    columns: dict[str, list[Any]] = {}
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            columns[str(name)] = [None if pd.isna(v) else v.strftime("%Y-%m-%d") for v in column]
        elif pd.api.types.is_float_dtype(column):
            columns[str(name)] = [float(f"{v:.7g}") if np.isfinite(v) else None for v in column]
        else:
            columns[str(name)] = [None if pd.isna(v) else v for v in column.tolist()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
