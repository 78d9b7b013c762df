"""From frozen inputs to a plan, and the plan into rows people can read, change and approve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from django.conf import settings as django_settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yuanshou.allocation.audit import audit
from yuanshou.allocation.explain import explain
from yuanshou.allocation.policy import AllocationPolicy
from yuanshou.allocation.program import allocate
from yuanshou.assumptions import collect_assumptions
from yuanshou.catalogue import load_catalogue
from yuanshou.comparison import compare_policies, measures
from yuanshou.forecast.forecasters import forecast
from yuanshou.needs.pack import load_pack
from yuanshou.needs.quantify import Needs, quantify
from yuanshou.needs.selection import select_items
from yuanshou.pipeline import PlanSettings
from yuanshou.plan import Plan, digest_frame, fingerprint, input_digests, write_plan
from yuanshou.situation.of_disease import assess_disease
from yuanshou.sources.supply import AidSupply
from yuanshou.tables import freeze as freeze_array
from yuanshou_ops.errors import Refused
from yuanshou_ops.planning import inputs
from yuanshou_ops.planning.guidance import parameters_in_force
from yuanshou_ops.planning.models import PlanCell, PlanLine, PlanRun

Progress = Callable[[str, int], None]


def folder_of(run: PlanRun) -> Path:
    folder: Path = django_settings.DATA_DIR / "plans" / run.number
    return folder


def plan_settings(run: PlanRun) -> PlanSettings:
    chosen = run.settings
    return PlanSettings(
        weeks=chosen["weeks"], draws=chosen["draws"], paths=chosen["draws"], seed=chosen["seed"],
        policy=AllocationPolicy(name=chosen["policy"], equity_floor=chosen["equity_floor"]),
        compare=tuple(chosen["compare"]),
    )  # fmt: skip


def compute(
    run: PlanRun, supply: AidSupply, parameters: pd.DataFrame, progress: Progress = lambda stage, percent: None
) -> Plan:  # fmt: skip
    """The whole chain on the places and items in scope; forecasts learn from all places, whatever the scope."""
    chosen, series = plan_settings(run), inputs.counts(run.outbreak, run.as_of)
    facts: dict[str, object] = asdict(chosen) | {"scope": run.scope} | _own(run)
    digests = input_digests(series, supply, load_catalogue(), parameters)
    progress("situation", 10)
    situation = assess_disease(series, run.outbreak.disease)
    progress("forecast", 20)
    outlook = forecast(series, weeks=chosen.weeks, paths=chosen.paths, method=chosen.forecaster, seed=chosen.seed)
    progress("needs", 35)
    pack = load_pack(run.outbreak.disease)
    needs = quantify(outlook, series, parameters=parameters, draws=chosen.draws, seed=chosen.seed, pack=pack)
    needs = narrowed(needs, supply, places=run.scope["places"])
    progress("allocation", 50)
    allocation = allocate(needs, supply, policy=chosen.policy, method=chosen.method)
    progress("audit and reasons", 70)
    findings, reasons = tuple(audit(allocation, needs, supply)), explain(allocation)
    progress("other rules", 80)
    return Plan(
        as_of=series.as_of, fingerprint=fingerprint(series.as_of, digests, facts),
        result_digest=digest_frame(allocation.dispatches), inputs=digests, settings=facts, situation=situation,
        forecast=outlook, needs=needs, supply=supply, allocation=allocation, explanations=reasons, findings=findings,
        assumptions=collect_assumptions(needs, supply), notes=(*series.notes, *needs.notes), series=series,
        comparisons=compare_policies(needs, supply, allocation, names=chosen.compare),
    )  # fmt: skip


def _own(run: PlanRun) -> dict[str, object]:
    """What sets a run apart from one of the shipped example, whose fingerprints stay what they were."""
    is_shipped = run.outbreak.counts == "shipped"
    return (
        {} if is_shipped else {"outbreak": run.outbreak.code, "disease": run.outbreak.disease, "every_country": False}
    )


def narrowed(needs: Needs, supply: AidSupply, *, places: list[str]) -> Needs:
    """The need for the items on offer, of the places in scope (all where none is named)."""
    offered = sorted(set(supply.offers["item"]) & set(needs.items))
    if not offered:
        raise Refused(
            _("no vetted stock of an item that is needed"),
            _("at least one vetted lot"),
            _("vet offers, or widen the scope"),
        )
    needs = select_items(needs, tuple(offered))
    if not places:
        return needs
    rows = [i for i, place in enumerate(needs.places) if place in set(places)]
    if not rows:
        raise Refused(_("no place in scope with counts"), _("at least one"), _("widen the scope"))
    capped = None if needs.draws_capped is None else freeze_array(needs.draws_capped[rows])
    kept = tuple(needs.places[i] for i in rows)
    return replace(needs, places=kept, draws=freeze_array(needs.draws[rows]), draws_capped=capped)


def run_plan(run: PlanRun, progress: Progress = lambda stage, percent: None) -> Plan:
    """Freeze the inputs, compute, and store lines, cells, figures and the sealed plan file."""
    scope = run.scope
    supply = inputs.supply_of_ledger(run.as_of, places=scope["places"], items=scope["items"])
    parameters = parameters_in_force(run.outbreak.disease)
    inputs.freeze(supply, parameters, folder_of(run))
    plan = compute(run, supply, parameters, progress)
    progress("storing", 90)
    write_plan(plan, folder_of(run) / "plan.json")
    store(run, plan)
    return plan


def reproduce(run: PlanRun) -> tuple[str, str]:
    """Fingerprint and result digest of the run made again from its frozen inputs; equal to the stored ones."""
    plan = compute(run, *inputs.frozen(folder_of(run), run.as_of))
    return plan.fingerprint, plan.result_digest


@transaction.atomic
def store(run: PlanRun, plan: Plan) -> None:
    """Replace the rows of the run by those of the plan; the caller saves the run itself."""
    run.lines.all().delete()
    run.cells.all().delete()
    PlanLine.objects.bulk_create(_lines(run, plan.allocation.dispatches), batch_size=500)
    PlanCell.objects.bulk_create(_cells(run, plan), batch_size=500)
    run.fingerprint, run.result_digest, run.inputs = plan.fingerprint, plan.result_digest, plan.inputs
    run.comparisons = [_plain_row(row) for row in plan.comparisons.to_dict("records")]
    offered = set(plan.supply.offers["item"])
    run.summary = {
        **_plain_row(measures(plan.allocation.coverage, plan.allocation.dispatches, offered)),
        "gap": plan.allocation.gap, "method": plan.allocation.method,
        "places": len(plan.needs.places), "items": len(plan.needs.items), "lots": len(plan.supply.offers),
        "findings": [str(finding) for finding in plan.findings],
        "notes": [str(note.message) for note in plan.allocation.notes][:20],
    }  # fmt: skip


def _lines(run: PlanRun, dispatches: pd.DataFrame) -> list[PlanLine]:
    ordered = dispatches[dispatches["quantity"] > 0].sort_values(["week", "recipient", "item", "offer"])
    return [
        PlanLine(
            run=run, line=number, account_id=inputs.account_id(row.offer), item_id=row.item, source=row.source,
            recipient_id=row.recipient, mode=row.mode, week=_day(row.week), arrival=_day(row.arrival),
            planned=int(row.quantity), quantity=int(row.quantity), kg=_number(row.kg), usd=_number(row.usd),
        )
        for number, row in enumerate(ordered.itertuples(index=False), start=1)
    ]  # fmt: skip


def _cells(run: PlanRun, plan: Plan) -> list[PlanCell]:
    totals = plan.allocation.coverage.groupby(["recipient", "item"], sort=True)[["need", "served", "unmet"]].sum()
    words = plan.explanations.drop_duplicates(["recipient", "item"]).set_index(["recipient", "item"])
    cells = []
    for (place, item), row in totals.iterrows():
        if row["need"] <= 0:
            continue
        why = words.loc[(place, item)] if (place, item) in words.index else None
        cells.append(
            PlanCell(
                run=run, place_id=place, item_id=item, need=round(row["need"]), served=round(row["served"]),
                unmet=round(row["unmet"]), coverage=_number(row["served"] / row["need"]),
                limit="" if why is None else str(why["limit"]), price=None if why is None else _number(why["price"]),
                sentence="" if why is None else str(why["sentence"]),
            )
        )  # fmt: skip
    return cells


def _plain_row(row: dict[Any, Any]) -> dict[str, Any]:
    return {str(name): _number(v) if isinstance(v, float | np.floating) else v for name, v in row.items()}


def _number(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _day(value: Any) -> Any:
    return pd.Timestamp(value).date()
