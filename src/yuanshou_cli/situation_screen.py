"""What `yuanshou situation` shows: one screen that a tired officer can read, or one place with every figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Group
from rich.table import Table
from rich.text import Text

from yuanshou.formats import MISSING, compact, day
from yuanshou.places import load_places

NAME_WIDTH = 24
FASTEST = 8
NAMED = 3
RATE_PEOPLE_MINIMUM = 100_000
REGIONS = {"EURO": "Europe", "AMRO": "Americas", "EMRO": "Eastern Mediterranean", "WPRO": "Western Pacific",
           "AFRO": "Africa", "SEARO": "South-East Asia"}  # fmt: skip
CHANGES = {
    "first cases": "with first cases",
    "first deaths": "with first deaths",
    "jump": "with cases tripled or more",
    "growth slower": "growing more slowly",
    "growth faster": "growing faster",
    "correction": "with earlier counts corrected",
    "no longer listed": "no longer listed",
}
MOVES = {"gap": "holes", "zero_days": "backlogs after days of none", "spike": "backlogs", "negative": "corrections",
         "definition": "changes of definition", "spike_unresolved": "large days too recent to judge"}  # fmt: skip
NOTE_WORDS = {"cumulative_falls": "falling counts", "spike": "spikes", "gap": "gaps", "silent": "silent places",
              "duplicate": "duplicates", "duplicate_conflict": "conflicting duplicates",
              "unknown_place": "unknown places", "future_date": "later days left out"}  # fmt: skip


def summary(situation: Any, notes: Iterable[Any], *, saved: bool) -> Group:
    """Totals, high-risk list, fastest growth, rates by population, ships, what changed, data quality."""
    lines = [
        *_rates(situation), *_ships(situation), *_imported(situation), *_workers(situation), *_changes(situation),
        _quality(notes, saved=saved), *_adjusted(situation),
    ]  # fmt: skip
    parts: list[Any] = [Text(_headline(situation), style="bold"), Text(situation.source, style="dim")]
    parts += [_high_risk_table(situation), _growth_table(situation), *(Text.from_markup(line) for line in lines)]
    return Group(*parts)


def _headline(situation: Any) -> str:
    table = situation.table
    total = {
        c: float(table[c].sum(min_count=1))
        for c in ("cases_cumulative", "cases_new_7d", "deaths_cumulative", "deaths_new_7d")
    }
    places = "1 place" if len(table) == 1 else f"{len(table)} places"
    return (f"{day(situation.as_of)}: {places}, {compact(total['cases_cumulative'])} cases "
            f"({compact(total['cases_new_7d'])} in 7 days), {compact(total['deaths_cumulative'])} deaths "
            f"({compact(total['deaths_new_7d'])} in 7 days)")  # fmt: skip


def _names(situation: Any, places: Iterable[str], *, most: int = NAMED) -> str:
    """Names of the first places, and how many more."""
    listed = list(places)
    names = ", ".join(_name(situation, p) for p in listed[:most])
    return names + (f" +{len(listed) - most}" if len(listed) > most else "")


def _name(situation: Any, place: str) -> str:
    # An origin of imported cases may have no counts of its own.
    name = str(situation.table["name"].get(place, load_places()["name_en"].get(place, place)))
    return name if len(name) <= NAME_WIDTH else name[: NAME_WIDTH - 1].rstrip() + "…"


def _table(title: str, *columns: str, wrap: bool = False) -> Table:
    """A table without lines: a name, then figures to the right."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=not wrap)
    return table


def _high_risk_table(situation: Any) -> Table | Text:
    entries = situation.high_risk
    if entries.empty:
        return Text("High-risk list: no entry.")
    title = f"High-risk list: {entries['place'].nunique()} places (most new cases first)"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right", no_wrap=True, min_width=2)
    table.add_column(no_wrap=True, min_width=max(map(len, entries["rule"])))
    table.add_column()
    for rule, group in entries.groupby("rule", sort=False):
        table.add_row(str(len(group)), str(rule), _names(situation, group["place"]))
    return table


