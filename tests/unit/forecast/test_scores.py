"""Scores, pools, calibration, reporting states, scenarios and hub formats, small enough to check by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from tests.outbreak_factory import END, PLACES, series_of, waves

from yuanshou.errors import InputError, SettingError
from yuanshou.forecast.backtest import backtest, observed_weeks, score_forecast
from yuanshou.forecast.calibration import CalibrationSettings, stretch_factors
from yuanshou.forecast.evaluation import (
    crps_of_quantiles,
    crps_of_samples,
    pit_shares,
    probability_integral_transform,
    score_targets,
    summarise,
    weighted_interval_score,
)  # fmt: skip
from yuanshou.forecast.features import weekly_course
from yuanshou.forecast.forecasters import forecast, reporting_now
from yuanshou.forecast.panel import make_panel
from yuanshou.forecast.pooled import PooledSettings
from yuanshou.forecast.quantiles import QUANTILE_LEVELS
from yuanshou.forecast.record import later_sentence, load_record, record_sentence
from yuanshou.forecast.reporting import mix_reporting, report_multiples, reporting_states
from yuanshou.forecast.rolling import RollingForecaster, RollingSettings
from yuanshou.forecast.scenarios import Measure, apply_measures
from yuanshou.sources.hub import read_hub_truth, read_hubverse, to_euro_hub, write_hubverse


def test_the_interval_score_is_that_of_its_definition() -> None:
    """Bracher et al. 2021: (w0 |y − m| + Σ w_k IS_k) / (K + ½) with w_k = α_k / 2."""
    rng = np.random.default_rng(0)
    quantiles = np.sort(rng.normal(50, 20, size=(200, 23)), axis=1)
    observed = rng.normal(50, 30, size=200)
    total = 0.5 * np.abs(observed - quantiles[:, 11])
    for k in range(11):
        alpha = 2 * QUANTILE_LEVELS[k]
        low, high = quantiles[:, k], quantiles[:, 22 - k]
        below, above = np.maximum(low - observed, 0), np.maximum(observed - high, 0)
        total += alpha / 2 * (high - low + 2 / alpha * (below + above))
    np.testing.assert_allclose(weighted_interval_score(quantiles, observed), total / 11.5, rtol=1e-12)


def test_the_crps_of_many_samples_is_near_the_closed_form_of_the_normal() -> None:
    samples = np.random.default_rng(1).normal(0, 1, size=(1, 20_000))
    assert crps_of_samples(samples, np.array([0.0]))[0] == pytest.approx((np.sqrt(2) - 1) / np.sqrt(np.pi), abs=0.01)


def test_the_crps_of_quantiles_is_that_of_samples_and_of_the_closed_form() -> None:
    """Gneiting and Raftery 2007: σ [z (2 Φ(z) − 1) + 2 φ(z) − 1/√π]; the straight lines between levels cost a little."""
    from scipy.stats import norm

    quantiles = np.tile(100 + 15 * norm.ppf(QUANTILE_LEVELS), (5, 1))
    observed = np.array([60.0, 90.0, 100.0, 120.0, 170.0])
    z = (observed - 100) / 15
    exact = 15 * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    np.testing.assert_allclose(crps_of_quantiles(quantiles, observed), exact, rtol=0.02)


def test_the_crps_of_a_step_is_the_distance() -> None:
    step = np.full((3, 23), 7.0)
    assert crps_of_quantiles(step, np.array([3.0, 7.0, 12.0])).tolist() == [4.0, 0.0, 5.0]


def test_pit_shares_of_small_counts_are_even_for_a_perfect_forecast() -> None:
    from scipy.stats import poisson

    quantiles = np.tile(poisson.ppf(QUANTILE_LEVELS, 1.5), (20_000, 1))
    scores = score_targets(quantiles, np.random.default_rng(5).poisson(1.5, size=20_000).astype(float))
    np.testing.assert_allclose(pit_shares(scores), 0.2, atol=0.03)
    too_high = score_targets(quantiles + 2, np.random.default_rng(5).poisson(1.5, size=20_000).astype(float))
    assert pit_shares(too_high)[0] > 0.6


def test_sample_paths_are_scored_as_samples_where_a_forecast_has_them() -> None:
    whole = series_of(*waves())
    keep = whole.dates < np.datetime64(END - timedelta(days=20), "D")
    cut = {"dates": whole.dates[keep], "cases": whole.cases[:, keep], "deaths": whole.deaths[:, keep]}
    made = forecast(replace(whole, as_of=END - timedelta(days=20), **cut), weeks=1, paths=50)
    scores = score_forecast(made, whole)
    first = crps_of_samples(made.paths[0, :1, 0].astype(float), scores["value"].to_numpy()[:1])
    assert scores["crps"].iloc[0] == pytest.approx(first[0])
    alone = score_forecast(replace(made, paths=made.paths[..., :0]), whole)
    assert alone["crps"].iloc[0] != scores["crps"].iloc[0]
    assert alone["crps"].iloc[0] == pytest.approx(scores["crps"].iloc[0], rel=0.1, abs=1.0)


def test_the_pit_of_draws_from_the_forecast_is_uniform_and_bias_is_signed() -> None:
    from scipy.special import ndtri

    quantiles = np.tile(ndtri(QUANTILE_LEVELS), (4000, 1))
    observed = np.random.default_rng(2).normal(size=4000)
    pit = probability_integral_transform(quantiles, observed)
    np.testing.assert_allclose(np.quantile(pit, [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.03)
    assert score_targets(quantiles, observed - 3)["bias"].mean() > 0.8


def test_ratios_are_of_sums_on_the_same_targets() -> None:
    scores = score_targets(np.tile(np.arange(23.0), (2, 1)), np.array([11.0, 40.0]))
    scores["target"], scores["reference_wis"], scores["reference_wis_log"] = "cases", [1.0, 9.0], [1.0, 1.0]
    table = summarise(scores, by=["target"])
    assert table["wis_ratio"].iloc[0] == pytest.approx(scores["wis"].sum() / 10)


def test_past_misses_widen_the_next_forecast() -> None:
    narrow = [np.linspace(4.9, 5.1, 23)[None, :].repeat(30, axis=0) for _ in range(12)]
    rng = np.random.default_rng(0)
    wild = [np.round(np.exp(rng.normal(5, 0.4, size=30))) for _ in range(12)]
    settings = CalibrationSettings()
    assert stretch_factors([], [], 0, settings) == settings.prior[0]
    inner, outer = stretch_factors(narrow, wild, 0, settings)
    assert inner > settings.prior[0][0]
    assert outer > settings.prior[0][1]


def test_silence_is_filled_and_a_backlog_is_cut_to_its_share() -> None:
    course = weekly_course(np.array([[90.0, 100.0, 0.0, 0.0, 300.0, 110.0]]))
    assert course.silent.tolist() == [[False, False, True, True, False, False]]
    assert course.clean.tolist() == [[90.0, 100.0, 100.0, 100.0, 100.0, 110.0]]
    assert course.run[0].tolist() == [0, 0, 1, 2, 0, 0]


def test_no_clean_week_depends_on_a_later_one() -> None:
    weekly = np.random.default_rng(4).poisson(20, size=(5, 30)).astype(float)
    weekly[:, 10:12] = 0
    changed = weekly.copy()
    changed[:, 20:] *= 9
    np.testing.assert_array_equal(weekly_course(weekly).clean[:, :20], weekly_course(changed).clean[:, :20])


def test_chances_of_what_is_reported_sum_to_one_and_long_silence_stays_silent() -> None:
    weekly = np.full((3, 30), 100.0)
    weekly[1, -1:] = 0
    weekly[2, -14:] = 0
    chance = report_multiples(weekly_course(weekly), horizons=4)
    np.testing.assert_allclose(chance.sum(axis=2), 1.0)
    assert chance[0, 0, 1] > 0.99
    assert 0.1 < chance[1, 0, 0] < 0.6
    assert chance[1, 0, 3] == 0
    assert chance[1, 0, 2] > 0.3  # a backlog of two weeks
    assert chance[2, 0, 0] > 0.9


def test_after_a_gap_the_forecast_is_two_sided() -> None:
    weekly = np.full((1, 30), 100.0)
    weekly[0, -1] = 0
    usual = np.log1p(np.linspace(80, 120, 23))[None, None, :].repeat(2, axis=1)
    mixed = np.expm1(mix_reporting(usual, weekly_course(weekly)))
    assert mixed[0, 0, 2] < 1
    assert mixed[0, 0, -1] > 180


def test_states_name_the_silent_and_the_stopped() -> None:
    cases, deaths = waves(scale=3000)
    cases[0, -10:] = 0
    cases[1, -70:] = 0
    panel = make_panel(series_of(cases, deaths), np.full(len(PLACES), 1e7))
    states = reporting_states(panel).query("target == 'cases'").set_index("place")
    assert states.at[PLACES[0], "state"] == "gap"
    assert states.at[PLACES[1], "state"] == "stopped"
    assert states.at[PLACES[1], "weeks_silent"] >= 8


def test_a_series_shorter_than_a_week_and_a_place_without_counts_have_a_state() -> None:
    cases, deaths = waves()
    states = reporting_now(series_of(cases[:, :3], deaths[:, :3] * 0))
    assert set(states.query("target == 'cases'")["state"]) <= {"daily", "none"}
    assert set(states.query("target == 'deaths'")["state"]) == {"none"}
    assert len(states) == 2 * len(PLACES)


def test_a_measure_bends_the_course_after_its_delay_and_is_called_a_scenario() -> None:
    series = series_of(*waves())
    measure = Measure(0.5, END, place=PLACES[0], label="stay at home")
    plain, bent = forecast(series, weeks=6, paths=50), forecast(series, weeks=6, paths=50, measures=[measure])
    assert (bent.quantiles[0, 0, 5] <= plain.quantiles[0, 0, 5]).all()
    assert bent.quantiles[0, 0, 5, 15] < 0.4 * plain.quantiles[0, 0, 5, 15]
    np.testing.assert_array_equal(bent.quantiles[0, 0, 0], plain.quantiles[0, 0, 0])
    np.testing.assert_array_equal(bent.quantiles[:, 1:], plain.quantiles[:, 1:])
    assert "scenario" in bent.method
    assert "scenario, not a forecast" in bent.reasons["reason"].iloc[0]


def test_a_measure_and_its_end_cancel_in_growth() -> None:
    ends = np.datetime64("2020-01-04", "D") + 7 * np.arange(20) * np.timedelta64(1, "D")
    paths = np.full((2, 1, 20, 1), 1e9)
    lasting = apply_measures(paths, [Measure(0.8, date(2020, 1, 1), date(2020, 1, 31))], ["AUT"], ends)[0, 0, :, 0]
    assert lasting[-1] == lasting[-2]
    assert lasting[-1] == pytest.approx(1e9 * 0.8 ** (30 / 6), rel=1e-6)


@pytest.mark.parametrize("bad", [{"multiplier": 0}, {"multiplier": 9}, {"end": date(2019, 1, 1)}])
def test_measures_that_make_no_sense_are_refused(bad: dict) -> None:
    with pytest.raises(SettingError):
        Measure(**({"multiplier": 0.5, "start": date(2020, 3, 1)} | bad))


def test_hubverse_files_come_back_as_they_went(tmp_path) -> None:
    made = forecast(series_of(*waves()), weeks=3, paths=20)
    for name in ("out.csv", "out.parquet"):
        back = read_hubverse(write_hubverse(made, tmp_path / name, samples=20))
        assert back.places == made.places
        np.testing.assert_array_equal(back.week_ends, made.week_ends)
        np.testing.assert_allclose(back.quantiles, made.quantiles, atol=1e-3)
        np.testing.assert_allclose(back.paths, made.paths, atol=1e-3)
    table = pd.read_csv(tmp_path / "out.csv")
    ends = pd.to_datetime(table["reference_date"]) + pd.to_timedelta(7 * table["horizon"], unit="D")
    assert (ends == pd.to_datetime(table["target_end_date"])).all()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("value", "many", "no number"),
        ("target_end_date", "2020-01-01", "target_end_date"),
        ("target", "wk inc flu", "wk inc flu"),
        ("horizon", "0", "horizon"),
        ("output_type_id", "0.33", "quantiles missing"),
    ],
)
def test_broken_hubverse_files_are_refused_with_words(tmp_path, column: str, value: str, words: str) -> None:
    made = forecast(series_of(*waves()), weeks=1, paths=20)
    path = write_hubverse(made, tmp_path / "out.csv")
    table = pd.read_csv(path, dtype=str)
    table.loc[3, column] = value
    table.to_csv(path, index=False)
    with pytest.raises(InputError, match=words):
        read_hubverse(path)


def truth_folder(path, *, weeks: int = 3, spoil=None) -> None:
    """A folder laid out like a hub's: one table for each of the last `weeks` Mondays."""
    cases, deaths = waves()
    frames = []
    for back in range(weeks - 1, -1, -1):
        monday = END + timedelta(days=1 - 7 * back)
        days = pd.date_range(end=END, periods=cases.shape[1])
        for name, counts in (("inc case", cases), ("inc death", deaths)):
            frame = pd.DataFrame(counts.T, index=days, columns=list(PLACES)).loc[: pd.Timestamp(monday)]
            long = frame.rename_axis("date").reset_index().melt("date", var_name="location", value_name="value")
            frames.append(long.assign(as_of=monday.isoformat(), target_variable=name, date=long["date"].astype(str)))
    table = pd.concat(frames, ignore_index=True)
    if spoil is not None:
        table = spoil(table)
    table.to_parquet(path / "truth_asof_daily.parquet")


