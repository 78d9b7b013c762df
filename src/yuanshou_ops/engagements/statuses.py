"""Which step may follow which status of an engagement and of a promise."""

from __future__ import annotations

ENGAGEMENT: dict[tuple[str, str], str] = {
    ("planned", "hold"): "held",
    ("planned", "cancel"): "cancelled",
}

PROMISE: dict[tuple[str, str], str] = {
    ("said", "confirm"): "confirmed",
    ("said", "withdraw"): "withdrawn",
    ("said", "lapse"): "lapsed",
    ("confirmed", "keep"): "kept",
    ("confirmed", "keep_partly"): "partly",
    ("confirmed", "lapse"): "lapsed",
    ("confirmed", "withdraw"): "withdrawn",
    ("partly", "keep"): "kept",
    ("partly", "lapse"): "lapsed",
}
"""A promise is said, then confirmed in writing; only a confirmed one can be kept."""

OPEN_PROMISE = ("said", "confirmed", "partly")
PUBLIC_PROMISE = ("confirmed", "kept", "partly", "lapsed", "withdrawn")
"""What the public tracker lists by name; what was only said is counted there and not named."""
EVIDENCE_STEPS = ("confirm", "keep", "keep_partly")
"""Steps that need a source in writing: the confirmation, or what shows that it was kept."""
