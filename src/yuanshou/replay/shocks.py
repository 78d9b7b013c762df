"""What goes wrong in a replay, on which day: each shock names its evidence or says that it is assumed.

A shock changes what happens, never what a rule may see beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from yuanshou.errors import SettingError
from yuanshou.sources.supply import AidSupply
from yuanshou.tables import FloatArray

DAYS_TO_SATURDAY = pd.Timedelta(days=5)


@dataclass(frozen=True)
class Shocks:
    """Switches of one scenario; all off by default.

    Attributes
    ----------
    curb_from : day from which exporters' new offers stay at home, for `curb_share` of the quantity.
    closed_hub, closed_from, closed_until : a node whose lanes are shut on these days.
    recall_share : share of a recalled lot that is unusable (0.46 of one lot of masks in March 2020);
        recall_probability : chance that an arriving week × place × item is such a lot.
    late_probability : chance that a dispatch comes a week late.
    inflated_share, inflation : share of places that report needs `inflation` times too high.
    silent_share, silent_from : share of places that stop reporting on a day.
    """

    name: str = "none"
    curb_from: date | None = None
    curb_share: float = 0.0
    closed_hub: str = ""
    closed_from: date | None = None
    closed_until: date | None = None
    recall_share: float = 0.46
    recall_probability: float = 0.0
    late_probability: float = 0.0
    inflated_share: float = 0.0
    inflation: float = 5.0
    silent_share: float = 0.0
    silent_from: date | None = None


SCENARIOS: dict[str, Shocks] = {
    "none": Shocks(),
    # 24 countries curbed exports on 11 March 2020, 80 on 23 April (reference table export_restrictions).
    "curbs-march": Shocks(name="curbs-march", curb_from=date(2020, 3, 11), curb_share=24 / 195),
    "curbs-april": Shocks(name="curbs-april", curb_from=date(2020, 4, 23), curb_share=80 / 195),
    "recalls": Shocks(name="recalls", recall_probability=0.05),
    "late-flights": Shocks(name="late-flights", late_probability=0.25),
    "inflated": Shocks(name="inflated", inflated_share=0.2),
    "silent": Shocks(name="silent", silent_share=0.1, silent_from=date(2020, 4, 6)),
}
"""Scenarios by name; `hub-closed:NODE` closes a node for four weeks from 6 April 2020 (assumed)."""


def find_shocks(name: str) -> Shocks:
    """A scenario by name."""
    if name in SCENARIOS:
        return SCENARIOS[name]
    kind, _, node = name.partition(":")
    if kind == "hub-closed" and node:
        return Shocks(name=name, closed_hub=node, closed_from=date(2020, 4, 6), closed_until=date(2020, 5, 3))
    raise SettingError(
        f"scenario {name!r}", f"one of {', '.join(SCENARIOS)}, or hub-closed:NODE", "choose one of these"
    )


def curbed_share(supply: AidSupply, shocks: Shocks) -> FloatArray:
    """(offers,) share of each offer that an export curb keeps at home: those that could leave from its day on."""
    if shocks.curb_from is None:
        return np.zeros(len(supply.offers))
    later = pd.to_datetime(supply.offers["available"]) >= pd.Timestamp(shocks.curb_from)
    return np.where(later, shocks.curb_share, 0.0)


def open_supply(supply: AidSupply, remaining: FloatArray, day: date, shocks: Shocks, *, foresight: bool) -> AidSupply:
    """Offers seen by the day with what is left of them, and the lanes that are open.

    An offer is seen from the day it was published, or from the week in which it can leave: whoever holds goods knows
    of them, though statistics of exports come out later.
    """
    offers = supply.offers.assign(quantity=np.floor(remaining).astype(np.int64))
    on_hand = pd.to_datetime(offers["available"]) <= pd.Timestamp(day) + DAYS_TO_SATURDAY
    known = (pd.to_datetime(offers["known_by"]) <= pd.Timestamp(day)) | on_hand
    offers = offers[(known | foresight) & (offers["quantity"] > 0)]
    routes = supply.routes
    if (
        shocks.closed_from is not None
        and shocks.closed_until is not None
        and shocks.closed_from <= day <= shocks.closed_until
    ):
        routes = routes[routes["source"] != shocks.closed_hub]
    return replace(supply, offers=offers.reset_index(drop=True), routes=routes.reset_index(drop=True))


def left_before(supply: AidSupply, kept_home: FloatArray, day: date) -> pd.DataFrame:
    """Offers that could leave by the end of the day's week, whole but for what curbs keep at home, sent or not."""
    offers = supply.offers.assign(quantity=supply.offers["quantity"].to_numpy(float) - kept_home)
    return offers[pd.to_datetime(offers["available"]) <= pd.Timestamp(day) + DAYS_TO_SATURDAY]


def chosen_places(count: int, share: float, *, seed: int) -> FloatArray:
    """A fixed random share of places as a mask, the same for every rule."""
    mask = np.zeros(count, dtype=bool)
    rng = np.random.default_rng(seed)
    mask[rng.choice(count, size=round(share * count), replace=False)] = True
    return mask
