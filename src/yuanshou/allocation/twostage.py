"""The two-stage program, exactly: what leaves now is the same on every path, what leaves later may follow the path.

    maximise  Σ_s probability_s · value_s(x_now, x_later,s)

Each path has the whole program of `linear_program`; the dispatches decided now are one set of columns that all paths
share. With `decided = T` nothing may follow the path: one plan for all of them. The conditional value at risk enters
with a threshold η and one shortfall column a path (Rockafellar & Uryasev 2000, DOI 10.21314/JOR.2000.038):

    minimise  η + Σ_s probability_s / (1 − level) · z_s      with  z_s ≥ loss_s − η,  z_s ≥ 0,

where the loss of a path is the value of its whole need less the value served. Level 0 is the expectation.

For networks of some hundred cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from yuanshou.allocation.network import SupplyNetwork
from yuanshou.allocation.program import LinearProgram, linear_program
from yuanshou.allocation.scenarios import Paths, full_values, on_path
from yuanshou.allocation.solver import run_highs
from yuanshou.tables import FloatArray, IntArray

TIE_BREAK = 1e-3
"""Weight of the expectation beside the worst paths: what the worst do not care about is still done well."""


@dataclass(frozen=True, eq=False)
class TwoStage:
    """An optimal first decision.

    Attributes
    ----------
    first : (N, T) dispatches decided now; 0 in the weeks that were not. later : (S, N, T) the plan on each path,
        the first decision included. value : (S,) objective on each path.
    """

    first: FloatArray
    later: FloatArray
    value: FloatArray


@dataclass(frozen=True, eq=False)
class _Joined:
    """The program in the form `run_highs` reads."""

    cost: list[FloatArray]
    column_upper: list[FloatArray]
    row_lower: list[FloatArray]
    row_upper: list[FloatArray]
    entries: sparse.csc_matrix

    @property
    def row_count(self) -> int:
        return int(self.entries.shape[0])

    @property
    def column_count(self) -> int:
        return int(self.entries.shape[1])

    def matrix(self) -> sparse.csc_matrix:
        return self.entries


def joined_columns(network: SupplyNetwork, paths: Paths) -> int:
    """Columns of the program, all paths together, before any are shared."""
    return paths.count * int(network.usable().sum() + network.cell_need.size * (len(paths.share) + 1))


def solve_two_stage(
    network: SupplyNetwork, paths: Paths, *, level: float = 0.0, decided: int = 1, time_limit_s: float = 600.0
) -> TwoStage:
    """The best first decision over the paths.

    Parameters
    ----------
    level : the loss is averaged over the worst 1 − level share of the paths; 0 = expectation.
    decided : weeks whose dispatches are decided now, the same on every path.

    Raises
    ------
    AllocationError : HiGHS ended without an optimal plan.
    """
    parts = [linear_program(on_path(network, paths, s)) for s in range(paths.count)]
    spread = _shared_columns(parts, decided)
    scale = parts[0].value_unit
    costs = [np.concatenate(part.cost) * part.value_unit / scale for part in parts]
    upper = np.minimum.reduceat(np.concatenate([np.concatenate(part.column_upper) for part in parts])[spread.order],
                                spread.starts)  # fmt: skip
    matrix = (sparse.block_diag([part.matrix() for part in parts], format="csc") @ spread.matrix).tocsc()
    lower = [np.concatenate(part.row_lower) for part in parts]
    higher = [np.concatenate(part.row_upper) for part in parts]
    by_path = sparse.block_diag([sparse.csr_matrix(cost) for cost in costs], format="csr") @ spread.matrix
    if level > 0:
        joined = _with_risk(
            matrix, upper, lower, higher, by_path, full_values(network, paths) / scale, paths.probability, level
        )
    else:
        joined = _Joined([by_path.T @ paths.probability], [upper], lower, higher, matrix)
    solved, _ = run_highs(joined, algorithm="auto", time_limit_s=time_limit_s, tolerance=1e-8)  # type: ignore[arg-type]
    columns = solved[: len(upper)]
    each = np.split(spread.matrix @ columns, np.cumsum([part.column_count for part in parts])[:-1])
    later = np.stack([_dispatches(part, values) for part, values in zip(parts, each, strict=True)])
    first = later[0] * (np.arange(network.weeks) < decided)
    return TwoStage(first, later, -np.asarray(by_path @ columns) * scale)


@dataclass(frozen=True, eq=False)
class _Spread:
    """Joined columns → the paths' own columns one under the other; `order` and `starts` group the latter by joined."""

    matrix: sparse.csr_matrix
    order: IntArray
    starts: IntArray


def _shared_columns(parts: list[LinearProgram], decided: int) -> _Spread:
    """Dispatches of the decided weeks are one column for all paths, counted in the first path's units."""
    network, dispatch = parts[0].network, parts[0].columns["dispatch"]
    now = np.flatnonzero(parts[0].columns["dispatch_week"] < decided)
    item = network.pool_item[network.arc_pool[parts[0].columns["dispatch_arc"][now]]]
    at, size, begin = [], [], len(now)
    for part in parts:
        column = np.arange(begin, begin + part.column_count)
        ratio = np.ones(part.column_count)
        column[dispatch[now]], ratio[dispatch[now]] = np.arange(len(now)), parts[0].unit[item] / part.unit[item]
        free = np.setdiff1d(np.arange(part.column_count), dispatch[now])
        column[free] = begin + np.arange(len(free))
        begin += len(free)
        at.append(column)
        size.append(ratio)
    where, ratios = np.concatenate(at), np.concatenate(size)
    matrix = sparse.csr_matrix((ratios, (np.arange(len(where)), where)), shape=(len(where), begin))
    order = np.argsort(where, kind="stable")
    return _Spread(matrix, order, np.searchsorted(where[order], np.arange(begin)))


def _with_risk(
    matrix: sparse.csc_matrix,
    upper: FloatArray,
    lower: list[FloatArray],
    higher: list[FloatArray],
    by_path: sparse.csr_matrix,
    full: FloatArray,
    probability: FloatArray,
    level: float,
) -> _Joined:
    """Columns η⁺, η⁻ and z_s, and the rows  −cost_s · x + η⁺ − η⁻ + z_s ≥ full_s."""
    count = len(full)
    eta = sparse.csr_matrix(np.tile([1.0, -1.0], (count, 1)))
    risk = sparse.hstack([eta, sparse.identity(count, format="csr")])
    none = sparse.csr_matrix((matrix.shape[0], count + 2))
    rows = sparse.csc_matrix(sparse.vstack([sparse.hstack([matrix, none]), sparse.hstack([-by_path, risk])]))
    cost = np.concatenate([TIE_BREAK * (by_path.T @ probability), [1.0, -1.0], probability / (1 - level)])
    unbounded = np.full(count + 2, np.inf)
    return _Joined([cost], [upper, unbounded], [*lower, full], [*higher, np.full(count, np.inf)], rows)


def _dispatches(part: LinearProgram, values: FloatArray) -> FloatArray:
    """(N, T) base units of a path's own columns."""
    network = part.network
    plan = np.zeros((len(network.arc_lane), network.weeks))
    arc, week = part.columns["dispatch_arc"], part.columns["dispatch_week"]
    unit = part.unit[network.pool_item[network.arc_pool[arc]]]
    plan[arc, week] = np.maximum(values[part.columns["dispatch"]], 0.0) * unit
    return plan
