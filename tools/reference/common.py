"""Reading raw figures and writing tables that are the same bytes every time."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def read(path: Path) -> pd.DataFrame:
    """A raw CSV as text, empty cells as "": whether a blank is zero or unknown is decided per column."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


def number(column: pd.Series) -> pd.Series:
    """Text to numbers; blanks stay unknown."""
    return pd.to_numeric(column.replace("", None))


def whole(column: pd.Series) -> pd.Series:
    """Text to whole numbers; blanks stay unknown."""
    return number(column).round().astype("Int64")


def write(frame: pd.DataFrame, path: Path) -> Path:
    """A table as CSV: UTF-8, Unix line ends, the shortest text that gives each number back."""
    frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    return path
