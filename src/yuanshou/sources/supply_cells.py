"""Cells of people's tables: each is read by one small reader, and answered with its place when it cannot be used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.errors import InputError
from yuanshou.places import find_place, load_places, nearest_places
from yuanshou.sources.files import cell_place, read_table
from yuanshou.tables import require_columns

MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
File = str | Path | None


def load_rows(name: str, path: File, *, required: Iterable[str]) -> pd.DataFrame:
    """The rows of a table that must have these columns and at least one row."""
    table = read_table(path) if path is not None else pd.DataFrame()
    require_columns(table, tuple(required), what=name, where=str(table.attrs.get("file", "")))
    if table.empty:
        raise InputError(
            f"no rows of {name}", "a header and at least one row", "fill the table in", where=file_of(table)
        )
    return table


def file_of(table: pd.DataFrame) -> str:
    return str(table.attrs.get("file", ""))


def read_column(table: pd.DataFrame, name: str, read: Callable[[str], object]) -> list[Any]:
    """Every cell of a column through `read`; a ValueError's three phrases become an InputError with its place."""
    values = []
    for row, text in table[name].items() if name in table.columns else ():
        try:
            values.append(read(str(text)))
        except ValueError as error:
            found, expected, way_out = error.args
            raise InputError(found, expected, way_out, where=cell_place(table, int(str(row)), name)) from None
    return values


def as_number(*, whole: bool = False, blank: bool = False, top: float = 1e15) -> Callable[[str], object]:
    """A reader of numbers of 0 or more; spaces and commas between thousands are taken, a decimal comma is not."""
    kind = "a whole number of base units" if whole else "a number of 0 or more"

    def read(text: str) -> object:
        plain = text.replace("\u00a0", " ").replace(" ", "").replace("\u202f", "")
        if not plain:
            if blank:
                return np.nan
            raise ValueError("an empty cell", kind, "fill it in, or remove the row: missing is not zero")
        head, *groups = plain.split(",")
        if groups and head.lstrip("-").isdigit() and all(len(g.split(".")[0]) == 3 for g in groups):
            plain = "".join([head, *groups])
        try:
            value = float(plain)
        except ValueError:
            raise ValueError(repr(text), kind, "write digits, with a point before decimals") from None
        if not np.isfinite(value) or value < 0:
            raise ValueError(repr(text), kind, "correct the value, or remove the row")
        if value > top:
            raise ValueError(repr(text), f"a number up to {top:,.0f}", "check the unit of the quantity")
        if whole and value != np.floor(value):
            raise ValueError(repr(text), kind, "count single pieces, not packs or parts of one")
        return int(value) if whole else value

    return read


def as_date(*, blank: bool) -> Callable[[str], object]:
    def read(text: str) -> object:
        if not text and blank:
            return pd.NaT
        try:
            return pd.Timestamp(date.fromisoformat(MIDNIGHT.sub("", text)))
        except ValueError:
            raise ValueError(repr(text), "a date such as 2020-03-25", "write YYYY-MM-DD") from None

    return read


def as_one_of(choices: Iterable[str], what: str) -> Callable[[str], object]:
    """A reader of codes; an unknown one is answered with the nearest ones."""
    known = list(choices)
    lower = {choice.casefold(): choice for choice in known}

    def read(text: str) -> object:
        if text in lower.values():
            return text
        if text.casefold() in lower:
            return lower[text.casefold()]
        near = get_close_matches(text.casefold(), list(lower), n=3, cutoff=0.5)
        nearest = (
            f"did you mean {', '.join(lower[n] for n in near)}?" if near else f"use one of {', '.join(known[:8])} …"
        )
        raise ValueError(repr(text), f"a known {what}", nearest)

    return read


def as_place(text: str) -> str:
    found = find_place(text)
    if found is None:
        near = nearest_places(text)
        names = load_places()["name_en"]
        guess = ", ".join(f"{code} ({names[code]})" for code in near)
        raise ValueError(
            repr(text), "a place by code or name", f"did you mean {guess}?" if near else "use its ISO code"
        )
    return found


def as_places(text: str) -> str:
    """Places of an earmark, separated by spaces, semicolons, commas or bars; one whole name is taken too."""
    if not text:
        return ""
    whole = find_place(text)
    if whole is not None:
        return whole
    parts = text.split() if all(len(p) in (2, 3) or p.startswith("SHIP-") for p in text.split()) else None
    if parts is None:
        parts = [p.strip() for p in text.replace("|", ";").replace(",", ";").split(";") if p.strip()]
    return " ".join(sorted({as_place(part) for part in parts}))


def require_unique(table: pd.DataFrame, columns: list[str], *, what: str, way_out: str) -> None:
    twice = table.duplicated(columns)
    if twice.any():
        at = int(np.flatnonzero(twice)[0])
        keys = list(table[columns].itertuples(index=False, name=None))
        row, first = int(table.index[at]), int(table.index[keys.index(keys[at])])
        value = " ".join(str(v) for v in keys[at])
        raise InputError(
            f"{what} {value!r} again (first in row {first})",
            "each once",
            way_out,
            where=cell_place(table, row, columns[0]),
        )


def text_of(table: pd.DataFrame, column: str, default: str = "") -> list[str]:
    if column not in table.columns:
        return [default] * len(table)
    return [text or default for text in table[column].astype(str)]


def as_text(what: str) -> Callable[[str], object]:
    def read(text: str) -> object:
        if not text:
            raise ValueError("an empty cell", f"{what} for every row", "fill it in")
        return text

    return read
