"""The one function that posts. Everything that changes a balance goes through `post`.

Order of work inside one transaction: the command's key (a repetition ends here), the accounts, the guarded updates in
sorted order of account, the moves, the audit event. Sorted order is why many-line commands never deadlock; the guard
`balance >= q` in the UPDATE itself is why racing writers never oversell.

The one thing easily confused: a repetition with the same key returns the moves of the first call and posts nothing;
the same key with other content is an error.
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import InsufficientStock, KeyReused, Refused
from yuanshou_ops.ledger.models import Account, Lot, Move, Posting
from yuanshou_ops.ledger.statuses import KINDS, State, is_allowed
from yuanshou_ops.ledger.words import kind_words, state_words
from yuanshou_ops.people.models import AuditEvent
from yuanshou_ops.rows import insert_if_new
from yuanshou_ops.sentences import Sentence

CHUNK = 400
RETRIES = 5
Result = TypeVar("Result")


@dataclass(frozen=True, order=True)
class Key:
    """Which account: the lot (which implies the item), the holder, the place and the state."""

    lot_id: int
    holder_id: int
    place_id: str
    state: str

    @classmethod
    def of(cls, account: Account) -> Key:
        return cls(account.lot_id, account.holder_id, account.place_id, account.state)

    def moved(self, *, state: str | None = None, holder_id: int | None = None, place_id: str | None = None) -> Key:
        return Key(self.lot_id, holder_id or self.holder_id, place_id or self.place_id, state or self.state)


@dataclass(frozen=True)
class Entry:
    """One line to post: `quantity` base units from the credit account to the debit account."""

    kind: str
    credit: Key
    debit: Key
    quantity: int
    document: str = ""
    reason: str = ""
    declared_pack: str = ""
    declared_count: int | None = None
    reverses_id: int | None = None


@dataclass(frozen=True)
class Posted:
    """What a posting did: its moves in line order, and whether this call posted them or an earlier one did."""

    moves: list[Move]
    is_repetition: bool


def post(
    entries: Sequence[Entry], *, key: str, by: Any, at: datetime, occurred_at: datetime | None = None,
    reason: str = "", on_behalf_of_id: int | None = None,
) -> Posted:  # fmt: skip
    """Post all entries or none, once per key.

    Raises `InsufficientStock` if an account holds less than it is to give, `Refused` for a move that no kind allows or
    a recalled lot, `KeyReused` if the key was used for other content.
    """
    for entry in entries:
        check_entry(entry)
    if not entries:
        raise Refused(_("a command without lines"), _("at least one line"), _("add a line"))
    mark = fingerprint(entries, on_behalf_of_id)

    def attempt() -> Posted:
        with transaction.atomic():
            if not insert_if_new(Posting(key=key, fingerprint=mark, lines=len(entries), at=at)):
                return _repetition(key, mark)
            accounts = _apply(entries)
            moves = _insert_moves(
                entries, accounts, key=key, by=by, at=at, occurred_at=occurred_at or at, reason=reason,
                on_behalf_of_id=on_behalf_of_id,
            )  # fmt: skip
            _insert_event(entries, moves, key=key, by=by, at=at, reason=reason, on_behalf_of_id=on_behalf_of_id)
            return Posted(moves, is_repetition=False)

    return retrying(attempt)


def retrying(attempt: Callable[[], Result]) -> Result:
    """Run again when the database asks for it (busy, serialization), unless an outer transaction has to be redone."""
    for turn in range(RETRIES):
        try:
            return attempt()
        except OperationalError:
            if connection.in_atomic_block or turn == RETRIES - 1:
                raise
            connection.close_if_unusable_or_obsolete()
            time.sleep(0.02 * 2**turn)
    raise AssertionError("the loop returns or raises")


def check_entry(entry: Entry) -> None:
    """Refuse an entry that no kind of move allows; the database checks quantity and sides once more."""
    found = Sentence(
        _("%(kind)s of %(n)s from %(credit)s to %(debit)s"), kind=kind_words(entry.kind), n=entry.quantity,
        credit=state_words(entry.credit.state), debit=state_words(entry.debit.state),
    )  # fmt: skip
    if entry.quantity <= 0 or isinstance(entry.quantity, bool) or not isinstance(entry.quantity, int):
        raise Refused(_("%(move)s"), _("a whole quantity above zero"), _("correct the quantity"), move=found)
    if entry.credit.lot_id != entry.debit.lot_id:
        raise Refused(_("%(move)s of another lot"), _("one lot a move"), _("post one move for each lot"), move=found)
    if entry.reverses_id is not None:
        return
    if not is_allowed(entry.kind, entry.credit.state, entry.debit.state):
        rule = KINDS.get(entry.kind)
        raise Refused(
            _("%(move)s"), _("from %(credits)s to %(debits)s") if rule else _("a kind of the table"),
            _("take the step that comes before"), move=found, credits=[state_words(one) for one in rule.credit] if rule else "",
            debits=[state_words(one) for one in rule.debit] if rule else "",
        )  # fmt: skip
    moves_owner = entry.credit.holder_id != entry.debit.holder_id
    if moves_owner and not KINDS[entry.kind].changes_holder:
        raise Refused(
            _("%(move)s with another holder"), _("the same holder"), _("use a transfer or a receipt"), move=found
        )


def fingerprint(entries: Sequence[Entry], on_behalf_of_id: int | None) -> str:
    """What was asked for, as one hash: the same command again has the same one."""
    text = "\n".join(
        f"{e.kind}|{e.credit}|{e.debit}|{e.quantity}|{e.document}|{e.declared_pack}|{e.declared_count}|{e.reverses_id}"
        for e in entries
    )
    return hashlib.sha256(f"{on_behalf_of_id}\n{text}".encode()).hexdigest()


def _repetition(key: str, mark: str) -> Posted:
    posting = Posting.objects.get(pk=key)
    if posting.fingerprint != mark:
        raise KeyReused(
            _("the key %(key)s with other content"),
            _("one key a command"),
            _("send the new command with a new key"),
            key=key,
        )
    return Posted(list(posting.moves.order_by("line")), is_repetition=True)


def _apply(entries: Sequence[Entry]) -> dict[Key, int]:
    """Change the balances and return the account id of every key."""
    deltas: dict[Key, int] = defaultdict(int)
    frozen_is_fine = all(e.reverses_id is not None or KINDS[e.kind].of_recalled for e in entries)
    for entry in entries:
        deltas[entry.credit] -= entry.quantity
        deltas[entry.debit] += entry.quantity
    known = _find_accounts(deltas)
    missing = [key for key in deltas if key not in known]
    created: set[Key] = set()
    if missing:
        # The lots are locked, in order, so that two commands never create the same account and a recall that is
        # under way either sees the new account or makes this command see the recall.
        lots = {
            lot.pk: lot for part in chunks(sorted({key.lot_id for key in missing}))
            for lot in Lot.objects.select_for_update().filter(pk__in=part).order_by("pk")
        }  # fmt: skip
        known |= _find_accounts(missing)
        created = {key for key in missing if key not in known}
        known |= _create_accounts(sorted(created), deltas, lots, frozen_is_fine=frozen_is_fine)
    _change_balances({known[key]: (key, deltas[key]) for key in known.keys() - created}, frozen_is_fine=frozen_is_fine)
    return known


def chunks(values: Sequence[Any], size: int = CHUNK) -> list[Sequence[Any]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


FIND = """
SELECT a.id, a.lot_id, a.holder_id, a.place_id, a.state FROM (VALUES {values}) AS v
JOIN ledger_account AS a
  ON a.lot_id = v.column1 AND a.holder_id = v.column2 AND a.place_id = v.column3 AND a.state = v.column4
