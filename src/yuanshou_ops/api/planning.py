"""Planning for programs: start a run, follow it, read its lines and reasons, change a line, submit, approve."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from pydantic import BeforeValidator, Field

from yuanshou_ops.api.doors import Call, Door, pick
from yuanshou_ops.api.shipments import ShipmentOut
from yuanshou_ops.api.types import Code, Day, Id, In, Line, Maybe300, Out, Reason, Text120, Units0, Yes, one_of, via
from yuanshou_ops.ledger.models import Item
from yuanshou_ops.people.models import Place
from yuanshou_ops.people.policy import find
from yuanshou_ops.planning import actions, forms
from yuanshou_ops.planning.engine import folder_of
from yuanshou_ops.planning.models import PlanCell, PlanLine, PlanRun, Task
from yuanshou_ops.sentences import kept
from yuanshou_ops.shipments.models import Shipment
from yuanshou_ops.situation.models import Outbreak

door = Door("planning")
Rule = Literal["need", "max_min", "proportional", "per_head", "first_come"]


Kept = Annotated[str, BeforeValidator(kept)]
"""Words kept in every language: the caller's."""


class TaskOut(Out):
    id: int
    kind: one_of(Task.Kind)
    run: str | None = via("run.number", None)
    as_of: date | None
    status: one_of(Task.Status)
    stage: str
    percent: int
    attempts: int
    queued_at: datetime
    error: Kept


class RunOut(Out):
    number: str
    title: str
    outbreak: str = via("outbreak.code")
    as_of: date
    scope: dict[str, Any]
    settings: dict[str, Any]
    status: one_of(PlanRun.Status)
    fingerprint: str
    result_digest: str
    error: Kept
    created_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    decision_reason: str
    version: int


class RunDetail(RunOut):
    """With the inputs' digests, the figures, the other rules beside them, and how far the queue is."""

    inputs: dict[str, Any]
    summary: dict[str, Any]
    comparisons: list[dict[str, Any]]
    task: TaskOut | None

    @staticmethod
    def resolve_task(row: PlanRun) -> Task | None:
        return row.tasks.last()


class PlanLineOut(Out):
    line: int
    account: int = via("account_id")
    item: str = via("item_id")
    source: str
    place: str = via("recipient_id")
    mode: str
    week: date
    arrival: date
    planned: int
    quantity: int
    reason: str
    version: int


class CellOut(Out):
    place: str = via("place_id")
    item: str = via("item_id")
    need: int
    served: int
    unmet: int
    coverage: float | None
    limit: str
    price: float | None
    sentence: str


class RunIn(In):
    """Places and items: none named means all. Without `outbreak`, for the one that is shown first."""

    title: Text120
    as_of: Day
    outbreak: Code | None = None
    policy: Rule = "need"
    compare: Annotated[tuple[Rule, ...], Field(max_length=5)] = ("max_min", "per_head", "first_come")
    equity_floor: Annotated[float, Field(ge=0, le=1)] = 0.0
    weeks: Annotated[int, Field(strict=True, ge=1, le=12)] = 12
    adopt_weeks: Annotated[int, Field(strict=True, ge=1, le=12)] = 2
    places: Annotated[tuple[Code, ...], Field(max_length=300)] = ()
    items: Annotated[tuple[Code, ...], Field(max_length=300)] = ()


class PlanLineIn(In):
    quantity: Units0
    reason: Line


class PlanSubmitIn(In):
    leave_out: Yes = False


class ApproveIn(In):
    reason: Maybe300 = ""


class Approved(Out):
    run: RunOut
    shipments: list[ShipmentOut]


def _run(call: Call, number: str, action: str) -> PlanRun:
    return find(PlanRun, call.by, action, number=number)


@door.list("/plans", "planning.view", RunOut, filters=forms.RunFilter)
def runs(call: Call) -> Any:
    """Plan runs, waiting, ready, submitted, approved."""
    return PlanRun.objects.select_related("outbreak")


@door.one("/plans/{number}", "planning.view", RunDetail)
def run(call: Call, number: Code) -> PlanRun:
    """One run: its progress while it waits or runs, its figures once it is ready."""
    return _run(call, number, "planning.view")


