"""Other rules on the same need and supply, side by side with the plan, so that the price of fairness can be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from yuanshou.allocation.decide import decide
from yuanshou.allocation.frontier import frontier_points
from yuanshou.allocation.network import Allocation
from yuanshou.allocation.policy import RULES, AllocationPolicy
from yuanshou.allocation.result import coverage_table, dispatch_table
from yuanshou.catalogue import load_catalogue
from yuanshou.needs.quantify import Needs
from yuanshou.sources.supply import AidSupply
from yuanshou.tables import FloatArray

COLUMNS = [
    "policy", "coverage_weighted", "coverage_worst", "coverage_worst_tenth", "coverage_gini",
    "consignments", "freight_usd", "freight_kg",
]  # fmt: skip


def compare_policies(
    needs: Needs,
    supply: AidSupply,
    allocation: Allocation,
    *,
    names: Sequence[str],
    progress: Callable[[str], None] = lambda stage: None,
) -> pd.DataFrame:
    """One row a rule, the plan's own first: coverage by value, of the worst place and tenth, Gini, and transport.

    Coverage of a place = value of need served / value of need, over all items and weeks, at catalogue prices;
    only items that somebody offers count, since no rule can share what is not there.
    """
    if not names:
        return pd.DataFrame(columns=COLUMNS)
    offered = set(allocation.supply_left.loc[allocation.supply_left["quantity"] > 0, "item"])
    rows = [{"policy": allocation.policy, **measures(allocation.coverage, allocation.dispatches, offered)}]
    for name in names:
        if name == allocation.policy:
            continue
        progress(f"the same supply by rule {name}")
        compiled, plan = decide(needs, supply, policy=AllocationPolicy(name=name))
        figures = measures(coverage_table(compiled, plan), dispatch_table(compiled, plan), offered)
        rows.append({"policy": name, **figures})
    return pd.DataFrame(rows, columns=COLUMNS)


def fairness_frontier(
    needs: Needs,
    supply: AidSupply,
    allocation: Allocation,
    policy: AllocationPolicy,
    *,
    progress: Callable[[str], None] = lambda stage: None,
) -> pd.DataFrame:
    """The columns of `compare_policies` for the plan, every degree of inequality aversion, max-min and every rule.

    One column more, `gap`: the share by which the best plan of the row's kind may be worth more; NaN for a rule.
    """
    offered = set(allocation.supply_left.loc[allocation.supply_left["quantity"] > 0, "item"])
    own = measures(allocation.coverage, allocation.dispatches, offered)
    rows = [{"policy": allocation.policy, **own, "gap": np.nan if allocation.policy in RULES else allocation.gap}]
    for point in frontier_points(needs, supply, policy, progress=progress):
        coverage, sent = coverage_table(point.compiled, point.plan), dispatch_table(point.compiled, point.plan)
        rows.append({"policy": point.label, **measures(coverage, sent, offered), "gap": point.gap})
    return pd.DataFrame(rows, columns=[*COLUMNS, "gap"])


def measures(coverage: pd.DataFrame, dispatches: pd.DataFrame, offered: set[str]) -> dict[str, object]:
    """The figures by which rules are compared; shares 0–1, US$, kg."""
    value = valued_by_place(coverage, offered)
    shares = np.sort((value["served"] / value["need"])[value["need"] > 0].to_numpy())
    return {
        "coverage_weighted": float(value["served"].sum() / value["need"].sum()) if len(shares) else np.nan,
        "coverage_worst": float(shares[0]) if len(shares) else np.nan,
        "coverage_worst_tenth": float(shares[: max(1, len(shares) // 10)].mean()) if len(shares) else np.nan,
        "coverage_gini": gini(shares),
        "consignments": len(dispatches.groupby(["source", "recipient", "mode", "week"])),
        "freight_usd": float(dispatches["usd"].sum()),
        "freight_kg": float(dispatches["kg"].sum()),
    }


def valued_by_place(coverage: pd.DataFrame, offered: set[str]) -> pd.DataFrame:
    """Value needed and served by place over the offered items, US$ at catalogue prices."""
    price = load_catalogue()["unit_price_usd"]
    table = coverage[coverage["item"].isin(offered)]
    value = table["item"].map(price).fillna(price.median()).to_numpy(float)
    columns = {name: table[name].to_numpy(float) * value for name in ("need", "served")}
    return pd.DataFrame(columns).groupby(table["recipient"].to_numpy(object)).sum()


def gini(values: FloatArray) -> float:
    """Gini coefficient of values ≥ 0: 0 where all are alike, near 1 where one has everything.

    >>> gini(np.array([0.5, 0.5])), round(gini(np.array([0.0, 1.0])), 2)
    (0.0, 0.5)
    """
    ordered = np.sort(values)
    total = ordered.sum()
    if not len(ordered) or total <= 0:
        return 0.0
    rank = np.arange(1, len(ordered) + 1)
    return float((2 * rank - len(ordered) - 1) @ ordered / (len(ordered) * total))
