"""What may happen to offers and commitments: announced → vetted → committed. Unvetted goods never reach a plan."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import Refused
from yuanshou_ops.ledger import actions as ledger
from yuanshou_ops.ledger.models import Account, Hold, Item, Lot, Move
from yuanshou_ops.ledger.posting import CHUNK, Entry, Key, post
from yuanshou_ops.ledger.quantities import Quantity
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.people.numbers import next_number, next_numbers, wait_for_turn
from yuanshou_ops.people.policy import require, require_other_person
from yuanshou_ops.requests.models import AidOffer, Commitment, OfferLine, RequestLine
from yuanshou_ops.requests.statuses import COMMITMENT, OFFER, OFFER_LINE
from yuanshou_ops.requests.vetting import Finding, Goods, findings
from yuanshou_ops.sentences import keep
from yuanshou_ops.steps import advance

ONLY_FOR = re.compile(r"only for:\s*([A-Z ]+)", re.IGNORECASE)
"""An offer for several places names them in its conditions: `only for: AGO BEN BWA`."""


@dataclass(frozen=True)
class Offered:
    """One lot to offer."""

    item: Item
    quantity: Quantity
    lot_number: str = ""
    expires_on: date | None = None
    specification: str = ""
    label_language: str = ""
    package_kg: Decimal | None = None


@dataclass(frozen=True)
class OfferHead:
    """What the lots of one offer have in common."""

    donor: Organisation
    place: Place
    earmark: Place | None = None
    available_from: date | None = None
    conditions: str = ""
    source: str = ""


@transaction.atomic
def announce_offer(*, key: str, by: Any, at: datetime, head: OfferHead, lines: Sequence[Offered]) -> AidOffer:
    """Write an offer down; its units enter the ledger in the state `offered`, which counts nowhere as aid."""
    (offer,) = announce_offers(key=key, by=by, at=at, offers=[(head, lines)])
    return offer


@transaction.atomic
def announce_offers(
    *, key: str, by: Any, at: datetime, offers: Sequence[tuple[OfferHead, Sequence[Offered]]]
) -> list[AidOffer]:
    """Several offers in one command, all or none; the importer's door. A repetition returns the offers of the first."""
    wait_for_turn("O", at)
    done = Move.objects.filter(posting=f"offer-{key}").values_list("document", flat=True)
    if numbers := {document.split("/")[0] for document in done}:
        return list(AidOffer.objects.filter(number__in=numbers).order_by("number"))
    numbers = next_numbers("O", at, len(offers))
    rows = []
    for number, (head, lines) in zip(numbers, offers, strict=True):
        row = AidOffer(number=number, created_by_id=by.pk, created_at=at, **vars(head))
        require(by, "requests.offer", row)
        if not lines:
            raise Refused(_("an offer without lines"), _("at least one lot"), _("add a line"))
        rows.append(row)
    AidOffer.objects.bulk_create(rows, batch_size=CHUNK)
    lots = ledger.get_lots(
        {(head.donor.pk, line.item.pk, line.lot_number, line.expires_on) for head, lines in offers for line in lines}
    )
    line_rows, entries = [], []
    for row, (head, lines) in zip(rows, offers, strict=True):
        for number, line in enumerate(lines, start=1):
            lot = lots[head.donor.pk, line.item.pk, line.lot_number, line.expires_on]
            line_rows.append(_line(row, number, line, lot))
            source = Key(lot.pk, head.donor.pk, head.place.pk, State.SOURCE)
            entries.append(
                Entry(
                    "announce", source, source.moved(state=State.OFFERED), line.quantity.base,
                    document=f"{row.number}/{number}", declared_pack=line.quantity.pack,
                    declared_count=line.quantity.count,
                )
            )  # fmt: skip
    OfferLine.objects.bulk_create(line_rows, batch_size=CHUNK)
    post(entries, key=f"offer-{key}", by=by, at=at, on_behalf_of_id=offers[0][0].donor.pk)
    for row in rows:
        record(by=by, at=at, action="requests.offer", target=row, after=snapshot(row))
    return rows


