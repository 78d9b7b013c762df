"""Curves and the map of a stored snapshot, drawn on the server by the library's charts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from yuanshou.charts import CHART_STYLE, Chart, fan_chart
from yuanshou.maps import MAP_STYLE, Mark, world_map, world_shapes
from yuanshou.tables import FloatArray
from yuanshou_ops.people.models import Place
from yuanshou_ops.situation.models import PlaceSituation, Snapshot

DARK = (
    "@media(prefers-color-scheme:dark){:root{--ink-2:#9aa6b2;--ink-3:#6b7783;--rule:#3a434d;--fan-1:#1d3a52;"
    "--fan-2:#2f6690;--fan-3:#7cc4ee;--page:#0f1419;--sea:#141c24;--none:#2b333b}}"
)
STYLE = CHART_STYLE + MAP_STYLE + DARK
MAP_STEPS = (1.0, 10.0, 50.0, 100.0)
"""New cases in 7 days per 100,000 people at the edges of the map's five classes."""
CLASS_SHARES = (0.9, 0.5, 0.25, 0.1, 0.0)
"""The map colours shares, least first in red; a place with many new cases is drawn as one with a small share."""


def curve(row: PlaceSituation, target: str, *, title: str, unit: str, locale: str) -> Chart | None:
    """Weekly new cases or deaths as reported, then the forecast fan; None where neither is there."""
    seen_days, seen = weekly(row, target)
    fan = row.forecast.get(target)
    if fan is None or all(v is None for v in fan["median"]):
        return None
    values = {name: np.array([np.nan if v is None else v for v in line], float) for name, line in fan.items()}
    return fan_chart(
        days=np.array(row.forecast["weeks"], "datetime64[D]"), median=values["median"],
        bands={"95 %": (values["low95"], values["high95"]), "50 %": (values["low50"], values["high50"])},
        title=title, unit=unit, seen_days=seen_days, seen=seen, locale=locale, width=520, height=230,
    )  # fmt: skip


def weekly(row: PlaceSituation, target: str) -> tuple[Any, FloatArray]:
    """New counts of whole weeks that end on Saturdays; NaN where one end of the week was not reported."""
    counts = np.array([np.nan if v is None else v for v in row.curve.get(target, [])], float)
    days = np.datetime64(row.curve["first"], "D") + np.arange(len(counts))
    ends = np.flatnonzero((days.astype(int) + 3) % 7 == 5)
    ends = ends[ends >= 7]
    return days[ends], np.maximum(counts[ends] - counts[ends - 7], 0.0)


MAP_LEGEND = (
    ("q4", f"< {MAP_STEPS[0]:g}"), *((f"q{3 - i}", f"{low:g}–{high:g}") for i, (low, high) in enumerate(pairwise(MAP_STEPS))),
    ("q0", f"≥ {MAP_STEPS[-1]:g}"), ("none", _("no figure")),
)  # fmt: skip
"""Class of the map → its words."""


def spread_map(snapshot: Snapshot, *, title: str, locale: str) -> Chart:
    """New cases in seven days per 100,000 people in five classes; grey is a place without a figure."""
    rows = snapshot.places.select_related("place").defer("need", "forecast", "curve", "vintages", "capacity")
    return rates_map([(row.place, row.cases_new_7d_per_100k) for row in rows], title=title, locale=locale)


def rates_map(rates: Iterable[tuple[Place, float | None]], *, title: str, locale: str) -> Chart:
    """The same from places with their rates, wherever they come from."""
    values, names, points = {}, {}, {}
    shapes = world_shapes()
    for place, figure in rates:
        names[place.pk] = f"{place.name}, {figure:.1f}" if figure is not None else place.name
        if figure is not None:
            values[place.pk] = CLASS_SHARES[sum(figure >= edge for edge in MAP_STEPS)]
        if place.pk not in shapes and place.capital_lon is not None:
            points[place.pk] = Mark(place.capital_lon, place.capital_lat, place.name)
    drawn = world_map(shapes, points, values, names=names, title=title, locale=locale)
    # The tooltips of the map name a share; here they name the figure, which stands after the place's name already.
    return Chart(re.sub(r": [^:<]*</title>", "</title>", drawn.svg), drawn.table)
