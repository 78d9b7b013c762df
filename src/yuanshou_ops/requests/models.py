"""What exists: consignees, modelled need, requests, offers, commitments, money.

The one thing easily confused: an **offer** says what a donor could give; a **commitment** binds a quantity of it for a
time; only an accepted **receipt** (slice `shipments`) is aid delivered.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.ledger.models import Hold, Item, Lot
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.rows import Versioned
from yuanshou_ops.sentences import kept
from yuanshou_ops.situation.models import Outbreak


class Consignee(Versioned):
    """A registered receiver with a verified contact. Goods go to nobody else."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="consignees", verbose_name=_("organisation")
    )
    name = models.CharField(_("name"), max_length=200)
    place = models.ForeignKey(Place, models.PROTECT, verbose_name=_("place"))
    address = models.CharField(_("address"), max_length=300)
    contact_name = models.CharField(_("contact"), max_length=120)
    phone = models.CharField(_("phone"), max_length=40)
    email = models.EmailField(_("e-mail"), blank=True)
    hours = models.CharField(_("opening hours and handling"), max_length=200, blank=True)
    added_by_id = models.BigIntegerField()
    verified_by_id = models.BigIntegerField(null=True)
    verified_at = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)

    SCOPE_ORGANISATIONS: ClassVar = ("organisation_id",)
    SCOPE_PLACES: ClassVar = ("place_id",)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class ModelledNeed(models.Model):
    """What the analysis says a place needs of an item over the horizon; written by the planning slice only."""

    outbreak = models.ForeignKey(Outbreak, models.CASCADE, related_name="+")
    place = models.ForeignKey(Place, models.CASCADE)
    item = models.ForeignKey(Item, models.CASCADE)
    as_of = models.DateField()
    weeks = models.PositiveSmallIntegerField()
    median = models.BigIntegerField()
    p90 = models.BigIntegerField()
    fingerprint = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["outbreak", "place", "item", "as_of", "fingerprint"], name="one_modelled_need"
            ),
            models.CheckConstraint(name="need_is_ordered", condition=Q(median__gte=0) & Q(p90__gte=F("median"))),
        ]

    def __str__(self) -> str:
        return f"{self.place_id} {self.item_id} {self.as_of}"


