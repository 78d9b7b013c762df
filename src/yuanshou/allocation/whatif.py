"""What would change it: a little more supply or room, and the plan solved again before a number is stated.

Prices rank the changes that would help most, but where the optimum is degenerate they can promise four times what
comes true. So every change named here was tried: from the plan at hand, with the change made, what is free is filled
in and the prices are adjusted from where they stand (warm). The smaller of promise and proof is the statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from yuanshou.allocation.bound import delivered_price
from yuanshou.allocation.explain import next_value
from yuanshou.allocation.explicit import cheapest_delivery
from yuanshou.allocation.network import Prices, SupplyNetwork, rebuilt
from yuanshou.allocation.program import solve_exact
from yuanshou.allocation.repair import repair
from yuanshou.allocation.serving import arrivals_of, plan_value, serve
from yuanshou.allocation.whole import rounded
from yuanshou.errors import InputError
from yuanshou.tables import FloatArray

DEGENERATE = 0.5
"""Below this share of the predicted gain coming true, a warning is due."""


@dataclass(frozen=True)
class Change:
    """One change that was tried for a recipient and item.

    Attributes
    ----------
    kind : "supply" (units earmarked for the place at a source) or "route" (room on a lane).
    what : the change in words. units : base units, m³ or kg added.
    served_before, served_after : base units served to the cell over the horizon.
    gain, predicted : objective gained by the plan solved again, and what the prices had promised.
    words : amount, unit, source, recipient and mode, for the change said in another language.
    """

    kind: str
    what: str
    units: float
    served_before: float
    served_after: float
    gain: float
    predicted: float
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def degenerate(self) -> bool:
        return self.gain < DEGENERATE * self.predicted


def cell_index(network: SupplyNetwork, *, place: str, item: str) -> int:
    """The cell of a place and item.

    Raises
    ------
    InputError : the plan knows no such place or item, or the place needs none of it.
    """
    for name, value, known in (("place", place, network.recipients), ("item", item, network.items)):
        if value not in known:
            near = [code for code in known if code[:2].upper() == value[:2].upper()][:5]
            hint = f"one of this plan, such as {', '.join(near or known[:5])}"
            raise InputError(f"{name} {value!r}", hint, f"use a {name} code that stands in the plan")
    at = (network.cell_recipient == network.recipients.index(place)) & (network.cell_item == network.items.index(item))
    if not at.any():
        raise InputError(f"no need of {item} in {place}", "a place and item with need", "look at the coverage table")
    return int(np.flatnonzero(at)[0])


def try_changes(
    network: SupplyNetwork, plan: FloatArray, prices: Prices, cell: int, *, share: float = 0.1
) -> list[Change]:
    """More supply at each source that reaches the cell, and more room on each lane, for `share` of its need each."""
    served, _ = serve(network, arrivals_of(network, plan))
    missing = float((network.cell_need[cell] - served[cell]).sum())
    wanted = float(np.ceil(min(missing, share * network.cell_need[cell].sum())))
    if wanted <= 0:
        return []
    # The yardstick is the plan after the same repair without the change, so that only the change is measured.
    rest, base = _solve_again(network, plan, prices, cell, 0.0)
    promise = (
        float(next_value(network, served, within=np.isfinite(cheapest_delivery(network, prices)))[0][cell]) * wanted
    )
    found = []
    for lane in _lanes_into(network, cell):
        found.append(_more_supply(network, plan, prices, cell, lane, wanted, rest, base, promise))
        room = _more_room(network, plan, prices, cell, lane, wanted, rest, base)
        found += [room] if room is not None else []
    changed = [change for change in found if change.served_after > change.served_before + 0.5 and change.gain > 0]
    return sorted(changed, key=lambda change: -change.gain)


def _lanes_into(network: SupplyNetwork, cell: int) -> list[int]:
    """At most six lanes into the cell's recipient: those that carry the item today first, the quickest first."""
    lanes = np.flatnonzero(network.lane_recipient == network.cell_recipient[cell])
    carries = np.isin(lanes, network.arc_lane[network.arc_start[cell] : network.arc_start[cell + 1]])
    return [int(lane) for lane in lanes[np.lexsort((network.lane_weeks[lanes], ~carries))][:6]]


