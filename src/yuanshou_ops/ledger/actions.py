"""What may happen in the ledger besides posting: holds, reversals, stocktakes, transfers, write-offs.

Goods enter and move through `posting.post`; this module says under which right, with which other rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from yuanshou_ops.errors import InsufficientStock, Refused
from yuanshou_ops.ledger.models import Account, Hold, Lot, Move, WriteOff
from yuanshou_ops.ledger.posting import CHUNK, Entry, Key, Posted, post
from yuanshou_ops.ledger.quantities import Quantity
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.people.policy import require, require_other_person

LotKey = tuple[int, str, str, date | None]
"""What makes a lot the same one: origin, item, number, expiry."""


def get_lot(*, item_id: str, number: str, expires_on: date | None, origin: Organisation) -> Lot:
    """The lot of that item, number, expiry and origin; made when it is new."""
    key = (origin.pk, item_id, number, expires_on)
    return get_lots({key})[key]


def get_lots(wanted: set[LotKey]) -> dict[LotKey, Lot]:
    """The lots of these origins, items, numbers and expiries; missing ones are made, in one order for everybody."""
    origins = {origin for origin, *_rest in wanted}

    def found() -> dict[LotKey, Lot]:
        rows = Lot.objects.filter(origin_id__in=origins)
        if len(wanted) < CHUNK:
            rows = rows.filter(item_id__in={key[1] for key in wanted}, number__in={key[2] for key in wanted})
        lots = {(lot.origin_id, lot.item_id, lot.number, lot.expires_on): lot for lot in rows}
        return {key: lots[key] for key in wanted if key in lots}

    there = found()
    missing = sorted(wanted - there.keys(), key=lambda key: (key[0], key[1], key[2], key[3] or date.min))
    if not missing:
        return there
    Lot.objects.bulk_create(
        (Lot(origin_id=o, item_id=i, number=n, expires_on=e) for o, i, n, e in missing),
        ignore_conflicts=True,
        batch_size=CHUNK,
    )
    return found()


@dataclass(frozen=True)
class Arrived:
    """Goods of one lot that are here and checked: who holds them, where, how many, and why."""

    lot: LotKey
    holder: Organisation
    place: Place
    quantity: Quantity
    reason: str = ""


@transaction.atomic
def stock_in(
    *, key: str, by: Any, at: datetime, lot: Lot, holder: Organisation, place: Place, quantity: int,
    declared_pack: str = "", declared_count: int | None = None, document: str = "", reason: str = "",
    occurred_at: datetime | None = None,
) -> Posted:  # fmt: skip
    """Goods that are here and checked: from the world outside straight to vetted stock."""
    require(by, "ledger.stock_in")
    entry = Entry(
        "stock_in", Key(lot.pk, holder.pk, place.pk, State.SOURCE), Key(lot.pk, holder.pk, place.pk, State.VETTED),
        quantity, document=document, declared_pack=declared_pack, declared_count=declared_count,
    )  # fmt: skip
    return post([entry], key=key, by=by, at=at, reason=reason, on_behalf_of_id=holder.pk, occurred_at=occurred_at)


@transaction.atomic
def stock_in_all(*, key: str, by: Any, at: datetime, arrived: Sequence[Arrived]) -> Posted:
    """The same for many lots of one holder in one command, all or none; the importer's door."""
    require(by, "ledger.stock_in")
    lots = get_lots({goods.lot for goods in arrived})
    entries = []
    for goods in arrived:
        outside = Key(lots[goods.lot].pk, goods.holder.pk, goods.place.pk, State.SOURCE)
        entries.append(
            Entry(
                "stock_in", outside, outside.moved(state=State.VETTED), goods.quantity.base, reason=goods.reason,
                declared_pack=goods.quantity.pack, declared_count=goods.quantity.count,
            )
        )  # fmt: skip
    return post(entries, key=key, by=by, at=at, on_behalf_of_id=arrived[0].holder.pk)


@transaction.atomic
def transfer(
    *,
    key: str,
    by: Any,
    at: datetime,
    account: Account,
    to_holder: Organisation,
    to_place: Place,
    quantity: int,
    reason: str,
) -> Posted:
    """Free stock to another holder or place of the same network."""
    require(by, "ledger.transfer", account)
    source = Key.of(account)
    entry = Entry("transfer", source, source.moved(holder_id=to_holder.pk, place_id=to_place.pk), quantity)
    return post([entry], key=key, by=by, at=at, reason=reason, on_behalf_of_id=account.holder_id)


@transaction.atomic
def consume(*, key: str, by: Any, at: datetime, account: Account, quantity: int, reason: str = "") -> Posted:
    """Accepted goods that were used: they stay counted as delivered, and leave the recipient's stock."""
    require(by, "ledger.consume", account)
    source = Key.of(account)
    entry = Entry("consume", source, source.moved(state=State.CONSUMED), quantity)
    return post([entry], key=key, by=by, at=at, reason=reason, on_behalf_of_id=account.holder_id)


