"""The text of a source cut into stretches, each with the proposals whose words it belongs to.

Quotes overlap (one sentence may hold three gifts), so the text is cut at every beginning and end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from yuanshou_ops.evidence.models import ProposedFact, Source


@dataclass(frozen=True)
class Stretch:
    """A stretch of text, the proposals it belongs to, and whether it holds a character that stayed unknown."""

    text: str
    proposals: tuple[int, ...]


@dataclass(frozen=True)
class Passage:
    """A paragraph or a headline."""

    is_headline: bool
    stretches: tuple[Stretch, ...]
    aside: str = ""


def passages(source: Source, proposals: Sequence[ProposedFact]) -> list[Passage]:
    """Title, paragraphs and headlines of a source with the words of its proposals marked."""
    places = [(one.start, one.end, one.pk) for one in proposals]
    found = [Passage(False, _cut(one["text"], one["start"], places)) for one in source.parts.get("body", [])]
    for one in source.parts.get("headlines", []):
        aside = " · ".join(filter(None, [(one["published_at"] or "").replace("T", " ")[:16], one["topic"]]))
        found.append(Passage(True, _cut(one["title"], one["start"], places), aside))
    return found


def _cut(text: str, start: int, places: Sequence[tuple[int, int, int]]) -> tuple[Stretch, ...]:
    end = start + len(text)
    inside = [one for one in places if one[0] < end and one[1] > start]
    cuts = sorted({start, end, *(min(max(at, start), end) for one in inside for at in one[:2])})
    return tuple(
        Stretch(text[left - start : right - start], tuple(pk for a, b, pk in inside if a <= left and right <= b))
        for left, right in pairwise(cuts)
    )
