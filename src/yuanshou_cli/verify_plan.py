"""`yuanshou verify-plan`: is this plan file sound, and as good as it says? Answered from the file alone.

This is an auditor's tool: it uses NumPy and the standard library, no solver and nothing of the package that made the
plan, and it is short enough to read in one sitting. It recomputes from the certificate
  1. feasibility: no pool, lane or source gives more than it has, nothing leaves early or arrives late, whole pieces;
  2. the objective, by serving every recipient's steps greedily from what arrives;
  3. the bound, by the exact dual at the plan's prices: no plan whatsoever is worth more;
and then holds the tables people read against the certificate, and the whole file against its seal.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import zlib
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import numpy as np

TOLERANCE = 1e-6


@click.command(epilog="Example: yuanshou verify-plan plan/plan.json")
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
def command(plan: Path) -> None:
    """Recompute a plan's feasibility, objective and bound from its file, and find out whether it was tampered with.

    PLAN is a plan.json, or the folder that holds it. Ends with code 5 where anything is wrong.
    """
    path = plan / "plan.json" if plan.is_dir() else plan
    problems, figures = verify(path)
    for problem in problems:
        click.echo(f"✗ {problem}")
    if problems:
        click.echo(f"{path.name}: {len(problems)} problems; do not rely on this plan")
        sys.exit(5)
    click.echo(
        f"✓ {path.name}: {figures['dispatches']:,} dispatches within every limit, worth {figures['objective']:,.6g}; "
        f"no plan can be worth more than {figures['bound']:,.6g} (gap {figures['gap']:.4%}); tables and seal agree"
    )


def verify(path: Path) -> tuple[list[str], dict[str, float]]:
    """What is wrong with the plan file, in sentences, and the recomputed figures."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        certificate = document["certificate"]
        net = read_network(certificate)
    except (OSError, ValueError, KeyError, TypeError, IndexError, zlib.error) as problem:
        return [f"{path.name} cannot be read as a plan with a certificate ({type(problem).__name__}: {problem})"], {}
    problems = list(check_seal(document))
    structure = check_structure(net)
    problems += structure
    if structure:
        return problems, {}
    problems += check_limits(net) + check_prices(net)
    served, objective = serve(net)
    limit = bound(net)
    gap = (limit - objective) / abs(limit) if limit else 0.0
    problems += check_figures(document, objective, limit, gap)
    problems += check_tables(document, net, served)
    return problems, {"dispatches": int((net.sent > 0).sum()), "objective": objective, "bound": limit, "gap": gap}


def read_network(certificate: dict[str, Any]) -> SimpleNamespace:
    """Every array of the certificate under its own name."""
    values: dict[str, Any] = {name: unpack(entry) for name, entry in certificate["network"].items()}
    values |= certificate["labels"]
    values |= {f"price_{name}": unpack(entry) for name, entry in certificate["prices"].items()}
    net = SimpleNamespace(**values, cost_weight=certificate["cost_weight"])
    arc, week, quantity = (unpack(certificate["dispatch"][name]) for name in ("arc", "week", "quantity"))
    net.weeks = len(net.week_ends)
    net.sent = np.zeros((len(net.arc_lane), net.weeks))
    np.add.at(net.sent, (arc, week), quantity)
    net.cell = np.repeat(np.arange(len(net.cell_item)), np.diff(net.arc_start))
    net.item = net.pool_item[net.arc_pool]
    net.cell_need = net.need[net.cell_recipient, net.cell_item]
    net.cell_stock = net.stock[net.cell_recipient, net.cell_item]
    net.cell_weight = net.weight[net.cell_recipient, net.cell_item]
    net.cost = net.cost_weight * net.lane_cost[net.arc_lane] * net.kg[net.item]
    shape = (len(net.cell_item), net.weeks, net.tier_share.shape[1])
    reshape = shape if len(net.tier_share) > 1 else (1, 1, shape[2])
    net.width = net.cell_need[:, :, None] * net.tier_share.reshape(reshape)
    net.value = np.broadcast_to(net.cell_weight[:, None, None] * net.tier_value.reshape(reshape), shape)
    return net


def unpack(entry: dict[str, Any]) -> Any:
    """An array from its type, shape and compressed bytes."""
    flat = np.frombuffer(zlib.decompress(base64.b64decode(entry["data"])), dtype=np.dtype(entry["dtype"]))
    shape = tuple(entry["shape"])
    return np.repeat(flat.reshape(shape[0], 1), shape[1], axis=1) if entry["constant"] else flat.reshape(shape)