def roll(folder) -> list:
    forecaster = RollingForecaster()
    people = np.full(len(PLACES), 1e7)
    return [forecaster.step(series, people) for series in read_hub_truth(folder)]


def test_later_tables_of_a_hub_change_no_earlier_forecast(tmp_path) -> None:
    def later_is_wild(table: pd.DataFrame) -> pd.DataFrame:
        wild = table["as_of"] == table["as_of"].max()
        return table.assign(value=table["value"].where(~wild, table["value"] * 5 + 3))

    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    truth_folder(tmp_path / "a")
    truth_folder(tmp_path / "b", spoil=later_is_wild)
    first, second = roll(tmp_path / "a"), roll(tmp_path / "b")
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])
    assert (first[2] != second[2]).any()


def test_a_table_without_its_last_week_is_forecast_one_step_further(tmp_path) -> None:
    truth_folder(tmp_path, spoil=lambda t: t[t["date"] <= (END - timedelta(days=8)).isoformat()])
    series = read_hub_truth(tmp_path)[-1]
    panel = make_panel(series, np.full(len(PLACES), 1e7))
    assert panel.weeks_behind == 1
    found = roll(tmp_path)[-1]
    assert found.shape == (2, len(PLACES), 4, 23)
    assert np.isfinite(found).all()
    table = to_euro_hub(found, series.places, series.as_of)
    assert table["target_end_date"].min() == "2020-06-27"


