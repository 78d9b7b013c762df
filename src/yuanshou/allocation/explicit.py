"""The certificate with the price of need written out: for plans whose terms `dual_bound` does not know.

With prices λ of stock, μ of capacity, Π of units usable from a week on (never rising over weeks) and κ of what is kept
of the last plan, all ≥ 0, no plan is worth more than

    Σ λ · arriving + Σ μ · capacity + Σ Π_0 · stock held
    + Σ_{cells, t, j} width · max(0, weight · value − Π_t)              (numbers in use: − (Π_t − Π_{t+1}))
    + Σ_{sets, t, j} share · max(0, worth − Σ_part need · Π_part,t)
    + Σ_{arcs, t} most · max(0, rate · Π_arrival − price of the arc)    (lent: − Π at the return, + λ when it is back)
    + Σ_h last_h · max(0, 2 · cost_h − κ_h) − Σ_h cost_h · last_h

whatever the prices are; those of the program make it the optimum. `most` is what a pool can have sent over the arc.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from yuanshou.allocation.bound import delivered_price, dual_bound, own_price
from yuanshou.allocation.network import Prices, SupplyNetwork
from yuanshou.allocation.serving import bundle_groups, set_steps, step_arrays
from yuanshou.tables import FloatArray


def bound_of(network: SupplyNetwork, prices: Prices) -> float:
    """The upper bound on every plan of the network at these prices, whatever its terms."""
    return explicit_bound(network, prices) if network.exact_terms else dual_bound(network, prices)


def arc_prices(network: SupplyNetwork, prices: Prices) -> FloatArray:
    """(N, T) price of one unit sent over each arc in each week; inf in weeks in which it cannot go."""
    lane, pool = network.arc_lane, network.arc_pool
    item, source = network.pool_item[pool], network.lane_source[lane]
    stock = prices.supply_limit[pool]
    kg = prices.route_kg[lane] + prices.handling_kg[source]
    total = stock + network.m3[item][:, None] * prices.route_m3[lane] + network.kg[item][:, None] * kg
    total = total + network.unit_cost[:, None]
    away = network.arc_away
    for t in range(network.weeks if away.any() else 0):
        back = np.flatnonzero((away > 0) & (t + away < network.weeks))
        total[back, t] -= prices.supply_limit[pool[back], t + away[back]]
    if network.change_until:
        total[:, : network.change_until] += network.change_cost[item][:, None]
        if prices.change is not None and len(prices.change):
            total -= kept_price(network, prices.change)
    return np.asarray(np.where(network.usable(), total, np.inf))


def kept_price(network: SupplyNetwork, change: FloatArray) -> FloatArray:
    """(N, T) what one unit over an arc earns for keeping to the last plan."""
    lane, item, week = network.last_sent[:, :3].astype(np.int64).T
    table = np.zeros((len(network.lane_source) * len(network.items), network.weeks))
    table[lane * len(network.items) + item, week] = change
    return np.asarray(
        table[network.arc_lane.astype(np.int64) * len(network.items) + network.pool_item[network.arc_pool]]
    )


def cheapest_delivery(network: SupplyNetwork, prices: Prices) -> FloatArray:
    """(C, T) cheapest price of one unit of need that can be met in the week by goods given for good; inf if none."""
    if not network.exact_terms:
        return delivered_price(network, prices)
    out = np.full((network.cells, network.weeks), np.inf)
    total = arc_prices(network, prices) / network.arc_rate[:, None]
    lead, cell = network.lane_weeks[network.arc_lane], network.arc_cell
    for t in range(network.weeks):
        arc = np.flatnonzero(np.isfinite(total[:, t]) & (network.arc_away == 0))
        np.minimum.at(out, (cell[arc], t + lead[arc]), total[arc, t])
    return np.asarray(np.minimum.accumulate(out, axis=1))


def need_prices(network: SupplyNetwork, prices: Prices) -> FloatArray:
    """(C, T) prices Π that make the bound smallest for networks without `exact_terms`; else those of the program."""
    if prices.need_balance is not None:
        return prices.need_balance
    price = delivered_price(network, prices)
    need, stock, weight = network.cell_need, network.cell_stock, network.cell_weight
    for c in np.flatnonzero(stock > 0):
        own = own_price(price[c], need[c], network.tier_share, network.tier_value, weight[c], stock[c], c)
        price[c] = np.minimum(price[c], own)
    # Where nothing can arrive, no step has a surplus at the value of the best one.
    top = weight * float(network.tier_value.max(initial=0.0))
    return never_rising(np.where(np.isfinite(price), price, top[:, None]))


def never_rising(price: FloatArray) -> FloatArray:
    """The smallest prices above these that never rise over weeks."""
    return np.asarray(np.maximum.accumulate(np.maximum(price, 0.0)[:, ::-1], axis=1)[:, ::-1])


def with_need_prices(network: SupplyNetwork, prices: Prices) -> Prices:
    """The prices of a program's duals made feasible: Π never rises, and no unlimited arc beats its price."""
    assert prices.need_balance is not None
    rising = never_rising(prices.need_balance)
    return replace(prices, need_balance=np.minimum(rising, cheapest_delivery(network, prices)))


