"""Shipments from packing to the closed books: every step, every refusal, and conservation in between."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import lxml.html
import pytest
from conftest import NOW

from yuanshou_ops.errors import InsufficientStock, NotAllowed, Refused
from yuanshou_ops.ledger import checks
from yuanshou_ops.ledger import recall as recalls
from yuanshou_ops.ledger.actions import totals
from yuanshou_ops.ledger.models import Account, Item
from yuanshou_ops.ledger.quantities import Quantity, to_base
from yuanshou_ops.ledger.statuses import KINDS, State
from yuanshou_ops.people.models import AuditEvent
from yuanshou_ops.requests import actions as asking
from yuanshou_ops.requests import offers
from yuanshou_ops.requests.models import AidRequest
from yuanshou_ops.shipments import actions, receipts, statuses
from yuanshou_ops.shipments.models import Discrepancy, GoodsReceipt, Shipment
from yuanshou_ops.shipments.outcomes import shipment_outcomes
from yuanshou_ops.shipments.receipts import Count, Receiver
from yuanshou_ops.steps import advance

ARRIVAL = date(2020, 4, 10)
DINA = Receiver("Dina", "storekeeper")


@pytest.mark.parametrize("table", [statuses.SHIPMENT, statuses.DISCREPANCY], ids=["shipment", "discrepancy"])
def test_every_pair_of_status_and_step_is_in_the_table_or_refused(table: Any) -> None:
    every_status = {status for status, _step in table} | set(table.values())
    for status, step in product(every_status, {step for _status, step in table}):
        if (status, step) in table:
            assert advance(table, status, step) == table[status, step]
        else:
            with pytest.raises(Refused):
                advance(table, status, step)


def test_what_a_step_does_to_goods_fits_the_kinds_of_move() -> None:
    for kind, credit, debit in statuses.EFFECTS.values():
        assert credit in KINDS[kind].credit
        assert debit in KINDS[kind].debit
    for kind, state in statuses.RECEIVED_AS.values():
        assert State.IN_TRANSIT in KINDS[kind].credit
        assert state in KINDS[kind].debit


@pytest.fixture
def consignee(world: Any, at: Any) -> Any:
    row = asking.add_consignee(
        by=world.bilal, at=at, organisation=world.ministry, name="Central store, Nairobi", place=world.kenya,
        address="Industrial Area", contact_name="Bilal", phone="+254 1",
    )  # fmt: skip
    return asking.verify_consignee(by=world.logistician, at=at, consignee=row)


@pytest.fixture
def request_(world: Any, at: Any, consignee: Any) -> AidRequest:
    item = Item.objects.get(pk="surgical_mask")
    row = asking.draft_request(
        by=world.bilal, at=at, organisation=world.ministry, place=world.kenya, consignee=consignee,
        lines=[asking.Asked(item, to_base(item, 600))],
    )  # fmt: skip
    asking.submit_request(by=world.bilal, at=at, aid_request=row)
    return asking.answer_request(by=world.amina, at=at, aid_request=row, step="accept")


@pytest.fixture
def ship(world: Any, at: Any, consignee: Any, stock: Any) -> Any:
    def make(quantity: int = 600, *, key: str = "s1", account: Any = None, **values: Any) -> Shipment:
        return actions.draft_shipment(
            key=key, by=world.logistician, at=at, consignee=consignee,
            picks=[actions.Pick(account or stock(1000), quantity)], way=actions.Way(ARRIVAL), **values,
        )  # fmt: skip

    return make


def go(world: Any, at: Any, shipment: Shipment, *steps: str) -> Shipment:
    for step in steps:
        actions.step_shipment(by=world.logistician, at=at, shipment=shipment, step=step)
    return shipment


def receive(world: Any, at: Any, shipment: Shipment, *, key: str = "r1", **counts: int) -> GoodsReceipt:
    receipt = receipts.receive(
        key=key, by=world.bilal, at=at, shipment=shipment, counts={1: Count(**counts)}, receiver=DINA
    )
    shipment.refresh_from_db()
    return receipt


def units(state: str) -> int:
    return totals().get(("surgical_mask", state), 0)


def test_goods_are_reserved_packed_sent_and_received_and_only_then_count(world: Any, at: Any, ship: Any) -> None:
    shipment = ship()
    assert (shipment.number, units("reserved"), units("vetted")) == ("S-2020-000001", 600, 400)
    go(world, at, shipment, "pack", "dispatch")
    assert (units("in_transit"), units("accepted")) == (600, 0)
    receive(world, at, shipment, good=600)
    assert (units("in_transit"), units("accepted")) == (0, 600)
    account = Account.objects.get(state="accepted")
    assert (account.holder, account.place) == (world.ministry, world.kenya)
    assert shipment.status == "received"
    actions.close_shipment(by=world.logistician, at=at, shipment=shipment)
    assert not checks.mismatched()
    assert not checks.unbalanced_lots()


def test_the_same_draft_sent_twice_reserves_once(ship: Any, stock: Any) -> None:
    account = stock(1000)
    assert ship(account=account).pk == ship(account=account).pk
    assert units("reserved") == 600


def test_a_shipment_reserves_all_lines_or_none(world: Any, at: Any, consignee: Any, stock: Any) -> None:
    picks = [actions.Pick(stock(100, number="A"), 100), actions.Pick(stock(100, number="B"), 101)]
    with pytest.raises(InsufficientStock):
        actions.draft_shipment(
            key="s", by=world.logistician, at=at, consignee=consignee, picks=picks, way=actions.Way(ARRIVAL)
        )
    assert units("reserved") == 0
    assert not Shipment.objects.exists()


def test_goods_go_to_a_verified_consignee_and_the_one_of_the_request(
    world: Any, at: Any, ship: Any, request_: Any, stock: Any
) -> None:
    other = asking.add_consignee(
        by=world.amina, at=at, organisation=world.stranger, name="Elsewhere", place=world.kenya, address="x",
        contact_name="x", phone="1",
    )  # fmt: skip
    picks, way = [actions.Pick(stock(10), 10)], actions.Way(ARRIVAL)
    with pytest.raises(Refused, match="not verified"):
        actions.draft_shipment(key="s", by=world.logistician, at=at, consignee=other, picks=picks, way=way)
    asking.verify_consignee(by=world.logistician, at=at, consignee=other)
    with pytest.raises(Refused, match="not the one of"):
        actions.draft_shipment(
            key="s", by=world.logistician, at=at, consignee=other, picks=picks, way=way, aid_request=request_
        )


def test_goods_that_expire_before_arrival_are_never_sent(ship: Any, stock: Any) -> None:
    with pytest.raises(Refused, match="expired on arrival"):
        ship(account=stock(1000, number="old", days=16))
    ship(account=stock(1000, number="just", days=17))


def test_earmarked_goods_are_not_shipped_elsewhere(world: Any, at: Any, ship: Any) -> None:
    line = offers.Offered(Item.objects.get(pk="surgical_mask"), Quantity(100), "L9", specification="Type IIR")
    head = offers.OfferHead(donor=world.giver, place=world.china, conditions="only for: ITA UGA")
    offer = offers.announce_offer(key="o", by=world.chen, at=at, head=head, lines=[line])
    offers.vet_line(by=world.logistician, at=at, line=offer.lines.get(), passes=True, arrives_on=ARRIVAL)
    with pytest.raises(Refused, match="earmarked for Italy, Uganda"):
        ship(100, account=Account.objects.get(state="vetted"))
    assert units("reserved") == 0


@pytest.mark.parametrize(
    ("incoterm", "mode", "place", "words"),
    [("XYZ", "air", "Nairobi", "Incoterm"), ("FOB", "air", "Genoa", "every mode"), ("DAP", "air", "", "named place")],
)
def test_an_incoterm_fits_the_mode_and_names_a_place(
    world: Any, at: Any, consignee: Any, stock: Any, incoterm: str, mode: str, place: str, words: str
) -> None:
    way = actions.Way(ARRIVAL, mode=mode, incoterm=incoterm, incoterm_place=place)
    with pytest.raises(Refused, match=words):
        actions.draft_shipment(
            key="s", by=world.logistician, at=at, consignee=consignee, picks=[actions.Pick(stock(10), 1)], way=way
        )


def test_a_cancelled_shipment_frees_its_goods_and_packing_can_be_undone(world: Any, at: Any, ship: Any) -> None:
    shipment = go(world, at, ship(), "pack", "unpack", "pack", "unpack", "cancel")
    assert (shipment.status, units("vetted")) == ("cancelled", 1000)
    with pytest.raises(Refused, match="cancelled"):
        go(world, at, shipment, "pack")


def test_after_dispatch_nothing_is_unpacked_or_cancelled(world: Any, at: Any, ship: Any) -> None:
    shipment = go(world, at, ship(), "pack", "dispatch")
    for step in ("unpack", "cancel", "pack", "dispatch"):
        with pytest.raises(Refused, match="on its way"):
            go(world, at, shipment, step)


def test_packages_hold_every_line_exactly(world: Any, at: Any, ship: Any) -> None:
    shipment = ship()
    with pytest.raises(Refused, match="hold 599"):
        actions.set_packages(by=world.logistician, at=at, shipment=shipment, packages=[(1, 599, None, "", "")])
    with pytest.raises(Refused, match="SSCC"):
        actions.set_packages(by=world.logistician, at=at, shipment=shipment, packages=[(1, 600, None, "", "123")])
    rows = actions.set_packages(
        by=world.logistician, at=at, shipment=shipment,
        packages=[(1, 300, None, "60x40x40", "106141412345678908"), (1, 300, None, "", "")],
    )  # fmt: skip
    assert [p.number for p in rows] == [1, 2]


def test_a_partial_receipt_leaves_the_rest_outstanding_and_the_shipment_open(world: Any, at: Any, ship: Any) -> None:
    shipment = go(world, at, ship(), "pack", "dispatch")
    receive(world, at, shipment, good=500)
    assert (shipment.status, shipment_outcomes(shipment)[0].outstanding) == ("receiving", 100)
    with pytest.raises(Refused, match="partly received"):
        actions.close_shipment(by=world.logistician, at=at, shipment=shipment)
    with pytest.raises(Refused, match="100 still expected"):
        receive(world, at, shipment, key="r2", good=101)
    receive(world, at, shipment, key="r2", good=60, damaged=20, short=15, expired=5, surplus=7)
    outcome = shipment_outcomes(shipment)[0]
    assert (outcome.accepted, outcome.damaged, outcome.short, outcome.surplus) == (560, 25, 15, 7)
    assert outcome.is_balanced
    assert sorted(Discrepancy.objects.values_list("kind", "quantity")) == [
        ("damaged", 20), ("expired", 5), ("short", 15), ("surplus", 7),
    ]  # fmt: skip
    assert not checks.mismatched()
    assert not checks.unbalanced_lots()


def test_the_same_receipt_sent_twice_counts_once(world: Any, at: Any, ship: Any) -> None:
    shipment = go(world, at, ship(), "pack", "dispatch")
    assert receive(world, at, shipment, good=500).pk == receive(world, at, shipment, good=500).pk
    assert units("accepted") == 500


@pytest.mark.parametrize("counts", [{"good": -1}, {"good": 0}, {"good": 601}, {"short": 601}])
def test_counts_that_cannot_be_are_refused(world: Any, at: Any, ship: Any, counts: dict[str, int]) -> None:
    shipment = go(world, at, ship(), "pack", "dispatch")
    with pytest.raises(Refused):
        receive(world, at, shipment, **counts)
    assert units("in_transit") == 600


def test_a_shipment_closes_only_when_every_discrepancy_has_an_end(world: Any, at: Any, ship: Any) -> None:
    shipment = go(world, at, ship(), "pack", "dispatch")
    receive(world, at, shipment, good=560, damaged=20, short=15, expired=5, surplus=7)
    with pytest.raises(Refused, match="discrepancy"):
        actions.close_shipment(by=world.logistician, at=at, shipment=shipment)
    rows = {d.kind: d for d in Discrepancy.objects.select_related("line__shipment__consignee")}
    by = world.logistician
    receipts.settle(by=by, at=at, discrepancy=rows["damaged"], step="claim", reason="wet in the aircraft")
    receipts.settle(by=by, at=at, discrepancy=rows["damaged"], step="return", reason="back to the sender")
    receipts.settle(by=by, at=at, discrepancy=rows["short"], step="find", reason="behind the pallet")
    receipts.settle(by=by, at=at, discrepancy=rows["surplus"], step="keep", reason="donor agrees")
    receipts.settle(by=by, at=at, discrepancy=rows["expired"], step="propose_write_off", reason="expired")
    with pytest.raises(NotAllowed):
        receipts.settle(by=by, at=at, discrepancy=rows["expired"], step="write_off", reason="expired")
    receipts.settle(by=world.approver, at=at, discrepancy=rows["expired"], step="write_off", reason="expired")
    actions.close_shipment(by=world.logistician, at=at, shipment=shipment)
    outcome = shipment_outcomes(shipment)[0]
    assert (outcome.accepted, outcome.returned, outcome.lost, outcome.surplus) == (575, 20, 5, 7)
    assert outcome.is_balanced
    assert not checks.mismatched()


def test_whoever_proposed_a_loss_does_not_write_it_off(world: Any, at: Any, ship: Any) -> None:
    shipment = go(world, at, ship(), "pack", "dispatch")
    receive(world, at, shipment, good=590, short=10)
    row = Discrepancy.objects.select_related("line__shipment__consignee").get()
    row.status, row.proposed_by_id = "write_off_proposed", world.approver.pk
    row.save()
    with pytest.raises(NotAllowed, match="second person"):
        receipts.settle(by=world.approver, at=at, discrepancy=row, step="write_off", reason="lost")
    receipts.settle(by=world.second_approver, at=at, discrepancy=row, step="write_off", reason="lost")
    assert units("lost") == 10


@pytest.mark.parametrize(
    ("kind", "step"), [("short", "return"), ("short", "keep"), ("damaged", "find"), ("surplus", "return")]
)
def test_a_step_fits_the_kind_of_discrepancy(world: Any, at: Any, ship: Any, kind: str, step: str) -> None:
    shipment = go(world, at, ship(), "pack", "dispatch")
    receive(world, at, shipment, good=590, **{kind: 10})
    row = Discrepancy.objects.select_related("line__shipment__consignee").get()
    with pytest.raises(Refused):
        receipts.settle(by=world.logistician, at=at, discrepancy=row, step=step, reason="x")


def test_accepted_receipts_meet_the_request_in_part_and_then_in_full(
    world: Any, at: Any, ship: Any, request_: Any, stock: Any
) -> None:
    account = stock(1000)
    first = go(world, at, ship(400, account=account, aid_request=request_), "pack", "dispatch")
    receive(world, at, first, good=300, damaged=100)
    request_.refresh_from_db()
    assert (request_.status, receipts.accepted_for(request_)) == ("partly_met", {"surgical_mask": 300})
    second = go(world, at, ship(300, key="s2", account=account, aid_request=request_), "pack", "dispatch")
    request_.refresh_from_db()
    assert request_.status == "partly_met"
    receive(world, at, second, good=300)
    request_.refresh_from_db()
    assert request_.status == "met"


def test_a_commitment_travels_in_a_shipment(world: Any, at: Any, consignee: Any, stock: Any) -> None:
    account = stock(1000)
    row = offers.commit(key="c", by=world.amina, at=at, account=account, quantity=250, place=world.kenya)
    held = Account.objects.get(state="committed")
    pick = actions.Pick(held, 250, commitment=row)
    shipment = actions.draft_shipment(
        key="s", by=world.logistician, at=at, consignee=consignee, picks=[pick], way=actions.Way(ARRIVAL)
    )
    row.refresh_from_db()
    assert (row.status, units("reserved"), units("committed")) == ("posted", 250, 0)
    go(world, at, shipment, "pack", "dispatch")
    assert units("in_transit") == 250


# --- the receiver's page -------------------------------------------------------------------------------------


def test_the_code_opens_its_own_shipment_and_nothing_else(world: Any, at: Any, ship: Any, stock: Any) -> None:
    account = stock(1000)
    one, two = ship(100, key="a", account=account), ship(100, key="b", account=account)
    assert receipts.find_by_code(one.number, one.receiver_code) == one
    assert receipts.find_by_code(one.number, one.receiver_code.lower()) == one
    assert receipts.find_by_code(one.number, two.receiver_code) is None
    assert receipts.find_by_code("S-2020-999999", one.receiver_code) is None


def test_ten_wrong_codes_close_the_door_for_an_hour(world: Any, ship: Any) -> None:
    shipment = ship()
    for _try in range(10):
        assert receipts.find_by_code(shipment.number, "WRONG") is None
    assert receipts.find_by_code(shipment.number, shipment.receiver_code) is None


def test_the_receiver_confirms_without_an_account_on_a_page_of_at_most_15_kilobytes(
    world: Any, at: Any, ship: Any, client: Any
) -> None:
    shipment = go(world, at, ship(), "pack", "dispatch")
    address = f"/receive/{shipment.number}/{shipment.receiver_code}"
    page = client.get(address)
    assert page.status_code == 200
    style = client.get("/static/yuanshou/receiver.css")
    weight = len(page.content) + len(b"".join(style.streaming_content))
    assert weight <= 15_000
    assert page.content.count(b"<script") == 0
    values = {"key": "k", "name": "Dina", "role": "storekeeper", "good-1": 590, "damaged-1": 10}
    first, second = client.post(address, values), client.post(address, values)
    assert first.status_code == second.status_code == 200
    receipt = GoodsReceipt.objects.get()
    assert (receipt.is_by_code, receipt.receiver_name) == (True, "Dina")
    assert units("accepted") == 590
    assert AuditEvent.objects.filter(action="shipments.receive").first().actor_label == "Dina (storekeeper)"


@pytest.mark.parametrize(
    "values", [{}, {"name": "Dina"}, {"name": "Dina", "good-1": "many"}, {"name": "Dina", "good-1": 601}]
)
def test_the_receivers_page_says_what_to_correct(world: Any, at: Any, ship: Any, client: Any, values: Any) -> None:
    shipment = go(world, at, ship(), "pack", "dispatch")
    page = client.post(f"/receive/{shipment.number}/{shipment.receiver_code}", values)
    assert page.status_code == 422
    assert units("in_transit") == 600
    for value in values.values():
        assert f'value="{value}"' in page.content.decode()


def test_a_wrong_code_shows_nothing_of_the_shipment(world: Any, at: Any, ship: Any, client: Any) -> None:
    shipment = ship()
    page = client.get(f"/receive/{shipment.number}/AAAAAAAAAA")
    assert page.status_code == 404
    assert b"Nairobi" not in page.content


def test_the_code_stands_in_no_audit_event_and_no_list(world: Any, ship: Any, client: Any) -> None:
    shipment = ship()
    for event in AuditEvent.objects.all():
        assert shipment.receiver_code not in f"{event.before}{event.after}{event.target_label}"
    client.force_login(world.analyst)
    assert shipment.receiver_code.encode() not in client.get(f"/shipments/s/{shipment.number}").content


# --- milestones, recall, pages -------------------------------------------------------------------------------


def test_milestones_keep_promised_and_actual_and_any_news_ends_the_silence(world: Any, at: Any, ship: Any) -> None:
    shipment = go(world, at, ship(), "pack", "dispatch")
    later = at + timedelta(days=3)
    actions.set_milestone(by=world.logistician, at=at, shipment=shipment, kind="arrival", promised_on=ARRIVAL)
    with pytest.raises(Refused, match="future"):
        actions.set_milestone(by=world.logistician, at=at, shipment=shipment, kind="arrival", actual_on=ARRIVAL)
    row = actions.set_milestone(
        by=world.logistician, at=later, shipment=shipment, kind="arrival", actual_on=later.date(), source="carrier"
    )
    assert (row.promised_on, row.actual_on) == (ARRIVAL, later.date())
    shipment.refresh_from_db()
    assert (shipment.status, shipment.last_heard_at) == ("arrived", later)


def test_recalled_goods_under_way_are_accounted_for_by_their_destruction(world: Any, at: Any, ship: Any) -> None:
    shipment = go(world, at, ship(), "pack", "dispatch")
    receive(world, at, shipment, good=100)
    line = shipment.lines.get()
    recalls.recall(by=world.amina, at=at, lot=line.lot, reason="failed tests")
    with pytest.raises(Refused, match="recalled"):
        receive(world, at, shipment, key="r2", good=10)
    receipts.account_for_recalled(by=world.approver, at=at, line=line, quantity=500, reason="burnt at the port")
    shipment.refresh_from_db()
    assert shipment.status == "received"
    actions.close_shipment(by=world.logistician, at=at, shipment=shipment)
    assert not checks.mismatched()


def test_strangers_neither_see_nor_move_a_shipment(world: Any, at: Any, ship: Any, client: Any) -> None:
    shipment = go(world, at, ship(), "pack", "dispatch")
    with pytest.raises(NotAllowed):
        receipts.receive(
            key="x", by=world.other_requester, at=at, shipment=shipment, counts={1: Count(good=1)}, receiver=DINA
        )
    client.force_login(world.other_requester)
    assert client.get(f"/shipments/s/{shipment.number}").status_code == 404
    client.force_login(world.bilal)
    assert client.get(f"/shipments/s/{shipment.number}").status_code == 200


def test_a_shipment_is_made_sent_and_received_on_pages(
    world: Any, client: Any, stock: Any, consignee: Any, request_: Any
) -> None:
    account = stock(1000)
    client.force_login(world.logistician)
    start = f"/shipments/add?account={account.pk}&request={request_.number}"
    filled = lxml.html.fromstring(client.get(start).content).xpath("//main//form[contains(@class, 'sheet')]")[0]
    assert dict(filled.form_values())["pick-0-quantity"] == "1000"
    for line in Account.objects.all():
        line.lot.expires_on = None
        line.lot.save()
    values = {
        "key": "k", "consignee": consignee.pk, "request_number": request_.number, "mode": "air",
        "arrives_on": "2030-01-01",
        "pick-TOTAL_FORMS": 1, "pick-INITIAL_FORMS": 0, "pick-0-account": account.pk, "pick-0-quantity": 600,
    }  # fmt: skip
    untouched = dict(filled.form_values()) | {"key": "u", "arrives_on": "2030-01-01"}
    assert client.post(start, untouched).status_code == 302
    actions.step_shipment(by=world.logistician, at=NOW, shipment=Shipment.objects.get(), step="cancel")
    assert client.post("/shipments/add", values).status_code == 302
    shipment = Shipment.objects.first()
    page = f"/shipments/s/{shipment.number}"
    for step in ("pack", "dispatch"):
        assert client.post(f"{page}/{step}", {"reason": ""}).status_code == 302
    assert client.post(f"{page}/milestone", {"kind": "pickup", "promised_on": "2020-03-26"}).status_code == 302
    client.force_login(world.bilal)
    counts = {"key": "r", "name": "Bilal", "good-1": 580, "short-1": 20}
    assert client.post(f"{page}/receive", counts).status_code == 302
    client.force_login(world.logistician)
    discrepancy = Discrepancy.objects.get()
    settle = f"/shipments/discrepancies/{discrepancy.pk}/find"
    assert client.post(settle, {"reason": "found"}).status_code == 302
    assert client.post(f"{page}/close").status_code == 302
    for address in (
        "/shipments/",
        "/shipments/?format=xlsx",
        page,
        "/shipments/discrepancies",
        "/receive",
        f"/requests/r/{request_.number}",
    ):
        assert client.get(address).status_code == 200, address
    shipment.refresh_from_db()
    assert shipment.status == "closed"
