"""Backlogs, corrections, weekdays and late reports: what is moved, what is listed, what stays."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanshou.situation.backlogs import adjust_place
from yuanshou.situation.definitions import definition_changes
from yuanshou.situation.nowcast import nowcast, weekday_factors
from yuanshou.situation.truncation import completed, completeness, reporting_triangle
from yuanshou.sources.surveillance import SurveillanceSeries, shipped_surveillance


def adjusted(counts: list[float], **more: object) -> tuple[np.ndarray, list]:
    new = np.array(counts)
    return adjust_place(new, np.where(np.isfinite(new), 1.0, 0.0), **more)  # type: ignore[arg-type]


def test_an_even_series_is_left_alone() -> None:
    counts, moves = adjusted([20.0 + i for i in range(30)])
    assert not moves
    np.testing.assert_array_equal(counts, [20.0 + i for i in range(30)])


def test_a_backlog_goes_to_the_days_before_in_proportion() -> None:
    usual = [100.0] * 10
    counts, moves = adjusted([*usual, 1100.0, *usual])
    assert counts[10] == 100
    assert counts[:10].tolist() == [200.0] * 10
    assert [(m.day, m.kind, m.raw, m.adjusted) for m in moves] == [(10, "spike", 1100, 100)]


def test_a_large_last_day_is_listed_and_left() -> None:
    counts, moves = adjusted([*[100.0] * 10, 1100.0])
    assert counts[-1] == 1100
    assert [m.kind for m in moves] == ["spike_unresolved"]


def test_days_of_none_share_the_day_after_them() -> None:
    counts, moves = adjusted([*[50.0] * 8, 0.0, 0.0, 150.0, *[50.0] * 8])
    assert counts[8:11].tolist() == [50.0] * 3
    assert [(m.day, m.kind) for m in moves] == [(10, "zero_days")]


def test_a_day_of_none_where_few_are_usual_is_a_day_of_none() -> None:
    counts, moves = adjusted([*[3.0] * 8, 0.0, 6.0, *[3.0] * 8])
    assert not moves
    assert counts[8] == 0


def test_a_day_of_none_before_a_small_day_is_a_day_of_none() -> None:
    assert not adjusted([*[50.0] * 8, 0.0, 30.0, *[50.0] * 8])[1]


def test_a_negative_day_is_taken_from_the_days_before() -> None:
    counts, moves = adjusted([40.0] * 10 + [-100.0] + [40.0] * 3)
    assert counts[10] == 0
    assert counts[:10].tolist() == [30.0] * 10
    assert [(m.kind, m.raw) for m in moves] == [("negative", -100)]


def test_a_correction_larger_than_all_counts_leaves_its_rest_on_its_day() -> None:
    counts, moves = adjusted([5.0, 5.0, -100.0, 3.0])
    assert counts.tolist() == [0, 0, -90, 3]
    assert moves[0].adjusted == -90


def test_a_hole_is_filled_by_the_sum_that_ends_it(series) -> None:
    found = nowcast(series({"KEN": [10.0, 20.0, np.nan, np.nan, 50.0, 60.0]}))
    np.testing.assert_array_equal(found.adjusted, [[np.nan, 10, 10, 10, 10, 10]])
    np.testing.assert_array_equal(found.raw, [[np.nan, 10, np.nan, np.nan, 30, 10]])
    assert found.adjustments["kind"].tolist() == ["gap"]


def test_a_known_change_of_definition_is_named_with_its_source() -> None:
    found = nowcast(shipped_surveillance(date(2020, 3, 25))).adjustments
    row = found[(found["place"] == "CHN") & (found["date"] == "2020-02-13")].iloc[0]
    assert (row["kind"], row["raw"]) == ("definition", 15136)
    assert "WHO Situation report" in row["detail"]


def test_no_change_of_definition_is_known_before_its_day() -> None:
    assert "ESP" not in definition_changes(target="cases", as_of=date(2020, 4, 23))
    assert "ESP" in definition_changes(target="cases", as_of=date(2020, 4, 24))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 5000), st.integers(-500, 30)), min_size=1, max_size=60))
def test_the_total_of_a_place_never_changes(counts: list[int]) -> None:
    raw = np.array(counts, dtype=float)
    moved, moves = adjusted(counts)  # type: ignore[arg-type]
    assert moved.sum() == pytest.approx(raw.sum(), abs=1e-6 * max(np.abs(raw).sum(), 1))
    if not np.array_equal(moved, raw):
        assert moves, "what was moved is listed"
    if (np.cumsum(raw) >= 0).all():
        assert moved.min() >= -1e-9


def test_weekdays_without_rhythm_have_factors_of_one() -> None:
    days = np.arange("2020-03-02", "2020-04-27", dtype="datetime64[D]")
    np.testing.assert_allclose(weekday_factors(np.full((1, 56), 1000.0), days), 1)


def test_a_weekday_rhythm_is_found_and_taken_out(series) -> None:
    """Sundays bring half, Mondays one and a half."""
    rhythm = np.array([1.5, 1, 1, 1, 1, 1, 0.5])
    days = [date(2020, 3, 25) - timedelta(days=70 - i) for i in range(71)]
    daily = np.array([10_000 * rhythm[d.weekday()] for d in days])
    found = nowcast(series({"KEN": list(np.cumsum(daily))}))
    np.testing.assert_allclose(found.weekday_factors[0], rhythm, atol=0.02)
    np.testing.assert_allclose(found.without_weekdays[0, 1:], 10_000, rtol=0.03)


def test_few_cases_have_weekday_factors_near_one() -> None:
    days = np.arange("2020-03-02", "2020-04-27", dtype="datetime64[D]")
    counts = np.tile([2.0, 0, 0, 0, 0, 0, 0], 8)[None, :]
    assert np.abs(weekday_factors(counts, days) - 1).max() < 0.2


SHARES = np.array([0.5, 0.8, 0.95, 1.0])


def late_reports(
    chance: np.random.Generator, *, days: int, level: float
) -> tuple[list[SurveillanceSeries], np.ndarray]:
    """Vintages of one place in which half of a day's cases are known the same day, and the final counts."""
    final = chance.poisson(level, days)
    parts = np.diff(SHARES, prepend=0.0)
    arrived = np.array([np.cumsum(chance.multinomial(n, parts)) for n in final])
    start = date(2020, 3, 25) - timedelta(days=days)
    vintages = []
    for last in range(5, days):
        known = [float(arrived[d, min(last - d, 3)]) for d in range(last + 1)]
        frame = pd.DataFrame({"place": "KEN", "date": [start + timedelta(days=i) for i in range(last + 2)]})
        frame["cases_cumulative"] = np.cumsum([0.0, *known])
        vintages.append(SurveillanceSeries.from_frame(frame, as_of=start + timedelta(days=last + 1), source=""))
    return vintages, final


