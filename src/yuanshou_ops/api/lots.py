"""Lots, recalls and the books for programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import Http404

from yuanshou_ops.api.doors import Call, Door
from yuanshou_ops.api.ledger import AccountOut
from yuanshou_ops.api.types import Code, Id, In, Maybe300, Out, Reason, Units0, one_of, via
from yuanshou_ops.ledger import checks
from yuanshou_ops.ledger import recall as recalls
from yuanshou_ops.ledger.models import Account, DaySeal, Lot, Recall, RecallHolder
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.people.policy import find, may, visible

door = Door("lots")


class LotOut(Out):
    id: int
    item: str = via("item_id")
    number: str
    expires_on: date | None
    origin: str = via("origin.code")
    recalled_at: datetime | None


class HolderOut(Out):
    id: int
    holder: str = via("account.holder.code")
    place: str = via("account.place_id")
    contact: str = via("account.holder.contact")
    quantity: int
    found: int | None
    used: int | None
    destroyed: int | None
    answered_at: datetime | None
    note: str


class RecallOut(Out):
    number: str
    lot: int = via("lot_id")
    item: str = via("lot.item_id")
    reason: str
    status: one_of(Recall.Status)
    started_at: datetime
    version: int


class RecallAnswer(In):
    found: Units0 = 0
    used: Units0 = 0
    destroyed: Units0 = 0
    note: Maybe300 = ""


class Trace(Out):
    account: AccountOut
    received: int
    gave: int
    remaining: int


class LotTrace(Out):
    lot: LotOut
    holders: list[Trace]


class Seal(Out):
    day: date
    moves: int
    digest: str


class Books(Out):
    """The books against themselves; the three lists are empty, or the books are wrong."""

    accounts_that_differ: list[int]
    lots_not_balanced: list[int]
    broken_seals: list[date]
    seals: list[Seal]


def _lots(call: Call) -> Any:
    """A lot is seen by whoever sees one of its accounts."""
    seen = visible(Account, call.by, "ledger.view").values("lot_id")
    return Lot.objects.filter(pk__in=seen).select_related("origin")


@door.list("/lots", "ledger.view", LotOut)
def lots(call: Call) -> Any:
    """Goods that share item, number, expiry and origin, and are recalled together."""
    return _lots(call)


def _lot(call: Call, pk: int) -> Lot:
    row = _lots(call).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@door.one("/lots/{id}", "ledger.view", LotTrace)
def lot(call: Call, id: Id) -> dict[str, Any]:
    """One lot with every account that ever held some of it."""
    row = _lot(call, id)
    seen = set(visible(Account, call.by, "ledger.view").filter(lot=row).values_list("pk", flat=True))
    traces = [t for t in recalls.trace(row) if t.account.pk in seen and t.account.state != State.SOURCE]
    return {"lot": row, "holders": traces}


@door.add("/lots/{id}/recall", "ledger.recall", RecallOut)
def recall_lot(call: Call, id: Id, body: Reason) -> Recall:
    """Freeze a lot everywhere at once and list every holder."""
    return recalls.recall(by=call.by, at=call.at, lot=_lot(call, id), reason=body.reason)


@door.list("/recalls", "ledger.view", RecallOut)
def recall_list(call: Call) -> Any:
    """Recalls of lots that come from one's own organisations, or all."""
    return visible(Recall, call.by, "ledger.view").select_related("lot")


@door.one("/recalls/{number}", "ledger.view", RecallOut)
def recall(call: Call, number: Code) -> Recall:
    """One recall."""
    row = Recall.objects.select_related("lot").filter(number=number).first()
    held = visible(RecallHolder, call.by, "ledger.view").filter(recall=row)
    if row is None or not (may(call.by, "ledger.view", row) or held.exists()):
        raise Http404
    return row


@door.list("/recalls/{number}/holders", "ledger.view", HolderOut)
def recall_holders(call: Call, number: Code) -> Any:
    """Who held goods of the lot, and what each answered."""
    rows = visible(RecallHolder, call.by, "ledger.view").filter(recall=recall(call, number))
    return rows.select_related("account__holder")


@door.step("/recall-holders/{id}/answer", "ledger.recall_answer", HolderOut)
def answer_recall(call: Call, id: Id, body: RecallAnswer) -> RecallHolder:
    """What a holder found, had used and has destroyed."""
    row = find(RecallHolder.objects.select_related("account__holder"), call.by, "ledger.recall_answer", pk=id)
    return recalls.answer(by=call.by, at=call.at, holder=row, **body.model_dump())


@door.step("/recalls/{number}/propose-release", "ledger.recall_release_propose", RecallOut)
def propose_recall_release(call: Call, number: Code, body: Reason) -> Recall:
    """Propose to lift a recall; another person decides."""
    row = find(Recall, call.by, "ledger.recall_release_propose", number=number)
    return recalls.propose_release(by=call.by, at=call.at, recall_=row, reason=body.reason)


@door.step("/recalls/{number}/release", "ledger.recall_release", RecallOut)
def release_recall(call: Call, number: Code, body: Reason) -> Recall:
    """Lift a recall, as a second person."""
    row = find(Recall, call.by, "ledger.recall_release", number=number)
    return recalls.release(by=call.by, at=call.at, recall_=row, reason=body.reason)


@door.one("/books", "ledger.export", Books)
def books(call: Call) -> dict[str, Any]:
    """The books against themselves; reads every move."""
    return {
        "accounts_that_differ": [balance.account_id for balance in checks.mismatched()],
        "lots_not_balanced": [lot_id for lot_id, _units in checks.unbalanced_lots()],
        "broken_seals": checks.broken_seals(), "seals": list(DaySeal.objects.order_by("-day")[:30]),
    }  # fmt: skip
