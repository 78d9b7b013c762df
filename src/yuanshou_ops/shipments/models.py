"""What exists: shipments, their lines and packages, milestones, receipts, discrepancies, papers.

The one thing easily confused: a **receipt** is what a receiver counted; a **discrepancy** is what has to be settled
because of it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuanshou_ops.ledger.models import Item, Lot
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.requests.models import AidRequest, Consignee, RequestLine
from yuanshou_ops.rows import AppendOnly, Versioned


class Shipment(Versioned):
    """One consignment from one place to one consignee."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PACKED = "packed", _("packed")
        DISPATCHED = "dispatched", _("on its way")
        ARRIVED = "arrived", _("arrived")
        RECEIVING = "receiving", _("partly received")
        RECEIVED = "received", _("received")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("cancelled")

    class Mode(models.TextChoices):
        AIR = "air", _("air")
        SEA = "sea", _("sea")
        ROAD = "road", _("road")
        RAIL = "rail", _("rail")

    number = models.CharField(_("number"), max_length=16, unique=True)
    key = models.CharField(max_length=80, unique=True)
    consignor = models.ForeignKey(Organisation, models.PROTECT, related_name="shipments", verbose_name=_("consignor"))
    from_place = models.ForeignKey(Place, models.PROTECT, related_name="+", verbose_name=_("from"))
    consignee = models.ForeignKey(Consignee, models.PROTECT, related_name="shipments", verbose_name=_("consignee"))
    to_place = models.ForeignKey(Place, models.PROTECT, related_name="shipments_to", verbose_name=_("to"))
    aid_request = models.ForeignKey(AidRequest, models.PROTECT, null=True, blank=True, related_name="shipments")
    plan = models.CharField(_("plan"), max_length=64, blank=True)
    mode = models.CharField(_("mode"), max_length=5, choices=Mode.choices, default=Mode.AIR)
    carrier = models.CharField(_("carrier"), max_length=120, blank=True)
    vehicle = models.CharField(_("flight or vehicle"), max_length=60, blank=True)
    carrier_document = models.CharField(_("air waybill or bill of lading"), max_length=60, blank=True)
    incoterm = models.CharField(_("Incoterm"), max_length=3, blank=True)
    incoterm_place = models.CharField(_("named place"), max_length=80, blank=True)
    arrives_on = models.DateField(_("estimated arrival"))
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    receiver_code = models.CharField(max_length=16)
    note = models.TextField(_("note"), blank=True)
    created_by_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(_("dispatched"), null=True)
    last_heard_at = models.DateTimeField(_("last news"), null=True)
    closed_at = models.DateTimeField(null=True)

    SCOPE_ORGANISATIONS: ClassVar = ("consignor_id", "consignee__organisation_id", "aid_request__organisation_id")
    SCOPE_PLACES: ClassVar = ("from_place_id", "to_place_id")

    class Meta:
        ordering = ("-id",)
        indexes: ClassVar = [models.Index(fields=["status", "arrives_on"]), models.Index(fields=["plan"])]

    def __str__(self) -> str:
        return self.number


class ShipmentLine(models.Model):
    """One lot of a shipment, in base units; the holder is who gives it."""

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField()
    item = models.ForeignKey(Item, models.PROTECT, verbose_name=_("item"))
    lot = models.ForeignKey(Lot, models.PROTECT, verbose_name=_("lot"))
    holder = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("donor"))
    request_line = models.ForeignKey(RequestLine, models.PROTECT, null=True, blank=True, related_name="shipment_lines")
    quantity = models.BigIntegerField(_("quantity"))

    class Meta:
        ordering = ("line",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shipment", "line"], name="one_shipment_line"),
            models.CheckConstraint(name="shipment_is_positive", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return self.document

    @property
    def document(self) -> str:
        """The document on every ledger move of this line."""
        return f"{self.shipment.number}/{self.line}"


class Package(models.Model):
    """One package: what the carrier lifts. Weights in kg, sizes in cm."""

    class Kind(models.TextChoices):
        CARTON = "carton", _("carton")
        PALLET = "pallet", _("pallet")
        CRATE = "crate", _("crate")
        DRUM = "drum", _("drum")
        BAG = "bag", _("bag")

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="packages")
    number = models.PositiveIntegerField(_("package"))
    line = models.ForeignKey(ShipmentLine, models.CASCADE, related_name="packages")
    quantity = models.BigIntegerField(_("quantity"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.CARTON)
    sscc = models.CharField("SSCC", max_length=18, blank=True)
    gross_kg = models.DecimalField(_("gross kg"), max_digits=9, decimal_places=2, null=True, blank=True)
    size_cm = models.CharField(_("length × width × height, cm"), max_length=30, blank=True)

    class Meta:
        ordering = ("number",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["shipment", "number"], name="one_package_a_number")]

    def __str__(self) -> str:
        return f"{self.shipment} {self.number}"


class Milestone(Versioned):
    """One step of the way: when it was promised, when it happened, who says so."""

    class Kind(models.TextChoices):
        PICKUP = "pickup", _("picked up")
        EXPORT = "export", _("export cleared")
        DEPARTURE = "departure", _("departed")
        ARRIVAL = "arrival", _("arrived")
        CUSTOMS = "customs", _("customs cleared")
        WAREHOUSE = "warehouse", _("at the warehouse")

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="milestones")
    kind = models.CharField(_("milestone"), max_length=10, choices=Kind.choices)
    promised_on = models.DateField(_("promised"), null=True, blank=True)
    actual_on = models.DateField(_("actual"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=120, blank=True)

    class Meta:
        ordering = ("id",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["shipment", "kind"], name="one_milestone_a_kind")]

    def __str__(self) -> str:
        return f"{self.shipment} {self.kind}"


