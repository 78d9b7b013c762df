"""The words the fact finder knows: places, actors, items, units, cues and rules.

Names of countries come from the reference table (six languages) and from CLDR; everything else is data in
`data/`, which a user extends with a folder of files of the same names: mappings are merged, lists joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from yuanshou.errors import InputError
from yuanshou.places import LANGUAGES, load_places

FILES = ("actors", "aid", "items", "places_extra", "regions", "rules", "structure", "units")
_WORD_START = re.compile(r"[\u3400-\u9fff“]|(?<!\w)\w|(?<=[\u3400-\u9fff])[A-Za-z]")


@dataclass(frozen=True)
class Term:
    """What a stretch of text names: `kind` is place, side, adjective, holder or item; `code` is what it stands for."""

    kind: str
    code: str


@dataclass(frozen=True)
class Match:
    """A term found in text."""

    term: Term
    start: int
    end: int


class Matcher:
    """Finds the longest term at each position; names in capitals and names of places keep their case."""

    def __init__(self) -> None:
        self._by_key: dict[str, dict[str, Term]] = {}
        self._lengths: dict[str, list[int]] = {}

    def add(self, name: str, term: Term, *, any_case: bool) -> None:
        stored = name.lower() if any_case and not _is_acronym(name) else name
        self._by_key.setdefault(stored[:2].lower(), {}).setdefault(stored, term)

    def freeze(self) -> None:
        """Sort the lengths of each key, longest first; call once after the last `add`."""
        for key, terms in self._by_key.items():
            self._lengths[key] = sorted({len(name) for name in terms}, reverse=True)

    def find(self, text: str) -> list[Match]:
        """Every longest match, left to right without overlap; O(length · lengths of a key)."""
        lower, found, done = text.lower(), [], 0
        if len(lower) != len(text):
            lower = "".join(one.lower() if len(one.lower()) == 1 else one for one in text)
        for start in _WORD_START.finditer(text):
            at = start.start()
            lengths = self._lengths.get(lower[at : at + 2])
            if lengths is None or at < done:
                continue
            terms = self._by_key[lower[at : at + 2]]
            for length in lengths:
                end = at + length
                term = terms.get(text[at:end]) or terms.get(lower[at:end])
                if term and end <= len(text) and _ends_word(text, end):
                    found.append(Match(term, at, end))
                    done = end
                    break
        return found


def _is_acronym(name: str) -> bool:
    return name.isascii() and name.upper() == name and any(one.isalpha() for one in name) and len(name) <= 6


def _ends_word(text: str, end: int) -> bool:
    """A Latin word must not run on; a Chinese character after it is a boundary."""
    before, after = text[end - 1], text[end : end + 1]
    return not (before.isalnum() and after.isalnum() and before < "\u3000" and after < "\u3000")


@dataclass(frozen=True)
class Lexicon:
    """Everything the stages look up, built once from the data files."""

    matcher: Matcher
    sides: Mapping[str, str]
    items: Mapping[str, str]
    data: Mapping[str, Any]
    words: tuple[str, ...]
    place_names: Mapping[str, str]


@lru_cache(maxsize=4)
def load_lexicon(extra: Path | None = None) -> Lexicon:
    """The lexicon, with the YAML files of the folder `extra` merged in; raises `InputError` on a bad file."""
    data = {name: _merged(name, extra) for name in FILES}
    matcher, words = Matcher(), []
    more = data["places_extra"]
    names = _place_names(more["names"])
    for kind, entries in (
        ("place", names),
        ("place", data["actors"].items()),
        ("place", data["regions"].items()),
        ("holder", more["office_holders"].items()),
        ("adjective", more["adjectives"].items()),
    ):
        for code, some in entries:
            for name in some:
                matcher.add(str(name), Term(kind, str(code)), any_case=False)
                words.append(str(name))
    for code, item in data["items"].items():
        for name in [*item["names"], code.replace("_", " ")]:
            matcher.add(str(name), Term("item", code), any_case=True)
            words.append(str(name))
    matcher.freeze()
    places = load_places()
    return Lexicon(
        matcher=matcher,
        sides={one: code for code, some in more["sides"].items() for one in some},
        items={code: item["unit"] for code, item in data["items"].items()},
        data=data,
        words=tuple(sorted(set(words))),
        place_names={str(code): str(name) for code, name in places["name_en"].items()},
    )


def _place_names(extra: dict[str, list[str]]) -> Iterable[tuple[str, list[str]]]:
    """Names of every place: the project's own list first, then CLDR, then UN M49."""
    yield from extra.items()
    for places in (load_places(labels="cldr"), load_places()):
        for language in LANGUAGES:
            yield from ((str(code), [name]) for code, name in places[f"name_{language}"].items() if len(name) > 1)


def _merged(name: str, extra: Path | None) -> Any:
    shipped = yaml.safe_load((files("yuanshou.sources.pages") / "data" / f"{name}.yaml").read_text(encoding="utf-8"))
    path = extra / f"{name}.yaml" if extra else None
    if path is None or not path.exists():
        return shipped
    try:
        return _join(shipped, yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError, TypeError) as error:
        raise InputError(
            f"YAML of another shape ({error})",
            f"the shape of the shipped {name}.yaml",
            "compare it with the example in docs/guides/intake.md",
            where=str(path),
        ) from error


def _join(shipped: Any, added: Any) -> Any:
    if isinstance(shipped, dict) and isinstance(added, dict):
        both = {key: _join(shipped[key], added[key]) for key in shipped if key in added}
        return {**shipped, **added, **both}
    if isinstance(shipped, list) and isinstance(added, list):
        return [*added, *shipped]
    if type(shipped) is not type(added):
        raise TypeError(f"{added!r} where a {type(shipped).__name__} belongs")
    return added
