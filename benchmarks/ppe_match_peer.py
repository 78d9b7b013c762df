#!/usr/bin/env python3
"""The other side of `ppe_match.py`: ppe-match's own framework and metrics, run in its own environment.

    ENV/bin/python benchmarks/ppe_match_peer.py FOLDER

Reads one line a run from standard input: the name of a strategy that the package ships, or `ours`. For `ours` every
week's pending donations, requests and distances are written to FOLDER/week.npz and a line `week` is printed; the
answer is expected in FOLDER/answer.npz once a line comes back. At the end of a run a line `done {metrics}` follows.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from ppe_match import TestingFramework, strategies

MEASURES = {
    "avg holding time": "holding_days",
    "avg number of shipments": "shipments_per_donor",
    "avg unit-miles": "unit_miles",
    "fill rate": "fill_rate",
    "fill rate exc zeros": "fill_rate_without_zeros",
}


def ask(folder: Path):
    """A strategy that asks the process at the other end of the pipe."""

    def strategy(date, donors, requests, distance):
        np.savez(
            folder / "week.npz",
            donor=donors["don_id"].to_numpy(str), donor_item=donors["ppe"].to_numpy(str),
            donor_quantity=donors["qty"].to_numpy(float), recipient=requests["rec_id"].to_numpy(str),
            recipient_item=requests["ppe"].to_numpy(str), recipient_quantity=requests["qty"].to_numpy(float),
            lane_donor=distance["don_id"].to_numpy(str), lane_recipient=distance["rec_id"].to_numpy(str),
            miles=distance["distance"].to_numpy(float),
        )  # fmt: skip
        print("week", flush=True)
        sys.stdin.readline()
        with np.load(folder / "answer.npz") as answer:
            return pd.DataFrame({"don_id": answer["donor"], "rec_id": answer["recipient"],
                                 "ppe": answer["item"], "qty": answer["quantity"]})  # fmt: skip

    return strategy


def main() -> None:
    folder = Path(sys.argv[1])
    for name in ("ppe_match.testing_framework", "ppe_match.strategies"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("ppe_match.testing_framework").info = lambda *words: None
    whole = TestingFramework()
    for line in sys.stdin:
        name = line.strip()
        framework = TestingFramework.__new__(TestingFramework)
        framework.__dict__.update(whole.__dict__)
        framework.set_strategy(ask(folder) if name == "ours" else getattr(strategies, name))
        framework.run()
        metrics = framework.get_metrics().set_index("metric_name")["value"]
        decisions = framework.get_decisions()
        result = {short: float(metrics[long]) for long, short in MEASURES.items()}
        result |= {
            "units": float(decisions["qty"].sum()),
            "lines": len(decisions),
            "donors": int(decisions["don_id"].nunique()),
            "recipients": int(decisions["rec_id"].nunique()),
        }
        print("done " + json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
