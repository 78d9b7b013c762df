#!/usr/bin/env python3
"""What planning under uncertain need is worth: rules re-planned every week against perfect foresight.

    python benchmarks/uncertainty.py --worlds 12 --error 0.35
    python benchmarks/uncertainty.py --worlds 4 --rules 'median;fast;two_stage' --serving paced

A made-up world: places with waves of need at different times, two items, two hubs with arrivals over time, lanes with
lead times and limits. Need follows a random walk around its wave: every week its logarithm moves by a normal step of
`--error`, the same for all items of a place. A rule sees the need of past weeks and paths drawn from the very
process (a forecast whose spread is right), decides the dispatches of this week, and goods arrive, are served and kept.

Regret = 1 − value served / value of the best plan of someone who knows all need and all supply from the first week, all
weeks in one program, served as is best. In the world goods are served as soon as they are there (`at_once`), or spread over
the weeks ahead by the median forecast (`paced`), for every rule alike. "Kept at hub" has scarce
goods leave only when they are needed; without it they leave when the program happens to say. One JSON line a rule, the mean over worlds with its standard error, and the mean
difference to "fast" with the standard error of the difference.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import numpy as np

from yuanshou.allocation.network import Prices, SupplyNetwork, build_network
from yuanshou.allocation.policy import AllocationPolicy, coverage_value, step_values
from yuanshou.allocation.program import solve_exact
from yuanshou.allocation.rules import solve_rule
from yuanshou.allocation.scenarios import Paths, choose_draws, on_path
from yuanshou.allocation.serving import plan_value, serve
from yuanshou.allocation.twostage import solve_two_stage
from yuanshou.allocation.waiting import postpone
from yuanshou.replay.state import net_of_stock

PLACES, ITEMS, HUBS, WEEKS, HORIZON, DRAWS, PATHS = 8, 2, 2, 12, 6, 200, 16
POLICY = AllocationPolicy()
EDGES = np.array([0, 0.01, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0])
"""Steps finer than the default's, so that what is measured is uncertainty and not the width of a step."""
SHARE = np.diff(EDGES)
VALUE = np.diff(coverage_value(EDGES, alpha=POLICY.alpha)) / SHARE
Array = np.ndarray


@dataclass(frozen=True, eq=False)
class World:
    """wave (R, K, W + H) need without chance; need (R, K, W) as it comes; base : the network of all weeks."""

    wave: Array
    need: Array
    base: SupplyNetwork
    error: float
    seed: int


def make_world(seed: int, error: float, *, supply: float) -> World:
    chance = np.random.default_rng(seed)
    week = np.arange(WEEKS + HORIZON)
    peak, width = chance.uniform(1, WEEKS, PLACES), chance.uniform(1.5, 4, PLACES)
    size = chance.lognormal(0, 0.8, PLACES)
    curve = size[:, None] * (np.exp(-0.5 * ((week - peak[:, None]) / width[:, None]) ** 2) + 0.05)
    use = chance.uniform(0.5, 2, ITEMS)
    wave = 1000 * curve[:, None, :] * use[None, :, None]
    steps = chance.normal(0, error, (PLACES, 1, WEEKS)).cumsum(axis=2)
    need = np.rint(wave[:, :, :WEEKS] * np.exp(steps))
    total = wave[:, :, :WEEKS].sum(axis=(0, 2))
    kg = np.array([0.2, 1.0])[:ITEMS]
    lanes = [(s, r) for s in range(HUBS) for r in range(PLACES)]
    lane_source, lane_recipient = (np.array(x, dtype=np.int32) for x in zip(*lanes, strict=True))
    pool_source, pool_item = (x.ravel().astype(np.int32) for x in np.mgrid[0:HUBS, 0:ITEMS])
    profile = chance.dirichlet(np.r_[4.0, np.ones(WEEKS - 1)], len(pool_item))
    mass = (wave[:, :, :WEEKS] * kg[None, :, None]).sum(axis=1).mean(axis=1)
    room = mass[lane_recipient] * chance.uniform(0.4, 1.2, len(lanes))
    base = build_network(
        sources=tuple(f"S{i}" for i in range(HUBS)), recipients=tuple(f"R{i}" for i in range(PLACES)),
        items=tuple(f"K{i}" for i in range(ITEMS)), week_ends=np.datetime64("2020-03-28") + 7 * np.arange(WEEKS),
        kg=kg, m3=kg / 150, lane_source=lane_source, lane_recipient=lane_recipient,
        lane_weeks=chance.integers(1, 3, len(lanes)).astype(np.int32), lane_cost=chance.uniform(1, 5, len(lanes)),
        lane_m3=np.full((len(lanes), WEEKS), np.inf), lane_kg=np.repeat(room[:, None], WEEKS, axis=1),
        lane_mode=("air",) * len(lanes), handling_kg=np.full((HUBS, WEEKS), np.inf), pool_source=pool_source,
        pool_item=pool_item, pool_arriving=np.floor(profile * (supply * total / HUBS)[pool_item][:, None]),
        pool_group=np.full(len(pool_item), -1, dtype=np.int32), group_recipients=np.zeros((0, PLACES), dtype=bool),
        pool_last_week=np.full(len(pool_item), WEEKS - 1, dtype=np.int32), need=np.maximum(need, 1.0),
        stock=np.zeros((PLACES, ITEMS)), weight=np.exp(chance.normal(0, 0.3, (PLACES, ITEMS))) / use[None, :],
        tier_share=SHARE[None, :], tier_value=VALUE[None, :], cost_weight=1e-5,
    )  # fmt: skip
    return World(wave, base.need, base, error, seed)


