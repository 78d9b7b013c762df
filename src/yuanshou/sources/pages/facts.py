"""Facts a page proposes: what a rule found, where its words stand, and how sure the rule is.

Movements of goods and teams come from `aid.py`; everything else from the rules of `data/rules.yaml`. A fact
is a proposal. It enters no table before a person has confirmed it, so a rule prefers to stay silent:
negations, questions, conditions and forecasts propose nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from yuanshou.sources.pages.aid import AidRules, Movement, find_movements
from yuanshou.sources.pages.lexicon import Lexicon
from yuanshou.sources.pages.script import simplify_characters
from yuanshou.sources.pages.tagging import (
    ADJECTIVE,
    COUNT,
    DAY,
    GOODS,
    HOLDER,
    ITEM,
    PARTY,
    Mention,
    Sentence,
    split_sentences,
    tag,
    worth_tagging,
)

_PLACES = (PARTY, HOLDER, ADJECTIVE)
_STAFF = ("medical_staff", "medical_team")
_POINT_GROUPS = ("fr", "es")  # 10.000 and 10 000 are ten thousand
_CHINESE = re.compile("[\u3400-\u9fff]")
_TITLES = (
    "总统|总理|首相|主席|国王|女王|元首|大公|埃米尔|王储|外长|外交部长|领导人|总书记"
    "|President|Prime Minister|Chancellor|King|Queen|leader|leaders"
)
_WORTH = re.compile("[" + "".join(_PLACES) + "]")


@dataclass(frozen=True)
class Fact:
    """One proposed fact; `text[start:end] == quote` in the repaired text of its page."""

    kind: str
    place: str | None
    giver: str | None
    receiver: str | None
    item: str | None
    quantity: float | None
    unit: str | None
    status: str | None
    date: date | None
    quote: str
    start: int
    end: int
    confidence: float
    rule: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """One rule of `rules.yaml`, compiled."""

    name: str
    kind: str
    item: str
    unit: str | None
    place: str
    confidence: float
    quantity: int | None
    needs: str | None
    pattern: re.Pattern[str]


class FactFinder:
    """Finds facts in paragraphs and headlines with the rules of one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.aid = {language: AidRules(language, cues) for language, cues in lexicon.data["aid"].items()}
        self.blockers = re.compile(lexicon.data["rules"]["blockers"], re.I)
        sides = "".join(lexicon.sides)
        rules = [_compiled(rule, sides) for rule in lexicon.data["rules"]["rules"]]
        self.rules = {
            "zh": [rule for rule in rules if not rule.name.startswith("en.")],
            "en": [rule for rule in rules if not rule.name.startswith("zh.")],
        }
        self.own_rules = [rule for rule in rules if not rule.name.startswith(("zh.", "en."))]

    def find(self, text: str, start: int, *, report_date: date | None) -> Iterator[Fact]:
        """Facts of a paragraph or headline that stands at `start` of the page."""
        for words, at in split_sentences(text, start):
            matching = simplify_characters(words)
            if not worth_tagging(matching, self.lexicon):
                continue
            language = self._language(matching)
            groups = language in _POINT_GROUPS
            sentence = tag(words, at, self.lexicon, matching=matching, report_date=report_date, point_groups=groups)
            if not _WORTH.search(sentence.tagged):
                continue
            yield from self._movements(sentence, language, report_date)
            if not self.blockers.search(sentence.tagged):
                yield from self._by_rules(sentence, language, report_date)

    def _language(self, text: str) -> str:
        """Chinese if any character is; else the language whose frequent words and endings are most, English if none."""
        if _CHINESE.search(text):
            return "zh"
        counts: dict[str, int] = {
            language: len(rules.signs.findall(text)) for language, rules in self.aid.items() if rules.signs is not None
        }
        return max(counts, key=counts.__getitem__)

    def _movements(self, sentence: Sentence, language: str, report_date: date | None) -> Iterator[Fact]:
        day = next((one.day for one in sentence.mentions.values() if one.day), report_date)
        for movement, _, _ in find_movements(sentence, self.aid[language]):
            receivers = [movement.receiver]
            if movement.quantity is None and movement.kind == "deployment" and movement.receiver:
                receivers = list(movement.receiver.split("|"))
            for receiver in receivers:
                yield _fact_of(replace(movement, receiver=receiver), sentence, day)

    def _by_rules(self, sentence: Sentence, language: str, report_date: date | None) -> Iterator[Fact]:
        taken: list[int] = []
        for rule in self.rules.get(language, self.own_rules):
            if rule.needs and rule.needs not in sentence.tagged:
                continue
            for match in rule.pattern.finditer(sentence.tagged):
                counts = [at for at in range(match.start(), match.end()) if sentence.tagged[at] in (COUNT, GOODS)]
                counts = counts or list(range(match.start(), match.end()))
                if any(at in taken for at in counts):
                    continue
                facts = list(_facts_of(rule, match, sentence, self.lexicon, report_date))
                if facts:
                    taken += counts
                yield from facts


