"""Shipments for programs: draft, pack, dispatch, milestones, receipts, discrepancies, close."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from yuanshou_ops.api.doors import Call, Door, named, pick
from yuanshou_ops.api.problems import WrongField
from yuanshou_ops.api.types import (
    Code,
    Day,
    Id,
    In,
    Maybe60,
    Maybe80,
    Maybe120,
    MaybeReason,
    Note,
    Out,
    Reason,
    RowId,
    Text120,
    Units,
    Units0,
    one_of,
    via,
)  # fmt: skip
from yuanshou_ops.ledger.models import Account
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.people.policy import find, visible
from yuanshou_ops.requests.models import AidRequest, Commitment, Consignee
from yuanshou_ops.shipments import actions, forms, receipts
from yuanshou_ops.shipments.models import Discrepancy, GoodsReceipt, Milestone, Package, Shipment
from yuanshou_ops.shipments.outcomes import Outcome, shipment_outcomes
from yuanshou_ops.shipments.statuses import DISCREPANCY, SHIPMENT
from yuanshou_ops.steps import possible_steps

door = Door("shipments")
LINES_MAX = 100
STEPS = {
    "pack": "The goods are packed.", "unpack": "The goods are unpacked again.",
    "cancel": "The shipment is given up; its goods are free again.", "dispatch": "The goods have left.",
}  # fmt: skip
SETTLING = {
    "claim": "Claim the loss from the carrier or the insurer.", "return": "Damaged goods go back to the sender.",
    "find": "Missing goods have been found and accepted.", "keep": "The surplus is kept.",
    "propose_write_off": "Propose to write the goods off; another person decides.",
    "write_off": "Write the goods off, as a second person.", "refuse": "Refuse the write-off, as a second person.",
}  # fmt: skip
Line = Annotated[int, Field(strict=True, ge=1, le=LINES_MAX)]


class OutcomeOut(Out):
    """What became of one line: accepted + damaged + short + lost + returned + destroyed + outstanding = dispatched."""

    line: int = via("line.line")
    item: str = via("line.item_id")
    unit: str = via("line.item.unit")
    lot: int = via("line.lot_id")
    lot_number: str = via("line.lot.number")
    quantity: int = via("line.quantity")
    dispatched: int
    accepted: int
    damaged: int
    short: int
    lost: int
    returned: int
    destroyed: int
    surplus: int
    outstanding: int


class MilestoneOut(Out):
    kind: one_of(Milestone.Kind)
    promised_on: date | None
    actual_on: date | None
    source: str


class PackageOut(Out):
    number: int
    kind: one_of(Package.Kind)
    line: int = via("line.line")
    quantity: int
    gross_kg: Decimal | None
    size_cm: str
    sscc: str


class CountOut(Out):
    line: int = via("line.line")
    good: int
    damaged: int
    short: int
    expired: int
    surplus: int


class ReceiptOut(Out):
    number: str
    shipment: str = via("shipment.number")
    receiver_name: str
    receiver_role: str
    note: str
    received_at: datetime
    lines: list[CountOut]


class ShipmentOut(Out):
    number: str
    consignor: str = via("consignor.code")
    from_place: str = via("from_place_id")
    consignee: int = via("consignee_id")
    to_place: str = via("to_place_id")
    request: str | None = via("aid_request.number", None)
    plan: str
    mode: one_of(Shipment.Mode)
    carrier: str
    vehicle: str
    carrier_document: str
    incoterm: str
    incoterm_place: str
    arrives_on: date
    status: one_of(Shipment.Status)
    dispatched_at: datetime | None
    last_heard_at: datetime | None
    closed_at: datetime | None
    note: str
    next_steps: list[str]
    version: int

    @staticmethod
    def resolve_next_steps(row: Shipment) -> list[str]:
        return possible_steps(SHIPMENT, row.status)


class ShipmentDetail(ShipmentOut):
    lines: list[OutcomeOut]
    packages: list[PackageOut]
    milestones: list[MilestoneOut]
    receipts: list[ReceiptOut]

    @staticmethod
    def resolve_lines(row: Shipment) -> list[Outcome]:
        return shipment_outcomes(row)

    @staticmethod
    def resolve_packages(row: Shipment) -> list[Package]:
        return list(row.packages.select_related("line"))

    @staticmethod
    def resolve_receipts(row: Shipment) -> list[GoodsReceipt]:
        return list(row.receipts.select_related("shipment").prefetch_related("lines__line"))


class PickIn(In):
    """Units of a vetted account, or the whole of a pending commitment."""

    account: RowId | None = None
    quantity: Units | None = None
    commitment: Code | None = None


class ShipmentIn(In):
    consignee: RowId
    request: Code | None = None
    mode: one_of(Shipment.Mode) = Shipment.Mode.AIR
    arrives_on: Day
    carrier: Maybe120 = ""
    vehicle: Maybe60 = ""
    carrier_document: Maybe60 = ""
    incoterm: Annotated[str, Field(pattern="^([A-Z]{3})?$")] = ""
    incoterm_place: Maybe80 = ""
    note: Note = ""
    lines: Annotated[list[PickIn], Field(min_length=1, max_length=LINES_MAX)]


class PackageIn(In):
    """`count` equal packages; a package with an SSCC is one by itself."""

    line: Line
    quantity: Units
    kind: one_of(Package.Kind) = Package.Kind.CARTON
    count: Annotated[int, Field(ge=1, le=2000)] = 1
    gross_kg: Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=2)] | None = None
    size_cm: Annotated[str, Field(pattern=r"^([0-9.]{1,6}( ?[x×] ?[0-9.]{1,6}){2})?$", max_length=30)] = ""
    sscc: Annotated[str, Field(pattern="^([0-9]{18})?$")] = ""


class PackagesIn(In):
    packages: Annotated[list[PackageIn], Field(max_length=2000)]


class MilestoneIn(In):
    kind: one_of(Milestone.Kind)
    promised_on: Day | None = None
    actual_on: Day | None = None
    source: Maybe120 = ""


class CountIn(In):
    line: Line
    good: Units0 = 0
    damaged: Units0 = 0
    short: Units0 = 0
    expired: Units0 = 0
    surplus: Units0 = 0


class ReceiptIn(In):
    receiver_name: Text120
    receiver_role: Maybe120 = ""
    note: Note = ""
    lines: Annotated[list[CountIn], Field(min_length=1, max_length=LINES_MAX)]


class CodeOut(Out):
    number: str
    receiver_code: str


class DiscrepancyOut(Out):
    id: int
    shipment: str = via("line.shipment.number")
    line: int = via("line.line")
    item: str = via("line.item_id")
    receipt: str = via("receipt.number")
    kind: one_of(Discrepancy.Kind)
    quantity: int
    status: one_of(Discrepancy.Status)
    reason: str
    opened_at: datetime
    settled_at: datetime | None
    next_steps: list[str]
    version: int

    @staticmethod
    def resolve_next_steps(row: Discrepancy) -> list[str]:
        return possible_steps(DISCREPANCY, row.status)


def _shipments() -> Any:
    return Shipment.objects.select_related("consignor", "consignee", "aid_request")


@door.list("/shipments", "shipments.view", ShipmentOut, filters=forms.ShipmentFilter)
def shipment_list(call: Call) -> Any:
    """Consignments and how far they are."""
    return visible(_shipments(), call.by, "shipments.view")


@door.one("/shipments/{number}", "shipments.view", ShipmentDetail)
def shipment(call: Call, number: Code) -> Shipment:
    """One shipment with what became of every line."""
    return find(_shipments(), call.by, "shipments.view", number=number)


@door.add("/shipments", "shipments.draft", ShipmentDetail)
def draft_shipment(call: Call, body: ShipmentIn) -> Shipment:
    """Write a shipment down and reserve its goods, all or nothing."""
    asked = None
    if body.request:
        asked = pick(visible(AidRequest, call.by, "requests.view"), "request", body.request, by="number")
    receivers = Consignee.objects.filter(is_active=True, verified_at__isnull=False)
    wanted = {line.item_id: line for line in asked.lines.all()} if asked else {}
    way = actions.Way(**body.model_dump(exclude={"consignee", "request", "note", "lines"}))
    return actions.draft_shipment(
        key=call.key, by=call.by, at=call.at, consignee=pick(receivers, "consignee", body.consignee),
        picks=[_pick(call, number, line, wanted) for number, line in enumerate(body.lines)], way=way,
        aid_request=asked, note=body.note,
    )  # fmt: skip


def _pick(call: Call, number: int, line: PickIn, wanted: dict[str, Any]) -> actions.Pick:
    field = f"lines.{number}"
    if line.commitment:
        rows = visible(Commitment.objects.select_related("hold__account"), call.by, "requests.view")
        row = pick(rows, f"{field}.commitment", line.commitment, by="number")
        return actions.Pick(row.hold.account, line.quantity or row.quantity, row.request_line, row)
    if line.account is None or line.quantity is None:
        raise WrongField(field, _("neither goods nor a commitment"), _("`account` with `quantity`, or `commitment`"))
    account = pick(visible(Account, call.by, "shipments.draft"), f"{field}.account", line.account)
    if account.state != State.VETTED:
        raise WrongField(
            f"{field}.account",
            _("goods in state %(state)s"),
            _("vetted goods, or a commitment"),
            state=account.get_state_display,
        )
    return actions.Pick(account, line.quantity, wanted.get(account.item_id))


@door.replace("/shipments/{number}/packages", "shipments.pack", ShipmentDetail)
def set_packages(call: Call, number: Code, body: PackagesIn) -> Shipment:
    """Say what is in which package; together exactly every line."""
    row = find(_shipments(), call.by, "shipments.pack", number=number)
    for one in body.packages:
        if one.sscc and one.count > 1:
            raise WrongField(
                "sscc",
                _("the SSCC '%(sscc)s'"),
                _("one package for it"),
                _("give such packages a row each"),
                sscc=one.sscc,
            )
    loads = (
        actions.Load(p.line, p.quantity, p.gross_kg, p.size_cm, p.sscc, p.kind)
        for p in body.packages
        for _n in range(p.count)
    )
    few = list(islice(loads, actions.PACKAGES_MAX + 1))
    actions.set_packages(by=call.by, at=call.at, shipment=row, packages=few)
    return row


@door.step("/shipments/{number}/milestones", "shipments.milestone", ShipmentDetail)
def set_milestone(call: Call, number: Code, body: MilestoneIn) -> Shipment:
    """When a step of the way was promised or happened, and who says so."""
    row = find(_shipments(), call.by, "shipments.milestone", number=number)
    actions.set_milestone(by=call.by, at=call.at, shipment=row, **body.model_dump())
    return row


@door.add("/shipments/{number}/receipts", "shipments.receive", ReceiptOut)
def receive(call: Call, number: Code, body: ReceiptIn) -> GoodsReceipt:
    """What a receiver counted, once: good, damaged, short, expired, and surplus on top."""
    row = find(_shipments(), call.by, "shipments.receive", number=number)
    counts = {}
    for place, count in enumerate(body.lines):
        if count.line in counts:
            raise WrongField(f"lines.{place}.line", _("line %(line)s twice"), _("each line once"), line=count.line)
        counts[count.line] = receipts.Count(**count.model_dump(exclude={"line"}))
    return receipts.receive(
        key=call.key, by=call.by, at=call.at, shipment=row, counts=counts,
        receiver=receipts.Receiver(body.receiver_name, body.receiver_role), note=body.note,
    )  # fmt: skip


@door.step("/shipments/{number}/close", "shipments.close", ShipmentOut)
def close_shipment(call: Call, number: Code) -> Shipment:
    """Close when every dispatched unit has an end."""
    row = find(_shipments(), call.by, "shipments.close", number=number)
    return actions.close_shipment(by=call.by, at=call.at, shipment=row)


@door.one("/shipments/{number}/code", "shipments.code", CodeOut)
def shipment_code(call: Call, number: Code) -> Shipment:
    """The receiver's code, to be read out."""
    return find(Shipment, call.by, "shipments.code", number=number)


