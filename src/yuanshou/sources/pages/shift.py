"""Undo byte shifts: a mark was replaced inside a GBK stream without looking where characters begin.

In GBK most characters are two bytes. A replacement of the bytes of a full-width mark, say `A3 BF` (？) by
`3F` (?), also strikes where `A3` ends one character and `BF` begins the next. The first character loses
its second byte, the next its first, and every character after it is read one byte too late until an ASCII
byte brings the reader back into step: 号停靠日本横滨 becomes 号??咳毡緳M濱.

Nothing but the struck lead byte is lost, so the damage can be undone: put the mark's two bytes back,
re-encode the visible characters, read them at the other alignment, and keep that reading only if the word
model finds it far more probable than what stands there. A lost byte is chosen among the characters
that its surviving half allows, and stays unknown when the model does not decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from yuanshou.sources.pages.edits import CERTAIN, LIKELY, UNKNOWN, UNKNOWN_CHARACTER, Edit
from yuanshou.sources.pages.language import SWALLOWED, WILDCARD, WordModel, common_characters
from yuanshou.sources.pages.script import simplify_characters

MARKS = {",": "，", ".": "．。", ":": "：", ";": "；", "!": "！", "?": "？", "(": "（", ")": "）"}
"""ASCII marks and the full-width marks a mirror may have replaced by them."""
_STRUCK = ",.:;!?()。、"
_LOST = "?\ufffd"
_REPAIR_PENALTY, _DROPPED_PENALTY, _SWALLOWED_PENALTY = 5.0, 3.0, 3.0
_CERTAIN_MARGIN, _LIKELY_MARGIN = 11.0, 8.0
_CONTEXT, _LONGEST_RUN = 7, 300
_TRIGGER = re.compile(f"[{_LOST}\udc80-\udcff]|(?<=[\u4e00-\u9fff\ufffd)])[{re.escape(_STRUCK)}](?=[\u4e00-\u9fff])")

Byte = int | None
Piece = str | tuple[Byte, Byte]
"""A piece of a reading: a known character, or the two halves of one of which at least one is lost."""


@dataclass(frozen=True)
class Reading:
    """One way to read the damaged stretch `text[start:end]`."""

    end: int
    pieces: tuple[Piece, ...]
    pending: Byte
    is_open: bool
    penalty: float

    def text(self) -> str:
        return "".join(piece if isinstance(piece, str) else WILDCARD for piece in self.pieces)


def shift_edits(text: str, model: WordModel) -> list[Edit]:
    """The edits that undo byte shifts in `text`, in order; readings that do not clearly win are not made."""
    edits: list[Edit] = []
    done = 0
    for match in _TRIGGER.finditer(text):
        start = match.start()
        if start < done or (text[start] in _STRUCK and not _looks_odd(text[start + 1 : start + 7])):
            continue
        reading = _best_reading(text, start, done, model)
        if reading is not None:
            edits.append(_decide(text, start, reading, model))
            done = reading.end
    return edits


def _looks_odd(after: str) -> bool:
    common = common_characters()
    return any(
        "\u4e00" <= character <= "\u9fff" and character not in common for character in simplify_characters(after)
    )


def _best_reading(text: str, start: int, floor: int, model: WordModel) -> Reading | None:
    readings = list(_readings(text, start))
    if not readings:
        return None
    horizon = min(len(text), max(reading.end for reading in readings) + 4)
    before = simplify_characters(text[max(floor, start - 5) : start])
    best, best_cost = None, model.cost(before + simplify_characters(text[start:horizon]))
    for reading in readings:
        after = simplify_characters(reading.text() + text[reading.end : horizon])
        cost = model.cost(before + after) + reading.penalty
        if cost < best_cost:
            best, best_cost = reading, cost
    return best


def _readings(text: str, start: int) -> Iterator[Reading]:
    """Every finished reading of a shift that begins at `start`."""
    stack = list(_beginnings(text, start))
    while stack:
        reading = stack.pop()
        if not reading.is_open:
            yield reading
        elif reading.end < len(text) and reading.end - start < _LONGEST_RUN:
            stack += _continuations(text, reading)


def _beginnings(text: str, start: int) -> Iterator[Reading]:
    """The struck character and the mark: the first half may be lost, dropped, or (in raw bytes) still there."""
    first, second = text[start], text[start + 1 : start + 2]
    if first in _LOST or "\udc80" <= first <= "\udcff":
        lead = _raw_byte(first)
        for high, low in _mark_bytes(second):
            yield Reading(start + 2, ((lead, high),), low, True, _REPAIR_PENALTY)
        for mark in ",:;!?(":  # the reader took the lead byte and the replaced mark for one bad character
            for high, low in _mark_bytes(mark):
                yield Reading(start + 1, ((lead, high),), low, True, _REPAIR_PENALTY + _SWALLOWED_PENALTY)
    if first in _STRUCK:
        for high, low in _mark_bytes(first):
            yield Reading(start + 1, ((None, high),), low, True, _REPAIR_PENALTY + _DROPPED_PENALTY)


def _continuations(text: str, reading: Reading) -> Iterator[Reading]:
    """Read one more visible character into a reading that still waits for the second half of a character."""
    character = text[reading.end]
    lead = reading.pending

    def grown(
        *pieces: Piece, pending: Byte = None, is_open: bool = False, penalty: float = 0.0, used: int = 1
    ) -> Reading:
        return Reading(reading.end + used, reading.pieces + pieces, pending, is_open, reading.penalty + penalty)

    if len(reading.pieces) > 1 or lead is not None:  # the second half was dropped without a trace
        yield grown((lead, None), penalty=_DROPPED_PENALTY, used=0)
    if character in _LOST or "\udc80" <= character <= "\udcff":
        byte = _raw_byte(character)
        yield grown(_piece(lead, byte))
        yield grown(_piece(lead, byte), SWALLOWED, penalty=_SWALLOWED_PENALTY)
        yield grown(_piece(lead, byte), is_open=True, penalty=_SWALLOWED_PENALTY)
    if character in _STRUCK:
        for high, low in _mark_bytes(character):
            if _allowed(lead, high):
                yield grown(_piece(lead, high), pending=low, is_open=True)
        return
    code = _gbk(character)
    if len(code) == 1 and code[0] >= 0x40 and _allowed(lead, code[0]):
        yield grown(_piece(lead, code[0]))
    if len(code) == 2 and _allowed(lead, code[0]):
        if code[1] > 0x80:
            yield grown(_piece(lead, code[0]), pending=code[1], is_open=True)
        elif code[1] < 0x80:
            yield grown(_piece(lead, code[0]), chr(code[1]))


def _decide(text: str, start: int, reading: Reading, model: WordModel) -> Edit:
    """Choose the lost halves where the model decides, and say how sure the whole stretch is."""
    pieces, notes, certainty = list(reading.pieces), [], CERTAIN
    for _ in range(2):  # a second look, now with the neighbours chosen in the first
        certainty, notes = CERTAIN, []
        for index, halves in enumerate(reading.pieces):
            if isinstance(halves, str):
                continue
            before = "".join(piece if isinstance(piece, str) else WILDCARD for piece in pieces[:index])
            after = "".join(piece if isinstance(piece, str) else WILDCARD for piece in pieces[index + 1 :])
            window = (
                (text[max(0, start - _CONTEXT) : start] + before)[-_CONTEXT:],
                (after + text[reading.end :])[:_CONTEXT],
            )
            chosen, margin, alternatives = _choose(halves, *map(simplify_characters, window), model)
            if margin < _LIKELY_MARGIN:
                certainty = UNKNOWN
                notes.append(f"one of {alternatives}")
            elif margin < _CERTAIN_MARGIN and certainty == CERTAIN:
                certainty = LIKELY
                notes.append(f"{chosen} rather than {alternatives[1:]}")
            pieces[index] = chosen if margin >= _LIKELY_MARGIN else WILDCARD
    after = "".join(piece if isinstance(piece, str) else WILDCARD for piece in pieces)
    after = _swallowed(after, text[reading.end :]).replace(WILDCARD, UNKNOWN_CHARACTER)
    note = "bytes read one place late; read again in step" + (": " + "; ".join(notes) if notes else "")
    return Edit(start, text[start : reading.end], after, UNKNOWN if UNKNOWN_CHARACTER in after else certainty, note)


def _choose(halves: tuple[Byte, Byte], before: str, after: str, model: WordModel) -> tuple[str, float, str]:
    """The best character that the surviving half allows, its lead over the next in nats, and the five best."""
    ranked = sorted((model.cost(before + simplify_characters(one) + after), one) for one in _candidates(*halves))
    if not ranked:
        return WILDCARD, 0.0, ""
    margin = ranked[1][0] - ranked[0][0] if len(ranked) > 1 else _CERTAIN_MARGIN
    return ranked[0][1], margin, "".join(one for _, one in ranked[:5])


def _swallowed(reading: str, rest: str) -> str:
    """What the swallowed ASCII byte was, where the text after it can only follow one: a tag or a bracket."""
    if SWALLOWED not in reading:
        return reading
    head, _, tail = reading.partition(SWALLOWED)
    following = tail + rest
    if re.match(r"/?[a-zA-Z][a-zA-Z0-9]{0,9}\s*/?>", following):
        return f"{head}<{tail}"
    if re.match(r"[a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]{1,6}\)", following):
        return f"{head}({tail}"
    return head + WILDCARD + tail


def _raw_byte(character: str) -> Byte:
    return ord(character) - 0xDC00 if "\udc80" <= character <= "\udcff" else None


@lru_cache(maxsize=32)
def _mark_bytes(mark: str) -> tuple[tuple[int, int], ...]:
    wide = MARKS.get(mark, mark if mark in _STRUCK else "")
    return tuple((code[0], code[1]) for code in map(_gbk, wide) if len(code) == 2)


@lru_cache(maxsize=65536)
def _gbk(character: str) -> bytes:
    try:
        return character.encode("gbk")
    except UnicodeEncodeError:
        return b""


@lru_cache(maxsize=65536)
def _character(lead: int, trail: int) -> str:
    """The character of two bytes if it may stand in running text, else nothing."""
    try:
        character = bytes((lead, trail)).decode("gbk")
    except UnicodeDecodeError:
        return ""
    return character if len(character) == 1 and ("\u4e00" <= character <= "\u9fff" or lead in (0xA1, 0xA3)) else ""


@lru_cache(maxsize=1024)
def _candidates(lead: Byte, trail: Byte) -> tuple[str, ...]:
    if lead is None and trail is None:
        return ()
    leads = range(0x81, 0xFF) if lead is None else (lead,)
    trails = range(0x40, 0xFF) if trail is None else (trail,)
    return tuple(filter(None, (_character(one, two) for one in leads for two in trails)))


def _allowed(lead: Byte, trail: int) -> bool:
    return bool(_character(lead, trail)) if lead is not None else bool(_candidates(None, trail))


def _piece(lead: Byte, trail: Byte) -> Piece:
    return _character(lead, trail) if lead is not None and trail is not None else (lead, trail)
