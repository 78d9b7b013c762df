"""Why each recipient got what it got: two numbers decide, and they are put into a sentence.

The value of a cell's next unit stands against the cheapest price at which a unit could still be delivered. Where the
value is higher something else stops it: no lane, nothing in time, or nothing left. Prices rank what would help most;
a promise of *how much* it would help is made only after the plan was solved again with the change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.allocation.explain_terms import has_terms, notes, reason_of_none, short_parts
from yuanshou.allocation.explicit import arc_prices, cheapest_delivery
from yuanshou.allocation.messages import MESSAGES, NOTES
from yuanshou.allocation.network import Allocation, Prices, SupplyNetwork
from yuanshou.allocation.serving import arrivals_of, serve
from yuanshou.errors import AllocationError
from yuanshou.tables import BoolArray, FloatArray, IntArray


def explain(allocation: Allocation, *, language: str = "en") -> pd.DataFrame:
    """One row for every recipient and item with need: the deciding numbers, the reason and a sentence.

    Columns recipient, item, need, served, coverage, next_value (objective units of one more unit), price (cheapest
    delivered price), limit (largest part of that price), source, mode, first_week (earliest arrival), reason, sentence.
    """
    network, prices, plan = parts(allocation)
    return explain_network(network, prices, plan, language=language, policy=allocation.policy)


def explain_network(
    network: SupplyNetwork, prices: Prices, plan: FloatArray, *, language: str = "en", policy: str = ""
) -> pd.DataFrame:
    """The same from the arrays, such as a plan's certificate holds; terms of sharing are named where they decide."""
    served, _ = serve(network, arrivals_of(network, plan))
    price = cheapest_delivery(network, prices)
    value, week = next_value(network, served, within=np.isfinite(price))
    frame = _frame(network, served, value, week, price)
    cheapest = _cheapest_arc(network, prices, week)
    _add_reasons(frame, network, prices, cheapest, week)
    further = _add_terms(frame, network, plan) if has_terms(network) else [{}] * len(frame)
    frame["sentence"] = [
        sentence({**row, **more}, language=language)
        for row, more in zip(frame.to_dict("records"), further, strict=True)
    ]
    if has_terms(network) or policy == "max_min":
        met = (frame["reason"] == "met").to_numpy()
        added = notes(network, plan, met, policy=policy, language=language)
        frame["sentence"] = [f"{a} {b}".strip() for a, b in zip(frame["sentence"], added, strict=True)]
    return frame


def _add_terms(frame: pd.DataFrame, network: SupplyNetwork, plan: FloatArray) -> list[dict[str, str]]:
    """Put a term in place of the reason where it is what decides, and return its words by cell."""
    words: list[dict[str, str]] = []
    sets, reasons = short_parts(network, plan), []
    for c, (reason, none) in enumerate(zip(frame["reason"], reason_of_none(network), strict=True)):
        key, values = none
        bundle, part, own = sets.get(c, ("", "", True))
        if reason not in ("met", "late") and c in sets and np.diff(network.arc_start)[c] > 0:
            key, values = ("own_part" if own else "other_part"), {"bundle": bundle, "part": part}
        reasons.append(key or reason)
        words.append(values)
    frame["reason"] = reasons
    return words


def parts(allocation: Allocation) -> tuple[SupplyNetwork, Prices, FloatArray]:
    """The arrays behind an allocation."""
    if allocation.network is None or allocation.prices is None or allocation.dispatch is None:
        raise AllocationError(
            "an allocation without its network",
            "one made by allocate()",
            "make the plan again, or read its certificate",
        )
    return allocation.network, allocation.prices, allocation.dispatch


def next_value(network: SupplyNetwork, served: FloatArray, *, within: BoolArray) -> tuple[FloatArray, IntArray]:
    """(C,) value of one more unit in the week `within` reach where it would count most, and that week; 0 if none."""
    shape = (network.cells, network.weeks, network.tier_share.shape[1])
    share = np.broadcast_to(
        network.tier_share.reshape(-1, network.weeks if len(network.tier_share) > 1 else 1, shape[2]), shape
    )
    value = np.broadcast_to(
        network.tier_value.reshape(-1, network.weeks if len(network.tier_value) > 1 else 1, shape[2]), shape
    )
    need = network.cell_need
    full = served[:, :, None] >= np.cumsum(share, axis=2) * need[:, :, None] * (1 - 1e-9) - 1e-9
    open_step = np.where(full | (need[:, :, None] == 0) | ~within[:, :, None], 0.0, value).max(axis=2)
    worth = open_step * network.cell_weight[:, None]
    week = worth.argmax(axis=1)
    return worth[np.arange(len(week)), week], week


def _frame(
    network: SupplyNetwork, served: FloatArray, value: FloatArray, week: IntArray, price: FloatArray
) -> pd.DataFrame:
    need = network.cell_need.sum(axis=1)
    reach = np.isfinite(price)
    first = np.where(reach.any(axis=1), reach.argmax(axis=1), -1)
    first_day = network.week_ends[np.maximum(first, 0)].astype("datetime64[ns]")
    return pd.DataFrame(
        {
            "recipient": np.array(network.recipients, dtype=object)[network.cell_recipient],
            "item": np.array(network.items, dtype=object)[network.cell_item],
            "need": need,
            "served": served.sum(axis=1),
            "coverage": served.sum(axis=1) / need,
            "next_value": value,
            "price": price[np.arange(len(week)), week],
            "first_week": pd.Series(np.where(first >= 0, first_day, np.datetime64("NaT"))),
        }
    )