def test_gaps_negative_counts_and_stopped_places_break_no_rolling_forecast(tmp_path) -> None:
    def spoil(table: pd.DataFrame) -> pd.DataFrame:
        table = table[~((table["location"] == PLACES[3]) & (table["date"] > "2020-05-30"))].copy()
        table.loc[(table["location"] == PLACES[0]) & (table["date"] > "2020-04-20"), "value"] = 0
        table.loc[(table["location"] == PLACES[1]) & (table["date"] == "2020-06-05"), "value"] = -9000
        return table

    truth_folder(tmp_path, spoil=spoil)
    for found in roll(tmp_path):
        assert np.isfinite(found).all()
        assert (found >= 0).all()
        assert (np.diff(found, axis=-1) >= 0).all()


def test_a_hub_table_that_holds_the_future_is_refused(tmp_path) -> None:
    truth_folder(tmp_path, spoil=lambda t: t.assign(as_of=(END - timedelta(days=30)).isoformat()))
    with pytest.raises(InputError, match="no count after the day it was known"):
        read_hub_truth(tmp_path)


def test_a_backtest_scores_each_date_by_what_came() -> None:
    whole = series_of(*waves())

    def known_on(day: date):
        keep = whole.dates < np.datetime64(day, "D")
        cut = {"dates": whole.dates[keep], "cases": whole.cases[:, keep], "deaths": whole.deaths[:, keep]}
        return replace(whole, as_of=day, **cut)

    mondays = [END - timedelta(days=7 * k - 1) for k in (6, 5)]
    scores = backtest([known_on(d) for d in mondays], whole, weeks=2, paths=50)
    assert scores["as_of"].nunique() == 2
    assert len(scores) == 2 * 2 * 2 * len(PLACES)
    row = scores.iloc[0]
    made = forecast(known_on(mondays[0]), weeks=2, paths=50)
    assert row["value"] == observed_weeks(whole, made.places, made.week_ends)[0, 0, 0]
    with pytest.raises(InputError, match="no forecast week"):
        score_forecast(forecast(whole, weeks=1, paths=20), known_on(mondays[0]))


