"""Whole kits, boxes, cartons and pallets: need in pieces becomes what a warehouse ships.

The one thing easily confused: a kit covers its published number of patients, not each of its pieces exactly; the
pieces a kit brings are subtracted from loose need, and what a kit has too little of stays loose.
"""

from __future__ import annotations

from math import ceil

import numpy as np
import pandas as pd

from yuanshou.errors import SettingError
from yuanshou.needs.pack import Kit

PALLET_M3 = 1.8
PALLET_KG = 500.0
"""A pallet of 1.2 m × 1.0 m loaded to 1.5 m: the health kit of 7.15 m³ takes the four UNICEF uses. kg assumed."""

ROUNDING = 1e-9
"""A ceiling on raw floats is a coin toss at whole numbers; quotients this close above one are that number."""


def whole(quantity: float) -> int:
    """The quantity rounded up to a whole number, forgiving float noise.

    >>> whole(3.0000000000001), whole(3.1), whole(0.0)
    (3, 4, 0)
    """
    return max(ceil(quantity - ROUNDING * max(1.0, abs(quantity))), 0)


def kits_needed(kit: Kit, driver_total: float, *, buffer_share: float = 0.0) -> int:
    """Whole kits for a number of driver units (cases, people), with a buffer on top.

    >>> cholera = Kit("k", "K", 100, "cases", "case", {}, None, None, None, False, "")
    >>> kits_needed(cholera, 1500), kits_needed(cholera, 1500, buffer_share=0.25)
    (15, 19)
    """
    if not np.isfinite(driver_total) or driver_total < 0:
        raise SettingError(f"{driver_total} {kit.covers_unit}", "a number that is not negative", "correct the number")
    if not 0 <= buffer_share <= 1:
        raise SettingError(f"buffer {buffer_share}", "a share from 0 to 1", "write 25 % as 0.25")
    return whole(driver_total * (1 + buffer_share) / kit.covers)


def loose_after_kits(kit: Kit, kits: int, pieces: dict[str, float]) -> dict[str, float]:
    """Pieces still needed beside the kits; never negative.

    >>> kit = Kit("k", "K", 100, "cases", "case", {"ors": 650}, None, None, None, False, "")
    >>> loose_after_kits(kit, 2, {"ors": 1500, "zinc": 10})
    {'ors': 200.0, 'zinc': 10.0}
    """
    return {item: max(float(need) - kits * kit.contents.get(item, 0.0), 0.0) for item, need in pieces.items()}


def kit_line(kit: Kit, kits: int) -> dict[str, object]:
    """One row: kits, kg, m3, pallets, US$, cold chain, source; unknown weight or volume stays empty."""
    m3 = None if kit.m3 is None else kit.m3 * kits
    kg = None if kit.kg is None else kit.kg * kits
    return {
        "kit": kit.name,
        "title": kit.title,
        "kits": kits,
        "covers": kit.covers * kits,
        "covers_unit": kit.covers_unit,
        "kg": kg,
        "m3": m3,
        "pallets": pallets(kg, m3),
        "usd": None if kit.usd is None else kit.usd * kits,
        "cold_chain": kit.cold_chain,
        "source": kit.source,
    }


def pallets(kg: float | None, m3: float | None) -> int | None:
    """Pallets by volume or weight, whichever is more; None where both are unknown."""
    by = [value / limit for value, limit in ((kg, PALLET_KG), (m3, PALLET_M3)) if value is not None]
    return whole(max(by)) if by else None


def packed(quantities: pd.Series, catalogue: pd.DataFrame) -> pd.DataFrame:
    """Whole packs for pieces by item: pieces, boxes, cartons, pieces_packed, kg, m3, pallets, cold_chain.

    A box size that is not known packs one by one; weight and volume are of the pieces packed. `catalogue` has
    units_per_box, boxes_per_carton, kg_per_unit, m3_per_unit, temperature.
    """
    rows = []
    for item, quantity in quantities.items():
        known = catalogue.loc[str(item)]
        pieces = whole(float(quantity))
        per_box = _size(known.get("units_per_box"))
        per_carton = _size(known.get("boxes_per_carton"))
        boxes = whole(pieces / per_box)
        cartons = whole(boxes / per_carton)
        out = boxes * per_box
        kg, m3 = out * float(known["kg_per_unit"]), out * float(known["m3_per_unit"])
        cold = is_cold(str(known.get("temperature", "")))
        rows.append([item, pieces, boxes, cartons, out, kg, m3, pallets(kg, m3) if out else 0, cold])
    columns = ["item", "pieces", "boxes", "cartons", "pieces_packed", "kg", "m3", "pallets", "cold_chain"]
    return pd.DataFrame(rows, columns=columns)


def _size(value: object) -> int:
    number = pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0]
    return int(number) if np.isfinite(number) and number >= 1 else 1


def is_cold(temperature: str) -> bool:
    """True for goods kept at 8 °C or below.

    >>> is_cold("2-8 C"), is_cold("-20 C"), is_cold("15-25 C"), is_cold("2-28 C")
    (True, True, False, False)
    """
    text = temperature.replace("°", "").replace(" ", "").upper()
    return text.startswith("-") or text in ("2-8C", "AMBIENTOR2-8C", "<8C")
