#!/usr/bin/env python3
"""GetUsPPE's real donations and requests, matched week by week: the published strategies and ours, by their own metrics.

    python benchmarks/ppe_match.py --env ppe-match-env                     # both published strategies, and ours
    python benchmarks/ppe_match.py --env ppe-match-env --frontier          # ours from whole donations to most filled
    python benchmarks/ppe_match.py --env ppe-match-env --record DATA_DIR   # also what people did, from their own record

The peer is the PyPI package ppe-match 0.1.4 with the data it ships (April to July 2020; Samorani et al.). It needs
pandas 1.5, so it runs in a virtual environment of its own (`--env`, made from PyPI when missing) and asks this process
for our decisions over a pipe; every figure is computed by the package. Prints one JSON line. A run takes minutes,
nearly all of them in the package (`own_s` is our part).

Ours is an assignment problem (Kuhn 1955, doi:10.1002/nav.3800020109) each week and item: every donation goes to at
most one request, as much of it as fits. A pair is worth the share of the request it fills, plus `whole` times the share
of the donation it uses up, less `mile` times their distance. What is left over is assigned again until no pair is
worth anything.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

PEER = Path(__file__).with_name("ppe_match_peer.py")
PACKAGES = ("ppe-match==0.1.4", "pandas==1.5.3", "numpy==1.26.4", "python-dateutil==2.9.0.post0")
PUBLISHED = {"first_come": "FCFM_strategy", "proximity": "proximity_match_strategy"}
LOWER_IS_BETTER = {"holding_days": True, "shipments_per_donor": True, "unit_miles": True, "fill_rate": False,
                   "fill_rate_without_zeros": False}  # fmt: skip


@dataclass(frozen=True)
class Matcher:
    """Our strategy; it needs no memory of earlier weeks.

    Attributes
    ----------
    whole : worth of using up a donation, in filled requests. Above zero donations travel in few pieces; below zero
        small requests go first, which fills more of them.
    mile : cost of a mile between donor and recipient, in filled requests.
    """

    whole: float
    mile: float

    def decide(self, week: dict[str, np.ndarray]) -> pd.DataFrame:
        """Columns donor, recipient, item, quantity for one week's donations, requests and distances."""
        apart = pd.Series(
            week["miles"], index=pd.MultiIndex.from_arrays([week["lane_donor"], week["lane_recipient"]])
        ).unstack()
        chosen = []
        for item in np.intersect1d(week["donor_item"], week["recipient_item"]):
            gives, asks = week["donor_item"] == item, week["recipient_item"] == item
            donors, recipients = week["donor"][gives], week["recipient"][asks]
            miles = apart.reindex(index=donors, columns=recipients).to_numpy()
            for i, j, quantity in self.match(week["donor_quantity"][gives], week["recipient_quantity"][asks], miles):
                chosen.append((donors[i], recipients[j], item, quantity))
        return pd.DataFrame(chosen, columns=["donor", "recipient", "item", "quantity"])

    def match(self, held: np.ndarray, missing: np.ndarray, miles: np.ndarray) -> list[tuple[int, int, float]]:
        """(donation, request, whole units) of one item; `miles` (D, R) is NaN where the package knows no distance."""
        held, missing = np.floor(held), np.floor(missing)
        of_gift, of_request = 1.0 / np.maximum(held, 1.0)[:, None], 1.0 / np.maximum(missing, 1.0)
        chosen: list[tuple[int, int, float]] = []
        while True:
            most = np.minimum(held[:, None], missing)
            worth = most * of_request + self.whole * most * of_gift - self.mile * miles
            worth = np.where((most >= 1.0) & (worth > 0.0), worth, 0.0)
            gift, request = linear_sum_assignment(worth, maximize=True)
            good = worth[gift, request] > 0.0
            if not good.any():
                return chosen
            gift, request = gift[good], request[good]
            quantity = most[gift, request]
            held[gift] -= quantity
            missing[request] -= quantity
            chosen += zip(gift.tolist(), request.tolist(), quantity.tolist(), strict=True)