def _cheapest_arc(network: SupplyNetwork, prices: Prices, week: IntArray) -> tuple[IntArray, IntArray]:
    """(C,) arc and dispatch week of the cheapest unit usable in each cell's `week`; −1 where there is none."""
    cell = network.arc_cell
    lead = network.lane_weeks[network.arc_lane]
    usable = network.usable()
    item = network.pool_item[network.arc_pool]
    source = network.lane_source[network.arc_lane]
    best = np.full(len(cell), np.inf)
    best_week = np.zeros(len(cell), dtype=np.int64)
    terms = arc_prices(network, prices) / network.arc_rate[:, None] if network.exact_terms else None
    for t in range(network.weeks):
        price = arc_price(network, prices, t, item, source) if terms is None else terms[:, t]
        better = usable[:, t] & (t + lead <= week[cell]) & (price < best)
        best[better], best_week[better] = price[better], t
    order = np.lexsort((best, cell))
    arc = np.full(network.cells, -1)
    filled = np.diff(network.arc_start) > 0
    arc[filled] = order[network.arc_start[:-1][filled]]
    arc[filled] = np.where(np.isfinite(best[arc[filled]]), arc[filled], -1)
    return arc, best_week[np.maximum(arc, 0)] if len(best_week) else np.zeros(network.cells, dtype=np.int64)


def arc_price(network: SupplyNetwork, prices: Prices, t: int, item: IntArray, source: IntArray) -> FloatArray:
    """(N,) delivered price of one unit dispatched in week `t` over every arc."""
    lane = network.arc_lane
    return np.asarray(
        prices.supply_limit[network.arc_pool, t]
        + network.m3[item] * prices.route_m3[lane, t]
        + network.kg[item] * (prices.route_kg[lane, t] + prices.handling_kg[source, t])
        + network.unit_cost
    )


def _add_reasons(
    frame: pd.DataFrame,
    network: SupplyNetwork,
    prices: Prices,
    cheapest: tuple[IntArray, IntArray],
    week: IntArray,
) -> None:
    arc, t = cheapest
    known = arc >= 0
    at = np.maximum(arc, 0)
    if not len(network.arc_lane):
        frame["limit"], frame["source"], frame["mode"], frame["reason"] = "none", "", "", "no_supply"
        return
    lane, pool = network.arc_lane[at], network.arc_pool[at]
    item, source = network.pool_item[pool], network.lane_source[lane]
    contributions = np.stack(
        [
            prices.supply_limit[pool, t],
            network.m3[item] * prices.route_m3[lane, t] + network.kg[item] * prices.route_kg[lane, t],
            network.kg[item] * prices.handling_kg[source, t],
        ]
    )
    names = np.array(["supply", "route", "handling"], dtype=object)
    limit = np.where(contributions.max(axis=0) > 0, names[contributions.argmax(axis=0)], "balance")
    frame["limit"] = np.where(known, limit, "none")
    frame["source"] = np.where(known, np.array(network.sources, dtype=object)[source], "")
    frame["mode"] = np.where(known, np.array(network.lane_mode, dtype=object)[lane], "")
    met = (frame["coverage"] >= 1 - 1e-9).to_numpy()
    has_arc = np.diff(network.arc_start) > 0
    late = has_arc & (frame["next_value"] <= 0).to_numpy()
    frame["reason"] = np.select(
        [met, late, ~has_arc & _earmarked(network), ~has_arc],
        [np.full(len(met), word, dtype=object) for word in ("met", "late", "earmarked", "no_supply")],
        default=frame["limit"].to_numpy(object),
    )


def _earmarked(network: SupplyNetwork) -> BoolArray:
    """(C,) whether some pool of the item has a lane to the recipient but is earmarked for others."""
    lanes = np.zeros((len(network.recipients), len(network.sources)), dtype=bool)
    lanes[network.lane_recipient, network.lane_source] = True
    holds = np.zeros((len(network.sources), len(network.items)), dtype=bool)
    holds[network.pool_source, network.pool_item] = True
    within_reach = (lanes.astype(np.int32) @ holds.astype(np.int32)) > 0
    return within_reach[network.cell_recipient, network.cell_item]


def sentence(row: Mapping[Any, object], *, language: str = "en") -> str:
    """The deciding numbers of a cell in one sentence, in English, French, Spanish, Russian, Chinese or Arabic.

    >>> sentence({"reason": "met", "need": 1200.0, "served": 1200.0, "coverage": 1.0})
    'All 1,200 needed are covered.'
    """
    words = {str(name): _words(str(name), value) for name, value in row.items()}
    reason = str(row["reason"])
    return (MESSAGES[language].get(reason) or NOTES[language][reason]).format(**words)


def _words(name: str, value: object) -> str:
    if name == "coverage":
        return f"{float(value):.0%}"  # type: ignore[arg-type]
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float) and name in ("need", "served"):
        return f"{value:,.0f}"
    if not isinstance(value, float):
        return str(value)
    # Three significant figures, and never an exponent: 15,900 is read faster than 1.59e+04.
    return f"{float(f'{value:.3g}'):,.0f}" if 1000 <= abs(value) < np.inf else f"{value:.3g}"
