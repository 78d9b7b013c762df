"""Evidence for programs: take in a page, decide its proposed facts, retract, write down as an offer."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from yuanshou_ops.api.doors import Call, Door, pick
from yuanshou_ops.api.offers import OfferOut
from yuanshou_ops.api.types import (
    Code,
    Day,
    Id,
    In,
    Maybe20,
    Maybe40,
    Maybe120,
    Maybe300,
    Out,
    Reason,
    one_of,
    via,
    words,
)
from yuanshou_ops.evidence import actions, forms
from yuanshou_ops.evidence.models import Becomes, ConfirmedFact, FactRow, ProposedFact, Source
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.people.policy import find, visible
from yuanshou_ops.requests.models import AidOffer

door = Door("evidence")
TEXT_MAX = 2_000_000


class SourceOut(Out):
    number: str
    title: str
    origin: str
    published_at: datetime | None
    same_report_as: str | None = via("same_report_as.number", None)
    taken_in_at: datetime


class SourceDetail(SourceOut):
    encoding: str
    text: str
    parts: dict[str, Any]
    repairs: list[Any]


class FactValues(Out):
    place_code: str
    giver: str
    receiver: str
    item: str
    quantity: Decimal | None
    unit: str
    stage: str
    day: date | None


class ProposalOut(FactValues):
    id: int
    source: str = via("source.number")
    kind: str
    quote: str
    start: int
    end: int
    confidence: float
    rule: str
    status: one_of(ProposedFact.Status)
    reason: str
    version: int


class Became(Out):
    """The row a fact was written down as."""

    kind: one_of(FactRow.Kind)
    number: str


class FactOut(FactValues):
    number: str
    becomes: one_of(Becomes)
    note: str
    retracts: str | None = via("retracts.number", None)
    confirmed_at: datetime
    sources: list[str]
    became: Became | None = via("row", None)

    @staticmethod
    def resolve_sources(row: ConfirmedFact) -> list[str]:
        return [one.proposal.source.number for one in row.sources.select_related("proposal__source")]


class PageIn(In):
    """The text or HTML of a page as it is, damaged or not; `report_date` where it carries no date of its own."""

    text: words(TEXT_MAX, least=1)
    origin: words(500) = ""
    report_date: Day | None = None


class TakenIn(Out):
    source: SourceOut
    is_new: bool


class Corrections(In):
    place_code: Maybe120 = ""
    giver: Maybe120 = ""
    receiver: Maybe120 = ""
    item: Maybe40 = ""
    quantity: Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=3)] | None = None
    unit: Maybe20 = ""
    stage: Maybe20 = ""
    day: Day | None = None


class ConfirmIn(In):
    """Only the values that differ from what was read go into `corrected`, with the reason in `note`."""

    becomes: one_of(Becomes) | None = None
    corrected: Corrections = Corrections()
    note: Maybe300 = ""


class FactOfferIn(In):
    donor: Code
    place: Code


@door.list("/sources", "evidence.view", SourceOut)
def sources(call: Call) -> Any:
    """Pages as they were taken in."""
    return visible(Source, call.by, "evidence.view").select_related("same_report_as")


@door.one("/sources/{number}", "evidence.view", SourceDetail)
def source(call: Call, number: Code) -> Source:
    """One page with its repaired text and parts."""
    return find(Source, call.by, "evidence.view", number=number)


@door.add("/sources", "evidence.take_in", TakenIn)
def take_in(call: Call, body: PageIn) -> dict[str, Any]:
    """Take a page in; facts are proposed, and nothing counts before a person confirms it."""
    upload = actions.Upload(body.text.encode(), body.origin, body.report_date)
    row, is_new = actions.take_in(by=call.by, at=call.at, upload=upload)
    return {"source": row, "is_new": is_new}


@door.list("/proposals", "evidence.view", ProposalOut, filters=forms.ProposalFilter)
def proposals(call: Call) -> Any:
    """What rules read in pages; counts nowhere."""
    return visible(ProposedFact, call.by, "evidence.view").select_related("source")


@door.one("/proposals/{id}", "evidence.view", ProposalOut)
def proposal(call: Call, id: Id) -> ProposedFact:
    """One proposed fact with the words it came from."""
    return find(ProposedFact, call.by, "evidence.view", pk=id)


@door.replace("/proposals/{id}/confirmation", "evidence.confirm", FactOut)
def confirm(call: Call, id: Id, body: ConfirmIn) -> ConfirmedFact:
    """Stand for a proposed fact, corrected where it has to be."""
    row = find(ProposedFact, call.by, "evidence.confirm", pk=id)
    confirmation = actions.Confirmation(
        body.becomes or "", body.corrected.model_dump(exclude_unset=True), body.note
    )  # fmt: skip
    return actions.confirm(
        by=call.by, at=call.at, proposal=row, confirmation=confirmation, expected_version=call.version
    )


@door.replace("/proposals/{id}/rejection", "evidence.reject", ProposalOut)
def reject(call: Call, id: Id, body: Reason) -> ProposedFact:
    """Say that a proposal is no fact, and why."""
    row = find(ProposedFact.objects.select_related("source"), call.by, "evidence.reject", pk=id)
    return actions.reject(
        by=call.by, at=call.at, proposal=row, reason=body.reason, expected_version=call.version
    )  # fmt: skip


@door.step("/proposals/{id}/reopen", "evidence.reject", ProposalOut)
def reopen(call: Call, id: Id, body: Reason) -> ProposedFact:
    """Take a rejection back."""
    row = find(ProposedFact.objects.select_related("source"), call.by, "evidence.reject", pk=id)
    return actions.reopen(by=call.by, at=call.at, proposal=row, reason=body.reason)


@door.list("/facts", "evidence.view", FactOut, filters=forms.FactFilter)
def facts(call: Call) -> Any:
    """What people stand for, each with its sources; never edited."""
    return visible(ConfirmedFact, call.by, "evidence.view").select_related("retracts", "row")


@door.one("/facts/{number}", "evidence.view", FactOut)
def fact(call: Call, number: Code) -> ConfirmedFact:
    """One confirmed fact."""
    return find(ConfirmedFact, call.by, "evidence.view", number=number)


@door.add("/facts/{number}/retraction", "evidence.retract", FactOut)
def retract(call: Call, number: Code, body: Reason) -> ConfirmedFact:
    """Take a fact back by a new row that names it."""
    row = find(ConfirmedFact, call.by, "evidence.retract", number=number)
    return actions.retract(by=call.by, at=call.at, fact=row, reason=body.reason)


@door.add("/facts/{number}/offer", "evidence.write_down", OfferOut)
def write_down_as_offer(call: Call, number: Code, body: FactOfferIn) -> AidOffer:
    """Write a confirmed gift down as an offer of its donor; vetting follows as for any offer."""
    row = find(ConfirmedFact, call.by, "evidence.write_down", number=number)
    donor = pick(Organisation.objects.filter(is_active=True), "donor", body.donor, by="code")
    return actions.write_down_as_offer(
        by=call.by, at=call.at, fact=row, donor=donor, place=pick(Place, "place", body.place)
    )
