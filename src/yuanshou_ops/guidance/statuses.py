"""Which step may follow which status of a version and of a translation."""

from __future__ import annotations

VERSION: dict[tuple[str, str], str] = {
    ("draft", "submit"): "review",
    ("review", "return"): "draft",
    ("review", "publish"): "published",
    ("published", "supersede"): "superseded",
    ("published", "withdraw"): "withdrawn",
}
"""`supersede` happens by itself when the next version is published."""

TRANSLATION: dict[tuple[str, str], str] = {
    ("draft", "check"): "checked",
    ("checked", "reopen"): "draft",
}
"""Only a checked translation is shown to readers."""
