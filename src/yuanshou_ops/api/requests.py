"""Requests for programs: consignees, requests with their lines, answers, another consignee."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from yuanshou_ops.api.doors import Call, Door, pick
from yuanshou_ops.api.people import Email
from yuanshou_ops.api.types import (
    Code,
    Counted,
    Day,
    Decision,
    FromFact,
    Id,
    In,
    Line,
    Maybe200,
    Maybe300,
    Name,
    Note,
    Out,
    Packed,
    Reason,
    RowId,
    Text120,
    Yes,
    one_of,
    via,
    words,
)  # fmt: skip
from yuanshou_ops.ledger.models import Item
from yuanshou_ops.ledger.quantities import to_base
from yuanshou_ops.people.models import Place
from yuanshou_ops.people.policy import find, visible
from yuanshou_ops.requests import actions, forms
from yuanshou_ops.requests.models import AidRequest, Consignee, ConsigneeChange
from yuanshou_ops.requests.statuses import REQUEST
from yuanshou_ops.steps import possible_steps

door = Door("requests")
LINES_MAX = 100


class ConsigneeOut(Out):
    id: int
    organisation: str = via("organisation.code")
    name: str
    place: str = via("place_id")
    address: str
    contact_name: str
    phone: str
    email: str
    hours: str
    verified_at: datetime | None
    is_active: bool
    version: int


class ConsigneeIn(In):
    organisation: Code
    name: Name
    place: Code
    address: Line
    contact_name: Text120
    phone: words(40, least=1)
    email: Email = ""
    hours: Maybe200 = ""


class RequestLineOut(Packed):
    line: int
    reason: str
    modelled_median: int | None
    modelled_p90: int | None


class RequestOut(FromFact):
    FACT_KIND = "request"
    number: str
    organisation: str = via("organisation.code")
    place: str = via("place_id")
    consignee: int = via("consignee_id")
    priority: int
    priority_reason: str
    needed_by: date | None
    note: str
    status: one_of(AidRequest.Status)
    submitted_at: datetime | None
    answered_at: datetime | None
    answer_reason: str
    merged_into: str | None = via("merged_into.number", None)
    next_steps: list[str]
    lines: list[RequestLineOut]
    version: int

    @staticmethod
    def resolve_next_steps(row: AidRequest) -> list[str]:
        return possible_steps(REQUEST, row.status)


class AskedIn(Counted):
    reason: Maybe300 = ""


class RequestIn(In):
    organisation: Code
    place: Code
    consignee: RowId
    priority: Annotated[int, Field(strict=True, ge=1, le=4)] = 3
    priority_reason: Maybe300 = ""
    needed_by: Day | None = None
    note: Note = ""
    lines: Annotated[list[AskedIn], Field(min_length=1, max_length=LINES_MAX)]


class SubmitIn(In):
    duplicate_reason: Maybe300 = ""
    confirmed_unusual: Yes = False


class AnswerIn(In):
    answer: Literal["accept", "return", "merge"]
    reason: Maybe300 = ""
    merged_into: Code | None = None


class ChangeIn(In):
    to: RowId
    reason: Line


class ChangeOut(Out):
    id: int
    request: str = via("aid_request.number")
    to: int = via("to_id")
    reason: str
    status: str
    version: int


def _requests() -> Any:
    return AidRequest.objects.select_related("organisation", "merged_into").prefetch_related("lines__item")


def _head(call: Call, body: RequestIn) -> dict[str, Any]:
    """The fields of a request; organisation and consignee are among those the person may ask for."""
    mine = forms.organisations_for(call.by, "requests.draft")
    receivers = Consignee.objects.filter(is_active=True, organisation__in=mine)
    return body.model_dump(exclude={"lines"}) | {
        "organisation": pick(mine, "organisation", body.organisation, by="code"),
        "place": pick(Place, "place", body.place),
        "consignee": pick(receivers, "consignee", body.consignee),
    }


def _asked(body: RequestIn) -> list[actions.Asked]:
    items = [pick(Item, f"lines.{n}.item", line.item) for n, line in enumerate(body.lines)]
    return [
        actions.Asked(item, to_base(item, line.count, line.pack), line.reason)
        for item, line in zip(items, body.lines, strict=True)
    ]


@door.list("/consignees", "requests.view", ConsigneeOut)
def consignees(call: Call) -> Any:
    """Registered receivers. Goods go to nobody else."""
    return visible(Consignee, call.by, "requests.view").select_related("organisation")


@door.one("/consignees/{id}", "requests.view", ConsigneeOut)
def consignee(call: Call, id: Id) -> Consignee:
    """One registered receiver."""
    return find(Consignee, call.by, "requests.view", pk=id)


@door.add("/consignees", "requests.consignee_add", ConsigneeOut)
def add_consignee(call: Call, body: ConsigneeIn) -> Consignee:
    """Register a receiver; another person verifies it."""
    mine = forms.organisations_for(call.by, "requests.consignee_add")
    values = body.model_dump() | {
        "organisation": pick(mine, "organisation", body.organisation, by="code"),
        "place": pick(Place, "place", body.place),
    }
    return actions.add_consignee(by=call.by, at=call.at, **values)


@door.step("/consignees/{id}/verify", "requests.consignee_verify", ConsigneeOut)
def verify_consignee(call: Call, id: Id) -> Consignee:
    """Say, as a second person, that the contact was called and is right."""
    row = find(Consignee, call.by, "requests.consignee_verify", pk=id)
    return actions.verify_consignee(by=call.by, at=call.at, consignee=row)


@door.list("/requests", "requests.view", RequestOut, filters=forms.RequestFilter)
def aid_requests(call: Call) -> Any:
    """What places ask for, and what became of it."""
    return visible(_requests(), call.by, "requests.view")


@door.one("/requests/{number}", "requests.view", RequestOut)
def aid_request(call: Call, number: Code) -> AidRequest:
    """One request with its lines and status."""
    return find(_requests(), call.by, "requests.view", number=number)


@door.add("/requests", "requests.draft", RequestOut)
def draft_request(call: Call, body: RequestIn) -> AidRequest:
    """Write a request down; nobody is asked until it is submitted."""
    head, lines = _head(call, body), _asked(body)
    return actions.draft_request(by=call.by, at=call.at, lines=lines, **head)


@door.replace("/requests/{number}", "requests.draft", RequestOut)
def edit_request(call: Call, number: Code, body: RequestIn) -> AidRequest:
    """Replace a draft or a returned request, lines included."""
    row = find(AidRequest, call.by, "requests.draft", number=number)
    head, lines = _head(call, body), _asked(body)
    return actions.edit_request(
        by=call.by, at=call.at, aid_request=row, expected_version=call.version, lines=lines, **head
    )  # fmt: skip


@door.step("/requests/{number}/submit", "requests.submit", RequestOut)
def submit_request(call: Call, number: Code, body: SubmitIn) -> AidRequest:
    """Ask. The answer says when a reason or a verified consignee is missing."""
    row = find(AidRequest, call.by, "requests.submit", number=number)
    return actions.submit_request(by=call.by, at=call.at, aid_request=row, **body.model_dump())


@door.step("/requests/{number}/answer", "requests.accept", RequestOut)
def answer_request(call: Call, number: Code, body: AnswerIn) -> AidRequest:
    """Accept, return with a question, or merge into another request of the same place."""
    row = find(AidRequest, call.by, "requests.accept", number=number)
    seen = visible(AidRequest, call.by, "requests.view")
    other = pick(seen, "merged_into", body.merged_into, by="number") if body.merged_into else None
    return actions.answer_request(
        by=call.by, at=call.at, aid_request=row, step=body.answer, reason=body.reason, merged_into=other
    )


@door.step("/requests/{number}/withdraw", "requests.withdraw", RequestOut)
def withdraw_request(call: Call, number: Code, body: Reason) -> AidRequest:
    """Take a request back."""
    row = find(AidRequest, call.by, "requests.withdraw", number=number)
    return actions.step_request(by=call.by, at=call.at, aid_request=row, step="withdraw", reason=body.reason)


@door.step("/requests/{number}/close", "requests.close", RequestOut)
def close_request(call: Call, number: Code, body: Reason) -> AidRequest:
    """Close a request that needs nothing more."""
    row = find(AidRequest, call.by, "requests.close", number=number)
    return actions.step_request(by=call.by, at=call.at, aid_request=row, step="close", reason=body.reason)


@door.list("/consignee-changes", "requests.view", ChangeOut)
def consignee_changes(call: Call) -> Any:
    """Proposals to send the goods of an accepted request elsewhere, and what was decided."""
    return visible(ConsigneeChange, call.by, "requests.view").select_related("aid_request")


@door.add("/requests/{number}/consignee-changes", "requests.consignee_change_propose", ChangeOut)
def propose_consignee_change(call: Call, number: Code, body: ChangeIn) -> ConsigneeChange:
    """Propose another consignee of the same place; another person decides."""
    row = find(AidRequest, call.by, "requests.consignee_change_propose", number=number)
    to = pick(Consignee, "to", body.to)
    return actions.propose_consignee_change(by=call.by, at=call.at, aid_request=row, to=to, reason=body.reason)


@door.step("/consignee-changes/{id}/decide", "requests.consignee_change", ChangeOut)
def decide_consignee_change(call: Call, id: Id, body: Decision) -> ConsigneeChange:
    """Decide on another consignee, as a second person."""
    row = find(ConsigneeChange.objects.select_related("aid_request"), call.by, "requests.consignee_change", pk=id)
    return actions.decide_consignee_change(
        by=call.by, at=call.at, row=row, accept=body.accept, reason=body.reason
    )  # fmt: skip
