"""The supply network as arrays: sources, recipients, items, weeks and lanes between them."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from yuanshou.tables import DateArray, FloatArray


@dataclass(frozen=True, eq=False)
class Allocation:
    """Who gets what, from where, when; and what it would take to do better.

    Attributes
    ----------
    dispatches : frame offer, source, recipient, item, mode, week (dispatch week_end), arrival (week_end), quantity
        (base units), kg, m3, usd.
    coverage : frame recipient, item, week, need_median, need_p05, need_p95, need (the one planned
        for), received, served, unmet, stock_end.
    shadow_prices : frame block (supply_limit, route_capacity, need_balance, ...), source, recipient, item, week, mode,
        price, unit.
    objective, bound, gap : of the maximisation, in the unit the policy names; gap = (bound − objective)/|bound|.
    policy, method : names. settings : everything that made it, plain types only.
    """

    sources: tuple[str, ...]
    recipients: tuple[str, ...]
    items: tuple[str, ...]
    week_ends: DateArray
    dispatches: pd.DataFrame
    coverage: pd.DataFrame
    shadow_prices: pd.DataFrame
    objective: float
    bound: float
    gap: float
    policy: str
    method: str
    settings: dict[str, object]
    supply_left: pd.DataFrame
    need: FloatArray
