"""Cells of text as numbers and days, refusing to guess.

Two things are easily confused. An *empty* cell (or "NA", "-", "…") is "not reported" and becomes NaN, never zero. And
"03/04/2020" is a day in March or in April depending on who wrote it: the column as a whole decides, and where it
cannot, the reader is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pandas as pd

from yuanshou.errors import InputError
from yuanshou.sources.files import cell_place

DateOrder = Literal["dmy", "mdy"]

MISSING_WORDS = frozenset(
    {"", "na", "n/a", "nan", "null", "none", "nd", "n.d.", "-", "–", "—", "..", "...", "…", "#n/a", "unknown",
     "not reported", "not available", "pending", "missing"}
)  # fmt: skip
"""What people write where a figure is not known; compared without case and outer blanks."""

PEOPLE_ON_EARTH = 8_000_000_000

_PLAIN = re.compile(r"[+-]?\d+(?:\.0*)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+|(?:[\u00a0\u202f\u2009 ']\d{3})+|(?:\.\d{3}){2,})")
_ONE_DOT_GROUP = re.compile(r"[+-]?\d{1,3}\.\d{3}")
_DECIMAL = re.compile(r"[+-]?\d*[.,]\d+")

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{2}:\d{2}.*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SLASHED = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:[T ]\d{1,2}:\d{2}.*)?")
_NAMED = re.compile(r"(\d{1,2})[- .]([A-Za-z]{3,9})[- .,]*(\d{4}|\d{2})")
_NAMED_US = re.compile(r"([A-Za-z]{3,9})[ .]+(\d{1,2})[ ,]+(\d{4})")
_CHINESE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_MONTHS = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10,
           "nov": 11, "dec": 12}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """Something odd about a column that is still used: the rule, a sentence, and the first row it was seen in."""

    kind: str
    message: str
    row: int


def whole_numbers(frame: pd.DataFrame, column: str, *, notes: list[Seen]) -> pd.Series:
    """A column of text as persons (float64, NaN where not reported).

    Thousands may be grouped by comma, blank, apostrophe or more than one dot. A sign is kept; what a negative
    count means is for the door to decide.

    Raises
    ------
    InputError at the first cell that is no whole number, with file, row and column; "1.234" is refused as ambiguous.
    """
    cells = frame[column]
    values: dict[str, float] = {}
    for text in pd.unique(cells):
        value = _whole_number(text)
        if value is None:
            _refuse_number(frame, column, text)
        values[text] = value if value is not None else float("nan")
    _note_first(
        cells,
        lambda t: bool(_GROUPED.fullmatch(t)),
        notes,
        "thousands_separator",
        f"column {column}: grouped thousands such as {{text!r}} read as {{value:,.0f}} ({{count}} cells)",
        values,
    )
    _note_first(cells, lambda t: t != "" and t.casefold() in MISSING_WORDS, notes, "missing_word",
                f"column {column}: {{text!r}} read as not reported ({{count}} cells)", values)  # fmt: skip
    return cells.map(values).astype(float)


def _whole_number(text: str) -> float | None:
    """The number a cell holds, NaN for a missing word, None where it is neither.

    >>> _whole_number("1,234"), _whole_number("12.0"), _whole_number("١٢"), _whole_number("1.234"), _whole_number("a")
    (1234.0, 12.0, 12.0, None, None)
    """
    text = text.strip()
    if _PLAIN.fullmatch(text):
        value = float(text)
    elif text.casefold() in MISSING_WORDS:
        return float("nan")
    elif _GROUPED.fullmatch(text):
        value = float(re.sub(r"[^\d+-]", "", text))
    else:
        return None
    return value if abs(value) <= PEOPLE_ON_EARTH else None


def _refuse_number(frame: pd.DataFrame, column: str, text: str) -> None:
    rows = frame.index[frame[column] == text]
    where = cell_place(frame, rows[0], column)
    more = f" (and in {len(rows) - 1} more rows)" if len(rows) > 1 else ""
    if _PLAIN.fullmatch(text) or _GROUPED.fullmatch(text):
        raise InputError(f"{text}{more}", "a count of persons, at most the people on earth",
                         "correct the cell, or leave it empty where nothing was reported", where=where)  # fmt: skip
    if _ONE_DOT_GROUP.fullmatch(text):
        raise InputError(f"{text!r}{more}, which may mean a thousand or a fraction", "a whole number of persons",
                         f"write {text.replace('.', '')} without the dot", where=where)  # fmt: skip
    if _DECIMAL.fullmatch(text):
        raise InputError(f"{text!r}{more}, a fraction", "a whole number of persons",
                         "give counts, not rates or smoothed figures", where=where)  # fmt: skip
    raise InputError(f"{text!r}{more}", "a whole number of persons, or an empty cell where none was reported",
                     "correct the cell", where=where)  # fmt: skip


def _note_first(
    cells: pd.Series, test: Callable[[str], bool], notes: list[Seen], kind: str, words: str, values: dict[str, float]
) -> None:
    odd = [text for text in values if test(text)]
    if odd:
        hits = cells[cells.isin(odd)]
        text = hits.iloc[0]
        notes.append(Seen(kind, words.format(text=text, value=values[text], count=len(hits)), int(hits.index[0])))


def days(frame: pd.DataFrame, column: str, *, order: DateOrder | None, as_of: date, notes: list[Seen]) -> pd.Series:
    """A column of text as days (datetime64[s]); NaT where the cell is empty.

    ISO, compact (20200325), named months, Chinese and slashed days are read, also mixed. Slashed days need an order:
    the one given, or the only one in which every cell is a day, or the only one without days after `as_of`.

    Raises
    ------
    InputError at the first cell that is no day, or where both orders fit.
    """
    cells = frame[column]
    unique = [t for t in pd.unique(cells) if t.strip()]
    slashed = [t for t in unique if _SLASHED.fullmatch(t.strip()) and not _ISO.fullmatch(t.strip())]
    if slashed:
        order = order or _find_order(frame, column, slashed, as_of, notes)
        if len(slashed) < len(unique):
            first = int(cells.index[cells.isin(slashed)][0])
            message = (f"column {column}: {len(slashed)} of {len(unique)} different days are written like "
                       f"{slashed[0]!r}, the others otherwise; read as {order}")  # fmt: skip
            notes.append(Seen("mixed_dates", message, first))
    values: dict[str, pd.Timestamp] = {}
    for text in unique:
        day = parse_day(text, order)
        if day is None:
            rows = cells.index[cells == text]
            raise InputError(f"{text!r}", "a day such as 2020-03-25", "write YYYY-MM-DD",
                             where=cell_place(frame, rows[0], column))  # fmt: skip
        values[text] = pd.Timestamp(day)
    return pd.to_datetime(cells.map(values)).astype("datetime64[s]")


def parse_day(text: str, order: DateOrder | None = None) -> date | None:
    """The day a cell holds, or None.

    >>> parse_day("3/25/20", "mdy"), parse_day("25 March 2020"), parse_day("2020年3月25日"), parse_day("43915")
    (datetime.date(2020, 3, 25), datetime.date(2020, 3, 25), datetime.date(2020, 3, 25), datetime.date(2020, 3, 25))
    """
    text = text.strip()
    for pattern in (_ISO, _COMPACT, _CHINESE):
        if match := pattern.fullmatch(text):
            return _day(*match.groups())
    if match := _SLASHED.fullmatch(text):
        first, second, year = match.groups()
        return _day(year, *((second, first) if order == "dmy" else (first, second))) if order else None
    if match := _NAMED.fullmatch(text):
        return _day(match[3], str(_MONTHS.get(match[2][:3].casefold(), 0)), match[1])
    if match := _NAMED_US.fullmatch(text):
        return _day(match[3], str(_MONTHS.get(match[1][:3].casefold(), 0)), match[2])
    # A spreadsheet's serial day: days after 30 December 1899; only the years 1982 to 2064 are taken for one.
    if text.isdecimal() and 30_000 <= int(text) <= 60_000:
        return date(1899, 12, 30) + timedelta(days=int(text))
    return None


def _day(year: str, month: str, day: str) -> date | None:
    number = int(year) + (2000 if len(year) == 2 else 0)
    if not 1900 <= number <= 2100:
        return None
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None


def _find_order(frame: pd.DataFrame, column: str, slashed: list[str], as_of: date, notes: list[Seen]) -> DateOrder:
    """The only order in which the slashed days can be read."""
    fits: dict[DateOrder, list[date]] = {}
    orders: tuple[DateOrder, ...] = ("dmy", "mdy")
    for order in orders:
        read = [parse_day(t, order) for t in slashed]
        found = [d for d in read if d is not None]
        if len(found) == len(read):
            fits[order] = found
    first = int(frame.index[frame[column].isin(slashed)][0])
    where = cell_place(frame, first, column)
    if not fits:
        raise InputError(
            f"days of both orders (day first and month first), such as {slashed[0]!r}", "one way of writing days",
            "write YYYY-MM-DD", where=where)  # fmt: skip
    if len(fits) == 2:
        # Equal readings (01/01, 02/02, …) need no choice; otherwise only days that cannot be known yet decide.
        if fits["dmy"] == fits["mdy"]:
            return "dmy"
        possible = [order for order, found in fits.items() if max(found) <= as_of]
        if len(possible) != 1:
            raise InputError(
                f"{slashed[0]!r}, which may be {fits['dmy'][0]} or {fits['mdy'][0]}", "days of one meaning",
                "say which with the column map: date_order=dmy or date_order=mdy, or write YYYY-MM-DD",
                where=where)  # fmt: skip
        order = possible[0]
    else:
        order = next(iter(fits))
    words = "day first" if order == "dmy" else "month first"
    notes.append(Seen("date_order", f"column {column}: days such as {slashed[0]!r} read {words}", first))
    return order