def check_seal(document: dict[str, Any]) -> list[str]:
    """The seal is the SHA-256 of everything else in the file, keys sorted."""
    rest = {key: value for key, value in document.items() if key != "seal"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    found = hashlib.sha256(text.encode()).hexdigest()
    return [] if document.get("seal") == found else ["seal: the file is not as it was written, or has no seal"]


def check_structure(net: SimpleNamespace) -> list[str]:
    """Every arc joins a lane and a pool of the same source into the recipient and item of its cell, earmark kept."""
    lane, pool = net.arc_lane, net.arc_pool
    group = net.pool_group[pool]
    open_to = np.ones(len(lane), dtype=bool)
    marked = group >= 0
    open_to[marked] = net.group_recipients[group[marked], net.lane_recipient[lane[marked]]]
    rules = {
        "an arc whose lane and pool have different sources": net.lane_source[lane] != net.pool_source[pool],
        "an arc whose lane leads to another recipient": net.lane_recipient[lane] != net.cell_recipient[net.cell],
        "an arc that carries another item": net.item != net.cell_item[net.cell],
        "an earmark ignored": ~open_to & (net.sent > 0).any(axis=1),
        "a negative need": net.cell_need < 0,
        "a step worth more than the one before it": np.diff(net.tier_value, axis=-1) > 1e-12,
        "steps of a need that add up to more than it": net.tier_share.sum(axis=-1) > 1 + TOLERANCE,
    }
    return [f"structure: {name} ({int(bad.sum())})" for name, bad in rules.items() if bad.any()]


def check_limits(net: SimpleNamespace) -> list[str]:
    """Nothing beyond stock, lane or source; nothing before it exists or after it may arrive; whole pieces only."""
    arrival = np.arange(net.weeks)[None, :] + net.lane_weeks[net.arc_lane][:, None]
    late = arrival > net.pool_last_week[net.arc_pool][:, None]
    use = np.zeros((len(net.pool_item), net.weeks))
    np.add.at(use, net.arc_pool, net.sent)
    m3, kg = np.zeros(net.lane_m3.shape), np.zeros(net.lane_kg.shape)
    np.add.at(m3, net.arc_lane, net.sent * net.m3[net.item][:, None])
    np.add.at(kg, net.arc_lane, net.sent * net.kg[net.item][:, None])
    handled = np.zeros(net.handling_kg.shape)
    np.add.at(handled, net.lane_source, kg)
    rules = {
        "a negative dispatch": net.sent < 0,
        "a dispatch that is not whole pieces": net.sent != np.floor(net.sent),
        "goods that arrive after the horizon or expired": late & (net.sent > 0),
        "a pool that sends more than has come": over(np.cumsum(use, axis=1), np.cumsum(net.pool_arriving, axis=1)),
        "a lane over its m³": over(m3, net.lane_m3),
        "a lane over its kg": over(kg, net.lane_kg),
        "a source over what it can handle": over(handled, net.handling_kg),
    }
    return [f"limits: {name} ({int(bad.sum())})" for name, bad in rules.items() if bad.any()]


def over(used: Any, limit: Any) -> Any:
    """Where `used` exceeds `limit` by more than rounding."""
    return used > limit * (1 + TOLERANCE) + TOLERANCE


def check_prices(net: SimpleNamespace) -> list[str]:
    """Prices bound every plan only if none is negative and stock prices never rise over the weeks."""
    found = []
    for name in ("supply_limit", "route_m3", "route_kg", "handling_kg"):
        price = getattr(net, f"price_{name}")
        if not np.isfinite(price).all() or (price < 0).any():
            found.append(f"prices: {name} has prices that are negative or no numbers")
    stock = net.price_supply_limit
    if (np.diff(stock, axis=1) > 1e-9 * (1 + stock[:, :-1])).any():
        found.append("prices: a stock price rises over the weeks")
    return found


def serve(net: SimpleNamespace) -> tuple[Any, float]:
    """Served by cell and week, and the objective: the most valuable step that stock still allows, again and again."""
    arrivals = np.zeros(net.cell_need.shape)
    arc, week = np.nonzero(net.sent)
    np.add.at(arrivals, (net.cell[arc], week + net.lane_weeks[net.arc_lane[arc]]), net.sent[arc, week])
    served = np.zeros(arrivals.shape)
    total = -float((net.cost * net.sent.sum(axis=1)).sum())
    for c in np.flatnonzero(arrivals.any(axis=1) | (net.cell_stock > 0)):
        slack = net.cell_stock[c] + np.cumsum(arrivals[c])
        steps = net.value.shape[2]
        # Most valuable first; of equals the latest week first, since early stock serves every later week too.
        for flat in np.lexsort((-np.repeat(np.arange(net.weeks), steps), -net.value[c].ravel())):
            t, j = divmod(int(flat), steps)
            amount = min(net.width[c, t, j], slack[t:].min())
            if amount > 0:
                slack[t:] -= amount
                served[c, t] += amount
                total += amount * net.value[c, t, j]
    return served, total


def bound(net: SimpleNamespace) -> float:
    """The exact dual at the plan's prices: what all supply and capacity cost, and what cells would gain at them."""
    cheapest = np.full(net.cell_need.shape, np.inf)
    come = np.cumsum(net.pool_arriving, axis=1) > 0
    for t in range(net.weeks):
        late = net.lane_weeks[net.arc_lane]
        source = net.lane_source[net.arc_lane]
        kg_price = net.price_route_kg[net.arc_lane, t] + net.price_handling_kg[source, t]
        price = net.price_supply_limit[net.arc_pool, t] + net.kg[net.item] * kg_price + net.cost
        price = price + net.m3[net.item] * net.price_route_m3[net.arc_lane, t]
        usable = come[net.arc_pool, t] & (t + late <= net.pool_last_week[net.arc_pool]) & (t + late < net.weeks)
        np.minimum.at(cheapest, (net.cell[usable], (t + late)[usable]), price[usable])
    cheapest = np.minimum.accumulate(cheapest, axis=1)
    total = float((net.price_supply_limit * net.pool_arriving).sum())
    for name, capacity in (("route_m3", net.lane_m3), ("route_kg", net.lane_kg), ("handling_kg", net.handling_kg)):
        price = getattr(net, f"price_{name}")
        total += float((price[price > 0] * capacity[price > 0]).sum())
    own = own_price(net, cheapest)
    holds = net.cell_stock > 0
    total += float((own[holds] * net.cell_stock[holds]).sum())
    paid = np.minimum(cheapest, own[:, None])[:, :, None]
    with np.errstate(invalid="ignore"):
        gain = net.width * np.maximum(net.value - paid, 0.0)
    return total + float(gain[np.isfinite(np.broadcast_to(paid, gain.shape))].sum())


def own_price(net: SimpleNamespace, cheapest: Any) -> Any:
    """The price of each cell's own stock that makes its bound smallest, by bisection; inf where it holds none.

    Any price gives a valid bound, so that an inexact bisection can only make the bound too large, never too small.
    """
    low, high = np.zeros(len(cheapest)), net.value.max(axis=(1, 2), initial=0.0)
    for _ in range(60):
        middle = (low + high) / 2
        wants = (net.value > middle[:, None, None]) & (cheapest >= middle[:, None])[:, :, None]
        short = (net.width * wants).sum(axis=(1, 2)) > net.cell_stock
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.where(net.cell_stock > 0, high, np.inf)


def check_figures(document: dict[str, Any], objective: float, limit: float, gap: float) -> list[str]:
    """Objective, bound and gap as stated in the certificate and in the summary."""
    found = []
    for where in ("certificate", "summary"):
        for name, value in (("objective", objective), ("bound", limit), ("gap", gap)):
            stated = document[where].get(name, value if (where, name) == ("certificate", "gap") else None)
            size = 1.0 if name == "gap" else abs(value)
            if stated is None or not abs(stated - value) <= TOLERANCE * (size if name != "gap" else 1.0) + 1e-9:
                found.append(f"figures: the {where} states {name} {stated}, recomputed {value:.10g}")
    if objective > limit * (1 + TOLERANCE) + TOLERANCE:
        found.append(f"figures: worth {objective:.10g}, more than its bound {limit:.10g}")
    return found


def check_tables(document: dict[str, Any], net: SimpleNamespace, served: Any) -> list[str]:
    """The tables people read say what the certificate says."""
    found = []
    days = [str(day)[:10] for day in net.week_ends.astype("datetime64[D]")]
    stated: dict[Any, float] = defaultdict(float)
    table = document["dispatches"]
    names = ("source", "recipient", "item", "mode", "week", "arrival")
    for *key, quantity in zip(*(table[name] for name in names), table["quantity"], strict=True):
        stated[tuple(key)] += quantity
    true: dict[Any, float] = defaultdict(float)
    for arc, t in zip(*np.nonzero(net.sent), strict=True):
        lane = net.arc_lane[arc]
        ends = (days[t], days[t + net.lane_weeks[lane]])
        labels = (
            net.sources[net.lane_source[lane]],
            net.recipients[net.lane_recipient[lane]],
            net.items[net.item[arc]],
        )
        true[(*labels, net.lane_mode[lane], *ends)] += net.sent[arc, t]
    wrong = [key for key in stated.keys() | true.keys() if abs(stated[key] - true[key]) > TOLERANCE]
    if wrong:
        found.append(f"tables: {len(wrong)} dispatches differ from the certificate, such as {min(wrong)}")
    cell_at = {
        (net.recipients[r], net.items[k]): c
        for c, (r, k) in enumerate(zip(net.cell_recipient, net.cell_item, strict=True))
    }
    cover = document["coverage"]
    totals = {"need": np.zeros(len(cell_at)), "served": np.zeros(len(cell_at))}
    for recipient, item, need, given in zip(*(cover[n] for n in ("recipient", "item", "need", "served")), strict=True):
        if (recipient, item) in cell_at:
            totals["need"][cell_at[recipient, item]] += need
            totals["served"][cell_at[recipient, item]] += given
    for name, values in (("need", net.cell_need.sum(axis=1)), ("served", served.sum(axis=1))):
        bad = np.abs(totals[name] - values) > 1e-5 * (1 + values)
        if bad.any():
            found.append(f"tables: {name} in the coverage differs from the certificate for {int(bad.sum())} cells")
    left = document["supply_left"]
    if any(
        abs(q - s - rest) > TOLERANCE for q, s, rest in zip(left["quantity"], left["sent"], left["left"], strict=True)
    ):
        found.append("tables: sent and left do not make what was offered")
    if abs(sum(left["sent"]) - float(net.sent.sum())) > TOLERANCE * (1 + float(net.sent.sum())):
        found.append("tables: the supply sent differs from the certificate")
    return found
