"""Each rule of the high-risk list fires on its own case and on no other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from yuanshou.situation.assess import assess
from yuanshou.situation.high_risk import RULES, apply_rules

QUIET = {
    "kind": "country", "population": 1e7, "cases_cumulative": 1000.0, "deaths_cumulative": 10.0, "cases_new_7d": 30.0,
    "cases_new_7d_per_100k": 0.3, "deaths_new_7d": 1.0, "cases_new_14d": 60.0, "doubling_time_days": 20.0,
    "doubling_time_days_low": 15.0, "doubling_time_days_high": 40.0, "reproduction_number": 1.3,
    "reproduction_number_low": 1.1, "reproduction_number_high": 1.5, "silent_days": 0.0, "beds_per_1000": 3.0,
    "income_group": "High income", "health_worker_cases": np.nan,
}  # fmt: skip
FIRES = {
    "fast growth": {"doubling_time_days_high": 6.9, "cases_new_7d": 100.0},
    "many cases for its population": {"cases_new_7d_per_100k": 20.0, "cases_new_7d": 100.0},
    "many deaths": {"deaths_new_7d": 100.0},
    "growth where care is scarce": {"beds_per_1000": 0.9},
    "closed setting": {"kind": "conveyance", "population": 3711.0},
    "health workers infected": {"health_worker_cases": 100.0},
    "silent after growth": {"silent_days": 4.0, "cases_new_7d": 100.0},
}


def test_every_rule_has_a_case_here() -> None:
    assert list(FIRES) == list(RULES)


def test_a_quiet_place_is_on_no_list() -> None:
    assert apply_rules(pd.DataFrame([QUIET], index=["KEN"])).empty


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_fires_on_its_case_alone_and_says_why(rule: str) -> None:
    found = apply_rules(pd.DataFrame([QUIET | FIRES[rule]], index=["KEN"]))
    assert found["rule"].tolist() == [rule]
    assert any(character.isdigit() for character in found["reason"].iloc[0])


@pytest.mark.parametrize("rule", RULES)
def test_a_figure_that_is_missing_fires_no_rule(rule: str) -> None:
    numbers = {k: np.nan for k, v in FIRES[rule].items() if isinstance(v, float)}
    assert apply_rules(pd.DataFrame([QUIET | FIRES[rule] | numbers], index=["KEN"])).empty


def test_low_income_counts_as_scarce_care_where_beds_are_unknown() -> None:
    row = QUIET | {"beds_per_1000": np.nan, "income_group": "Low income"}
    assert apply_rules(pd.DataFrame([row], index=["KEN"]))["reason"].iloc[0].startswith("a low-income economy")


def test_since_is_the_first_day_of_the_run_on_which_the_rule_held(series) -> None:
    """Ten thousand people fall ill on 20 March: seven-day counts are high from that day on."""
    counts = [0.0] * 20 + [0.0] * 4 + [200_000.0] * 6
    entries = assess(series({"KEN": counts})).high_risk
    many = entries[entries["rule"] == "many cases for its population"].iloc[0]
    assert many["since"] == pd.Timestamp("2020-03-20")


def test_since_rests_on_the_serial_interval_of_the_disease(series) -> None:
    """With a long serial interval steady growth means a larger reproduction number, so the rule holds for longer."""
    from yuanshou.situation.transmission import SerialInterval

    slow = [float(round(40 * 1.025**d)) for d in range(60)]
    counts = series({"HTI": list(np.cumsum(slow))})
    short, long = (assess(counts, serial_interval=SerialInterval(mean, 2.0, "")).high_risk for mean in (3.0, 15.0))
    assert "growth where care is scarce" in set(long["rule"])
    assert len(long) >= len(short)
    assert long["since"].isna().sum() >= short["since"].isna().sum()
