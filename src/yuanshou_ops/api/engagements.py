"""Engagements for programs: the log, minutes, publishing, promises and what carries them out, counts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from yuanshou_ops.api.doors import Call, Door, named, pick
from yuanshou_ops.api.types import (
    Code,
    Day,
    FromFact,
    In,
    Maybe200,
    Maybe300,
    Moment,
    Name,
    Out,
    Reason,
    Text120,
    Units,
    Yes,
    one_of,
    via,
    words,
)
from yuanshou_ops.clock import now
from yuanshou_ops.engagements import actions, forms
from yuanshou_ops.engagements.counts import Tally, tally
from yuanshou_ops.engagements.models import Classification, Engagement, Promise, PromiseLink
from yuanshou_ops.engagements.statuses import ENGAGEMENT, PROMISE
from yuanshou_ops.ledger.models import Item
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.people.policy import find, may, visible
from yuanshou_ops.steps import possible_steps

door = Door("engagements")
LONG = words(100_000)
PROMISE_STEPS = {
    "confirm": "Say where a promise stands in writing.",
    "keep": "Say that a promise was kept, and what shows it.",
    "keep_partly": "Say that a promise was kept in part, and what shows it.",
    "lapse": "Let a promise lapse, and say why.",
    "withdraw": "Write down that a promise was taken back, and why.",
}


class SideOut(Out):
    is_host: bool
    name: str
    office: str
    place: str | None = via("place_id", None)
    organisation: str | None = via("organisation.code", None)


class EngagementOut(FromFact):
    """`minutes` are null for whoever may not read them."""

    FACT_KIND = "engagement"
    number: str
    kind: one_of(Engagement.Kind)
    title: str
    organisation: str = via("organisation.code")
    starts_at: datetime
    has_time: bool
    status: one_of(Engagement.Status)
    classification: one_of(Classification)
    participants: list[SideOut]
    summary: str
    minutes: str | None = via("minutes_to_read", None)
    source: str
    published_at: datetime | None
    next_steps: list[str]
    version: int

    @staticmethod
    def resolve_next_steps(row: Engagement) -> list[str]:
        return possible_steps(ENGAGEMENT, row.status)


class SideIn(In):
    name: Text120
    office: words(160) = ""
    place: Code | None = None


Sides = Annotated[list[SideIn], Field(min_length=1, max_length=forms.SIDES_MAX)]


class EngagementIn(In):
    """Where only the day is known, `has_time` is false."""

    kind: one_of(Engagement.Kind)
    title: Name
    organisation: Code
    starts_at: Moment
    has_time: Yes = True
    status: Literal["planned", "held"] = "planned"
    classification: one_of(Classification) = Classification.INTERNAL
    hosts: Sides
    others: Sides
    summary: LONG = ""
    minutes: LONG = ""
    source: words(400) = ""


class MinutesIn(In):
    """A change takes a published engagement back from the public until a second person publishes it again."""

    minutes: LONG
    summary: LONG


class LinkOut(Out):
    number: str
    what: str
    added_at: datetime


class PromiseOut(FromFact):
    FACT_KIND = "promise"
    number: str
    engagement: str = via("engagement.number")
    promiser: str
    promiser_place: str | None = via("promiser_place_id", None)
    receiver: str
    receiver_place: str | None = via("receiver_place_id", None)
    what: str
    item: str | None = via("item_id", None)
    quantity: int | None
    due_on: date | None
    status: one_of(Promise.Status)
    source: str
    reason: str
    said_at: datetime
    settled_at: datetime | None
    links: list[LinkOut]
    next_steps: list[str]
    version: int

    @staticmethod
    def resolve_next_steps(row: Promise) -> list[str]:
        return possible_steps(PROMISE, row.status)


class PromiseIn(In):
    """What was said; a quantity in base units needs its item."""

    promiser: Name
    promiser_place: Code | None = None
    receiver: Name
    receiver_place: Code | None = None
    what: words(400, least=1)
    item: Code | None = None
    quantity: Units | None = None
    due_on: Day | None = None


class PromiseStepIn(In):
    """`source` says where it stands in writing, `reason` why it lapses or is withdrawn."""

    source: words(400) = ""
    reason: Maybe300 = ""


class LinkIn(In):
    """The number of a commitment, offer, contribution, shipment or team."""

    number: words(32, least=1)


class KindCount(Out):
    kind: one_of(Engagement.Kind)
    engagements: int


class CounterpartCount(Out):
    name: str
    office: str
    engagements: int


class Counts(Out):
    engagements: int
    counterparts: int
    first: date | None
    last: date | None
    by_kind: list[KindCount]
    by_counterpart: list[CounterpartCount]


def _find(call: Call, number: str, action: str = "engagements.view") -> Engagement:
    """One the person may see, confidential ones only with the right to them, and do this to."""
    rows = actions.engagements_for(call.by).select_related("organisation")
    return find(rows, call.by, action, number=number)


def _find_promise(call: Call, number: str, action: str = "engagements.view") -> Promise:
    return find(actions.promises_for(call.by), call.by, action, number=number)


def _shown(call: Call, row: Engagement) -> Engagement:
    """With its minutes for whoever may read them."""
    row.minutes_to_read = row.minutes if may(call.by, "engagements.minutes", row) else None  # type: ignore[attr-defined]
    return row


def _place(field: str, code: str | None) -> Place | None:
    return pick(Place, field, code) if code else None


@door.list("/engagements", "engagements.view", EngagementOut, filters=forms.EngagementFilter)
def engagements(call: Call) -> Any:
    """Calls, meetings, summits, letters and statements; minutes only one by one."""
    rows = actions.engagements_for(call.by).select_related("organisation")
    return rows.prefetch_related("participants__organisation")


@door.one("/engagements/{number}", "engagements.view", EngagementOut)
def engagement(call: Call, number: Code) -> Engagement:
    """One engagement with who took part."""
    return _shown(call, _find(call, number))


@door.add("/engagements", "engagements.log", EngagementOut)
def log_engagement(call: Call, body: EngagementIn) -> Engagement:
    """Write down an engagement, planned or held, with the host's side and the other."""
    mine = visible(Organisation, call.by, "engagements.log")
    values = body.model_dump(exclude={"hosts", "others"})
    values["organisation"] = pick(mine, "organisation", body.organisation, by="code")
    sides = [
        actions.Side(one.name, one.office, _place(f"{field}.{n}.place", one.place), is_host=field == "hosts")
        for field in ("hosts", "others") for n, one in enumerate(getattr(body, field))
    ]  # fmt: skip
    return _shown(call, actions.log_engagement(by=call.by, at=now(), engagement=Engagement(**values), sides=sides))


