"""The facts of the March 2020 example: gifts as reported, measures as reported, and an exercise around them.

Gifts, their dates and their sources come from the shipped table of 2020. Consignees, requests, vetting and receipts
are an exercise around them, and say so. A gift reported delivered goes the whole way through the ledger; one reported
at a hub is vetted stock; one reported shipped is on its way; a pledge stays an offer that nobody vetted.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from yuanshou.reference import load_table
from yuanshou.sources.supply import world_supply
from yuanshou_ops.duty import actions as desk
from yuanshou_ops.example_bulletin import load_bulletin
from yuanshou_ops.example_engagements import load_engagements
from yuanshou_ops.example_guidance import load_guidance
from yuanshou_ops.example_teams import load_teams
from yuanshou_ops.ledger.models import Account, Item
from yuanshou_ops.ledger.quantities import to_base
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.people.models import Organisation, Place, User
from yuanshou_ops.planning import actions as planning
from yuanshou_ops.planning.engine import run_plan
from yuanshou_ops.planning.snapshots import make_snapshot
from yuanshou_ops.requests import actions as asking
from yuanshou_ops.requests import offers
from yuanshou_ops.requests.models import AidOffer, AidRequest, Consignee
from yuanshou_ops.shipments import actions as shipping
from yuanshou_ops.shipments import receipts
from yuanshou_ops.shipments.models import Milestone, Shipment
from yuanshou_ops.shipments.outcomes import shipment_outcomes
from yuanshou_ops.situation.models import Measure

EXERCISE = "(exercise)"
SOURCE_LENGTH_MAX = 300
AFRICA_WITHOUT_CONSIGNEE = {"ERI", "COM", "STP", "ESH"}
"""Left without a verified consignee on purpose, so that a plan has lines that cannot be sent yet."""
KEN_ASKS = (("surgical_mask", 200_000), ("respirator_n95", 20_000), ("pcr_test", 15_000), ("gloves", 300_000))
ITA_ASKS = (("surgical_mask", 2_000_000), ("ventilator", 200))


def people() -> dict[str, User]:
    return {user.name: user for user in User.objects.filter(email__endswith="@example.org")}


def load_facts(at: datetime) -> None:
    """Everything after organisations and people, through the same actions people use."""
    who = people()
    make_snapshot(at.date(), at=at)
    _consignees(who, at)
    gifts = world_supply(at.date()).offers
    _open_gifts(gifts[gifts["offer"].str.startswith("GIFT-")], who, at)
    _delivered_gifts(at.date(), who)
    _requests(who, at)
    _measures(at)
    load_engagements(who, at)
    load_teams(who, at)
    load_guidance(who, at)
    load_bulletin(who, at)
    _plan(who, at)
    desk.log(by=who["Amina"], at=at, text="Exercise begins: counts, gifts and stock as they were known on this day.")


def _organisation(name: str, place: str, *, kind: str = "government") -> Organisation:
    """The organisation of that name, made when it is new."""
    found = Organisation.objects.filter(name=name[:200]).first()
    if found:
        return found
    words = "".join(c for c in name.upper() if c.isalnum())[:14]
    code, number = f"{words}-{place}", 1
    while Organisation.objects.filter(code=code).exists():
        number += 1
        code = f"{words}{number}-{place}"
    return Organisation.objects.create(code=code, name=name[:200], kind=kind, place_id=place)


def _kind(donor: str) -> str:
    return "company" if "Foundation" in donor or "firm" in donor else "government"


def _consignee(place: str, who: dict[str, User], at: datetime, *, verified: bool = True) -> Consignee:
    found = Consignee.objects.filter(place=place).first()
    if found:
        return found
    row = Place.objects.get(pk=place)
    own = Organisation.objects.filter(code=f"MOH-{place}").first()
    owner = own or _organisation(f"Health authority, {row.name_en} {EXERCISE}", place)
    consignee = asking.add_consignee(
        by=who["Amina"], at=at, organisation=owner, name=f"Central medical store, {row.name_en} {EXERCISE}"[:200],
        place=row, address=row.capital or row.name_en, contact_name="Store desk", phone="+000",
    )  # fmt: skip
    return asking.verify_consignee(by=who["Lina"], at=at, consignee=consignee) if verified else consignee


def _consignees(who: dict[str, User], at: datetime) -> None:
    wanted = set(Place.objects.filter(un_region="Africa", kind="country").values_list("code", flat=True)) | {"ITA"}
    for place in sorted(wanted):
        _consignee(place, who, at - timedelta(days=30), verified=place not in AFRICA_WITHOUT_CONSIGNEE)


def _open_gifts(gifts: pd.DataFrame, who: dict[str, User], at: datetime) -> None:
    """Gifts that are promised or moving; only those at a hub or on the way have been looked at."""
    node_place = world_supply(at.date()).nodes.set_index("node")["place"]
    for row in gifts.to_dict("records"):
        place = str(node_place[row["source"]])
        offer = _announce(row["offer"], row, place=place, earmark=row["earmark"].split(), who=who, at=at)
        if row["status"] in ("arrived_hub", "shipped"):
            _vet(offer, who, at)
        if row["status"] == "shipped" or row["offer"] == "GIFT-F077":
            _send(offer, row["earmark"], who, at=at - timedelta(days=3))
    _commit_one(who, at)


def _announce(
    key: str, row: dict[str, Any], *, place: str, earmark: list[str], who: dict[str, User], at: datetime
) -> AidOffer:
    donor = _organisation(row["donor"], place, kind=_kind(row["donor"]))
    item = Item.objects.get(pk=row["item"])
    several = f"only for: {' '.join(earmark)}" if len(earmark) > 1 else ""
    head = offers.OfferHead(
        donor=donor, place=Place.objects.get(pk=place), conditions=several, source=row["source_note"][:SOURCE_LENGTH_MAX],
        earmark=Place.objects.get(pk=earmark[0]) if len(earmark) == 1 else None,
        available_from=pd.Timestamp(row["available"]).date(),
    )  # fmt: skip
    line = offers.Offered(
        item=item, quantity=to_base(item, int(row["quantity"])), lot_number=key.removeprefix("GIFT-"),
        specification="as reported; papers to be seen at receipt",
    )  # fmt: skip
    return offers.announce_offer(key=key, by=who["Amina"], at=at - timedelta(days=2), head=head, lines=[line])


def _vet(offer: AidOffer, who: dict[str, User], at: datetime) -> None:
    for line in offer.lines.select_related("lot", "offer"):
        ready = max(at.date(), line.offer.available_from or at.date())
        offers.vet_line(by=who["Lina"], at=at, line=line, passes=True, arrives_on=ready + timedelta(days=7))


def _send(offer: AidOffer, place: str, who: dict[str, User], *, at: datetime) -> Shipment:
    """The whole offer, dispatched to the place; by the donor's own papers, which say no more than the report."""
    line = offer.lines.get()
    account = Account.objects.get(lot=line.lot, holder=offer.donor, place=offer.place, state=State.VETTED)
    shipment = shipping.draft_shipment(
        key=f"example-{offer.number}", by=who["Lina"], at=at, consignee=_consignee(place, who, at),
        picks=[shipping.Pick(account, account.balance)], note=f"Exercise around a reported gift. {offer.source}",
        way=shipping.Way(arrives_on=(at + timedelta(days=4)).date()),
    )  # fmt: skip
    for step in ("pack", "dispatch"):
        shipment = shipping.step_shipment(by=who["Lina"], at=at, shipment=shipment, step=step)
    shipping.set_milestone(
        by=who["Lina"], at=at, shipment=shipment, kind=Milestone.Kind.ARRIVAL,
        promised_on=(at + timedelta(days=2)).date(), source="exercise",
    )  # fmt: skip
    return shipment


