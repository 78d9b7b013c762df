"""The sections of a plan's page as rows of ready words: one function a section, figures already formatted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from yuanshou import formats as f
from yuanshou.charts import coverage_class, fan_chart, part_bar, range_bar
from yuanshou.forecast.forecasters import QUANTILE_LEVELS
from yuanshou.report import words
from yuanshou.report.digest import Digest, row_dicts
from yuanshou.tables import DataQualityNote, notes_frame

WORST_OFF, FANS, NOTES_SHOWN = 10, 10, 150
GROUPS = (("WHO region", "who_region"), ("Income group of 2020", "income_group"))

Row = dict[str, Any]


def key_figures(digest: Digest) -> list[dict[str, str]]:
    """Six figures: value, what it is, and the line beneath that says how to read it."""
    plan, places = digest.plan, digest.by_place
    low, middle, high = digest.cases_ahead
    dispatches = plan.allocation.dispatches
    coverage, ranked = places["coverage"].dropna(), digest.ranked
    median = f.share(float(coverage.median())) if len(coverage) else f.MISSING
    least = "nothing of what is on offer is needed"
    if len(ranked):
        least = f"least: {ranked['name'].iloc[0]}, {f.share(ranked['coverage'].iloc[0])}"
    need, unmet = float(digest.by_item["need_usd"].sum()), float(digest.by_item["unmet_usd"].sum())
    volume, freight = f.compact(dispatches["m3"].sum()), f.usd(dispatches["usd"].sum())
    figures = [
        (f.compact(plan.situation.table["cases_cumulative"].sum()), "cases known",
         f"forecast: {f.compact(middle)} more (90 %: {f.compact(low)}–{f.compact(high)})"),
        (f.number(len(places)), "places in need",
         f"of {f.number(len(plan.allocation.recipients))}, for {f.number(len(plan.allocation.items))} items"),
        (words.tonnes(dispatches["kg"].sum()), "sent",
         f"{volume} m³, {f.number(len(dispatches))} dispatches, {freight} freight"),
        (f.share(digest.used_share), "of the supply used",
         "by value" + (f"; {words.left_words(digest, most=1)}" if len(digest.left_by_reason) else "")),
        (median, "coverage, median place", least),
        (f.share(unmet / need) if need > 0 else f.MISSING, "of need stays unmet",
         f"by value: {f.usd(unmet)} of {f.usd(need)}"),
    ]  # fmt: skip
    return [{"value": value, "what": what, "how": how} for value, what, how in figures]


def heat_table(digest: Digest) -> Row:
    """Coverage, place × offered item, as classes and texts: columns, and rows in the order of coverage."""
    matrix = digest.matrix
    at = {place: i for i, place in enumerate(matrix.index)}
    values, met_values, need_values = (
        digest.wide(column).to_numpy(dtype=float) for column in ("coverage", "served", "need")
    )
    rows = []
    for record in row_dicts(digest.by_place.rename_axis("place").reset_index()):
        i = at[record["place"]]
        cells = [
            (coverage_class(v), _whole(v), f"{f.compact(m)} of {f.compact(n)}" if np.isfinite(v) else "")
            for v, m, n in zip(values[i], met_values[i], need_values[i], strict=True)
        ]
        rows.append(
            {"name": record["name"], "code": _short_code(record["place"]), "region": _said(record["who_region"]),
             "class": coverage_class(record["coverage"]), "coverage": _whole(record["coverage"]), "cells": cells}
        )  # fmt: skip
    return {"columns": [digest.item_name(item) for item in matrix.columns], "rows": rows}


def worst_off(digest: Digest) -> list[Row]:
    """The least covered places with what they get and why not more."""
    table = digest.ranked.head(WORST_OFF)
    return [_place_card(digest, r, most=3) for r in row_dicts(table.rename_axis("place").reset_index())]


def every_place(digest: Digest) -> list[Row]:
    """All further places, for the folded list."""
    table = digest.by_place.dropna(subset=["coverage"]).drop(index=digest.ranked.index[:WORST_OFF]).sort_values("name")
    return [_place_card(digest, r, most=2) for r in row_dicts(table.rename_axis("place").reset_index())]


def _place_card(digest: Digest, record: Row, *, most: int) -> Row:
    situation, place = digest.plan.situation.table, record["place"]
    facts = [f"{f.compact(float(situation['cases_cumulative'].get(place, np.nan)))} cases"]
    doubling = float(situation["doubling_time_days"].get(place, np.nan))
    if np.isfinite(doubling) and 0 < doubling < 1000:
        facts.append(f"doubling in {f.number(doubling, decimals=1)} days")
    facts.append(f"need {f.usd(record['need_usd'])}")
    facts.append(f"gets {f.usd(record['goods_usd'])} of goods, {words.tonnes(record['kg'])}")
    reasons = [{"item": digest.item_name(item), "sentence": said} for item, said in digest.reasons(place, most=most)]
    return {"name": record["name"], "code": _short_code(place), "coverage": f.share(record["coverage"]),
            "class": coverage_class(record["coverage"]), "facts": facts, "reasons": reasons}  # fmt: skip


def supply_rows(digest: Digest) -> list[Row]:
    """Used and left by offered item, with the reason most of the rest stays."""
    left = digest.plan.allocation.supply_left
    staying = left[left["left"] > 0].sort_values("left", ascending=False).drop_duplicates("item")
    reasons = dict(zip(staying["item"], staying["reason"], strict=True))
    table = digest.by_item.loc[list(digest.offered_items)].rename_axis("item").reset_index()
    return [
        {"name": digest.item_name(r["item"]), "unit": _said(r["unit"]), "offered": f.compact(r["offered"]),
         "sent": f.compact(r["sent"]), "left": f.compact(r["left"]), "used": f.share(r["sent"] / r["offered"]),
         "bar": Markup(part_bar([r["sent"], r["left"]], r["offered"], classes=("s0", "s1"))),
         "reason": str(reasons.get(r["item"], ""))}
        for r in row_dicts(table)
    ]  # fmt: skip


def nobody_offers(digest: Digest) -> list[str]:
    """Items with need that nobody offers, the most valuable need first."""
    table = digest.by_item[(digest.by_item["need"] > 0) & (digest.by_item["offered"] <= 0)]
    return [
        f"{r['name']} ({words.quantity(r['need'], r['unit'])}, {f.usd(r['need_usd'])})"
        for r in row_dicts(table.sort_values("need_usd", ascending=False))
    ]


def need_rows(digest: Digest) -> list[Row]:
    """World need by item with its band; the bar's scale is the item's own upper end."""
    return [
        {"name": r["name"], "group": _said(r["group"]), "unit": _said(r["unit"]), "low": f.compact(r["need_low"]),
         "middle": f.compact(r["need_middle"]), "high": f.compact(r["need_high"]), "met": f.compact(r["served"]),
         "coverage": f.share(r["coverage"]), "class": coverage_class(r["coverage"]),
         "bar": Markup(range_bar(r["need_low"], r["need_middle"], r["need_high"], r["need_high"]))}
        for r in row_dicts(digest.by_item[digest.by_item["need_high"] > 0])
    ]  # fmt: skip


def forecast_fans(digest: Digest) -> list[Row]:
    """Fans of weekly cases for the places with the largest forecast."""
    forecast = digest.plan.forecast
    at = np.searchsorted(QUANTILE_LEVELS, np.array([0.05, 0.25, 0.5, 0.75, 0.95]) - 1e-9)
    cases = forecast.quantiles[0][:, :, at]
    order = np.argsort(-np.nan_to_num(cases[:, :, 2].sum(axis=1)), kind="stable")[:FANS]
    fans = []
    for p in order:
        name = digest.name(forecast.places[p])
        low, lower, middle, upper, high = cases[p].T
        seen_days, seen = digest.seen_weeks(forecast.places[p])
        chart = fan_chart(
            days=forecast.week_ends, median=middle, bands={"90 %": (low, high), "50 %": (lower, upper)},
            seen_days=seen_days, seen=seen, title=f"{name}: new cases a week", unit="persons",
        )  # fmt: skip
        fans.append({"name": name, "chart": chart})
    return fans


def group_rows(digest: Digest, column: str) -> list[Row]:
    """Coverage by WHO region or income group, the lowest median first."""
    return [
        {"name": words.WHO_REGIONS.get(r[column], r[column]), "places": f.number(r["places"]),
         "least": f.share(r["least"]), "median": f.share(r["median"]), "goods": f.usd(r["goods_usd"]),
         "bar": Markup(part_bar([r["median"]], 1.0))}
        for r in row_dicts(digest.groups(column).reset_index())
    ]  # fmt: skip


def comparison_table(digest: Digest) -> Row | None:
    """The rules side by side as they were compared; None when no other rule was asked for."""
    table = digest.plan.comparisons
    if table.empty:
        return None
    rows = [[_compared(name, value) for name, value in record.items()] for record in row_dicts(table)]
    headings = [words.COMPARISON_HEADINGS.get(str(c), str(c).replace("_", " ")) for c in table.columns]
    return {"columns": headings, "rows": rows}


def _compared(name: str, value: Any) -> str:
    """A figure of the comparison: shares with one decimal, because rules differ by little in a world-wide shortage."""
    if name == "policy":
        return words.rule_name(str(value))
    if name == "gap" and isinstance(value, float):
        return f.share(value, decimals=1)
    if name.startswith("coverage") and isinstance(value, float) and np.isfinite(value):
        return f.number(value, decimals=2) if name.endswith("gini") else f.share(value, decimals=1)
    return _cell(value)


def donor_rows(digest: Digest) -> list[Row]:
    """Offers by donor and status, in US$ of goods."""
    return [
        {"donor": _said(r["donor"]), "status": _said(r["status"]).replace("_", " "), "lines": f.number(r["lines"]),
         "items": f.number(r["items"]), "offered": f.usd(r["offered_usd"]), "sent": f.usd(r["sent_usd"]),
         "assumed": f.share(r["assumed_usd"] / r["offered_usd"]) if r["offered_usd"] > 0 else f.MISSING}
        for r in row_dicts(digest.by_donor)
    ]  # fmt: skip


def check_rows(digest: Digest) -> list[Row]:
    return [
        {"check": r["check"], "passed": int(r["passed"]), "items": int(r["items"]),
         "difference": f.compact(r["largest_difference"]), "ok": r["passed"] == r["items"]}
        for r in row_dicts(digest.checks_summary)
    ]  # fmt: skip


def assumption_rows(table: pd.DataFrame) -> list[dict[str, str]]:
    return [{name: _cell(value) for name, value in record.items()} for record in row_dicts(table)]


def note_groups(notes: tuple[DataQualityNote, ...]) -> list[Row]:
    """Data-quality notes by kind, the first of each shown and the rest counted."""
    frame = notes_frame(notes)
    groups = []
    for kind, table in frame.groupby("kind", sort=True):
        shown = max(3, NOTES_SHOWN * len(table) // max(len(frame), 1))
        groups.append(
            {"kind": str(kind).replace("_", " "), "count": len(table), "rows": row_dicts(table.head(shown)),
             "hidden": max(len(table) - shown, 0)}
        )  # fmt: skip
    return groups


def _cell(value: Any) -> str:
    """A table value in words: numbers short, missing as a dash."""
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return f.MISSING
    if isinstance(value, (bool, str)):
        return str(value)
    if isinstance(value, (int, float, np.number)):
        return f.compact(float(value))
    return str(value)


def _whole(value: float) -> str:
    """A share as whole per cent without the sign, for a narrow cell."""
    return f.share(value).replace("%", "")


def _short_code(place: str) -> str:
    """The ISO code; a conveyance's long code says no more than its name."""
    return place if len(place) <= 3 else ""


def _said(value: Any) -> str:
    """Text of a value that may be missing."""
    return value if isinstance(value, str) and value else f.MISSING
