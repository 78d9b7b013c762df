"""Cut a facility plan into parts that share no source, lane or stock: each can be planned by itself, anywhere.

Two places belong together when some source can reach both. What is found that way is exact, not an approximation: the
parts' plans side by side are the plan of the whole, and their bounds add up to its bound. A store that serves the whole
country makes one part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from yuanshou.allocation.network import SupplyNetwork, build_network
from yuanshou.allocation.policy import AllocationPolicy, equity_floor, step_edges, step_values
from yuanshou.facilities.tables import FacilityTables, above
from yuanshou.tables import FloatArray, IntArray

PLACES_A_PART = 5_000
"""Small components are planned together until a part has about as many places; larger ones stay whole."""


@dataclass(frozen=True, eq=False)
class Lanes:
    """Lanes to single places (L of them): those to a region stand once for each of its places, capacity divided."""

    source: IntArray
    place: IntArray
    weeks: IntArray
    usd_per_kg: FloatArray
    kg: FloatArray
    m3: FloatArray
    mode: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Part:
    """A part by itself: what a worker needs to plan it, and nothing else.

    Attributes
    ----------
    name : the widest region all its places lie in, or how many regions it spans. places, sources : positions in
        the whole. lanes : with source and place counted within the part.
    need (R, K, T), supply (S, K, T), weight (R, K), handling_kg (S,), kg, m3 (K,).
    """

    name: str
    places: IntArray
    sources: IntArray
    lanes: Lanes
    need: FloatArray
    supply: FloatArray
    weight: FloatArray
    handling_kg: FloatArray
    kg: FloatArray
    m3: FloatArray


def expand_lanes(tables: FacilityTables) -> Lanes:
    """Every lane to single places. A region's capacity is divided by the mass each of its places needs in all weeks."""
    place_at = {name: i for i, name in enumerate(tables.places)}
    inside: dict[str, list[int]] = {}
    for i, region in enumerate(tables.regions):
        for name in above(region):
            inside.setdefault(name, []).append(i)
    mass = np.maximum((tables.need.sum(axis=2) * tables.kg).sum(axis=1), 1e-12)
    rows, places, shares = [], [], []
    for number, recipient in enumerate(tables.lanes["recipient"]):
        if recipient in place_at:
            rows.append(np.array([number]))
            places.append(np.array([place_at[recipient]]))
            shares.append(np.ones(1))
            continue
        members = np.array(inside["/".join(p.strip() for p in recipient.split("/") if p.strip())])
        rows.append(np.full(len(members), number))
        places.append(members)
        shares.append(mass[members] / mass[members].sum())
    row, place, share = np.concatenate(rows), np.concatenate(places), np.concatenate(shares)
    table = {name: tables.lanes[name].to_numpy() for name in tables.lanes}
    return Lanes(
        source=table["source"][row].astype(np.int32),
        place=place.astype(np.int32),
        weeks=table["lead_weeks"][row].astype(np.int32),
        usd_per_kg=table["usd_per_kg"][row].astype(float),
        kg=table["capacity_kg_week"][row] * share,
        m3=table["capacity_m3_week"][row] * share,
        mode=tuple(table["mode"][row]),
    )


def split(tables: FacilityTables, *, places_a_part: int = PLACES_A_PART) -> list[Part]:
    """The parts, in the order of their first places; places no lane reaches are parts of no network and are left out."""
    lanes = expand_lanes(tables)
    places, sources = len(tables.places), len(tables.sources)
    links = sparse.coo_matrix(
        (np.ones(len(lanes.place)), (lanes.place, places + lanes.source)), shape=(places + sources,) * 2
    )
    _, label = connected_components(links, directed=False)
    reached = np.zeros(places, dtype=bool)
    reached[lanes.place] = True
    label = np.where(np.append(reached, np.ones(sources, dtype=bool)), label, -1)
    return [
        _part(
            tables,
            lanes,
            np.flatnonzero(np.isin(label[:places], group)),
            np.flatnonzero(np.isin(label[places:], group)),
        )
        for group in _groups(label[:places], places_a_part)
    ]


