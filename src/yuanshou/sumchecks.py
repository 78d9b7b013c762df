"""Does the plan add up? Every total reached by two separate ways, side by side.

The audit asks whether a plan keeps the rules; this asks whether its tables tell one story. Each check compares the
tables of the allocation with what went *into* it (offers, need, catalogue, lanes), never with itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.allocation.audit import arrived_by_cell
from yuanshou.allocation.audit_terms import OWN, level_items, passed_flows
from yuanshou.catalogue import load_catalogue
from yuanshou.plan import Plan
from yuanshou.tables import FloatArray

COLUMNS = ["check", "item", "left_side", "right_side", "difference", "ok"]
TOLERANCE = 1e-6
"""Largest difference that counts as none, relative to the right side (and never below a millionth of one)."""


def sum_checks(plan: Plan, *, catalogue: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row a check and item: check, item, left_side, right_side, difference, ok.

    The checks, in base units unless the name says kg, m3 or US$:

    * sent + left = supply: dispatches and what is left, against the offers;
    * met + unmet = need: the coverage table, against the need planned for;
    * received = sent and due: arrivals in the coverage table, against dispatches due within the horizon;
    * stock + received = met + kept: what was held and came, against what was used and is left at the end; what is
      lent or passed on counts where it is, and what is in use is not used up;
    * weight, volume: kg and m3 of the dispatches, against quantity × catalogue figure;
    * freight: US$ of the dispatches, against kg × rate of the lane.
    """
    catalogue = load_catalogue() if catalogue is None else catalogue
    rows = [
        {"check": check, "item": item, "left_side": float(left), "right_side": float(right)}
        for check, lefts, rights in _pairs(plan, catalogue)
        for item, left, right in zip(plan.allocation.items, lefts, rights, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS[:4])
    frame["difference"] = frame["left_side"] - frame["right_side"]
    frame["ok"] = frame["difference"].abs() <= TOLERANCE * np.maximum(frame["right_side"].abs(), 1.0)
    return frame


def checks_by_name(checks: pd.DataFrame) -> pd.DataFrame:
    """One row a check: check, items, passed, largest_difference; in the order they were made."""
    grouped = checks.groupby("check", sort=False)
    return pd.DataFrame(
        {
            "items": grouped.size(),
            "passed": grouped["ok"].sum(),
            "largest_difference": grouped["difference"].agg(lambda d: d.abs().max()),
        }
    ).reset_index()


def _pairs(plan: Plan, catalogue: pd.DataFrame) -> Iterator[tuple[str, FloatArray, FloatArray]]:
    """Name, left side and right side of every check, each (items,)."""
    allocation, supply = plan.allocation, plan.supply
    dispatches, coverage = allocation.dispatches, allocation.coverage

    def total(frame: pd.DataFrame, column: str, *, times: Any = 1.0) -> Any:
        """Sum of a column by item, each value multiplied first by what it counts for."""
        sums = (frame[column] * times).groupby(frame["item"]).sum()
        return sums.reindex(list(allocation.items)).fillna(0.0).to_numpy(dtype=float)

    lent = dispatches[dispatches["source"].astype(str).str.startswith(OWN)]
    level, flows = level_items(supply), passed_flows(lent, plan.needs, supply).reset_index()
    sent = total(dispatches.drop(lent.index), "quantity")
    yield "sent + left = supply", sent + total(allocation.supply_left, "left"), total(supply.offers, "quantity")
    need = np.nansum(allocation.need, axis=(0, 2))
    yield "met + unmet = need", total(coverage, "served") + total(coverage, "unmet"), need
    due = dispatches[pd.to_datetime(dispatches["arrival"]) <= pd.Timestamp(allocation.week_ends[-1])]
    arrived = arrived_by_cell(due.drop(lent.index, errors="ignore"), supply).reset_index()
    received = total(coverage, "received")
    yield "received = sent and due", received, total(arrived, "quantity") + total(flows, "received")
    held = _stock_of_cells(supply.stock, coverage)
    kept = coverage.sort_values("week").drop_duplicates(["recipient", "item"], keep="last")
    came = total(held, "quantity") + received + total(flows, "held")
    used = total(coverage[~coverage["item"].isin(level)], "served")
    yield "stock + received = met + kept", came, used + total(kept, "stock_end")
    for name, column in (("weight, kg", "kg"), ("volume, m3", "m3")):
        figure = dispatches["item"].map(catalogue[f"{column}_per_unit"])
        yield name, total(dispatches, column), total(dispatches, "quantity", times=figure)
    dispatches = dispatches.drop(lent.index)
    lanes = supply.routes.set_index(["source", "recipient", "mode"])["usd_per_kg"]
    rate = lanes.reindex(pd.MultiIndex.from_frame(dispatches[["source", "recipient", "mode"]])).to_numpy(dtype=float)
    yield "freight, US$", total(dispatches, "usd"), total(dispatches, "kg", times=rate)


def _stock_of_cells(stock: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """Known stock of those places and items the plan covers; stock nobody needs is no part of the account."""
    if stock.empty:
        return pd.DataFrame({"item": [], "quantity": []})
    cells = coverage[["recipient", "item"]].drop_duplicates().rename(columns={"recipient": "place"})
    return stock.merge(cells, on=["place", "item"])[["item", "quantity"]]