def forecast(world: World, week: int, horizon: int) -> Array:
    """(R, K, H, N) draws of need from this week on, given the need of the weeks before."""
    chance = np.random.default_rng([world.seed, week, 1])
    before = world.need[:, :1, week - 1] / world.wave[:, :1, week - 1] if week else np.ones((PLACES, 1))
    steps = chance.normal(0, world.error, (PLACES, 1, horizon, DRAWS)).cumsum(axis=2)
    ahead = world.wave[:, :, week : week + horizon]
    return np.rint(ahead[..., None] * before[:, :, None, None] * np.exp(steps))


@dataclass(eq=False)
class State:
    stock: Array
    pipeline: Array
    pool: Array


@dataclass(frozen=True, eq=False)
class View:
    """What a rule sees: the network of the horizon (limits, supply on hand and to come), net draws, last week's need."""

    network: SupplyNetwork
    net: Array
    last: Array
    truth: Array


def view_of(world: World, state: State, week: int) -> View:
    horizon = min(HORIZON, WEEKS - week)
    until = slice(week, week + horizon)
    coming = state.pipeline[:, :, until]
    arriving = world.base.pool_arriving[:, until].copy()
    arriving[:, 0] += state.pool
    last = world.need[:, :, max(week - 1, 0)] if week else world.wave[:, :, 0]
    draws = forecast(world, week, horizon)
    gross = np.repeat(last[:, :, None], horizon, axis=2)[..., None]
    network = replace(
        world.base, week_ends=world.base.week_ends[until], lane_m3=world.base.lane_m3[:, until],
        lane_kg=world.base.lane_kg[:, until], handling_kg=world.base.handling_kg[:, until], pool_arriving=arriving,
        pool_last_week=np.full(len(state.pool), horizon - 1, dtype=np.int32), need=world.base.need[:, :, until],
    )  # fmt: skip
    return View(
        network, net_of_stock(draws.astype(np.float32), state.stock, coming),
        net_of_stock(gross.astype(np.float32), state.stock, coming)[..., 0],
        net_of_stock(world.need[:, :, until, None].astype(np.float32), state.stock, coming)[..., 0],
    )  # fmt: skip


def certain(view: View, need: Array) -> SupplyNetwork:
    return replace(view.network, need=np.asarray(need, dtype=float))


def fast_network(view: View) -> SupplyNetwork:
    """The steps of need valued by the probability that need reaches them, as `compile_network` does."""
    planned, edges = np.median(view.net, axis=3), EDGES
    ordered = np.sort(view.net, axis=3)[..., np.linspace(0, DRAWS - 1, 40).round().astype(int)].astype(float)
    value = np.where(planned[..., None] > 0, step_values(planned[..., None] * edges, ordered, alpha=POLICY.alpha), 0.0)
    steps = value.reshape(-1, value.shape[-1])
    return replace(certain(view, planned), tier_share=np.broadcast_to(SHARE, steps.shape).copy(),
                   tier_value=steps)  # fmt: skip


def paths(view: View, count: int = PATHS) -> Paths:
    totals = np.einsum("rktn,rk->n", view.net, view.network.weight)
    need = np.moveaxis(view.net[..., choose_draws(totals, count)], 3, 0)
    need = need.reshape(len(need), PLACES * ITEMS, -1)
    return Paths(need.astype(float), np.full(len(need), 1 / len(need)), SHARE, VALUE)


Solved = tuple[SupplyNetwork, Array, Prices]


def waits(rule: Callable[[View], Solved]) -> Callable[[View], Array]:
    """The rule's plan with what is scarce and need not leave yet kept at the hub."""

    def planned(view: View) -> Array:
        return postpone(*rule(view))

    return planned


def solved(network: SupplyNetwork) -> Solved:
    return network, *solve_exact(network)


def median(view: View) -> Solved:
    return solved(certain(view, np.median(view.net, axis=3)))


def fast(view: View) -> Solved:
    return solved(fast_network(view))


def one_plan(view: View, level: float = 0.0) -> Solved:
    """Every week's dispatches decided for all paths at once: what `Uncertainty("two_stage")` does at this size."""
    found = solve_two_stage(view.network, paths(view), level=level, decided=view.network.weeks)
    network, _, prices = fast(view)
    return network, found.first, prices


def first_week(view: View) -> Array:
    """Only this week's dispatches are the same on every path; of them, what some path needs to leave now."""
    chosen = paths(view)
    found = solve_two_stage(view.network, chosen)
    prices = fast(view)[2]
    kept = [postpone(on_path(view.network, chosen, s), found.later[s], prices) for s in range(chosen.count)]
    return np.max(kept, axis=0)


