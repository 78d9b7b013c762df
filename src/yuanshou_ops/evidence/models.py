"""What exists: sources, proposed facts, confirmed facts.

The one thing easily confused: a **proposed fact** is what a rule read in a page and counts nowhere; a **confirmed
fact** is what a person stands for, with the source, its words and the person's name, and it is never edited.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.evidence.words import STAGES, detail_words
from yuanshou_ops.people.models import Place
from yuanshou_ops.rows import AppendOnly, Versioned


class Becomes(models.TextChoices):
    """What a confirmed fact is, in the words of the operation."""

    CASE_REPORT = "case_report", _("case report")
    GIFT = "gift", _("offer or gift")
    REQUEST = "request", _("request")
    PURCHASE = "purchase", _("purchase")
    DEPLOYMENT = "deployment", _("deployment of a team")
    MEASURE = "measure", _("measure")
    ENGAGEMENT = "engagement", _("leaders' engagement")
    GUIDANCE = "guidance", _("guidance notice")
    PROMISE = "promise", _("promise")
    SITUATION_NOTE = "situation_note", _("situation note")


BECOMES = {
    "case_report": Becomes.CASE_REPORT, "gift": Becomes.GIFT, "request": Becomes.REQUEST, "purchase": Becomes.PURCHASE,
    "deployment": Becomes.DEPLOYMENT, "measure": Becomes.MEASURE, "engagement": Becomes.ENGAGEMENT,
    "guidance": Becomes.GUIDANCE, "risk_list": Becomes.MEASURE, "imported_cases": Becomes.SITUATION_NOTE,
}  # fmt: skip
"""Kind of a proposed fact → what it becomes unless a person says otherwise."""

KINDS = {
    "case_report": _("case report"), "gift": _("gift"), "request": _("request"), "purchase": _("purchase"),
    "deployment": _("deployment"), "measure": _("measure"), "engagement": _("engagement"), "guidance": _("guidance"),
    "risk_list": _("risk list"), "imported_cases": _("imported cases"),
}  # fmt: skip
"""Kind of a proposed fact in words."""


class Source(AppendOnly):
    """A page as it was taken in: the text as it came, the repaired text, and its parts."""

    number = models.CharField(_("number"), max_length=16, unique=True)
    title = models.CharField(_("title"), max_length=300)
    origin = models.CharField(_("address or file name"), max_length=500, blank=True)
    published_at = models.DateTimeField(_("published"), null=True)
    encoding = models.CharField(max_length=20)
    original = models.TextField(_("text as it came"))
    text = models.TextField(_("repaired text"))
    parts = models.JSONField(default=dict)
    repairs = models.JSONField(default=list)
    digest = models.CharField(max_length=64, unique=True)
    same_report_as = models.ForeignKey("self", models.PROTECT, null=True, related_name="mirrors")
    taken_in_by_id = models.BigIntegerField()
    taken_in_at = models.DateTimeField(_("taken in"))

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.number


class FactValues(models.Model):
    """The columns that a proposed and a confirmed fact share."""

    place_code = models.CharField(_("place"), max_length=120, blank=True)
    giver = models.CharField(_("from"), max_length=120, blank=True)
    receiver = models.CharField(_("to"), max_length=120, blank=True)
    item = models.CharField(_("item"), max_length=40, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=20, decimal_places=3, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    stage = models.CharField(_("stage"), max_length=20, blank=True)
    day = models.DateField(_("day"), null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    @property
    def stage_words(self) -> Any:
        return STAGES.get(self.stage, self.stage)

    @property
    def detail_words(self) -> list[tuple[Any, Any]]:
        return detail_words(self.details)


VALUES = ("place_code", "giver", "receiver", "item", "quantity", "unit", "stage", "day")
"""The columns a person may correct while confirming."""


class ProposedFact(FactValues, Versioned):
    """One fact a rule read in a source, with the words it came from; it enters nothing by itself."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("to be decided")
        CONFIRMED = "confirmed", _("confirmed")
        REJECTED = "rejected", _("rejected")

    source = models.ForeignKey(Source, models.PROTECT, related_name="proposals", verbose_name=_("source"))
    kind = models.CharField(_("kind"), max_length=20)
    quote = models.TextField(_("words"))
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    confidence = models.FloatField(_("sure"))
    rule = models.CharField(_("rule"), max_length=60)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PROPOSED)
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("source_id", "start", "id")
        indexes: ClassVar = [
            models.Index(fields=["status", "id"]),
            models.Index(fields=["kind", "item", "giver", "receiver"]),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_decision_has_a_person", condition=Q(status="proposed") | Q(decided_by_id__isnull=False)
            ),
            models.CheckConstraint(name="words_have_a_place", condition=Q(end__gt=F("start"))),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.item or self.place_code}"

    @property
    def kind_words(self) -> Any:
        return KINDS.get(self.kind, self.kind)


class ConfirmedFact(FactValues, AppendOnly):
    """A fact that a person confirmed. A mistake is retracted by a new row that names it and the reason."""

    number = models.CharField(_("number"), max_length=16, unique=True)
    becomes = models.CharField(_("what it is"), max_length=16, choices=Becomes.choices)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="confirmed_facts")
    note = models.CharField(_("why the words were corrected"), max_length=300, blank=True)
    retracts = models.OneToOneField("self", models.PROTECT, null=True, related_name="retracted_by")
    confirmed_by_id = models.BigIntegerField()
    confirmed_at = models.DateTimeField(_("confirmed"))

    SCOPE_ORGANISATIONS: ClassVar = ()
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-id",)
        indexes: ClassVar = [models.Index(fields=["becomes", "day"])]

    def __str__(self) -> str:
        return self.number

    @property
    def stands(self) -> bool:
        """Whether it is neither retracted nor a retraction."""
        return self.retracts_id is None and not ConfirmedFact.objects.filter(retracts=self).exists()


class FactSource(AppendOnly):
    """One source of a confirmed fact, with its words; the same fact in two pages has two."""

    fact = models.ForeignKey(ConfirmedFact, models.PROTECT, related_name="sources")
    proposal = models.OneToOneField(ProposedFact, models.PROTECT, related_name="fact_source")
    quote = models.TextField(_("words"))
    added_by_id = models.BigIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.fact} ← {self.proposal.source}"


class FactRow(AppendOnly):
    """The row of another slice that was written down from a confirmed fact, once: its kind and its number."""

    class Kind(models.TextChoices):
        OFFER = "offer", _("offer")
        REQUEST = "request", _("request for goods")
        ENGAGEMENT = "engagement", _("engagement")
        PROMISE = "promise", _("promise")
        TEAM = "team", _("team")
        TEAM_REQUEST = "team_request", _("request for a team")
        MEASURE = "measure", _("measure")
        GUIDANCE = "guidance", _("version of guidance")
        REPORT = "report", _("report of the bulletin")
        LOG_ENTRY = "log_entry", _("entry in the duty log")
        COUNT = "count", _("count of an outbreak")

    fact = models.OneToOneField(ConfirmedFact, models.PROTECT, related_name="row")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    number = models.CharField(_("number"), max_length=32)
    written_by_id = models.BigIntegerField()
    written_at = models.DateTimeField(_("written down"))

    class Meta:
        indexes: ClassVar = [models.Index(fields=["kind", "number"])]

    def __str__(self) -> str:
        return f"{self.fact} → {self.kind} {self.number}"
