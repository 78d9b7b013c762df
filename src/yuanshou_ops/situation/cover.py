"""Days of cover: how long what a place holds will last, in the middle case and in the worst of ten.

Only goods that were accepted count as held. A place whose stock nobody knows has no days of cover: unknown is not
zero, and the caller says how many places that is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from yuanshou_ops.ledger.models import Account, Item
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.people.models import Place
from yuanshou_ops.shipments.models import ShipmentLine
from yuanshou_ops.situation.models import PlaceSituation, Snapshot, latest

DAYS_A_WEEK = 7
SOON_WEEKS = 4


@dataclass(frozen=True)
class Cover:
    """One item at one place: held, on the way, and how long it lasts; None means longer than the forecast."""

    place: Place
    item: Item
    held: int
    coming: int
    days_median: float | None
    days_worst: float | None
    out_on: date | None


def lasts(stock: float, weekly: Sequence[float]) -> float | None:
    """Days until the stock is used up by weekly needs, spread evenly in a week; None if it outlasts them.

    >>> lasts(10, [7, 7]), lasts(20, [7, 7])
    (10.0, None)
    """
    for week, need in enumerate(weekly):
        if stock < need:
            return (week + stock / need) * DAYS_A_WEEK
        stock -= need
    return None


def days_of_cover(*, places: Sequence[str] = (), snapshot: Snapshot | None = None) -> list[Cover]:
    """Every item that a place is known to hold and needs, the shortest in the worst case first."""
    snapshot = snapshot or latest()
    if snapshot is None:
        return []
    held = _sums(Account.objects.filter(state=State.ACCEPTED), "place_id", "balance", places)
    moving = ["draft", "packed", "dispatched", "arrived"]
    coming = _sums(
        ShipmentLine.objects.filter(shipment__status__in=moving), "shipment__to_place_id", "quantity", places
    )
    rows = PlaceSituation.objects.filter(snapshot=snapshot, place__in={place for place, _item in held})
    items = {item.pk: item for item in Item.objects.filter(pk__in={item for _place, item in held})}
    found = []
    for row in rows.select_related("place").only("place", "need", "snapshot"):
        for (place, item), units in held.items():
            if place == row.place_id and item in row.need:
                found.append(_cover(row, items[item], units, coming[place, item], snapshot.as_of))
    return sorted(found, key=lambda cover: (cover.days_worst is None, cover.days_worst or 0.0))


def _cover(row: PlaceSituation, item: Item, units: int, coming: int, as_of: date) -> Cover:
    need = row.need[item.pk]
    median, worst = lasts(units, need["median"]), lasts(units, need["p90"])
    out_on = None if median is None else as_of + timedelta(days=int(median))
    return Cover(row.place, item, units, coming, median, worst, out_on)


def _sums(rows: Any, place: str, quantity: str, places: Sequence[str]) -> Counter[tuple[str, str]]:
    if places:
        rows = rows.filter(**{f"{place}__in": list(places)})
    sums: Counter[tuple[str, str]] = Counter()
    for code, item, units in rows.values_list(place, "item_id", quantity):
        sums[code, item] += units
    return sums


def need_rows(figures: PlaceSituation | None) -> list[dict[str, Any]]:
    """The next four weeks of need by item, most units first."""
    if figures is None:
        return []
    items = {item.pk: item for item in Item.objects.filter(pk__in=figures.need)}
    rows = [
        {"item": items[code], "median": sum(need["median"][:SOON_WEEKS]), "p90": sum(need["p90"][:SOON_WEEKS])}
        for code, need in figures.need.items()
        if code in items
    ]
    return sorted(rows, key=lambda row: -row["p90"])
