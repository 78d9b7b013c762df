"""Counts from the log: how many calls, with how many leaders, in which period; how promises stand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import QuerySet
from django.utils import timezone

from yuanshou_ops.engagements.models import Engagement, Participant, Promise


@dataclass(frozen=True)
class Tally:
    """Engagements held in a period, by kind, and the different counterparts in them.

    Attributes
    ----------
    engagements : how many were held.
    counterparts : how many different people or bodies took part on the other side.
    first, last : the days of the first and last of them, None if there were none.
    by_kind : kind → how many.
    by_counterpart : (name, office, how many), most first.
    """

    engagements: int
    counterparts: int
    first: date | None
    last: date | None
    by_kind: dict[str, int]
    by_counterpart: list[tuple[str, str, int]]


def tally(rows: QuerySet[Engagement], *, since: date | None = None, until: date | None = None, name: str = "") -> Tally:
    """Count the engagements held from `since` to `until`, both included, optionally with one participant's name."""
    held = rows.filter(status=Engagement.Status.HELD)
    if since:
        held = held.filter(starts_at__gte=_start(since))
    if until:
        held = held.filter(starts_at__lte=timezone.make_aware(datetime.combine(until, time.max)))
    if name:
        held = held.filter(participants__name__icontains=name).distinct()
    counted = list(held.values_list("pk", "kind", "starts_at"))
    others = Participant.objects.filter(engagement_id__in=[pk for pk, *_ in counted], is_host=False)
    if name:
        others = others.exclude(name__icontains=name)
    sides = Counter((one.name, one.office) for one in others)
    days = sorted(timezone.localtime(moment).date() for _pk, _kind, moment in counted)
    return Tally(
        engagements=len(counted), counterparts=len({who for who, _office in sides}),
        first=days[0] if days else None, last=days[-1] if days else None,
        by_kind=dict(Counter(kind for _pk, kind, _moment in counted).most_common()),
        by_counterpart=[(who, office, n) for (who, office), n in sorted(sides.items(), key=lambda e: (-e[1], e[0]))],
    )  # fmt: skip


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def promise_counts(rows: QuerySet[Promise]) -> dict[str, int]:
    """How many promises stand at each status; every status is there, zero included."""
    found = Counter(rows.order_by().values_list("status", flat=True))
    return {status: found.get(status, 0) for status in Promise.Status.values}
