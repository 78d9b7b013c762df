"""People's own offers, stock, routes and nodes from CSV or XLSX, each cell checked before anything is planned on it.

Either the whole table is right or nothing of it is used: the first cell that cannot be used stops the reading with
its file, row and column. Notes are for what is odd and still usable, such as a lane with no limit given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from yuanshou.catalogue import load_catalogue
from yuanshou.errors import InputError
from yuanshou.places import find_place, load_places, nearest_places
from yuanshou.sources.files import cell_place, read_table
from yuanshou.tables import DataQualityNote, require_columns

if TYPE_CHECKING:
    from yuanshou.sources.supply import AidSupply

MODES = ("air", "sea", "road", "rail", "river")
BASES = ("sourced", "derived", "assumed")
TEMPLATES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "offers": (
        ("offer", "donor", "source", "item", "quantity", "available", "expires", "earmark", "status", "basis",
         "known_by", "source_note"),
        ("OFFER-1", "Ministry of Health", "NBO", "surgical_mask", "500000", "2020-03-30", "2022-12-31", "UGA RWA",
         "offered", "sourced", "2020-03-25", "letter of 25 March"),
    ),
    "stock": (("place", "item", "quantity"), ("UGA", "surgical_mask", "12000")),
    "routes": (
        ("source", "recipient", "mode", "lead_time_days", "usd_per_kg", "capacity_kg_week", "capacity_m3_week", "basis",
         "source_note"),
        ("NBO", "UGA", "road", "3", "0.6", "40000", "160", "sourced", "forwarder's quote"),
    ),
    "nodes": (
        ("node", "name", "place", "latitude", "longitude", "kind"),
        ("NBO", "Jomo Kenyatta International Airport", "KEN", "-1.3192", "36.9278", "airport"),
    ),
}  # fmt: skip
REQUIRED = {
    "offers": ("offer", "source", "item", "quantity", "available"),
    "stock": ("place", "item", "quantity"),
    "routes": ("source", "recipient", "mode", "lead_time_days", "usd_per_kg"),
    "nodes": ("node", "place"),
}
MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
File = str | Path | None


def read_tables(
    *, offers: File, stock: File, routes: File, nodes: File, base: AidSupply | None, catalogue: pd.DataFrame | None
) -> AidSupply:
    """See `yuanshou.sources.supply.read_supply`."""
    from yuanshou.sources.supply import STOCK_COLUMNS, AidSupply

    for name, given in (("offers", offers), ("routes", routes)):
        if given is None and base is None:
            raise InputError(f"no {name}", f"a file of {name}, or a supply to take them from", f"name the {name} file")
    items = (load_catalogue() if catalogue is None else catalogue).index
    notes: list[DataQualityNote] = list(base.notes) if base is not None and offers is None else []
    node_table = _nodes(nodes, base)
    known = list(node_table["node"])
    offer_table = base.offers if base is not None and offers is None else _offers(_load("offers", offers), items, known)
    lanes = base.routes if base is not None and routes is None else _routes(_load("routes", routes), known, notes)
    held = _stock(_load("stock", stock), items) if stock is not None else base.stock if base is not None else None
    if held is None:
        held = pd.DataFrame({c: pd.Series(dtype="int64" if c == "quantity" else str) for c in STOCK_COLUMNS})
    stranded = sorted(set(offer_table["source"]) - set(lanes["source"]))
    for source in stranded:
        names = ", ".join(offer_table.loc[offer_table["source"] == source, "offer"].head(3))
        notes.append(DataQualityNote("no_lane", f"No lane starts at {source}; offers there cannot be sent: {names}."))
    return AidSupply(offer_table, node_table, held, lanes, tuple(notes))


def _load(name: str, path: File) -> pd.DataFrame:
    table = read_table(path) if path is not None else pd.DataFrame()
    require_columns(table, REQUIRED[name], what=name, where=str(table.attrs.get("file", "")))
    if table.empty:
        raise InputError(f"no rows of {name}", "a header and at least one row", "fill the table in", where=_file(table))
    return table


def _file(table: pd.DataFrame) -> str:
    return str(table.attrs.get("file", ""))


def _column(table: pd.DataFrame, name: str, read: Callable[[str], object]) -> list[Any]:
    """Every cell of a column through `read`; a ValueError's three phrases become an InputError with its place."""
    values = []
    for row, text in table[name].items() if name in table.columns else ():
        try:
            values.append(read(str(text)))
        except ValueError as error:
            found, expected, way_out = error.args
            raise InputError(found, expected, way_out, where=cell_place(table, int(str(row)), name)) from None
    return values


