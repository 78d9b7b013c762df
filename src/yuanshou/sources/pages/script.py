"""Traditional and simplified characters, by OpenCC's tables.

OpenCC's own converter walks the text in Python for every phrase; the traditional-to-simplified direction
has fewer than 300 phrases, so one regular expression and `str.translate` give the same result many times
faster. `tests/agreement` holds the two against each other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import opencc


@lru_cache(maxsize=1)
def simplified_table() -> dict[int, str]:
    """Code point of a traditional character → its simplified form; characters that stay are left out."""
    table = {}
    for key, values in _entries("TSCharacters.txt"):
        simplified = values.split(" ")[0]
        if simplified != key and len(simplified) == 1:
            table[ord(key)] = simplified
    return table


@lru_cache(maxsize=1)
def _phrases() -> tuple[dict[str, str], re.Pattern[str]]:
    phrases = {key: values.split(" ")[0] for key, values in _entries("TSPhrases.txt")}
    longest_first = sorted(phrases, key=len, reverse=True)
    return phrases, re.compile("|".join(map(re.escape, longest_first)))


def _entries(name: str) -> list[tuple[str, str]]:
    path = Path(opencc.__file__).parent / "dictionary" / name
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(key, values) for key, _, values in (line.partition("\t") for line in lines) if values]


def is_traditional(character: str) -> bool:
    """Whether the character exists in traditional script only."""
    return ord(character) in simplified_table()


@lru_cache(maxsize=1)
def simplified_only() -> frozenset[str]:
    """Characters that no traditional text holds."""
    return frozenset(key for key, values in _entries("STCharacters.txt") if key not in values.split(" "))


def simplify_characters(text: str) -> str:
    """Character by character, the length unchanged: for scoring and matching, never for reading.

    >>> simplify_characters("環球同此涼熱")
    '环球同此凉热'
    """
    return text.translate(simplified_table())


def simplify(text: str) -> str:
    """Simplified text as OpenCC's `t2s` writes it.

    >>> simplify("「鉆石公主」號，一目瞭然")
    '「钻石公主」号，一目了然'
    """
    phrases, pattern = _phrases()
    parts: list[str] = []
    done = 0
    for match in pattern.finditer(text):
        parts += (simplify_characters(text[done : match.start()]), phrases[match.group()])
        done = match.end()
    return "".join([*parts, simplify_characters(text[done:])])