# --- discrepancies -------------------------------------------------------------------------------------------


def _discrepancies() -> Any:
    return Discrepancy.objects.select_related("line__shipment__consignee", "receipt")


@door.list("/discrepancies", "shipments.view", DiscrepancyOut, filters=forms.DiscrepancyFilter)
def discrepancies(call: Call) -> Any:
    """Goods that did not arrive as they left, until they have an end."""
    return visible(_discrepancies(), call.by, "shipments.view")


@door.one("/discrepancies/{id}", "shipments.view", DiscrepancyOut)
def discrepancy(call: Call, id: Id) -> Discrepancy:
    """One discrepancy."""
    return find(_discrepancies(), call.by, "shipments.view", pk=id)


def _shipment_step(step: str, meaning: str) -> Any:
    def take(call: Call, number: Code, body: MaybeReason) -> Shipment:
        row = find(_shipments(), call.by, f"shipments.{step}", number=number)
        return actions.step_shipment(by=call.by, at=call.at, shipment=row, step=step, reason=body.reason)

    return named(take, f"{step}_shipment", meaning)


def _settling_step(step: str, meaning: str) -> Any:
    def take(call: Call, id: Id, body: Reason) -> Discrepancy:
        row = find(_discrepancies(), call.by, f"shipments.discrepancy_{step}", pk=id)
        return receipts.settle(by=call.by, at=call.at, discrepancy=row, step=step, reason=body.reason)

    return named(take, f"{step}_discrepancy", meaning)


# One operation for each step of a shipment and of a discrepancy, for each has a right of its own.
for _step, _meaning in STEPS.items():
    door.step(f"/shipments/{{number}}/{_step}", f"shipments.{_step}", ShipmentOut)(_shipment_step(_step, _meaning))
for _step, _meaning in SETTLING.items():
    _path = f"/discrepancies/{{id}}/{_step.replace('_', '-')}"
    door.step(_path, f"shipments.discrepancy_{_step}", DiscrepancyOut)(_settling_step(_step, _meaning))