def _growth_table(situation: Any) -> Table | Text:
    """Places by growth rate, among those with enough new cases that grow for certain."""
    ranked = situation.table.dropna(subset=["growth_rank"]).sort_values("growth_rank")
    if ranked.empty:
        return Text("Growth: no place with 50 new cases in 7 days grows for certain.")
    table = _table("Where growth is fastest (50 or more new in 7 days; 95 % intervals)",
                   "cases", "new 7 d", "days to double", "reproduction no.")  # fmt: skip
    for place, row in ranked.head(FASTEST).iterrows():
        table.add_row(
            _name(situation, str(place)), compact(row["cases_cumulative"]), compact(row["cases_new_7d"]),
            _interval(row, "doubling_time_days"), _interval(row, "reproduction_number", decimals=2),
        )  # fmt: skip
    return table


def _interval(row: pd.Series, column: str, *, scale: float = 1.0, decimals: int = 1) -> str:
    """Estimate and interval, or a dash."""
    value, low, high = (float(row[c]) * scale for c in (column, f"{column}_low", f"{column}_high"))
    if not np.isfinite(value):
        return MISSING
    upper = f"{high:.{decimals}f}" if np.isfinite(high) else "…"
    return f"{value:.{decimals}f} ({low:.{decimals}f} – {upper})"


def _rates(situation: Any) -> list[str]:
    """The highest rates by population, and the regions side by side."""
    table = situation.table
    large = table[(table["population"] >= RATE_PEOPLE_MINIMUM) & (table["cases_new_7d"] > 0)]
    top = large["cases_new_7d_per_100k"].nlargest(5)
    places = ", ".join(f"{_name(situation, str(p))} {compact(v)}" for p, v in top.items())
    groups = situation.groups[situation.groups["grouping"] == "WHO region"].dropna(subset=["cases_new_7d_per_100k"])
    regions = ", ".join(
        f"{REGIONS[g]} {compact(v, figures=2)}"
        for g, v in zip(groups["group"], groups["cases_new_7d_per_100k"], strict=True)
        if g in REGIONS
    )
    return [
        f"[bold]New cases in 7 days per 100,000 people:[/] {text}" if head else f"[bold]By region:[/] {text}"
        for head, text in ((True, places), (False, regions))
        if text
    ]


def _ships(situation: Any) -> list[str]:
    ships = situation.table[(situation.table["kind"] == "conveyance") & (situation.table["cases_cumulative"] > 0)]
    told = [
        f"{r['name']} {r['cases_cumulative']:,.0f} cases, {r['deaths_cumulative']:,.0f} deaths of "
        f"{r['population']:,.0f} aboard"
        for _, r in ships.iterrows()
    ]
    return [f"[bold]Ships:[/] {'; '.join(told)}"] if told else []


def _imported(situation: Any) -> list[str]:
    if situation.imported.empty:
        return []
    sums = situation.imported.groupby("origin")["cases_cumulative"].sum().nlargest(5)
    named = ", ".join(f"{_names(situation, [str(o)])} {compact(n)}" for o, n in sums.items())
    total = situation.imported["cases_cumulative"].sum()
    return [f"[bold]Imported:[/] {compact(total)} cases; most from {named}"]


def _workers(situation: Any) -> list[str]:
    told = situation.table["health_worker_cases"].dropna().sort_values(ascending=False)
    if told.empty:
        return []
    named = ", ".join(f"{_names(situation, [str(p)])} {compact(n)}" for p, n in told.head(5).items())
    return [f"[bold]Health workers infected:[/] {compact(float(told.sum()))}; {named}"]


