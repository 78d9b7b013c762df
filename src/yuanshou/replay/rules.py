"""The rules a replay compares: what each looks at, and what it sends this week.

Every rule sees the same `WeekView` and plans with the product's own allocation; they differ in the need they
believe in and in the policy they share by. A user's rule is a Python function of the same view.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from yuanshou.allocation.decide import decide
from yuanshou.allocation.policy import AllocationPolicy
from yuanshou.allocation.result import dispatch_table
from yuanshou.allocation.scenarios import Uncertainty
from yuanshou.errors import SettingError
from yuanshou.needs.quantify import Needs
from yuanshou.replay.world import REPLAY_GAP
from yuanshou.sources.supply import AidSupply
from yuanshou.tables import FloatArray

SUPPLY_MEMORY_WEEKS = 4
"""Weeks whose supply stands for that of the coming ones."""


@dataclass(frozen=True, eq=False)
class WeekView:
    """What a rule may look at on one Monday.

    Attributes
    ----------
    as_of, week : the day and its index. needs : over the horizon, net of stock and goods on the way.
    gross : the same before netting. supply : offers known and left, lanes that are open.
    reported : (P,) cases reported in the last complete week. rng : the rule's own chance.
    method, gap : how the allocation is solved, and to which proven share of the optimum.
    foresight : need that will truly come (P, K, H), for the two rules of foresight only.
    left_before : every offer that could leave by this week, whole, whether it was sent or not.
    """

    as_of: date
    week: int
    needs: Needs
    gross: Needs
    supply: AidSupply
    reported: FloatArray
    rng: np.random.Generator
    method: str = "auto"
    gap: float = REPLAY_GAP
    foresight: FloatArray | None = None
    left_before: pd.DataFrame = field(default_factory=pd.DataFrame)


Rule = Callable[[WeekView], pd.DataFrame]


def planned(
    view: WeekView, needs: Needs, policy: AllocationPolicy, uncertainty: Uncertainty | None = None
) -> pd.DataFrame:
    """The dispatches of this week in the plan for these needs by this policy; empty where nothing is needed."""
    if not (needs.draws > 0).any() or view.supply.offers.empty:
        return pd.DataFrame(columns=["offer", "source", "recipient", "item", "mode", "week", "quantity"])
    decided = decide(needs, view.supply, policy=policy, method=view.method, uncertainty=uncertainty, gap=view.gap)
    plan = dispatch_table(*decided)
    return plan[plan["week"] == pd.Timestamp(needs.week_ends[0])]


def point(needs: Needs, values: FloatArray) -> Needs:
    """The same needs believed to be exactly `values` (P, K, H)."""
    return replace(needs, draws=np.asarray(values, dtype=np.float32)[..., None])


def default(view: WeekView) -> pd.DataFrame:
    """Need under uncertainty: steps valued by the probability that need reaches them."""
    return planned(view, view.needs, AllocationPolicy())


def kept_at_hub(view: WeekView) -> pd.DataFrame:
    """The default rule, with scarce goods kept at the hub until they are needed."""
    return planned(view, view.needs, AllocationPolicy(), Uncertainty(wait=True))


def two_stage(view: WeekView) -> pd.DataFrame:
    """Planned for sixteen paths of need at once, and kept where it is worth more on them."""
    return planned(view, view.needs, AllocationPolicy(), Uncertainty(mode="two_stage"))


def supply_goes_on(view: WeekView) -> pd.DataFrame:
    """The default rule, expecting the supply of the coming weeks to be that of the last ones."""
    expecting = replace(view.supply, offers=with_expected_offers(view))
    return planned(replace(view, supply=expecting), view.needs, AllocationPolicy())


def with_expected_offers(view: WeekView) -> pd.DataFrame:
    """Offers known, and for each later week what its source usually has of an item beyond those, by the last weeks.

    Nothing of what is only expected can leave this week; it only tells the plan what need not be kept for later.
    """
    known, past = view.supply.offers, view.left_before
    stamp = pd.Timestamp(view.needs.week_ends[0])
    age = (stamp - pd.to_datetime(past["available"])).dt.days // 7
    weeks = min(SUPPLY_MEMORY_WEEKS, view.week + 1)
    keys = ["source", "item", "earmark"]
    usual = past[age < weeks].groupby(keys)["quantity"].sum() / weeks
    added = []
    for number, end in enumerate(pd.DatetimeIndex(view.needs.week_ends[1:]), start=1):
        day = pd.to_datetime(known["available"])
        inside = known[(day > end - pd.Timedelta(days=7)) & (day <= end)].groupby(keys)["quantity"].sum()
        missing = (usual - inside.reindex(usual.index).fillna(0)) // 1
        more = missing[missing >= 1].rename("quantity").reset_index()
        codes = [f"EXPECTED-{number}-{row}" for row in range(len(more))]
        added.append(more.assign(offer=codes, donor="expected", available=end, expires=pd.Series(pd.NaT, index=more.index), status="assumed",
                                 basis="assumed", known_by=stamp, source_note="as in the last weeks"))  # fmt: skip
    rows = pd.concat([frame.astype({"quantity": np.int64}) for frame in added if len(frame)] or [known.head(0)])
    return pd.concat([known, rows[known.columns]], ignore_index=True) if len(rows) else known


def expected(view: WeekView) -> pd.DataFrame:
    """Need by its median, as if it were certain."""
    return planned(view, point(view.needs, np.median(view.needs.draws, axis=3)), AllocationPolicy())


def max_min(view: WeekView) -> pd.DataFrame:
    """The worst served comes first."""
    return planned(view, view.needs, AllocationPolicy(name="max_min"))


def proportional_forecast(view: WeekView) -> pd.DataFrame:
    """In proportion to forecast need."""
    return planned(view, point(view.needs, np.median(view.needs.draws, axis=3)), AllocationPolicy(name="proportional"))


def proportional_reported(view: WeekView) -> pd.DataFrame:
    """In proportion to the cases reported last week, whatever is needed."""
    total = np.median(view.gross.draws, axis=3).sum(axis=0)
    share = view.reported / max(float(view.reported.sum()), 1.0)
    return planned(view, point(view.needs, share[:, None, None] * total[None]), AllocationPolicy(name="proportional"))


def per_head(view: WeekView) -> pd.DataFrame:
    """In proportion to population, as the first phase of 2020's vaccine sharing did."""
    return planned(view, view.gross, AllocationPolicy(name="per_head"))


