"""What every forecast must be: honest about what it knew, sane for odd series, the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from tests.outbreak_factory import END, PLACES, series_of, waves

from yuanshou.errors import ForecastError, SettingError
from yuanshou.forecast.forecasters import QUANTILE_LEVELS, Forecast, fit, forecast
from yuanshou.sources.surveillance import SurveillanceSeries, read_surveillance


@pytest.fixture(scope="module")
def ordinary() -> SurveillanceSeries:
    return series_of(*waves())


@pytest.fixture(scope="module")
def made(ordinary: SurveillanceSeries) -> Forecast:
    return forecast(ordinary, weeks=6, paths=100)


def assert_sane(found: Forecast) -> None:
    quantiles = found.quantiles
    finite = np.isfinite(quantiles)
    assert (finite.all(axis=-1) | ~finite.any(axis=-1)).all()
    kept = quantiles[finite.all(axis=-1)]
    assert (kept >= 0).all()
    assert (np.diff(kept, axis=-1) >= 0).all()
    unmade = {(r.place, r.target) for r in found.reasons.itertuples()}
    for target, name in enumerate(("cases", "deaths")):
        for i in np.flatnonzero(~finite[target].all(axis=(1, 2))):
            assert (found.places[i], name) in unmade


def test_quantiles_never_cross_and_stand_at_the_hubs_levels(made: Forecast) -> None:
    assert len(QUANTILE_LEVELS) == 23
    assert made.quantiles.shape == (2, len(PLACES), 6, 23)
    assert_sane(made)


def test_week_ends_are_the_saturdays_after_the_last_complete_week(made: Forecast) -> None:
    assert str(made.week_ends[0]) == "2020-06-27"
    assert all(pd.Timestamp(day).day_name() == "Saturday" for day in made.week_ends)


def test_the_same_seed_gives_the_same_forecast_and_another_seed_other_paths(ordinary: SurveillanceSeries) -> None:
    first, again, other = (forecast(ordinary, weeks=3, paths=50, seed=s) for s in (5, 5, 6))
    np.testing.assert_array_equal(first.paths, again.paths)
    np.testing.assert_array_equal(first.quantiles, again.quantiles)
    assert (first.paths != other.paths).any()


def test_paths_and_quantiles_tell_the_same_story(made: Forecast) -> None:
    middle = np.median(made.paths, axis=-1)
    np.testing.assert_allclose(middle, made.quantiles[..., 11], rtol=1e-5, atol=0.51)


def test_paths_are_correlated_over_weeks_and_between_places(made: Forecast) -> None:
    logs = np.log1p(made.paths[0])
    big = np.argsort(-np.median(made.paths[0, :, 1], axis=-1))[:4]
    weeks = [np.corrcoef(logs[i, 1], logs[i, 2])[0, 1] for i in big]
    places = [np.corrcoef(logs[i, 2], logs[j, 2])[0, 1] for i in big for j in big if i < j]
    assert np.mean(weeks) > 0.5
    assert np.mean(places) > 0.1


def test_a_fitted_state_gives_the_forecast_that_fitting_gives(ordinary: SurveillanceSeries) -> None:
    state = fit(ordinary)
    assert state is not None
    direct, reused = forecast(ordinary, weeks=3, paths=50), forecast(ordinary, weeks=3, paths=50, fitted=state)
    np.testing.assert_array_equal(direct.quantiles, reused.quantiles)


def test_counts_published_after_the_day_change_no_number(tmp_path, ordinary: SurveillanceSeries) -> None:
    rows = [
        [place, str(day), ordinary.cases[i, d], ordinary.deaths[i, d]]
        for i, place in enumerate(PLACES)
        for d, day in enumerate(ordinary.dates)
    ]
    frame = pd.DataFrame(rows, columns=["place", "date", "cases_cumulative", "deaths_cumulative"])
    as_of = END - timedelta(days=20)
    late = frame["date"] > as_of.isoformat()
    changed = frame.copy()
    changed.loc[late, "cases_cumulative"] *= 7
    changed.loc[late, "deaths_cumulative"] = 0
    found = []
    for name, table in (("as_it_was.csv", frame), ("changed_later.csv", changed)):
        table.to_csv(tmp_path / name, index=False)
        found.append(forecast(read_surveillance(tmp_path / name, as_of=as_of), weeks=4, paths=50))
    np.testing.assert_array_equal(found[0].quantiles, found[1].quantiles)
    np.testing.assert_array_equal(found[0].paths, found[1].paths)


def test_changing_one_count_before_the_day_does_change_the_forecast(ordinary: SurveillanceSeries) -> None:
    cases = ordinary.cases.copy()
    cases[:, -3:] *= 1.2
    other = forecast(replace(ordinary, cases=cases), weeks=2, paths=50)
    assert (other.quantiles[0] != forecast(ordinary, weeks=2, paths=50).quantiles[0]).any()


def test_what_is_already_reported_of_the_first_week_is_the_least_it_can_be(ordinary: SurveillanceSeries) -> None:
    as_of = date(2020, 6, 18)  # a Thursday
    keep = ordinary.dates <= np.datetime64(as_of, "D")
    part = replace(
        ordinary,
        dates=ordinary.dates[keep],
        cases=ordinary.cases[:, keep],
        deaths=ordinary.deaths[:, keep],
        as_of=as_of,
    )
    found = forecast(part, weeks=2, paths=50)
    known = part.cases[:, -1] - part.cases[:, -6]
    assert (found.quantiles[0, :, 0, 0] >= known - 1e-9).all()


@pytest.mark.parametrize("method", ["default", "renewal", "baseline"])
def test_all_zero_counts_give_small_forecasts_with_a_reason(method: str) -> None:
    zero = np.zeros((len(PLACES), 60))
    found = forecast(series_of(zero, zero), weeks=4, paths=60, method=method)
    assert_sane(found)
    assert (found.quantiles[0, :, 0, 11] <= 2).all()
    assert set(found.reasons["place"]) == set(PLACES)
    assert found.reasons["reason"].str.contains("so far").all()


@pytest.mark.parametrize("days", [1, 3, 7, 15, 35])
def test_a_history_of_days_or_weeks_is_enough(days: int) -> None:
    cases, deaths = waves()
    found = forecast(series_of(cases[:, 60 : 60 + days], deaths[:, 60 : 60 + days]), weeks=12, paths=60)
    assert_sane(found)
    assert np.isfinite(found.quantiles[0]).all()


def test_a_falling_cumulative_count_gives_no_negative_forecast() -> None:
    cases, deaths = waves()
    cases[2, -10] = -0.8 * cases[2, :-10].sum()
    assert_sane(forecast(series_of(cases, deaths), weeks=4, paths=60))


def test_weekly_reports_are_forecast_at_the_level_of_weeks() -> None:
    cases, deaths = waves(scale=3000)
    weekly = cases.copy()
    whole = weekly.shape[1] // 7 * 7
    start = weekly.shape[1] - whole
    sums = weekly[:, start:].reshape(len(PLACES), -1, 7).sum(axis=2)
    weekly[:, start:] = 0
    weekly[:, start + 4 :: 7] = sums
    daily_made, weekly_made = (forecast(series_of(c, deaths), weeks=2, paths=100) for c in (cases, weekly))
    assert_sane(weekly_made)
    big = daily_made.quantiles[0, :, 0, 11] > 200
    ratio = weekly_made.quantiles[0, big, 0, 11] / daily_made.quantiles[0, big, 0, 11]
    assert ((ratio > 0.3) & (ratio < 3)).all()


def test_irregular_reports_with_missing_days_are_forecast() -> None:
    series = series_of(*waves())
    cases = series.cases.copy()
    holes = np.random.default_rng(3).random(cases.shape) < 0.4
    cases[holes] = np.nan
    assert_sane(forecast(replace(series, cases=cases), weeks=4, paths=60))


def test_counts_a_million_times_larger_are_bounded_by_the_population() -> None:
    cases, deaths = waves()
    found = forecast(series_of(cases * 1e6, deaths * 1e6), weeks=8, paths=60)
    assert_sane(found)
    assert found.quantiles[0].max() < 8e9


def test_a_place_that_never_reported_gets_no_forecast_and_the_reason() -> None:
    series = series_of(*waves())
    cases = series.cases.copy()
    cases[4] = np.nan
    found = forecast(replace(series, cases=cases), weeks=2, paths=60)
    assert np.isnan(found.quantiles[0, 4]).all()
    row = found.reasons[(found.reasons["place"] == PLACES[4]) & (found.reasons["target"] == "cases")]
    assert "no forecast is made" in row["reason"].iloc[0]


def test_a_place_silent_for_long_says_so() -> None:
    series = series_of(*waves())
    cases = series.cases.copy()
    cases[1, -30:] = np.nan
    found = forecast(replace(series, cases=cases), weeks=2, paths=60)
    assert found.reasons.query("place == @PLACES[1] and target == 'cases'")["reason"].str.contains("silent").any()


def test_growth_is_guarded_so_that_no_place_passes_its_population() -> None:
    cases = np.zeros((len(PLACES), 40))
    cases[:, 10:] = np.exp(0.6 * np.arange(30))[None, :]
    found = forecast(series_of(cases, cases * 0), weeks=12, paths=60)
    assert_sane(found)
    assert found.quantiles[0].max() < 7e7


def test_counts_of_no_place_on_no_day_are_refused() -> None:
    series = series_of(*waves())
    with pytest.raises(ForecastError, match="no case count"):
        forecast(replace(series, cases=np.full_like(series.cases, np.nan)))


@pytest.mark.parametrize("bad", [{"method": "oracle"}, {"weeks": 0}, {"paths": 1}])
def test_settings_that_make_no_sense_are_refused(bad: dict, ordinary: SurveillanceSeries) -> None:
    with pytest.raises(SettingError, match="way out"):
        forecast(ordinary, **bad)


def test_the_baseline_repeats_the_last_complete_week(ordinary: SurveillanceSeries) -> None:
    found = forecast(ordinary, weeks=3, paths=2001, method="baseline")
    end = int((found.week_ends[0] - np.timedelta64(7, "D") - ordinary.dates[0]) / np.timedelta64(1, "D"))
    last = ordinary.cases[:, end] - ordinary.cases[:, end - 7]
    np.testing.assert_allclose(found.quantiles[0, :, :, 11], np.repeat(last[:, None], 3, axis=1), atol=1e-6)


def test_the_baseline_of_counts_that_came_late_repeats_the_last_week_they_cover(ordinary: SurveillanceSeries) -> None:
    late = replace(
        ordinary, dates=ordinary.dates[:-3], cases=ordinary.cases[:, :-3], deaths=ordinary.deaths[:, :-3]
    )  # fmt: skip
    assert str(late.dates[-1]) == "2020-06-18"  # a Thursday; the last week covered ended on the 13th
    found = forecast(late, weeks=1, paths=2001, method="baseline")
    end = int((np.datetime64("2020-06-13") - ordinary.dates[0]) / np.timedelta64(1, "D"))
    last = ordinary.cases[:, end] - ordinary.cases[:, end - 7]
    np.testing.assert_allclose(found.quantiles[0, :, 0, 11], last, atol=1e-6)
