"""What may happen to pages and facts: take in, confirm (corrected or not), reject, retract, write down.

Nothing enters unconfirmed: a proposal is only ever turned into a fact by a person, in `confirm`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuanshou.sources.page import Page, read_page, same_report
from yuanshou_ops.errors import Refused
from yuanshou_ops.evidence.filled import count_of, item_of, source_of
from yuanshou_ops.evidence.models import (
    BECOMES,
    VALUES,
    Becomes,
    ConfirmedFact,
    FactRow,
    FactSource,
    ProposedFact,
    Source,
)  # fmt: skip
from yuanshou_ops.evidence.statuses import PROPOSAL
from yuanshou_ops.ledger.quantities import to_base
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.people.numbers import next_number, wait_for_turn
from yuanshou_ops.people.policy import require
from yuanshou_ops.requests.models import AidOffer
from yuanshou_ops.requests.offers import Offered, OfferHead, announce_offer
from yuanshou_ops.steps import advance

SAME_EVENT_DAYS = 4
"""Two reports of one movement rarely name days further apart than these."""
_MIRROR_CANDIDATES = 200


@dataclass(frozen=True)
class Upload:
    """One page to take in: its bytes, where it came from, and its day where it carries none."""

    data: bytes
    origin: str = ""
    report_date: date | None = None


@transaction.atomic
def take_in(*, by: Any, at: datetime, upload: Upload) -> tuple[Source, bool]:
    """Read a page and write down its source and proposals; the same bytes again give the source there is (False)."""
    require(by, "evidence.take_in")
    digest = hashlib.sha256(upload.data).hexdigest()
    wait_for_turn("E", at)
    there = Source.objects.filter(digest=digest).first()
    if there is not None:
        return there, False
    page = read_page(upload.data, report_date=upload.report_date or at.date(), where=upload.origin or "page")
    source = Source.objects.create(
        number=next_number("E", at), title=(page.title or page.text.strip().split("\n")[0])[:300],
        origin=upload.origin[:500], published_at=_aware(page.updated_at), encoding=page.encoding,
        original=page.original(), text=page.text, parts=parts_of(page),
        repairs=[vars_of_repair(one) for one in page.repairs], digest=digest,
        same_report_as=_mirror_of(page), taken_in_by_id=by.pk, taken_in_at=at,
    )  # fmt: skip
    ProposedFact.objects.bulk_create([_proposal(source, fact) for fact in page.facts])
    record(
        by=by, at=at, action="evidence.take_in", target=source,
        after={"title": source.title, "origin": source.origin, "digest": digest, "proposals": len(page.facts)},
    )  # fmt: skip
    return source, True


def _aware(moment: datetime | None) -> datetime | None:
    return timezone.make_aware(moment) if moment and timezone.is_naive(moment) else moment


def parts_of(page: Page) -> dict[str, Any]:
    """The parts of a page with the place of each in the repaired text, as plain values."""
    values = page.as_json()
    names = ("original_title", "updated_at", "editor", "credits", "related", "hot")
    return {name: values[name] for name in names} | {
        "body": [{"text": span.text, "start": span.start} for span in page.body],
        "headlines": [
            {**shown, "start": headline.span.start}
            for shown, headline in zip(values["headlines"], page.headlines, strict=True)
        ],
    }


def vars_of_repair(repair: Any) -> dict[str, Any]:
    names = ("step", "start", "end", "before", "after", "certainty", "note")
    return {name: getattr(repair, name) for name in names}


def _mirror_of(page: Page) -> Source | None:
    """The newest source that is the same report, if it is among the last ones taken in."""
    mine = "".join(span.text for span in page.body)
    for other in Source.objects.filter(same_report_as=None).order_by("-id")[:_MIRROR_CANDIDATES]:
        if mine and same_report(mine, "".join(span["text"] for span in other.parts["body"])):
            return other
    return None


def _proposal(source: Source, fact: Any) -> ProposedFact:
    return ProposedFact(
        source=source, kind=fact.kind, place_code=fact.place or "", giver=fact.giver or "", receiver=fact.receiver or "",
        item=fact.item or "", quantity=None if fact.quantity is None else Decimal(str(fact.quantity)),
        unit=fact.unit or "", stage=fact.status or "", day=fact.date, details=dict(fact.details), quote=fact.quote,
        start=fact.start, end=fact.end, confidence=fact.confidence, rule=fact.rule,
    )  # fmt: skip


# --- the same and the other ------------------------------------------------------------------------------------


def _about_the_same(proposal: ProposedFact) -> Any:
    """Proposals of other sources about the same thing, whatever their figure."""
    rows = ProposedFact.objects.filter(
        kind=proposal.kind, place_code=proposal.place_code, giver=proposal.giver, receiver=proposal.receiver,
        item=proposal.item, stage=proposal.stage,
    ).exclude(pk=proposal.pk).exclude(source=proposal.source_id).exclude(status="rejected")  # fmt: skip
    if proposal.day:
        days = 0 if proposal.kind == "case_report" else SAME_EVENT_DAYS
        span = (proposal.day - timedelta(days=days), proposal.day + timedelta(days=days))
        rows = rows.filter(day__range=span)
    return rows.select_related("source")


def duplicates_of(proposal: ProposedFact) -> list[ProposedFact]:
    """The same fact in other sources: one fact with several sources once confirmed."""
    return list(_about_the_same(proposal).filter(quantity=proposal.quantity, unit=proposal.unit))


def contradictions_of(proposal: ProposedFact) -> list[ProposedFact]:
    """Other figures for the same thing; they stay side by side for a person."""
    rows = _about_the_same(proposal)
    if proposal.quantity is None:
        return list(rows.exclude(quantity=None))
    return list(rows.exclude(quantity=None).exclude(quantity=proposal.quantity))


# --- decisions -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Confirmation:
    """What a person stands for: what the fact is, and the values corrected, with the reason."""

    becomes: str = ""
    corrected: dict[str, Any] = field(default_factory=dict)
    note: str = ""


@transaction.atomic
def confirm(
    *, by: Any, at: datetime, proposal: ProposedFact, confirmation: Confirmation, expected_version: int | None = None
) -> ConfirmedFact:
    """Turn a proposal into a fact, or add its source to the fact that another page already gave.

    A corrected value needs a reason. Raises `Refused` when it was decided before, `EditConflict` when somebody
    decided it meanwhile.
    """
    require(by, "evidence.confirm", proposal)
    following = advance(PROPOSAL, proposal.status, "confirm")
    unknown = set(confirmation.corrected) - set(VALUES)
    if unknown:
        raise Refused(
            _("a correction of %(names)s"),
            _("one of %(values)s"),
            _("correct those"),
            names=sorted(unknown),
            values=VALUES,
        )
    values = {name: getattr(proposal, name) for name in VALUES} | confirmation.corrected
    differs = any(values[name] != getattr(proposal, name) for name in VALUES)
    if differs and not confirmation.note.strip():
        raise Refused(_("a corrected value without a reason"), _("why the page is corrected"), _("write the reason"))
    becomes = confirmation.becomes or BECOMES.get(proposal.kind, Becomes.SITUATION_NOTE)
    if becomes not in Becomes.values:
        raise Refused(
            _("the kind '%(kind)s'"),
            _("one of %(kinds)s"),
            _("choose one of the list"),
            kind=becomes,
            kinds=list(Becomes),
        )
    with change(by=by, at=at, action="evidence.confirm", target=proposal, reason=confirmation.note):
        proposal.status, proposal.decided_by_id, proposal.decided_at = following, by.pk, at
        proposal.reason = confirmation.note[:300]
        proposal.save_changes("status", "decided_by_id", "decided_at", "reason", expected_version=expected_version)
    fact = None if differs else _confirmed_elsewhere(proposal, becomes)
    if fact is None:
        fact = ConfirmedFact.objects.create(
            number=next_number("F", at), becomes=becomes, details=proposal.details, note=confirmation.note[:300],
            place=Place.objects.filter(pk=values["place_code"]).first(), confirmed_by_id=by.pk, confirmed_at=at, **values,
        )  # fmt: skip
        record(by=by, at=at, action="evidence.fact", target=fact, after=snapshot(fact))
    FactSource.objects.create(fact=fact, proposal=proposal, quote=proposal.quote, added_by_id=by.pk, added_at=at)
    return fact


def _confirmed_elsewhere(proposal: ProposedFact, becomes: str) -> ConfirmedFact | None:
    """The fact that the same words of another page already became, unless it was corrected or retracted."""
    twins = [twin.pk for twin in duplicates_of(proposal) if twin.status == "confirmed"]
    rows = ConfirmedFact.objects.filter(
        sources__proposal__in=twins, becomes=becomes, note="", retracts=None, retracted_by=None
    )
    return rows.order_by("pk").first()


@transaction.atomic
def reject(
    *, by: Any, at: datetime, proposal: ProposedFact, reason: str, expected_version: int | None = None
) -> ProposedFact:
    """Say that a proposal is no fact, and why."""
    require(by, "evidence.reject", proposal)
    if not reason.strip():
        raise Refused(_("a rejection without a reason"), _("why this is no fact"), _("write the reason"))
    with change(by=by, at=at, action="evidence.reject", target=proposal, reason=reason):
        proposal.status = advance(PROPOSAL, proposal.status, "reject")
        proposal.decided_by_id, proposal.decided_at, proposal.reason = by.pk, at, reason[:300]
        proposal.save_changes("status", "decided_by_id", "decided_at", "reason", expected_version=expected_version)
    return proposal


@transaction.atomic
def reopen(*, by: Any, at: datetime, proposal: ProposedFact, reason: str) -> ProposedFact:
    """Take a rejection back."""
    require(by, "evidence.reject", proposal)
    with change(by=by, at=at, action="evidence.reopen", target=proposal, reason=reason):
        proposal.status = advance(PROPOSAL, proposal.status, "reopen")
        proposal.save_changes("status")
    return proposal


@transaction.atomic
def retract(*, by: Any, at: datetime, fact: ConfirmedFact, reason: str) -> ConfirmedFact:
    """Take a confirmed fact back by a new row that names it; the first row stays as it was."""
    require(by, "evidence.retract", fact)
    if fact.retracts_id is not None or ConfirmedFact.objects.filter(retracts=fact).exists():
        raise Refused(
            _("%(fact)s, retracted before"), _("a fact that stands"), _("look at the row that retracts it"), fact=fact
        )
    if not reason.strip():
        raise Refused(_("a retraction without a reason"), _("why the fact does not stand"), _("write the reason"))
    values = {name: getattr(fact, name) for name in VALUES}
    row = ConfirmedFact.objects.create(
        number=next_number("F", at), becomes=fact.becomes, place=fact.place, details=fact.details, note=reason[:300],
        retracts=fact, confirmed_by_id=by.pk, confirmed_at=at, **values,
    )  # fmt: skip
    record(by=by, at=at, action="evidence.retract", target=row, after=snapshot(row), reason=reason)
    return row


@transaction.atomic
def write_down(*, by: Any, at: datetime, fact: ConfirmedFact, kind: str, number: str) -> FactRow:
    """Keep which row of another slice a fact became, once; the row keeps source, words and person through it.

    Raises `Refused` when the fact was retracted or written down before.
    """
    require(by, "evidence.write_down", fact)
    ConfirmedFact.objects.select_for_update().get(pk=fact.pk)
    there = FactRow.objects.filter(fact=fact).first()
    if there is not None or not fact.stands:
        raise Refused(
_("%(fact)s, written down before as %(number)s") if there else _("%(fact)s, which was retracted"), _("a fact that stands and was not written down"), _("look at the fact"), fact=fact, number=there.number if there else ""
)  # fmt: skip
    row = FactRow.objects.create(fact=fact, kind=kind, number=number, written_by_id=by.pk, written_at=at)
    record(by=by, at=at, action="evidence.write_down", target=fact, after={"kind": kind, "number": number})
    return row


@transaction.atomic
def write_down_as_offer(*, by: Any, at: datetime, fact: ConfirmedFact, donor: Organisation, place: Place) -> AidOffer:
    """The offer of a confirmed gift, in the donor's name, with the fact as its source; vetting follows as for any offer."""
    require(by, "evidence.write_down", fact)
    item, count = item_of(fact), count_of(fact)
    if fact.becomes not in (Becomes.GIFT, Becomes.PROMISE) or item is None or count is None:
        raise Refused(
_("%(fact)s: %(becomes)s of %(quantity)s %(item)s"), _("a gift of a whole number of an item of the catalogue"), _("write the offer by hand, and name the fact in it"), fact=fact, becomes=fact.get_becomes_display, quantity=fact.quantity, item=fact.item
)  # fmt: skip
    head = OfferHead(
        donor=donor, place=place, earmark=Place.objects.filter(pk=fact.receiver).first(), source=source_of(fact)
    )
    lines: Sequence[Offered] = [Offered(item, to_base(item, count))]
    offer = announce_offer(key=f"fact-{fact.pk}", by=by, at=at, head=head, lines=lines)
    write_down(by=by, at=at, fact=fact, kind=FactRow.Kind.OFFER, number=offer.number)
    return offer
