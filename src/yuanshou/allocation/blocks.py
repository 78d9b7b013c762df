"""The allocation as a linear program, one function a block.

A block has one name everywhere: the function here (or in `terms`, for what only some plans have), the block of the
program, the heading in docs/reference/model.md and the shadow price. Quantities inside the program are divided by a
typical need of the item, so that gloves by the hundred million and ventilators by the dozen stand side by side in one
matrix.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from yuanshou.allocation.network import SupplyNetwork
from yuanshou.allocation.serving import step_arrays
from yuanshou.allocation.terms import change_from_last_plan, complete_sets, numbers_in_use, whole_consignments
from yuanshou.tables import FloatArray, IntArray

OUT_OF_PROPORTION = 1e-4
"""Supply or capacity below this share of the need makes the program's columns count in its unit."""


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
    dispatch_unit: FloatArray = field(default_factory=lambda: np.zeros(0))
    integer: list[IntArray] = field(default_factory=list)
    sets: list[tuple[IntArray, IntArray, IntArray, FloatArray]] = field(default_factory=list)
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


def linear_program(network: SupplyNetwork, *, whole: bool = False) -> LinearProgram:
    """The whole program: columns first, then the rows that tie them together.

    Parameters
    ----------
    whole : dispatches count whole packs, and a lane carries either nothing in a week or its least consignment.
    """
    unit = typical_need(network)
    best = network.weight * unit[None, :] * float(network.tier_value.max(initial=1.0))
    program = LinearProgram(network, unit, float(best.max(initial=0.0)) or 1.0)
    dispatch(program, whole=whole)
    unmet_need(program)
    complete_sets(program)
    stock_on_hand(program)
    supply_limit(program)
    need_balance(program)
    numbers_in_use(program)
    route_capacity(program)
    change_from_last_plan(program)
    if whole:
        whole_consignments(program)
    return program


def typical_need(network: SupplyNetwork) -> FloatArray:
    """(K,) mean of the positive needs of each item, 1 where there is none: the unit of its columns.

    Where supply or capacity is out of all proportion to the need, what can be moved is the unit instead: else the whole
    plan would be smaller than the solver's tolerance.
    """
    unit = _mean_of_positive(network.need.sum(axis=0).T, (network.need > 0).sum(axis=0).T)
    arriving = np.zeros((len(network.items), network.weeks))
    np.add.at(arriving, network.pool_item, network.pool_arriving)
    count = np.zeros(arriving.shape)
    np.add.at(count, network.pool_item, network.pool_arriving > 0)
    movable = _mean_of_positive(arriving.T, count.T)
    for size, capacity in (
        (network.kg, network.lane_kg), (network.m3, network.lane_m3), (network.kg, network.handling_kg)
    ):  # fmt: skip
        given = capacity[np.isfinite(capacity) & (capacity > 0)]
        if given.size:
            movable = np.minimum(movable, np.where(size > 0, given.mean() / np.where(size > 0, size, 1.0), np.inf))
    return np.where(movable < OUT_OF_PROPORTION * unit, movable, unit)


def _mean_of_positive(total: FloatArray, count: FloatArray) -> FloatArray:
    """(K,) mean over all weeks of what is positive, from sums and counts (T, K); 1 where nothing is."""
    total, count = total.sum(axis=0), count.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), 1.0)


def dispatch(program: LinearProgram, *, whole: bool = False) -> None:
    """Columns x[arc, t] ≥ 0: units sent over the arc in week t, at the cost of its freight."""
    network = program.network
    arc, week = np.nonzero(network.usable())
    pool = network.arc_pool[arc]
    item = network.pool_item[pool]
    program.dispatch_unit = network.pool_pack[pool] if whole else program.unit[item]
    changes = np.where(week < network.change_until, network.change_cost[item], 0.0)
    cost = (network.unit_cost[arc] + changes) * program.dispatch_unit / program.value_unit
    program.add_columns("dispatch", cost, np.full(len(arc), np.inf))
    program.columns["dispatch_arc"], program.columns["dispatch_week"] = arc, week


