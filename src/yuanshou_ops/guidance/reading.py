"""What a reader gets: the version in force, in the reader's language where that is checked, and how late it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yuanshou_ops.environment import LANGUAGES
from yuanshou_ops.guidance.models import GuidanceVersion, Protocol, Translation, published
from yuanshou_ops.guidance.words import matching


@dataclass(frozen=True)
class Reading:
    """A text to read. `is_translated` is False where the reader's language is not there and the original is shown."""

    version: GuidanceVersion
    language: str
    title: str
    body: str
    is_asked_language: bool


def reading(version: GuidanceVersion, language: str) -> Reading:
    """The version in the language, or in its original language when that translation is not checked yet."""
    if language != version.language:
        row = version.translations.filter(language=language, status="checked").first()
        if row is not None:
            return Reading(version, language, row.title, row.body, True)
    return Reading(version, version.language, version.title, version.body, language == version.language)


def translation_states(
    version: GuidanceVersion, now: datetime
) -> list[tuple[str, Translation | None, timedelta | None]]:
    """Every language but the original's: its translation, and how long readers waited or have been waiting for it."""
    rows = {row.language: row for row in version.translations.all()}
    states = []
    for language in LANGUAGES:
        if language == version.language:
            continue
        row = rows.get(language)
        until = row.checked_at if row is not None and row.checked_at else now
        lag = None if version.published_at is None else max(until - version.published_at, timedelta(0))
        states.append((language, row, lag))
    return states


def search(asked: str) -> list[GuidanceVersion]:
    """Published versions in which every word occurs, in the original or a checked translation; titles first."""
    rows = published()
    if asked.strip():
        own = set(matching(rows, asked, "words").values_list("pk", flat=True))
        translated = Translation.objects.filter(status="checked", guidance__status="published")
        own |= set(matching(translated, asked, "words").values_list("guidance_id", flat=True))
        rows = rows.filter(pk__in=own)
    found = list(rows.order_by("protocol__title"))
    folded = asked.casefold().strip()
    return sorted(found, key=lambda version: folded not in version.title.casefold())


def unread(user: Any) -> list[Protocol]:
    """Protocols whose version in force the person has not read yet."""
    rows = published().exclude(acknowledgements__user=user)
    return [version.protocol for version in rows.order_by("protocol__title")]