def _line(row: AidOffer, number: int, line: Offered, lot: Lot) -> OfferLine:
    return OfferLine(
        offer=row, line=number, item=line.item, lot=lot, quantity=line.quantity.base, declared_pack=line.quantity.pack,
        declared_count=line.quantity.count, specification=line.specification, label_language=line.label_language,
        package_kg=line.package_kg,
    )  # fmt: skip


# --- vetting -------------------------------------------------------------------------------------------------


def look_at(line: OfferLine, *, arrives_on: date) -> list[Finding]:
    """What vetting finds about a line if it arrives on that day."""
    goods = Goods(
        line.lot.expires_on, line.specification, line.label_language, line.package_kg, line.offer.available_from
    )
    return findings(goods, arrives_on=arrives_on, shelf_life_days_min=settings.YUANSHOU["SHELF_LIFE_DAYS_MIN"])


@transaction.atomic
def vet_line(*, by: Any, at: datetime, line: OfferLine, passes: bool, arrives_on: date, reason: str = "") -> OfferLine:
    """Pass or fail one lot. Expired goods never pass; anything flagged passes only by an approver, with a reason."""
    offer = AidOffer.objects.select_for_update().get(pk=line.offer_id)
    require(by, "requests.vet", offer)
    require_other_person(by, "requests.vet", offer.created_by_id)
    found = look_at(line, arrives_on=arrives_on)
    following = advance(OFFER_LINE, line.status, "pass" if passes else "fail")
    if passes and (stops := [f for f in found if f.severity == "stop"]):
        raise Refused(
            _("goods that fail: %(reasons)s"),
            _("goods that can be used on arrival"),
            _("fail the line"),
            reasons=[f.message for f in stops],
        )
    if passes and found:
        require(by, "requests.vet_override", offer)
    if (found or not passes) and not reason.strip():
        raise Refused(
            _("no reason"), _("a reason to fail a line, or to pass one that was flagged"), _("give the reason")
        )
    key = Key(line.lot_id, offer.donor_id, offer.place_id, State.OFFERED)
    kind, state = ("vet", State.VETTED) if passes else ("decline", State.SOURCE)
    entry = Entry(kind, key, key.moved(state=state), line.quantity, document=f"{offer.number}/{line.line}")
    post([entry], key=f"vet-{line.pk}", by=by, at=at, reason=reason, on_behalf_of_id=offer.donor_id)
    changed = OfferLine.objects.filter(pk=line.pk, status=line.status).update(
        status=following,
        findings=[asdict(f) | {"message": keep(f.message)} for f in found],
        vetting_reason=reason,
        vetted_by_id=by.pk,
        vetted_at=at,
    )
    if changed != 1:
        raise Refused(_("a line that somebody else vetted"), _("one not vetted yet"), _("reload the page"))
    record(
        by=by, at=at, action="requests.vet", target=line, before={"status": line.status}, reason=reason,
        after={"status": following, "findings": [f.rule for f in found]}, organisation_id=offer.donor_id,
    )  # fmt: skip
    _settle_offer(offer, by=by, at=at)
    line.refresh_from_db()
    return line


@transaction.atomic
def vet_sound_lines(*, by: Any, at: datetime, offer: AidOffer, arrives_on: date) -> int:
    """Pass every lot that waits and has nothing odd if it arrives on that day, all or none; returns how many.

    What was flagged or has to be stopped goes on waiting for a decision of its own.
    """
    require(by, "requests.vet", offer)
    sound = sound_lines(offer, arrives_on=arrives_on)
    if not sound:
        raise Refused(
            _("no waiting lot without a finding"), _("at least one"), _("decide on each lot by itself, with a reason")
        )
    for line in sound:
        vet_line(by=by, at=at, line=line, passes=True, arrives_on=arrives_on)
    return len(sound)


