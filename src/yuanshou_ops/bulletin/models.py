"""What exists: editions of the public figures, reports with their published texts, comments, counts of readers.

The one thing easily confused: a **report** is worked on; a **published text** of it is what readers see, and it is never
edited. An **edition** freezes the figures of the situation and of the account of aid; nothing on a public page is read
from anywhere else, so nothing unpublished can leak.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.environment import LANGUAGES
from yuanshou_ops.people.models import Place
from yuanshou_ops.rows import AppendOnly, Versioned

LANGUAGE_CHOICES = [(code, code) for code in LANGUAGES]
COMMENT_MAX = 1000


class Edition(Versioned):
    """The public figures of one moment: the world, who gave what to whom, money, promises."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        PUBLISHED = "published", _("published")
        DROPPED = "dropped", _("dropped")
        WITHDRAWN = "withdrawn", _("withdrawn")

    number = models.CharField(_("number"), max_length=16, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PROPOSED)
    made_at = models.DateTimeField(_("figures of"))
    made_by_id = models.BigIntegerField()
    published_at = models.DateTimeField(_("published"), null=True)
    published_by_id = models.BigIntegerField(null=True)
    world = models.JSONField(default=dict)
    """as_of, source, totals, rows [[place, cases, deaths, new_cases_7d, new_per_100k], …]."""
    account = models.JSONField(default=dict)
    """rows [[donor, donor_place, place, item, promised, on_the_way, received, not_received], …], money, promises."""
    digest = models.CharField(max_length=64)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(
                name="an_edition_is_published_by_a_second_person",
                condition=~Q(status="published")
                | (Q(published_by_id__isnull=False) & ~Q(published_by_id=models.F("made_by_id"))),
            )
        ]

    def __str__(self) -> str:
        return self.number


class Report(Versioned):
    """A situation report or a short alert, as it is worked on."""

    class Kind(models.TextChoices):
        REPORT = "report", _("situation report")
        ALERT = "alert", _("alert")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        REVIEW = "review", _("in review")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn")

    number = models.CharField(_("number"), max_length=16, unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.REPORT)
    language = models.CharField(_("language"), max_length=8, choices=LANGUAGE_CHOICES, default="en")
    title = models.CharField(_("title"), max_length=200)
    original_title = models.CharField(_("original title"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    topics = models.JSONField(_("topics"), default=list)
    editor = models.CharField(_("editor"), max_length=120)
    credits = models.TextField(_("credits"), blank=True)
    source = models.CharField(_("source"), max_length=400, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, verbose_name=_("place"))
    related = models.ManyToManyField("self", blank=True, verbose_name=_("related reports"))
    edition = models.ForeignKey(
        Edition, models.PROTECT, null=True, blank=True, verbose_name=_("figures from the edition")
    )  # fmt: skip
    comments_open = models.BooleanField(_("readers may comment"), default=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    written_by_id = models.BigIntegerField()
    written_at = models.DateTimeField()
    submitted_by_id = models.BigIntegerField(null=True)
    review_note = models.CharField(_("review"), max_length=400, blank=True)
    first_published_at = models.DateTimeField(_("first published"), null=True)
    views = models.PositiveIntegerField(_("reads"), default=0)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ("place_id",)

    class Meta:
        ordering = ("-id",)
        indexes: ClassVar = [models.Index(fields=["status", "kind", "-first_published_at"])]

    def __str__(self) -> str:
        return self.number


class PublishedText(AppendOnly):
    """The text of a report as it was published at one moment. The newest one is what readers see."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="texts")
    title = models.CharField(max_length=200)
    original_title = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    topics = models.JSONField(default=list)
    editor = models.CharField(max_length=120)
    credits = models.TextField(blank=True)
    source = models.CharField(max_length=400, blank=True)
    correction = models.CharField(_("what was corrected"), max_length=400, blank=True)
    published_at = models.DateTimeField(db_index=True)
    published_by_id = models.BigIntegerField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.report} {self.published_at:%Y-%m-%d}"


class Comment(Versioned):
    """What a reader wrote under a report; shown after a person has read it. A name is asked for, an address never."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waits to be read")
        SHOWN = "shown", _("shown")
        REJECTED = "rejected", _("rejected")

    report = models.ForeignKey(Report, models.PROTECT, related_name="comments")
    name = models.CharField(_("name to show"), max_length=60)
    text = models.TextField(_("comment"), max_length=COMMENT_MAX)
    at = models.DateTimeField(_("written"))
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.WAITING)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    moderated_by_id = models.BigIntegerField(null=True)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("id",)
        indexes: ClassVar = [models.Index(fields=["report", "status"])]

    def __str__(self) -> str:
        return f"{self.report} {self.pk}"
