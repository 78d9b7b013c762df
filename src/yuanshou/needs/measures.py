"""Tables people plan by besides items: patients, beds, staff, limits and oxygen, as quantiles over draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from yuanshou.needs.chain import Chain
from yuanshou.needs.commodities import Drivers, Flow, beds_by_care, rate, sum_lines
from yuanshou.needs.limits import gains
from yuanshou.needs.workforce import CAP_NAMES
from yuanshou.tables import DateArray, FloatArray

LEVELS = {"median": 0.5, "q05": 0.05, "q25": 0.25, "q75": 0.75, "q95": 0.95}
LIMIT_COLUMNS = ("needed", "available", "binds_probability", "gain_of_one_more")
LITRES_PER_M3 = 1000
MINUTES_PER_DAY = 1440


def patients_frame(chain: Chain, drivers: Drivers, places: tuple[str, ...], week_ends: DateArray) -> pd.DataFrame:
    """New cases and patients at once by severity, beds, health workers and tests: one row a measure and week."""
    found: Drivers = {"cases": drivers["case"]}
    for leaf in chain.pack.classes:
        found[f"new_{leaf.name}"] = drivers[f"{leaf.name}_case"]
        found[f"patients_{leaf.name}"] = drivers[f"{leaf.name}_bed"]
        found[f"days_{leaf.name}"] = drivers[f"{leaf.name}_day"]
    for care in ("ward", "icu"):
        if any(leaf.care == care for leaf in chain.pack.classes):
            found[f"beds_{care}"] = beds_by_care(chain.pack, drivers, care)
    staff = [line for line in chain.pack.activities if line.cap == "staff"]
    if staff:
        found["health_workers"] = sum_lines(staff, chain.drawn, drivers) / chain.drawn["shifts_per_worker_week"]
    for line in chain.pack.activities:
        if line.cap == "tests":
            found["tests"] = drivers[line.target]
    return quantile_frame(found, places, week_ends)


def oxygen_frame(chain: Chain, drivers: Drivers, places: tuple[str, ...], week_ends: DateArray) -> pd.DataFrame:
    """Oxygen as flow and volume, and what it takes from each source.

    Measures: flow_l_per_min (all patients at once), volume_m3 (a week); concentrators and electricity_kwh for the
    ward patients without piped oxygen; for the rest, as alternatives, plants, cylinders a week, liquid_t a week.
    """
    lines, values = chain.pack.oxygen, chain.drawn
    if not lines:
        return pd.DataFrame(columns=["place", "week_end", "measure", *LEVELS])
    care = {leaf.name: leaf.care for leaf in chain.pack.classes}
    names = [line.per.removesuffix("_bed") for line in lines]
    flows = [drivers[line.per] * rate(line, values) for line in lines]
    days = [drivers[f"{n}_day"] * rate(line, values) for n, line in zip(names, lines, strict=True)]
    on_ward = [care[n] == "ward" for n in names]
    unpiped = values["unpiped_oxygen_share"]
    flow, ward_flow = _total(flows), _total([f for f, w in zip(flows, on_ward, strict=True) if w])
    minutes = np.float32(MINUTES_PER_DAY / LITRES_PER_M3)
    volume = _total(days) * minutes
    apart = _total([d for d, w in zip(days, on_ward, strict=True) if w]) * minutes * unpiped
    machines = ward_flow * unpiped / values["oxygen_concentrator_litres_per_minute"]
    bulk_flow, bulk = flow - ward_flow * unpiped, volume - apart
    litres = bulk * np.float32(LITRES_PER_M3)
    found = {
        "flow_l_per_min": flow,
        "volume_m3": volume,
        "concentrators": machines,
        "electricity_kwh": machines * values["oxygen_concentrator_watts"] * np.float32(24 * 7 / 1000),
        "plants": bulk_flow / values["oxygen_plant_litres_per_minute"],
        "cylinders_a_week": litres / values["oxygen_cylinder_litres"],
        "liquid_t_a_week": litres / values["oxygen_liquid_expansion"] * np.float32(1.14 / 1000),
    }
    return quantile_frame(found, places, week_ends)


def _total(parts: Sequence[FloatArray]) -> FloatArray:
    return sum(parts[1:], parts[0]) if parts else np.zeros((1, 1, 1), dtype=np.float32)


def limits_frame(
    chain: Chain, flow: Flow, limited: Flow, limit: Drivers, places: tuple[str, ...], week_ends: DateArray
) -> pd.DataFrame:
    """One row a place, week and limit: needed and available (medians), how likely it binds, what one more adds."""
    pack, values = chain.pack, chain.drawn
    needed = {f"{care}_beds": beds_by_care(pack, flow.drivers, care) for care in ("ward", "icu")}
    staff = [line for line in pack.activities if line.cap == "staff"]
    if staff:
        needed["staff"] = sum_lines(staff, values, flow.drivers)
    if "ventilators" in limited.ratios:
        needed["ventilators"] = needed["icu_beds"] * values["invasive_share"]
    if "tests" in limited.ratios:
        target = next(line.target for line in pack.activities if line.cap == "tests")
        needed["tests"] = flow.drivers[target]
    worth = gains(pack, values, flow, limit)
    columns: dict[str, list[FloatArray]] = {name: [] for name in LIMIT_COLUMNS}
    names = [n for n in CAP_NAMES if n in needed]
    units = []
    for name in names:
        ratio = limited.ratios[name]
        shape = needed[name].shape[:2]
        binds = np.where(np.isnan(ratio).any(axis=-1), np.nan, (ratio < 1 - 1e-6).mean(axis=-1))
        gain, unit = worth.get(name, (np.full(shape, np.nan), ""))
        available = np.broadcast_to(np.median(limit[name], axis=-1), shape)
        figures = (np.median(needed[name], axis=-1), available, binds, gain)
        for column, figure in zip(LIMIT_COLUMNS, figures, strict=True):
            columns[column].append(figure)
        units.append(unit)
    rows = {column: np.stack(arrays, axis=-1).reshape(-1) for column, arrays in columns.items()}
    frame = pd.DataFrame({**_keys(places, week_ends, names, "capacity"), **rows})
    frame["gain_unit"] = np.tile(np.array(units, dtype=object), len(places) * len(week_ends))
    return frame


def _keys(places: tuple[str, ...], week_ends: DateArray, names: list[str], what: str) -> dict[str, NDArray[Any]]:
    """Columns place, week_end and `what` for arrays of shape (P, T, names), row by row."""
    return {
        "place": np.repeat(np.array(places, dtype=object), len(week_ends) * len(names)),
        "week_end": np.tile(np.repeat(week_ends.astype("datetime64[s]"), len(names)), len(places)),
        what: np.tile(np.array(names, dtype=object), len(places) * len(week_ends)),
    }


def quantile_frame(measures: Drivers, places: tuple[str, ...], week_ends: DateArray) -> pd.DataFrame:
    """place, week_end, measure and LEVELS from arrays (P, T, N)."""
    stacked = np.stack(list(measures.values()), axis=2)
    values = np.moveaxis(np.quantile(stacked, list(LEVELS.values()), axis=-1), 0, -1)
    rows = values.reshape(-1, len(LEVELS))
    numbers = {level: rows[:, i] for i, level in enumerate(LEVELS)}
    return pd.DataFrame({**_keys(places, week_ends, list(measures), "measure"), **numbers})
