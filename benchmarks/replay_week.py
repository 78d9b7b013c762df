"""One week of the world in the replay: forecast, need with 200 draws, plan; wall and processor seconds of each part.

The second of two weeks is timed, so that compiled code is loaded. Prints one JSON line.

    python benchmarks/replay_week.py --draws 200 --week 8
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from yuanshou.forecast.forecasters import forecast
from yuanshou.needs.quantify import quantify
from yuanshou.replay.engine import week_view
from yuanshou.replay.rules import find_rule
from yuanshou.replay.shipped import shipped_world
from yuanshou.replay.shocks import Shocks
from yuanshou.replay.state import opening_state
from yuanshou.replay.world import ReplayWorld, aligned, realised_need

T = TypeVar("T")


def one_week(world: ReplayWorld, week: int, rule: str) -> dict[str, tuple[float, float]]:
    """(wall, processor) seconds of forecast, need and plan, with nothing held and nothing sent before."""
    seconds: dict[str, tuple[float, float]] = {}

    def timed(name: str, act: Callable[[], T]) -> T:
        wall, processor = time.perf_counter(), time.process_time()
        result = act()
        seconds[name] = (round(time.perf_counter() - wall, 2), round(time.process_time() - processor, 2))
        return result

    shocks, chosen, realised = Shocks(), find_rule(rule), realised_need(world, 0)
    series = world.vintages(world.mondays[week])
    outlook = timed("forecast", lambda: forecast(series, weeks=world.horizon, paths=world.draws, seed=week))
    needs = timed("need", lambda: aligned(quantify(outlook, series, draws=world.draws, seed=week), world))
    state = opening_state(world, shocks)
    timed("plan", lambda: chosen(week_view(world, state, week, chosen, needs, realised, shocks, seed=0)))
    return seconds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--draws", type=int, default=200)
    options.add_argument("--week", type=int, default=8)
    options.add_argument("--rule", default="default")
    given = options.parse_args()
    world = shipped_world(date(2020, 3, 1), date(2020, 6, 30), draws=given.draws)
    one_week(world, given.week - 1, given.rule)
    parts = one_week(world, given.week, given.rule)
    wall, processor = (round(sum(pair[i] for pair in parts.values()), 2) for i in (0, 1))
    print(
        json.dumps(
            {
                "benchmark": "replay_week", "rule": given.rule, "draws": given.draws, "places": len(world.places),
                "items": len(world.items), "horizon": world.horizon, "seconds_wall_processor": parts, "wall_s": wall,
                "processor_s": processor, "load_average": os.getloadavg(), "cores": os.cpu_count(),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
