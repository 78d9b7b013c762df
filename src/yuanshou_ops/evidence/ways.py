"""How a confirmed fact enters the operation: the form of another slice, filled in, and the link that stays.

The form, its checks and its rights are the other slice's. Its view asks `opened_from(request, kind)`, fills its form
with `initial`, and tells `became(number)` in the transaction that writes the row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import Refused
from yuanshou_ops.evidence.actions import write_down
from yuanshou_ops.evidence.filled import FILLED, Values, lines_of
from yuanshou_ops.evidence.models import Becomes, ConfirmedFact, FactRow
from yuanshou_ops.people.policy import find, may
from yuanshou_ops.situation.models import CountUpload, Measure

Kind = FactRow.Kind


@dataclass(frozen=True)
class Way:
    """The form that a fact may be opened in: its kind, the words of the button, the right and the address it has."""

    kind: str
    words: Any
    action: str
    door: str
    row: str
    inside: str = ""
    """What the row belongs to and is chosen first: "engagement" or "protocol"."""


WAYS = {
    way.kind: way
    for way in (
        Way(Kind.OFFER, _("Write down as an offer"), "requests.offer", "requests:offer_add", "requests:offer"),
        Way(Kind.REQUEST, _("Draft a request"), "requests.draft", "requests:request_add", "requests:request"),
        Way(Kind.ENGAGEMENT, _("Log an engagement"), "engagements.log", "engagements:log", "engagements:engagement"),
        Way(
            Kind.PROMISE, _("Write down as a promise"), "engagements.promise", "engagements:add_promise",
            "engagements:promise", inside="engagement",
        ),
        Way(Kind.TEAM, _("Register a team"), "deployments.team", "deployments:add_team", "deployments:team"),
        Way(Kind.TEAM_REQUEST, _("Ask for a team"), "deployments.ask", "deployments:ask", "deployments:request"),
        Way(Kind.MEASURE, _("Record a measure"), "situation.measure", "situation:measure_add", "situation:place"),
        Way(
            Kind.GUIDANCE, _("Draft guidance"), "guidance.write", "guidance:write", "guidance:version",
            inside="protocol",
        ),
        Way(Kind.REPORT, _("Draft for the bulletin"), "bulletin.write", "bulletin:write", "bulletin:report"),
        Way(Kind.LOG_ENTRY, _("Write in the duty log"), "duty.log", "duty:log_add", "duty:log"),
        Way(Kind.COUNT, _("Add to the counts of an outbreak"), "situation.count", "situation:count_add", "situation:outbreak"),
    )
}  # fmt: skip
WAYS_OF: dict[str, tuple[str, ...]] = {
    Becomes.CASE_REPORT: (Kind.COUNT, Kind.REPORT, Kind.LOG_ENTRY),
    Becomes.GIFT: (Kind.OFFER, Kind.PROMISE),
    Becomes.REQUEST: (Kind.REQUEST, Kind.LOG_ENTRY),
    Becomes.PURCHASE: (Kind.OFFER, Kind.REPORT, Kind.LOG_ENTRY),
    Becomes.DEPLOYMENT: (Kind.TEAM, Kind.TEAM_REQUEST),
    Becomes.MEASURE: (Kind.MEASURE,),
    Becomes.ENGAGEMENT: (Kind.ENGAGEMENT,),
    Becomes.GUIDANCE: (Kind.GUIDANCE,),
    Becomes.PROMISE: (Kind.PROMISE, Kind.OFFER),
    Becomes.SITUATION_NOTE: (Kind.REPORT, Kind.LOG_ENTRY),
}
"""What a person said a fact is → the forms it may be opened in."""


def ways_for(user: Any, fact: ConfirmedFact) -> list[tuple[str, Any]]:
    """(address, words) of the forms a person may open from a fact that stands and became nothing yet."""
    if not fact.stands or hasattr(fact, "row") or not may(user, "evidence.write_down", fact):
        return []
    kinds = [kind for kind in WAYS_OF[fact.becomes] if may(user, WAYS[kind].action)]
    if fact.becomes == Becomes.PURCHASE and fact.giver in ("", fact.receiver):
        kinds = [kind for kind in kinds if kind != Kind.OFFER]  # bought for oneself, offered to nobody
    return [(door(WAYS[kind], fact), WAYS[kind].words) for kind in kinds]


def door(way: Way, fact: ConfirmedFact, inside: str = "") -> str:
    """The address of the form filled in from the fact, or of the page that asks what the row belongs to."""
    if way.inside and not inside:
        return reverse("evidence:inside", args=[fact.number, way.kind])
    return f"{reverse(way.door, args=[inside] if inside else [])}?{urlencode({'fact': fact.number})}"


def address_of(row: FactRow) -> str:
    """Where the row that a fact became is seen."""
    if row.kind == Kind.LOG_ENTRY:
        return f"{reverse('duty:log')}?{urlencode({'q': row.fact.number})}"
    number: Any = row.number
    if row.kind == Kind.MEASURE:
        number = Measure.objects.values_list("place_id", flat=True).get(pk=row.number)
    if row.kind == Kind.COUNT:
        number = CountUpload.objects.values_list("outbreak__code", flat=True).get(number=row.number)
    return reverse(WAYS[row.kind].row, args=number.split("/"))


def become(*, by: Any, at: datetime, fact: ConfirmedFact, kind: str, number: str) -> FactRow:
    """Keep which row a fact became; raises `Refused` for a row that such a fact is never written down as."""
    if kind not in WAYS_OF[fact.becomes]:
        raise Refused(
            _("%(fact)s, which is %(becomes)s"), _("a fact that is written down so"), _("look at the fact"),
            fact=fact, becomes=fact.get_becomes_display,
        )  # fmt: skip
    return write_down(by=by, at=at, fact=fact, kind=kind, number=number)


class Opened:
    """A form of another slice as it was opened: from a confirmed fact, or, mostly, from none."""

    def __init__(self, request: HttpRequest, kind: str) -> None:
        self.by, self.kind = request.user, kind
        number = request.GET.get("fact", "")
        rows = ConfirmedFact.objects.select_related("place")
        self.fact = find(rows, self.by, "evidence.write_down", number=number) if number else None

    @property
    def initial(self) -> Values:
        return FILLED[self.kind](self.fact) if self.fact else {}

    @property
    def lines(self) -> list[Values]:
        """The goods of the fact, for forms that have lines."""
        return lines_of(self.fact) if self.fact else []

    def became(self, number: Any) -> None:
        """Keep what the fact became; call it in the transaction that wrote the row.

        Raises `Refused` when the fact was retracted or written down meanwhile, so that the row is not written either.
        """
        if self.fact:
            become(by=self.by, at=timezone.now(), fact=self.fact, kind=self.kind, number=str(number))


def opened_from(request: HttpRequest, kind: str) -> Opened:
    """What `?fact=F-2020-000012` in the address of a form says; raises `Http404` for a number there is none of."""
    return Opened(request, kind)


def facts_behind(user: Any, kind: str, numbers: Iterable[Any]) -> dict[str, list[str]]:
    """Number of a row → numbers of the facts it was written down from, as far as the person may see evidence."""
    behind: dict[str, list[str]] = defaultdict(list)
    if getattr(user, "is_authenticated", False) and may(user, "evidence.view"):
        rows = FactRow.objects.filter(kind=kind, number__in=[str(one) for one in numbers])
        for number, fact in rows.order_by("pk").values_list("number", "fact__number"):
            behind[number].append(fact)
    return behind
