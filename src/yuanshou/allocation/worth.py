"""What uncertainty costs a plan: its value over the paths of need, what knowing more would add, what waiting would.

    value of better information  =  mean over paths of the best plan's value on that path, were it known  −  of this plan's

(Raiffa & Schlaifer 1961: the expected value of perfect information). No survey, test or forecast is worth more than
that to the plan. For large networks the best value on a path is known between a plan found and its bound, and both
ends are stated. Waiting a week is judged by the same plan begun a week later: it can only cost less than stated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from yuanshou.allocation.bound import delivered_price
from yuanshou.allocation.network import Allocation, Prices, SupplyNetwork
from yuanshou.allocation.policy import AllocationPolicy
from yuanshou.allocation.prices import solve_prices
from yuanshou.allocation.program import EXACT_COLUMNS_MAX, solve_exact
from yuanshou.allocation.repair import repair
from yuanshou.allocation.scenarios import Paths, full_values, on_path, path_values, paths_of, worst_mean
from yuanshou.allocation.serving import plan_value
from yuanshou.needs.quantify import Needs
from yuanshou.tables import FloatArray

JUDGED, KNOWN = 16, 3
"""Paths a plan is judged on, and, for large networks, paths that are solved as if they were known."""
WORST = 0.8
SHORT = ((0.1, 6), (0.03, 8), (0.01, 12))


@dataclass(frozen=True)
class Worth:
    """Figures in the unit of the objective, over `paths` equally likely paths.

    Attributes
    ----------
    expected, lowest, highest : value of the plan's dispatches: mean, and on the paths where it is least and most.
    full : mean value of serving all need. loss, worst_loss : value of need not met: mean over all paths, and over the
        worst fifth of them.
    information : (low, high) between which the value of knowing the path lies, per `known` paths.
    waiting : (low, high) between which the loss lies if nothing left in the first week.
    """

    paths: int
    known: int
    expected: float
    lowest: float
    highest: float
    full: float
    loss: float
    worst_loss: float
    information: tuple[float, float]
    waiting: tuple[float, float]


def worth_of_knowing(needs: Needs, allocation: Allocation, policy: AllocationPolicy) -> Worth | None:
    """The figures for a plan; None where the plan keeps no arrays, or has terms that are judged as a whole only."""
    network, plan, prices = allocation.network, allocation.dispatch, allocation.prices
    if network is None or plan is None or prices is None or network.exact_terms:
        return None
    paths = paths_of(needs, network, policy, count=JUDGED)
    value, full = path_values(network, paths, plan), full_values(network, paths)
    small = is_small(network, paths)
    known = paths if small else paths_of(needs, network, policy, count=KNOWN)
    here = value if small else path_values(network, known, plan)
    found = np.array([_best(on_path(network, known, s), small) for s in range(known.count)])
    return Worth(
        paths=paths.count,
        known=known.count,
        expected=float(value.mean()),
        lowest=float(value.min()),
        highest=float(value.max()),
        full=float(full.mean()),
        loss=float((full - value).mean()),
        worst_loss=worst_mean(full - value, paths.probability, WORST),
        information=(
            max(float((found[:, 0] - here).mean()), 0.0),
            max(float((found[:, 1] - here).mean()), 0.0),
        ),
        waiting=_waiting(network, plan, prices, small),
    )


def is_small(network: SupplyNetwork, paths: Paths) -> bool:
    """Whether the best plan on each path is quickly found exactly."""
    return int(network.usable().sum()) + len(paths.share) * network.cell_need.size <= EXACT_COLUMNS_MAX


def _best(network: SupplyNetwork, small: bool) -> tuple[float, float]:
    """The value of a plan on a certain network, and a bound on every plan's."""
    if small:
        value = plan_value(network, solve_exact(network)[0])
        return value, value
    priced = solve_prices(network, schedule=SHORT)
    return priced.objective, priced.bound


def _waiting(network: SupplyNetwork, plan: FloatArray, prices: Prices, small: bool) -> tuple[float, float]:
    """Loss, by the plan's own steps, if nothing left in the first week: exact for small networks, else from 0."""
    now = plan_value(network, plan)
    if small:
        lost = now - plan_value(a_week_later(network), solve_exact(a_week_later(network))[0])
        return max(lost, 0.0), max(lost, 0.0)
    later = np.array(plan, dtype=float)
    if later.shape[1] > 1:
        later[:, 1] += later[:, 0]
    later[:, 0] = 0.0
    shifted = a_week_later(network)
    later = np.where(shifted.usable(), later, 0.0)
    _, value = repair(shifted, later, delivered_price(shifted, prices))
    return 0.0, max(now - value, 0.0)


def a_week_later(network: SupplyNetwork) -> SupplyNetwork:
    """The network in which nothing can leave in the first week: its supply comes in the second."""
    arriving = network.pool_arriving.copy()
    if network.weeks > 1:
        arriving[:, 1] += arriving[:, 0]
    arriving[:, 0] = 0.0
    return replace(network, pool_arriving=arriving)
