"""People's own offers, stock, routes and nodes from CSV or XLSX, each cell checked before anything is planned on it.

Either the whole table is right or nothing of it is used: the first cell that cannot be used stops the reading with
its file, row and column. Notes are for what is odd and still usable, such as a lane with no limit given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from yuanshou.catalogue import load_catalogue
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
    file_of,
    load_rows,
    read_column,
    require_unique,
    text_of,
)
from yuanshou.sources.terms_reader import MODES, read_terms
from yuanshou.tables import DataQualityNote

if TYPE_CHECKING:
    from yuanshou.sources.supply import AidSupply

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


def read_tables(
    *,
    offers: File,
    stock: File,
    routes: File,
    nodes: File,
    base: AidSupply | None,
    catalogue: pd.DataFrame | None,
    terms: Mapping[str, File],
) -> AidSupply:
    """See `yuanshou.sources.supply.read_supply`."""
    from yuanshou.sources.supply import STOCK_COLUMNS, AidSupply

    for name, given in (("offers", offers), ("routes", routes)):
        if given is None and base is None:
            raise InputError(f"no {name}", f"a file of {name}, or a supply to take them from", f"name the {name} file")
    known_items = load_catalogue() if catalogue is None else catalogue
    items = known_items.index
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
    further = read_terms(terms, catalogue=known_items, nodes=known)
    return AidSupply(
        offer_table, node_table, held, lanes, tuple(notes), {**(base.terms if base is not None else {}), **further}
    )


def _load(name: str, path: File) -> pd.DataFrame:
    return load_rows(name, path, required=REQUIRED[name])


def _optional(table: pd.DataFrame, readers: Mapping[str, Callable[[str], object]]) -> dict[str, pd.Series]:
    """Columns of numbers that a table may leave out; an empty cell is NaN."""
    return {
        name: pd.Series(read_column(table, name, read), dtype=float)
        for name, read in readers.items()
        if name in table.columns
    }


def _nodes(path: File, base: AidSupply | None) -> pd.DataFrame:
    """The user's nodes first, then those of `base`, or the shipped hubs and airports, that they do not name."""
    from yuanshou.sources.example.lanes import example_nodes

    shipped = example_nodes() if base is None else base.nodes
    if path is None:
        return shipped
    table = _load("nodes", path)
    require_unique(table, ["node"], what="the node", way_out="merge the rows, or give one another code")
    own = pd.DataFrame(
        {"node": read_column(table, "node", as_text("a code")), "place": read_column(table, "place", as_place)}
    )
    own["name"] = [name or code for name, code in zip(text_of(table, "name"), own["node"], strict=True)]
    for column, top in (("latitude", 90), ("longitude", 180)):
        values = read_column(table, column, _coordinate(top)) or [np.nan] * len(own)
        own[column] = pd.Series(values, dtype=float).fillna(own["node"].map(shipped.set_index("node")[column]))
    own["kind"] = text_of(table, "kind", "hub")
    if "handling_kg_week" in table.columns:
        own["handling_kg_week"] = pd.Series(read_column(table, "handling_kg_week", as_number(blank=True)), dtype=float)
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
    require_unique(table, ["offer"], what="the offer", way_out="give every offer a code of its own")
    available = read_column(table, "available", as_date(blank=False))
    frame = pd.DataFrame(
        {
            "offer": read_column(table, "offer", as_text("a code")),
            "donor": text_of(table, "donor"),
            "source": read_column(table, "source", as_one_of(nodes, "node (hub or airport)")),
            "item": read_column(table, "item", as_one_of(items, "item of the catalogue")),
            "quantity": pd.Series(read_column(table, "quantity", as_number(whole=True)), dtype="int64").to_numpy(),
            "available": available,
            "expires": read_column(table, "expires", as_date(blank=True)) or pd.NaT,
            "earmark": read_column(table, "earmark", as_places) or "",
            **_optional(table, {"pack": as_number(whole=True, blank=True), "keep_share": as_number(blank=True, top=1)}),
            "status": text_of(table, "status", "offered"),
            "basis": read_column(table, "basis", lambda text: as_one_of(BASES, "basis")(text or "sourced"))
            or "sourced",
            "known_by": read_column(table, "known_by", as_date(blank=True)) or available,
            "source_note": text_of(table, "source_note", f"{file_of(table)}"),
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
            "source": read_column(table, "source", as_one_of(nodes, "node (hub or airport)")),
            "recipient": read_column(table, "recipient", as_place),
            "mode": read_column(table, "mode", as_one_of(MODES, "mode")),
            "lead_time_days": read_column(table, "lead_time_days", as_number(top=365)),
            "usd_per_kg": read_column(table, "usd_per_kg", as_number(top=10_000)),
            "capacity_kg_week": read_column(table, "capacity_kg_week", as_number(blank=True)) or np.nan,
            "capacity_m3_week": read_column(table, "capacity_m3_week", as_number(blank=True)) or np.nan,
            **_optional(table, {"least_kg": as_number(blank=True)}),
            "basis": read_column(table, "basis", lambda text: as_one_of(BASES, "basis")(text or "sourced"))
            or "sourced",
            "source_note": text_of(table, "source_note", f"{file_of(table)}"),
        }
    )
    checked = frame.set_index(table.index)
    checked.attrs.update(table.attrs)
    require_unique(
        checked, ["source", "recipient", "mode"], what="the lane", way_out="merge the rows, adding their capacities"
    )
    open_ended = int((frame["capacity_kg_week"].isna() & frame["capacity_m3_week"].isna()).sum())
    if open_ended:
        notes.append(
            DataQualityNote(
                "lane_without_limit",
                f"{open_ended} lanes have no weekly capacity and count as unlimited.",
                file=file_of(table),
            )
        )
    return frame


def _stock(table: pd.DataFrame, items: pd.Index) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "place": read_column(table, "place", as_place),
            "item": read_column(table, "item", as_one_of(items, "item of the catalogue")),
            "quantity": pd.Series(read_column(table, "quantity", as_number(whole=True)), dtype="int64").to_numpy(),
        }
    )
    checked = frame.set_index(table.index)
    checked.attrs.update(table.attrs)
    require_unique(checked, ["place", "item"], what="the stock of", way_out="add the quantities up in one row")
    return frame
