"""The doors: a frame becomes a validated, immutable, labelled table once; inside, trust.

The one thing easily confused: a *note* (`DataQualityNote`) says something odd about data that is
still used, and an *error* (`InputError`) says that the data cannot be used. Nothing is mended silently.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from yuanshou.errors import InputError

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]
DateArray = NDArray[np.datetime64]
Basis = Literal["sourced", "derived", "assumed"]


@dataclass(frozen=True)
class DataQualityNote:
    """Something odd in data that is still used.

    Attributes
    ----------
    kind : short name of the rule that fired, e.g. "cumulative_falls", "gap", "duplicate", "spike".
    place, date : what it is about; empty where it concerns the whole file.
    file, row : where it stands (row as a person counts, the header being row 1); "" and 0 if unknown.
    message : one sentence: what was found and what was done about it.
    """

    kind: str
    message: str
    place: str = ""
    date: str = ""
    file: str = ""
    row: int = 0


def notes_frame(notes: Iterable[DataQualityNote]) -> pd.DataFrame:
    """Notes as a table with columns kind, place, date, file, row, message."""
    columns = ["kind", "place", "date", "file", "row", "message"]
    return pd.DataFrame([[getattr(note, c) for c in columns] for note in notes], columns=columns)


def freeze(array: NDArray[Any]) -> NDArray[Any]:
    """The same array, made read-only, so that a result cannot be changed after it is named."""
    array.flags.writeable = False
    return array


def require_columns(frame: pd.DataFrame, columns: Iterable[str], *, what: str, where: str = "") -> None:
    """Raise InputError naming every missing column and every column that is there."""
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise InputError(
            f"no column {', '.join(missing)} in {what} (columns: {', '.join(map(str, frame.columns))})",
            f"the columns {', '.join(columns)}",
            "add the column, or name it in a column map",
            where=where,
        )


def require_nonnegative(frame: pd.DataFrame, columns: Iterable[str], *, what: str, where: str = "") -> None:
    """Raise InputError at the first negative value, with its row as a person counts (header is row 1)."""
    for column in columns:
        bad = np.flatnonzero(frame[column].to_numpy(dtype=float, na_value=np.nan) < 0)
        if bad.size:
            value = frame[column].iloc[bad[0]]
            raise InputError(
                f"{value} in column {column}, row {bad[0] + 2} of {what}",
                "a number that is not negative",
                "correct the value, or remove the row",
                where=where,
            )
