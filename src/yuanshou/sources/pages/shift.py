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
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, pairwise
from typing import cast

from yuanshou.sources.pages.edits import CERTAIN, LIKELY, UNKNOWN, UNKNOWN_CHARACTER, Edit
from yuanshou.sources.pages.language import (
    RARE_ABOVE_WILDCARD,
    SWALLOWED,
    WILDCARD,
    Prefix,
    WordModel,
    common_characters,
    repetition_gain,
)
from yuanshou.sources.pages.script import is_traditional, simplify_characters

MARKS = {",": "，", ".": "．。", ":": "：", ";": "；", "!": "！", "?": "？", "(": "（", ")": "）"}
"""ASCII marks and the full-width marks a mirror may have replaced by them."""
_STRUCK = ",.:;!?()。、"
_LOST = "?\ufffd"
_REPAIR_PENALTY, _DROPPED_PENALTY, _SWALLOWED_PENALTY = 5.0, 3.0, 3.0
_SECOND_QUESTION_PENALTY = 9.0  # a question mark inside a run is a lost byte, hardly a second struck mark
_HIDDEN_PENALTY = -18.0  # a tag or reading that becomes whole again speaks for a reading
_CERTAIN_MARGIN, _LIKELY_MARGIN = 8.0, 4.0
_FULL_STOP, _FULL_STOP_GAIN, _FAMILIAR_GAIN = "。", 3.0, 2.0
_SHORT_SENTENCE, _SHORT_SENTENCE_COST = re.compile("(?:^|[。！？\\n])[^，。、；：！？]{1,2}$"), 4.0
"""A sentence of one or two characters: 2 of 2,832 in a newspaper, where a stop after any one character is 1 in 40."""
_SENTENCE, _SENTENCE_END = 20, re.compile("[。！？\\n]")
_NO_STOP_AFTER = ("", *"\n，。、；：！？（,;:!?(“《")  # a sentence does not begin with its full stop
_NO_STOP_BEFORE = tuple("，。、；：！？,;:!?")
_RIVAL_LEAD = 6.0
_CONTEXT, _LONGEST_RUN, _FEW = 7, 100, 30
_ODD_MARKS, _ODD_MARK_COST = re.compile(r"\?(?=[,:;()。、])|[,:;(](?=\?)"), 6.0
_MOST_ATTEMPTS = 600
_ODD = "\u0391-\u0451\u2170-\u24ff\u3041-\u312f\ue000-\uf8ff\uff10-\uff5a"
"""Letters and signs of GBK's other rows: between Chinese characters they are signs of damage."""
_TRIGGER = re.compile(
    f"[{_LOST}](?=[,:;!(][{_LOST}])|[{_LOST}\udc80-\udcff](?=.{{0,2}}[\u2e80-\u9fff\ue000-\uf8ff\uff00-\uffef])|(?<=[\u4e00-\u9fff\ufffd)])[{re.escape(_STRUCK)}](?=[{_ODD}\u4e00-\u9fff])"
)

BYTES, PAIRS, DROPS = "bytes", "pairs", "drops"

Byte = int | None
Piece = str | tuple[Byte, Byte]
"""A piece of a reading: a known character, or the two halves of one of which at least one is lost."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the damaged stretch `text[start:end]`; `prefix` is what it costs so far.

    `style` is what the mirror's decoder did with bytes that make no character: one sign for each byte (BYTES), one
    sign for a pair of which the second byte went too (PAIRS), or nothing (DROPS).
    """

    end: int
    pieces: tuple[Piece, ...]
    prefix: Prefix
    pending: Byte
    is_open: bool
    penalty: float
    style: str

    @property
    def cost(self) -> float:
        """What the reading costs so far; it only grows."""
        return self.prefix.costs[-1] + self.penalty


def shift_edits(text: str, model: WordModel) -> list[Edit]:
    """The edits that undo byte shifts in `text`, in order; readings that do not clearly win are not made.

    After `_MOST_ATTEMPTS` places where damage may begin, the rest of the text is left as it is.
    """
    edits: list[Edit] = []
    done, pairs = 0, frozenset[str]()
    for match in islice(_TRIGGER.finditer(text), _MOST_ATTEMPTS):
        start = match.start()
        if start < done or (
            text[start] in _STRUCK and text[start] not in _LOST and not _looks_odd(text[start + 1 : start + 7])
        ):
            continue
        reading = _best_reading(text, start, done, model)
        if reading is not None:
            pairs = pairs or _pairs(text)
            edits.append(_decide(text, start, reading, model, pairs))
            done = reading.end
    return edits