def test_simulated_growth_takes_part_by_its_weight_in_a_rolling_forecast(tmp_path) -> None:
    truth_folder(tmp_path, weeks=1)
    series = read_hub_truth(tmp_path)[0]
    people = np.full(len(PLACES), 1e7)
    few = PooledSettings(members=1)
    made = [
        RollingForecaster(settings=RollingSettings(pooled=few, simulated=share)).step(series, people)
        for share in ((0.0, 0.0), (0.4, 0.0), (0.4, 0.4))
    ]
    assert (made[0][0] != made[1][0]).any()
    np.testing.assert_array_equal(made[0][1], made[1][1])
    assert (made[1][1] != made[2][1]).any()
    np.testing.assert_array_equal(made[1][0], made[2][0])


def test_weeks_that_were_never_checked_are_said_to_be_so() -> None:
    assert later_sentence("cases", 4) == ""
    assert "5 to 12 weeks ahead" in later_sentence("cases", 12)
    assert "nothing was checked" not in later_sentence("deaths", 12)
    assert "Later than week 12 nothing was checked" in later_sentence("deaths", 20)


def test_the_record_that_ships_is_whole_and_reads_as_a_sentence() -> None:
    record = load_record()
    assert record.groupby("target")["horizon"].apply(list).to_dict() == {"cases": [1, 2, 3, 4], "deaths": [1, 2, 3, 4]}
    assert record["coverage_95"].between(0, 1).all()
    assert "95 % intervals held" in record_sentence("deaths")
