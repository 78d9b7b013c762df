"""What was known of the world on a day, as the pages show it; and the measures places have in force.

The one thing easily confused: a snapshot is what the library *computed* from counts and is replaced by the next one; a
measure is what a person *recorded*, with its source, and ends by a date of its own.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.people.models import Place
from yuanshou_ops.rows import Versioned


class Snapshot(models.Model):
    """One assessment of all places on one day of knowledge, with its forecast and need."""

    as_of = models.DateField(_("as of"), unique=True)
    made_at = models.DateTimeField(_("made"))
    source = models.TextField(_("source"))
    digest = models.CharField(max_length=64)
    """SHA-256 of the counts."""
    settings = models.JSONField(default=dict)
    changes = models.JSONField(default=list)
    notes = models.JSONField(default=list)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-as_of",)

    def __str__(self) -> str:
        return f"situation of {self.as_of}"


class PlaceSituation(models.Model):
    """One place in a snapshot: its figures as columns to sort by, its curve, forecast and need as values to draw."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="places")
    place = models.ForeignKey(Place, models.PROTECT, related_name="situations", verbose_name=_("place"))
    cases_cumulative = models.BigIntegerField(_("cases"), null=True)
    deaths_cumulative = models.BigIntegerField(_("deaths"), null=True)
    cases_new_7d = models.BigIntegerField(_("new cases, 7 days"), null=True)
    deaths_new_7d = models.BigIntegerField(_("new deaths, 7 days"), null=True)
    cases_new_7d_per_100k = models.FloatField(_("new cases, 7 days, per 100,000"), null=True)
    growth_rate = models.FloatField(_("growth a day"), null=True)
    doubling_time_days = models.FloatField(_("doubling time, days"), null=True)
    reproduction_number = models.FloatField(_("reproduction number"), null=True)
    growth_rank = models.FloatField(null=True)
    silent_days = models.IntegerField(_("days without a report"), null=True)
    last_report = models.DateField(_("last report"), null=True)
    reason = models.TextField(blank=True)
    """Why a figure is not given."""
    risks = models.JSONField(default=list)
    intervals = models.JSONField(default=dict)
    curve = models.JSONField(default=dict)
    vintages = models.JSONField(default=list)
    forecast = models.JSONField(default=dict)
    need = models.JSONField(default=dict)
    capacity = models.JSONField(default=dict)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["snapshot", "place"], name="one_row_a_place")]
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.place_id} in {self.snapshot}"


class Measure(Versioned):
    """A public-health or trade measure of a place: from when to when, and who says so."""

    class Kind(models.TextChoices):
        LOCKDOWN = "lockdown", _("lockdown")
        EMERGENCY = "emergency", _("state of emergency")
        BORDER = "border", _("border or travel measure")
        SCHOOLS = "schools", _("schools closed")
        GATHERINGS = "gatherings", _("limit on gatherings")
        EXPORT = "export", _("export measure")
        OTHER = "other", _("other")

    place = models.ForeignKey(Place, models.PROTECT, related_name="measures", verbose_name=_("place"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    title = models.CharField(_("what it is"), max_length=200)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=400)
    recorded_by_id = models.BigIntegerField(null=True)
    recorded_at = models.DateTimeField()

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ("place_id",)

    class Meta:
        ordering = ("-starts_on", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="measure_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.place_id}: {self.title}"

    def is_in_force(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or self.ends_on >= day)


def latest() -> Snapshot | None:
    """The snapshot the pages show unless the address names another."""
    return Snapshot.objects.first()


def figures_of(place: Any, snapshot: Snapshot | None) -> PlaceSituation | None:
    return PlaceSituation.objects.filter(place=place, snapshot=snapshot).select_related("snapshot").first()
