"""Charts of forecasts and of their scores, as SVG files or one self-contained page.

Each drawing carries the same figures as a table; an HTML page shows both, an SVG file the drawings alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

from yuanshou.charts import CHART_STYLE, Chart, bar_chart, fan_chart, line_chart, reliability_chart
from yuanshou.errors import SettingError
from yuanshou.forecast.backtest import observed_weeks
from yuanshou.forecast.evaluation import CENTRAL_LEVELS, pit_shares
from yuanshou.forecast.forecasters import TARGETS, Forecast
from yuanshou.sources.surveillance import SurveillanceSeries

WIDTH, HEIGHT, CAPTION = 720, 300, 30
SEEN_WEEKS = 12
SHOWN_HORIZONS = 4
FIVE, QUARTER, MEDIAN, THREE_QUARTERS, NINETY_FIVE = 2, 6, 11, 16, 20


def forecast_charts(made: Forecast, series: SurveillanceSeries, places: Sequence[int]) -> dict[str, Chart]:
    """Caption → fan of new cases and of new deaths a week of each place, after the weeks seen before."""
    before = made.week_ends[0] - np.arange(SEEN_WEEKS, 0, -1) * np.timedelta64(7, "D")
    seen = observed_weeks(series, made.places, before)
    charts = {}
    for place in places:
        for target, name in enumerate(TARGETS):
            q = made.quantiles[target, place]
            title = f"{made.places[place]}, new {name} a week"
            charts[title] = fan_chart(
                days=made.week_ends, median=q[:, MEDIAN],
                bands={"90 %": (q[:, FIVE], q[:, NINETY_FIVE]), "50 %": (q[:, QUARTER], q[:, THREE_QUARTERS])},
                title=title, unit=f"{name} a week", seen_days=before, seen=seen[target, place],
                width=WIDTH, height=HEIGHT,
            )  # fmt: skip
    return charts


def score_charts(scores: pd.DataFrame) -> dict[str, Chart]:
    """Caption → coverage by level, error over time and PIT of cases and of deaths, from the rows of a scoring."""
    charts = {}
    for target, rows in scores.groupby("target", sort=True):
        charts[f"New {target}: observations inside the intervals, by weeks ahead"] = coverage_chart(rows, str(target))
        charts[f"New {target}: mean interval score of log counts, lower is better"] = error_chart(rows, str(target))
        charts[f"New {target}: where observations fell in the forecast, lowest fifth first; even is ideal"] = pit_chart(
            rows, str(target)
        )
    return charts


def coverage_chart(rows: pd.DataFrame, target: str) -> Chart:
    """Share inside each of the eleven central intervals, one line for each of at most four horizons."""
    weeks = sorted(rows["horizon"].unique())
    chosen = sorted({weeks[round(k)] for k in np.linspace(0, len(weeks) - 1, min(len(weeks), SHOWN_HORIZONS))})
    columns = [f"covered_{level}" for level in CENTRAL_LEVELS]
    lines = {
        f"{week} week{'s' if week > 1 else ''}": rows.loc[rows["horizon"] == week, columns].mean().to_numpy(dtype=float)
        for week in chosen
    }
    return reliability_chart(
        nominal=np.array(CENTRAL_LEVELS) / 100, observed=lines, title=f"Coverage of {target} by level", width=WIDTH,
        height=HEIGHT,
    )  # fmt: skip


def error_chart(rows: pd.DataFrame, target: str) -> Chart:
    """Mean log WIS by forecast date, or by week where there is one date only; the reference beside it where scored."""
    by = "as_of" if rows["as_of"].nunique() > 1 else "week_end"
    columns = {"wis_log": "forecast"}
    if "reference_wis_log" in rows:
        columns["reference_wis_log"] = "reference"
    means = rows.groupby(by)[list(columns)].mean()
    return line_chart(
        days=means.index.to_numpy(dtype="datetime64[D]"),
        series={name: means[column].to_numpy(dtype=float) for column, name in columns.items()},
        title=f"Error of {target} by {'forecast date' if by == 'as_of' else 'week'}", unit="mean log WIS",
        width=WIDTH, height=HEIGHT,
    )  # fmt: skip


def pit_chart(rows: pd.DataFrame, target: str) -> Chart:
    """Share of observations in each fifth of the forecast distribution, percent."""
    return bar_chart(
        labels=["lowest fifth", "second", "middle", "fourth", "highest fifth"],
        parts={"share": 100 * pit_shares(rows)},
        title=f"Where {target} fell in the forecast",
        unit="% of observations",
        width=WIDTH,
    )


def write_charts(charts: Mapping[str, Chart], path: Path, *, title: str) -> Path:
    """Write captioned charts below each other to `path`: .svg (drawings alone) or .html (with their tables).

    Raises
    ------
    SettingError : another file ending.
    """
    if path.suffix.lower() == ".svg":
        text = _as_svg(charts, title)
    elif path.suffix.lower() in (".html", ".htm"):
        text = _as_page(charts, title)
    else:
        raise SettingError(f"the chart file {path.name}", "one that ends in .svg or .html", "rename it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _as_svg(charts: Mapping[str, Chart], title: str) -> str:
    body, top = [], CAPTION + 10
    for caption, chart in charts.items():
        height = float(chart.svg.split('viewBox="0 0 ', 1)[1].split('"', 1)[0].split(" ")[1])
        body.append(f'<text x="8" y="{top}" font-size="14">{escape(caption)}</text>')
        body.append(chart.svg.replace("<svg", f'<svg y="{top + 8}" width="{WIDTH}" height="{height:g}"', 1))
        top += int(height) + CAPTION + 14
    style = f"<style>{CHART_STYLE}text{{font-family:system-ui,sans-serif}}</style>"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" height="{top}">{style}'
        f'<rect width="{WIDTH}" height="{top}" fill="#fff"/><text x="8" y="20" font-size="16">{escape(title)}</text>'
        f"{''.join(body)}</svg>"
    )


def _as_page(charts: Mapping[str, Chart], title: str) -> str:
    figures = "".join(
        f"<figure><figcaption>{escape(caption)}</figcaption>{chart.__html__()}</figure>"
        for caption, chart in charts.items()
    )
    style = (
        "body{font:15px/1.4 system-ui,sans-serif;max-width:760px;margin:2rem auto;padding:0 1rem;color:#16232f}"
        "figure{margin:0 0 2rem}figcaption{font-weight:600;margin-bottom:.4rem}td{text-align:end;padding:0 .5rem}"
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{style}{CHART_STYLE}</style></head>'
        f"<body><h1>{escape(title)}</h1>{figures}</body></html>"
    )
