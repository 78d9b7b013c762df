"""What a replay run did to people and goods, in figures that mean the same for every rule.

The one thing easily confused: *unmet need* adds up pieces a place went without; *regret* compares the value of
what was served with what perfect foresight would have served, where the first pieces a place gets are worth most.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from yuanshou.allocation.policy import SEVERITY, VULNERABILITY
from yuanshou.catalogue import load_catalogue
from yuanshou.places import load_places
from yuanshou.replay.engine import ReplayRun
from yuanshou.replay.world import ReplayWorld
from yuanshou.tables import FloatArray

SMALLEST_NEED = 1.0
"""Places whose whole weighted need is below this many US$ are left out of best and worst coverage."""


def weights(world: ReplayWorld) -> FloatArray:
    """(P, K) weight of one base unit: price × severity of going without × vulnerability of the place."""
    rows = load_catalogue().loc[list(world.items)]
    price = rows["unit_price_usd"].fillna(rows["unit_price_usd"].median()).to_numpy(float)
    severity = rows["group"].map(SEVERITY).fillna(1.0).to_numpy(float)
    income = load_places()["income_group"].reindex(list(world.places))
    vulnerable = income.map(VULNERABILITY).fillna(1.0).to_numpy(float)
    result: FloatArray = vulnerable[:, None] * (price * severity)[None, :]
    return result


def coverage_by_place(run: ReplayRun, weight: FloatArray) -> FloatArray:
    """(P,) weighted share of need served over the whole period; NaN where there was next to no need."""
    need = (run.need.sum(axis=2) * weight).sum(axis=1)
    served = (run.served.sum(axis=2) * weight).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        result: FloatArray = np.where(need > SMALLEST_NEED, served / need, np.nan)
    return result


def served_value(run: ReplayRun, weight: FloatArray, *, steps: int = 5, alpha: float = 2.0) -> float:
    """Value of what was served: weight × need × Σ over steps of coverage of a value that falls from step to step.

    Step j of J covers need from (j − 1)/J to j/J and is worth the mean of c^−alpha over it, scaled so that the first
    step is worth 1 (the alpha-fair steps of the default policy, without the probability weights of a forecast).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        coverage = np.where(run.need > 0, run.served / run.need, 0.0)
    edges = np.arange(1, steps + 1) / steps
    value = (edges / edges[0]) ** -alpha
    filled = np.clip(coverage[..., None] * steps - np.arange(steps), 0, 1) / steps
    return float(((filled @ value) * run.need * weight[:, :, None]).sum())


def outcome(run: ReplayRun, world: ReplayWorld) -> dict[str, float]:
    """The measures of one run; shares are 0–1, money is US$, weight is kg."""
    weight = weights(world)
    need = float((run.need * weight[:, :, None]).sum())
    served = float((run.served * weight[:, :, None]).sum())
    coverage = coverage_by_place(run, weight)
    known = np.sort(coverage[np.isfinite(coverage)])
    tenth = known[: max(1, len(known) // 10)]
    sent = run.dispatches
    kg = sent["item"].map(load_catalogue()["kg_per_unit"]) * sent["quantity"]
    delays = sent["lead_weeks"] * 7
    return {
        "weighted_need": need,
        "weighted_unmet_need": need - served,
        "weighted_unmet_share": (need - served) / need if need else 0.0,
        "served_value": served_value(run, weight),
        "worst_coverage": float(known[0]) if len(known) else float("nan"),
        "worst_tenth_coverage": float(tenth.mean()) if len(tenth) else float("nan"),
        "median_coverage": float(np.median(known)) if len(known) else float("nan"),
        "best_worst_ratio": float(known[-1] / known[0]) if len(known) and known[0] > 0 else float("inf"),
        "unused_share": unused_share(run, world),
        "units_left": float(run.left.sum()),
        "units_lost": run.lost,
        "freight_usd": float((kg * sent["usd_per_kg"]).sum()),
        "freight_kg": float(kg.sum()),
        "consignments": len(sent.groupby(["week", "source", "recipient", "mode"])),
        "days_to_receipt": float(np.average(delays, weights=kg)) if kg.sum() else float("nan"),
    }


def unused_share(run: ReplayRun, world: ReplayWorld) -> float:
    """Share of the value of what arrived (US$) that nobody had used when the period ended."""
    price = load_catalogue().loc[list(world.items), "unit_price_usd"].fillna(0.0).to_numpy(float)
    received, served = (float(run_units.sum(axis=(0, 2)) @ price) for run_units in (run.received, run.served))
    return 1 - served / received if received else 0.0


def unmet_by_item(run: ReplayRun, world: ReplayWorld) -> pd.DataFrame:
    """One row an item, indexed by its code: need, served, unmet in base units."""
    need, served = run.need.sum(axis=(0, 2)), run.served.sum(axis=(0, 2))
    return pd.DataFrame({"need": need, "served": served, "unmet": need - served}, index=list(world.items))


def summarise(outcomes: pd.DataFrame) -> dict[str, dict[str, object]]:
    """Per rule: the mean over seeds of each measure with a 90 % interval, and regret against foresight.

    Regret of a seed = 1 − served value / served value of perfect foresight with the same seed and scenario;
    `regret_of_need` the same against the rule that knows the need to come, and of offers only what is known.
    """
    frame = outcomes.copy()
    key = pd.MultiIndex.from_frame(frame[["scenario", "seed"]])
    for name, best_rule in (("regret", "perfect_foresight"), ("regret_of_need", "foresight_of_need")):
        best = frame[frame["rule"] == best_rule].set_index(["scenario", "seed"])["served_value"]
        frame[name] = 1 - frame["served_value"].to_numpy() / best.reindex(key).to_numpy()
    measures = [c for c in frame.columns if c not in ("rule", "seed", "scenario", "key")]
    summary: dict[str, dict[str, object]] = {}
    for rule, rows in frame.groupby("rule", sort=False):
        finite = rows[measures].replace([np.inf, -np.inf], np.nan)
        low, high = finite.quantile(0.05), finite.quantile(0.95)
        entry: dict[str, object] = {str(name): _finite(value) for name, value in finite.mean().items()}
        entry["intervals"] = {name: [_finite(low[name]), _finite(high[name])] for name in measures}
        entry["seeds"] = len(rows)
        summary[str(rule)] = entry
    return summary


def _finite(value: float) -> float | None:
    """A number JSON can hold, or None."""
    return float(value) if np.isfinite(value) else None