def unmet_need(program: LinearProgram) -> None:
    """Columns y[cell, t, j] in [0, width of step j]: units served; what stays below the widths is unmet.

    The objective gains weight · step value · y. Steps are bounded columns, so that fairness costs no rows.
    """
    network = program.network
    widths, values = step_arrays(network)
    alone = network.item_bundle[network.cell_item] < 0
    cell, week, step = np.nonzero((widths > 0) & alone[:, None, None])
    unit = program.unit[network.cell_item[cell]]
    gain = network.cell_weight[cell] * values[cell, week, step] * unit / program.value_unit
    program.add_columns("unmet_need", -gain, widths[cell, week, step] / unit)
    program.columns["unmet_need_cell"], program.columns["unmet_need_week"] = cell, week


def stock_on_hand(program: LinearProgram) -> None:
    """Columns I[pool, t] ≥ 0 at sources and J[cell, t] ≥ 0 at recipients: what is carried into the next week."""
    network = program.network
    for name, count in (("stock_at_source", len(network.pool_source)), ("stock_at_recipient", network.cells)):
        size = count * network.weeks
        program.add_columns(name, np.zeros(size), np.full(size, np.inf))


def supply_limit(program: LinearProgram) -> None:
    """Rows I[pool, t] − I[pool, t−1] + Σ x[arc of pool, t] − Σ x[arc of pool, t − away] = arriving[pool, t].

    What is lent is away for its stay and the way there and back.
    """
    network, weeks = program.network, program.network.weeks
    pool = network.pool_item
    arriving = (network.pool_arriving / program.unit[pool][:, None]).ravel()
    rows = program.add_rows("supply_limit", arriving, arriving)
    stock = program.columns["stock_at_source"]
    program.add_entries(rows, stock, 1.0)
    later = np.flatnonzero(np.arange(len(rows)) % weeks)
    program.add_entries(rows[later], stock[later - 1], -1.0)
    arc, week = program.columns["dispatch_arc"], program.columns["dispatch_week"]
    amount = program.dispatch_unit / program.unit[network.pool_item[network.arc_pool[arc]]]
    program.add_entries(rows[network.arc_pool[arc] * weeks + week], program.columns["dispatch"], amount)
    away = network.arc_away[arc]
    back = np.flatnonzero((away > 0) & (week + away < weeks))
    at = network.arc_pool[arc[back]] * weeks + week[back] + away[back]
    program.add_entries(rows[at], program.columns["dispatch"][back], -amount[back])


def need_balance(program: LinearProgram) -> None:
    """Rows J[cell, t−1] + Σ rate · x[arc, t − lead] − Σ_j y[cell, t, j] − J[cell, t] = 0, and −stock held at the start.

    `rate` is 1, or what a substitute stands for. Lent units leave again after their stay. Numbers in use are not used
    up by service, so that their y stands in `numbers_in_use` instead.
    """
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
    into = network.arc_cell[arc]
    amount = program.dispatch_unit * network.arc_rate[arc] / program.unit[network.cell_item[into]]
    program.add_entries(rows[into * weeks + arrival], program.columns["dispatch"], amount)
    leaves = arrival + network.lane_stay[network.arc_lane[arc]]
    lent = np.flatnonzero((leaves > arrival) & (leaves < weeks))
    program.add_entries(rows[into[lent] * weeks + leaves[lent]], program.columns["dispatch"][lent], -amount[lent])
    cell, served = program.columns["unmet_need_cell"], program.columns["unmet_need_week"]
    used_up = np.flatnonzero(~network.item_level[network.cell_item[cell]])
    program.add_entries((rows[cell * weeks + served])[used_up], program.columns["unmet_need"][used_up], -1.0)
    for cell, week, column, need in program.sets:
        program.add_entries(rows[cell * weeks + week], column, -need / program.unit[network.cell_item[cell]])


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
    load = size[item] * program.dispatch_unit
    used = np.flatnonzero(np.isfinite(capacity.ravel()[key]) & (load > 0))
    keys, row = np.unique(key[used], return_inverse=True)
    count = np.bincount(row, minlength=len(keys))
    typical = np.bincount(row, weights=load[used], minlength=len(keys)) / np.maximum(count, 1)
    rows = program.add_rows(name, np.full(len(keys), -np.inf), capacity.ravel()[keys] / typical)
    program.columns[f"{name}_key"] = keys
    program.row_unit[name] = typical
    program.add_entries(rows[row], program.columns["dispatch"][used], load[used] / typical[row])
