"""Rules beside those of the product, one change each, to see in a replay what a part of the default rule is worth.

They are rules as a user would write them: a function of one `WeekView` that returns this week's dispatches.

    yuanshou replay --rules default,benchmarks/replay_rules.py:totals_only,perfect_foresight --seeds 1 --out replay/
"""

from __future__ import annotations

import pandas as pd

from yuanshou.allocation.policy import AllocationPolicy
from yuanshou.replay.rules import WeekView, planned


def totals_only(view: WeekView) -> pd.DataFrame:
    """No aversion to inequality: every piece counts alike, whoever gets it."""
    return planned(view, view.needs, AllocationPolicy(alpha=0.0, steps=1))


def floor_5(view: WeekView) -> pd.DataFrame:
    """The first 5 % of every need are protected."""
    return planned(view, view.needs, AllocationPolicy(equity_floor=0.05))


def floor_20(view: WeekView) -> pd.DataFrame:
    """The first 20 % of every need are protected."""
    return planned(view, view.needs, AllocationPolicy(equity_floor=0.2))


def fine_steps(view: WeekView) -> pd.DataFrame:
    """Twenty steps of coverage in place of five, so that the first ends at 5 % of need and not at 20 %."""
    return planned(view, view.needs, AllocationPolicy(steps=20))
