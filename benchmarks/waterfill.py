"""Weighted max-min for one resource at facility scale: sort and scan, beside a bisection of the same level.

    python benchmarks/waterfill.py --places 200000 --items 30 --seed 0

Prints one JSON line: places, items, seed, wall_s, cpu_s, violation (largest relative miss of the supply), and for the
peer (60 halvings of the level, in NumPy) wall_s, cpu_s and the largest relative difference to its answer.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from yuanshou.allocation.waterfill import waterfill


def instance(places: int, items: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Supply for 40 % of a log-normal need, and weights between 0.5 and 2."""
    chance = np.random.default_rng(seed)
    need = chance.lognormal(3, 1, (places, items))
    return need.sum(axis=0) * 0.4, need, chance.uniform(0.5, 2, (places, items))


def bisection(supply: np.ndarray, need: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The same answer by halving the level 60 times."""
    low, high = np.zeros(need.shape[1]), (1 / weight).max(axis=0)
    for _ in range(60):
        level = (low + high) / 2
        short = (need * np.minimum(1.0, level * weight)).sum(axis=0) < supply
        low, high = np.where(short, level, low), np.where(short, high, level)
    return need * np.minimum(1.0, high * weight)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=200_000)
    parser.add_argument("--items", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    supply, need, weight = instance(given.places, given.items, given.seed)
    waterfill(*instance(10, 2, 0))  # compile before the clock starts
    line: dict[str, float] = dict(vars(given))
    answers = []
    for label, method in (("", waterfill), ("peer_", bisection)):
        wall, cpu = time.perf_counter(), time.process_time()
        answers.append(method(supply, need, weight))
        line[f"{label}wall_s"] = round(time.perf_counter() - wall, 3)
        line[f"{label}cpu_s"] = round(time.process_time() - cpu, 3)
    line["violation"] = float((np.abs(answers[0].sum(axis=0) - supply) / supply).max())
    line["peer_difference"] = float((np.abs(answers[0] - answers[1]) / need).max())
    print(json.dumps(line))


if __name__ == "__main__":
    main()
