"""From what a file gives, by province and by new or cumulative counts, to cumulative counts by place.

The written rule: provinces are summed to the country their row names. A country's day is known when every province that
has reported by then reports that day; a province that has not begun adds nothing, and one that skips a day leaves the
country's day open, because a sum without it would look like a fall.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from yuanshou.places import find_place
from yuanshou.sources.counts_door import without_duplicates
from yuanshou.tables import DataQualityNote

CUMULATIVE = ("cases_cumulative", "deaths_cumulative")
KEYS = ["place", "province", "date"]
MORE = ("health_worker_cases_cumulative", "imported_cases_cumulative", "origin")


def summed_to_places(long: pd.DataFrame, *, file: str, notes: list[DataQualityNote]) -> pd.DataFrame:
    """The table the door expects: place (code or text), date, row and cumulative counts."""
    long = _as_codes(long)
    long = _dated(long, file, notes)
    side = long[[c for c in (*KEYS, "row", *MORE) if c in long]]
    counts = _cumulative(long, file, notes)
    if not (counts["province"] != "").any():
        return _beside(counts, side)
    _note_provinces(counts, file, notes)
    summed = _sum_provinces(counts, file, notes)
    return _beside(summed, side)


def _as_codes(long: pd.DataFrame) -> pd.DataFrame:
    """Known places by their code, so that two spellings of one place meet; unknown ones keep their text."""
    codes = {text: find_place(text) or text for text in pd.unique(long["place"])}
    return long.assign(place=long["place"].map(codes))


def _dated(long: pd.DataFrame, file: str, notes: list[DataQualityNote]) -> pd.DataFrame:
    """Rows with a day; the others are left out with one note."""
    undated = long["date"].isna()
    if undated.any():
        row = int(long.loc[undated, "row"].iloc[0])
        message = f"{int(undated.sum())} rows without a day were left out"
        notes.append(DataQualityNote("no_day", message, file=file, row=row))
    return long[~undated]


def _cumulative(long: pd.DataFrame, file: str, notes: list[DataQualityNote]) -> pd.DataFrame:
    """One row a place, province and day, with cumulative counts; new counts are added up from the first row on."""
    for column in (*CUMULATIVE, "cases_new", "deaths_new"):
        if column not in long:
            long = long.assign(**{column: np.nan})
    given = ["cases_cumulative", "deaths_cumulative", "cases_new", "deaths_new"]
    # A row that only names imported cases or health workers is no second count of the day.
    kept = long[long[given].notna().any(axis=1)]
    side_rows = kept.assign(**{c: kept[c.replace("_cumulative", "_new")] for c in CUMULATIVE if kept[c].isna().all()})
    kept = kept.loc[without_duplicates(side_rows, KEYS, file, notes).index].sort_values(KEYS)
    for count in ("cases", "deaths"):
        total, new = f"{count}_cumulative", f"{count}_new"
        if not kept[new].notna().any():
            continue
        added = kept.groupby(["place", "province"])[new].cumsum()
        if kept[total].notna().any():
            _note_disagreement(kept, total, new, file, notes)
        else:
            _note_negative_new(kept, new, file, notes)
            kept = kept.assign(**{total: added})
    return kept[[*KEYS, "row", *CUMULATIVE]]


def _note_negative_new(kept: pd.DataFrame, new: str, file: str, notes: list[DataQualityNote]) -> None:
    hit = kept[kept[new] < 0]
    for place, day, row, count in zip(hit["place"], hit["date"], hit["row"], hit[new], strict=True):
        message = f"{new} is {count:,.0f}: a correction by the publisher; the cumulative count falls by it"
        notes.append(DataQualityNote("negative_new", message, place, str(day.date()), file, int(row)))


def _note_disagreement(kept: pd.DataFrame, total: str, new: str, file: str, notes: list[DataQualityNote]) -> None:
    """New counts that are not the difference of two neighbouring cumulative ones; the cumulative ones are used."""
    groups = kept.groupby(["place", "province"])
    step = groups["date"].diff() == pd.Timedelta(days=1)
    odd = step & kept[new].notna() & (groups[total].diff().sub(kept[new]).abs() > 0.5)
    if odd.any():
        first = kept[odd].sort_values("row").iloc[0]
        message = (f"{int(odd.sum())} of {len(kept)} rows have a {new} that is not the difference of two days' {total} "
                   f"(first {first['place']} on {first['date'].date()}); the cumulative counts were used")  # fmt: skip
        notes.append(DataQualityNote("new_disagrees", message, file=file, row=int(first["row"])))


def _note_provinces(counts: pd.DataFrame, file: str, notes: list[DataQualityNote]) -> None:
    named = counts[counts["province"] != ""]
    provinces = named.groupby("place")["province"].nunique()
    message = (f"{int(provinces.sum())} provinces of {len(provinces)} places were summed to their country; "
               "a row without a province counts as one part more")  # fmt: skip
    notes.append(DataQualityNote("provinces_summed", message, file=file, row=int(named["row"].min())))


def _sum_provinces(counts: pd.DataFrame, file: str, notes: list[DataQualityNote]) -> pd.DataFrame:
    """Sums by place and day; open where a province that has begun is missing."""
    parts = counts.groupby("place")["province"].nunique()
    single = counts["place"].map(parts) == 1
    summed = [counts.loc[single, ["place", "date", "row", *CUMULATIVE]]]
    for place, group in counts[~single].groupby("place"):
        columns = {c: _sum_of(group, c) for c in CUMULATIVE}
        frame = pd.DataFrame(columns)
        frame["row"] = group.groupby("date")["row"].min()
        open_days = frame.index[frame["cases_cumulative"].isna()]
        if len(open_days):
            message = (f"{len(open_days)} days on which a province that had begun did not report are left open, the "
                       f"first {open_days[0].date()}")  # fmt: skip
            row = int(frame["row"].loc[open_days[0]])
            notes.append(DataQualityNote("province_missing", message, str(place), str(open_days[0].date()), file, row))
        summed.append(frame.reset_index(names="date").assign(place=place))
    return pd.concat(summed, ignore_index=True)


def _sum_of(group: pd.DataFrame, column: str) -> pd.Series:
    wide = group.pivot(index="date", columns="province", values=column)
    begun = wide.notna().cummax()
    missing = (begun & wide.isna()).any(axis=1)
    return wide.sum(axis=1, min_count=1).where(~missing)


def _beside(counts: pd.DataFrame, side: pd.DataFrame) -> pd.DataFrame:
    """Counts, and below them the rows that tell of health workers and imported cases."""
    given = [c for c in MORE if c in side and c != "origin"]
    if not given:
        return counts
    more = side[side[given].notna().any(axis=1)].drop(columns="province")
    return pd.concat([counts, more], ignore_index=True)