class AidRequest(Versioned):
    """What a place asks for, for whom, and what became of it."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        RETURNED = "returned", _("returned")
        MERGED = "merged", _("merged")
        ACCEPTED = "accepted", _("accepted")
        PARTLY_MET = "partly_met", _("partly met")
        MET = "met", _("met")
        WITHDRAWN = "withdrawn", _("withdrawn")
        CLOSED = "closed", _("closed")

    class Priority(models.IntegerChoices):
        LIFE_SAVING = 1, _("1 life-saving")
        URGENT = 2, _("2 urgent")
        NORMAL = 3, _("3 normal")
        STOCK = 4, _("4 to build up stock")

    number = models.CharField(_("number"), max_length=16, unique=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="aid_requests", verbose_name=_("requester")
    )
    place = models.ForeignKey(Place, models.PROTECT, related_name="aid_requests", verbose_name=_("place"))
    consignee = models.ForeignKey(Consignee, models.PROTECT, related_name="aid_requests", verbose_name=_("consignee"))
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.NORMAL)
    priority_reason = models.CharField(_("reason for the priority"), max_length=300, blank=True)
    needed_by = models.DateField(_("needed by"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    duplicate_reason = models.CharField(_("why this is not a duplicate"), max_length=300, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.DRAFT)
    created_by_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    answer_reason = models.CharField(_("answer"), max_length=300, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")

    SCOPE_ORGANISATIONS: ClassVar = ("organisation_id", "consignee__organisation_id")
    SCOPE_PLACES: ClassVar = ("place_id",)

    class Meta:
        ordering = ("-id",)
        indexes: ClassVar = [models.Index(fields=["status", "submitted_at"])]

    def __str__(self) -> str:
        return self.number


class RequestLine(models.Model):
    """One item of a request, in base units, beside what the model said when it was written."""

    aid_request = models.ForeignKey(AidRequest, models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField()
    item = models.ForeignKey(Item, models.PROTECT, verbose_name=_("item"))
    quantity = models.BigIntegerField(_("quantity"))
    declared_pack = models.CharField(max_length=20, blank=True)
    declared_count = models.BigIntegerField(null=True)
    modelled_median = models.BigIntegerField(null=True)
    modelled_p90 = models.BigIntegerField(null=True)
    reason = models.CharField(_("reason above the modelled need"), max_length=300, blank=True)

    class Meta:
        ordering = ("line",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["aid_request", "item"], name="one_line_an_item"),
            models.CheckConstraint(name="request_is_positive", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.aid_request} / {self.line}"


class ConsigneeChange(Versioned):
    """Another consignee after the request was accepted: proposed by one person, decided by another."""

    aid_request = models.ForeignKey(AidRequest, models.PROTECT, related_name="consignee_changes")
    to = models.ForeignKey(Consignee, models.PROTECT, related_name="+", verbose_name=_("new consignee"))
    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(max_length=10, default="proposed")
    proposed_by_id = models.BigIntegerField()
    proposed_at = models.DateTimeField()
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)

    SCOPE_ORGANISATIONS: ClassVar = ("aid_request__organisation_id",)
    SCOPE_PLACES: ClassVar = ("aid_request__place_id",)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(
                name="four_eyes_on_consignees",
                condition=Q(decided_by_id__isnull=True) | ~Q(decided_by_id=F("proposed_by_id")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.aid_request} → {self.to}"


class AidOffer(Versioned):
    """What a donor could give: where it is, from when, under which conditions."""

    class Status(models.TextChoices):
        ANNOUNCED = "announced", _("announced")
        VETTED = "vetted", _("vetted")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("withdrawn")

    number = models.CharField(_("number"), max_length=16, unique=True)
    donor = models.ForeignKey(Organisation, models.PROTECT, related_name="aid_offers", verbose_name=_("donor"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="aid_offers", verbose_name=_("where the goods are"))
    earmark = models.ForeignKey(
        Place,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="earmarked_offers",
        verbose_name=_("only for the place"),
    )
    available_from = models.DateField(_("earliest date"), null=True, blank=True)
    conditions = models.CharField(_("conditions"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ANNOUNCED)
    created_by_id = models.BigIntegerField()
    created_at = models.DateTimeField()

    SCOPE_ORGANISATIONS: ClassVar = ("donor_id",)
    SCOPE_PLACES: ClassVar = ("place_id", "earmark_id")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.number


class OfferLine(models.Model):
    """One lot of an offer and what vetting said about it."""

    class Status(models.TextChoices):
        PENDING = "pending", _("not vetted yet")
        PASSED = "passed", _("passed")
        FAILED = "failed", _("failed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    offer = models.ForeignKey(AidOffer, models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField()
    item = models.ForeignKey(Item, models.PROTECT, verbose_name=_("item"))
    lot = models.ForeignKey(Lot, models.PROTECT, verbose_name=_("lot"))
    quantity = models.BigIntegerField(_("quantity"))
    declared_pack = models.CharField(max_length=20, blank=True)
    declared_count = models.BigIntegerField(null=True)
    specification = models.CharField(_("specification or standard"), max_length=200, blank=True)
    label_language = models.CharField(_("language of the label"), max_length=20, blank=True)
    package_kg = models.DecimalField(_("kg of one package"), max_digits=8, decimal_places=2, null=True, blank=True)
    status = models.CharField(_("vetting"), max_length=10, choices=Status.choices, default=Status.PENDING)
    findings = models.JSONField(default=list)
    vetting_reason = models.CharField(max_length=300, blank=True)
    vetted_by_id = models.BigIntegerField(null=True)
    vetted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("line",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["offer", "line"], name="one_offer_line"),
            models.CheckConstraint(name="offer_is_positive", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.offer} / {self.line}"

    @property
    def flags(self) -> list[dict[str, str]]:
        """What vetting found, in the language in use."""
        return [finding | {"message": kept(finding["message"])} for finding in self.findings]


class Commitment(Versioned):
    """A quantity of vetted goods bound for a place for a time: a pending hold in the ledger."""

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        POSTED = "posted", _("carried out")
        VOIDED = "voided", _("given back")
        EXPIRED = "expired", _("lapsed")

    number = models.CharField(_("number"), max_length=16, unique=True)
    donor = models.ForeignKey(Organisation, models.PROTECT, related_name="commitments", verbose_name=_("donor"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="commitments", verbose_name=_("for the place"))
    request_line = models.ForeignKey(RequestLine, models.PROTECT, null=True, blank=True, related_name="commitments")
    item = models.ForeignKey(Item, models.PROTECT, verbose_name=_("item"))
    quantity = models.BigIntegerField(_("quantity"))
    hold = models.OneToOneField(Hold, models.PROTECT, related_name="commitment")
    expires_at = models.DateTimeField(_("expires"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    made_by_id = models.BigIntegerField()
    made_at = models.DateTimeField()

    SCOPE_ORGANISATIONS: ClassVar = ("donor_id", "request_line__aid_request__organisation_id")
    SCOPE_PLACES: ClassVar = ("place_id",)

    class Meta:
        ordering = ("-id",)
        indexes: ClassVar = [models.Index(fields=["status", "expires_at"])]

    def __str__(self) -> str:
        return self.number


class Contribution(Versioned):
    """Money: pledged, committed, paid. Counted by OCHA's rule, once, where it enters from outside."""

    class Status(models.TextChoices):
        PLEDGE = "pledge", _("pledge")
        COMMITMENT = "commitment", _("commitment")
        PAID = "paid", _("paid")
        CANCELLED = "cancelled", _("cancelled")

    class Boundary(models.TextChoices):
        INCOMING = "incoming", _("from outside")
        INTERNAL = "internal", _("between us")
        OUTGOING = "outgoing", _("to outside")

    number = models.CharField(_("number"), max_length=16, unique=True)
    donor = models.ForeignKey(Organisation, models.PROTECT, related_name="contributions", verbose_name=_("donor"))
    recipient = models.ForeignKey(
        Organisation, models.PROTECT, related_name="received_contributions", verbose_name=_("recipient")
    )
    purpose = models.CharField(_("purpose"), max_length=200)
    earmark = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, verbose_name=_("only for the place"))
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.PLEDGE)
    boundary = models.CharField(_("boundary"), max_length=10, choices=Boundary.choices, default=Boundary.INCOMING)
    is_new_money = models.BooleanField(_("new money"), default=True)
    currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.BigIntegerField(_("amount in the smallest unit"))
    usd_minor = models.BigIntegerField(_("in US cents"))
    rate_source = models.CharField(_("rate: source and date"), max_length=120, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    pledged_on = models.DateField(_("pledged on"))
    committed_on = models.DateField(_("committed on"), null=True, blank=True)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    recorded_by_id = models.BigIntegerField()
    recorded_at = models.DateTimeField()

    SCOPE_ORGANISATIONS: ClassVar = ("donor_id", "recipient_id")
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(name="money_is_positive", condition=Q(amount_minor__gt=0) & Q(usd_minor__gte=0)),
            models.CheckConstraint(
                name="paid_money_has_a_date", condition=~Q(status="paid") | Q(paid_on__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number
