"""What exists: engagements, who took part, the promises made, and what each promise led to.

The one thing easily confused: a **promise** is words, counted nowhere as aid; a **commitment** of the requests slice is
a hold on real goods. A promise is linked to the commitment, contribution, shipment or team that carries it out.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.ledger.models import Item
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.rows import AppendOnly, Versioned


class Classification(models.TextChoices):
    PUBLIC = "public", _("public")
    INTERNAL = "internal", _("internal")
    CONFIDENTIAL = "confidential", _("confidential")


class Engagement(Versioned):
    """One call, meeting, summit, letter or public statement."""

    class Kind(models.TextChoices):
        CALL = "call", _("call")
        MEETING = "meeting", _("meeting")
        SUMMIT = "summit", _("summit")
        LETTER = "letter", _("letter")
        STATEMENT = "statement", _("public statement")

    class Status(models.TextChoices):
        PLANNED = "planned", _("planned")
        HELD = "held", _("held")
        CANCELLED = "cancelled", _("cancelled")

    number = models.CharField(_("number"), max_length=16, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="engagements", verbose_name=_("whose engagement it is")
    )
    starts_at = models.DateTimeField(_("when"), db_index=True)
    has_time = models.BooleanField(_("the hour is known"), default=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PLANNED)
    classification = models.CharField(
        _("classification"), max_length=12, choices=Classification.choices, default=Classification.INTERNAL
    )
    summary = models.TextField(_("what may be said about it"), blank=True)
    minutes = models.TextField(_("minutes"), blank=True)
    source = models.CharField(_("source"), max_length=400, blank=True)
    published_at = models.DateTimeField(_("published"), null=True)
    published_by_id = models.BigIntegerField(null=True)
    logged_by_id = models.BigIntegerField()
    logged_at = models.DateTimeField()

    SCOPE_ORGANISATIONS: ClassVar = ("organisation_id",)
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-starts_at", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="only_public_engagements_are_published",
                condition=Q(published_at__isnull=True) | Q(classification="public"),
            )
        ]

    def __str__(self) -> str:
        return self.number


class Participant(models.Model):
    """One side of an engagement: an office, in the name of a place or an organisation.

    The name is that of a holder of public office in that office; nobody else is written down.
    """

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="participants")
    line = models.PositiveIntegerField()
    is_host = models.BooleanField(_("our side"), default=False)
    name = models.CharField(_("name"), max_length=120)
    office = models.CharField(_("office"), max_length=160, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, verbose_name=_("place"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, verbose_name=_("organisation")
    )

    class Meta:
        ordering = ("line",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["engagement", "line"], name="one_participant_line")]

    def __str__(self) -> str:
        return f"{self.name} ({self.office})" if self.office else self.name


class Promise(Versioned):
    """Who promised what to whom, by when; said first, then confirmed in writing, then kept or not."""

    class Status(models.TextChoices):
        SAID = "said", _("said")
        CONFIRMED = "confirmed", _("confirmed in writing")
        KEPT = "kept", _("kept")
        PARTLY = "partly", _("kept in part")
        LAPSED = "lapsed", _("lapsed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    number = models.CharField(_("number"), max_length=16, unique=True)
    engagement = models.ForeignKey(Engagement, models.PROTECT, related_name="promises", verbose_name=_("made in"))
    promiser = models.CharField(_("who promises"), max_length=200)
    promiser_place = models.ForeignKey(
        Place,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="promises_made",
        verbose_name=_("place that promises"),
    )
    receiver = models.CharField(_("to whom"), max_length=200)
    receiver_place = models.ForeignKey(
        Place, models.PROTECT, null=True, blank=True, related_name="promises_received",
        verbose_name=_("place that is promised to"),
    )  # fmt: skip
    what = models.CharField(_("what is promised"), max_length=400)
    item = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, verbose_name=_("item"))
    quantity = models.BigIntegerField(_("quantity in base units"), null=True, blank=True)
    due_on = models.DateField(_("by when"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.SAID)
    source = models.CharField(_("confirmed by"), max_length=400, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    said_at = models.DateTimeField(_("said"))
    settled_at = models.DateTimeField(_("settled"), null=True)
    recorded_by_id = models.BigIntegerField()

    SCOPE_ORGANISATIONS: ClassVar = ("engagement__organisation_id",)
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-id",)
        indexes: ClassVar = [models.Index(fields=["status", "due_on"])]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_promised_quantity_has_an_item",
                condition=Q(quantity__isnull=True) | (Q(quantity__gt=0) & Q(item__isnull=False)),
            ),
            models.CheckConstraint(
                name="a_confirmed_promise_has_a_source",
                condition=~Q(status__in=("confirmed", "kept", "partly")) | ~Q(source=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class PromiseLink(AppendOnly):
    """What a promise led to, by its number: a commitment, an offer, money, a shipment, a team, a guidance version."""

    promise = models.ForeignKey(Promise, models.PROTECT, related_name="links")
    number = models.CharField(_("number"), max_length=32)
    what = models.CharField(max_length=60)
    added_by_id = models.BigIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["promise", "number"], name="one_link_a_number")]

    def __str__(self) -> str:
        return f"{self.promise} → {self.number}"
