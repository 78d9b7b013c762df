"""The first page: the six questions of a shift, each answered with linked facts. A visitor sees the doors alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.clock import now
from yuanshou_ops.duty.alerts import alerts, silent_places
from yuanshou_ops.duty.models import HandOver, LogEntry
from yuanshou_ops.engagements.models import Promise
from yuanshou_ops.engagements.statuses import OPEN_PROMISE
from yuanshou_ops.ledger.models import Account
from yuanshou_ops.ledger.statuses import HELD
from yuanshou_ops.pages import PUBLIC, page
from yuanshou_ops.people.models import AuditEvent
from yuanshou_ops.people.policy import may
from yuanshou_ops.planning.models import PlanRun
from yuanshou_ops.requests.models import AidOffer, AidRequest, Commitment
from yuanshou_ops.shipments.models import Discrepancy, Shipment
from yuanshou_ops.shipments.statuses import ON_THE_WAY, OPEN_DISCREPANCY
from yuanshou_ops.situation.cover import days_of_cover
from yuanshou_ops.situation.models import PlaceSituation, Snapshot, latest
from yuanshou_ops.situation.views import followed, switch
from yuanshou_ops.upkeep import is_overdue, last_round

SHOWN = 8
EXPIRING_DAYS = 60
DUE_DAYS = 14
BOOKS = {
    "requests": (_("Requests and offers"), "requests:requests"),
    "ledger": (_("Stock"), "ledger:moves"),
    "shipments": (_("Shipments"), "shipments:shipments"),
    "planning": (_("Plans"), "planning:runs"),
    "situation": (_("Measures"), "situation:measures"),
    "deployments": (_("Teams"), "deployments:deployments"),
    "guidance": (_("Guidance"), "guidance:library"),
    "engagements": (_("Engagements"), "engagements:engagements"),
    "duty": (_("Log"), "duty:log"),
    "people": (_("People"), "people:organisations"),
}
"""Slice → words and the page where its events are seen."""


@page(PUBLIC)
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated or not may(request.user, "duty.view"):
        return render(request, "home.html")
    at, user = now(), request.user
    snapshot = latest(followed(request))
    found = alerts(at)
    still_open = [alert for alert in found if alert.answer is None]
    context: dict[str, Any] = {
        "at": at, "snapshot": snapshot, **switch(request), **_data(snapshot), "changes": _changes(user, snapshot),
        **_cover(snapshot), "waiting": _waiting(),
        "late": [a for a in still_open if a.kind in ("shipment", "late")][:SHOWN], "expiring": _expiring(at),
        "due": _due(at), "said": _said(at), "alerts": still_open[:SHOWN], "alert_count": len(still_open), "resting": len(found) - len(still_open),
        "upkeep": last_round(), "upkeep_overdue": is_overdue(timezone.now()),
        "log": LogEntry.objects.select_related("by")[:3], "hand_over": HandOver.objects.select_related("by").first(),
    }  # fmt: skip
    return render(request, "desk.html", context)


def _data(snapshot: Snapshot | None) -> dict[str, Any]:
    """Question 1: how old are the counts, and who is silent."""
    return {"silent": list(silent_places(snapshot)[:SHOWN]) if snapshot else []}


def _changes(user: Any, snapshot: Snapshot | None) -> dict[str, Any]:
    """Question 2: what changed since my last visit, in the books and in the world."""
    since = user.previous_visit_at
    rows = AuditEvent.objects.exclude(action="duty.upkeep")
    rows = rows.filter(at__gt=since) if since else rows
    counted = rows.order_by().values_list("action").annotate(n=Count("id")).order_by("-n", "action")
    risen = list(
        PlaceSituation.objects.filter(snapshot=snapshot).exclude(risks=[]).select_related("place")
        .defer("need", "forecast", "curve", "vintages", "capacity", "intervals").order_by("-cases_new_7d")[:SHOWN]
    ) if snapshot else []  # fmt: skip
    return {
        "since": since,
        "books": _books(user, counted),
        "world": snapshot.changes[:SHOWN] if snapshot else [],
        "risen": risen,
    }


def _books(user: Any, counted: Any) -> list[tuple[Any, str, list[tuple[str, int]]]]:
    """Events counted by slice, with the door of the slice; only slices the person may see."""
    by_slice: dict[str, list[tuple[str, int]]] = {}
    for action, n in counted:
        name, _dot, verb = action.partition(".")
        by_slice.setdefault(name, []).append((verb.replace("_", " "), n))
    return [
        (words, reverse(door), by_slice[name][:4])
        for name, (words, door) in BOOKS.items()
        if name in by_slice and may(user, f"{name}.view")
    ]


def _cover(snapshot: Snapshot | None) -> dict[str, Any]:
    """Question 3: who runs out first of what."""
    rows = days_of_cover(snapshot=snapshot) if snapshot else []
    return {"cover": rows[:SHOWN], "cover_places": len({row.place.pk for row in rows})}


def _waiting() -> dict[str, int]:
    """Question 4: what waits for somebody here."""
    return {
        "requests": AidRequest.objects.filter(status="submitted").count(),
        "offers": AidOffer.objects.filter(status="announced").count(),
        "plans": PlanRun.objects.filter(status="submitted").count(),
        "ready": PlanRun.objects.filter(status="ready").count(),
        "discrepancies": Discrepancy.objects.filter(status__in=OPEN_DISCREPANCY).count(),
        "moving": Shipment.objects.filter(status__in=ON_THE_WAY).count(),
    }


def _expiring(at: datetime) -> Any:
    """Question 5, with the late and quiet shipments: lots that expire soon while somebody holds them."""
    rows = Account.objects.filter(
        state__in=HELD, balance__gt=0, lot__expires_on__lte=at.date() + timedelta(days=EXPIRING_DAYS)
    )
    return rows.select_related("lot", "item", "holder").order_by("lot__expires_on")[:SHOWN]


def _due(at: datetime) -> Any:
    """Question 6: promises that end soon or have ended without being kept."""
    rows = Commitment.objects.filter(status="pending", expires_at__lte=at + timedelta(days=DUE_DAYS))
    return rows.select_related("donor", "place", "item").order_by("expires_at")[:SHOWN]


def _said(at: datetime) -> Any:
    """Question 6: promises of a call or a visit that are due by then, those of confidential ones left out."""
    rows = Promise.objects.filter(status__in=OPEN_PROMISE, due_on__lte=(at + timedelta(days=DUE_DAYS)).date())
    return rows.exclude(engagement__classification="confidential").order_by("due_on")[:SHOWN]


@page(PUBLIC)
def health(request: HttpRequest) -> HttpResponse:
    """For the supervisor of the server: 200 as soon as the database answers."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")
