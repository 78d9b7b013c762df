"""From arrays back to the tables people read: dispatches by offer, coverage, supply left, prices of scarcity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from yuanshou.allocation.bound import delivered_price
from yuanshou.allocation.compile import CompiledSupply
from yuanshou.allocation.network import Allocation, Prices, SupplyNetwork
from yuanshou.allocation.serving import arrivals_of, serve
from yuanshou.tables import FloatArray, IntArray, freeze

OBJECTIVE_UNIT = "priority-weighted US$ of need met"


def to_allocation(
    compiled: CompiledSupply,
    plan: FloatArray,
    prices: Prices,
    *,
    objective: float,
    bound: float,
    policy: str,
    method: str,
    settings: dict[str, object],
) -> Allocation:
    """The allocation with its tables, from whole-unit dispatches (N, T) and prices."""
    network = compiled.network
    dispatches = dispatch_table(compiled, plan)
    gap = (bound - objective) / abs(bound) if bound else 0.0
    return Allocation(
        sources=network.sources,
        recipients=network.recipients,
        items=network.items,
        week_ends=network.week_ends,
        dispatches=dispatches,
        coverage=coverage_table(compiled, plan),
        shadow_prices=price_table(network, prices),
        objective=objective,
        bound=bound,
        gap=gap,
        policy=policy,
        method=method,
        settings={**settings, "objective_unit": OBJECTIVE_UNIT},
        supply_left=supply_left_table(compiled, dispatches),
        need=freeze(network.need),
        network=network,
        dispatch=freeze(plan),
        prices=prices,
        notes=compiled.notes,
    )


def dispatch_table(compiled: CompiledSupply, plan: FloatArray) -> pd.DataFrame:
    """One row for every offer × lane × week that carries something; pools are split first come, first out."""
    network = compiled.network
    arc, week = np.nonzero(plan > 0)
    pool, lane = network.arc_pool[arc], network.arc_lane[arc]
    order = np.lexsort((lane, week, pool))
    arc, week, pool, lane = arc[order], week[order], pool[order], lane[order]
    amount = plan[arc, week]
    offers = compiled.offers.sort_values(["pool", "week", "available", "offer"], kind="stable")
    offers = offers[offers["pool"] >= 0]
    rows, offer, quantity = _first_in_first_out(
        pool, amount, offers["pool"].to_numpy(np.int64), offers["quantity"].to_numpy(float)
    )
    lane, week, item = lane[rows], week[rows], network.pool_item[pool[rows]]
    kg = quantity * network.kg[item]
    frame = pd.DataFrame(
        {
            "offer": offers["offer"].to_numpy()[offer],
            "source": np.array(network.sources, dtype=object)[network.lane_source[lane]],
            "recipient": np.array(network.recipients, dtype=object)[network.lane_recipient[lane]],
            "item": np.array(network.items, dtype=object)[item],
            "mode": np.array(network.lane_mode, dtype=object)[lane],
            "week": pd.to_datetime(network.week_ends[week]),
            "arrival": pd.to_datetime(network.week_ends[week + network.lane_weeks[lane]]),
            "quantity": quantity.astype(np.int64),
            "kg": kg,
            "m3": quantity * network.m3[item],
            "usd": kg * network.lane_cost[lane],
        }
    )
    keys = ["week", "source", "recipient", "item", "mode", "offer"]
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)


def _first_in_first_out(
    pool: IntArray, amount: FloatArray, offer_pool: IntArray, offer_quantity: FloatArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Split dispatches over offers of the same pool: row of the dispatch, row of the offer, quantity.

    Both run along the same axis (units of the pool in order), so the pieces are the gaps between all their edges.
    """
    totals = np.zeros(int(max(pool.max(initial=-1), offer_pool.max(initial=-1))) + 1)
    np.add.at(totals, offer_pool, offer_quantity)
    base = np.concatenate([[0.0], np.cumsum(totals)])
    sent = np.bincount(pool, weights=amount, minlength=len(totals))
    before = np.cumsum(amount) - amount - (np.cumsum(sent) - sent)[pool]
    start = base[pool] + before
    ends = np.cumsum(offer_quantity)
    edges = np.unique(np.concatenate([start, start + amount, ends]))
    middle = (edges[1:] + edges[:-1]) / 2
    row = np.searchsorted(start, middle, side="right") - 1
    inside = (row >= 0) & (middle < (start + amount)[np.maximum(row, 0)]) if len(start) else np.zeros(0, dtype=bool)
    middle, row, width = middle[inside], row[inside], np.diff(edges)[inside]
    return row, np.searchsorted(ends, middle, side="right"), np.rint(width)


