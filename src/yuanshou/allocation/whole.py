"""Whole packs and consignments worth sending: proven best where the program is small, rounded and repaired elsewhere.

A lane with a least consignment carries nothing in a week, or at least that mass. Rounding starts from the plan without
this rule: small consignments wait for the next one on their lane, what finds none is not sent, and what that frees
tops up the consignments that go. The bound of the fractional plan stays valid, so the gap shows what wholeness costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from yuanshou.allocation.consignments import usage, whole_units
from yuanshou.allocation.explicit import cheapest_delivery
from yuanshou.allocation.network import OWN_MODES, Prices, SupplyNetwork
from yuanshou.allocation.repair import repair
from yuanshou.allocation.serving import plan_value
from yuanshou.tables import DataQualityNote, FloatArray, IntArray

WHOLE_COLUMNS_MAX = 1_500
"""Up to so many dispatch columns a plan with packs or least consignments is solved in whole numbers."""
ROUNDS = 3


def has_whole_terms(network: SupplyNetwork) -> bool:
    """Whether packs of several units or least consignments bind this plan."""
    return bool((network.pool_pack > 1).any() or (network.lane_min_kg > 0).any())


def rounded(network: SupplyNetwork, plan: FloatArray, prices: Prices | None = None) -> FloatArray:
    """Dispatches (N, T) in whole packs, every consignment at least what its lane asks for, near `plan`.

    Without prices nothing is topped up.
    """
    whole = whole_units(network, plan)
    if not (network.lane_min_kg > 0).any():
        return whole
    best = drop_small(network, merge_small(network, whole))
    if prices is None or network.exact_terms:
        return best
    for _ in range(ROUNDS):
        filled, _ = repair(_only_lanes_used(network, best), best, cheapest_delivery(network, prices))
        again = drop_small(network, whole_units(network, filled))
        if plan_value(network, again) <= plan_value(network, best) * (1 + 1e-9):
            break
        best = again
    return best


def merge_small(network: SupplyNetwork, plan: FloatArray) -> FloatArray:
    """Move consignments below the least mass to the next week in which their lane, source and expiry allow it."""
    merged = np.array(plan, dtype=float)
    usable = network.usable()
    for lane in np.flatnonzero(network.lane_min_kg > 0):
        arcs = np.flatnonzero(network.arc_lane == lane)
        for week in range(network.weeks - 1):
            mass = _mass(network, arcs, merged[arcs, week])
            if not 0 < mass < network.lane_min_kg[lane]:
                continue
            sent = arcs[merged[arcs, week] > 0]
            later = [
                t
                for t in range(week + 1, network.weeks)
                if merged[arcs, t].any()
                and usable[sent, t].all()
                and _has_room(network, merged, int(lane), sent, week, t)
            ]
            if later:
                merged[sent, later[0]] += merged[sent, week]
                merged[sent, week] = 0.0
    return merged


def _mass(network: SupplyNetwork, arcs: IntArray, sent: FloatArray) -> float:
    return float(network.kg[network.pool_item[network.arc_pool[arcs]]] @ sent)


def _has_room(network: SupplyNetwork, plan: FloatArray, lane: int, arcs: IntArray, week: int, later: int) -> bool:
    """Whether what `arcs` carry in `week` fits on the lane and through its source in the week `later`."""
    used = usage(network, plan)
    source = network.lane_source[lane]
    item = network.pool_item[network.arc_pool[arcs]]
    mass, volume = float(network.kg[item] @ plan[arcs, week]), float(network.m3[item] @ plan[arcs, week])
    return bool(
        used.kg[lane, later] + mass <= network.lane_kg[lane, later]
        and used.m3[lane, later] + volume <= network.lane_m3[lane, later]
        and used.handling[source, later] + mass <= network.handling_kg[source, later]
    )


def drop_small(network: SupplyNetwork, plan: FloatArray) -> FloatArray:
    """The plan without the consignments that are below the least mass of their lane."""
    small = usage(network, plan).kg < network.lane_min_kg[:, None] * (1 - 1e-9)
    return np.where(small[network.arc_lane], 0.0, plan)


def _only_lanes_used(network: SupplyNetwork, plan: FloatArray) -> SupplyNetwork:
    """The network in which lanes with a least consignment are closed in the weeks in which they carry nothing."""
    closed = (network.lane_min_kg[:, None] > 0) & (usage(network, plan).kg <= 0)
    return replace(
        network, lane_m3=np.where(closed, 0.0, network.lane_m3), lane_kg=np.where(closed, 0.0, network.lane_kg)
    )


def consignments(network: SupplyNetwork, plan: FloatArray) -> int:
    """How many lanes carry something in a week, counted over the weeks; a free lane to oneself is none."""
    travels = ~np.isin(np.asarray(network.lane_mode, dtype=object).astype(str), OWN_MODES)
    return int((usage(network, plan).kg[travels] > 0).sum())


def whole_notes(settings: Mapping[str, Any]) -> tuple[DataQualityNote, ...]:
    """What whole packs and least consignments changed, for the plan's notes; nothing where they do not bind."""
    found = settings.get("whole_consignments")
    if not found:
        return ()
    text = (
        f"whole packs and least consignments make {found['after']:,} consignments of {found['before']:,}, "
        f"and cost {found['share_lost']:.2%} of what the plan is worth"
    )
    return (DataQualityNote("whole_consignments", text),)
