"""From arrays back to the tables people read: dispatches by offer, coverage, supply left, prices of scarcity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.allocation.compile import CompiledSupply
from yuanshou.allocation.consignments import usage
from yuanshou.allocation.explicit import cheapest_delivery
from yuanshou.allocation.network import OWN_MODES, Allocation, Prices, SupplyNetwork
from yuanshou.allocation.serving import arrivals_of, serve
from yuanshou.tables import BoolArray, FloatArray, IntArray, freeze

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
    arc, week = np.nonzero((plan > 0) & ~own_arcs(network)[:, None])
    pool, lane = network.arc_pool[arc], network.arc_lane[arc]
    order = np.lexsort((lane, week, pool))
    arc, week, pool, lane = arc[order], week[order], pool[order], lane[order]
    amount = plan[arc, week]
    offers = compiled.offers.sort_values(["pool", "week", "available", "offer"], kind="stable")
    offers = offers[offers["pool"] >= 0]
    # What is lent may go again when it is back, and is always of the one offer of its pool.
    lent = network.lane_stay[lane] > 0
    rows, offer, quantity = _first_in_first_out(
        pool[~lent], amount[~lent], offers["pool"].to_numpy(np.int64), offers["quantity"].to_numpy(float)
    )
    rows = np.concatenate([np.flatnonzero(~lent)[rows], np.flatnonzero(lent)])
    offer = np.concatenate([offer, np.searchsorted(offers["pool"].to_numpy(np.int64), pool[lent])]).astype(np.int64)
    quantity = np.concatenate([quantity, amount[lent]])
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
            "usd": kg * network.lane_cost[lane] * np.where(network.lane_stay[lane] > 0, 2.0, 1.0),
        }
    )
    keys = ["week", "source", "recipient", "item", "mode", "offer"]
    if network.has_substitutes:
        frame["serves"] = np.array(network.items, dtype=object)[network.cell_item[network.arc_cell[arc[rows]]]]
        keys = [*keys, "serves"]
    if frame.duplicated(keys).any():  # tranches of one offer that travel together
        columns = list(frame.columns)
        frame = frame.groupby([*keys, "arrival"], as_index=False)[["quantity", "kg", "m3", "usd"]].sum()[columns]
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)


def own_arcs(network: SupplyNetwork) -> BoolArray:
    """(N,) whether an arc is a recipient's use of what it holds itself: no dispatch, whatever the program calls it."""
    own = np.isin(np.asarray(network.lane_mode, dtype=object).astype(str), OWN_MODES)
    return np.asarray(own[network.arc_lane], dtype=bool)


def passed_on(network: SupplyNetwork, plan: FloatArray) -> FloatArray:
    """(C, T) base units that a recipient holds in a pool of its own at the end of each week, lent ones not counted."""
    held = np.zeros((network.cells, network.weeks))
    own = np.flatnonzero(own_arcs(network))
    if not len(own):
        return held
    stays = plan.copy()
    stays[own[network.lane_stay[network.arc_lane[own]] > 0]] = 0.0
    level = np.cumsum(network.pool_arriving, axis=1) - np.cumsum(usage(network, stays).pool, axis=1)
    for arc in own:
        held[network.arc_cell[arc]] = level[network.arc_pool[arc]]
    return held


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
    used = np.where(network.item_level[network.cell_item][:, None], 0.0, served)
    travelled = np.where(own_arcs(network)[:, None], 0.0, plan)
    lasting = np.where((network.lane_stay[network.arc_lane] > 0)[:, None] & own_arcs(network)[:, None], 0.0, plan)
    stock_end = network.cell_stock[:, None] + np.cumsum(arrivals_of(network, lasting) - used, axis=1)
    stock_end = stock_end + passed_on(network, plan)
    arrivals = arrivals_of(network, travelled)
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
    """One row an offer: offered, sent, left, and why it is left. What recipients hold is no offer."""
    network = compiled.network
    offers = compiled.offers[~compiled.offers["own"].astype(bool)]
    sent = dispatches.groupby("offer")["quantity"].sum()
    has_arc = np.zeros(len(network.pool_item), dtype=bool)
    has_arc[network.arc_pool] = True
    pool = offers["pool"].to_numpy(int)
    rows = offers.assign(reachable=has_arc[np.maximum(pool, 0)] & (pool >= 0) if len(has_arc) else False)
    table = rows.groupby("offer", sort=False).agg(
        source=("source", "first"),
        item=("item", "first"),
        given=("quantity", "sum"),
        kept=("kept", "sum"),
        loose=("loose", "sum"),
        reason=("reason", "first"),
        reachable=("reachable", "any"),
        reserve=("reserve", "max"),
    )
    table["quantity"] = table["given"] + table["kept"] + table["loose"]
    table["sent"] = sent.reindex(table.index).fillna(0)
    table["left"] = table["quantity"] - table["sent"]
    table["reason"] = [_why_left(row) for row in table.to_dict("records")]
    columns = ["offer", "source", "item", "quantity", "sent", "left", "reason"]
    return table.reset_index()[columns].astype({"quantity": np.int64, "sent": np.int64, "left": np.int64})


def _why_left(row: Mapping[Any, Any]) -> str:
    """Why some of an offer is left, in words; "" where nothing is."""
    if row["left"] <= 0:
        return str(row["reason"])
    parts = [f"{row['kept']:,.0f} kept back by the donor"] if row["kept"] > 0 else []
    parts += [f"{row['loose']:,.0f} make no whole pack"] if row["loose"] > 0 else []
    if row["left"] > row["kept"] + row["loose"]:
        if row["reason"]:
            parts.append(str(row["reason"]))
        elif not row["reachable"]:
            parts.append("no lane reaches a place that needs it in time")
        else:
            reserve = f", or it is in the reserve {row['reserve']}" if row["reserve"] else ""
            parts.append(f"reachable need is met, or no lane has room{reserve}")
    return "; ".join(parts)


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
    price = cheapest_delivery(network, prices)
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
