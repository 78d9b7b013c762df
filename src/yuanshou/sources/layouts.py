"""The layouts in which people publish counts, each turned into the same long table.

A layout is a way to find six fields (place, province, date, cumulative or new cases, deaths) in a header; which one a
file has is read from the header and can be overridden. The one thing easily confused: a *field* is our name for what a
column means, a *header* is what the file calls it; the column map goes from the first to the second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from yuanshou.errors import InputError, SettingError
from yuanshou.sources import hxl
from yuanshou.sources.cells import DateOrder, Seen, days, parse_day, whole_numbers
from yuanshou.sources.counts_merge import summed_to_places
from yuanshou.sources.files import read_table
from yuanshou.tables import DataQualityNote

COUNT_FIELDS = (
    "cases_cumulative", "deaths_cumulative", "cases_new", "deaths_new", "health_worker_cases_cumulative",
    "imported_cases_cumulative",
)  # fmt: skip
FIELDS = ("place", "province", "date", *COUNT_FIELDS, "origin")
SETTINGS = ("date_order", "sheet")


@dataclass(frozen=True)
class Counts:
    """A file's counts as a long table for the door of `SurveillanceSeries`, with what was odd on the way."""

    frame: pd.DataFrame
    source: str
    file: str
    notes: tuple[DataQualityNote, ...]


@dataclass(frozen=True)
class Layout:
    """One way of publishing counts.

    Attributes
    ----------
    name, title : its name on the command line, and in words.
    fits : whether a table has this layout.
    columns : field → the headers that may hold it, best first, folded by `folded`.
    order : how slashed days are written, where the publisher is known to keep to one way.
    """

    name: str
    title: str
    fits: Callable[[pd.DataFrame], bool]
    columns: Mapping[str, tuple[str, ...]]
    order: DateOrder | None = None


def folded(header: str) -> str:
    """A header without case, blanks and punctuation.

    >>> folded(" Country/Region "), folded("dateRep"), folded("Cumulative_cases")
    ('country_region', 'daterep', 'cumulative_cases')
    """
    return re.sub(r"[^\w#+]+", "_", header.strip().casefold(), flags=re.UNICODE).strip("_")


def _has(*needed: str) -> Callable[[pd.DataFrame], bool]:
    return lambda frame: set(needed) <= {folded(c) for c in frame.columns}


def _day_headers(frame: pd.DataFrame) -> list[str]:
    """Headers that are days, as in a wide time series."""
    return [c for c in frame.columns if parse_day(c, "mdy") or parse_day(c, "dmy")]


_PLACE = (
    "place", "iso3", "iso_code", "iso_3", "country_code", "countryterritorycode", "adm0_pcode", "iso2", "country",
    "location", "country_region", "country_name", "country_territory_area", "adm0_name", "state", "territory",
    "pays", "país", "pais", "страна", "国家", "国家地区", "国家_地区", "国家和地区", "地区", "البلد", "الدولة",
)  # fmt: skip
_PROVINCE = ("province", "province_state", "adm1", "adm1_name", "admin1", "region_name", "省份", "combined_key")
_DATE = ("date", "day", "report_date", "date_report", "date_reported", "reporting_date", "week_end", "week_ending",
         "date_of_report", "fecha", "дата", "日期", "التاريخ")  # fmt: skip

LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout(
            "hxl", "HXL-tagged table (tag row below the header)", hxl.is_tagged, {}
        ),
        Layout(
            "jhu", "Johns Hopkins wide time series: one row a place, one column a day",
            lambda frame: len(_day_headers(frame)) >= 2 and any(folded(c) in _PLACE for c in frame.columns),
            {"place": ("country_region", *_PLACE), "province": ("combined_key", *_PROVINCE)}, "mdy",
        ),
        Layout(
            "who", "World Health Organization daily CSV",
            _has("date_reported", "country_code", "cumulative_cases"),
            {"place": ("country_code",), "name": ("country",), "date": ("date_reported",),
             "cases_cumulative": ("cumulative_cases",), "deaths_cumulative": ("cumulative_deaths",)},
        ),
        Layout(
            "owid", "Our World in Data (compact or full)",
            lambda frame: _has("date", "total_cases")(frame) and (_has("location")(frame) or _has("country")(frame)),
            {"place": ("iso_code", "code"), "name": ("location", "country"), "date": ("date",),
             "cases_cumulative": ("total_cases",), "deaths_cumulative": ("total_deaths",)},
        ),
        Layout(
            "ecdc", "European Centre for Disease Prevention and Control, daily (or weekly) new counts",
            lambda frame: _has("daterep", "cases")(frame) or _has("daterep", "cases_weekly")(frame),
            {"place": ("countryterritorycode", "geoid"), "date": ("daterep",),
             "name": ("countriesandterritories", "countries_and_territories"),
             "cases_new": ("cases", "cases_weekly"), "deaths_new": ("deaths", "deaths_weekly")},
            "dmy",
        ),
        Layout(
            "plain", "any table with one row a place and day; a column map names what is called otherwise",
            lambda frame: True,
            {
                "place": _PLACE, "province": _PROVINCE, "date": _DATE,
                "cases_cumulative": ("cases_cumulative", "cumulative_cases", "total_cases", "cases_total", "confirmed",
                                     "confirmed_cases_cumulative", "cumulative_confirmed", "cum_cases",
                                     "casos_acumulados", "cas_cumulés", "cas_cumules", "累计确诊", "累计病例"),
                "deaths_cumulative": ("deaths_cumulative", "cumulative_deaths", "total_deaths", "deaths_total",
                                      "cum_deaths", "累计死亡"),
                "cases_new": ("cases_new", "new_cases", "daily_cases", "new_confirmed", "新增确诊", "新增病例"),
                "deaths_new": ("deaths_new", "new_deaths", "daily_deaths", "新增死亡"),
                "health_worker_cases_cumulative": ("health_worker_cases_cumulative", "health_worker_cases",
                                                   "hcw_cases"),
                "origin": ("origin", "country_of_infection", "imported_from"),
                "imported_cases_cumulative": ("imported_cases_cumulative", "imported_cases"),
            },
        ),
    )
}  # fmt: skip
"""By name, in the order in which they are tried on a file."""


def read_counts(
    path: Path, *, as_of: date, layout: str | None, columns: Mapping[str, str], deaths: str | Path | None
) -> Counts:
    """A file of counts in any layout, and the file of deaths where it is another; see `read_surveillance`."""
    _check_options(layout, columns)
    whole = any(field in FIELDS for field in columns)
    frame = read_table(path, sheet=columns.get("sheet"), keep=None if whole else _columns_read)
    if frame.empty:
        raise InputError("a header without rows", "rows of counts", "save the table again", where=path.name)
    chosen = _choose(frame, layout, columns)
    seen: list[Seen] = []
    long = _long(frame, chosen, columns, as_of, seen)
    notes = _notes(seen, path.name)
    if deaths is not None:
        long, more = _with_deaths(long, Path(deaths), chosen, columns, as_of)
        notes += more
    summed = summed_to_places(long, file=path.name, notes=notes)
    source = path.name if deaths is None else f"{path.name} with {Path(deaths).name}"
    return Counts(summed, f"{source} (layout {chosen.name})", path.name, tuple(notes))


def _columns_read(header: list[str]) -> list[str]:
    """The columns that a known publisher's file is read by; all of them for any other table."""
    frame = pd.DataFrame(columns=header)
    for name in ("who", "owid", "ecdc"):
        if LAYOUTS[name].fits(frame):
            read = {n for names in LAYOUTS[name].columns.values() for n in names}
            return [column for column in header if folded(column) in read]
    return header


def _check_options(layout: str | None, columns: Mapping[str, str]) -> None:
    if layout is not None and layout not in LAYOUTS:
        raise SettingError(f"layout {layout!r}", f"one of {', '.join(LAYOUTS)}", "choose one, or leave it out")
    unknown = [f for f in columns if f not in (*FIELDS, *SETTINGS)]
    if unknown:
        raise SettingError(f"field {', '.join(unknown)} in the column map", f"fields {', '.join(FIELDS)}; settings "
                           f"{', '.join(SETTINGS)}", "write FIELD=HEADER, for example place=Country")  # fmt: skip
    if columns.get("date_order", "dmy") not in ("dmy", "mdy"):
        raise SettingError(f"date_order={columns['date_order']}", "dmy or mdy", "choose one of them")


