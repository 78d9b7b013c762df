"""March to June 2020 by Monday vintages: the default forecaster against the re-created hub baseline.

    python benchmarks/early_2020.py --data CASES_FOLDER

Reads `jhu_monday_vintages_2020.csv.gz` (known on each Monday) and `jhu_final_2020.csv.gz` (what came, revised).
Prints, for cases and deaths by horizon, the ratio of the sums of the weighted interval score to the baseline's on the
log and the natural scale, and the coverage of the 95 % interval.
"""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from yuanshou.forecast.evaluation import score_targets
from yuanshou.forecast.forecasters import forecast
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import FloatArray

HORIZONS = 4


def read_vintages(path: Path, *, first: str, last: str) -> list[SurveillanceSeries]:
    frame = pd.read_csv(path)
    found = []
    for as_of, table in frame[frame["as_of"].between(first, last)].groupby("as_of"):
        days = pd.date_range(table["date"].min(), table["date"].max())
        counts = []
        for column in ("cases_cumulative", "deaths_cumulative"):
            wide = table.pivot(index="iso3", columns="date", values=column)
            wide.columns = pd.to_datetime(wide.columns)
            counts.append(wide.reindex(columns=days).to_numpy(dtype=float))
        places = tuple(sorted(table["iso3"].unique()))
        dates = days.to_numpy().astype("datetime64[D]")
        day = date.fromisoformat(str(as_of))
        found.append(SurveillanceSeries(places, dates, counts[0], counts[1], day, path.name))
    return found


def observed(final: pd.DataFrame, places: tuple[str, ...], week_ends: np.ndarray) -> FloatArray:
    """New persons by place and week in the final series, shape (2, P, H); negative weeks are left out."""
    result = np.full((2, len(places), len(week_ends)), np.nan)
    for target, column in enumerate(("cases_cumulative", "deaths_cumulative")):
        wide = final.pivot(index="iso3", columns="date", values=column).reindex(places)
        for week, end in enumerate(week_ends):
            new = (wide[str(end)] - wide[str(end - np.timedelta64(7, "D"))]).to_numpy(dtype=float)
            result[target, :, week] = np.where(new < 0, np.nan, new)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--first", default="2020-03-02")
    parser.add_argument("--last", default="2020-06-15")
    parser.add_argument("--paths", type=int, default=500)
    options = parser.parse_args()
    final = pd.read_csv(options.data / "jhu_final_2020.csv.gz")
    vintages = read_vintages(options.data / "jhu_monday_vintages_2020.csv.gz", first=options.first, last=options.last)
    parts = []
    for series in vintages:
        made = {m: forecast(series, weeks=HORIZONS, paths=options.paths, method=m) for m in ("default", "baseline")}
        truth = observed(final, series.places, made["default"].week_ends).reshape(-1)
        target, _, week = np.unravel_index(np.arange(truth.size), made["default"].quantiles.shape[:3])
        keep = np.isfinite(truth) & np.isfinite(made["default"].quantiles[..., 0].reshape(-1))
        scores = {m: score_targets(f.quantiles.reshape(-1, 23)[keep], truth[keep]) for m, f in made.items()}
        frame = scores["default"].assign(target=np.array(["cases", "deaths"])[target[keep]], horizon=week[keep] + 1)
        parts.append(frame.assign(b_log=scores["baseline"]["wis_log"], b=scores["baseline"]["wis"]))
    table = pd.concat(parts).groupby(["target", "horizon"])
    sums = table[["wis_log", "b_log", "wis", "b"]].sum()
    print(f"{len(vintages)} Mondays, {vintages[0].as_of} to {vintages[-1].as_of}, "
          f"{min(len(v.places) for v in vintages)} to {max(len(v.places) for v in vintages)} places")  # fmt: skip
    print(pd.DataFrame({
        "targets": table.size(),
        "log_ratio_to_baseline": sums["wis_log"] / sums["b_log"],
        "natural_ratio_to_baseline": sums["wis"] / sums["b"],
        "coverage_95": table["covered_95"].mean(),
    }).round(3).to_string())  # fmt: skip


if __name__ == "__main__":
    main()