def _pairs(text: str) -> frozenset[str]:
    """Pairs of neighbouring characters of the page: what it says once it may well say again."""
    simple = simplify_characters(text)
    return frozenset(one + two for one, two in pairwise(simple) if one > "\u2fff" < two)


def _looks_odd(after: str) -> bool:
    common = common_characters()
    return re.search(f"[{_ODD}]", after) is not None or any(
        "\u4e00" <= character <= "\u9fff" and character not in common for character in simplify_characters(after)
    )


def _best_reading(text: str, start: int, floor: int, model: WordModel) -> Reading | None:
    """The reading that beats what stands there by most; all are weighed over the same stretch of text."""
    horizon = start + _LONGEST_RUN + 10
    stretch = simplify_characters(text[start : min(horizon, _line_end(text, start))])
    backward = model.backward(stretch)
    before = model.prefix(simplify_characters(text[max(floor, start - 5) : start]))
    best: Reading | None = None
    best_cost, rivals = model.join(before, stretch, 0, backward), list[tuple[float, Reading]]()
    best_cost += _ODD_MARK_COST * len(_ODD_MARKS.findall(stretch[:4]))
    stack = list(_beginnings(text, start, before, model))
    while stack:
        reading = stack.pop()
        if not reading.is_open:
            cost = model.join(reading.prefix, stretch, reading.end - start, backward) + reading.penalty
            rivals.append((cost, reading))
            if cost < best_cost:
                best, best_cost = reading, cost
        elif reading.end - start < min(len(stretch), _LONGEST_RUN) and reading.cost < best_cost:
            stack += _continuations(text, reading, model)
    return _agreed(best, [one for cost, one in rivals if cost < best_cost + _RIVAL_LEAD]) if best else None


def _agreed(best: Reading, rivals: Sequence[Reading]) -> Reading:
    """The best reading with every character open on which a reading nearly as good says otherwise."""
    same = [one for one in rivals if one.end == best.end and len(one.pieces) == len(best.pieces)]
    pieces = tuple(
        piece if not isinstance(piece, str) or all(one.pieces[at] == piece for one in same) else (None, None)
        for at, piece in enumerate(best.pieces)
    )
    return replace(best, pieces=pieces)


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return end if end >= 0 else len(text)


def _beginnings(text: str, start: int, before: Prefix, model: WordModel) -> Iterator[Reading]:
    """The struck character and the mark: the first half may be lost, dropped, or (in raw bytes) still there."""
    first, second = text[start], text[start + 1 : start + 2]

    def begun(mark: str, lead: Byte, used: int, style: str, penalty: float) -> Iterator[Reading]:
        for high, low in _mark_bytes(mark):
            piece = _piece(lead, high)
            if piece:
                prefix = _grow(before, piece, model)
                yield Reading(start + used, (piece,), prefix, low, True, _REPAIR_PENALTY + penalty, style)

    if first in _LOST or "\udc80" <= first <= "\udcff":
        lead, followed = _raw_byte(first), bool(_mark_bytes(second))
        if followed:
            yield from begun(second, lead, 2, BYTES, 0.0)
        for mark in "" if followed and second != "?" else ",:;!?(":
            yield from begun(mark, lead, 1, PAIRS, _SWALLOWED_PENALTY)
        if followed and first == "?":
            return
    if first in _STRUCK:
        yield from begun(first, None, 1, DROPS, _DROPPED_PENALTY)


def _grow(prefix: Prefix, piece: Piece, model: WordModel) -> Prefix:
    return model.extend(prefix, simplify_characters(piece) if isinstance(piece, str) else WILDCARD)


def _continuations(text: str, reading: Reading, model: WordModel) -> Iterator[Reading]:
    """Read one more visible character into a reading that still waits for the second half of a character."""
    character = text[reading.end]
    lead = reading.pending

    style = reading.style

    def grown(
        *pieces: Piece, pending: Byte = None, is_open: bool = False, penalty: float = 0.0, used: int = 1
    ) -> Reading:
        prefix = reading.prefix
        for piece in pieces:
            prefix = _grow(prefix, piece, model)
        return Reading(
            reading.end + used, reading.pieces + pieces, prefix, pending, is_open, reading.penalty + penalty, style
        )

    if style == DROPS:
        yield grown((lead, None), penalty=_DROPPED_PENALTY, used=0)
    elif character in _LOST or "\udc80" <= character <= "\udcff":
        piece = _piece(lead, _raw_byte(character))
        hidden = _hidden_ascii(text[reading.end + 1 : reading.end + 14])
        if piece and hidden:
            yield grown(piece, hidden, penalty=_HIDDEN_PENALTY)
        if piece and style == BYTES:
            yield grown(piece)
        elif piece:
            yield grown(piece, SWALLOWED)
            yield grown(piece, is_open=True)
    if character in _STRUCK and (character != "?" or style != PAIRS):
        penalty = _SECOND_QUESTION_PENALTY if character == "?" and style == BYTES else 0.0
        for high, low in _mark_bytes(character):
            if _allowed(lead, high):
                yield grown(_piece(lead, high), pending=low, is_open=True, penalty=penalty)
        return
    code = _gbk(character)
    if len(code) == 1 and code[0] >= 0x40 and _allowed(lead, code[0]):
        yield grown(_piece(lead, code[0]))
    if len(code) == 2 and _allowed(lead, code[0]):
        if code[1] > 0x80:
            yield grown(_piece(lead, code[0]), pending=code[1], is_open=True)
        elif code[1] < 0x80:
            yield grown(_piece(lead, code[0]), chr(code[1]))


