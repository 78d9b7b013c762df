"""The high-risk list: seven written rules, each entry with its reason and since when it has held.

A rule is one function from the situation table to the rows it names and their reasons. The one thing easily confused:
the list says where attention is due, not where aid goes; allocation reads needs, never this list.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pandas as pd

from yuanshou.situation.table import situation_table
from yuanshou.situation.transmission import COVID_19, SerialInterval
from yuanshou.sources.surveillance import SurveillanceSeries

FAST_DOUBLING_DAYS = 7.0
FAST_NEW_7D = 100
MANY_NEW_7D_PER_100K = 20.0
MANY_NEW_7D = 100
DEATHS_NEW_7D = 100
FEW_BEDS_PER_1000 = 1.0
FEW_BEDS_NEW_7D = 20
CLOSED_SHARE = 0.01
WORKERS_SHARE = 0.10
WORKERS_MINIMUM = 20
SILENT_DAYS = 3
SILENT_NEW_7D = 100
LOOK_BACK_DAYS = 28
"""`since` is looked for in this many days before `as_of`; an entry that held throughout is marked "or earlier"."""

Entries = pd.Series
"""Reasons by place, of the places a rule names."""


def _fast_growth(t: pd.DataFrame) -> Entries:
    hit = t[(t["doubling_time_days_high"] <= FAST_DOUBLING_DAYS) & (t["cases_new_7d"] >= FAST_NEW_7D)]
    return _reasons(hit, lambda r: f"cases double every {r.doubling_time_days:.1f} days "
                    f"(95 %: {r.doubling_time_days_low:.1f} to {r.doubling_time_days_high:.1f}), "
                    f"{r.cases_new_7d:,.0f} new in 7 days")  # fmt: skip


def _many_cases(t: pd.DataFrame) -> Entries:
    hit = t[(t["cases_new_7d_per_100k"] >= MANY_NEW_7D_PER_100K) & (t["cases_new_7d"] >= MANY_NEW_7D)]
    return _reasons(hit, lambda r: f"{r.cases_new_7d_per_100k:,.0f} new cases per 100,000 people in 7 days "
                    f"({r.cases_new_7d:,.0f} cases)")  # fmt: skip


def _many_deaths(t: pd.DataFrame) -> Entries:
    hit = t[t["deaths_new_7d"] >= DEATHS_NEW_7D]
    return _reasons(hit, lambda r: f"{r.deaths_new_7d:,.0f} deaths in 7 days, {r.deaths_cumulative:,.0f} in all")


def _little_care(t: pd.DataFrame) -> Entries:
    few = (t["beds_per_1000"] < FEW_BEDS_PER_1000) | (t["income_group"] == "Low income")
    hit = t[few & (t["reproduction_number_low"] > 1) & (t["cases_new_7d"] >= FEW_BEDS_NEW_7D)]

    def reason(r: pd.Series) -> str:
        beds = f"{r.beds_per_1000:.1f} hospital beds per 1,000 people" if r.beds_per_1000 < FEW_BEDS_PER_1000 else (
            "a low-income economy")  # fmt: skip
        return (f"{beds}, reproduction number {r.reproduction_number:.1f} (95 %: {r.reproduction_number_low:.1f} to "
                f"{r.reproduction_number_high:.1f}), {r.cases_new_7d:,.0f} new cases in 7 days")  # fmt: skip

    return _reasons(hit, reason)


def _closed_setting(t: pd.DataFrame) -> Entries:
    aboard = t["cases_cumulative"] / t["population"]
    hit = t[(t["kind"] == "conveyance") & (aboard >= CLOSED_SHARE) & (t["cases_new_14d"] > 0)]
    return _reasons(hit, lambda r: f"{r.cases_cumulative:,.0f} of {r.population:,.0f} persons aboard infected, "
                    f"{r.cases_new_14d:,.0f} of them in the last 14 days")  # fmt: skip


def _health_workers(t: pd.DataFrame) -> Entries:
    share = t["health_worker_cases"] / t["cases_cumulative"]
    hit = t[(share >= WORKERS_SHARE) & (t["health_worker_cases"] >= WORKERS_MINIMUM)]
    return _reasons(hit, lambda r: f"{r.health_worker_cases:,.0f} infections of health workers, "
                    f"{r.health_worker_cases / r.cases_cumulative:.0%} of all cases")  # fmt: skip


def _silence(t: pd.DataFrame) -> Entries:
    hit = t[(t["silent_days"] > SILENT_DAYS) & (t["cases_new_7d"] >= SILENT_NEW_7D)]
    return _reasons(hit, lambda r: f"no report for {r.silent_days:.0f} days after {r.cases_new_7d:,.0f} new cases in "
                    "the last 7 days reported")  # fmt: skip


RULES: dict[str, Callable[[pd.DataFrame], Entries]] = {
    "fast growth": _fast_growth,
    "many cases for its population": _many_cases,
    "many deaths": _many_deaths,
    "growth where care is scarce": _little_care,
    "closed setting": _closed_setting,
    "health workers infected": _health_workers,
    "silent after growth": _silence,
}
"""Name of each rule in the order of the list; the thresholds are the constants above, the prose is in the docs."""


def high_risk_list(
    series: SurveillanceSeries, table: pd.DataFrame, *, serial_interval: SerialInterval = COVID_19
) -> pd.DataFrame:
    """place, rule, reason, since (date): the entries of today's table, rule by rule, most new cases first.

    `since` is the first day of the unbroken run of days up to `as_of` on which the rule held, by these same counts;
    NaT where the run reaches back beyond the 28 days that are looked at.
    """
    today = apply_rules(table)
    if today.empty:
        return today.assign(since=pd.Series(dtype="datetime64[s]"))
    since = _since(series, today, serial_interval)
    order = today["place"].map(table["cases_new_7d"])
    today = today.assign(since=since, order=order, rank=today["rule"].map(list(RULES).index))
    return today.sort_values(["rank", "order"], ascending=[True, False], ignore_index=True).drop(
        columns=["order", "rank"]
    )


def apply_rules(table: pd.DataFrame) -> pd.DataFrame:
    """place, rule, reason of every rule on a situation table."""
    entries = [
        {"place": place, "rule": name, "reason": reason}
        for name, rule in RULES.items()
        for place, reason in rule(table).items()
    ]
    return pd.DataFrame(entries, columns=["place", "rule", "reason"])


def _reasons(hit: pd.DataFrame, words: Callable[[pd.Series], str]) -> Entries:
    return pd.Series({place: words(row) for place, row in hit.iterrows()}, dtype=object)


def _since(series: SurveillanceSeries, today: pd.DataFrame, serial_interval: SerialInterval) -> pd.Series:
    """First day of the unbroken run of each entry, walking back one day at a time while any entry still holds."""
    kept = series.restrict(sorted(set(today["place"])))
    keys = list(zip(today["place"], today["rule"], strict=True))
    since: dict[tuple[str, str], pd.Timestamp] = {}
    running = dict.fromkeys(keys, pd.Timestamp(series.as_of))
    for back in range(1, LOOK_BACK_DAYS + 1):
        day = series.as_of - timedelta(days=back)
        if not running or np.datetime64(day, "D") < series.dates[0]:
            break
        frame = apply_rules(situation_table(kept.until(day), serial_interval=serial_interval))
        holds = set(zip(frame["place"], frame["rule"], strict=True))
        for key in [k for k in running if k not in holds]:
            since[key] = running.pop(key)
        running = dict.fromkeys(running, pd.Timestamp(day))
    # What still runs has held longer than was looked at: the day is not known, so none is given.
    known = since | ({} if running and back == LOOK_BACK_DAYS else running)
    return pd.Series([known.get(k, pd.NaT) for k in keys], index=today.index, dtype="datetime64[s]")