def sound_lines(offer: AidOffer, *, arrives_on: date) -> list[OfferLine]:
    """The lots that wait for vetting and have nothing odd if they arrive on that day."""
    waiting = offer.lines.filter(status=OfferLine.Status.PENDING).select_related("offer", "item", "lot").order_by("pk")
    return [line for line in waiting if not look_at(line, arrives_on=arrives_on)]


def _settle_offer(offer: AidOffer, *, by: Any, at: datetime) -> None:
    statuses = set(offer.lines.values_list("status", flat=True))
    if "pending" in statuses or offer.status != AidOffer.Status.ANNOUNCED:
        return
    step = "vet" if "passed" in statuses else "decline"
    with change(by=by, at=at, action=f"requests.offer_{step}", target=offer):
        offer.status = advance(OFFER, offer.status, step)
        offer.save_changes("status")


@transaction.atomic
def withdraw_offer(*, by: Any, at: datetime, offer: AidOffer, reason: str) -> AidOffer:
    """The donor takes back what nobody has committed yet; what is committed or sent stays."""
    require(by, "requests.offer_withdraw", offer)
    offer = AidOffer.objects.select_for_update().get(pk=offer.pk)
    following = advance(OFFER, offer.status, "withdraw")
    entries = []
    for line in offer.lines.filter(status__in=["pending", "passed"]):
        state = State.OFFERED if line.status == "pending" else State.VETTED
        key = Key(line.lot_id, offer.donor_id, offer.place_id, state)
        free = Account.objects.filter(
            lot=key.lot_id, holder=key.holder_id, place=key.place_id, state=state
        ).aggregate(units=Sum("balance"))["units"]  # fmt: skip
        quantity = min(line.quantity, free or 0)
        if quantity:
            entries.append(
                Entry("withdraw", key, key.moved(state=State.SOURCE), quantity, document=f"{offer.number}/{line.line}")
            )
        if quantity == line.quantity:
            OfferLine.objects.filter(pk=line.pk).update(status=advance(OFFER_LINE, line.status, "withdraw"))
    if entries:
        post(entries, key=f"withdraw-{offer.number}", by=by, at=at, reason=reason, on_behalf_of_id=offer.donor_id)
    with change(by=by, at=at, action="requests.offer_withdraw", target=offer, reason=reason):
        offer.status = following
        offer.save_changes("status")
    return offer


# --- earmarks ------------------------------------------------------------------------------------------------


def earmarks(*lots: int) -> dict[int, frozenset[str]]:
    """Lot → codes of the only places its goods are for; lots without an earmark are absent.

    The earmark stays with the lot when its holder changes. A lot that came with several offers is for the places all
    of them name, which may be none. Words after `only for:` that are no code of a place are a condition, no earmark.
    """
    rows = AidOffer.objects.exclude(status__in=["withdrawn", "declined"])
    if lots:
        rows = rows.filter(lines__lot__in=lots)
    known = set(Place.objects.values_list("code", flat=True))
    found: dict[int, frozenset[str]] = {}
    for lot, place, words in rows.values_list("lines__lot_id", "earmark_id", "conditions").distinct():
        named = ONLY_FOR.match(words)
        places = {place} if place else known.intersection(named[1].upper().split()) if named else set()
        if places and (not lots or lot in lots):
            found[lot] = found.get(lot, frozenset(places)) & places
    return found


def check_earmark(lot_id: int, place: Place) -> None:
    """Raise `Refused` if the goods of the lot are earmarked and the place is not among those named."""
    places = earmarks(lot_id).get(lot_id)
    if places is None or place.pk in places:
        return
    names = ", ".join(str(row) for row in Place.objects.filter(pk__in=places)) or "places that exclude each other"
    raise Refused(
        _("goods earmarked for %(names)s"),
        _("goods free for %(place)s"),
        _("choose another lot, or ask the donor"),
        names=names,
        place=place,
    )


