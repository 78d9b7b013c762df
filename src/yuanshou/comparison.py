"""Other rules on the same need and supply, side by side with the plan, so that the price of fairness can be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from yuanshou.allocation.network import Allocation
from yuanshou.allocation.policy import AllocationPolicy
from yuanshou.allocation.program import allocate
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
    rows = [measures(allocation)]
    for name in names:
        if name != allocation.policy:
            progress(f"the same supply by rule {name}")
            rows.append(measures(allocate(needs, supply, policy=AllocationPolicy(name=name))))
    return pd.DataFrame(rows, columns=COLUMNS)


def measures(allocation: Allocation) -> dict[str, object]:
    """The figures by which rules are compared; shares 0–1, US$, kg."""
    coverage = np.sort(coverage_of_places(allocation))
    sent = allocation.dispatches
    place_value = coverage[np.isfinite(coverage)]
    return {
        "policy": allocation.policy,
        "coverage_weighted": _share(allocation),
        "coverage_worst": float(place_value[0]) if len(place_value) else np.nan,
        "coverage_worst_tenth": float(place_value[: max(1, len(place_value) // 10)].mean())
        if len(place_value)
        else 0.0,
        "coverage_gini": gini(place_value),
        "consignments": len(sent.groupby(["source", "recipient", "mode", "week"])),
        "freight_usd": float(sent["usd"].sum()),
        "freight_kg": float(sent["kg"].sum()),
    }


def coverage_of_places(allocation: Allocation) -> FloatArray:
    """(R,) share of the value of need served, over items on offer; NaN where nothing is needed."""
    table = _valued(allocation)
    sums = table.groupby("recipient")[["need", "served"]].sum().reindex(list(allocation.recipients))
    with np.errstate(invalid="ignore", divide="ignore"):
        result: FloatArray = np.where(sums["need"] > 0, sums["served"] / sums["need"], np.nan)
    return result


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


def _valued(allocation: Allocation) -> pd.DataFrame:
    price = load_catalogue()["unit_price_usd"]
    table = allocation.coverage
    offered = set(allocation.supply_left.loc[allocation.supply_left["quantity"] > 0, "item"])
    table = table[table["item"].isin(offered)]
    value = table["item"].map(price).fillna(price.median()).to_numpy(float)
    return table[["recipient"]].assign(need=table["need"] * value, served=table["served"] * value)


def _share(allocation: Allocation) -> float:
    table = _valued(allocation)
    return float(table["served"].sum() / table["need"].sum()) if table["need"].sum() else 0.0
