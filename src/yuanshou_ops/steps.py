"""A status change is a row in one pure table `{(status, step): next status}`; what is not there is refused."""

from __future__ import annotations

from collections.abc import Mapping

from yuanshou_ops.errors import Refused

Table = Mapping[tuple[str, str], str]


def advance(table: Table, status: str, step: str) -> str:
    """The next status; raises `Refused` naming the statuses from which the step is possible."""
    following = table.get((status, step))
    if following is None:
        possible = sorted({before for before, name in table if name == step})
        raise Refused(f"the status {status}", f"one of {', '.join(possible)} to {step}", "reload the page")
    return following


def possible_steps(table: Table, status: str) -> list[str]:
    """The steps that may follow this status, for the buttons of a page."""
    return sorted(step for before, step in table if before == status)