def _number(*, whole: bool = False, blank: bool = False, top: float = 1e15) -> Callable[[str], object]:
    """A reader of numbers of 0 or more; spaces and commas between thousands are taken, a decimal comma is not."""
    kind = "a whole number of base units" if whole else "a number of 0 or more"

    def read(text: str) -> object:
        plain = text.replace("\u00a0", " ").replace(" ", "").replace("\u202f", "")
        if not plain:
            if blank:
                return np.nan
            raise ValueError("an empty cell", kind, "fill it in, or remove the row: missing is not zero")
        head, *groups = plain.split(",")
        if groups and head.lstrip("-").isdigit() and all(len(g.split(".")[0]) == 3 for g in groups):
            plain = "".join([head, *groups])
        try:
            value = float(plain)
        except ValueError:
            raise ValueError(repr(text), kind, "write digits, with a point before decimals") from None
        if not np.isfinite(value) or value < 0:
            raise ValueError(repr(text), kind, "correct the value, or remove the row")
        if value > top:
            raise ValueError(repr(text), f"a number up to {top:,.0f}", "check the unit of the quantity")
        if whole and value != np.floor(value):
            raise ValueError(repr(text), kind, "count single pieces, not packs or parts of one")
        return int(value) if whole else value

    return read


def _date(*, blank: bool) -> Callable[[str], object]:
    def read(text: str) -> object:
        if not text and blank:
            return pd.NaT
        try:
            return pd.Timestamp(date.fromisoformat(MIDNIGHT.sub("", text)))
        except ValueError:
            raise ValueError(repr(text), "a date such as 2020-03-25", "write YYYY-MM-DD") from None

    return read


def _among(choices: Iterable[str], what: str) -> Callable[[str], object]:
    """A reader of codes; an unknown one is answered with the nearest ones."""
    known = list(choices)
    lower = {choice.casefold(): choice for choice in known}

    def read(text: str) -> object:
        if text in lower.values():
            return text
        if text.casefold() in lower:
            return lower[text.casefold()]
        near = get_close_matches(text.casefold(), list(lower), n=3, cutoff=0.5)
        nearest = (
            f"did you mean {', '.join(lower[n] for n in near)}?" if near else f"use one of {', '.join(known[:8])} …"
        )
        raise ValueError(repr(text), f"a known {what}", nearest)

    return read


def _place(text: str) -> str:
    found = find_place(text)
    if found is None:
        near = nearest_places(text)
        names = load_places()["name_en"]
        guess = ", ".join(f"{code} ({names[code]})" for code in near)
        raise ValueError(
            repr(text), "a place by code or name", f"did you mean {guess}?" if near else "use its ISO code"
        )
    return found


def _places(text: str) -> str:
    """Places of an earmark, separated by spaces, semicolons, commas or bars; one whole name is taken too."""
    if not text:
        return ""
    whole = find_place(text)
    if whole is not None:
        return whole
    parts = text.split() if all(len(p) in (2, 3) or p.startswith("SHIP-") for p in text.split()) else None
    if parts is None:
        parts = [p.strip() for p in text.replace("|", ";").replace(",", ";").split(";") if p.strip()]
    return " ".join(sorted({_place(part) for part in parts}))


def _unique(table: pd.DataFrame, columns: list[str], *, what: str, way_out: str) -> None:
    twice = table.duplicated(columns)
    if twice.any():
        at = int(np.flatnonzero(twice)[0])
        keys = list(table[columns].itertuples(index=False, name=None))
        row, first = int(table.index[at]), int(table.index[keys.index(keys[at])])
        value = " ".join(str(v) for v in keys[at])
        raise InputError(
            f"{what} {value!r} again (first in row {first})",
            "each once",
            way_out,
            where=cell_place(table, row, columns[0]),
        )


def _text(table: pd.DataFrame, column: str, default: str = "") -> list[str]:
    if column not in table.columns:
        return [default] * len(table)
    return [text or default for text in table[column].astype(str)]


def _filled(what: str) -> Callable[[str], object]:
    def read(text: str) -> object:
        if not text:
            raise ValueError("an empty cell", f"{what} for every row", "fill it in")
        return text

    return read


