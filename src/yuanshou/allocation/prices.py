"""The method for the world and for facilities: find prices at which supply and need agree, and prove how near they are.

The limits on stock, lanes and sources get prices. A projected quasi-Newton method lowers the smoothed dual while the
temperature falls; the dispatches that the cells answer with are then repaired into a plan within every limit, and the
exact, unsmoothed dual at the final prices bounds every plan from above. Whatever happened on the way, the two numbers
are a proof.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import nnls
from threadpoolctl import threadpool_limits

from yuanshou.allocation.bound import delivered_price, dual_bound, pool_first_week
from yuanshou.allocation.curvature import curvature_blocks
from yuanshou.allocation.descent import SETTLED, minimise
from yuanshou.allocation.network import Prices, SupplyNetwork, with_stock_as_supply
from yuanshou.allocation.repair import repair
from yuanshou.allocation.serving import plan_value
from yuanshou.allocation.smoothing import smoothed_pass
from yuanshou.tables import FloatArray, IntArray

SCHEDULE = tuple((temperature, 300) for temperature in (0.1, 0.03, 0.01, 0.005, 0.0025, 0.00125, 0.0006, 0.0003))
"""Temperatures, in units of a typical first step's value, and the most iterations at each."""

PATIENT = ((0.1, 10), (0.03, 15), (0.01, 25), (0.005, 40), (0.0025, 60), (0.00125, 100), (0.0006, 200), (0.0003, 300))
"""Where one cell outweighs all others, progress is hard to see: these iterations are all taken, if the gap stays open."""

COARSE = ((0.1, 10), (0.03, 15), (0.01, 25), (0.005, 40))
"""Good enough to say how far a rule is from what is possible."""

WARM = ((0.0025, 40), *SCHEDULE[5:])
"""From prices that nearly hold: a what-if, or the plan of next week."""

GAP = 1e-3
"""Proven share of the optimum at which the search ends."""

