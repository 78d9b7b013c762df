"""Offers, commitments and money for programs. A promise is shown, and never counted as aid."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import Http404
from pydantic import Field

from yuanshou_ops.api.doors import Call, Door, named, pick
from yuanshou_ops.api.types import (
    Code,
    Counted,
    Day,
    FromFact,
    Id,
    In,
    Maybe20,
    Maybe60,
    Maybe120,
    Maybe200,
    Maybe300,
    MaybeReason,
    Minor,
    Moment,
    Name,
    Out,
    Packed,
    Reason,
    RowId,
    Units,
    Yes,
    one_of,
    via,
)  # fmt: skip
from yuanshou_ops.ledger.models import Account, Item
from yuanshou_ops.ledger.quantities import to_base
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.people.policy import find, may, visible
from yuanshou_ops.requests import forms, money, offers
from yuanshou_ops.requests.models import AidOffer, AidRequest, Commitment, Contribution, OfferLine

door = Door("offers")
LINES_MAX = 1000
MONEY_STEPS = {
    "commit": "The donor has committed the money.", "pay": "The money has been paid.",
    "cancel": "The money will not come.",
}  # fmt: skip


class OfferLineOut(Packed):
    id: int
    line: int
    lot: int = via("lot_id")
    lot_number: str = via("lot.number")
    expires_on: date | None = via("lot.expires_on", None)
    specification: str
    label_language: str
    package_kg: Decimal | None
    status: one_of(OfferLine.Status)
    findings: list[dict[str, Any]] = via("flags")
    vetting_reason: str


class OfferOut(FromFact):
    FACT_KIND = "offer"
    number: str
    donor: str = via("donor.code")
    place: str = via("place_id")
    earmark: str | None = via("earmark_id")
    available_from: date | None
    conditions: str
    source: str
    status: one_of(AidOffer.Status)
    lines: list[OfferLineOut]
    version: int


class OfferedIn(Counted):
    lot_number: Maybe60 = ""
    expires_on: Day | None = None
    specification: Maybe200 = ""
    label_language: Maybe20 = ""
    package_kg: Annotated[Decimal, Field(gt=0, max_digits=8, decimal_places=2)] | None = None


class OfferIn(In):
    donor: Code
    place: Code
    earmark: Code | None = None
    available_from: Day | None = None
    conditions: Maybe300 = ""
    source: Maybe300 = ""
    lines: Annotated[list[OfferedIn], Field(min_length=1, max_length=LINES_MAX)]


class VetIn(In):
    passes: Yes
    arrives_on: Day
    reason: Maybe300 = ""


class CommitmentOut(Out):
    number: str
    donor: str = via("donor.code")
    place: str = via("place_id")
    request: str | None = via("request_line.aid_request.number", None)
    item: str = via("item_id")
    quantity: int
    hold: int = via("hold_id")
    status: one_of(Commitment.Status)
    expires_at: datetime
    reason: str
    version: int


class CommitmentIn(In):
    account: RowId
    quantity: Units
    place: Code
    request: Code | None = None
    expires_at: Moment | None = None
    reason: Maybe300 = ""


class MoneyOut(Out):
    number: str
    donor: str = via("donor.code")
    recipient: str = via("recipient.code")
    purpose: str
    earmark: str | None = via("earmark_id")
    status: one_of(Contribution.Status)
    boundary: one_of(Contribution.Boundary)
    is_new_money: bool
    currency: str
    amount_minor: int
    usd_minor: int
    rate_source: str
    source: str
    pledged_on: date
    committed_on: date | None
    paid_on: date | None
    version: int


class PledgeIn(In):
    donor: Code
    recipient: Code
    purpose: Name
    earmark: Code | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Za-z]{3}$")]
    amount_minor: Annotated[Minor, Field(ge=1)]
    usd_minor: Minor
    rate_source: Maybe120 = ""
    source: Maybe300 = ""
    boundary: one_of(Contribution.Boundary) = Contribution.Boundary.INCOMING
    is_new_money: Yes = True
    pledged_on: Day


class MoneyDay(In):
    on: Day
    reason: Maybe300 = ""


class MoneyTotals(Out):
    """US cents. `counted` is committed or paid, from outside; `pledged` is only shown."""

    counted: int
    paid: int
    pledged: int


def _offers() -> Any:
    return AidOffer.objects.select_related("donor").prefetch_related("lines__item", "lines__lot")


def _commitments() -> Any:
    return Commitment.objects.select_related("donor", "request_line__aid_request")


def _money() -> Any:
    return Contribution.objects.select_related("donor", "recipient")


def _place(field: str, code: str | None) -> Place | None:
    return pick(Place, field, code) if code else None


@door.list("/offers", "requests.view", OfferOut, filters=forms.OfferFilter)
def offer_list(call: Call) -> Any:
    """What donors could give."""
    return visible(_offers(), call.by, "requests.view")


@door.one("/offers/{number}", "requests.view", OfferOut)
def offer(call: Call, number: Code) -> AidOffer:
    """One offer with its lots."""
    return find(_offers(), call.by, "requests.view", number=number)


@door.add("/offers", "requests.offer", OfferOut)
def announce_offer(call: Call, body: OfferIn) -> AidOffer:
    """Write an offer down; its units count nowhere as aid before they are vetted, sent and accepted."""
    donor = pick(forms.organisations_for(call.by, "requests.offer"), "donor", body.donor, by="code")
    head = offers.OfferHead(
        donor=donor, place=pick(Place, "place", body.place), earmark=_place("earmark", body.earmark),
        available_from=body.available_from, conditions=body.conditions, source=body.source,
    )  # fmt: skip
    lines = [_offered(number, line) for number, line in enumerate(body.lines)]
    return offers.announce_offer(key=call.key, by=call.by, at=call.at, head=head, lines=lines)


def _offered(number: int, line: OfferedIn) -> offers.Offered:
    item = pick(Item, f"lines.{number}.item", line.item)
    values = line.model_dump(exclude={"item", "count", "pack"})
    return offers.Offered(item, to_base(item, line.count, line.pack), **values)


@door.step("/offer-lines/{id}/vet", "requests.vet", OfferLineOut)
def vet_line(call: Call, id: Id, body: VetIn) -> OfferLine:
    """Pass or fail a lot for the day it would arrive."""
    line = OfferLine.objects.select_related("offer", "item", "lot").filter(pk=id).first()
    if line is None or not may(call.by, "requests.vet", line.offer):
        raise Http404
    return offers.vet_line(by=call.by, at=call.at, line=line, **body.model_dump())


@door.step("/offers/{number}/withdraw", "requests.offer_withdraw", OfferOut)
def withdraw_offer(call: Call, number: Code, body: Reason) -> AidOffer:
    """Take back what nobody has committed yet."""
    row = find(AidOffer, call.by, "requests.offer_withdraw", number=number)
    return offers.withdraw_offer(by=call.by, at=call.at, offer=row, reason=body.reason)


# --- commitments ---------------------------------------------------------------------------------------------


@door.list("/commitments", "requests.view", CommitmentOut, filters=forms.CommitmentFilter)
def commitments(call: Call) -> Any:
    """Goods bound for a place for a time."""
    return visible(_commitments(), call.by, "requests.view")


@door.one("/commitments/{number}", "requests.view", CommitmentOut)
def commitment(call: Call, number: Code) -> Commitment:
    """One commitment."""
    return find(_commitments(), call.by, "requests.view", number=number)


@door.add("/commitments", "requests.commit", CommitmentOut)
def commit(call: Call, body: CommitmentIn) -> Commitment:
    """Bind vetted goods of an account for a place; they lapse unless carried out in time."""
    account = pick(visible(Account, call.by, "requests.commit"), "account", body.account)
    line = None
    if body.request:
        asked = pick(visible(AidRequest, call.by, "requests.view"), "request", body.request, by="number")
        line = asked.lines.filter(item=account.item_id).first()
    return offers.commit(
        key=call.key, by=call.by, at=call.at, account=account, quantity=body.quantity,
        place=pick(Place, "place", body.place), request_line=line, expires_at=body.expires_at, reason=body.reason,
    )  # fmt: skip


def _settle(call: Call, number: str, step: str, reason: str) -> Commitment:
    row = find(_commitments(), call.by, f"requests.commitment_{step}", number=number)
    return offers.settle_commitment(by=call.by, at=call.at, commitment=row, step=step, reason=reason)


@door.step("/commitments/{number}/post", "requests.commitment_post", CommitmentOut)
def post_commitment(call: Call, number: Code, body: MaybeReason) -> Commitment:
    """Carry a commitment out: its goods are reserved."""
    return _settle(call, number, "post", body.reason)


@door.step("/commitments/{number}/void", "requests.commitment_void", CommitmentOut)
def void_commitment(call: Call, number: Code, body: Reason) -> Commitment:
    """Give committed goods back."""
    return _settle(call, number, "void", body.reason)


# --- money ---------------------------------------------------------------------------------------------------


@door.list("/money", "requests.view", MoneyOut, filters=forms.ContributionFilter)
def contributions(call: Call) -> Any:
    """Money pledged, committed and paid, in the smallest unit of its currency."""
    return visible(_money(), call.by, "requests.view")


@door.one("/money-totals", "requests.view", MoneyTotals)
def money_totals(call: Call) -> Any:
    """The sums by OCHA's rule: a pledge is shown and never counted."""
    return money.totals(visible(Contribution, call.by, "requests.view"))


