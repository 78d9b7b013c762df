"""Papers of a shipment: what each states, what it lacks, its versions.

The one thing easily confused: **facts** are what a version states, in no language; a **document** is what is printed
of them, in one. Issuing the same facts again gives the version there is; changed facts give the next one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuanshou_ops.errors import Refused
from yuanshou_ops.people.audit import record
from yuanshou_ops.people.policy import require
from yuanshou_ops.shipments.models import Discrepancy, Paper, ReceiptLine, Shipment
from yuanshou_ops.shipments.outcomes import shipment_outcomes
from yuanshou_ops.shipments.paper_documents import document_of
from yuanshou_ops.shipments.paper_layout import render, unprintable

Kind = Paper.Kind
LOSSES = ("damaged", "short", "expired")


@dataclass(frozen=True)
class Lack:
    """Something a paper does not have; without some things it cannot be issued at all."""

    words: str
    stops: bool


# --- facts ---------------------------------------------------------------------------------------------------


def facts_of(shipment: Shipment, kind: str) -> dict[str, Any]:
    """What the paper states now, as JSON values without a language."""
    parts = PARTS[Kind(kind)]
    return {"number": shipment.number, **{part.__name__.strip("_"): part(shipment) for part in parts}}


def _parties(shipment: Shipment) -> dict[str, Any]:
    consignor, consignee = shipment.consignor, shipment.consignee
    return {
        "consignor": consignor.name, "from": shipment.from_place_id, "consignor_contact": consignor.contact,
        "consignor_phone": consignor.phone, "consignee": consignee.name, "organisation": consignee.organisation.name,
        "to": shipment.to_place_id, "address": consignee.address, "contact": consignee.contact_name,
        "phone": consignee.phone, "request": shipment.aid_request.number if shipment.aid_request else "",
    }  # fmt: skip


def _way(shipment: Shipment) -> dict[str, Any]:
    return {
        "mode": shipment.mode, "carrier": shipment.carrier, "vehicle": shipment.vehicle,
        "carrier_document": shipment.carrier_document,
        "incoterm": f"{shipment.incoterm} {shipment.incoterm_place}".strip(),
        "dispatched": shipment.dispatched_at.date().isoformat() if shipment.dispatched_at else "",
        "arrives": shipment.arrives_on.isoformat(),
    }  # fmt: skip


def _lines(shipment: Shipment) -> list[dict[str, Any]]:
    return [
        {
            "line": line.line, "item": line.item_id, "name": line.item.name, "unit": line.item.unit,
            "lot": line.lot.number, "expires": line.lot.expires_on.isoformat() if line.lot.expires_on else "",
            "quantity": line.quantity, "donor": line.lot.origin.name,
        }
        for line in shipment.lines.select_related("item", "lot__origin")
    ]  # fmt: skip


def _prices(shipment: Shipment) -> dict[str, str | None]:
    rows = shipment.lines.values_list("item_id", "item__unit_price_usd")
    return {item: None if price is None else f"{price.normalize():f}" for item, price in rows}


def _packages(shipment: Shipment) -> list[dict[str, Any]]:
    return [
        {
            "number": p.number, "line": p.line.line, "kind": p.kind, "quantity": p.quantity, "sscc": p.sscc, "size_cm": p.size_cm,
            "gross_kg": None if p.gross_kg is None else str(p.gross_kg),
        }
        for p in shipment.packages.select_related("line")
    ]  # fmt: skip


def _receipts(shipment: Shipment) -> list[dict[str, Any]]:
    return [
        {
            "number": receipt.number, "on": receipt.received_at.date().isoformat(), "name": receipt.receiver_name,
            "role": receipt.receiver_role, "note": receipt.note,
            "lines": [_counted(row) for row in receipt.lines.select_related("line")],
        }
        for receipt in shipment.receipts.all()
    ]  # fmt: skip


def _counted(row: ReceiptLine) -> dict[str, int]:
    return {name: getattr(row, name) for name in ("good", *LOSSES, "surplus")} | {"line": row.line.line}


def _outcomes(shipment: Shipment) -> list[dict[str, int]]:
    names = ("accepted", "damaged", "short", "lost", "returned", "destroyed", "outstanding", "surplus")
    return [
        {"line": o.line.line, "sent": o.dispatched} | {name: getattr(o, name) for name in names}
        for o in shipment_outcomes(shipment)
    ]


def _losses(shipment: Shipment) -> list[dict[str, Any]]:
    rows = Discrepancy.objects.filter(line__shipment=shipment, kind__in=LOSSES).select_related("line", "receipt")
    return [
        {
            "line": row.line.line, "kind": row.kind, "quantity": row.quantity, "receipt": row.receipt.number,
            "on": row.opened_at.date().isoformat(), "status": row.status, "reason": row.reason,
        }
        for row in rows.order_by("pk")
    ]  # fmt: skip


PARTS: dict[Kind, tuple[Callable[[Shipment], Any], ...]] = {
    Kind.PACKING_LIST: (_parties, _way, _lines, _packages),
    Kind.WAYBILL: (_parties, _way, _lines, _packages),
    Kind.PROFORMA: (_parties, _way, _lines, _prices),
    Kind.GIFT_CERTIFICATE: (_parties, _way, _lines),
    Kind.GOODS_RECEIVED: (_parties, _way, _lines, _receipts, _outcomes),
    Kind.LOSS_REPORT: (_parties, _way, _lines, _losses, _outcomes),
}
"""What each paper states; nothing else changes its version."""


# --- what is missing -----------------------------------------------------------------------------------------


def lacks(shipment: Shipment, kind: str) -> list[Lack]:
    """What the paper has to wait for, and what it can be issued without."""
    return [*_general(shipment, kind), *LACKS[Kind(kind)](shipment)]


def _general(shipment: Shipment, kind: str) -> Iterator[Lack]:
    if shipment.status == Shipment.Status.CANCELLED:
        yield Lack(_("The shipment is cancelled."), stops=True)
    if strange := unprintable(_texts(facts_of(shipment, kind))):
        yield Lack(
            _("No font of the papers has these characters: %(characters)s. Write the name in Latin letters.")
            % {"characters": strange}, stops=True,
        )  # fmt: skip


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def _of_packing_list(shipment: Shipment) -> Iterator[Lack]:
    packages = list(shipment.packages.all())
    if not packages:
        yield Lack(_("No packages are written down yet."), stops=True)
    for package in packages:
        if package.gross_kg is None:
            yield Lack(_("Package %(number)s has no gross weight.") % {"number": package.number}, stops=False)


def _of_waybill(shipment: Shipment) -> Iterator[Lack]:
    if shipment.status == Shipment.Status.DRAFT:
        yield Lack(_("The goods are not packed yet."), stops=True)
    if not shipment.carrier:
        yield Lack(_("No carrier is named."), stops=False)
    if not shipment.packages.exists():
        yield Lack(_("No packages are written down yet."), stops=False)


def _of_proforma(shipment: Shipment) -> Iterator[Lack]:
    for line in shipment.lines.select_related("item").filter(item__unit_price_usd__isnull=True):
        yield Lack(_("No price is known of %(item)s.") % {"item": line.item}, stops=True)
    if not shipment.incoterm:
        yield Lack(_("No Incoterm is agreed."), stops=False)


def _of_gift_certificate(shipment: Shipment) -> Iterator[Lack]:
    if not shipment.consignor.contact:
        yield Lack(_("The consignor has no contact."), stops=False)


def _of_goods_received(shipment: Shipment) -> Iterator[Lack]:
    if not shipment.receipts.exists():
        yield Lack(_("Nothing was received yet."), stops=True)


def _of_loss_report(shipment: Shipment) -> Iterator[Lack]:
    if not Discrepancy.objects.filter(line__shipment=shipment, kind__in=LOSSES).exists():
        yield Lack(_("Nothing was reported damaged, short or expired."), stops=True)


LACKS: dict[Kind, Callable[[Shipment], Iterator[Lack]]] = {
    Kind.PACKING_LIST: _of_packing_list,
    Kind.WAYBILL: _of_waybill,
    Kind.PROFORMA: _of_proforma,
    Kind.GIFT_CERTIFICATE: _of_gift_certificate,
    Kind.GOODS_RECEIVED: _of_goods_received,
    Kind.LOSS_REPORT: _of_loss_report,
}


# --- issuing and printing ------------------------------------------------------------------------------------


@transaction.atomic
def issue(*, by: Any, at: datetime, shipment: Shipment, kind: str) -> Paper:
    """The version of the paper that states the facts of now: the last one, or a new one with its audit event."""
    require(by, "shipments.paper", shipment)
    shipment = Shipment.objects.select_for_update().get(pk=shipment.pk)
    if stopping := [lack.words for lack in lacks(shipment, kind) if lack.stops]:
        raise Refused(
            gettext_lazy("a paper that lacks something: %(paper)s: %(lacks)s"), gettext_lazy("a paper that is complete"),
            gettext_lazy("write down what it lacks first"), paper=Kind(kind), lacks=" ".join(stopping),
        )  # fmt: skip
    facts = facts_of(shipment, kind)
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    last = shipment.papers.filter(kind=kind).order_by("-version").first()
    if last and last.digest == digest:
        return last
    paper = Paper.objects.create(
        shipment=shipment, kind=kind, version=last.version + 1 if last else 1, facts=facts, digest=digest,
        issued_at=at, issued_by_id=by.pk,
    )  # fmt: skip
    record(
        by=by, at=at, action="shipments.paper", target=paper, organisation_id=shipment.consignor_id,
        after={"kind": kind, "version": paper.version, "digest": digest},
    )  # fmt: skip
    return paper


def print_paper(paper: Paper, language: str) -> bytes:
    """The version as PDF in one of the six languages; the same call gives the same bytes."""
    return render(document_of(paper, language))
