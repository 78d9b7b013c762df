"""What every place shares: the pack, its drawn numbers, length-of-stay kernels and the lines that count on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from yuanshou.needs.commodities import with_rates
from yuanshou.needs.pack import DiseasePack, Line
from yuanshou.needs.parameters import Draws
from yuanshou.needs.patients import HISTORY_DAYS, CareKernel, care_kernel


@dataclass(frozen=True, eq=False)
class Chain:
    """Ready to push cases through.

    Attributes
    ----------
    drawn : every parameter by draw. kernels : by severity class. items : I codes in catalogue order.
    item_lines : the protocol lines of each item. reusable : whether each is bought once.
    left_out : frame item, reason.
    """

    pack: DiseasePack
    drawn: Draws
    kernels: dict[str, CareKernel]
    items: tuple[str, ...]
    item_lines: list[list[Line]]
    reusable: list[bool]
    left_out: pd.DataFrame


def make_chain(pack: DiseasePack, drawn: Draws, catalogue: pd.DataFrame, as_of: date, *, weeks: int) -> Chain:
    """The chain of one pack for one set of drawn numbers; lines not yet known on `as_of` are left out with the day."""
    lines: dict[str, list[Line]] = {}
    late: dict[str, date] = {}
    for line in pack.protocol:
        if line.known_from is not None and line.known_from > as_of:
            late[line.target] = line.known_from
        else:
            lines.setdefault(line.target, []).append(line)
    order = {item: i for i, item in enumerate(catalogue.index)}
    items = tuple(sorted(lines, key=lambda item: (order.get(item, len(order)), item)))
    own = pack.items.set_index("item")["reusable"] if len(pack.items) else pd.Series(dtype=bool)
    reusable = [bool(catalogue["reusable"][i] if i in order else own[i]) for i in items]
    delay = drawn["report_to_admission_days"]
    kernels = {c.name: care_kernel(c, drawn, delay, weeks=weeks, history=HISTORY_DAYS) for c in pack.classes}
    reasons = [[i, f"not in use before {day}"] for i, day in late.items() if i not in lines]
    without = [i for i in catalogue.index if i not in lines and i not in late]
    reasons += [[i, pack.left_out.get(i, "no rule in this disease's pack")] for i in without]
    left_out = pd.DataFrame(reasons, columns=["item", "reason"])
    return Chain(pack, with_rates(pack, drawn), kernels, items, [lines[i] for i in items], reusable, left_out)