"""
"""The accounts of exactly these keys, by their unique index: a lot may lie in thousands of accounts."""


def _find_accounts(keys: Iterable[Key]) -> dict[Key, int]:
    found = {}
    with connection.cursor() as cursor:
        for part in chunks(sorted(keys)):
            values = ", ".join(["(%s, %s, %s, %s)"] * len(part))
            columns = [value for key in part for value in (key.lot_id, key.holder_id, key.place_id, str(key.state))]
            cursor.execute(FIND.format(values=values), columns)
            found |= {Key(*columns): pk for pk, *columns in cursor.fetchall()}
    return found


def _create_accounts(
    keys: Sequence[Key], deltas: dict[Key, int], lots: dict[int, Lot], *, frozen_is_fine: bool
) -> dict[Key, int]:
    """New accounts with their first balance: nobody else can hold or create them while the lots are locked."""
    rows = []
    for key in keys:
        lot, delta = lots[key.lot_id], deltas[key]
        if lot.recalled_at and not frozen_is_fine:
            raise _recalled(lot)
        if (delta > 0) if key.state == State.SOURCE else (delta < 0):
            raise _insufficient(key, 0, abs(delta))
        rows.append(
            Account(
                lot_id=key.lot_id,
                item_id=lot.item_id,
                holder_id=key.holder_id,
                place_id=key.place_id,
                state=key.state,
                balance=delta,
                version=1,
                frozen=bool(lot.recalled_at) and key.state != State.RECALLED,
            )
        )
    created = Account.objects.bulk_create(rows, batch_size=CHUNK)
    return {key: row.pk for key, row in zip(keys, created, strict=True)}


GUARDED = """
UPDATE ledger_account AS a SET balance = a.balance + v.column2, version = a.version + 1
FROM (VALUES {values}) AS v
WHERE a.id = v.column1 AND {not_frozen}
  AND CASE WHEN a.state = 'source' THEN a.balance + v.column2 <= 0 ELSE a.balance + v.column2 >= 0 END