def explicit_bound(network: SupplyNetwork, prices: Prices) -> float:
    """The bound of this module's heading at the given prices."""
    need_price = need_prices(network, prices)
    total = float((prices.supply_limit * network.pool_arriving).sum() + need_price[:, 0] @ network.cell_stock)
    for price, capacity in (
        (prices.route_m3, network.lane_m3),
        (prices.route_kg, network.lane_kg),
        (prices.handling_kg, network.handling_kg),
    ):
        total += float((price[price > 0] * capacity[price > 0]).sum())
    return (
        total
        + _served_surplus(network, need_price)
        + _arc_surplus(network, prices, need_price)
        + _kept(network, prices)
    )


def _served_surplus(network: SupplyNetwork, need_price: FloatArray) -> float:
    width, value = step_arrays(network)
    paid = need_price.copy()
    level = network.item_level[network.cell_item]
    paid[level] -= np.append(need_price[level, 1:], np.zeros((int(level.sum()), 1)), axis=1)
    alone = network.item_bundle[network.cell_item] < 0
    gain = width * np.maximum(network.cell_weight[:, None, None] * value - paid[:, :, None], 0.0)
    total = float(gain[alone].sum())
    for group in bundle_groups(network):
        need, share, worth = set_steps(network, group)
        total += float((share * np.maximum(worth - (need * need_price[group]).sum(axis=0)[:, None], 0.0)).sum())
    return total


def _arc_surplus(network: SupplyNetwork, prices: Prices, need_price: FloatArray) -> float:
    price, come = arc_prices(network, prices), np.cumsum(network.pool_arriving, axis=1)
    lead, stay = network.lane_weeks[network.arc_lane], network.lane_stay[network.arc_lane]
    cell, total = network.arc_cell, 0.0
    for t in range(network.weeks):
        arc = np.flatnonzero(np.isfinite(price[:, t]))
        arrival = t + lead[arc]
        worth = need_price[cell[arc], arrival]
        leaves = arrival + stay[arc]
        lent = np.flatnonzero((stay[arc] > 0) & (leaves < network.weeks))
        worth[lent] -= need_price[cell[arc[lent]], leaves[lent]]
        gain = np.maximum(network.arc_rate[arc] * worth - price[arc, t], 0.0)
        total += float((come[network.arc_pool[arc], t] * gain).sum())
    return total


def _kept(network: SupplyNetwork, prices: Prices) -> float:
    """What keeping to the last plan can earn, less what dropping all of it would cost."""
    if not network.change_until or not len(network.last_sent):
        return 0.0
    cost, last = network.change_cost[network.last_sent[:, 1].astype(np.int64)], network.last_sent[:, 3]
    paid = np.zeros(len(last)) if prices.change is None else prices.change
    return float((last * (np.maximum(2 * cost - paid, 0.0) - cost)).sum())
