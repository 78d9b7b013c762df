"""`yuanshou verify-plan`: is this plan file sound, and as good as it says? Answered from the file alone.

An auditor's tool: NumPy and the standard library, no solver, nothing of the package that made the plan, short enough
to read in one sitting. It recomputes from the certificate
  1. feasibility: no pool, lane or source gives more than it has, nothing leaves early or arrives late, whole packs;
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
OWN = ("stock", "in use")  # modes of the free lanes from what a recipient holds to itself


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
        net = read_network(document["certificate"])
    except (OSError, ValueError, KeyError, TypeError, IndexError, zlib.error) as problem:
        return [f"{path.name} cannot be read as a plan with a certificate ({type(problem).__name__}: {problem})"], {}
    rest = {key: value for key, value in document.items() if key != "seal"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    intact = document.get("seal") == hashlib.sha256(text.encode()).hexdigest()
    problems = [] if intact else ["seal: the file is not as it was written, or has no seal"]
    broken = check_structure(net) or check_limits(net)
    if broken:
        return problems + broken, {}
    served, objective = serve(net)
    limit = bound(net)
    gap = (limit - objective) / abs(limit) if limit else 0.0
    problems += check_figures(document, objective, limit, gap) + check_tables(document, net, served)
    return problems, {"dispatches": int((net.sent > 0).sum()), "objective": objective, "bound": limit, "gap": gap}


def read_network(certificate: dict[str, Any]) -> SimpleNamespace:
    """Every array of the certificate under its own name."""
    values: dict[str, Any] = {name: unpack(entry) for name, entry in certificate["network"].items()}
    values |= certificate["labels"] | certificate["scalars"]
    values |= {f"price_{name}": unpack(entry).astype(float) for name, entry in certificate["prices"].items()}
    net = SimpleNamespace(**values)
    arc, week, quantity = (unpack(certificate["dispatch"][name]) for name in ("arc", "week", "quantity"))
    net.weeks = len(net.week_ends)
    net.sent = np.zeros((len(net.arc_lane), net.weeks))
    np.add.at(net.sent, (arc, week), quantity)
    net.cell = np.repeat(np.arange(len(net.cell_item)), np.diff(net.arc_start))
    net.item = net.pool_item[net.arc_pool]
    net.rate = net.substitute_rate[net.item, net.cell_item[net.cell]]
    net.late, net.stay = net.lane_weeks[net.arc_lane], net.lane_stay[net.arc_lane]
    net.away = np.where(net.stay > 0, net.stay + 2 * net.late, 0)
    net.level = net.item_level[net.cell_item].astype(bool)
    net.cell_need = net.need[net.cell_recipient, net.cell_item]
    net.cell_stock = net.stock[net.cell_recipient, net.cell_item]
    net.cell_weight = net.weight[net.cell_recipient, net.cell_item]
    net.cost = net.cost_weight * net.lane_cost[net.arc_lane] * net.kg[net.item] * np.where(net.stay > 0, 2, 1)
    shape = (len(net.cell_item), net.weeks, net.tier_share.shape[1])
    reshape = shape if len(net.tier_share) > 1 else (1, 1, shape[2])
    net.share = np.broadcast_to(net.tier_share.reshape(reshape), shape)
    net.width = net.cell_need[:, :, None] * net.share
    net.value = np.broadcast_to(net.cell_weight[:, None, None] * net.tier_value.reshape(reshape), shape)
    # A cell on its own is a group of one; the parts of a complete set are served together or not at all.
    key = net.cell_recipient * len(net.items) + net.item_bundle[net.cell_item]
    key = np.where(net.item_bundle[net.cell_item] >= 0, key, -1 - np.arange(len(key)))
    net.group = np.unique(key, return_inverse=True)[1]
    return net


def unpack(entry: dict[str, Any]) -> Any:
    """An array from its type, shape and compressed bytes."""
    flat = np.frombuffer(zlib.decompress(base64.b64decode(entry["data"])), dtype=np.dtype(entry["dtype"]))
    shape = entry["shape"]
    return np.repeat(flat.reshape(shape[0], 1), shape[1], axis=1) if entry["constant"] else flat.reshape(shape)


def check_structure(net: SimpleNamespace) -> list[str]:
    """Every arc joins a lane and a pool of the same source into a cell it may serve: earmark, mode, item, loan kept."""
    lane, pool = net.arc_lane, net.arc_pool
    groups = np.vstack([net.group_recipients, np.ones((1, len(net.recipients)))]) > 0  # group −1: anyone
    modes, only = [words.split() for words in net.item_modes], net.lane_items or [""] * len(net.lane_mode)
    by_mode = [not modes[k] or net.lane_mode[a] in (*modes[k], *OWN) for a, k in zip(lane, net.item, strict=True)]
    listed = [not only[a] or net.items[k] in only[a].split() for a, k in zip(lane, net.item, strict=True)]
    terms = (net.substitute_rate, net.pool_pack, net.lane_min_kg, net.lane_stay, net.change_cost, net.last_sent)
    rules = {
        "an arc whose lane and pool have different sources": net.lane_source[lane] != net.pool_source[pool],
        "an arc whose lane leads to another recipient": net.lane_recipient[lane] != net.cell_recipient[net.cell],
        "an arc that carries an item that does not stand for the one needed": net.rate <= 0,
        "an item that may not travel by the mode of its lane, or on it": ~np.array(by_mode, dtype=bool)
        | ~np.array(listed, dtype=bool),
        "an item lent that is used up": (net.stay > 0) & ~net.level[net.cell],
        "a term that is negative": np.array([np.asarray(term).min(initial=0) < 0 for term in terms]),
        "a need in use that is part of a set": net.level & (net.item_bundle[net.cell_item] >= 0),
        "an earmark ignored": ~groups[net.pool_group[pool], net.lane_recipient[lane]] & (net.sent > 0).any(axis=1),
        "a negative need": net.cell_need < 0,
        "a step worth more than the one before it": np.diff(net.tier_value, axis=-1) > 1e-12,
        "steps of a need that add up to more than it": net.tier_share.sum(axis=-1) > 1 + TOLERANCE,
    }
    return [f"structure: {name} ({int(bad.sum())})" for name, bad in rules.items() if bad.any()]


def check_limits(net: SimpleNamespace) -> list[str]:
    """Nothing beyond stock, lane or source; nothing before it exists or after it may arrive; whole packs only."""
    late = np.arange(net.weeks) + net.late[:, None] > net.pool_last_week[net.arc_pool][:, None]
    use = np.zeros((len(net.pool_item), net.weeks))
    np.add.at(use, net.arc_pool, net.sent - shifted(net.sent, net.away) * (net.away > 0)[:, None])
    m3, kg, handled = (np.zeros(limit.shape) for limit in (net.lane_m3, net.lane_kg, net.handling_kg))
    np.add.at(m3, net.arc_lane, net.sent * net.m3[net.item][:, None])
    np.add.at(kg, net.arc_lane, net.sent * net.kg[net.item][:, None])
    np.add.at(handled, net.lane_source, kg)
    rules = {
        "a negative dispatch": net.sent < 0,
        "a dispatch that is not whole packs": net.sent % net.pool_pack[net.arc_pool][:, None] != 0,
        "goods that arrive after the horizon or expired": late & (net.sent > 0),
        "a pool that sends more than has come": over(np.cumsum(use, axis=1), np.cumsum(net.pool_arriving, axis=1)),
        "a lane over its m³": over(m3, net.lane_m3),
        "a lane over its kg": over(kg, net.lane_kg),
        "a consignment below the least of its lane": (kg > 0) & over(net.lane_min_kg[:, None], kg),
        "a source over what it can handle": over(handled, net.handling_kg),
    }
    # Prices bound every plan only if none is negative and those of stock and of need never rise over the weeks.
    for name in ("supply_limit", "route_m3", "route_kg", "handling_kg", "need_balance", "change"):
        price = getattr(net, f"price_{name}")
        rules[f"a price of {name} that is negative or no number"] = ~(np.isfinite(price) & (price >= 0))
        if name in ("supply_limit", "need_balance"):
            rules[f"a price of {name} that rises over the weeks"] = over(price[:, 1:], price[:, :-1])
    return [f"limits: {name} ({int(bad.sum())})" for name, bad in rules.items() if bad.any()]


def shifted(array: Any, weeks: Any) -> Any:
    """Rows moved on by so many weeks."""
    out = np.zeros(array.shape)
    for late in np.unique(weeks[weeks < array.shape[1]]):
        out[weeks == late, late:] = array[weeks == late, : array.shape[1] - late]
    return out


def over(used: Any, limit: Any) -> Any:
    """Where `used` exceeds `limit` by more than rounding."""
    return used > limit * (1 + TOLERANCE) + TOLERANCE


def serve(net: SimpleNamespace) -> tuple[Any, float]:
    """Served by cell and week, and the objective: the most valuable step that stock still allows, again and again."""
    arrivals = np.zeros(net.cell_need.shape)
    came = shifted(net.sent * net.rate[:, None], net.late)
    np.add.at(arrivals, net.cell, came - shifted(came, net.stay) * (net.stay > 0)[:, None])
    served, total = np.zeros(arrivals.shape), -float((net.cost * net.sent.sum(axis=1)).sum()) - changed(net)
    has = arrivals.any(axis=1) | (net.cell_stock > 0)
    order = np.argsort(net.group, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(net.group[order])) + 1):
        if not has[group].any():
            continue
        slack = net.cell_stock[group, None] + np.cumsum(arrivals[group], axis=1)
        need, worth = net.cell_need[group], net.cell_need[group][:, :, None] * net.value[group]
        size = net.cell_weight[group] @ need
        rank = worth.sum(axis=0) / np.where(size > 0, size, 1.0)[:, None]
        # Most valuable first; of equals the latest week first, since early stock serves every later week too.
        for flat in np.lexsort((-np.repeat(np.arange(net.weeks), rank.shape[1]), -rank.ravel())):
            t, j = divmod(int(flat), rank.shape[1])
            part = np.flatnonzero(need[:, t] > 0)
            until = t + 1 if net.level[group[0]] else net.weeks
            if len(part):
                lasts = (slack[part, t:until].min(axis=1) / need[part, t]).min()
                amount = max(min(net.share[group[0], t, j], lasts), 0.0)
                slack[:, t:until] -= amount * need[:, t, None]
                served[group, t] += amount * need[:, t]
                total += amount * worth[:, t, j].sum()
    return served, total


def changed(net: SimpleNamespace) -> float:
    """What differing from the last plan costs, by lane, item and week of the weeks it reached."""
    differs: dict[Any, float] = defaultdict(float)
    for lane, item, week, quantity in net.last_sent:
        differs[int(lane), int(item), int(week)] -= quantity
    for arc, week in zip(*np.nonzero(net.sent[:, : net.change_until]), strict=True):
        differs[int(net.arc_lane[arc]), int(net.item[arc]), int(week)] += net.sent[arc, week]
    return sum(float(net.change_cost[item]) * abs(amount) for (_, item, _), amount in differs.items())


def bound(net: SimpleNamespace) -> float:
    """The exact dual at the plan's prices: what all supply and capacity cost, and what cells and arcs would gain."""
    need, stock = net.price_need_balance, net.price_supply_limit
    come = np.cumsum(net.pool_arriving, axis=1)
    total = float((stock * net.pool_arriving).sum() + need[:, 0] @ net.cell_stock)
    for name, capacity in (("route_m3", net.lane_m3), ("route_kg", net.lane_kg), ("handling_kg", net.handling_kg)):
        price = getattr(net, f"price_{name}")
        total += float((price[price > 0] * capacity[price > 0]).sum())
    lane, item, week = net.last_sent[:, :3].astype(int).T
    kept = np.zeros((len(net.lane_source) * len(net.items), net.weeks))
    kept[lane * len(net.items) + item, week] = net.price_change
    gain = np.maximum(2 * net.change_cost[item] - net.price_change, 0.0) - net.change_cost[item]
    total += float(net.last_sent[:, 3] @ gain)
    for t in range(net.weeks):
        arc = np.flatnonzero((come[net.arc_pool, t] > 0) & (t + net.late <= net.pool_last_week[net.arc_pool]))
        arc = arc[t + net.late[arc] < net.weeks]
        cell, pool, at, k = net.cell[arc], net.arc_pool[arc], net.arc_lane[arc], net.item[arc]
        kg_price = net.price_route_kg[at, t] + net.price_handling_kg[net.lane_source[at], t]
        price = stock[pool, t] - later(stock, pool, t + net.away[arc], net.away[arc]) + net.cost[arc]
        price += net.kg[k] * kg_price + net.m3[k] * net.price_route_m3[at, t] - kept[at * len(net.items) + k, t]
        price += net.change_cost[k] * (t < net.change_until)
        arrival = t + net.late[arc]
        worth = need[cell, arrival] - later(need, cell, arrival + net.stay[arc], net.stay[arc])
        total += float((come[pool, t] * np.maximum(net.rate[arc] * worth - price, 0.0)).sum())
    paid = need - np.where(net.level[:, None], np.append(need[:, 1:], np.zeros((len(need), 1)), axis=1), 0.0)
    # A step is worth its value less the price of what it takes; for a set, of everything it takes.
    gain = np.zeros((int(net.group.max(initial=-1)) + 1, *net.width.shape[1:]))
    np.add.at(gain, net.group, net.width * (net.value - paid[:, :, None]))
    return total + float(np.maximum(gain, 0.0).sum())


