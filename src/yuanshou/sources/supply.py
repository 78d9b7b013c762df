"""What there is to send and how it can travel: offers, stock and routes, from files or the shipped example.

Three words must not be confused. An *offer* is something a donor can send, *stock* is what a recipient already holds,
and a *route* is a way from a source node to a recipient. Stock that nobody reported is unknown, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from yuanshou.tables import DataQualityNote

OFFER_COLUMNS = ["offer", "donor", "source", "item", "quantity", "available", "expires", "earmark", "status", "basis",
                 "known_by", "source_note"]  # fmt: skip
NODE_COLUMNS = ["node", "name", "place", "latitude", "longitude", "kind"]
STOCK_COLUMNS = ["place", "item", "quantity"]
ROUTE_COLUMNS = ["source", "recipient", "mode", "lead_time_days", "usd_per_kg", "capacity_kg_week",
                 "capacity_m3_week", "basis", "source_note"]  # fmt: skip


@dataclass(frozen=True, eq=False)
class AidSupply:
    """Offers, stock held by recipients, and routes, validated once.

    Attributes
    ----------
    offers : one row an offer: offer (unique code), donor, source (node code: a hub or a place's cargo airport),
        item, quantity (base units, int), available (date), expires (date or NaT), earmark (place codes
        separated by spaces; empty = anyone), status, basis (sourced / derived / assumed), known_by (date the world
        knew of it), source_note.
    nodes : one row a node: node (code), name, place (ISO3), latitude, longitude, kind (hub / airport).
    stock : place, item, quantity: what recipients already hold (base units); absent = unknown, not zero.
    routes : one row a lane: source (node), recipient (place code), mode (air / sea / road), lead_time_days,
        usd_per_kg, capacity_kg_week, capacity_m3_week, basis, source_note.
    terms : further tables by name, each of which may be absent: substitutes, reserves, bundles, transfers, modes (as
        in the templates), and last_plan (`yuanshou.last_plan.read_last_plan`).

    Offers may have the columns pack (base units that travel together) and keep_share (share the donor keeps back),
    routes least_kg (least mass of a consignment).
    """

    offers: pd.DataFrame
    nodes: pd.DataFrame
    stock: pd.DataFrame
    routes: pd.DataFrame
    notes: tuple[DataQualityNote, ...] = ()
    terms: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def term(self, name: str) -> pd.DataFrame:
        """One of the further tables; empty where it was not given."""
        return self.terms.get(name, pd.DataFrame())


def world_supply(as_of: date, *, since: date | None = None, weeks: int = 12, assumed: bool = True) -> AidSupply:
    """The shipped example: gifts, exports, makers' output and the UN's supply lines as they stood on `as_of`.

    Parameters
    ----------
    as_of : the day of knowledge: every figure published later is left out, or stands with the basis "assumed".
    since : the first day supply may leave; `as_of` by default. An earlier day gives a replay the whole period.
    weeks : weeks of supply after `as_of`.
    assumed : False leaves out every offer with the basis "assumed".

    Returns
    -------
    offers by week and source, hubs and airports as nodes, a lane by air from each of them to every place; stock is
    empty, because what recipients held in 2020 is not known. Each rule stands in `reference/supply_rules.csv` and in
    docs/reference/tables.md.
    """
    from yuanshou.sources.example.build import build_example  # the example is large and seldom needed by readers

    return build_example(as_of, since=since or as_of, weeks=weeks, assumed=assumed)


def read_supply(
    *,
    offers: str | Path | None = None,
    stock: str | Path | None = None,
    routes: str | Path | None = None,
    nodes: str | Path | None = None,
    base: AidSupply | None = None,
    catalogue: pd.DataFrame | None = None,
    substitutes: str | Path | None = None,
    reserves: str | Path | None = None,
    bundles: str | Path | None = None,
    transfers: str | Path | None = None,
    modes: str | Path | None = None,
) -> AidSupply:
    """People's own supply from CSV or XLSX, checked against the catalogue, the places and each other.

    Parameters
    ----------
    offers, stock, routes, nodes : files with the columns of `write_templates`; a table not given is taken from `base`
        (offers, nodes and routes must come from one of the two). Nodes that are hubs or cargo airports of the shipped
        tables need no row of their own.
    base : a supply to take the other tables from, for example `world_supply(as_of)`.
    substitutes, reserves, bundles, transfers, modes : files of further terms; none of them is needed.

    Raises
    ------
    InputError : the first cell that cannot be used, with file, row and column, what was expected, and the way out.
    """
    from yuanshou.sources.supply_reader import read_tables

    terms = {
        "substitutes": substitutes, "reserves": reserves, "bundles": bundles, "transfers": transfers, "modes": modes
    }  # fmt: skip
    return read_tables(
        offers=offers, stock=stock, routes=routes, nodes=nodes, base=base, catalogue=catalogue, terms=terms
    )


def write_templates(folder: str | Path) -> tuple[Path, ...]:
    """Write a table with its columns and an example row each: offers, stock, routes, nodes, and every further term."""
    from yuanshou.sources.supply_reader import TEMPLATES
    from yuanshou.sources.terms_reader import TERM_TEMPLATES

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for name, rows in {**TEMPLATES, **TERM_TEMPLATES}.items():
        path = folder / f"{name}.csv"
        pd.DataFrame(list(rows[1:]), columns=list(rows[0])).to_csv(path, index=False, lineterminator="\n")
        paths.append(path)
    return tuple(paths)
