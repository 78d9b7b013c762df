"""The shipped world of a replay: the first half of 2020 from the reference tables."""

from __future__ import annotations

from datetime import date

from yuanshou.reference import vintage_dates
from yuanshou.replay.world import ReplayWorld, make_world
from yuanshou.sources.supply import world_supply
from yuanshou.sources.surveillance import shipped_surveillance


def shipped_world(
    start: date, end: date, *, horizon: int = 6, draws: int = 100, method: str = "auto", forecaster: str = "default"
) -> ReplayWorld:  # fmt: skip
    """Counts as published each Monday, the last shipped vintage as the truth, supply as recorded or assumed.

    Raises
    ------
    InputError, SettingError : a period the shipped counts do not cover.
    """
    last = vintage_dates()[-1]
    return make_world(
        start, end, vintages=shipped_surveillance, truth=shipped_surveillance(last),
        supply=world_supply(last, since=start), horizon=horizon, draws=draws, method=method,
        forecaster=forecaster,
    )  # fmt: skip
