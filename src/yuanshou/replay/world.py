"""The world a replay runs in: what was known each Monday, what there was to send, and what truly came.

Two kinds of knowledge must never mix. `known_needs` reads only the counts published up to that Monday;
`realised_need` reads the counts as they later became known, and only the engine (and the rule named
perfect foresight) may look at it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from yuanshou.errors import SettingError
from yuanshou.forecast.forecasters import Forecast, forecast
from yuanshou.needs.quantify import Needs, quantify
from yuanshou.periods import last_complete_week_end
from yuanshou.sources.supply import AidSupply
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import DateArray, FloatArray

MONDAY = 0
REPLAY_GAP = 0.01
"""A week's plan is followed for one week and then made anew, so it needs less proof than a plan that stands."""

Vintages = Callable[[date], SurveillanceSeries]


@dataclass(frozen=True, eq=False)
class ReplayWorld:
    """What happened and what was known, week by week.

    Attributes
    ----------
    mondays : the W decision days. week_ends : the Saturdays that end those weeks, datetime64[D], shape (W,).
    vintages : day → the counts as published by that day. truth : the counts as they later became known.
    supply : every offer, lane and node of the period; `known_by` says from when the world knew of an offer.
    places, items : P codes and K codes that the replay follows.
    horizon : weeks a plan looks ahead. draws : draws of need for each plan. seed : of forecasts and draws.
    method : how plans are solved. gap : proven share of a plan's optimum at which its search ends.
    forecaster : method of the forecast.
    """

    mondays: tuple[date, ...]
    week_ends: DateArray
    vintages: Vintages
    truth: SurveillanceSeries
    supply: AidSupply
    places: tuple[str, ...]
    items: tuple[str, ...]
    horizon: int = 6
    draws: int = 100
    seed: int = 20200301
    method: str = "auto"
    gap: float = REPLAY_GAP
    forecaster: str = "default"


def make_world(
    start: date, end: date, *, vintages: Vintages, truth: SurveillanceSeries, supply: AidSupply,
    horizon: int = 6, draws: int = 100, seed: int = 20200301, method: str = "auto", gap: float = REPLAY_GAP,
    forecaster: str = "default",
) -> ReplayWorld:  # fmt: skip
    """A world of every whole week between `start` and `end`: decided on its Monday, over on its Saturday.

    Raises
    ------
    SettingError : no whole week in the period, or the truth ends before the period does.
    """
    first = start + timedelta(days=(MONDAY - start.weekday()) % 7)
    whole_weeks = max(0, (end - first - timedelta(days=5)).days // 7 + 1)
    mondays = tuple(first + timedelta(weeks=w) for w in range(whole_weeks))
    if not mondays:
        raise SettingError(f"no whole week between {start} and {end}", "at least one", "widen the period")
    week_ends = np.array([last_complete_week_end(day) + timedelta(days=7) for day in mondays], dtype="datetime64[D]")
    if truth.dates[-1] < week_ends[-1]:
        raise SettingError(
            f"true counts until {truth.dates[-1]}, and a last week that ends on {week_ends[-1]}",
            "counts to the end of the period",
            f"end the replay by {(truth.dates[-1] - np.timedelta64(5, 'D')).astype(object)}, or give later counts",
        )
    items = tuple(sorted(supply.offers["item"].unique()))
    return ReplayWorld(
        mondays, week_ends, vintages, truth, supply, truth.places, items, horizon=horizon, draws=draws, seed=seed,
        method=method, gap=gap, forecaster=forecaster,
    )  # fmt: skip


def known_needs(world: ReplayWorld, week: int) -> Needs:
    """Need over the horizon as it could be seen on that Monday; places without a report yet need nothing yet."""
    day = world.mondays[week]
    series = world.vintages(day)
    outlook = forecast(series, weeks=world.horizon, paths=world.draws, seed=world.seed + week, method=world.forecaster)
    return aligned(quantify(outlook, series, draws=world.draws, seed=world.seed + week), world)


def realised_need(world: ReplayWorld, seed: int) -> FloatArray:
    """Need that truly came, base units, shape (P, K, W): true counts through the chain, with one drawn set of rates."""
    paths = weekly_truth(world)
    as_of = world.mondays[0]
    outlook = Forecast(
        as_of=as_of,
        places=world.places,
        week_ends=world.week_ends,
        quantiles=np.repeat(paths.astype(float), 23, axis=3),
        paths=paths,
        reasons=pd.DataFrame(columns=["place", "target", "reason"]),
        method="truth",
        seed=seed,
    )
    needs = quantify(outlook, world.truth, draws=1, seed=seed)
    return aligned(needs, world).draws[..., 0].astype(float)


def weekly_truth(world: ReplayWorld) -> FloatArray:
    """New cases and deaths that truly came, persons, shape (2, P, W, 1); falls in the cumulative count as zero."""
    position = np.searchsorted(world.truth.dates, world.week_ends)
    before = position - 7
    new = [np.nan_to_num(c)[:, position] - np.nan_to_num(c)[:, before] for c in (world.truth.cases, world.truth.deaths)]
    return np.maximum(np.stack(new), 0)[..., None].astype(np.float32)


def aligned(needs: Needs, world: ReplayWorld) -> Needs:
    """The same needs on the world's places and items; absent ones need 0, unknown draws count as 0."""
    draws = np.zeros((len(world.places), len(world.items), *needs.draws.shape[2:]), dtype=np.float32)
    place = pd.Index(world.places).get_indexer(pd.Index(needs.places))
    item = pd.Index(world.items).get_indexer(pd.Index(needs.items))
    rows, columns = np.flatnonzero(place >= 0), np.flatnonzero(item >= 0)
    draws[np.ix_(place[rows], item[columns])] = np.nan_to_num(needs.draws[np.ix_(rows, columns)])
    return replace(needs, places=world.places, items=world.items, draws=draws, draws_capped=None)
