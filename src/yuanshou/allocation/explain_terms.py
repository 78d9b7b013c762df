"""Which term of sharing decided for a recipient and item: the sentences beside the deciding numbers.

A cell whose need is met has nothing to explain, so only what it got in another way (a substitute, a loan) is told. For
others every term that stands between it and more is named, from the network and the plan alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from yuanshou.allocation.messages import NOTES
from yuanshou.allocation.network import OWN_MODES, SupplyNetwork
from yuanshou.allocation.serving import arrivals_of, bundle_groups
from yuanshou.tables import BoolArray, FloatArray, IntArray

NOTES_MAX = 3
"""More sentences than these nobody reads."""


def has_terms(network: SupplyNetwork) -> bool:
    """Whether the network has any term that a sentence could name."""
    return bool(
        network.exact_terms
        or any(network.item_modes)
        or any(network.lane_items)
        or any(network.pool_reserve)
        or network.pool_kept.any()
        or (network.pool_pack > 1).any()
        or network.lane_min_kg.any()
        or set(network.lane_mode) & set(OWN_MODES)
    )


def reason_of_none(network: SupplyNetwork) -> list[tuple[str, dict[str, str]]]:
    """(C,) for cells without an arc: "mode" or "reserved" with its words, "" where neither is what keeps goods away."""
    found: list[tuple[str, dict[str, str]]] = [("", {})] * network.cells
    lanes_to = _lanes_to(network)
    for c in np.flatnonzero(np.diff(network.arc_start) == 0):
        recipient, item = network.cell_recipient[c], network.cell_item[c]
        lanes = lanes_to[recipient]
        pools = np.flatnonzero((network.pool_item == item) & np.isin(network.pool_source, network.lane_source[lanes]))
        open_pools = pools[_open_to(network, pools, int(recipient))]
        if len(open_pools):
            modes = sorted({network.lane_mode[lane] for lane in lanes})
            if network.item_modes[item] and not set(modes) & set(network.item_modes[item].split()):
                found[c] = ("mode", {"mode": ", ".join(modes)})
        elif any(network.pool_reserve[p] for p in pools):
            found[c] = ("reserved", {"reserve": ", ".join(sorted({network.pool_reserve[p] for p in pools} - {""}))})
    return found


def short_parts(network: SupplyNetwork, plan: FloatArray) -> dict[int, tuple[str, str, bool]]:
    """For cells that count in complete sets: bundle, the part that is short, and whether it is the cell's own item."""
    arrivals = arrivals_of(network, plan)
    found = {}
    for group in bundle_groups(network):
        need = network.cell_need[group]
        there = network.cell_stock[group] + arrivals[group].sum(axis=1)
        wanted = need.sum(axis=1)
        share = np.divide(there, wanted, out=np.full(there.shape, np.inf), where=wanted > 0)
        short = int(share.argmin())
        bundle = network.bundles[network.item_bundle[network.cell_item[group[0]]]]
        part = network.items[network.cell_item[group[short]]]
        for m, cell in enumerate(group):
            found[int(cell)] = (bundle, part, share[m] <= share[short] + 1e-9)
    return found


def notes(network: SupplyNetwork, plan: FloatArray, met: BoolArray, *, policy: str, language: str) -> list[str]:
    """(C,) the sentences to add for each cell, "" for none."""
    words = NOTES[language]
    lanes_to = _lanes_to(network)
    sent = plan.sum(axis=1)
    result = []
    for c in range(network.cells):
        parts = [*_came_otherwise(network, sent, c), *_passed_on(network, sent, c)]
        if not met[c]:
            parts += [("max_min", {})] if policy == "max_min" else []
            parts += _held_back(network, plan, lanes_to[network.cell_recipient[c]], c)
            parts += _last_plan(network, plan, c)
        result.append(" ".join(words[key].format(**values) for key, values in parts[:NOTES_MAX]))
    return result


Part = tuple[str, dict[str, str]]


def _lanes_to(network: SupplyNetwork) -> list[IntArray]:
    """The lanes into every recipient, its own free ones left out."""
    travels = ~np.isin(np.asarray(network.lane_mode, dtype=object).astype(str), OWN_MODES)
    return [np.flatnonzero((network.lane_recipient == r) & travels) for r in range(len(network.recipients))]


def _open_to(network: SupplyNetwork, pools: IntArray, recipient: int) -> BoolArray:
    group = network.pool_group[pools]
    groups = np.vstack([np.asarray(network.group_recipients, bool).reshape(-1, len(network.recipients)),
                        np.ones((1, len(network.recipients)), dtype=bool)])  # fmt: skip
    return np.asarray(groups[group, recipient])


