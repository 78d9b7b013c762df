"""A status change is a row in one pure table `{(status, step): next status}`; what is not there is refused."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import Refused

Table = Mapping[tuple[str, str], str]


def advance(table: Table, status: str, step: str) -> str:
    """The next status; raises `Refused` naming the statuses from which the step is possible."""
    following = table.get((status, step))
    if following is None:
        words = status_words(frozenset({before for before, _step in table} | set(table.values())))
        possible = [words.get(before, before) for before in sorted({before for before, name in table if name == step})]
        raise Refused(
            _("the status %(status)s"), _("one of these for this step: %(possible)s"), _("reload the page"),
            status=words.get(status, status), possible=possible,
        )  # fmt: skip
    return following


@cache
def status_words(statuses: frozenset[str]) -> Mapping[str, Any]:
    """The words of these statuses: those of the model that has them all."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            words = dict(field.flatchoices) if field.name == "status" else {}
            if statuses <= words.keys():
                return words
    return {}


def possible_steps(table: Table, status: str) -> list[str]:
    """The steps that may follow this status, for the buttons of a page."""
    return sorted(step for before, step in table if before == status)
