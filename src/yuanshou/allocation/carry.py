"""Prices of one plan as the beginning of the next: a what-if, or the plan a week later."""

from __future__ import annotations

from typing import Any

import numpy as np

from yuanshou.allocation.network import Prices, SupplyNetwork
from yuanshou.tables import FloatArray, IntArray


def carried_prices(prices: Prices, before: SupplyNetwork, after: SupplyNetwork) -> Prices:
    """The prices of `before` for the sources, lanes and weeks of `after`, matched by name and date.

    Pools are matched by source, item, recipients and last week, then by source and item, then by item; weeks behind
    the last known one take its prices; what is new on the way has no price yet. `solve_prices(after, warm=...)`
    begins from the result: any prices prove a bound, so a poor match costs time and never correctness.

    Parameters
    ----------
    prices : of a plan for `before`; supply_limit (P, T), route_m3 and route_kg (A, T), handling_kg (S, T).
    """
    week = np.clip(np.searchsorted(before.week_ends, after.week_ends), 0, before.weeks - 1)
    lane = _matched(_lane_keys(before), _lane_keys(after))
    source = _matched([(name,) for name in before.sources], [(name,) for name in after.sources])
    return Prices(
        supply_limit=_pool_prices(prices, before, after)[:, week],
        route_m3=_rows(prices.route_m3, lane)[:, week],
        route_kg=_rows(prices.route_kg, lane)[:, week],
        handling_kg=_rows(prices.handling_kg, source)[:, week],
    )


def _lane_keys(network: SupplyNetwork) -> list[tuple[Any, ...]]:
    ends = zip(network.lane_source.tolist(), network.lane_recipient.tolist(), network.lane_mode, strict=True)
    return [(network.sources[s], network.recipients[r], mode) for s, r, mode in ends]


def _pool_keys(network: SupplyNetwork) -> list[tuple[Any, ...]]:
    """Item, source, last date and recipients of every pool: the first one, two or four name it ever more closely."""
    groups = [
        frozenset(network.recipients[r] for r in np.flatnonzero(row))
        for row in np.asarray(network.group_recipients, dtype=bool)
    ]
    rows = zip(network.pool_item, network.pool_source, network.pool_last_week, network.pool_group, strict=True)
    return [
        (
            network.items[k],
            network.sources[s],
            str(network.week_ends[min(last, network.weeks - 1)]),
            groups[g] if g >= 0 else None,
        )
        for k, s, last, g in rows
    ]


def _pool_prices(prices: Prices, before: SupplyNetwork, after: SupplyNetwork) -> FloatArray:
    """(pools of after, weeks of before): the closest match of each pool, 0 for an item nobody had."""
    old, new = _pool_keys(before), _pool_keys(after)
    at = np.full(len(new), -1)
    for length in (4, 2, 1):
        found = _matched([key[:length] for key in old], [key[:length] for key in new])
        at = np.where(at >= 0, at, found)
    return _rows(prices.supply_limit, at)


def _matched(old: list[tuple[Any, ...]], new: list[tuple[Any, ...]]) -> IntArray:
    """(new,) position of the first equal key among the old, −1 where there is none."""
    position = {key: i for i, key in reversed(list(enumerate(old)))}
    return np.array([position.get(key, -1) for key in new], dtype=np.int64)


def _rows(values: FloatArray, at: IntArray) -> FloatArray:
    """The rows of `values`, 0 where the position is −1."""
    if not len(values):
        return np.zeros((len(at), values.shape[1]))
    return np.asarray(np.where((at >= 0)[:, None], values[at], 0.0))
