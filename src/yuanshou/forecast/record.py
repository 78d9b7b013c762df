"""The product's own record: how good its forecasts were where it could be checked, shown beside every forecast.

The table is made by `yuanshou score --backtest --write-record` from the shipped vintages and ships with the package.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from yuanshou.forecast.evaluation import summarise

RECORD_FILE = Path(__file__).with_name("record.csv")
LATER_RECORD_FILE = Path(__file__).with_name("record_later.csv")
"""The same for 5 to 12 weeks ahead, made by `benchmarks/later_weeks.py --write-record`."""


def make_record(scores: pd.DataFrame) -> pd.DataFrame:
    """The record from a backtest's scores: by target and horizon, with the period and the number of dates."""
    table = summarise(scores, by=["target", "horizon"]).drop(columns="pit").reset_index()
    table.insert(0, "first", scores["as_of"].min())
    table.insert(1, "last", scores["as_of"].max())
    table.insert(2, "dates", scores["as_of"].nunique())
    return table.round(4)


def load_record() -> pd.DataFrame:
    """Columns first, last, dates, target, horizon, targets, wis, wis_log, crps, absolute_error, coverage_50, coverage_95,
    bias, wis_ratio, wis_log_ratio (to the hubs' baseline)."""
    return pd.read_csv(RECORD_FILE)


def record_sentence(target: str = "cases") -> str:
    """One line for a reader beside a forecast."""
    table = load_record()
    rows = table[table["target"] == target].set_index("horizon")
    cover = ", ".join(f"{rows.at[h, 'coverage_95']:.0%}" for h in rows.index)
    ratio = ", ".join(f"{rows.at[h, 'wis_log_ratio']:.2f}" for h in rows.index)
    first, last, dates = rows["first"].iloc[0], rows["last"].iloc[0], rows["dates"].iloc[0]
    return (
        f"Record, {target}, {dates} dates from {first} to {last}, 1 to {len(rows)} weeks ahead: 95 % intervals held "
        f"{cover}; error against persistence {ratio} (log score, below 1 is better)."
    )


def later_sentence(target: str, weeks: int) -> str:
    """One line on the weeks after the fourth: how far they were checked, and that weeks after the twelfth were not."""
    rows = pd.read_csv(LATER_RECORD_FILE).query("target == @target and horizon <= @weeks").set_index("horizon")
    if not len(rows):
        return ""
    cover, error = rows["coverage_95"], rows["wis_log_ratio"]
    unchecked = f" Later than week {rows.index[-1]} nothing was checked." if weeks > rows.index[-1] else ""
    return (
        f"{target.capitalize()} {rows.index[0]} to {rows.index[-1]} weeks ahead, {rows['dates'].iloc[0]} dates from "
        f"{rows['first'].iloc[0]} to {rows['last'].iloc[0]}: 95 % intervals held {cover.min():.0%} to {cover.max():.0%}; "
        f"error against persistence {error.min():.2f} to {error.max():.2f} (log score).{unchecked}"
    )
