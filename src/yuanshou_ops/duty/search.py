"""Any number a person reads out leads to its page: request, offer, promise, shipment, plan, money, place, lot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.urls import reverse

from yuanshou.places import find_place
from yuanshou_ops.bulletin.models import Edition, Report
from yuanshou_ops.deployments.models import Deployment, Team, TeamRequest
from yuanshou_ops.engagements.actions import engagements_for, promises_for
from yuanshou_ops.engagements.models import Engagement, Promise
from yuanshou_ops.evidence.models import ConfirmedFact, Source
from yuanshou_ops.guidance.models import Protocol
from yuanshou_ops.ledger.models import Account, Lot, Recall
from yuanshou_ops.people.models import Place
from yuanshou_ops.people.policy import may, visible
from yuanshou_ops.planning.models import PlanRun
from yuanshou_ops.requests.models import AidOffer, AidRequest, Commitment, Contribution
from yuanshou_ops.shipments.models import GoodsReceipt, Shipment

DOORS: list[tuple[type[Model], str, str]] = [
    (AidRequest, "requests.view", "requests:request"),
    (AidOffer, "requests.view", "requests:offer"),
    (Commitment, "requests.view", "requests:commitment"),
    (Contribution, "requests.view", "requests:contribution"),
    (Shipment, "shipments.view", "shipments:shipment"),
    (PlanRun, "planning.view", "planning:run"),
    (Recall, "ledger.view", "ledger:recall"),
    (Engagement, "engagements.view", "engagements:engagement"),
    (Promise, "engagements.view", "engagements:promise"),
    (Deployment, "deployments.view", "deployments:deployment"),
    (TeamRequest, "deployments.view", "deployments:request"),
    (Team, "deployments.view", "deployments:team"),
    (Source, "evidence.view", "evidence:source"),
    (ConfirmedFact, "evidence.view", "evidence:fact"),
    (Protocol, "guidance.desk", "guidance:protocol"),
    (Report, "bulletin.desk", "bulletin:report"),
    (Edition, "bulletin.desk", "bulletin:edition"),
]
SEEN: dict[type[Model], Callable[[Any], Any]] = {Engagement: engagements_for, Promise: promises_for}
"""Rows whose visibility is more than the policy table says: what is confidential stays out."""
FOUND_MAX = 20
Found = tuple[str, str, str]


def search(user: Any, text: str) -> list[Found]:
    """(what, number or name, address) of everything the person may see; an exact number comes alone."""
    text = text.strip()
    if not text:
        return []
    found: list[Found] = []
    for model, action, door in DOORS:
        if not may(user, action):
            continue
        theirs = SEEN[model](user) if model in SEEN else visible(model, user, action)
        rows = theirs.filter(number__icontains=text).order_by("-pk")[:FOUND_MAX]
        found += [(str(model._meta.verbose_name), row.number, reverse(door, args=[row.number])) for row in rows]  # type: ignore[attr-defined]
    exact = [entry for entry in found if entry[1].casefold() == text.casefold()]
    if exact:
        return exact
    extra: tuple[Callable[[Any, str], list[Found]], ...] = (_receipts, _lots, _places)
    for look in extra:
        found += look(user, text)
    return found[:FOUND_MAX]


def _receipts(user: Any, text: str) -> list[Found]:
    if not may(user, "shipments.view"):
        return []
    shipments = visible(Shipment, user, "shipments.view")
    rows = GoodsReceipt.objects.filter(number__icontains=text, shipment__in=shipments).select_related("shipment")[:5]
    return [("goods receipt", r.number, reverse("shipments:shipment", args=[r.shipment.number])) for r in rows]


def _lots(user: Any, text: str) -> list[Found]:
    if not may(user, "ledger.view"):
        return []
    held = visible(Account, user, "ledger.view").values("lot_id")
    rows = Lot.objects.filter(number__iexact=text, pk__in=held).order_by("pk")[:10]
    return [("lot", str(row), reverse("ledger:lot", args=[row.pk])) for row in rows]


def _places(user: Any, text: str) -> list[Found]:
    code = find_place(text)
    place = Place.objects.filter(pk=code).first() if code and may(user, "situation.view") else None
    return [("place", place.name, reverse("situation:place", args=[place.pk]))] if place else []
