"""What the form of another slice is filled in with when it is opened from a confirmed fact.

Only what the page says is filled in; the person completes and corrects it before anything is written down.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext

from yuanshou_ops.clock import now
from yuanshou_ops.evidence.models import Becomes, ConfirmedFact, FactRow
from yuanshou_ops.ledger.models import Item
from yuanshou_ops.ledger.quantities import to_base
from yuanshou_ops.people.models import Organisation, Place

Values = dict[str, Any]
SOURCE_MAX = 300
MEASURES = {
    "state_of_emergency": "emergency", "lockdown": "lockdown", "border_closure": "border", "entry_ban": "border",
    "added": "border", "removed": "border", "school_closure": "schools", "export_ban": "export",
}  # fmt: skip
"""Item of a measure or of a change of a risk list → kind of measure; what is not here is another one."""


def quote_of(fact: ConfirmedFact) -> str:
    """The words of the first source; a correction has words too, a retraction has none."""
    first = fact.sources.first()
    return first.quote if first else ""


def source_of(fact: ConfirmedFact, most: int = SOURCE_MAX) -> str:
    """Number, page, day and words in one line, as a source that a person can follow."""
    first = fact.sources.select_related("proposal__source").first()
    if first is None:
        return fact.number
    page = first.proposal.source
    day = f", {page.published_at:%Y-%m-%d}" if page.published_at else ""
    return f"{fact.number}: {page.title}{day}: {first.quote}"[:most]


def item_of(fact: ConfirmedFact) -> Item | None:
    return Item.objects.filter(pk=fact.item).first()


def count_of(fact: ConfirmedFact) -> int | None:
    """The quantity where it is a whole number above zero."""
    whole = fact.quantity is not None and fact.quantity == int(fact.quantity) and fact.quantity > 0
    return int(fact.quantity) if whole and fact.quantity is not None else None


def lines_of(fact: ConfirmedFact) -> list[Values]:
    """The line of goods, if the item is in the catalogue."""
    item = item_of(fact)
    return [{"item": item, "count": count_of(fact)}] if item else []


def organisation_of(code: str) -> Organisation | None:
    """The government of a place; nobody else there is taken for it."""
    rows = Organisation.objects.filter(is_active=True, place_id=code, kind=Organisation.Kind.GOVERNMENT)
    return rows.order_by("pk").first()


def _place(code: str) -> Place | None:
    return Place.objects.filter(pk=code).first() if code else None


def _name(code: str) -> str:
    place = _place(code)
    return place.name if place else code


def _sides(codes: str) -> str:
    """Participants as the form of engagements takes them: name; office; code of the place."""
    rows = [(one.strip(), _place(one.strip())) for one in codes.split("|") if one.strip()]
    return "\n".join(f"{place.name}; ; {code}" if place else code for code, place in rows)


def language_of(fact: ConfirmedFact) -> str:
    """The language the first source was read in: its rule names it, else Chinese characters tell it from English."""
    first = fact.sources.select_related("proposal").first()
    named = first.proposal.rule.partition(".")[0] if first else ""
    if named in ("fr", "es"):
        return named
    return "zh-hans" if re.search("[\u4e00-\u9fff]", quote_of(fact)) else "en"


def _offer(fact: ConfirmedFact) -> Values:
    # Whom bought goods come from has sold them; who gives them, the person says.
    is_bought = fact.becomes == Becomes.PURCHASE
    return {
        "donor": None if is_bought else organisation_of(fact.giver), "place": _place(fact.giver), "earmark": _place(fact.receiver),
        "available_from": fact.day, "source": source_of(fact),
    }  # fmt: skip


def _request(fact: ConfirmedFact) -> Values:
    return {"organisation": organisation_of(fact.place_code), "place": fact.place, "note": source_of(fact)}


def _engagement(fact: ConfirmedFact) -> Values:
    kind = {"call": "call", "summit": "summit", "letter": "letter"}.get(fact.item, "meeting")
    start, end = fact.details.get("period_start"), fact.details.get("period_end")
    title = fact.details.get("event") or quote_of(fact)
    return {
        "kind": kind, "title": (f"{start} – {end}: {title}" if start and end else title)[:200], "day": fact.day,
        "hosts": _sides(fact.giver or fact.place_code), "others": _sides(fact.receiver),
        "organisation": organisation_of(fact.giver or fact.place_code), "source": source_of(fact),
        "status": "held" if fact.day and fact.day <= now().date() else "planned",
    }  # fmt: skip


def _promise(fact: ConfirmedFact) -> Values:
    item, count = item_of(fact), count_of(fact)
    return {
        "promiser": _name(fact.giver), "promiser_place": _place(fact.giver), "receiver": _name(fact.receiver),
        "receiver_place": _place(fact.receiver), "what": source_of(fact), "item": item,
        "quantity": to_base(item, count).base if item and count else None,
    }  # fmt: skip


def _team(fact: ConfirmedFact) -> Values:
    people = {"giver": _name(fact.giver), "place": _name(fact.place_code)}
    count = count_of(fact)
    return {
        "name": gettext("Team of %(giver)s for %(place)s") % people, "organisation": organisation_of(fact.giver),
        "kind": "experts", "roles": f"other; {count}" if count else "", "available_from": fact.day,
        "note": source_of(fact),
    }  # fmt: skip


def _team_request(fact: ConfirmedFact) -> Values:
    return {
        "organisation": organisation_of(fact.place_code), "place": fact.place, "starts_on": fact.day,
        "reason": source_of(fact),
    }  # fmt: skip


def _measure(fact: ConfirmedFact) -> Values:
    return {
        "place": fact.place, "kind": MEASURES.get(fact.item, "other"), "title": quote_of(fact)[:200],
        "starts_on": fact.day, "source": source_of(fact),
    }  # fmt: skip


def _guidance(fact: ConfirmedFact) -> Values:
    words = quote_of(fact)
    title = str(fact.details.get("event") or words)[:200]
    return {"language": language_of(fact), "title": title, "body": words, "source": source_of(fact)}


def _report(fact: ConfirmedFact) -> Values:
    first = fact.sources.select_related("proposal__source").first()
    words = quote_of(fact)
    return {
        "kind": "alert", "language": language_of(fact), "title": words[:200], "body": words, "place": fact.place,
        "original_title": first.proposal.source.title[:200] if first else "", "source": source_of(fact),
    }  # fmt: skip


def _log_entry(fact: ConfirmedFact) -> Values:
    return {"text": f"{fact.get_becomes_display()}: {source_of(fact, 3000)}", "about": fact.number}


def _count(fact: ConfirmedFact) -> Values:
    """Only what is cumulative is filled in: new cases of a day are no count of all."""
    total = {"cumulative_cases": "cases", "cumulative_deaths": "deaths"}.get(fact.item)
    return {
        "place": fact.place,
        "day": fact.day,
        "source": source_of(fact),
        **({total: count_of(fact)} if total else {}),
    }


FILLED: dict[str, Callable[[ConfirmedFact], Values]] = {
    FactRow.Kind.OFFER: _offer, FactRow.Kind.REQUEST: _request, FactRow.Kind.ENGAGEMENT: _engagement,
    FactRow.Kind.PROMISE: _promise, FactRow.Kind.TEAM: _team, FactRow.Kind.TEAM_REQUEST: _team_request,
    FactRow.Kind.MEASURE: _measure, FactRow.Kind.GUIDANCE: _guidance, FactRow.Kind.REPORT: _report,
    FactRow.Kind.LOG_ENTRY: _log_entry, FactRow.Kind.COUNT: _count,
}  # fmt: skip
"""What each form is filled in with."""
