"""A sentence with its known names replaced by one sign each, so that rules stay short.

"法国向意大利捐赠100万只口罩" becomes "P向P捐赠G": P a party (a place, an actor, or a list of them), G goods
with a quantity. The signs are private characters; each keeps its mention, and a mention keeps its place
in the page, so that every match leads back to the exact words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from yuanshou.sources.pages.dates import find_days, find_weekdays
from yuanshou.sources.pages.lexicon import Lexicon
from yuanshou.sources.pages.numbers import find_numbers, grouped_by_space

PARTY, GOODS, ITEM, COUNT, DAY, HOLDER, ADJECTIVE = "\ue010", "\ue011", "\ue012", "\ue013", "\ue014", "\ue015", "\ue016"
_SIGNS = {"place": PARTY, "holder": HOLDER, "adjective": ADJECTIVE, "item": ITEM}
_LONGEST_SENTENCE_CHARS = 700
_MAY_NAME_A_WEEKDAY = re.compile("周|星期|礼拜|[a-z]day")
_SENTENCE = re.compile(
    r"[^。！？；\n]*?(?:[。！？；]+[”」）]*|\n|(?<=[a-z0-9)%\]”\"'’][.!?])[”\"’]?\s+(?=[A-Z0-9“\"À-ÝА-Я])|(?<=\w\w);\s|$)"
)
_TOGETHER = re.compile(r"[^，。；]{0,12}?(?:分享|通电话|通话|会谈|会晤|磋商|签署)")
_CONTINENTS = {"AFRICA", "ASIA", "LATAM", "EUROPE"}
_CJK = "\u4e00-\u9fff"


@dataclass(frozen=True)
class Mention:
    """What one sign stands for: codes of places or of an item, a number, a day; and its place in the sentence."""

    sign: str
    start: int
    end: int
    codes: tuple[str, ...] = ()
    quantity: float | None = None
    unit: str | None = None
    qualifier: str | None = None
    day: date | None = None


@dataclass(frozen=True)
class Sentence:
    """A stretch of the page: its words, its place, and its tagged form with one mention per sign."""

    text: str
    start: int
    tagged: str
    mentions: dict[int, Mention]

    def mention(self, tagged_position: int) -> Mention:
        return self.mentions[tagged_position]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The place in the page of `tagged[start:end]`."""
        return self.start + self._at(start), self.start + (
            self._at(end - 1, last=True) if end > start else self._at(end)
        )

    def _at(self, position: int, *, last: bool = False) -> int:
        offset, previous = 0, 0
        for at, mention in sorted(self.mentions.items()):
            if at > position:
                break
            offset += at - previous
            if at == position:
                return mention.end if last else mention.start
            offset, previous = mention.end, at + 1
        return offset + position - previous + (1 if last else 0)


def split_sentences(text: str, start: int) -> Iterator[tuple[str, int]]:
    """The sentences of a paragraph that stands at `start` of the page; endless ones are cut."""
    for match in _SENTENCE.finditer(text):
        sentence = match.group()
        for at in range(0, len(sentence), _LONGEST_SENTENCE_CHARS):
            part = sentence[at : at + _LONGEST_SENTENCE_CHARS]
            if part.strip():
                yield part, start + match.start() + at


def worth_tagging(matching: str, lexicon: Lexicon) -> bool:
    """Whether the sentence names a place, an actor or a number of countries: without one it holds no fact."""
    if "国" in matching or "countries" in matching or "nations" in matching or "states" in matching:
        return True
    return any(one.term.kind != "item" for one in lexicon.matcher.find(matching))


def tag(
    text: str,
    start: int,
    lexicon: Lexicon,
    *,
    matching: str,
    report_date: date | None,
    point_groups: bool = False,
) -> Sentence:
    """Tag one sentence; `matching` is the text names are looked up in (simplified, same length)."""
    days = (
        list(find_days(matching, report_date=report_date))
        if any(one.isdigit() for one in matching) or "天" in matching or "日" in matching or "day" in matching
        else []
    )
    if report_date and _MAY_NAME_A_WEEKDAY.search(matching):
        days += find_weekdays(matching, report_date=report_date, dated=tuple(days))
    mentions = _without_overlap(
        [Mention(DAY, one.start, one.end, day=one.date) for one in days]
        + [
            Mention(_SIGNS[one.term.kind], one.start, one.end, (one.term.code,))
            for one in lexicon.matcher.find(matching)
        ],
        [
            Mention(COUNT, one.start, one.end, quantity=one.value, qualifier=one.qualifier)
            for one in find_numbers(grouped_by_space(matching) if point_groups else matching)
        ],
    )
    sentence = _signs(text, start, matching, mentions)
    if len(mentions) > 1 or COUNT in sentence.tagged:  # a merge joins two signs, or a count and the word "countries"
        for merge in _merges(lexicon):
            sentence = merge(sentence)
    return sentence


