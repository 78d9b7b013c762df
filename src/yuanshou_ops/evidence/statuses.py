"""Which step may follow which status of a proposed fact."""

from __future__ import annotations

PROPOSAL: dict[tuple[str, str], str] = {
    ("proposed", "confirm"): "confirmed",
    ("proposed", "reject"): "rejected",
    ("rejected", "reopen"): "proposed",
}
