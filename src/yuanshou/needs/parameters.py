"""Every number of the needs chain in one table, a user's own numbers over it, and draws from its ranges.

The one thing easily confused: `value` is the number a point calculation uses, `low` and `high` bound what
is plausible. Draws follow the beta-PERT distribution with its mode at `value`:
alpha = 1 + 4 (value − low)/(high − low), beta = 1 + 4 (high − value)/(high − low).
"""

from __future__ import annotations

import difflib
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
    pack = load_pack(disease)
    if overrides is None:
        return pack.parameters.copy()
    return override_parameters(pack.parameters, overrides, shares=tuple(c.share for c in pack.classes))


def override_parameters(table: pd.DataFrame, path: Path, *, shares: tuple[str, ...] = ()) -> pd.DataFrame:
    """The table with the rows of a CSV, XLSX (name, value[, low, high, unit, source]) or YAML (name: value) over it."""
    table = table.copy()
    position = {name: i for i, name in enumerate(table["name"])}
    last_share = ""
    for row in _read_overrides(path):
        where, name = f"{path.name}, {row['place']}", str(row["name"])
        if name not in position:
            close = ", ".join(difflib.get_close_matches(name, list(position), n=3, cutoff=0.5))
            expected = f"a parameter ({close or 'see yuanshou needs --show-parameters'})"
            raise InputError(f"{name!r} in column name", expected, "correct the name", where=where)
        i = position[name]
        for column, entry in _new_values(row, str(table["unit"].iloc[i]), path.name, where).items():
            table.iat[i, list(table.columns).index(column)] = entry
        last_share = where if name in shares else last_share
    if last_share:
        check_shares(table, shares, where=last_share)
    return table


def _new_values(row: dict[str, Any], unit: str, file: str, where: str) -> dict[str, Any]:
    """What one row of overrides changes; `row` has value and perhaps low, high, unit, source (None where not given)."""
    if row["unit"] is not None and str(row["unit"]).strip() not in ("", unit):
        raise InputError(f"unit {row['unit']!r} for {row['name']}", unit, "convert the number", where=where)
    value = _number(row["value"], "value", where)
    low, high = (value if row[c] in (None, "") else _number(row[c], c, where) for c in ("low", "high"))
    _check_range(unit, low, value, high, where)
    source = f"override in {file}" if row["source"] is None else str(row["source"]).strip()
    if not source:
        raise InputError(
            f"no source for {row['name']}", "where the number is from", "name it in column source", where=where
        )
    return {"value": value, "low": low, "high": high, "source": source, "overridden": True}


def _read_overrides(path: Path) -> list[dict[str, Any]]:
    """Rows with place ("row 3", "line 3"), name, value, low, high, unit, source; None where a column is not given."""
    if path.suffix.lower() in (".yaml", ".yml"):
        rows = _read_yaml(path)
    else:
        frame = read_columns(path, ["name", "value"], what="the overrides")
        frame.insert(0, "place", [f"row {row}" for row in frame.index])
        rows = [{str(column): cell for column, cell in row.items()} for row in frame.to_dict("records")]
    names = [str(row["name"]) for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{name!r} twice", "each name once", "remove one", where=path.name)
    columns = ("place", "name", "value", "low", "high", "unit", "source")
    return [{column: row.get(column) for column in columns} for row in rows]


def _read_yaml(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        document, node = yaml.safe_load(text) or {}, yaml.compose(text, Loader=yaml.SafeLoader)
    except FileNotFoundError:
        raise InputError(f"no file {path}", "overrides in CSV or YAML", "check the path") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        problem = str(error).splitlines()[0]
        raise InputError(problem, "YAML such as share_severe: 0.2", "save it as UTF-8", where=path.name) from None
    if not isinstance(document, Mapping) or not isinstance(node, yaml.MappingNode):
        raise InputError("no mapping", "lines such as share_severe: 0.2", "write name: value", where=path.name)
    lines = [key.start_mark.line + 1 for key, _value in node.value]
    if len(lines) != len(document):
        raise InputError("a name twice", "each name once", "remove one", where=path.name)
    rows = []
    for line, (name, value) in zip(lines, document.items(), strict=True):
        given = dict(value) if isinstance(value, Mapping) else {"value": value}
        rows.append({"place": f"line {line}", "name": name, **given})
    return rows


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


def check_shares(table: pd.DataFrame, shares: tuple[str, ...], *, where: str = "") -> None:
    """Raise SettingError unless the severity shares sum to 1 (within 0.001)."""
    values = dict(zip(table["name"], table["value"], strict=True))
    total = float(sum(values[s] for s in shares))
    if abs(total - 1) > 1e-3:
        found = ", ".join(f"{s} {values[s]:g}" for s in shares)
        expected = "severity shares that sum to 1"
        raise SettingError(f"{found}, which sum to {total:.4f}", expected, "change the others too", where=where)


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
