"""Laws of the allocation: what may never happen, whatever the supply, the need and the lanes are."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from allocation_cases import random_network, small_case
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanshou.allocation.bound import dual_bound
from yuanshou.allocation.consignments import violation, whole_units
from yuanshou.allocation.network import Prices, SupplyNetwork, build_network, rebuilt
from yuanshou.allocation.policy import RULES
from yuanshou.allocation.prices import COARSE, solve_prices
from yuanshou.allocation.program import allocate, solve_exact, solve_whole
from yuanshou.allocation.rules import solve_rule
from yuanshou.allocation.serving import arrivals_of, plan_value, serve
from yuanshou.tables import FloatArray

laws = settings(max_examples=25, deadline=None)
tiny_laws = settings(max_examples=12, deadline=None)
slow_laws = settings(max_examples=6, deadline=None)
seeds = st.integers(0, 10**6)
networks = st.builds(
    random_network,
    seeds,
    recipients=st.integers(1, 6),
    items=st.integers(1, 3),
    weeks=st.integers(2, 4),
    supply=st.floats(0.05, 1.5),
    stock=st.booleans(),
)


def best(network: SupplyNetwork) -> float:
    """The objective of an optimal plan."""
    return plan_value(network, solve_exact(network)[0])


def served_value(network: SupplyNetwork, recipient: int) -> float:
    """What an optimal plan's service is worth to one recipient, by that recipient's own weights."""
    _, worth = serve(network, arrivals_of(network, solve_exact(network)[0]))
    return float(worth[network.cell_recipient == recipient].sum())


@laws
@given(networks, seeds, st.floats(1.01, 10.0))
def test_more_supply_never_lowers_the_objective(network: SupplyNetwork, seed: int, factor: float) -> None:
    chance = np.random.default_rng(seed)
    more = network.pool_arriving * np.where(chance.random(network.pool_arriving.shape) < 0.5, factor, 1.0)
    before, after = best(network), best(rebuilt(network, pool_arriving=more))
    assert after >= before - 1e-7 * (1.0 + abs(before))


@slow_laws
@given(networks, st.floats(1.01, 10.0))
def test_more_supply_never_lowers_what_the_prices_method_proves(network: SupplyNetwork, factor: float) -> None:
    before = solve_prices(network, schedule=COARSE)
    after = solve_prices(rebuilt(network, pool_arriving=factor * network.pool_arriving), schedule=COARSE)
    assert after.bound >= before.objective * (1 - 1e-9)


@laws
@given(networks, st.integers(1, 20))
def test_counting_in_smaller_units_scales_the_plan_to_the_last_digit(network: SupplyNetwork, power: int) -> None:
    """A power of two, so that no digit is lost and the scaled plan must be the very same one."""
    unit = 2.0**power
    plan, scaled = solve_exact(network)[0], solve_exact(in_smaller_units(network, unit))[0]
    np.testing.assert_array_equal(scaled, plan * unit)


@slow_laws
@given(networks)
def test_counting_in_smaller_units_scales_the_plan_of_the_prices_method(network: SupplyNetwork) -> None:
    plan = solve_prices(network, schedule=COARSE).plan
    scaled = solve_prices(in_smaller_units(network, 1024.0), schedule=COARSE).plan
    np.testing.assert_allclose(scaled, plan * 1024.0, rtol=1e-6, atol=1e-6 * 1024 * (1 + plan.max(initial=0.0)))


def in_smaller_units(network: SupplyNetwork, unit: float) -> SupplyNetwork:
    """The same goods with every piece counted as `unit` smaller ones."""
    return rebuilt(
        network,
        need=network.need * unit,
        stock=network.stock * unit,
        pool_arriving=network.pool_arriving * unit,
        kg=network.kg / unit,
        m3=network.m3 / unit,
        weight=network.weight / unit,
    )


@pytest.mark.parametrize("method", ["exact", "prices"])
@pytest.mark.parametrize("prefix", ["a", "Z"])
def test_renaming_places_changes_names_only(method: str, prefix: str) -> None:
    """New names that sort the other way round, and a plan that is the same line by line."""
    needs, supply, catalogue = small_case(places=5, weeks=4)
    name = {code: f"{prefix}{9 - i}" for i, code in enumerate(needs.places)}
    renamed_needs = replace(needs, places=tuple(name[code] for code in needs.places))
    renamed_supply = replace(
        supply,
        routes=supply.routes.assign(recipient=supply.routes["recipient"].map(name)),
        stock=supply.stock.assign(place=supply.stock["place"].map(name)),
        offers=supply.offers.assign(
            earmark=[" ".join(name[code] for code in text.split()) for text in supply.offers["earmark"]]
        ),
    )
    plan = allocate(needs, supply, method=method, catalogue=catalogue)
    renamed = allocate(renamed_needs, renamed_supply, method=method, catalogue=catalogue)
    columns = [c for c in plan.dispatches.columns if c != "offer"]
    expected = plan.dispatches.assign(recipient=plan.dispatches["recipient"].map(name)).sort_values(columns)
    found = renamed.dispatches.sort_values(columns)
    assert renamed.objective == pytest.approx(plan.objective, rel=1e-9)
    assert expected[columns].to_numpy().tolist() == found[columns].to_numpy().tolist()


@laws
@given(networks, st.integers(0, 5), st.floats(0.1, 5.0))
def test_nobody_gains_by_asking_for_more_than_need(network: SupplyNetwork, who: int, asked: float) -> None:
    """What is asked for beyond the need becomes a step worth nothing: it moves no unit of anybody's need."""
    recipient = who % len(network.recipients)
    honest = np.broadcast_to(network.tier_share[0], (*network.need.shape, network.tier_share.shape[1]))
    share = np.concatenate([honest, np.zeros((*network.need.shape, 1))], axis=3)
    need = network.need.copy()
    need[recipient] *= 1 + asked
    share[recipient] /= 1 + asked
    share[recipient, ..., -1] = asked / (1 + asked)
    value = np.broadcast_to(np.append(network.tier_value[0], 0.0), share.shape)
    greedy = rebuilt(network, need=need, tier_share=share, tier_value=value)
    before, after = best(network), best(greedy)
    assert after == pytest.approx(before, rel=1e-7, abs=1e-9)
    priced = solve_exact(network)[1]
    assert dual_bound(greedy, priced) == pytest.approx(dual_bound(network, priced), rel=1e-9)


