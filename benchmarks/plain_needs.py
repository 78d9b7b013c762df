"""The needs chain in plain Python: one place and one draw at a time, floats and loops, no arrays.

It is here to be compared with, in speed and in figures: it computes what `yuanshou.needs.quantify` computes, uncapped
and capped, for one place and one draw, the way a spreadsheet or an unvectorised port would.
"""

from __future__ import annotations

from math import erf, log, sqrt

from yuanshou.needs.chain import Chain
from yuanshou.needs.pack import Line

Series = list[float]
Drivers = dict[str, Series]


def plain_needs(
    chain: Chain, values: dict[str, float], cases: Series, history: Series, limits: dict[str, float]
) -> tuple[list[Series], list[Series]]:
    """Need by item and week, uncapped and capped, for one place and one draw."""
    drivers, start = care(chain, values, cases, history)
    capped = limited(chain, values, drivers, limits)
    activities(chain, values, drivers, None)
    activities(chain, values, capped, limits)
    need = [item_need(chain, i, values, drivers, start) for i in range(len(chain.items))]
    need_capped = [item_need(chain, i, values, capped, start) for i in range(len(chain.items))]
    return need, need_capped


def survival(age: float, median: float, sigma: float) -> float:
    """Chance to be still in care."""
    if age <= 0:
        return 0.0
    return 1 - 0.5 * (1 + erf((log(age) - log(median)) / sigma / sqrt(2)))


def care(chain: Chain, values: dict[str, float], cases: Series, history: Series) -> tuple[Drivers, dict[str, float]]:
    """Cases, patient-days, beds and deaths of every class, day by day."""
    weeks, past = len(cases), len(history)
    scale = 1 / values["ascertainment_care_share"]
    total_share = sum(values[c.share] for c in chain.pack.classes)
    drivers: Drivers = {"case": [c * scale for c in cases]}
    start: dict[str, float] = {}
    admitted = list(reversed(history)) + [c / 7 for c in cases for _ in range(7)]
    for leaf in chain.pack.classes:
        factor = values[leaf.share] / total_share * scale
        median, sigma = values[leaf.stay_median_days], values[leaf.stay_sigma]
        delay = values["report_to_admission_days"]
        stay = [survival(age + 0.5 - delay, median, sigma) for age in range(len(admitted))]
        present = [
            sum(admitted[d] * stay[day - d] for d in range(day + 1)) * factor for day in range(past - 1, len(admitted))
        ]
        start[f"{leaf.name}_bed"] = present[0]
        days, beds, new = [], [], []
        for week in range(weeks):
            inside = present[1 + 7 * week : 8 + 7 * week]
            days.append(sum(inside))
            beds.append(max(inside[-1], present[7 * week], sum(inside) / 7))
            new.append(cases[week] * factor)
        fatality = values[leaf.fatality] if leaf.fatality else 0.0
        drivers |= {f"{leaf.name}_case": new, f"{leaf.name}_day": days, f"{leaf.name}_bed": beds}
        drivers[f"{leaf.name}_death"] = [n * fatality for n in new]
    return drivers, start


def rate(line: Line, values: dict[str, float]) -> float:
    """The amount of a line with its shares."""
    amount = values[line.name]
    for term in line.share:
        amount *= 1 - values[term[4:]] if term.startswith("1 - ") else values[term]
    return amount


def summed(lines: list[Line], values: dict[str, float], drivers: Drivers, week: int) -> float:
    """Σ rate · driver."""
    return sum(rate(line, values) * drivers[line.per][week] for line in lines)


def share_met(needed: float, available: float) -> float:
    """min(1, available / needed)."""
    return min(1.0, available / needed) if needed > 0 else 1.0


def limited(chain: Chain, values: dict[str, float], drivers: Drivers, limits: dict[str, float]) -> Drivers:
    """The drivers of care cut to beds and staff."""
    out = {name: list(series) for name, series in drivers.items()}
    staff = [line for line in chain.pack.activities if line.cap == "staff"]
    for week in range(len(drivers["case"])):
        for kind in ("ward", "icu"):
            leaves = [c for c in chain.pack.classes if c.care == kind]
            met = share_met(sum(drivers[f"{c.name}_bed"][week] for c in leaves), limits[f"{kind}_beds"])
            for leaf in leaves:
                for what in ("case", "day", "bed"):
                    out[f"{leaf.name}_{what}"][week] *= met
        met = share_met(summed(staff, values, out, week), limits["staff"])
        for leaf in chain.pack.classes:
            if leaf.care in ("ward", "icu"):
                for what in ("case", "day", "bed"):
                    out[f"{leaf.name}_{what}"][week] *= met
    return out


def activities(chain: Chain, values: dict[str, float], drivers: Drivers, limits: dict[str, float] | None) -> None:
    """Add each activity in the pack's order; with limits, cut tests to their capacity."""
    for target in dict.fromkeys(line.target for line in chain.pack.activities):
        lines = [line for line in chain.pack.activities if line.target == target]
        series = [summed(lines, values, drivers, week) for week in range(len(drivers["case"]))]
        if limits is not None and lines[0].cap == "tests":
            series = [min(amount, limits["tests"]) for amount in series]
        drivers[target] = series


def item_need(chain: Chain, item: int, values: dict[str, float], drivers: Drivers, start: dict[str, float]) -> Series:
    """Need of one item by week; reusable items as acquisitions."""
    lines = chain.item_lines[item]
    used = [summed(lines, values, drivers, week) for week in range(len(drivers["case"]))]
    if not chain.reusable[item]:
        return used
    held = sum(start.get(line.per, 0.0) * rate(line, values) for line in lines) * values["equipment_in_place_share"]
    wear = max(line.wear_share_week for line in lines)
    bought = []
    for amount in used:
        have = max(held, amount)
        bought.append(have - held + wear * amount)
        held = have
    return bought