def _choose(frame: pd.DataFrame, layout: str | None, columns: Mapping[str, str]) -> Layout:
    """The layout asked for, or the first that fits; a column map by itself asks for the plain one."""
    if layout is not None:
        chosen = LAYOUTS[layout]
        # Where tags are asked for and missing, the reader of tags says so better.
        if layout not in ("plain", "hxl") and not chosen.fits(frame):
            raise InputError(
                f"a table that is no {chosen.title} (columns: {_shown(list(frame.columns))})",
                f"the columns of layout {layout}", "leave --layout out, or choose another",
                where=str(frame.attrs["file"]))  # fmt: skip
        return chosen
    if hxl.is_tagged(frame):
        return LAYOUTS["hxl"]
    if any(field in FIELDS for field in columns):
        return LAYOUTS["plain"]
    return next(candidate for candidate in LAYOUTS.values() if candidate.fits(frame))


def _shown(headers: list[str]) -> str:
    return ", ".join(headers[:12]) + (f" and {len(headers) - 12} more" if len(headers) > 12 else "")


def _long(
    frame: pd.DataFrame, layout: Layout, columns: Mapping[str, str], as_of: date, seen: list[Seen]
) -> pd.DataFrame:
    """place, province, date, row and the count fields that the file has, one row a place and day."""
    order = columns.get("date_order", layout.order)
    if layout.name == "jhu":
        return _from_wide(frame, layout, columns, order, seen)  # type: ignore[arg-type]
    if layout.name == "hxl":
        frame, found = hxl.tagged_columns(frame)
    else:
        found = {}
        for field, names in layout.columns.items():
            header = next((c for n in names for c in frame.columns if folded(c) == n), None)
            if header is not None:
                found[field] = header
    for field, header in columns.items():
        if field in FIELDS:
            found[field] = _mapped(frame, field, header)
    _require(frame, layout, found)
    long = pd.DataFrame(
        {
            "place": _place_texts(frame, found),
            "province": frame[found["province"]] if "province" in found else "",
            "date": days(frame, found["date"], order=order, as_of=as_of, notes=seen),  # type: ignore[arg-type]
            "row": frame.index,
        },
        index=frame.index,
    )
    for field in COUNT_FIELDS:
        if field in found:
            long[field] = whole_numbers(frame, found[field], notes=seen)
    if "origin" in found:
        long["origin"] = frame[found["origin"]]
    return long.reset_index(drop=True)


def _mapped(frame: pd.DataFrame, field: str, header: str) -> str:
    """The header a column map names: as written, or the HXL tag above it."""
    tags: dict[str, str] = frame.attrs.get("tags", {})
    for candidate in frame.columns:
        if header in (candidate, tags.get(candidate)) or folded(candidate) == folded(header):
            return str(candidate)
    raise InputError(
        f"no column {header!r} for {field} (columns: {_shown(list(frame.columns))})", "a column of the file",
        f"name one of them: {field}=HEADER", where=str(frame.attrs["file"]))  # fmt: skip


def _place_texts(frame: pd.DataFrame, found: Mapping[str, str]) -> pd.Series:
    """The code where the file has one, and the name where the code is empty or unknown."""
    from yuanshou.places import find_place

    if "place" not in found:
        return frame[found["name"]]
    codes = frame[found["place"]]
    if "name" not in found:
        return codes
    known = codes.map({text: find_place(text) is not None for text in pd.unique(codes)})
    return codes.where(known, frame[found["name"]])


def _require(frame: pd.DataFrame, layout: Layout, found: Mapping[str, str]) -> None:
    """Raise InputError where a field without which nothing can be read was not found."""
    where = str(frame.attrs["file"])
    shown = _shown(list(frame.columns))
    if "place" not in found and "name" not in found:
        raise InputError(f"no column that names the place (columns: {shown})", "a column of codes or names of places",
                         "name it with the column map: place=HEADER", where=where)  # fmt: skip
    if "date" not in found:
        raise InputError(f"no column that names the day (columns: {shown})", "a column of days",
                         "name it with the column map: date=HEADER", where=where)  # fmt: skip
    if "cases_cumulative" in found or "cases_new" in found:
        return
    vague = next((c for c in frame.columns if re.search(r"case|cas|infect|confirm|病例|确诊", folded(c))), None)
    if vague is not None:
        raise InputError(
            f"column {vague!r}, which may hold all cases so far or the new ones only",
            "cumulative or new cases, said so",
            f"say which with the column map: cases_cumulative={vague} or cases_new={vague}",
            where=where,
        )
    raise InputError(
        f"no column of cases (columns: {shown})",
        "cumulative or new cases by place and day",
        "name it with the column map: cases_cumulative=HEADER or cases_new=HEADER",
        where=where,
    )


