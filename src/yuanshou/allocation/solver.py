"""HiGHS through arrays: the exact method, and the reference every other method is measured against.

`dual simplex` is quick below some thirty thousand columns; above, the interior point without crossover is.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import TYPE_CHECKING

import highspy
import numpy as np

from yuanshou.errors import AllocationError
from yuanshou.tables import FloatArray

if TYPE_CHECKING:
    from yuanshou.allocation.blocks import LinearProgram

SIMPLEX_COLUMNS_MAX = 30_000


def run_highs(
    program: LinearProgram, *, algorithm: str, time_limit_s: float, tolerance: float
) -> tuple[FloatArray, FloatArray]:
    """Column values and row duals of the program, by `Highs.passModel` with arrays; no duals where columns are whole."""
    matrix = program.matrix()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.column_count, program.row_count
    lp.col_cost_ = np.concatenate(program.cost)
    lp.col_lower_ = np.zeros(program.column_count)
    lp.col_upper_ = np.concatenate(program.column_upper)
    lp.row_lower_, lp.row_upper_ = np.concatenate(program.row_lower), np.concatenate(program.row_upper)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data
    highs = quiet_highs()
    highs.setOptionValue("output_flag", False)
    whole = getattr(program, "integer", [])
    if whole:
        kinds = np.full(program.column_count, highspy.HighsVarType.kContinuous, dtype=object)
        kinds[np.concatenate(whole)] = highspy.HighsVarType.kInteger
        lp.integrality_ = list(kinds)
        highs.setOptionValue("mip_rel_gap", 1e-9)
    if algorithm == "auto":
        algorithm = "simplex" if program.column_count <= SIMPLEX_COLUMNS_MAX else "ipx"
    highs.setOptionValue("solver", algorithm)
    highs.setOptionValue("time_limit", float(time_limit_s))
    highs.setOptionValue("primal_feasibility_tolerance", tolerance)
    highs.setOptionValue("dual_feasibility_tolerance", tolerance)
    if algorithm == "ipx":
        highs.setOptionValue("run_crossover", "off")
        highs.setOptionValue("ipm_optimality_tolerance", tolerance)
    highs.passModel(lp)
    highs.run()
    status = highs.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise AllocationError(
            f"no optimal plan: HiGHS says {highs.modelStatusToString(status)!r}",
            "a program with an optimal plan",
            "check capacities and quantities, allow more time, or use method='prices'",
        )
    solution = highs.getSolution()
    return np.asarray(solution.col_value), np.asarray(solution.row_dual)


def quiet_highs() -> highspy.Highs:
    """A solver that prints nothing: the first one of a process writes a banner before its options can be set."""
    libc = ctypes.CDLL(None)
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highs = highspy.Highs()
        libc.fflush(None)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
    return highs
