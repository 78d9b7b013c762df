"""What vetting looks at, as pure rules: each has a name, a severity and a sentence.

The thresholds follow the interagency guidelines for medicine donations (one year of shelf life on arrival, at most
50 kg a package, a label in a language the receivers read). `stop` cannot be overridden; `flag` needs a second person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

PACKAGE_KG_MAX = Decimal(50)
LANGUAGES_READ = frozenset({"en", "fr", "es", "ru", "zh", "ar"})


@dataclass(frozen=True)
class Finding:
    """Something vetting found: `stop` ends it, `flag` asks a second person."""

    rule: str
    severity: str
    message: str


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
            found.append(Finding("expired", "stop", f"expired on arrival: {goods.expires_on}, arrival {arrives_on}"))
        elif days < shelf_life_days_min:
            found.append(
                Finding("short_shelf_life", "flag", f"{days} days of shelf life, {shelf_life_days_min} asked for")
            )
    if not goods.specification.strip():
        found.append(Finding("no_specification", "flag", "no specification or standard named"))
    if goods.label_language and goods.label_language[:2].lower() not in LANGUAGES_READ:
        found.append(Finding("label_language", "flag", f"label in {goods.label_language}"))
    if goods.package_kg is not None and goods.package_kg > PACKAGE_KG_MAX:
        found.append(Finding("heavy_package", "flag", f"packages of {goods.package_kg} kg, at most {PACKAGE_KG_MAX}"))
    if goods.available_from is not None and goods.available_from > arrives_on:
        found.append(
            Finding("too_late", "stop", f"available from {goods.available_from}, after the arrival {arrives_on}")
        )
    return found
