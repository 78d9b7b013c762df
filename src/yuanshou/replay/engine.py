"""One rule through one past outbreak: decide on Monday, receive and serve until Saturday, and go on.

The order within a week is fixed and the same for every rule: what is known → decision → dispatch →
arrivals → care → unmet need. A rule sees nothing published after its Monday; a test changes later counts
and finds every decision unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from yuanshou.errors import SettingError
from yuanshou.needs.quantify import Needs
from yuanshou.replay.rules import Rule, WeekView, find_rule, foresight_of_need, perfect_foresight
from yuanshou.replay.shocks import Shocks, chosen_places, left_before, open_supply
from yuanshou.replay.state import State, net_of_stock, opening_state, receive_and_serve, send
from yuanshou.replay.world import ReplayWorld
from yuanshou.tables import FloatArray, freeze

WeekNeeds = Callable[[int], Needs]


@dataclass(frozen=True, eq=False)
class ReplayRun:
    """What one rule did to the world under one seed and scenario.

    Attributes
    ----------
    need, received, served : base units, shape (P, K, W). dispatches : frame week, offer, source, recipient, item,
        mode, quantity, lead_weeks, kg, m3, usd. left : (offers,) never sent. lost : units that arrived unusable.
    """

    rule: str
    seed: int
    scenario: str
    need: FloatArray
    received: FloatArray
    served: FloatArray
    dispatches: pd.DataFrame
    left: FloatArray
    lost: float


def replay(
    world: ReplayWorld, rule_name: str, *, seed: int, realised: FloatArray, needs_of: WeekNeeds,
    shocks: Shocks | None = None,
) -> ReplayRun:  # fmt: skip
    """Run one rule through every week.

    Parameters
    ----------
    realised : (P, K, W) need that truly came. needs_of : week → need as it was known (see `known_needs`).
    """
    rule, shocks = find_rule(rule_name), shocks or Shocks()
    state = opening_state(world, shocks)
    chance = np.random.default_rng([seed, 7])
    received, served, sent_weeks = [], [], []
    for week in range(len(world.mondays)):
        view = week_view(world, state, week, rule, needs_of(week), realised, shocks, seed=seed)
        sent = checked(rule(view), view, state, world, week=week)
        late = chance.random(len(sent)) < shocks.late_probability
        sent = sent.assign(lead_weeks=sent["lead_weeks"] + late.astype(int))
        send(state, world, sent, week=week)
        recalled = chance.random(state.stock.shape) < shocks.recall_probability
        usable = np.where(recalled, 1 - shocks.recall_share, 1.0)
        got, used = receive_and_serve(state, realised[:, :, week], week=week, usable=usable)
        received.append(got)
        served.append(used)
        sent_weeks.append(sent)
    dispatches = pd.concat(sent_weeks, ignore_index=True)
    return ReplayRun(
        rule_name, seed, shocks.name, freeze(realised), freeze(np.stack(received, axis=2)),
        freeze(np.stack(served, axis=2)), dispatches, freeze(state.remaining + state.kept_home), state.lost,
    )  # fmt: skip


def week_view(
    world: ReplayWorld, state: State, week: int, rule: Rule, gross: Needs, realised: FloatArray, shocks: Shocks,
    *, seed: int,
) -> WeekView:  # fmt: skip
    """What the rule may look at: needs net of what is held and on the way, supply known, lanes open."""
    foresight = rule is perfect_foresight
    knows_need = foresight or rule is foresight_of_need
    gross = distorted(gross, world, week, shocks, seed=seed)
    horizon = gross.draws.shape[2]
    coming = state.pipeline[:, :, week : week + horizon]
    truth = None
    if knows_need:
        ahead = np.zeros((*realised.shape[:2], horizon), dtype=np.float32)
        known = realised[:, :, week : week + horizon]
        ahead[:, :, : known.shape[2]] = known
        truth = net_of_stock(ahead[..., None], state.stock, coming)[..., 0]
    return WeekView(
        as_of=world.mondays[week],
        week=week,
        needs=replace(gross, draws=net_of_stock(gross.draws, state.stock, coming)),
        gross=gross,
        supply=open_supply(world.supply, state.remaining, world.mondays[week], shocks, foresight=foresight),
        reported=reported_last_week(world, week) * speaking(world, week, shocks, seed=seed),
        rng=np.random.default_rng([seed, week]),
        method=world.method,
        gap=world.gap,
        foresight=truth,
        left_before=left_before(world.supply, state.kept_home, world.mondays[week]),
    )


def reported_last_week(world: ReplayWorld, week: int) -> FloatArray:
    """(P,) new cases of the last complete week, as published by that Monday; not reported counts as 0 here."""
    series = world.vintages(world.mondays[week])
    end = np.searchsorted(series.dates, world.week_ends[week] - np.timedelta64(7, "D"), side="right") - 1
    now = np.nan_to_num(series.cases[:, end])
    before = np.nan_to_num(series.cases[:, max(end - 7, 0)])
    values = pd.Series(np.maximum(now - before, 0), index=list(series.places))
    result: FloatArray = values.reindex(list(world.places)).fillna(0).to_numpy()
    return result


def distorted(gross: Needs, world: ReplayWorld, week: int, shocks: Shocks, *, seed: int) -> Needs:
    """Needs as they look when some places inflate what they say, or say nothing any more."""
    factor = np.ones(len(world.places), dtype=np.float32)
    if shocks.inflated_share:
        factor[chosen_places(len(factor), shocks.inflated_share, seed=seed)] = shocks.inflation
    factor *= speaking(world, week, shocks, seed=seed)
    if (factor == 1).all():
        return gross
    return replace(gross, draws=gross.draws * factor[:, None, None, None])


def speaking(world: ReplayWorld, week: int, shocks: Shocks, *, seed: int) -> FloatArray:
    """(P,) 0 for places that say nothing any more on that Monday, 1 for the others."""
    mask = np.ones(len(world.places), dtype=np.float32)
    if shocks.silent_share and shocks.silent_from is not None and world.mondays[week] >= shocks.silent_from:
        mask[chosen_places(len(mask), shocks.silent_share, seed=seed + 1)] = 0.0
    return mask


def checked(sent: pd.DataFrame, view: WeekView, state: State, world: ReplayWorld, *, week: int) -> pd.DataFrame:
    """A rule's dispatches with their lead time, refused when they send what is not there or not yet there.

    Raises
    ------
    SettingError : the rule sends more of an offer than is left, before it is available, or over no known lane.
    """
    lanes = view.supply.routes[["source", "recipient", "mode", "lead_time_days", "usd_per_kg"]]
    rows = sent[["offer", "source", "recipient", "item", "mode", "quantity"]].merge(
        lanes, on=["source", "recipient", "mode"], how="left"
    )
    if rows["lead_time_days"].isna().any():
        lane = rows[rows["lead_time_days"].isna()].iloc[0]
        raise SettingError(
            f"a dispatch from {lane['source']} to {lane['recipient']} by {lane['mode']}", "a lane that is open",
            "send over a lane of view.supply.routes",
        )  # fmt: skip
    total = rows.groupby("offer")["quantity"].sum()
    offers = view.supply.offers.set_index("offer")
    over = total[total > offers["quantity"].reindex(total.index).fillna(0) + 1e-6]
    if len(over):
        raise SettingError(
            f"{over.iloc[0]:,.0f} sent of offer {over.index[0]} in week {week + 1}", "at most what is left",
            "send no more than view.supply.offers says",
        )  # fmt: skip
    early = pd.to_datetime(offers["available"].reindex(total.index)) > pd.Timestamp(world.week_ends[week])
    if early.any():
        raise SettingError(
            f"offer {total.index[early][0]} sent before it is available", "offers on hand this week", "wait for it"
        )
    lead = np.ceil(rows["lead_time_days"].to_numpy(float) / 7).astype(int)
    return rows.assign(week=week, lead_weeks=lead)
