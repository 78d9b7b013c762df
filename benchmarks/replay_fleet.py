"""A small fleet of replays in one process, on two workers, and on two of which one is killed in the middle.

Prints one JSON line: runs a second of each, the ratio of two workers to one, the load of the machine, and whether all
three fleets gave the same results to the last digit.

    NUMBA_NUM_THREADS=1 PYTHONPATH=. python benchmarks/replay_fleet.py --runs 24
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import tempfile
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from tests.replay_factory import small_world

from yuanshou.replay.fleet import jobs_of, read_runs, run_fleet
from yuanshou.replay.world import ReplayWorld

RULES = ("default", "proportional_forecast", "per_head", "first_come")


def worker_processes() -> list[psutil.Process]:
    """The worker processes of this process's cluster."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if any("spawn_main" in part for part in child.cmdline())]


def run(
    world: ReplayWorld, folder: Path, *, runs: int, workers: int, kill_after: int | None = None
) -> dict[str, object]:
    """One fleet: runs a second between the first and the last finished run, and the process killed in between."""
    moments: list[float] = []
    killed: list[int] = []

    def progress(done: int, total: int, what: str) -> None:
        if what == "what was known":
            return
        moments.append(time.perf_counter())
        if done == kill_after:
            victim = worker_processes()[0]
            os.kill(victim.pid, signal.SIGKILL)
            killed.append(victim.pid)

    jobs = jobs_of(RULES, seeds=-(-runs // len(RULES)), scenarios=["none"])[:runs]
    run_fleet(world, folder, jobs, workers=workers, progress=progress)
    return {
        "runs": len(moments),
        "runs_per_second": round((len(moments) - 1) / (moments[-1] - moments[0]), 3) if len(moments) > 1 else None,
        "killed": len(killed),
    }


def same(first: Path, second: Path) -> bool:
    """Whether two folders hold the same runs with the same figures, to the last digit."""
    tables = ("outcome", "item", "place", "week")
    keys = ["scenario", "rule", "seed", "key"]
    both = [[read_runs(f, table).sort_values(keys, ignore_index=True) for table in tables] for f in (first, second)]
    return all(a.equals(b) for a, b in zip(*both, strict=True))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=24)
    runs = options.parse_args().runs
    world = small_world()
    with tempfile.TemporaryDirectory() as place:
        folders = {name: Path(place) / name for name in ("one", "two", "killed")}
        one = run(world, folders["one"], runs=runs, workers=1)
        two = run(world, folders["two"], runs=runs, workers=2)
        killed = run(world, folders["killed"], runs=runs, workers=2, kill_after=runs // 3)
        identical = {name: same(folders["one"], folders[name]) for name in ("two", "killed")}
    print(
        json.dumps(
            {
                "benchmark": "replay_fleet", "one": one, "two": two, "one_killed": killed, "identical": identical,
                "ratio": round(float(str(two["runs_per_second"])) / float(str(one["runs_per_second"])), 2),
                "load_average": os.getloadavg(), "cores": os.cpu_count(),
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