def _commit_one(who: dict[str, User], at: datetime) -> None:
    """One promise that is bound and near its end."""
    offer = AidOffer.objects.get(lines__lot__number="F177")
    _vet(offer, who, at)
    line = offer.lines.get()
    account = Account.objects.get(lot=line.lot, state=State.VETTED)
    ecuador = Place.objects.get(pk="ECU")
    offers.commit(
        key="example-F177", by=who["Amina"], at=at, account=account, quantity=account.balance, place=ecuador,
        expires_at=at + timedelta(hours=36), reason="exercise",
    )  # fmt: skip


def _delivered_gifts(day: date, who: dict[str, User]) -> None:
    """Gifts reported delivered by the day: offered, vetted, sent and received, on the day they were reported for."""
    rows = load_table("gifts_2020")
    known = set(Place.objects.values_list("code", flat=True))
    done = rows[(rows["status"] == "delivered") & (rows["known_by"] <= day.isoformat()) & (rows["is_total"] == "N")]
    done = done[(done["item"] != "") & (done["quantity"] != "") & done["recipient_code"].isin(known)]
    for row in done.to_dict("records"):
        text = row["date"] if len(row["date"]) == 10 else f"{row['date']}-15"
        day_of = datetime.fromisoformat(f"{text}T08:00+00:00")
        home = row["donor_code"] if row["donor_code"] in known else {"JMF": "CHN", "EUU": "BEL"}[row["donor_code"]]
        facts = row | {
            "available": day_of - timedelta(days=5),
            "source_note": f"gifts_2020 {row['gift']}: {row['source']}",
        }
        offer = _announce(row["gift"], facts, place=home, earmark=[row["recipient_code"]], who=who, at=day_of)
        _vet(offer, who, day_of)
        shipment = _send(offer, row["recipient_code"], who, at=day_of)
        counts = {o.line.line: receipts.Count(good=o.dispatched) for o in shipment_outcomes(shipment)}
        receipts.receive(
            key=f"example-{row['gift']}", by=who["Lina"], at=day_of, shipment=shipment, counts=counts,
            receiver=receipts.Receiver("as reported", "press"), note=f"Reported delivered: {row['source']}"[:2000],
        )  # fmt: skip


