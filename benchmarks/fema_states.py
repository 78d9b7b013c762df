#!/usr/bin/env python3
"""Federal equipment by US state, May and June 2020: as distributed, per head, and by need, from the same supply.

    python benchmarks/fema_states.py --data DATA_DIR
    python benchmarks/fema_states.py --data DATA_DIR --by-state states.csv    # every state, item and split as a table

DATA_DIR holds us_fema_ppe_by_state.csv (cumulative deliveries by state on 14 May and 10 June 2020; FEMA, tabulated by
Associated Press) and us_fema_state_context.csv (population 2019, cumulative cases on both days). Prints one JSON line.

The supply of a day and item is what was delivered to all states with a figure by that day. The three splits:

* distributed: as it was;
* per_head: in proportion to population;
* need: the plan of the allocation (`need` policy: exact method, alpha 2, fifty steps, whole pieces). A state's need is
  its cases times twice what the supply gives a case on average, so that half of all need can be met. need_as_known
  shares June's supply by the cases known on 14 May, and is judged by June's.

Measured as items per cumulative case, by state; the spread is the best served state over the worst. A state without a
row has no figure: it is left out of that item, never counted as nought. Flagged rows (a cumulative count that fell, a
fivefold jump) are named, stay in the supply as last stated, and the spread is also given without them.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import numpy as np
import pandas as pd

from yuanshou.allocation.consignments import violation, whole_units
from yuanshou.allocation.network import build_network
from yuanshou.allocation.policy import AllocationPolicy, step_edges, step_values
from yuanshou.allocation.program import solve_exact
from yuanshou.errors import InputError
from yuanshou.tables import require_columns, require_nonnegative

DAYS = {"2020-05-14": "cases_2020_05_14", "2020-06-10": "cases_2020_06_10"}
POLICY = AllocationPolicy(steps=50)


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Deliveries (state, item, as_of, quantity, flag) and states (index state: population, cases by day)."""
    tables = []
    for name, columns in (
        ("us_fema_ppe_by_state.csv", ("as_of", "recipient_state", "item", "quantity", "status", "flag")),
        ("us_fema_state_context.csv", ("State", "population_2019", *DAYS.values())),
    ):
        path = folder / name
        if not path.exists():
            raise SystemExit(str(InputError(f"no {name} in {folder}", "both files of the data folder", "give --data")))
        table = pd.read_csv(path, keep_default_na=False)
        require_columns(table, columns, what=name)
        tables.append(table)
    deliveries, states = tables
    require_nonnegative(deliveries, ("quantity",), what="us_fema_ppe_by_state.csv")
    deliveries = deliveries.rename(columns={"recipient_state": "state"})
    unknown = set(deliveries["state"]) - set(states["State"])
    if unknown:
        raise SystemExit(str(InputError(f"states {sorted(unknown)}", "states of the context file", "add their rows")))
    return deliveries, states.set_index("State").astype(float)


def by_need(supply: float, need: np.ndarray) -> np.ndarray:
    """Whole pieces for every state: the allocation's plan of one item from one source, nothing else binding."""
    count = len(need)
    edges = step_edges(POLICY)
    value = step_values(edges, np.ones(1), alpha=POLICY.alpha)
    unlimited = np.full((count, 1), np.inf)
    lanes = np.arange(count, dtype=np.int32)
    network = build_network(
        sources=("federal stock",), recipients=tuple(map(str, lanes)), items=("item",),
        week_ends=np.array(["2020-06-13"], dtype="datetime64[D]"), kg=np.ones(1), m3=np.zeros(1),
        lane_source=np.zeros(count, dtype=np.int32), lane_recipient=lanes, lane_weeks=np.zeros(count, dtype=np.int32),
        lane_cost=np.zeros(count), lane_m3=unlimited, lane_kg=unlimited, lane_mode=("road",) * count,
        handling_kg=np.full((1, 1), np.inf), pool_source=np.zeros(1, dtype=np.int32),
        pool_item=np.zeros(1, dtype=np.int32), pool_arriving=np.array([[float(supply)]]),
        pool_group=np.full(1, -1, dtype=np.int32), group_recipients=np.zeros((0, count), dtype=bool),
        pool_last_week=np.zeros(1, dtype=np.int32), need=need[:, None, None], stock=np.zeros((count, 1)),
        weight=np.ones((count, 1)), tier_share=np.diff(edges)[None, :], tier_value=value[None, :],
        cost_weight=POLICY.cost_weight,
    )  # fmt: skip
    plan = whole_units(network, solve_exact(network)[0])
    assert violation(network, plan) == 0
    sent = np.zeros(count)
    np.add.at(sent, network.lane_recipient[network.arc_lane], plan[:, 0])
    return sent


def splits(deliveries: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """One row for every day, item and state with a figure: cases, flag, and the quantity under each split."""
    first, last = DAYS
    parts = []
    for (day, item), rows in deliveries.groupby(["as_of", "item"], sort=True):
        rows = rows.set_index("state").sort_index()
        cases, people = states.loc[rows.index, DAYS[day]], states.loc[rows.index, "population_2019"]
        supply = float(rows["quantity"].sum())
        per_case = 2 * supply / cases.sum()
        need = (cases * per_case).to_numpy()
        frame = pd.DataFrame(
            {"day": day, "item": item, "cases": cases, "population": people, "flag": rows["flag"],
             "distributed": rows["quantity"], "per_head": supply * people / people.sum(), "need": by_need(supply, need)}
        )  # fmt: skip
        if day == last:
            known = states.loc[rows.index, DAYS[first]]
            frame["need_as_known"] = _as_known(supply, known.to_numpy())
        parts.append(frame.reset_index(names="state"))
    return pd.concat(parts, ignore_index=True)


def _as_known(supply: float, known: np.ndarray) -> np.ndarray:
    """All that was delivered by June, shared by the cases known on 14 May."""
    return by_need(supply, known * 2 * supply / known.sum())


def spread(table: pd.DataFrame, split: str) -> dict[str, Any]:
    """Items per case under one split: worst and best state by name, median, best over worst."""
    rate = (table[split] / table["cases"]).set_axis(table["state"]).dropna()
    worst, best = rate.idxmin(), rate.idxmax()
    calm = rate[(table["flag"] == "").to_numpy()[: len(rate)]]
    return {
        "worst": _short(rate.min()), "worst_state": worst, "best": _short(rate.max()), "best_state": best,
        "median": _short(rate.median()), "ratio": _ratio(rate),
        "ratio_without_flagged": _ratio(calm),
    }  # fmt: skip


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _ratio(rate: pd.Series) -> float | None:
    return round(float(rate.max() / rate.min()), 2) if rate.min() > 0 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with both files")
    parser.add_argument("--by-state", type=Path, help="also write every state, item and split as CSV")
    given = parser.parse_args()
    deliveries, states = read(given.data)
    table = splits(deliveries, states)
    if given.by_state:
        table.to_csv(given.by_state, index=False, float_format="%.6g")
    result = {
        day: {
            item: {"states": len(rows), "supply": int(rows["distributed"].sum())}
            | {split: spread(rows, split) for split in ("distributed", "per_head", "need", "need_as_known")
               if rows[split].notna().all()}
            for item, rows in days.groupby("item")
        }
        for day, days in table.groupby("day")
    }  # fmt: skip
    flagged = deliveries[deliveries["flag"] != ""]
    named = [f"{row.state}, {row.item}: {row.flag}" for row in flagged.itertuples()]
    print(json.dumps({"days": result, "flagged": named}))


if __name__ == "__main__":
    main()
