"""One figure traced back: from reported cases to pieces, each parameter with its value, basis and source.

The one thing easily confused: the trace follows the *median* case path with every parameter at its value, because one
path can be checked by hand; the median over draws beside it differs, as it must, where the chain bends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from yuanshou.catalogue import load_catalogue
from yuanshou.errors import SettingError
from yuanshou.forecast.forecasters import QUANTILE_LEVELS, Forecast
from yuanshou.needs.chain import Chain, make_chain
from yuanshou.needs.commodities import Flow, add_activities, care_drivers, item_needs, rate
from yuanshou.needs.pack import DiseasePack, Line, SeverityClass, load_pack
from yuanshou.needs.parameters import point_values
from yuanshou.needs.patients import observed_history, week_before
from yuanshou.needs.selection import select_forecast
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import FloatArray


@dataclass(frozen=True)
class Step:
    """One line of the trace: what it is, its value and unit, how it was made, and where its number is from."""

    depth: int
    what: str
    value: float
    unit: str
    how: str = ""
    basis: str = ""
    source: str = ""


@dataclass(frozen=True, eq=False)
class Trace:
    """The steps of one figure, the last being the need itself; `total` is that need in base units."""

    place: str
    item: str
    week_end: date
    steps: tuple[Step, ...]
    total: float


@dataclass(frozen=True, eq=False)
class _Context:
    chain: Chain
    flow: Flow
    from_history: Flow
    week: int
    parameters: pd.DataFrame


def explain_need(
    forecast: Forecast, series: SurveillanceSeries, *, item: str, place: str, week_end: date,
    parameters: pd.DataFrame | None = None, pack: DiseasePack | None = None, catalogue: pd.DataFrame | None = None,
) -> Trace:  # fmt: skip
    """The chain from cases to pieces for one item, place and week.

    Raises
    ------
    SettingError : a place, item or week that the need does not have; the message lists what there is.
    """
    pack = pack or load_pack()
    table = pack.parameters if parameters is None else parameters
    one = select_forecast(forecast, (place,))
    ends = [d.item() for d in one.week_ends.astype("datetime64[D]")]
    if week_end not in ends:
        raise SettingError(f"week {week_end}", f"one of {', '.join(map(str, ends))}", "name a week's Saturday")
    catalogue = load_catalogue() if catalogue is None else catalogue
    values = point_values(table, one.as_of)
    chain = make_chain(pack, values, catalogue, one.as_of, weeks=len(ends))
    if item not in chain.items:
        raise SettingError(f"item {item!r}", f"one of {', '.join(chain.items)}", "name an item that has need")
    median = int(np.flatnonzero(QUANTILE_LEVELS == 0.5)[0])
    cases = one.quantiles[0, :, :, median, None].astype(np.float32)
    history, _notes = observed_history(series, one.places, week_before(one.week_ends))
    flow = _flow(chain, cases, history)
    context = _Context(chain, flow, _flow(chain, cases * 0, history), ends.index(week_end), _indexed(table))
    steps = _item_steps(context, item, float(cases[0, context.week, 0]))
    return Trace(place, item, week_end, tuple(steps), steps[-1].value)


def _indexed(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("name")


def _flow(chain: Chain, cases: FloatArray, history: FloatArray) -> Flow:
    flow = care_drivers(chain.pack, chain.drawn, chain.kernels, cases, history)
    add_activities(chain.pack, chain.drawn, flow.drivers)
    return flow


def _item_steps(context: _Context, item: str, reported: float) -> list[Step]:
    chain = context.chain
    position = chain.items.index(item)
    lines = chain.item_lines[position]
    steps = [Step(0, "reported cases, median forecast of the week", reported, "cases")]
    steps.append(_parameter_step(context, "ascertainment_care_share", 1))
    came = _at(context, "case")
    steps.append(Step(0, "people who come for care", came, "people", "reported / share reported"))
    shown: set[str] = {"case"}
    for line in lines:
        steps += _driver_steps(context, line.per, shown, 0)
    for line in lines:
        steps += _line_steps(context, line, "pieces")
    one = replace(chain, items=(item,), item_lines=[lines], reusable=[chain.reusable[position]])
    out = np.zeros((1, 1, context.flow.drivers["case"].shape[1], 1), dtype=np.float32)
    item_needs(one.item_lines, one.reusable, chain.drawn, context.flow, out)
    total = float(out[0, 0, context.week, 0])
    how = "sum of the lines above"
    if chain.reusable[position]:
        steps.append(_parameter_step(context, "equipment_in_place_share", 1))
        how = "in use above what was there before, plus what wears out: bought once, not every week"
    steps.append(Step(0, f"need of {item} in the week", total, "pieces", how))
    return steps


def _at(context: _Context, driver: str) -> float:
    return float(context.flow.drivers[driver][0, context.week, 0])


def _parameter_step(context: _Context, name: str, depth: int) -> Step:
    row = context.parameters.loc[name]
    value = float(context.chain.drawn[name][0])
    how = f"range {row['low']:g} to {row['high']:g}" + (", yours" if row["overridden"] else "")
    return Step(depth, name, value, str(row["unit"]), how, str(row["basis"]), str(row["source"]))


def _line_steps(context: _Context, line: Line, unit: str, depth: int = 0) -> list[Step]:
    steps = [_parameter_step(context, line.name, depth + 1)]
    steps += [_parameter_step(context, term.removeprefix("1 - "), depth + 1) for term in line.share]
    amount = float(rate(line, context.chain.drawn).reshape(-1)[0])
    shares = "".join(f" × ({term})" for term in line.share)
    value = amount * _at(context, line.per)
    steps.append(Step(depth, f"{line.target} for {line.per}", value, unit, f"{line.name}{shares} × {line.per}"))
    return steps


def _driver_steps(context: _Context, driver: str, shown: set[str], depth: int) -> list[Step]:
    """The steps behind one driver, each driver once."""
    if driver in shown:
        return []
    shown.add(driver)
    lines = [line for line in context.chain.pack.activities if line.target == driver]
    if lines:
        steps = []
        for line in lines:
            steps += _driver_steps(context, line.per, shown, depth)
        for line in lines:
            steps += _line_steps(context, line, driver, depth)
        return [*steps, Step(depth, driver, _at(context, driver), driver, "sum of the lines above")]
    leaf = next(c for c in context.chain.pack.classes if driver.startswith(f"{c.name}_"))
    return _class_steps(context, leaf, driver, depth)


def _class_steps(context: _Context, leaf: SeverityClass, driver: str, depth: int) -> list[Step]:
    what = driver.removeprefix(f"{leaf.name}_")
    steps = [_parameter_step(context, leaf.share, depth + 1)]
    if what == "case":
        return [*steps, Step(depth, driver, _at(context, driver), "people", "people who come × share of the class")]
    if what == "death":
        steps += [_parameter_step(context, leaf.fatality, depth + 1)] if leaf.fatality else []
        return [*steps, Step(depth, driver, _at(context, driver), "people", "new cases of the class × fatality")]
    steps += [_parameter_step(context, name, depth + 1) for name in (leaf.stay_median_days, leaf.stay_sigma)]
    steps.append(_parameter_step(context, "report_to_admission_days", depth + 1))
    before = float(context.from_history.drivers[driver][0, context.week, 0])
    unit = "patient-days" if what == "day" else "patients at once"
    steps.append(
        Step(depth + 1, "of them, people reported before the forecast begins", before, unit, "observed counts")
    )
    how = "cohorts of cases × chance to be still in care (log-normal stay)"
    return [*steps, Step(depth, driver, _at(context, driver), unit, how)]
