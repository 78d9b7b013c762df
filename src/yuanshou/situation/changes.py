"""What changed since an earlier situation: entries, places, jumps, corrections, turns.

The one thing easily confused: a *jump* is many new cases on new days; a *correction* is another count for a day that
had one already, and needs the counts as they were known then.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from yuanshou.sources.surveillance import SurveillanceSeries

JUMP_FACTOR = 3.0
JUMP_MINIMUM = 100
CORRECTION_SHARE = 0.01
CORRECTION_MINIMUM = 10

Change = tuple[str, str, str]


def changes_since(
    table: pd.DataFrame,
    high_risk: pd.DataFrame,
    series: SurveillanceSeries,
    earlier_table: pd.DataFrame,
    earlier_high_risk: pd.DataFrame,
    earlier_series: SurveillanceSeries | None,
    earlier_day: date,
) -> pd.DataFrame:
    """place, change, detail; corrections only where the earlier counts are given."""
    rows = _entries(high_risk, earlier_high_risk)
    rows += _places(table, earlier_table, earlier_day)
    rows += _jumps(table, earlier_table, earlier_day)
    rows += _turns(table, earlier_table)
    if earlier_series is not None:
        rows += _corrections(series, earlier_series)
    return pd.DataFrame(rows, columns=["place", "change", "detail"])


def _entries(now: pd.DataFrame, then: pd.DataFrame) -> list[Change]:
    """Entries of the high-risk list that are new, and those that are gone."""
    today = {(p, r): why for p, r, why in zip(now["place"], now["rule"], now["reason"], strict=True)}
    before = {(p, r): why for p, r, why in zip(then["place"], then["rule"], then["reason"], strict=True)}
    added = [(p, "high risk: added", f"{r}: {today[p, r]}") for p, r in today if (p, r) not in before]
    gone = [(p, "high risk: removed", f"{r}; then: {before[p, r]}") for p, r in before if (p, r) not in today]
    return added + gone


def _places(now: pd.DataFrame, then: pd.DataFrame, day: date) -> list[Change]:
    """Places that report cases or deaths for the first time, and places that are gone from the counts."""
    before = then.reindex(now.index)
    rows: list[Change] = []
    for count, one in (("cases", "case"), ("deaths", "death")):
        column = f"{count}_cumulative"
        first = now.loc[(now[column] > 0) & ~(before[column] > 0), column]
        rows += [(str(p), f"first {count}", f"{_counted(n, one)}; none known on {day}") for p, n in first.items()]
    gone = then.loc[then.index.difference(now.index), "cases_cumulative"]
    return rows + [(str(p), "no longer listed", f"{_counted(n, 'case')} on {day}") for p, n in gone.items()]


def _counted(number: float, one: str) -> str:
    return f"{number:,.0f} {one}" if number == 1 else f"{number:,.0f} {one}s"


def _jumps(now: pd.DataFrame, then: pd.DataFrame, day: date) -> list[Change]:
    """Places whose cases at least tripled, by at least 100."""
    frame = pd.DataFrame({"now": now["cases_cumulative"], "then": then["cases_cumulative"].reindex(now.index)})
    frame["times"] = frame["now"] / frame["then"].where(frame["then"] > 0)
    hit = frame[(frame["times"] >= JUMP_FACTOR) & (frame["now"] - frame["then"] >= JUMP_MINIMUM)]
    hit = hit.sort_values("times", ascending=False)
    return [
        (str(p), "jump", f"{then:,.0f} cases on {day}, {now:,.0f} now ({times:.1f} times)")
        for p, now, then, times in zip(hit.index, hit["now"], hit["then"], hit["times"], strict=True)
    ]


def _turns(now: pd.DataFrame, then: pd.DataFrame) -> list[Change]:
    """Places whose growth is slower or faster than it was, the two 95 % intervals apart."""
    both = now.join(then, rsuffix="_then", how="inner")
    rows: list[Change] = []
    for word, hit in (
        ("growth slower", both["growth_rate_high"] < both["growth_rate_low_then"]),
        ("growth faster", both["growth_rate_low"] > both["growth_rate_high_then"]),
    ):
        for place, row in both[hit].iterrows():
            detail = f"{row['growth_rate_then']:+.1%} a day then, {row['growth_rate']:+.1%} now"
            rows.append((str(place), word, detail))
    return rows


def _corrections(now: SurveillanceSeries, then: SurveillanceSeries) -> list[Change]:
    """Places whose count for a day known then is another now, by at least 10 persons and 1 %."""
    rows: list[Change] = []
    shared_days, at_now, at_then = np.intersect1d(now.dates, then.dates, return_indices=True)
    for place in (p for p in now.places if p in then.places):
        i, j = now.places.index(place), then.places.index(place)
        for name, new, old in (("cases", now.cases, then.cases), ("deaths", now.deaths, then.deaths)):
            present, past = new[i, at_now], old[j, at_then]
            size = np.abs(present - past)
            large = (size >= CORRECTION_MINIMUM) & (size >= CORRECTION_SHARE * np.maximum(past, 1))
            if large.any():
                d = int(np.nanargmax(np.where(large, size, -1)))
                detail = (f"{name} of {_counted(large.sum(), 'day')} revised, most on {shared_days[d]}: "
                          f"{past[d]:,.0f} then, {present[d]:,.0f} now")  # fmt: skip
                rows.append((place, "correction", detail))
    return rows
