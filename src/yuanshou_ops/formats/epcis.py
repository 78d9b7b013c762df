"""EPCIS 2.0 (GS1, ISO/IEC 19987:2024) as JSON-LD: every dispatch and every receipt of a shipment as an event.

Lots have no GS1 company prefix here, so their identifiers are URIs of our own, as the standard allows. A document lists
events in the order in which they happened.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings

from yuanshou_ops.shipments.models import Shipment
from yuanshou_ops.shipments.outcomes import shipment_outcomes

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
COUNTED = ("good", "damaged", "expired", "surplus")
"""What a receiver had in hand; what was short is in no event, because it was not there."""


def to_epcis(shipments: Iterable[Shipment], *, at: datetime) -> bytes:
    """The events of the shipments as an EPCIS document, UTF-8 JSON."""
    events: list[dict[str, Any]] = []
    for shipment in shipments:
        events += _events(shipment)
    document = {
        "@context": [CONTEXT], "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": at.isoformat(),
        "epcisBody": {"eventList": sorted(events, key=lambda event: (event["eventTime"], event["eventID"]))},
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _uri(kind: str, *parts: Any) -> str:
    base = settings.YUANSHOU["PUBLIC_URL"].rstrip("/") or "https://example.org"
    return f"{base}/id/{kind}/" + "/".join(quote(str(part), safe="") for part in parts)


def _events(shipment: Shipment) -> list[dict[str, Any]]:
    found = shipment_outcomes(shipment)
    if shipment.dispatched_at is None:
        return []
    sent = [(outcome.line, outcome.dispatched) for outcome in found if outcome.dispatched]
    events = [
        _event(
            shipment, shipment.number, shipment.dispatched_at, sent, step="shipping", disposition="in_transit",
            where=_uri("place", shipment.from_place_id),
        )
    ]  # fmt: skip
    for receipt in shipment.receipts.prefetch_related("lines__line__lot", "lines__line__item"):
        for name in COUNTED:
            counted = [(line.line, getattr(line, name)) for line in receipt.lines.all() if getattr(line, name)]
            if counted:
                events.append(_event(
                    shipment, f"{receipt.number}-{name}", receipt.received_at, counted, step="receiving",
                    disposition={"damaged": "damaged", "expired": "expired"}.get(name, "in_progress"),
                    where=_uri("place", shipment.to_place_id),
                ))  # fmt: skip
    return events


def _event(
    shipment: Shipment, number: str, at: datetime, lines: list[tuple[Any, int]], *, step: str, disposition: str, where: str
) -> dict[str, Any]:  # fmt: skip
    return {
        "type": "ObjectEvent", "eventID": _uri("event", number), "eventTime": at.isoformat(),
        "eventTimeZoneOffset": at.strftime("%z")[:3] + ":" + at.strftime("%z")[3:5] or "+00:00", "action": "OBSERVE",
        "bizStep": step, "disposition": disposition, "readPoint": {"id": where},
        "bizTransactionList": [{"type": "desadv", "bizTransaction": _uri("shipment", shipment.number)}],
        "quantityList": [
            {"epcClass": _uri("lot", line.item_id, line.lot_id), "quantity": units} for line, units in lines
        ],
        "sourceList": [{"type": "possessing_party", "source": _uri("organisation", shipment.consignor_id)}],
        "destinationList": [{"type": "owning_party", "destination": _uri("organisation", shipment.consignee.organisation_id)}],
    }  # fmt: skip


def totals(data: bytes) -> dict[str, int]:
    """Business step and disposition → units, read back from an EPCIS document."""
    found: dict[str, int] = {}
    for event in json.loads(data)["epcisBody"]["eventList"]:
        name = f"{event['bizStep']}/{event['disposition']}"
        found[name] = found.get(name, 0) + sum(part["quantity"] for part in event["quantityList"])
    return found