def later(price: Any, row: Any, week: Any, weeks: Any) -> Any:
    """The price at which something lent comes back; nought where it is given for good or comes after the horizon."""
    inside = (weeks > 0) & (week < price.shape[1])
    return np.where(inside, price[row, np.where(inside, week, 0)], 0.0)


def check_figures(document: dict[str, Any], objective: float, limit: float, gap: float) -> list[str]:
    """Objective, bound and gap as stated in the certificate and in the summary."""
    found = []
    for where, names in (("certificate", ("objective", "bound")), ("summary", ("objective", "bound", "gap"))):
        for name, value in zip(names, (objective, limit, gap), strict=False):
            stated, size = document[where].get(name), 1.0 if name == "gap" else abs(value)
            if stated is None or not abs(stated - value) <= TOLERANCE * size + 1e-9:
                found.append(f"figures: the {where} states {name} {stated}, recomputed {value:.10g}")
    if objective > limit * (1 + TOLERANCE) + TOLERANCE:
        found.append(f"figures: worth {objective:.10g}, more than its bound {limit:.10g}")
    return found


def check_tables(document: dict[str, Any], net: SimpleNamespace, served: Any) -> list[str]:
    """The tables people read say what the certificate says."""
    found = []
    days = [str(day)[:10] for day in net.week_ends.astype("datetime64[D]")]
    differs: dict[Any, float] = defaultdict(float)
    table = document["dispatches"]
    names = ("source", "recipient", "item", "mode", "week", "arrival")
    for *key, quantity in zip(*(table[name] for name in names), table["quantity"], strict=True):
        differs[tuple(key)] += quantity
    own = np.isin(np.array(net.lane_mode), OWN)[net.arc_lane]
    for arc, t in zip(*np.nonzero(net.sent * ~own[:, None]), strict=True):
        lane = net.arc_lane[arc]
        who = (net.sources[net.lane_source[lane]], net.recipients[net.lane_recipient[lane]], net.items[net.item[arc]])
        differs[*who, net.lane_mode[lane], days[t], days[t + net.late[arc]]] -= net.sent[arc, t]
    wrong = [key for key, amount in differs.items() if abs(amount) > TOLERANCE]
    if wrong:
        found.append(f"tables: {len(wrong)} dispatches differ from the certificate, such as {min(wrong)}")
    pairs = zip(net.cell_recipient, net.cell_item, strict=True)
    cell_at = {(net.recipients[r], net.items[k]): c for c, (r, k) in enumerate(pairs)}
    cover = document["coverage"]
    cells = [cell_at.get(pair, -1) for pair in zip(cover["recipient"], cover["item"], strict=True)]
    for name, values in (("need", net.cell_need.sum(axis=1)), ("served", served.sum(axis=1))):
        stated = np.zeros(len(cell_at) + 1)
        np.add.at(stated, cells, cover[name])
        bad = np.abs(stated[:-1] - values) > 1e-5 * (1 + values)
        if bad.any():
            found.append(f"tables: {name} in the coverage differs from the certificate for {int(bad.sum())} cells")
    offered, sent, rest = (np.array(document["supply_left"][n], dtype=float) for n in ("quantity", "sent", "left"))
    if (np.abs(offered - sent - rest) > TOLERANCE).any():
        found.append("tables: sent and left do not make what was offered")
    lenders = np.isin(net.lane_source, net.lane_source[np.isin(np.array(net.lane_mode), OWN)])
    true = float(net.sent[~lenders[net.arc_lane]].sum())
    if abs(sent.sum() - true) > TOLERANCE * (1 + true):
        found.append("tables: the supply sent differs from the certificate")
    return found
