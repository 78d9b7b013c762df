"""The desk: alerts that name people and cannot be waved away, the log, the hand-over, search, the six questions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from yuanshou_ops.duty import actions
from yuanshou_ops.duty.alerts import UNANSWERED, alerts, open_alerts
from yuanshou_ops.duty.models import LogEntry
from yuanshou_ops.duty.search import search
from yuanshou_ops.errors import NotAllowed, Refused
from yuanshou_ops.ledger.models import Item
from yuanshou_ops.ledger.quantities import to_base
from yuanshou_ops.requests import actions as asking
from yuanshou_ops.requests import offers
from yuanshou_ops.shipments import actions as shipping
from yuanshou_ops.shipments.models import Milestone


@pytest.fixture
def consignee(world: Any, at: Any) -> Any:
    row = asking.add_consignee(
        by=world.bilal, at=at, organisation=world.ministry, name="Central store", place=world.kenya,
        address="Industrial Area", contact_name="Bilal", phone="+254 1",
    )  # fmt: skip
    return asking.verify_consignee(by=world.logistician, at=at, consignee=row)


@pytest.fixture
def request_of_kenya(world: Any, at: Any, consignee: Any) -> Any:
    item = Item.objects.get(pk="gloves")
    row = asking.draft_request(
        by=world.bilal, at=at, organisation=world.ministry, place=world.kenya, consignee=consignee,
        lines=[asking.Asked(item, to_base(item, 100))],
    )  # fmt: skip
    return asking.submit_request(by=world.bilal, at=at, aid_request=row)


def dispatched(world: Any, at: Any, stock: Any, consignee: Any) -> Any:
    shipment = shipping.draft_shipment(
        key="s", by=world.logistician, at=at, consignee=consignee, picks=[shipping.Pick(stock(500), 500)],
        way=shipping.Way(arrives_on=at.date() + timedelta(days=5)),
    )  # fmt: skip
    for step in ("pack", "dispatch"):
        shipment = shipping.step_shipment(by=world.logistician, at=at, shipment=shipment, step=step)
    return shipment


def test_an_unanswered_request_climbs_from_the_duty_officer_to_the_approver(
    world: Any, at: Any, request_of_kenya: Any
) -> None:
    assert alerts(at + UNANSWERED - timedelta(minutes=1)) == []
    (alert,) = alerts(at + UNANSWERED)
    assert "Amina" in alert.people
    assert "Approver" not in alert.people
    (later,) = alerts(at + 2 * UNANSWERED)
    assert {"Amina", "Approver", "Second Approver"} <= set(later.people)
    asking.answer_request(by=world.amina, at=at, aid_request=request_of_kenya, step="accept")
    assert alerts(at + 2 * UNANSWERED) == []


def test_an_alert_rests_only_with_a_reason_and_comes_back(world: Any, at: Any, request_of_kenya: Any) -> None:
    now = at + UNANSWERED
    (alert,) = open_alerts(now)
    for reason, hours in (("", 4), ("  ", 4), ("on the phone", 0), ("on the phone", 1000)):
        with pytest.raises(Refused):
            actions.answer_alert(by=world.amina, at=now, alert=alert.key, reason=reason, hours=hours)
    with pytest.raises(NotAllowed):
        actions.answer_alert(by=world.bilal, at=now, alert=alert.key, reason="no", hours=4)
    actions.answer_alert(by=world.amina, at=now, alert=alert.key, reason="on the phone with Nairobi", hours=4)
    assert open_alerts(now) == []
    assert alerts(now)[0].answer.reason == "on the phone with Nairobi"
    assert open_alerts(now + timedelta(hours=4))


def test_a_quiet_and_a_late_shipment_are_heard(world: Any, at: Any, stock: Any, consignee: Any) -> None:
    shipment = dispatched(world, at, stock, consignee)
    assert alerts(at + timedelta(hours=47)) == []
    assert [a.kind for a in alerts(at + timedelta(hours=48))] == ["shipment"]
    shipping.set_milestone(
        by=world.logistician, at=at, shipment=shipment, kind=Milestone.Kind.DEPARTURE, promised_on=at.date(), source="x"
    )
    assert "late" in {a.kind for a in alerts(at + timedelta(days=1))}


def test_a_promise_near_its_end_is_heard(world: Any, at: Any, stock: Any) -> None:
    account = stock(500)
    offers.commit(key="c", by=world.amina, at=at, account=account, quantity=10, place=world.kenya,
                  expires_at=at + timedelta(days=5))  # fmt: skip
    assert alerts(at) == []
    (alert,) = alerts(at + timedelta(days=4))
    assert alert.kind == "promise"


def test_the_log_is_added_to_and_never_edited(world: Any, at: Any) -> None:
    row = actions.log(by=world.amina, at=at, text="Nairobi called", about="R-2020-000001")
    with pytest.raises(TypeError):
        row.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        LogEntry.objects.filter(pk=row.pk).update(text="nobody called")
    with pytest.raises(Refused):
        actions.log(by=world.amina, at=at, text=" ")
    with pytest.raises(NotAllowed):
        actions.log(by=world.auditor, at=at, text="I was here")


def test_a_hand_over_is_taken_by_somebody_else_once(world: Any, at: Any) -> None:
    row = actions.hand_over(by=world.amina, at=at, text="All quiet", open_alerts=[])
    with pytest.raises(Refused, match="your own"):
        actions.take_over(by=world.amina, at=at, row=row)
    actions.take_over(by=world.duty_officer, at=at, row=row)
    with pytest.raises(Refused, match="taken by"):
        actions.take_over(by=world.duty_officer, at=at, row=row)


def test_a_number_leads_to_its_page_and_to_nothing_for_a_stranger(
    world: Any, request_of_kenya: Any, client: Any
) -> None:
    number = request_of_kenya.number
    assert [address for _what, _number, address in search(world.amina, number.lower())] == [f"/requests/r/{number}"]
    assert search(world.dina, number) == []
    assert search(world.other_requester, number) == []
    client.force_login(world.amina)
    assert client.get("/desk/find", {"q": number}).headers["Location"] == f"/requests/r/{number}"
    assert client.get("/desk/find", {"q": "肯尼亚"}).headers["Location"] == "/situation/p/KEN"


def test_a_form_sent_twice_writes_one_entry(world: Any, client: Any) -> None:
    client.force_login(world.amina)
    for _turn in range(2):
        client.post("/desk/log/add", {"text": "Once", "key": "same"})
    assert LogEntry.objects.filter(text="Once").count() == 1


def test_home_answers_the_six_questions_with_linked_facts(
    world: Any, at: Any, client: Any, stock: Any, consignee: Any, request_of_kenya: Any
) -> None:
    shipment = dispatched(world, at, stock, consignee)
    client.force_login(world.amina)
    page = client.get("/")
    text = page.content.decode()
    for question in range(1, 7):
        assert f'id="q{question}"' in text
    assert f"/requests/r/{request_of_kenya.number}" in text
    assert f"/shipments/s/{shipment.number}" in text
    assert len(page.content) < 120_000


def test_a_visitor_and_a_donor_see_doors_and_no_facts(world: Any, client: Any, request_of_kenya: Any) -> None:
    for user in (None, world.chen, world.dina):
        if user:
            client.force_login(user)
        text = client.get("/").content.decode()
        assert request_of_kenya.number not in text
        assert 'id="q1"' not in text
