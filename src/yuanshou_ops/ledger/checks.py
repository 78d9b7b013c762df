"""The books against themselves: balances rebuilt from moves, conservation per lot, the daily hash chain.

The one thing easily confused: `Account.balance` is kept beside the moves for speed; the moves are the truth, and
`balances` compares the two.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Sequence
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
    "id", "credit_account_id", "debit_account_id", "quantity", "kind", "document", "recorded_at", "posting_id", "line",
    "occurred_at", "actor_id", "on_behalf_of_id", "reverses_id", "declared_pack", "declared_count", "actor_label",
    "reason",
)  # fmt: skip
"""The columns of a move that are hashed and exported, in this order; the ones a verifier computes with come first."""


class _Echo:
    """A file for `csv.writer` that hands every line straight back."""

    def write(self, text: str) -> str:
        return text


_line = csv.writer(_Echo(), lineterminator="").writerow  # type: ignore[arg-type]


def utc_text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def move_text(row: Sequence[Any]) -> str:
    """One move as one line of CSV, without line breaks inside a cell and without commas in the document."""
    cells = [_cell(value) for value in row]
    cells[5] = cells[5].replace(",", " ").replace('"', " ")
    return str(_line(cells))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return utc_text(value)
    return " ".join(value.split()) if isinstance(value, str) else str(value)


def link(previous: str, text: str) -> str:
    """The next hash of the chain: of the hash before and the line."""
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def texts_of_day(day: date) -> Iterator[str]:
    """Every move recorded on that day (UTC), as the line that is hashed, in the order of the chain."""
    start = midnight(day)
    moves = Move.objects.filter(recorded_at__gte=start, recorded_at__lt=start + timedelta(days=1))
    for row in moves.order_by("id").values_list(*MOVE_COLUMNS).iterator(chunk_size=2000):
        yield move_text(row)


def days_with_moves(*, after: date | None = None, until: datetime | None = None) -> list[date]:
    """The days (UTC) on which moves were recorded."""
    moves = Move.objects.all()
    if after is not None:
        moves = moves.filter(recorded_at__gte=midnight(after) + timedelta(days=1))
    if until is not None:
        moves = moves.filter(recorded_at__lt=until)
    return [moment.date() for moment in moves.order_by().datetimes("recorded_at", "day", tzinfo=UTC)]


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def day_digest(day: date, previous: str) -> tuple[str, int, int]:
    """The chain's hash after the moves recorded on that day, their number, and the last one's id."""
    digest, count, last = previous, 0, 0
    for text in texts_of_day(day):
        digest, count, last = link(digest, text), count + 1, int(text.split(",", 1)[0])
    return digest, count, last


@transaction.atomic
def seal_days(*, by: Any, at: datetime) -> list[DaySeal]:
    """Seal every day with moves that is over and not sealed yet; returns the new seals."""
    require(by, "ledger.seal")
    latest = DaySeal.objects.order_by("-day").first()
    previous = latest.digest if latest else GENESIS
    made = []
    today = midnight((at.astimezone(UTC) - GRACE).date())
    for day in days_with_moves(after=latest.day if latest else None, until=today):
        digest, count, last = day_digest(day, previous)
        seal = DaySeal.objects.create(day=day, last_move=last, moves=count, previous=previous, digest=digest)
        record(by=by, at=at, action="ledger.seal", target=seal, after={"digest": digest, "moves": count})
        made.append(seal)
        previous = digest
    return made


def broken_seals() -> list[date]:
    """Sealed days whose moves no longer give the sealed hash. Always empty, unless somebody changed the past."""
    previous, broken = GENESIS, []
    for seal in DaySeal.objects.order_by("day"):
        digest, count, _last = day_digest(seal.day, previous)
        if (digest, count, previous) != (seal.digest, seal.moves, seal.previous):
            broken.append(seal.day)
        previous = seal.digest
    return broken
