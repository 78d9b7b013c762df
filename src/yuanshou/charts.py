"""Charts as SVG text, drawn on the server: figures in, a drawing and its table twin out; no script, no state.

A chart here is never the only place a figure stands: every `Chart` carries the same figures as an HTML table, and its
drawing has a title and a description for people who listen to a page. Colours come from style-sheet classes
(`CHART_STYLE`), so that one drawing serves light, dark and print; the palette is safe for colour-blind readers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, isfinite, log10

import numpy as np

from yuanshou.formats import compact, day, number, share
from yuanshou.tables import DateArray, FloatArray

CHART_STYLE = """
.ys-chart{display:block;width:100%;height:auto;direction:ltr;font:11px/1.2 system-ui,sans-serif}
.ys-chart text{fill:var(--ink-2,#4a5a68)}.ys-chart .strong{fill:var(--ink,#16232f);font-weight:600}
.ys-chart .end{text-anchor:end}.ys-chart .middle{text-anchor:middle}
.ys-grid{stroke:var(--rule,#dde3e8);stroke-width:1}.ys-axis{stroke:var(--ink-3,#8a97a3);stroke-width:1}
.ys-now{stroke:var(--ink-3,#8a97a3);stroke-width:1;stroke-dasharray:3 3}
.ys-band0{fill:var(--fan-1,#cfe0ee)}.ys-band1{fill:var(--fan-2,#93bbda)}
.ys-median{fill:none;stroke:var(--fan-3,#1f5f95);stroke-width:2}
.ys-seen{fill:none;stroke:var(--ink,#16232f);stroke-width:1.6}.ys-dot{fill:var(--ink,#16232f)}
.ys-line{fill:none;stroke-width:2}.ys-whisker{stroke:var(--ink,#16232f);stroke-width:1.5}
.ys-s0{fill:var(--s0,#1f6aa5)}.ys-s1{fill:var(--s1,#e3a03f)}.ys-s2{fill:var(--s2,#5b9e8f)}
.ys-s3{fill:var(--s3,#9b6aa8)}.ys-s4{fill:var(--s4,#c2593f)}.ys-s5{fill:var(--s5,#9aa5ae)}
.ys-l0{stroke:var(--s0,#1f6aa5)}.ys-l1{stroke:var(--s1,#e3a03f)}.ys-l2{stroke:var(--s2,#5b9e8f)}
.ys-l3{stroke:var(--s3,#9b6aa8)}.ys-l4{stroke:var(--s4,#c2593f)}.ys-l5{stroke:var(--s5,#9aa5ae)}
.ys-back{fill:var(--rule,#dde3e8)}
.ys-q0{fill:#a63a1e}.ys-q1{fill:#e08a4f}.ys-q2{fill:#f4d9a6}.ys-q3{fill:#94c1dc}.ys-q4{fill:#2b6ca3}
.ys-none{fill:var(--none,#e4e7ea)}
"""
"""Style sheet of every drawing; a page includes it once, and may set the variables for a dark theme."""

SERIES_COLOURS = 6
COVERAGE_EDGES = (0.05, 0.15, 0.35, 0.65)
"""Edges of the five classes of coverage, from q0 (least) to q4 (most): the same for every plan, so that two plans can
be compared, and closer together at the bottom, where in a world-wide shortage most places are."""


@dataclass(frozen=True)
class Chart:
    """A drawing (`svg`) and the same figures as an HTML table (`table`)."""

    svg: str
    table: str

    def __html__(self) -> str:
        """Both, the table folded; templates print a Chart without escaping it again."""
        return f"{self.svg}<details class=ys-twin><summary>Figures as a table</summary>{self.table}</details>"


def coverage_class(value: float) -> str:
    """Style class of a share: "none" where there is no need to cover.

    >>> coverage_class(0.0), coverage_class(0.2), coverage_class(1.0), coverage_class(float("nan"))
    ('q0', 'q2', 'q4', 'none')
    """
    if not isfinite(value):
        return "none"
    return f"q{sum(value >= edge for edge in COVERAGE_EDGES)}"


def fan_chart(
    *, days: DateArray, median: FloatArray, bands: Mapping[str, tuple[FloatArray, FloatArray]], title: str,
    unit: str, seen_days: DateArray | None = None, seen: FloatArray | None = None, description: str = "",
    locale: str = "en", width: int = 360, height: int = 200,
) -> Chart:  # fmt: skip
    """A forecast as a median inside bands, after what was seen.

    Parameters
    ----------
    days : (H,) datetime64[D]. median : (H,). bands : name → (low, high), each (H,), the widest first, at most two.
    seen_days, seen : (S,) what was observed before the first day.

    Figures are in `unit`; NaN is left out of the drawing and stands as a dash in the table.
    """
    seen_days = np.array([], dtype="datetime64[D]") if seen_days is None else seen_days
    seen = np.array([]) if seen is None else seen
    tops = [median, seen, *(high for _low, high in bands.values())]
    plot = _Plot.of(np.concatenate([seen_days, days]), _maximum(tops), width=width, height=height, locale=locale)
    body = [plot.grid(), plot.date_labels()]
    body += [
        f'<path class="ys-band{i}" d="{plot.area(days, low, high)}"/>' for i, (low, high) in enumerate(bands.values())
    ]
    body.append(f'<path class="ys-median" d="{plot.path(days, median)}"/>')
    if len(seen):
        body.append(f'<path class="ys-seen" d="{plot.path(seen_days, seen)}"/>')
        body += [f'<circle class="ys-dot" cx="{plot.x(d)}" cy="{plot.y(v)}" r="2.2"/>'
                 for d, v in zip(seen_days, seen, strict=True) if isfinite(v)]  # fmt: skip
        body.append(plot.now(seen_days[-1]))
    columns: dict[str, FloatArray] = {"median": median}
    for name, (low, high) in bands.items():
        columns |= {f"{name}, low": low, f"{name}, high": high}
    rows = [[day(d, locale=locale), number(v, locale=locale)] + [""] * (len(columns) - 1)
            for d, v in zip(seen_days, seen, strict=True)]  # fmt: skip
    rows += [[day(d, locale=locale), *(number(c[i], locale=locale) for c in columns.values())]
             for i, d in enumerate(days)]  # fmt: skip
    return Chart(
        drawing(body, title=title, description=description or f"{title}; {unit}.", width=width, height=height),
        data_table(["week ending", *columns], rows, caption=f"{title}, {unit}"),
    )


def line_chart(
    *, days: DateArray, series: Mapping[str, FloatArray], title: str, unit: str, description: str = "",
    locale: str = "en", width: int = 360, height: int = 200,
) -> Chart:  # fmt: skip
    """Lines over days, each named at its right end. series : name → (len(days),), at most six."""
    _at_most(len(series), SERIES_COLOURS, "lines")
    room = max(74, 18 + 7 * max((len(name) for name in series), default=0))
    plot = _Plot.of(days, _maximum(series.values()), width=width, height=height, locale=locale, right=room)
    body = [plot.grid(), plot.date_labels()]
    ends: list[tuple[float, int, str]] = []
    for i, (name, values) in enumerate(series.items()):
        body.append(f'<path class="ys-line ys-l{i}" d="{plot.path(days, values)}"/>')
        last = np.flatnonzero(np.isfinite(values))
        ends.append((float(plot.y(values[last[-1]])) if len(last) else plot.bottom, i, name))
    body += _line_names(ends, width - room)
    rows = [
        [day(d, locale=locale), *(number(v[i], locale=locale) for v in series.values())] for i, d in enumerate(days)
    ]
    return Chart(
        drawing(body, title=title, description=description or f"{title}; {unit}.", width=width, height=height),
        data_table(["day", *series], rows, caption=f"{title}, {unit}"),
    )


def reliability_chart(
    *, nominal: FloatArray, observed: Mapping[str, FloatArray], title: str, description: str = "", locale: str = "en",
    width: int = 360, height: int = 240,
) -> Chart:  # fmt: skip
    """Share of observations inside intervals against what the intervals promise; the dashed line is a kept promise.

    Parameters
    ----------
    nominal : (K,) shares from 0 to 1, rising. observed : name → (K,) shares, at most six.
    """
    _at_most(len(observed), SERIES_COLOURS, "lines")
    room = max(74, 18 + 7 * max((len(name) for name in observed), default=0))
    left, right, top, bottom = 42, width - room, 10, height - 34

    def x(value: float) -> str:
        return f"{left + (right - left) * value:.1f}"

    def y(value: float) -> str:
        return f"{bottom - (bottom - top) * value:.1f}"

    body = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        style = "ys-axis" if tick == 0 else "ys-grid"
        body.append(f'<path class="{style}" d="M{left} {y(tick)}H{right}"/>')
        body.append(
            f'<text class="end" x="{left - 5}" y="{float(y(tick)) + 3.5:.1f}">{share(tick, locale=locale)}</text>'
        )
        body.append(f'<text class="middle" x="{x(tick)}" y="{bottom + 15}">{share(tick, locale=locale)}</text>')
    body.append(f'<text class="middle" x="{x(0.5)}" y="{bottom + 29}">promised</text>')
    body.append(f'<path class="ys-now" d="M{x(0)} {y(0)}L{x(1)} {y(1)}"/>')
    ends: list[tuple[float, int, str]] = []
    for i, (name, values) in enumerate(observed.items()):
        points = [f"{x(n)} {y(v)}" for n, v in zip(nominal, values, strict=True) if isfinite(v)]
        body.append(f'<path class="ys-line ys-l{i}" d="M{"L".join(points)}"/>' if points else "")
        ends.append((float(y(values[-1])) if isfinite(values[-1]) else bottom, i, name))
    body += _line_names(ends, width - room)
    rows = [[share(n, locale=locale), *(share(v[k], locale=locale) for v in observed.values())]
            for k, n in enumerate(nominal)]  # fmt: skip
    return Chart(
        drawing(body, title=title, description=description or title, width=width, height=height),
        data_table(["interval", *observed], rows, caption=title),
    )


def bar_chart(
    *, labels: Sequence[str], parts: Mapping[str, FloatArray], title: str, unit: str, description: str = "",
    whiskers: tuple[FloatArray, FloatArray] | None = None, locale: str = "en", width: int = 360,
) -> Chart:  # fmt: skip
    """Horizontal bars, one a label, stacked from parts; whiskers give low and high of the whole.

    Parameters
    ----------
    parts : name → (len(labels),) not negative, at most six. whiskers : (low, high), each (len(labels),).
    """
    _at_most(len(parts), SERIES_COLOURS, "parts")
    totals = np.nansum(np.stack(list(parts.values())), axis=0)
    most = _maximum([totals, *(whiskers or ())])
    left, step, top = width * 0.36, 24, 22 if len(parts) > 1 else 4
    reach = width - left - 52
    body = _key(parts, left) if len(parts) > 1 else []
    for row, label in enumerate(labels):
        y, x = top + row * step, left
        body.append(f'<text class="end" x="{left - 6:.0f}" y="{y + 14}">{escape(_clip(label, width))}</text>')
        for i, values in enumerate(parts.values()):
            length = reach * max(float(np.nan_to_num(values[row])), 0.0) / most
            body.append(f'<rect class="ys-s{i}" x="{x:.1f}" y="{y + 3}" width="{length:.1f}" height="15"/>')
            x += length
        if whiskers is not None and isfinite(whiskers[0][row]) and isfinite(whiskers[1][row]):
            low, high = (left + reach * float(w[row]) / most for w in whiskers)
            x = max(x, high)
            line = f"M{low:.1f} {y + 10.5}H{high:.1f}M{low:.1f} {y + 7}v7M{high:.1f} {y + 7}v7"
            body.append(f'<path class="ys-whisker" d="{line}"/>')
        body.append(f'<text class="strong" x="{x + 5:.1f}" y="{y + 14}">{compact(totals[row], locale=locale)}</text>')
    columns: dict[str, FloatArray] = dict(parts)
    if whiskers is not None:
        columns |= {"low": whiskers[0], "high": whiskers[1]}
    rows = [[label, *(number(v[i], locale=locale) for v in columns.values())] for i, label in enumerate(labels)]
    height = top + len(labels) * step + 4
    return Chart(
        drawing(body, title=title, description=description or f"{title}; {unit}.", width=width, height=height),
        data_table(["", *columns], rows, caption=f"{title}, {unit}"),
    )


def heat_strip(
    *, rows: Sequence[str], columns: Sequence[str], values: FloatArray, title: str, description: str = "",
    locale: str = "en", width: int = 360,
) -> Chart:  # fmt: skip
    """Shares of one as coloured cells, one strip a row. values : (len(rows), len(columns)); NaN = nothing to cover."""
    left, step, top = width * 0.3, 22, 18
    cell = (width - left) / max(len(columns), 1)
    body: list[str] = []
    for j, name in enumerate(columns):
        if j % max(1, ceil(len(columns) * 30 / (width - left))) == 0:
            body.append(f'<text class="middle" x="{left + (j + 0.5) * cell:.1f}" y="12">{escape(name)}</text>')
    for i, name in enumerate(rows):
        y = top + i * step
        body.append(f'<text class="end" x="{left - 6:.0f}" y="{y + 14}">{escape(_clip(name, width))}</text>')
        for j in range(len(columns)):
            place = f'x="{left + j * cell:.1f}" y="{y}" width="{cell - 1:.1f}" height="{step - 2}"'
            label = escape(f"{name}, {columns[j]}: {share(values[i, j], locale=locale)}")
            body.append(f'<rect class="ys-{coverage_class(values[i, j])}" {place}><title>{label}</title></rect>')
    table = [[name, *(share(v, locale=locale) for v in values[i])] for i, name in enumerate(rows)]
    return Chart(
        drawing(body, title=title, description=description or title, width=width, height=top + len(rows) * step),
        data_table(["", *columns], table, caption=title),
    )


def part_bar(parts: Sequence[float], total: float, *, classes: Sequence[str] = ()) -> str:
    """A small stacked bar for a table cell, stretched to the cell; the cell's own text carries the figures."""
    x, body = 0.0, ['<rect class="ys-back" width="100" height="8"/>']
    for i, part in enumerate(parts):
        length = 100 * max(part, 0.0) / total if total > 0 and isfinite(part) else 0.0
        name = classes[i] if classes else f"s{i}"
        body.append(f'<rect class="ys-{name}" x="{x:.1f}" width="{length:.1f}" height="8"/>')
        x += length
    return (
        f'<svg class="ys-mini" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">{"".join(body)}</svg>'
    )


def range_bar(low: float, middle: float, high: float, most: float) -> str:
    """A small band with its median for a table cell, on a scale from 0 to `most`."""
    if not (most > 0 and isfinite(low) and isfinite(middle) and isfinite(high)):
        return ""
    a, m, b = (100 * v / most for v in (low, middle, high))
    body = (
        f'<rect class="ys-back" y="3" width="100" height="2"/><rect class="ys-band1" x="{a:.1f}" '
        f'width="{max(b - a, 0.6):.1f}" height="8"/>'
        f'<rect class="ys-s0" x="{max(m - 0.6, 0):.1f}" width="1.2" height="8"/>'
    )
    return f'<svg class="ys-mini" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">{body}</svg>'


def data_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str) -> str:
    """An HTML table whose first column names the row; every cell is escaped."""
    head = "".join(f"<th scope=col>{escape(c)}</th>" for c in columns)
    body = "".join(
        f"<tr><th scope=row>{escape(row[0])}</th>{''.join(f'<td>{escape(c)}</td>' for c in row[1:])}</tr>"
        for row in rows
    )
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def drawing(body: Iterable[str], *, title: str, description: str, width: float, height: float, extra: str = "") -> str:
    """An SVG element with its title and description; identifiers come from the content, so that they repeat."""
    inside = "".join(body)
    key = "c" + hashlib.sha256((title + description + inside).encode()).hexdigest()[:10]
    return (
        f'<svg class="ys-chart{extra}" viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="{key}t {key}d" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="{key}t">{escape(title)}</title>'
        f'<desc id="{key}d">{escape(description)}</desc>{inside}</svg>'
    )


def axis_ticks(most: float, *, about: int = 4) -> list[float]:
    """Round numbers from 0 to at least `most`.

    >>> axis_ticks(870)
    [0.0, 250.0, 500.0, 750.0, 1000.0]
    """
    raw = most / about
    power = 10.0 ** floor(log10(raw))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= raw * 0.999)
    return [step * i for i in range(ceil(most / step - 1e-9) + 1)]


@dataclass(frozen=True)
class _Plot:
    """The scales of one drawing: days to x, figures to y."""

    first: int
    span: int
    ticks: list[float]
    left: float
    right: float
    top: float
    bottom: float
    locale: str

    @classmethod
    def of(cls, days: DateArray, most: float, *, width: int, height: int, locale: str, right: int = 10) -> _Plot:
        numbers = days.astype("datetime64[D]").astype(int)
        ticks = axis_ticks(most)
        first, span = (int(numbers.min()), max(int(np.ptp(numbers)), 1)) if len(numbers) else (0, 1)
        return cls(first, span, ticks, 42, width - right, 10, height - 22, locale)

    def x(self, moment: np.datetime64) -> str:
        offset = int(moment.astype("datetime64[D]").astype(int)) - self.first
        return f"{self.left + (self.right - self.left) * offset / self.span:.1f}"

    def y(self, value: float) -> str:
        return f"{self.bottom - (self.bottom - self.top) * value / self.ticks[-1]:.1f}"

    def path(self, days: DateArray, values: FloatArray) -> str:
        """Line segments; a missing value breaks the line."""
        text, pen = [], "M"
        for d, v in zip(days, values, strict=True):
            if isfinite(v):
                text.append(f"{pen}{self.x(d)} {self.y(v)}")
            pen = "L" if isfinite(v) else "M"
        return "".join(text)

    def area(self, days: DateArray, low: FloatArray, high: FloatArray) -> str:
        known = np.isfinite(low) & np.isfinite(high)
        if not known.any():
            return ""
        there, back = self.path(days[known], high[known]), self.path(days[known][::-1], low[known][::-1])
        return there + "L" + back[1:] + "Z"

    def grid(self) -> str:
        lines = [
            f'<path class="{"ys-axis" if t == 0 else "ys-grid"}" d="M{self.left} {self.y(t)}H{self.right}"/>'
            f'<text class="end" x="{self.left - 5}" y="{float(self.y(t)) + 3.5:.1f}">'
            f"{compact(t, locale=self.locale)}</text>"
            for t in self.ticks
        ]
        return "".join(lines)

    def date_labels(self) -> str:
        """First, middle and last day under the axis."""
        marks = [(0.0, ""), (0.5, "middle"), (1.0, "end")]
        text = ""
        for at, anchor in marks:
            moment = np.datetime64(self.first + round(self.span * at), "D")
            style = f' class="{anchor}"' if anchor else ""
            label = day(moment, locale=self.locale, form="short")
            text += f'<text{style} x="{self.x(moment)}" y="{self.bottom + 15:.0f}">{escape(label)}</text>'
        return text

    def now(self, moment: np.datetime64) -> str:
        return f'<path class="ys-now" d="M{self.x(moment)} {self.top}V{self.bottom}"/>'


def _maximum(arrays: Iterable[FloatArray]) -> float:
    """The largest finite value, at least a value above zero so that a scale exists."""
    values = np.concatenate([np.asarray(a, dtype=float).ravel() for a in arrays] or [np.zeros(1)])
    finite = values[np.isfinite(values)]
    return max(float(finite.max(initial=0.0)), 1e-9)


def _spread(ends: list[tuple[float, int, str]], *, gap: float) -> list[tuple[float, int, str]]:
    """Labels moved apart downwards so that none covers another."""
    placed: list[tuple[float, int, str]] = []
    for y, i, name in sorted(ends):
        placed.append((max(y, placed[-1][0] + gap) if placed else y, i, name))
    return placed


def _line_names(ends: list[tuple[float, int, str]], left: float) -> list[str]:
    """Names of lines beside their right ends, each after a square of its colour."""
    body = []
    for y, i, name in _spread(ends, gap=12):
        body.append(f'<rect class="ys-s{i}" x="{left + 2}" y="{y - 4:.1f}" width="7" height="7"/>')
        body.append(f'<text x="{left + 12}" y="{y + 3:.1f}">{escape(name)}</text>')
    return body


def _key(parts: Mapping[str, FloatArray], left: float) -> list[str]:
    body, x = [], left
    for i, name in enumerate(parts):
        body.append(f'<rect class="ys-s{i}" x="{x:.0f}" y="4" width="10" height="10"/>')
        body.append(f'<text x="{x + 14:.0f}" y="13">{escape(name)}</text>')
        x += 24 + 6 * len(name)
    return body


def _clip(label: str, width: int) -> str:
    """A label short enough for its margin; the table twin keeps it whole."""
    room = max(int(width * 0.33 / 5.6), 6)
    return label if len(label) <= room else label[: room - 1].rstrip() + "…"


def _at_most(count: int, most: int, what: str) -> None:
    assert count <= most, f"{count} {what}; more than {most} cannot be told apart"
