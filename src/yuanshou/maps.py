"""The world as SVG text on the Equal Earth projection: places coloured by a share, flows of aid drawn over them.

Two things must not be confused: a *shape* is an outline to colour, a *place* is a code that data speak of. Small
states have no outline at this scale and are drawn as points, so that no place is left out for being small.
Names and borders are those of the shipped outlines; `BOUNDARY_NOTE` is printed with every map.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from itertools import pairwise
from math import isfinite, sqrt

import numpy as np

from yuanshou.charts import COVERAGE_EDGES, Chart, coverage_class, data_table, drawing
from yuanshou.formats import compact, share
from yuanshou.tables import FloatArray

BOUNDARY_NOTE = (
    "The designations employed and the presentation of material on this map do not imply the expression of any "
    "opinion whatsoever concerning the legal status of any country, territory, city or area or of its authorities, or "
    "concerning the delimitation of its frontiers or boundaries."
)

MAP_STYLE = """
.ys-map .land{stroke:var(--page,#fff);stroke-width:.5;stroke-linejoin:round}
.ys-map .land.none{fill:var(--none,#e4e7ea)}.ys-map .point{stroke:var(--page,#fff);stroke-width:.8}
.ys-map .point.none{fill:var(--none-2,#c3cad0)}
.ys-map .q0{fill:#a63a1e}.ys-map .q1{fill:#e08a4f}.ys-map .q2{fill:#f4d9a6}.ys-map .q3{fill:#94c1dc}
.ys-map .q4{fill:#2b6ca3}
.ys-map .flow{fill:none;stroke:var(--flow,#3a1457);stroke-opacity:.38;stroke-linecap:round}
.ys-map .arrive{fill:var(--flow,#3a1457)}
.ys-map .hub{fill:var(--page,#fff);stroke:var(--flow,#3a1457);stroke-width:2}
.ys-map .hubname{font-weight:600;fill:var(--ink,#16232f);stroke:var(--page,#fff);stroke-width:3;paint-order:stroke}
.ys-map .sphere{fill:var(--sea,#f3f7fa)}
"""

WIDTH, MARGIN = 960, 6
SOUTH, NORTH = -57.0, 84.0
"""Latitudes shown: the ice in the south has no one to help."""

# Šavrič, Patterson & Jenny (2018), doi:10.1080/13658816.2018.1504949: the polynomial of the projection.
_A = (1.340264, -0.081106, 0.000893, 0.003796)


@dataclass(frozen=True)
class Flow:
    """Aid from a hub to a place: both ends in degrees, `size` in what the width shows, `label` for the tooltip."""

    start: tuple[float, float]
    end: tuple[float, float]
    size: float
    label: str


@dataclass(frozen=True)
class Mark:
    """A point on the map: longitude, latitude, name."""

    longitude: float
    latitude: float
    name: str


@cache
def world_shapes() -> dict[str, list[FloatArray]]:
    """The shipped outlines: place ("" for land without a code) → rings, each (n, 2) longitude, latitude in degrees.

    Source: Natural Earth 1:110 million, public domain.
    """
    text = (files("yuanshou.reference") / "world_outlines.json").read_text(encoding="utf-8")
    return {
        place: [np.cumsum(np.array(ring).reshape(-1, 2), axis=0) / 100 for ring in rings]
        for place, rings in json.loads(text).items()
    }


def equal_earth(longitude: FloatArray, latitude: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Degrees to the plane, true in area, radius 1.

    >>> x, y = equal_earth(np.array([180.0]), np.array([0.0]))
    >>> round(float(x[0]), 4), float(y[0])
    (2.7066, 0.0)
    """
    t = np.arcsin(sqrt(3) / 2 * np.sin(np.radians(latitude)))
    a1, a2, a3, a4 = _A
    slope = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * sqrt(3) * np.radians(longitude) * np.cos(t) / (3 * slope)
    return x, a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t


def world_map(
    shapes: Mapping[str, list[FloatArray]], points: Mapping[str, Mark], values: Mapping[str, float], *,
    names: Mapping[str, str], flows: Iterable[Flow] = (), hubs: Iterable[Mark] = (), title: str,
    description: str = "", value_name: str = "coverage", locale: str = "en",
) -> Chart:  # fmt: skip
    """Shares by place as five colours, flows as arcs whose width grows with the square root of their size.

    Parameters
    ----------
    shapes : place (or "" for land without a code) → rings, each (n, 2) of longitude, latitude.
    points : places drawn as points. values : place → share of one; a place without one is neutral grey.
    names : place → name for tooltips and the table.
    """
    scale, height = _scale()
    body = [f'<path class="sphere" d="{_outline(scale)}"/>']
    for place, rings in shapes.items():
        tip = _tip(place, values, names, locale)
        body.append(f'<path class="land {_style(values, place)}" d="{_path(rings, scale)}">{tip}</path>')
    for place, mark in points.items():
        at = 'cx="{:.1f}" cy="{:.1f}"'.format(*scale.at(mark.longitude, mark.latitude))
        tip = _tip(place, values, names, locale)
        body.append(f'<circle class="point {_style(values, place)}" {at} r="3.6">{tip}</circle>')
    drawn = sorted(flows, key=lambda f: -f.size)
    most = max((f.size for f in drawn), default=1.0)
    body += [_arc(flow, most, scale) for flow in drawn]
    body += _hubs(hubs, scale)
    rows = [[names.get(p, p), share(v, locale=locale)] for p, v in sorted(values.items(), key=lambda pair: pair[1])]
    return Chart(
        drawing(body, title=title, description=description or title, width=WIDTH, height=height, extra=" ys-map"),
        data_table(["place", value_name], rows, caption=title),
    )


def coverage_legend(*, value_name: str, locale: str = "en") -> str:
    """The five classes and the neutral one as a list that wraps on a narrow page."""
    edges = (0.0, *COVERAGE_EDGES, 1.0)
    items = [
        f'<li><span class="swatch q{i}"></span>{share(low, locale=locale)}–{share(high, locale=locale)}</li>'
        for i, (low, high) in enumerate(pairwise(edges))
    ]
    items.append('<li><span class="swatch none"></span>no need computed</li>')
    return f'<ul class="legend"><li class="what">{escape(value_name)}</li>{"".join(items)}</ul>'


def flow_legend(most: float, *, unit: str, locale: str = "en") -> str:
    """Three widths with the sizes they stand for."""
    items = ""
    for part in (1.0, 0.25, 0.04):
        width = flow_width(most * part, most)
        path = f'<path class="flow" d="M2 5H32" stroke-width="{width:.1f}"/>'
        line = f'<svg class="ys-map keyline" viewBox="0 0 34 10" aria-hidden="true">{path}</svg>'
        items += f"<li>{line}{compact(most * part, locale=locale, figures=2)} {escape(unit)}</li>"
    return f'<ul class="legend"><li class="what">Width of a flow</li>{items}</ul>'


def flow_width(size: float, most: float) -> float:
    """Width of an arc in drawing units: area-like growth, never thinner than can be seen."""
    return max(0.6, 5.0 * sqrt(max(size, 0.0) / most)) if most > 0 else 0.6


@dataclass(frozen=True)
class _Scale:
    factor: float
    left: float
    top: float

    def project(self, longitude: FloatArray, latitude: FloatArray) -> tuple[FloatArray, FloatArray]:
        x, y = equal_earth(longitude, np.clip(latitude, SOUTH, NORTH))
        return MARGIN + (x - self.left) * self.factor, MARGIN + (self.top - y) * self.factor

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        x, y = self.project(np.array([longitude]), np.array([latitude]))
        return float(x[0]), float(y[0])


def _scale() -> tuple[_Scale, float]:
    (left, right), _ = equal_earth(np.array([-180.0, 180.0]), np.zeros(2))
    _, (bottom, top) = equal_earth(np.zeros(2), np.array([SOUTH, NORTH]))
    factor = (WIDTH - 2 * MARGIN) / (right - left)
    return _Scale(factor, float(left), float(top)), round((top - bottom) * factor + 2 * MARGIN)


def _outline(scale: _Scale) -> str:
    up = np.linspace(SOUTH, NORTH, 40)
    latitude = np.concatenate([up, up[::-1]])
    longitude = np.concatenate([np.full(40, -180.0), np.full(40, 180.0)])
    x, y = scale.project(longitude, latitude)
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)) + "Z"


def _path(rings: Iterable[FloatArray], scale: _Scale) -> str:
    """Rings as relative moves in tenths of a unit: half the text of absolute ones."""
    text = []
    for ring in (part for whole in rings for part in split_at_antimeridian(whole)):
        x, y = scale.project(ring[:, 0], ring[:, 1])
        # On a grid of a fifth of a unit, which no eye sees and which saves a seventh of the bytes on the wire.
        tenths = 2 * np.rint(np.column_stack([x, y]) * 5).astype(int)
        moves = np.diff(tenths, axis=0)
        moves = moves[np.any(moves != 0, axis=1)]
        if len(moves) < 2:
            continue
        text.append(f"M{_tenth(tenths[0])}l" + " ".join(_tenth(m) for m in moves) + "z")
    return "".join(text)


def split_at_antimeridian(ring: FloatArray) -> list[FloatArray]:
    """A ring that crosses 180° as one ring on each side; any other ring as it is.

    Parameters
    ----------
    ring : (n, 2) longitude, latitude in degrees.
    """
    if np.abs(np.diff(ring[:, 0])).max(initial=0.0) <= 180:
        return [ring]
    whole = np.column_stack([np.unwrap(ring[:, 0], period=360), ring[:, 1]])
    parts = []
    for turn in (-360, 0, 360):
        part = _clip(_clip(whole + np.array([turn, 0.0]), -180.0, keep_above=True), 180.0, keep_above=False)
        if len(part) > 2:
            parts.append(part)
    return parts


def _clip(ring: FloatArray, edge: float, *, keep_above: bool) -> FloatArray:
    """The part of a ring on one side of a meridian (Sutherland–Hodgman)."""
    kept: list[FloatArray] = []
    for here, there in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        inside, next_inside = ((p[0] >= edge) == keep_above or p[0] == edge for p in (here, there))
        if inside:
            kept.append(here)
        if inside != next_inside:
            part = (edge - here[0]) / (there[0] - here[0])
            kept.append(here + part * (there - here))
    return np.array(kept).reshape(-1, 2)


def _tenth(pair: FloatArray) -> str:
    return f"{pair[0] / 10:g},{pair[1] / 10:g}"


def _style(values: Mapping[str, float], place: str) -> str:
    return coverage_class(values.get(place, float("nan")))


def _tip(place: str, values: Mapping[str, float], names: Mapping[str, str], locale: str) -> str:
    if not place:
        return ""
    value = values.get(place, float("nan"))
    said = share(value, locale=locale) if isfinite(value) else "no need computed"
    return f"<title>{escape(names.get(place, place))}: {escape(said)}</title>"


def _arc(flow: Flow, most: float, scale: _Scale) -> str:
    """A curve bent to the left of its way, with a dot where it arrives: direction without arrowheads."""
    (x1, y1), (x2, y2) = scale.at(*flow.start), scale.at(*flow.end)
    bend = 0.18
    cx, cy = (x1 + x2) / 2 + (y2 - y1) * bend, (y1 + y2) / 2 - abs(x2 - x1) * bend
    width = flow_width(flow.size, most)
    return (
        f'<path class="flow" stroke-width="{width:.1f}" d="M{x1:.1f} {y1:.1f}Q{cx:.1f} {cy:.1f} {x2:.1f} {y2:.1f}">'
        f"<title>{escape(flow.label)}</title></path>"
        f'<circle class="arrive" cx="{x2:.1f}" cy="{y2:.1f}" r="{1.2 + width / 4:.1f}"/>'
    )


def _hubs(marks: Iterable[Mark], scale: _Scale) -> list[str]:
    """Hubs, the most important first; a name that would cover another is left to the tooltip."""
    body: list[str] = []
    places = [(mark, *scale.at(mark.longitude, mark.latitude)) for mark in marks]
    taken = [(x - 5, y - 5, x + 5, y + 5) for _, x, y in places]
    for mark, x, y in places:
        wide = 7.0 * len(mark.name)
        body.append(
            f'<circle class="hub" cx="{x:.1f}" cy="{y:.1f}" r="4.5"><title>{escape(mark.name)}</title></circle>'
        )
        for left, base in ((x + 8, y - 5), (x + 8, y + 14), (x - 8 - wide, y - 5), (x - 8 - wide, y + 14)):
            box = (left, base - 12, left + wide, base + 3)
            free = all(box[2] < t[0] or t[2] < box[0] or box[3] < t[1] or t[3] < box[1] for t in taken)
            if free and left >= 0 and left + wide <= WIDTH:
                taken.append(box)
                body.append(f'<text class="hubname" x="{left:.1f}" y="{base:.1f}">{escape(mark.name)}</text>')
                break
    return body
