"""Every number of the needs chain in one table, a user's own numbers over it, and draws from its ranges.

The one thing easily confused: `value` is the number a point calculation uses, `low` and `high` bound what
is plausible. Draws follow the beta-PERT distribution with its mode at `value`:
alpha = 1 + 4 (value − low)/(high − low), beta = 1 + 4 (high − value)/(high − low).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from yuanshou.errors import InputError, SettingError
from yuanshou.needs.inputs import read_columns
from yuanshou.needs.pack import load_pack
from yuanshou.tables import FloatArray

Draws = dict[str, FloatArray]


def load_parameters(overrides: Path | None = None, *, disease: str = "covid-19") -> pd.DataFrame:
    """The parameter table of a disease, with a user's file of overrides over it.

    Returns
    -------
    DataFrame with columns name, value, low, high, unit, basis, source, overridden, note, known_from.

    Raises
    ------
    InputError : a file that cannot be read, an unknown name, a number that makes no sense; with row and value.
    """
    table = load_pack(disease).parameters
    return table.copy() if overrides is None else override_parameters(table, overrides)


def override_parameters(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The table with the rows of a CSV, XLSX (name, value[, low, high, unit, source]) or YAML (name: value) over it."""
    changes = _read_overrides(path)
    table = table.copy()
    position = {name: i for i, name in enumerate(table["name"])}
    for row in changes.itertuples(index=False):
        where = f"{path.name}, row {row.row}"
        name = str(row.name)
        if name not in position:
            close = ", ".join(_similar(name, position)) or "see yuanshou needs --parameters"
            raise InputError(f"{name!r} in column name", f"a parameter ({close})", "correct the name", where=where)
        i = position[name]
        unit = str(table["unit"].iloc[i])
        if isinstance(row.unit, str) and row.unit.strip() not in ("", unit):
            raise InputError(f"unit {row.unit!r} for {name}", unit, "convert the number", where=where)
        value = _number(row.value, "value", where)
        low = value if pd.isna(row.low) or row.low == "" else _number(row.low, "low", where)
        high = value if pd.isna(row.high) or row.high == "" else _number(row.high, "high", where)
        _check_range(unit, low, value, high, where)
        source = str(row.source) if isinstance(row.source, str) and row.source.strip() else f"override in {path.name}"
        new: dict[str, Any] = {"value": value, "low": low, "high": high, "source": source, "overridden": True}
        for column, entry in new.items():
            table.iat[i, list(table.columns).index(column)] = entry
    return table


def _read_overrides(path: Path) -> pd.DataFrame:
    if path.suffix.lower() in (".yaml", ".yml"):
        frame = _read_yaml(path)
    else:
        frame = read_columns(path, ["name", "value"], what="the overrides")
        frame["row"] = frame.index
    frame = frame.reindex(columns=["row", "name", "value", "low", "high", "unit", "source"])
    duplicate = frame["name"][frame["name"].duplicated()]
    if len(duplicate):
        raise InputError(f"{duplicate.iloc[0]!r} twice", "each name once", "remove one", where=path.name)
    return frame


def _read_yaml(path: Path) -> pd.DataFrame:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise InputError(f"no file {path}", "overrides in CSV or YAML", "check the path") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        problem = str(error).splitlines()[0]
        raise InputError(problem, "YAML such as share_severe: 0.2", "save it as UTF-8", where=path.name) from None
    if not isinstance(document, Mapping):
        raise InputError("no mapping", "lines such as share_severe: 0.2", "write name: value", where=path.name)
    return pd.DataFrame([_yaml_row(i, n, v) for i, (n, v) in enumerate(document.items(), start=1)])


def _yaml_row(i: int, name: object, value: object) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {"row": i, "name": name, **{k: value.get(k) for k in ("value", "low", "high", "unit", "source")}}
    return {"row": i, "name": name, "value": value}


def _similar(name: str, names: Mapping[str, int]) -> list[str]:
    import difflib

    return difflib.get_close_matches(name, list(names), n=3, cutoff=0.5)


def _number(value: object, column: str, where: str) -> float:
    try:
        number = float(str(value).strip())
    except ValueError:
        number = float("nan")
    if not np.isfinite(number):
        raise InputError(f"{value!r} in column {column}", "a number", "write it with a point, e.g. 0.15", where=where)
    return number


def _check_range(unit: str, low: float, value: float, high: float, where: str) -> None:
    if low < 0:
        raise InputError(f"{low}", "a number that is not negative", "correct the value", where=where)
    if not low <= value <= high:
        raise InputError(f"low {low}, value {value}, high {high}", "low ≤ value ≤ high", "correct them", where=where)
    if unit == "share" and high > 1:
        raise InputError(f"a share of {high}", "a share from 0 to 1", "write 15 % as 0.15", where=where)


def check_shares(table: pd.DataFrame, shares: tuple[str, ...]) -> None:
    """Raise SettingError unless the severity shares sum to 1 (within 0.001)."""
    values = dict(zip(table["name"], table["value"], strict=True))
    total = float(sum(values[s] for s in shares))
    if abs(total - 1) > 1e-3:
        found = ", ".join(f"{s} {values[s]:g}" for s in shares)
        raise SettingError(
            f"{found}, which sum to {total:.4f}", "severity shares that sum to 1", "change the others too"
        )


def point_values(table: pd.DataFrame, as_of: date) -> Draws:
    """Each parameter as an array of one value; 0 before the day it was known."""
    known = _known(table, as_of)
    values = table["value"].to_numpy(dtype=float)
    return {
        n: np.full(1, v if k else 0.0, dtype=np.float32) for n, v, k in zip(table["name"], values, known, strict=True)
    }


def draw_values(table: pd.DataFrame, as_of: date, *, draws: int, seed: int) -> Draws:
    """`draws` values of every parameter, float32 of shape (draws,), from its beta-PERT distribution.

    Each parameter has its own stream, named by the seed and its name, so that changing one leaves the others.
    """
    known = _known(table, as_of)
    out: Draws = {}
    columns = [table[c].to_numpy(dtype=float) for c in ("value", "low", "high")]
    for name, k, value, low, high in zip(table["name"], known, *columns, strict=True):
        if not k or high <= low:
            out[name] = np.full(draws, value if k else 0.0, dtype=np.float32)
            continue
        rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        a = 1 + 4 * (value - low) / (high - low)
        out[name] = (low + (high - low) * rng.beta(a, 6 - a, size=draws)).astype(np.float32)
    return out


def _known(table: pd.DataFrame, as_of: date) -> list[bool]:
    days = table["known_from"] if "known_from" in table else pd.Series([None] * len(table))
    return [pd.isna(day) or pd.Timestamp(day).date() <= as_of for day in days]


def share_product(values: Draws, terms: tuple[str, ...]) -> FloatArray | float:
    """The product of share terms; a term is a parameter's name or "1 - name"."""
    product: FloatArray | float = 1.0
    for term in terms:
        complement = term.startswith("1 - ")
        share = values[term.removeprefix("1 - ")]
        product = product * ((np.float32(1.0) - share) if complement else share)
    return product
