"""Which step may follow which status of an import: one pure table."""

from __future__ import annotations

IMPORT = {
    ("waiting", "pass"): "ready",
    ("waiting", "fault"): "wrong",
    ("ready", "look_again"): "waiting",
    ("ready", "confirm"): "confirmed",
    ("confirmed", "write"): "done",
    ("confirmed", "look_again"): "waiting",
    ("confirmed", "refuse"): "wrong",
    ("waiting", "drop"): "dropped",
    ("ready", "drop"): "dropped",
    ("wrong", "drop"): "dropped",
}
UNFINISHED = ("waiting", "confirmed")
"""Work of a person's that a worker, or the page, still has to do."""
