"""The method for the world and for facilities: find prices at which supply and need agree, and prove how near they are.

The limits on stock, lanes and sources get prices. A projected quasi-Newton method lowers the smoothed dual while the
temperature falls; the dispatches that the cells answer with are then repaired into a plan within every limit, and the
exact, unsmoothed dual at the final prices bounds every plan from above. Whatever happened on the way, the two numbers
are a proof.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from yuanshou.allocation.bound import delivered_price, dual_bound, pool_first_week
from yuanshou.allocation.network import Prices, SupplyNetwork, with_stock_as_supply
from yuanshou.allocation.repair import repair
from yuanshou.allocation.serving import plan_value
from yuanshou.allocation.smoothing import smoothed_pass
from yuanshou.tables import FloatArray, IntArray

SCHEDULE = ((0.1, 20), (0.03, 30), (0.01, 60), (0.005, 80), (0.0025, 120), (0.00125, 160), (0.0006, 200))
"""Temperatures, in units of a typical first step's value, and iterations at each."""

COARSE = SCHEDULE[:4]
"""Good enough to say how far a rule is from what is possible."""

BLOCKS = 8
"""Cells are summed in as many blocks on every machine, so that the number of cores does not change a plan's digits."""


@dataclass(frozen=True, eq=False)
class PricedPlan:
    """Dispatches (N, T), prices, and the two numbers that prove the plan: objective ≤ optimum ≤ bound."""

    plan: FloatArray
    prices: Prices
    objective: float
    bound: float
    passes: int

    @property
    def gap(self) -> float:
        return (self.bound - self.objective) / abs(self.bound) if self.bound else 0.0


