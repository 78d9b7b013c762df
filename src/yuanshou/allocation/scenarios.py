"""Forecast paths of need: which to keep, what a plan is worth on each, and the best plan for all of them.

A *path* is one way in which need may go: all places, items and weeks together. The dispatches are the same on every
path, because they are decided before anyone knows which one comes; who is served what from them is not. The value of
a plan x is therefore

    Σ_s probability_s · (best service of the arrivals of x on path s)  −  freight

and its risk the mean loss on the worst paths. Two ways lead to a good x: the program over all paths at once
(`twostage`, for networks of some hundred cells), and the program of `allocate` with its steps valued by how often the
paths reach them. Every plan found is judged on the same paths and the best is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from yuanshou.allocation.network import Prices, SupplyNetwork
from yuanshou.allocation.policy import (
    RULES,
    AllocationPolicy,
    coverage_value,
    equity_floor,
    step_edges,
)
from yuanshou.allocation.serving import arrivals_of, serve
from yuanshou.allocation.waiting import postpone
from yuanshou.errors import AllocationError, SettingError
from yuanshou.tables import FloatArray, IntArray

if TYPE_CHECKING:
    from yuanshou.needs.quantify import Needs

MODES = ("fast", "two_stage")
JOINED_COLUMNS_MAX = 60_000
"""Above this many columns, paths together, the program over all paths is left out."""


@dataclass(frozen=True)
class Uncertainty:
    """How a plan treats need that nobody knows.

    Attributes
    ----------
    mode : "fast" values each step of need by the probability that need reaches it; "two_stage" also plans for all
        paths at once and keeps what is worth most on them.
    paths : how many paths stand for the draws. risk_aversion : share of the best paths left out when plans are
        judged: 0 judges by all of them, 0.8 by the worst fifth; above 0 it needs "two_stage".
    wait : whether scarce goods that would lie unused at the recipient stay at the hub for as long as that costs nobody
        anything.
    """

    mode: str = "fast"
    paths: int = 16
    risk_aversion: float = 0.0
    wait: bool = False

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise SettingError(f"uncertainty {self.mode!r}", f"one of {', '.join(MODES)}", "choose one of these")
        if not 1 <= self.paths <= 500:
            raise SettingError(f"{self.paths} paths", "a number from 1 to 500", "set paths within this range")
        if not 0 <= self.risk_aversion < 1:
            raise SettingError(
                f"risk aversion {self.risk_aversion}", "a share from 0 to below 1", "0.8 looks at the worst fifth"
            )
        if self.risk_aversion and self.mode != "two_stage":
            raise SettingError(
                f"risk aversion with uncertainty {self.mode!r}", "uncertainty two_stage", "choose two_stage"
            )


@dataclass(frozen=True, eq=False)
class Paths:
    """Ways in which need may go.

    Attributes
    ----------
    need : (S, C, T) base units on each path, cells as in the network. probability : (S,), sums to 1.
    share, value : (J,) width of each step as a share of the need, and its value as a share of the weight.
    """

    need: FloatArray
    probability: FloatArray
    share: FloatArray
    value: FloatArray

    @property
    def count(self) -> int:
        return len(self.probability)


def choose_draws(totals: FloatArray, count: int) -> IntArray:
    """(count,) indices of draws that stand for all of them, each for an equal share; no chance enters.

    Parameters
    ----------
    totals : (N,) weighted need of each draw over all places, items and weeks.

    The draws are put in order of their totals and cut into `count` runs of equal length; the draw in the middle of
    each run stands for it (stratification by quantiles of the total).
    """
    order = np.argsort(totals, kind="stable")
    kept = min(count, len(totals))
    return np.asarray(order[((np.arange(kept) + 0.5) * len(totals) / kept).astype(int)])


def paths_of(needs: Needs, network: SupplyNetwork, policy: AllocationPolicy, *, count: int) -> Paths:
    """At most `count` equally likely paths out of the draws of need, for the cells of a network.

    Raises
    ------
    AllocationError : the needs have no draws.
    """
    draws = np.asarray(needs.draws)
    if not draws.shape[3]:
        raise AllocationError("needs without draws", "at least one draw", "quantify the needs again")
    cells = (network.cell_recipient, network.cell_item)
    totals = np.einsum("rkn,rk->n", np.nan_to_num(draws.sum(axis=2)), network.weight)
    chosen = choose_draws(totals, count)
    need = np.moveaxis(np.nan_to_num(draws[..., chosen])[cells], 2, 0).astype(float)
    return make_paths(need, policy)


def make_paths(need: FloatArray, policy: AllocationPolicy) -> Paths:
    """Equally likely paths (S, C, T) whose steps are those of the policy for a need that is certain.

    Max-min values no path by itself; its paths are valued by the policy's alpha.
    """
    policy = replace(policy, name="need") if policy.name == "max_min" else policy
    edges = step_edges(policy)
    share = np.diff(edges)
    value = np.diff(coverage_value(edges, alpha=policy.alpha)) / share
    steps = equity_floor(edges, value[None, :], policy)[0]
    return Paths(np.asarray(need, dtype=float), np.full(len(need), 1 / len(need)), share, steps)


def on_path(network: SupplyNetwork, paths: Paths, path: int) -> SupplyNetwork:
    """The network as it would be if this path were certain: same cells, arcs and limits."""
    need = np.zeros(network.need.shape)
    need[network.cell_recipient, network.cell_item] = paths.need[path]
    return replace(network, need=need, tier_share=paths.share[None, :], tier_value=paths.value[None, :])


def path_values(network: SupplyNetwork, paths: Paths, plan: FloatArray) -> FloatArray:
    """(S,) objective of a plan (N, T) on each path, everybody serving the best steps of that path."""
    arrivals = arrivals_of(network, plan)
    freight = float(network.unit_cost @ np.asarray(plan, dtype=float).sum(axis=1))
    return np.array([serve(on_path(network, paths, s), arrivals)[1].sum() - freight for s in range(paths.count)])


def full_values(network: SupplyNetwork, paths: Paths) -> FloatArray:
    """(S,) objective if the whole need of each path were served for nothing: what there is to lose."""
    return np.asarray(paths.need.sum(axis=2) @ network.cell_weight * float(paths.share @ paths.value))


def worst_mean(loss: FloatArray, probability: FloatArray, level: float) -> float:
    """Conditional value at risk: the mean of the worst 1 − level share of the losses (Rockafellar & Uryasev 2000).

    Level 0 is the expectation. DOI 10.21314/JOR.2000.038.

    >>> loss, even = np.array([1.0, 2.0, 3.0, 6.0]), np.full(4, 0.25)
    >>> worst_mean(loss, even, 0.0), worst_mean(loss, even, 0.75)
    (3.0, 6.0)
    """
    return float(worst_weights(loss, probability, level) @ loss)


def worst_weights(loss: FloatArray, probability: FloatArray, level: float) -> FloatArray:
    """(S,) weights of the worst 1 − level share of the paths: at most probability / (1 − level), summing to 1."""
    order = np.argsort(-loss, kind="stable")
    cap = probability[order] / (1.0 - level)
    taken = np.diff(np.minimum(np.cumsum(cap), 1.0), prepend=0.0)
    weights = np.empty(len(loss))
    weights[order] = taken
    return weights


def settle(
    needs: Needs,
    network: SupplyNetwork,
    plan: FloatArray,
    prices: Prices,
    *,
    policy: AllocationPolicy,
    uncertainty: Uncertainty,
    solve: Callable[[SupplyNetwork], FloatArray],
) -> FloatArray:
    """The plan (N, T) to follow, given one that was found with the network's own steps, and its prices.

    Parameters
    ----------
    solve : network → plan, by the method the first plan was found with.

    A rule that people apply by hand stays as it is, and so does a plan whose terms only the exact program knows;
    max-min has no mean over paths that could be judged, so that only waiting is decided for it.
    """
    if policy.name in RULES or network.exact_terms:
        return plan
    if uncertainty.mode == "two_stage" and policy.name == "need":
        paths = paths_of(needs, network, policy, count=uncertainty.paths)
        plan = best_on_paths(network, paths, plan, solve, level=uncertainty.risk_aversion)
    return postpone(network, plan, prices) if uncertainty.wait else plan


def best_on_paths(
    network: SupplyNetwork,
    paths: Paths,
    plan: FloatArray,
    solve: Callable[[SupplyNetwork], FloatArray],
    *,
    level: float = 0.0,
) -> FloatArray:
    """The plan with the least mean loss on the worst 1 − level share of the paths; never worse than `plan`."""
    from yuanshou.allocation.twostage import joined_columns, solve_two_stage

    full = full_values(network, paths)

    def judged(tried: FloatArray) -> tuple[float, FloatArray]:
        loss = full - path_values(network, paths, tried)
        return worst_mean(loss, paths.probability, level), worst_weights(loss, paths.probability, level)

    risk, weights = judged(plan)
    if joined_columns(network, paths) <= JOINED_COLUMNS_MAX:
        tried = solve_two_stage(network, paths, level=level, decided=network.weeks).first
    else:
        tried = solve(replace(network, tier_value=mean_steps(network, paths, weights)))
    return tried if judged(tried)[0] < risk else plan


def mean_steps(network: SupplyNetwork, paths: Paths, weights: FloatArray) -> FloatArray:
    """(C·T, J) value of each step of the network over the paths: a step counts as often as need reaches it.

    The slope of Σ_s weight_s · n_s · u(min(q / n_s, 1)) between the edges q of the step, which never rises.
    """
    share = np.broadcast_to(network.tier_share, (network.cells * network.weeks, network.tier_share.shape[1]))
    planned = network.cell_need.reshape(-1, 1)
    edges = planned * np.concatenate([np.zeros((len(share), 1)), np.cumsum(share, axis=1)], axis=1)
    bends = np.concatenate([[0.0], np.cumsum(paths.share)])
    worth = np.concatenate([[0.0], np.cumsum(paths.share * paths.value)])
    total = np.zeros(edges.shape)
    for weight, need in zip(weights, paths.need, strict=True):
        n = need.reshape(-1, 1)
        reached = np.divide(edges, n, out=np.zeros(edges.shape), where=n > 0)
        total += weight * n * np.interp(np.minimum(reached, 1.0), bends, worth)
    width = np.diff(edges, axis=1)
    slope = np.divide(np.diff(total, axis=1), width, out=np.zeros(width.shape), where=width > 0)
    return np.asarray(np.minimum.accumulate(slope, axis=1))