@door.step("/engagements/{number}/hold", "engagements.log", EngagementOut)
def hold_engagement(call: Call, number: Code) -> Engagement:
    """Say that a planned engagement was held."""
    row = _find(call, number, "engagements.log")
    return _shown(call, actions.step_engagement(by=call.by, at=now(), engagement=row, step="hold"))


@door.step("/engagements/{number}/cancel", "engagements.log", EngagementOut)
def cancel_engagement(call: Call, number: Code) -> Engagement:
    """Cancel a planned engagement."""
    row = _find(call, number, "engagements.log")
    return _shown(call, actions.step_engagement(by=call.by, at=now(), engagement=row, step="cancel"))


@door.replace("/engagements/{number}/minutes", "engagements.log", EngagementOut)
def write_minutes(call: Call, number: Code, body: MinutesIn) -> Engagement:
    """Replace the minutes and the words that may be said, for whoever may also read the minutes."""
    row = _find(call, number, "engagements.log")
    return _shown(call, actions.write_minutes(
        by=call.by, at=now(), engagement=row, minutes=body.minutes, summary=body.summary, expected_version=call.version
    ))  # fmt: skip


@door.step("/engagements/{number}/publish", "engagements.publish", EngagementOut)
def publish_engagement(call: Call, number: Code) -> Engagement:
    """Let the public see who met, the summary and the confirmed promises; as a second person."""
    row = _find(call, number, "engagements.publish")
    return _shown(call, actions.publish(by=call.by, at=now(), engagement=row))


@door.step("/engagements/{number}/unpublish", "engagements.publish", EngagementOut)
def unpublish_engagement(call: Call, number: Code, body: Reason) -> Engagement:
    """Take an engagement and its promises back from the public."""
    row = _find(call, number, "engagements.publish")
    return _shown(call, actions.unpublish(by=call.by, at=now(), engagement=row, reason=body.reason))


@door.one("/engagement-counts", "engagements.view", Counts)
def engagement_counts(
    call: Call, since: Day | None = None, until: Day | None = None, name: Maybe200 = ""
) -> dict[str, Any]:  # fmt: skip
    """How many were held in a period, by kind and by counterpart, optionally with one participant."""
    found: Tally = tally(actions.engagements_for(call.by), since=since, until=until, name=name)
    kinds = [{"kind": kind, "engagements": n} for kind, n in found.by_kind.items()]
    sides = [{"name": who, "office": office, "engagements": n} for who, office, n in found.by_counterpart]
    return vars(found) | {"by_kind": kinds, "by_counterpart": sides}


# --- promises --------------------------------------------------------------------------------------------------------


@door.list("/promises", "engagements.view", PromiseOut, filters=forms.PromiseFilter)
def promises(call: Call) -> Any:
    """Who promised what to whom, and what became of it. A promise counts nowhere as aid."""
    return actions.promises_for(call.by).prefetch_related("links")


@door.one("/promises/{number}", "engagements.view", PromiseOut)
def promise(call: Call, number: Code) -> Promise:
    """One promise with what carries it out."""
    return _find_promise(call, number)


@door.add("/engagements/{number}/promises", "engagements.promise", PromiseOut)
def add_promise(call: Call, number: Code, body: PromiseIn) -> Promise:
    """Write down a promise made in an engagement that was held."""
    row = _find(call, number, "engagements.promise")
    values = body.model_dump() | {
        "promiser_place": _place("promiser_place", body.promiser_place),
        "receiver_place": _place("receiver_place", body.receiver_place),
        "item": pick(Item, "item", body.item) if body.item else None,
    }
    return actions.add_promise(by=call.by, at=now(), engagement=row, said=actions.Said(**values))


@door.add("/promises/{number}/links", "engagements.promise", LinkOut)
def link_promise(call: Call, number: Code, body: LinkIn) -> PromiseLink:
    """Join a promise to what carries it out; a number that is not there or not yours to see is refused."""
    row = _find_promise(call, number, "engagements.promise")
    return actions.link_promise(by=call.by, at=now(), promise=row, number=body.number)


def _promise_step(step: str, meaning: str) -> Any:
    def take(call: Call, number: Code, body: PromiseStepIn) -> Promise:
        row = _find_promise(call, number, f"engagements.promise_{step}")
        return actions.step_promise(by=call.by, at=now(), promise=row, step=step, **body.model_dump())

    return named(take, f"{step}_promise", meaning)


for _step, _meaning in PROMISE_STEPS.items():
    _path = f"/promises/{{number}}/{_step.replace('_', '-')}"
    door.step(_path, f"engagements.promise_{_step}", PromiseOut)(_promise_step(_step, _meaning))
