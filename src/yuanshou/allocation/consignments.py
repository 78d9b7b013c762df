"""Whole pieces: nobody can send half a ventilator, or 3.7 masks.

Dispatches are rounded down, which keeps every limit; what rounding freed is then given back, one whole unit at a
time, to the largest fractions first, as long as stock and capacity allow. The bound of the fractional plan stays valid.
Least consignments, and whole plans that are proven best, are in `whole`.
"""

from __future__ import annotations

import numba
import numpy as np

from yuanshou.allocation.network import SupplyNetwork
from yuanshou.tables import FloatArray


@numba.njit(cache=True)
def _round_up(
    order: FloatArray,
    weeks: int,
    plan: FloatArray,
    pack: FloatArray,
    pool: FloatArray,
    lane: FloatArray,
    source: FloatArray,
    m3: FloatArray,
    kg: FloatArray,
    spare: FloatArray,
    free_m3: FloatArray,
    free_kg: FloatArray,
    free_handling: FloatArray,
) -> None:
    for flat in order:
        arc, t = flat // weeks, flat % weeks
        p, a, amount = pool[arc], lane[arc], pack[arc]
        room = np.inf
        for u in range(t, weeks):
            room = min(room, spare[p, u])
        if room < amount:
            continue
        volume, mass = amount * m3[arc], amount * kg[arc]
        if volume > free_m3[a, t] or mass > free_kg[a, t] or mass > free_handling[source[a], t]:
            continue
        plan[arc, t] += amount
        free_m3[a, t] -= volume
        free_kg[a, t] -= mass
        free_handling[source[a], t] -= mass
        for u in range(t, weeks):
            spare[p, u] -= amount


def whole_units(network: SupplyNetwork, plan: FloatArray) -> FloatArray:
    """Dispatches (N, T) in whole packs (`pool_pack`: single pieces, cartons, teams) near `plan`, within every limit."""
    item = network.pool_item[network.arc_pool]
    arc_pack = network.pool_pack[network.arc_pool]
    share = plan / arc_pack[:, None]
    # A solver's 4.9999999 is five: only then does rounding up precede the check against stock.
    nearest = np.rint(share)
    whole = np.where(np.abs(share - nearest) < 1e-6 * (1.0 + share), nearest, np.floor(share))
    rounded = whole * arc_pack[:, None]
    rounded = np.maximum(rounded - _overdrawn(network, rounded, arc_pack), 0.0)
    fraction = share - rounded / arc_pack[:, None]
    flat = np.flatnonzero(fraction.ravel() > 1e-6)
    order = flat[np.argsort(-fraction.ravel()[flat], kind="stable")]
    used = usage(network, rounded)
    _round_up(
        order,
        network.weeks,
        rounded,
        arc_pack,
        network.arc_pool,
        network.arc_lane,
        network.lane_source,
        network.m3[item],
        network.kg[item],
        np.cumsum(network.pool_arriving, axis=1) - np.cumsum(used.pool, axis=1),
        network.lane_m3 - used.m3,
        network.lane_kg - used.kg,
        network.handling_kg - used.handling,
    )
    return rounded


class Usage:
    """What a plan uses: (P, T) units of pools less what comes back, (A, T) m³ and kg of lanes, (S, T) kg handled."""

    def __init__(self, network: SupplyNetwork, plan: FloatArray) -> None:
        weeks = network.weeks
        item = network.pool_item[network.arc_pool]
        self.pool = np.zeros((len(network.pool_item), weeks))
        self.m3 = np.zeros((len(network.lane_source), weeks))
        self.kg = np.zeros((len(network.lane_source), weeks))
        for t in range(weeks):
            sent = plan[:, t]
            self.pool[:, t] = np.bincount(network.arc_pool, weights=sent, minlength=len(self.pool))
            self.m3[:, t] = np.bincount(network.arc_lane, weights=sent * network.m3[item], minlength=len(self.m3))
            self.kg[:, t] = np.bincount(network.arc_lane, weights=sent * network.kg[item], minlength=len(self.kg))
        away = network.arc_away
        for arc in np.flatnonzero(away):
            back = plan[arc, : max(weeks - away[arc], 0)]
            self.pool[network.arc_pool[arc], weeks - len(back) :] -= back
        self.handling = np.zeros((len(network.sources), weeks))
        np.add.at(self.handling, network.lane_source, self.kg)


def usage(network: SupplyNetwork, plan: FloatArray) -> Usage:
    """What a plan uses of every pool, lane and source."""
    return Usage(network, plan)


def _overdrawn(network: SupplyNetwork, plan: FloatArray, arc_pack: FloatArray) -> FloatArray:
    """(N, T) packs to take back where rounding to the nearest exceeds stock or capacity by a hair."""
    used = usage(network, plan)
    spare = np.cumsum(network.pool_arriving, axis=1) - np.cumsum(used.pool, axis=1)
    bad_pool = spare.min(axis=1) < 0
    bad_lane = (used.m3 > network.lane_m3) | (used.kg > network.lane_kg)
    bad_lane |= (used.handling > network.handling_kg)[network.lane_source]
    suspect = bad_pool[network.arc_pool][:, None] | bad_lane[network.arc_lane]
    return np.where(suspect & (plan > 0), arc_pack[:, None], 0.0)


def violation(network: SupplyNetwork, plan: FloatArray) -> float:
    """The largest relative amount by which a plan breaks a limit; 0 or rounding noise for a sound plan."""
    used = usage(network, plan)
    come = np.cumsum(network.pool_arriving, axis=1)
    excess = [(np.cumsum(used.pool, axis=1) - come) / (1.0 + come)]
    for amount, capacity in (
        (used.m3, network.lane_m3),
        (used.kg, network.lane_kg),
        (used.handling, network.handling_kg),
    ):
        limit = np.where(np.isfinite(capacity), capacity, 0.0)
        excess.append(np.where(np.isfinite(capacity), (amount - limit) / (1.0 + limit), 0.0))
    early = np.where(network.usable(), 0.0, plan)
    excess += [early, -plan]
    return float(max(max(part.max(initial=0.0) for part in excess), 0.0))