class GoodsReceipt(models.Model):
    """What one receiver counted, once. Corrections are new receipts or reversals."""

    number = models.CharField(_("number"), max_length=16, unique=True)
    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="receipts")
    key = models.CharField(max_length=80, unique=True)
    receiver_name = models.CharField(_("receiver"), max_length=120)
    receiver_role = models.CharField(_("role"), max_length=120, blank=True)
    is_by_code = models.BooleanField(default=False)
    note = models.TextField(_("note"), blank=True)
    received_at = models.DateTimeField(_("received"))
    recorded_by_id = models.BigIntegerField(null=True)

    SCOPE_ORGANISATIONS: ClassVar = ("shipment__consignor_id", "shipment__consignee__organisation_id")
    SCOPE_PLACES: ClassVar = ("shipment__to_place_id",)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.number


class ReceiptLine(models.Model):
    """The count of one line, in base units."""

    receipt = models.ForeignKey(GoodsReceipt, models.CASCADE, related_name="lines")
    line = models.ForeignKey(ShipmentLine, models.PROTECT, related_name="receipt_lines")
    good = models.BigIntegerField(_("good"), default=0)
    damaged = models.BigIntegerField(_("damaged"), default=0)
    short = models.BigIntegerField(_("short"), default=0)
    expired = models.BigIntegerField(_("expired"), default=0)
    surplus = models.BigIntegerField(_("surplus"), default=0)

    class Meta:
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["receipt", "line"], name="one_count_a_line"),
            models.CheckConstraint(
                name="counts_are_not_negative",
                condition=Q(good__gte=0) & Q(damaged__gte=0) & Q(short__gte=0) & Q(expired__gte=0) & Q(surplus__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receipt} {self.line}"


class Discrepancy(Versioned):
    """Goods that did not arrive as they left, until they have an end: returned, found, kept, or written off by two."""

    class Kind(models.TextChoices):
        DAMAGED = "damaged", _("damaged")
        EXPIRED = "expired", _("expired")
        SHORT = "short", _("short")
        SURPLUS = "surplus", _("surplus")

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        CLAIMED = "claimed", _("claimed")
        RETURNED = "returned", _("returned")
        FOUND = "found", _("found")
        KEPT = "kept", pgettext_lazy("goods", "kept")
        WRITE_OFF_PROPOSED = "write_off_proposed", _("write-off proposed")
        WRITTEN_OFF = "written_off", _("written off")

    line = models.ForeignKey(ShipmentLine, models.PROTECT, related_name="discrepancies")
    receipt = models.ForeignKey(GoodsReceipt, models.PROTECT, related_name="discrepancies")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    quantity = models.BigIntegerField(_("quantity"))
    status = models.CharField(_("status"), max_length=18, choices=Status.choices, default=Status.OPEN)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    proposed_by_id = models.BigIntegerField(null=True)
    decided_by_id = models.BigIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)

    SCOPE_ORGANISATIONS: ClassVar = ("line__shipment__consignor_id", "line__shipment__consignee__organisation_id")
    SCOPE_PLACES: ClassVar = ("line__shipment__to_place_id",)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(name="discrepancy_is_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="four_eyes_on_losses",
                condition=~Q(status="written_off") | ~Q(decided_by_id=F("proposed_by_id")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line.document} {self.kind} {self.quantity}"


class Paper(AppendOnly):
    """One version of one paper of a shipment: the facts it states, as they were when it was issued.

    A paper is printed from these facts, so that a version says the same in every language and on every day.
    """

    class Kind(models.TextChoices):
        PACKING_LIST = "packing-list", _("Packing list")
        WAYBILL = "waybill", _("Waybill")
        PROFORMA = "proforma", _("Proforma invoice")
        GIFT_CERTIFICATE = "gift-certificate", _("Gift certificate")
        GOODS_RECEIVED = "goods-received", _("Goods received note")
        LOSS_REPORT = "loss-report", _("Loss report")

    ABBREVIATIONS: ClassVar = {
        "packing-list": "PL", "waybill": "WB", "proforma": "PI", "gift-certificate": "GC", "goods-received": "GRN",
        "loss-report": "LR",
    }  # fmt: skip

    shipment = models.ForeignKey(Shipment, models.PROTECT, related_name="papers")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    version = models.PositiveIntegerField(_("version"))
    facts = models.JSONField()
    digest = models.CharField(max_length=64)
    issued_at = models.DateTimeField(_("issued"))
    issued_by_id = models.BigIntegerField()

    SCOPE_ORGANISATIONS: ClassVar = ("shipment__consignor_id", "shipment__consignee__organisation_id")
    SCOPE_PLACES: ClassVar = ("shipment__from_place_id", "shipment__to_place_id")

    class Meta:
        ordering = ("kind", "version")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shipment", "kind", "version"], name="one_paper_a_version")
        ]

    def __str__(self) -> str:
        return f"{self.number} v{self.version}"

    @property
    def number(self) -> str:
        """The number of the document: that of the shipment and two or three letters for the kind."""
        return f"{self.shipment.number}-{self.ABBREVIATIONS[self.kind]}"
