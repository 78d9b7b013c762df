"""Items that aid is made of: units, packs, weight, volume, price, temperature; each figure with its basis.

Most weights and volumes are assumed, and the table says so. Whoever knows better replaces them with
`load_catalogue(path)`: the file needs only the column `item` and the columns it changes.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from yuanshou.errors import InputError
from yuanshou.reference import load_table
from yuanshou.sources.files import cell_place, read_table
from yuanshou.tables import require_columns

NUMBERS = ("unit_price_usd", "kg_per_unit", "kg_low", "kg_high", "m3_per_unit")
COUNTS = ("units_per_box", "boxes_per_carton")
_BASIS_OF = {"unit_price_usd": "price_basis", "kg_per_unit": "kg_basis", "m3_per_unit": "m3_basis"}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _shipped() -> pd.DataFrame:
    frame = load_table("items").set_index("item")
    for column in NUMBERS:
        frame[column] = pd.to_numeric(frame[column].replace("", None)).astype(float)
    for column in COUNTS:
        frame[column] = pd.to_numeric(frame[column].replace("", None)).astype("Int64")
    for column in ("reusable", "by_air"):
        frame[column] = frame[column] == "Y"
    return pd.concat([frame, _of_disease_packs(frame)]).rename_axis("item")


def _of_disease_packs(frame: pd.DataFrame) -> pd.DataFrame:
    """What a shipped disease pack declares beside the table, so that it can be offered, held and sent like the rest."""
    folder = resources.files("yuanshou") / "needs" / "packs"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".yaml")), key=lambda file: file.name)
    packs = [yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER) for file in files]
    declared = [row | {"source": f"disease pack {pack['disease']}"} for pack in packs for row in pack.get("items", ())]
    rows = pd.DataFrame(declared).drop_duplicates("item").set_index("item")
    source = rows.pop("source")
    rows = rows[~rows.index.isin(frame.index)].reindex(columns=frame.columns)
    rows = rows.assign(by_air=True, price_source=source, pack_source=source, size_source=source)
    for column, basis in (*_BASIS_OF.items(), ("units_per_box", "pack_basis")):
        rows[basis] = np.where(rows[column].notna(), "assumed", "")
    texts = frame.columns[frame.dtypes == frame["name"].dtype]
    rows[texts] = rows[texts].fillna("")
    return rows.astype(frame.dtypes.to_dict())


def load_catalogue(path: str | Path | None = None) -> pd.DataFrame:
    """The items of the table and those that shipped disease packs declare; index `item`.

    Parameters
    ----------
    path : a CSV or XLSX with the column item and any columns of the catalogue to replace; new items need name, group,
        unit, unit_price_usd, kg_per_unit and m3_per_unit. What a file gives has the basis "sourced".

    Returns
    -------
    frame name, group, unit (the base unit quantities count), reusable (bool), unit_price_usd, units_per_box,
    boxes_per_carton (Int64, NA unknown), kg_per_unit, kg_low, kg_high, m3_per_unit, temperature, dangerous_goods
    ("" = none), by_air (bool), note, and basis and source columns.

    >>> load_catalogue().loc["surgical_mask", "m3_basis"]
    'sourced'
    """
    frame = _shipped().copy()
    return frame if path is None else _overridden(frame, read_table(path))


def _overridden(frame: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    where = str(table.attrs.get("file", ""))
    require_columns(table, ["item"], what="the catalogue", where=where)
    unknown = [c for c in table.columns if c != "item" and c not in frame.columns]
    if unknown:
        raise InputError(f"column {unknown[0]}", f"columns among {', '.join(frame.columns)}", "rename it", where=where)
    if table["item"].duplicated().any():
        row = table.index[table["item"].duplicated()][0]
        raise InputError(
            f"{table.loc[row, 'item']} again in row {row}", "each item once", "remove one of the rows", where=where
        )
    new = [item for item in table["item"] if item not in frame.index]
    frame = frame.reindex([*frame.index, *new]).rename_axis("item")
    added = frame.index.isin(new)
    frame["reusable"] = frame["reusable"].where(~added, False).astype(bool)
    frame["by_air"] = frame["by_air"].where(~added, True).astype(bool)
    frame["temperature"] = frame["temperature"].where(~added, "ambient")
    for row, values in table.iterrows():
        item = str(values["item"])
        if item in new:
            _require_new(table, int(str(row)), values)
        for column in table.columns.drop("item"):
            if str(values[column]) != "":
                frame.loc[item, column] = _value(table, int(str(row)), column, str(values[column]))
                if column in _BASIS_OF:
                    frame.loc[item, _BASIS_OF[column]] = "sourced"
    text = [c for c in frame.columns if c not in (*NUMBERS, *COUNTS, "reusable", "by_air")]
    return frame.fillna(dict.fromkeys(text, ""))


def _require_new(table: pd.DataFrame, row: int, values: pd.Series) -> None:
    needed = ("name", "group", "unit", "unit_price_usd", "kg_per_unit", "m3_per_unit")
    missing = [c for c in needed if c not in table.columns or not values[c]]
    if missing:
        raise InputError(
            f"the new item {values['item']} without {', '.join(missing)}",
            f"{', '.join(needed)} for an item the catalogue does not have",
            "fill them in, or use a code of the shipped catalogue",
            where=f"{table.attrs.get('file', '')}, row {row}",
        )


def _value(table: pd.DataFrame, row: int, column: str, text: str) -> bool | int | float | str:
    if column in ("reusable", "by_air"):
        if text.upper() not in ("Y", "N"):
            raise InputError(repr(text), "Y or N", "write Y or N", where=cell_place(table, row, column))
        return text.upper() == "Y"
    if column not in (*NUMBERS, *COUNTS):
        return text
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < float("inf") or (column in COUNTS and number != int(number)):
        kind = "a whole number above 0" if column in COUNTS else "a number above 0"
        raise InputError(repr(text), kind, "correct the value", where=cell_place(table, row, column))
    return int(number) if column in COUNTS else number
