"""How fast every place of the world is forecast, beside statsforecast's AutoETS and AutoARIMA in the same run.

    python benchmarks/forecast_speed.py [--as-of 2020-06-29] [--paths 1000] [--data CASES_FOLDER]

Ours: cases and deaths, 12 weeks, 23 quantiles and sample paths, with fitting and from a fitted state. The peers get the
same weekly series on the log scale and give prediction intervals for the same 12 weeks, without paths, on one core too.
With --data the world of 28 June 2021 (`jhu_global_monday_vintages_2021H1.parquet`, 75 weeks) is used instead.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.forecast.forecasters import fit, forecast
from yuanshou.forecast.incidence import complete_weeks, incidence
from yuanshou.sources.surveillance import SurveillanceSeries, shipped_surveillance

WEEKS = 12


def timed(action: Callable[[], Any], repeats: int = 1) -> tuple[float, Any]:
    """Least seconds of `repeats` runs, and the last result."""
    best, result = np.inf, None
    for _ in range(repeats):
        began = time.perf_counter()
        result = action()
        best = min(best, time.perf_counter() - began)
    return best, result


def world_2021(folder: Path) -> SurveillanceSeries:
    frame = pd.read_parquet(folder / "jhu_global_monday_vintages_2021H1.parquet")
    frame = frame[frame["as_of"] == frame["as_of"].astype(str).max()]
    counts = [frame.pivot(index="iso3", columns="date", values=c) for c in ("cases_cumulative", "deaths_cumulative")]
    dates = pd.to_datetime(counts[0].columns.astype(str)).to_numpy().astype("datetime64[D]")
    values = [c.to_numpy(dtype=float) for c in counts]
    places = tuple(map(str, counts[0].index))
    return SurveillanceSeries(places, dates, values[0], values[1], date(2021, 6, 28), "JHU CSSE, CC BY 4.0")


def peers(weekly: np.ndarray) -> list[tuple[str, float]]:
    try:
        from statsforecast import StatsForecast
        from statsforecast.models import AutoARIMA, AutoETS
    except ModuleNotFoundError:
        sys.exit("found no statsforecast; expected the named peer; way out: pip install '.[bench]', or --no-peers")

    count, weeks = weekly.shape
    frame = pd.DataFrame({
        "unique_id": np.repeat(np.arange(count), weeks),
        "ds": np.tile(pd.date_range("2000-01-01", periods=weeks, freq="W-SAT"), count),
        "y": np.log1p(np.maximum(weekly, 0)).reshape(-1),
    })  # fmt: skip
    found = []
    for name, model in (("AutoETS", AutoETS(season_length=1)), ("AutoARIMA", AutoARIMA(season_length=1))):
        runner = StatsForecast(models=[model], freq="W-SAT", n_jobs=1)
        runner.forecast(df=frame[frame["unique_id"] == 0], h=WEEKS, level=[95])  # compiles what it compiles
        seconds, _ = timed(lambda r=runner: r.forecast(df=frame, h=WEEKS, level=[50, 80, 95]))
        found.append((name, seconds))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2020, 6, 29))
    parser.add_argument("--paths", type=int, default=1000)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    series = world_2021(options.data) if options.data else shipped_surveillance(options.as_of)
    whole, _ = timed(lambda: forecast(series, weeks=WEEKS, paths=options.paths), repeats=2)
    state = fit(series)
    ready, _ = timed(lambda: forecast(series, weeks=WEEKS, paths=options.paths, fitted=state), repeats=3)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{len(series.places)} places, cases and deaths, {WEEKS} weeks, {options.paths} paths, as of {series.as_of}")
    print(f"yuanshou with fitting        {whole:8.2f} s")
    print(f"yuanshou from a fitted state {ready:8.2f} s   largest memory {memory:.2f} GB")
    if options.no_peers:
        return
    weekly = [complete_weeks(incidence(c).daily, series.dates, series.as_of) for c in (series.cases, series.deaths)]
    for name, seconds in peers(np.concatenate(weekly)):
        print(f"statsforecast {name:14s} {seconds:8.2f} s   {seconds / whole:.1f} times ours with fitting")


if __name__ == "__main__":
    main()
