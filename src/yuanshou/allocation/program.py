"""The allocation as a linear program, one function a block, solved exactly.

A block has one name everywhere: the function here, the block of the program, the heading in
docs/reference/model.md and the shadow price. Quantities inside the program are divided by a typical need of the item,
so that gloves by the hundred million and ventilators by the dozen stand side by side in one matrix.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from yuanshou.allocation.bound import dual_bound
from yuanshou.allocation.compile import CompiledSupply, compile_network
from yuanshou.allocation.consignments import whole_units
from yuanshou.allocation.network import Allocation, Prices, SupplyNetwork
from yuanshou.allocation.policy import RULES, AllocationPolicy
from yuanshou.allocation.prices import COARSE, SCHEDULE, solve_prices
from yuanshou.allocation.result import to_allocation
from yuanshou.allocation.rules import solve_rule
from yuanshou.allocation.serving import plan_value
from yuanshou.allocation.solver import run_highs
from yuanshou.errors import SettingError
from yuanshou.tables import FloatArray, IntArray

if TYPE_CHECKING:
    from yuanshou.needs.quantify import Needs
    from yuanshou.sources.supply import AidSupply

METHODS = ("auto", "exact", "prices")
EXACT_COLUMNS_MAX = 30_000
"""Above this many columns `auto` takes the prices method."""


@dataclass(eq=False)
class LinearProgram:
    """min cost·z with lower ≤ A z ≤ upper and 0 ≤ z ≤ column_upper, grown block by block."""

    network: SupplyNetwork
    unit: FloatArray
    value_unit: float
    cost: list[FloatArray] = field(default_factory=list)
    column_upper: list[FloatArray] = field(default_factory=list)
    row_lower: list[FloatArray] = field(default_factory=list)
    row_upper: list[FloatArray] = field(default_factory=list)
    entries: list[tuple[IntArray, IntArray, FloatArray]] = field(default_factory=list)
    columns: dict[str, IntArray] = field(default_factory=dict)
    rows: dict[str, IntArray] = field(default_factory=dict)
    row_unit: dict[str, FloatArray] = field(default_factory=dict)
    column_count: int = 0
    row_count: int = 0

    def add_columns(self, name: str, cost: FloatArray, upper: FloatArray) -> IntArray:
        self.cost.append(cost)
        self.column_upper.append(upper)
        index = np.arange(self.column_count, self.column_count + len(cost))
        self.columns[name] = index
        self.column_count += len(cost)
        return index

    def add_rows(self, name: str, lower: FloatArray, upper: FloatArray) -> IntArray:
        self.row_lower.append(lower)
        self.row_upper.append(upper)
        index = np.arange(self.row_count, self.row_count + len(lower))
        self.rows[name] = index
        self.row_count += len(lower)
        return index

    def add_entries(self, rows: IntArray, columns: IntArray, values: FloatArray | float) -> None:
        self.entries.append((rows, columns, np.broadcast_to(np.asarray(values, dtype=float), rows.shape)))

    def matrix(self) -> sparse.csc_matrix:
        rows, columns, values = (np.concatenate([entry[i] for entry in self.entries]) for i in range(3))
        return sparse.csc_matrix((values, (rows, columns)), shape=(self.row_count, self.column_count))


def linear_program(network: SupplyNetwork) -> LinearProgram:
    """The whole program: columns first, then the rows that tie them together."""
    unit = typical_need(network)
    best = network.weight * unit[None, :] * float(network.tier_value.max(initial=1.0))
    program = LinearProgram(network, unit, float(best.max(initial=0.0)) or 1.0)
    dispatch(program)
    unmet_need(program)
    stock_on_hand(program)
    supply_limit(program)
    need_balance(program)
    route_capacity(program)
    return program


def typical_need(network: SupplyNetwork) -> FloatArray:
    """(K,) mean of the positive needs of each item, 1 where there is none: the unit of its columns."""
    positive = network.need > 0
    count = positive.sum(axis=(0, 2))
    total = network.need.sum(axis=(0, 2))
    return np.where(count > 0, total / np.maximum(count, 1), 1.0)


def dispatch(program: LinearProgram) -> None:
    """Columns x[arc, t] ≥ 0: units sent over the arc in week t, at the cost of its freight."""
    network = program.network
    arc, week = np.nonzero(network.usable())
    item = network.pool_item[network.arc_pool[arc]]
    cost = network.unit_cost[arc] * program.unit[item] / program.value_unit
    program.add_columns("dispatch", cost, np.full(len(arc), np.inf))
    program.columns["dispatch_arc"], program.columns["dispatch_week"] = arc, week


def unmet_need(program: LinearProgram) -> None:
    """Columns y[cell, t, j] in [0, width of step j]: units served; what stays below the widths is unmet.

    The objective gains weight · step value · y. Steps are bounded columns, so that fairness costs no rows.
    """
    network = program.network
    widths, values = step_arrays(network)
    cell, week, step = np.nonzero(widths > 0)
    unit = program.unit[network.cell_item[cell]]
    gain = network.cell_weight[cell] * values[cell, week, step] * unit / program.value_unit
    program.add_columns("unmet_need", -gain, widths[cell, week, step] / unit)
    program.columns["unmet_need_cell"], program.columns["unmet_need_week"] = cell, week


def step_arrays(network: SupplyNetwork) -> tuple[FloatArray, FloatArray]:
    """Widths in base units and values, each (C, T, J)."""
    shape = (network.cells, network.weeks, network.tier_share.shape[1])
    if network.tier_share.shape[0] == 1:
        share, value = network.tier_share[None], network.tier_value[None]
    else:
        share, value = network.tier_share.reshape(shape), network.tier_value.reshape(shape)
    return network.cell_need[:, :, None] * share, np.broadcast_to(value, shape)


def stock_on_hand(program: LinearProgram) -> None:
    """Columns I[pool, t] ≥ 0 at sources and J[cell, t] ≥ 0 at recipients: what is carried into the next week."""
    network = program.network
    for name, count in (("stock_at_source", len(network.pool_source)), ("stock_at_recipient", network.cells)):
        size = count * network.weeks
        program.add_columns(name, np.zeros(size), np.full(size, np.inf))


def supply_limit(program: LinearProgram) -> None:
    """Rows I[pool, t] − I[pool, t−1] + Σ x[arc of pool, t] = arriving[pool, t]."""
    network, weeks = program.network, program.network.weeks
    pool = network.pool_item
    arriving = (network.pool_arriving / program.unit[pool][:, None]).ravel()
    rows = program.add_rows("supply_limit", arriving, arriving)
    stock = program.columns["stock_at_source"]
    program.add_entries(rows, stock, 1.0)
    later = np.flatnonzero(np.arange(len(rows)) % weeks)
    program.add_entries(rows[later], stock[later - 1], -1.0)
    arc, week = program.columns["dispatch_arc"], program.columns["dispatch_week"]
    program.add_entries(rows[network.arc_pool[arc] * weeks + week], program.columns["dispatch"], 1.0)


def need_balance(program: LinearProgram) -> None:
    """Rows J[cell, t−1] + Σ x[arc, t − lead] − Σ_j y[cell, t, j] − J[cell, t] = 0, and −stock held in the first week."""
    network, weeks = program.network, program.network.weeks
    held = np.zeros((network.cells, weeks))
    held[:, 0] = -network.cell_stock / program.unit[network.cell_item]
    rows = program.add_rows("need_balance", held.ravel(), held.ravel())
    stock = program.columns["stock_at_recipient"]
    program.add_entries(rows, stock, -1.0)
    later = np.flatnonzero(np.arange(len(rows)) % weeks)
    program.add_entries(rows[later], stock[later - 1], 1.0)
    arc, week = program.columns["dispatch_arc"], program.columns["dispatch_week"]
    arrival = week + network.lane_weeks[network.arc_lane[arc]]
    program.add_entries(rows[network.arc_cell[arc] * weeks + arrival], program.columns["dispatch"], 1.0)
    cell, served = program.columns["unmet_need_cell"], program.columns["unmet_need_week"]
    program.add_entries(rows[cell * weeks + served], program.columns["unmet_need"], -1.0)


def route_capacity(program: LinearProgram) -> None:
    """Rows Σ m³ · x ≤ capacity and Σ kg · x ≤ capacity by lane and week, and Σ kg · x ≤ handling by source and week."""
    network = program.network
    lane = network.arc_lane[program.columns["dispatch_arc"]]
    source = network.lane_source[lane]
    for name, at, size, capacity in (
        ("route_m3", lane, network.m3, network.lane_m3),
        ("route_kg", lane, network.kg, network.lane_kg),
        ("handling_kg", source, network.kg, network.handling_kg),
    ):
        _shared_capacity(program, name, at, size, capacity)


def _shared_capacity(program: LinearProgram, name: str, at: IntArray, size: FloatArray, capacity: FloatArray) -> None:
    """One row for every capacity that is finite and used, divided by a typical load so that its entries are near 1."""
    network, weeks = program.network, program.network.weeks
    week = program.columns["dispatch_week"]
    item = network.pool_item[network.arc_pool[program.columns["dispatch_arc"]]]
    key = at * weeks + week
    load = size[item] * program.unit[item]
    used = np.flatnonzero(np.isfinite(capacity.ravel()[key]) & (load > 0))
    keys, row = np.unique(key[used], return_inverse=True)
    count = np.bincount(row, minlength=len(keys))
    typical = np.bincount(row, weights=load[used], minlength=len(keys)) / np.maximum(count, 1)
    rows = program.add_rows(name, np.full(len(keys), -np.inf), capacity.ravel()[keys] / typical)
    program.columns[f"{name}_key"] = keys
    program.row_unit[name] = typical
    program.add_entries(rows[row], program.columns["dispatch"][used], load[used] / typical[row])


def solve_exact(
    network: SupplyNetwork, *, algorithm: str = "auto", time_limit_s: float = 600.0, tolerance: float = 1e-8
) -> tuple[FloatArray, Prices]:
    """Dispatches (N, T) in base units and prices of an optimal plan, by HiGHS.

    Raises
    ------
    AllocationError : HiGHS ended without an optimal plan.
    """
    program = linear_program(network)
    values, duals = run_highs(program, algorithm=algorithm, time_limit_s=time_limit_s, tolerance=tolerance)
    plan = np.zeros((len(network.arc_lane), network.weeks))
    arc, week = program.columns["dispatch_arc"], program.columns["dispatch_week"]
    unit = program.unit[network.pool_item[network.arc_pool[arc]]]
    plan[arc, week] = np.maximum(values[program.columns["dispatch"]], 0.0) * unit
    return plan, prices_of(program, duals)


def prices_of(program: LinearProgram, duals: FloatArray) -> Prices:
    """The duals of the rows as prices in objective units per base unit, m³ and kg, made dual feasible.

    Not negative, and stock prices never rising over weeks: so their bound is a proof that needs no trust in a solver.
    """
    network = program.network
    unit = program.unit[network.pool_item]
    stock = -duals[program.rows["supply_limit"]].reshape(-1, network.weeks) * program.value_unit / unit[:, None]
    never_rising = np.maximum.accumulate(np.maximum(stock, 0.0)[:, ::-1], axis=1)[:, ::-1]
    shared = {}
    for name, shape in (
        ("route_m3", network.lane_m3.shape),
        ("route_kg", network.lane_kg.shape),
        ("handling_kg", network.handling_kg.shape),
    ):
        price = np.zeros(int(np.prod(shape)))
        per_unit = program.value_unit / program.row_unit[name]
        price[program.columns[f"{name}_key"]] = np.maximum(-duals[program.rows[name]], 0.0) * per_unit
        shared[name] = price.reshape(shape)
    return Prices(supply_limit=never_rising, **shared)


def allocate(
    needs: Needs,
    supply: AidSupply,
    *,
    policy: AllocationPolicy | None = None,
    method: str = "auto",
    catalogue: pd.DataFrame | None = None,
    time_limit_s: float = 600.0,
) -> Allocation:
    """Who gets what, from where, when: whole base units, with the prices and the bound that prove how good it is.

    Parameters
    ----------
    method : "exact" (HiGHS), "prices" (smoothed dual, for the world and for facilities), or "auto" by size.
    catalogue : weight, volume, price and group by item; the shipped one by default.

    Raises
    ------
    InputError, SettingError, AllocationError : what was wrong with the input, the policy or the program.
    """
    policy = policy or AllocationPolicy()
    compiled = compile_network(needs, supply, policy=policy, catalogue=catalogue)
    network = compiled.network
    plan, prices, used = solve(network, compiled, policy=policy, method=method, time_limit_s=time_limit_s)
    whole = whole_units(network, plan)
    objective = plan_value(network, whole)
    return to_allocation(
        compiled,
        whole,
        prices,
        objective=objective,
        bound=dual_bound(network, prices),
        policy=policy.name,
        method=used,
        settings={"policy": asdict(policy), "method": method},
    )


def solve(
    network: SupplyNetwork, compiled: CompiledSupply, *, policy: AllocationPolicy, method: str, time_limit_s: float
) -> tuple[FloatArray, Prices, str]:
    """Dispatches (N, T), prices and the name of the method used."""
    if method not in METHODS:
        raise SettingError(f"method {method!r}", f"one of {', '.join(METHODS)}", "choose one of these")
    columns = network.usable().sum() + network.tier_share.shape[1] * network.cell_need.size
    if method == "auto":
        method = "exact" if columns <= EXACT_COLUMNS_MAX else "prices"
    if policy.name not in RULES and method == "exact":
        plan, prices = solve_exact(network, time_limit_s=time_limit_s)
        return plan, prices, method
    priced = solve_prices(network, schedule=COARSE if policy.name in RULES else SCHEDULE)
    if policy.name not in RULES:
        return priced.plan, priced.prices, method
    # A rule has no bound of its own: the prices say how much better any plan could be by the same values.
    plan = solve_rule(
        network, rule=policy.name, population=compiled.population, population_share=policy.population_share
    )
    return plan, priced.prices, "rule"
