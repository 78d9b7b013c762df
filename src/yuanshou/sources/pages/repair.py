"""The repair of a page's text, one named step after another.

    controls    terminal codes, bidirectional overrides and other invisible characters go
    mojibake    text decoded with the wrong table is decoded again (ftfy for Latin, GBK and Big5 here)
    pinyin      readings in brackets behind traditional characters go: 環(huán)球 → 環球
    shift       byte shifts of GBK streams are read in step again (`shift.py`)
    markup      entities become characters, stray tags go
    script      a mirror's traditional characters become simplified ones again (OpenCC)
    marks       half-width marks between Chinese characters become the full-width marks they replaced

A step that finds nothing to do makes no edit. Traditional text is turned into simplified text only on
pages that show a mirror's damage: a newspaper of Hong Kong keeps its script.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ftfy
from ftfy.badness import badness

from yuanshou.sources.pages.edits import CERTAIN, LIKELY, UNKNOWN, UNKNOWN_CHARACTER, Edit, Step, revert_all
from yuanshou.sources.pages.language import common_characters, word_model
from yuanshou.sources.pages.script import (
    is_traditional,
    simplified_only,
    simplified_table,
    simplify,
    simplify_characters,
)
from yuanshou.sources.pages.shift import MARKS, shift_edits

SCRIPTS = ("auto", "simplified", "as-found")
_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff"
_HAS_CHINESE = re.compile(f"[{_CHINESE}]")
_VOWELS = "aāáǎàeēéěèiīíǐìoōóǒòuūúǔùüǖǘǚǜv"
_PINYIN = re.compile(f"(?<=[{_CHINESE}])[(（]([bpmfdtnlgkhjqxrzcsyw]?h?[{_VOWELS}]{{1,3}}(?:ng|n|r)?)[)）]")
_TONED = re.compile("[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]")
_CONTROLS = re.compile(
    "\x1b\\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]+"
)
_NEWLINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_TAG = re.compile(
    r"</?(?:a|abbr|article|b|blockquote|body|br|center|cite|code|div|em|figcaption|figure|font|footer|h[1-6]|head|header|hr|html|i"
    r"|iframe|img|input|label|li|link|main|meta|nav|o:p|ol|p|picture|pre|s|script|section|small|source|span|strong|style|sub|sup"
    r"|table|tbody|td|th|thead|title|tr|u|ul|video)\b[^<>\n]{0,400}>|<!--[^\n]{0,400}?-->"
)
_SPACES = re.compile("[\u00a0\u2002-\u200a\u202f\u3000]+|(?<=[^ \n]) +(?=\n)")
_HALF_MARK = re.compile("[,:;!?()]")
_LATIN_SUPPLEMENT = re.compile(
    "[\u0080-\u00ff\u0152-\u0178\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{4,}[\x20-\x7e\u0080-\u00ff\u2013-\u203a]*"
)


@dataclass(frozen=True)
class Repaired:
    """Text after every step, with the steps that lead back to the text before."""

    text: str
    steps: tuple[Step, ...]

    def original(self) -> str:
        """The decoded text as it was before the first step."""
        return revert_all(self.text, self.steps)


def repair(text: str, *, script: str = "auto", words: Sequence[str] = ()) -> Repaired:
    """Repair decoded page text.

    `script` is `auto` (simplified where the page shows a mirror's damage), `simplified` or `as-found`;
    `words` are added to the Chinese word list that decides between readings.
    """
    steps: list[Step] = []

    def take(name: str, find: Callable[[str], list[Edit]]) -> list[Edit]:
        nonlocal text
        edits = find(text)
        if edits:
            step = Step(name, tuple(edits))
            steps.append(step)
            text = step.apply(text)
        return edits

    take("lines", _line_edits)
    take("mojibake", _mojibake_edits)
    take("controls", _control_edits)
    damaged = False
    if _HAS_CHINESE.search(text):
        damaged |= bool(take("pinyin", _pinyin_edits))
        if _may_be_shifted(text):
            damaged |= bool(take("shift", lambda now: shift_edits(now, word_model(tuple(words)))))
            take("pinyin", _pinyin_edits)
    take("markup", _markup_edits)
    take("bytes", _lost_byte_edits)
    if _HAS_CHINESE.search(text):
        marks = _mark_edits(text)
        if script == "simplified" or (script == "auto" and (damaged or marks or _mixed_script(text))):
            take("script", _script_edits)
        take("marks", _mark_edits)
    take("spaces", _space_edits)
    return Repaired(text, tuple(steps))


def _line_edits(text: str) -> list[Edit]:
    return [Edit(one.start(), one.group(), "\n", note="line end") for one in _NEWLINES.finditer(text)]


def _control_edits(text: str) -> list[Edit]:
    return [
        Edit(one.start(), one.group(), "", note="invisible or terminal control") for one in _CONTROLS.finditer(text)
    ]


def _mojibake_edits(text: str) -> list[Edit]:
    """Lines that were decoded with a wrong table, decoded again with the right one."""
    edits, position = [], 0
    for line in text.split("\n"):
        better = _redecoded(line)
        if better is not None and better[0] != line:
            edits.append(Edit(position, line, better[0], note=better[1]))
        position += len(line) + 1
    return edits


def _redecoded(line: str) -> tuple[str, str] | None:
    if line.isascii():
        return None
    if _LATIN_SUPPLEMENT.search(line):
        fixed = _latin_as_chinese(line)
        if fixed is not None:
            return fixed
        if badness(line):
            return ftfy.fix_encoding(line), "ftfy"
    if "\ue000" <= max(line) <= "\uf8ff" or _share_common(line) < 0.75:
        return _chinese_as_chinese(line)
    if badness(line):
        return ftfy.fix_encoding(line), "ftfy"
    return None


def _latin_as_chinese(line: str) -> tuple[str, str] | None:
    """Chinese bytes read as Latin: ÖÐ¹ú was 中国 in GBK."""
    for wrong in ("latin-1", "cp1252"):
        for right in ("utf-8", "gb18030", "big5hkscs"):
            try:
                fixed = line.encode(wrong).decode(right)
            except UnicodeError:
                continue
            if _HAS_CHINESE.search(fixed) and _share_common(fixed) > 0.9:
                return fixed, f"{right} bytes had been read as {wrong}"
    return None


def _chinese_as_chinese(line: str) -> tuple[str, str] | None:
    """UTF-8 read as GBK (涓浗 was 中国), GBK read as Big5, Big5 read as GBK."""
    best, best_share = None, max(0.9, _share_common(line) + 0.1)
    for wrong, right in (
        ("gb18030", "utf-8"),
        ("big5hkscs", "gb18030"),
        ("gb18030", "big5hkscs"),
        ("big5hkscs", "utf-8"),
    ):
        try:
            fixed = line.encode(wrong).decode(right)
        except UnicodeError:
            continue
        if _HAS_CHINESE.search(fixed) and _share_common(fixed) >= best_share:
            best, best_share = (fixed, f"{right} bytes had been read as {wrong}"), _share_common(fixed)
    return best if best else _lossy_utf8(line)


def _lossy_utf8(line: str) -> tuple[str, str] | None:
    """UTF-8 read as GBK with bytes lost on the way: what is lost becomes unknown, the rest comes back."""
    if len(line) < 4 or _share_common(line) > 0.7:
        return None
    data = line.replace(UNKNOWN_CHARACTER, "?").encode("gb18030", "replace")
    fixed = re.sub("\ufffd+[?]?", UNKNOWN_CHARACTER, data.decode("utf-8", "replace"))
    lost = fixed.count(UNKNOWN_CHARACTER)
    if not _HAS_CHINESE.search(fixed) or lost > 0.1 * len(fixed) or _share_common(fixed) < 0.8:
        return None
    return fixed, "utf-8 bytes had been read as gb18030, some lost"


def _share_common(line: str) -> float:
    chinese = [one for one in simplify_characters(line) if one > "\u2e7f" and one not in "，。、：；！？（）《》「」"]
    common = common_characters()
    return sum(one in common for one in chinese) / len(chinese) if chinese else 1.0


def _pinyin_edits(text: str) -> list[Edit]:
    found = [(one, is_traditional(text[one.start() - 1])) for one in _PINYIN.finditer(text)]
    is_mirror = any(traditional for _, traditional in found)
    return [
        Edit(one.start(), one.group(), "", CERTAIN if traditional else LIKELY, "reading in brackets")
        for one, traditional in found
        if traditional or (is_mirror and _TONED.search(one[1]))
    ]


def _may_be_shifted(text: str) -> bool:
    return bool(re.search("[?\ufffd\udc80-\udcff]|[\u4e00-\u9fff][,.:;!?()。、][\u4e00-\u9fff]", text))


def _markup_edits(text: str) -> list[Edit]:
    edits = [Edit(one.start(), one.group(), "", note="rest of HTML") for one in _TAG.finditer(text)]
    taken = {position for edit in edits for position in range(edit.start, edit.start + len(edit.before))}
    for one in _ENTITY.finditer(text):
        character = html.unescape(one.group())
        if one.start() not in taken and character != one.group() and (character.isprintable() or character.isspace()):
            edits.append(Edit(one.start(), one.group(), character, note="HTML entity"))
    return sorted(edits, key=lambda edit: edit.start)


def _lost_byte_edits(text: str) -> list[Edit]:
    """Bytes that no table explains become the sign for an unknown character."""
    return [
        Edit(one.start(), one.group(), UNKNOWN_CHARACTER, UNKNOWN, "bytes that belong to no character")
        for one in re.finditer("[\udc80-\udcff]+", text)
    ]


def _mixed_script(text: str) -> bool:
    """Whether traditional text also holds simplified-only characters, which no newspaper prints."""
    table = simplified_table()
    traditional = sum(ord(one) in table for one in text)
    return traditional > 0 and not simplified_only().isdisjoint(text)


def _script_edits(text: str) -> list[Edit]:
    simple = simplify(text)
    if len(simple) != len(text):
        return [Edit(0, text, simple, note="traditional to simplified")]
    edits, position = [], 0
    while position < len(text):
        if text[position] == simple[position]:
            position += 1
            continue
        end = position + 1
        while end < len(text) and text[end] != simple[end]:
            end += 1
        edits.append(Edit(position, text[position:end], simple[position:end], note="traditional to simplified"))
        position = end
    return edits


def _mark_edits(text: str) -> list[Edit]:
    """Half-width marks that touch Chinese on a line of Chinese; between digits and letters they stay."""
    certainty = LIKELY if re.search("[，：；！？（）]", text) else CERTAIN
    edits: list[Edit] = []
    opened: list[bool] = []
    for one in _HALF_MARK.finditer(text):
        mark, at = one.group(), one.start()
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        if mark == ")":
            wide = opened.pop() if opened else _touches(before)
        elif mark == "(":
            wide = _touches(before) or _touches(after)
            opened.append(wide)
        else:
            # "更新: 2020" keeps its half-width colon: a space after it shows that it was set that way.
            ends_line = after == "\n" or mark in "?!" or not after.isspace()
            wide = (_touches(before) and ends_line) or (_touches(after) and _ends_phrase(before))
        if wide:
            edits.append(Edit(at, mark, MARKS[mark][0], certainty, "half-width mark in Chinese text"))
    return edits


def _ends_phrase(before: str) -> bool:
    return before != "" and (before in ")”" or before.isdigit() or (before.isalnum() and not before.isascii()))


def _touches(neighbour: str) -> bool:
    return bool(neighbour) and (
        _HAS_CHINESE.match(neighbour) is not None or neighbour in "“”‘’《》、。…—）（」「\ufffd"
    )


def _space_edits(text: str) -> list[Edit]:
    return [
        Edit(one.start(), one.group(), " " if one.group()[0] != " " else "", note="space")
        for one in _SPACES.finditer(text)
    ]
