"""Two runs side by side: what differs in what went in, and in what came out by place."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

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
    pairs: list[tuple[str, Any, Any]] = [
        ("outbreak", one.outbreak.name, two.outbreak.name),
        ("as_of", one.as_of, two.as_of),
    ]
    for name in sorted(one.settings.keys() | two.settings.keys()):
        pairs.append((name, one.settings.get(name), two.settings.get(name)))
    for name in sorted(one.inputs.keys() | two.inputs.keys()):
        digests = [run.inputs.get(name, {}).get("sha256", "")[:12] for run in (one, two)]
        pairs.append((f"input: {name}", *digests))
    pairs += [
        (f"scope: {name}", len(one.scope[name]) or "all", len(two.scope[name]) or "all") for name in ("places", "items")
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]


@dataclass(frozen=True)
class Value:
    """Need and what is served of it, in US$ at catalogue prices, so that masks and ventilators add up."""

    need: float = 0.0
    served: float = 0.0

    @property
    def unmet(self) -> float:
        return self.need - self.served

    @property
    def coverage(self) -> float | None:
        return self.served / self.need if self.need else None


def value_by_place(run: PlanRun) -> dict[str, Value]:
    """Place → value of need and served; an item without a price counts at the median price, as in the comparison."""
    cells = list(run.cells.values_list("place_id", "item__unit_price_usd", "need", "served"))
    prices = [float(price) for _place, price, _need, _served in cells if price]
    usual = median(prices) if prices else 1.0
    sums: dict[str, Value] = {}
    for place, price, need, served in cells:
        so_far, worth = sums.get(place, Value()), float(price) if price else usual
        sums[place] = Value(so_far.need + need * worth, so_far.served + served * worth)
    return sums


def by_place(one: PlanRun, two: PlanRun) -> list[dict[str, Any]]:
    """Value served by place in both runs, the largest difference first."""
    first, second = value_by_place(one), value_by_place(two)
    places = {place.pk: place for place in Place.objects.filter(pk__in=first.keys() | second.keys())}
    rows = []
    for code, place in places.items():
        before, after = first.get(code, Value()).served, second.get(code, Value()).served
        rows.append({"place": place, "one": round(before), "two": round(after), "change": round(after - before)})
    return sorted(rows, key=lambda row: (-abs(row["change"]), row["place"].pk))


def figures(one: PlanRun, two: PlanRun) -> list[tuple[str, Any, Any]]:
    return [(name, one.summary.get(name), two.summary.get(name)) for name in FIGURES]