def _compiled(rule: Mapping[str, Any], sides: str) -> Rule:
    signs = {"place": PARTY, "count": COUNT, "day": DAY, "item": ITEM, "goods": GOODS, "staff": GOODS, "holder": HOLDER}

    def sign(match: re.Match[str]) -> str:
        kind, name = match[1], match[2] or match[1]
        if kind == "gap":
            return "[^。！？!?；;]{0,40}?"
        if kind == "sides":
            return f"(?P<{name}>[{sides}]{{1,6}}|{PARTY})"
        if kind == "parties":
            one = f"{PARTY}(?:(?:'s\\s+)?\\s?(?:{_TITLES})[^、，。；,;]{{0,16}}?)?"
            lead = r"(?:(?:the\s+)?(?:leaders?|presidents?|prime ministers?|heads? of state)\s+of\s+(?:the\s+)?)?"
            return f"(?P<{name}>{lead}{one}(?:(?:、|和|以及|与|, and | and |, ){one})*)"
        return f"(?P<{name}>{signs[kind]})"

    text = re.sub(r"<(place|count|day|item|goods|staff|holder|gap|sides|parties)(?::(\w+))?>", sign, rule["pattern"])
    return Rule(
        rule["name"],
        rule["kind"],
        rule["item"],
        rule.get("unit"),
        rule["place"],
        rule["confidence"],
        rule.get("quantity"),
        rule.get("needs"),
        re.compile(text, re.I if rule["name"].startswith("en.") else 0),
    )


def _fact_of(movement: Movement, sentence: Sentence, day: date | None) -> Fact:
    text = sentence.text
    left = len(text) - len(text.lstrip())
    quote = text.strip()
    details = {
        name: value
        for name, value in (
            ("qualifier", movement.qualifier),
            ("cumulative", movement.cumulative or None),
            ("origin", movement.origin),
        )
        if value
    }
    place = movement.receiver if movement.receiver and "|" not in movement.receiver else None
    return Fact(
        movement.kind,
        place,
        movement.giver,
        movement.receiver,
        movement.item,
        movement.quantity,
        movement.unit,
        movement.status,
        day,
        quote,
        sentence.start + left,
        sentence.start + left + len(quote),
        movement.confidence,
        movement.rule,
        details,
    )


def _facts_of(
    rule: Rule, match: re.Match[str], sentence: Sentence, lexicon: Lexicon, report_date: date | None
) -> Iterator[Fact]:
    groups = {name: at for name, at in ((name, match.start(name)) for name in match.re.groupindex) if at >= 0}
    mentions = {name: sentence.mention(at) for name, at in groups.items() if at in sentence.mentions}
    if "staff" in groups and mentions["staff"].codes[0] not in _STAFF:
        return
    if "staff_item" in groups and mentions["staff_item"].codes[0] not in _STAFF:
        return
    counted = mentions.get("count") or mentions.get("staff")
    details = _details(mentions, counted)
    quantity: float | None = rule.quantity if counted is None else counted.quantity
    status, receiver = None, "|".join(mentions["receiver"].codes) if "receiver" in mentions else None
    if rule.kind == "imported_cases":
        quantity = details.get("provinces")
    if rule.kind == "risk_list":
        receiver, quantity = _listed(match, mentions, lexicon)
        status = rule.item
    if "event" in match.groupdict() and match["event"]:
        details["event"] = _source(sentence, match.start("event"), match.end("event"))
    places = _places(rule, match, sentence, receiver)
    day = next((mentions[name].day for name in ("day", "period_end", "period_start") if name in mentions), None)
    day = day or next((one.day for one in sentence.mentions.values() if one.day), report_date)
    for place, at in places:
        start, end = sentence.source(min(match.start(), at) if at >= 0 else match.start(), max(match.end(), at + 1))
        quote = sentence.text[start - sentence.start : end - sentence.start]
        giver, to = _who(rule, place, receiver, match, sentence)
        where = to if rule.kind == "guidance" else place
        yield Fact(
            rule.kind,
            where,
            giver,
            to,
            rule.item,
            quantity,
            rule.unit,
            status,
            day,
            quote,
            start,
            end,
            rule.confidence,
            rule.name,
            details,
        )


