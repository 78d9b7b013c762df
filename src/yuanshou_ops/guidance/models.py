"""What exists: protocols, their versions, translations, what a version implies, who has read it.

The one thing easily confused: a **protocol** is the subject (care of severe cases); a **version** is a text of it that
never changes once it is published. A reader always sees the newest published version, in the reader's language if that
translation is checked, and is told when it is not.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.environment import LANGUAGES
from yuanshou_ops.people.models import Organisation, User
from yuanshou_ops.rows import AppendOnly, Versioned

LANGUAGE_CHOICES = [(code, code) for code in LANGUAGES]


class Protocol(Versioned):
    """A subject of guidance."""

    class Topic(models.TextChoices):
        CARE = "care", _("clinical care")
        INFECTION_CONTROL = "infection_control", _("infection control")
        TESTING = "testing", _("testing")
        PUBLIC_HEALTH = "public_health", _("public health measures")
        LOGISTICS = "logistics", _("logistics")

    number = models.CharField(_("number"), max_length=16, unique=True)
    title = models.CharField(_("title"), max_length=200)
    topic = models.CharField(_("topic"), max_length=20, choices=Topic.choices)
    disease = models.CharField(_("disease"), max_length=40, default="covid-19")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="protocols", verbose_name=_("organisation")
    )  # fmt: skip
    opened_by_id = models.BigIntegerField()
    opened_at = models.DateTimeField()

    SCOPE_ORGANISATIONS: ClassVar = ("organisation_id",)
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def current(self) -> GuidanceVersion | None:
        return self.versions.filter(status=GuidanceVersion.Status.PUBLISHED).first()


class GuidanceVersion(Versioned):
    """One text of a protocol in its original language."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        REVIEW = "review", _("in review")
        PUBLISHED = "published", _("published")
        SUPERSEDED = "superseded", _("superseded")
        WITHDRAWN = "withdrawn", _("withdrawn")

    protocol = models.ForeignKey(Protocol, models.PROTECT, related_name="versions", verbose_name=_("protocol"))
    edition = models.PositiveIntegerField(_("edition"))
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGE_CHOICES)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    source = models.CharField(_("source"), max_length=400, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    written_by_id = models.BigIntegerField()
    written_at = models.DateTimeField()
    submitted_by_id = models.BigIntegerField(null=True)
    reviewed_by_id = models.BigIntegerField(null=True)
    review_note = models.CharField(_("review"), max_length=400, blank=True)
    published_at = models.DateTimeField(_("published"), null=True)
    ended_at = models.DateTimeField(_("no longer in force since"), null=True)
    words = models.TextField(editable=False, default="")
    need_effect = models.JSONField(default=dict)
    """What publishing it changes in need: {"as_of", "weeks", "rows": [[item, before, after], …]}; {} until computed."""

    SCOPE_ORGANISATIONS: ClassVar = ("protocol__organisation_id",)
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-edition",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["protocol", "edition"], name="one_version_an_edition"),
            models.UniqueConstraint(
                fields=["protocol"], condition=Q(status="published"), name="one_published_version_a_protocol"
            ),
            models.CheckConstraint(
                name="published_guidance_was_reviewed",
                condition=~Q(status__in=("published", "superseded", "withdrawn"))
                | (Q(reviewed_by_id__isnull=False) & Q(published_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.protocol.number}/{self.edition}"


class Translation(Versioned):
    """A version in another language; shown once a second person has checked it."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("being translated")
        CHECKED = "checked", _("checked")

    guidance = models.ForeignKey(GuidanceVersion, models.PROTECT, related_name="translations")
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGE_CHOICES)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    translated_by_id = models.BigIntegerField()
    translated_at = models.DateTimeField()
    checked_by_id = models.BigIntegerField(null=True)
    checked_at = models.DateTimeField(_("checked"), null=True)
    words = models.TextField(editable=False, default="")

    SCOPE_ORGANISATIONS: ClassVar = ("guidance__protocol__organisation_id",)
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("language",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["guidance", "language"], name="one_translation_a_language"),
            models.CheckConstraint(
                name="a_checked_translation_has_a_second_person",
                condition=~Q(status="checked")
                | (Q(checked_by_id__isnull=False) & ~Q(checked_by_id=models.F("translated_by_id"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guidance} {self.language}"


class ImpliedUse(models.Model):
    """One number of the disease pack that a version sets: how much of an item, or of staff time, for what."""

    guidance = models.ForeignKey(GuidanceVersion, models.PROTECT, related_name="implied")
    parameter = models.CharField(_("parameter"), max_length=120)
    value = models.FloatField(_("value"))
    low = models.FloatField(_("lowest"))
    high = models.FloatField(_("highest"))
    unit = models.CharField(_("unit"), max_length=80, blank=True)

    class Meta:
        ordering = ("parameter",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["guidance", "parameter"], name="one_value_a_parameter"),
            models.CheckConstraint(
                name="implied_values_are_in_order",
                condition=Q(low__gte=0) & Q(low__lte=models.F("value")) & Q(value__lte=models.F("high")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guidance}: {self.parameter} = {self.value}"


class Acknowledgement(AppendOnly):
    """A person has read this version, in this language."""

    guidance = models.ForeignKey(GuidanceVersion, models.PROTECT, related_name="acknowledgements")
    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    language = models.CharField(max_length=8)
    at = models.DateTimeField(_("read"))

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["guidance", "user"], name="read_once")]

    def __str__(self) -> str:
        return f"{self.user} read {self.guidance}"


def published() -> Any:
    return GuidanceVersion.objects.filter(status=GuidanceVersion.Status.PUBLISHED).select_related("protocol")
