"""Laws of counts: what goes in comes out, nothing later is read, settled counts never fall, weeks add up."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanshou.situation.recent import recent_reports
from yuanshou.situation.transmission import growth_rate, settled_cumulative, spread_daily
from yuanshou.sources.cells import _whole_number, parse_day
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.sources.weekly import weekly_counts

LAW = settings(max_examples=60, deadline=None)
count = st.one_of(st.just(np.nan), st.integers(0, 10**6).map(float))
table = st.integers(1, 40).flatmap(
    lambda days: st.lists(st.lists(count, min_size=days, max_size=days), min_size=1, max_size=3)
)
PLACES = ("ITA", "KEN", "UGA")
START = date(2020, 2, 1)


def series_of(rows: list[list[float]], *, as_of: date = date(2020, 6, 1)) -> SurveillanceSeries | None:
    frames = [
        pd.DataFrame({"place": p, "date": [START + timedelta(days=i) for i in range(len(r))], "cases_cumulative": r})
        for p, r in zip(PLACES, rows, strict=False)
    ]
    frame = pd.concat(frames, ignore_index=True)
    if not (frame["cases_cumulative"].notna() & (frame["date"] <= as_of)).any():
        return None
    return SurveillanceSeries.from_frame(frame, as_of=as_of, source="law")


@LAW
@given(table)
def test_every_reported_count_stands_in_the_series_unchanged(rows: list[list[float]]) -> None:
    series = series_of(rows)
    if series is None:
        return
    frame = series.to_frame().set_index(["place", "date"])["cases_cumulative"]
    given_counts = {
        (p, pd.Timestamp(START + timedelta(days=i))): c
        for p, r in zip(PLACES, rows, strict=False)
        for i, c in enumerate(r)
        if np.isfinite(c)
    }
    assert frame.dropna().to_dict() == given_counts


@LAW
@given(table, st.integers(0, 39))
def test_nothing_after_the_day_of_knowledge_is_read(rows: list[list[float]], until: int) -> None:
    as_of = START + timedelta(days=until)
    series = series_of(rows, as_of=as_of)
    if series is not None:
        assert series.dates.max() <= np.datetime64(as_of, "D")


@LAW
@given(table)
def test_settled_counts_never_fall_and_end_where_the_reports_end(rows: list[list[float]]) -> None:
    counts = np.array(rows)
    settled = settled_cumulative(counts)
    np.testing.assert_array_equal(np.isnan(settled), np.isnan(counts))
    for raw, row in zip(counts, settled, strict=True):
        known = row[np.isfinite(row)]
        assert (np.diff(known) >= 0).all()
        assert (known <= raw[np.isfinite(raw)]).all()
        if known.size:
            assert known[-1] == raw[np.isfinite(raw)][-1]


@LAW
@given(table)
def test_spreading_over_holes_keeps_the_sum(rows: list[list[float]]) -> None:
    settled = settled_cumulative(np.array(rows))
    daily = spread_daily(settled)
    for row, new in zip(settled, daily, strict=True):
        known = row[np.isfinite(row)]
        if known.size:
            np.testing.assert_allclose(np.nansum(new), known[-1] - known[0], atol=1e-6 * max(known[-1], 1))


@LAW
@given(table)
def test_known_weeks_add_up_to_the_cumulative_counts(rows: list[list[float]]) -> None:
    series = series_of(rows)
    if series is None:
        return
    weeks = weekly_counts(series)
    for i in range(weeks.counts.shape[0]):
        if weeks.counts.shape[1] and np.isfinite(weeks.counts[i]).all():
            ends = np.searchsorted(series.dates, [weeks.week_ends[0] - 7, weeks.week_ends[-1]])
            assert weeks.counts[i].sum() == series.cases[i, ends[1]] - series.cases[i, ends[0]]


@LAW
@given(st.integers(1, 1000), st.floats(-0.4, 0.4))
def test_growth_does_not_depend_on_the_size_of_the_outbreak(scale: int, rate: float) -> None:
    time = np.arange(14.0)[None, :]
    counts = 1e3 * np.exp(rate * time)
    one, many = (growth_rate(k * counts, time, np.ones_like(time)).rate[0] for k in (1, scale))
    assert abs(one - many) < 1e-8


@LAW
@given(table)
def test_recent_reports_never_look_at_a_day_after_the_last_report(rows: list[list[float]]) -> None:
    counts = np.array(rows)
    found = recent_reports(counts)
    assert ((found.previous < np.arange(counts.shape[1])) | (found.previous == -1)).all()
    for raw, last, cumulative in zip(counts, found.last, found.cumulative, strict=True):
        assert (last == -1) == np.isnan(cumulative)
        assert not np.isfinite(raw[last + 1 :]).any() or last == -1


@LAW
@given(st.integers(-(10**9), 10**9))
def test_a_number_is_read_back_however_it_is_grouped(number: int) -> None:
    for text in (str(number), f"{number:,}", f"{number:,}".replace(",", "\u202f"), f"{number}.0"):
        assert _whole_number(text) == number


@LAW
@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)))
def test_a_day_is_read_back_however_it_is_written(day: date) -> None:
    forms = (("%Y-%m-%d", None), ("%Y/%m/%d", None), ("%Y%m%d", None), ("%d/%m/%Y", "dmy"),
                        ("%m/%d/%Y", "mdy"), ("%d.%m.%Y", "dmy"), ("%d %B %Y", None),
             ("%Y年%m月%d日", None))  # fmt: skip
    for form, order in forms:
        assert parse_day(day.strftime(form), order) == day  # type: ignore[arg-type]


@LAW
@given(st.text(max_size=12))
def test_no_text_breaks_the_reading_of_a_cell(text: str) -> None:
    parse_day(text, "dmy")
    _whole_number(text)
