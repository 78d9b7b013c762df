"""Silence that somebody must hear: unanswered requests, quiet shipments, late sources, promises near due.

Each alert is computed from the facts and names people: the role that should act, and after twice the time the role
above it. An alert goes away when its fact does, or rests while an answer with a reason holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from yuanshou_ops.duty.models import AlertAnswer
from yuanshou_ops.engagements.models import Promise
from yuanshou_ops.engagements.statuses import OPEN_PROMISE
from yuanshou_ops.people.models import RoleGrant
from yuanshou_ops.requests.models import AidRequest, Commitment
from yuanshou_ops.shipments.models import Discrepancy, Milestone, Shipment
from yuanshou_ops.shipments.statuses import ON_THE_WAY, OPEN_DISCREPANCY
from yuanshou_ops.situation.models import PlaceSituation, Snapshot, latest

UNANSWERED = timedelta(hours=settings.YUANSHOU["SILENCE_HOURS"])
QUIET = timedelta(hours=settings.YUANSHOU["QUIET_SHIPMENT_HOURS"])
STALE = timedelta(hours=36)
NEAR_DUE = timedelta(hours=48)
UNSETTLED = timedelta(hours=72)
SILENT_DAYS = 3
LADDER = {
    "request": ("duty_officer", "approver"),
    "shipment": ("logistician", "duty_officer"),
    "late": ("logistician", "duty_officer"),
    "source": ("analyst", "duty_officer"),
    "promise": ("duty_officer", "approver"),
    "discrepancy": ("logistician", "approver"),
}
"""Kind → the role that acts first, and the one that hears of it when the time has passed twice."""


@dataclass(frozen=True)
class Alert:
    """One fact that waits: what, since when, where to look, how far it has climbed, and whose it is."""

    kind: str
    number: str
    words: str
    link: str
    since: datetime
    level: int
    people: tuple[str, ...] = ()
    answer: AlertAnswer | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.number}"


def alerts(now: datetime) -> list[Alert]:
    """Every alert that is open, the longest waiting first; those that rest carry their answer."""
    named = _names()
    resting = {row.alert: row for row in AlertAnswer.objects.filter(until__gt=now).select_related("by").order_by("id")}
    found = []
    for alert in (*_requests(now), *_shipments(now), *_sources(now), *_promises(now), *_discrepancies(now)):
        roles = LADDER[alert.kind][: alert.level]
        people = tuple(dict.fromkeys(name for role in roles for name in named.get(role, ())))
        found.append(
            Alert(alert.kind, alert.number, alert.words, alert.link, alert.since, alert.level, people,
                  resting.get(alert.key))
        )  # fmt: skip
    return sorted(found, key=lambda alert: (alert.answer is not None, -alert.level, alert.since))


def open_alerts(now: datetime) -> list[Alert]:
    return [alert for alert in alerts(now) if alert.answer is None]


def _names() -> dict[str, list[str]]:
    rows = RoleGrant.objects.filter(status="active", user__is_active=True).order_by("user__name")
    named: dict[str, list[str]] = {}
    for role, name in rows.values_list("role", "user__name"):
        named.setdefault(role, []).append(name)
    return named


def _level(now: datetime, since: datetime, patience: timedelta) -> int:
    return 2 if now - since >= 2 * patience else 1


def _requests(now: datetime) -> Iterator[Alert]:
    rows = AidRequest.objects.filter(status="submitted", submitted_at__lte=now - UNANSWERED).select_related("place")
    for row in rows:
        assert row.submitted_at is not None
        words = _("Request of %(place)s without an answer") % {"place": row.place.name}
        link = reverse("requests:request", args=[row.number])
        yield Alert("request", row.number, words, link, row.submitted_at, _level(now, row.submitted_at, UNANSWERED))


def _shipments(now: datetime) -> Iterator[Alert]:
    moving = Shipment.objects.filter(status__in=ON_THE_WAY).select_related("to_place")
    for row in moving.filter(last_heard_at__lte=now - QUIET):
        words = _("No news of the shipment to %(place)s") % {"place": row.to_place.name}
        heard: Any = row.last_heard_at
        yield Alert("shipment", row.number, words, _of(row), heard, _level(now, heard, QUIET))
    late = Milestone.objects.filter(
        shipment__status__in=ON_THE_WAY, actual_on__isnull=True, promised_on__lt=now.date()
    ).select_related("shipment__to_place")
    for step in late:
        since = now.replace(hour=0, minute=0, second=0, microsecond=0) - (now.date() - step.promised_on)  # type: ignore[operator]
        words = _("Shipment to %(place)s late: %(step)s") % {
            "place": step.shipment.to_place.name, "step": step.get_kind_display(),
        }  # fmt: skip
        yield Alert("late", step.shipment.number, words, _of(step.shipment), since, _level(now, since, QUIET))


def _of(row: Shipment) -> str:
    return reverse("shipments:shipment", args=[row.number])


def _sources(now: datetime) -> Iterator[Alert]:
    snapshot = latest()
    if snapshot is None:
        return
    day = datetime(snapshot.as_of.year, snapshot.as_of.month, snapshot.as_of.day, tzinfo=now.tzinfo) + timedelta(days=1)
    if now - day >= STALE:
        words = _("Counts are of %(day)s") % {"day": snapshot.as_of}
        yield Alert(
            "source", "counts", words, reverse("situation:world"), day, _level(now, day, STALE)
        )  # fmt: skip
    for row in silent_places(snapshot):
        since = day - timedelta(days=row.silent_days or 0)
        words = _("%(place)s reports nothing new") % {"place": row.place.name}
        link = reverse("situation:place", args=[row.place_id])
        yield Alert("source", row.place_id, words, link, since, _level(now, since, timedelta(days=SILENT_DAYS)))


def silent_places(snapshot: Snapshot) -> Any:
    rows = PlaceSituation.objects.filter(snapshot=snapshot, silent_days__gte=SILENT_DAYS, cases_cumulative__gte=100)
    return rows.select_related("place").only("place", "silent_days", "snapshot").order_by("-silent_days")


def _promises(now: datetime) -> Iterator[Alert]:
    rows = Commitment.objects.filter(status="pending", expires_at__lte=now + NEAR_DUE).select_related("place", "donor")
    for row in rows:
        words = _("Promise of %(donor)s for %(place)s is near its end") % {
            "donor": row.donor.name, "place": row.place.name,
        }  # fmt: skip
        link = reverse("requests:commitment", args=[row.number])
        yield Alert("promise", row.number, words, link, row.expires_at, 2 if row.expires_at <= now else 1)
    said = Promise.objects.filter(status__in=OPEN_PROMISE, due_on__lte=(now + NEAR_DUE).date())
    for promise in said.exclude(engagement__classification="confidential"):
        day: Any = promise.due_on
        since = now.replace(hour=0, minute=0, second=0, microsecond=0) - (now.date() - day)
        words = _("Promise of %(donor)s for %(place)s is near its end") % {
            "donor": promise.promiser, "place": promise.receiver,
        }  # fmt: skip
        link = reverse("engagements:promise", args=[promise.number])
        yield Alert("promise", promise.number, words, link, since, 2 if day < now.date() else 1)


def _discrepancies(now: datetime) -> Iterator[Alert]:
    rows = Discrepancy.objects.filter(status__in=OPEN_DISCREPANCY, opened_at__lte=now - UNSETTLED)
    for row in rows.select_related("line__shipment", "line__item"):
        words = _("Discrepancy not settled: %(what)s") % {"what": row.line.item}
        link = reverse("shipments:discrepancy", args=[row.pk])
        yield Alert("discrepancy", str(row.pk), words, link, row.opened_at, _level(now, row.opened_at, UNSETTLED))