def _decide(text: str, start: int, reading: Reading, model: WordModel, pairs: Container[str]) -> Edit:
    """Choose the lost halves where the model decides, and say how sure the whole stretch is."""
    pieces: list[Piece] = list(reading.pieces)
    line = _rest_of_line(text, start, reading.end)  # a headline has no full stop, so none is missing in it
    barred = "" if _FULL_STOP in line else _FULL_STOP
    is_simplified = simplify_characters(line) == line
    lost = [at for at, piece in enumerate(pieces) if not isinstance(piece, str)]
    are_near = any(two - one <= _CONTEXT for one, two in pairwise(lost))
    for _ in range(2 if are_near else 1):  # a second look, now with the neighbours chosen in the first
        certainty, notes = CERTAIN, list[str]()
        for index in lost:
            halves = cast(tuple[Byte, Byte], reading.pieces[index])
            before = (text[max(0, start - _CONTEXT) : start] + _shown(pieces[:index]))[-_CONTEXT:]
            after = (_shown(pieces[index + 1 :]) + text[reading.end :])[:_CONTEXT]
            no_stop = before[-1:] in _NO_STOP_AFTER or after[:1] in _NO_STOP_BEFORE
            stops = _FULL_STOP if no_stop else barred
            options = [one for one in _candidates(*halves, is_simplified=is_simplified) if one[0] != stops]
            if halves[1] is None and index == len(pieces) - 1:
                options = [one for one in options if _was_no_pair(one[0], text[reading.end : reading.end + 1])]
            chosen, margin, best = _choose(
                options,
                simplify_characters(before),
                simplify_characters(after),
                model,
                pairs,
                _rest_of_sentence(
                    text[max(0, start - _SENTENCE) : start] + _shown(pieces[:index]),
                    _shown(pieces[index + 1 :]) + text[reading.end : reading.end + _SENTENCE],
                ),
            )
            if margin < _LIKELY_MARGIN:
                certainty = UNKNOWN
                notes.append(f"one of {best}")
            elif margin < _CERTAIN_MARGIN and certainty == CERTAIN:
                certainty = LIKELY
                notes.append(f"{chosen} rather than {best[1:]}")
            pieces[index] = chosen if margin >= _LIKELY_MARGIN else WILDCARD
    shown = _shown(pieces).replace(WILDCARD, UNKNOWN_CHARACTER).replace(SWALLOWED, UNKNOWN_CHARACTER)
    note = "bytes read one place late; read again in step" + (": " + "; ".join(notes) if notes else "")
    return Edit(start, text[start : reading.end], shown, UNKNOWN if UNKNOWN_CHARACTER in shown else certainty, note)


@lru_cache(maxsize=65536)
def _was_no_pair(character: str, following: str) -> bool:
    """Whether the second half of a character and the first half of the next make no character together.

    Only then was the half lost: a reader one byte late would have shown any pair that is a character.
    """
    next_code = _gbk(following)
    if len(next_code) != 2:
        return True
    try:
        bytes((_gbk(character)[1], next_code[0])).decode("gbk")
    except UnicodeDecodeError:
        return True
    return False


def _shown(pieces: Sequence[Piece]) -> str:
    return "".join(piece if isinstance(piece, str) else WILDCARD for piece in pieces)


def _rest_of_line(text: str, start: int, end: int) -> str:
    """The line around a stretch without the stretch, to 200 characters on either side."""
    before, after = text[max(0, start - 200) : start], text[end : end + 200]
    return before.rpartition("\n")[2] + after.partition("\n")[0]


