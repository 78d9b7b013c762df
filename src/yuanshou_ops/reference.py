"""Places and items from the library into the database; the only reference data the application takes from it.

Run by `yuanshou serve` and the command `load_reference`; running it again brings names and figures up to date. A pack
whose size changed becomes a new version.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from django.db import transaction

from yuanshou.catalogue import load_catalogue
from yuanshou.places import load_places
from yuanshou_ops.ledger.models import Item, Pack
from yuanshou_ops.people.models import Place

PLACE_TEXTS = (
    "kind", "iso2", "m49", "name_en", "name_fr", "name_es", "name_ru", "name_zh", "name_ar", "un_region",
    "un_subregion", "who_region", "income_group", "capital", "cargo_airport",
)  # fmt: skip
PLACE_NUMBERS = ("population", "capital_lat", "capital_lon", "cargo_lat", "cargo_lon")
ITEM_TEXTS = ("name", "group", "unit", "kg_basis", "m3_basis", "temperature", "dangerous_goods")
ITEM_NUMBERS = ("unit_price_usd", "kg_per_unit", "m3_per_unit")


@transaction.atomic
def load_reference() -> tuple[int, int]:
    """Bring places, items and packs up to date; returns how many places and items there are."""
    places = [_place(code, row) for code, row in load_places().iterrows()]
    Place.objects.bulk_create(
        places,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[*PLACE_TEXTS, *PLACE_NUMBERS],
        batch_size=200,
    )
    catalogue = load_catalogue()
    items = [_item(code, row) for code, row in catalogue.iterrows()]
    Item.objects.bulk_create(
        items, update_conflicts=True, unique_fields=["code"], update_fields=[*ITEM_TEXTS, *ITEM_NUMBERS, "reusable"]
    )
    for code, row in catalogue.iterrows():
        _packs(str(code), row)
    return len(places), len(items)


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _number(value: Any) -> Any:
    return None if pd.isna(value) else float(value)


def _place(code: Any, row: pd.Series) -> Place:
    texts = {name: _text(row[name]) for name in PLACE_TEXTS}
    numbers = {name: _number(row[name]) for name in PLACE_NUMBERS}
    numbers["population"] = None if numbers["population"] is None else int(numbers["population"])
    return Place(code=str(code), **texts, **numbers)


def _item(code: Any, row: pd.Series) -> Item:
    texts = {name: _text(row[name]) for name in ITEM_TEXTS}
    return Item(code=str(code), reusable=bool(row["reusable"]), **texts, **{n: _number(row[n]) for n in ITEM_NUMBERS})


def _packs(code: str, row: pd.Series) -> None:
    units = _number(row["units_per_box"])
    sizes: dict[str, int] = {}
    if units and units > 1:
        sizes["box"] = int(units)
    boxes = _number(row["boxes_per_carton"])
    if units and boxes and boxes > 1:
        sizes["carton"] = int(units) * int(boxes)
    for name, size in sizes.items():
        newest = Pack.objects.filter(item_id=code, name=name).order_by("-version").first()
        if newest is None or newest.base_units != size:
            Pack.objects.create(item_id=code, name=name, base_units=size, version=newest.version + 1 if newest else 1)