class Peer:
    """The package's process: asks for our decisions week by week, and answers with its own metrics."""

    def __init__(self, environment: Path) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        self._process = subprocess.Popen(
            [str(_python(environment)), "-P", str(PEER), str(self.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def run(self, strategy: str, matcher: Matcher | None = None) -> dict[str, Any]:
        """The metrics of one strategy over the whole data set; `own_s` is the time our decisions took."""
        began, own = time.perf_counter(), 0.0
        self._say(strategy)
        while (line := self._process.stdout.readline()).startswith("week"):
            asked = time.perf_counter()
            with np.load(self.folder / "week.npz") as week:
                answer = matcher.decide(dict(week))
            np.savez(
                self.folder / "answer.npz", donor=answer["donor"].to_numpy(str), item=answer["item"].to_numpy(str),
                recipient=answer["recipient"].to_numpy(str), quantity=answer["quantity"].to_numpy(float),
            )  # fmt: skip
            own += time.perf_counter() - asked
            self._say("answered")
        if not line.startswith("done "):
            raise SystemExit(f"the peer ended early: {line!r}; its words stand above")
        result = {name: _rounded(value) for name, value in json.loads(line.removeprefix("done ")).items()}
        return {**result, "wall_s": round(time.perf_counter() - began, 1), "own_s": round(own, 1)}

    def _say(self, text: str) -> None:
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._folder.cleanup()


def _rounded(value: float) -> float:
    return float(f"{value:.5g}") if isinstance(value, float) else value


def _python(environment: Path) -> Path:
    """The environment's Python; the environment is made from PyPI when it is not there."""
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def record(folder: Path) -> dict[str, Any]:
    """What people did on the same platform until 2021, from its own record of offers and match lines.

    The record has no distances and no requests that were never matched, so unit-miles and fill rates cannot be given.
    """
    matches = pd.read_csv(folder / "getusppe_matches.csv", parse_dates=["created", "closed"])
    offers = pd.read_csv(folder / "getusppe_offers.csv")
    quantity = pd.to_numeric(offers["qty"], errors="coerce")
    delivered = matches[matches["matchstatus"] == "delivered"]
    shipments = delivered.groupby("donorkey")[["facilitykey", "created"]].apply(lambda g: len(g.drop_duplicates()))
    return {
        "offers": len(offers), "offers_not_positive": int((quantity <= 0).sum()), "match_lines": len(matches),
        "lines_by_status": {str(k): int(v) for k, v in matches["matchstatus"].value_counts().items()},
        "units_delivered": float(delivered["qty"].sum()), "shipments_per_donor": _rounded(float(shipments.mean())),
        "median_days_from_match_to_close": _rounded(float(delivered.loc[delivered["days"] >= 0, "days"].median())),
        "lines_closed_before_created": int((matches["days"] < 0).sum()),
    }  # fmt: skip


def better_on_all(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    return all(
        ours[name] < theirs[name] if lower else ours[name] > theirs[name] for name, lower in LOWER_IS_BETTER.items()
    )


BALANCED = Matcher(whole=0.5, mile=1e-3)
FRONTIER = (Matcher(1.0, 4e-3), Matcher(0.0, 1e-4), Matcher(-1.0, 1e-5))
"""From the fewest and shortest journeys to the most requests filled."""


def run_all(environment: Path, matchers: dict[str, Matcher | None], jobs: int) -> dict[str, dict[str, Any]]:
    """The metrics of every strategy; None stands for the package's own of that name. Each has a process of its own."""

    def one(name: str) -> dict[str, Any]:
        peer, matcher = Peer(environment), matchers[name]
        result = peer.run(PUBLISHED[name] if matcher is None else "ours", matcher)
        peer.close()
        print(name, json.dumps(result), file=sys.stderr, flush=True)
        return result if matcher is None else {**asdict(matcher), **result}

    _python(environment)
    with ThreadPoolExecutor(jobs) as pool:
        return dict(zip(matchers, pool.map(one, matchers), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", type=Path, required=True, help="virtual environment of the package; made when missing")
    parser.add_argument("--frontier", action="store_true", help="ours from whole donations to most requests filled")
    parser.add_argument("--only-ours", action="store_true", help="leave the published strategies out")
    parser.add_argument("--record", type=Path, help="folder with getusppe_offers.csv and getusppe_matches.csv")
    parser.add_argument("--jobs", type=int, default=2, help="strategies that run side by side (default 2)")
    given = parser.parse_args()
    matchers: dict[str, Matcher | None] = {} if given.only_ours else dict.fromkeys(PUBLISHED)
    matchers["ours"] = BALANCED
    if given.frontier:
        matchers |= {f"frontier {i}": matcher for i, matcher in enumerate(FRONTIER, start=1)}
    results = run_all(given.env, matchers, given.jobs)
    line: dict[str, Any] = {"package": PACKAGES[0], **{n: r for n, r in results.items() if n in (*PUBLISHED, "ours")}}
    line["better_on_all_five_than"] = [
        name for name in PUBLISHED if name in line and better_on_all(line["ours"], line[name])
    ]
    if given.frontier:
        line["frontier"] = [result for name, result in results.items() if name not in line]
        line["best_fill_rate"] = max(point["fill_rate"] for point in line["frontier"])
    if given.record:
        line["record"] = record(given.record)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