# --- holds: reserve → post, void or expire ------------------------------------------------------------------


@transaction.atomic
def hold(
    entries: Sequence[Entry], *, key: str, by: Any, at: datetime, expires_at: datetime | None, reason: str = "",
    on_behalf_of_id: int | None = None,
) -> list[Hold]:  # fmt: skip
    """Commit or reserve goods: each entry becomes a pending move that expires unless it is posted on.

    A repetition with the same key returns the holds of the first call. The caller has checked the right, for it
    depends on why the goods are held.
    """
    posted = post(entries, key=key, by=by, at=at, reason=reason, on_behalf_of_id=on_behalf_of_id)
    if posted.is_repetition:
        return list(Hold.objects.filter(move__in=posted.moves).order_by("move_id"))
    return Hold.objects.bulk_create(
        Hold(move=move, account_id=move.debit_account_id, quantity=move.quantity, expires_at=expires_at)
        for move in posted.moves
    )


def resolve(hold_: Hold, *, to: str, at: datetime) -> None:
    """Mark a pending hold as resolved; at most one caller succeeds, whatever races."""
    changed = Hold.objects.filter(pk=hold_.pk, status=Hold.Status.PENDING).update(status=to, resolved_at=at)
    if changed != 1:
        current = Hold.objects.values_list("status", flat=True).get(pk=hold_.pk)
        raise Refused(
            _("a hold that is %(status)s"), _("one that is pending"), _("reload the page"), status=Hold.Status(current)
        )


@transaction.atomic
def post_holds(
    holds: Sequence[Hold],
    *,
    kind: str,
    state: str,
    key: str,
    by: Any,
    at: datetime,
    document: str = "",
    reason: str = "",
) -> Posted:
    """Post pending holds on to their next state (a commitment to reserved goods, a reservation to packed ones)."""
    entries = [
        Entry(kind, Key.of(h.account), Key.of(h.account).moved(state=state), h.quantity, document=document)
        for h in holds
    ]
    posted = post(entries, key=key, by=by, at=at, reason=reason)
    if not posted.is_repetition:
        for hold_ in sorted(holds, key=lambda h: h.pk):
            resolve(hold_, to=Hold.Status.POSTED, at=at)
    return posted


@transaction.atomic
def void_holds(holds: Sequence[Hold], *, key: str, by: Any, at: datetime, reason: str, kind: str = "void") -> Posted:
    """Give held goods back to free stock; `kind` is `void` when a person does it and `expire` when time does."""
    entries = [Entry(kind, Key.of(h.account), Key.of(h.account).moved(state=State.VETTED), h.quantity) for h in holds]
    posted = post(entries, key=key, by=by, at=at, reason=reason)
    if not posted.is_repetition:
        status = Hold.Status.EXPIRED if kind == "expire" else Hold.Status.VOIDED
        for hold_ in sorted(holds, key=lambda h: h.pk):
            resolve(hold_, to=status, at=at)
    return posted


def expired_holds(at: datetime) -> list[Hold]:
    """Pending holds whose time is over."""
    rows = Hold.objects.filter(status=Hold.Status.PENDING, expires_at__lte=at)
    return list(rows.select_related("account__lot").order_by("pk"))


# --- corrections ---------------------------------------------------------------------------------------------


@transaction.atomic
def reverse(*, key: str, by: Any, at: datetime, move: Move, reason: str) -> Posted:
    """Undo a move by a new one that names it, with a reason. A move is reversed at most once; a reversal never."""
    require(by, "ledger.reverse")
    if not reason.strip():
        raise Refused(_("a reversal without a reason"), _("a reason"), _("say why the move was wrong"))
    already = getattr(move, "reversed_by", None)
    if move.kind == "reverse" or (already is not None and already.posting_id != key):
        raise Refused(
            _("move %(move)s, which is a reversal or reversed"),
            _("a move that stands"),
            _("post a new move instead"),
            move=str(move.pk),
        )
    if Hold.objects.filter(move=move, status=Hold.Status.PENDING).exists():
        raise Refused(
            _("move %(move)s, which is a pending hold"),
            _("a move without a hold"),
            _("void the hold instead"),
            move=str(move.pk),
        )
    entry = Entry(
        "reverse", Key.of(move.debit_account), Key.of(move.credit_account), move.quantity,
        document=move.document, reverses_id=move.pk,
    )  # fmt: skip
    return post([entry], key=key, by=by, at=at, reason=reason, on_behalf_of_id=move.on_behalf_of_id)