BEND_MIN = 0.1
"""Curvature added to every scaled price, over the temperature: that of a limit of which a tenth is used."""
RECENT_MAX = 40
RECENT_BYTES_MAX = 2e8
"""How many recent answers are mixed into a plan, and the memory they may take."""
EXTRAPOLATED = (0.0, 0.5, 1.0)
"""Shares of the way to temperature nought at which the bound is tried."""
PROVEN_FROM = 0.006
"""Above this temperature a proof would be too wide to be worth its time."""
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
    """The smoothed dual of one network as a function of one matrix z ≥ 0 of scaled prices, a row of T weeks a limit.

    The rows are μ for every pool, with stock price λ_t = Σ_{u ≥ t} μ_u, so that stock prices never rise over weeks;
    then the prices of every lane and source with a finite capacity. Amounts of item k are counted in units of
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
        supply = np.cumsum(network.pool_arriving, axis=1) * self.value_unit[network.pool_item][:, None]
        self.first = pool_first_week(network)
        capacities = (network.lane_m3, network.lane_kg, network.handling_kg)
        self.limited = [np.flatnonzero(np.isfinite(c).any(axis=1)) for c in capacities]
        self.limit = np.concatenate([supply, *(c[rows] for c, rows in zip(capacities, self.limited, strict=True))])
        lanes = np.arange(len(network.lane_source))
        membership = sparse.csr_matrix(
            (np.ones(len(lanes)), (network.lane_source, lanes)), shape=(len(network.sources), len(lanes))
        )
        self.lanes_of_limited = membership[self.limited[2]]
        self.edges = np.cumsum([0, len(supply), *(len(rows) for rows in self.limited)])
        # A capacity that is unlimited in some week only has no price there.
        self.priced = np.isfinite(self.limit)
        self.limit = np.where(self.priced, self.limit, 0.0)
        self.blocks = _blocks(network, BLOCKS)
        self.recent: list[tuple[FloatArray, FloatArray]] = []
        self.passes = 0
        self.scale = self._scale()

    def _scale(self) -> FloatArray:
        """One over the root of a typical curvature of each price: what it limits, times the size of a unit."""
        size_m3 = float(np.mean(self.m3)) if len(self.m3) else 1.0
        size_kg = float(np.mean(self.kg)) if len(self.kg) else 1.0
        sizes = np.repeat([1.0, size_m3, size_kg, size_kg], np.diff(self.edges))
        curvature = self.limit * sizes[:, None]
        floor = 1e-6 * float(curvature.max(initial=1.0))
        return np.where(self.priced, 1.0 / np.sqrt(np.maximum(curvature, max(floor, 1e-300))), 0.0)

    def split(self, z: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Stock price (P, T), lane prices per m³ and per kg (A, T) without handling, handling price (S, T)."""
        price = z * self.scale
        stock = np.ascontiguousarray(np.cumsum(price[: self.edges[1], ::-1], axis=1)[:, ::-1])
        shared = []
        counts = (len(self.network.lane_source), len(self.network.lane_source), len(self.network.sources))
        for i, (rows, count) in enumerate(zip(self.limited, counts, strict=True)):
            full = np.zeros((count, self.network.weeks))
            full[rows] = price[self.edges[i + 1] : self.edges[i + 2]]
            shared.append(full)
        return stock, shared[0], shared[1], shared[2]

    def _inputs(self, stock: FloatArray, m3_price: FloatArray, kg_price: FloatArray) -> tuple[Any, ...]:
        """What both compiled passes read, in their order."""
        network = self.network
        return (
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
            kg_price,
        )

    def __call__(self, z: FloatArray, temperature: float, *, keep: bool = False) -> tuple[float, FloatArray]:
        """Value and gradient of the smoothed dual by z; with `keep` the answer joins the recent ones."""
        network, weeks = self.network, self.network.weeks
        stock, m3_price, kg_price, handling = self.split(z)
        if len(self.limited[2]):
            kg_price += handling[network.lane_source]
        pool_use = np.zeros((len(self.blocks) - 1, *stock.shape))
        m3_use, kg_use = np.zeros(m3_price.shape), np.zeros(kg_price.shape)
        flow = np.zeros((len(network.arc_lane) if keep else 0, weeks), dtype=np.float32)
        inputs = self._inputs(stock, m3_price, kg_price)
        surplus = smoothed_pass(temperature, *inputs, pool_use, m3_use, kg_use, flow)
        self.passes += 1
        used = np.concatenate(
            [
                np.cumsum(pool_use.sum(axis=0), axis=1),
                m3_use[self.limited[0]],
                kg_use[self.limited[1]],
                self._by_source(kg_use),
            ]
        )
        value = float(surplus.sum()) + float(np.vdot(self.limit, z * self.scale))
        gradient = (self.limit - used) * self.scale
        if keep:
            self.recent.append((np.where(z > 0, gradient, np.minimum(gradient, 0.0)), flow))
            del self.recent[: -max(2, int(min(RECENT_MAX, RECENT_BYTES_MAX / max(flow.nbytes, 1))))]
        return value, gradient

    def _by_source(self, lanes: FloatArray) -> FloatArray:
        """Sums over the lanes of each source that has a limit of its own."""
        flat = self.lanes_of_limited @ lanes.reshape(len(lanes), -1)
        return np.asarray(flat).reshape(-1, *lanes.shape[1:])

    def curvature(self, z: FloatArray, temperature: float) -> FloatArray:
        """(rows, T, T) second derivatives by the prices of each pool, lane and source, and nothing between them."""
        network, weeks = self.network, self.network.weeks
        stock, m3_price, kg_price, handling = self.split(z)
        kg_price += handling[network.lane_source]
        pool_bend = np.zeros((len(self.blocks) - 1, *stock.shape, weeks))
        m3_bend, kg_bend = np.zeros((*m3_price.shape, weeks)), np.zeros((*kg_price.shape, weeks))
        inputs = self._inputs(stock, m3_price, kg_price)
        curvature_blocks(temperature, *inputs, pool_bend, m3_bend, kg_bend)
        upper = pool_bend.sum(axis=0)
        symmetric = upper + np.transpose(np.triu(upper, 1), (0, 2, 1))
        rises = np.cumsum(np.cumsum(symmetric, axis=1), axis=2)
        parts = [rises, m3_bend[self.limited[0]], kg_bend[self.limited[1]], self._by_source(kg_bend)]
        blocks = np.concatenate(parts) * self.scale[:, :, None] * self.scale[:, None, :]
        week = np.arange(weeks)
        blocks[:, week, week] += BEND_MIN / temperature
        return np.asarray(blocks)

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
        """The matrix z of given prices: a warm start."""
        stock = prices.supply_limit / self.value_unit[self.network.pool_item][:, None]
        rise = np.maximum(stock - np.append(stock[:, 1:], np.zeros((len(stock), 1)), axis=1), 0.0)
        given = (prices.route_m3, prices.route_kg, prices.handling_kg)
        rows = np.concatenate([rise, *(p[rows] for p, rows in zip(given, self.limited, strict=True))])
        result: FloatArray = np.divide(rows, self.scale, out=np.zeros_like(rows), where=self.scale > 0)
        return result

    def plan(self) -> FloatArray:
        """The mix of recent answers that breaks the limits least, in base units.

        Limits are linear in the flows, so a mix breaks them by the mix of the gradients: the smallest such mix with
        shares that are not negative and sum to one comes from a least-squares problem of a few dozen unknowns.
        """
        breaks = np.array([gradient.ravel() for gradient, _ in self.recent])
        square = breaks @ breaks.T
        size = len(square)
        square /= max(float(np.trace(square)) / size, 1e-300)
        root = np.linalg.cholesky(square + 1e-9 * np.eye(size)).T
        shares = _least_mix(root)
        mixed = sum(share * flow for share, (_, flow) in zip(shares, self.recent, strict=True) if share > 0)
        unit = self.value_unit[self.network.pool_item[self.network.arc_pool]]
        return np.asarray(mixed / unit[:, None])