@laws
@given(networks, st.integers(0, 5), st.floats(1.05, 20.0))
def test_raising_ones_weight_never_lowers_ones_weighted_service(
    network: SupplyNetwork, who: int, factor: float
) -> None:
    recipient = who % len(network.recipients)
    weight = network.weight.copy()
    weight[recipient] *= factor
    before = served_value(network, recipient)
    after = served_value(rebuilt(network, weight=weight), recipient) / factor
    assert after >= before - 1e-6 * (1.0 + before)


@laws
@given(networks, seeds)
def test_the_bound_at_any_prices_is_never_below_any_plan(network: SupplyNetwork, seed: int) -> None:
    chance = np.random.default_rng(seed)
    size = 10.0 ** chance.uniform(-4, 1)
    falling = np.sort(chance.exponential(size, network.pool_arriving.shape), axis=1)[:, ::-1]
    capacities = (network.lane_m3, network.lane_kg, network.handling_kg)
    random = Prices(
        falling, *(np.where(np.isfinite(c), chance.exponential(size / 10, c.shape), 0.0) for c in capacities)
    )
    optimal, prices = solve_exact(network)
    plans = [optimal, whole_units(network, optimal), *(solve_rule(network, rule=rule) for rule in RULES)]
    highest = max(plan_value(network, plan) for plan in plans)
    assert max(violation(network, plan) for plan in plans) <= 1e-9
    for proof in (random, prices):
        assert dual_bound(network, proof) >= highest - 1e-7 * (1.0 + abs(highest))
    assert dual_bound(network, prices) == pytest.approx(highest, rel=1e-6, abs=1e-9)


@slow_laws
@given(networks)
def test_the_prices_method_stands_between_its_own_plan_and_bound(network: SupplyNetwork) -> None:
    priced, optimum = solve_prices(network, schedule=COARSE), best(network)
    slack = 1e-7 * (1.0 + abs(optimum))
    assert priced.objective - slack <= optimum <= priced.bound + slack
    assert violation(network, priced.plan) <= 1e-9


@st.composite
def tiny_networks(draw: st.DrawFn, *, heavy: bool) -> SupplyNetwork:
    """Two sources, two recipients, two weeks and a handful of whole pieces; steps are whole pieces too."""
    recipients, weeks = 2, 2
    items = draw(st.integers(1, 2))
    pieces = st.integers(0, 2)
    need = np.array([[[2 * draw(pieces) for _ in range(weeks)] for _ in range(items)] for _ in range(recipients)])
    need[0, 0, 1] = max(need[0, 0, 1], 2)
    lanes = [(0, 0), (0, 1), (1, 1)]
    arriving = np.array([[draw(pieces), draw(pieces)] for _ in range(2 * items)], dtype=float)
    limit = float(draw(st.integers(1, 5))) if heavy else np.inf
    return build_network(
        sources=("N0", "N1"),
        recipients=("P0", "P1"),
        items=tuple(f"item{k}" for k in range(items)),
        week_ends=np.datetime64("2020-03-28") + 7 * np.arange(weeks),
        kg=np.array([1.0, 2.0])[:items],
        m3=np.zeros(items),
        lane_source=np.array([s for s, _ in lanes], dtype=np.int32),
        lane_recipient=np.array([r for _, r in lanes], dtype=np.int32),
        lane_weeks=np.array([draw(st.integers(0, 1)) for _ in lanes], dtype=np.int32),
        lane_cost=np.array([draw(st.floats(0.5, 3)) for _ in lanes]),
        lane_m3=np.full((len(lanes), weeks), np.inf),
        lane_kg=np.full((len(lanes), weeks), limit),
        lane_mode=("air",) * len(lanes),
        handling_kg=np.full((2, weeks), np.inf),
        pool_source=np.repeat([0, 1], items).astype(np.int32),
        pool_item=np.tile(np.arange(items), 2).astype(np.int32),
        pool_arriving=arriving,
        pool_group=np.full(2 * items, -1, dtype=np.int32),
        group_recipients=np.zeros((0, recipients), dtype=bool),
        pool_last_week=np.full(2 * items, weeks - 1, dtype=np.int32),
        need=need.astype(float),
        stock=np.array([[float(draw(st.integers(0, 1))) for _ in range(items)] for _ in range(recipients)]),
        weight=np.array([[draw(st.floats(0.5, 4)) for _ in range(items)] for _ in range(recipients)]),
        tier_share=np.full((1, 2), 0.5),
        tier_value=np.array([[1.0, 0.4]]),
        cost_weight=1e-3,
    )