@transaction.atomic
def stocktake(*, key: str, by: Any, at: datetime, account: Account, counted: int, reason: str) -> Posted | None:
    """Bring free or accepted stock to what was counted, as a gain or a loss with its reason; None if it agrees.

    The count is compared with the balance inside the transaction; a move that comes between makes the guard fail.
    """
    require(by, "ledger.stocktake", account)
    if counted < 0:
        raise Refused(_("a count of %(n)s"), _("zero or more"), _("correct the count"), n=counted)
    current = Account.objects.select_for_update().get(pk=account.pk)
    difference = counted - current.balance
    if difference == 0:
        return None
    key_here = Key.of(current)
    if difference > 0:
        entry = Entry("stocktake_gain", key_here.moved(state=State.SOURCE), key_here, difference)
    else:
        entry = Entry("stocktake_loss", key_here, key_here.moved(state=State.LOST), -difference)
    return post([entry], key=key, by=by, at=at, reason=reason, on_behalf_of_id=current.holder_id)


@transaction.atomic
def propose_write_off(
    *, by: Any, at: datetime, account: Account, quantity: int, reason: str, document: str = ""
) -> WriteOff:
    require(by, "ledger.write_off_propose", account)
    if not 0 < quantity <= account.balance:
        raise InsufficientStock(
            ngettext_lazy("%(n)s unit there", "%(n)s units there", "n"),
            _("a quantity from 1 to %(n)s"),
            _("correct it"),
            n=account.balance,
        )
    row = WriteOff.objects.create(
        account=account, quantity=quantity, reason=reason, document=document, proposed_by_id=by.pk, proposed_at=at
    )
    record(by=by, at=at, action="ledger.write_off_propose", target=row, after=snapshot(row), reason=reason)
    return row


def decide_write_off(*, by: Any, at: datetime, write_off: WriteOff, accept: bool, reason: str = "") -> WriteOff:
    """A second person writes the goods off, or refuses."""
    require(by, "ledger.write_off", write_off)
    require_other_person(by, "ledger.write_off", write_off.proposed_by_id)
    if write_off.status != WriteOff.Status.PROPOSED:
        raise Refused(
            _("a write-off that is %(status)s"),
            _("one that is proposed"),
            _("reload the page"),
            status=write_off.get_status_display,
        )
    with change(by=by, at=at, action="ledger.write_off", target=write_off, reason=reason):
        write_off.status = WriteOff.Status.DONE if accept else WriteOff.Status.REFUSED
        write_off.decided_by_id, write_off.decided_at = by.pk, at
        write_off.save_changes("status", "decided_by_id", "decided_at")
        if accept:
            source = Key.of(write_off.account)
            entry = Entry(
                "write_off", source, source.moved(state=State.LOST), write_off.quantity, document=write_off.document
            )
            post([entry], key=f"write-off-{write_off.pk}", by=by, at=at, reason=write_off.reason)
    return write_off


# --- choosing stock ------------------------------------------------------------------------------------------


def first_expiring(
    *, item_id: str, quantity: int, usable_on: date, shelf_life_days_min: int = 0, holder_id: int | None = None,
    place_id: str | None = None, state: str = State.VETTED,
) -> list[tuple[Account, int]]:  # fmt: skip
    """Accounts to take the quantity from, first expiry first; lots without an expiry come last.

    A lot must keep at least `shelf_life_days_min` days on the day it will arrive. Raises `InsufficientStock` naming
    what is there. Holder and place narrow the choice when given.
    """
    last_ok = usable_on + timedelta(days=shelf_life_days_min)
    rows = Account.objects.filter(item_id=item_id, state=state, balance__gt=0, frozen=False).filter(
        Q(lot__expires_on__isnull=True) | Q(lot__expires_on__gt=last_ok)
    )
    if holder_id is not None:
        rows = rows.filter(holder_id=holder_id)
    if place_id is not None:
        rows = rows.filter(place_id=place_id)
    chosen, left = [], quantity
    for account in rows.select_related("lot").order_by(F("lot__expires_on").asc(nulls_last=True), "pk"):
        take = min(left, account.balance)
        chosen.append((account, take))
        left -= take
        if left == 0:
            return chosen
    raise InsufficientStock(
        ngettext_lazy(
            "%(n)s unit of %(item)s that keeps %(days)s days after %(day)s",
            "%(n)s units of %(item)s that keep %(days)s days after %(day)s",
            "n",
        ),
        _("%(asked)s"),
        _("ask for less, or choose another place"),
        n=quantity - left,
        item=item_id,
        days=shelf_life_days_min,
        day=usable_on,
        asked=quantity,
    )


def totals(rows: Any = None) -> dict[tuple[str, str], int]:
    """Units by item and state, from the accounts; the same figures `yuanshou verify` recomputes from the moves."""
    accounts = Account.objects.all() if rows is None else rows
    summed = accounts.values("item_id", "state").annotate(units=Sum("balance"))
    return {(row["item_id"], row["state"]): row["units"] for row in summed if row["units"]}
