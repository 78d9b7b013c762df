"""Calls and the promises made in them: said is not confirmed, confirmed is not kept, and the public sees what was published."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client

from yuanshou_ops.duty.alerts import alerts
from yuanshou_ops.duty.search import search
from yuanshou_ops.engagements import actions
from yuanshou_ops.engagements.counts import promise_counts, tally
from yuanshou_ops.engagements.models import Engagement, Promise
from yuanshou_ops.engagements.statuses import PROMISE
from yuanshou_ops.errors import EditConflict, NotAllowed, Refused
from yuanshou_ops.ledger.models import Item
from yuanshou_ops.people.actions import grant_from_console
from yuanshou_ops.people.models import User


def logged(world: Any, at: datetime, *, title: str = "Call", other: str = "President K", **values: Any) -> Engagement:
    values = {
        "kind": "call",
        "status": "held",
        "starts_at": at - timedelta(hours=2),
        "classification": "public",
    } | values
    row = Engagement(title=title, organisation=world.centre, **values)
    sides = [
        actions.Side("Director C", "Director", is_host=True, organisation=world.centre),
        actions.Side(other, "President", place=world.kenya),
    ]
    return actions.log_engagement(by=world.amina, at=at, engagement=row, sides=sides)


@pytest.fixture
def call(world: Any, at: datetime) -> Engagement:
    return logged(world, at)


@pytest.fixture
def promise(world: Any, at: datetime, call: Engagement) -> Promise:
    said = actions.Said(
        "Director C", "President K", "200 ventilators", receiver_place=world.kenya,
        item=Item.objects.get(pk="ventilator"), quantity=200, due_on=at.date() + timedelta(days=1),
    )  # fmt: skip
    return actions.add_promise(by=world.amina, at=at, engagement=call, said=said)


@pytest.fixture
def signed_in(client: Client) -> Any:
    def enter(user: Any) -> Client:
        client.force_login(user)
        return client

    return enter


def test_a_promise_moves_only_along_its_table(world: Any, at: datetime, promise: Promise) -> None:
    steps = {step for _status, step in PROMISE}
    for status, step in product(Promise.Status.values, steps):
        Promise.objects.filter(pk=promise.pk).update(status=status, source="letter")
        promise.refresh_from_db()
        if (status, step) in PROMISE:
            actions.step_promise(by=world.amina, at=at, promise=promise, step=step, source="letter", reason="r")
            assert promise.status == PROMISE[status, step]
        else:
            with pytest.raises(Refused):
                actions.step_promise(by=world.amina, at=at, promise=promise, step=step, source="letter", reason="r")


def test_what_was_said_is_confirmed_only_with_a_source(world: Any, at: datetime, promise: Promise) -> None:
    with pytest.raises(Refused, match="without a source"):
        actions.step_promise(by=world.amina, at=at, promise=promise, step="confirm")
    with pytest.raises(Refused, match="the status said"):
        actions.step_promise(by=world.amina, at=at, promise=promise, step="keep", source="receipt")
    actions.step_promise(by=world.amina, at=at, promise=promise, step="confirm", source="letter of 25 March")
    with pytest.raises(Refused, match="without a reason"):
        actions.step_promise(by=world.amina, at=at, promise=promise, step="withdraw")
    assert Promise.objects.get().status == "confirmed"


def test_a_promise_is_linked_by_a_number_that_exists(
    world: Any, at: datetime, call: Engagement, promise: Promise
) -> None:
    with pytest.raises(Refused, match="the number 'S-2020-999999'"):
        actions.link_promise(by=world.amina, at=at, promise=promise, number="S-2020-999999")
    link = actions.link_promise(by=world.amina, at=at, promise=promise, number=call.number.lower())
    assert link.number == call.number
    with pytest.raises(Refused, match="linked already"):
        actions.link_promise(by=world.amina, at=at, promise=promise, number=call.number)
    with pytest.raises(TypeError, match="is a fact"):
        link.delete()


def test_calls_are_counted_by_person_and_period(world: Any, at: datetime) -> None:
    for day, other in ((3, "A"), (2, "B"), (1, "A")):
        logged(world, at, other=other, starts_at=at - timedelta(days=day))
    logged(world, at, other="D", status="planned", starts_at=at + timedelta(days=1))
    found = tally(Engagement.objects.all())
    assert (found.engagements, found.counterparts, found.by_kind) == (3, 2, {"call": 3})
    assert found.by_counterpart[0] == ("A", "President", 2)
    assert (found.first, found.last) == (date(2020, 3, 22), date(2020, 3, 24))
    assert tally(Engagement.objects.all(), since=date(2020, 3, 23), until=date(2020, 3, 23)).counterparts == 1
    assert tally(Engagement.objects.all(), name="A").engagements == 2
    assert tally(Engagement.objects.none()).first is None


def test_an_engagement_needs_two_sides_and_a_time_that_has_passed(world: Any, at: datetime) -> None:
    with pytest.raises(Refused, match="a time that has passed"):
        logged(world, at, starts_at=at + timedelta(hours=1))
    row = Engagement(title="x", kind="call", organisation=world.centre, starts_at=at)
    with pytest.raises(Refused, match="at least two"):
        actions.log_engagement(by=world.amina, at=at, engagement=row, sides=[actions.Side("one")])
    planned = logged(world, at, status="planned", starts_at=at + timedelta(days=1))
    with pytest.raises(Refused, match="one whose time has come"):
        actions.step_engagement(by=world.amina, at=at, engagement=planned, step="hold")
    planned.refresh_from_db()
    assert planned.status == "planned"
    with pytest.raises(Refused, match="one that was held"):
        actions.add_promise(by=world.amina, at=at, engagement=planned, said=actions.Said("a", "b", "c"))


def test_only_a_second_person_publishes_and_only_what_may_be(world: Any, at: datetime, call: Engagement) -> None:
    with pytest.raises(NotAllowed):
        actions.publish(by=world.amina, at=at, engagement=call)
    inner = logged(world, at, classification="internal")
    with pytest.raises(Refused, match="may be published"):
        actions.publish(by=world.approver, at=at, engagement=inner)
    actions.publish(by=world.approver, at=at, engagement=call)
    actions.write_minutes(
        by=world.amina, at=at, engagement=call, minutes="m", summary="new words", expected_version=call.version
    )
    assert Engagement.objects.get(pk=call.pk).published_at is None, "new words are published anew"
    with pytest.raises(EditConflict):
        actions.write_minutes(by=world.amina, at=at, engagement=call, minutes="x", summary="", expected_version=1)


def test_the_public_sees_confirmed_promises_and_how_many_were_only_said(
    client: Client, world: Any, at: datetime, call: Engagement, promise: Promise
) -> None:
    def shown() -> str:
        return client.get("/engagements/tracker").content.decode()

    assert promise.number not in shown(), "nothing is published yet"
    actions.publish(by=world.approver, at=at, engagement=call)
    page = shown()
    assert promise.number not in page, "said is not confirmed"
    assert promise_counts(Promise.objects.all())["said"] == 1
    actions.step_promise(by=world.amina, at=at, promise=promise, step="confirm", source="letter")
    assert promise.number in shown()
    assert "ventilators" in client.get("/engagements/tracker?format=csv").content.decode()
    call.refresh_from_db()
    actions.unpublish(by=world.approver, at=at, engagement=call, reason="asked to")
    assert promise.number not in shown()
    assert promise.number not in client.get("/engagements/tracker?format=csv").content.decode()


def test_a_confidential_engagement_is_seen_by_few(world: Any, at: datetime, signed_in: Any) -> None:
    row = logged(world, at, classification="confidential", title="Quiet call")
    said = actions.Said("a", "b", "c", due_on=at.date())
    promise = actions.add_promise(by=world.amina, at=at, engagement=row, said=said)
    for user, sees in ((world.amina, True), (world.auditor, True), (world.analyst, False), (world.chen, False)):
        client = signed_in(user)
        for address in (f"/engagements/{row.number}", f"/engagements/p/{promise.number}"):
            assert client.get(address).status_code == (200 if sees else 404), (user, address)
        assert ("Quiet call" in client.get("/engagements/").content.decode()) is sees
        assert bool(search(user, promise.number)) is sees
    assert not any(alert.number == promise.number for alert in alerts(at)), "an alert names it to nobody"
    assert promise.number not in signed_in(world.amina).get("/").content.decode(), "nor does the desk"


def test_a_promise_that_is_due_stands_on_the_desk_with_its_day(world: Any, promise: Promise, signed_in: Any) -> None:
    text = signed_in(world.amina).get("/").content.decode()
    due = text.partition('id="q6"')[2].partition("</section>")[0]
    assert f"/engagements/p/{promise.number}" in due
    assert "200 ventilators" in due
    assert f'datetime="{promise.due_on}"' in due


def test_who_logs_a_confidential_engagement_may_read_it_and_no_other_of_the_same_role(
    world: Any, at: datetime, signed_in: Any
) -> None:
    row = Engagement(
        title="Quiet call", organisation=world.giver, kind="call", status="held", starts_at=at - timedelta(hours=2),
        classification="confidential",
    )  # fmt: skip
    sides = [actions.Side("Director C", "Director", is_host=True), actions.Side("President K", "President")]
    actions.log_engagement(by=world.chen, at=at, engagement=row, sides=sides)
    other = User.objects.create_user("dong@example.org", "a-password-for-tests", name="Dong")
    grant_from_console(user=other, organisation=world.giver, role="donor", at=at)
    for user, sees in ((world.chen, True), (other, False), (world.analyst, False)):
        client = signed_in(user)
        assert client.get(f"/engagements/{row.number}").status_code == (200 if sees else 404), user
        assert ("Quiet call" in client.get("/engagements/").content.decode()) is sees, user


def test_a_promise_near_its_day_is_an_alert(world: Any, at: datetime, promise: Promise) -> None:
    (alert,) = [one for one in alerts(at) if one.number == promise.number]
    assert alert.level == 1
    (late,) = [one for one in alerts(at + timedelta(days=3)) if one.number == promise.number]
    assert late.level == 2
    actions.step_promise(by=world.amina, at=at, promise=promise, step="withdraw", reason="no stock")
    assert [one for one in alerts(at) if one.number == promise.number] == []


def test_an_officer_logs_a_call_and_a_promise_by_forms(world: Any, at: datetime, signed_in: Any) -> None:
    client = signed_in(world.amina)
    form = {
        "key": "k1", "kind": "call", "title": "Call with Kenya", "organisation": world.centre.pk, "day": "2020-03-24",
        "hour": "21:30", "status": "held", "classification": "public", "hosts": "Director C; Director; ITA",
        "others": "President K; President; XXX\n", "summary": "", "minutes": "", "source": "release",
    }  # fmt: skip
    answer = client.post("/engagements/add", form)
    assert answer.status_code == 422
    assert "Line 1" in answer.content.decode()
    form["others"] = "President K; President; KEN"
    first = client.post("/engagements/add", form)
    again = client.post("/engagements/add", form)
    assert first["Location"] == again["Location"]
    row = Engagement.objects.get()
    made = client.post(
        f"/engagements/{row.number}/promise",
        {"key": "k2", "promiser": "Director C", "receiver": "President K", "what": "masks", "due_on": "2020-04-01"},
    )
    promise = Promise.objects.get()
    assert made["Location"].endswith(promise.number)
    refused = client.post(f"/engagements/p/{promise.number}/confirm", {"source": "", "reason": ""})
    assert refused.status_code == 422
    client.post(f"/engagements/p/{promise.number}/confirm", {"source": "agreement of 1 April", "reason": ""})
    promise.refresh_from_db()
    assert promise.status == "confirmed"
    for address in (
        "calendar",
        "counts",
        "counts?since=2020-03-01&name=K",
        "promises",
        row.number,
        f"{row.number}/minutes",
    ):
        assert client.get(f"/engagements/{address}").status_code == 200, address
