"""The situation for programs: snapshots, places with counts, forecast and need, days of cover, measures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from pydantic import Field

from yuanshou_ops.api.doors import Call, Door, pick
from yuanshou_ops.api.exchange import CONTENT_MAX, bytes_of
from yuanshou_ops.api.planning import TaskOut
from yuanshou_ops.api.types import Code, Day, FromFact, Id, In, Name, Out, Reason, Yes, one_of, via, words
from yuanshou_ops.people.models import Place
from yuanshou_ops.people.policy import find
from yuanshou_ops.planning import actions as planning
from yuanshou_ops.planning.models import Task
from yuanshou_ops.situation import actions, counts, forms
from yuanshou_ops.situation.cover import Cover, days_of_cover
from yuanshou_ops.situation.models import (
    CountUpload,
    Disease,
    Measure,
    Outbreak,
    PlaceSituation,
    Snapshot,
    figures_of,
    latest,
    lead,
)

door = Door("situation")
HEAVY = ("need", "forecast", "curve", "vintages", "capacity", "intervals")


class OutbreakOut(Out):
    code: str
    name: str
    disease: one_of(Disease)
    counts: one_of(Outbreak.Counts)
    is_lead: bool
    version: int


class OutbreakIn(In):
    """`is_lead` shows it first on the pages, in place of the one before."""

    code: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{0,15}$")]
    name: words(120, least=1)
    disease: one_of(Disease)
    counts: one_of(Outbreak.Counts) = Outbreak.Counts.REPORTED
    is_lead: Yes = False


class CountUploadOut(FromFact):
    """A withdrawn upload stays, and counts no more."""

    FACT_KIND = "count"
    number: str
    outbreak: str = via("outbreak.code")
    known_on: date
    source: str
    file_name: str
    digest: str
    notes: list[Any]
    uploaded_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str
    version: int


class CountsLook(In):
    """The bytes of an XLSX or CSV file in base64; `columns` says which heading is which where the headings do not."""

    file_name: Name
    content: Annotated[str, Field(min_length=1, max_length=CONTENT_MAX)]
    known_on: Day
    columns: Annotated[dict[words(40, least=1), words(200, least=1)], Field(max_length=20, default_factory=dict)]


class CountsIn(CountsLook):
    """`mark` is the one of the preview: exactly that is stored."""

    source: words(400, least=1)
    mark: words(64, least=1)


class CountsPreview(Out):
    """What the file holds, and how it differs from what was known before; null is not reported."""

    mark: str
    digest: str = via("table.digest")
    rows: int
    places: int
    first: date
    last: date
    cases: int | None
    deaths: int | None
    fallen: list[Any]
    vanished: list[str]
    notes: list[Any] = via("table.notes")

    @staticmethod
    def resolve_rows(row: counts.Preview) -> int:
        return len(row.table.rows)


class SnapshotOut(Out):
    outbreak: str = via("outbreak.code")
    as_of: date
    made_at: datetime
    source: str
    digest: str
    changes: list[Any]
    notes: list[Any]


class SnapshotIn(In):
    """Without `outbreak`, of the one that is shown first."""

    as_of: Day
    outbreak: Code | None = None


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


def _snapshot(as_of: date | None, code: str | None) -> Snapshot | None:
    outbreak = get_object_or_404(Outbreak, code=code) if code else lead()
    return get_object_or_404(Snapshot, outbreak=outbreak, as_of=as_of) if as_of else latest(outbreak)


def _outbreak(call: Call, code: str, action: str) -> Outbreak:
    return find(Outbreak, call.by, action, code=code.upper())


def _table(body: CountsLook) -> counts.Table:
    content = bytes_of(body.content)
    return counts.read_counts(body.file_name, content, known_on=body.known_on, columns=body.columns)


@door.list("/outbreaks", "situation.view", OutbreakOut)
def outbreaks(call: Call) -> Any:
    """The outbreaks that are followed."""
    return Outbreak.objects.all()


@door.add("/outbreaks", "situation.outbreak", OutbreakOut)
def add_outbreak(call: Call, body: OutbreakIn) -> Outbreak:
    """Follow another outbreak."""
    return actions.add_outbreak(by=call.by, at=call.at, outbreak=Outbreak(**body.model_dump()))


@door.step("/outbreaks/{code}/first", "situation.outbreak", OutbreakOut)
def show_first(call: Call, code: Code) -> Outbreak:
    """Let the pages show this outbreak unless their address names another."""
    return actions.show_first(by=call.by, at=call.at, outbreak=_outbreak(call, code, "situation.outbreak"))


@door.list("/outbreaks/{code}/counts", "situation.view", CountUploadOut)
def count_uploads(call: Call, code: Code) -> Any:
    """The uploads of an outbreak, withdrawn ones too."""
    return _outbreak(call, code, "situation.view").uploads.select_related("outbreak")


@door.step("/outbreaks/{code}/counts/preview", "situation.count", CountsPreview)
def preview_counts(call: Call, code: Code, body: CountsLook) -> counts.Preview:
    """What a file of counts holds and how it differs from what was known; nothing is saved."""
    row = _outbreak(call, code, "situation.count")
    return counts.preview(row, _table(body), known_on=body.known_on)


@door.add("/outbreaks/{code}/counts", "situation.count", CountUploadOut)
def upload_counts(call: Call, code: Code, body: CountsIn) -> CountUpload:
    """Store exactly what the preview of that mark shows, all rows or none."""
    return actions.upload_counts(
        by=call.by, at=call.at, outbreak=_outbreak(call, code, "situation.count"), table=_table(body),
        known_on=body.known_on, source=body.source, mark=body.mark,
    )  # fmt: skip


@door.replace("/count-uploads/{number}/withdraw", "situation.count", CountUploadOut)
def withdraw_counts(call: Call, number: Code, body: Reason) -> CountUpload:
    """Let an upload count no more; it stays, with the reason."""
    row = find(CountUpload, call.by, "situation.count", number=number)
    return actions.withdraw_counts(
        by=call.by, at=call.at, upload=row, reason=body.reason, expected_version=call.version
    )  # fmt: skip


@door.list("/snapshots", "situation.view", SnapshotOut)
def snapshots(call: Call) -> Any:
    """What was known of the world on a day."""
    return Snapshot.objects.select_related("outbreak")


@door.add("/snapshots", "planning.refresh", TaskOut)
def refresh(call: Call, body: SnapshotIn) -> Task:
    """Ask for a new snapshot of the situation on a day of knowledge; the queue makes it."""
    outbreak = pick(Outbreak, "outbreak", body.outbreak, by="code") if body.outbreak else None
    return planning.refresh(by=call.by, at=call.at, as_of=body.as_of, outbreak=outbreak)


@door.list("/situation", "situation.view", FiguresOut, filters=forms.WorldFilter)
def world(call: Call, as_of: Day | None = None, outbreak: Code | None = None) -> Any:
    """Every place in the latest snapshot, or in that of a day; of the lead outbreak unless another is named."""
    return PlaceSituation.objects.filter(snapshot=_snapshot(as_of, outbreak)).defer(*HEAVY)


@door.one("/situation/{code}", "situation.view", PlaceFigures)
def place_figures(call: Call, code: Code, as_of: Day | None = None, outbreak: Code | None = None) -> PlaceSituation:
    """One place with its curve, vintages, forecast and need."""
    row = figures_of(code.upper(), _snapshot(as_of, outbreak))
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
