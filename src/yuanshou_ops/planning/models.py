"""A plan run: what was asked, on which frozen inputs, what came out, what people changed, and who approved.

The one thing easily confused: `planned` is what the library said, `quantity` is what will be sent; they differ only
where a person gave a reason.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.ledger.models import Account, Item
from yuanshou_ops.people.models import Place
from yuanshou_ops.rows import Versioned
from yuanshou_ops.situation.models import Outbreak


class PlanRun(Versioned):
    """One run over one scope by one rule, with other rules beside it."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        FAILED = "failed", _("failed")
        READY = "ready", _("ready to look at")
        SUBMITTED = "submitted", _("waits for approval")
        APPROVED = "approved", _("approved, goods reserved")
        DROPPED = "dropped", _("dropped")

    number = models.CharField(_("number"), max_length=16, unique=True)
    title = models.CharField(_("title"), max_length=120)
    outbreak = models.ForeignKey(Outbreak, models.PROTECT, related_name="plans", verbose_name=_("outbreak"))
    as_of = models.DateField(_("counts as of"))
    scope = models.JSONField(default=dict)
    """places (codes; empty = every country), items (codes; empty = all offered)."""
    settings = models.JSONField(default=dict)
    """policy, equity_floor, weeks, draws, seed, compare."""
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.QUEUED)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True)
    result_digest = models.CharField(max_length=64, blank=True)
    inputs = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)
    comparisons = models.JSONField(default=list)
    error = models.TextField(blank=True)
    created_by_id = models.BigIntegerField()
    created_at = models.DateTimeField(_("made"))
    submitted_by_id = models.BigIntegerField(null=True)
    submitted_at = models.DateTimeField(null=True)
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=300, blank=True)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.number


class PlanLine(Versioned):
    """One dispatch: units of one account to one place in one week."""

    run = models.ForeignKey(PlanRun, models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField()
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, verbose_name=_("item"))
    source = models.CharField(_("from"), max_length=40)
    recipient = models.ForeignKey(Place, models.PROTECT, related_name="plan_lines", verbose_name=_("to"))
    mode = models.CharField(_("mode"), max_length=8)
    week = models.DateField(_("leaves in the week to"))
    arrival = models.DateField(_("arrives by"))
    planned = models.BigIntegerField(_("planned"))
    quantity = models.BigIntegerField(_("quantity"))
    kg = models.FloatField(null=True)
    usd = models.FloatField(null=True)
    reason = models.CharField(_("reason for the change"), max_length=300, blank=True)
    changed_by_id = models.BigIntegerField(null=True)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ("recipient_id",)

    class Meta:
        ordering = ("line",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "line"], name="one_plan_line_a_number"),
            models.CheckConstraint(name="plan_line_not_negative", condition=Q(quantity__gte=0) & Q(planned__gte=0)),
            models.CheckConstraint(
                name="a_changed_line_has_a_reason", condition=Q(quantity=models.F("planned")) | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run}/{self.line}"


class PlanCell(models.Model):
    """One item for one place over the horizon: need, what is served, and why not more."""

    run = models.ForeignKey(PlanRun, models.CASCADE, related_name="cells")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("place"))
    item = models.ForeignKey(Item, models.PROTECT, verbose_name=_("item"))
    need = models.BigIntegerField(_("need"))
    served = models.BigIntegerField(_("served"))
    unmet = models.BigIntegerField(_("unmet"))
    coverage = models.FloatField(_("coverage"), null=True)
    limit = models.CharField(max_length=40, blank=True)
    price = models.FloatField(_("price of scarcity"), null=True)
    sentence = models.TextField(_("why"), blank=True)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ("place_id",)

    class Meta:
        ordering = ("id",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "place", "item"], name="one_cell_a_run")]

    def __str__(self) -> str:
        return f"{self.run}: {self.place_id} {self.item_id}"


class Task(models.Model):
    """One piece of work in the queue. A worker takes it by a guarded update, so that two never take the same."""

    class Kind(models.TextChoices):
        PLAN = "plan", _("plan")
        SNAPSHOT = "snapshot", _("situation")
        IMPORT = "import", _("spreadsheet")
        GUIDANCE = "guidance", _("guidance")

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    run = models.ForeignKey(PlanRun, models.CASCADE, null=True, related_name="tasks")
    as_of = models.DateField(null=True)
    about = models.CharField(max_length=16, blank=True)
    """The number of the import to go on with, the key of the guidance version whose effect is asked for, or the code of
    the outbreak whose snapshot is to be made."""
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.QUEUED)
    stage = models.CharField(max_length=80, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=60, blank=True)
    queued_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ("id",)
        indexes: ClassVar = [models.Index(fields=["status", "id"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.run or self.as_of or self.about}"
