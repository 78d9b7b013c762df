"""The table of the situation: counts, rates by population, growth and reproduction number, one row a place.

The one thing easily confused: `reason` speaks of the figures that are missing; a place without a reason has them all.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from yuanshou.places import load_health_capacity, load_places
from yuanshou.situation.recent import RecentReports, recent_reports
from yuanshou.situation.transmission import (
    COVID_19,
    RATE_LIMIT,
    SerialInterval,
    discretised_serial_interval,
    doubling_time_days,
    growth_rate,
    reproduction_number,
)
from yuanshou.sources.surveillance import SurveillanceSeries

PERSONS_FOR_GROWTH = 10
REPORTS_FOR_GROWTH = 4
PERSONS_FOR_REPRODUCTION = 11
"""New cases in the window below which the posterior's coefficient of variation exceeds 0.3 (Cori et al. 2013)."""
PERSONS_FOR_RANK = 50
"""New cases in the last 7 days that a place needs to stand in the ranking by growth."""
REPRODUCTION_WINDOW_DAYS = 7


def situation_table(series: SurveillanceSeries, *, serial_interval: SerialInterval = COVID_19) -> pd.DataFrame:
    """`Situation.table`: one row a place."""
    cases, deaths = recent_reports(series.cases), recent_reports(series.deaths)
    places = list(series.places)
    facts = load_places().reindex(places)
    population = facts["population"].to_numpy(dtype=float)
    last = pd.Series(series.dates[cases.last].astype("datetime64[s]"), index=places).where(cases.last >= 0)
    table = pd.DataFrame(
        {
            "name": facts["name_en"].fillna(pd.Series(places, index=places)),
            "kind": facts["kind"],
            "population": population,
            "cases_cumulative": cases.cumulative,
            "deaths_cumulative": deaths.cumulative,
            "cases_new_7d": cases.new_over(7),
            "deaths_new_7d": deaths.new_over(7),
            "cases_new_14d": cases.new_over(14),
            "last_report": last,
            "silent_days": (pd.Timestamp(series.as_of) - last).dt.days,
            "beds_per_1000": load_health_capacity()["beds_per_1000"].reindex(places),
            "income_group": facts["income_group"],
        },
        index=pd.Index(places, name="place"),
    )
    for count in ("cases_cumulative", "cases_new_7d", "deaths_cumulative"):
        table[count.replace("_cumulative", "") + "_per_100k"] = table[count] / population * 100_000
    _add_growth(table, cases)
    _add_reproduction(table, cases, serial_interval)
    _add_rank(table)
    _add_optional(table, series)
    return table


def _add_growth(table: pd.DataFrame, cases: RecentReports) -> None:
    """Growth rate and doubling time with interval; the reason where they are not given."""
    found = growth_rate(*cases.growth_window())
    silent = table["silent_days"].to_numpy() > cases.silence_limit()
    few_reports, few_persons = found.reports < REPORTS_FOR_GROWTH, found.persons < PERSONS_FOR_GROWTH
    unbounded = np.abs(found.rate) >= RATE_LIMIT
    reasons = np.select(
        [cases.last < 0, silent, few_reports, few_persons, unbounded],
        [
            "no report of cases",
            "no recent report",
            "too few reports for growth",
            "too few new cases for growth",
            "all new cases on one day",
        ],
        default="",
    )
    given = reasons == ""
    for name, values in (("", found.rate), ("_low", found.low), ("_high", found.high)):
        table[f"growth_rate{name}"] = np.where(given, values, np.nan)
    # The fastest growth gives the shortest doubling, so the bounds change sides; what never doubles has no figure.
    for name, rate in (("", "growth_rate"), ("_low", "growth_rate_high"), ("_high", "growth_rate_low")):
        days = doubling_time_days(table[rate].to_numpy())
        table[f"doubling_time_days{name}"] = np.where(np.isfinite(days), days, np.nan)
    table["reason"] = np.where(given & (found.rate <= 0), "no doubling: cases do not grow", reasons)


def _add_reproduction(table: pd.DataFrame, cases: RecentReports, interval: SerialInterval) -> None:
    """Reproduction number on the last report's day with interval; the reason where it is not given."""
    daily = cases.settled_daily()
    columns = ("reproduction_number", "reproduction_number_low", "reproduction_number_high")
    reasons = table["reason"].to_numpy(dtype=object)
    if daily.shape[1] <= REPRODUCTION_WINDOW_DAYS:
        for column in columns:
            table[column] = np.nan
        short = np.full(len(table), "too few days for the reproduction number", dtype=object)
        table["reason"] = _join(reasons, short)
        return
    weights = discretised_serial_interval(interval, days=_interval_days(interval))
    found = reproduction_number(daily, weights, window_days=REPRODUCTION_WINDOW_DAYS)
    at = np.maximum(cases.last, 0)[:, None]
    persons = np.nan_to_num(np.take_along_axis(found.persons, at, axis=1)[:, 0])
    days = np.isfinite(daily).sum(axis=1)
    unable = np.isin(reasons, ["no report of cases", "no recent report"])
    few = (persons < PERSONS_FOR_REPRODUCTION) | (days <= REPRODUCTION_WINDOW_DAYS)
    for column, values in zip(columns, (found.mean, found.low, found.high), strict=True):
        table[column] = np.where(unable | few, np.nan, np.take_along_axis(values, at, axis=1)[:, 0])
    told = np.where(few & ~unable, "too few new cases in 7 days for the reproduction number", "")
    table["reason"] = _join(reasons, told)


def _interval_days(interval: SerialInterval) -> int:
    """Days that hold all but a thousandth of the serial interval, by a wide margin."""
    return int(np.ceil(interval.mean_days + 8 * interval.sd_days)) + 1


def _join(first: NDArray[np.object_], second: NDArray[np.object_]) -> list[str]:
    return ["; ".join(t for t in pair if t) for pair in zip(first, second, strict=True)]


def _add_rank(table: pd.DataFrame) -> None:
    """Rank 1 where growth is fastest, among places with 50 new cases in 7 days that grow for certain."""
    ranked = (table["cases_new_7d"] >= PERSONS_FOR_RANK) & (table["growth_rate_low"] > 0)
    table["growth_rank"] = table["growth_rate"].where(ranked).rank(ascending=False, method="first")


def _add_optional(table: pd.DataFrame, series: SurveillanceSeries) -> None:
    """Infections of health workers and imported cases; NaN where the input has none."""
    for column, frame in (
        ("health_worker_cases", series.health_workers),
        ("imported_cases", last_imported(series.imported)),
    ):
        if len(frame):
            counts = _last_word(frame, ["place"]) if "date" in frame else frame
            table[column] = counts.groupby("place")["cases_cumulative"].sum().reindex(table.index)
        else:
            table[column] = np.nan


def last_imported(imported: pd.DataFrame) -> pd.DataFrame:
    """place, origin, cases_cumulative: the last day's word on each origin, largest first."""
    if imported.empty:
        return pd.DataFrame(columns=["place", "origin", "cases_cumulative"])
    last = _last_word(imported, ["place", "origin"])[["place", "origin", "cases_cumulative"]]
    return last.sort_values(["place", "cases_cumulative"], ascending=[True, False], ignore_index=True)


def _last_word(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return frame.sort_values("date").drop_duplicates(keys, keep="last")
