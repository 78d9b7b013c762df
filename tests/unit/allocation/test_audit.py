"""The audit finds nothing in a sound plan, and every fault that is planted in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from allocation_cases import small_case

from yuanshou.allocation.audit import audit
from yuanshou.allocation.network import Allocation
from yuanshou.allocation.policy import POLICIES, AllocationPolicy
from yuanshou.allocation.program import allocate

NEEDS, SUPPLY, CATALOGUE = small_case()
PLAN = allocate(NEEDS, SUPPLY, catalogue=CATALOGUE)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_audit_finds_nothing_in_any_policys_plan(policy: str) -> None:
    plan = allocate(NEEDS, SUPPLY, policy=AllocationPolicy(name=policy), catalogue=CATALOGUE)
    assert audit(plan, NEEDS, SUPPLY, catalogue=CATALOGUE) == []
    assert len(plan.dispatches) > 10


@pytest.mark.parametrize("method", ["exact", "prices"])
def test_the_audit_finds_nothing_in_any_methods_plan(method: str) -> None:
    plan = allocate(NEEDS, SUPPLY, method=method, catalogue=CATALOGUE)
    assert audit(plan, NEEDS, SUPPLY, catalogue=CATALOGUE) == []


def sent(change: Callable[[pd.DataFrame], pd.DataFrame | None]) -> Callable[[Allocation], Allocation]:
    """A fault in the table of dispatches."""

    def plant(plan: Allocation) -> Allocation:
        table = plan.dispatches.copy()
        table["quantity"] = table["quantity"].astype(float)
        changed = change(table)
        return replace(plan, dispatches=table if changed is None else changed)

    return plant


def cover(change: Callable[[pd.DataFrame], None]) -> Callable[[Allocation], Allocation]:
    """A fault in the table of coverage."""

    def plant(plan: Allocation) -> Allocation:
        table = plan.coverage.copy()
        change(table)
        return replace(plan, coverage=table)

    return plant


def left(change: Callable[[pd.DataFrame], pd.DataFrame | None]) -> Callable[[Allocation], Allocation]:
    """A fault in the table of supply left."""

    def plant(plan: Allocation) -> Allocation:
        table = plan.supply_left.copy()
        changed = change(table)
        return replace(plan, supply_left=table if changed is None else changed)

    return plant


def put(column: str, value: object, *, row: int = 0) -> Callable[[pd.DataFrame], None]:
    def change(table: pd.DataFrame) -> None:
        table[column] = table[column].astype(object) if isinstance(value, str) else table[column]
        table.loc[table.index[row], column] = value

    return change


def add(column: str, amount: float | pd.Timedelta, *, row: int = 0) -> Callable[[pd.DataFrame], None]:
    def change(table: pd.DataFrame) -> None:
        table.loc[table.index[row], column] = table[column].iloc[row] + amount

    return change


def to_another_place(table: pd.DataFrame) -> None:
    """Send an earmarked lot over an existing lane to a place it is not meant for."""
    marks = SUPPLY.offers.set_index("offer")["earmark"]
    lanes = set(zip(SUPPLY.routes["source"], SUPPLY.routes["recipient"], strict=True))
    for row in table.index:
        for place in NEEDS.places:
            mark = marks[table.loc[row, "offer"]]
            if mark and place not in mark.split() and (table.loc[row, "source"], place) in lanes:
                table.loc[row, "recipient"] = place
                return
    raise AssertionError("the case has no earmarked dispatch to plant the fault in")


def before_it_exists(table: pd.DataFrame) -> None:
    dates = SUPPLY.offers.set_index("offer")["available"]
    row = table.index[int((table["offer"].map(dates)).to_numpy().argmax())]
    table.loc[row, "week"] = pd.Timestamp("2020-03-28")


def after_expiry(table: pd.DataFrame) -> None:
    dates = SUPPLY.offers.set_index("offer")["expires"]
    row = table.index[table["offer"].map(dates).notna().to_numpy().argmax()]
    lead = table.loc[row, "arrival"] - table.loc[row, "week"]
    table.loc[row, "arrival"] = pd.Timestamp("2020-05-02")
    table.loc[row, "week"] = pd.Timestamp("2020-05-02") - lead


FAULTS: dict[str, Callable[[Allocation], Allocation]] = {
    "sent_more_than_exists": sent(add("quantity", 10_000_000.0)),
    "lane_over_kg": sent(add("quantity", 1_000_000.0)),
    "lane_over_m3": sent(add("quantity", 1_000_000.0, row=3)),
    "over_handling": sent(
        lambda t: add("quantity", 5_000_000.0, row=int((t["source"] == "N1").to_numpy().argmax()))(t)
    ),
    "fractional": sent(add("quantity", 0.5)),
    "not_positive": sent(put("quantity", -5.0)),
    "before_it_exists": sent(before_it_exists),
    "wrong_arrival": sent(add("arrival", pd.Timedelta(days=7))),
    "outside_horizon": sent(add("arrival", pd.Timedelta(days=700))),
    "expired": sent(after_expiry),
    "earmark_ignored": sent(to_another_place),
    "unknown_lane": sent(put("mode", "camel")),
    "unknown_recipient": sent(put("recipient", "XYZ")),
    "unknown_offer": sent(put("offer", "O-none")),
    "unknown_item": sent(put("item", "gold")),
    "wrong_item": sent(lambda t: put("item", "item1" if t["item"].iloc[0] != "item1" else "item2")(t)),
    "wrong_source": sent(lambda t: put("offer", t.loc[t["source"] != t["source"].iloc[0], "offer"].iloc[0])(t)),
    "repeated_dispatch": sent(lambda t: pd.concat([t, t.head(1)])),
    "wrong_kg": sent(add("kg", 3.0)),
    "wrong_m3": sent(add("m3", 3.0)),
    "wrong_usd": sent(add("usd", 3.0)),
    "received_wrong": cover(add("received", 7.0)),
    "negative_stock": cover(put("stock_end", -3.0)),
    "stock_wrong": cover(add("stock_end", 11.0)),
    "negative_service": cover(put("served", -3.0)),
    "served_more_than_need": cover(lambda t: put("served", 2 * t["need"].iloc[0] + 5)(t)),
    "served_before_arrival": cover(lambda t: put("served", t["need"].max(), row=int(t["need"].to_numpy().argmax()))(t)),
    "unmet_wrong": cover(add("unmet", 2.0)),
    "need_wrong": cover(lambda t: [add("need", 50.0)(t), add("unmet", 50.0)(t)] and None),
    "offer_missing": left(lambda t: t.iloc[1:]),
    "supply_does_not_add_up": left(add("left", 5)),
    "sent_wrong": left(lambda t: [add("sent", 5)(t), add("left", -5)(t)] and None),
    "bound_below_plan": lambda plan: replace(plan, bound=plan.objective * 0.9),
    "gap_wrong": lambda plan: replace(plan, gap=plan.gap + 0.01),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_planted_fault_is_found_by_its_name(rule: str) -> None:
    findings = audit(FAULTS[rule](PLAN), NEEDS, SUPPLY, catalogue=CATALOGUE)
    assert rule in {finding.rule for finding in findings}
    assert all(str(finding).startswith(finding.rule) for finding in findings)


def test_sent_and_left_make_the_supply_and_met_and_unmet_make_the_need() -> None:
    by_item = PLAN.supply_left.groupby("item")[["quantity", "sent", "left"]].sum()
    np.testing.assert_array_equal(by_item["sent"] + by_item["left"], by_item["quantity"])
    cover_by_item = PLAN.coverage.groupby("item")[["need", "served", "unmet"]].sum()
    np.testing.assert_allclose(cover_by_item["served"] + cover_by_item["unmet"], cover_by_item["need"])
