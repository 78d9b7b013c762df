"""What the desk writes down: log entries, hand-overs, and why an alert was put aside.

The one thing easily confused: an alert is not a row. It is computed from the facts on every look, so it goes away when
the fact does; what is stored is only the answer a person gave, and for how long it holds.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.people.models import User
from yuanshou_ops.rows import AppendOnly, Versioned


class LogEntry(AppendOnly):
    """One line of the duty log, with the number of what it is about."""

    at = models.DateTimeField(_("at"), db_index=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    about = models.CharField(_("about the number"), max_length=32, blank=True, db_index=True)
    text = models.TextField(_("entry"))

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"log entry {self.pk}"


class HandOver(Versioned):
    """What one officer leaves to the next, and when it was read."""

    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("from"))
    text = models.TextField(_("what the next shift must know"))
    open_alerts = models.JSONField(default=list)
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("taken over by"))
    taken_at = models.DateTimeField(_("taken over"), null=True)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"hand-over {self.pk}"


class AlertAnswer(AppendOnly):
    """Why an alert may rest, and until when; afterwards it is back."""

    alert = models.CharField(max_length=80, db_index=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField()
    until = models.DateTimeField(_("rests until"))
    reason = models.CharField(_("reason"), max_length=300)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.alert


class ExerciseClock(models.Model):
    """In an exercise the day of the example stands for the day it was loaded, and time runs on from there."""

    starts_at = models.DateTimeField()
    loaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"exercise from {self.starts_at}"


class UpkeepRound(models.Model):
    """The one row of the upkeep: when a round last began and ended, and what it did; claimed by a guarded update."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    done = models.JSONField(default=dict)
    failed = models.JSONField(default=list)

    def __str__(self) -> str:
        return "upkeep"
