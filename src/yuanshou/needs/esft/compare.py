"""A run beside the reference's recorded output, number by number.

A number agrees when it is within a relative 1e-9 (absolute below 1e-9), or when both are missing. Rows are
matched by week, item, type or platform, never by position alone, except drugs, whose names repeat.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from yuanshou.errors import InputError, YuanshouError
from yuanshou.needs.esft.capacity import country_capacity, diagnostic_capacity, pcr_machines
from yuanshou.needs.esft.run import EsftResult, run_esft
from yuanshou.needs.esft.tables import EsftTables, resolve_settings

TOLERANCE = 1e-9
MISSING = ["", "NA", "NaN"]
KEYS = {
    "test_capacity": ["platform_key"],
    "diagnostic_capacity": ["platform_key"],
    "test_ratios": ["type"],
    "noncovid": ["item"],
    "pharma": ["row"],
    "commodities_totals": ["category", "item", "unit"],
    "hygiene": ["item", "week_begins"],
    "ppe": ["item", "week_begins"],
    "case_management": ["item", "week_begins"],
    "diagnostics": ["item", "week_begins"],
}
WEEKLY = ["week_begins"]


@dataclass(frozen=True)
class Comparison:
    """How many numbers were compared, and each that is off: where, ours, theirs."""

    compared: int
    off: tuple[str, ...]

    def __add__(self, other: Comparison) -> Comparison:
        return Comparison(self.compared + other.compared, self.off + other.off)


def compare_case(tables: EsftTables, folder: Path) -> Comparison:
    """Run one case folder (`<ISO3>/<scenario>`) and compare every file in it; a run that stops counts as one off."""
    inputs = json.loads((folder / "inputs.json").read_text(encoding="utf-8"))
    series = pd.read_csv(folder / "input_series.csv", float_precision="round_trip")
    try:
        result = run_esft(tables, inputs["iso3c"], series, inputs["data_source"], inputs["arguments"])
    except YuanshouError as error:
        return Comparison(1, (f"{folder.parent.name}/{folder.name}: {error}",))
    total = Comparison(0, ())
    for path in sorted(folder.iterdir()):
        if path.name in ("inputs.json", "input_series.csv"):
            continue
        label = f"{folder.parent.name}/{folder.name}/{path.name}"
        total += compare_file(result, path, label)
    return total


def compare_file(result: EsftResult, path: Path, label: str) -> Comparison:
    """One recorded file against the run. InputError for a file the chain does not know."""
    if path.suffix == ".json" and path.stem in result.numbers:
        recorded = json.loads(path.read_text(encoding="utf-8"))
        ours = result.numbers[path.stem]
        pairs = [(k, ours.get(k), v) for k, v in recorded.items() if v is None or isinstance(v, int | float)]
        return _compared([(f"{label} {k}", _number(a), _number(b)) for k, a, b in pairs])
    if path.suffix == ".csv" and path.stem in result.frames:
        recorded_frame = pd.read_csv(path, keep_default_na=False, na_values=MISSING, float_precision="round_trip")
        return compare_frames(result.frames[path.stem], recorded_frame, path.stem, label)
    raise InputError(f"{label}", "a file of the reference chain", "remove it from the case folder")


def compare_frames(ours: pd.DataFrame, theirs: pd.DataFrame, name: str, label: str) -> Comparison:
    """All numeric columns of the recorded frame, rows matched by key; a missing row or column counts as off."""
    keys = KEYS.get(name, WEEKLY)
    ours, theirs = _keyed(ours, keys), _keyed(theirs, keys)
    found = []
    numeric = [
        c
        for c in theirs.columns
        if pd.api.types.is_numeric_dtype(theirs[c]) and not pd.api.types.is_bool_dtype(theirs[c])
    ]
    aligned = ours.reindex(theirs.index)
    extra = len(ours.index.difference(theirs.index))
    for column in numeric:
        mine = pd.to_numeric(aligned[column]) if column in aligned else pd.Series(np.inf, index=theirs.index)
        values = zip(theirs.index, mine.to_numpy(dtype=float), theirs[column].to_numpy(dtype=float), strict=True)
        absent = ~theirs.index.isin(ours.index)
        found += [
            (f"{label} {key} {column}", np.inf if gone else a, b)
            for (key, a, b), gone in zip(values, absent, strict=True)
        ]
    found += [(f"{label} row {i} of ours that the reference does not have", 0.0, np.inf) for i in range(extra)]
    return _compared(found)


def _keyed(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    frame = frame.assign(row=np.arange(len(frame))) if keys == ["row"] else frame.copy()
    if "week_begins" in keys:
        frame["week_begins"] = pd.to_datetime(frame["week_begins"]).dt.strftime("%Y-%m-%d")
    # A code that the tables hold twice gives every platform twice: the first is matched with the first.
    frame["_nth"] = frame.groupby(keys, dropna=False).cumcount()
    return frame.set_index([*keys, "_nth"])


def _number(value: object) -> float:
    return float("nan") if value is None else float(value)  # type: ignore[arg-type]


def _compared(pairs: list[tuple[str, float, float]]) -> Comparison:
    off = tuple(f"{where}: ours {a!r}, reference {b!r}" for where, a, b in pairs if not agrees(a, b))
    return Comparison(len(pairs), off)


def agrees(ours: float, theirs: float) -> bool:
    """Within 1e-9, relative, or both missing.

    >>> agrees(1.0, 1.0 + 1e-10), agrees(1.0, 1.001), agrees(float("nan"), float("nan"))
    (True, False, True)
    """
    if np.isnan(ours) or np.isnan(theirs):
        return bool(np.isnan(ours) and np.isnan(theirs))
    if np.isinf(ours) or np.isinf(theirs):
        return ours == theirs
    return abs(ours - theirs) <= TOLERANCE * max(abs(ours), abs(theirs), 1.0)


def compare_capacity(tables: EsftTables, path: Path) -> Comparison:
    """Capacity and laboratories of every country of `capacity_all.csv`.

    Rows with an empty cell (aggregates, countries without data) and codes that the tables hold twice are left out, as
    the reference's own notes say.
    """
    recorded = pd.read_csv(path, keep_default_na=False, na_values=[""], float_precision="round_trip")
    twice = set(tables.diagnostics_platforms["country_code"][tables.diagnostics_platforms["country_code"].duplicated()])
    settings = resolve_settings(tables, {})
    pairs = []
    for row in recorded.dropna().to_dict("records"):
        iso3 = str(row["iso3c"])
        if iso3 in twice:
            continue
        ours = country_capacity(tables, iso3, settings)
        pcr = diagnostic_capacity(tables, pcr_machines(tables, iso3, settings), settings)
        ours |= {"total_labs": pcr.total_labs, "max_tests_per_day": pcr.max_tests_per_day}
        numbers = [k for k, v in row.items() if isinstance(v, int | float)]
        pairs += [(f"capacity_all.csv {iso3} {k}", _number(ours.get(str(k))), _number(row[k])) for k in numbers]
    return _compared(pairs)
