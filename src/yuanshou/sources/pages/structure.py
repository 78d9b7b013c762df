"""Which lines of a page are the article, and which are the page around it.

News pages that people paste have no markup left, but they keep an order and a habit: a title, a line of
when and who, paragraphs, credits, then lists: headlines each followed by their time, related stories
with a count of comments, a list of what is read most. The labels are data (`data/structure.yaml`).
Every part keeps its place in the repaired text, so that a fact can point at its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from yuanshou.sources.pages.dates import find_datetime

_BULLETS = "-–·•*>▪◆■●○ \t\u00a0"
_SENTENCE_END = '。.!！?？…”"；;'
_LONGEST_TITLE_CHARS = 120


@dataclass(frozen=True)
class Span:
    """A stretch of the repaired text and its place there."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    def part(self, start: int, end: int | None = None) -> Span:
        """A part of the span without spaces and bullets at its ends."""
        raw = self.text[start:end]
        left = len(raw) - len(raw.lstrip(_BULLETS))
        return Span(raw.strip(_BULLETS), self.start + start + left)


@dataclass(frozen=True)
class Credit:
    """Who did what, as the page credits them."""

    role: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Headline:
    """A headline of a list, with its time and the topic the page files it under."""

    span: Span
    published_at: datetime | None
    topic: str | None


@dataclass(frozen=True)
class Related:
    """A related story and its number of comments (None where the page gives none)."""

    span: Span
    comments: int | None


@dataclass
class Structure:
    """The parts of one page."""

    title: Span | None = None
    original_title: str | None = None
    updated_at: datetime | None = None
    editor: str | None = None
    credits: list[Credit] = field(default_factory=list)
    body: list[Span] = field(default_factory=list)
    headlines: list[Headline] = field(default_factory=list)
    related: list[Related] = field(default_factory=list)
    hot: list[Span] = field(default_factory=list)
    page: list[Span] = field(default_factory=list)


class Labels:
    """The labels of `structure.yaml` as patterns."""

    def __init__(self, labels: dict[str, list[str]]) -> None:
        def alternatives(name: str) -> str:
            return "|".join(map(re.escape, sorted(labels[name], key=len, reverse=True)))

        self.meta = {
            name: re.compile(rf"(?:{alternatives(name)})\s*[:：]\s*", re.I)
            for name in ("original_title", "editor", "updated_at")
        }
        self.updated_plain = re.compile(rf"(?:{alternatives('updated_at')})\b\s*", re.I)
        self.credit = re.compile(
            rf"({alternatives('credits')})\s*[:：丨｜|/]\s*(?=\S)|(By|Par|Por)\s+(?=[A-ZÀ-Ý])", re.I
        )
        self.piped = re.compile(r"([^\s丨｜|:：，。]{2,12})\s*[丨｜]\s*(?=\S)")
        self.section = {
            name: re.compile(rf"(?:{alternatives(name)})\s*[:：]?$", re.I) for name in ("related", "hot", "page")
        }
        self.trailing_section = re.compile(rf"(?:{alternatives('related')}|{alternatives('hot')})$", re.I)
        counted = alternatives("comments")
        self.comments = re.compile(
            rf"\s*(?:(?:{counted})\s*[:：(（]?\s*(\d{{1,7}})[)）]?|\b(\d{{1,7}})\s*(?:{counted}))", re.I
        )


def find_structure(text: str, labels: Labels, *, title: str | None = None) -> Structure:
    """Sort the lines of repaired `text` into the parts of a page; `title` is what HTML declared, if it did."""
    found = Structure()
    lines = [line for line in _lines(text) if line.text]
    section, index = "article", 0
    while index < len(lines):
        line = lines[index]
        following = lines[index + 1] if index + 1 < len(lines) else None
        new_section = _section(line, labels)
        if new_section:
            section = new_section
            found.page.append(line)
        elif _take_meta(line, labels, found):
            pass
        elif section != "hot" and following and (stamp := _stamp(following)):
            found.headlines.append(Headline(line, *stamp))
            section, index = "headlines", index + 1
        elif section != "article" and (stamped := _stamped_line(line)):
            found.headlines.append(stamped)
        elif labels.comments.search(line.text) and section != "article":
            section = _take_related(line, labels, found) or section
        elif not _take_line(line, section, labels, found, title):
            found.page.append(line)
        index += 1
    return found


