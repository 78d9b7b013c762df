"""Every term of sharing is exact: its bound is reached, no enumerated plan beats it, and the audit finds its breach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from allocation_cases import random_network, small_case, terms_case

from yuanshou.allocation.audit import audit
from yuanshou.allocation.consignments import usage, violation, whole_units
from yuanshou.allocation.explicit import explicit_bound
from yuanshou.allocation.network import Allocation, SupplyNetwork, build_network, rebuilt
from yuanshou.allocation.program import allocate, check_size, solve_exact, solve_whole
from yuanshou.allocation.serving import plan_value
from yuanshou.allocation.whole import rounded
from yuanshou.errors import AllocationError, InputError, SettingError

NEEDS, SUPPLY, CATALOGUE = terms_case()
PLAN = allocate(NEEDS, SUPPLY, catalogue=CATALOGUE)


def with_last_plan(network: SupplyNetwork, seed: int) -> SupplyNetwork:
    """The network with a last plan near its own best one, in the first three weeks."""
    plan, _ = solve_exact(network)
    arc, week = np.nonzero(plan[:, :3])
    sent = pd.DataFrame({"lane": network.arc_lane[arc], "item": network.pool_item[network.arc_pool[arc]], "week": week})
    sent["quantity"] = plan[arc, week] * np.random.default_rng(seed).uniform(0.3, 1.7, len(arc))
    last = sent.groupby(["lane", "item", "week"], as_index=False)["quantity"].sum().to_numpy(float)
    return rebuilt(network, last_sent=last, change_cost=network.weight.mean(axis=0) * 0.2, change_until=3)


RATES = np.array([[1.0, 0.5, 0.0], [0.0, 1.0, 0.0], [2.0, 0.0, 1.0]])
LEVEL = np.array([True, False, False])
TERMS: dict[str, Callable[[SupplyNetwork, int], SupplyNetwork]] = {
    "substitutes": lambda n, s: rebuilt(n, substitute_rate=RATES),
    "a last plan": with_last_plan,
    "numbers in use": lambda n, s: rebuilt(n, item_level=LEVEL),
    "goods lent": lambda n, s: rebuilt(n, item_level=LEVEL, lane_stay=np.arange(len(n.lane_source)) % 2),
    "modes": lambda n, s: rebuilt(n, item_modes=("", "sea", ""), substitute_rate=RATES),
}


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("seed", [0, 3])
def test_the_bound_of_every_term_is_reached_by_the_plan_and_by_no_other(term: str, seed: int) -> None:
    network = TERMS[term](random_network(seed), seed)
    plan, prices = solve_exact(network)
    bound = explicit_bound(network, prices)
    assert violation(network, plan) < 1e-6
    assert plan_value(network, plan) == pytest.approx(bound, rel=1e-7)
    assert plan_value(network, plan * 0.7) <= bound
    worse = replace(prices, supply_limit=prices.supply_limit * 0.5)
    assert explicit_bound(network, worse) >= bound - 1e-9 * abs(bound)


def test_complete_sets_reach_their_bound_where_parts_are_needed_in_proportion() -> None:
    network = random_network(1)
    need = network.need.copy()
    need[:, 1] = 2 * need[:, 0]
    network = rebuilt(network, need=need, item_bundle=np.array([0, 0, -1]), bundles=("kit",))
    plan, prices = solve_exact(network)
    assert plan_value(network, plan) == pytest.approx(explicit_bound(network, prices), rel=1e-7)
    alone = plan.copy()
    alone[network.pool_item[network.arc_pool] == 1] = 0.0
    stock = rebuilt(network, stock=np.zeros(network.stock.shape))
    no_parts = plan_value(rebuilt(stock, weight=stock.weight * np.array([1.0, 1.0, 0.0])), alone)
    assert no_parts <= 0, "a part without the others is worth nothing"


def tiny(seed: int, **terms: Any) -> SupplyNetwork:
    """One source, two recipients, one item, two weeks: few enough plans to try them all."""
    chance = np.random.default_rng(seed)
    values: dict[str, Any] = {
        "sources": ("S",), "recipients": ("A", "B"), "items": ("k",), "kg": np.array([1.0]), "m3": np.array([0.01]),
        "week_ends": np.datetime64("2020-03-28") + 7 * np.arange(2), "lane_source": np.zeros(2, dtype=np.int32),
        "lane_recipient": np.arange(2, dtype=np.int32), "lane_weeks": np.array([0, chance.integers(0, 2)]),
        "lane_cost": np.array([1.0, 2.0]), "lane_m3": np.full((2, 2), np.inf), "lane_mode": ("air", "air"),
        "lane_kg": np.repeat(chance.integers(3, 9, 2)[:, None].astype(float), 2, axis=1),
        "handling_kg": np.full((1, 2), np.inf), "pool_source": np.array([0]), "pool_item": np.array([0]),
        "pool_arriving": chance.integers(3, 7, (1, 2)).astype(float), "pool_group": np.array([-1]),
        "group_recipients": np.zeros((0, 2), dtype=bool), "pool_last_week": np.array([1]),
        "need": chance.integers(1, 6, (2, 1, 2)).astype(float), "stock": np.zeros((2, 1)),
        "weight": chance.uniform(0.5, 2, (2, 1)), "tier_share": np.full((1, 2), 0.5),
        "tier_value": np.array([[1.0, 0.4]]), "cost_weight": 1e-3,
    }  # fmt: skip
    return build_network(**{**values, **terms})


def allowed(network: SupplyNetwork, plan: np.ndarray) -> bool:
    mass = usage(network, plan).kg
    return violation(network, plan) < 1e-9 and not ((mass > 0) & (mass < network.lane_min_kg[:, None])).any()


def best_by_trying(network: SupplyNetwork) -> float:
    pack = int(network.pool_pack[0])
    arc, week = np.nonzero(network.usable())
    best = 0.0
    for amounts in product(range(0, 12, pack), repeat=len(arc)):
        plan = np.zeros((len(network.arc_lane), network.weeks))
        plan[arc, week] = amounts
        if plan.sum() <= network.pool_arriving.sum() and allowed(network, plan):
            best = max(best, plan_value(network, plan))
    return best


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("terms", [{"pool_pack": np.array([3.0])}, {"lane_min_kg": np.array([4.0, 2.0])}, {}])
def test_whole_plans_equal_the_best_of_all_plans_tried(seed: int, terms: dict[str, Any]) -> None:
    network = tiny(seed, **terms)
    plan = solve_whole(network)
    assert allowed(network, plan)
    assert plan_value(network, plan) == pytest.approx(best_by_trying(network), abs=1e-9)
    fractional, prices = solve_exact(network)
    near = rounded(network, fractional, prices)
    assert allowed(network, near)
    assert plan_value(network, near) <= plan_value(network, plan) + 1e-9 <= explicit_bound(network, prices) + 1e-8


def test_a_machine_is_lent_while_its_owner_can_spare_it_and_comes_back() -> None:
    need = np.array([[[0.0, 0.0, 1.0]], [[1.0, 1.0, 1.0]]])
    network = tiny(
        0, sources=("stock of A",), week_ends=np.datetime64("2020-03-28") + 7 * np.arange(3), need=need,
        lane_mode=("in use", "road"), lane_weeks=np.array([0, 0]), lane_kg=np.full((2, 3), np.inf),
        lane_m3=np.full((2, 3), np.inf), handling_kg=np.full((1, 3), np.inf), pool_arriving=np.array([[1.0, 0.0, 0.0]]),
        pool_last_week=np.array([2]), item_level=np.array([True]), lane_stay=np.array([1, 2]), lane_cost=np.zeros(2),
        weight=np.array([[3.0], [1.0]]), tier_share=np.ones((1, 1)), tier_value=np.ones((1, 1)),
    )  # fmt: skip
    plan, prices = solve_exact(network)
    assert plan_value(network, plan) == pytest.approx(2.0 + 3.0)
    assert explicit_bound(network, prices) == pytest.approx(5.0)
    assert whole_units(network, plan)[network.arc_lane == 1].tolist() == [[1.0, 0.0, 0.0]]


def test_the_audit_finds_nothing_in_a_plan_with_every_term() -> None:
    assert audit(PLAN, NEEDS, SUPPLY, catalogue=CATALOGUE) == []
    assert {"STOCK P00 item3"} <= set(PLAN.dispatches["offer"])


def sent(change: Callable[[pd.DataFrame], None]) -> Callable[[Allocation], Allocation]:
    def plant(plan: Allocation) -> Allocation:
        table = plan.dispatches.copy()
        change(table)
        return replace(plan, dispatches=table)

    return plant


def put(table: pd.DataFrame, where: pd.Series, column: str, value: Any) -> None:
    table.loc[table.index[np.flatnonzero(where)[0]], column] = value


def fewer_than_least(table: pd.DataFrame) -> None:
    table.drop(table[table["source"] == "N1"].index[1:], inplace=True)
    put(table, table["source"] == "N1", "quantity", 10)


FAULTS: dict[str, Callable[[Allocation], Allocation]] = {
    "kept_back_sent": sent(lambda t: put(t, t["source"] == "N0", "quantity", 1_000_000)),
    "broken_pack": sent(lambda t: put(t, t["item"] == "item1", "quantity", 7)),
    "reserve_broken": sent(lambda t: put(t, (t["item"] == "item0") & (t["recipient"] == "P02"), "quantity", 1_000_000)),
    "below_least": sent(fewer_than_least),
    "no_substitute": sent(lambda t: put(t, t["item"] == "item1", "serves", "item0")),
    "no_transfer": sent(lambda t: put(t, t["source"] == "stock of P00", "recipient", "P04")),
    "lender_keeps_less": sent(lambda t: put(t, t["source"] == "stock of P00", "quantity", 5_000)),
    "set_incomplete": lambda plan: replace(
        plan, coverage=plan.coverage.assign(served=plan.coverage["served"].where(plan.coverage["item"] != "item1", 0.0))
    ),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_breach_of_a_term_is_found_by_its_name(rule: str) -> None:
    findings = audit(FAULTS[rule](PLAN), NEEDS, SUPPLY, catalogue=CATALOGUE)
    assert rule in {finding.rule for finding in findings}


def test_goods_that_may_not_fly_take_another_way_or_stay() -> None:
    needs, supply, catalogue = small_case()
    by_air = catalogue.assign(by_air=[True, False, True])
    plan = allocate(needs, supply, catalogue=by_air)
    assert "item1" not in set(plan.dispatches["item"])
    assert "item1" in set(allocate(needs, supply, catalogue=catalogue).dispatches["item"])
    flown = allocate(needs, supply, catalogue=catalogue)
    assert "mode_not_allowed" in {f.rule for f in audit(flown, needs, supply, catalogue=by_air)}


def test_terms_that_are_pools_and_packs_go_through_every_method() -> None:
    simple = {name: SUPPLY.terms[name] for name in ("reserves", "modes")}
    given = SUPPLY.terms["transfers"].query("lender == 'P01'")
    supply = replace(SUPPLY, terms={**simple, "transfers": given})
    plans = [allocate(NEEDS, supply, catalogue=CATALOGUE, method=method) for method in ("exact", "prices")]
    for plan in plans:
        assert audit(plan, NEEDS, supply, catalogue=CATALOGUE) == []
        assert plan.objective <= plan.bound
    assert plans[1].bound == pytest.approx(plans[0].bound, rel=0.02)


def test_terms_that_cannot_be_kept_are_refused_with_a_way_out() -> None:
    with pytest.raises(SettingError, match="exact"):
        allocate(NEEDS, SUPPLY, catalogue=CATALOGUE, method="prices")
    assert PLAN.network is not None
    with pytest.raises(AllocationError, match=r"2,000,000 columns with .*complete sets"):
        check_size(PLAN.network, 2_000_000, "auto")
    twice = pd.concat([SUPPLY.terms["reserves"].assign(share=0.7)] * 2)
    with pytest.raises(InputError, match="add up to more"):
        allocate(NEEDS, replace(SUPPLY, terms={"reserves": twice}), catalogue=CATALOGUE)
    heavy = replace(SUPPLY, routes=SUPPLY.routes.assign(least_kg=1e9))
    with pytest.raises(InputError, match="least consignment"):
        allocate(NEEDS, heavy, catalogue=CATALOGUE)
    with pytest.raises(AllocationError, match="complete set"):
        rebuilt(random_network(0), item_level=LEVEL, item_bundle=np.array([0, 0, -1]))