def _least_mix(root: FloatArray) -> FloatArray:
    """Shares ≥ 0 that sum to one and make |root · shares| small; the latest answer alone where none is found."""
    size = len(root)
    try:
        shares, _ = nnls(np.vstack([root, np.full((1, size), 1e3)]), np.append(np.zeros(size), 1e3), maxiter=50 * size)
    except RuntimeError:  # answers so alike that the active set cycles
        shares = np.append(np.zeros(size - 1), 1.0)
    return np.asarray(shares / shares.sum())


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


def solve_prices(
    network: SupplyNetwork,
    *,
    gap: float = GAP,
    warm: Prices | None = None,
    schedule: tuple[tuple[float, int], ...] | None = None,
) -> PricedPlan:
    """A plan with its proof, by falling temperature, ended as soon as the proven gap is at most `gap`.

    Parameters
    ----------
    warm : prices that nearly hold for this network, as `carried_prices` brings them over from an earlier plan.
    schedule : temperatures and iterations; `SCHEDULE` by default, `WARM` from warm prices.
    """
    schedule = schedule or (SCHEDULE if warm is None else WARM)
    if not len(network.arc_lane):
        return _without_arcs(network)
    if (network.stock > 0).any():
        return _with_stock(network, gap=gap, warm=warm, schedule=schedule)
    with threadpool_limits(1, user_api="blas"):
        dual = SmoothedDual(network)
        best = _solve(dual, gap=gap, warm=warm, schedule=schedule)
        if best.gap > gap and schedule is SCHEDULE:
            best = _solve(dual, gap=gap, schedule=PATIENT, best=best, settled=0.0)
        return _no_worse_than_nothing(network, best)


def _no_worse_than_nothing(network: SupplyNetwork, priced: PricedPlan) -> PricedPlan:
    """The plan, or the one that sends nothing where freight would cost more than the goods are worth.

    That happens only where prices did not settle, so the bound, and with it the gap that is reported, stays.
    """
    nothing = np.zeros_like(priced.plan)
    worth = plan_value(network, nothing)
    return priced if priced.objective >= worth else replace(priced, plan=nothing, objective=worth)


