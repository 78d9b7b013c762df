"""Assess, forecast and quantify once for a day, and store what the situation pages and the requests read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from django.db import transaction

from yuanshou.errors import YuanshouError
from yuanshou.forecast.forecasters import Forecast, forecast
from yuanshou.needs.pack import load_pack
from yuanshou.needs.quantify import Needs, quantify
from yuanshou.places import load_health_capacity
from yuanshou.plan import digest_array
from yuanshou.situation.assess import Situation
from yuanshou.situation.of_disease import assess_disease
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou_ops.ledger.models import Item
from yuanshou_ops.people.models import Place
from yuanshou_ops.planning.guidance import parameters_in_force
from yuanshou_ops.planning.inputs import counts, known_counts
from yuanshou_ops.requests.models import ModelledNeed
from yuanshou_ops.situation.models import Outbreak, PlaceSituation, Snapshot, lead

WEEKS = 12
NEED_WEEKS = 4
"""Weeks of need that a request is prefilled with."""
CURVE_DAYS = 70
VINTAGE_DAYS = (0, 1, 2, 7, 14)
LEVELS = {"low95": 0.025, "low50": 0.25, "median": 0.5, "high50": 0.75, "high95": 0.975}
COLUMNS = (
    "cases_cumulative", "deaths_cumulative", "cases_new_7d", "deaths_new_7d", "cases_new_7d_per_100k", "growth_rate",
    "doubling_time_days", "reproduction_number", "growth_rank", "silent_days",
)  # fmt: skip
WHOLE = {"cases_cumulative", "deaths_cumulative", "cases_new_7d", "deaths_new_7d", "silent_days"}
Progress = Callable[[str, int], None]


def make_snapshot(
    as_of: date, *, at: datetime, outbreak: Outbreak | None = None, draws: int = 200, seed: int = 20200325,
    progress: Progress = lambda stage, percent: None,
) -> Snapshot:  # fmt: skip
    """Compute and store the snapshot of a day for an outbreak (the lead one); one that is there already is replaced."""
    outbreak = outbreak or lead()
    seen = known_counts(outbreak, as_of)
    progress("situation", 10)
    situation = assess_disease(seen, outbreak.disease, compare_to=_earlier(outbreak, as_of))
    series = counts(outbreak, as_of)
    progress("forecast", 30)
    outlook = forecast(series, weeks=WEEKS, paths=draws, seed=seed)
    progress("needs", 50)
    needs = quantify(
        outlook, series, parameters=parameters_in_force(outbreak.disease), pack=load_pack(outbreak.disease), draws=draws,
        seed=seed,
    )  # fmt: skip
    progress("storing", 80)
    with transaction.atomic():
        Snapshot.objects.filter(outbreak=outbreak, as_of=as_of).delete()
        snapshot = Snapshot.objects.create(
            outbreak=outbreak, as_of=as_of, made_at=at, source=series.source, digest=digest_array(series.cases),
            settings={"draws": draws, "seed": seed, "weeks": WEEKS, "forecaster": outlook.method},
            changes=situation.changes.astype(str).to_dict("records"), notes=[note.message for note in (*seen.notes, *situation.notes)],
        )  # fmt: skip
        known = set(Place.objects.values_list("code", flat=True))
        vintages = _vintages(outbreak, as_of)
        PlaceSituation.objects.bulk_create(
            [_row(snapshot, place, series, situation, outlook, needs, vintages) for place in series.places
             if place in known], batch_size=50,
        )  # fmt: skip
        _modelled_need(needs, outbreak, as_of, f"{snapshot.digest[:32]}-{seed}-{draws}", known)
    return snapshot


def _earlier(outbreak: Outbreak, as_of: date) -> SurveillanceSeries | None:
    try:
        return known_counts(outbreak, as_of - timedelta(days=1))
    except YuanshouError:  # the first day of counts has none before it
        return None


def _row(
    snapshot: Snapshot, place: str, series: SurveillanceSeries, situation: Situation, outlook: Forecast, needs: Needs,
    vintages: dict[str, list[dict[str, Any]]],
) -> PlaceSituation:  # fmt: skip
    there = place in situation.table.index
    facts = situation.table.loc[place] if there else pd.Series(dtype=object)
    risks = situation.high_risk[situation.high_risk["place"] == place]
    last = facts.get("last_report")
    return PlaceSituation(
        snapshot=snapshot, place_id=place, **{name: _figure(name, facts.get(name)) for name in COLUMNS},
        last_report=None if last is None or pd.isna(last) else pd.Timestamp(last).date(),
        reason=str(facts.get("reason") or "") if there else "no case published",
        risks=risks[["rule", "reason", "since"]].astype(str).to_dict("records"),
        intervals={
            name: _plain(facts.get(name))
            for name in ("growth_rate_low", "growth_rate_high", "doubling_time_days_low", "doubling_time_days_high",
                         "reproduction_number_low", "reproduction_number_high", "cases_per_100k", "deaths_per_100k")
        },
        curve=_curve(series, place), vintages=vintages.get(place, []), forecast=_forecast(outlook, place),
        need=_need(needs, place), capacity=_capacity(place),
    )  # fmt: skip


def _figure(name: str, value: Any) -> Any:
    number = _plain(value)
    return None if number is None else round(number) if name in WHOLE else number


def _plain(value: Any) -> float | None:
    return None if value is None or pd.isna(value) or not np.isfinite(value) else float(f"{value:.7g}")


def _curve(series: SurveillanceSeries, place: str) -> dict[str, Any]:
    """The last days of cumulative counts; null is "not reported"."""
    row = series.places.index(place)
    part = slice(max(0, len(series.dates) - CURVE_DAYS), None)
    values = {name: [_plain(v) for v in getattr(series, name)[row, part]] for name in ("cases", "deaths")}
    return {"first": str(series.dates[part][0]), **values}


def _vintages(outbreak: Outbreak, as_of: date) -> dict[str, list[dict[str, Any]]]:
    """Place → what was known of it on earlier days, newest first."""
    known: dict[str, list[dict[str, Any]]] = {}
    for days in VINTAGE_DAYS:
        try:
            series = known_counts(outbreak, as_of - timedelta(days=days))
        except YuanshouError:
            break
        for i, place in enumerate(series.places):
            cases, deaths = (v[np.isfinite(v)] for v in (series.cases[i], series.deaths[i]))
            if len(cases):
                known.setdefault(place, []).append(
                    {"as_of": series.as_of.isoformat(), "cases": float(cases[-1]),
                     "deaths": float(deaths[-1]) if len(deaths) else None}
                )  # fmt: skip
    return known


def _forecast(outlook: Forecast, place: str) -> dict[str, Any]:
    """Quantiles of weekly new cases and deaths from the sample paths."""
    row = outlook.places.index(place)
    found: dict[str, Any] = {"weeks": [str(week) for week in outlook.week_ends]}
    for target, name in enumerate(("cases", "deaths")):
        values = np.quantile(outlook.paths[target, row], list(LEVELS.values()), axis=-1)
        found[name] = {level: [_plain(v) for v in line] for level, line in zip(LEVELS, values, strict=True)}
    return found


def _need(needs: Needs, place: str) -> dict[str, Any]:
    """Weekly need by item: median and the figure that nine in ten draws stay below."""
    row = needs.places.index(place)
    values = np.quantile(needs.draws[row], [0.5, 0.9], axis=-1)
    return {
        item: {"median": np.rint(values[0, i]).tolist(), "p90": np.rint(values[1, i]).tolist()}
        for i, item in enumerate(needs.items)
        if np.isfinite(values[1, i]).all() and values[1, i].max() >= 1
    }


def _capacity(place: str) -> dict[str, Any]:
    table = load_health_capacity()
    if place not in table.index:
        return {}
    row = table.loc[place]
    return {str(k): (_plain(v) if isinstance(v, int | float | np.number) else str(v)) for k, v in row.items()
            if not pd.isna(v)}  # fmt: skip


def _modelled_need(needs: Needs, outbreak: Outbreak, as_of: date, fingerprint: str, known: set[str]) -> None:
    """Median and 90 % of the next weeks by place and item, for prefilling and checking requests."""
    total = needs.draws[:, :, :NEED_WEEKS].sum(axis=2)
    median, high = np.quantile(total, [0.5, 0.9], axis=-1)
    ModelledNeed.objects.filter(outbreak=outbreak, as_of=as_of).delete()
    items = set(Item.objects.values_list("code", flat=True))
    ModelledNeed.objects.bulk_create(
        [
            ModelledNeed(
                outbreak=outbreak, place_id=place, item_id=item, as_of=as_of, weeks=NEED_WEEKS, median=round(float(median[p, i])),
                p90=round(float(high[p, i])), fingerprint=fingerprint[:64],
            )
            for p, place in enumerate(needs.places)
            for i, item in enumerate(needs.items)
            if place in known and item in items and np.isfinite(high[p, i]) and high[p, i] >= 1
        ],
        batch_size=500,
    )  # fmt: skip
