"""From needs and supply to a plan with its prices and its bound: which method solves what, and how.

The program itself stands in `blocks`, one function a block.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from yuanshou.allocation.blocks import LinearProgram as LinearProgram
from yuanshou.allocation.blocks import linear_program as linear_program
from yuanshou.allocation.compile import CompiledSupply, compile_network
from yuanshou.allocation.explicit import bound_of, with_need_prices
from yuanshou.allocation.maxmin import solve_max_min
from yuanshou.allocation.network import Allocation, Prices, SupplyNetwork
from yuanshou.allocation.policy import RULES, AllocationPolicy
from yuanshou.allocation.prices import COARSE, GAP, SCHEDULE, solve_prices
from yuanshou.allocation.result import to_allocation
from yuanshou.allocation.rules import solve_rule
from yuanshou.allocation.scenarios import Uncertainty, settle
from yuanshou.allocation.serving import plan_value
from yuanshou.allocation.solver import run_highs
from yuanshou.allocation.whole import WHOLE_COLUMNS_MAX, consignments, has_whole_terms, rounded, whole_notes
from yuanshou.errors import AllocationError, SettingError
from yuanshou.tables import FloatArray

if TYPE_CHECKING:
    from yuanshou.needs.quantify import Needs
    from yuanshou.sources.supply import AidSupply

METHODS = ("auto", "exact", "prices", "whole")
EXACT_COLUMNS_MAX = 30_000
"""Above this many columns `auto` takes the prices method."""
LEXICOGRAPHIC_COLUMNS_MAX = 10_000
"""Above this many columns `auto` approximates max_min by steps worth eight times the next, unless `exact` is asked for."""
TERMS_COLUMNS_MAX = 1_000_000
"""Above this many columns a plan with terms that only the exact method knows is refused."""


def solve_exact(
    network: SupplyNetwork, *, algorithm: str = "auto", time_limit_s: float = 600.0, tolerance: float = 1e-8
) -> tuple[FloatArray, Prices]:
    """Dispatches (N, T) in base units and prices of an optimal plan, by HiGHS.

    Raises
    ------
    AllocationError : HiGHS ended without an optimal plan.
    """
    program = linear_program(network)
    values, duals = run_highs(program, algorithm=algorithm, time_limit_s=time_limit_s, tolerance=tolerance)
    prices = prices_of(program, duals)
    if network.exact_terms:
        prices = with_need_prices(network, prices)
    return dispatches_of(program, values), prices


def dispatches_of(program: LinearProgram, values: FloatArray) -> FloatArray:
    """(N, T) base units on every arc and week from the values of the columns."""
    network = program.network
    plan = np.zeros((len(network.arc_lane), network.weeks))
    arc, week = program.columns["dispatch_arc"], program.columns["dispatch_week"]
    plan[arc, week] = np.maximum(values[program.columns["dispatch"]], 0.0) * program.dispatch_unit
    return plan


def prices_of(program: LinearProgram, duals: FloatArray) -> Prices:
    """The duals of the rows as prices in objective units per base unit, m³ and kg, made dual feasible.

    Not negative, and stock prices never rising over weeks: so their bound is a proof that needs no trust in a solver.
    """
    network = program.network
    unit = program.unit[network.pool_item]
    stock = -duals[program.rows["supply_limit"]].reshape(-1, network.weeks) * program.value_unit / unit[:, None]
    never_rising = np.maximum.accumulate(np.maximum(stock, 0.0)[:, ::-1], axis=1)[:, ::-1]
    shared = {}
    for name, shape in (
        ("route_m3", network.lane_m3.shape),
        ("route_kg", network.lane_kg.shape),
        ("handling_kg", network.handling_kg.shape),
    ):
        price = np.zeros(int(np.prod(shape)))
        per_unit = program.value_unit / program.row_unit[name]
        price[program.columns[f"{name}_key"]] = np.maximum(-duals[program.rows[name]], 0.0) * per_unit
        shared[name] = price.reshape(shape)
    if not network.exact_terms:
        return Prices(supply_limit=never_rising, **shared)
    balance = duals[program.rows["need_balance"]].reshape(-1, network.weeks) * program.value_unit
    balance = balance / program.unit[network.cell_item][:, None]
    kept = (
        -duals[program.rows["change_from_last_plan"]] * program.value_unit / program.row_unit["change_from_last_plan"]
    )
    return Prices(supply_limit=never_rising, need_balance=balance, change=np.maximum(kept, 0.0), **shared)


def allocate(
    needs: Needs,
    supply: AidSupply,
    *,
    policy: AllocationPolicy | None = None,
    method: str = "auto",
    catalogue: pd.DataFrame | None = None,
    time_limit_s: float = 600.0,
    uncertainty: Uncertainty | None = None,
) -> Allocation:
    """Who gets what, from where, when: whole base units, with the prices and the bound that prove how good it is.

    Parameters
    ----------
    method : "exact" (HiGHS), "prices" (smoothed dual, for the world and for facilities), "whole" (proven best in whole
        packs, for small plans), or "auto" by size.
    catalogue : weight, volume, price and group by item; the shipped one by default.
    uncertainty : how need that nobody knows is treated; the default of `Uncertainty` where none is given.

    Raises
    ------
    InputError, SettingError, AllocationError : what was wrong with the input, the policy or the program.
    """
    policy, uncertainty = policy or AllocationPolicy(), uncertainty or Uncertainty()
    compiled = compile_network(needs, supply, policy=policy, catalogue=catalogue)
    network = compiled.network
    plan, prices, used = solve(network, compiled, policy=policy, method=method, time_limit_s=time_limit_s)
    plan = settle(
        needs,
        network,
        plan,
        prices,
        policy=policy,
        uncertainty=uncertainty,
        solve=lambda other: solve(other, compiled, policy=policy, method=method, time_limit_s=time_limit_s)[0],
    )
    whole, used, settings = whole_numbers(network, plan, prices, method=method, used=used)
    objective = plan_value(network, whole)
    return to_allocation(
        replace(compiled, notes=(*compiled.notes, *whole_notes(settings))),
        whole,
        prices,
        objective=objective,
        bound=bound_of(network, prices),
        policy=policy.name,
        method=used,
        settings={"policy": asdict(policy), "method": method, "uncertainty": asdict(uncertainty), **settings},
    )


def whole_numbers(
    network: SupplyNetwork, plan: FloatArray, prices: Prices, *, method: str, used: str
) -> tuple[FloatArray, str, dict[str, object]]:
    """The plan in whole packs and consignments, how it was found, and what wholeness costs where it binds."""
    whole = rounded(network, plan, prices)
    if method != "whole" and not has_whole_terms(network):
        return whole, used, {}
    if method == "whole" or (used == "exact" and int(network.usable().sum()) <= WHOLE_COLUMNS_MAX):
        try:
            proven = solve_whole(network)
            whole, used = (proven if plan_value(network, proven) >= plan_value(network, whole) else whole), "whole"
        except AllocationError:
            if method == "whole":
                raise
    free = plan_value(network, plan)
    lost = free - plan_value(network, whole)
    return (
        whole,
        used,
        {
            "whole_consignments": {
                "before": consignments(network, plan),
                "after": consignments(network, whole),
                "objective_lost": lost,
                "share_lost": lost / abs(free) if free else 0.0,
            }
        },
    )


def solve_whole(network: SupplyNetwork, *, time_limit_s: float = 60.0) -> FloatArray:
    """Dispatches (N, T) in whole packs and consignments that no other such plan beats, by HiGHS.

    Raises
    ------
    AllocationError : too large to be proven in time.
    """
    program = linear_program(network, whole=True)
    values, _ = run_highs(program, algorithm="auto", time_limit_s=time_limit_s, tolerance=1e-9)
    plan = dispatches_of(program, values)
    pack = network.pool_pack[network.arc_pool][:, None]
    return np.asarray(np.rint(plan / pack) * pack)


def solve(
    network: SupplyNetwork,
    compiled: CompiledSupply,
    *,
    policy: AllocationPolicy,
    method: str,
    time_limit_s: float,
    gap: float = GAP,
) -> tuple[FloatArray, Prices, str]:
    """Dispatches (N, T), prices and the name of the method used."""
    if method not in METHODS:
        raise SettingError(f"method {method!r}", f"one of {', '.join(METHODS)}", "choose one of these")
    columns = network.usable().sum() + network.tier_share.shape[1] * network.cell_need.size
    if network.exact_terms:
        check_size(network, columns, method)
        method = "exact"
    asked = method
    if method == "auto":
        method = "exact" if columns <= EXACT_COLUMNS_MAX else "prices"
    if policy.name == "max_min" and asked != "prices" and (asked != "auto" or columns <= LEXICOGRAPHIC_COLUMNS_MAX):
        settled = solve_max_min(network, time_limit_s=time_limit_s)
        return settled.plan, solve_exact(network, time_limit_s=time_limit_s)[1], "lexicographic"
    if policy.name not in RULES and method in ("exact", "whole"):
        plan, prices = solve_exact(network, time_limit_s=time_limit_s)
        return plan, prices, "exact"
    if policy.name not in RULES:
        priced = solve_prices(network, schedule=SCHEDULE, gap=gap)
        return priced.plan, priced.prices, method
    # A rule has no bound of its own: the prices say how much better any plan could be by the same values.
    plan = solve_rule(
        network, rule=policy.name, population=compiled.population, population_share=policy.population_share
    )
    if network.exact_terms:
        return plan, solve_exact(network, time_limit_s=time_limit_s)[1], "rule"
    return plan, solve_prices(network, schedule=COARSE).prices, "rule"


def check_size(network: SupplyNetwork, columns: int, method: str) -> None:
    """Refuse what only the exact method could solve, where it is too large for it or another method was asked for."""
    terms = ", ".join(network.exact_terms)
    if method == "prices":
        raise SettingError(
            f"method 'prices' for a supply with {terms}", "the method exact", "choose exact or auto, or leave these out"
        )
    if columns > TERMS_COLUMNS_MAX:
        raise AllocationError(
            f"{columns:,} columns with {terms}, which only the exact method knows",
            f"at most {TERMS_COLUMNS_MAX:,} columns",
            "plan fewer places, items or weeks at a time, or leave these tables out",
        )
