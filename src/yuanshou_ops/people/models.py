"""What exists: places, organisations, users, role grants, API tokens.

The one thing easily confused: a **place** is where people are (a country, a ship); an **organisation** is who acts
there (a ministry, an agency, a donor). A **role grant** joins a person to an organisation, in one role, for one place
or for all.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.environment import LANGUAGES
from yuanshou_ops.rows import AppendOnly, Versioned


class Place(models.Model):
    """A country, territory or conveyance, as `yuanshou.places` knows it; loaded by `yuanshou_ops.reference`."""

    code = models.CharField(_("code"), max_length=32, primary_key=True)
    kind = models.CharField(_("kind"), max_length=16)
    iso2 = models.CharField(max_length=2, blank=True)
    m49 = models.CharField(max_length=3, blank=True)
    name_en = models.CharField(max_length=120)
    name_fr = models.CharField(max_length=120, blank=True)
    name_es = models.CharField(max_length=120, blank=True)
    name_ru = models.CharField(max_length=120, blank=True)
    name_zh = models.CharField(max_length=120, blank=True)
    name_ar = models.CharField(max_length=120, blank=True)
    un_region = models.CharField(_("region"), max_length=40, blank=True)
    un_subregion = models.CharField(max_length=60, blank=True)
    who_region = models.CharField(_("WHO region"), max_length=8, blank=True)
    income_group = models.CharField(_("income group"), max_length=40, blank=True)
    population = models.BigIntegerField(_("population"), null=True)
    capital = models.CharField(max_length=80, blank=True)
    capital_lat = models.FloatField(null=True)
    capital_lon = models.FloatField(null=True)
    cargo_airport = models.CharField(max_length=4, blank=True)
    cargo_lat = models.FloatField(null=True)
    cargo_lon = models.FloatField(null=True)

    class Meta:
        ordering = ("name_en",)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the language of the page; English where there is none."""
        language = (get_language() or "en")[:2]
        return getattr(self, f"name_{language}", "") or self.name_en


class Organisation(Versioned):
    """Who asks, gives, carries or receives."""

    class Kind(models.TextChoices):
        GOVERNMENT = "government", _("government")
        UN = "un", _("United Nations")
        INTERNATIONAL = "international", _("international organisation")
        NGO = "ngo", _("non-governmental organisation")
        RED_CROSS = "red_cross", _("Red Cross or Red Crescent")
        COMPANY = "company", _("company")
        HEALTH_FACILITY = "health_facility", _("health facility")
        OTHER = "other", _("other")

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    place = models.ForeignKey(Place, models.PROTECT, verbose_name=_("place"), related_name="organisations")
    contact = models.CharField(_("contact"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    SCOPE_ORGANISATIONS: ClassVar = ("id",)
    SCOPE_PLACES: ClassVar = ("place_id",)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who can sign in. What the person may do stands in the grants, never here."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=8, default="en", choices=[(code, code) for code in LANGUAGES])
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    previous_visit_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]
    objects = UserManager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return self.name

    @cached_property
    def active_grants(self) -> list[RoleGrant]:
        """The grants that count now; read once a request, for a user object lives as long as its request."""
        if not (self.is_active and self.pk):
            return []
        return list(self.grants.filter(status=RoleGrant.Status.ACTIVE).select_related("organisation"))

    @cached_property
    def has_second_factor(self) -> bool:
        from allauth.mfa.models import Authenticator

        kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        return Authenticator.objects.filter(user_id=self.pk, type__in=kinds).exists()

    @property
    def roles(self) -> set[str]:
        return {grant.role for grant in self.active_grants}

    @property
    def organisation_ids(self) -> list[int]:
        return sorted({grant.organisation_id for grant in self.active_grants})


class RoleGrant(Versioned):
    """One person, one organisation, one role, one place or all. Proposed by one person, confirmed by another."""

    class Role(models.TextChoices):
        REQUESTER = "requester", _("requester")
        DONOR = "donor", _("donor")
        LOGISTICIAN = "logistician", _("logistician")
        ANALYST = "analyst", _("analyst")
        CLINICAL_EDITOR = "clinical_editor", _("clinical editor")
        TEAM_COORDINATOR = "team_coordinator", _("team coordinator")
        DUTY_OFFICER = "duty_officer", _("duty officer")
        APPROVER = "approver", _("approver")
        AUDITOR = "auditor", _("auditor")
        ADMINISTRATOR = "administrator", _("administrator")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ACTIVE = "active", _("active")
        REFUSED = "refused", _("refused")
        REVOKED = "revoked", _("revoked")

    user = models.ForeignKey(User, models.PROTECT, related_name="grants", verbose_name=_("person"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="grants", verbose_name=_("organisation")
    )
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, verbose_name=_("place"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PROPOSED)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    proposed_by_id = models.BigIntegerField(null=True)
    proposed_at = models.DateTimeField()
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)

    SCOPE_ORGANISATIONS: ClassVar = ("organisation_id",)
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-proposed_at",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "organisation", "role", "place"],
                condition=models.Q(status__in=["proposed", "active"]),
                name="one_live_grant_a_place",
            ),
            models.UniqueConstraint(
                fields=["user", "organisation", "role"],
                condition=models.Q(status__in=["proposed", "active"], place__isnull=True),
                name="one_live_grant_everywhere",
            ),
            models.CheckConstraint(
                name="four_eyes_on_grants",
                condition=models.Q(decided_by_id__isnull=True)
                | models.Q(proposed_by_id__isnull=True)
                | ~models.Q(decided_by_id=models.F("proposed_by_id"))
                | models.Q(status__in=["refused", "revoked"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}, {self.organisation}"


class ApiToken(models.Model):
    """A key for a program that acts for a person, with the scopes it was given; only its digest is stored."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class AuditEvent(AppendOnly):
    """Who changed what, when, from what to what, and why; written in the transaction of the change itself.

    No foreign keys, so that the trail never blocks a deletion and never loses a row with one. Triggers forbid
    UPDATE and DELETE.
    """

    at = models.DateTimeField(_("at"), db_index=True)
    actor_id = models.BigIntegerField(null=True, db_index=True)
    actor_label = models.CharField(_("who"), max_length=160)
    action = models.CharField(_("action"), max_length=60, db_index=True)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=64)
    target_label = models.CharField(_("what"), max_length=200)
    organisation_id = models.BigIntegerField(null=True, db_index=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.TextField(_("reason"), blank=True)

    SCOPE_ORGANISATIONS: ClassVar = ("organisation_id",)
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-id",)
        indexes: ClassVar = [models.Index(fields=["target_type", "target_id"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_label} {self.action} {self.target_label}"


class NumberSeries(models.Model):
    """The last number given out in a series and year: R-2020-000123 has prefix R, year 2020, last 123."""

    prefix = models.CharField(max_length=4)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["prefix", "year"], name="one_series_a_year")]

    def __str__(self) -> str:
        return f"{self.prefix}-{self.year}-{self.last:06d}"


class CommandOnce(models.Model):
    """A form or API call that has been carried out, with the answer it got; the same key gets the same answer."""

    key = models.CharField(max_length=80)
    user_id = models.BigIntegerField()
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user_id", "key"], name="one_command_a_key")]

    def __str__(self) -> str:
        return self.key
