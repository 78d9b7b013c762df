#!/usr/bin/env python3
"""How fast, and how near to the proven best, an allocation is: one JSON line, with a named peer in the same run.

    python benchmarks/allocation.py --size glob --seed 0 --method prices --peer highs-ipm
    python benchmarks/allocation.py --instance mine.npz --method exact
    python benchmarks/allocation.py --list

Instances are made by the generator below from a size and a seed, or read from an .npz of the same fields: R, S, K, T;
lanes aS, aR, L, cost; capA (lane volume a week), capS (depot mass a week); n (need), q (supply), w (weights); mass,
vol; hol (which depot holds what); gj (step values), segs, eps. wall_s and cpu_s cover building the network, solving
and proving. Compiled kernels come from their cache: they run once on a tiny instance before (warm_up_s, warm_up_cpu_s;
where nothing was compiled yet, that is the time of compiling).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import numpy as np

from yuanshou.allocation.bound import delivered_price, dual_bound
from yuanshou.allocation.carry import carried_prices
from yuanshou.allocation.consignments import violation
from yuanshou.allocation.network import SupplyNetwork, build_network
from yuanshou.allocation.prices import PricedPlan, solve_prices
from yuanshou.allocation.program import linear_program, solve_exact
from yuanshou.allocation.repair import repair
from yuanshou.allocation.serving import arrivals_of, plan_value, serve
from yuanshou.allocation.whatif import with_supply

SIZES: dict[str, tuple[int, int, int, int, int, float]] = {
    "tiny": (6, 3, 4, 6, 3, 0.8),
    "small": (20, 5, 10, 12, 5, 0.8),
    "medium": (60, 12, 20, 12, 5, 0.6),
    "glob": (200, 30, 30, 12, 6, 0.6),
    "fac1k": (1000, 30, 30, 4, 2, 0.7),
    "fac10k": (10000, 30, 30, 4, 2, 0.7),
    "fac10k1": (10000, 30, 30, 1, 2, 0.7),
    "fac200k": (200000, 60, 30, 4, 2, 0.7),
    "fac200k1": (200000, 60, 30, 1, 2, 0.7),
}
"""Size → recipients, sources, items, weeks, lanes a recipient, share of items a source holds. world is glob."""
ALIASES = {"world": "glob"}
METHODS = ("prices", "exact", "exact-simplex", "exact-ipm")
PEERS = ("highs-ipm", "highs-simplex", "highs-default", "linopy", "pulp")


def instance(size: str, seed: int = 0, *, steps: int = 4, alpha: float = 1.0, tight: float = 0.6) -> dict[str, Any]:
    """The fields of an instance; every draw in a fixed order, so that a size and a seed always name the same one."""
    recipients, sources, items, weeks, degree, holding = SIZES[size]
    chance, facility = np.random.default_rng(seed), size.startswith("fac")
    place, depot = chance.uniform(0, 1, (recipients, 2)), chance.uniform(0, 1, (sources, 2))
    people = chance.lognormal(0, 0.8 if facility else 1.2, recipients)
    people /= people.mean()
    peak, width = chance.uniform(-2, weeks + 2, recipients), chance.uniform(1.5, 4, recipients)
    height, week = chance.lognormal(0, 0.5, recipients), np.arange(weeks)
    curve = height[:, None] * np.exp(-0.5 * ((week - peak[:, None]) / width[:, None]) ** 2) + 0.03
    use, noise = chance.uniform(0.5, 2, items), chance.lognormal(0, 0.25, (recipients, items, weeks))
    need = 100 * people[:, None, None] * curve[:, None, :] * use[None, :, None] * noise
    mass = np.exp(chance.uniform(np.log(0.02), np.log(2), items))
    volume = mass * chance.uniform(0.7, 2, items)
    held = chance.random((sources, items)) < holding
    held[chance.integers(0, sources, items), np.arange(items)] = True
    ratio = chance.uniform(0.3, 1.1, items)
    share = held * chance.lognormal(0, 0.7, (sources, items))
    share /= share.sum(0)
    profile = (
        chance.dirichlet(np.r_[4.0, np.ones(weeks - 1)], (sources, items))
        if weeks > 1
        else np.ones((sources, items, 1))
    )
    supply = (ratio * need.sum((0, 2)))[None, :, None] * share[:, :, None] * profile
    far = _distances(place, depot)
    near = np.argsort(far, 1)[:, :degree]
    lane_source, lane_recipient = near.ravel(), np.repeat(np.arange(recipients), degree)
    rank = np.tile(np.arange(degree), recipients)
    length = far[lane_recipient, lane_source]
    by_sea = rank % 3 == 2
    if weeks == 1:
        lead = np.zeros(recipients * degree, int)
    elif facility:
        lead = np.where(rank == 0, 0, np.minimum(1, weeks - 1))
    else:
        lead = np.minimum(np.where(by_sea, min(3, weeks - 1), np.where(length > 0.5, 2, 1)), weeks - 1)
    cost = length * np.where(by_sea, 0.2, 1.0) + 0.05
    need_volume, need_mass = np.einsum("rkt,k->rt", need, volume), np.einsum("rkt,k->rt", need, mass)
    typical = tight * need_volume.mean(1)[lane_recipient]
    lane_volume = typical * chance.uniform(0.2, 1.2, recipients * degree) * np.where(by_sea, 2.0, 1.0)
    depot_mass = tight * need_mass.mean(1).sum() * 1.3 * chance.dirichlet(np.full(sources, 8.0))
    weight = np.exp(chance.normal(0, 0.4, recipients))[:, None] * np.exp(chance.normal(0, 0.5, items))[None]
    coverage = (np.arange(steps) + 0.5) / steps
    value = (coverage + 0.1) ** (-alpha)
    return {
        "R": recipients, "S": sources, "K": items, "T": weeks, "aS": lane_source, "aR": lane_recipient, "L": lead,
        "cost": cost, "capA": np.repeat(lane_volume[:, None], weeks, axis=1),
        "capS": np.repeat(depot_mass[:, None], weeks, axis=1), "n": need, "q": supply, "w": weight, "mass": mass,
        "vol": volume, "hol": held, "gj": value / value[0], "segs": steps, "eps": 1e-3,
    }  # fmt: skip


def _distances(place: np.ndarray, depot: np.ndarray) -> np.ndarray:
    """(R, S) distances; above two million pairs in single precision and without a third axis, to save memory."""
    if len(place) * len(depot) < 2e6:
        return np.linalg.norm(place[:, None] - depot[None], axis=2)
    apart = [place[:, None, axis] - depot[None, :, axis] for axis in (0, 1)]
    return np.sqrt(apart[0] ** 2 + apart[1] ** 2).astype(np.float32)


def network_of(fields: dict[str, Any]) -> SupplyNetwork:
    """The fields as a supply network: a pool for every item a depot holds, one limit on lanes, one on depots."""
    source, item = np.nonzero(fields["hol"])
    recipients, weeks, steps = int(fields["R"]), int(fields["T"]), int(fields["segs"])
    return build_network(
        sources=tuple(f"S{i}" for i in range(int(fields["S"]))),
        recipients=tuple(f"R{i}" for i in range(recipients)),
        items=tuple(f"K{i}" for i in range(int(fields["K"]))),
        week_ends=np.datetime64("2020-03-28") + 7 * np.arange(weeks),
        kg=fields["mass"],
        m3=fields["vol"],
        lane_source=fields["aS"].astype(np.int32),
        lane_recipient=fields["aR"].astype(np.int32),
        lane_weeks=fields["L"].astype(np.int32),
        lane_cost=fields["cost"].astype(float),
        lane_m3=fields["capA"],
        lane_kg=np.full(fields["capA"].shape, np.inf),
        lane_mode=("lane",) * len(fields["aS"]),
        handling_kg=fields["capS"],
        pool_source=source.astype(np.int32),
        pool_item=item.astype(np.int32),
        pool_arriving=fields["q"][source, item],
        pool_group=np.full(len(source), -1, dtype=np.int32),
        group_recipients=np.zeros((0, recipients), dtype=bool),
        pool_last_week=np.full(len(source), weeks - 1, dtype=np.int32),
        need=fields["n"],
        stock=np.zeros(fields["n"].shape[:2]),
        weight=fields["w"],
        tier_share=np.full((1, steps), 1 / steps),
        tier_value=np.asarray(fields["gj"])[None, :],
        cost_weight=float(fields["eps"]),
    )


class Meter:
    """Wall and CPU seconds of a block, and the peak of resident memory during it (sampled every 20 ms)."""

    def __enter__(self) -> Meter:
        self._done = threading.Event()
        self.peak_mb = _resident_mb()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        self._wall, self._cpu = time.perf_counter(), _cpu_s()
        return self

    def __exit__(self, *problem: object) -> None:
        self.wall_s = round(time.perf_counter() - self._wall, 3)
        self.cpu_s = round(_cpu_s() - self._cpu, 3)
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            self.peak_mb = max(self.peak_mb, _resident_mb())


def _cpu_s() -> float:
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _resident_mb() -> float:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(
    fields: dict[str, Any], method: str, *, gap: float, time_limit_s: float, what_if: bool = False
) -> dict[str, Any]:
    """Solve and prove; the objective is that of the plan as served, the violation that of its limits."""
    with Meter() as meter:
        network = network_of(fields)
        extra: dict[str, Any] = {}
        if method == "prices":
            priced = solve_prices(network, gap=gap)
            plan, objective, bound = priced.plan, priced.objective, priced.bound
            extra = {"passes": priced.passes}
        else:
            algorithm = {"exact": "auto", "exact-simplex": "simplex", "exact-ipm": "ipx"}[method]
            plan, prices = solve_exact(network, algorithm=algorithm, time_limit_s=time_limit_s)
            objective, bound = plan_value(network, plan), dual_bound(network, prices)
    if what_if and method == "prices":
        extra |= run_what_if(network, priced)
    return {
        "wall_s": meter.wall_s,
        "cpu_s": meter.cpu_s,
        "peak_mb": round(meter.peak_mb),
        "objective": objective,
        "bound": bound,
        "gap_percent": 100 * (bound - objective) / abs(bound) if bound else 0.0,
        "violation": violation(network, plan),
        **extra,
    }


def run_what_if(network: SupplyNetwork, priced: PricedPlan) -> dict[str, Any]:
    """One offer more, a tenth of the need of the cell whose unmet need is worth most: plan and proof from the old ones."""
    served, _ = serve(network, arrivals_of(network, priced.plan))
    cell = int(np.argmax(network.cell_weight * (network.cell_need - served).sum(axis=1)))
    source = int(network.lane_source[network.arc_lane[network.arc_start[cell]]])
    units = 0.1 * float(network.cell_need[cell].sum())
    with Meter() as meter:
        after, moved = with_supply(network, priced.plan, cell=cell, source=source, units=units)
        prices = carried_prices(priced.prices, network, after)
        plan, objective = repair(after, moved, delivered_price(after, prices))
        bound = dual_bound(after, prices)
    return {
        "whatif_wall_s": meter.wall_s,
        "whatif_cpu_s": meter.cpu_s,
        "whatif_gap_percent": 100 * (bound - objective) / abs(bound),
        "whatif_gain": objective - priced.objective,
        "whatif_violation": violation(after, plan),
    }


def run_peer(fields: dict[str, Any], peer: str, *, time_limit_s: float) -> dict[str, Any]:
    """The peer on the same instance: building its model counts as solving it does."""
    from allocation_peers import solve_with

    with Meter() as meter:
        try:
            answer = solve_with(peer, fields, network_of(fields), linear_program, time_limit_s=time_limit_s)
        except Exception as problem:  # a peer that fails is a result, and its words are shown
            answer = {"objective": None, "status": f"{type(problem).__name__}: {problem}"[:200]}
    return {"wall_s": meter.wall_s, "cpu_s": meter.cpu_s, "peak_mb": round(meter.peak_mb), **answer}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="small", choices=[*SIZES, *ALIASES])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--instance", type=Path, help="an .npz with the fields of an instance, instead of a size")
    parser.add_argument("--method", default="prices", choices=METHODS)
    parser.add_argument("--peer", choices=PEERS)
    parser.add_argument("--gap", type=float, help="stop at this proven gap (default 0.001; 0.0005 for 200,000 places)")
    parser.add_argument("--time-limit", type=float, default=600.0, help="seconds for exact methods and peers")
    parser.add_argument("--export", type=Path, help="write the instance as .npz and stop")
    parser.add_argument("--what-if", action="store_true", help="then add one offer and prove the changed plan (prices)")
    parser.add_argument("--list", action="store_true", help="print sizes, methods and peers")
    given = parser.parse_args()
    if given.list:
        print(json.dumps({"sizes": SIZES, "methods": METHODS, "peers": PEERS}))
        return
    size = ALIASES.get(given.size, given.size)
    fields = dict(np.load(given.instance)) if given.instance else instance(size, given.seed)
    if given.export:
        np.savez_compressed(given.export, **fields)
        return
    with Meter() as warm_up:
        run(instance("tiny"), given.method, gap=1e-3, time_limit_s=60, what_if=given.what_if)
    gap = given.gap if given.gap is not None else (5e-4 if int(fields["R"]) >= 100_000 else 1e-3)
    label = {"size": str(given.instance) if given.instance else given.size, "seed": given.seed, "method": given.method}
    answer = run(fields, given.method, gap=gap, time_limit_s=given.time_limit, what_if=given.what_if)
    line = {**label, **answer, "warm_up_s": warm_up.wall_s, "warm_up_cpu_s": warm_up.cpu_s}
    if given.peer:
        peer = run_peer(fields, given.peer, time_limit_s=given.time_limit)
        line |= {"peer": given.peer, **{f"peer_{name}": value for name, value in peer.items()}}
    print(json.dumps(line))


if __name__ == "__main__":
    main()