def _without_overlap(names: list[Mention], counts: list[Mention]) -> list[Mention]:
    """Days and names first (the longer wins), then numbers in what is left: the 95 of N95 counts nothing."""
    taken: list[Mention] = []
    for one in sorted(names, key=lambda mention: (mention.start - mention.end, mention.start)):
        if all(one.end <= other.start or one.start >= other.end for other in taken):
            taken.append(one)
    taken += [one for one in counts if all(one.end <= other.start or one.start >= other.end for other in taken)]
    return sorted(taken, key=lambda mention: mention.start)


def _signs(text: str, start: int, matching: str, mentions: list[Mention]) -> Sentence:
    parts: list[str] = []
    places: dict[int, Mention] = {}
    done = length = 0
    for one in mentions:
        parts += (matching[done : one.start], one.sign)
        length += one.start - done
        places[length] = one
        length, done = length + 1, one.end
    return Sentence(text, start, "".join([*parts, matching[done:]]), places)


def _replace(
    sentence: Sentence, pattern: re.Pattern[str], build: Callable[[re.Match[str], Sentence], Mention | None]
) -> Sentence:
    """Put one sign in the place of each match for which `build` gives a mention."""
    parts: list[str] = []
    places: dict[int, Mention] = {}
    done = length = 0
    old = sorted(sentence.mentions.items())
    for match in pattern.finditer(sentence.tagged):
        mention = build(match, sentence)
        if mention is None:
            continue
        parts += (sentence.tagged[done : match.start()], mention.sign)
        places.update({at - done + length: one for at, one in old if done <= at < match.start()})
        length += match.start() - done
        places[length] = mention
        length, done = length + 1, match.end()
    if not parts:
        return sentence
    places.update({at - done + length: one for at, one in old if at >= done})
    return Sentence(sentence.text, sentence.start, "".join([*parts, sentence.tagged[done:]]), places)


_MERGE_CACHE: dict[int, list[Callable[[Sentence], Sentence]]] = {}


def _merges(lexicon: Lexicon) -> list[Callable[[Sentence], Sentence]]:
    """The merges in their order: groups of countries, goods, lists of parties."""
    cached = _MERGE_CACHE.get(id(lexicon))
    if cached is None:
        units = lexicon.data["units"]
        chinese = "|".join(map(re.escape, sorted(units["zh"], key=len, reverse=True)))
        latin = [*units["en"], *units["fr_es"]]
        english = "|".join(map(re.escape, sorted(filter(None, latin), key=len, reverse=True)))
        after = "|".join(map(re.escape, sorted(units["en_after"], key=len, reverse=True)))
        build = _goods_builder(lexicon)
        patterns: list[tuple[str, Callable[[re.Match[str], Sentence], Mention | None]]] = [
            (rf"(?P<c>{COUNT})(?:余|多)?个(?P<p>{PARTY})(?P<w>国家和地区|国家|国)?", _group_of_countries),
            (
                rf"(?P<c>{COUNT})(?:余|多)?个?(?P<p>{PARTY})?(?P<w>国家和地区|国家|国(?![{_CJK}]|内)|国(?=[提援运捐的、，和输]))",
                _group_of_countries,
            ),
            (rf"(?P<p>{PARTY})(?P<c>{COUNT})(?:余|多)?个?(?P<w>国家和地区|国家|国)", _group_of_countries),
            (
                rf"(?P<c>{COUNT})\s+(?P<p>{PARTY}|"
                r"(?:[A-Za-z-]+\s+){0,2}?(?:countries|nations|states)(?: and territories)?\b)",
                _group_of_countries,
            ),
            (
                rf"(?P<n>{COUNT})\s?(?P<u>{chinese})(?:的)?[^，。、；：<{COUNT}{PARTY}{DAY}{ITEM}捐赠运抵送给向]{{0,6}}?(?P<i>{ITEM})",
                build,
            ),
            (
                rf"(?P<n>{COUNT})(?:的)?[医抗防重新病无]?[^，。、；：{COUNT}{PARTY}{DAY}A-Za-z捐赠运抵送给向]{{0,4}}?(?P<i>{ITEM})",
                build,
            ),
            (rf"(?P<i>{ITEM})(?:共计|总共|共|各|约|数量为|[：:]|\s)*(?P<n>{COUNT})\s?(?P<u>{chinese})", build),
            (
                rf"(?P<n>{COUNT})[\s-]+(?:(?P<u>{english})(?:\s+|(?<=['’])))?(?:of\s+)?(?:(?!and\b|to\b|for\b|from\b|or\b|in\b|à\b|a\b|y\b|et\b|pour\b|para\b)[A-Za-z0-9/'-]+\s+){{0,3}}?(?P<i>{ITEM})",
                build,
            ),
            (rf"(?P<i>{ITEM})\s*[(:（：]\s*(?P<n>{COUNT})\s*(?P<u>{after})?\s*[)）]?", build),
            (
                rf"(?P<p>{PARTY})(?:(?:、|，|和|与|及|以及|,\s?and\s|,\s(?={PARTY}(?:,|\s+and))|\s?/\s?|\s?&\s?|\s?\+\s?|\s+and\s+(?:the\s+)?|\s+(?:et|y|e)\s+(?:à\s+|a\s+|aux?\s+)?(?:la\s+|les?\s+|el\s+|los\s+|l['’])?|,\s(?:la\s+|les?\s+|l['’])?(?={PARTY}\s)){PARTY})+",
                _party_list,
            ),
        ]
        compiled = [(re.compile(pattern), one) for pattern, one in patterns]
        cached = [_merge(pattern, one) for pattern, one in compiled]
        _MERGE_CACHE[id(lexicon)] = cached
    return cached


