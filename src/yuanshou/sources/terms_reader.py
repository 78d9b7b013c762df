"""People's terms of sharing from CSV or XLSX: substitutes, reserves, complete sets, transfers, modes, own weights.

Each table may be left out, and then changes nothing. As with the supply, the first cell that cannot be used stops the
reading with its file, row and column.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.errors import InputError
from yuanshou.sources.files import cell_place
from yuanshou.sources.supply_cells import (
    File,
    as_date,
    as_number,
    as_one_of,
    as_place,
    as_places,
    as_text,
    load_rows,
    read_column,
    require_unique,
)

MODES = ("air", "sea", "road", "rail", "river")
TERM_TEMPLATES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "substitutes": (("item", "instead_of", "rate"), ("surgical_mask", "respirator_n95", "0.2")),
    "reserves": (
        ("reserve", "item", "source", "share", "from", "places"),
        ("low-income", "", "", "0.2", "", "UGA RWA BDI"),
        ("April", "ventilator", "LGG", "0.5", "2020-04-15", ""),
    ),
    "bundles": (("bundle", "item"), ("ventilation", "ventilator"), ("ventilation", "pulse_oximeter")),
    "transfers": (
        ("lender", "borrower", "mode", "lead_time_days", "usd_per_kg", "capacity_kg_week", "capacity_m3_week", "item",
         "keep_share", "return_weeks"),
        ("KEN", "UGA", "road", "3", "0.6", "20000", "80", "ventilator", "0.5", "4"),
    ),
    "modes": (("item", "modes"), ("pcr_test", "air road")),
}  # fmt: skip
REQUIRED = {
    "substitutes": ("item", "instead_of", "rate"),
    "reserves": ("reserve", "share"),
    "bundles": ("bundle", "item"),
    "transfers": ("lender", "borrower", "mode", "lead_time_days", "usd_per_kg"),
    "modes": ("item", "modes"),
}


def read_terms(files: Mapping[str, File], *, catalogue: pd.DataFrame, nodes: list[str]) -> dict[str, pd.DataFrame]:
    """The tables that are given, by name."""
    readers = {
        "substitutes": _substitutes,
        "reserves": _reserves,
        "bundles": _bundles,
        "transfers": _transfers,
        "modes": _modes,
    }
    return {
        name: readers[name](load_rows(name, path, required=REQUIRED[name]), catalogue, nodes)
        for name, path in files.items()
        if path is not None
    }


def _item(catalogue: pd.DataFrame, *, blank: bool = False) -> Any:
    known = as_one_of(catalogue.index, "item of the catalogue")
    return (lambda text: known(text) if text else "") if blank else known


def _substitutes(table: pd.DataFrame, catalogue: pd.DataFrame, _nodes: list[str]) -> pd.DataFrame:
    """One row a pair: a unit of `item` counts as `rate` units of `instead_of`."""
    require_unique(table, ["item", "instead_of"], what="the pair", way_out="keep one of the rows")
    frame = pd.DataFrame(
        {
            "item": read_column(table, "item", _item(catalogue)),
            "instead_of": read_column(table, "instead_of", _item(catalogue)),
            "rate": read_column(table, "rate", _above_nought(100)),
        }
    )
    same = np.flatnonzero(frame["item"] == frame["instead_of"])
    if same.size:
        row = int(table.index[same[0]])
        raise InputError(
            f"{frame['item'].iloc[same[0]]} in place of itself",
            "another item",
            "remove the row",
            where=cell_place(table, row, "instead_of"),
        )
    return frame


def _above_nought(top: float) -> Any:
    read = as_number(top=top)

    def number(text: str) -> object:
        value = read(text)
        if value == 0:
            raise ValueError(repr(text), f"a number above 0, up to {top:g}", "remove the row if it does not apply")
        return value

    return number


def _reserves(table: pd.DataFrame, catalogue: pd.DataFrame, nodes: list[str]) -> pd.DataFrame:
    """One row a tranche: a share of what is offered of an item (all) at a source (all), for places or from a day on."""
    frame = pd.DataFrame(
        {
            "reserve": read_column(table, "reserve", as_text("a name")),
            "item": _or_blank(table, "item", _item(catalogue, blank=True)),
            "source": _or_blank(table, "source", lambda text: as_one_of(nodes, "node")(text) if text else ""),
            "share": read_column(table, "share", as_number(top=1)),
            "since": pd.to_datetime(pd.Series(_or_blank(table, "from", as_date(blank=True), pd.NaT))),
            "places": _or_blank(table, "places", as_places),
        }
    )
    aimless = np.flatnonzero(frame["since"].isna() & (frame["places"] == ""))
    if aimless.size:
        row = int(table.index[aimless[0]])
        raise InputError(
            "a reserve without a day and without places",
            "a day in `from`, or places, or both",
            "say for whom or until when it is kept",
            where=cell_place(table, row, "reserve"),
        )
    return frame


def _or_blank(table: pd.DataFrame, name: str, read: Any, blank: object = "") -> list[Any]:
    return read_column(table, name, read) or [blank] * len(table)


def _bundles(table: pd.DataFrame, catalogue: pd.DataFrame, _nodes: list[str]) -> pd.DataFrame:
    """One row a part: the parts of a bundle count in complete sets only, in the proportion in which they are needed."""
    require_unique(table, ["item"], what="the part", way_out="an item can be part of one bundle only")
    return pd.DataFrame(
        {
            "bundle": read_column(table, "bundle", as_text("a name")),
            "item": read_column(table, "item", _item(catalogue)),
        }
    )


def _transfers(table: pd.DataFrame, catalogue: pd.DataFrame, _nodes: list[str]) -> pd.DataFrame:
    """One row a lane between recipients: what the lender holds may go, for good or back after `return_weeks`."""
    frame = pd.DataFrame(
        {
            "lender": read_column(table, "lender", as_place),
            "borrower": read_column(table, "borrower", as_place),
            "mode": read_column(table, "mode", as_one_of(MODES, "mode")),
            "lead_time_days": read_column(table, "lead_time_days", as_number(top=365)),
            "usd_per_kg": read_column(table, "usd_per_kg", as_number(top=10_000)),
            "capacity_kg_week": _or_blank(table, "capacity_kg_week", as_number(blank=True), np.nan),
            "capacity_m3_week": _or_blank(table, "capacity_m3_week", as_number(blank=True), np.nan),
            "item": _or_blank(table, "item", _several(_item(catalogue), blank=True)),
            "keep_share": _or_blank(table, "keep_share", as_number(blank=True, top=1), np.nan),
            "return_weeks": _or_blank(table, "return_weeks", as_number(blank=True, top=52), np.nan),
        }
    )
    lent = (frame["return_weeks"] > 0).to_numpy()
    reusable = set(catalogue.index[catalogue["reusable"].astype(bool)])
    used_up = np.array([not codes or not set(codes.split()) <= reusable for codes in frame["item"]])
    for bad, found, expected, column in (
        (frame["lender"] == frame["borrower"], "a transfer of a place to itself", "two places", "borrower"),
        (lent & used_up, "goods lent that are used up, or no item named", "a reusable item", "item"),
    ):
        if bad.any():
            row = int(table.index[np.flatnonzero(bad)[0]])
            raise InputError(found, expected, "correct the row", where=cell_place(table, row, column))
    checked = frame.set_index(table.index)
    checked.attrs.update(table.attrs)
    require_unique(
        checked, ["lender", "borrower", "mode"], what="the transfer", way_out="name all its items in one row"
    )
    return frame


def _modes(table: pd.DataFrame, catalogue: pd.DataFrame, _nodes: list[str]) -> pd.DataFrame:
    """One row an item: the only modes it may travel by."""
    require_unique(table, ["item"], what="the item", way_out="name all its modes in one row")
    modes = read_column(table, "modes", _several(as_one_of(MODES, "mode")))
    return pd.DataFrame({"item": read_column(table, "item", _item(catalogue)), "modes": modes})


def _several(one: Any, *, blank: bool = False) -> Any:
    """A reader of codes separated by spaces, commas or semicolons."""

    def read(text: str) -> object:
        words = text.replace(",", " ").replace(";", " ").split()
        if not words and not blank:
            raise ValueError("an empty cell", "at least one code", "remove the row if it does not apply")
        return " ".join(str(one(word)) for word in words)

    return read


def read_weights(path: str | Path, catalogue: pd.DataFrame) -> dict[str, dict[str, float]]:
    """A user's own weights: `place_weights`, `item_weights` and `pair_weights` of an `AllocationPolicy`.

    Columns place, item, weight; an empty place means all places, an empty item all items.
    """
    table = load_rows("weights", path, required=("weight",))
    places = _or_blank(table, "place", lambda text: as_place(text) if text else "")
    items = _or_blank(table, "item", _item(catalogue, blank=True))
    weights = read_column(table, "weight", as_number(top=1e6))
    checked = pd.DataFrame({"place": places, "item": items}, index=table.index)
    checked.attrs.update(table.attrs)
    require_unique(checked, ["place", "item"], what="the weight of", way_out="keep one of the rows")
    found: dict[str, dict[str, float]] = {"place_weights": {}, "item_weights": {}, "pair_weights": {}}
    for row, place, item, weight in zip(table.index, places, items, weights, strict=True):
        if not place and not item:
            raise InputError(
                "a weight for no place and no item",
                "a place, an item, or both",
                "fill one of them in",
                where=cell_place(table, int(row), "weight"),
            )
        kind = "pair_weights" if place and item else "place_weights" if place else "item_weights"
        found[kind][f"{place} {item}".strip()] = float(weight)
    return found
