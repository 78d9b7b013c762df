"""What may happen to engagements and promises: plan, log, publish, promise, confirm, settle, link.

A promise made in a confidential or internal engagement stays inside; only what was published is seen outside, and only
a second person publishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from yuanshou_ops.engagements.models import Classification, Engagement, Participant, Promise, PromiseLink
from yuanshou_ops.engagements.statuses import ENGAGEMENT, EVIDENCE_STEPS, OPEN_PROMISE, PROMISE
from yuanshou_ops.errors import Refused
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.people.numbers import next_number
from yuanshou_ops.people.policy import may, require, require_other_person, visible
from yuanshou_ops.steps import advance


@dataclass(frozen=True)
class Side:
    """One participant as typed."""

    name: str
    office: str = ""
    place: Place | None = None
    organisation: Organisation | None = None
    is_host: bool = False


@dataclass(frozen=True)
class Said:
    """A promise as it was said."""

    promiser: str
    receiver: str
    what: str
    promiser_place: Place | None = None
    receiver_place: Place | None = None
    item: Any = None
    quantity: int | None = None
    due_on: date | None = None


def engagements_for(user: Any) -> QuerySet[Engagement]:
    """The engagements a person may see; confidential ones only with the right to them, or who wrote them down."""
    rows = visible(Engagement, user, "engagements.view")
    if may(user, "engagements.view_confidential"):
        return rows
    return rows.filter(~Q(classification=Classification.CONFIDENTIAL) | Q(logged_by_id=user.pk))


def promises_for(user: Any) -> QuerySet[Promise]:
    return Promise.objects.filter(engagement__in=engagements_for(user)).select_related(
        "engagement", "promiser_place", "receiver_place", "item"
    )


@transaction.atomic
def log_engagement(*, by: Any, at: datetime, engagement: Engagement, sides: Sequence[Side]) -> Engagement:
    """Write down an engagement, planned or held, with at least two who take part.

    Raises `Refused` for fewer than two, and for one in the future that is said to have been held.
    """
    require(by, "engagements.log", engagement)
    if len(sides) < 2:
        raise Refused(
            ngettext_lazy("%(n)s participant", "%(n)s participants", "n"),
            _("at least two, the host and one other"),
            _("add who took part"),
            n=len(sides),
        )
    if engagement.status == "held" and engagement.starts_at > at:
        raise Refused(
            _("an engagement held on %(day)s"), _("a time that has passed"), _("plan it"), day=engagement.starts_at
        )
    engagement.number = next_number("L", at)
    engagement.logged_by_id, engagement.logged_at = by.pk, at
    engagement.save()
    for line, side in enumerate(sides, start=1):
        Participant.objects.create(
            engagement=engagement, line=line, name=side.name, office=side.office, place=side.place,
            organisation=side.organisation, is_host=side.is_host,
        )  # fmt: skip
    after = snapshot(engagement) | {"participants": [side.name for side in sides]}
    record(by=by, at=at, action="engagements.log", target=engagement, after=after)
    return engagement


def step_engagement(*, by: Any, at: datetime, engagement: Engagement, step: str) -> Engagement:
    """A planned engagement was held, or is cancelled."""
    require(by, "engagements.log", engagement)
    with change(by=by, at=at, action="engagements.log", target=engagement):
        engagement.status = advance(ENGAGEMENT, engagement.status, step)
        if step == "hold" and engagement.starts_at > at:
            raise Refused(
                _("an engagement of %(day)s"), _("one whose time has come"), _("wait for it"), day=engagement.starts_at
            )
        engagement.save_changes("status")
    return engagement


def write_minutes(
    *, by: Any, at: datetime, engagement: Engagement, minutes: str, summary: str, expected_version: int
) -> Engagement:  # fmt: skip
    """Correct the minutes and the words that may be said; a published summary changes only by publishing again."""
    for right in ("engagements.log", "engagements.minutes"):
        require(by, right, engagement)
    with change(by=by, at=at, action="engagements.minutes", target=engagement):
        engagement.minutes, engagement.summary = minutes, summary
        engagement.published_at = engagement.published_by_id = None
        engagement.save_changes(
            "minutes", "summary", "published_at", "published_by_id", expected_version=expected_version
        )
    return engagement


def publish(*, by: Any, at: datetime, engagement: Engagement) -> Engagement:
    """Let the public see who met, when, the summary and the confirmed promises; a second person decides."""
    require(by, "engagements.publish", engagement)
    require_other_person(by, "engagements.publish", engagement.logged_by_id)
    if engagement.classification != Classification.PUBLIC:
        raise Refused(
_("an engagement marked %(classification)s"), _("one marked as may be published"), _("ask whose engagement it is to change the classification"), classification=engagement.get_classification_display
)  # fmt: skip
    if engagement.status == "cancelled":
        raise Refused(_("a cancelled engagement"), _("one planned or held"), _("nothing is to be published"))
    with change(by=by, at=at, action="engagements.publish", target=engagement):
        engagement.published_at, engagement.published_by_id = at, by.pk
        engagement.save_changes("published_at", "published_by_id")
    return engagement


def unpublish(*, by: Any, at: datetime, engagement: Engagement, reason: str) -> Engagement:
    """Take a published engagement and its promises out of the public pages, with the reason."""
    require(by, "engagements.publish", engagement)
    if engagement.published_at is None:
        raise Refused(_("an engagement that is not published"), _("a published one"), _("reload the page"))
    with change(by=by, at=at, action="engagements.unpublish", target=engagement, reason=reason):
        engagement.published_at = engagement.published_by_id = None
        engagement.save_changes("published_at", "published_by_id")
    return engagement


# --- promises ----------------------------------------------------------------------------------------------------


@transaction.atomic
def add_promise(*, by: Any, at: datetime, engagement: Engagement, said: Said) -> Promise:
    """Write down what was said; it counts nowhere until it is confirmed, and as aid never."""
    require(by, "engagements.promise", engagement)
    if engagement.status != "held":
        raise Refused(
_("a promise in an engagement that is %(status)s"), _("one that was held"), _("mark the engagement as held first"), status=engagement.get_status_display
)  # fmt: skip
    if said.quantity is not None and (said.item is None or said.quantity <= 0):
        raise Refused(
            _("a quantity of %(n)s without an item"),
            _("an item and a quantity above zero"),
            _("correct it"),
            n=said.quantity,
        )
    promise = Promise(
        engagement=engagement, number=next_number("V", at), promiser=said.promiser, receiver=said.receiver,
        what=said.what, promiser_place=said.promiser_place, receiver_place=said.receiver_place, item=said.item,
        quantity=said.quantity, due_on=said.due_on, said_at=engagement.starts_at, recorded_by_id=by.pk,
    )  # fmt: skip
    promise.save()
    record(by=by, at=at, action="engagements.promise", target=promise, after=snapshot(promise))
    return promise


def step_promise(
    *, by: Any, at: datetime, promise: Promise, step: str, source: str = "", reason: str = ""
) -> Promise:  # fmt: skip
    """Confirm, keep, keep in part, let lapse or withdraw; each with what shows it.

    Raises `Refused` where the step needs a source (confirming, keeping) or a reason (lapsing, withdrawing).
    """
    require(by, f"engagements.promise_{step}", promise)
    following = advance(PROMISE, promise.status, step)
    if step in EVIDENCE_STEPS and not (source.strip() or (step != "confirm" and promise.links.exists())):
        raise Refused(
_("this step without a source"), _("where it stands in writing, or a linked commitment, shipment or team"), _("name the source")
)  # fmt: skip
    if step not in EVIDENCE_STEPS and not reason.strip():
        raise Refused(_("this step without a reason"), _("the reason"), _("give the reason"))
    with change(by=by, at=at, action=f"engagements.promise_{step}", target=promise, reason=reason):
        promise.status = following
        promise.source = source.strip() or promise.source
        promise.reason = reason.strip() or promise.reason
        promise.settled_at = None if following in OPEN_PROMISE else at
        promise.save_changes("status", "source", "reason", "settled_at")
    return promise


@transaction.atomic
def link_promise(*, by: Any, at: datetime, promise: Promise, number: str) -> PromiseLink:
    """Join a promise to what carries it out, by the number people read; the number must exist and be theirs to see."""
    from yuanshou_ops.duty.search import search

    require(by, "engagements.promise", promise)
    found = [entry for entry in search(by, number) if entry[1].casefold() == number.strip().casefold()]
    if not found:
        raise Refused(
_("the number '%(number)s'"), _("the number of a commitment, offer, contribution, shipment or team"), _("look it up with Find (/)"), number=number
)  # fmt: skip
    what, exact, _address = found[0]
    if promise.links.filter(number=exact).exists():
        raise Refused(_("%(number)s, linked already"), _("another number"), _("nothing is to be done"), number=exact)
    link = PromiseLink.objects.create(promise=promise, number=exact, what=what, added_by_id=by.pk, added_at=at)
    record(by=by, at=at, action="engagements.promise_link", target=promise, after={"number": exact, "what": what})
    return link
