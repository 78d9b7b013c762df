"""A replay decides on what was known, conserves every unit, and gives the same result wherever it runs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.replay_factory import ITEMS, PublishedCounts, counts, small_world

from yuanshou.errors import InputError, SettingError
from yuanshou.replay.engine import ReplayRun, replay, week_view
from yuanshou.replay.fleet import Job, jobs_of, read_runs, run_fleet
from yuanshou.replay.outcomes import outcome, summarise
from yuanshou.replay.rules import RULES, WeekView, find_rule, supply_goes_on, with_expected_offers
from yuanshou.replay.shocks import Shocks, find_shocks
from yuanshou.replay.state import net_of_stock, opening_state
from yuanshou.replay.world import ReplayWorld, known_needs, realised_need
from yuanshou.sources.surveillance import SurveillanceSeries


def run(world: ReplayWorld, rule: str, *, seed: int = 0, shocks: Shocks | None = None) -> ReplayRun:
    return replay(
        world, rule, seed=seed, realised=realised_need(world, seed), needs_of=lambda week: known_needs(world, week),
        shocks=shocks,
    )  # fmt: skip


@pytest.fixture(scope="module")
def world() -> ReplayWorld:
    return small_world()


@pytest.mark.parametrize("rule", RULES)
def test_every_unit_is_sent_or_left_and_nobody_is_served_more_than_arrived(world: ReplayWorld, rule: str) -> None:
    done = run(world, rule)
    offered = world.supply.offers.groupby("item")["quantity"].sum()
    sent = done.dispatches.groupby("item")["quantity"].sum().reindex(offered.index, fill_value=0)
    left = pd.Series(done.left, index=world.supply.offers["item"]).groupby(level=0).sum()
    assert (sent + left == offered).all()
    assert (done.left >= 0).all()
    assert (done.served <= done.need + 1e-6).all()
    assert (np.cumsum(done.served, axis=2) <= np.cumsum(done.received, axis=2) + 1e-6).all()


def test_nothing_published_later_changes_what_was_decided_earlier(world: ReplayWorld) -> None:
    monday = date(2020, 3, 30)
    cases, deaths = counts()
    known, revised = PublishedCounts(), PublishedCounts(cases * 3, deaths * 5)  # later vintages revise all days

    def published(as_of: date) -> SurveillanceSeries:
        return known(as_of) if as_of <= monday else revised(as_of)

    other = replace(world, vintages=published)
    same_need, week = realised_need(world, 0), world.mondays.index(monday)
    for rule in ("default", "supply_goes_on", "proportional_reported", "max_min"):
        first, second = (
            replay(w, rule, seed=0, realised=same_need, needs_of=lambda week, w=w: known_needs(w, week)).dispatches
            for w in (world, other)
        )
        decided = [d[d["week"] <= week].reset_index(drop=True) for d in (first, second)]
        pd.testing.assert_frame_equal(*decided)
        assert len(decided[0])
        assert not first.equals(second)  # the revision is seen, only later


def test_supply_that_is_only_expected_never_leaves_and_follows_the_last_weeks(world: ReplayWorld) -> None:
    view = view_of(world, week=3)
    offers = with_expected_offers(view)
    expected = offers[offers["donor"] == "expected"]
    assert (pd.to_datetime(expected["available"]) > pd.Timestamp(world.week_ends[3])).all()
    past = view.left_before[view.left_before["item"] == "gown"]
    usual = past.groupby("source")["quantity"].sum() // 4
    beyond = expected[(expected["item"] == "gown") & (expected["available"] == view.needs.week_ends[-1])]
    assert beyond.set_index("source")["quantity"].to_dict() == usual.to_dict()
    assert not set(supply_goes_on(view)["offer"]) & set(expected["offer"])


def view_of(world: ReplayWorld, *, week: int) -> WeekView:
    """What the default rule sees when nothing was sent before."""
    realised, shocks = realised_need(world, 0), Shocks()
    needs = known_needs(world, week)
    return week_view(world, opening_state(world, shocks), week, find_rule("default"), needs, realised, shocks, seed=0)


def test_perfect_foresight_leaves_least_unmet_need_by_value(world: ReplayWorld) -> None:
    values = {
        rule: outcome(run(world, rule), world)["served_value"] for rule in ("perfect_foresight", "per_head", "random")
    }
    assert values["perfect_foresight"] >= values["per_head"]
    assert values["perfect_foresight"] >= values["random"]


def test_stock_serves_the_week_it_is_there_for_and_later_ones_never_earlier() -> None:
    draws = np.array([10.0, 10.0, 10.0]).reshape(1, 1, 3, 1).astype(np.float32)
    pipeline = np.array([0.0, 15.0, 0.0]).reshape(1, 1, 3)
    net = net_of_stock(draws, np.array([[4.0]]), pipeline)
    assert net.ravel().tolist() == [6.0, 0.0, 5.0]


def test_late_flights_and_recalls_never_help(world: ReplayWorld) -> None:
    calm = outcome(run(world, "default"), world)["weighted_unmet_need"]
    rough = Shocks(name="rough", late_probability=1.0, recall_probability=1.0)
    assert outcome(run(world, "default", shocks=rough), world)["weighted_unmet_need"] > calm


def test_a_closed_hub_sends_nothing_while_it_is_closed(world: ReplayWorld) -> None:
    shut = Shocks(name="shut", closed_hub="DXB", closed_from=world.mondays[2], closed_until=world.mondays[3])
    sent = run(world, "default", shocks=shut).dispatches
    closed = sent[sent["week"].isin([2, 3])]
    assert not (closed["source"] == "DXB").any()
    assert (sent["source"] == "DXB").any()


def test_a_curb_keeps_its_share_at_home_for_good(world: ReplayWorld) -> None:
    curb = Shocks(name="curb", curb_from=world.mondays[0], curb_share=0.5)
    done = run(world, "first_come", shocks=curb)
    offered = world.supply.offers.set_index("offer")["quantity"]
    sent = done.dispatches.groupby("offer")["quantity"].sum()
    later = pd.to_datetime(world.supply.offers.set_index("offer")["available"]) >= pd.Timestamp(world.mondays[0])
    assert len(sent)
    assert (sent <= np.floor(offered[sent.index] * np.where(later[sent.index], 0.5, 1.0))).all()
    assert done.left.sum() + sent.sum() == offered.sum()


def test_places_that_inflate_what_they_say_get_no_more_need_served(world: ReplayWorld) -> None:
    honest = outcome(run(world, "default"), world)["weighted_unmet_need"]
    inflated = outcome(run(world, "default", shocks=Shocks(name="i", inflated_share=0.34)), world)[
        "weighted_unmet_need"
    ]
    assert inflated >= honest * 0.98


RULE_FILE = """
import pandas as pd

