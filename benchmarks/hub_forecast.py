"""Forecast every Monday of a folder laid out like a forecasting hub's benchmark, in the hub's own format.

    python benchmarks/hub_forecast.py --data HUB_FOLDER --out forecasts.csv

Reads `truth_asof_daily.parquet` and nothing else: for each Monday the counts as they were known on it. A later Monday
may use what earlier Mondays' tables showed; nothing ever looks ahead. The same folder and seed give the same file.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from yuanshou.forecast.rolling import RollingForecaster, RollingSettings
from yuanshou.places import find_place, load_places
from yuanshou.sources.hub import read_hub_truth, to_euro_hub


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with truth_asof_daily.parquet")
    parser.add_argument("--out", type=Path, required=True, help="the forecasts (.csv or .csv.gz)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args()
    began = time.perf_counter()
    vintages = read_hub_truth(options.data)
    forecaster = RollingForecaster(settings=RollingSettings(seed=options.seed))
    populations = load_places()["population"]
    frames = []
    for number, series in enumerate(vintages, start=1):
        codes = [find_place(place) or place for place in series.places]
        population = populations.reindex(codes).to_numpy(dtype=float)
        quantiles = forecaster.step(series, np.where(population > 0, population, np.nan))
        frames.append(to_euro_hub(quantiles, series.places, series.as_of))
        if not options.quiet:
            took = time.perf_counter() - began
            print(f"{series.as_of}  {number} of {len(vintages)}  {took:.0f} s", file=sys.stderr, flush=True)
    pd.concat(frames, ignore_index=True).to_csv(options.out, index=False)


if __name__ == "__main__":
    main()
