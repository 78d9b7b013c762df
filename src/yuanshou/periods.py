"""Epidemiological weeks, horizons and reference dates.

Two ideas must not be confused. The *reference date* (`as_of`) is the last day whose reports may be read.
A *week* is named by its last day (`week_end`, a Saturday: weeks run Sunday to Saturday as in the
forecasting hubs); ISO and MMWR week numbers are views of that date, never stored.

A worked calendar. Knowledge ends on Wednesday 25 March 2020:

    Sun 15 .. Sat 21 March   the last complete week, week_end 2020-03-21
    Sun 22 .. Sat 28 March   horizon 1: its first four days are known, week_end 2020-03-28
    Sun 29 .. Sat  4 April   horizon 2, week_end 2020-04-04

>>> last_complete_week_end(date(2020, 3, 25))
datetime.date(2020, 3, 21)
>>> [str(d) for d in horizon_week_ends(date(2020, 3, 25), weeks=2)]
['2020-03-28', '2020-04-04']
>>> last_complete_week_end(date(2020, 3, 28))  # a Saturday's own reports complete its week
datetime.date(2020, 3, 28)
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from yuanshou.errors import InputError
from yuanshou.tables import DateArray

SATURDAY = 5


def last_complete_week_end(as_of: date) -> date:
    """The Saturday on or before `as_of`."""
    return as_of - timedelta(days=(as_of.weekday() - SATURDAY) % 7)


def horizon_week_ends(as_of: date, *, weeks: int) -> DateArray:
    """The `weeks` Saturdays after the last complete week, as datetime64[D], shape (weeks,)."""
    first = np.datetime64(last_complete_week_end(as_of), "D") + np.timedelta64(7, "D")
    return first + np.arange(weeks) * np.timedelta64(7, "D")


def iso_week(day: date) -> str:
    """The ISO week that holds `day`, as text.

    >>> iso_week(date(2021, 1, 3)), iso_week(date(2021, 1, 4))
    ('2020-W53', '2021-W01')
    """
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def mmwr_week(day: date) -> str:
    """The MMWR (Sunday to Saturday) week that holds `day`: week 1 has at least four days in its year.

    >>> mmwr_week(date(2020, 12, 28)), mmwr_week(date(2021, 1, 3))
    ('2020-W53', '2021-W01')
    """
    end = day + timedelta(days=(SATURDAY - day.weekday()) % 7)
    wednesday = end - timedelta(days=3)
    number = (wednesday - date(wednesday.year, 1, 1)).days // 7 + 1
    return f"{wednesday.year}-W{number:02d}"


def parse_date(text: str, *, what: str = "date") -> date:
    """An ISO date from text; anything else is refused.

    >>> parse_date("2020-03-25")
    datetime.date(2020, 3, 25)
    """
    try:
        return date.fromisoformat(str(text).strip())
    except ValueError:
        raise InputError(f"{text!r} for {what}", "a date such as 2020-03-25", "write YYYY-MM-DD") from None
