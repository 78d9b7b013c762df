"""From forecast paths to pieces: the chain of cases, patients, beds, staff and items.

Start reading here: `quantify` pushes every forecast path, with its own draw of every parameter, through
`patients` (who is in care), `workforce` (what a place can absorb) and `commodities` (what they use).
The one thing easily confused: the need at the median forecast is not the median need, because caps bend the
chain; so quantiles are taken last, over draws.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from yuanshou.catalogue import load_catalogue
from yuanshou.errors import SettingError
from yuanshou.forecast.forecasters import Forecast
from yuanshou.needs.commodities import (
    Drivers,
    Flow,
    add_activities,
    beds_by_care,
    capped,
    care_drivers,
    item_needs,
    sum_lines,
)
from yuanshou.needs.pack import DiseasePack, Line, load_pack
from yuanshou.needs.parameters import Draws, check_shares, draw_values, point_values
from yuanshou.needs.patients import HISTORY_DAYS, CareKernel, care_kernel, observed_history, week_before
from yuanshou.needs.workforce import CAP_NAMES, Capacity, capacity_of
from yuanshou.places import load_health_capacity, load_places
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import DataQualityNote, DateArray, FloatArray, freeze

LEVELS = {"median": 0.5, "q05": 0.05, "q25": 0.25, "q75": 0.75, "q95": 0.95}
BLOCK_ELEMENTS = 250_000
"""Places are worked through in blocks of about this many numbers a driver, so that they stay in cache."""


@dataclass(frozen=True, eq=False)
class Needs:
    """Gross need in base units, by place, item and week.

    Attributes
    ----------
    places : P codes. items : I item codes of the catalogue. week_ends : T Saturdays, datetime64[D].
    draws : float32, shape (P, I, T, N): base units newly needed in that week (for a reusable item: to be
        acquired in that week), capped by nothing but the epidemic: what care would take if it were not
        limited. NaN where it cannot be given.
    draws_capped : the same limited by beds, staff and test capacity, or None.
    patients : frame place, week_end, measure, median, q05, q25, q75, q95: new cases, patients at once by severity,
        beds, health workers, tests.
    parameters : the table used: name, value, low, high, unit, basis, source, overridden.
    caps : frame place, week_end, capacity (ward_beds, icu_beds, staff, tests), needed, available (medians),
        binds_probability: the share of draws in which it limits care.
    left_out : frame item, reason: items of the pack not needed yet on `as_of`.
    """

    as_of: date
    places: tuple[str, ...]
    items: tuple[str, ...]
    week_ends: DateArray
    draws: FloatArray
    draws_capped: FloatArray | None
    patients: pd.DataFrame
    parameters: pd.DataFrame
    disease: str = "covid-19"
    notes: tuple[DataQualityNote, ...] = ()
    caps: pd.DataFrame = field(default_factory=pd.DataFrame)
    left_out: pd.DataFrame = field(default_factory=pd.DataFrame)

    def quantiles(self, levels: FloatArray | list[float], *, capped: bool = False) -> FloatArray:
        """Quantiles of weekly need over draws, shape (P, I, T, Q)."""
        source = self.draws_capped if capped else self.draws
        if source is None:
            raise SettingError("no capped need", "needs computed with capacity", "give capacity to quantify")
        result: FloatArray = np.moveaxis(np.quantile(source, levels, axis=-1), 0, -1)
        return result

    def total(self, *, capped: bool = False) -> FloatArray:
        """Need over all weeks by draw, shape (P, I, N)."""
        source = self.draws_capped if capped else self.draws
        if source is None:
            raise SettingError("no capped need", "needs computed with capacity", "give capacity to quantify")
        result: FloatArray = source.sum(axis=2)
        return result

    def to_frame(self, *, capped: bool = False) -> pd.DataFrame:
        """One row for each place, item and week: median, q05, q25, q75, q95 in base units."""
        values = self.quantiles(list(LEVELS.values()), capped=capped)
        index = pd.MultiIndex.from_product(
            [list(self.places), list(self.items), pd.DatetimeIndex(self.week_ends)], names=["place", "item", "week_end"]
        )
        frame = pd.DataFrame(values.reshape(-1, len(LEVELS)), columns=list(LEVELS), index=index)
        return frame.reset_index()


@dataclass(frozen=True, eq=False)
class Chain:
    """What every block of places shares: the pack, drawn values, kernels and the lines that count on `as_of`."""

    pack: DiseasePack
    drawn: Draws
    kernels: dict[str, CareKernel]
    items: tuple[str, ...]
    item_lines: list[list[Line]]
    reusable: list[bool]


def quantify(
    forecast: Forecast,
    series: SurveillanceSeries,
    *,
    parameters: pd.DataFrame | None = None,
    draws: int = 200,
    seed: int = 0,
    capacity: pd.DataFrame | None = None,
    pack: DiseasePack | None = None,
    catalogue: pd.DataFrame | None = None,
    parameter_uncertainty: bool = True,
) -> Needs:
    """Need of every item by place and week, as draws.

    Parameters
    ----------
    parameters : the table of `load_parameters`, with a user's overrides in it; None: the pack's own.
    draws : N; each takes one forecast path and one draw of every parameter.
    capacity : health capacity indexed by place; None: the shipped table.
    parameter_uncertainty : False uses each parameter's value, so that only the forecast spreads.

    Raises
    ------
    SettingError : severity shares that do not sum to 1, or draws below 1.
    """
    if draws < 1:
        raise SettingError(f"{draws} draws", "at least 1", "ask for 200")
    pack = pack or load_pack()
    table = pack.parameters if parameters is None else parameters
    check_shares(table, tuple(c.share for c in pack.classes))
    drawn = draw_values(table, forecast.as_of, draws=draws, seed=seed)
    values = drawn if parameter_uncertainty else point_values(table, forecast.as_of)
    catalogue = load_catalogue() if catalogue is None else catalogue
    chain, left_out = make_chain(pack, values, catalogue, forecast.as_of, weeks=len(forecast.week_ends))
    cases = choose_paths(forecast.paths[0], draws)
    history, notes = observed_history(series, forecast.places, week_before(forecast.week_ends))
    people = load_places()["population"]
    limits, cap_notes = capacity_of(forecast.places, load_health_capacity() if capacity is None else capacity, people)
    missing = ~np.isfinite(cases).all(axis=(1, 2))
    notes += [
        DataQualityNote("no_forecast", "no forecast, so no need can be given", place=forecast.places[i])
        for i in np.flatnonzero(missing)
    ]
    out, out_capped, frames, cap_frames = _run_blocks(chain, cases, history, limits, forecast)
    return Needs(
        as_of=forecast.as_of,
        places=forecast.places,
        items=chain.items,
        week_ends=forecast.week_ends,
        draws=freeze(out),
        draws_capped=freeze(out_capped),
        patients=pd.concat(frames, ignore_index=True),
        parameters=table,
        disease=pack.disease,
        notes=tuple(notes + cap_notes),
        caps=pd.concat(cap_frames, ignore_index=True),
        left_out=left_out,
    )


def make_chain(
    pack: DiseasePack, values: Draws, catalogue: pd.DataFrame, as_of: date, *, weeks: int
) -> tuple[Chain, pd.DataFrame]:
    """The chain for one pack and one set of drawn values, and the items left out with the reason."""
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
    reusable = [bool(catalogue.at[i, "reusable"] if i in order else own[i]) for i in items]
    delay = values["report_to_admission_days"]
    kernels = {c.name: care_kernel(c, values, delay, weeks=weeks, history=HISTORY_DAYS) for c in pack.classes}
    reasons = [[i, f"not in use before {day}"] for i, day in late.items() if i not in lines]
    reasons += [[i, "no rule in this disease's pack"] for i in catalogue.index if i not in lines and i not in late]
    chain = Chain(pack, values, kernels, items, [lines[i] for i in items], reusable)
    return chain, pd.DataFrame(reasons, columns=["item", "reason"])


def choose_paths(paths: FloatArray, draws: int) -> FloatArray:
    """`draws` paths spread evenly over those given (repeated in turn when there are fewer), float32."""
    given = paths.shape[-1]
    chosen = np.arange(draws) * given // draws if draws <= given else np.arange(draws) % given
    result: FloatArray = paths[..., chosen].astype(np.float32)
    return result


def _run_blocks(
    chain: Chain, cases: FloatArray, history: FloatArray, limits: Capacity, forecast: Forecast
) -> tuple[FloatArray, FloatArray, list[pd.DataFrame], list[pd.DataFrame]]:
    places, weeks, draws = cases.shape
    out = np.empty((places, len(chain.items), weeks, draws), dtype=np.float32)
    out_capped = np.empty_like(out)
    size = max(1, BLOCK_ELEMENTS // (weeks * draws))
    frames, cap_frames = [], []
    for first in range(0, places, size):
        rows = slice(first, min(first + size, places))
        names = forecast.places[rows]
        flow = care_drivers(chain.pack, chain.drawn, chain.kernels, cases[rows], history[rows])
        add_activities(chain.pack, chain.drawn, flow.drivers)
        item_needs(chain.item_lines, chain.reusable, chain.drawn, flow, out[rows])
        limit = limits.limits(chain.drawn, rows)
        limited = capped(chain.pack, chain.drawn, flow, limit)
        item_needs(chain.item_lines, chain.reusable, chain.drawn, limited, out_capped[rows])
        frames.append(_measures_frame(chain, flow.drivers, names, forecast.week_ends))
        cap_frames.append(_caps_frame(chain, flow, limited, limit, names, forecast.week_ends))
    return out, out_capped, frames, cap_frames


def _measures(chain: Chain, drivers: Drivers) -> Drivers:
    """The measures people plan by, each (P, T, N)."""
    found: Drivers = {"cases": drivers["case"]}
    for leaf in chain.pack.classes:
        found[f"new_{leaf.name}"] = drivers[f"{leaf.name}_case"]
        found[f"patients_{leaf.name}"] = drivers[f"{leaf.name}_bed"]
    for care in ("ward", "icu"):
        if any(leaf.care == care for leaf in chain.pack.classes):
            found[f"beds_{care}"] = beds_by_care(chain.pack, drivers, care)
    staff = [line for line in chain.pack.activities if line.cap == "staff"]
    if staff:
        found["health_workers"] = sum_lines(staff, chain.drawn, drivers) / chain.drawn["shifts_per_worker_week"]
    if "test" in drivers:
        found["tests"] = drivers["test"]
    return found


def _measures_frame(chain: Chain, drivers: Drivers, places: tuple[str, ...], week_ends: DateArray) -> pd.DataFrame:
    measures = _measures(chain, drivers)
    stacked = np.stack(list(measures.values()), axis=2)
    values = np.moveaxis(np.quantile(stacked, list(LEVELS.values()), axis=-1), 0, -1)
    index = pd.MultiIndex.from_product(
        [list(places), pd.DatetimeIndex(week_ends), list(measures)], names=["place", "week_end", "measure"]
    )
    return pd.DataFrame(values.reshape(-1, len(LEVELS)), columns=list(LEVELS), index=index).reset_index()


def _caps_frame(
    chain: Chain, flow: Flow, limited: Flow, limit: Drivers, places: tuple[str, ...], week_ends: DateArray
) -> pd.DataFrame:
    staff = [line for line in chain.pack.activities if line.cap == "staff"]
    needed = {
        "ward_beds": beds_by_care(chain.pack, flow.drivers, "ward"),
        "icu_beds": beds_by_care(chain.pack, flow.drivers, "icu"),
    }
    if staff:
        needed["staff"] = sum_lines(staff, chain.drawn, flow.drivers)
    if "tests" in limited.ratios:
        needed["tests"] = flow.drivers["test"]
    index = pd.MultiIndex.from_product([list(places), pd.DatetimeIndex(week_ends)], names=["place", "week_end"])
    parts = []
    for name in [n for n in CAP_NAMES if n in needed]:
        ratio = limited.ratios[name]
        binds = np.where(np.isnan(ratio).any(axis=-1), np.nan, (ratio < 1 - 1e-6).mean(axis=-1))
        available = np.broadcast_to(np.median(limit[name], axis=-1), needed[name].shape[:2])
        columns = {"needed": np.median(needed[name], axis=-1), "available": available, "binds_probability": binds}
        part = pd.DataFrame({k: v.reshape(-1) for k, v in columns.items()}, index=index).reset_index()
        part.insert(2, "capacity", name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
