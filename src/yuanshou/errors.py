"""Every exception a user can meet.

A message has three parts and refuses to guess: what was found (with file, row and column where they
exist), what was expected, and the way out. The command line prints it without a traceback and ends
with `exit_code`; the web application shows the same words.
"""

from __future__ import annotations


class YuanshouError(Exception):
    """A problem a user can mend; `found`, `expected` and `way_out` are whole phrases.

    >>> str(InputError("row 3: 'twelve' in column cases", "a whole number", "write 12"))
    "found row 3: 'twelve' in column cases; expected a whole number; way out: write 12"
    """

    exit_code = 1

    def __init__(self, found: str, expected: str, way_out: str, *, where: str = "") -> None:
        self.found, self.expected, self.way_out, self.where = found, expected, way_out, where
        prefix = f"{where}: " if where else ""
        super().__init__(f"{prefix}found {found}; expected {expected}; way out: {way_out}")


class InputError(YuanshouError):
    """A file, table or value that cannot be used as it is."""

    exit_code = 2


class SettingError(YuanshouError):
    """An option, parameter or policy outside what is allowed."""

    exit_code = 2


class ForecastError(YuanshouError):
    """A forecast that cannot be made from what is known."""

    exit_code = 3


class AllocationError(YuanshouError):
    """A plan that cannot be computed: infeasible, unbounded, or malformed."""

    exit_code = 4


class AuditError(YuanshouError):
    """A plan, export or ledger that does not add up."""

    exit_code = 5
