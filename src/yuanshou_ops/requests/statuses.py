"""Which step may follow which status, for requests, offers, commitments and money: pure tables."""

from __future__ import annotations

REQUEST = {
    ("draft", "submit"): "submitted",
    ("draft", "withdraw"): "withdrawn",
    ("submitted", "accept"): "accepted",
    ("submitted", "return"): "returned",
    ("submitted", "merge"): "merged",
    ("submitted", "withdraw"): "withdrawn",
    ("returned", "submit"): "submitted",
    ("returned", "withdraw"): "withdrawn",
    ("accepted", "receive_part"): "partly_met",
    ("accepted", "meet"): "met",
    ("accepted", "withdraw"): "withdrawn",
    ("accepted", "close"): "closed",
    ("partly_met", "receive_part"): "partly_met",
    ("partly_met", "meet"): "met",
    ("partly_met", "close"): "closed",
    ("met", "close"): "closed",
}
OPEN_REQUEST = ("submitted", "accepted", "partly_met")

OFFER = {
    ("announced", "vet"): "vetted",
    ("announced", "decline"): "declined",
    ("announced", "withdraw"): "withdrawn",
    ("vetted", "withdraw"): "withdrawn",
}

OFFER_LINE = {
    ("pending", "pass"): "passed",
    ("pending", "fail"): "failed",
    ("pending", "withdraw"): "withdrawn",
    ("passed", "withdraw"): "withdrawn",
}

COMMITMENT = {
    ("pending", "post"): "posted",
    ("pending", "void"): "voided",
    ("pending", "expire"): "expired",
}

CONTRIBUTION = {
    ("pledge", "commit"): "commitment",
    ("pledge", "pay"): "paid",
    ("pledge", "cancel"): "cancelled",
    ("commitment", "pay"): "paid",
    ("commitment", "cancel"): "cancelled",
}
COUNTED_MONEY = ("commitment", "paid")
"""OCHA's rule: a pledge is shown, and counted only once it is a commitment or paid."""
