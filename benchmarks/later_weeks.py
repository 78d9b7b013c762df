"""Do the intervals hold 5 to 12 weeks ahead: the default forecaster on Mondays that no setting was chosen on.

    python benchmarks/later_weeks.py --data CASES_FOLDER [--first 2020-07-13] [--last 2020-10-05] [--every 3] [--write-record]

Reads `jhu_monday_vintages_2020.csv.gz` (known on each Monday) and `jhu_final_2020.csv.gz` (what came, revised). Prints one
JSON line: for cases and deaths by weeks ahead the coverage of the 50 % and the 95 % interval and the ratio of the sums
of the log interval score to the hubs' persistence baseline in the same run. --write-record replaces the table that
ships with the package and is shown under every forecast.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from early_2020 import observed, read_vintages

from yuanshou.forecast.evaluation import score_targets, summarise
from yuanshou.forecast.forecasters import TARGETS, forecast
from yuanshou.forecast.record import LATER_RECORD_FILE

WEEKS = 12


def scored(folder: Path, first: str, last: str, every: int) -> pd.DataFrame:
    """One row a target, place and week from 5 to 12 weeks ahead, with the scores of both methods."""
    final = pd.read_csv(folder / "jhu_final_2020.csv.gz")
    frames = []
    for series in read_vintages(folder / "jhu_monday_vintages_2020.csv.gz", first=first, last=last)[::every]:
        made, plain = (forecast(series, weeks=WEEKS, method=m, paths=400) for m in ("default", "baseline"))
        truth = observed(final, series.places, made.week_ends)
        keep = np.isfinite(truth) & np.isfinite(made.quantiles[..., 0])
        keep[:, :, :4] = False
        target, _, week = np.nonzero(keep)
        frame = score_targets(made.quantiles[keep], truth[keep])
        other = score_targets(plain.quantiles[keep], truth[keep])
        frame = frame.assign(target=np.array(TARGETS)[target], horizon=week + 1, as_of=series.as_of.isoformat())
        frames.append(frame.assign(reference_wis=other["wis"], reference_wis_log=other["wis_log"]))
        print(series.as_of, flush=True)
    return pd.concat(frames, ignore_index=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--first", default="2020-07-13")
    parser.add_argument("--last", default="2020-10-05")
    parser.add_argument("--every", type=int, default=3)
    parser.add_argument("--write-record", action="store_true")
    options = parser.parse_args()
    rows = scored(options.data, options.first, options.last, options.every)
    kept = ["targets", "coverage_50", "coverage_95", "bias", "wis_ratio", "wis_log_ratio"]
    table = summarise(rows, by=["target", "horizon"])[kept].round(3).reset_index()
    table.insert(0, "first", rows["as_of"].min())
    table.insert(1, "last", rows["as_of"].max())
    table.insert(2, "dates", rows["as_of"].nunique())
    if options.write_record:
        table.to_csv(LATER_RECORD_FILE, index=False)
    print(json.dumps({"benchmark": "later_weeks", "rows": table.to_dict("records")}))


if __name__ == "__main__":
    main()