class SmoothedDual:
    """The smoothed dual of one network as a function of one vector z ≥ 0 of scaled prices.

    The vector holds μ for every pool and week, with stock price λ_t = Σ_{u ≥ t} μ_u, so that stock prices never rise
    over weeks; then the prices of every finite lane and source capacity. Amounts of item k are counted in units of
    `value_unit[k]`, so that a typical first step is worth 1 whatever the item.
    """

    def __init__(self, network: SupplyNetwork) -> None:
        self.network = network
        self.value_unit = _value_units(network)
        item = network.pool_item[network.arc_pool]
        unit = self.value_unit[item]
        self.m3, self.kg = network.m3[item] / unit, network.kg[item] / unit
        self.cost = network.unit_cost / unit
        cell_unit = self.value_unit[network.cell_item]
        self.need = network.cell_need * cell_unit[:, None]
        self.weight = network.cell_weight / cell_unit
        self.supply = np.cumsum(network.pool_arriving, axis=1) * self.value_unit[network.pool_item][:, None]
        self.first = pool_first_week(network)
        self.finite = [np.isfinite(c) for c in (network.lane_m3, network.lane_kg, network.handling_kg)]
        self.capacity = [
            c[f] for c, f in zip((network.lane_m3, network.lane_kg, network.handling_kg), self.finite, strict=True)
        ]
        self.blocks = _blocks(network, BLOCKS)
        self.flow = np.zeros((0, network.weeks))
        self.passes = 0
        pool_size = self.supply.size
        self.edges = np.cumsum([0, pool_size, *(len(c) for c in self.capacity)])
        self.limit = np.concatenate([self.supply.ravel(), *self.capacity])
        self.scale = self._scale()

    def _scale(self) -> FloatArray:
        """One over the root of a typical curvature of each price: what it limits, times the size of a unit."""
        size_m3 = float(np.mean(self.m3)) if len(self.m3) else 1.0
        size_kg = float(np.mean(self.kg)) if len(self.kg) else 1.0
        sizes = np.repeat([1.0, size_m3, size_kg, size_kg], np.diff(self.edges))
        curvature = self.limit * sizes
        floor = 1e-6 * float(curvature.max(initial=1.0))
        return 1.0 / np.sqrt(np.maximum(curvature, max(floor, 1e-300)))

    def split(self, z: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Stock price (P, T), lane prices per m³ and per kg (A, T) without handling, handling price (S, T)."""
        price = z * self.scale
        rise = price[: self.edges[1]].reshape(self.supply.shape)
        stock = np.ascontiguousarray(np.cumsum(rise[:, ::-1], axis=1)[:, ::-1])
        shared = []
        for i, finite in enumerate(self.finite):
            full = np.zeros(finite.shape)
            full[finite] = price[self.edges[i + 1] : self.edges[i + 2]]
            shared.append(full)
        return stock, shared[0], shared[1], shared[2]

    def __call__(self, z: FloatArray, temperature: float, *, keep: bool = False) -> tuple[float, FloatArray]:
        """Value and gradient of the smoothed dual by z; with `keep` the flows are left in `self.flow`."""
        network, weeks = self.network, self.network.weeks
        stock, m3_price, kg_price, handling = self.split(z)
        pool_use = np.zeros((len(self.blocks) - 1, *stock.shape))
        m3_use, kg_use = np.zeros(m3_price.shape), np.zeros(kg_price.shape)
        self.flow = np.zeros((len(network.arc_lane) if keep else 0, weeks), dtype=np.float32)
        surplus = smoothed_pass(
            temperature,
            self.blocks,
            network.arc_start,
            network.arc_lane,
            network.arc_pool,
            network.lane_weeks,
            self.first,
            network.pool_last_week,
            self.m3,
            self.kg,
            self.cost,
            self.need,
            network.tier_share,
            network.tier_value,
            self.weight,
            stock,
            m3_price,
            kg_price + handling[network.lane_source],
            pool_use,
            m3_use,
            kg_use,
            self.flow,
        )
        self.passes += 1
        handled = np.zeros(handling.shape)
        if self.finite[2].any():
            for t in range(weeks):
                handled[:, t] = np.bincount(network.lane_source, weights=kg_use[:, t], minlength=len(handled))
        used = np.concatenate(
            [
                np.cumsum(pool_use.sum(axis=0), axis=1).ravel(),
                m3_use[self.finite[0]],
                kg_use[self.finite[1]],
                handled[self.finite[2]],
            ]
        )
        return float(surplus + self.limit @ (z * self.scale)), (self.limit - used) * self.scale

    def prices(self, z: FloatArray) -> Prices:
        """The prices of z per base unit, m³ and kg."""
        stock, m3_price, kg_price, handling = self.split(z)
        return Prices(
            supply_limit=stock * self.value_unit[self.network.pool_item][:, None],
            route_m3=m3_price,
            route_kg=kg_price,
            handling_kg=handling,
        )

    def start(self, prices: Prices) -> FloatArray:
        """The vector z of given prices: a warm start."""
        stock = prices.supply_limit / self.value_unit[self.network.pool_item][:, None]
        rise = np.maximum(stock - np.append(stock[:, 1:], np.zeros((len(stock), 1)), axis=1), 0.0)
        shared = [
            p[f] for p, f in zip((prices.route_m3, prices.route_kg, prices.handling_kg), self.finite, strict=True)
        ]
        return np.asarray(np.concatenate([rise.ravel(), *shared]) / self.scale)

    def plan(self) -> FloatArray:
        """The flows kept by the last call, in base units."""
        unit = self.value_unit[self.network.pool_item[self.network.arc_pool]]
        return np.asarray(self.flow / unit[:, None])


def _value_units(network: SupplyNetwork) -> FloatArray:
    """(K,) typical value of the first step of one base unit of each item."""
    weight = network.cell_weight * float(network.tier_value[:, 0].max(initial=1.0))
    total = np.bincount(network.cell_item, weights=weight, minlength=len(network.items))
    count = np.bincount(network.cell_item, minlength=len(network.items))
    mean = total / np.maximum(count, 1)
    return np.where(mean > 0, mean, 1.0)


def _blocks(network: SupplyNetwork, count: int) -> IntArray:
    """Edges of runs of cells with about equally many arcs, never cutting a recipient."""
    recipient = network.cell_recipient
    begins = np.flatnonzero(np.diff(recipient, prepend=-1))
    targets = np.linspace(0, network.arc_start[-1], count + 1)[1:-1]
    cuts = begins[np.minimum(np.searchsorted(network.arc_start[begins], targets), len(begins) - 1)]
    return np.unique(np.concatenate([[0], cuts, [network.cells]])).astype(np.int64)


def minimise(
    dual: SmoothedDual, z: FloatArray, temperature: float, *, iterations: int, memory: int = 12, tolerance: float = 0.0
) -> FloatArray:
    """Lower the smoothed dual over z ≥ 0 by a projected limited-memory quasi-Newton method.

    The step is taken in the free variables only (those above nought or pushed up by the gradient) and projected; a
    step that does not lower the function enough is halved.
    """
    value, gradient = dual(z, temperature)
    steps: list[FloatArray] = []
    changes: list[FloatArray] = []
    for _ in range(iterations):
        free = (z > 0) | (gradient < 0)
        masked = np.where(free, gradient, 0.0)
        direction = -_two_loop(masked, steps, changes)
        direction[~free] = 0.0
        if direction @ masked >= 0 or not steps:
            direction = -masked
            if not steps:
                direction *= 0.1 * np.sqrt(len(z)) / max(float(np.linalg.norm(masked)), 1e-300) * temperature
        length = 1.0
        for _ in range(12):
            trial = np.maximum(z + length * direction, 0.0)
            new_value, new_gradient = dual(trial, temperature)
            if new_value <= value + 1e-4 * float(gradient @ (trial - z)):
                break
            length *= 0.4
        else:
            break
        step, change = trial - z, new_gradient - gradient
        if step @ change > 1e-12 * float(np.linalg.norm(step) * np.linalg.norm(change)):
            steps.append(step)
            changes.append(change)
            del steps[:-memory], changes[:-memory]
        fall = value - new_value
        z, value, gradient = trial, new_value, new_gradient
        if fall < tolerance * abs(value):
            break
    return z


def _two_loop(gradient: FloatArray, steps: list[FloatArray], changes: list[FloatArray]) -> FloatArray:
    """The limited-memory inverse curvature times the gradient."""
    direction = gradient.copy()
    factors = []
    for step, change in zip(reversed(steps), reversed(changes), strict=True):
        rho = 1.0 / (step @ change)
        factor = rho * (step @ direction)
        direction -= factor * change
        factors.append((rho, factor))
    if steps:
        direction *= (steps[-1] @ changes[-1]) / (changes[-1] @ changes[-1])
    for step, change, (rho, factor) in zip(steps, changes, reversed(factors), strict=True):
        direction += step * (factor - rho * (change @ direction))
    return direction


def solve_prices(
    network: SupplyNetwork,
    *,
    gap: float = 1e-3,
    warm: Prices | None = None,
    schedule: tuple[tuple[float, int], ...] = SCHEDULE,
) -> PricedPlan:
    """A plan with its proof, by falling temperature, ended as soon as the proven gap is at most `gap`."""
    if not len(network.arc_lane):
        return _without_arcs(network)
    if (network.stock > 0).any():
        return _with_stock(network, gap=gap, schedule=schedule)
    dual = SmoothedDual(network)
    z = np.zeros(len(dual.scale)) if warm is None else dual.start(warm)
    best: PricedPlan | None = None
    for temperature, iterations in schedule:
        z = minimise(dual, z, temperature, iterations=iterations)
        best = _proven(dual, z, temperature, best)
        if best.gap <= gap:
            break
    assert best is not None
    return replace(best, passes=dual.passes)


def _proven(dual: SmoothedDual, z: FloatArray, temperature: float, best: PricedPlan | None) -> PricedPlan:
    """The better of `best` and the plan repaired from the flows at z; each side of the proof is kept at its best."""
    dual(z, temperature, keep=True)
    prices = dual.prices(z)
    plan, objective = repair(dual.network, dual.plan(), delivered_price(dual.network, prices))
    bound = dual_bound(dual.network, prices)
    if best is not None and best.objective >= objective:
        plan, objective = best.plan, best.objective
    if best is not None and best.bound <= bound:
        prices, bound = best.prices, best.bound
    return PricedPlan(plan, prices, objective, bound, dual.passes)


def _without_arcs(network: SupplyNetwork) -> PricedPlan:
    """The only plan where nothing can travel: everybody lives on what they hold, and every price is nought."""
    prices = Prices(
        *(np.zeros(a.shape) for a in (network.pool_arriving, network.lane_m3, network.lane_kg, network.handling_kg))
    )
    plan = np.zeros((0, network.weeks))
    return PricedPlan(plan, prices, plan_value(network, plan), dual_bound(network, prices), 0)


def _with_stock(network: SupplyNetwork, *, gap: float, schedule: tuple[tuple[float, int], ...]) -> PricedPlan:
    """Solve with the stock of recipients as supply of their own, and translate plan and proof back."""
    widened = with_stock_as_supply(network)
    solved = solve_prices(widened, gap=gap, schedule=schedule)
    plan = solved.plan[widened.arc_lane < len(network.lane_source)]
    prices = Prices(
        supply_limit=solved.prices.supply_limit[: len(network.pool_item)],
        route_m3=solved.prices.route_m3[: len(network.lane_source)],
        route_kg=solved.prices.route_kg[: len(network.lane_source)],
        handling_kg=solved.prices.handling_kg[: len(network.sources)],
    )
    return PricedPlan(plan, prices, plan_value(network, plan), dual_bound(network, prices), solved.passes)
