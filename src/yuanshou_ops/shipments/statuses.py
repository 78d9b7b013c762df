"""Which step may follow which status of a shipment, and what each step does to the goods: two pure tables.

The one thing easily confused: a step changes the *shipment*; `EFFECTS` says which kind of ledger move it makes of every
line. `RECEIVED_AS` does the same for what a receiver counts.
"""

from __future__ import annotations

from yuanshou_ops.ledger.statuses import State

SHIPMENT = {
    ("draft", "pack"): "packed",
    ("draft", "cancel"): "cancelled",
    ("packed", "unpack"): "draft",
    ("packed", "dispatch"): "dispatched",
    ("dispatched", "arrive"): "arrived",
    ("dispatched", "receive"): "receiving",
    ("arrived", "receive"): "receiving",
    ("receiving", "receive"): "receiving",
    ("receiving", "complete"): "received",
    ("received", "close"): "closed",
}
ON_THE_WAY = ("dispatched", "arrived", "receiving")

EFFECTS: dict[str, tuple[str, State, State]] = {
    "pack": ("pack", State.RESERVED, State.PACKED),
    "unpack": ("unpack", State.PACKED, State.RESERVED),
    "cancel": ("void", State.RESERVED, State.VETTED),
    "dispatch": ("dispatch", State.PACKED, State.IN_TRANSIT),
}
"""Step → kind of move, the state it takes from and the state it brings to; other steps move nothing."""

RECEIVED_AS: dict[str, tuple[str, State]] = {
    "good": ("accept", State.ACCEPTED),
    "damaged": ("damage", State.DAMAGED),
    "expired": ("expired", State.DAMAGED),
    "short": ("short", State.SHORT),
}
"""What a receiver counts → kind of move out of transit and the state it brings to. Surplus comes from outside."""

OUTCOMES = (State.ACCEPTED, State.DAMAGED, State.SHORT, State.LOST, State.RETURNED, State.DESTROYED)
"""accepted + damaged + short + lost + returned (+ destroyed after a recall) = dispatched, before a line is settled."""

DISCREPANCY = {
    ("open", "claim"): "claimed",
    ("open", "return"): "returned",
    ("claimed", "return"): "returned",
    ("open", "find"): "found",
    ("claimed", "find"): "found",
    ("open", "propose_write_off"): "write_off_proposed",
    ("claimed", "propose_write_off"): "write_off_proposed",
    ("write_off_proposed", "write_off"): "written_off",
    ("write_off_proposed", "refuse"): "open",
    ("open", "keep"): "kept",
}
OPEN_DISCREPANCY = ("open", "claimed", "write_off_proposed")
"""Which of these hold a shipment open. A claim against a carrier may run on; the goods need an end."""
