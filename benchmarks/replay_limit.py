"""The least need that any plan could leave unmet in the replay of early 2020, with a proof.

One program over the whole period, with the need that truly came and every offer known from the first day, where every
piece of need counts by its weight alone: its bound stands above whatever any rule, with or without foresight, can serve
over these lanes from these offers. Prints one JSON line.

    python benchmarks/replay_limit.py --seed 0
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from datetime import date

import numpy as np

from yuanshou.allocation.compile import compile_network
from yuanshou.allocation.policy import AllocationPolicy
from yuanshou.allocation.prices import solve_prices
from yuanshou.needs.quantify import Needs
from yuanshou.replay.fleet import empty_needs
from yuanshou.replay.outcomes import weights
from yuanshou.replay.shipped import shipped_world
from yuanshou.replay.world import ReplayWorld, realised_need
from yuanshou.tables import FloatArray

TOTALS_ONLY = AllocationPolicy(alpha=0.0, steps=1, cost_weight=0.0)


def true_needs(world: ReplayWorld, realised: FloatArray) -> Needs:
    """The need that came (P, K, W) as needs that are certain."""
    return replace(empty_needs(world), week_ends=world.week_ends, draws=realised[..., None].astype(np.float32))


def limit(world: ReplayWorld, seed: int, *, gap: float, unlimited_lanes: bool = False) -> dict[str, float]:
    """Least weighted unmet share that any plan could reach (proven), and that of the plan found."""
    realised = realised_need(world, seed)
    supply = world.supply
    if unlimited_lanes:
        supply = replace(supply, routes=supply.routes.assign(capacity_kg_week=np.nan, capacity_m3_week=np.nan))
    began = time.process_time()
    network = compile_network(true_needs(world, realised), supply, policy=TOTALS_ONLY).network
    solved = solve_prices(network, gap=gap)
    need = float((realised.sum(axis=2) * weights(world)).sum())
    return {
        "least_unmet_share": round(1 - solved.bound / need, 4),
        "found_unmet_share": round(1 - solved.objective / need, 4),
        "gap": round(solved.gap, 5),
        "weighted_need": need,
        "weighted_need_in_program": float((network.cell_need.sum(axis=1) * network.cell_weight).sum()),
        "cpu_s": round(time.process_time() - began, 1),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--gap", type=float, default=0.01)
    given = options.parse_args()
    world = shipped_world(date(2020, 3, 1), date(2020, 6, 30))
    lanes = limit(world, given.seed, gap=given.gap)
    free = limit(world, given.seed, gap=given.gap, unlimited_lanes=True)
    print(json.dumps({"benchmark": "replay_limit", "seed": given.seed, "with_lanes": lanes, "unlimited_lanes": free}))


if __name__ == "__main__":
    main()
