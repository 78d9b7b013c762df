"""What exists: items and packs, lots, accounts, postings, moves, holds, recalls, day seals.

The one thing easily confused: a **posting** is one command (all or nothing, once per key); a **move** is one line of
it, with one credit account that gives and one debit account that receives. Rows of both are never edited.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.ledger.statuses import KINDS, State
from yuanshou_ops.ledger.words import KIND_WORDS, STATE_WORDS, item_words, unit_words
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.rows import AppendOnly, Versioned

STATES = [(state.value, STATE_WORDS[state]) for state in State]
KIND_CHOICES = [(kind, KIND_WORDS[kind]) for kind in [*KINDS, "reverse"]]


class Item(models.Model):
    """What can be given, counted in one whole base unit; loaded from the library's catalogue."""

    code = models.CharField(_("code"), max_length=40, primary_key=True)
    name = models.CharField(_("name"), max_length=160)
    group = models.CharField(_("group"), max_length=60, blank=True)
    unit = models.CharField(_("base unit"), max_length=20)
    reusable = models.BooleanField(default=False)
    unit_price_usd = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    kg_per_unit = models.FloatField(null=True)
    kg_basis = models.CharField(max_length=20, blank=True)
    m3_per_unit = models.FloatField(null=True)
    m3_basis = models.CharField(max_length=20, blank=True)
    temperature = models.CharField(max_length=30, blank=True)
    dangerous_goods = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return item_words(self.code, self.name)

    @property
    def unit_words(self) -> str:
        """The base unit in the language in use."""
        return unit_words(self.unit)


class Pack(models.Model):
    """A pack of an item as a whole number of base units; a changed pack is a new version, never an edit."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="packs")
    name = models.CharField(_("pack"), max_length=20)
    base_units = models.PositiveIntegerField(_("base units"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("item_id", "base_units")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "name", "version"], name="one_pack_a_version"),
            models.CheckConstraint(name="pack_holds_units", condition=Q(base_units__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.name} × {self.base_units}"


class Lot(models.Model):
    """Goods of one item that share number, expiry and origin, and are recalled together."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="lots")
    number = models.CharField(_("lot"), max_length=60, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    origin = models.ForeignKey(Organisation, models.PROTECT, related_name="lots", verbose_name=_("origin"))
    recalled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("item_id", "expires_on", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["item", "number", "origin", "expires_on"],
                condition=Q(expires_on__isnull=False), name="one_lot_with_expiry",
            ),
            models.UniqueConstraint(
                fields=["item", "number", "origin"], condition=Q(expires_on__isnull=True), name="one_lot_without_expiry"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number or f"({self.item_id} {self.origin_id})"


class Account(models.Model):
    """Units of one lot with one holder at one place in one state. The balance is written only by `posting.post`."""

    holder = models.ForeignKey(Organisation, models.PROTECT, related_name="accounts", verbose_name=_("holder"))
    place = models.ForeignKey(Place, models.PROTECT, related_name="accounts", verbose_name=_("place"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="accounts", verbose_name=_("item"))
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="accounts", verbose_name=_("lot"))
    state = models.CharField(_("state"), max_length=12, choices=STATES)
    balance = models.BigIntegerField(_("balance"), default=0)
    frozen = models.BooleanField(default=False)
    version = models.PositiveBigIntegerField(default=0)

    SCOPE_ORGANISATIONS: ClassVar = ("holder_id", "lot__origin_id")
    SCOPE_PLACES: ClassVar = ("place_id",)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lot", "holder", "place", "state"], name="one_account_a_lot_holder_place_state"
            ),
            models.CheckConstraint(
                name="balance_keeps_its_side",
                condition=Q(state=State.SOURCE.value, balance__lte=0)
                | (~Q(state=State.SOURCE.value) & Q(balance__gte=0)),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["item", "state", "place"])]

    def __str__(self) -> str:
        return f"{self.item_id} {self.lot} {self.state} {self.holder} {self.place_id}"


