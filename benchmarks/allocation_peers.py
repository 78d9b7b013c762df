"""Peers of the allocation benchmark: HiGHS at its best settings, and what people reach for (linopy, PuLP) by default."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from yuanshou.allocation.network import SupplyNetwork
from yuanshou.allocation.solver import run_highs

HIGHS = {"highs-ipm": "ipx", "highs-simplex": "simplex", "highs-default": "choose"}


def solve_with(
    peer: str,
    fields: dict[str, Any],
    network: SupplyNetwork,
    build: Callable[[SupplyNetwork], Any],
    *,
    time_limit_s: float,
) -> dict[str, Any]:
    """Objective (of the maximisation) and status of the peer."""
    if peer in HIGHS:
        program = build(network)
        values, _ = run_highs(program, algorithm=HIGHS[peer], time_limit_s=time_limit_s, tolerance=1e-7)
        return {"objective": -float(np.concatenate(program.cost) @ values) * program.value_unit, "status": "optimal"}
    return {"linopy": _linopy, "pulp": _pulp}[peer](fields, time_limit_s)


def _usable(fields: dict[str, Any]) -> np.ndarray:
    """(lanes, K, T) where a dispatch is possible: the depot holds the item and it arrives in time."""
    in_time = (np.arange(int(fields["T"]))[None, :] + fields["L"][:, None]) < int(fields["T"])
    return fields["hol"][fields["aS"]][:, :, None] & in_time[:, None, :]


def _linopy(fields: dict[str, Any], time_limit_s: float) -> dict[str, Any]:
    import linopy
    import pandas as pd
    import xarray as xr

    recipients, sources, items, weeks, steps = (int(fields[name]) for name in ("R", "S", "K", "T", "segs"))
    lane, item, week = (
        pd.RangeIndex(n, name=name) for n, name in ((len(fields["aS"]), "lane"), (items, "item"), (weeks, "week"))
    )
    place, depot, step = (
        pd.RangeIndex(n, name=name) for n, name in ((recipients, "place"), (sources, "depot"), (steps, "step"))
    )

    def data(values: Any, *axes: Any) -> Any:
        return xr.DataArray(values, coords=list(axes))

    model = linopy.Model()
    sent = model.add_variables(
        lower=0, coords=[lane, item, week], name="sent", mask=data(_usable(fields), lane, item, week)
    )
    stock = model.add_variables(lower=0, coords=[depot, item, week], name="stock")
    kept = model.add_variables(lower=0, coords=[place, item, week], name="kept")
    width = data(np.repeat(fields["n"][..., None] / steps, steps, -1), place, item, week, step)
    served = model.add_variables(lower=0, upper=width, coords=[place, item, week, step], name="served")
    by_depot = data(fields["aS"], lane).rename("depot")
    supply = stock - stock.shift(week=1) + sent.groupby(by_depot).sum()
    model.add_constraints(supply == data(fields["q"], depot, item, week), name="supply_limit")
    arriving: Any = None
    for lead in np.unique(fields["L"]):
        chosen = np.nonzero(fields["L"] == lead)[0]
        part = sent.isel(lane=chosen).shift(week=int(lead)) if lead else 1 * sent.isel(lane=chosen)
        part = part.groupby(data(fields["aR"], lane).rename("place").isel(lane=chosen)).sum().reindex({"place": place})
        arriving = part if arriving is None else arriving + part
    model.add_constraints(kept.shift(week=1) - kept + arriving - served.sum("step") == 0, name="need_balance")
    model.add_constraints(
        (sent * data(fields["vol"], item)).sum("item") <= data(fields["capA"], lane, week), name="lane"
    )
    loads = (sent * data(fields["mass"], item)).sum("item").groupby(by_depot).sum()
    model.add_constraints(loads <= data(fields["capS"], depot, week), name="depot")
    worth = (served * data(fields["w"], place, item) * data(fields["gj"], step)).sum()
    freight = (sent * data(fields["eps"] * fields["cost"], lane) * data(fields["mass"], item)).sum()
    model.add_objective(freight - worth)
    model.solve("highs", io_api="direct", output_flag=False, time_limit=float(time_limit_s))
    value = model.objective.value
    return {
        "objective": None if value is None or np.isnan(value) else -float(value),
        "status": str(model.termination_condition),
    }


def _pulp(fields: dict[str, Any], time_limit_s: float) -> dict[str, Any]:
    import pulp

    recipients, sources, items, weeks, steps = (int(fields[name]) for name in ("R", "S", "K", "T", "segs"))
    problem = pulp.LpProblem("allocation", pulp.LpMinimize)
    sent = {
        key: pulp.LpVariable("x_" + "_".join(map(str, key)), 0)
        for key in zip(*(a.tolist() for a in np.nonzero(_usable(fields))), strict=True)
    }
    cells = [(r, k, t) for r in range(recipients) for k in range(items) for t in range(weeks)]
    pools = [(s, k, t) for s in range(sources) for k in range(items) for t in range(weeks)]
    stock = {key: pulp.LpVariable("i_" + "_".join(map(str, key)), 0) for key in pools}
    kept = {key: pulp.LpVariable("j_" + "_".join(map(str, key)), 0) for key in cells}
    served = {
        (*key, j): pulp.LpVariable("y_" + "_".join(map(str, (*key, j))), 0, float(fields["n"][key] / steps))
        for key in cells
        for j in range(steps)
    }
    out, into, lane, depot = {}, {}, {}, {}
    cost = []
    for (a, k, t), x in sent.items():
        s, r, late = int(fields["aS"][a]), int(fields["aR"][a]), int(fields["L"][a])
        out.setdefault((s, k, t), []).append((x, 1))
        into.setdefault((r, k, t + late), []).append((x, 1))
        lane.setdefault((a, t), []).append((x, float(fields["vol"][k])))
        depot.setdefault((s, t), []).append((x, float(fields["mass"][k])))
        cost.append((x, float(fields["eps"] * fields["cost"][a] * fields["mass"][k])))
    gain = [(y, -float(fields["w"][r, k] * fields["gj"][j])) for (r, k, t, j), y in served.items()]
    problem += pulp.LpAffineExpression(cost + gain)
    for s, k, t in pools:
        terms = [*out.get((s, k, t), []), (stock[s, k, t], 1), *([(stock[s, k, t - 1], -1)] if t else [])]
        problem += pulp.LpAffineExpression(terms) == float(fields["q"][s, k, t])
    for r, k, t in cells:
        terms = [*into.get((r, k, t), []), (kept[r, k, t], -1), *([(kept[r, k, t - 1], 1)] if t else [])]
        terms += [(served[r, k, t, j], -1) for j in range(steps)]
        problem += pulp.LpAffineExpression(terms) == 0
    for (a, t), terms in lane.items():
        problem += pulp.LpAffineExpression(terms) <= float(fields["capA"][a, t])
    for (s, t), terms in depot.items():
        problem += pulp.LpAffineExpression(terms) <= float(fields["capS"][s, t])
    problem.solve(pulp.PULP_CBC_CMD(msg=0, timeLimit=time_limit_s, threads=os.cpu_count()))
    value = pulp.value(problem.objective)
    return {"objective": None if value is None else -float(value), "status": pulp.LpStatus[problem.status]}