def first_come(view: WeekView) -> pd.DataFrame:
    """Whoever asked first: places in the order in which they reported their first cases."""
    return planned(view, view.needs, AllocationPolicy(name="first_come"))


def random(view: WeekView) -> pd.DataFrame:
    """Places in an order drawn afresh every week."""
    order = view.rng.permutation(len(view.needs.places))
    weights = {place: float(1 + rank) for place, rank in zip(view.needs.places, order, strict=True)}
    return planned(view, view.needs, AllocationPolicy(name="priority", place_weights=weights))


def perfect_foresight(view: WeekView) -> pd.DataFrame:
    """The plan of someone who knows what will come; nobody can do better with the same serving rule."""
    assert view.foresight is not None
    return planned(view, point(view.needs, view.foresight), AllocationPolicy())


def foresight_of_need(view: WeekView) -> pd.DataFrame:
    """The plan of someone who knows the need that will come, and of offers only what is known: what forecasts cost."""
    assert view.foresight is not None
    return planned(view, point(view.needs, view.foresight), AllocationPolicy())


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        default, supply_goes_on, kept_at_hub, two_stage, expected, max_min, proportional_reported, proportional_forecast, per_head, first_come, random,
        foresight_of_need, perfect_foresight,
    )
}  # fmt: skip


def find_rule(name: str) -> Rule:
    """A rule by name, or a user's own as FILE.py:FUNCTION.

    Raises
    ------
    SettingError : no such rule, file or function.
    """
    if name in RULES:
        return RULES[name]
    file, _, function = name.partition(":")
    if not function or not Path(file).is_file():
        raise SettingError(f"rule {name!r}", f"one of {', '.join(RULES)}, or FILE.py:FUNCTION", "check the name")
    spec = importlib.util.spec_from_file_location(Path(file).stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not callable(getattr(module, function, None)):
        raise SettingError(f"no function {function} in {file}", "a function of one WeekView", "define it there")
    rule: Rule = getattr(module, function)
    return rule
