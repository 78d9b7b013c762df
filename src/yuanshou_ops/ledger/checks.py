"""The books against themselves: balances rebuilt from moves, conservation per lot, the daily hash chain.

The one thing easily confused: `Account.balance` is kept beside the moves for speed; the moves are the truth, and
`balances` compares the two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Sum

from yuanshou_ops.ledger.models import Account, DaySeal, Move
from yuanshou_ops.people.audit import record
from yuanshou_ops.people.policy import require

GENESIS = "0" * 64
GRACE = timedelta(minutes=15)
"""A day is sealed a quarter of an hour after it ended, when no transaction of that day can still be open."""


@dataclass(frozen=True)
class Balance:
    """One account as its moves say and as it stands."""

    account_id: int
    from_moves: int
    stored: int

    @property
    def agrees(self) -> bool:
        return self.from_moves == self.stored


def balances() -> list[Balance]:
    """Every account, rebuilt from its moves, beside what is stored."""
    moved: dict[int, int] = {}
    for column, sign in (("debit_account", 1), ("credit_account", -1)):
        for row in Move.objects.order_by().values(column).annotate(units=Sum("quantity")):
            moved[row[column]] = moved.get(row[column], 0) + sign * row["units"]
    return [Balance(pk, moved.get(pk, 0), stored) for pk, stored in Account.objects.values_list("pk", "balance")]


def mismatched() -> list[Balance]:
    return [balance for balance in balances() if not balance.agrees]


def unbalanced_lots() -> list[tuple[int, int]]:
    """Lots whose accounts do not add up to zero: what the world outside gave is not what is here. Always empty."""
    sums = Account.objects.values("lot_id").annotate(units=Sum("balance"))
    return [(row["lot_id"], row["units"]) for row in sums if row["units"]]


MOVE_COLUMNS = (
    "id", "posting_id", "line", "kind", "credit_account_id", "debit_account_id", "quantity", "declared_pack",
    "declared_count", "document", "reason", "actor_id", "actor_label", "on_behalf_of_id", "occurred_at", "recorded_at",
    "reverses_id",
)  # fmt: skip
"""The columns of a move that are hashed and exported, in this order."""


def utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def move_text(row: Iterable[Any]) -> str:
    """One move as one line: columns separated by tabs, with tabs and line breaks inside a text made spaces."""
    return "\t".join(_cell(value) for value in row)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return utc_text(value)
    return " ".join(str(value).split()) if isinstance(value, str) else str(value)


def lines_of(moves: Any) -> Iterator[str]:
    for row in moves.order_by("id").values_list(*MOVE_COLUMNS).iterator(chunk_size=2000):
        yield move_text(row)


def link(previous: str, text: str) -> str:
    """The next hash of the chain: of the hash before and the line."""
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def day_digest(day: date, previous: str) -> tuple[str, int, int]:
    """The chain's hash after the moves recorded on that day, their number, and the last one's id."""
    start = midnight(day)
    digest, count, last = previous, 0, 0
    for text in lines_of(Move.objects.filter(recorded_at__gte=start, recorded_at__lt=start + timedelta(days=1))):
        digest, count, last = link(digest, text), count + 1, int(text.split("\t", 1)[0])
    return digest, count, last


@transaction.atomic
def seal_days(*, by: Any, at: datetime) -> list[DaySeal]:
    """Seal every day with moves that is over and not sealed yet; returns the new seals."""
    require(by, "ledger.seal")
    latest = DaySeal.objects.order_by("-day").first()
    previous = latest.digest if latest else GENESIS
    made = []
    for day in _open_days(latest.day if latest else None, at):
        digest, count, last = day_digest(day, previous)
        seal = DaySeal.objects.create(day=day, last_move=last, moves=count, previous=previous, digest=digest)
        record(by=by, at=at, action="ledger.seal", target=seal, after={"digest": digest, "moves": count})
        made.append(seal)
        previous = digest
    return made


def _open_days(sealed_until: date | None, at: datetime) -> list[date]:
    today = midnight((at.astimezone(UTC) - GRACE).date())
    moves = Move.objects.filter(recorded_at__lt=today)
    if sealed_until is not None:
        moves = moves.filter(recorded_at__gte=midnight(sealed_until) + timedelta(days=1))
    return [moment.date() for moment in moves.order_by().datetimes("recorded_at", "day", tzinfo=UTC)]


def broken_seals() -> list[date]:
    """Sealed days whose moves no longer give the sealed hash. Always empty, unless somebody changed the past."""
    previous, broken = GENESIS, []
    for seal in DaySeal.objects.order_by("day"):
        digest, count, _last = day_digest(seal.day, previous)
        if (digest, count, previous) != (seal.digest, seal.moves, seal.previous):
            broken.append(seal.day)
        previous = seal.digest
    return broken