@door.add("/plans", "planning.run", RunOut)
def make_run(call: Call, body: RunIn) -> PlanRun:
    """Put a run in the queue. Only vetted stock is planned; requests do not enter."""
    for field, rows, codes in (("places", Place, body.places), ("items", Item, body.items)):
        for number, code in enumerate(codes):
            pick(rows, f"{field}.{number}", code)
    outbreak = pick(Outbreak, "outbreak", body.outbreak, by="code") if body.outbreak else None
    choice = actions.Choice(
        policy=body.policy, equity_floor=body.equity_floor, weeks=body.weeks, compare=body.compare,
        adopt_weeks=body.adopt_weeks,
    )  # fmt: skip
    return actions.make_run(
        by=call.by,
        at=call.at,
        title=body.title,
        as_of=body.as_of,
        choice=choice,
        places=body.places,
        items=body.items,
        outbreak=outbreak,
    )


@door.list("/plans/{number}/lines", "planning.view", PlanLineOut, filters=forms.LineFilter)
def lines(call: Call, number: Code) -> Any:
    """What is sent where, when and from which lot."""
    return _run(call, number, "planning.view").lines.all()


def _line(number: str, line: int) -> PlanLine:
    return get_object_or_404(PlanLine.objects.select_related("run", "account__lot"), run__number=number, line=line)


@door.one("/plans/{number}/lines/{line}", "planning.view", PlanLineOut)
def line(call: Call, number: Code, line: Id) -> PlanLine:
    """One line of a plan."""
    return _line(number, line)


@door.replace("/plans/{number}/lines/{line}", "planning.adjust", PlanLineOut)
def change_line(call: Call, number: Code, line: Id, body: PlanLineIn) -> PlanLine:
    """Send more or less than planned, with a reason."""
    return actions.change_line(
        by=call.by, at=call.at, line=_line(number, line), quantity=body.quantity, reason=body.reason,
        expected_version=call.version,
    )  # fmt: skip


@door.list("/plans/{number}/reasons", "planning.view", CellOut, filters=forms.CellFilter)
def reasons(call: Call, number: Code) -> Any:
    """Need, what is served, and why not more, for every place and item."""
    return PlanCell.objects.filter(run=_run(call, number, "planning.view"))


@door.step("/plans/{number}/submit", "planning.submit", RunOut)
def submit_run(call: Call, number: Code, body: PlanSubmitIn) -> PlanRun:
    """Ask a second person to approve."""
    row = _run(call, number, "planning.submit")
    return actions.submit_run(by=call.by, at=call.at, run=row, leave_out=body.leave_out)


@door.step("/plans/{number}/approve", "planning.approve", Approved)
def approve_run(call: Call, number: Code, body: ApproveIn) -> dict[str, Any]:
    """Approve, as a second person: all goods are reserved and all shipments drafted, or nothing is."""
    row = _run(call, number, "planning.approve")
    made = actions.approve_run(by=call.by, at=call.at, run=row, reason=body.reason)
    drafted = Shipment.objects.filter(pk__in=[one.pk for one in made]).select_related("consignor").order_by("pk")
    return {"run": PlanRun.objects.get(pk=row.pk), "shipments": list(drafted)}


@door.step("/plans/{number}/refuse", "planning.refuse", RunOut)
def refuse_run(call: Call, number: Code, body: Reason) -> PlanRun:
    """Send a submitted plan back."""
    return actions.refuse_run(
        by=call.by, at=call.at, run=_run(call, number, "planning.refuse"), reason=body.reason
    )  # fmt: skip


@door.step("/plans/{number}/drop", "planning.drop", RunOut)
def drop_run(call: Call, number: Code, body: Reason) -> PlanRun:
    """Give a plan up."""
    return actions.drop_run(by=call.by, at=call.at, run=_run(call, number, "planning.drop"), reason=body.reason)


@door.file("/plans/{number}/plan.json", "planning.view", "application/json")
def plan_file(call: Call, number: Code) -> FileResponse:
    """The sealed plan file, once the run is ready."""
    path = folder_of(_run(call, number, "planning.view")) / "plan.json"
    if not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), content_type="application/json")


@door.list("/tasks", "planning.view", TaskOut)
def tasks(call: Call) -> Any:
    """The queue of long work."""
    return Task.objects.select_related("run")
