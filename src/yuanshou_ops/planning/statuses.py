"""Which step may follow which status of a plan run."""

from __future__ import annotations

RUN = {
    ("queued", "start"): "running",
    ("running", "finish"): "ready",
    ("running", "fail"): "failed",
    ("failed", "retry"): "queued",
    ("ready", "adjust"): "ready",
    ("ready", "submit"): "submitted",
    ("ready", "drop"): "dropped",
    ("failed", "drop"): "dropped",
    ("submitted", "refuse"): "ready",
    ("submitted", "approve"): "approved",
}