def best_by_trying_everything(network: SupplyNetwork) -> float:
    """The best whole-piece plan of a tiny network, by listing every way to send and every way to serve."""
    options = [
        (arc, t)
        for arc, t in np.argwhere(network.usable())
        if network.pool_arriving[network.arc_pool[arc], : t + 1].any()
    ]
    total = network.pool_arriving.sum(axis=1)
    ranges = [range(int(total[network.arc_pool[arc]]) + 1) for arc, _ in options]
    highest = -np.inf
    for amounts in product(*ranges):
        plan = np.zeros((len(network.arc_lane), network.weeks))
        for (arc, t), amount in zip(options, amounts, strict=True):
            plan[arc, t] = amount
        if fits(network, plan):
            freight = float((network.unit_cost[:, None] * plan).sum())
            highest = max(highest, best_serving(network, plan) - freight)
    return highest


def fits(network: SupplyNetwork, plan: FloatArray) -> bool:
    for pool in range(len(network.pool_item)):
        sent = plan[network.arc_pool == pool].sum(axis=0)
        if (np.cumsum(sent) > np.cumsum(network.pool_arriving[pool])).any():
            return False
    kg = network.kg[network.pool_item[network.arc_pool]]
    for lane in range(len(network.lane_source)):
        on = network.arc_lane == lane
        if ((kg[on, None] * plan[on]).sum(axis=0) > network.lane_kg[lane]).any():
            return False
    return True


def best_serving(network: SupplyNetwork, plan: FloatArray) -> float:
    """Every split of what each cell holds over its two weeks, valued step by step."""
    total = 0.0
    for cell in range(network.cells):
        arrives = [network.cell_stock[cell], 0.0]
        for arc in np.flatnonzero(network.arc_cell == cell):
            for t in range(network.weeks - network.lane_weeks[network.arc_lane[arc]]):
                arrives[t + network.lane_weeks[network.arc_lane[arc]]] += plan[arc, t]
        need = network.cell_need[cell]
        total += max(
            sum(worth(network, cell, y, n) for y, n in zip((first, second), need, strict=True))
            for first in range(int(min(arrives[0], need[0])) + 1)
            for second in range(int(min(sum(arrives) - first, need[1])) + 1)
        )
    return total


def worth(network: SupplyNetwork, cell: int, served: float, need: float) -> float:
    first = min(served, need / 2)
    return float(network.cell_weight[cell] * (first + 0.4 * (served - first)))


@tiny_laws
@given(tiny_networks(heavy=False))
def test_exact_equals_trying_everything(network: SupplyNetwork) -> None:
    """Whole supply, whole steps and no shared capacity: the fractional optimum is a whole one."""
    plan, prices = solve_exact(network)
    tried = best_by_trying_everything(network)
    assert plan_value(network, plan) == pytest.approx(tried, rel=1e-7, abs=1e-9)
    assert plan_value(network, whole_units(network, plan)) == pytest.approx(tried, rel=1e-7, abs=1e-9)
    assert dual_bound(network, prices) == pytest.approx(tried, rel=1e-7, abs=1e-9)


@tiny_laws
@given(tiny_networks(heavy=True))
def test_whole_pieces_on_narrow_lanes_equal_trying_everything_by_the_whole_method(network: SupplyNetwork) -> None:
    plan, prices = solve_exact(network)
    tried = best_by_trying_everything(network)
    whole = whole_units(network, plan)
    assert violation(network, whole) == 0
    assert plan_value(network, whole) - 1e-9 <= tried <= dual_bound(network, prices) + 1e-9
    best_whole = solve_whole(network)
    assert violation(network, best_whole) <= 1e-9
    assert plan_value(network, best_whole) == pytest.approx(tried, rel=1e-7, abs=1e-9)
