"""What vetting looks at, as pure rules: each has a name, a severity and a sentence in the reader's language.

The thresholds follow the interagency guidelines for medicine donations (one year of shelf life on arrival, at most
50 kg a package, a label in a language the receivers read). `stop` cannot be overridden; `flag` needs a second person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from yuanshou_ops.sentences import Sentence

PACKAGE_KG_MAX = Decimal(50)
LANGUAGES_READ = frozenset({"en", "fr", "es", "ru", "zh", "ar"})


@dataclass(frozen=True)
class Finding:
    """Something vetting found: `stop` ends it, `flag` asks a second person."""

    rule: str
    severity: str
    message: Any


@dataclass(frozen=True)
class Goods:
    """What vetting knows of a line."""

    expires_on: date | None
    specification: str
    label_language: str
    package_kg: Decimal | None
    available_from: date | None


def findings(goods: Goods, *, arrives_on: date, shelf_life_days_min: int) -> list[Finding]:
    """Everything odd about the goods if they arrive on that day; an empty list means they may pass."""
    found = []
    if goods.expires_on is not None:
        days = (goods.expires_on - arrives_on).days
        if days <= 0:
            found.append(
                Finding(
                    "expired",
                    "stop",
                    Sentence(
                        _("expired on arrival: %(expires_on)s, arrival %(arrives_on)s"),
                        expires_on=goods.expires_on,
                        arrives_on=arrives_on,
                    ),
                )
            )
        elif days < shelf_life_days_min:
            found.append(
                Finding(
                    "short_shelf_life",
                    "flag",
                    Sentence(
                        ngettext_lazy(
                            "%(n)s day of shelf life, %(least)s asked for",
                            "%(n)s days of shelf life, %(least)s asked for",
                            "n",
                        ),
                        n=days,
                        least=shelf_life_days_min,
                    ),
                )
            )
    if not goods.specification.strip():
        found.append(Finding("no_specification", "flag", _("no specification or standard named")))
    if goods.label_language and goods.label_language[:2].lower() not in LANGUAGES_READ:
        found.append(
            Finding("label_language", "flag", Sentence(_("label in %(language)s"), language=goods.label_language))
        )
    if goods.package_kg is not None and goods.package_kg > PACKAGE_KG_MAX:
        found.append(
            Finding(
                "heavy_package",
                "flag",
                Sentence(_("packages of %(kg)s kg, at most %(most)s"), kg=goods.package_kg, most=PACKAGE_KG_MAX),
            )
        )
    if goods.available_from is not None and goods.available_from > arrives_on:
        found.append(
            Finding(
                "too_late",
                "stop",
                Sentence(
                    _("available from %(day)s, after the arrival %(arrives_on)s"),
                    day=goods.available_from,
                    arrives_on=arrives_on,
                ),
            )
        )
    return found
