"""Read a news page or press release: repaired text, its parts, and the facts it proposes.

This is the door to `yuanshou.sources.pages`. A page comes as bytes (any encoding) or as text, plain or
HTML, whole or damaged by a mirror. Nothing in it is run or fetched, and what it says is only ever proposed:
easily confused, a fact here is a sentence somebody printed, not a row of any table.

>>> page = read_page("法国向意大利捐赠100万只口罩。", report_date=date(2020, 3, 25))
>>> [(fact.giver, fact.receiver, fact.item, fact.quantity, fact.status) for fact in page.facts]
[('FRA', 'ITA', 'mask_unspecified', 1000000, 'sent')]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from yuanshou.errors import InputError, SettingError
from yuanshou.sources.pages.dates import find_datetime
from yuanshou.sources.pages.decode import MAX_BYTES, decode
from yuanshou.sources.pages.duplicates import SourcedFact, merge_facts, same_report
from yuanshou.sources.pages.edits import Repair, Step, revert_all, visible_repairs
from yuanshou.sources.pages.facts import Fact, FactFinder, without_repeats
from yuanshou.sources.pages.lexicon import Lexicon, load_lexicon
from yuanshou.sources.pages.markup import article_lines, looks_like_html, read_markup
from yuanshou.sources.pages.repair import SCRIPTS, repair
from yuanshou.sources.pages.structure import Credit, Headline, Labels, Related, Span, Structure, find_structure

__all__ = [
    "MAX_BYTES",
    "Credit",
    "Fact",
    "Headline",
    "Page",
    "Related",
    "Repair",
    "SourcedFact",
    "Span",
    "merge_facts",
    "read_page",
    "read_page_file",
    "same_report",
]


@dataclass(frozen=True)
class Page:
    """A page as read: positions of every part and fact are positions in `text`."""

    text: str
    encoding: str
    title: str | None
    original_title: str | None
    updated_at: datetime | None
    editor: str | None
    credits: tuple[Credit, ...]
    body: tuple[Span, ...]
    headlines: tuple[Headline, ...]
    related: tuple[Related, ...]
    hot: tuple[Span, ...]
    facts: tuple[Fact, ...]
    steps: tuple[Step, ...]

    @property
    def repairs(self) -> list[Repair]:
        """Every repair, with its place in `text`."""
        return visible_repairs(self.steps)

    def original(self) -> str:
        """The text as decoded, every repair taken back."""
        return revert_all(self.text, self.steps)

    def as_json(self) -> dict[str, Any]:
        """The page as plain values, as `yuanshou intake --json` prints it."""
        return {
            "title": self.title,
            "original_title": self.original_title,
            "updated_at": self.updated_at.isoformat() if self.updated_at else None,
            "editor": self.editor,
            "credits": [{"role": one.role, "names": list(one.names)} for one in self.credits],
            "body": [one.text for one in self.body],
            "headlines": [
                {
                    "title": one.span.text,
                    "published_at": one.published_at.isoformat() if one.published_at else None,
                    "topic": one.topic,
                }
                for one in self.headlines
            ],
            "related": [{"title": one.span.text, "comments": one.comments} for one in self.related],
            "hot": [one.text for one in self.hot],
            "repairs": [vars_of(one) for one in self.repairs],
            "facts": [vars_of(one) for one in self.facts],
            "encoding": self.encoding,
            "text": self.text,
        }


def vars_of(record: Repair | Fact) -> dict[str, Any]:
    """The fields of a repair or fact with dates as ISO text."""
    values = {name: getattr(record, name) for name in record.__dataclass_fields__}
    return {
        name: value.isoformat() if isinstance(value, date) else dict(value) if name == "details" else value
        for name, value in values.items()
    }


def read_page(
    source: bytes | str,
    *,
    report_date: date | None = None,
    script: str = "auto",
    lexicons: Path | None = None,
    where: str = "page",
) -> Page:
    """Repair a page, find its parts and the facts it proposes.

    `report_date` stands in where the page carries no date of its own; relative dates count from it.
    `script` is auto, simplified or as-found; `lexicons` is a folder of YAML files that extend the shipped
    ones. Raises `InputError` for empty, binary or oversized input and `SettingError` for an unknown script.
    """
    if script not in SCRIPTS:
        raise SettingError(f"script {script!r}", f"one of {', '.join(SCRIPTS)}", "leave the option out for auto")
    if isinstance(source, str):
        source = source.encode("utf-8", "surrogatepass")
    decoded = decode(source, where=where)
    lexicon = load_lexicon(lexicons)
    text, declared_title, published, wanted = decoded.text, None, None, None
    if looks_like_html(text):
        markup = read_markup(text)
        declared_title, published = markup.title, markup.published
        wanted = article_lines(text)
        text = markup.text
    repaired = repair(text, script=script, words=lexicon.words)
    if not repaired.text.strip():
        raise InputError(
            "a page without visible text", "text or HTML with an article", "save the page with its text", where=where
        )
    title = repair(declared_title, script=script, words=lexicon.words).text if declared_title else None
    parts = find_structure(repaired.text, _labels(lexicons), title=title)
    if wanted and parts.body:
        _keep_article(parts, wanted, text, repaired.text)
    if parts.updated_at is None and published and (stamp := find_datetime(published, 0)):
        parts.updated_at = stamp.moment
    day = parts.updated_at.date() if parts.updated_at else report_date
    return Page(
        repaired.text,
        decoded.encoding,
        parts.title.text if parts.title else title,
        parts.original_title,
        parts.updated_at,
        parts.editor,
        tuple(parts.credits),
        tuple(parts.body),
        tuple(parts.headlines),
        tuple(parts.related),
        tuple(parts.hot),
        tuple(_facts(parts, _finder(lexicons), day)),
        repaired.steps,
    )


def read_page_file(path: Path, **settings: Any) -> Page:
    """`read_page` of a file; never reads more than the size limit into memory."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"a file that cannot be read ({error.strerror})",
            "a readable file",
            "check path and rights",
            where=str(path),
        ) from error
    return read_page(data, where=str(path), **settings)


def _facts(parts: Structure, finder: FactFinder, day: date | None) -> list[Fact]:
    """Facts of the article and of dated headlines; lists without dates propose nothing."""
    found: list[Fact] = []
    for span in [*parts.body, *([parts.title] if parts.title else [])]:
        found += finder.find(span.text, span.start, report_date=day)
    for headline in parts.headlines:
        published = headline.published_at.date() if headline.published_at else day
        found += finder.find(headline.span.text, headline.span.start, report_date=published)
    return without_repeats(found)


def _keep_article(parts: Structure, wanted: set[str], markup: str, repaired: str) -> None:
    """Drop body lines that the extractor leaves out, when it knows most of the text at all.

    Repairs keep the number of lines, so the line of a span is the same line of the page as it came.
    """
    lines = [re.sub(r"\s+", "", line) for line in markup.split("\n")]
    known = "".join(sorted(wanted))
    keep = [span for span in parts.body if lines[repaired.count("\n", 0, span.start)] in known]
    if sum(len(span.text) for span in keep) >= 0.5 * sum(len(span.text) for span in parts.body):
        parts.page += [span for span in parts.body if span not in keep]
        parts.body = keep


@lru_cache(maxsize=4)
def _finder(lexicons: Path | None) -> FactFinder:
    return FactFinder(load_lexicon(lexicons))


@lru_cache(maxsize=4)
def _labels(lexicons: Path | None) -> Labels:
    lexicon: Lexicon = load_lexicon(lexicons)
    return Labels(lexicon.data["structure"])
