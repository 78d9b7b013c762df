"""What the situation says about a place, and what it refuses to say."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from yuanshou.situation.assess import assess
from yuanshou.sources.surveillance import SurveillanceSeries, shipped_surveillance

DAYS = np.arange(30)
DOUBLING_IN_THREE = list(np.round(100 * 2 ** (DAYS / 3)))
FLAT = [500.0] * 30


def test_the_table_counts_new_persons_over_seven_days_and_by_population(series) -> None:
    row = assess(series({"KEN": [10.0 * i for i in range(30)]})).table.loc["KEN"]
    assert (row["cases_cumulative"], row["cases_new_7d"], row["cases_new_14d"]) == (290, 70, 140)
    assert row["cases_per_100k"] == pytest.approx(290 / row["population"] * 1e5)
    assert row["last_report"] == pd.Timestamp("2020-03-25")


def test_growth_and_doubling_time_are_those_of_the_counts(series) -> None:
    row = assess(series({"KEN": DOUBLING_IN_THREE})).table.loc["KEN"]
    assert row["doubling_time_days"] == pytest.approx(3, rel=0.01)
    assert row["growth_rate"] == pytest.approx(np.log(2) / 3, rel=0.01)
    assert row["doubling_time_days_low"] < 3 < row["doubling_time_days_high"]
    assert row["reproduction_number_low"] > 1
    assert row["reason"] == ""


def test_a_place_without_new_cases_gets_a_reason_and_no_growth(series) -> None:
    row = assess(series({"KEN": FLAT})).table.loc["KEN"]
    assert np.isnan(row["growth_rate"])
    assert np.isnan(row["reproduction_number"])
    assert "too few new cases for growth" in row["reason"]


def test_falling_new_cases_have_a_growth_rate_and_no_doubling_time(series) -> None:
    shrinking = list(np.cumsum(np.round(1000 * 0.9**DAYS)))
    row = assess(series({"KEN": shrinking})).table.loc["KEN"]
    assert row["growth_rate"] == pytest.approx(np.log(0.9), rel=0.02)
    assert np.isnan(row["doubling_time_days"])
    assert row["reason"] == "no doubling: cases do not grow"
    assert row["reproduction_number_high"] < 1


def test_a_silent_place_keeps_its_counts_and_loses_its_growth(series) -> None:
    quiet = [*DOUBLING_IN_THREE[:20], *[np.nan] * 10]
    row = assess(series({"KEN": quiet, "ITA": FLAT})).table.loc["KEN"]
    assert row["cases_cumulative"] == DOUBLING_IN_THREE[19]
    assert row["silent_days"] == 10
    assert row["reason"] == "no recent report"


def test_weekly_reports_have_the_growth_of_the_daily_ones_they_sum(series) -> None:
    daily = list(np.round(1000 * np.exp(0.05 * np.arange(50))))
    weekly = [c if (49 - i) % 7 == 0 else np.nan for i, c in enumerate(daily)]
    table = assess(series({"KEN": daily, "ITA": weekly})).table
    assert table.loc["ITA", "growth_rate"] == pytest.approx(0.05, rel=0.01)
    assert table.loc["ITA", "cases_new_7d"] == table.loc["KEN", "cases_new_7d"]
    assert table.loc["ITA", "reproduction_number"] == pytest.approx(table.loc["KEN", "reproduction_number"], rel=0.05)


def test_the_rank_by_growth_leaves_out_places_with_few_new_cases(series) -> None:
    small = [float(np.ceil(2 ** (d / 5))) for d in DAYS]
    slower = list(np.round(100 * 2 ** (DAYS / 6)))
    table = assess(series({"KEN": DOUBLING_IN_THREE, "ITA": slower, "TUV": small})).table
    assert table["growth_rank"].to_dict() == {"KEN": 1, "ITA": 2, "TUV": pytest.approx(np.nan, nan_ok=True)}


def test_the_diamond_princess_is_a_place_of_its_own() -> None:
    situation = assess(shipped_surveillance(date(2020, 3, 25)))
    ship = situation.table.loc["SHIP-DIAMOND-PRINCESS"]
    assert (ship["cases_cumulative"], ship["kind"], ship["population"]) == (712, "conveyance", 3711)
    assert len(situation.table) >= 170


def test_groups_add_up_to_the_world_in_each_grouping() -> None:
    situation = assess(shipped_surveillance(date(2020, 3, 25)))
    total = situation.table["cases_cumulative"].sum()
    assert situation.groups.groupby("grouping")["cases_cumulative"].sum().tolist() == [total, total]


def test_imported_cases_and_health_workers_stand_in_the_table() -> None:
    frame = pd.DataFrame(
        {
            "place": "KEN", "date": [date(2020, 3, d) for d in (20, 21, 22)], "cases_cumulative": [30.0, 40.0, 50.0],
            "health_worker_cases_cumulative": [1.0, 2.0, 6.0], "origin": ["ITA", "IRN", "Italy"],
            "imported_cases_cumulative": [2.0, 3.0, 5.0],
        }
    )  # fmt: skip
    situation = assess(SurveillanceSeries.from_frame(frame, as_of=date(2020, 3, 22), source="hand"))
    assert situation.table.loc["KEN", ["health_worker_cases", "imported_cases"]].tolist() == [6, 8]
    assert situation.imported.to_numpy().tolist() == [["KEN", "ITA", 5.0], ["KEN", "IRN", 3.0]]


def test_what_changed_names_new_places_jumps_corrections_and_entries(series) -> None:
    earlier_day = date(2020, 3, 18)
    earlier = series({"KEN": [100.0] * 20, "ITA": [50.0] * 20, "FRA": [5.0] * 20}, as_of=earlier_day, last=earlier_day)
    now = series(
        {"KEN": [80.0] * 20 + [400.0, 900.0], "ITA": [50.0] * 22, "UGA": [1.0] * 22},
        deaths={"ITA": [0.0] * 21 + [2.0]},
    )
    changes = assess(now, compare_to=earlier).changes
    assert {("KEN", "jump"), ("UGA", "first cases"), ("ITA", "first deaths"), ("FRA", "no longer listed")} <= set(
        zip(changes["place"], changes["change"], strict=True)
    )
    correction = changes[changes["change"] == "correction"].iloc[0]
    assert (correction["place"], "100 then, 80 now" in correction["detail"]) == ("KEN", True)


def test_a_situation_compared_with_itself_has_not_changed(series) -> None:
    now = series({"KEN": DOUBLING_IN_THREE, "ITA": FLAT})
    assert assess(now, compare_to=assess(now)).changes.empty


def test_an_earlier_situation_serves_as_well_as_its_counts() -> None:
    now, then = shipped_surveillance(date(2020, 3, 25)), shipped_surveillance(date(2020, 3, 18))
    by_counts, by_situation = assess(now, compare_to=then), assess(now, compare_to=assess(then))
    without = by_counts.changes[by_counts.changes["change"] != "correction"].reset_index(drop=True)
    pd.testing.assert_frame_equal(without, by_situation.changes)


def test_no_later_count_changes_the_situation_of_a_day() -> None:
    frame = shipped_surveillance(date(2020, 3, 25)).to_frame()
    later = frame.assign(date=frame["date"] + timedelta(days=30), cases_cumulative=1e6)
    as_of = date(2020, 3, 25)
    alone = SurveillanceSeries.from_frame(frame, as_of=as_of, source="")
    both = SurveillanceSeries.from_frame(
        pd.concat([frame, later[later["date"] > pd.Timestamp(as_of)]]), as_of=as_of, source=""
    )
    pd.testing.assert_frame_equal(assess(alone).table, assess(both).table)
