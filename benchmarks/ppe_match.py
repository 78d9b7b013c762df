#!/usr/bin/env python3
"""GetUsPPE's real donations and requests, matched week by week: the published strategies and ours, by their own metrics.

    python benchmarks/ppe_match.py --env ppe-match-env                     # both published strategies, and ours
    python benchmarks/ppe_match.py --env ppe-match-env --frontier          # ours from nearest to most filled
    python benchmarks/ppe_match.py --env ppe-match-env --record DATA_DIR   # also what people did, from their own record

The peer is the PyPI package ppe-match 0.1.4 with the data it ships (April to July 2020; Samorani et al.). It needs
pandas 1.5, so it runs in a virtual environment of its own (`--env`, made from PyPI when missing) and asks this process
for our decisions over a pipe; every figure is computed by the package. Prints one JSON line. Both published
strategies and one of ours take about ten minutes on two cores, nearly all of it in the package.

Ours is one supply network a week: a donor is a source, a request a need, and every pair of a donation and a request a
lane. A unit is worth one over what its recipient has asked for, so that a plan's value is the sum of fill rates. A
unit costs `mile` for each mile and, for the trouble of a consignment, `parcel` over the most the pair could ship: the
linear bound of a fixed charge (Balinski 1961, doi:10.1002/nav.3800080104).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import venv
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import numpy as np
import pandas as pd

from yuanshou.allocation.consignments import whole_units
from yuanshou.allocation.network import build_network
from yuanshou.allocation.program import solve_exact

PEER = Path(__file__).with_name("ppe_match_peer.py")
PACKAGES = ("ppe-match==0.1.4", "pandas==1.5.3", "numpy==1.26.4", "python-dateutil==2.9.0.post0")
PUBLISHED = {"first_come": "FCFM_strategy", "proximity": "proximity_match_strategy"}
LOWER_IS_BETTER = {"holding_days": True, "shipments_per_donor": True, "unit_miles": True, "fill_rate": False,
                   "fill_rate_without_zeros": False}  # fmt: skip
LANES_A_DONATION = 40
"""A donation keeps its lanes of highest surplus; the others could only matter if all of these were full."""


@dataclass
class Matcher:
    """Our strategy with its memory of what each donor has given and each recipient been sent.

    Attributes
    ----------
    mile, parcel : cost of a unit's mile and of a consignment, in fill rates.
    least_share : a consignment carries at least this share of all that was given; above a half, each donation travels
        in one piece and its rest stays. least_fill : and meets at least this share of all that was asked for.
    """

    mile: float
    parcel: float
    least_share: float = 0.0
    least_fill: float = 0.0
    sent: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    given: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))

    def decide(self, week: dict[str, np.ndarray]) -> pd.DataFrame:
        """Columns donor, recipient, item, quantity for one week's donations, requests and distances."""
        lanes = self._lanes(week)
        if not len(lanes):
            return pd.DataFrame({name: [] for name in ("donor", "recipient", "item", "quantity")})
        network = _network(lanes)
        plan = whole_units(network, solve_exact(network)[0])[:, 0]
        flow = np.zeros(len(lanes))
        flow[network.arc_lane] = plan
        answer = self._consignments(lanes.assign(flow=flow))
        for row in answer.itertuples():
            self.sent[row.recipient, row.item] += row.quantity
        return answer

    def _consignments(self, lanes: pd.DataFrame) -> pd.DataFrame:
        """The plan as consignments worth sending: the lanes it uses most come first, and each takes all it can carry."""
        if not (self.least_share or self.least_fill):
            chosen = lanes[lanes["flow"] > 0]
            return chosen[["donor", "recipient", "item"]].assign(quantity=chosen["flow"])
        held = {(row.donor, row.item): np.floor(row.held) for row in lanes.itertuples()}
        missing = {(row.recipient, row.item): np.floor(row.missing) for row in lanes.itertuples()}
        sent = []
        for row in lanes.sort_values(["flow", "surplus"], ascending=False, kind="stable").itertuples():
            giver, taker = (row.donor, row.item), (row.recipient, row.item)
            quantity = min(held[giver], missing[taker])
            if quantity >= max(self.least_share * row.given, 1) and quantity * row.value >= self.least_fill:
                sent.append((row.donor, row.recipient, row.item, quantity))
                held[giver] -= quantity
                missing[taker] -= quantity
        return pd.DataFrame(sent, columns=["donor", "recipient", "item", "quantity"])

    def _lanes(self, week: dict[str, np.ndarray]) -> pd.DataFrame:
        """One row for every pair of a donation and a request worth serving, with value and cost of a unit."""
        donations = pd.DataFrame({"donor": week["donor"], "item": week["donor_item"], "held": week["donor_quantity"]})
        for row in donations.itertuples():
            self.given[row.donor, row.item] = max(self.given[row.donor, row.item], row.held)
        donations["given"] = [self.given[key] for key in zip(donations["donor"], donations["item"], strict=True)]
        requests = pd.DataFrame(
            {"recipient": week["recipient"], "item": week["recipient_item"], "missing": week["recipient_quantity"]}
        )
        requests = requests[requests["missing"] >= 1]
        got = [self.sent.get(key, 0.0) for key in zip(requests["recipient"], requests["item"], strict=True)]
        requests["value"] = 1.0 / (requests["missing"] + got)
        pairs = donations[donations["held"] >= 1].merge(requests, on="item")
        apart = pd.DataFrame({"donor": week["lane_donor"], "recipient": week["lane_recipient"], "miles": week["miles"]})
        pairs = pairs.merge(apart, on=["donor", "recipient"])
        most = pairs[["held", "missing"]].min(axis=1)
        worth_it = (most >= self.least_share * pairs["given"]) & (most * pairs["value"] >= self.least_fill)
        pairs, most = pairs[worth_it], most[worth_it]
        pairs["cost"] = self.mile * pairs["miles"] + self.parcel / most
        pairs["surplus"] = pairs["value"] - pairs["cost"]
        pairs = pairs[pairs["surplus"] > 0].sort_values("surplus", ascending=False, kind="stable")
        return pairs.groupby(["donor", "item"], sort=False).head(LANES_A_DONATION).reset_index(drop=True)


