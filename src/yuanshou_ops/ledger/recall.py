"""Recall of a lot: frozen everywhere in one step, every holder listed, every answer kept.

Goods on the way or in stock move to the state `recalled`; what was already consumed, lost or destroyed is listed by
`trace`, which walks the moves of the lot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import Refused
from yuanshou_ops.ledger.models import Account, Hold, Lot, Move, Recall, RecallHolder
from yuanshou_ops.ledger.posting import Entry, Key, post
from yuanshou_ops.ledger.statuses import HELD, State
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.numbers import next_number
from yuanshou_ops.people.policy import require, require_other_person


@transaction.atomic
def recall(*, by: Any, at: datetime, lot: Lot, reason: str) -> Recall:
    """Freeze the lot and list its holders.

    The lot row is locked first and every command that would open a new account of the lot needs that lock; the
    accounts are then frozen by an update that waits for moves under way. So no unit slips through.
    """
    require(by, "ledger.recall")
    number = next_number("RC", at)
    lot = Lot.objects.select_for_update().get(pk=lot.pk)
    if lot.recalled_at:
        raise Refused(
            _("lot %(lot)s, which is recalled already"),
            _("a lot that is not"),
            _("open the recall that exists"),
            lot=lot,
        )
    Lot.objects.filter(pk=lot.pk).update(recalled_at=at)
    accounts = Account.objects.filter(lot=lot).order_by("pk")
    _lock(accounts)
    accounts.exclude(state=State.RECALLED).update(frozen=True, version=F("version") + 1)
    held = list(accounts.filter(balance__gt=0, state__in=HELD))
    row = Recall.objects.create(number=number, lot=lot, reason=reason, started_by_id=by.pk, started_at=at)
    if held:
        entries = [
            Entry("recall", Key.of(a), Key.of(a).moved(state=State.RECALLED), a.balance, document=number) for a in held
        ]
        post(entries, key=f"recall-{number}", by=by, at=at, reason=reason)
    Hold.objects.filter(account__in=held, status=Hold.Status.PENDING).update(status=Hold.Status.VOIDED, resolved_at=at)
    RecallHolder.objects.bulk_create(RecallHolder(recall=row, account=a, quantity=a.balance) for a in held)
    record(by=by, at=at, action="ledger.recall", target=row, after=snapshot(row), reason=reason)
    return row


def _lock(accounts: Any) -> None:
    """Take the accounts in their order, as every posting does, so that a recall waits for one and never deadlocks."""
    list(accounts.select_for_update().values_list("pk", flat=True))


def answer(
    *, by: Any, at: datetime, holder: RecallHolder, found: int, used: int, destroyed: int, note: str = ""
) -> RecallHolder:
    """What a holder found, had used, has destroyed; together never more than was there."""
    require(by, "ledger.recall_answer", holder)
    if min(found, used, destroyed) < 0 or found + used + destroyed > holder.quantity:
        raise Refused(
            _("%(found)s + %(used)s + %(destroyed)s"),
            _("numbers from 0 that add up to at most %(most)s"),
            _("correct them"),
            found=found,
            used=used,
            destroyed=destroyed,
            most=holder.quantity,
        )
    with change(by=by, at=at, action="ledger.recall_answer", target=holder, reason=note):
        holder.found, holder.used, holder.destroyed, holder.note, holder.answered_at = found, used, destroyed, note, at
        holder.save_changes("found", "used", "destroyed", "note", "answered_at")
    return holder


def propose_release(*, by: Any, at: datetime, recall_: Recall, reason: str) -> Recall:
    require(by, "ledger.recall_release_propose", recall_)
    if recall_.status != Recall.Status.ACTIVE:
        raise Refused(
            _("a recall that is %(status)s"),
            _("one that is active"),
            _("reload the page"),
            status=recall_.get_status_display,
        )
    with change(by=by, at=at, action="ledger.recall_release_propose", target=recall_, reason=reason):
        recall_.status, recall_.release_proposed_by_id = Recall.Status.RELEASE_PROPOSED, by.pk
        recall_.save_changes("status", "release_proposed_by_id")
    return recall_


def release(*, by: Any, at: datetime, recall_: Recall, reason: str) -> Recall:
    """A second person lifts the recall: goods still recalled go back to the state they were in."""
    require(by, "ledger.recall_release", recall_)
    require_other_person(by, "ledger.recall_release", recall_.release_proposed_by_id)
    if recall_.status != Recall.Status.RELEASE_PROPOSED:
        raise Refused(
            _("a recall that is %(status)s"),
            _("one whose release was proposed"),
            _("propose it first"),
            status=recall_.get_status_display,
        )
    with change(by=by, at=at, action="ledger.recall_release", target=recall_, reason=reason):
        Lot.objects.select_for_update().get(pk=recall_.lot_id)
        Lot.objects.filter(pk=recall_.lot_id).update(recalled_at=None)
        entries = _back(recall_)
        if entries:
            post(entries, key=f"release-{recall_.number}", by=by, at=at, reason=reason)
        frozen = Account.objects.filter(lot_id=recall_.lot_id, frozen=True).order_by("pk")
        _lock(frozen)
        frozen.update(frozen=False)
        recall_.status, recall_.released_at = Recall.Status.RELEASED, at
        recall_.save_changes("status", "released_at")
    return recall_


def _back(recall_: Recall) -> list[Entry]:
    """Each recalled account gives back, holder by holder, at most what it still has (some may be destroyed)."""
    left = {
        Key.of(a): a.balance for a in Account.objects.filter(lot_id=recall_.lot_id, state=State.RECALLED, balance__gt=0)
    }
    entries = []
    for holder in recall_.holders.select_related("account"):
        there = Key.of(holder.account)
        here = there.moved(state=State.RECALLED)
        quantity = min(holder.quantity, left.get(here, 0))
        if quantity:
            left[here] -= quantity
            # Commitments and reservations were voided by the recall, so those goods come back as free stock.
            held = there.state in (State.COMMITTED, State.RESERVED, State.PACKED)
            target = there.moved(state=State.VETTED) if held else there
            entries.append(Entry("recall_release", here, target, quantity, document=recall_.number))
    return entries


@dataclass(frozen=True)
class Trace:
    """Where units of a lot are or went: one row for each account that ever held some."""

    account: Account
    received: int
    gave: int

    @property
    def remaining(self) -> int:
        return self.received - self.gave


def trace(lot: Lot) -> list[Trace]:
    """Every account of the lot with what came in and went out, from the moves themselves."""
    accounts = {a.pk: a for a in Account.objects.filter(lot=lot).select_related("holder", "place")}
    received = _sums(Move.objects.filter(debit_account__lot=lot), "debit_account")
    gave = _sums(Move.objects.filter(credit_account__lot=lot), "credit_account")
    return [Trace(account, received.get(pk, 0), gave.get(pk, 0)) for pk, account in accounts.items()]


def _sums(moves: Any, column: str) -> dict[int, int]:
    return {row[column]: row["units"] for row in moves.order_by().values(column).annotate(units=Sum("quantity"))}


def unanswered() -> Any:
    """Holders of active recalls who have not answered yet."""
    return RecallHolder.objects.filter(~Q(recall__status=Recall.Status.RELEASED), answered_at__isnull=True)
