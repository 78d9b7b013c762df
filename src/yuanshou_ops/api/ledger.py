"""The ledger for programs: items, accounts, moves, stock, holds, stocktakes, write-offs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import Http404
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.api.doors import Call, Door, pick
from yuanshou_ops.api.types import (
    Code,
    Counted,
    Day,
    Decision,
    Id,
    In,
    Line,
    Maybe40,
    Maybe60,
    Moment,
    Out,
    Reason,
    Units,
    Units0,
    one_of,
    via,
)  # fmt: skip
from yuanshou_ops.errors import Refused
from yuanshou_ops.ledger import actions, forms
from yuanshou_ops.ledger.models import Account, Hold, Item, Move, WriteOff
from yuanshou_ops.ledger.posting import Entry, Key
from yuanshou_ops.ledger.quantities import packs_of, to_base
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.people.policy import find, may, require, visible

door = Door("ledger")


class ItemOut(Out):
    code: str
    name: str
    group: str
    unit: str
    reusable: bool
    packs: dict[str, int]
    """Name of a pack → base units in it."""
    kg_per_unit: float | None
    m3_per_unit: float | None

    @staticmethod
    def resolve_packs(row: Item) -> dict[str, int]:
        return {name: pack.base_units for name, pack in packs_of(row).items()}


class AccountOut(Out):
    id: int
    item: str = via("item_id")
    unit: str = via("item.unit")
    lot: int = via("lot_id")
    lot_number: str = via("lot.number")
    expires_on: date | None = via("lot.expires_on", None)
    holder: str = via("holder.code")
    place: str = via("place_id")
    state: one_of(State)
    balance: int
    frozen: bool
    version: int


class MoveOut(Out):
    id: int
    kind: str
    item: str = via("debit_account.item_id")
    lot: int = via("debit_account.lot_id")
    quantity: int
    pack: str = via("declared_pack")
    count: int | None = via("declared_count")
    from_account: int = via("credit_account_id")
    from_state: one_of(State) = via("credit_account.state")
    to_account: int = via("debit_account_id")
    to_state: one_of(State) = via("debit_account.state")
    document: str
    reason: str
    by: str = via("actor_label")
    occurred_at: datetime
    recorded_at: datetime
    reverses: int | None = via("reverses_id")


class Total(Out):
    item: str
    state: one_of(State)
    units: int


class Totals(Out):
    totals: list[Total]


class Posted(Out):
    moves: list[MoveOut]
    in_words: str = ""


class StockIn(Counted):
    lot_number: Maybe60 = ""
    expires_on: Day | None = None
    origin: Code
    holder: Code
    place: Code
    reason: Line


class Transfer(In):
    to_holder: Code
    to_place: Code
    quantity: Units
    reason: Line


class Quantity(In):
    quantity: Units
    reason: Line


class CountedStock(In):
    counted: Units0
    reason: Line


class HoldIn(In):
    quantity: Units
    expires_at: Moment | None = None
    reason: Line


class HoldOut(Out):
    id: int
    account: int = via("account_id")
    item: str = via("account.item_id")
    quantity: int
    state: one_of(State) = via("account.state")
    status: one_of(Hold.Status)
    expires_at: datetime | None
    resolved_at: datetime | None


class WriteOffOut(Out):
    id: int
    account: int = via("account_id")
    item: str = via("account.item_id")
    quantity: int
    reason: str
    document: str
    status: one_of(WriteOff.Status)
    proposed_by: int = via("proposed_by_id")
    decided_by: int | None = via("decided_by_id")
    version: int


class WriteOffIn(Quantity):
    document: Maybe40 = ""


def _accounts() -> Any:
    return Account.objects.select_related("item", "lot", "holder")


def _moves() -> Any:
    return Move.objects.select_related("credit_account", "debit_account")


def _posted(posted: actions.Posted | None, in_words: str = "") -> dict[str, Any]:
    pks = [move.pk for move in posted.moves] if posted else []
    return {"moves": list(_moves().filter(pk__in=pks).order_by("line")), "in_words": in_words}


@door.list("/items", "ledger.view", ItemOut)
def items(call: Call) -> Any:
    """What can be given, each counted in one whole base unit."""
    return Item.objects.prefetch_related("packs")


@door.one("/items/{code}", "ledger.view", ItemOut)
def item(call: Call, code: Code) -> Item:
    """One item with its packs."""
    row = Item.objects.filter(pk=code).first()
    if row is None:
        raise Http404
    return row


@door.list("/accounts", "ledger.view", AccountOut, filters=forms.StockFilter)
def accounts(call: Call) -> Any:
    """Units of one lot with one holder at one place in one state."""
    return visible(_accounts(), call.by, "ledger.view").exclude(state=State.SOURCE)


@door.one("/accounts/{id}", "ledger.view", AccountOut)
def account(call: Call, id: Id) -> Account:
    """One account with its balance."""
    return find(_accounts(), call.by, "ledger.view", pk=id)


@door.one("/totals", "ledger.view", Totals)
def totals(call: Call) -> dict[str, Any]:
    """Units by item and state, of the accounts one may see."""
    summed = actions.totals(visible(Account, call.by, "ledger.view").exclude(state=State.SOURCE))
    return {"totals": [{"item": i, "state": s, "units": n} for (i, s), n in sorted(summed.items())]}


@door.list("/moves", "ledger.view", MoveOut, filters=forms.MoveFilter)
def moves(call: Call) -> Any:
    """Who moved what, when, where, why and how much; rows are never edited."""
    return visible(_moves(), call.by, "ledger.view")


@door.one("/moves/{id}", "ledger.view", MoveOut)
def move(call: Call, id: Id) -> Move:
    """One move."""
    return find(_moves(), call.by, "ledger.view", pk=id)


@door.step("/moves/{id}/reverse", "ledger.reverse", Posted)
def reverse_move(call: Call, id: Id, body: Reason) -> Any:
    """Undo a move by a new one that names it."""
    row = find(Move, call.by, "ledger.reverse", pk=id)
    return _posted(actions.reverse(key=call.key, by=call.by, at=call.at, move=row, reason=body.reason))


@door.add("/stock-in", "ledger.stock_in", Posted)
def stock_in(call: Call, body: StockIn) -> Any:
    """Goods that are here and checked, straight to vetted stock."""
    item = pick(Item, "item", body.item)
    quantity = to_base(item, body.count, body.pack)
    active = Organisation.objects.filter(is_active=True)
    holder = pick(active, "holder", body.holder, by="code")
    origin, place = pick(active, "origin", body.origin, by="code"), pick(Place, "place", body.place)
    lot = actions.get_lot(item_id=item.pk, number=body.lot_number, expires_on=body.expires_on, origin=origin)
    posted = actions.stock_in(
        key=call.key, by=call.by, at=call.at, lot=lot, holder=holder, place=place, quantity=quantity.base,
        declared_pack=quantity.pack, declared_count=quantity.count, reason=body.reason,
    )  # fmt: skip
    return _posted(posted, quantity.words(item.unit))


@door.step("/accounts/{id}/transfer", "ledger.transfer", Posted)
def transfer(call: Call, id: Id, body: Transfer) -> Any:
    """Free stock to another holder or place of the same network."""
    row = find(Account, call.by, "ledger.transfer", pk=id)
    holder = pick(Organisation.objects.filter(is_active=True), "to_holder", body.to_holder, by="code")
    return _posted(
        actions.transfer(
            key=call.key, by=call.by, at=call.at, account=row, to_holder=holder,
            to_place=pick(Place, "to_place", body.to_place), quantity=body.quantity, reason=body.reason,
        )
    )  # fmt: skip


@door.step("/accounts/{id}/use", "ledger.consume", Posted)
def use(call: Call, id: Id, body: Quantity) -> Any:
    """Accepted goods that were used."""
    row = find(Account, call.by, "ledger.consume", pk=id)
    return _posted(
        actions.consume(
            key=call.key, by=call.by, at=call.at, account=row, quantity=body.quantity, reason=body.reason
        )
    )  # fmt: skip


@door.step("/accounts/{id}/stocktake", "ledger.stocktake", Posted)
def stocktake(call: Call, id: Id, body: CountedStock) -> Any:
    """Bring stock to what was counted; no move when it agrees."""
    row = find(Account, call.by, "ledger.stocktake", pk=id)
    return _posted(
        actions.stocktake(
            key=call.key, by=call.by, at=call.at, account=row, counted=body.counted, reason=body.reason
        )
    )  # fmt: skip


# --- holds ---------------------------------------------------------------------------------------------------


@door.list("/holds", "ledger.view", HoldOut)
def holds(call: Call) -> Any:
    """Goods that are committed or reserved until they are posted on, given back or lapse."""
    seen = visible(Account, call.by, "ledger.view").values("pk")
    return Hold.objects.filter(account__in=seen).select_related("account")


@door.add("/accounts/{id}/holds", "ledger.hold", HoldOut)
def hold(call: Call, id: Id, body: HoldIn) -> Hold:
    """Reserve vetted goods of an account until a moment, or without an end."""
    row = find(Account, call.by, "ledger.hold", pk=id)
    require(call.by, "ledger.hold", row)
    source = Key.of(row)
    entry = Entry("reserve", source, source.moved(state=State.RESERVED), body.quantity)
    (made,) = actions.hold(
        [entry], key=call.key, by=call.by, at=call.at, expires_at=body.expires_at, reason=body.reason,
        on_behalf_of_id=row.holder_id,
    )  # fmt: skip
    return made


@door.step("/holds/{id}/release", "ledger.release", HoldOut)
def release(call: Call, id: Id, body: Reason) -> Hold:
    """Give held goods back to free stock. A hold of a commitment or shipment is given back there."""
    row = Hold.objects.select_related("account__lot", "move").filter(pk=id).first()
    if row is None or not may(call.by, "ledger.release", row.account):
        raise Http404
    require(call.by, "ledger.release", row.account)
    if row.move.document:
        raise Refused(
            _("a hold of %(document)s"),
            _("a hold without a document"),
            _("give it back at %(document)s"),
            document=row.move.document,
        )
    actions.void_holds([row], key=call.key, by=call.by, at=call.at, reason=body.reason)
    row.refresh_from_db()
    return row


# --- write-offs ----------------------------------------------------------------------------------------------


@door.list("/write-offs", "ledger.view", WriteOffOut)
def write_offs(call: Call) -> Any:
    """Goods proposed to be written off, and what a second person decided."""
    return visible(WriteOff, call.by, "ledger.view").select_related("account")


@door.one("/write-offs/{id}", "ledger.view", WriteOffOut)
def write_off(call: Call, id: Id) -> WriteOff:
    """One write-off."""
    return find(WriteOff, call.by, "ledger.view", pk=id)


@door.add("/accounts/{id}/write-offs", "ledger.write_off_propose", WriteOffOut)
def propose_write_off(call: Call, id: Id, body: WriteOffIn) -> WriteOff:
    """Propose to write goods off; another person decides."""
    row = find(Account, call.by, "ledger.write_off_propose", pk=id)
    return actions.propose_write_off(
        by=call.by, at=call.at, account=row, quantity=body.quantity, reason=body.reason, document=body.document
    )


@door.step("/write-offs/{id}/decide", "ledger.write_off", WriteOffOut)
def decide_write_off(call: Call, id: Id, body: Decision) -> WriteOff:
    """Write the goods off, or refuse, as a second person."""
    row = find(WriteOff.objects.select_related("account"), call.by, "ledger.write_off", pk=id)
    return actions.decide_write_off(by=call.by, at=call.at, write_off=row, accept=body.accept, reason=body.reason)
