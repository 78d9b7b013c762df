"""The whole chain on one screen; start reading here.

    sources → situation → forecast → needs → allocation → plan

Every stage takes the frozen result of the one before it, and chance comes in as a seed, so that the
same inputs and settings always give the same plan and the same fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import pandas as pd

from yuanshou.allocation.audit import audit
from yuanshou.allocation.explain import explain
from yuanshou.allocation.network import Allocation
from yuanshou.allocation.policy import AllocationPolicy
from yuanshou.allocation.program import allocate
from yuanshou.allocation.scenarios import Uncertainty
from yuanshou.allocation.worth import worth_of_knowing
from yuanshou.assumptions import collect_assumptions
from yuanshou.catalogue import load_catalogue
from yuanshou.comparison import compare_policies, fairness_frontier
from yuanshou.forecast.forecasters import forecast
from yuanshou.needs.pack import load_pack
from yuanshou.needs.quantify import Needs, quantify
from yuanshou.plan import Plan, digest_frame, fingerprint, input_digests
from yuanshou.scope import planning_places, with_unlisted
from yuanshou.situation.of_disease import assess_disease
from yuanshou.sources.supply import AidSupply
from yuanshou.sources.surveillance import SurveillanceSeries

Progress = Callable[[str], None]


@dataclass(frozen=True)
class PlanSettings:
    """What a person may choose: horizon, number of paths and draws, seed, forecaster, policy, method,
    how uncertain need is treated, whether the fairness frontier is drawn (with every rule on it) or which rules are
    compared otherwise, whether countries without a published case take part, and the disease: a shipped pack."""

    weeks: int = 12
    paths: int = 200
    draws: int = 200
    seed: int = 20200325
    forecaster: str = "default"
    policy: AllocationPolicy = field(default_factory=AllocationPolicy)
    method: str = "auto"
    uncertainty: Uncertainty = field(default_factory=Uncertainty)
    frontier: bool = True
    compare: tuple[str, ...] = ()
    every_country: bool = True
    disease: str = "covid-19"


def make_plan(
    series: SurveillanceSeries,
    supply: AidSupply,
    *,
    settings: PlanSettings | None = None,
    parameters: pd.DataFrame | None = None,
    progress: Progress = lambda stage: None,
) -> Plan:
    """From counts and supply to an explained, audited plan.

    Raises
    ------
    SettingError : an unknown disease. ForecastError, AllocationError : where a stage cannot go on; the message says what to change.
    """
    settings = settings or PlanSettings()
    pack = load_pack(settings.disease)
    parameters = pack.parameters if parameters is None else parameters
    chosen: dict[str, object] = asdict(settings)
    inputs = input_digests(series, supply, load_catalogue(), parameters)
    progress("situation")
    situation = assess_disease(series, settings.disease)
    series = with_unlisted(series, planning_places()) if settings.every_country else series
    progress("forecast")
    outlook = forecast(
        series, weeks=settings.weeks, paths=settings.paths, method=settings.forecaster, seed=settings.seed
    )
    progress("needs")
    needs = quantify(outlook, series, parameters=parameters, draws=settings.draws, seed=settings.seed, pack=pack)
    progress("allocation")
    allocation = allocate(
        needs, supply, policy=settings.policy, method=settings.method, uncertainty=settings.uncertainty
    )
    progress("uncertainty")
    worth = worth_of_knowing(needs, allocation, settings.policy)
    comparisons = _compared(needs, supply, allocation, settings, progress)
    progress("audit and reasons")
    return Plan(
        as_of=series.as_of,
        fingerprint=fingerprint(series.as_of, inputs, chosen),
        result_digest=digest_frame(allocation.dispatches),
        inputs=inputs,
        settings=chosen,
        situation=situation,
        forecast=outlook,
        needs=needs,
        supply=supply,
        allocation=allocation,
        explanations=explain(allocation),
        findings=tuple(audit(allocation, needs, supply)),
        assumptions=collect_assumptions(needs, supply),
        comparisons=comparisons,
        uncertainty=worth,
        notes=(*series.notes, *situation.notes, *supply.notes, *needs.notes, *allocation.notes),
        series=series,
    )


def _compared(
    needs: Needs, supply: AidSupply, allocation: Allocation, settings: PlanSettings, progress: Progress
) -> pd.DataFrame:
    """The frontier, or the rules that were asked for."""
    if settings.frontier:
        return fairness_frontier(needs, supply, allocation, settings.policy, progress=progress)
    return compare_policies(needs, supply, allocation, names=settings.compare, progress=progress)
