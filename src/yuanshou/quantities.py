"""Base units, boxes, cartons, pallets, kilograms and cubic metres, in exact arithmetic.

A *base unit* is what the catalogue counts an item in (each, pair, test, litre), and every quantity in Yuanshou is a
whole number of base units. Packs are only ways of writing that number down: whatever path of conversions is taken, the
same base quantity comes back. Weights and volumes are exact fractions of the catalogue's decimals, so that the parts of
a shipment add up to the shipment.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any, Literal

import pandas as pd

from yuanshou.errors import InputError, SettingError

Level = Literal["unit", "box", "carton", "pallet"]
LEVELS: tuple[Level, ...] = ("unit", "box", "carton", "pallet")

PALLET_M3 = Fraction("1.44")
"""Usable volume of a pallet: 1.2 by 0.8 m, loaded 1.5 m high (assumed; EUR pallet, ISO 6780)."""
PALLET_KG = Fraction(600)
"""Load of a pallet by air (assumed; well below the 1,500 kg a EUR pallet may carry)."""


@dataclass(frozen=True)
class PackCount:
    """A quantity written in packs: so many whole pallets, cartons, boxes, and loose units."""

    pallet: int = 0
    carton: int = 0
    box: int = 0
    unit: int = 0

    def __str__(self) -> str:
        names = {"pallet": "pallets", "carton": "cartons", "box": "boxes", "unit": "units"}
        parts = [
            f"{n:,} {level if n == 1 else plural}" for level, plural in names.items() if (n := getattr(self, level))
        ]
        return ", ".join(parts) or "0 units"


@dataclass(frozen=True)
class PackSizes:
    """How many of each level make the next, and what one base unit weighs and fills.

    Attributes
    ----------
    units_per_box, boxes_per_carton, cartons_per_pallet : whole numbers of 1 or more; 1 where the level is not used.
    kg_per_unit, m3_per_unit : exact fractions.
    """

    units_per_box: int
    boxes_per_carton: int
    cartons_per_pallet: int
    kg_per_unit: Fraction
    m3_per_unit: Fraction

    def __post_init__(self) -> None:
        for name in ("units_per_box", "boxes_per_carton", "cartons_per_pallet"):
            if getattr(self, name) < 1:
                raise SettingError(f"{getattr(self, name)} {name}", "a whole number of 1 or more", "correct the pack")

    @cached_property
    def units_in(self) -> Mapping[Level, int]:
        """Base units in one pack of each level."""
        steps = (1, self.units_per_box, self.boxes_per_carton, self.cartons_per_pallet)
        return {level: prod(steps[: i + 1]) for i, level in enumerate(LEVELS)}

    def to_base(self, count: int, level: Level) -> int:
        """Base units in `count` packs of a level."""
        return _whole(count) * self.units_in[level]

    def split(self, quantity: int) -> PackCount:
        """A quantity as the fewest packs: pallets first, then cartons, boxes and loose units."""
        left, counts = _whole(quantity), {}
        for level in reversed(LEVELS):
            counts[level], left = divmod(left, self.units_in[level])
        return PackCount(**counts)

    def join(self, count: PackCount) -> int:
        """The base quantity of a pack count; `join(split(q)) == q`."""
        return sum(self.to_base(getattr(count, level), level) for level in LEVELS)

    def round_up(self, quantity: int, level: Level) -> int:
        """The least whole number of packs that holds the quantity, in base units."""
        return -(-_whole(quantity) // self.units_in[level]) * self.units_in[level]

    def round_down(self, quantity: int, level: Level) -> int:
        """The most whole packs that the quantity fills, in base units."""
        return _whole(quantity) // self.units_in[level] * self.units_in[level]

    def kg(self, quantity: int) -> Fraction:
        """Exact weight in kg."""
        return _whole(quantity) * self.kg_per_unit

    def m3(self, quantity: int) -> Fraction:
        """Exact volume in m³."""
        return _whole(quantity) * self.m3_per_unit

    def units_within(self, *, kg: Fraction | None = None, m3: Fraction | None = None, level: Level = "unit") -> int:
        """The most base units, in whole packs of a level, that keep within a weight and a volume."""
        limits = [
            limit // each
            for limit, each in ((kg, self.kg_per_unit), (m3, self.m3_per_unit))
            if limit is not None and each
        ]
        if not limits:
            raise SettingError("neither a weight nor a volume", "at least one limit", "give kg, m3 or both")
        return self.round_down(max(min(limits), 0), level)


def pack_sizes(item: str, catalogue: pd.DataFrame) -> PackSizes:
    """Packs of an item of the catalogue; a level whose size is not known holds one of the level below.

    >>> from yuanshou.catalogue import load_catalogue
    >>> masks = pack_sizes("surgical_mask", load_catalogue())
    >>> masks.units_in["carton"], str(masks.split(102_150)), masks.round_up(102_150, "carton")
    (2000, '2 pallets, 5 cartons, 3 boxes', 104000)
    """
    if item not in catalogue.index:
        raise InputError(f"the item {item!r}", "an item of the catalogue", "correct the code, or add the item")
    row = catalogue.loc[item]
    box, carton = (_size(row[name]) for name in ("units_per_box", "boxes_per_carton"))
    kg, m3 = (Fraction(str(float(row[name]))) for name in ("kg_per_unit", "m3_per_unit"))
    limits = [limit // (each * box * carton) for limit, each in ((PALLET_KG, kg), (PALLET_M3, m3)) if each]
    return PackSizes(box, carton, max(min(limits, default=1), 1), kg, m3)


def _size(value: Any) -> int:
    return 1 if pd.isna(value) else int(value)


def _whole(quantity: int) -> int:
    if isinstance(quantity, bool) or quantity != int(quantity) or quantity < 0:
        raise SettingError(f"{quantity!r}", "a whole number of 0 or more", "count single pieces")
    return int(quantity)