def _came_otherwise(network: SupplyNetwork, sent: FloatArray, cell: int) -> Iterator[Part]:
    """Substitutes and loans that serve the cell, in units of what is needed."""
    arcs = np.arange(network.arc_start[cell], network.arc_start[cell + 1])
    arcs = arcs[sent[arcs] > 0]
    items, counted = network.pool_item[network.arc_pool[arcs]], sent[arcs] * network.arc_rate[arcs]
    for item in np.unique(items[items != network.cell_item[cell]]):
        rate = network.substitute_rate[item, network.cell_item[cell]]
        units = f"{counted[items == item].sum():,.0f}"
        yield "substituted", {"units": units, "other": network.items[item], "rate": f"{rate:g}"}
    lanes = network.arc_lane[arcs]
    for lane in np.unique(lanes[network.lane_stay[lanes] > 0]):
        if network.lane_mode[lane] not in OWN_MODES:
            values = {"units": f"{counted[lanes == lane].sum():,.0f}", "weeks": f"{network.lane_stay[lane]:.0f}"}
            yield "lent", {**values, "source": network.sources[network.lane_source[lane]]}


def _passed_on(network: SupplyNetwork, sent: FloatArray, cell: int) -> Iterator[Part]:
    """What of the recipient's own stock goes to others."""
    own = f"stock of {network.recipients[network.cell_recipient[cell]]}"
    if own not in network.sources:
        return
    source = network.sources.index(own)
    meant = (network.lane_source[network.arc_lane] == source) & (sent > 0)
    meant &= network.pool_item[network.arc_pool] == network.cell_item[cell]
    for arc in np.flatnonzero(meant):
        recipient = network.lane_recipient[network.arc_lane[arc]]
        if recipient != network.cell_recipient[cell]:
            yield "passed_on", {"units": f"{sent[arc]:,.0f}", "recipient": network.recipients[recipient]}


def _held_back(network: SupplyNetwork, plan: FloatArray, lanes: IntArray, cell: int) -> Iterator[Part]:
    """Keep-back, reserves, packs and least consignments between the cell and more."""
    recipient = int(network.cell_recipient[cell])
    pools = np.flatnonzero(
        (network.pool_item == network.cell_item[cell]) & np.isin(network.pool_source, network.lane_source[lanes])
    )
    barred = pools[~_open_to(network, pools, recipient)]
    left = network.pool_arriving.sum(axis=1) - np.bincount(
        network.arc_pool, plan.sum(axis=1), minlength=len(network.pool_item)
    )
    for source in np.unique(network.pool_source[pools]):
        here = pools[network.pool_source[pools] == source]
        kept = float(network.pool_kept[here].sum())
        if kept > 0:
            yield "kept_back", {"units": f"{kept:,.0f}", "source": network.sources[source]}
        for pool in np.intersect1d(here, barred):
            if network.pool_reserve[pool] and left[pool] > 0:
                values = {"units": f"{left[pool]:,.0f}", "source": network.sources[source]}
                yield "in_reserve", {**values, "reserve": network.pool_reserve[pool]}
    pack = float(network.pool_pack[pools].max(initial=1.0))
    if pack > 1:
        yield "packs", {"pack": f"{pack:,.0f}"}
    arcs = np.arange(network.arc_start[cell], network.arc_start[cell + 1])
    arcs = arcs[left[network.arc_pool[arcs]] > 0]
    for lane in np.unique(network.arc_lane[arcs]):
        idle = plan[network.arc_lane == lane].sum(axis=0) == 0
        if network.lane_min_kg[lane] > 0 and network.lane_mode[lane] not in OWN_MODES and idle.any():
            values = {"source": network.sources[network.lane_source[lane]], "mode": network.lane_mode[lane]}
            yield (
                "least",
                {**values, "recipient": network.recipients[recipient], "kg": f"{network.lane_min_kg[lane]:,.0f}"},
            )


def _last_plan(network: SupplyNetwork, plan: FloatArray, cell: int) -> Iterator[Part]:
    """What the last plan sent to the cell's recipient and item, and what this one does."""
    item = int(network.cell_item[cell])
    if not network.change_until or not network.change_cost[item]:
        return
    lane, code = network.last_sent[:, 0].astype(int), network.last_sent[:, 1].astype(int)
    meant = (network.lane_recipient[lane] == network.cell_recipient[cell]) & (code == item)
    arcs = np.flatnonzero(
        (network.lane_recipient[network.arc_lane] == network.cell_recipient[cell])
        & (network.pool_item[network.arc_pool] == item)
    )
    last, now = float(network.last_sent[meant, 3].sum()), float(plan[arcs, : network.change_until].sum())
    if last > 0 and abs(last - now) > 0.5:
        yield "last_plan", {"last": f"{last:,.0f}", "now": f"{now:,.0f}", "cost": f"{network.change_cost[item]:,.3g}"}