RULES: dict[str, Callable[[View], Array]] = {
    "proportional_last_week": lambda v: solve_rule(certain(v, v.last), rule="proportional"),
    "proportional_forecast": lambda v: solve_rule(certain(v, np.median(v.net, axis=3)), rule="proportional"),
    "median": lambda v: median(v)[1],
    "fast": lambda v: fast(v)[1],
    "median, kept at hub": waits(median),
    "fast, kept at hub": waits(fast),
    "two_stage": lambda v: one_plan(v)[1],
    "two_stage, kept at hub": waits(one_plan),
    "two_stage, worst half, kept at hub": waits(lambda v: one_plan(v, 0.5)),
    "two_stage, first week only, kept at hub": first_week,
    "perfect_foresight": lambda v: solved(certain(v, v.truth))[1],
    "perfect_foresight, kept at hub": waits(lambda v: solved(certain(v, v.truth))),
}


def run(world: World, rule: Callable[[View], Array], serving: str) -> float:
    """Value served over all weeks by a rule that decides anew every week."""
    base = world.base
    state = State(np.zeros((PLACES, ITEMS)), np.zeros((PLACES, ITEMS, WEEKS + 4)), np.zeros(len(base.pool_item)))
    served = np.zeros(base.need.shape)
    sent_all = np.zeros((len(base.arc_lane), WEEKS))
    recipient, item = base.lane_recipient[base.arc_lane], base.pool_item[base.arc_pool]
    for week in range(WEEKS):
        state_view = view_of(world, state, week)
        sent = np.floor(rule(state_view)[:, 0] + 1e-6)
        np.add.at(state.pipeline, (recipient, item, week + base.lane_weeks[base.arc_lane]), sent)
        state.pool = state.pool + base.pool_arriving[:, week] - np.bincount(base.arc_pool, sent, len(state.pool))
        sent_all[:, week] = sent
        state.stock += state.pipeline[:, :, week]
        wanted = world.need[:, :, week]
        if serving == "paced":
            wanted = np.minimum(wanted, paced(world, state, week))
        served[:, :, week] = np.minimum(state.stock, wanted)
        state.stock -= served[:, :, week]
    return value_of(base, served) - float(base.unit_cost @ sent_all.sum(axis=1))


def paced(world: World, state: State, week: int) -> Array:
    """(R, K) what to serve now if the stock, with what is on the way, is spread over the weeks by the median forecast."""
    horizon = min(HORIZON, WEEKS - week)
    until = slice(week, week + horizon)
    ahead = np.median(forecast(world, week, horizon), axis=3)
    ahead[:, :, 0] = world.need[:, :, week]
    network = replace(world.base, week_ends=world.base.week_ends[until], need=ahead, stock=state.stock)
    coming = state.pipeline[:, :, until].reshape(PLACES * ITEMS, horizon).copy()
    coming[:, 0] = 0.0
    return serve(network, coming)[0][:, 0].reshape(PLACES, ITEMS)


def value_of(network: SupplyNetwork, served: Array) -> float:
    """Σ weight · need · worth of the coverage of every place, item and week."""
    edges = np.concatenate([[0.0], np.cumsum(network.tier_share[0])])
    worth = np.concatenate([[0.0], np.cumsum(network.tier_share[0] * network.tier_value[0])])
    cover = np.divide(served, network.need, out=np.zeros(served.shape), where=network.need > 0)
    return float((np.interp(cover, edges, worth) * network.need * network.weight[:, :, None]).sum())


def error_of(shares: Array) -> float | None:
    """Standard error of the mean in per cent; None for one world."""
    return round(100 * float(shares.std(ddof=1) / np.sqrt(len(shares))), 2) if len(shares) > 1 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=12)
    parser.add_argument("--error", type=float, default=0.35, help="standard deviation of a week's step of log need")
    parser.add_argument("--supply", type=float, default=0.6, help="supply over expected need")
    parser.add_argument("--rules", default=";".join(RULES), help="names, separated by semicolons")
    parser.add_argument("--serving", default="at_once", choices=("at_once", "paced"))
    given = parser.parse_args()
    worlds = [make_world(seed, given.error, supply=given.supply) for seed in range(given.worlds)]
    best = np.array([plan_value(w.base, solved(w.base)[1]) for w in worlds])
    fast_regret = None
    for name in sorted(given.rules.split(";"), key=lambda name: name != "fast"):
        began = time.process_time()
        regret = 1 - np.array([run(world, RULES[name], given.serving) for world in worlds]) / best
        fast_regret = regret if name == "fast" else fast_regret
        apart = None if fast_regret is None else regret - fast_regret
        line = {
            "rule": name, "worlds": given.worlds, "error": given.error, "supply": given.supply,
            "serving": given.serving,
            "regret_percent": round(100 * float(regret.mean()), 2),
            "standard_error": error_of(regret),
            "above_fast": None if apart is None else round(100 * float(apart.mean()), 2),
            "above_fast_standard_error": None if apart is None else error_of(apart),
            "cpu_s_a_plan": round((time.process_time() - began) / given.worlds / WEEKS, 3),
        }  # fmt: skip
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
