"""Sum checks pass for a plan whose books balance and name the item where they do not."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from plan_factory import synthetic_plan

from yuanshou.plan import Plan
from yuanshou.sumchecks import checks_by_name, sum_checks

PLAN = synthetic_plan()


def altered(table: str, column: str, by: float) -> Plan:
    """The plan with the first value of one column raised."""
    frame: pd.DataFrame = getattr(PLAN.allocation, table).astype({column: float})
    frame.loc[frame.index[0], column] += by
    return replace(PLAN, allocation=replace(PLAN.allocation, **{table: frame}))


def test_a_plan_whose_books_balance_passes_every_check_for_every_item() -> None:
    checks = sum_checks(PLAN)
    assert checks["ok"].all()
    assert set(checks["item"]) == set(PLAN.allocation.items)
    assert len(checks_by_name(checks)) == 7
    assert checks.loc[checks["check"] == "sent + left = supply", "right_side"].sum() > 0


@pytest.mark.parametrize(
    ("table", "column", "by", "check"),
    [
        ("dispatches", "quantity", 1, "sent + left = supply"),
        ("supply_left", "left", 1, "sent + left = supply"),
        ("coverage", "unmet", 1, "met + unmet = need"),
        ("coverage", "served", 1, "met + unmet = need"),
        ("coverage", "received", 1, "received = sent and due"),
        ("dispatches", "kg", 1, "weight, kg"),
        ("dispatches", "m3", 1, "volume, m3"),
        ("dispatches", "usd", 1, "freight, US$"),
    ],
)
def test_one_unit_astray_is_found_and_its_item_named(table: str, column: str, by: float, check: str) -> None:
    checks = sum_checks(altered(table, column, by))
    failed = checks[~checks["ok"]]
    item = getattr(PLAN.allocation, table)["item"].iloc[0]
    assert check in set(failed["check"])
    assert set(failed["item"]) == {item}


def test_stock_that_comes_from_nowhere_is_found() -> None:
    coverage = PLAN.allocation.coverage.copy()
    coverage.loc[coverage["week"].idxmax(), "stock_end"] += 1
    plan = replace(PLAN, allocation=replace(PLAN.allocation, coverage=coverage))
    failed = sum_checks(plan).query("not ok")
    assert list(failed["check"]) == ["stock + received = met + kept"]
