"""Weeks and reference dates, at the boundaries where people go wrong."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuanshou.errors import InputError
from yuanshou.periods import horizon_week_ends, iso_week, last_complete_week_end, mmwr_week, parse_date

DAYS = st.dates(date(2000, 1, 1), date(2049, 12, 31))


@given(DAYS)
def test_the_last_complete_week_ends_on_a_saturday_not_after_the_day(day: date) -> None:
    end = last_complete_week_end(day)
    assert end.weekday() == 5
    assert timedelta(0) <= day - end < timedelta(7)


@given(DAYS, st.integers(1, 12))
def test_horizons_are_consecutive_saturdays_after_the_day(day: date, weeks: int) -> None:
    ends = horizon_week_ends(day, weeks=weeks).astype(object)
    assert len(ends) == weeks
    assert ends[0] > last_complete_week_end(day)
    assert all(b - a == timedelta(7) for a, b in itertools.pairwise(ends))


@pytest.mark.parametrize(
    ("day", "iso", "mmwr"),
    [
        (date(2020, 12, 27), "2020-W52", "2020-W53"),
        (date(2020, 12, 28), "2020-W53", "2020-W53"),
        (date(2021, 1, 2), "2020-W53", "2020-W53"),
        (date(2021, 1, 3), "2020-W53", "2021-W01"),
        (date(2021, 1, 4), "2021-W01", "2021-W01"),
        (date(2022, 1, 1), "2021-W52", "2021-W52"),
    ],
)
def test_week_numbers_at_the_turn_of_the_year_follow_both_systems(day: date, iso: str, mmwr: str) -> None:
    assert (iso_week(day), mmwr_week(day)) == (iso, mmwr)


@pytest.mark.parametrize("text", ["25/03/2020", "2020-3-25", "", "yesterday", "2020-02-30"])
def test_a_date_that_is_not_iso_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(InputError, match="write YYYY-MM-DD"):
        parse_date(text)
