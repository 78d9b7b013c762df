"""What readers get: published texts with their comments counted; nothing here looks at a draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from yuanshou_ops.bulletin.models import PublishedText, Report

READABLE = Q(first_published_at__isnull=False) & ~Q(status="withdrawn")


@dataclass(frozen=True)
class Piece:
    """A report as it is read: its newest published text, and how many comments are shown."""

    report: Report
    text: PublishedText
    comments: int


def readable() -> QuerySet[Report]:
    newest = PublishedText.objects.filter(report=OuterRef("pk")).order_by("-id").values("pk")[:1]
    return Report.objects.filter(READABLE).annotate(
        text_id=Subquery(newest), shown=Count("comments", filter=Q(comments__status="shown"))
    )


def pieces(rows: QuerySet[Report]) -> list[Piece]:
    """The reports with their texts, in the order given, in two queries."""
    found = list(rows)
    texts = PublishedText.objects.in_bulk([row.text_id for row in found])  # type: ignore[attr-defined]
    return [Piece(row, texts[row.text_id], row.shown) for row in found]  # type: ignore[attr-defined]


def newest(kind: str, *, topic: str = "", limit: int = 20) -> list[Piece]:
    """Newest first; with a topic only those about it (compared in Python: JSON is searched differently by each engine)."""
    listed = pieces(readable().filter(kind=kind).order_by("-first_published_at", "-id")[: limit if not topic else 500])
    return [piece for piece in listed if not topic or topic in piece.text.topics][:limit]


def most_read(limit: int = 5) -> list[Piece]:
    return pieces(readable().filter(kind="report", views__gt=0).order_by("-views", "-id")[:limit])


def related(report: Report) -> list[Piece]:
    return pieces(readable().filter(pk__in=report.related.values("pk")).order_by("-first_published_at"))


def topics() -> list[str]:
    """Every topic of a readable report, in order."""
    found: set[str] = set()
    for piece in pieces(readable().filter(kind="report")):
        found |= set(piece.text.topics)
    return sorted(found)


def read_one(number: str) -> Piece | None:
    rows: Any = readable().filter(number=number)
    listed = pieces(rows)
    return listed[0] if listed else None
