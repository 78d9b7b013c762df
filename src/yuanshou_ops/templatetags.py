"""Filters that every template has: identifiers isolated from the direction of the text, numbers in CLDR form."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language, gettext

register = template.Library()
NO_VALUE = "–"


def locale() -> Locale:
    """The CLDR locale of the page; Western digits in every language, as tables of figures use them."""
    return (
        Locale.parse((get_language() or "en").replace("-", "_"), sep="_")
        if get_language() != "zh-hans"
        else Locale("zh", script="Hans")
    )


@register.filter
def code(value: Any) -> Any:
    """An identifier, kept left to right: without this, Arabic pages show 2026-000123 as 000123-2026."""
    return format_html('<bdi dir="ltr">{}</bdi>', value) if value not in (None, "") else NO_VALUE


@register.filter
def number(value: Any) -> Any:
    if value in (None, ""):
        return NO_VALUE
    return format_html(
        '<bdi dir="ltr" class="number">{}</bdi>', format_decimal(value, locale=locale(), numbering_system="latn")
    )


@register.filter
def day(value: Any) -> Any:
    if not value:
        return NO_VALUE
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(), western(format_date(value, "medium", locale=locale()))
    )


@register.filter
def moment(value: datetime | None) -> Any:
    if not value:
        return NO_VALUE
    local = timezone.localtime(value)
    words = western(format_datetime(local, "medium", tzinfo=local.tzinfo, locale=locale()))
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), words)


def western(text: str) -> str:
    return text.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789"))


@register.filter
def shown(item: dict[str, Any]) -> Any:
    """One cell of a list: by its kind, as a link where it has one."""
    value = item["value"]
    if isinstance(value, datetime):
        text = moment(value)
    elif isinstance(value, date):
        text = day(value)
    elif item["kind"] == "number":
        text = number(value)
    elif item["kind"] == "code":
        text = code(value)
    else:
        text = value if value not in (None, "") else NO_VALUE
    return format_html('<a href="{}">{}</a>', item["link"], text) if item["link"] else text


@register.filter
def kept(value: Any) -> str:
    """Words that were kept in every language, in the one of the page."""
    from yuanshou_ops.sentences import kept as words

    return words(value)


@register.filter
def stage(value: str) -> Any:
    """What a worker is doing, in the language of the page."""
    from yuanshou_ops.planning.stages import stage_words

    return stage_words(value)


@register.filter
def can(user: Any, action: str) -> bool:
    """True if the user's roles carry the action anywhere; `{% if user|can:"ledger.recall" %}`."""
    from yuanshou_ops.people.policy import may

    return bool(getattr(user, "is_authenticated", False)) and may(user, action)


@register.simple_tag(takes_context=True)
def evidence_of(context: Any, kind: str, number: Any) -> Any:
    """The confirmed facts a row was written down from, as an entry of its list of facts; nothing where there is none."""
    from yuanshou_ops.evidence.ways import facts_behind

    facts = facts_behind(getattr(context.get("request"), "user", None), kind, [number])[str(number)]
    links = format_html_join(
        ", ", '<a href="{}">{}</a>', ((reverse("evidence:fact", args=[f]), code(f)) for f in facts)
    )
    return format_html("<dt>{}</dt><dd>{}</dd>", gettext("Evidence"), links) if facts else ""
