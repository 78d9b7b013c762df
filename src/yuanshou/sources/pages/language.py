"""A small word model of Chinese: how probable is a stretch of text?

The cost of a text is the cheapest way to cut it into words, each costing minus the logarithm of its
frequency (a unigram word model, solved by dynamic programming). It decides between readings of damaged
bytes: a right reading falls into common words, a wrong one into rare single characters. The frequencies
come from jieba's dictionary (`data/SOURCE.md`); the project's own names of places and items are added.
"""

from __future__ import annotations

import lzma
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

DATA = files("yuanshou.sources.pages") / "data"
WILDCARD, SWALLOWED = "\ue000", "\ue001"
"""Private characters inside a reading: a character not yet chosen, and an ASCII byte the damage swallowed."""

_MARK_COSTS = dict(
    zip(
        "，。、：“”（）！？；《》—…·\n ",
        [3.3, 4, 4.5, 6, 5.5, 5.5, 6.5, 6.5, 7.5, 7.5, 7.5, 7, 7, 7, 7, 9, 3, 5],
        strict=True,
    )
)
_ASCII_MARK_COSTS = dict(zip(",.:()!?;", [3.6, 5, 6.2, 6.7, 6.7, 7.7, 7.7, 7.7], strict=True))
_DIGIT_COST, _LETTER_COST, _OTHER_COST, _WILDCARD_COST, _SWALLOWED_COST = 2.5, 3.5, 15.0, 8.5, 5.0
_ADDED_WORD_COUNT = 600
_FREQUENT_COST = 10.0
_REPEATED = 0.1
"""The share of a text that repeats a character of the same sentence."""
RARE_ABOVE_WILDCARD = _FREQUENT_COST - _WILDCARD_COST
"""What a rare character costs at least above an open one, in nats."""


class Prefix(NamedTuple):
    """The beginning of a text: its last characters, and the cheapest cost up to before each of them and to its end."""

    tail: str
    costs: tuple[float, ...]


class WordModel:
    """Costs of words in nats; text outside the list costs more than the rarest word."""

    def __init__(self, counts: dict[str, float]) -> None:
        total = math.log(sum(counts.values()))
        self.costs = {word: total - math.log(count) for word, count in counts.items()}
        self.costs.update(_MARK_COSTS, **_ASCII_MARK_COSTS)
        self.costs.update({WILDCARD: _WILDCARD_COST, SWALLOWED: _SWALLOWED_COST})
        self.longest = max(map(len, counts))
        self.rare_cost = total + 3.0

    def cost(self, text: str) -> float:
        """Cost in nats of simplified `text` under its cheapest cut into words; O(length · longest word)."""
        return self.backward(text)[0]

    def backward(self, text: str) -> list[float]:
        """The cost of `text[i:]` for every i, the last being 0 for the empty end."""
        costs, longest, length = self.costs, self.longest, len(text)
        best = [0.0] * (length + 1)
        for start in range(length - 1, -1, -1):
            one = costs.get(text[start])
            cheapest = best[start + 1] + (self._outside(text[start]) if one is None else one)
            for end in range(start + 2, min(start + longest, length) + 1):
                word = costs.get(text[start:end])
                if word is not None and best[end] + word < cheapest:
                    cheapest = best[end] + word
            best[start] = cheapest
        return best

    def extend(self, prefix: Prefix, character: str) -> Prefix:
        """The prefix with one more character, in O(longest word)."""
        tail = prefix.tail + character
        one = self.costs.get(character)
        cheapest = prefix.costs[-1] + (self._outside(character) if one is None else one)
        for length in range(2, len(tail) + 1):
            word = self.costs.get(tail[-length:])
            if word is not None and prefix.costs[-length] + word < cheapest:
                cheapest = prefix.costs[-length] + word
        keep = self.longest - 1
        return Prefix(tail[-keep:], (*prefix.costs, cheapest)[-keep - 1 :])

    def prefix(self, text: str) -> Prefix:
        """The prefix that `text` makes."""
        state = Prefix("", (0.0,))
        for character in text:
            state = self.extend(state, character)
        return state

    def may_follow(self, before: str, character: str, after: str) -> bool:
        """Whether a character is frequent, or makes a word with a neighbour: the others cannot win."""
        costs = self.costs
        return costs.get(character, 99.0) < _FREQUENT_COST or before + character in costs or character + after in costs

    def join(self, prefix: Prefix, text: str, at: int, backward: Sequence[float]) -> float:
        """Cost of the prefix followed by `text[at:]`, given `backward(text)`; words may cross the seam."""
        cheapest = prefix.costs[-1] + backward[at]
        for left in range(1, len(prefix.tail) + 1):
            start, before = prefix.tail[-left:], prefix.costs[-left - 1]
            for right in range(1, min(self.longest - left, len(text) - at) + 1):
                word = self.costs.get(start + text[at : at + right])
                if word is not None and before + word + backward[at + right] < cheapest:
                    cheapest = before + word + backward[at + right]
        return cheapest

    def _outside(self, character: str) -> float:
        if "\u4e00" <= character <= "\u9fff":
            return self.rare_cost
        if character.isascii() and character.isalnum():
            return _DIGIT_COST if character.isdigit() else _LETTER_COST
        return _OTHER_COST


@lru_cache(maxsize=4)
def word_model(extra_words: tuple[str, ...] = ()) -> WordModel:
    """The shipped list with `extra_words` added at the frequency of an ordinary technical term."""
    counts: dict[str, float] = {}
    for line in lzma.decompress((DATA / "words_zh.txt.xz").read_bytes()).decode("gb18030").splitlines():
        level, _, words = line.partition("\t")
        counts.update(dict.fromkeys(words.split(" "), 2 ** (int(level) / 2)))
    longest = max(map(len, counts))
    for word in (one for one in chinese_only(extra_words) if len(one) <= longest):
        counts[word] = max(counts.get(word, 0.0), _ADDED_WORD_COUNT)
    return WordModel(counts)


def chinese_only(words: Iterable[str]) -> list[str]:
    """The words made of Chinese characters alone."""
    return [word for word in words if word and all("\u4e00" <= character <= "\u9fff" for character in word)]


@lru_cache(maxsize=1)
def character_shares() -> dict[str, float]:
    """The share of each Chinese character among all that the list's words write."""
    weights: dict[str, float] = {}
    for word, cost in word_model().costs.items():
        for character in chinese_only(word):
            weights[character] = weights.get(character, 0.0) + math.exp(-cost)
    total = sum(weights.values())
    return {character: weight / total for character, weight in weights.items()}


@lru_cache(maxsize=1)
def common_characters() -> frozenset[str]:
    """The 3,000 most frequent characters of the list: a character outside them is a sign of damage."""
    shares = character_shares()
    return frozenset(sorted(shares, key=shares.__getitem__, reverse=True)[:3000])


def repetition_gain(character: str, nearby: str) -> float:
    r"""How much likelier a character is because it stands nearby already, in nats.

    A cache model (Kuhn and De Mori 1990, doi:10.1109/34.56193): \log((1 - s) + s · n / (N · p)) for a character of share p
    of all text that stands n times among the N nearby ones, of which a share s of text is repetition; never below 0.
    """
    count, share = nearby.count(character), character_shares().get(character)
    if not count or not share:
        return 0.0
    return max(0.0, math.log(1 - _REPEATED + _REPEATED * count / len(nearby) / share))
