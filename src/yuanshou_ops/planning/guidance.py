"""What published guidance means for need: its numbers over the disease pack's, and the difference a version makes."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.catalogue import load_catalogue
from yuanshou.forecast.forecasters import forecast
from yuanshou.needs.pack import load_pack
from yuanshou.needs.parameters import load_parameters
from yuanshou.needs.quantify import quantify
from yuanshou_ops.guidance.models import GuidanceVersion, ImpliedUse, published
from yuanshou_ops.planning.inputs import counts
from yuanshou_ops.planning.models import Task
from yuanshou_ops.situation.models import Snapshot, lead

EFFECT_WEEKS = 4
EFFECT_DRAWS = 100
EFFECT_SEED = 20200325
SMALLEST_CHANGE = 1e-3
"""Relative changes of need below this are not listed."""
COLUMNS = ("name", "value", "low", "high", "source")


def check_parameters(disease: str, uses: Iterable[Any]) -> None:
    """Raise the disease pack's own error for a number that it does not have, or one out of its range."""
    rows = [(use.parameter, use.value, use.low, use.high, "guidance") for use in uses]
    _overridden(disease, rows)


def parameters_in_force(disease: str = "covid-19", *, without: GuidanceVersion | None = None) -> pd.DataFrame:
    """The pack's parameters with the numbers of all published guidance over them; the source names the version."""
    uses = ImpliedUse.objects.filter(guidance__in=published().filter(protocol__disease=disease))
    if without is not None:
        uses = uses.exclude(guidance=without)
    # Two protocols may speak of one number: the one published last holds.
    newest = {
        use.parameter: use for use in uses.select_related("guidance__protocol").order_by("guidance__published_at")
    }
    rows = [(u.parameter, u.value, u.low, u.high, f"guidance {u.guidance}") for u in newest.values()]
    return _overridden(disease, rows)


def _overridden(disease: str, rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    if not rows:
        return load_parameters(disease=disease)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guidance.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])
        return load_parameters(path, disease=disease)


def ask_for_effect(version: GuidanceVersion, *, at: datetime) -> None:
    """Let the worker compute what the version changes in need, if it says anything about need."""
    snapshot = _snapshot_of(version.protocol.disease)
    if snapshot is not None and version.implied.exists():
        Task.objects.create(kind=Task.Kind.GUIDANCE, as_of=snapshot.as_of, about=str(version.pk), queued_at=at)


def _snapshot_of(disease: str) -> Snapshot | None:
    """The newest snapshot of the outbreak of that disease; the lead outbreak where several are followed."""
    rows = Snapshot.objects.filter(outbreak__disease=disease).select_related("outbreak")
    return rows.order_by("-outbreak__is_lead", "-as_of").first()


def store_effect(version_pk: int, as_of: Any, progress: Callable[[str, int], None]) -> None:
    """Need with and without the version, the same draws for both, summed over places and weeks; medians are compared."""
    version = GuidanceVersion.objects.select_related("protocol").get(pk=version_pk)
    disease = version.protocol.disease
    snapshot = _snapshot_of(disease)
    series = counts(snapshot.outbreak if snapshot else lead(), as_of)
    progress("forecast", 20)
    outlook = forecast(series, weeks=EFFECT_WEEKS, paths=EFFECT_DRAWS, seed=EFFECT_SEED)
    totals = {}
    for name, parameters in (
        ("before", parameters_in_force(disease, without=version)),
        ("after", parameters_in_force(disease)),
    ):
        progress("needs", 40 if name == "before" else 70)
        needs = quantify(
            outlook, series, parameters=parameters, pack=load_pack(disease), draws=EFFECT_DRAWS, seed=EFFECT_SEED
        )
        world = np.nansum(needs.draws, axis=(0, 2), dtype=float)
        totals[name] = dict(zip(needs.items, np.median(world, axis=-1), strict=True))
    names = load_catalogue()["name"]
    rows = [
        [str(names.get(item, item)), round(before), round(totals["after"][item])]
        for item, before in totals["before"].items()
        if abs(totals["after"][item] - before) > SMALLEST_CHANGE * max(before, 1.0)
    ]
    effect = {"as_of": as_of.isoformat(), "weeks": EFFECT_WEEKS, "rows": sorted(rows, key=lambda row: str(row[0]))}
    GuidanceVersion.objects.filter(pk=version.pk).update(need_effect=effect)
