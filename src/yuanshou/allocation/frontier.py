"""The fairness frontier: the same need and supply by every degree of inequality aversion and by every hand rule.

The greater alpha, the sooner the next place gets a turn; max-min is its far end. Each point is a plan of its own, found
in few iterations where the network is large, because the shape of the frontier shows long before its last thousandth
is proven; how far a point may be from its best is stated beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from yuanshou.allocation.compile import CompiledSupply, compile_network
from yuanshou.allocation.consignments import whole_units
from yuanshou.allocation.policy import RULES, AllocationPolicy
from yuanshou.allocation.prices import solve_prices
from yuanshou.allocation.program import EXACT_COLUMNS_MAX, solve
from yuanshou.allocation.rules import solve_rule
from yuanshou.allocation.scenarios import make_paths, mean_steps, paths_of
from yuanshou.needs.quantify import Needs
from yuanshou.sources.supply import AidSupply
from yuanshou.tables import FloatArray

ALPHAS = (0.0, 1.0, 2.0, 4.0)
PATHS = 16
TIME_LIMIT_S = 60.0
SHORT = ((0.1, 6), (0.03, 8), (0.01, 12))
"""Temperatures and iterations of a frontier point: a tenth of the time of a plan."""


@dataclass(frozen=True, eq=False)
class FrontierPoint:
    """One plan of the frontier.

    Attributes
    ----------
    label : what the plan goes by: "alpha 2", "max_min", or the name of a rule.
    plan : (N, T) whole units. gap : share by which the best such plan may be worth more; NaN for a rule.
    """

    label: str
    compiled: CompiledSupply
    plan: FloatArray
    gap: float


def frontier_points(
    needs: Needs,
    supply: AidSupply,
    policy: AllocationPolicy,
    *,
    catalogue: pd.DataFrame | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> Iterator[FrontierPoint]:
    """Points from alpha 0 to max-min, then the rules; the plan's own policy is left to the plan.

    Parameters
    ----------
    policy : of the plan; its weights, floor and quantile hold for every point.
    """
    base = compile_network(needs, supply, policy=replace(policy, name="need"), catalogue=catalogue)
    draws = paths_of(needs, base.network, policy, count=PATHS).need
    for alpha in ALPHAS:
        if policy.name == "need" and policy.alpha == alpha:
            continue
        progress(f"fairness frontier: {alpha_label(alpha)}")
        paths = make_paths(draws, replace(policy, name="need", alpha=alpha))
        steps = mean_steps(base.network, paths, paths.probability)
        widened = replace(base, network=replace(base.network, tier_value=steps))
        yield _point(alpha_label(alpha), widened, policy=replace(policy, name="need"))
    if policy.name != "max_min":
        progress("fairness frontier: max-min")
        worst_first = replace(policy, name="max_min")
        compiled = compile_network(needs, supply, policy=worst_first, catalogue=catalogue)
        yield _point("max_min", compiled, policy=worst_first)
    for rule in RULES:
        if rule != policy.name:
            progress(f"the same supply by rule {rule}")
            plan = solve_rule(
                base.network, rule=rule, population=base.population, population_share=policy.population_share
            )
            yield FrontierPoint(rule, base, whole_units(base.network, plan), float("nan"))


def alpha_label(alpha: float) -> str:
    """How a degree of inequality aversion is called.

    >>> alpha_label(2.0), alpha_label(0.5)
    ('alpha 2', 'alpha 0.5')
    """
    return f"alpha {alpha:g}"


def _point(label: str, compiled: CompiledSupply, *, policy: AllocationPolicy) -> FrontierPoint:
    """A point and its gap: exact where that is quick or the only way, else by a short run of `prices`."""
    network = compiled.network
    columns = int(network.usable().sum()) + network.tier_share.shape[1] * network.cell_need.size
    if columns <= EXACT_COLUMNS_MAX or network.exact_terms:
        plan = solve(network, compiled, policy=policy, method="auto", time_limit_s=TIME_LIMIT_S)[0]
        gap = 0.0
    else:
        priced = solve_prices(network, schedule=SHORT)
        plan, gap = priced.plan, priced.gap
    return FrontierPoint(label, compiled, whole_units(network, plan), gap)
