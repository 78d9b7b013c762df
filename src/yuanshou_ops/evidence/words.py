"""What the codes of facts and repairs mean, in words for people; a code without words is shown as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

STAGES = {
    "announced": _("announced"), "requested": _("requested"), "bought": _("bought"), "sent": _("sent"),
    "received": _("received"), "added": _("added to the list"), "removed": _("removed from the list"),
}  # fmt: skip
ITEMS = {
    "added": _("countries added to the risk list"), "removed": _("countries removed from the risk list"),
    "border_closure": _("borders closed"), "call": _("call"), "curfew": _("curfew"), "entry_ban": _("ban on entry"),
    "cumulative_cases": _("cases until now"), "cumulative_deaths": _("deaths until now"),
    "cumulative_recovered": _("recovered until now"), "export_ban": _("ban on exports"),
    "health_worker_cases": _("infected health workers"), "imported_cases": _("imported cases"),
    "lockdown": _("lockdown"), "medical_staff": _("medical staff"), "medical_team": _("medical team"),
    "new_cases": _("new cases"), "new_deaths": _("new deaths"), "school_closure": _("schools closed"),
    "state_of_emergency": _("state of emergency"), "summit": _("summit"), "treatment_guidance": _("treatment guidance"),
}  # fmt: skip
DETAILS = {
    "counterparts": _("With how many"), "cumulative": _("Total until that day"), "event": _("Event"),
    "main_origin": _("Most come from"), "origin": _("Origin"), "origins": _("Countries of origin"),
    "period_end": _("Period until"), "period_start": _("Period from"), "provinces": _("Provinces"),
    "qualifier": _("How exact"),
}  # fmt: skip
QUALIFIERS = {"more_than": _("more than"), "less_than": _("less than"), "about": _("about")}
CERTAINTIES = {"certain": _("certain"), "likely": _("likely"), "unknown": _("unknown")}


def name_items(rows: Iterable[Any]) -> None:
    """Give each fact `item_words`: the name in the catalogue, or the words of what is no goods; one query for all."""
    from yuanshou_ops.ledger.models import Item

    facts = list(rows)
    names = {item.pk: str(item) for item in Item.objects.filter(pk__in={one.item for one in facts} - set(ITEMS))}
    for one in facts:
        one.item_words = ITEMS.get(one.item) or names.get(one.item) or one.item.replace("_", " ")


def detail_words(details: dict[str, Any]) -> list[tuple[Any, Any]]:
    """(name, value) of the details of a fact, in words."""
    yes = {True: _("yes"), False: _("no")}
    return [
        (DETAILS.get(name, name), yes[value] if isinstance(value, bool) else QUALIFIERS.get(value, value))
        for name, value in details.items()
    ]
