"""Care under limits: beds, ventilators, staff for the patients in beds, tests; and what one more would change.

Patients beyond a limit are turned away in proportion over classes, and their consumption with them. The one
thing easily confused: a limit that binds is not always worth relaxing; one more bed gains nothing where there is
nobody to staff it, and `gains` shows that.
"""

from __future__ import annotations

import numpy as np

from yuanshou.needs.commodities import Drivers, Flow, add_activities, beds_by_care, sum_lines
from yuanshou.needs.pack import DiseasePack
from yuanshou.needs.parameters import Draws
from yuanshou.needs.workforce import limit_ratio
from yuanshou.tables import FloatArray

CARES = ("ward", "icu")
ONE_OF = {
    "ward_beds": "ward bed",
    "icu_beds": "intensive-care bed",
    "ventilators": "ventilator",
    "staff": "health worker",
}


def capped(pack: DiseasePack, values: Draws, flow: Flow, limits: Drivers) -> Flow:
    """The flow that the given limits can absorb; `ratios` holds the share of the demand met, by limit."""
    drivers = dict(flow.drivers)
    ratios = care_ratios(pack, values, flow.drivers, limits)
    for care in CARES:
        ratio = ratios[f"{care}_beds"]
        if care == "icu" and "ventilators" in ratios:
            ratio = ratio * _ventilated(values, ratios["ventilators"])
        _scale_care(pack, drivers, ratio, (care,))
    staff = [line for line in pack.activities if line.cap == "staff"]
    if staff:
        ratios["staff"] = limit_ratio(sum_lines(staff, values, drivers), limits["staff"])
        _scale_care(pack, drivers, ratios["staff"], CARES)
    add_activities(pack, values, drivers, limits, ratios)
    return Flow(drivers, flow.start, ratios)


def care_ratios(pack: DiseasePack, values: Draws, drivers: Drivers, limits: Drivers) -> Drivers:
    """Share of patients that beds, and ventilators where their number is known, can take."""
    beds = {care: beds_by_care(pack, drivers, care) for care in CARES}
    ratios = {f"{care}_beds": limit_ratio(beds[care], limits[f"{care}_beds"]) for care in CARES}
    known = ~np.isnan(limits["ventilators"])
    if "invasive_share" in values and known.any():
        needing = beds["icu"] * ratios["icu_beds"] * values["invasive_share"]
        ratios["ventilators"] = np.where(known, limit_ratio(needing, limits["ventilators"]), np.float32(1.0))
    return ratios


def _ventilated(values: Draws, ratio: FloatArray) -> FloatArray:
    """Intensive care with only `ratio` of those who need a ventilator."""
    result: FloatArray = 1 - values["invasive_share"] * (1 - ratio)
    return result


def _scale_care(pack: DiseasePack, drivers: Drivers, ratio: FloatArray, cares: tuple[str, ...]) -> None:
    for leaf in pack.classes:
        if leaf.care in cares:
            for what in ("case", "day", "bed"):
                drivers[f"{leaf.name}_{what}"] = drivers[f"{leaf.name}_{what}"] * ratio


def gains(pack: DiseasePack, values: Draws, flow: Flow, limits: Drivers) -> dict[str, tuple[FloatArray, str]]:
    """What one more of each limited thing adds in a week, (P, T), mean over draws, with its unit.

    Finite differences of the patient-days treated (beds, ventilators, health workers) and of the tests run
    (laboratory workers); an exact derivative would be wrong where one more unit crosses from binding to not. A gain
    below zero is no error: where staff binds, one more intensive-care bed draws them from more patients on the ward.
    """
    drivers, limits = _in_double(pack, flow.drivers), {name: limit.astype(float) for name, limit in limits.items()}
    base = _treated(pack, values, drivers, limits)
    one = np.ones(1)
    one_more: dict[str, FloatArray] = {
        "ward_beds": one,
        "icu_beds": one,
        "ventilators": one,
        "staff": values["shifts_per_worker_week"],
    }
    found: dict[str, tuple[FloatArray, str]] = {}
    for name, step in one_more.items():
        if np.isnan(limits[name]).all():
            continue
        more = _treated(pack, values, drivers, {**limits, name: limits[name] + step})
        found[name] = ((more - base).mean(axis=-1), f"patient-days a week for one more {ONE_OF[name]}")
    tests = [line for line in pack.activities if line.cap == "tests"]
    if tests:
        needed, now = flow.drivers[tests[0].target].astype(float), limits["tests"]
        step = values["tests_per_lab_worker_week"] * values["lab_shifts_per_day"]
        extra = np.minimum(needed, now + step) - np.minimum(needed, now)
        found["tests"] = (extra.mean(axis=-1), "tests a week for one more laboratory worker")
    return found


def _in_double(pack: DiseasePack, drivers: Drivers) -> Drivers:
    """The drivers of care in double precision: one bed among millions of patient-days is lost in single."""
    names = ["case"] + [f"{leaf.name}_{what}" for leaf in pack.classes for what in ("case", "day", "bed")]
    return {name: drivers[name].astype(float) for name in names}


def _treated(pack: DiseasePack, values: Draws, drivers: Drivers, limits: Drivers) -> FloatArray:
    """Patient-days a week that are treated under the limits, (P, T, N)."""
    ratios = care_ratios(pack, values, drivers, limits)
    scaled = dict(drivers)
    for care in CARES:
        ratio = ratios[f"{care}_beds"]
        if care == "icu" and "ventilators" in ratios:
            ratio = ratio * _ventilated(values, ratios["ventilators"])
        _scale_care(pack, scaled, ratio, (care,))
    days: FloatArray = np.zeros_like(drivers["case"])
    for leaf in pack.classes:
        if leaf.care in CARES:
            days = np.add(days, scaled[f"{leaf.name}_day"])
    staff = [line for line in pack.activities if line.cap == "staff"]
    if not staff:
        return days
    treated: FloatArray = days * limit_ratio(sum_lines(staff, values, scaled), limits["staff"])
    return treated
