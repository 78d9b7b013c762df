"""Dispatches alone, without prices and bound: for a rule beside the plan, and for the many plans of a replay."""

from __future__ import annotations

from functools import partial

import pandas as pd

from yuanshou.allocation.compile import CompiledSupply, compile_network
from yuanshou.allocation.policy import RULES, AllocationPolicy
from yuanshou.allocation.prices import GAP
from yuanshou.allocation.program import solve
from yuanshou.allocation.rules import solve_rule
from yuanshou.allocation.scenarios import Uncertainty, settle
from yuanshou.allocation.whole import rounded
from yuanshou.needs.quantify import Needs
from yuanshou.sources.supply import AidSupply
from yuanshou.tables import FloatArray


def decide(
    needs: Needs,
    supply: AidSupply,
    *,
    policy: AllocationPolicy,
    method: str = "auto",
    catalogue: pd.DataFrame | None = None,
    time_limit_s: float = 600.0,
    uncertainty: Uncertainty | None = None,
    gap: float = GAP,
) -> tuple[CompiledSupply, FloatArray]:
    """The compiled supply and whole-unit dispatches (N, T); a hand rule costs one pass and no optimisation.

    `gap` is the proven share of the optimum at which the prices method may end: many plans need less proof than one.
    """
    compiled = compile_network(needs, supply, policy=policy, catalogue=catalogue)
    network = compiled.network
    if policy.name in RULES:
        plan = solve_rule(
            network, rule=policy.name, population=compiled.population, population_share=policy.population_share
        )
    else:
        solving = partial(solve, compiled=compiled, policy=policy, method=method, time_limit_s=time_limit_s, gap=gap)
        plan, prices, _ = solving(network)
        plan = settle(
            needs,
            network,
            plan,
            prices,
            policy=policy,
            uncertainty=uncertainty or Uncertainty(),
            solve=lambda other: solving(other)[0],
        )
    return compiled, rounded(network, plan)