def _nodes(path: File, base: AidSupply | None) -> pd.DataFrame:
    """The user's nodes first, then those of `base`, or the shipped hubs and airports, that they do not name."""
    from yuanshou.sources.example.lanes import example_nodes

    shipped = example_nodes() if base is None else base.nodes
    if path is None:
        return shipped
    table = _load("nodes", path)
    _unique(table, ["node"], what="the node", way_out="merge the rows, or give one another code")
    own = pd.DataFrame({"node": _column(table, "node", _filled("a code")), "place": _column(table, "place", _place)})
    own["name"] = [name or code for name, code in zip(_text(table, "name"), own["node"], strict=True)]
    for column, top in (("latitude", 90), ("longitude", 180)):
        values = _column(table, column, _coordinate(top)) or [np.nan] * len(own)
        own[column] = pd.Series(values, dtype=float).fillna(own["node"].map(shipped.set_index("node")[column]))
    own["kind"] = _text(table, "kind", "hub")
    if "handling_kg_week" in table.columns:
        own["handling_kg_week"] = pd.Series(_column(table, "handling_kg_week", _number(blank=True)), dtype=float)
    return pd.concat([own, shipped[~shipped["node"].isin(own["node"])]], ignore_index=True)


def _coordinate(top: float) -> Callable[[str], object]:
    def read(text: str) -> object:
        if not text:
            return np.nan
        try:
            value = float(text)
        except ValueError:
            value = np.inf
        if not abs(value) <= top:
            raise ValueError(repr(text), f"degrees from -{top:g} to {top:g}", "write decimal degrees")
        return value

    return read


def _offers(table: pd.DataFrame, items: pd.Index, nodes: list[str]) -> pd.DataFrame:
    _unique(table, ["offer"], what="the offer", way_out="give every offer a code of its own")
    available = _column(table, "available", _date(blank=False))
    frame = pd.DataFrame(
        {
            "offer": _column(table, "offer", _filled("a code")),
            "donor": _text(table, "donor"),
            "source": _column(table, "source", _among(nodes, "node (hub or airport)")),
            "item": _column(table, "item", _among(items, "item of the catalogue")),
            "quantity": pd.Series(_column(table, "quantity", _number(whole=True)), dtype="int64").to_numpy(),
            "available": available,
            "expires": _column(table, "expires", _date(blank=True)) or pd.NaT,
            "earmark": _column(table, "earmark", _places) or "",
            "status": _text(table, "status", "offered"),
            "basis": _column(table, "basis", lambda text: _among(BASES, "basis")(text or "sourced")) or "sourced",
            "known_by": _column(table, "known_by", _date(blank=True)) or available,
            "source_note": _text(table, "source_note", f"{_file(table)}"),
        }
    )
    for column in ("available", "expires", "known_by"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    frame["known_by"] = frame["known_by"].fillna(frame["available"])
    early = (frame["expires"] <= frame["available"]).to_numpy()
    if early.any():
        row = int(table.index[early][0])
        raise InputError(
            f"{table.loc[row, 'expires']!r}, not after the day it is available ({table.loc[row, 'available']})",
            "an expiry after the day it can leave",
            "correct one of the two dates",
            where=cell_place(table, row, "expires"),
        )
    return frame


def _routes(table: pd.DataFrame, nodes: list[str], notes: list[DataQualityNote]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "source": _column(table, "source", _among(nodes, "node (hub or airport)")),
            "recipient": _column(table, "recipient", _place),
            "mode": _column(table, "mode", _among(MODES, "mode")),
            "lead_time_days": _column(table, "lead_time_days", _number(top=365)),
            "usd_per_kg": _column(table, "usd_per_kg", _number(top=10_000)),
            "capacity_kg_week": _column(table, "capacity_kg_week", _number(blank=True)) or np.nan,
            "capacity_m3_week": _column(table, "capacity_m3_week", _number(blank=True)) or np.nan,
            "basis": _column(table, "basis", lambda text: _among(BASES, "basis")(text or "sourced")) or "sourced",
            "source_note": _text(table, "source_note", f"{_file(table)}"),
        }
    )
    checked = frame.set_index(table.index)
    checked.attrs.update(table.attrs)
    _unique(
        checked, ["source", "recipient", "mode"], what="the lane", way_out="merge the rows, adding their capacities"
    )
    open_ended = int((frame["capacity_kg_week"].isna() & frame["capacity_m3_week"].isna()).sum())
    if open_ended:
        notes.append(
            DataQualityNote(
                "lane_without_limit",
                f"{open_ended} lanes have no weekly capacity and count as unlimited.",
                file=_file(table),
            )
        )
    return frame


def _stock(table: pd.DataFrame, items: pd.Index) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "place": _column(table, "place", _place),
            "item": _column(table, "item", _among(items, "item of the catalogue")),
            "quantity": pd.Series(_column(table, "quantity", _number(whole=True)), dtype="int64").to_numpy(),
        }
    )
    checked = frame.set_index(table.index)
    checked.attrs.update(table.attrs)
    _unique(checked, ["place", "item"], what="the stock of", way_out="add the quantities up in one row")
    return frame