def _rest_of_sentence(before: str, after: str) -> str:
    """What stands before and after a character in its sentence, simplified, to 20 characters on either side."""
    left, right = _SENTENCE_END.split(before)[-1], _SENTENCE_END.split(after, maxsplit=1)[0]
    return simplify_characters(left[-_SENTENCE:] + right[:_SENTENCE])


def _choose(
    options: Sequence[tuple[str, str]],
    before: str,
    after: str,
    model: WordModel,
    pairs: Container[str],
    nearby: str = "",
) -> tuple[str, float, str]:
    """The best of the characters the surviving half allows, its lead over the next in nats, and the five best.

    Each option comes with its simplified form; one that stands elsewhere in the sentence, `nearby`, is likelier for it. Options that are rare and make no word with a neighbour are not
    weighed one by one; together they count as one that costs what the least rare of them could.
    """
    prefix, backward = model.prefix(before), model.backward(after)
    last, first, is_short = before[-1:], after[:1], _SHORT_SENTENCE.search(before) is not None

    def cost(simple: str) -> float:
        known = (last + simple in pairs) + (simple + first in pairs)
        gain = _FAMILIAR_GAIN * known + repetition_gain(simple, nearby)
        short = _SHORT_SENTENCE_COST if simple == _FULL_STOP and is_short else 0.0
        return model.join(model.extend(prefix, simple), after, 0, backward) + short - gain

    weighed = options if len(options) < _FEW else [one for one in options if model.may_follow(last, one[1], first)]
    ranked = sorted((cost(simple), one) for one, simple in weighed)
    if not ranked:
        return WILDCARD, 0.0, ""
    runner_up = ranked[1][0] if len(ranked) > 1 else ranked[0][0] + _CERTAIN_MARGIN
    if len(weighed) < len(options):
        open_cost = model.join(model.extend(prefix, WILDCARD), after, 0, backward)
        runner_up = min(runner_up, open_cost + RARE_ABOVE_WILDCARD)
    margin = runner_up - ranked[0][0]
    if ranked[0][1] == _FULL_STOP:
        margin += _FULL_STOP_GAIN
    return ranked[0][1], margin, "".join(one for _, one in ranked[:5])


def _hidden_ascii(following: str) -> str:
    """The ASCII byte a bad pair swallowed, where the text after it can only follow one: a tag or a bracket."""
    if re.match(r"/?[a-zA-Z][a-zA-Z0-9]{0,9}\s*/?>", following):
        return "<"
    return "(" if re.match(r"[a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]{1,6}\)", following) else ""


def _raw_byte(character: str) -> Byte:
    return ord(character) - 0xDC00 if "\udc80" <= character <= "\udcff" else None


@lru_cache(maxsize=32)
def _mark_bytes(mark: str) -> tuple[tuple[int, int], ...]:
    wide = MARKS.get(mark, mark if mark in _STRUCK else "")
    return tuple((code[0], code[1]) for code in map(_gbk, wide) if len(code) == 2)


@lru_cache(maxsize=65536)
def _gbk(character: str) -> bytes:
    try:
        code = character.encode("gb18030")  # which, unlike GBK, also has codes for the pairs no character is assigned
    except UnicodeEncodeError:
        return b""
    return code if len(code) <= 2 else b""


@lru_cache(maxsize=65536)
def _character(lead: int, trail: int) -> str:
    """The character of two bytes if it may stand in running text, else nothing."""
    try:
        character = bytes((lead, trail)).decode("gbk")
    except UnicodeDecodeError:
        return ""
    return character if len(character) == 1 and ("\u4e00" <= character <= "\u9fff" or lead in (0xA1, 0xA3)) else ""


@lru_cache(maxsize=2048)
def _candidates(lead: Byte, trail: Byte, *, is_simplified: bool = False) -> tuple[tuple[str, str], ...]:
    """What a half may have been, each with its simplified form; in simplified text the characters of GB2312, of which it is made."""
    if lead is None and trail is None:
        return ()
    leads = range(0x81, 0xFF) if lead is None else (lead,)
    trails = range(0x40, 0xFF) if trail is None else (trail,)
    found = filter(None, (_character(one, two) for one in leads for two in trails))
    kept = (one for one in found if not is_simplified or (_in_gb2312(one) and not is_traditional(one)))
    return tuple((one, simplify_characters(one)) for one in kept)


def _in_gb2312(character: str) -> bool:
    code = _gbk(character)
    return code[0] >= 0xA1 and code[1] >= 0xA1


def _allowed(lead: Byte, trail: int) -> bool:
    return bool(_character(lead, trail)) if lead is not None else bool(_candidates(None, trail))


def _piece(lead: Byte, trail: Byte) -> Piece:
    return _character(lead, trail) if lead is not None and trail is not None else (lead, trail)
