"""Items, hubs, freight, lead times, gifts, exports, production, needs as stated, curbs and incidents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from reference.common import number, read, whole, write


def build(data: Path, out: Path) -> list[Path]:
    return [
        write(_items(read(data / "items.csv")), out / "items.csv"),
    ]


def _basis(text: pd.Series) -> pd.Series:
    """Their word "assumption" is our "assumed"."""
    return text.replace({"assumption": "assumed"})


def _items(raw: pd.DataFrame) -> pd.DataFrame:
    price_assumed = raw["price_source"].str.startswith("assumption")
    pack_assumed = raw["pack_source"].str.startswith("assumption")
    packed = (raw["units_per_box"] != "") | (raw["boxes_per_carton"] != "")
    return pd.DataFrame(
        {
            "item": raw["item"],
            "name": raw["name"],
            "group": raw["group"],
            "unit": raw["unit"],
            "reusable": raw["reusable"],
            "unit_price_usd": number(raw["unit_price_usd"]),
            "price_basis": np.where(price_assumed, "assumed", "sourced"),
            "price_source": raw["price_source"],
            "units_per_box": whole(raw["units_per_box"]),
            "boxes_per_carton": whole(raw["boxes_per_carton"]),
            "pack_basis": np.where(
                ~packed, "", np.where(pack_assumed | (raw["pack_source"] == ""), "assumed", "sourced")
            ),
            "pack_source": raw["pack_source"],
            "kg_per_unit": number(raw["kg_per_unit"]),
            "kg_low": number(raw["kg_low"]),
            "kg_high": number(raw["kg_high"]),
            "kg_basis": _basis(raw["kg_basis"]),
            "m3_per_unit": number(raw["m3_per_unit"]),
            "m3_basis": _basis(raw["m3_basis"]),
            "size_source": raw["size_source"],
            "temperature": raw["temperature"],
            "dangerous_goods": raw["dangerous_goods"],
            # 45 to 50 kg drums are above the 25 kg a cargo aircraft may take (49 CFR 172.101).
            "by_air": np.where(raw["item"] == "chlorine_hth", "N", "Y"),
            "note": raw["note"],
        }
    )
