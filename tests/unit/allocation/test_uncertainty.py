"""Plans for need that nobody knows: laws of the program over paths, of waiting, and what they may never do."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from allocation_cases import random_network
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanshou.allocation.consignments import violation, whole_units
from yuanshou.allocation.network import Prices, SupplyNetwork, rebuilt
from yuanshou.allocation.policy import AllocationPolicy
from yuanshou.allocation.program import solve_exact
from yuanshou.allocation.scenarios import (
    Paths,
    Uncertainty,
    best_on_paths,
    choose_draws,
    full_values,
    make_paths,
    mean_steps,
    on_path,
    path_values,
    worst_mean,
)
from yuanshou.allocation.serving import arrivals_of, plan_value, serve
from yuanshou.allocation.twostage import solve_two_stage
from yuanshou.allocation.waiting import postpone
from yuanshou.errors import SettingError

SEEDS = st.integers(0, 10_000)
POLICY = AllocationPolicy()


def uncertain(seed: int, *, count: int = 5, spread: float = 0.5) -> tuple[SupplyNetwork, Paths]:
    """A small network and paths around its need; in the network itself need is the middle path's."""
    chance = np.random.default_rng(seed)
    network = random_network(seed, recipients=3, sources=2, items=2, weeks=3)
    moves = chance.normal(0, spread, (count, network.cells, network.weeks)).cumsum(axis=2)
    paths = make_paths(network.cell_need * np.exp(moves), POLICY)
    return on_path(network, paths, count // 2), paths


def best(network: SupplyNetwork) -> np.ndarray:
    return solve_exact(network)[0]


@settings(max_examples=12, deadline=None)
@given(SEEDS)
def test_knowing_more_is_never_worth_less(seed: int) -> None:
    """One plan for all ≤ first week now and the rest later ≤ every path known: on average over the same paths."""
    network, paths = uncertain(seed)
    median = float(path_values(network, paths, best(network)) @ paths.probability)
    one_plan = solve_two_stage(network, paths, decided=network.weeks)
    first_week = solve_two_stage(network, paths)
    known = np.mean([plan_value(on_path(network, paths, s), best(on_path(network, paths, s))) for s in range(5)])
    noise = 1e-6 * abs(known)
    assert median <= one_plan.value.mean() + noise
    assert one_plan.value.mean() <= first_week.value.mean() + noise
    assert first_week.value.mean() <= known + noise


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_one_path_alone_is_the_certain_program(seed: int) -> None:
    network, paths = uncertain(seed, count=1)
    certain = plan_value(network, best(network))
    for decided in (1, network.weeks):
        assert solve_two_stage(network, paths, decided=decided).value[0] == pytest.approx(certain, rel=1e-6)


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_the_value_the_program_states_is_that_of_serving_its_plan(seed: int) -> None:
    network, paths = uncertain(seed)
    found = solve_two_stage(network, paths, decided=network.weeks)
    assert np.allclose(found.later, found.first[None], rtol=1e-7, atol=1e-6)
    served = path_values(network, paths, found.first)
    assert (served >= found.value - 1e-6 * np.abs(served)).all()
    assert served.mean() == pytest.approx(found.value.mean(), rel=1e-6)
    assert violation(network, found.first) < 1e-6


def test_what_leaves_in_the_first_week_is_the_same_on_every_path() -> None:
    network, paths = uncertain(3)
    found = solve_two_stage(network, paths)
    assert np.allclose(found.later[:, :, 0], found.first[:, 0], atol=1e-6)
    assert np.abs(found.later[:, :, 1:] - found.later[:1, :, 1:]).max() > 1
    assert not found.first[:, 1:].any()


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_caring_for_the_worst_paths_makes_them_better_and_the_average_no_better(seed: int) -> None:
    network, paths = uncertain(seed)
    full = full_values(network, paths)
    risks = {}
    for level in (0.0, 0.6):
        loss = full - solve_two_stage(network, paths, level=level, decided=network.weeks).value
        risks[level] = (worst_mean(loss, paths.probability, 0.6), loss.mean())
    noise = 5e-3 * full.mean()  # the expectation has a weight of a thousandth, so that the rest is done well too
    assert risks[0.6][0] <= risks[0.0][0] + noise
    assert risks[0.0][1] <= risks[0.6][1] + noise


@given(st.lists(st.floats(0, 100), min_size=1, max_size=12), st.floats(0, 0.95))
def test_the_worst_mean_lies_between_mean_and_maximum_and_is_the_mean_at_level_nought(
    losses: list[float], level: float
) -> None:
    loss, even = np.array(losses), np.full(len(losses), 1 / len(losses))
    assert worst_mean(loss, even, 0.0) == pytest.approx(loss.mean())
    value = worst_mean(loss, even, level)
    assert loss.mean() - 1e-9 <= value <= loss.max() + 1e-9
    # The definition by a threshold: the least η + mean excess over η / (1 − level), reached at one of the losses.
    by_threshold = min(eta + even @ np.maximum(loss - eta, 0) / (1 - level) for eta in loss)
    assert value == pytest.approx(by_threshold, abs=1e-9)


def test_the_program_over_paths_finds_what_trying_every_whole_plan_finds() -> None:
    """One lane to each of two places, three units, one week: small enough to try every split on every path."""
    network = tiny()
    paths = make_paths(np.array([[[1.0], [3.0]], [[3.0], [1.0]], [[2.0], [2.0]]]), AllocationPolicy(steps=1, alpha=0))
    tried = {
        (a, b): path_values(network, paths, np.array([[float(a)], [float(b)]])).mean()
        for a, b in product(range(4), repeat=2)
        if a + b <= 3
    }
    found = solve_two_stage(network, paths)
    assert found.value.mean() == pytest.approx(max(tried.values()), rel=1e-6)


def tiny(*, weeks: int = 1, last: int = 0, need: object = None) -> SupplyNetwork:
    """One source with three or four units, two places a free lane of no lead away."""
    network = random_network(0, recipients=2, sources=1, items=1, weeks=weeks, stock=False)
    free = np.full(network.lane_m3.shape, np.inf)
    arriving = np.zeros((1, weeks))
    arriving[0, 0] = 3.0 if weeks == 1 else 4.0
    return rebuilt(
        network,
        need=network.need if need is None else np.array(need),
        pool_arriving=arriving,
        lane_m3=free,
        lane_kg=free,
        lane_weeks=np.zeros_like(network.lane_weeks),
        handling_kg=np.full((1, weeks), np.inf),
        pool_last_week=np.array([last], dtype=np.int32),
        cost_weight=0.0,
    )


@settings(max_examples=12, deadline=None)
@given(SEEDS)
def test_the_plan_kept_is_never_worse_on_the_paths_than_the_one_it_came_from(seed: int) -> None:
    network, paths = uncertain(seed)
    first = best(network)
    for level in (0.0, 0.5):
        kept = best_on_paths(network, paths, first, best, level=level)
        losses = [full_values(network, paths) - path_values(network, paths, plan) for plan in (first, kept)]
        before, after = (worst_mean(loss, paths.probability, level) for loss in losses)
        assert after <= before + 1e-9 * abs(before)


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_waiting_at_the_hub_serves_everybody_as_much_and_breaks_no_limit(seed: int) -> None:
    network = random_network(seed, weeks=6, supply=0.9)
    found, prices = solve_exact(network)
    plan = whole_units(network, found)
    later = postpone(network, plan, prices)
    before, after = (serve(network, arrivals_of(network, p))[0] for p in (plan, later))
    assert plan_value(network, later) == pytest.approx(plan_value(network, plan), rel=1e-9)
    assert after.sum() == pytest.approx(before.sum(), rel=1e-9)
    assert violation(network, later) <= max(violation(network, plan), 1e-9)
    assert (np.cumsum(later, axis=1) <= np.cumsum(plan, axis=1) + 1e-9).all()
    assert later.sum(axis=1) == pytest.approx(plan.sum(axis=1))


def test_scarce_goods_that_would_lie_at_the_recipient_stay_at_the_hub() -> None:
    need = [[[0.0, 0.0, 3.0]], [[1.0, 0.0, 0.0]]]
    early = np.array([[3.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    network = tiny(weeks=3, last=2, need=need)
    scarce = Prices(np.ones((1, 3)), np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((1, 3)))
    assert postpone(network, early, scarce).tolist() == [[0.0, 0.0, 3.0], [1.0, 0.0, 0.0]]
    perishable = tiny(weeks=3, last=1, need=need)
    assert postpone(perishable, early, scarce)[0].tolist() == [0.0, 3.0, 0.0]
    plentiful = replace(scarce, supply_limit=np.zeros((1, 3)))
    full_lanes = replace(scarce, route_kg=np.ones((2, 3)))
    for prices in (plentiful, full_lanes):
        assert postpone(network, early, prices).tolist() == early.tolist()


def test_step_values_over_the_paths_count_a_step_as_often_as_need_reaches_it() -> None:
    network = replace(tiny(), tier_share=np.array([[0.5, 0.5]]), tier_value=np.array([[1.0, 1.0]]))
    network = replace(network, need=np.array([[[4.0]], [[4.0]]]))
    paths = make_paths(np.array([[[2.0], [4.0]], [[4.0], [4.0]]]), AllocationPolicy(steps=2, alpha=0))
    steps = mean_steps(network, paths, paths.probability)
    assert steps == pytest.approx(np.array([[1.0, 0.5], [1.0, 1.0]]))


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.integers(1, 20))
def test_chosen_draws_are_different_and_lie_in_every_stretch_of_the_order(totals: list[float], count: int) -> None:
    chosen = choose_draws(np.array(totals), count)
    assert len(set(chosen.tolist())) == min(count, len(totals))
    rank = np.empty(len(totals), dtype=int)
    rank[np.argsort(totals, kind="stable")] = np.arange(len(totals))
    gaps = np.diff(rank[chosen], prepend=-1, append=len(totals))
    assert (gaps > 0).all()
    assert gaps.max() <= -(-len(totals) // len(chosen)) + 1


@pytest.mark.parametrize(
    "wrong",
    [{"mode": "exact"}, {"paths": 0}, {"mode": "two_stage", "risk_aversion": 1.0}, {"risk_aversion": 0.5}],
)
def test_a_setting_that_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        Uncertainty(**wrong)  # type: ignore[arg-type]
