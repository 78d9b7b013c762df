"""Water-filling and lexicographic max-min are exact: checked against their definitions and small programs."""

from __future__ import annotations

import doctest
from dataclasses import replace

import numpy as np
import pytest
from allocation_cases import random_network, small_case
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanshou.allocation import waterfill as module
from yuanshou.allocation.audit import audit
from yuanshou.allocation.consignments import violation
from yuanshou.allocation.maxmin import coverage_of, solve_max_min
from yuanshou.allocation.network import rebuilt
from yuanshou.allocation.policy import AllocationPolicy
from yuanshou.allocation.program import allocate, solve_exact
from yuanshou.allocation.rules import solve_rule
from yuanshou.allocation.serving import arrivals_of, serve
from yuanshou.allocation.waterfill import waterfill
from yuanshou.errors import AllocationError


@given(seed=st.integers(0, 10_000), places=st.integers(1, 12), share=st.floats(0, 1.3))
@settings(deadline=None, max_examples=60)
def test_nobody_can_be_raised_but_at_the_cost_of_one_no_higher(seed: int, places: int, share: float) -> None:
    chance = np.random.default_rng(seed)
    need, weight = chance.lognormal(2, 1, (places, 2)), chance.uniform(0.5, 3, (places, 2))
    supply = share * need.sum(axis=0)
    given_out = waterfill(supply, need, weight)
    np.testing.assert_allclose(given_out.sum(axis=0), np.minimum(supply, need.sum(axis=0)), rtol=1e-9, atol=1e-300)
    level = given_out / need / weight
    for k in range(2):
        unmet = given_out[:, k] < need[:, k] * (1 - 1e-9)
        if unmet.any():
            assert np.ptp(level[unmet, k]) < 1e-9
            assert level[:, k].max() <= level[unmet, k].min() + 1e-9


def test_the_rule_of_a_plan_with_one_source_is_the_same_level_for_all() -> None:
    network = random_network(2, sources=1, items=1, weeks=1, stock=False)
    wide = np.full(network.lane_m3.shape, np.inf)
    network = replace(
        network, lane_m3=wide, lane_kg=wide, lane_weeks=network.lane_weeks * 0, pool_last_week=np.array([0])
    )
    network = rebuilt(network, pool_group=np.array([-1]), handling_kg=np.full((1, 1), np.inf))
    plan = solve_rule(network, rule="waterfill")
    cell = np.bincount(network.arc_cell, plan[:, 0], minlength=network.cells)
    weight = network.cell_weight / network.cell_weight.mean()
    expected = waterfill(network.pool_arriving.sum(axis=1), network.cell_need, weight[:, None])
    np.testing.assert_allclose(cell, expected[:, 0], rtol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_max_min_raises_the_lowest_as_far_as_any_plan_can(seed: int) -> None:
    network = random_network(seed, recipients=4)
    found = solve_max_min(network)
    assert violation(network, found.plan) < 1e-6
    coverage = coverage_of(network, serve(network, arrivals_of(network, found.plan))[0])
    np.testing.assert_allclose(np.sort(coverage), np.sort(found.level), atol=1e-4)
    for other in (solve_exact(network)[0], solve_rule(network, rule="waterfill"), found.plan * 0.9):
        rival = np.sort(coverage_of(network, serve(network, arrivals_of(network, other))[0]))
        differ = np.flatnonzero(np.abs(rival - np.sort(coverage)) > 1e-4)
        assert not len(differ) or rival[differ[0]] < np.sort(coverage)[differ[0]]


def test_a_plan_by_max_min_says_that_it_is_lexicographic_and_passes_the_audit() -> None:
    needs, supply, catalogue = small_case()
    plan = allocate(needs, supply, policy=AllocationPolicy(name="max_min"), catalogue=catalogue)
    assert plan.method == "lexicographic"
    assert audit(plan, needs, supply, catalogue=catalogue) == []


def test_water_filling_refuses_what_is_no_number() -> None:
    with pytest.raises(AllocationError, match="need"):
        waterfill(np.array([1.0]), np.array([[np.nan]]))
    assert doctest.testmod(module).failed == 0