def _groups(label: IntArray, places_a_part: int) -> Iterator[IntArray]:
    """Labels of the components that are planned together, each component by its first place."""
    found, first, size = np.unique(label[label >= 0], return_index=True, return_counts=True)
    waiting: list[int] = []
    count = 0
    for component in np.argsort(first, kind="stable"):
        waiting.append(int(found[component]))
        count += int(size[component])
        if count >= places_a_part:
            yield np.array(waiting)
            waiting, count = [], 0
    if waiting:
        yield np.array(waiting)


def _part(tables: FacilityTables, lanes: Lanes, places: IntArray, sources: IntArray) -> Part:
    place_at, source_at = np.full(len(tables.places), -1, np.int32), np.full(len(tables.sources), -1, np.int32)
    place_at[places], source_at[sources] = np.arange(len(places)), np.arange(len(sources))
    own = np.flatnonzero(place_at[lanes.place] >= 0)
    widest = sorted({tables.regions[i].split("/")[0] for i in places})
    return Part(
        name=widest[0] if len(widest) == 1 else f"{len(widest)} regions",
        places=places,
        sources=sources,
        lanes=Lanes(
            source=source_at[lanes.source[own]],
            place=place_at[lanes.place[own]],
            weeks=lanes.weeks[own],
            usd_per_kg=lanes.usd_per_kg[own],
            kg=lanes.kg[own],
            m3=lanes.m3[own],
            mode=tuple(lanes.mode[i] for i in own),
        ),
        need=tables.need[places],
        supply=tables.supply[sources],
        weight=tables.place_weight[places, None] * tables.usd[None, :],
        handling_kg=tables.handling_kg[sources],
        kg=tables.kg,
        m3=tables.m3,
    )


def network_of(part: Part, policy: AllocationPolicy) -> SupplyNetwork:
    """The part as a supply network; need is known here, so that all cells share the same steps."""
    weeks = part.need.shape[2]
    source, item = np.nonzero(part.supply.sum(axis=2) > 0)
    edges = step_edges(policy)
    value = equity_floor(edges, step_values(edges, np.ones(1), alpha=policy.alpha), policy)
    in_time = part.lanes.weeks < weeks
    lanes = part.lanes

    def weekly(limit: FloatArray) -> FloatArray:
        return np.repeat(limit[:, None], weeks, axis=1)

    return build_network(
        sources=tuple(map(str, part.sources)),
        recipients=tuple(map(str, part.places)),
        items=tuple(map(str, range(len(part.kg)))),
        week_ends=np.datetime64("2000-01-01") + 7 * np.arange(weeks),
        kg=part.kg,
        m3=part.m3,
        lane_source=lanes.source[in_time],
        lane_recipient=lanes.place[in_time],
        lane_weeks=lanes.weeks[in_time],
        lane_cost=lanes.usd_per_kg[in_time],
        lane_m3=weekly(lanes.m3[in_time]),
        lane_kg=weekly(lanes.kg[in_time]),
        lane_mode=tuple(mode for mode, kept in zip(lanes.mode, in_time, strict=True) if kept),
        handling_kg=weekly(part.handling_kg),
        pool_source=source.astype(np.int32),
        pool_item=item.astype(np.int32),
        pool_arriving=part.supply[source, item],
        pool_group=np.full(len(source), -1, dtype=np.int32),
        group_recipients=np.zeros((0, len(part.places)), dtype=bool),
        pool_last_week=np.full(len(source), weeks - 1, dtype=np.int32),
        need=part.need,
        stock=np.zeros(part.need.shape[:2]),
        weight=part.weight,
        tier_share=np.diff(edges)[None, :],
        tier_value=value[None, :],
        cost_weight=policy.cost_weight,
    )
