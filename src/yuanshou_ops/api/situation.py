"""The situation for programs: snapshots, places with counts, forecast and need, days of cover, measures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404

from yuanshou_ops.api.doors import Call, Door, pick
from yuanshou_ops.api.planning import TaskOut
from yuanshou_ops.api.types import Code, Day, FromFact, Id, In, Name, Out, one_of, via, words
from yuanshou_ops.people.models import Place
from yuanshou_ops.people.policy import find
from yuanshou_ops.planning import actions as planning
from yuanshou_ops.planning.models import Task
from yuanshou_ops.situation import actions, forms
from yuanshou_ops.situation.cover import Cover, days_of_cover
from yuanshou_ops.situation.models import Measure, PlaceSituation, Snapshot, figures_of, latest

door = Door("situation")
HEAVY = ("need", "forecast", "curve", "vintages", "capacity", "intervals")


class SnapshotOut(Out):
    as_of: date
    made_at: datetime
    source: str
    digest: str
    changes: list[Any]
    notes: list[Any]


class SnapshotIn(In):
    as_of: Day


class FiguresOut(Out):
    """What is not known is null, never zero; `reason` says why a figure is not given."""

    place: str = via("place_id")
    cases_cumulative: int | None
    deaths_cumulative: int | None
    cases_new_7d: int | None
    deaths_new_7d: int | None
    cases_new_7d_per_100k: float | None
    growth_rate: float | None
    doubling_time_days: float | None
    reproduction_number: float | None
    silent_days: int | None
    last_report: date | None
    reason: str
    risks: list[Any]


class PlaceFigures(FiguresOut):
    as_of: date = via("snapshot.as_of")
    source: str = via("snapshot.source")
    intervals: dict[str, Any]
    curve: dict[str, Any]
    vintages: list[Any]
    forecast: dict[str, Any]
    need: dict[str, Any]
    capacity: dict[str, Any]


class CoverOut(Out):
    place: str = via("place.code")
    item: str = via("item.code")
    held: int
    coming: int
    days_median: float | None
    days_worst: float | None
    out_on: date | None


class Covers(Out):
    """Only items that a place is known to hold; days are null where stock outlasts the forecast."""

    cover: list[CoverOut]


class MeasureOut(FromFact):
    FACT_KIND = "measure"
    id: int
    place: str = via("place_id")
    kind: one_of(Measure.Kind)
    title: str
    starts_on: date
    ends_on: date | None
    source: str
    version: int

    @staticmethod
    def fact_key(row: Any) -> str:
        return str(row.pk)


class MeasureIn(In):
    place: Code
    kind: one_of(Measure.Kind)
    title: Name
    starts_on: Day
    ends_on: Day | None = None
    source: words(400, least=1)


class MeasureEnd(In):
    ends_on: Day


def _snapshot(as_of: date | None) -> Snapshot | None:
    return get_object_or_404(Snapshot, as_of=as_of) if as_of else latest()


@door.list("/snapshots", "situation.view", SnapshotOut)
def snapshots(call: Call) -> Any:
    """What was known of the world on a day."""
    return Snapshot.objects.all()


@door.add("/snapshots", "planning.refresh", TaskOut)
def refresh(call: Call, body: SnapshotIn) -> Task:
    """Ask for a new snapshot of the situation on a day of knowledge; the queue makes it."""
    return planning.refresh(by=call.by, at=call.at, as_of=body.as_of)


@door.list("/situation", "situation.view", FiguresOut, filters=forms.WorldFilter)
def world(call: Call, as_of: Day | None = None) -> Any:
    """Every place in the latest snapshot, or in that of a day."""
    return PlaceSituation.objects.filter(snapshot=_snapshot(as_of)).defer(*HEAVY)


@door.one("/situation/{code}", "situation.view", PlaceFigures)
def place_figures(call: Call, code: Code, as_of: Day | None = None) -> PlaceSituation:
    """One place with its curve, vintages, forecast and need."""
    row = figures_of(code.upper(), _snapshot(as_of))
    if row is None:
        raise Http404
    return row


@door.one("/cover", "situation.view", Covers)
def cover(call: Call) -> dict[str, list[Cover]]:
    """How long what places hold will last, the shortest first."""
    return {"cover": days_of_cover()}


@door.list("/measures", "situation.view", MeasureOut)
def measures(call: Call) -> Any:
    """Public-health and trade measures of places, each with its source."""
    return Measure.objects.all()


@door.add("/measures", "situation.measure", MeasureOut)
def add_measure(call: Call, body: MeasureIn) -> Measure:
    """Record a measure."""
    row = Measure(**body.model_dump() | {"place": pick(Place, "place", body.place)})
    return actions.add_measure(by=call.by, at=call.at, measure=row)


@door.replace("/measures/{id}/end", "situation.measure", MeasureOut)
def end_measure(call: Call, id: Id, body: MeasureEnd) -> Measure:
    """Set or correct the last day of a measure."""
    row = find(Measure, call.by, "situation.measure", pk=id)
    return actions.end_measure(
        by=call.by, at=call.at, measure=row, ends_on=body.ends_on, expected_version=call.version
    )  # fmt: skip