@door.one("/money/{number}", "requests.view", MoneyOut)
def contribution(call: Call, number: Code) -> Contribution:
    """One contribution of money."""
    return find(_money(), call.by, "requests.view", number=number)


@door.add("/money", "requests.pledge", MoneyOut)
def pledge(call: Call, body: PledgeIn) -> Contribution:
    """Write a pledge down."""
    donors = forms.organisations_for(call.by, "requests.pledge")
    values = body.model_dump() | {
        "donor": pick(donors, "donor", body.donor, by="code"),
        "recipient": pick(Organisation.objects.filter(is_active=True), "recipient", body.recipient, by="code"),
        "earmark": _place("earmark", body.earmark),
    }
    return money.pledge(by=call.by, at=call.at, **values)


def _money_step(step: str, meaning: str) -> Any:
    def take(call: Call, number: Code, body: MoneyDay) -> Contribution:
        row = find(_money(), call.by, f"requests.money_{step}", number=number)
        return money.step_money(by=call.by, at=call.at, contribution=row, step=step, on=body.on, reason=body.reason)

    return named(take, f"{step}_money", meaning)


for _step, _meaning in MONEY_STEPS.items():
    door.step(f"/money/{{number}}/{_step}", f"requests.money_{_step}", MoneyOut)(_money_step(_step, _meaning))