def _from_wide(
    frame: pd.DataFrame, layout: Layout, columns: Mapping[str, str], order: DateOrder | None, seen: list[Seen]
) -> pd.DataFrame:
    """A wide time series: cumulative cases, one row a place or province, one column a day."""
    where = str(frame.attrs["file"])
    for word in ("deaths", "recovered"):
        if word in where.casefold() and "cases_cumulative" not in columns:
            raise InputError(f"a wide file named {where}, which looks like {word}", "a file of cases",
                             "give the file of cases, and deaths with --deaths", where=where)  # fmt: skip
    return _melted(frame, layout, columns, order, seen, "cases_cumulative")


def _melted(
    frame: pd.DataFrame, layout: Layout, columns: Mapping[str, str], order: DateOrder | None, seen: list[Seen],
    field: str,
) -> pd.DataFrame:  # fmt: skip
    where = str(frame.attrs["file"])
    heads = {f: next((c for n in names for c in frame.columns if folded(c) == n), None)
             for f, names in layout.columns.items()}  # fmt: skip
    place, province = columns.get("place", heads["place"]), columns.get("province", heads["province"])
    if place not in frame.columns:
        raise InputError(f"no column {place!r}", "the column of places", "correct the column map", where=where)
    headers = _day_headers(frame)
    lost = [c for c in headers if parse_day(c, order) is None]
    if lost:
        raise InputError(
            f"column {lost[0]!r}",
            f"days written {'day' if order == 'dmy' else 'month'} first",
            "say date_order=dmy or date_order=mdy in the column map",
            where=where,
        )
    parts = [
        pd.DataFrame(
            {
                "place": frame[place],
                "province": frame[province] if province else "",
                "date": pd.Timestamp(str(parse_day(header, order))),
                "row": frame.index,
                field: whole_numbers(frame, header, notes=seen),
            }
        )
        for header in headers
    ]
    long = pd.concat(parts, ignore_index=True)
    return long.assign(date=long["date"].astype("datetime64[s]"))


def _with_deaths(
    cases: pd.DataFrame, path: Path, layout: Layout, columns: Mapping[str, str], as_of: date
) -> tuple[pd.DataFrame, list[DataQualityNote]]:
    """Cases joined by deaths from a file of their own, in the same layout; a row known to one file only is kept."""
    seen: list[Seen] = []
    frame = read_table(path)
    order = columns.get("date_order", layout.order)
    if layout.name != "jhu" or not layout.fits(frame):
        raise InputError(
            "a file of deaths beside a table that is no wide time series", "two wide time series",
            "give deaths as a column of the same table (deaths_cumulative)", where=path.name)  # fmt: skip
    deaths = _melted(frame, layout, columns, order, seen, "deaths_cumulative")  # type: ignore[arg-type]
    keys = ["place", "province", "date"]
    notes = _notes(seen, path.name)
    doubled = deaths.duplicated(keys)
    if doubled.any():
        row = int(deaths.loc[doubled, "row"].iloc[0])
        message = f"{int(doubled.sum())} counts of deaths stand twice; the last was used"
        notes.append(DataQualityNote("duplicate_conflict", message, file=path.name, row=row))
    joined = cases.merge(deaths.drop_duplicates(keys, keep="last").drop(columns="row"), on=keys, how="outer")
    alone = joined["row"].isna() & joined["deaths_cumulative"].notna()
    if alone.any():
        names = ", ".join(sorted({str(p) for p in joined.loc[alone, "place"]})[:5])
        message = f"{int(alone.sum())} counts of deaths have no row of cases ({names}); kept, cases not reported"
        notes.append(DataQualityNote("deaths_without_cases", message, file=path.name))
    return joined.assign(row=joined["row"].fillna(0).astype(int)), notes


def _notes(seen: list[Seen], file: str) -> list[DataQualityNote]:
    """One note a kind and sentence, so that a wide file does not repeat itself for every day."""
    first: dict[str, Seen] = {}
    for one in seen:
        first.setdefault(one.kind, one)
    counts = {kind: sum(s.kind == kind for s in seen) for kind in first}
    return [
        DataQualityNote(
            kind, one.message + (f"; likewise in {counts[kind] - 1} more columns" if counts[kind] > 1 else ""),
            file=file, row=one.row,
        )
        for kind, one in first.items()
    ]  # fmt: skip