def coverage_table(compiled: CompiledSupply, plan: FloatArray) -> pd.DataFrame:
    """One row for every recipient, item and week with need, arrivals or stock."""
    network = compiled.network
    arrivals = arrivals_of(network, plan)
    served, _ = serve(network, arrivals)
    stock_end = network.cell_stock[:, None] + np.cumsum(arrivals - served, axis=1)
    dense = {}
    for name, values in (("received", arrivals), ("served", served), ("stock_end", np.maximum(stock_end, 0.0))):
        full = np.zeros(network.need.shape)
        full[network.cell_recipient, network.cell_item] = values
        dense[name] = full
    low, middle, high = compiled.need_quantiles
    shown = (network.need > 0) | (dense["received"] > 0) | (dense["stock_end"] > 0) | (np.nan_to_num(high) > 0)
    recipient, item, week = np.nonzero(shown)
    at = (recipient, item, week)
    return pd.DataFrame(
        {
            "recipient": np.array(network.recipients, dtype=object)[recipient],
            "item": np.array(network.items, dtype=object)[item],
            "week": pd.to_datetime(network.week_ends[week]),
            "need_median": middle[at],
            "need_p05": low[at],
            "need_p95": high[at],
            "need": network.need[at],
            "received": dense["received"][at],
            "served": dense["served"][at],
            "unmet": network.need[at] - dense["served"][at],
            "stock_end": dense["stock_end"][at],
        }
    )


def supply_left_table(compiled: CompiledSupply, dispatches: pd.DataFrame) -> pd.DataFrame:
    """One row an offer: offered, sent, left, and why it is left."""
    network, offers = compiled.network, compiled.offers
    sent = dispatches.groupby("offer")["quantity"].sum().reindex(offers["offer"]).fillna(0).to_numpy()
    has_arc = np.zeros(len(network.pool_item), dtype=bool)
    has_arc[network.arc_pool] = True
    pool = offers["pool"].to_numpy(int)
    left = offers["quantity"].to_numpy(float) - sent
    reason = offers["reason"].astype(object).to_numpy(copy=True)
    open_reason = (reason == "") & (left > 0)
    reachable = has_arc[np.maximum(pool, 0)] & (pool >= 0)
    reason[open_reason & ~reachable] = "no lane reaches a place that needs it in time"
    reason[open_reason & reachable] = "reachable need is met, or no lane has room"
    return pd.DataFrame(
        {
            "offer": offers["offer"].to_numpy(),
            "source": offers["source"].to_numpy(),
            "item": offers["item"].to_numpy(),
            "quantity": offers["quantity"].to_numpy(np.int64),
            "sent": sent.astype(np.int64),
            "left": left.astype(np.int64),
            "reason": reason,
        }
    )


def price_table(network: SupplyNetwork, prices: Prices) -> pd.DataFrame:
    """Every price above nought with its unit: what one more unit there and then would add to the objective."""
    sources, recipients = np.array(network.sources, dtype=object), np.array(network.recipients, dtype=object)
    items, modes = np.array(network.items, dtype=object), np.array(network.lane_mode, dtype=object)
    parts: list[dict[str, Any]] = []
    pool, week = np.nonzero(prices.supply_limit > 0)
    parts.append(
        {
            "block": "supply_limit",
            "source": sources[network.pool_source[pool]],
            "recipient": "",
            "item": items[network.pool_item[pool]],
            "week": week,
            "mode": "",
            "price": prices.supply_limit[pool, week],
            "unit": "objective per base unit",
        }
    )
    for block, array, unit in (
        ("route_capacity", prices.route_m3, "objective per m3"),
        ("route_capacity", prices.route_kg, "objective per kg"),
    ):
        lane, week = np.nonzero(array > 0)
        parts.append(
            {
                "block": block,
                "source": sources[network.lane_source[lane]],
                "recipient": recipients[network.lane_recipient[lane]],
                "item": "",
                "week": week,
                "mode": modes[lane] if len(lane) else "",
                "price": array[lane, week],
                "unit": unit,
            }
        )
    source, week = np.nonzero(prices.handling_kg > 0)
    parts.append(
        {
            "block": "handling",
            "source": sources[source],
            "recipient": "",
            "item": "",
            "week": week,
            "mode": "",
            "price": prices.handling_kg[source, week],
            "unit": "objective per kg",
        }
    )
    parts.append(_need_prices(network, prices, recipients, items))
    columns = ["block", "source", "recipient", "item", "week", "mode", "price", "unit"]
    frame = (
        pd.concat([pd.DataFrame(part, columns=columns) for part in parts if len(part["week"])], ignore_index=True)
        if any(len(part["week"]) for part in parts)
        else pd.DataFrame(columns=columns)
    )
    frame["week"] = pd.to_datetime(network.week_ends[frame["week"].to_numpy(int)])
    return frame


def _need_prices(
    network: SupplyNetwork, prices: Prices, recipients: FloatArray, items: FloatArray
) -> dict[str, object]:
    """The cheapest delivered price of a unit usable in each week: what one more unit of need would cost the plan."""
    price = delivered_price(network, prices)
    cell, week = np.nonzero(np.isfinite(price) & (price > 0) & (network.cell_need > 0))
    return {
        "block": "need_balance",
        "source": "",
        "recipient": recipients[network.cell_recipient[cell]],
        "item": items[network.cell_item[cell]],
        "week": week,
        "mode": "",
        "price": price[cell, week],
        "unit": "objective per base unit",
    }
