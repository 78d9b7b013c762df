"""What the door of `SurveillanceSeries` checks, in the order in which it checks it.

The one thing easily confused: a row that *cannot* be used (an unknown place, a day after `as_of`, a negative
cumulative count) is left out and noted; a value that is *odd* (a cumulative count that falls, a spike) is kept and
noted. Which of the two happened always stands in the note.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.errors import InputError
from yuanshou.places import find_place, load_places
from yuanshou.sources.counts_oddities import oddities
from yuanshou.tables import DataQualityNote, FloatArray, IntArray, freeze, require_columns

COUNTS = ("cases_cumulative", "deaths_cumulative")
OPTIONAL = ("deaths_cumulative", "health_worker_cases_cumulative", "imported_cases_cumulative")
EXAMPLES = 5
BROKEN_DOWN_SHARE, BROKEN_DOWN_ROWS = 0.5, 50
"""More doubled rows than this are no slips: the table is broken down by something else, such as age or province."""

AGGREGATES = frozenset(
    """world|global|total|worldwide|africa|americas|asia|europe|european union|north america|south america|oceania|
    eastern mediterranean|south-east asia|western pacific|international|high income|low income|upper middle income|
    lower middle income|high-income countries|low-income countries|upper-middle-income countries|
    lower-middle-income countries|european union (27)|eu/eea|eu/eea (total)|asia excl. china|world excl. china|
    world excl. china and south korea|winter olympics 2022|summer olympics 2020|afro|amro|emro|euro|searo|wpro|
    high-income countries|england & wales|total (all)|grand total|sum""".replace("\n    ", "").split("|")
)
"""Sums over places and events that are no place of their own; rows about them are left out, with one note."""


def checked_counts(frame: pd.DataFrame, *, as_of: date, file: str, notes: Iterable[DataQualityNote]) -> dict[str, Any]:
    """The fields of a SurveillanceSeries from a long table; see `SurveillanceSeries.from_frame`."""
    where = file or "the table of counts"
    require_columns(frame, ["place", "date", "cases_cumulative"], what="the counts", where=file)
    found = list(notes)
    frame = _typed(frame, where)
    _require_rows(frame, where)
    frame = _known_places(frame, file, found)
    frame = _known_days(frame, as_of, where, found)
    imported = _imported(frame, file, found)
    workers = _health_workers(frame)
    frame = frame[frame[list(COUNTS)].notna().any(axis=1)]
    _require_rows(frame, where)
    frame = without_duplicates(frame, ["place", "date"], file, found)
    frame = _without_negatives(frame, file, found)
    places = tuple(sorted(frame["place"].unique()))
    day = frame["date"].to_numpy().astype("datetime64[D]")
    dates = np.arange(day.min(), day.max() + 1)
    position = (np.searchsorted(places, frame["place"]), (day - dates[0]).astype(int))
    cases, deaths = (_grid(frame[c].to_numpy(float), position, (len(places), len(dates))) for c in COUNTS)
    rows: IntArray = np.zeros((len(places), len(dates)), dtype=np.int64)
    rows[position] = frame["row"]
    population = load_places()["population"].reindex(list(places)).to_numpy(dtype=float)
    found += oddities(places, dates, cases, deaths, rows=rows, population=population, file=file)
    found += _too_many_workers(workers, places, dates, cases, file)
    return {
        "places": places, "dates": freeze(dates), "cases": freeze(cases), "deaths": freeze(deaths),
        "notes": tuple(found), "health_workers": workers, "imported": imported,
    }  # fmt: skip


def _require_rows(frame: pd.DataFrame, where: str) -> None:
    if frame.empty:
        raise InputError(
            "no count of cases or deaths in any row", "at least one number", "check the column map", where=where
        )


def _typed(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """A copy with every expected column and its type."""
    frame = frame.copy()
    for column in OPTIONAL:
        if column not in frame:
            frame[column] = np.nan
    if "row" not in frame:
        frame["row"] = 0
    for column in ("cases_cumulative", *OPTIONAL):
        try:
            frame[column] = pd.to_numeric(frame[column]).astype(float)
        except (ValueError, TypeError) as error:
            raise InputError(f"column {column}: {error}", "numbers", "correct the cell", where=where) from None
    try:
        frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[s]").dt.normalize()
    except (ValueError, TypeError) as error:
        raise InputError(f"column date: {error}", "days", "write YYYY-MM-DD", where=where) from None
    undated = frame["date"].isna()
    if undated.any():
        row = frame.loc[undated, "row"].iloc[0]
        raise InputError(f"no day in row {row} ({int(undated.sum())} such rows)", "a day in every row",
                         "write the day, or remove the row", where=where)  # fmt: skip
    return frame


def _known_places(frame: pd.DataFrame, file: str, notes: list[DataQualityNote]) -> pd.DataFrame:
    """Rows whose place is known, as its code; the others are left out, one note a name."""
    texts = frame["place"].astype(str)
    codes = {text: find_place(text) for text in pd.unique(texts)}
    for text, code in codes.items():
        if code is not None:
            continue
        hits = frame.loc[texts == text, "row"]
        total = text.strip().casefold() in AGGREGATES or text.startswith("OWID_")
        kind, what = ("aggregate", "a sum, not a place") if total else ("unknown_place", "not a place known here")
        named = repr(text) if text.strip() else "an empty cell"
        notes.append(DataQualityNote(
            kind, f"{named} is {what}: its {len(hits)} rows were left out", file=file, row=int(hits.iloc[0])
        ))  # fmt: skip
    known = texts.map(codes)
    if known.isna().all():
        shown = ", ".join(repr(t) for t in list(codes)[:EXAMPLES])
        raise InputError(f"no known place in {len(frame)} rows (such as {shown})",
                         "ISO codes or country names in one of the six UN languages",
                         "correct the names, or name the column that holds them with the column map (place=…)",
                         where=file)  # fmt: skip
    return frame.assign(place=known)[known.notna().to_numpy()]


def _known_days(frame: pd.DataFrame, as_of: date, where: str, notes: list[DataQualityNote]) -> pd.DataFrame:
    """Rows about days up to `as_of`; the later ones are left out with one note."""
    later = frame["date"] > pd.Timestamp(as_of)
    if later.all():
        first = frame["date"].min().date()
        raise InputError(f"only days after {as_of} (the first is {first})", f"counts up to {as_of}",
                         f"choose --as-of {first} or later, or check how days are written", where=where)  # fmt: skip
    if later.any():
        rows = frame[later]
        first, last = rows["date"].min().date(), rows["date"].max().date()
        message = (f"{len(rows)} counts about {first} to {last} are after {as_of} and were left out; "
                   "a file published later may also have revised the days before")  # fmt: skip
        row = int(rows["row"].iloc[0])
        notes.append(DataQualityNote("future_date", message, date=str(first), file=where, row=row))
    return frame[~later]


def without_duplicates(frame: pd.DataFrame, keys: list[str], file: str, notes: list[DataQualityNote]) -> pd.DataFrame:
    """One row a key: equal copies count once; of different ones the last in the file is used. Both are noted."""
    doubled = frame.duplicated(keys, keep=False)
    if not doubled.any():
        return frame
    if doubled.mean() > BROKEN_DOWN_SHARE and doubled.sum() > BROKEN_DOWN_ROWS:
        first = frame[doubled].iloc[0]
        raise InputError(
            f"{int(doubled.sum())} of {len(frame)} rows for a place and day that stand several times (first: "
            f"{first['place']} on {first['date'].date()}, row {first['row']})", "one row a place and day",
            "leave totals only, or name the column of provinces with the column map (province=HEADER)",
            where=file)  # fmt: skip
    for key, group in frame[doubled].groupby(keys, sort=False):
        counts = group[list(COUNTS)]
        first, last = group.iloc[0], group.iloc[-1]
        day = str(last["date"].date())
        rows = ", ".join(str(r) for r in group["row"])
        label = " / ".join(str(k) for k in key[:-1] if k)
        if len(counts.drop_duplicates()) == 1:
            kind, told = "duplicate", "with the same counts; counted once"
        else:
            differing = [c for c in COUNTS if counts[c].nunique(dropna=False) > 1]
            values = "; ".join(f"{c} {_shown(first[c])}, then {_shown(last[c])}" for c in differing)
            kind, told = "duplicate_conflict", f"with different counts ({values}); the last row was used"
        message = f"{label} on {day} stands {len(group)} times (rows {rows}) {told}"
        notes.append(DataQualityNote(kind, message, str(last["place"]), day, file, int(last["row"])))
    return frame.drop_duplicates(keys, keep="last")


def _shown(value: float) -> str:
    return "not reported" if np.isnan(value) else f"{value:,.0f}"


def _without_negatives(frame: pd.DataFrame, file: str, notes: list[DataQualityNote]) -> pd.DataFrame:
    """Negative cumulative counts become "not reported", each with a note."""
    frame = frame.copy()
    for column in COUNTS:
        negative = frame[column] < 0
        hit = frame[negative]
        for place, day, row, count in zip(hit["place"], hit["date"], hit["row"], hit[column], strict=True):
            message = f"{column} is {count:,.0f}: a sum of persons cannot be negative; taken as not reported"
            notes.append(DataQualityNote("negative_count", message, place, str(day.date()), file, int(row)))
        frame.loc[negative, column] = np.nan
    return frame


def _grid(values: FloatArray, position: tuple[Any, Any], shape: tuple[int, int]) -> FloatArray:
    grid = np.full(shape, np.nan)
    grid[position] = values
    return grid


def _health_workers(frame: pd.DataFrame) -> pd.DataFrame:
    """place, date, cases_cumulative of infections of health workers; the largest word of a day where it is repeated."""
    column = "health_worker_cases_cumulative"
    given = frame[frame[column].notna()]
    if given.empty:
        return pd.DataFrame()
    largest = given.groupby(["place", "date"])[column].max()
    return largest.rename("cases_cumulative").reset_index()


def _imported(frame: pd.DataFrame, file: str, notes: list[DataQualityNote]) -> pd.DataFrame:
    """place, date, origin, cases_cumulative of imported cases; an origin that is no known place keeps its own name."""
    column = "imported_cases_cumulative"
    given = frame[frame[column].notna()]
    if given.empty or "origin" not in given:
        return pd.DataFrame()
    origins = {text: find_place(str(text)) for text in pd.unique(given["origin"])}
    for text, code in origins.items():
        if code is None:
            hit = given[given["origin"] == text].iloc[0]
            told = (
                f"origin {text!r} is not a place known here; kept under that name"
                if text
                else "imported cases without origin"
            )
            notes.append(DataQualityNote("unknown_origin", told, str(hit["place"]), file=file, row=int(hit["row"])))
    named = given["origin"].map({text: code or str(text) or "unknown" for text, code in origins.items()})
    largest = given.assign(origin=named).groupby(["place", "date", "origin"])[column].max()
    return largest.rename("cases_cumulative").reset_index()


def _too_many_workers(
    workers: pd.DataFrame, places: tuple[str, ...], dates: Any, cases: FloatArray, file: str
) -> list[DataQualityNote]:
    notes = []
    if workers.empty:
        return []
    for place, stamp, count in zip(workers["place"], workers["date"], workers["cases_cumulative"], strict=True):
        day = np.datetime64(stamp.date(), "D")
        if place not in places or not dates[0] <= day <= dates[-1]:
            continue
        known = cases[places.index(place), int((day - dates[0]).astype(int))]
        if count > known:
            message = f"{count:,.0f} infections of health workers are more than all {known:,.0f} cases; kept"
            notes.append(DataQualityNote("more_workers_than_cases", message, place, str(day), file))
    return notes
