"""Columns of a user's table as numbers and dates; a cell that cannot be used is named by file, row and column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from yuanshou.errors import InputError
from yuanshou.sources.files import cell_place, read_table
from yuanshou.tables import require_columns


def read_columns(path: Path, columns: list[str], *, what: str) -> pd.DataFrame:
    """A CSV or XLSX as text with lower-case headers; InputError where a column is missing."""
    frame = read_table(path)
    attrs = dict(frame.attrs)
    frame.columns = frame.columns.str.lower()
    require_columns(frame, columns, what=what, where=path.name)
    frame.attrs.update(attrs)
    return frame


def text_column(frame: pd.DataFrame, column: str) -> pd.Series:
    """The column as stripped text, "" where it is empty or not there."""
    if column not in frame:
        return pd.Series("", index=frame.index, dtype=str)
    return frame[column].where(frame[column].notna(), "").astype(str).str.strip()


def number_column(
    frame: pd.DataFrame, column: str, *, low: float = 0.0, high: float = np.inf, default: float | None = None
) -> pd.Series:
    """The column as float; an empty cell is `default`, or an error where None.

    Raises
    ------
    InputError : a cell that is no number, below `low` or above `high`.
    """
    text = text_column(frame, column)
    numbers = pd.to_numeric(text, errors="coerce").astype(float)
    empty = text == ""
    wrong = (numbers.isna() & ~empty) | (numbers < low) | (numbers > high) | np.isinf(numbers)
    if default is None:
        wrong |= empty
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        bound = f"a number from {low:g}" + (f" to {high:g}" if np.isfinite(high) else "")
        way = "correct it; write decimals with a point and shares as 0.15"
        raise InputError(repr(text.iloc[row]), bound, way, where=cell_place(frame, row_number(frame, row), column))
    return numbers.fillna(default) if default is not None else numbers


def date_column(frame: pd.DataFrame, column: str) -> pd.Series:
    """The column as dates, NaT where empty; InputError for anything but YYYY-MM-DD."""
    text = text_column(frame, column)
    dates: pd.Series = pd.to_datetime(text, errors="coerce", format="ISO8601")
    wrong = np.flatnonzero(dates.isna() & ~text.isin(["", "NaT"]))
    if wrong.size:
        row = int(wrong[0])
        place = cell_place(frame, row_number(frame, row), column)
        raise InputError(repr(text.iloc[row]), "a date such as 2020-04-30", "write YYYY-MM-DD", where=place)
    return dates


def row_number(frame: pd.DataFrame, position: int) -> int:
    """The row as a person counts: the frame's own numbers where it was read from a file, else header is row 1."""
    return int(frame.index[position]) if frame.index.name == "row" else position + 2
