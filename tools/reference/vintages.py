"""Counts as they were known: every shipped vintage as the changes it made to the one before.

A vintage repeats the whole history each day; nearly all of it is what yesterday's vintage said. Only new and revised
counts are kept, and a count that a vintage no longer has (places were merged and split) is kept as unknown.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from reference.common import read

LAST = "2020-06-30"
COUNTS = ["cases_cumulative", "deaths_cumulative"]


def build(data: Path, out: Path) -> list[Path]:
    raw = pd.read_parquet(data / "cases" / "jhu_vintages_2020.parquet", columns=["vintage", "iso3", "date", *COUNTS])
    for column in ("vintage", "iso3", "date"):
        raw[column] = raw[column].astype(str)
    raw = raw[raw["vintage"] <= LAST].rename(columns={"iso3": "place"})
    ships = read(out / "ship_counts.csv")
    known: pd.DataFrame | None = None
    parts = []
    for vintage, frame in raw.groupby("vintage", sort=True):
        counts = pd.concat([frame[["place", "date", *COUNTS]], *_ships(ships, str(vintage), frame)])
        counts = counts.set_index(["place", "date"]).sort_index()
        parts.append(_changes(known, counts).assign(vintage=str(vintage)))
        known = counts
    table = pd.concat(parts).reset_index()
    for column in ("vintage", "date"):
        table[column] = pd.to_datetime(table[column]).dt.date
    for column in COUNTS:
        table[column] = table[column].astype("Int32")
    path = out / "case_vintages.parquet"
    table[["vintage", "place", "date", *COUNTS]].to_parquet(path, index=False, compression="zstd", compression_level=19)
    return [path]


def _ships(ships: pd.DataFrame, vintage: str, frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Ships' counts for the days this vintage covers, as they stood in it."""
    rows = ships[(ships["vintage_from"] <= vintage) & (ships["vintage_to"] >= vintage)]
    days = pd.date_range(frame["date"].min(), frame["date"].max()).strftime("%Y-%m-%d")
    parts = []
    for place, steps in rows.groupby("place"):
        steps = steps[steps["date"] <= days[-1]].set_index("date").sort_index()
        if steps.empty:
            continue
        filled = steps[COUNTS].astype(float).reindex(steps.index.union(days)).ffill().reindex(days)
        # A ship's first step is the first day it is reported; before it the source prints zero.
        parts.append(filled.fillna(0.0).rename_axis("date").reset_index().assign(place=place))
    return parts


def _changes(known: pd.DataFrame | None, counts: pd.DataFrame) -> pd.DataFrame:
    """Rows of `counts` that are new or differ from `known`; rows that went are there with unknown counts."""
    if known is None:
        return counts
    both = counts.index.union(known.index)
    now, before = counts.reindex(both), known.reindex(both)
    same = ((now == before) | (now.isna() & before.isna())).all(axis=1)
    # A vintage that changed nothing repeats one row, so that its day is known to have been published.
    return now[~same] if not same.all() else counts.head(1)
