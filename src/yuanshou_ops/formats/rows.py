"""The rows that the public formats share, read once from an edition, so that their totals cannot differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from yuanshou_ops.bulletin.models import Edition
from yuanshou_ops.ledger.models import Item
from yuanshou_ops.people.models import Place


@dataclass(frozen=True)
class Given:
    """One giver, place and item of the account, in base units; `place_m49` is empty for a conveyance."""

    donor: str
    donor_iso2: str
    place: str
    place_iso2: str
    place_name: str
    item: str
    item_name: str
    unit: str
    promised: int
    on_the_way: int
    received: int
    not_received: int


def given(edition: Edition) -> list[Given]:
    places, items = Place.objects.in_bulk(), Item.objects.in_bulk()
    rows = []
    for donor, home, place, item, *units in edition.account.get("rows", []):
        known: Any = places.get(place)
        rows.append(Given(
            donor=donor, donor_iso2=places[home].iso2 if home in places else "", place=place,
            place_iso2=known.iso2 if known else "", place_name=known.name_en if known else place, item=item,
            item_name=str(items[item].name) if item in items else item, unit=items[item].unit if item in items else "",
            promised=units[0], on_the_way=units[1], received=units[2], not_received=units[3],
        ))  # fmt: skip
    return rows
