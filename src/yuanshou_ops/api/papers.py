"""Papers of shipments for programs: what each lacks, its versions, and the PDF in six languages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from yuanshou_ops.api.doors import Call, Door
from yuanshou_ops.api.types import Code, Id, Out, known, one_of
from yuanshou_ops.environment import LANGUAGES
from yuanshou_ops.people.policy import find, require
from yuanshou_ops.shipments import papers
from yuanshou_ops.shipments.models import Paper, Shipment

door = Door("papers")
PaperKind = known(Paper.Kind.values)
Language = known(LANGUAGES)


class PaperOut(Out):
    number: str
    kind: one_of(Paper.Kind)
    version: int
    digest: str
    issued_at: datetime


class LackOut(Out):
    """What a paper lacks; it cannot be issued while something that `stops` is missing."""

    words: str
    stops: bool


class Lacks(Out):
    lacks: list[LackOut]


def _shipment(call: Call, number: str, action: str) -> Shipment:
    rows = Shipment.objects.select_related("consignor", "consignee__organisation", "aid_request")
    return find(rows, call.by, action, number=number)


@door.list("/shipments/{number}/papers", "shipments.view", PaperOut)
def issued(call: Call, number: Code) -> Any:
    """Every paper of a shipment in every version."""
    return _shipment(call, number, "shipments.view").papers.select_related("shipment")


@door.one("/shipments/{number}/papers/{kind}", "shipments.view", Lacks)
def lacks(call: Call, number: Code, kind: PaperKind) -> dict[str, Any]:
    """What a paper lacks."""
    return {"lacks": papers.lacks(_shipment(call, number, "shipments.view"), kind)}


@door.step("/shipments/{number}/papers/{kind}", "shipments.paper", PaperOut)
def issue(call: Call, number: Code, kind: PaperKind) -> Paper:
    """Issue a paper; where nothing changed since the last version, that one is the answer."""
    row = _shipment(call, number, "shipments.paper")
    return papers.issue(by=call.by, at=call.at, shipment=row, kind=kind)


@door.file("/shipments/{number}/papers/{kind}/{version}/{language}.pdf", "shipments.view", "application/pdf")
def pdf(call: Call, number: Code, kind: PaperKind, version: Id, language: Language) -> HttpResponse:
    """One version in one language. The waybill carries the receiver's code and takes the right to see it."""
    row = _shipment(call, number, "shipments.view")
    if kind == Paper.Kind.WAYBILL:
        require(call.by, "shipments.code", row)
    made = get_object_or_404(row.papers, kind=kind, version=version)
    response = HttpResponse(papers.print_paper(made, language), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{made.number}-v{version}-{language}.pdf"'
    return response
