"""From patients to pieces: drivers, activities and items, as sums of products with an uncertain rate each.

need[item] = Σ_lines rate · driver, where a driver is cases, patient-days, beds, deaths, or an activity such as
tests or shifts that is itself such a sum. The one thing easily confused: a consumable is needed anew every week;
a reusable item is *acquired* only when the number in use passes what was there before, plus what wears out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuanshou.needs.pack import DiseasePack, Line
from yuanshou.needs.parameters import Draws, share_product
from yuanshou.needs.patients import CareKernel, class_shares, convolve
from yuanshou.needs.workforce import limit_ratio
from yuanshou.tables import FloatArray

Drivers = dict[str, FloatArray]


@dataclass(frozen=True, eq=False)
class Flow:
    """Drivers of one block of places, (P, T, N) float32 each; `start` holds beds in use before the first week."""

    drivers: Drivers
    start: Drivers
    ratios: Drivers


def care_drivers(
    pack: DiseasePack, values: Draws, kernels: dict[str, CareKernel], cases: FloatArray, history: FloatArray
) -> Flow:
    """Cases, patient-days, beds and deaths of every class, with no limit but the epidemic."""
    scale = np.float32(1.0) / values["ascertainment_care_share"]
    shares = class_shares(pack, values)
    drivers: Drivers = {"case": cases * scale}
    start: Drivers = {}
    for leaf in pack.classes:
        kernel, factor = kernels[leaf.name], shares[leaf.name] * scale
        new = cases * factor
        days = convolve(kernel.days, kernel.observed_days, cases, history) * factor
        end = convolve(kernel.end, kernel.observed_end, cases, history) * factor
        before = (history @ kernel.start) * factor
        earlier = np.concatenate([np.broadcast_to(before[:, None], (*end[:, :1].shape[:2], end.shape[2])), end], axis=1)
        drivers[f"{leaf.name}_case"] = new
        drivers[f"{leaf.name}_day"] = days
        drivers[f"{leaf.name}_bed"] = np.maximum(np.maximum(end, earlier[:, :-1]), days / np.float32(7))
        start[f"{leaf.name}_bed"] = np.broadcast_to(before, (before.shape[0], end.shape[2]))
        if leaf.fatality:
            drivers[f"{leaf.name}_death"] = new * values[leaf.fatality]
        else:
            drivers[f"{leaf.name}_death"] = np.zeros_like(new)
    return Flow(drivers, start, {})


def beds_by_care(pack: DiseasePack, drivers: Drivers, care: str) -> FloatArray:
    """Patients at once in one kind of care, summed over its classes."""
    parts = [drivers[f"{leaf.name}_bed"] for leaf in pack.classes if leaf.care == care]
    return sum(parts[1:], parts[0]) if parts else np.zeros_like(drivers["case"])


RATE_OF = "rate of "
"""Key of a line's finished rate among the drawn numbers."""


def with_rates(pack: DiseasePack, values: Draws) -> Draws:
    """The drawn numbers with the finished rate of every line beside them, so that it is worked out once."""
    lines = (*pack.activities, *pack.protocol, *pack.oxygen)
    return {**values, **{RATE_OF + line.name: rate(line, values) for line in lines}}


def rate(line: Line, values: Draws) -> FloatArray:
    """The amount of a line by draw, with its shares multiplied in; shape (N,) or (1,)."""
    finished = values.get(RATE_OF + line.name)
    if finished is not None:
        return finished
    return np.asarray(values[line.name] * share_product(values, line.share), dtype=np.float32)


def add_activities(
    pack: DiseasePack, values: Draws, drivers: Drivers, limits: Drivers | None = None, ratios: Drivers | None = None
) -> None:
    """Add each activity to the drivers, in the pack's order; with limits, tests are cut to their capacity."""
    for target in dict.fromkeys(line.target for line in pack.activities):
        lines = [line for line in pack.activities if line.target == target]
        total = sum_lines(lines, values, drivers)
        if limits is not None and ratios is not None and lines[0].cap == "tests":
            ratios["tests"] = limit_ratio(total, limits["tests"])
            total = total * ratios["tests"]
        drivers[target] = total


def sum_lines(lines: list[Line], values: Draws, drivers: Drivers) -> FloatArray:
    """Σ rate · driver over lines, (P, T, N)."""
    out = drivers[lines[0].per] * rate(lines[0], values)
    for line in lines[1:]:
        out += drivers[line.per] * rate(line, values)
    return out


def item_needs(item_lines: list[list[Line]], reusable: list[bool], values: Draws, flow: Flow, out: FloatArray) -> None:
    """Fill `out` (P, I, T, N) with the need of each item; reusable items as acquisitions."""
    for i, lines in enumerate(item_lines):
        target = out[:, i]
        if reusable[i]:
            _acquisitions(lines, values, flow, target)
            continue
        np.multiply(flow.drivers[lines[0].per], rate(lines[0], values), out=target)
        for line in lines[1:]:
            target += flow.drivers[line.per] * rate(line, values)


def _acquisitions(lines: list[Line], values: Draws, flow: Flow, out: FloatArray) -> None:
    """What must be bought each week so that the number in use is there, plus what wears out.

    have_t = max(have_{t−1}, use_t) with have_0 the share of the first day's use already in place;
    acquired_t = have_t − have_{t−1} + wear · use_t.
    """
    in_use = sum_lines(lines, values, flow.drivers)
    held: FloatArray = np.zeros((in_use.shape[0], in_use.shape[2]), dtype=np.float32)
    for line in lines:
        if line.per in flow.start:
            held = held + flow.start[line.per] * rate(line, values)
    held = held * values["equipment_in_place_share"]
    wear = np.float32(max(line.wear_share_week for line in lines))
    have = np.maximum(np.maximum.accumulate(in_use, axis=1), held[:, None])
    np.subtract(have[:, 1:], have[:, :-1], out=out[:, 1:])
    out[:, 0] = have[:, 0] - held
    if wear:
        out += wear * in_use