def _solve(
    dual: SmoothedDual,
    *,
    gap: float,
    schedule: tuple[tuple[float, int], ...],
    warm: Prices | None = None,
    best: PricedPlan | None = None,
    settled: float = SETTLED,
) -> PricedPlan:
    path = [] if warm is None else [(schedule[0][0], dual.start(warm))]
    for step, (temperature, iterations) in enumerate(schedule):
        proven = temperature <= PROVEN_FROM or step == len(schedule) - 1
        begin = _along(path, temperature, 1.0 if settled else 0.0) if path else np.zeros(dual.scale.shape)
        z = minimise(dual, begin, temperature, iterations=iterations, keep=proven, settled=settled)
        path = [*path[-1:], (temperature, z)]
        if proven:
            best = _proven(dual, path, best)
            if best.gap <= gap:
                break
    assert best is not None
    return replace(best, passes=dual.passes)


def _along(path: list[tuple[float, FloatArray]], temperature: float, share: float = 1.0) -> FloatArray:
    """Where the last two points of the path lead at another temperature, gone to a share of the way.

    Prices move nearly in proportion to the temperature, so a straight line through two temperatures foretells the
    next; at nought it takes most of the smoothing out of the prices (Richardson's extrapolation).
    """
    (_, last), (later, z) = path[0], path[-1]
    earlier = path[0][0]
    if earlier == later:
        return z
    return np.asarray(np.maximum(z + share * (z - last) * ((later - temperature) / (earlier - later)), 0.0))


def _proven(dual: SmoothedDual, path: list[tuple[float, FloatArray]], best: PricedPlan | None) -> PricedPlan:
    """The better of `best` and the plan repaired from the recent answers; each side of the proof is kept at its best."""
    network = dual.network
    shares = EXTRAPOLATED if path[0][0] > path[-1][0] else EXTRAPOLATED[:1]
    tried = [dual.prices(_along(path, 0.0, share)) for share in shares]
    bounds = [dual_bound(network, prices) for prices in tried]
    bound, prices = min(bounds), tried[int(np.argmin(bounds))]
    flow = dual.plan()
    dual.recent.clear()  # the next temperature begins anew, and the repair needs the memory
    plan, objective = repair(network, flow, delivered_price(network, tried[0]))
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


def _with_stock(
    network: SupplyNetwork, *, gap: float, warm: Prices | None, schedule: tuple[tuple[float, int], ...]
) -> PricedPlan:
    """Solve with the stock of recipients as supply of their own, and translate plan and proof back."""
    widened = with_stock_as_supply(network)
    begin = None if warm is None else _with_stock_prices(network, widened, warm)
    solved = solve_prices(widened, gap=gap, warm=begin, schedule=schedule)
    plan = solved.plan[widened.arc_lane < len(network.lane_source)]
    prices = Prices(
        supply_limit=solved.prices.supply_limit[: len(network.pool_item)],
        route_m3=solved.prices.route_m3[: len(network.lane_source)],
        route_kg=solved.prices.route_kg[: len(network.lane_source)],
        handling_kg=solved.prices.handling_kg[: len(network.sources)],
    )
    priced = PricedPlan(plan, prices, plan_value(network, plan), dual_bound(network, prices), solved.passes)
    return _no_worse_than_nothing(network, priced)


def _with_stock_prices(network: SupplyNetwork, widened: SupplyNetwork, prices: Prices) -> Prices:
    """The prices of the network with stock as supply: what a recipient holds costs what the goods delivered cost."""
    cell = np.full((len(network.recipients), len(network.items)), -1)
    cell[network.cell_recipient, network.cell_item] = np.arange(network.cells)
    delivered = np.minimum(delivered_price(network, prices), network.cell_weight[:, None] * network.tier_value.max())
    # The lanes of held stock stand behind the others, one to each holder.
    holder = dict(zip(widened.lane_source.tolist(), widened.lane_recipient.tolist(), strict=True))
    pools = range(len(network.pool_item), len(widened.pool_item))
    own = [cell[holder[int(widened.pool_source[p])], widened.pool_item[p]] for p in pools]

    def longer(given: FloatArray, count: int) -> FloatArray:
        return np.concatenate([given, np.zeros((count - len(given), network.weeks))])

    return Prices(
        supply_limit=np.concatenate([prices.supply_limit, delivered[own]]),
        route_m3=longer(prices.route_m3, len(widened.lane_source)),
        route_kg=longer(prices.route_kg, len(widened.lane_source)),
        handling_kg=longer(prices.handling_kg, len(widened.sources)),
    )
