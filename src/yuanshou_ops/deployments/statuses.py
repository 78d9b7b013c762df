"""Which step may follow which status of a request for a team and of a deployment."""

from __future__ import annotations

TEAM_REQUEST: dict[tuple[str, str], str] = {
    ("open", "fill"): "filled",
    ("open", "withdraw"): "withdrawn",
    ("open", "close"): "closed",
    ("filled", "close"): "closed",
    ("filled", "reopen"): "open",
}

DEPLOYMENT: dict[tuple[str, str], str] = {
    ("proposed", "accept"): "accepted",
    ("proposed", "decline"): "declined",
    ("proposed", "cancel"): "cancelled",
    ("accepted", "task"): "tasked",
    ("accepted", "cancel"): "cancelled",
    ("tasked", "arrive"): "arrived",
    ("tasked", "cancel"): "cancelled",
    ("arrived", "end"): "ended",
}
"""Proposed by the coordinator, accepted by the host, tasked, arrived, ended."""

BINDING = ("proposed", "accepted", "tasked", "arrived")
"""A team in one of these is bound for the days of the deployment and cannot be elsewhere."""
REASON_STEPS = ("decline", "cancel")
