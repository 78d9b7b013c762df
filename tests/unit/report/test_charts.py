"""Charts are well-formed SVG that says in a table what it draws."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from yuanshou.charts import Chart, axis_ticks, bar_chart, coverage_class, fan_chart, heat_strip, line_chart, part_bar
from yuanshou.formats import LOCALES, compact

DAYS = np.arange("2020-03-28", "2020-05-02", 7, dtype="datetime64[D]")
MEDIAN = np.array([100.0, 200.0, 400.0, 600.0, 700.0])
SVG = "{http://www.w3.org/2000/svg}"


def fan(**changes: object) -> Chart:
    arguments: dict[str, object] = {
        "days": DAYS,
        "median": MEDIAN,
        "bands": {"90 %": (MEDIAN * 0.5, MEDIAN * 2), "50 %": (MEDIAN * 0.8, MEDIAN * 1.2)},
        "title": "New cases <Elbonia>",
        "unit": "persons",
    } | changes
    return fan_chart(**arguments)  # type: ignore[arg-type]


def every_chart(locale: str) -> dict[str, Chart]:
    parts = {"sent": np.array([3.0, 0.0]), "left": np.array([1.0, 2.0])}
    return {
        "fan": fan(locale=locale, seen_days=DAYS[:1] - 7, seen=np.array([80.0])),
        "line": line_chart(days=DAYS, series={"a": MEDIAN, "b": MEDIAN / 2}, title="t", unit="u", locale=locale),
        "bar": bar_chart(labels=["x", "y"], parts=parts, title="t", unit="u", locale=locale,
                         whiskers=(np.array([2.0, 1.0]), np.array([5.0, 3.0]))),
        "strip": heat_strip(rows=["a"], columns=["1", "2"], values=np.array([[0.5, np.nan]]), title="t", locale=locale),
    }  # fmt: skip


@pytest.mark.parametrize("locale", LOCALES)
def test_every_chart_is_wellformed_and_names_itself_in_every_language(locale: str) -> None:
    for name, chart in every_chart(locale).items():
        root = ElementTree.fromstring(chart.svg)
        named = set(root.attrib["aria-labelledby"].split())
        titled = {e.attrib["id"] for e in root if e.tag in (f"{SVG}title", f"{SVG}desc") and e.text}
        assert named == titled, name
        assert "<td>" in chart.table, name


def test_what_comes_from_outside_is_escaped() -> None:
    chart = fan()
    assert "<Elbonia>" not in chart.svg + chart.table
    assert "&lt;Elbonia&gt;" in chart.svg
    assert "&lt;Elbonia&gt;" in chart.table


def test_a_chart_is_the_same_text_every_time() -> None:
    assert fan() == fan()
    assert fan().svg != fan(title="Other").svg


def test_the_table_of_a_fan_has_every_week_and_a_dash_where_nothing_is_known() -> None:
    gap = MEDIAN.copy()
    gap[2] = np.nan
    table = fan(median=gap).table
    assert table.count("<tr>") == 1 + len(DAYS)
    assert "<td>–</td>" in table


def test_a_missing_value_breaks_the_line_of_a_fan() -> None:
    def pens(median: np.ndarray) -> int:
        return re.search(r'class="ys-median" d="([^"]*)"', fan(median=median).svg).group(1).count("M")  # type: ignore[union-attr]

    gap = MEDIAN.copy()
    gap[2] = np.nan
    assert (pens(MEDIAN), pens(gap)) == (1, 2)


def test_a_higher_figure_stands_higher_in_the_drawing() -> None:
    path = re.search(r'class="ys-median" d="([^"]*)"', fan().svg).group(1)  # type: ignore[union-attr]
    heights = [float(pair.split()[1]) for pair in re.split("[ML]", path) if pair]
    assert heights == sorted(heights, reverse=True)


def test_bars_are_as_long_as_their_figures() -> None:
    chart = bar_chart(labels=["x", "y"], parts={"a": np.array([10.0, 5.0])}, title="t", unit="u")
    first, second = (float(w) for w in re.findall(r'class="ys-s0"[^>]* width="([\d.]+)"', chart.svg))
    assert first == pytest.approx(2 * second, abs=0.15)


def test_nothing_to_show_is_still_a_drawing() -> None:
    nothing = np.full(5, np.nan)
    chart = fan(median=nothing, bands={"90 %": (nothing, nothing)})
    ElementTree.fromstring(chart.svg)
    ElementTree.fromstring(bar_chart(labels=[], parts={"a": np.zeros(0)}, title="t", unit="u").svg)


@pytest.mark.parametrize("most", [1e-9, 0.3, 1, 7, 99, 1000, 123_456, 9.9e9])
def test_ticks_start_at_zero_reach_the_top_and_stay_few(most: float) -> None:
    ticks = axis_ticks(most)
    assert ticks[0] == 0
    assert ticks[-1] >= most * (1 - 1e-9)
    assert 2 <= len(ticks) <= 6


def test_a_bar_in_a_cell_never_leaves_its_frame() -> None:
    widths = [float(w) for w in re.findall(r'x="[\d.]+" width="([\d.]+)"', part_bar([30, 50], 100))]
    assert widths == [30.0, 50.0]
    assert "nan" not in part_bar([float("nan"), 1], 0)


def test_the_least_class_starts_at_nothing_and_no_need_is_a_class_of_its_own() -> None:
    assert [coverage_class(v) for v in (0.0, 0.049, 0.05, 0.65, 1.0, float("nan"))] == [
        "q0",
        "q0",
        "q1",
        "q4",
        "q4",
        "none",
    ]


@pytest.mark.parametrize("locale", LOCALES)
def test_short_numbers_keep_three_figures_in_every_language(locale: str) -> None:
    digits = re.findall(r"\d", compact(123_456_789, locale=locale))
    assert digits[:3] == ["1", "2", "3"]
