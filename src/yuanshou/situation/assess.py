"""The situation of every place on one day, with the reason for each statement.

The one thing easily confused: every figure is *by day of report* and ends with the place's own last report, not with
`as_of`; a place that fell silent keeps its last known counts, and growth is not stated for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from yuanshou.situation.backlogs import COLUMNS
from yuanshou.situation.changes import changes_since
from yuanshou.situation.groups import compare_groups
from yuanshou.situation.high_risk import high_risk_list
from yuanshou.situation.nowcast import nowcast
from yuanshou.situation.table import last_imported, situation_table
from yuanshou.situation.transmission import COVID_19, SerialInterval
from yuanshou.sources.surveillance import SurveillanceSeries, Target
from yuanshou.tables import DataQualityNote

TARGETS: tuple[Target, ...] = ("cases", "deaths")


@dataclass(frozen=True, eq=False)
class Situation:
    """Where things stand on `as_of`.

    Attributes
    ----------
    table : one row a place, indexed by place code: cases_cumulative, deaths_cumulative, cases_new_7d,
        deaths_new_7d, cases_per_100k, cases_new_7d_per_100k, growth_rate (per day), growth_rate_low,
        growth_rate_high, doubling_time_days, doubling_time_days_low, doubling_time_days_high,
        reproduction_number, reproduction_number_low, reproduction_number_high, last_report, growth_rank.
        Persons, days; intervals are 95 %; NaN where a figure cannot be given, with `reason` saying why.
        A doubling time is NaN where cases do not grow, and its upper bound where growth is not certain. Also
        name, kind, population, cases_new_14d,
        deaths_per_100k, silent_days (from the last report to `as_of`), beds_per_1000, income_group,
        health_worker_cases and imported_cases where the input has them.
    high_risk : frame place, rule, reason, since: one row per entry of the high-risk list.
    changes : frame place, change, detail: what changed since the comparison date.
    groups : frame grouping, group, places, cases_cumulative, …: regions and income groups, by population.
    imported : frame place, origin, cases_cumulative: the last word on cases by country of infection.
    serial_interval : what the reproduction number rests on.
    compared_to : the comparison date; None without one.
    adjustments : frame target, place, date, kind, raw, adjusted, detail: days whose new counts a nowcast moves. The
        table's own figures are as reported.
    """

    as_of: date
    table: pd.DataFrame
    high_risk: pd.DataFrame
    changes: pd.DataFrame
    notes: tuple[DataQualityNote, ...] = ()
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    imported: pd.DataFrame = field(default_factory=pd.DataFrame)
    source: str = ""
    serial_interval: SerialInterval = COVID_19
    compared_to: date | None = None
    adjustments: pd.DataFrame = field(default_factory=pd.DataFrame)


def assess(
    series: SurveillanceSeries,
    *,
    compare_to: SurveillanceSeries | Situation | None = None,
    serial_interval: SerialInterval = COVID_19,
) -> Situation:
    """The situation of every place of a series.

    Parameters
    ----------
    series : counts as known on one day.
    compare_to : an earlier situation, or the counts it is to be assessed from; fills `changes`.
    serial_interval : of the disease; the reproduction number rests on it.
    """
    table = situation_table(series, serial_interval=serial_interval)
    high_risk = high_risk_list(series, table, serial_interval=serial_interval)
    earlier_counts = compare_to if isinstance(compare_to, SurveillanceSeries) else None
    earlier = assess(earlier_counts, serial_interval=serial_interval) if earlier_counts else compare_to
    if isinstance(earlier, Situation):
        changes = changes_since(
            table, high_risk, series, earlier.table, earlier.high_risk, earlier_counts, earlier.as_of
        )
    else:
        changes = pd.DataFrame(columns=["place", "change", "detail"])
    moved = [nowcast(series, target=target).adjustments.assign(target=target) for target in TARGETS]
    adjustments = pd.concat(moved, ignore_index=True)[["target", *COLUMNS]]
    return Situation(
        as_of=series.as_of,
        table=table,
        high_risk=high_risk,
        changes=changes,
        groups=compare_groups(table),
        imported=last_imported(series.imported),
        source=series.source,
        serial_interval=serial_interval,
        compared_to=earlier.as_of if isinstance(earlier, Situation) else None,
        adjustments=adjustments,
    )