"""
"""Every account changes only if it keeps its side of zero; a row that would not is left out of the count."""


def _change_balances(changes: dict[int, tuple[Key, int]], *, frozen_is_fine: bool) -> None:
    """The guarded update: it changes every account, or the command fails and nothing has happened.

    The rows are read first, locked in sorted order on PostgreSQL (SQLite has one writer at a time anyway), to say which
    account holds too little; the guard in the UPDATE is what makes overselling impossible all the same.
    """
    pks = sorted(changes)  # also those that gain as much as they give: a recalled lot takes no part in that either
    lock = " FOR UPDATE" if connection.vendor == "postgresql" else ""
    not_frozen = "TRUE" if frozen_is_fine else "NOT a.frozen"
    with connection.cursor() as cursor:
        for part in chunks(pks):
            marks = ", ".join(["%s"] * len(part))
            cursor.execute(
                f"SELECT id, balance, frozen FROM ledger_account WHERE id IN ({marks}) ORDER BY id{lock}", part
            )
            for pk, balance, frozen in cursor.fetchall():
                _check_guard(*changes[pk], balance, is_frozen=bool(frozen) and not frozen_is_fine)
            values = ", ".join(["(%s, %s)"] * len(part))
            pairs = [number for pk in part for number in (pk, changes[pk][1])]
            cursor.execute(GUARDED.format(values=values, not_frozen=not_frozen), pairs)
            if cursor.rowcount != len(part):
                raise Refused(_("an account that changed under way"), _("a ledger at rest"), _("try again"))


def _check_guard(key: Key, delta: int, balance: int, *, is_frozen: bool) -> None:
    if is_frozen:
        raise _recalled(Lot.objects.get(pk=key.lot_id))
    if (balance + delta > 0) if key.state == State.SOURCE else (balance + delta < 0):
        raise _insufficient(key, abs(balance), abs(delta))


def _insufficient(key: Key, there: int, asked: int) -> InsufficientStock:
    lot = Lot.objects.select_related("item").get(pk=key.lot_id)
    return InsufficientStock(
        _("%(n)s %(unit)s of %(item)s in state %(state)s at %(place)s (lot %(lot)s)"),
        _("at least %(asked)s"),
        _("ask for less, or take it from another lot or place"),
        n=there,
        unit=lambda: lot.item.unit_words,
        item=lot.item,
        state=state_words(key.state),
        place=key.place_id,
        lot=lot,
        asked=asked,
    )


def _recalled(lot: Lot) -> Refused:
    return Refused(
        _("lot %(lot)s, which is recalled"),
        _("a lot that is not"),
        _("choose another lot, or release the recall"),
        lot=lot,
    )


def _insert_moves(
    entries: Sequence[Entry], accounts: dict[Key, int], *, key: str, by: Any, at: datetime, occurred_at: datetime,
    reason: str, on_behalf_of_id: int | None,
) -> list[Move]:  # fmt: skip
    label, actor_id = getattr(by, "label", str(by))[:160], getattr(by, "pk", None)
    return Move.objects.bulk_create(
        [
            Move(
                posting_id=key, line=line, kind=entry.kind, credit_account_id=accounts[entry.credit],
                debit_account_id=accounts[entry.debit], quantity=entry.quantity, declared_pack=entry.declared_pack,
                declared_count=entry.declared_count, reason=(entry.reason or reason)[:300], document=entry.document,
                actor_id=actor_id, actor_label=label, on_behalf_of_id=on_behalf_of_id, occurred_at=occurred_at,
                recorded_at=at, reverses_id=entry.reverses_id,
            )
            for line, entry in enumerate(entries, start=1)
        ],
        batch_size=CHUNK,
    )  # fmt: skip


def _insert_event(
    entries: Sequence[Entry], moves: Sequence[Move], *, key: str, by: Any, at: datetime, reason: str,
    on_behalf_of_id: int | None,
) -> None:  # fmt: skip
    kinds = sorted({entry.kind for entry in entries})
    documents = sorted({entry.document for entry in entries} - {""})[:20]
    AuditEvent.objects.create(
        at=at, actor_id=getattr(by, "pk", None), actor_label=getattr(by, "label", str(by))[:160],
        action=f"ledger.{'+'.join(kinds)}"[:60], target_type="ledger.posting", target_id=key[:64],
        target_label=f"{len(moves)} moves, {sum(entry.quantity for entry in entries)} units"[:200],
        organisation_id=on_behalf_of_id or entries[0].credit.holder_id, reason=reason,
        after={"first_move": moves[0].pk, "moves": len(moves), "documents": documents},
    )  # fmt: skip
