"""Lexicographic max-min, exactly: raise the lowest coverage as far as it goes, then the next lowest, and so on.

The coverage of a recipient is the value of need served over the value of its need, of the items that can reach it at
all. One program after another maximises the level z that everyone not yet settled has; whoever the duals show cannot be
raised without lowering another at the level is settled there. A last program keeps every level and does the most good
by the ordinary objective.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuanshou.allocation.blocks import LinearProgram, linear_program
from yuanshou.allocation.network import SupplyNetwork
from yuanshou.allocation.serving import step_arrays
from yuanshou.allocation.solver import run_highs
from yuanshou.tables import BoolArray, FloatArray, IntArray

SETTLED = 1e-7
"""A dual above this says that a recipient cannot be raised: the duals of a level add up to one."""
SLACK = 1e-7
"""Levels are kept to within this, so that rounding makes no later program infeasible."""


@dataclass(frozen=True, eq=False)
class MaxMin:
    """Dispatches (N, T), the level of each recipient (R,), NaN where nothing can reach it, and programs solved."""

    plan: FloatArray
    level: FloatArray
    programs: int


def solve_max_min(network: SupplyNetwork, *, time_limit_s: float = 600.0) -> MaxMin:
    """The plan whose sorted coverages no other plan beats at the first place where they differ.

    Raises
    ------
    AllocationError : HiGHS ended without an optimal plan.
    """
    counted = _reachable(network)
    level = np.full(len(network.recipients), np.nan)
    open_ones = np.unique(network.cell_recipient[counted])
    programs = 0
    while len(open_ones):
        program = _program(network, counted, level, open_ones)
        values, duals = run_highs(program, algorithm="simplex", time_limit_s=time_limit_s, tolerance=1e-9)
        programs += 1
        z = float(values[program.columns["level"][0]])
        share = np.abs(duals[program.rows["open"]])
        settled = share > SETTLED * max(float(share.max(initial=0.0)), 1e-300)
        settled |= z >= 1 - SLACK
        level[open_ones[settled]] = z
        open_ones = open_ones[~settled]
    program = _program(network, counted, level, open_ones)
    values, _ = run_highs(program, algorithm="simplex", time_limit_s=time_limit_s, tolerance=1e-9)
    plan = np.zeros((len(network.arc_lane), network.weeks))
    arc, week = program.columns["dispatch_arc"], program.columns["dispatch_week"]
    plan[arc, week] = np.maximum(values[program.columns["dispatch"]], 0.0) * program.dispatch_unit
    return MaxMin(plan, level, programs + 1)


def _reachable(network: SupplyNetwork) -> BoolArray:
    """(C,) cells that hold something or that an arc leads to; parts of sets do not count on their own."""
    alone = network.item_bundle[network.cell_item] < 0
    return np.asarray(alone & ((np.diff(network.arc_start) > 0) | (network.cell_stock > 0)))


def _program(network: SupplyNetwork, counted: BoolArray, level: FloatArray, open_ones: IntArray) -> LinearProgram:
    """The program with a row a recipient: coverage ≥ its level, or ≥ z where it is open; then z is all that counts."""
    program = linear_program(network)
    worth = network.cell_weight * np.where(counted, 1.0, 0.0)
    total = np.bincount(
        network.cell_recipient, worth * network.cell_need.sum(axis=1), minlength=len(network.recipients)
    )
    cell = program.columns["unmet_need_cell"]
    recipient = network.cell_recipient[cell]
    unit = program.unit[network.cell_item[cell]]
    share = worth[cell] * unit / np.where(total[recipient] > 0, total[recipient], 1.0)
    if len(open_ones):
        program.cost = [np.zeros(len(cost)) for cost in program.cost]
        z = program.add_columns("level", np.array([-1.0]), np.array([1.0]))
    for name, ones, floor in (
        ("kept", np.flatnonzero(np.isfinite(level)), np.maximum(level - SLACK, 0.0)),
        ("open", open_ones, np.zeros(len(level))),
    ):
        row_of = np.full(len(level), -1)
        row_of[ones] = np.arange(len(ones))
        rows = program.add_rows(name, floor[ones], np.full(len(ones), np.inf))
        used = np.flatnonzero((row_of[recipient] >= 0) & (share > 0))
        program.add_entries(rows[row_of[recipient[used]]], program.columns["unmet_need"][used], share[used])
        if name == "open" and len(ones):
            program.add_entries(rows, np.repeat(z, len(ones)), -1.0)
    return program


def coverage_of(network: SupplyNetwork, served: FloatArray) -> FloatArray:
    """(R,) value served over value needed, of what can reach each recipient; NaN where nothing can."""
    worth = network.cell_weight * _reachable(network)
    width, _ = step_arrays(network)
    served = np.minimum(served, width.sum(axis=2))
    done = np.bincount(network.cell_recipient, worth * served.sum(axis=1), minlength=len(network.recipients))
    total = np.bincount(
        network.cell_recipient, worth * network.cell_need.sum(axis=1), minlength=len(network.recipients)
    )
    share: FloatArray = np.divide(done, total, out=np.full(len(total), np.nan), where=total > 0)
    return share
