"""What "fair" and "urgent" mean in a plan: one frozen value a person can read, print and argue about.

A *weight* says how much the first unit served to a recipient is worth; a *step* (tier) says how the worth falls
as coverage grows. Weights set who goes first, steps set how soon the next one gets a turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from yuanshou.errors import SettingError
from yuanshou.tables import FloatArray

POLICIES = ("need", "max_min", "waterfill", "proportional", "per_head", "first_come", "two_phase", "priority")
"""need and max_min are optimised. The others are rules applied week by week, as people apply them by hand."""

RULES = ("waterfill", "proportional", "per_head", "first_come", "two_phase", "priority")

SEVERITY = {
    "PPE": 1.0,
    "Diagnostics": 1.0,
    "Biomedical": 1.5,
    "Consumable": 1.5,
    "Medicine": 1.5,
    "Hygiene": 0.7,
}
"""How severe it is to go without an item of the group, relative to protective equipment (assumed; override freely)."""

VULNERABILITY = {
    "Low income": 1.5,
    "Lower middle income": 1.3,
    "Upper middle income": 1.15,
    "High income": 1.0,
}
"""How much harder a shortage falls where fewer means exist to buy a way out (assumed; override freely)."""


@dataclass(frozen=True)
class AllocationPolicy:
    """The rule a plan follows.

    Attributes
    ----------
    name : one of `POLICIES`.
    alpha : inequality aversion of the steps: 0 cares for totals only, 2 (default) gives nearly all of the floor that
        max-min gives for a few per cent of efficiency, large values approach max-min.
    steps : number of steps between nothing and the need planned for.
    need_quantile : the quantile of the need's draws that is planned for, 0.5 = median.
    equity_floor : first share of every need that is protected: served before anything else. 0 = none.
    floor_bonus : how many times more the protected share is worth.
    severity, vulnerability : weight by item group and by income group of 2020.
    item_weights, place_weights, pair_weights : a user's own factors by item, by place, and by "place item", on top.
    cost_weight : objective units per US$ of freight; small, so that cost only breaks ties.
    shelf_life_days_min : days of shelf life that must be left at arrival.
    population_share : share of population that the first phase of `two_phase` covers (0.03 and 0.20 in 2020).
    change_penalty : cost of one unit more or less than in the last plan, as a share of what a typical first unit is
        worth; only where a last plan is given.
    least_consignment_kg : least mass of any consignment, beside what single lanes ask for; 0 = none.
    """

    name: str = "need"
    alpha: float = 2.0
    steps: int = 5
    need_quantile: float = 0.5
    equity_floor: float = 0.0
    floor_bonus: float = 10.0
    severity: Mapping[str, float] = field(default_factory=lambda: dict(SEVERITY))
    vulnerability: Mapping[str, float] = field(default_factory=lambda: dict(VULNERABILITY))
    item_weights: Mapping[str, float] = field(default_factory=dict)
    place_weights: Mapping[str, float] = field(default_factory=dict)
    cost_weight: float = 1e-3
    shelf_life_days_min: int = 0
    population_share: float = 0.2
    pair_weights: Mapping[str, float] = field(default_factory=dict)
    change_penalty: float = 0.05
    least_consignment_kg: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in POLICIES:
            raise SettingError(f"policy {self.name!r}", f"one of {', '.join(POLICIES)}", "choose one of these")
        _within("alpha", self.alpha, 0, 50)
        _within("steps", self.steps, 1, 50)
        _within("need_quantile", self.need_quantile, 0.01, 0.99)
        _within("equity_floor", self.equity_floor, 0, 1)
        _within("floor_bonus", self.floor_bonus, 1, 1e4)
        _within("cost_weight", self.cost_weight, 0, 1e3)
        _within("shelf_life_days_min", self.shelf_life_days_min, 0, 3650)
        _within("population_share", self.population_share, 0, 1)
        _within("change_penalty", self.change_penalty, 0, 10)
        _within("least_consignment_kg", self.least_consignment_kg, 0, 1e7)
        own = (self.item_weights, self.place_weights, self.pair_weights)
        for mapping in (self.severity, self.vulnerability, *own):
            for key, value in mapping.items():
                _within(f"weight of {key}", value, 0, 1e6)


def _within(name: str, value: float, low: float, high: float) -> None:
    if not (np.isfinite(value) and low <= value <= high):
        raise SettingError(f"{name} = {value}", f"a number from {low:g} to {high:g}", f"set {name} within this range")


def step_edges(policy: AllocationPolicy) -> FloatArray:
    """(J + 1,) edges of the steps as shares of the need planned for; a protected floor is a step of its own.

    >>> step_edges(AllocationPolicy(steps=4)).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    steps = 10 if policy.name == "max_min" else policy.steps
    edges = np.linspace(0.0, 1.0, steps + 1)
    if 0 < policy.equity_floor < 1:
        edges = np.unique(np.append(edges, policy.equity_floor))
    return edges


def coverage_value(coverage: FloatArray, *, alpha: float) -> FloatArray:
    """u(f) = ∫₀ᶠ ((z + 0.1) / 0.1)^(−α) dz: the value of serving the share f of a need, alpha-fair, u'(0) = 1."""
    if alpha == 0:
        return coverage
    if abs(alpha - 1) < 1e-12:
        return np.asarray(0.1 * np.log1p(coverage / 0.1))
    return np.asarray(0.1 / (1 - alpha) * ((1 + coverage / 0.1) ** (1 - alpha) - 1))


def step_values(edges: FloatArray, draws: FloatArray, *, alpha: float) -> FloatArray:
    """(..., J) slope of V(c) = E[n · u(min(c / n, 1))] between the edges: a step counts as often as need reaches it.

    Parameters
    ----------
    edges : (..., J + 1) quantities. draws : (..., N) draws of the need n.

    V is concave for every alpha ≥ 0, so that the slopes never rise.
    """
    value = np.zeros(edges.shape)
    for j in range(1, edges.shape[-1]):
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(draws > 0, np.minimum(edges[..., j, None] / draws, 1.0), 0.0)
        value[..., j] = (draws * coverage_value(share, alpha=alpha)).mean(axis=-1)
    width = np.diff(edges, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = np.where(width > 0, np.diff(value, axis=-1) / width, 0.0)
    return np.asarray(np.minimum.accumulate(slopes, axis=-1))


def equity_floor(edges: FloatArray, values: FloatArray, policy: AllocationPolicy) -> FloatArray:
    """Step values with the protected first share worth `floor_bonus` times more: a floor that can never be infeasible.

    Where supply cannot reach even the floors, the scarce units still go to floors first, by weight.
    """
    if policy.name == "max_min":
        # Every step is worth far more than the next, so that no one's second step goes before anyone's first.
        return np.broadcast_to(8.0 ** -np.arange(values.shape[-1]), values.shape).copy()
    if policy.equity_floor == 0:
        return values
    protected = edges[1:] <= policy.equity_floor + 1e-12
    return values * np.where(protected, policy.floor_bonus, 1.0)
