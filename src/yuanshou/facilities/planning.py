"""Plan every part, in this process or on many, and write what is sent and what each region gets.

A part's plan depends on the part alone, never on where or when it was made, and parts are written in one fixed order:
one process, many processes and a cluster leave the same files.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from yuanshou.allocation.bound import dual_bound
from yuanshou.allocation.consignments import whole_units
from yuanshou.allocation.network import SupplyNetwork
from yuanshou.allocation.policy import AllocationPolicy
from yuanshou.allocation.prices import solve_prices
from yuanshou.allocation.program import EXACT_COLUMNS_MAX, solve_exact
from yuanshou.allocation.serving import arrivals_of, plan_value, serve
from yuanshou.errors import InputError
from yuanshou.facilities.parts import PLACES_A_PART, Part, network_of, split
from yuanshou.facilities.tables import FacilityTables, above
from yuanshou.tables import FloatArray, IntArray

GAP = 5e-4
Progress = Callable[[int, int, str], None]

PLAN_SCHEMA = pa.schema(
    [("source", pa.string()), ("place", pa.string()), ("region", pa.string()), ("item", pa.string()),
     ("mode", pa.string()), ("week", pa.int16()), ("arrival_week", pa.int16()), ("quantity", pa.int64())]
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class PartPlan:
    """What a part sends, as arrays of its n dispatches, and what its cells are served over all weeks.

    Attributes
    ----------
    source, place : positions in the whole. item, mode, week, arrival, quantity : (n,). served : (R, K) base units.
    objective, bound : of the part; method : exact or prices.
    """

    source: IntArray
    place: IntArray
    item: IntArray
    mode: tuple[str, ...]
    week: IntArray
    arrival: IntArray
    quantity: IntArray
    served: FloatArray
    objective: float
    bound: float
    method: str


def plan_part(part: Part, policy: AllocationPolicy, gap: float) -> PartPlan:
    """The plan of one part in whole pieces, with its bound."""
    network = network_of(part, policy)
    plan, bound, method = _solved(network, gap)
    plan = whole_units(network, plan)
    arc, week = np.nonzero(plan > 0)
    lane = network.arc_lane[arc]
    served = np.zeros(part.need.shape[:2])
    by_cell, _ = serve(network, arrivals_of(network, plan))
    served[network.cell_recipient, network.cell_item] = by_cell.sum(axis=1)
    order = np.lexsort((week, network.pool_item[network.arc_pool[arc]], network.lane_recipient[lane]))
    arc, week, lane = arc[order], week[order], lane[order]
    return PartPlan(
        source=part.sources[network.lane_source[lane]].astype(np.int32),
        place=part.places[network.lane_recipient[lane]].astype(np.int32),
        item=network.pool_item[network.arc_pool[arc]],
        mode=tuple(network.lane_mode[i] for i in lane),
        week=week.astype(np.int16),
        arrival=(week + network.lane_weeks[lane]).astype(np.int16),
        quantity=plan[arc, week].astype(np.int64),
        served=served,
        objective=plan_value(network, plan),
        bound=bound,
        method=method,
    )


def _solved(network: SupplyNetwork, gap: float) -> tuple[FloatArray, float, str]:
    """Dispatches, bound and method: exact where the program is small, prices where it is large."""
    columns = network.usable().sum() + network.tier_share.shape[1] * network.need.size
    if columns <= EXACT_COLUMNS_MAX and len(network.arc_lane):
        plan, prices = solve_exact(network)
        return plan, dual_bound(network, prices), "exact"
    priced = solve_prices(network, gap=gap)
    return priced.plan, priced.bound, "prices"


def plan_facilities(
    tables: FacilityTables, out: Path, *, policy: AllocationPolicy | None = None, gap: float = GAP,
    workers: int = 1, scheduler: str | None = None, places_a_part: int = PLACES_A_PART,
    progress: Progress = lambda done, total, what: None,
) -> dict[str, Any]:  # fmt: skip
    """Plan all parts and write plan.parquet, regions.parquet and summary.json; the summary is returned.

    Parameters
    ----------
    gap : relative gap between plan and bound at which the prices method stops.
    workers : processes of this machine. scheduler : address of a Dask scheduler in their place.
    places_a_part : small components are planned together until a part has about as many places.
    """
    policy = policy or AllocationPolicy()
    parts = split(tables, places_a_part=places_a_part)
    if not parts:
        raise InputError("no place that any lane reaches", "a lane to at least one place", "check the lanes table")
    out.mkdir(parents=True, exist_ok=True)
    served = np.zeros(tables.need.shape[:2])
    objective, bound, sent, rows, methods = 0.0, 0.0, np.zeros(len(tables.items)), 0, set()
    temporary = out / "plan.parquet.part"
    with pyarrow.parquet.ParquetWriter(temporary, PLAN_SCHEMA, compression="zstd") as writer:
        plans = _plans(parts, policy, gap, workers, scheduler)
        for done, (part, plan) in enumerate(zip(parts, plans, strict=True), start=1):
            writer.write_table(_dispatch_table(tables, plan))
            served[part.places] = plan.served
            sent += np.bincount(plan.item, weights=plan.quantity, minlength=len(sent))
            objective, bound, rows = objective + plan.objective, bound + plan.bound, rows + len(plan.quantity)
            methods.add(plan.method)
            progress(done, len(parts), f"{part.name}, {len(part.places):,} places")
    temporary.rename(out / "plan.parquet")
    by_region = regions_table(tables, served)
    by_region.to_parquet(out / "regions.parquet", index=False, compression="zstd")
    summary = {
        "places": len(tables.places), "items": len(tables.items), "sources": len(tables.sources),
        "weeks": tables.weeks, "parts": len(parts), "methods": sorted(methods), "dispatches": rows,
        "units_offered": int(tables.supply.sum()), "units_sent": int(sent.sum()),
        "need_met_by_value": _by_value(tables, served), "objective": objective, "bound": bound,
        "gap": (bound - objective) / abs(bound) if bound else 0.0,
        "places_without_lane": int(len(tables.places) - sum(len(part.places) for part in parts)),
        "policy": asdict(policy), "gap_asked_for": gap,
    }  # fmt: skip
    (out / "summary.json").write_text(json.dumps(summary, indent=1, default=dict), encoding="utf-8")
    return summary


def _plans(
    parts: list[Part], policy: AllocationPolicy, gap: float, workers: int, scheduler: str | None
) -> Iterator[PartPlan]:
    """The parts' plans in the order of the parts."""
    if workers <= 1 and scheduler is None:
        for part in parts:
            yield plan_part(part, policy, gap)
        return
    from distributed import Client, LocalCluster

    local: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    cluster = None if scheduler else LocalCluster(**local)
    try:
        with Client(scheduler or cluster) as client:
            shared = [client.scatter(part) for part in parts]
            futures = [client.submit(plan_part, part, policy, gap, pure=False, retries=3) for part in shared]
            for i, future in enumerate(futures):
                yield future.result()
                # A plan that is written need not be kept by a worker as well.
                futures[i] = shared[i] = None
    finally:
        if cluster is not None:
            cluster.close()


