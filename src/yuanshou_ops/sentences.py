"""A sentence with its values in it, in the language of whoever reads it, so that no value turns the sentence around.

The one thing easily confused: `say` gives text in which every value stands between Unicode isolates; `plain` takes them
out again where they change nothing, and `as_html` turns them into `<bdi>`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from unicodedata import bidirectional

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from django.conf import settings
from django.db.models import Choices
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi, override

from yuanshou_ops.templatetags import NO_VALUE, locale, western

LEFT_TO_RIGHT, FIRST_STRONG, END = "\u2066", "\u2068", "\u2069"
TAGS = {LEFT_TO_RIGHT: '<bdi dir="ltr">', FIRST_STRONG: "<bdi>", END: "</bdi>"}
SEPARATORS = {"ar": "، ", "zh-hans": "、"}
"""Between the values of a list, where it is not a comma and a space."""
UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
SHOWN = 300
"""So many characters of one value are shown; a text that somebody pasted may be longer than any page."""


class Sentence:
    """A sentence with its values that is put into words when it is read; it may be a value of another one.

    >>> str(Sentence("no value here"))
    'no value here'
    """

    def __init__(self, words: Any, /, **values: Any) -> None:
        self.words, self.values = words, values

    def __str__(self) -> str:
        return plain(say(self.words, self.values))

    def html(self) -> SafeString:
        """The sentence for a page, each value a `<bdi>`."""
        return as_html(say(self.words, self.values))


class _Number(int):
    """A number that chooses the plural and is printed as its language prints it."""

    shown: str

    def __str__(self) -> str:
        return self.shown


def say(words: Any, values: Mapping[str, Any]) -> str:
    """The sentence in the language in use, every value in its place and isolated.

    `words` is a lazy translation with `%(name)s` for each value (of `ngettext_lazy` where a number decides), or a
    text that is shown as it is. A value is a number, a day, a `Choices` member, a row, a text, a list of these, or a
    function of no arguments that gives one when it is read.
    """
    return str(words % _Shown(values)) if isinstance(words, Promise) else str(words)


class _Shown(dict[str, Any]):
    """Values as they are printed, each made when the sentence asks for it."""

    def __getitem__(self, name: str) -> Any:
        return shown(super().__getitem__(name))


def shown(value: Any) -> Any:
    """One value as text in the language in use, isolated from the sentence around it."""
    if callable(value) and not isinstance(value, type):
        value = value()
    if isinstance(value, Choices):
        value = value.label
    if value is None or value == "":
        return NO_VALUE
    if isinstance(value, Sentence):
        return f"{FIRST_STRONG}{say(value.words, value.values)}{END}"
    if isinstance(value, list | tuple):
        return SEPARATORS.get(get_language() or "", ", ").join(str(shown(one)) for one in value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | date):
        return f"{FIRST_STRONG}{clean(str(value))}{END}"
    if isinstance(value, date):
        return f"{FIRST_STRONG}{_day(value)}{END}"
    text = f"{LEFT_TO_RIGHT}{format_decimal(value, locale=locale(), numbering_system='latn')}{END}"
    if not isinstance(value, int):
        return text
    number = _Number(value)
    number.shown = text
    return number


def _day(value: date) -> str:
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return western(format_datetime(local, "medium", tzinfo=local.tzinfo, locale=locale()))
    return western(format_date(value, "medium", locale=locale()))


def keep(words: Any) -> dict[str, str]:
    """The words of a refusal or a sentence in every language, for a row that others read later."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found[language] = str(words)
    return found


def kept(words: Any) -> str:
    """What `keep` made (also as JSON), in the language in use; a text that was kept as it is stays as it is."""
    if isinstance(words, str) and words.startswith('{"en": '):
        words = json.loads(words)
    return str(words.get(get_language(), words["en"]) if isinstance(words, dict) else words)


def clean(text: str) -> str:
    """A text without what no screen can show, and without marks that would turn the text around it."""
    text = UNSHOWN.sub("�", TURNING.sub("", text))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def plain(text: str) -> str:
    """The sentence for a log, a program or a console: isolates stay only where two directions meet."""
    if get_language_bidi() or any(bidirectional(c) in ("R", "AL") for c in text):
        return text
    return text.translate(dict.fromkeys(map(ord, TAGS)))


def as_html(text: str) -> SafeString:
    """The sentence for a page: escaped, and each isolate a `<bdi>`."""
    return mark_safe("".join(TAGS.get(c) or escape(c) for c in text))
