"""Numbers, shares, money and dates as a reader of one of six languages writes them (CLDR through Babel).

Missing must not be confused with nothing: a figure that cannot be given prints as an en dash, zero prints as 0.
"""

from __future__ import annotations

from datetime import date
from math import floor, isfinite, log10

import numpy as np
from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_compact_decimal, format_decimal, format_percent

LOCALES = ("en", "fr", "es", "ru", "zh", "ar")
"""The six languages of the United Nations."""

MISSING = "–"


def right_to_left(locale: str) -> bool:
    """True where lines run from right to left.

    >>> right_to_left("ar"), right_to_left("fr")
    (True, False)
    """
    return Locale.parse(locale).text_direction == "rtl"


def number(value: float, *, locale: str = "en", decimals: int = 0) -> str:
    """A number in full, with the locale's separators.

    >>> number(1234567), number(1234.5, locale="es", decimals=1), number(float("nan"))
    ('1,234,567', '1.234,5', '–')
    """
    if not isfinite(value):
        return MISSING
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(round(float(value), decimals) + 0.0, format=pattern, locale=locale))


def compact(value: float, *, locale: str = "en", figures: int = 3) -> str:
    """A number a person can take in at a glance: at most `figures` significant figures and a short word.

    >>> compact(1_234_567), compact(45_300, locale="fr"), compact(0.123), compact(0)
    ('1.23M', '45,3\\xa0k', '0.12', '0')
    """
    if not isfinite(value):
        return MISSING
    if abs(value) < 1000:
        if value == 0 or abs(value) >= 100 or float(value).is_integer():
            return number(value, locale=locale)
        return str(format_decimal(significant(value, 2), locale=locale))
    rounded = significant(value, figures)
    # Chinese counts in ten thousands, the other five in thousands.
    exponent = floor(log10(abs(rounded))) % (4 if locale.startswith("zh") else 3)
    return str(format_compact_decimal(rounded, locale=locale, fraction_digits=max(0, figures - 1 - exponent)))


def share(value: float, *, locale: str = "en", decimals: int = 0) -> str:
    """A share of one as per cent; what is not nothing never prints as 0 %, what is not all never as 100 %.

    >>> share(0.374), share(0.0004), share(0.9996), share(1.0), share(0.0123, decimals=1)
    ('37%', '<1%', '>99%', '100%', '1.2%')
    """
    if not isfinite(value):
        return MISSING
    unit = 10.0 ** -(decimals + 2)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    template = Locale.parse(locale).percent_formats[None].pattern

    def written(shown: float) -> str:
        return str(format_percent(shown, format=template.replace("#,##0", pattern), locale=locale))

    if 0 < value < unit / 2:
        return "<" + written(unit)
    if 1 - unit / 2 <= value < 1 - 1e-9:
        return ">" + written(1 - unit)
    return written(round(float(value), decimals + 2))


def usd(value: float, *, locale: str = "en") -> str:
    """US dollars, short.

    >>> usd(45_300_000)
    'US$\\xa045.3M'
    """
    return MISSING if not isfinite(value) else f"US$\u00a0{compact(value, locale=locale)}"


def day(value: date | np.datetime64, *, locale: str = "en", form: str = "long") -> str:
    """A date in words: form "long" (25 March 2020) or "short" (25 Mar).

    >>> day(date(2020, 3, 25)), day(np.datetime64("2020-03-28"), form="short")
    ('25 March 2020', '28 Mar')
    """
    moment = value if isinstance(value, date) else value.astype("datetime64[D]").item()
    if locale == "en":  # day before month, as international documents in English write it
        return str(format_date(moment, "d MMMM y" if form == "long" else "d MMM", locale=locale))
    pattern = "long" if form == "long" else Locale.parse(locale).datetime_skeletons["MMMd"].pattern
    return str(format_date(moment, pattern, locale=locale))


def significant(value: float, figures: int) -> float:
    """The value rounded to `figures` significant figures.

    >>> significant(123456, 3), significant(0.04567, 2)
    (123000.0, 0.046)
    """
    if value == 0 or not isfinite(value):
        return float(value)
    return float(round(float(value), figures - 1 - floor(log10(abs(value)))))
