"""The states of a unit and the kinds of move between them: one pure table.

The one thing easily confused: in the books of goods a **debit** is what an account receives and a **credit** is what
it gives, so a move takes units *from its credit account to its debit account*.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a unit stands. `source` is the world outside: its balance is never above zero, all others never below."""

    SOURCE = "source"
    OFFERED = "offered"
    VETTED = "vetted"
    COMMITTED = "committed"
    RESERVED = "reserved"
    PACKED = "packed"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    DAMAGED = "damaged"
    SHORT = "short"
    LOST = "lost"
    RETURNED = "returned"
    RECALLED = "recalled"
    DESTROYED = "destroyed"
    CONSUMED = "consumed"


S = State
HELD = (
    S.OFFERED,
    S.VETTED,
    S.COMMITTED,
    S.RESERVED,
    S.PACKED,
    S.IN_TRANSIT,
    S.RECEIVED,
    S.ACCEPTED,
    S.DAMAGED,
    S.RETURNED,
)
"""States in which somebody has the goods in hand, so that a recall reaches them."""

ON_THE_WAY = (S.RESERVED, S.PACKED, S.IN_TRANSIT, S.RECEIVED)
"""Firmly on the way: shown beside coverage, never counted in it."""

COVERAGE = (S.ACCEPTED, S.CONSUMED)
"""Accepted receipts: the only states that count as aid delivered."""


@dataclass(frozen=True)
class Kind:
    """One kind of move: the states it may take from (credit) and bring to (debit)."""

    credit: tuple[State, ...]
    debit: tuple[State, ...]
    changes_holder: bool = False
    of_recalled: bool = False


KINDS: dict[str, Kind] = {
    "announce": Kind((S.SOURCE,), (S.OFFERED,)),
    "withdraw": Kind((S.OFFERED, S.VETTED), (S.SOURCE,)),
    "stock_in": Kind((S.SOURCE,), (S.VETTED,)),
    "vet": Kind((S.OFFERED,), (S.VETTED,)),
    "decline": Kind((S.OFFERED,), (S.SOURCE,)),
    "commit": Kind((S.VETTED,), (S.COMMITTED,)),
    "reserve": Kind((S.VETTED, S.COMMITTED), (S.RESERVED,)),
    "void": Kind((S.COMMITTED, S.RESERVED), (S.VETTED,)),
    "expire": Kind((S.COMMITTED, S.RESERVED), (S.VETTED,)),
    "pack": Kind((S.RESERVED,), (S.PACKED,)),
    "unpack": Kind((S.PACKED,), (S.RESERVED,)),
    "dispatch": Kind((S.PACKED,), (S.IN_TRANSIT,)),
    "arrive": Kind((S.IN_TRANSIT,), (S.RECEIVED,), changes_holder=True),
    "accept": Kind((S.IN_TRANSIT, S.RECEIVED), (S.ACCEPTED,), changes_holder=True),
    "damage": Kind((S.IN_TRANSIT, S.RECEIVED, S.ACCEPTED, S.VETTED), (S.DAMAGED,), changes_holder=True),
    "expired": Kind((S.IN_TRANSIT, S.RECEIVED, S.ACCEPTED, S.VETTED), (S.DAMAGED,), changes_holder=True),
    "short": Kind((S.IN_TRANSIT, S.RECEIVED), (S.SHORT,)),
    "surplus": Kind((S.SOURCE,), (S.ACCEPTED,)),
    "find": Kind((S.SHORT, S.LOST), (S.ACCEPTED,), changes_holder=True),
    "write_off": Kind((S.SHORT, S.DAMAGED, S.IN_TRANSIT, S.VETTED), (S.LOST,)),
    "return": Kind((S.IN_TRANSIT, S.RECEIVED, S.ACCEPTED, S.DAMAGED), (S.RETURNED,), changes_holder=True),
    "restock": Kind((S.RETURNED,), (S.VETTED,), changes_holder=True),
    "destroy": Kind((S.DAMAGED, S.RETURNED, S.RECALLED, S.VETTED), (S.DESTROYED,), of_recalled=True),
    "recall": Kind(HELD, (S.RECALLED,), of_recalled=True),
    "recall_release": Kind((S.RECALLED,), HELD, of_recalled=True),
    "consume": Kind((S.ACCEPTED,), (S.CONSUMED,)),
    "transfer": Kind((S.VETTED,), (S.VETTED,), changes_holder=True),
    "stocktake_gain": Kind((S.SOURCE,), (S.VETTED, S.ACCEPTED)),
    "stocktake_loss": Kind((S.VETTED, S.ACCEPTED), (S.LOST,)),
}
"""Every kind of move. `reverse` is not here: a reversal swaps the accounts of the move it names."""


def is_allowed(kind: str, credit: str, debit: str) -> bool:
    """True if a move of this kind may go from the credit state to the debit state."""
    rule = KINDS.get(kind)
    return rule is not None and credit in rule.credit and debit in rule.debit
