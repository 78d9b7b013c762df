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
from yuanshou.needs.chain import Chain, make_chain
from yuanshou.needs.commodities import Drivers, Flow, add_activities, care_drivers, item_needs
from yuanshou.needs.limits import capped
from yuanshou.needs.measures import LEVELS, limits_frame, oxygen_frame, patients_frame
from yuanshou.needs.pack import DiseasePack, load_pack
from yuanshou.needs.parameters import check_shares, draw_values, point_values
from yuanshou.needs.patients import observed_history, week_before
from yuanshou.needs.workforce import Capacity, capacity_of
from yuanshou.places import load_health_capacity, load_places
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import DataQualityNote, DateArray, FloatArray, freeze

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
    caps : frame place, week_end, capacity (ward_beds, icu_beds, ventilators, staff, tests), needed, available
        (medians), binds_probability: the share of draws in which it limits care; gain_of_one_more, gain_unit.
    oxygen : frame place, week_end, measure, median … q95: flow, volume, and what each source takes.
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
    oxygen: pd.DataFrame = field(default_factory=pd.DataFrame)

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
    if parameter_uncertainty:
        values = draw_values(table, forecast.as_of, draws=draws, seed=seed)
    else:
        values = point_values(table, forecast.as_of)
    catalogue = load_catalogue() if catalogue is None else catalogue
    chain = make_chain(pack, values, catalogue, forecast.as_of, weeks=len(forecast.week_ends))
    cases = choose_paths(forecast.paths[0], draws)
    history, notes = observed_history(series, forecast.places, week_before(forecast.week_ends))
    people = load_places()["population"]
    limits, cap_notes = capacity_of(forecast.places, load_health_capacity() if capacity is None else capacity, people)
    notes += [
        DataQualityNote("no_forecast", "no forecast, so no need can be given", place=forecast.places[i])
        for i in np.flatnonzero(~np.isfinite(cases).all(axis=(1, 2)))
    ]
    blocks = run_blocks(chain, cases, history, limits, forecast)
    return Needs(
        as_of=forecast.as_of,
        places=forecast.places,
        items=chain.items,
        week_ends=forecast.week_ends,
        draws=freeze(blocks.need),
        draws_capped=freeze(blocks.need_capped),
        patients=blocks.patients,
        parameters=table,
        disease=pack.disease,
        notes=tuple(notes + cap_notes),
        caps=blocks.caps,
        left_out=chain.left_out,
        oxygen=blocks.oxygen,
    )


def choose_paths(paths: FloatArray, draws: int) -> FloatArray:
    """`draws` paths spread evenly over those given (repeated in turn when there are fewer), float32."""
    given = paths.shape[-1]
    chosen = np.arange(draws) * given // draws if draws <= given else np.arange(draws) % given
    result: FloatArray = paths[..., chosen].astype(np.float32)
    return result


@dataclass(frozen=True, eq=False)
class Blocks:
    """Results of all blocks of places: need (P, I, T, N), capped need, and frames."""

    need: FloatArray
    need_capped: FloatArray
    patients: pd.DataFrame
    caps: pd.DataFrame
    oxygen: pd.DataFrame


@dataclass(frozen=True, eq=False)
class BlockNeed:
    """One block of places through the chain: flows and need (P, I, T, N), uncapped and capped."""

    flow: Flow
    limited: Flow
    need: FloatArray
    need_capped: FloatArray


def block_need(
    chain: Chain, cases: FloatArray, history: FloatArray, limit: Drivers, *, out: FloatArray, out_capped: FloatArray
) -> BlockNeed:
    """The chain itself, without any table: cases (P, T, N) and history (P, H) to need, written into `out…`."""
    flow = care_drivers(chain.pack, chain.drawn, chain.kernels, cases, history)
    add_activities(chain.pack, chain.drawn, flow.drivers)
    item_needs(chain.item_lines, chain.reusable, chain.drawn, flow, out)
    limited = capped(chain.pack, chain.drawn, flow, limit)
    item_needs(chain.item_lines, chain.reusable, chain.drawn, limited, out_capped)
    return BlockNeed(flow, limited, out, out_capped)


def run_blocks(chain: Chain, cases: FloatArray, history: FloatArray, limits: Capacity, forecast: Forecast) -> Blocks:
    """Push all places through the chain, a block at a time."""
    places, weeks, draws = cases.shape
    need = np.empty((places, len(chain.items), weeks, draws), dtype=np.float32)
    need_capped = np.empty_like(need)
    size = max(1, BLOCK_ELEMENTS // (weeks * draws))
    patients, caps, oxygen = [], [], []
    for first in range(0, places, size):
        rows = slice(first, min(first + size, places))
        names = forecast.places[rows]
        limit = limits.limits(chain.drawn, rows)
        block = block_need(chain, cases[rows], history[rows], limit, out=need[rows], out_capped=need_capped[rows])
        patients.append(patients_frame(chain, block.flow.drivers, names, forecast.week_ends))
        caps.append(limits_frame(chain, block.flow, block.limited, limit, names, forecast.week_ends))
        oxygen.append(oxygen_frame(chain, block.flow.drivers, names, forecast.week_ends))
    frames = [f[0] if len(f) == 1 else pd.concat(f, ignore_index=True) for f in (patients, caps, oxygen)]
    return Blocks(need, need_capped, *frames)
