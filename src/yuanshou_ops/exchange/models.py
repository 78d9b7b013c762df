"""What exists: an uploaded spreadsheet on its way through preview and confirmation.

The one thing easily confused: the file is kept from the upload on, so that what is confirmed is what was looked at;
its rows enter the books only with the confirmation, all or none.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.people.models import Organisation
from yuanshou_ops.rows import Versioned

KIND_NAMES = (
    ("offers", _("Offers")), ("requests", _("Requests")), ("stock", _("Stock")), ("receipts", _("Receipts")),
)  # fmt: skip


class Import(Versioned):
    """One file: who sent it, what it would do, what became of it."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("being read")
        WRONG = "wrong", _("to be corrected")
        READY = "ready", _("waits for confirmation")
        CONFIRMED = "confirmed", _("being taken in")
        DONE = "done", _("taken in")
        DROPPED = "dropped", _("dropped")

    number = models.CharField(_("number"), max_length=16, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=KIND_NAMES)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.WAITING)
    file_name = models.CharField(_("file"), max_length=200)
    digest = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField(_("bytes"))
    content = models.BinaryField(null=True)
    language = models.CharField(max_length=8)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="imports", verbose_name=_("organisation")
    )
    uploaded_by_id = models.BigIntegerField()
    uploaded_at = models.DateTimeField(_("uploaded"))
    preview = models.JSONField(default=dict)
    """What the check found: counts, totals, lines, problems, questions; see `checking.preview_of`."""
    answers = models.JSONField(default=dict)
    """Which questions the person answered with yes when confirming."""
    confirmed_by_id = models.BigIntegerField(null=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    units = models.BigIntegerField(_("units"), default=0)
    made = models.JSONField(default=list)
    """The numbers the rows were given."""

    SCOPE_ORGANISATIONS: ClassVar = ("organisation_id",)
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.number
