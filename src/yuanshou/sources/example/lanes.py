"""Hubs and airports as nodes, and a lane from each sending node to every place.

Capacity, price and time of a lane are rules, not measurements, except where a market rate is reported for its two
ends; `basis` tells which. Protective equipment fills a hold long before it is heavy, so a lane's volume counts.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.places import load_places
from yuanshou.reference import load_table
from yuanshou.sources.example.rules import rule
from yuanshou.tables import FloatArray

EARTH_KM = 6371.0
ASIA = ("Eastern Asia", "South-eastern Asia")


def example_nodes() -> pd.DataFrame:
    """The hubs of the UN and of UNICEF, then the cargo airport of every place; one row a node."""
    hubs = load_table("hubs")
    hubs = pd.DataFrame(
        {"node": hubs["airport"], "name": hubs["name"], "place": hubs["place"],
         "latitude": hubs["latitude"].astype(float), "longitude": hubs["longitude"].astype(float), "kind": "hub"}
    )  # fmt: skip
    places = load_places()
    own = places[places["cargo_kind"] == "own"]
    airports = pd.DataFrame(
        {"node": own["cargo_airport"], "name": own["cargo_airport_name"], "place": own.index,
         "latitude": own["cargo_lat"], "longitude": own["cargo_lon"], "kind": "airport"}
    )  # fmt: skip
    nodes = pd.concat([hubs, airports[~airports["node"].isin(hubs["node"])]])
    return nodes.drop_duplicates("node").reset_index(drop=True)


def distance_km(lat: FloatArray, lon: FloatArray, to_lat: FloatArray, to_lon: FloatArray) -> FloatArray:
    """Great-circle distance by the haversine formula, in km; arguments in degrees, broadcast against each other."""
    a, b, c, d = (np.radians(v) for v in (lat, lon, to_lat, to_lon))
    h = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1))))


def example_routes(sources: list[str], nodes: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """A lane from every source to every place: by air, or by road within the source's own country."""
    places = load_places()
    at = nodes.set_index("node").loc[sources]
    here = np.repeat(np.arange(len(sources)), len(places))
    there = np.tile(np.arange(len(places)), len(sources))
    km = distance_km(
        at["latitude"].to_numpy(float)[here], at["longitude"].to_numpy(float)[here],
        places["cargo_lat"].to_numpy(float)[there], places["cargo_lon"].to_numpy(float)[there],
    )  # fmt: skip
    home = at["place"].to_numpy(str)[here] == places.index.to_numpy(str)[there]
    gateway = (places["cargo_kind"] == "gateway").to_numpy()[there]
    days = np.where(km <= rule("near_km"), rule("air_days_near"), rule("air_days_far"))
    days = np.where(home, 1, days + gateway * rule("gateway_days"))
    price, price_basis = _prices(at, places, here, there, km, as_of)
    tonnes = _tonnes(places["population"].to_numpy(float))[there]
    return pd.DataFrame(
        {
            "source": np.array(sources)[here],
            "recipient": places.index.to_numpy(str)[there],
            "mode": np.where(home, "road", "air"),
            "lead_time_days": days.astype(int),
            "usd_per_kg": np.where(home, rule("usd_per_kg_min"), price).round(2),
            "capacity_kg_week": tonnes * 1000,
            "capacity_m3_week": tonnes * 1000 / rule("kg_per_m3_mixed"),
            "basis": "assumed",
            "source_note": np.where(home, "within the country: supply_rules", price_basis),
        }
    )


def _tonnes(population: FloatArray) -> FloatArray:
    """One flight a week, of a size that was recorded in 2020, by how many people live there."""
    sizes = [rule(f"tonnes_week_{name}") for name in ("tiny", "small", "middle", "large")]
    return np.array(sizes)[np.searchsorted([1e6, 1e7, 5e7], population)]


def _prices(
    at: pd.DataFrame, places: pd.DataFrame, here: np.ndarray, there: np.ndarray, km: FloatArray, as_of: date
) -> tuple[FloatArray, np.ndarray]:
    """US$ a kg: the reported rate where both ends have one, else a rate a kilometre of the source's region."""
    region = places["un_subregion"].reindex(at["place"]).isin(ASIA).to_numpy()[here]
    each = np.where(region, rule("usd_per_kg_per_1000km_asia"), rule("usd_per_kg_per_1000km_other"))
    price = np.maximum(each * km / 1000, rule("usd_per_kg_min"))
    note = np.full(len(km), "supply_rules: price by distance; flight by population", dtype=object)
    target = np.where(places["un_region"] == "Europe", "Europe", "")
    target = np.where(places["un_subregion"] == "Northern America", "North America", target)[there]
    origin = at.index.to_numpy(str)[here]
    for (node, where), row in _reported(as_of).items():
        match = (origin == node) & (target == where)
        price = np.where(match, float(row["usd_per_kg"]), price)
        when = "" if row["known_by"] <= as_of.isoformat() else ", published later, assumed"
        note[match] = f"freight_rates {row['period']}{when}; flight by population"
    return price, note


def _reported(as_of: date) -> dict[tuple[str, str], dict[Any, Any]]:
    """The last rate known on `as_of` for each pair, or the first of 2020 where none was."""
    rates = load_table("freight_rates")
    rates = rates[rates["period"].str.startswith("week to 2020") | rates["period"].str.match(r"2020-\d\d-\d\d")]
    rates = rates.sort_values("known_by", kind="stable")
    found = {}
    for pair, rows in rates.groupby(["origin", "destination"], sort=True):
        heard = rows[rows["known_by"] <= as_of.isoformat()]
        found[(str(pair[0]), str(pair[1]))] = (heard.iloc[-1] if len(heard) else rows.iloc[0]).to_dict()
    return found
