"""What the ledger should say: a dictionary of units, with no database, no lock and no retry."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from yuanshou_ops.errors import InsufficientStock, Refused
from yuanshou_ops.ledger.posting import Key
from yuanshou_ops.ledger.statuses import HELD, KINDS, State

Lines = list[tuple[str, Key, Key, int]]


@dataclass
class Step:
    """One move of the model."""

    kind: str
    credit: Key
    debit: Key
    quantity: int
    is_reversed: bool = False


@dataclass
class Promise:
    """One hold of the model: the index of its move, and what became of it."""

    move: int
    expires_at: datetime | None
    status: str = "pending"


@dataclass
class Books:
    """The model: what the ledger should say after the same steps."""

    units: dict[Key, int] = field(default_factory=lambda: defaultdict(int))
    moves: list[Step] = field(default_factory=list)
    holds: list[Promise] = field(default_factory=list)
    commands: dict[str, tuple[Lines, list[int]]] = field(default_factory=dict)
    recalled: dict[int, list[tuple[Key, int]]] = field(default_factory=dict)

    def objections(self, lines: Lines, *, is_reversal: bool = False) -> set[type[Exception]]:
        """Why these lines cannot be posted; empty when they can."""
        if not is_reversal and not all(self._is_allowed(*line) for line in lines):
            return {Refused}
        found: set[type[Exception]] = set()
        reaches_recalled = is_reversal or all(KINDS[kind].of_recalled for kind, *_ in lines)
        if not reaches_recalled and any(credit.lot_id in self.recalled for _, credit, _, _ in lines):
            found.add(Refused)
        after = self._after(lines)
        if any(units > 0 if key.state == State.SOURCE else units < 0 for key, units in after.items()):
            found.add(InsufficientStock)
        return found

    @staticmethod
    def _is_allowed(kind: str, credit: Key, debit: Key, quantity: int) -> bool:
        known = KINDS[kind]
        same_holder = credit.holder_id == debit.holder_id
        return credit.state in known.credit and debit.state in known.debit and (same_holder or known.changes_holder)

    def _after(self, lines: Lines) -> dict[Key, int]:
        after = {key: self.units.get(key, 0) for _, credit, debit, _ in lines for key in (credit, debit)}
        for _, credit, debit, quantity in lines:
            after[credit] -= quantity
            after[debit] += quantity
        return after

    def post(self, lines: Lines, key: str = "") -> list[int]:
        """Do it: new accounts come in sorted order, as in the ledger, for a release goes by their order."""
        after = self._after(lines)
        for spot in sorted(after):
            self.units[spot] = after[spot]
        first = len(self.moves)
        self.moves += [Step(*line) for line in lines]
        indices = list(range(first, len(self.moves)))
        if key:
            self.commands[key] = (lines, indices)
        return indices

    def recall(self, lot_id: int) -> None:
        there = [(k, n) for k, n in self.units.items() if k.lot_id == lot_id and k.state in HELD and n > 0]
        self.recalled[lot_id] = there
        self.post([("recall", key, key.moved(state=State.RECALLED), units) for key, units in there])
        spots = {key for key, _ in there}
        for hold in self.holds:
            if hold.status == "pending" and self.moves[hold.move].debit in spots:
                hold.status = "voided"

    def release(self, lot_id: int) -> None:
        left = dict(self.units)
        lines: Lines = []
        for key, quantity in self.recalled.pop(lot_id):
            here = key.moved(state=State.RECALLED)
            units = min(quantity, left[here])
            if units:
                left[here] -= units
                was_held = key.state in (State.COMMITTED, State.RESERVED, State.PACKED)
                lines.append(("recall_release", here, key.moved(state=State.VETTED) if was_held else key, units))
        self.post(lines)
