"""The chain from cases to pieces: what a person can check by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from needs_world import make_capacity, make_forecast, make_series, steady

from yuanshou.errors import SettingError
from yuanshou.needs.pack import load_pack
from yuanshou.needs.parameters import load_parameters
from yuanshou.needs.patients import survival
from yuanshou.needs.quantify import Needs, quantify

EMPTY = np.zeros((3, 84))


def point(weekly: np.ndarray, daily: np.ndarray = EMPTY, **more: object) -> Needs:
    return quantify(
        make_forecast(weekly),
        make_series(daily),
        capacity=make_capacity(),
        draws=1,
        parameter_uncertainty=False,
        **more,  # type: ignore[arg-type]
    )


def measure(needs: Needs, name: str, place: str = "ITA") -> np.ndarray:
    table = needs.patients
    return table[(table.measure == name) & (table.place == place)]["median"].to_numpy()


def test_new_severe_cases_are_the_share_of_those_who_come_for_care() -> None:
    needs = point(steady(9000, draws=1))
    expected = 9000 / 0.6 * 0.1389 / (0.4071 + 0.4070 + 0.1389 + 0.0470)
    assert measure(needs, "new_severe") == pytest.approx([expected] * 12, rel=1e-5)


def test_a_steady_epidemic_fills_beds_up_to_cases_a_day_times_mean_stay() -> None:
    needs = point(steady(7000, draws=1), np.full((3, 84), 1000.0))
    table = load_parameters().set_index("name")["value"]
    mean_stay = table["stay_icu_median_days"] * np.exp(table["stay_icu_sigma"] ** 2 / 2)
    daily = 1000 / 0.6 * table["share_critical"]
    assert measure(needs, "patients_critical")[-1] == pytest.approx(daily * mean_stay, rel=0.01)


def test_the_first_week_starts_with_the_patients_already_in_care() -> None:
    without, with_history = point(steady(7000, draws=1)), point(steady(7000, draws=1), np.full((3, 84), 1000.0))
    assert measure(with_history, "beds_ward")[0] > 2 * measure(without, "beds_ward")[0]


def test_half_the_patients_have_left_after_the_median_stay() -> None:
    assert survival(np.array([11.0]), np.array([11.0]), np.array([0.5]))[0] == pytest.approx(0.5)
    assert survival(np.array([-1.0]), np.array([11.0]), np.array([0.5]))[0] == 0.0


def test_a_reusable_item_is_bought_once_and_not_again_every_week() -> None:
    needs = point(steady(7000, draws=1), np.full((3, 84), 1000.0))
    ventilators = needs.draws[0, needs.items.index("ventilator"), :, 0]
    icu = measure(needs, "patients_critical")
    in_use = icu * 0.67 * 0.8
    assert ventilators.sum() == pytest.approx(in_use.max() - 0.5 * in_use[0], rel=0.02)
    assert ventilators[6:].sum() < 0.01 * in_use.max()


def test_at_least_twenty_items_of_the_catalogue_have_need() -> None:
    needs = point(steady(7000, draws=1))
    assert len(needs.items) >= 20
    assert (needs.draws.sum(axis=(0, 2, 3)) > 0).all()


def test_what_was_not_known_on_the_day_is_left_out_with_the_day() -> None:
    needs = point(steady(7000, draws=1))
    reasons = needs.left_out.set_index("item")["reason"]
    assert "dexamethasone_tab" not in needs.items
    assert reasons["dexamethasone_tab"] == "not in use before 2020-06-16"
    later = quantify(
        make_forecast(steady(7000, draws=1), as_of=date(2020, 7, 1)),
        make_series(EMPTY),
        capacity=make_capacity(),
        draws=1,
    )
    assert "dexamethasone_tab" in later.items


def test_capped_need_is_limited_by_intensive_care_beds() -> None:
    needs = point(steady(70_000, draws=1))
    assert needs.draws_capped is not None
    i = needs.items.index("respirator_n95")
    assert needs.draws_capped[1, i].sum() < 0.5 * needs.draws[1, i].sum()
    caps = needs.caps[(needs.caps.place == "KEN") & (needs.caps.capacity == "icu_beds")]
    assert (caps["binds_probability"] == 1).all()
    assert (caps["needed"] > caps["available"]).all()


def test_a_place_without_known_capacity_has_a_note_and_no_capped_need() -> None:
    capacity = make_capacity().drop(index="NPL")
    needs = quantify(make_forecast(steady(100)), make_series(EMPTY), capacity=capacity, draws=20)
    assert [n.place for n in needs.notes if n.kind == "no_capacity"] == ["NPL"]
    assert needs.draws_capped is not None
    i = needs.items.index("ventilator")
    assert np.isnan(needs.draws_capped[2, i]).all()
    assert np.isfinite(needs.draws[2]).all()


def test_a_place_without_forecast_has_a_note_and_no_need() -> None:
    weekly = steady(100)
    weekly[1] = np.nan
    needs = quantify(make_forecast(weekly), make_series(EMPTY), capacity=make_capacity(), draws=20)
    assert [n.place for n in needs.notes if n.kind == "no_forecast"] == ["KEN"]
    assert np.isnan(needs.draws[1]).all()
    assert np.isfinite(needs.draws[0]).all()


def test_no_cases_need_nothing() -> None:
    needs = quantify(make_forecast(steady(0)), make_series(EMPTY), capacity=make_capacity(), draws=20)
    assert (needs.draws == 0).all()
    assert needs.draws_capped is not None
    assert (needs.draws_capped == 0).all()


def test_quantiles_have_places_items_weeks_levels_and_never_fall() -> None:
    needs = quantify(make_forecast(steady(500, draws=50)), make_series(EMPTY), capacity=make_capacity(), draws=50)
    values = needs.quantiles([0.05, 0.5, 0.95])
    assert values.shape == (3, len(needs.items), 12, 3)
    assert (np.diff(values, axis=-1) >= 0).all()
    frame = needs.to_frame()
    assert list(frame.columns) == ["place", "item", "week_end", "median", "q05", "q25", "q75", "q95"]
    assert len(frame) == 3 * len(needs.items) * 12


def test_the_same_seed_gives_the_same_need_and_another_seed_another() -> None:
    world = make_forecast(steady(500)), make_series(EMPTY)
    first, second, third = (quantify(*world, capacity=make_capacity(), draws=20, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first.draws, second.draws)
    assert not np.array_equal(first.draws, third.draws)


def test_overriding_one_parameter_leaves_the_draws_of_the_others() -> None:
    table = load_parameters()
    changed = table.copy()
    changed.loc[changed.name == "gown/critical_day", ["value", "low", "high"]] = [5, 5, 5]
    world = make_forecast(steady(500)), make_series(EMPTY)
    a = quantify(*world, parameters=table, capacity=make_capacity(), draws=20)
    b = quantify(*world, parameters=changed, capacity=make_capacity(), draws=20)
    differs = [item for i, item in enumerate(a.items) if not np.array_equal(a.draws[:, i], b.draws[:, i])]
    assert differs == ["gown"]


def test_severity_shares_that_do_not_sum_to_one_are_refused() -> None:
    table = load_parameters()
    table.loc[table.name == "share_severe", ["value", "low", "high"]] = [0.5, 0.5, 0.5]
    with pytest.raises(SettingError, match="sum to 1"):
        quantify(make_forecast(steady(1)), make_series(EMPTY), parameters=table, capacity=make_capacity())


def test_every_number_of_the_pack_has_a_source_a_range_and_a_basis() -> None:
    table = load_pack().parameters
    assert table["source"].str.len().gt(3).all()
    assert table["basis"].isin(["sourced", "derived", "assumed"]).all()
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