def _more_supply(
    network: SupplyNetwork,
    plan: FloatArray,
    prices: Prices,
    cell: int,
    lane: int,
    wanted: float,
    before: float,
    base: float,
    promise: float,
) -> Change:
    """`wanted` more units for this recipient at the lane's source in the first week."""
    source = int(network.lane_source[lane])
    widened, moved = with_supply(network, plan, cell=cell, source=source, units=wanted)
    extra = np.zeros((1, network.weeks))
    cheaper = replace(prices, supply_limit=np.concatenate([prices.supply_limit, extra]))
    after, gain = _solve_again(widened, moved, cheaper, cell, base)
    what = f"{wanted:,.0f} more at {network.sources[source]} for {network.recipients[network.cell_recipient[cell]]}"
    words = {"amount": f"{wanted:,.0f}", "source": network.sources[source]}
    words["recipient"] = network.recipients[network.cell_recipient[cell]]
    return Change("supply", what, wanted, before, after, gain, promise, words)


def with_supply(
    network: SupplyNetwork, plan: FloatArray, *, cell: int, source: int, units: float
) -> tuple[SupplyNetwork, FloatArray]:
    """The network with one more pool, earmarked for the cell's recipient, and the same plan in its arcs."""
    item, recipient = int(network.cell_item[cell]), int(network.cell_recipient[cell])
    arriving = np.zeros((1, network.weeks))
    arriving[0, 0] = units
    only = np.zeros((1, len(network.recipients)), dtype=bool)
    only[0, recipient] = True
    widened = rebuilt(
        network,
        pool_source=np.append(network.pool_source, source).astype(np.int32),
        pool_item=np.append(network.pool_item, item).astype(np.int32),
        pool_arriving=np.concatenate([network.pool_arriving, arriving]),
        pool_group=np.append(network.pool_group, len(network.group_recipients)).astype(np.int32),
        group_recipients=np.concatenate([np.asarray(network.group_recipients, dtype=bool), only]),
        pool_last_week=np.append(network.pool_last_week, network.weeks - 1).astype(np.int32),
    )
    moved = np.zeros((len(widened.arc_lane), network.weeks))
    moved[widened.arc_pool < len(network.pool_item)] = plan
    return widened, moved


def _more_room(
    network: SupplyNetwork,
    plan: FloatArray,
    prices: Prices,
    cell: int,
    lane: int,
    wanted: float,
    before: float,
    base: float,
) -> Change | None:
    """Room for `wanted` more units on the lane in every week, where it has a limit with a price."""
    item = int(network.cell_item[cell])
    room_m3, room_kg = wanted * network.m3[item], wanted * network.kg[item]
    priced_m3, priced_kg = prices.route_m3[lane].sum(), prices.route_kg[lane].sum()
    if priced_m3 + priced_kg <= 0:
        return None
    m3, kg = network.lane_m3.copy(), network.lane_kg.copy()
    m3[lane] += room_m3
    kg[lane] += room_kg
    after, gain = _solve_again(replace(network, lane_m3=m3, lane_kg=kg), plan, prices, cell, base)
    promise = float(priced_m3 * room_m3 + priced_kg * room_kg)
    size, unit = (room_m3, "m³") if priced_m3 * room_m3 >= priced_kg * room_kg else (room_kg, "kg")
    name = f"{network.sources[network.lane_source[lane]]} → {network.recipients[network.lane_recipient[lane]]}"
    what = f"{size:,.2f} {unit} more a week on the lane {name} by {network.lane_mode[lane]}"
    words = {"amount": f"{size:,.2f}", "unit": unit, "source": network.sources[network.lane_source[lane]]}
    words |= {"recipient": network.recipients[network.lane_recipient[lane]], "mode": network.lane_mode[lane]}
    return Change("route", what, float(size), before, after, gain, promise, words)


def _solve_again(
    network: SupplyNetwork, plan: FloatArray, prices: Prices, cell: int, base: float
) -> tuple[float, float]:
    """Served to the cell, and objective gained, by the plan repaired and filled under the changed limits."""
    if network.exact_terms:
        again, _ = solve_exact(network)
    else:
        again, _ = repair(network, plan, delivered_price(network, prices))
    whole = rounded(network, again)
    served, _ = serve(network, arrivals_of(network, whole))
    return float(served[cell].sum()), plan_value(network, whole) - base