def _lines(text: str) -> Iterator[Span]:
    position = 0
    for raw in text.split("\n"):
        yield Span(raw, position).part(0)
        position += len(raw) + 1


def _section(line: Span, labels: Labels) -> str | None:
    if len(line.text) > 30:
        return None
    return next((name for name, pattern in labels.section.items() if pattern.match(line.text)), None)


def _take_meta(line: Span, labels: Labels, found: Structure) -> bool:
    """A line of when, who and what it was called; what follows on the same line goes on as body."""
    if match := labels.meta["original_title"].match(line.text):
        found.original_title = found.original_title or line.part(match.end()).text
        return True
    if match := labels.meta["editor"].match(line.text):
        found.editor = found.editor or line.part(match.end()).text
        return True
    match = labels.meta["updated_at"].match(line.text) or labels.updated_plain.match(line.text)
    stamp = find_datetime(line.text, match.end()) if match else find_datetime(line.text, 0) if not found.body else None
    if stamp and (match or stamp.end == len(line.text)):
        found.updated_at = found.updated_at or stamp.moment
        rest = line.part(stamp.end)
        if len(rest.text) > 1:
            found.body.append(rest)
        return True
    if match := labels.credit.match(line.text) if len(line.text) <= 60 else None:
        return _take_credit(match[1] or match[2], line.part(match.end()).text, found)
    if match := labels.piped.match(line.text) if len(line.text) <= 60 else None:
        return _take_credit(match[1], line.part(match.end()).text, found)
    return False


def _take_credit(role: str, names: str, found: Structure) -> bool:
    if not names or names[-1] in "。！？.":
        return False
    found.credits.append(
        Credit(
            role,
            tuple(filter(None, re.split(r"[\s、,，;；]+(?![a-z])" if not names.isascii() else r"\s*[,;]\s*", names))),
        )
    )
    return True


def _stamp(line: Span) -> tuple[datetime, str | None] | None:
    """The time and topic of a line that holds nothing else."""
    stamp = find_datetime(line.text, 0)
    if stamp is None or not stamp.has_time or len(line.text) - stamp.end > 24:
        return None
    return stamp.moment, line.part(stamp.end).text or None


def _stamped_line(line: Span) -> Headline | None:
    """A headline with its time on one line: the time first or last."""
    match = re.search(r"\s(?=\d{4}[-/年]\d{1,2}[-/月]\d{1,2}日?\s+\d{1,2}:\d{2})", line.text)
    if match and match.start() > 3 and (stamp := _stamp(line.part(match.end()))):
        return Headline(line.part(0, match.start()), *stamp)
    return None


def _take_related(line: Span, labels: Labels, found: Structure) -> str | None:
    """Titles each followed by a number of comments, perhaps all on one line; a label at its end opens the next list."""
    done = 0
    for match in labels.comments.finditer(line.text):
        title = line.part(done, match.start())
        if title.text:
            found.related.append(Related(title, int(match[1] or match[2])))
        elif found.related and found.related[-1].comments is None:
            found.related[-1] = Related(found.related[-1].span, int(match[1] or match[2]))
        done = match.end()
    rest = line.part(done)
    return _section(rest, labels) if rest.text else None


def _take_line(line: Span, section: str, labels: Labels, found: Structure, title: str | None) -> bool:
    text = line.text
    if section == "related":
        found.related.append(Related(line, None))
    elif section == "hot":
        found.hot.append(line)
    elif section != "article" or found.editor is not None or found.original_title is not None:
        return False
    elif (found.title is None and not found.body and _may_be_title(text, title)) or (
        title and text == title and not found.body
    ):
        found.title = line
    else:
        found.body.append(line)
    return True


def _may_be_title(text: str, title: str | None) -> bool:
    if title and text == title:
        return True
    return len(text) <= _LONGEST_TITLE_CHARS and text[-1] not in "。.；;" and len(text) > 3
