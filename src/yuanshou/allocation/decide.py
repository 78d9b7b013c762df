"""Dispatches alone, without prices and bound: for a rule beside the plan, and for the many plans of a replay."""

from __future__ import annotations

import pandas as pd

from yuanshou.allocation.compile import CompiledSupply, compile_network
from yuanshou.allocation.policy import RULES, AllocationPolicy
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
) -> tuple[CompiledSupply, FloatArray]:
    """The compiled supply and whole-unit dispatches (N, T); a hand rule costs one pass and no optimisation."""
    compiled = compile_network(needs, supply, policy=policy, catalogue=catalogue)
    network = compiled.network
    if policy.name in RULES:
        plan = solve_rule(
            network, rule=policy.name, population=compiled.population, population_share=policy.population_share
        )
    else:
        plan, prices, _ = solve(network, compiled, policy=policy, method=method, time_limit_s=time_limit_s)
        plan = settle(
            needs,
            network,
            plan,
            prices,
            policy=policy,
            uncertainty=uncertainty or Uncertainty(),
            solve=lambda other: solve(other, compiled, policy=policy, method=method, time_limit_s=time_limit_s)[0],
        )
    return compiled, rounded(network, plan)
