"""What exists: teams with their roles and offers of days, requests for teams, deployments, daily reports.

The one thing easily confused: a team is people counted by role, never by name; a **deployment** binds one team to one
place for some days, and no team has two that overlap.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.rows import AppendOnly, Versioned
from yuanshou_ops.sentences import kept


class TeamKind(models.TextChoices):
    EMT1_MOBILE = "emt1_mobile", _("EMT type 1, mobile")
    EMT1_FIXED = "emt1_fixed", _("EMT type 1, fixed")
    EMT2 = "emt2", _("EMT type 2")
    EMT3 = "emt3", _("EMT type 3")
    SPECIALISED = "specialised", _("specialised care team")
    EXPERTS = "experts", _("expert team")
    LABORATORY = "laboratory", _("laboratory team")


class Role(models.TextChoices):
    DOCTOR = "doctor", _("doctor")
    NURSE = "nurse", _("nurse")
    INTENSIVIST = "intensivist", _("intensive-care doctor")
    EPIDEMIOLOGIST = "epidemiologist", _("epidemiologist")
    INFECTION_CONTROL = "infection_control", _("infection-control expert")
    LABORATORY = "laboratory", _("laboratory worker")
    LOGISTICIAN = "logistician", _("logistician")
    OTHER = "other", _("other")


LANGUAGES = {
    "ar": _("Arabic"), "zh": _("Chinese"), "en": _("English"), "fa": _("Persian"), "fr": _("French"),
    "it": _("Italian"), "pt": _("Portuguese"), "ru": _("Russian"), "sr": _("Serbian"), "es": _("Spanish"),
    "sw": _("Swahili"),
}  # fmt: skip


class Team(Versioned):
    """A team that may be sent: its kind, languages, who certifies it and until when."""

    number = models.CharField(_("number"), max_length=16, unique=True)
    name = models.CharField(_("name"), max_length=160)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="teams", verbose_name=_("organisation"))
    kind = models.CharField(_("kind"), max_length=12, choices=TeamKind.choices)
    languages = models.JSONField(_("languages"), default=list)
    classified_until = models.DateField(_("classification valid until"), null=True, blank=True)
    self_sufficient_days = models.PositiveIntegerField(_("days it supplies itself"), null=True, blank=True)
    evacuation_contact = models.CharField(_("desk for medical evacuation"), max_length=200, blank=True)
    available_from = models.DateField(_("offered from"), null=True, blank=True)
    available_until = models.DateField(_("offered until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=400, blank=True)
    added_by_id = models.BigIntegerField()
    added_at = models.DateTimeField()

    SCOPE_ORGANISATIONS: ClassVar = ("organisation_id",)
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class TeamRole(models.Model):
    """How many of one role a team has, and the day on which the first of their licences ends."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="roles")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    count = models.PositiveIntegerField(_("how many"))
    licensed_until = models.DateField(_("first licence ends"), null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "role"], name="one_row_a_role"),
            models.CheckConstraint(name="a_role_has_people", condition=Q(count__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.get_role_display()}"


class TeamRequest(Versioned):
    """What a place asks for: the kind or the roles, the languages, the days."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        FILLED = "filled", _("filled")
        WITHDRAWN = "withdrawn", _("withdrawn")
        CLOSED = "closed", _("closed")

    number = models.CharField(_("number"), max_length=16, unique=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="team_requests", verbose_name=_("who asks")
    )
    place = models.ForeignKey(Place, models.PROTECT, related_name="team_requests", verbose_name=_("place"))
    kind = models.CharField(_("kind"), max_length=12, choices=TeamKind.choices, blank=True)
    roles = models.JSONField(_("roles asked for"), default=dict)
    languages = models.JSONField(_("languages, any of them"), default=list)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    site = models.CharField(_("site"), max_length=200, blank=True)
    reason = models.CharField(_("why"), max_length=400)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    asked_by_id = models.BigIntegerField()
    asked_at = models.DateTimeField()

    SCOPE_ORGANISATIONS: ClassVar = ("organisation_id",)
    SCOPE_PLACES: ClassVar = ("place_id",)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(name="a_team_is_asked_for_days", condition=Q(ends_on__gte=F("starts_on")))
        ]

    def __str__(self) -> str:
        return self.number


class Deployment(Versioned):
    """One team bound to one place for some days."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed to the host")
        ACCEPTED = "accepted", _("accepted by the host")
        DECLINED = "declined", _("declined by the host")
        TASKED = "tasked", _("tasked")
        ARRIVED = "arrived", _("there")
        ENDED = "ended", _("ended")
        CANCELLED = "cancelled", _("cancelled")

    number = models.CharField(_("number"), max_length=16, unique=True)
    team = models.ForeignKey(Team, models.PROTECT, related_name="deployments", verbose_name=_("team"))
    team_request = models.ForeignKey(
        TeamRequest, models.PROTECT, null=True, blank=True, related_name="deployments", verbose_name=_("answers")
    )
    place = models.ForeignKey(Place, models.PROTECT, related_name="deployments", verbose_name=_("place"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PROPOSED)
    reasons = models.JSONField(_("why this team"), default=list)
    """Whether each condition held, and its words in every language."""
    task = models.TextField(_("task"), blank=True)
    arrived_on = models.DateField(_("arrived"), null=True)
    ended_on = models.DateField(_("ended"), null=True)
    end_report = models.TextField(_("report at the end"), blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=400, blank=True)
    proposed_by_id = models.BigIntegerField()
    proposed_at = models.DateTimeField()

    SCOPE_ORGANISATIONS: ClassVar = ("team__organisation_id", "team_request__organisation_id")
    SCOPE_PLACES: ClassVar = ("place_id",)

    class Meta:
        ordering = ("-id",)
        indexes: ClassVar = [models.Index(fields=["team", "status", "starts_on"])]
        constraints: ClassVar = [
            models.CheckConstraint(name="a_deployment_has_days", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(
                name="a_team_that_is_there_has_arrived",
                condition=~Q(status__in=("arrived", "ended")) | Q(arrived_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def why(self) -> list[tuple[bool, str]]:
        """The reasons in the language in use."""
        return [(holds, kept(words)) for holds, words in self.reasons]

    def is_there(self, day: date) -> bool:
        return self.status == "arrived" and self.arrived_on is not None and self.arrived_on <= day


class DailyReport(AppendOnly):
    """What a team did on one day, in counts; a correction is a second report that says so."""

    deployment = models.ForeignKey(Deployment, models.PROTECT, related_name="reports")
    day = models.DateField(_("day"))
    revision = models.PositiveIntegerField(default=1)
    consultations = models.PositiveIntegerField(_("consultations"), null=True, blank=True)
    people_trained = models.PositiveIntegerField(_("people trained"), null=True, blank=True)
    everybody_safe = models.BooleanField(_("everybody is safe and well"), default=True)
    text = models.TextField(_("what was done and what is needed"))
    reported_by_id = models.BigIntegerField()
    reported_at = models.DateTimeField()

    class Meta:
        ordering = ("-day", "-revision")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["deployment", "day", "revision"], name="one_report_a_day_and_revision")
        ]

    def __str__(self) -> str:
        return f"{self.deployment} {self.day}"