# --- commitments ---------------------------------------------------------------------------------------------


@transaction.atomic
def commit(
    *, key: str, by: Any, at: datetime, account: Account, quantity: int, place: Place,
    request_line: RequestLine | None = None, expires_at: datetime | None = None, reason: str = "",
) -> Commitment:  # fmt: skip
    """Bind vetted goods for a place: a pending move that lapses unless it is carried out in time."""
    require(by, "requests.commit", account)
    wait_for_turn("C", at)
    existing = Commitment.objects.filter(hold__move__posting=f"commit-{key}").first()
    if existing:
        return existing
    check_earmark(account.lot_id, place)
    number = next_number("C", at)
    expires_at = expires_at or at + timedelta(days=settings.YUANSHOU["COMMITMENT_DAYS"])
    source = Key.of(account)
    entry = Entry("commit", source, source.moved(state=State.COMMITTED), quantity, document=number)
    (hold,) = ledger.hold(
        [entry],
        key=f"commit-{key}",
        by=by,
        at=at,
        expires_at=expires_at,
        reason=reason,
        on_behalf_of_id=account.holder_id,
    )
    row = Commitment.objects.create(
        number=number, donor_id=account.holder_id, place=place, request_line=request_line, item_id=account.item_id,
        quantity=quantity, hold=hold, expires_at=expires_at, reason=reason, made_by_id=by.pk, made_at=at,
    )  # fmt: skip
    record(by=by, at=at, action="requests.commit", target=row, after=snapshot(row), reason=reason)
    return row


@transaction.atomic
def settle_commitment(
    *, by: Any, at: datetime, commitment: Commitment, step: str, reason: str = "", document: str = ""
) -> Commitment:
    """Carry a commitment out (`post`: its goods are reserved), or give it back (`void`)."""
    require(by, f"requests.commitment_{step}", commitment)
    return _settle(by=by, at=at, commitment=commitment, step=step, reason=reason, document=document)


def _settle(*, by: Any, at: datetime, commitment: Commitment, step: str, reason: str, document: str = "") -> Commitment:
    following = advance(COMMITMENT, commitment.status, step)
    hold = Hold.objects.select_related("account").get(pk=commitment.hold_id)
    key = f"commitment-{step}-{commitment.pk}"
    if step == "post":
        posted = ledger.post_holds(
            [hold], kind="reserve", state=State.RESERVED, key=key, by=by, at=at, document=document or commitment.number
        )
        Hold.objects.bulk_create(
            Hold(move=m, account_id=m.debit_account_id, quantity=m.quantity)
            for m in posted.moves
            if not posted.is_repetition
        )
    else:
        ledger.void_holds([hold], key=key, by=by, at=at, reason=reason, kind=step)
    with change(by=by, at=at, action=f"requests.commitment_{step}", target=commitment, reason=reason):
        commitment.status = following
        commitment.save_changes("status")
    return commitment


def due_commitments(as_of: datetime) -> list[Commitment]:
    """Pending commitments whose time is over, or whose goods a recall has taken back."""
    over = Q(expires_at__lte=as_of) | ~Q(hold__status=Hold.Status.PENDING)
    return list(Commitment.objects.filter(over, status="pending").order_by("pk"))


@transaction.atomic
def lapse_commitment(*, by: Any, at: datetime, commitment: Commitment) -> Commitment | None:
    """End one due commitment; None if somebody settled it meanwhile. After a recall there is nothing to give back."""
    row = Commitment.objects.select_for_update().get(pk=commitment.pk)
    if row.status != Commitment.Status.PENDING:
        return None
    if row.hold.status == Hold.Status.PENDING:
        return _settle(by=by, at=at, commitment=row, step="expire", reason="time is over")
    with change(by=by, at=at, action="requests.commitment_void", target=row, reason="the lot was recalled"):
        row.status = advance(COMMITMENT, row.status, "void")
        row.save_changes("status")
    return row