def _details(mentions: Mapping[str, Mention], counted: Mention | None) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if counted and counted.qualifier:
        details["qualifier"] = counted.qualifier
    for name, mention in mentions.items():
        if name in ("counterparts", "provinces", "origins"):
            details[name] = mention.quantity
        elif name in ("period_start", "period_end") and mention.day:
            details[name] = mention.day.isoformat()
        elif name == "main_origin":
            details[name] = "|".join(mention.codes)
        elif name == "origins_group" and mention.quantity:
            details["origins"] = mention.quantity
    return details


def _listed(match: re.Match[str], mentions: Mapping[str, Mention], lexicon: Lexicon) -> tuple[str, float]:
    """The countries of a change to a list, and how many they are by the text's own count."""
    codes = mentions["listed"].codes if "listed" in mentions else tuple(lexicon.sides[one] for one in match["listed"])
    counted = mentions.get("count") or mentions.get("group")
    return "|".join(codes), counted.quantity if counted and counted.quantity else len(codes)


def _places(rule: Rule, match: re.Match[str], sentence: Sentence, receiver: str | None) -> list[tuple[str, int]]:
    """The places a match speaks of, each with where it stands in the tagged sentence (-1: nowhere)."""
    if rule.place == "parties":
        signs = range(match.start("parties"), match.end("parties"))
        return [(code, -1) for at in signs if sentence.tagged[at] == PARTY for code in sentence.mention(at).codes]
    if rule.place not in ("before", "group"):
        return [(rule.place, -1)]
    if "giver" in match.re.groupindex and match.start("giver") >= 0:
        return [("|".join(sentence.mention(match.start("giver")).codes), match.start("giver"))]
    inside = {
        match.start(name)
        for name in match.re.groupindex
        if name in ("receiver", "main_origin", "listed", "group", "origins_group")
    }
    anchor = match.start("count") if "count" in match.re.groupindex and match.start("count") >= 0 else match.start()
    known = [at for at in sorted(sentence.mentions) if sentence.mentions[at].sign in _PLACES and at not in inside]
    before = [at for at in known if at < max(anchor, match.start() + 1)]
    after = [at for at in known if at >= anchor]
    chosen = known[:1] if rule.kind == "guidance" else before[-1:] or after[:1]
    return [("|".join(sentence.mention(at).codes), at) for at in chosen]


def _who(
    rule: Rule, place: str, receiver: str | None, match: re.Match[str], sentence: Sentence
) -> tuple[str | None, str | None]:
    """Giver and receiver of what is shared: guidance by its owner, a call by the office holder named beside it."""
    if rule.kind == "guidance":
        return place, receiver
    if rule.kind != "engagement" or rule.place != "parties":
        return None, receiver
    outside = [at for at in sorted(sentence.mentions) if not match.start("parties") <= at < match.end("parties")]
    inside = range(match.start("parties"), match.end("parties"))
    guests = {code for at in inside if at in sentence.mentions for code in sentence.mentions[at].codes}
    holders = [
        at for at in outside if sentence.mentions[at].sign == HOLDER and sentence.mentions[at].codes[0] not in guests
    ]
    hosts = (
        [at for at in holders if at < match.end()][-1:]
        or holders[:1]
        or [at for at in outside[:1] if sentence.mentions[at].sign == PARTY]
    )
    host = sentence.mention(hosts[0]).codes[0] if hosts else None
    return (host if host != place else None), place


def _source(sentence: Sentence, start: int, end: int) -> str:
    left, right = sentence.source(start, end)
    return sentence.text[left - sentence.start : right - sentence.start]


def without_repeats(facts: Iterable[Fact]) -> list[Fact]:
    """Facts in order, each once: a title that says what the text says proposes nothing of its own."""
    seen: dict[tuple[Any, ...], Fact] = {}
    for fact in facts:
        key = (fact.kind, fact.place, fact.giver, fact.receiver, fact.item, fact.quantity, fact.status, fact.date)
        seen.setdefault(key, fact)
    return list(seen.values())
