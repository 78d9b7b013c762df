"""Who gives what to whom, and how far it has come: gifts, requests, purchases and teams.

A sentence is read as a frame. Words around the goods give the status; prepositions and verbs around each
party give its role; a party without such a cue that stands first is the subject, who gives unless the
sentence is one of request, purchase or receipt. All cues are data (`data/aid.yaml`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from yuanshou.sources.pages.tagging import ADJECTIVE, COUNT, DAY, GOODS, HOLDER, ITEM, PARTY, Mention, Sentence

_STAFF = ("medical_staff", "medical_team")
_TURNED_STATUS = ("requested", "bought")
_BULK = ("mixed_medical_cargo", "medicine")


@dataclass(frozen=True)
class Movement:
    """One item on its way from one party to another, as a sentence says it."""

    kind: str
    giver: str | None
    receiver: str | None
    item: str
    quantity: float | None
    unit: str | None
    status: str
    qualifier: str | None
    cumulative: bool
    rule: str
    confidence: float
    origin: str | None = None


class AidRules:
    """The cues of one language, compiled once."""

    def __init__(self, language: str, cues: Mapping[str, Any]) -> None:
        flags = 0 if language == "zh" else re.I
        self.language = language

        def compiled(pattern: str, extra: int = flags) -> re.Pattern[str]:
            return re.compile(expand(pattern), extra)

        self.blockers, self.cumulative, self.hub = (compiled(cues[name]) for name in ("blockers", "cumulative", "hub"))
        self.status = [(name, compiled(pattern)) for name, pattern in cues["status"]]
        self.modifier = compiled(cues["modifier"]) if "modifier" in cues else None
        self.perfect = compiled(cues["perfect"]) if "perfect" in cues else None
        self.receiver = [compiled(pattern) for pattern in cues["receiver"]]
        self.giver = [compiled(pattern) for pattern in cues["giver"]]
        self.turned = compiled(cues["turned"]) if "turned" in cues else None
        self.asked, self.turned_by = compiled(cues["asked"]), compiled(cues["turned_by"])
        self.arrived_after, self.clause_end = compiled(cues["arrived_after"]), "，" if language == "zh" else r",\s"
        self.of_place = compiled(cues["of_place"]) if "of_place" in cues else None
        self.not_subject_before, self.not_subject_after = (
            compiled(cues["not_subject_before"]),
            compiled(cues["not_subject_after"]),
        )
        self.subject_unknown = compiled(cues["subject_unknown"], 0)
        self.pronouns = frozenset(cues["pronouns"].split("|"))
        self.speaker, self.buyer_for = compiled(cues.get("speaker", "(?!)")), compiled(cues.get("buyer_for", "(?!)"), 0)
        self.signs = compiled(cues["signs"], 0) if "signs" in cues else None


def expand(pattern: str) -> str:
    """Replace `<p>`, `<day>` and the like of a data file by the signs of tagged text."""
    for name, sign in (
        ("p", PARTY),
        ("day", DAY),
        ("goods", GOODS),
        ("item", ITEM),
        ("holder", HOLDER),
        ("count", COUNT),
    ):
        pattern = pattern.replace(f"<{name}>", sign)
    return pattern


def find_movements(sentence: Sentence, rules: AidRules) -> Iterator[tuple[Movement, int, int]]:
    """Movements of the sentence, each with the stretch of tagged text it came from."""
    tagged = sentence.tagged
    if GOODS not in tagged and ITEM not in tagged:
        return
    if rules.blockers.search(tagged):
        return
    special = _speaker(sentence, rules) or _buyer_for(sentence, rules)
    if special:
        yield special
        return
    positions = [at for at, one in enumerate(tagged) if one in (GOODS, ITEM)]
    roles = _Roles(sentence, rules)
    for index, at in enumerate(positions):
        previous = positions[index - 1] + 1 if index else 0
        following = positions[index + 1] if index + 1 < len(positions) else len(tagged)
        status = _status(tagged, previous, at, rules)
        if status is None:
            continue
        giver, receiver, sure = roles.of(at, previous, following, status)
        movement = _movement(sentence, at, status, giver, receiver, sure, rules)
        if movement:
            yield movement, 0, len(tagged)


def _status(tagged: str, start: int, at: int, rules: AidRules) -> str | None:
    """Status from the clause of these goods, then from the words before them, then from the whole sentence."""
    own, whole = tagged[start:at], tagged
    if rules.modifier:
        own = rules.modifier.sub("", own)
        whole = rules.modifier.sub("", tagged[:at]) + tagged[at:]
    clause = re.split(rules.clause_end, own)[-1]
    found = [_first_status(words, rules) for words in (clause, own, whole, tagged)]
    status = next(filter(None, found), None)
    if status == "sent" and found[1] == "announced":
        status = "announced"
    last = max(tagged.rfind(GOODS), tagged.rfind(ITEM))
    if status in ("sent", "announced") and rules.arrived_after.search(tagged, last):
        status = "received"
    return "sent" if status == "received" and rules.hub.search(tagged) else status


def _first_status(words: str, rules: AidRules) -> str | None:
    if rules.perfect and (match := rules.perfect.search(words)):
        words = words[match.start() + 5 :]
    return next((name for name, pattern in rules.status if pattern.search(words)), None)


class _Roles:
    """The parties of a sentence with the roles that cues give them."""

    def __init__(self, sentence: Sentence, rules: AidRules) -> None:
        self.sentence, self.rules = sentence, rules
        tagged = sentence.tagged
        self.askers = self._parties([rules.turned_by])
        self.receivers = sorted({*self._parties(rules.receiver), *self.askers})
        self.givers = [one for one in self._parties(rules.giver) if one not in self.askers]
        self.turned = self._parties([rules.turned, rules.asked] if rules.turned else [rules.asked])
        self.subjects = [
            at for at, one in enumerate(tagged) if one in (PARTY, ADJECTIVE, HOLDER) and self._may_be_subject(at)
        ]

    def _parties(self, patterns: list[re.Pattern[str]]) -> list[int]:
        """Where the parties stand that the patterns point at."""
        matches = (match for pattern in patterns for match in pattern.finditer(self.sentence.tagged))
        return sorted({match.start() + match.group().index(PARTY) for match in matches if PARTY in match.group()})

    def _may_be_subject(self, at: int) -> bool:
        tagged, rules = self.sentence.tagged, self.rules
        if tagged[at] == ADJECTIVE and not re.match(
            r"\s+(?:government|authorit|embassy|Red Cross|military|army|president|prime minister|foreign|health|compan"
            r"|firm|state|billionaire|donor|people|foundation|medical|aid\b|plane|aircraft|team|expert|doctor|gift"
            r"|shipment)",
            tagged[at + 1 :],
            re.I,
        ):
            return False
        before = tagged[max(0, at - 40) : at]
        before = rules.of_place.sub("", before) if rules.of_place else before
        before = tagged[max(0, at - 40) : at]
        before = rules.of_place.sub("", before) if rules.of_place else before
        return not rules.not_subject_before.search(before) and not rules.not_subject_after.match(tagged[at + 1 :])

    def of(self, at: int, previous: int, following: int, status: str) -> tuple[str | None, str | None, bool]:
        """Giver and receiver of the goods at `at`, and whether both came from cues or known names."""
        turned = status in _TURNED_STATUS
        givers, receivers = list(self.givers), [one for one in self.receivers if one not in self.givers]
        if turned:
            givers += self.turned
            receivers = [one for one in receivers if one not in givers]
        receiver_at = self._nearest(receivers, at, previous, following)
        giver_at = self._nearest([one for one in givers if one != receiver_at], at, previous, following)
        free = [one for one in self.subjects if one not in (receiver_at, giver_at) and one not in receivers]
        before = [one for one in free if one < at]
        subject = before[-1] if before else (free[0] if free else None)
        if giver_at is None and receiver_at is not None and not (turned and not _is_sale(self.sentence.tagged)):
            giver_at = subject
        elif receiver_at is None and (giver_at is not None or turned):
            receiver_at = subject
        elif (giver_at is None and receiver_at is None) or (
            turned and giver_at is None and subject is not None and receiver_at is not None
        ):
            giver_at = subject
        giver, receiver = self._code(giver_at), self._code(receiver_at)
        if giver is None and receiver is not None and (name := self._unknown_subject()):
            return name, receiver, False
        return giver, receiver, giver is not None and receiver is not None

    def _nearest(self, candidates: list[int], at: int, previous: int, following: int) -> int | None:
        before = [one for one in candidates if one < at]
        after = [one for one in candidates if at < one < following]
        later = [one for one in candidates if one > at]
        if self.rules.language == "zh":
            order = [before[-1:], after[:1], later[:1]]
        else:
            near = before[-1:] if before and before[-1] >= previous else []
            order = [after[:1], near, later[:1], before[-1:]]
        return next((one[0] for one in order if one), None)

    def _code(self, at: int | None) -> str | None:
        return "|".join(self.sentence.mention(at).codes) if at is not None else None

    def _unknown_subject(self) -> str | None:
        match = self.rules.subject_unknown.search(self.sentence.tagged)
        if match is None or match["name"].split(" ")[0] in self.rules.pronouns or GOODS in match["name"]:
            return None
        start, end = self.sentence.source(match.start("name"), match.end("name"))
        return self.sentence.text[start - self.sentence.start : end - self.sentence.start].strip()


def _is_sale(tagged: str) -> bool:
    return (
        re.search(r"出售|卖给|售予|售出|售给|销售|卖出|\bs[eo]l(?:l|ls|d|ling)\b|\bv[ae]nd(?!edor)|\bventes?\b", tagged)
        is not None
    )


def _movement(
    sentence: Sentence, at: int, status: str, giver: str | None, receiver: str | None, sure: bool, rules: AidRules
) -> Movement | None:
    mention = sentence.mention(at)
    if (giver is None and receiver is None) or (mention.quantity is None and not sure):
        return None
    item = mention.codes[0]
    if item in _BULK and mention.quantity is None:
        return None
    staff = item in _STAFF
    kind = (
        "deployment"
        if staff and status not in _TURNED_STATUS
        else {"requested": "request", "bought": "purchase"}.get(status, "gift")
    )
    confidence = (0.9 if sure else 0.6) - (0.1 if mention.quantity is None else 0.0)
    return Movement(
        kind,
        giver,
        receiver,
        item,
        mention.quantity,
        mention.unit if mention.quantity is not None else None,
        status,
        mention.qualifier,
        rules.cumulative.search(sentence.tagged) is not None,
        f"{rules.language}.aid.{status}",
        round(confidence, 2),
    )


def _speaker(sentence: Sentence, rules: AidRules) -> tuple[Movement, int, int] | None:
    """ "Korea: Trump asks for test kits": the speaker was asked, the office holder's place asks."""
    match = rules.speaker.search(sentence.tagged)
    if match is None:
        return None
    signs = {one: at for at, one in enumerate(match.group()) if one in (PARTY, HOLDER, ITEM)}
    codes = {one: sentence.mention(at).codes for one, at in signs.items()}
    movement = Movement(
        "request",
        "|".join(codes[PARTY]),
        codes[HOLDER][0],
        codes[ITEM][0],
        None,
        None,
        "requested",
        None,
        False,
        f"{rules.language}.aid.speaker",
        0.75,
    )
    return movement, match.start(), match.end()


def _buyer_for(sentence: Sentence, rules: AidRules) -> tuple[Movement, int, int] | None:
    """ "X bought 1,255 ventilators in China for California": buyer, origin and receiver are three."""
    match = rules.buyer_for.search(sentence.tagged)
    if match is None:
        return None
    parties = [sentence.mention(match.start() + at).codes for at, one in enumerate(match.group()) if one == PARTY]
    goods: Mention = next(sentence.mention(match.start() + at) for at, one in enumerate(match.group()) if one == GOODS)
    start, end = sentence.source(match.start("name"), match.end("name"))
    name = sentence.text[start - sentence.start : end - sentence.start]
    known = [
        sentence.mention(at).codes[0] for at in range(match.start("name"), match.end("name")) if at in sentence.mentions
    ]
    origin, receiver = ("|".join(parties[-2]), "|".join(parties[-1]))
    movement = Movement(
        "purchase",
        known[0] if known else name,
        receiver,
        goods.codes[0],
        goods.quantity,
        goods.unit,
        "bought",
        goods.qualifier,
        False,
        f"{rules.language}.aid.buyer_for",
        0.8,
        origin,
    )
    return movement, match.start(), match.end()