def test_the_share_known_by_delay_is_found_from_vintages() -> None:
    vintages, _ = late_reports(np.random.default_rng(1), days=60, level=500)
    triangle = reporting_triangle(vintages, places=["KEN"], last_day=vintages[-1].dates[-1], days=50, max_delay=6)
    found = completeness(triangle)
    np.testing.assert_allclose(found.share, [0.5, 0.8, 0.95, 1, 1, 1, 1], atol=0.01)


def test_the_nowcast_of_truncated_days_holds_the_final_counts_as_often_as_it_says() -> None:
    chance = np.random.default_rng(5)
    held = []
    for _ in range(25):
        vintages, final = late_reports(chance, days=25, level=120)
        found = nowcast(vintages[-1], vintages=vintages)
        last = slice(-3, None)
        held.append((found.low[0, last] <= final[last]) & (final[last] <= found.high[0, last]))
        assert (found.expected[0, last] >= found.adjusted[0, last]).all()
    assert np.mean(held) >= 0.9


def test_vintages_after_the_day_of_knowledge_are_not_read() -> None:
    vintages, _ = late_reports(np.random.default_rng(3), days=40, level=200)
    now, later = vintages[-10], vintages[-9:]
    alone = nowcast(now, vintages=vintages[:-9])
    both = nowcast(now, vintages=[*vintages[:-9], *later])
    np.testing.assert_array_equal(alone.expected, both.expected)


def test_without_vintages_nothing_is_expected_beyond_the_reports(series) -> None:
    found = nowcast(series({"KEN": [10.0 * i for i in range(20)]}))
    assert found.completeness is None
    np.testing.assert_array_equal(found.expected, found.adjusted)


def test_counts_that_are_later_revised_downward_are_expected_lower() -> None:
    triangle = np.full((1, 30, 2), np.nan)
    triangle[0, :, 0], triangle[0, :, 1] = 110, 100
    expected, low, high = completed(np.array([110.0]), np.array([0.0]), completeness(triangle))
    assert expected[0] == pytest.approx(100)
    assert low[0] <= 100.001
    assert high[0] >= 99.999
