"""Outbreaks and their counts, what was known of the world on a day, and the measures places have in force.

The one thing easily confused: counts and measures are what a person *recorded*, with a source; a snapshot is what the
library *computed* from the counts of one outbreak, and is replaced by the next one.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.people.models import Place
from yuanshou_ops.rows import Versioned

CODE = RegexValidator(r"^[A-Z0-9][A-Z0-9-]{0,15}\Z", _("Capital letters, digits and hyphens, 16 at most."))
EXAMPLE_CODE = "COVID-19"
EXAMPLE = {"name": "COVID-19, 2020", "disease": "covid-19", "counts": "shipped", "is_lead": True}
"""What installations without an outbreak follow: the worked example."""


class Disease(models.TextChoices):
    """The disease packs shipped with the library."""

    COVID_19 = "covid-19", _("COVID-19")
    CHOLERA = "cholera", _("cholera")
    EBOLA = "ebola-marburg", _("Ebola or Marburg disease")
    MEASLES = "measles", _("measles")
    MPOX = "mpox", _("mpox")


class Outbreak(Versioned):
    """One disease that is followed, with counts of its own; the pages show the lead outbreak unless told otherwise."""

    class Counts(models.TextChoices):
        SHIPPED = "shipped", _("the example shipped with the program (first half of 2020)")
        REPORTED = "reported", _("your own uploads")

    code = models.CharField(_("code"), max_length=16, unique=True, validators=[CODE])
    name = models.CharField(_("name"), max_length=120)
    disease = models.CharField(_("disease"), max_length=20, choices=Disease.choices)
    counts = models.CharField(
        _("where counts come from"), max_length=8, choices=Counts.choices, default=Counts.REPORTED
    )
    is_lead = models.BooleanField(_("shown first"), default=False)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-is_lead", "code")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["is_lead"], condition=Q(is_lead=True), name="one_lead_outbreak"),
            models.CheckConstraint(
                name="shipped_counts_are_of_covid_19", condition=Q(counts="reported") | Q(disease="covid-19")
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CountUpload(Versioned):
    """One table of counts as somebody reported it on a day; withdrawn ones stay, and count no more."""

    number = models.CharField(_("number"), max_length=16, unique=True)
    outbreak = models.ForeignKey(Outbreak, models.PROTECT, related_name="uploads", verbose_name=_("outbreak"))
    known_on = models.DateField(_("known on"))
    source = models.CharField(_("source"), max_length=400)
    file_name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(max_length=64)
    """SHA-256 of the file."""
    notes = models.JSONField(default=list)
    """What the reading noted, in the library's words."""
    uploaded_by_id = models.BigIntegerField()
    uploaded_at = models.DateTimeField(_("uploaded"))
    withdrawn_by_id = models.BigIntegerField(null=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_reason = models.CharField(_("why withdrawn"), max_length=300, blank=True)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-known_on", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["outbreak", "digest"], condition=Q(withdrawn_at=None), name="one_upload_of_a_file"
            ),
            models.CheckConstraint(
                name="a_withdrawal_has_a_reason", condition=Q(withdrawn_at=None) | ~Q(withdrawn_reason="")
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Count(models.Model):
    """Cumulative persons of a place by a day, as one upload says; null is "not reported", never zero."""

    upload = models.ForeignKey(CountUpload, models.CASCADE, related_name="rows")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    day = models.DateField(_("day"))
    cases = models.BigIntegerField(_("cases"), null=True)
    deaths = models.BigIntegerField(_("deaths"), null=True)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ("place_id",)

    class Meta:
        ordering = ("place_id", "day")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["upload", "place", "day"], name="one_count_a_place_and_day"),
            models.CheckConstraint(
                name="a_count_says_something", condition=Q(cases__isnull=False) | Q(deaths__isnull=False)
            ),
            models.CheckConstraint(
                name="counts_of_persons_are_not_negative",
                condition=(Q(cases=None) | Q(cases__gte=0)) & (Q(deaths=None) | Q(deaths__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.upload} {self.place_id} {self.day}"


class Snapshot(models.Model):
    """One assessment of all places of an outbreak on one day of knowledge, with its forecast and need."""

    outbreak = models.ForeignKey(Outbreak, models.PROTECT, related_name="snapshots", verbose_name=_("outbreak"))
    as_of = models.DateField(_("as of"))
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
        constraints: ClassVar = [models.UniqueConstraint(fields=["outbreak", "as_of"], name="one_snapshot_a_day")]

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


def lead() -> Outbreak:
    """The outbreak the pages show unless the address names another; the example where none was named yet."""
    row = Outbreak.objects.filter(is_lead=True).first()
    if row is None:
        row, _new = Outbreak.objects.get_or_create(code=EXAMPLE_CODE, defaults=EXAMPLE)
    return row


def latest(outbreak: Outbreak | None = None) -> Snapshot | None:
    """The newest snapshot of the outbreak, or of the lead one."""
    rows = Snapshot.objects.select_related("outbreak")
    return rows.filter(outbreak=outbreak).first() if outbreak else rows.filter(outbreak__is_lead=True).first()


def figures_of(place: Any, snapshot: Snapshot | None) -> PlaceSituation | None:
    return PlaceSituation.objects.filter(place=place, snapshot=snapshot).select_related("snapshot").first()
