"""The fairness frontier as a drawing: how much of the need is met in all, and how much of the least covered's."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd

from yuanshou.charts import Chart, axis_ticks, data_table, drawing
from yuanshou.formats import number, share
from yuanshou.report import words
from yuanshou.report.digest import Digest, row_dicts
from yuanshou.tables import FloatArray

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 340, 52, 222, 12, 44
DRAWN_GAP_MAX = 0.25
"""A plan that may be further than this from the best of its kind stands in the table only: its dot would mislead."""
TOGETHER = 12.0
"""Dots nearer than this share one label."""


def frontier_chart(digest: Digest) -> Chart | None:
    """World coverage over the coverage of the least covered tenth, a point a plan; None where fewer than three are."""
    table = digest.plan.comparisons
    if len(table) < 3:
        return None
    world, least = (table[c].to_numpy(float) for c in ("coverage_weighted", "coverage_worst_tenth"))
    known = np.isfinite(world) & np.isfinite(least)
    if "gap" in table:
        known &= ~(table["gap"].to_numpy(float) > DRAWN_GAP_MAX)
    if known.sum() < 3:
        return None
    table, world, least = table[known], world[known], least[known]
    own = digest.plan.allocation.policy
    names = [words.rule_name(str(name), own=i == 0) for i, name in enumerate(table["policy"])]
    across, up = axis_ticks(max(float(least.max()), 1e-4)), axis_ticks(max(float(world.max()), 1e-4))
    x = LEFT + (WIDTH - LEFT - RIGHT) * least / across[-1]
    y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * world / up[-1]
    body = [*_axes(across, up), *_line(table, own, x, y), *_points(table, names, x, y)]
    rows = [
        [
            name,
            share(record["coverage_weighted"], decimals=1),
            share(record["coverage_worst"], decimals=1),
            share(record["coverage_worst_tenth"], decimals=1),
            number(record["coverage_gini"], decimals=2),
        ]
        for name, record in zip(names, row_dicts(table), strict=True)
    ]
    title = "World coverage and coverage of the least covered tenth"
    return Chart(
        drawing(
            body, title=title, description=f"{title}, by value, for {len(table)} ways to share.",
            width=WIDTH, height=HEIGHT,
        ),
        data_table(["Plan or rule", "World", "Least covered place", "Least covered tenth", "Gini"], rows, caption=title),
    )  # fmt: skip


def _axes(across: list[float], up: list[float]) -> list[str]:
    """Grid, ticks and what the axes are."""
    floor, body = HEIGHT - BOTTOM, []
    for tick in across:
        x = LEFT + (WIDTH - LEFT - RIGHT) * tick / across[-1]
        body.append(f'<path class="ys-grid" d="M{x:.1f} {TOP}V{floor}"/>')
        body.append(f'<text class="middle" x="{x:.1f}" y="{floor + 15}">{_tick(tick, across[-1])}</text>')
    for tick in up:
        y = floor - (floor - TOP) * tick / up[-1]
        body.append(f'<path class="ys-grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        body.append(f'<text class="end" x="{LEFT - 5}" y="{y + 3.5:.1f}">{_tick(tick, up[-1])}</text>')
    body.append(
        f'<text class="middle" x="{LEFT + (WIDTH - LEFT - RIGHT) / 2:.0f}" y="{HEIGHT - 8}">'
        "across: least covered tenth of places; up: the world</text>"
    )
    return body


def _tick(value: float, most: float) -> str:
    return share(value, decimals=0 if most >= 0.04 else 1)


def _line(table: pd.DataFrame, own: str, x: FloatArray, y: FloatArray) -> list[str]:
    """A line through the plans from alpha 0 to max-min; the plan's own stands in its place by the share it leaves."""
    on_line = [i for i, name in enumerate(table["policy"]) if _optimised(str(name), own if i == 0 else "")]
    ordered = sorted(on_line, key=lambda i: x[i])
    path = "L".join(f"{x[i]:.1f} {y[i]:.1f}" for i in ordered)
    return [f'<path class="ys-line ys-l0" d="M{path}"/>'] if len(ordered) > 1 else []


def _optimised(name: str, own: str) -> bool:
    return name.startswith("alpha ") or name == "max_min" or own in ("need", "max_min")


def _points(table: pd.DataFrame, names: list[str], x: FloatArray, y: FloatArray) -> list[str]:
    """A numbered dot a plan and the key to the numbers; dots that lie together share a label."""
    body, groups = [], list[list[int]]()
    for i in range(len(names)):
        near = [g for g in groups if np.hypot(x[i] - x[g[0]], y[i] - y[g[0]]) < TOGETHER]
        near[0].append(i) if near else groups.append([i])
    for i in reversed(range(len(names))):  # the plan's own dot is drawn last, above the others
        colour = _colour(table, i)
        body.append(f'<circle class="ys-s{colour}" cx="{x[i]:.1f}" cy="{y[i]:.1f}" r="{6 if i == 0 else 4.5}"/>')
    for group in groups:
        first, numbers = group[0], ", ".join(str(i + 1) for i in group)
        style = "strong" if 0 in group else ""
        end = x[first] > LEFT + 0.7 * (WIDTH - LEFT - RIGHT)
        at = x[first] + (-9 if end else 9)
        body.append(
            f'<text class="{style}{" end" if end else ""}" x="{at:.1f}" y="{y[first] - 6:.1f}">{numbers}</text>'
        )
    for i, name in enumerate(names):
        top = TOP + 10 + 18 * i
        body.append(f'<circle class="ys-s{_colour(table, i)}" cx="{WIDTH - RIGHT + 18}" cy="{top - 4}" r="4.5"/>')
        style = ' class="strong"' if i == 0 else ""
        body.append(f'<text{style} x="{WIDTH - RIGHT + 28}" y="{top}">{i + 1} {escape(name)}</text>')
    return body


def _colour(table: pd.DataFrame, i: int) -> int:
    return 4 if i == 0 else 0 if _optimised(str(table["policy"].iloc[i]), "") else 5