def _dispatch_table(tables: FacilityTables, plan: PartPlan) -> pa.Table:
    """One row a dispatch; weeks are counted from 1, as in the tables that came in."""
    regions = np.array(tables.regions, dtype=object)

    def named(names: tuple[str, ...], at: IntArray) -> pa.Array:
        return pa.array(np.array(names, dtype=object)[at], pa.string())

    columns = [
        named(tables.sources, plan.source), named(tables.places, plan.place),
        pa.array(regions[plan.place], pa.string()), named(tables.items, plan.item), pa.array(plan.mode, pa.string()),
        pa.array(plan.week + 1, pa.int16()), pa.array(plan.arrival + 1, pa.int16()), pa.array(plan.quantity, pa.int64()),
    ]  # fmt: skip
    return pa.Table.from_arrays(columns, schema=PLAN_SCHEMA)


def regions_table(tables: FacilityTables, served: FloatArray) -> pd.DataFrame:
    """One row for every region at every level and item, and one with item "" for all items by value.

    Columns region, level, item, places, need, served, coverage, worst_place, worst_coverage (NaN where nobody needs).
    """
    paths = [above(region) for region in tables.regions]
    need = tables.need.sum(axis=2)
    value = tables.usd[None, :]
    frames = []
    for level in range(max(map(len, paths))):
        names = np.array([path[level] if len(path) > level else "" for path in paths], dtype=object)
        inside = np.flatnonzero(names != "")
        label, at = np.unique(names[inside], return_inverse=True)
        for item, code in [*enumerate(tables.items), (None, "")]:
            wanted = need[inside, item] if item is not None else (need[inside] * value).sum(axis=1)
            got = served[inside, item] if item is not None else (served[inside] * value).sum(axis=1)
            frames.append(
                _one_level(label, at, wanted, got, np.array(tables.places, dtype=object)[inside]).assign(
                    level=level + 1, item=code
                )
            )
    table = pd.concat(frames, ignore_index=True)
    columns = ["region", "level", "item", "places", "need", "served", "coverage", "worst_place", "worst_coverage"]
    return table.sort_values(["level", "region", "item"], kind="stable").reset_index(drop=True)[columns]


def _one_level(
    label: FloatArray, at: IntArray, need: FloatArray, served: FloatArray, place: FloatArray
) -> pd.DataFrame:
    """Sums by region, and the place of the least coverage in each."""
    total, got = (np.bincount(at, weights=w, minlength=len(label)) for w in (need, served))
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = np.where(need > 0, served / need, np.inf)
        whole = np.where(total > 0, got / total, np.nan)
    order = np.lexsort((coverage, at))
    first = order[np.searchsorted(at[order], np.arange(len(label)))]
    anybody = np.isfinite(coverage[first])
    return pd.DataFrame(
        {"region": label, "places": np.bincount(at, minlength=len(label)), "need": total, "served": got,
         "coverage": whole, "worst_place": np.where(anybody, place[first], ""),
         "worst_coverage": np.where(anybody, coverage[first], np.nan)}
    )  # fmt: skip


def _by_value(tables: FacilityTables, served: FloatArray) -> float:
    need = float((tables.need.sum(axis=2) * tables.usd).sum())
    return float((served * tables.usd).sum()) / need if need else float("nan")
