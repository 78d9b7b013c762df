"""The same report on two pages, the same fact in two reports, and facts that contradict each other.

Two mirrors of one report make one report with two sources. Two facts that agree in everything but their
wording are one fact with two sources. Facts that speak of the same movement with different figures
(1.0 or 1.5 million masks) stay side by side, marked, for a person to settle; none is averaged away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yuanshou.sources.pages.facts import Fact
from yuanshou.sources.pages.script import simplify_characters

_SHINGLE_CHARS = 8
_SAME_REPORT_SHARE = 0.6
_SAME_EVENT_DAYS = 4


@dataclass(frozen=True)
class Source:
    """A page by name, and the fact as that page has it."""

    name: str
    fact: Fact


@dataclass(frozen=True)
class SourcedFact:
    """One fact with every source that reports it; `contradicts` are the numbers of others in the same list."""

    fact: Fact
    sources: tuple[Source, ...]
    contradicts: tuple[int, ...] = ()


def same_report(one: str, other: str) -> bool:
    """Whether two texts are one report, by the share of eight-character pieces of the shorter that both hold.

    >>> same_report("世卫组织警告说,病例增长速度不断加快。", "世衛組織警告說，病例增長速度不斷加快。")
    True
    >>> same_report("世卫组织警告说，病例增长速度不断加快。", "法国向意大利捐赠了一百万只口罩。")
    False
    """
    first, second = _shingles(one), _shingles(other)
    smaller = min(len(first), len(second))
    return smaller > 0 and len(first & second) >= _SAME_REPORT_SHARE * smaller


def _shingles(text: str) -> set[str]:
    plain = re.sub(r"[\W_]+", "", simplify_characters(text)).lower()
    return (
        {plain[at : at + _SHINGLE_CHARS] for at in range(max(1, len(plain) - _SHINGLE_CHARS + 1))} if plain else set()
    )


def merge_facts(facts_by_source: Mapping[str, Iterable[Fact]]) -> list[SourcedFact]:
    """Facts of many pages, each once with its sources, in order of first appearance; O(facts · facts of one event)."""
    merged: list[list[Source]] = []
    by_event: dict[tuple[Any, ...], list[int]] = {}
    for name, facts in facts_by_source.items():
        for fact in facts:
            numbers = by_event.setdefault(_event(fact), [])
            same = next((number for number in numbers if _agree(merged[number][0].fact, fact)), None)
            if same is None:
                numbers.append(len(merged))
                merged.append([Source(name, fact)])
            elif all(source.name != name for source in merged[same]):
                merged[same].append(Source(name, fact))
    against = _contradictions(merged, by_event.values())
    return [
        SourcedFact(
            max((one.fact for one in sources), key=lambda fact: fact.confidence), tuple(sources), tuple(against[at])
        )
        for at, sources in enumerate(merged)
    ]


def _event(fact: Fact) -> tuple[Any, ...]:
    """What a fact is about, apart from its figure, its day and how far it has come."""
    return (fact.kind, fact.place, fact.giver, fact.receiver, fact.item)


def _near(one: Fact, other: Fact) -> bool:
    return one.date is None or other.date is None or abs((one.date - other.date).days) <= _SAME_EVENT_DAYS


def _agree(one: Fact, other: Fact) -> bool:
    same_day = one.date == other.date if one.kind == "case_report" else _near(one, other)
    return one.quantity == other.quantity and one.unit == other.unit and one.status == other.status and same_day


def _contradictions(merged: Sequence[Sequence[Source]], events: Iterable[Sequence[int]]) -> dict[int, list[int]]:
    """Facts about one event, on nearly one day and at one stage, whose figures differ."""
    against: dict[int, list[int]] = {number: [] for number in range(len(merged))}
    for numbers in events:
        for number in numbers:
            fact = merged[number][0].fact
            for other_number in numbers:
                other = merged[other_number][0].fact
                same_day = fact.date == other.date if fact.kind == "case_report" else _near(fact, other)
                if fact.quantity != other.quantity and fact.status == other.status and same_day:
                    against[number].append(other_number)
    return against
