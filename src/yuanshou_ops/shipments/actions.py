"""What may happen to a shipment up to its dispatch, and the milestones of its way. Receipts are in `receipts.py`."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from yuanshou_ops.errors import Refused
from yuanshou_ops.ledger.models import Account
from yuanshou_ops.ledger.posting import Entry, Key, post
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.numbers import next_number, wait_for_turn
from yuanshou_ops.people.policy import require
from yuanshou_ops.requests.models import AidRequest, Commitment, Consignee, RequestLine
from yuanshou_ops.requests.offers import check_earmark, settle_commitment
from yuanshou_ops.sentences import Sentence
from yuanshou_ops.shipments.models import Milestone, Package, Shipment, ShipmentLine
from yuanshou_ops.shipments.outcomes import shipment_outcomes
from yuanshou_ops.shipments.statuses import EFFECTS, OPEN_DISCREPANCY, SHIPMENT
from yuanshou_ops.steps import advance

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 10
PACKAGES_MAX = 5_000
SEA_ONLY_TERMS = frozenset({"FAS", "FOB", "CFR", "CIF"})
TERMS = SEA_ONLY_TERMS | {"EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP"}


@dataclass(frozen=True)
class Pick:
    """What to take for one line: units of a vetted or reserved account, or a whole pending commitment."""

    account: Account
    quantity: int
    request_line: RequestLine | None = None
    commitment: Commitment | None = None


class Load(NamedTuple):
    """What is in one package: units of one line, gross weight in kg, length × width × height in cm, SSCC, kind."""

    line: int
    quantity: int
    gross_kg: Decimal | None = None
    size_cm: str = ""
    sscc: str = ""
    kind: str = Package.Kind.CARTON


@dataclass(frozen=True)
class Way:
    """How the goods travel."""

    arrives_on: date
    mode: str = Shipment.Mode.AIR
    carrier: str = ""
    vehicle: str = ""
    carrier_document: str = ""
    incoterm: str = ""
    incoterm_place: str = ""


@transaction.atomic
def draft_shipment(
    *, key: str, by: Any, at: datetime, consignee: Consignee, picks: Sequence[Pick], way: Way,
    aid_request: AidRequest | None = None, plan: str = "", note: str = "",
) -> Shipment:  # fmt: skip
    """Write a shipment down and reserve its goods, all or nothing; the same key again returns the first.

    All goods leave from one place and one consignor; the consignee is verified, within every earmark and, for a
    request, the one it names.
    """
    wait_for_turn("S", at)
    existing = Shipment.objects.filter(key=key).first()
    if existing:
        return existing
    if not picks:
        raise Refused(_("a shipment without lines"), _("at least one line"), _("add a line"))
    first = picks[0].account
    _check_way(way)
    _check_consignee(consignee, aid_request)
    if {(pick.account.place_id, pick.account.holder_id) for pick in picks} != {(first.place_id, first.holder_id)}:
        raise Refused(
            _("goods of several holders or places"), _("one holder and one place"), _("make a shipment for each")
        )
    row = Shipment(
        key=key, consignor_id=first.holder_id, from_place_id=first.place_id, consignee=consignee,
        to_place_id=consignee.place_id,
        aid_request=aid_request, plan=plan, note=note, created_by_id=by.pk, created_at=at, receiver_code=new_code(),
        **vars(way),
    )  # fmt: skip
    require(by, "shipments.draft", row)
    row.number = next_number("S", at)
    row.save()
    for number, pick in enumerate(picks, start=1):
        _check_pick(pick, way, consignee)
        ShipmentLine.objects.create(
            shipment=row, line=number, item_id=pick.account.item_id, lot_id=pick.account.lot_id, quantity=pick.quantity,
            holder_id=pick.account.holder_id, request_line=pick.request_line,
        )  # fmt: skip
    _reserve(row, picks, key=key, by=by, at=at)
    record(by=by, at=at, action="shipments.draft", target=row, after=snapshot(row))
    return row


def new_code() -> str:
    """A code for the receiver: ten letters and digits that are hard to confuse, about 50 bits."""
    return "".join(secrets.choice(CODE_LETTERS) for _place in range(CODE_LENGTH))


def _check_way(way: Way) -> None:
    if not way.incoterm:
        return
    if way.incoterm not in TERMS:
        raise Refused(
            _("the Incoterm %(term)s"), _("one of %(terms)s"), _("correct it"), term=way.incoterm, terms=sorted(TERMS)
        )
    if way.incoterm in SEA_ONLY_TERMS and way.mode != Shipment.Mode.SEA:
        raise Refused(
            _("%(term)s for goods by %(mode)s"),
            _("a term for every mode, such as CPT or DAP"),
            _("correct it"),
            term=way.incoterm,
            mode=Shipment.Mode(way.mode),
        )
    if not way.incoterm_place:
        raise Refused(_("%(term)s without a place"), _("a named place"), _("name it"), term=way.incoterm)


def _check_consignee(consignee: Consignee, aid_request: AidRequest | None) -> None:
    if not consignee.verified_at or not consignee.is_active:
        raise Refused(
            _("the consignee %(consignee)s, not verified"),
            _("a verified one"),
            _("have the contact called first"),
            consignee=consignee,
        )
    if aid_request is None:
        return
    if aid_request.status not in ("accepted", "partly_met"):
        raise Refused(
            _("a request that is %(status)s"),
            _("an accepted one"),
            _("answer the request first"),
            status=aid_request.get_status_display,
        )
    if aid_request.consignee_id != consignee.pk:
        raise Refused(
_("the consignee %(consignee)s, not the one of %(request)s"), _("the consignee %(expected)s"), _("use it, or change the consignee of the request with a second person"), consignee=consignee, request=aid_request, expected=aid_request.consignee
)  # fmt: skip


def _check_pick(pick: Pick, way: Way, consignee: Consignee) -> None:
    if pick.account.state not in (State.VETTED, State.RESERVED, State.COMMITTED):
        raise Refused(
            _("goods in state %(state)s"),
            _("vetted or reserved goods"),
            _("choose other goods"),
            state=pick.account.get_state_display,
        )
    expires_on = pick.account.lot.expires_on
    if expires_on is not None and expires_on <= way.arrives_on:
        raise Refused(
_("lot %(lot)s, expired on arrival (%(expires_on)s, arrival %(arrives_on)s)"), _("goods that can be used on arrival"), _("choose another lot"), lot=pick.account.lot, expires_on=expires_on, arrives_on=way.arrives_on
)  # fmt: skip
    check_earmark(pick.account.lot_id, consignee.place)
    if pick.commitment is not None and pick.commitment.place_id != consignee.place_id:
        raise Refused(
            _("goods committed for %(there)s"),
            _("goods for %(place)s"),
            _("choose others"),
            there=pick.commitment.place,
            place=consignee.place,
        )


def _reserve(row: Shipment, picks: Sequence[Pick], *, key: str, by: Any, at: datetime) -> None:
    entries = []
    for number, pick in enumerate(picks, start=1):
        document = f"{row.number}/{number}"
        if pick.commitment is not None:
            if pick.quantity != pick.commitment.quantity:
                raise Refused(
                    _("%(n)s of %(commitment)s"),
                    _("all of it: %(all)s"),
                    _("take all"),
                    n=pick.quantity,
                    commitment=pick.commitment,
                    all=pick.commitment.quantity,
                )
            settle_commitment(by=by, at=at, commitment=pick.commitment, step="post", document=document)
        elif pick.account.state == State.VETTED:
            source = Key.of(pick.account)
            entries.append(
                Entry("reserve", source, source.moved(state=State.RESERVED), pick.quantity, document=document)
            )
    if entries:
        post(entries, key=f"ship-{key}", by=by, at=at, on_behalf_of_id=row.consignor_id)


def step_shipment(*, by: Any, at: datetime, shipment: Shipment, step: str, reason: str = "") -> Shipment:
    """Pack, unpack, cancel or dispatch: the status and the goods of every line change together."""
    if step not in EFFECTS:
        raise Refused(
            _("the step '%(step)s'"), _("one of %(steps)s"), _("choose one of them"), step=step, steps=list(EFFECTS)
        )
    require(by, f"shipments.{step}", shipment)
    following = advance(SHIPMENT, shipment.status, step)
    if step == "dispatch":
        _check_dispatch(shipment, at)
    kind, credit, debit = EFFECTS[step]
    with change(by=by, at=at, action=f"shipments.{step}", target=shipment, reason=reason):
        shipment.status = following
        fields = ["status"]
        if step == "dispatch":
            shipment.dispatched_at = shipment.last_heard_at = at
            fields += ["dispatched_at", "last_heard_at"]
        version = shipment.version
        shipment.save_changes(*fields)
        entries = []
        for line in shipment.lines.select_related("shipment"):
            key = Key(line.lot_id, line.holder_id, shipment.from_place_id, credit)
            entries.append(Entry(kind, key, key.moved(state=debit), line.quantity, document=line.document))
        # The version is in the key: packing again after unpacking is another command.
        post(
            entries,
            key=f"{shipment.number}-{step}-{version}",
            by=by,
            at=at,
            reason=reason,
            on_behalf_of_id=shipment.consignor_id,
        )
    return shipment


def _check_dispatch(shipment: Shipment, at: datetime) -> None:
    _check_consignee(shipment.consignee, shipment.aid_request)
    for line in shipment.lines.select_related("lot", "item"):
        if line.lot.expires_on is not None and line.lot.expires_on <= max(shipment.arrives_on, at.date()):
            raise Refused(
                _("lot %(lot)s of %(item)s, expired on arrival"),
                _("goods that can be used"),
                _("unpack it"),
                lot=line.lot,
                item=line.item,
            )


@transaction.atomic
def set_packages(
    *, by: Any, at: datetime, shipment: Shipment, packages: Sequence[Load | tuple[Any, ...]]
) -> list[Package]:
    """Say what is in which package; together they hold exactly every line. The packages of before are replaced."""
    require(by, "shipments.pack", shipment)
    if shipment.status not in ("draft", "packed"):
        raise Refused(
            _("a shipment that is %(status)s"),
            _("one before dispatch"),
            _("nothing is edited after dispatch"),
            status=shipment.get_status_display,
        )
    loads = [Load(*package) for package in packages]
    lines = {line.line: line for line in shipment.lines.all()}
    packed: Counter[int] = Counter()
    for load in loads:
        packed[load.line] += load.quantity
    _check_loads(loads, packed, lines)
    shipment.packages.all().delete()
    rows = [
        Package(
            shipment=shipment, number=i, line=lines[load.line], quantity=load.quantity, gross_kg=load.gross_kg,
            size_cm=load.size_cm, sscc=check_sscc(load.sscc), kind=load.kind,
        )
        for i, load in enumerate(loads, start=1)
    ]  # fmt: skip
    record(by=by, at=at, action="shipments.pack", target=shipment, after={"packages": len(rows)})
    return Package.objects.bulk_create(rows, batch_size=500)


def _check_loads(loads: Sequence[Load], packed: Counter[int], lines: dict[int, ShipmentLine]) -> None:
    for load in loads:
        if load.quantity < 1 or (load.gross_kg is not None and load.gross_kg <= 0):
            raise Refused(
                _("a package of %(n)s units, %(kg)s kg"),
                _("numbers above zero"),
                _("correct it"),
                n=load.quantity,
                kg=load.gross_kg,
            )
    if len(loads) > PACKAGES_MAX:
        raise Refused(
            ngettext_lazy("%(n)s package", "%(n)s packages", "n"),
            _("at most %(most)s"),
            _("write down pallets instead of cartons"),
            n=len(loads),
            most=PACKAGES_MAX,
        )
    if unknown := sorted(packed.keys() - lines.keys()):
        raise Refused(
            _("packages of line %(line)s"), _("lines of this shipment"), _("choose another line"), line=unknown[0]
        )
    for number, line in lines.items():
        if packed[number] != line.quantity:
            raise Refused(
_("packages that hold %(n)s of line %(line)s"), _("exactly its quantity, %(quantity)s"), _("correct them"), n=packed[number], line=number, quantity=line.quantity
)  # fmt: skip


def check_sscc(text: str) -> str:
    """An SSCC of 18 digits with its GS1 check digit, or nothing.

    >>> check_sscc("106141412345678908")
    '106141412345678908'
    """
    if not text:
        return ""
    digits = [int(c) for c in text if c.isdigit()]
    total = sum(d * (3 if i % 2 == 0 else 1) for i, d in enumerate(digits[:17]))
    if len(digits) != 18 or len(text) != 18 or (10 - total % 10) % 10 != digits[17]:
        raise Refused(_("the SSCC '%(sscc)s'"), _("18 digits with the right check digit"), _("correct it"), sscc=text)
    return text


def set_milestone(
    *, by: Any, at: datetime, shipment: Shipment, kind: str, promised_on: date | None = None,
    actual_on: date | None = None, source: str = "",
) -> Milestone:  # fmt: skip
    """Write down when a step of the way was promised or happened, and who says so. Any news ends the silence."""
    require(by, "shipments.milestone", shipment)
    if shipment.status in ("cancelled", "closed"):
        raise Refused(
            _("a shipment that is %(status)s"),
            _("one under way"),
            _("nothing is edited after the end"),
            status=shipment.get_status_display,
        )
    if actual_on is not None and actual_on > at.date():
        raise Refused(
            _("%(milestone)s on %(day)s, which is in the future"),
            _("a day until %(today)s"),
            _("correct the day"),
            milestone=Milestone.Kind(kind),
            day=actual_on,
            today=at.date(),
        )
    row = Milestone.objects.filter(shipment=shipment, kind=kind).first() or Milestone(shipment=shipment, kind=kind)
    with change(by=by, at=at, action="shipments.milestone", target=row):
        row.promised_on = promised_on or row.promised_on
        row.actual_on = actual_on or row.actual_on
        row.source = source or row.source
        row.save()
        shipment.last_heard_at = at
        fields = ["last_heard_at"]
        if kind == Milestone.Kind.ARRIVAL and actual_on and (shipment.status, "arrive") in SHIPMENT:
            shipment.status = advance(SHIPMENT, shipment.status, "arrive")
            fields.append("status")
        shipment.save_changes(*fields)
    return row


def close_shipment(*, by: Any, at: datetime, shipment: Shipment) -> Shipment:
    """Close when every dispatched unit of every line has an end and nothing is left to settle."""
    require(by, "shipments.close", shipment)
    following = advance(SHIPMENT, shipment.status, "close")
    for outcome in shipment_outcomes(shipment):
        if not outcome.is_balanced:
            raise Refused(
_("line %(line)s: %(dispatched)s dispatched, %(accounted)s accounted for"), _("accepted + damaged + short + lost + returned = dispatched"), _("record what happened to the rest"), line=outcome.line.line, dispatched=outcome.dispatched, accounted=outcome.accounted
)  # fmt: skip
    from yuanshou_ops.shipments.models import Discrepancy

    left = Discrepancy.objects.filter(line__shipment=shipment, status__in=OPEN_DISCREPANCY).first()
    if left is not None:
        raise Refused(
            _("a discrepancy that is %(status)s: %(discrepancy)s"),
            _("every discrepancy settled"),
            _("settle it first"),
            status=left.get_status_display,
            discrepancy=Sentence(
                _("%(item)s: %(n)s %(kind)s"), item=left.line.item, n=left.quantity, kind=left.get_kind_display
            ),
        )
    with change(by=by, at=at, action="shipments.close", target=shipment):
        shipment.status, shipment.closed_at = following, at
        shipment.save_changes("status", "closed_at")
    return shipment
