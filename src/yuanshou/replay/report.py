"""A finished fleet as one self-contained page: the rules side by side, week by week, and who was left behind."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from yuanshou.charts import CHART_STYLE, bar_chart, line_chart
from yuanshou.places import load_places
from yuanshou.replay.fleet import read_runs
from yuanshou.replay.outcomes import summarise
from yuanshou.replay.world import ReplayWorld

LINES = 6
"""A line chart holds at most six rules; the rest stand in the table."""

MEASURES = {
    "weighted_unmet_share": "Unmet need",
    "regret": "Regret",
    "regret_of_need": "Regret, offers as known",
    "worst_coverage": "Worst place",
    "worst_tenth_coverage": "Worst tenth of places",
    "median_coverage": "Median place",
    "unused_share": "Unused at the end",
    "freight_usd": "Freight, US$ million",
    "consignments": "Consignments",
    "days_to_receipt": "Days to receipt",
}


def write_replay_report(folder: Path, world: ReplayWorld) -> Path:
    """Write replay.html beside the runs of a fleet, and return its path."""
    outcomes = read_runs(folder, "outcome")
    summary = summarise(outcomes)
    order = sorted(summary, key=lambda rule: float(str(summary[rule]["weighted_unmet_share"])))
    templates = files("yuanshou.report") / "templates"
    template = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).from_string((templates / "replay.html.j2").read_text(encoding="utf-8"))
    page = template.render(
        style=Markup((templates / "plan.css").read_text(encoding="utf-8") + CHART_STYLE),
        first=world.mondays[0].isoformat(),
        last=np.datetime_as_string(world.week_ends[-1]),
        places=len(world.places),
        items=len(world.items),
        weeks=len(world.mondays),
        seeds=outcomes["seed"].nunique(),
        measures=list(MEASURES.values()),
        rules=[said(rule) for rule in order],
        rows=[{"rule": said(rule), "cells": [cell(summary[rule], name) for name in MEASURES]} for rule in order],
        unmet_chart=unmet_chart(summary, order),
        weekly_chart=weekly_chart(read_runs(folder, "week"), world, order),
        worst=worst_places(read_runs(folder, "place"), order),
        review=review(summary, order),
        scenarios=", ".join(sorted(outcomes["scenario"].unique())),
    )
    target = folder / "replay.html"
    target.write_text(page, encoding="utf-8")
    return target


def cell(entry: dict[str, object], name: str) -> str:
    """A measure with its interval, in the unit of its column."""
    value = entry[name]
    intervals = entry["intervals"]
    assert isinstance(intervals, dict)
    low, high = intervals[name]
    if value is None:
        return "–"
    if name == "freight_usd":
        return f"{float(str(value)) / 1e6:,.1f}"
    if name in ("consignments", "days_to_receipt"):
        return f"{float(str(value)):,.0f}"
    if low == high:  # one seed, or a measure that never varies: no interval to speak of
        return f"{float(str(value)):.1%}"
    return f"{float(str(value)):.1%} ({low:.1%} – {high:.1%})"


def said(rule: str) -> str:
    """A rule's name as people read it; of a user's own rule, the function's."""
    return rule.rpartition(":")[2].replace("_", " ")


def unmet_chart(summary: dict[str, dict[str, object]], order: list[str]) -> object:
    """Unmet weighted need by rule, with its interval over seeds."""
    intervals = [summary[rule]["intervals"] for rule in order]
    ends = [tuple(100 * v for v in entry["weighted_unmet_share"]) for entry in intervals if isinstance(entry, dict)]
    return bar_chart(
        labels=[said(rule) for rule in order],
        parts={"unmet": np.array([100 * float(str(summary[rule]["weighted_unmet_share"])) for rule in order])},
        whiskers=(np.array([e[0] for e in ends]), np.array([e[1] for e in ends])),
        title="Unmet weighted need by rule",
        unit="% of need",
        width=640,
    )


def weekly_chart(weeks: pd.DataFrame, world: ReplayWorld, order: list[str]) -> object:
    """Share of weighted need served each week, mean over seeds, for at most six rules."""
    sums = weeks.groupby(["rule", "key"], sort=True)[["need", "served"]].sum().reset_index()
    series = {}
    for rule in order[:LINES]:
        rows = sums[sums["rule"] == rule]
        series[said(rule)] = 100 * rows["served"].to_numpy(float) / rows["need"].to_numpy(float)
    return line_chart(
        days=world.week_ends, series=series, title="Share of weighted need served, by week", unit="% of need", width=640
    )


def worst_places(places: pd.DataFrame, order: list[str]) -> list[dict[str, object]]:
    """The ten worst served places under the default rule (or the best rule there is), under every rule."""
    means = places.pivot_table(index="key", columns="rule", values="coverage", aggfunc="mean")
    first = "default" if "default" in means.columns else order[0]
    names = load_places()["name_en"]
    rows = means.sort_values(first, kind="stable").head(10)[order]
    return [
        {"place": names.get(place, place), "cells": ["–" if np.isnan(v) else f"{v:.0%}" for v in values]}
        for place, values in zip(rows.index, rows.to_numpy(float), strict=True)
    ]


def review(summary: dict[str, dict[str, object]], order: list[str]) -> list[tuple[str, str]]:
    """The figures an after-action review asks for, of the default rule where it ran."""
    rule = "default" if "default" in summary else order[0]
    entry = {name: float(str(value)) for name, value in summary[rule].items() if isinstance(value, (int, float))}
    return [
        ("Rule", rule),
        ("From decision to receipt", f"{entry['days_to_receipt']:.0f} days on average, by weight"),
        ("Consignments", f"{entry['consignments']:,.0f}"),
        ("Freight", f"{entry['freight_kg'] / 1000:,.0f} t for US$ {entry['freight_usd'] / 1e6:,.1f} million"),
        ("Never sent", f"{entry['units_left']:,.0f} units"),
        ("Arrived unusable", f"{entry['units_lost']:,.0f} units"),
        ("Worst tenth of places", f"{entry['worst_tenth_coverage']:.1%} of their need served"),
    ]
