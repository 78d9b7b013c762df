"""Which step may follow which status of a report, a comment and an edition."""

from __future__ import annotations

REPORT: dict[tuple[str, str], str] = {
    ("draft", "submit"): "review",
    ("review", "return"): "draft",
    ("review", "publish"): "published",
    ("published", "correct"): "draft",
    ("published", "withdraw"): "withdrawn",
}
"""A correction goes the whole way again; while it is a draft, readers see the last published text."""

COMMENT: dict[tuple[str, str], str] = {
    ("waiting", "show"): "shown",
    ("waiting", "reject"): "rejected",
    ("shown", "reject"): "rejected",
}

EDITION: dict[tuple[str, str], str] = {
    ("proposed", "publish"): "published",
    ("proposed", "drop"): "dropped",
    ("published", "withdraw"): "withdrawn",
}
