"""R's arithmetic where it decides a ceiling or a rounding: extended sums, half-even and decimal rounding.

R's sum and cumsum accumulate in 80-bit long double and store doubles; numpy.longdouble does the same on x86.
Elsewhere it is a plain double, and a ceiling at an exact integer may land one unit away.
"""

from __future__ import annotations

import numpy as np

from yuanshou.tables import FloatArray


def r_sum(values: FloatArray) -> float:
    """R's sum: accumulated one after another in long double.

    >>> r_sum(np.array([0.1] * 10))
    1.0
    """
    total = np.longdouble(0)
    for value in values:
        total += np.longdouble(value)
    return float(total)


def r_cumsum(values: FloatArray) -> FloatArray:
    """R's cumsum: running long double, each element stored as a double; NaN from the first NaN on."""
    result: FloatArray = np.cumsum(np.asarray(values, dtype=np.longdouble)).astype(np.float64)
    return result


def r_round(value: float, digits: int = 0) -> float:
    """R's round: half to even at whole numbers, the nearest decimal otherwise; NaN stays NaN.

    >>> r_round(2.5), r_round(0.817456, 5)
    (2.0, 0.81746)
    """
    return value if np.isnan(value) else float(round(value, digits))


def lag(values: FloatArray, rows: int) -> FloatArray:
    """The values `rows` further down, NaN at the top."""
    out = np.full(len(values), np.nan)
    if rows < len(values):
        out[rows:] = values[: len(values) - rows]
    return out
