"""Two runs side by side: what differs in what went in, and in what came out by place."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum

from yuanshou_ops.people.models import Place
from yuanshou_ops.planning.models import PlanRun

FIGURES = (
    "coverage_weighted",
    "coverage_worst",
    "coverage_worst_tenth",
    "coverage_gini",
    "consignments",
    "freight_usd",
    "freight_kg",
)


def differences(one: PlanRun, two: PlanRun) -> list[tuple[str, Any, Any]]:
    """Every input and setting in which the runs differ."""
    pairs: list[tuple[str, Any, Any]] = [("as_of", one.as_of, two.as_of)]
    for name in sorted(one.settings.keys() | two.settings.keys()):
        pairs.append((name, one.settings.get(name), two.settings.get(name)))
    for name in sorted(one.inputs.keys() | two.inputs.keys()):
        digests = [run.inputs.get(name, {}).get("sha256", "")[:12] for run in (one, two)]
        pairs.append((f"input: {name}", *digests))
    pairs += [
        (f"scope: {name}", len(one.scope[name]) or "all", len(two.scope[name]) or "all") for name in ("places", "items")
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]


def by_place(one: PlanRun, two: PlanRun) -> list[dict[str, Any]]:
    """Units served by place in both runs, the largest difference first."""
    sums = [dict(run.cells.values_list("place_id").annotate(Sum("served"))) for run in (one, two)]
    needs = [dict(run.cells.values_list("place_id").annotate(Sum("need"))) for run in (one, two)]
    codes = sums[0].keys() | sums[1].keys()
    places = {place.pk: place for place in Place.objects.filter(pk__in=codes)}
    rows = [
        {"place": places[code], "one": sums[0].get(code, 0), "two": sums[1].get(code, 0),
         "need_one": needs[0].get(code), "need_two": needs[1].get(code),
         "change": sums[1].get(code, 0) - sums[0].get(code, 0)}
        for code in codes
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-abs(row["change"]), row["place"].pk))


def figures(one: PlanRun, two: PlanRun) -> list[tuple[str, Any, Any]]:
    return [(name, one.summary.get(name), two.summary.get(name)) for name in FIGURES]