def _network(lanes: pd.DataFrame):
    """The week as a supply network of one week, a lane for every row."""
    donors, donor = np.unique(lanes["donor"], return_inverse=True)
    recipients, recipient = np.unique(lanes["recipient"], return_inverse=True)
    items, item = np.unique(lanes["item"], return_inverse=True)
    # A lane carries one item only, so each donation is a source of its own.
    key = donor * len(items) + item
    sources, source = np.unique(key, return_inverse=True)
    first = np.unique(key, return_index=True)[1]
    need, value = (np.zeros((len(recipients), len(items))) for _ in range(2))
    need[recipient, item], value[recipient, item] = lanes["missing"], lanes["value"]
    unlimited = np.full((len(lanes), 1), np.inf)
    return build_network(
        sources=tuple(f"{donors[k // len(items)]} {items[k % len(items)]}" for k in sources),
        recipients=tuple(recipients), items=tuple(items), week_ends=np.array(["2020-07-31"], dtype="datetime64[D]"),
        kg=np.ones(len(items)), m3=np.zeros(len(items)),
        lane_source=source.astype(np.int32), lane_recipient=recipient.astype(np.int32),
        lane_weeks=np.zeros(len(lanes), dtype=np.int32), lane_cost=lanes["cost"].to_numpy(float),
        lane_m3=unlimited, lane_kg=unlimited, lane_mode=("post",) * len(lanes),
        handling_kg=np.full((len(sources), 1), np.inf),
        pool_source=np.arange(len(sources), dtype=np.int32), pool_item=(sources % len(items)).astype(np.int32),
        pool_arriving=np.floor(lanes["held"].to_numpy(float)[first])[:, None],
        pool_group=np.full(len(sources), -1, dtype=np.int32),
        group_recipients=np.zeros((0, len(recipients)), dtype=bool),
        pool_last_week=np.zeros(len(sources), dtype=np.int32),
        need=np.floor(need)[:, :, None], stock=np.zeros(need.shape), weight=value,
        tier_share=np.ones((1, 1)), tier_value=np.ones((1, 1)), cost_weight=1.0,
    )  # fmt: skip


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
        (ours[name] < theirs[name]) == lower != (ours[name] == theirs[name]) for name, lower in LOWER_IS_BETTER.items()
    )


BALANCED = (2e-5, 0.0, 0.55, 0.7)
FRONTIER = ((3e-4, 0.3), (1e-4, 0.2), (3e-5, 0.1), (0.0, 0.0))
"""(mile, parcel) from the most frugal to the most filled; in BALANCED also least share and least fill."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--env", type=Path, required=True, help="virtual environment of the package; made when missing")
    parser.add_argument("--frontier", action="store_true", help="ours at several costs of miles and consignments")
    parser.add_argument("--only-ours", action="store_true", help="leave the published strategies out")
    parser.add_argument("--record", type=Path, help="folder with getusppe_offers.csv and getusppe_matches.csv")
    given = parser.parse_args()
    peer = Peer(given.env)
    line: dict[str, Any] = {"package": PACKAGES[0]}
    for name, strategy in {} if given.only_ours else PUBLISHED.items():
        line[name] = peer.run(strategy)
    line["ours"] = peer.run("ours", Matcher(*BALANCED))
    line["better_on_all_five_than"] = [
        name for name in PUBLISHED if name in line and better_on_all(line["ours"], line[name])
    ]
    if given.frontier:
        line["frontier"] = [
            {"mile": mile, "parcel": parcel, **peer.run("ours", Matcher(mile, parcel))} for mile, parcel in FRONTIER
        ]
        line["best_fill_rate"] = max(point["fill_rate"] for point in line["frontier"])
    peer.close()
    if given.record:
        line["record"] = record(given.record)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