def to_italy(view):
    offers = view.supply.offers
    now = offers[offers["available"] <= pd.Timestamp(view.needs.week_ends[0])]
    return now[["offer", "source", "item", "quantity"]].assign(recipient="ITA", mode="air")

def too_much(view):
    return to_italy(view).assign(quantity=10**9)

def by_no_lane(view):
    return to_italy(view).assign(mode="rail")
"""


def test_a_rule_of_ones_own_is_a_function_in_a_file(world: ReplayWorld, tmp_path: Path) -> None:
    file = tmp_path / "rules.py"
    file.write_text(RULE_FILE)
    done = run(world, f"{file}:to_italy")
    assert set(done.dispatches["recipient"]) == {"ITA"}
    with pytest.raises(SettingError, match="at most what is left"):
        run(world, f"{file}:too_much")
    with pytest.raises(SettingError, match="a lane that is open"):
        run(world, f"{file}:by_no_lane")


@pytest.mark.parametrize("name", ["fair", "missing.py:rule"])
def test_an_unknown_rule_is_refused_with_the_rules_there_are(name: str) -> None:
    with pytest.raises(SettingError, match="proportional_forecast"):
        find_rule(name)


def test_an_unknown_scenario_is_refused_and_a_hub_can_be_named() -> None:
    assert find_shocks("hub-closed:DXB").closed_hub == "DXB"
    with pytest.raises(SettingError, match="late-flights"):
        find_shocks("earthquake")


def test_a_fleet_goes_on_where_it_stopped_with_the_same_results(world: ReplayWorld, tmp_path: Path) -> None:
    jobs = jobs_of(["default", "per_head"], seeds=2, scenarios=["none"])
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    run_fleet(world, whole, jobs)
    run_fleet(world, broken, jobs[:1])
    first = (broken / "runs" / jobs[0].file).stat().st_mtime_ns
    run_fleet(world, broken, jobs)
    assert (broken / "runs" / jobs[0].file).stat().st_mtime_ns == first
    pd.testing.assert_frame_equal(read_runs(whole, "outcome"), read_runs(broken, "outcome"))
    assert set(read_runs(whole, "item")["key"]) == set(ITEMS)


def test_a_folder_of_another_world_is_refused(world: ReplayWorld, tmp_path: Path) -> None:
    run_fleet(world, tmp_path, [Job("per_head", 0, "none")])
    with pytest.raises(InputError, match="another world"):
        run_fleet(replace(world, seed=world.seed + 1), tmp_path, [])


def test_a_summary_gives_every_measure_with_an_interval_and_regret_against_foresight(
    world: ReplayWorld, tmp_path: Path
) -> None:
    run_fleet(world, tmp_path, jobs_of(["default", "perfect_foresight"], seeds=2, scenarios=["none"]))
    summary = summarise(read_runs(tmp_path, "outcome"))
    assert summary["perfect_foresight"]["regret"] == pytest.approx(0)
    for entry in summary.values():
        low, high = entry["intervals"]["weighted_unmet_need"]  # type: ignore[index, call-overload]
        assert low <= entry["weighted_unmet_need"] <= high
    json.dumps(summary)
