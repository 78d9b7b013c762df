"""What there is to send and how it can travel: offers, stock and routes, from files or the shipped example."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from yuanshou.tables import DataQualityNote


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
    """

    offers: pd.DataFrame
    nodes: pd.DataFrame
    stock: pd.DataFrame
    routes: pd.DataFrame
    notes: tuple[DataQualityNote, ...] = ()
