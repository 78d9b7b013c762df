"""The size of a package as people type it, and the volume that follows from it."""

from __future__ import annotations

import re
from decimal import Decimal
from math import prod

LENGTHS = re.compile(r"\s*[x×*]\s*".join([r"(\d+(?:[.,]\d+)?)"] * 3))


def volume_m3(size_cm: str) -> Decimal | None:
    """The volume in m³ of a package whose length, width and height are given in cm; None for anything else.

    >>> volume_m3("60x40x40"), volume_m3("60 × 40"), volume_m3("0x40x40")
    (Decimal('0.096'), None, None)
    """
    found = LENGTHS.fullmatch(size_cm.strip())
    volume = (
        prod((Decimal(part.replace(",", ".")) for part in found.groups()), start=Decimal(1)) if found else Decimal(0)
    )
    return volume / 1_000_000 if volume else None
