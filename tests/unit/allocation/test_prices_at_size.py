"""The prices method: its plan, its proof, and beginning from the prices of another plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from allocation_cases import random_network
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import set_num_threads

from yuanshou.allocation.bound import delivered_price, dual_bound
from yuanshou.allocation.carry import carried_prices
from yuanshou.allocation.consignments import violation
from yuanshou.allocation.network import rebuilt
from yuanshou.allocation.prices import WARM, solve_prices
from yuanshou.allocation.program import solve_exact
from yuanshou.allocation.repair import repair
from yuanshou.allocation.serving import plan_value
from yuanshou.allocation.whatif import with_supply

NETWORK = random_network(3, recipients=8, sources=2, items=4, weeks=5, stock=False)


def test_the_optimum_stands_between_the_plan_and_the_bound_of_the_prices_method() -> None:
    optimum = plan_value(NETWORK, solve_exact(NETWORK)[0])
    priced = solve_prices(NETWORK)
    assert priced.objective <= optimum * (1 + 1e-9)
    assert optimum <= priced.bound * (1 + 1e-9)
    assert priced.gap <= 2e-3
    assert priced.objective == pytest.approx(plan_value(NETWORK, priced.plan), rel=1e-9)
    assert priced.bound == pytest.approx(dual_bound(NETWORK, priced.prices), rel=1e-9)
    assert violation(NETWORK, priced.plan) <= 1e-9


def test_the_number_of_threads_changes_no_digit() -> None:
    both = solve_prices(NETWORK)
    set_num_threads(1)
    try:
        alone = solve_prices(NETWORK)
    finally:
        set_num_threads(2)
    np.testing.assert_array_equal(alone.plan, both.plan)
    assert alone.bound == both.bound


def test_prices_carried_to_the_same_network_are_the_same_prices() -> None:
    prices = solve_prices(NETWORK).prices
    same = carried_prices(prices, NETWORK, NETWORK)
    for name in ("supply_limit", "route_m3", "route_kg", "handling_kg"):
        np.testing.assert_array_equal(getattr(same, name), getattr(prices, name))


def test_prices_carried_a_week_on_are_those_of_the_same_dates() -> None:
    prices = solve_prices(NETWORK).prices
    later = replace(NETWORK, week_ends=NETWORK.week_ends + 7)
    carried = carried_prices(prices, NETWORK, later)
    np.testing.assert_array_equal(carried.route_kg[:, :-1], prices.route_kg[:, 1:])
    np.testing.assert_array_equal(carried.route_kg[:, -1], prices.route_kg[:, -1])


@pytest.mark.parametrize("held", [False, True])
def test_a_warm_beginning_proves_its_plan_and_takes_fewer_passes(held: bool) -> None:
    network = random_network(3, recipients=8, sources=2, items=4, weeks=5, stock=held)
    cold = solve_prices(network, gap=5e-3)
    moved = rebuilt(network, need=network.need * np.random.default_rng(0).lognormal(0, 0.05, network.need.shape))
    optimum = plan_value(moved, solve_exact(moved)[0])
    warm = solve_prices(moved, gap=5e-3, warm=carried_prices(cold.prices, network, moved), schedule=WARM)
    assert warm.objective <= optimum * (1 + 1e-9)
    assert optimum <= warm.bound * (1 + 1e-9)
    assert warm.passes < solve_prices(moved, gap=5e-3).passes


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 3.0))
def test_one_offer_more_is_proven_from_the_plan_and_prices_before_it(seed: int, share: float) -> None:
    network = random_network(seed, stock=False)
    plan, prices = solve_exact(network)
    source = int(network.lane_source[network.arc_lane[0]])
    units = share * float(network.cell_need[0].sum())
    after, moved = with_supply(network, plan, cell=0, source=source, units=units)
    carried = carried_prices(prices, network, after)
    filled, objective = repair(after, moved, delivered_price(after, carried))
    optimum = plan_value(after, solve_exact(after)[0])
    assert violation(after, filled) <= 1e-9
    assert objective >= plan_value(network, plan) * (1 - 1e-9)
    assert objective <= optimum * (1 + 1e-7)
    assert optimum <= dual_bound(after, carried) * (1 + 1e-7)


def test_nothing_is_sent_where_freight_costs_more_than_goods_are_worth() -> None:
    dear = rebuilt(NETWORK, lane_cost=np.where(NETWORK.lane_source == 0, 1e9, NETWORK.lane_cost))
    priced = solve_prices(dear)
    assert priced.plan[dear.lane_source[dear.arc_lane] == 0].sum() == 0
    assert priced.objective >= 0


def test_the_repair_of_nothing_sends_what_is_worth_sending() -> None:
    zero = np.zeros((len(NETWORK.arc_lane), NETWORK.weeks))
    prices = solve_exact(NETWORK)[1]
    plan, objective = repair(NETWORK, zero, delivered_price(NETWORK, prices))
    assert objective == pytest.approx(plan_value(NETWORK, plan), rel=1e-9)
    assert objective > 0
    assert violation(NETWORK, plan) <= 1e-9