def _merge(
    pattern: re.Pattern[str], build: Callable[[re.Match[str], Sentence], Mention | None]
) -> Callable[[Sentence], Sentence]:
    return lambda sentence: _replace(sentence, pattern, build)


def _group_of_countries(match: re.Match[str], sentence: Sentence) -> Mention | None:
    count = sentence.mention(match.start("c"))
    place = sentence.mention(match.start("p")) if match["p"] and PARTY in match["p"] else None
    if count.quantity is None or (place and not set(place.codes) & _CONTINENTS):
        return None
    number = f"{count.quantity:.0f}"
    code = f"{place.codes[0]}{number}" if place else f"{number} countries"
    start, end = sentence.source(match.start(), match.end())
    return Mention(
        PARTY, start - sentence.start, end - sentence.start, (code,), count.quantity, "country", count.qualifier
    )


def _goods_builder(lexicon: Lexicon) -> Callable[[re.Match[str], Sentence], Mention | None]:
    units = lexicon.data["units"]
    by_word = {**units["zh"], **units["en_after"], **units["fr_es"], **units["en"]}

    def build(match: re.Match[str], sentence: Sentence) -> Mention | None:
        count, item = sentence.mention(match.start("n")), sentence.mention(match.start("i"))
        word = (match.groupdict().get("u") or "").strip()
        code, unit = item.codes[0], by_word.get(word) or lexicon.items[item.codes[0]]
        if word == "" and code == "mixed_medical_cargo":
            unit = "each"
        quantity = count.quantity
        if unit == "half_kg" and quantity is not None:
            quantity, unit = quantity / 2, "kg"
        if unit == "set" and code not in ("ppe_set", "test_unspecified") and word:
            unit = lexicon.items[code]
        start, end = sentence.source(match.start(), match.end())
        return Mention(GOODS, start - sentence.start, end - sentence.start, (code,), quantity, unit, count.qualifier)

    return build


def _party_list(match: re.Match[str], sentence: Sentence) -> Mention | None:
    if _TOGETHER.match(sentence.tagged, match.end()):  # "P与P通电话": two who speak, not a list of two
        return None
    members = [sentence.mention(match.start() + at) for at, one in enumerate(match.group()) if one == PARTY]
    codes = tuple(dict.fromkeys(code for member in members for code in member.codes))
    quantity = next((member.quantity for member in members if member.quantity is not None), None)
    qualifier = next((member.qualifier for member in members if member.qualifier), None)
    return Mention(PARTY, members[0].start, members[-1].end, codes, quantity, None, qualifier)