def _requests(who: dict[str, User], at: datetime) -> None:
    """One accepted request, one that nobody has answered for thirty hours."""
    kenya = _ask("KEN", KEN_ASKS, who["Bilal"], who, at=at - timedelta(days=2))
    asking.answer_request(by=who["Amina"], at=at - timedelta(days=1), aid_request=kenya, step="accept")
    _ask("ITA", ITA_ASKS, who["Amina"], who, at=at - timedelta(hours=30))


def _ask(place: str, lines: Any, by: User, who: dict[str, User], *, at: datetime) -> AidRequest:
    consignee = _consignee(place, who, at)
    items = {item.pk: item for item in Item.objects.filter(pk__in=[code for code, _quantity in lines])}
    asked = [
        asking.Asked(items[code], to_base(items[code], quantity), reason="exercise: stock is nearly out")
        for code, quantity in lines
    ]
    row = asking.draft_request(
        by=by, at=at, organisation=consignee.organisation, place=consignee.place, consignee=consignee, lines=asked,
        needed_by=(at + timedelta(days=14)).date(), note="Exercise.",
    )  # fmt: skip
    return asking.submit_request(by=by, at=at, aid_request=row, confirmed_unusual=True)


def _measures(at: datetime) -> None:
    """Export measures in the words of the shipped table, with the day the report is from."""
    rows = load_table("export_curbs")
    known = set(Place.objects.values_list("code", flat=True))
    rows = rows[rows["place"].isin(known) & (rows["known_by"] <= at.date().isoformat())]
    Measure.objects.bulk_create(
        Measure(
            place_id=row["place"], kind=Measure.Kind.EXPORT, title=f"{row['fact']}: {row['scope']}"[:200],
            starts_on=row["known_by"], source=row["source"], recorded_at=at,
        )
        for row in rows.to_dict("records")
    )  # fmt: skip


def _plan(who: dict[str, User], at: datetime) -> None:
    """A plan for Africa from the gifts at the hub, computed and ready to look at."""
    places = list(Place.objects.filter(un_region="Africa", kind="country").values_list("code", flat=True))
    run = planning.make_run(
        by=who["Anders"],
        at=at,
        title="Africa, gifts at the hub",
        as_of=at.date(),
        choice=planning.Choice(),
        places=places,
    )
    planning.mark(run, "start")
    run_plan(run)
    planning.mark(run, "finish")
    run.tasks.update(status="done", percent=100)