def _changes(situation: Any) -> list[str]:
    """What changed, kind by kind; entries of the high-risk list by name."""
    if situation.compared_to is None:
        return []
    changes = situation.changes
    lines = []
    for change, word in (("high risk: added", "New on the high-risk list"), ("high risk: removed", "Gone from it")):
        places = dict.fromkeys(changes.loc[changes["change"] == change, "place"])
        if places:
            lines.append(f"  {word}: {_names(situation, places, most=6)}")
    counted = Counter(changes["change"])
    told = "; ".join(f"{counted[kind]} {word}" for kind, word in CHANGES.items() if counted[kind])
    head = f"[bold]Since {day(situation.compared_to)}:[/] {told or 'nothing else changed'}"
    return [head, *lines]


def _quality(notes: Iterable[Any], *, saved: bool) -> str:
    counted = Counter(note.kind for note in notes)
    if not counted:
        return "[bold]Data quality:[/] nothing odd was seen"
    told = ", ".join(f"{n} {NOTE_WORDS.get(kind, kind.replace('_', ' '))}" for kind, n in counted.most_common(6))
    where = "notes.csv" if saved else "--out FOLDER writes each with file and row"
    return f"[bold]Data quality:[/] {told}; nothing was mended ({where})"


def _adjusted(situation: Any) -> list[str]:
    """Days that a nowcast moves, by rule; the figures above are as reported."""
    counted = Counter(situation.adjustments["kind"])
    told = ", ".join(f"{counted[kind]} {word}" for kind, word in MOVES.items() if counted[kind])
    return [f"[bold]Nowcast:[/] {told}; the figures above are as reported"] if told else []


PLACE_ROWS = {
    "cases": "cases_cumulative",
    "deaths": "deaths_cumulative",
    "new cases, 7 days": "cases_new_7d",
    "new deaths, 7 days": "deaths_new_7d",
    "cases per 100,000 people": "cases_per_100k",
    "new cases, 7 days, per 100,000": "cases_new_7d_per_100k",
    "infections of health workers": "health_worker_cases",
    "imported cases": "imported_cases",
}


def place_screen(situation: Any, notes: Iterable[Any], places: list[str]) -> Group:
    """Every figure of some places, side by side, with their entries, changes and notes."""
    table = _table(day(situation.as_of), *(_name(situation, p) for p in places), wrap=True)
    rows = [situation.table.loc[p] for p in places]
    for label, column in PLACE_ROWS.items():
        if any(np.isfinite(row[column]) for row in rows):
            table.add_row(label, *(compact(float(row[column])) for row in rows))
    table.add_row("growth, % a day", *(_interval(row, "growth_rate", scale=100) for row in rows))
    table.add_row("days to double", *(_interval(row, "doubling_time_days") for row in rows))
    table.add_row("reproduction number", *(_interval(row, "reproduction_number", decimals=2) for row in rows))
    table.add_row("rank by growth", *(compact(float(row["growth_rank"])) for row in rows))
    last = [row["last_report"] for row in rows]
    table.add_row("last report", *(MISSING if pd.isna(t) else day(t.date()) for t in last))
    lines = [f"{row['name']}: {row['reason']}" for row in rows if row["reason"]]
    risks = situation.high_risk[situation.high_risk["place"].isin(places)]
    lines += [
        f"{_name(situation, r['place'])}: high risk, {r['rule']} {_since(r['since'])}: {r['reason']}"
        for r in risks.to_dict("records")
    ]
    changes = situation.changes[situation.changes["place"].isin(places)]
    changes = changes[changes["change"] != "high risk: added"]  # the entry itself stands above, with its day
    lines += [f"{_name(situation, r['place'])}: {r['change']}: {r['detail']}" for r in changes.to_dict("records")]
    lines += [f"{_name(situation, n.place)}, {n.date}: {n.message}" for n in notes if n.place in places]
    return Group(table, *(Text(line) for line in lines))


def _since(first: pd.Timestamp) -> str:
    return "for four weeks or longer" if pd.isna(first) else f"since {day(first.date())}"
