"""The small tables of figures shipped with the package; SOURCES.csv says where each comes from.

Two days must not be confused: the *date* of a count is the day it is about, and the *vintage* is the day on which the
file that said so was published. `load_vintage` gives the world as it was known, never as it was later revised.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd

from yuanshou.errors import InputError

COUNTS = ["cases_cumulative", "deaths_cumulative"]


@cache
def _table(name: str) -> pd.DataFrame:
    path = files("yuanshou.reference") / f"{name}.csv"
    with path.open("rb") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)


def load_table(name: str) -> pd.DataFrame:
    """A shipped CSV as text, empty cells as "" (names: `table_names()`); the caller may change what it gets.

    >>> load_table("hubs")["airport"].str.len().unique()
    array([3])
    """
    if name not in table_names():
        raise InputError(f"no shipped table {name!r}", f"one of {', '.join(table_names())}", "name a shipped table")
    return _table(name).copy()


@cache
def table_names() -> tuple[str, ...]:
    """Names of the shipped CSV tables, sorted."""
    folder = files("yuanshou.reference")
    return tuple(sorted(p.name.removesuffix(".csv") for p in folder.iterdir() if p.name.endswith(".csv")))


@cache
def _vintages() -> pd.DataFrame:
    with (files("yuanshou.reference") / "case_vintages.parquet").open("rb") as file:
        frame = pd.read_parquet(file)
    for column in ("vintage", "date"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    return frame


def vintage_dates() -> tuple[date, ...]:
    """The days on which the shipped counts were published: 6 February to 30 June 2020, every Monday among them."""
    return tuple(pd.Timestamp(v).date() for v in np.sort(_vintages()["vintage"].unique()))


def latest_vintage(as_of: date) -> date:
    """The last shipped vintage on or before `as_of`.

    >>> latest_vintage(date(2020, 3, 25))
    datetime.date(2020, 3, 25)
    """
    known = [v for v in vintage_dates() if v <= as_of]
    if not known:
        raise InputError(
            f"{as_of} as the day of knowledge",
            f"a day from {vintage_dates()[0]} on, the first shipped vintage of case counts",
            "choose a later day, or give your own file of counts",
        )
    return known[-1]


def load_vintage(as_of: date) -> pd.DataFrame:
    """Cumulative cases and deaths of every place and day, as published on the last vintage up to `as_of`.

    Returns
    -------
    frame place, date (datetime64), cases_cumulative, deaths_cumulative (float persons, NaN = not reported), sorted by
    place and date. Ships are places of their own, so that the places add up to the world total as published.
    Source: Johns Hopkins CSSE, CC BY 4.0, doi:10.1016/S1473-3099(20)30120-1.

    Raises
    ------
    InputError when no vintage is that old.
    """
    frame = _vintages()
    frame = frame[frame["vintage"] <= pd.Timestamp(latest_vintage(as_of))]
    # The file holds each vintage's changes in order: the last word on a place and day is what was known.
    frame = frame.drop_duplicates(["place", "date"], keep="last")
    frame = frame[frame["cases_cumulative"].notna() | frame["deaths_cumulative"].notna()]
    frame = frame.sort_values(["place", "date"], ignore_index=True)[["place", "date", *COUNTS]]
    return frame.astype(dict.fromkeys(COUNTS, "float64"))
