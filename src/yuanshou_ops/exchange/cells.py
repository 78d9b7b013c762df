"""What one cell says: text, a whole number, a weight, a day, a choice. Nothing is guessed.

Each reader takes what the file holds and returns a value, or raises `WrongCell` with what was found, what was expected
and the way out. A number that a spreadsheet turned into a day, a day that is only text, a formula, a broken
reference: each has its own words.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
DASHES = {"-", "–", "—"}
"""Alone in a cell they mean that there is nothing to say."""
YEAR_FIRST = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$")
YEARS = (1990, 2100)
EXACT = 10**15
"""From here on a spreadsheet has lost the last digits of a number."""
SHOWN = 80


class WrongCell(ValueError):
    """A cell that cannot be used as it is: what was found, what was expected, the way out."""

    column = ""

    def __init__(self, found: Any, expected: str, way_out: str) -> None:
        self.found, self.expected, self.way_out = show(found), expected, way_out
        super().__init__(f"{self.found}; {expected}; {way_out}")


@contextmanager
def in_column(name: str) -> Iterator[None]:
    """Say in which column the problem of the block lies."""
    try:
        yield
    except WrongCell as wrong:
        wrong.column = wrong.column or name
        raise


@dataclass(frozen=True)
class Broken:
    """A cell the file itself cannot give a value for: an error such as #REF!, a formula without a result, merged."""

    shown: str
    why: str


def show(value: Any) -> str:
    """A value in words short enough for a message, without what a screen cannot show."""
    if isinstance(value, Broken):
        return value.shown
    if value is None or value == "":
        return _("an empty cell")
    text = CONTROL.sub("�", value.isoformat() if isinstance(value, date | time) else str(value))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and (not value.strip() or value.strip() in DASHES))


def usable(value: Any) -> Any:
    """The value, None for an empty cell; raises `WrongCell` for one that is broken."""
    if isinstance(value, Broken):
        raise WrongCell(value, value.why, _("write the value itself"))
    return None if is_empty(value) else value


def text(value: Any, *, length: int = 300) -> str:
    """Words on one line; "" if empty. What a spreadsheet would run as a formula is refused, unless it is quoted."""
    value = usable(value)
    if value is None:
        return ""
    if isinstance(value, bool | date | time):
        raise WrongCell(value, _("a text"), _("format the cell as text and write it again, for the program changed it"))
    if isinstance(value, float | int):
        if isinstance(value, float) and (not math.isfinite(value) or abs(value) >= EXACT):
            raise WrongCell(value, _("a text"), _("format the cell as text, for long numbers lose their last digits"))
        value = str(int(value)) if value == int(value) else repr(value)
    words = " ".join(value.split())
    if CONTROL.search(words):
        raise WrongCell(words, _("a text without control characters"), _("delete the cell and type it again"))
    if words.startswith("'") and words[1:2] in FORMULA_STARTS:
        words = words[1:]  # this is how our own downloads quote such a text
    elif words.startswith(FORMULA_STARTS):
        raise WrongCell(words, _("a text that is no formula"), _("begin with a letter, a digit or an apostrophe"))
    if len(words) > length:
        raise WrongCell(words, _("at most %(n)d characters") % {"n": length}, _("shorten it"))
    return words


def whole(value: Any, *, low: int = 1, high: int = 10**12) -> int | None:
    """A whole number from `low` to `high`; None if empty. Digits of any script; spaces may group, commas and points not."""
    value = usable(value)
    if value is None:
        return None
    expected = _("a whole number from %(low)s to %(high)s") % {"low": f"{low:,}", "high": f"{high:,}"}
    way_out = _("write the digits alone, such as 1200")
    if isinstance(value, bool | date | time):
        raise WrongCell(value, expected, _("format the cell as a number and write it again"))
    if isinstance(value, str):
        digits = re.sub(r"(?<=\d)[\s\u00a0\u202f\u2009](?=\d{3}(?!\d))", "", value.strip())
        if not re.fullmatch(r"[-+]?\d{1,18}", digits):
            raise WrongCell(value, expected, way_out)
        number = int(digits)
    else:
        if isinstance(value, float) and (not math.isfinite(value) or value != int(value)):
            raise WrongCell(value, expected, way_out)
        number = int(value)
    if not low <= number <= high:
        raise WrongCell(number, expected, _("correct the number"))
    return number


def weight(value: Any) -> Decimal | None:
    """Kilograms with two decimals, above zero; None if empty."""
    value = usable(value)
    if value is None:
        return None
    expected = _("a weight in kilograms from 0.01 to 100,000")
    if isinstance(value, bool | date | time):
        raise WrongCell(value, expected, _("format the cell as a number and write it again"))
    words = str(value).strip()
    if re.fullmatch(r"\d+,\d{1,2}", words):
        words = words.replace(",", ".")
    try:
        number = Decimal(words)
    except InvalidOperation:
        raise WrongCell(value, expected, _("write the number alone, such as 12.5")) from None
    if not number.is_finite() or not Decimal("0.005") <= number <= 100_000:
        raise WrongCell(value, expected, _("correct the number"))
    return round(number, 2)


def day(value: Any) -> date | None:
    """A calendar day; None if empty. Text counts only with the year first, for 05/03 is two different days."""
    value = usable(value)
    if value is None:
        return None
    expected = _("a day such as 2021-03-05")
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, str):
        found = YEAR_FIRST.match(unicodedata.normalize("NFKC", value.strip()))
        if not found:
            raise WrongCell(value, expected, _("write year, month and day, with the year first"))
        try:
            value = date(*(int(part) for part in found.groups()))
        except ValueError:
            raise WrongCell(value, expected, _("correct the day, for the calendar has no such day")) from None
    if not isinstance(value, date):
        raise WrongCell(value, expected, _("format the cell as a date, or write year, month and day"))
    if not YEARS[0] <= value.year <= YEARS[1]:
        raise WrongCell(
            value, _("a day from %(from)d to %(to)d") % {"from": YEARS[0], "to": YEARS[1]}, _("correct the year")
        )
    return value


def choice(value: Any, options: Mapping[str, Any], *, default: Any) -> Any:
    """One of the options by its words in any language, without regard to case; the default if empty."""
    words = text(value) if not isinstance(value, bool) else str(value)
    if not words:
        return default
    found = options.get(key_of(words), options)
    if found is options:
        expected = _("one of %(words)s") % {"words": ", ".join(dict.fromkeys(str(v) for v in options.values()))}
        raise WrongCell(words, expected, _("choose from the list"))
    return found


def key_of(words: str) -> str:
    """What two spellings of the same word have in common: letters and digits alone, without case, width or accents.

    >>> key_of("Quantité * ") == key_of("quantite")
    True
    """
    folded = unicodedata.normalize("NFKD", words.casefold())
    return "".join(c for c in folded if c.isalnum())
