"""Receipt and what follows: counts by anybody with the code, discrepancies with an end, write-offs by two people."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import NotAllowed, Refused
from yuanshou_ops.ledger.models import Lot, Move, Posting
from yuanshou_ops.ledger.posting import Entry, Key, post
from yuanshou_ops.ledger.statuses import COVERAGE, State
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.numbers import next_number, wait_for_turn
from yuanshou_ops.people.policy import require, require_other_person
from yuanshou_ops.requests.actions import note_receipt
from yuanshou_ops.requests.models import AidRequest
from yuanshou_ops.shipments.models import Discrepancy, GoodsReceipt, ReceiptLine, Shipment, ShipmentLine
from yuanshou_ops.shipments.outcomes import Outcome, shipment_outcomes
from yuanshou_ops.shipments.statuses import DISCREPANCY, ON_THE_WAY, RECEIVED_AS, SHIPMENT
from yuanshou_ops.steps import advance

WRONG_CODES_MAX = 10
WRONG_CODES_SECONDS = 3600


@dataclass(frozen=True)
class Count:
    """What a receiver counted of one line, in base units."""

    good: int = 0
    damaged: int = 0
    short: int = 0
    expired: int = 0
    surplus: int = 0

    @property
    def of_the_line(self) -> int:
        return self.good + self.damaged + self.short + self.expired

    def check(self, outcome: Outcome) -> None:
        if min(vars(self).values()) < 0:
            raise Refused(
                _("a count below zero in line %(line)s"), _("counts from 0"), _("correct it"), line=outcome.line.line
            )
        if self.of_the_line > outcome.outstanding:
            raise Refused(
_("%(n)s counted in line %(line)s, %(outstanding)s still expected"), _("good + damaged + short + expired up to that; what came on top is surplus"), _("correct the counts"), n=self.of_the_line, line=outcome.line.line, outstanding=outcome.outstanding
)  # fmt: skip


@dataclass(frozen=True)
class Receiver:
    """Somebody without an account who holds the code of a shipment."""

    name: str
    role: str = ""
    pk = None

    @property
    def label(self) -> str:
        return f"{self.name} ({self.role})" if self.role else self.name


def receive(
    *,
    key: str,
    by: Any,
    at: datetime,
    shipment: Shipment,
    counts: Mapping[int, Count],
    receiver: Receiver,
    note: str = "",
) -> GoodsReceipt:
    """Record a receipt for a signed-in person of the consignee or the coordinators."""
    require(by, "shipments.receive", shipment)
    return _receive(
        key=key, by=by, at=at, shipment=shipment, counts=counts, receiver=receiver, note=note, is_by_code=False
    )


def find_by_code(number: str, code: str) -> Shipment | None:
    """The shipment if the code is its own; ten wrong codes close the door of that shipment for an hour."""
    tries = f"receiver-code-{number[:32]}"
    if cache.get(tries, 0) >= WRONG_CODES_MAX:
        return None
    shipment = Shipment.objects.filter(number=number).select_related("consignee", "to_place", "consignor").first()
    expected = shipment.receiver_code if shipment else "-" * 10
    if not secrets.compare_digest(code.strip().upper().encode(), expected.encode()) or shipment is None:
        cache.add(tries, 0, WRONG_CODES_SECONDS)
        cache.incr(tries)
        return None
    return shipment


def receive_by_code(
    *,
    key: str,
    code: str,
    at: datetime,
    shipment: Shipment,
    counts: Mapping[int, Count],
    receiver: Receiver,
    note: str = "",
) -> GoodsReceipt:
    """Record a receipt for whoever holds the code; the code is tied to the shipment and so to its consignee."""
    if find_by_code(shipment.number, code) is None:
        raise NotAllowed(_("a wrong code"), _("the code on the waybill"), _("read it again, or ask the sender"))
    return _receive(
        key=key, by=receiver, at=at, shipment=shipment, counts=counts, receiver=receiver, note=note, is_by_code=True
    )


@transaction.atomic
def _receive(
    *, key: str, by: Any, at: datetime, shipment: Shipment, counts: Mapping[int, Count], receiver: Receiver, note: str,
    is_by_code: bool,
) -> GoodsReceipt:  # fmt: skip
    key = f"{shipment.number}-{key}"[:80]
    wait_for_turn("G", at)
    existing = GoodsReceipt.objects.filter(key=key).first()
    if existing:
        return existing
    shipment = Shipment.objects.select_for_update().get(pk=shipment.pk)
    following = advance(SHIPMENT, shipment.status, "receive")
    there = {outcome.line.line: outcome for outcome in shipment_outcomes(shipment)}
    counts = {n: count for n, count in counts.items() if count.of_the_line or count.surplus}
    if not receiver.name.strip():
        raise Refused(_("a receipt without a name"), _("the name of the receiver"), _("write it"))
    if not counts or (unknown := counts.keys() - there.keys()):
        raise Refused(
            _("no counted line") if not counts else _("line %(line)s"),
            _("lines of this shipment"),
            _("count one"),
            line=min(unknown) if counts else None,
        )
    for n, count in counts.items():
        count.check(there[n])
    number = next_number("G", at)
    receipt = GoodsReceipt.objects.create(
        number=number, shipment=shipment, key=key, receiver_name=receiver.name, receiver_role=receiver.role, note=note,
        is_by_code=is_by_code, received_at=at, recorded_by_id=by.pk,
    )  # fmt: skip
    entries = [e for n, count in sorted(counts.items()) for e in _entries(shipment, there[n].line, count)]
    post(
        entries,
        key=f"receipt-{number}",
        by=by,
        at=at,
        reason=note[:300],
        on_behalf_of_id=shipment.consignee.organisation_id,
    )
    _write_counts(receipt, there, counts, at)
    record(
        by=by, at=at, action="shipments.receive", target=receipt, organisation_id=shipment.consignor_id,
        after=snapshot(receipt) | {"counts": _plain(counts)},
    )  # fmt: skip
    is_complete = all(outcome.is_balanced for outcome in shipment_outcomes(shipment))
    with change(by=by, at=at, action="shipments.receive", target=shipment):
        shipment.status = advance(SHIPMENT, following, "complete") if is_complete else following
        shipment.last_heard_at = at
        shipment.save_changes("status", "last_heard_at")
    if shipment.aid_request_id:
        request = AidRequest.objects.get(pk=shipment.aid_request_id)
        note_receipt(by=by, at=at, aid_request=request, accepted=accepted_for(request))
    return receipt


def _entries(shipment: Shipment, line: ShipmentLine, count: Count) -> list[Entry]:
    """The moves a count makes: good, damaged and expired goods are the receiver's; missing ones stay the sender's."""
    out = Key(line.lot_id, line.holder_id, shipment.from_place_id, State.IN_TRANSIT)
    receiver_id = shipment.consignee.organisation_id
    entries = []
    for name, (kind, state) in RECEIVED_AS.items():
        quantity = getattr(count, name)
        if quantity:
            here = out.moved(state=state)
            there = out.moved(state=state, holder_id=receiver_id, place_id=shipment.to_place_id)
            debit = here if name == "short" else there
            entries.append(Entry(kind, out, debit, quantity, document=line.document))
    if count.surplus:
        outside = Key(line.lot_id, receiver_id, shipment.to_place_id, State.SOURCE)
        entries.append(
            Entry(
                "surplus",
                outside,
                outside.moved(state=State.ACCEPTED),
                count.surplus,
                document=f"{line.document}/surplus",
            )
        )
    return entries


def _write_counts(
    receipt: GoodsReceipt, there: Mapping[int, Outcome], counts: Mapping[int, Count], at: datetime
) -> None:
    for n, count in sorted(counts.items()):
        ReceiptLine.objects.create(receipt=receipt, line=there[n].line, **vars(count))
        for kind in Discrepancy.Kind.values:
            if quantity := getattr(count, kind):
                Discrepancy.objects.create(
                    line=there[n].line, receipt=receipt, kind=kind, quantity=quantity, opened_at=at
                )


def _plain(counts: Mapping[int, Count]) -> dict[str, dict[str, int]]:
    return {str(n): {name: units for name, units in vars(count).items() if units} for n, count in counts.items()}


def accepted_for(aid_request: AidRequest) -> dict[str, int]:
    """Units accepted so far of each item, over all shipments of the request; surplus counts too, it is there."""
    prefixes = [f"{number}/" for number in aid_request.shipments.values_list("number", flat=True)]
    accepted: dict[str, int] = {}
    for prefix in prefixes:
        moves = Move.objects.filter(document__startswith=prefix).order_by()
        for side, sign in (("debit_account", 1), ("credit_account", -1)):
            rows = (
                moves.filter(**{f"{side}__state__in": COVERAGE})
                .values(f"{side}__item_id")
                .annotate(units=Sum("quantity"))
            )
            for row in rows:
                item = row[f"{side}__item_id"]
                accepted[item] = accepted.get(item, 0) + sign * row["units"]
    return accepted


# --- discrepancies -------------------------------------------------------------------------------------------


def settle(*, by: Any, at: datetime, discrepancy: Discrepancy, step: str, reason: str) -> Discrepancy:
    """One step of a discrepancy: claim, return, find, keep, propose_write_off, write_off, refuse.

    A write-off takes two people: one proposes, another does it.
    """
    require(by, f"shipments.discrepancy_{step}", discrepancy)
    if step in ("write_off", "refuse"):
        require_other_person(by, "shipments.discrepancy_write_off", discrepancy.proposed_by_id)
    following = advance(DISCREPANCY, discrepancy.status, step)
    if not reason.strip():
        raise Refused(_("this step without a reason"), _("a reason"), _("say why"))
    entry = _settling_entry(discrepancy, step)
    with change(by=by, at=at, action=f"shipments.discrepancy_{step}", target=discrepancy, reason=reason):
        discrepancy.status, discrepancy.reason = following, reason
        if step == "propose_write_off":
            discrepancy.proposed_by_id = by.pk
        elif step != "claim":
            discrepancy.decided_by_id, discrepancy.settled_at = by.pk, None if step == "refuse" else at
        version = discrepancy.version
        discrepancy.save_changes("status", "reason", "proposed_by_id", "decided_by_id", "settled_at")
        if entry is not None:
            post([entry], key=f"discrepancy-{discrepancy.pk}-{step}-{version}", by=by, at=at, reason=reason)
    return discrepancy


def _settling_entry(discrepancy: Discrepancy, step: str) -> Entry | None:
    """The move of a step, or None; refuses a step that makes no sense for the kind of discrepancy."""
    line = discrepancy.line
    shipment = line.shipment
    sent = Key(line.lot_id, line.holder_id, shipment.from_place_id, State.SHORT)
    there = Key(line.lot_id, shipment.consignee.organisation_id, shipment.to_place_id, State.DAMAGED)
    is_short, is_surplus = discrepancy.kind == "short", discrepancy.kind == "surplus"
    fits = {
        "find": is_short, "keep": is_surplus, "return": not is_short and not is_surplus,
        "propose_write_off": not is_surplus, "write_off": not is_surplus,
    }  # fmt: skip
    if not fits.get(step, True):
        raise Refused(
            _("this step for goods that are %(kind)s"),
            _("a step that fits"),
            _("choose another step"),
            kind=discrepancy.get_kind_display,
        )
    credit = sent if is_short else there
    if step == "find":
        return Entry("find", sent, there.moved(state=State.ACCEPTED), discrepancy.quantity, document=line.document)
    if step == "return":
        back = sent.moved(state=State.RETURNED)
        return Entry("return", there, back, discrepancy.quantity, document=line.document)
    if step == "write_off":
        return Entry("write_off", credit, credit.moved(state=State.LOST), discrepancy.quantity, document=line.document)
    return None


def account_for_recalled(
    *, by: Any, at: datetime, line: ShipmentLine, quantity: int, reason: str, key: str = ""
) -> None:
    """Units of a recalled lot that were under way are destroyed under the line's own document, so that it can close.

    The same key again does nothing, so that a double click destroys once.
    """
    shipment = line.shipment
    require(by, "shipments.discrepancy_write_off", shipment)
    (outcome,) = [o for o in shipment_outcomes(shipment) if o.line.pk == line.pk]
    key = f"recalled-{line.pk}-{key or outcome.accounted}"
    if Posting.objects.filter(pk=key).exists():
        return
    if not Lot.objects.filter(pk=line.lot_id, recalled_at__isnull=False).exists():
        raise Refused(_("lot %(lot)s, not recalled"), _("a recalled lot"), _("record a receipt instead"), lot=line.lot)
    if not 0 < quantity <= outcome.outstanding:
        raise Refused(
            _("%(n)s of line %(line)s"),
            _("from 1 to %(most)s"),
            _("correct the quantity"),
            n=quantity,
            line=line.line,
            most=outcome.outstanding,
        )
    recalled = Key(line.lot_id, line.holder_id, shipment.from_place_id, State.RECALLED)
    entry = Entry("destroy", recalled, recalled.moved(state=State.DESTROYED), quantity, document=line.document)
    with transaction.atomic():
        if post([entry], key=key, by=by, at=at, reason=reason).is_repetition:
            return
        record(by=by, at=at, action="shipments.discrepancy_write_off", target=line, after={"destroyed": quantity},
               reason=reason, organisation_id=shipment.consignor_id)  # fmt: skip
        if shipment.status in ON_THE_WAY and all(o.is_balanced for o in shipment_outcomes(shipment)):
            with change(by=by, at=at, action="shipments.receive", target=shipment):
                shipment.status = advance(SHIPMENT, advance(SHIPMENT, shipment.status, "receive"), "complete")
                shipment.save_changes("status")