class Posting(AppendOnly):
    """One command on the ledger: its key makes it happen once, its fingerprint ties the key to the content."""

    key = models.CharField(max_length=80, primary_key=True)
    fingerprint = models.CharField(max_length=64)
    lines = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Move(AppendOnly):
    """Who moved what, when, where, why and how much: one row, balanced by construction, never edited."""

    posting = models.ForeignKey(Posting, models.PROTECT, related_name="moves")
    line = models.PositiveIntegerField()
    kind = models.CharField(_("kind"), max_length=16, choices=KIND_CHOICES)
    credit_account = models.ForeignKey(
        Account, models.PROTECT, related_name="moves_out", verbose_name=_("from"), db_index=False
    )
    debit_account = models.ForeignKey(
        Account, models.PROTECT, related_name="moves_in", verbose_name=_("to"), db_index=False
    )
    quantity = models.BigIntegerField(_("quantity"))
    declared_pack = models.CharField(max_length=20, blank=True)
    declared_count = models.BigIntegerField(null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    document = models.CharField(_("document"), max_length=40, blank=True, db_index=True)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("by"), max_length=160)
    on_behalf_of = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    occurred_at = models.DateTimeField(_("occurred at"))
    recorded_at = models.DateTimeField(_("recorded at"), db_index=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")

    SCOPE_ORGANISATIONS: ClassVar = (
        "credit_account__holder_id",
        "debit_account__holder_id",
        "debit_account__lot__origin_id",
    )
    SCOPE_PLACES: ClassVar = ("credit_account__place_id", "debit_account__place_id")

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["posting", "line"], name="one_move_a_line"),
            models.CheckConstraint(name="move_is_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="move_changes_account", condition=~Q(credit_account=F("debit_account"))),
        ]
        # What an account gave and received is summed from these indexes alone, in a recall of millions of moves too.
        indexes: ClassVar = [
            models.Index(fields=["credit_account", "quantity"], name="ledger_move_given"),
            models.Index(fields=["debit_account", "quantity"], name="ledger_move_received"),
        ]

    def __str__(self) -> str:
        return f"move {self.pk}"


class Hold(models.Model):
    """A pending move: committed or reserved goods that are posted on, voided or expire; resolved at most once."""

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        POSTED = "posted", _("posted")
        VOIDED = "voided", _("voided")
        EXPIRED = "expired", _("expired")

    move = models.OneToOneField(Move, models.PROTECT, related_name="hold")
    account = models.ForeignKey(Account, models.PROTECT, related_name="holds")
    quantity = models.BigIntegerField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    expires_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["status", "expires_at"])]

    def __str__(self) -> str:
        return f"hold on {self.move}"


class Recall(Versioned):
    """A lot frozen everywhere, with every holder and what each answered."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("active")
        RELEASE_PROPOSED = "release_proposed", _("release proposed")
        RELEASED = "released", _("released")

    number = models.CharField(max_length=16, unique=True)
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="recalls")
    reason = models.CharField(_("reason"), max_length=300)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.ACTIVE)
    started_by_id = models.BigIntegerField()
    started_at = models.DateTimeField()
    release_proposed_by_id = models.BigIntegerField(null=True)
    released_at = models.DateTimeField(null=True)

    SCOPE_ORGANISATIONS: ClassVar = ("lot__origin_id",)
    SCOPE_PLACES: ClassVar = ()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.number


class RecallHolder(Versioned):
    """One holder of a recalled lot: what was frozen there, and what the holder answered."""

    recall = models.ForeignKey(Recall, models.CASCADE, related_name="holders")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+")
    quantity = models.BigIntegerField(_("quantity"))
    found = models.BigIntegerField(_("found"), null=True)
    used = models.BigIntegerField(_("used"), null=True)
    destroyed = models.BigIntegerField(_("destroyed"), null=True)
    answered_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    SCOPE_ORGANISATIONS: ClassVar = ("account__holder_id",)
    SCOPE_PLACES: ClassVar = ("account__place_id",)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.recall}: {self.account.holder}"


class WriteOff(Versioned):
    """Goods proposed to be written off by one person and written off by another."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        DONE = "done", _("done")
        REFUSED = "refused", _("refused")

    account = models.ForeignKey(Account, models.PROTECT, related_name="write_offs")
    quantity = models.BigIntegerField(_("quantity"))
    reason = models.CharField(_("reason"), max_length=300)
    document = models.CharField(max_length=40, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROPOSED)
    proposed_by_id = models.BigIntegerField()
    proposed_at = models.DateTimeField()
    decided_by_id = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)

    SCOPE_ORGANISATIONS: ClassVar = ("account__holder_id",)
    SCOPE_PLACES: ClassVar = ("account__place_id",)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(name="write_off_is_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="four_eyes_on_write_offs",
                condition=Q(decided_by_id__isnull=True) | ~Q(decided_by_id=F("proposed_by_id")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.account.item_id}"


class DaySeal(AppendOnly):
    """The hash of one day's moves, chained to the day before; publish it, and nobody can change the past unseen."""

    day = models.DateField(primary_key=True)
    last_move = models.BigIntegerField()
    moves = models.PositiveIntegerField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day} {self.digest[:12]}"
