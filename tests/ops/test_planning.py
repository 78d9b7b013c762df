"""The bridge: what may enter a plan, what people may change, four eyes, all or nothing, and the queue."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from yuanshou_ops.errors import EditConflict, InsufficientStock, NotAllowed, Refused
from yuanshou_ops.ledger import checks
from yuanshou_ops.ledger.models import Account, Item, Move
from yuanshou_ops.ledger.quantities import to_base
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.people.models import AuditEvent
from yuanshou_ops.planning import actions, compare, engine, inputs, queue
from yuanshou_ops.planning.models import PlanRun, Task
from yuanshou_ops.planning.statuses import RUN
from yuanshou_ops.requests import actions as asking
from yuanshou_ops.requests import offers
from yuanshou_ops.shipments.models import Shipment
from yuanshou_ops.steps import advance

AS_OF = date(2020, 3, 25)
CHOICE = actions.Choice(draws=20, weeks=4, compare=("per_head",), adopt_weeks=4)
PLACES = ["KEN", "ETH", "GHA"]


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def consignee(world: Any, at: Any) -> Any:
    row = asking.add_consignee(
        by=world.bilal, at=at, organisation=world.ministry, name="Central store", place=world.kenya,
        address="Industrial Area", contact_name="Bilal", phone="+254 1",
    )  # fmt: skip
    return asking.verify_consignee(by=world.logistician, at=at, consignee=row)


def make(world: Any, at: Any, *, places: list[str] = PLACES, choice: actions.Choice = CHOICE) -> PlanRun:
    """A run that the queue has carried out."""
    number = actions.make_run(by=world.analyst, at=at, title="Test", as_of=AS_OF, choice=choice, places=places).number
    assert queue.work_once("worker")
    return PlanRun.objects.get(number=number)


def ask(world: Any, at: Any, consignee: Any, quantity: int) -> Any:
    item = Item.objects.get(pk="surgical_mask")
    row = asking.draft_request(
        by=world.bilal, at=at, organisation=world.ministry, place=world.kenya, consignee=consignee,
        lines=[asking.Asked(item, to_base(item, quantity), reason="stock is out")],
    )  # fmt: skip
    asking.submit_request(by=world.bilal, at=at, aid_request=row, confirmed_unusual=True)
    return asking.answer_request(by=world.amina, at=at, aid_request=row, step="accept")


def test_every_pair_of_status_and_step_is_in_the_table_or_refused() -> None:
    every_status = {status for status, _step in RUN} | set(RUN.values())
    assert every_status == set(PlanRun.Status.values)
    for status, step in product(every_status, {step for _status, step in RUN}):
        if (status, step) in RUN:
            assert advance(RUN, status, step) == RUN[status, step]
        else:
            with pytest.raises(Refused):
                advance(RUN, status, step)


def test_ten_times_the_request_gets_nothing_more(world: Any, at: Any, stock: Any, consignee: Any) -> None:
    stock(50_000)
    without = make(world, at)
    asked = ask(world, at, consignee, 5_000)
    modest = make(world, at)
    asked.lines.update(quantity=50_000)
    greedy = make(world, at)
    assert without.result_digest == modest.result_digest == greedy.result_digest
    assert without.fingerprint == modest.fingerprint == greedy.fingerprint
    sent = [list(run.lines.values_list("recipient_id", "item_id", "quantity", "week")) for run in (modest, greedy)]
    assert sent[0]
    assert sent[0] == sent[1]


def test_an_offer_that_nobody_vetted_never_reaches_a_plan(world: Any, at: Any, stock: Any) -> None:
    vetted = stock(5_000)
    item = Item.objects.get(pk="surgical_mask")
    head = offers.OfferHead(donor=world.giver, place=world.china)
    lot = offers.Offered(item=item, quantity=to_base(item, 9_000_000), lot_number="PROMISE", specification="EN 14683")
    offer = offers.announce_offer(key="promise", by=world.chen, at=at, head=head, lines=[lot])
    supply = inputs.supply_of_ledger(AS_OF)
    assert list(supply.offers["offer"]) == [inputs.offer_code(vetted.pk)]
    run = make(world, at)
    assert {line.account_id for line in run.lines.all()} == {vetted.pk}
    assert sum(run.lines.values_list("quantity", flat=True)) <= 5_000
    ready = at.date() + timedelta(days=7)
    offers.vet_line(by=world.logistician, at=at, line=offer.lines.get(), passes=True, arrives_on=ready)
    assert len(inputs.supply_of_ledger(AS_OF).offers) == 2


def test_what_was_accepted_and_what_is_on_the_way_counts_as_stock(
    world: Any, at: Any, stock: Any, consignee: Any
) -> None:
    stock(50_000)
    run = approved(world, at)
    coming = inputs.on_the_way()
    sent = sum(line.quantity for line in actions.adopted_lines(run) if line.recipient_id == "KEN")
    assert sent > 0
    assert coming["KEN", "surgical_mask"] == sent
    held = inputs.recipient_stock()
    assert dict(zip(held["place"], held["quantity"], strict=True)) == {"KEN": sent}


def test_a_gift_for_several_places_stays_with_them(world: Any, at: Any) -> None:
    item = Item.objects.get(pk="surgical_mask")
    head = offers.OfferHead(donor=world.giver, place=world.china, conditions="only for: ETH GHA")
    lot = offers.Offered(item=item, quantity=to_base(item, 20_000), lot_number="G", specification="EN 14683")
    offer = offers.announce_offer(key="gift", by=world.chen, at=at, head=head, lines=[lot])
    offers.vet_line(
        by=world.logistician, at=at, line=offer.lines.get(), passes=True, arrives_on=at.date() + timedelta(days=7)
    )
    run = make(world, at)
    assert set(run.lines.values_list("recipient_id", flat=True)) <= {"ETH", "GHA"}
    assert run.lines.exists()


def test_a_run_is_made_again_from_its_frozen_inputs(world: Any, at: Any, stock: Any) -> None:
    account = stock(50_000)
    run = make(world, at)
    Account.objects.filter(pk=account.pk).update(balance=7)  # stock has moved on since
    assert engine.reproduce(run) == (run.fingerprint, run.result_digest)
    assert run.summary["findings"] == []
    assert [row["policy"] for row in run.comparisons] == ["need", "per_head"]


def test_a_plan_without_vetted_stock_fails_in_words(world: Any, at: Any) -> None:
    run = make(world, at)
    assert run.status == "failed"
    assert "vetted" in run.error
    assert run.tasks.get().status == "failed"


def test_a_line_is_changed_with_a_reason_and_within_the_lot(world: Any, at: Any, stock: Any) -> None:
    stock(50_000)
    line = make(world, at).lines.order_by("-quantity").first()
    with pytest.raises(Refused, match="reason"):
        actions.change_line(by=world.amina, at=at, line=line, quantity=1, reason=" ")
    with pytest.raises(Refused, match="at most"):
        actions.change_line(by=world.amina, at=at, line=line, quantity=50_001, reason="more")
    with pytest.raises(NotAllowed):
        actions.change_line(by=world.chen, at=at, line=line, quantity=1, reason="mine")
    actions.change_line(
        by=world.amina, at=at, line=line, quantity=1, reason="road closed", expected_version=line.version
    )
    with pytest.raises(EditConflict):
        actions.change_line(by=world.amina, at=at, line=line, quantity=2, reason="again", expected_version=1)
    assert AuditEvent.objects.filter(action="planning.adjust", reason="road closed").count() == 1


def approved(world: Any, at: Any) -> PlanRun:
    run = make(world, at)
    actions.submit_run(by=world.analyst, at=at, run=run, leave_out=True)
    actions.approve_run(by=world.approver, at=at, run=run)
    return PlanRun.objects.get(pk=run.pk)


def test_lines_without_a_consignee_are_left_out_only_by_a_clear_word(
    world: Any, at: Any, stock: Any, consignee: Any
) -> None:
    stock(50_000)
    run = make(world, at)
    with pytest.raises(Refused, match="Ethiopia"):
        actions.submit_run(by=world.analyst, at=at, run=run)
    actions.submit_run(by=world.analyst, at=at, run=run, leave_out=True)
    assert set(run.lines.filter(quantity__gt=0).values_list("recipient_id", flat=True)) == {"KEN"}


def test_whoever_made_changed_or_submitted_a_plan_never_approves_it(
    world: Any, at: Any, stock: Any, consignee: Any
) -> None:
    from yuanshou_ops.people.models import RoleGrant, User

    stock(50_000)
    run = make(world, at)
    RoleGrant.objects.create(
        user=world.approver, organisation=world.centre, role="analyst", status="active", proposed_at=at
    )
    both = User.objects.get(pk=world.approver.pk)
    line = run.lines.filter(recipient_id="KEN").first()
    actions.change_line(by=both, at=at, line=line, quantity=line.quantity - 1, reason="a box is wet")
    actions.submit_run(by=world.analyst, at=at, run=run, leave_out=True)
    with pytest.raises(NotAllowed, match="second person"):
        actions.approve_run(by=both, at=at, run=run)
    with pytest.raises(NotAllowed):
        actions.approve_run(by=world.analyst, at=at, run=run)
    assert actions.approve_run(by=world.second_approver, at=at, run=run)


def test_an_approval_reserves_every_line_and_drafts_the_shipments(
    world: Any, at: Any, stock: Any, consignee: Any
) -> None:
    stock(50_000)
    asked = ask(world, at, consignee, 5_000)
    run = approved(world, at)
    drafted = Shipment.objects.filter(plan=run.number)
    reserved = sum(Account.objects.filter(state=State.RESERVED).values_list("balance", flat=True))
    assert reserved == sum(line.quantity for line in actions.adopted_lines(run)) > 0
    assert {s.status for s in drafted} == {"draft"}
    assert {s.aid_request_id for s in drafted} == {asked.pk}
    assert run.status == "approved"
    assert checks.mismatched() == []


def test_when_one_lot_has_gone_nothing_is_reserved(world: Any, at: Any, stock: Any, consignee: Any) -> None:
    first, second = stock(40_000), stock(30_000, number="L2", item="gloves")
    run = make(world, at)
    assert {line.account_id for line in run.lines.all()} == {first.pk, second.pk}
    actions.submit_run(by=world.analyst, at=at, run=run, leave_out=True)
    from yuanshou_ops.ledger.actions import transfer

    transfer(
        key="gone", by=world.logistician, at=at, account=second, to_holder=world.centre, to_place=world.china,
        quantity=second.balance, reason="another need",
    )  # fmt: skip
    moves = Move.objects.count()
    with pytest.raises(InsufficientStock):
        actions.approve_run(by=world.approver, at=at, run=run)
    assert Move.objects.count() == moves
    assert not Shipment.objects.exists()
    assert PlanRun.objects.get(pk=run.pk).status == "submitted"


def test_a_plan_sent_back_can_be_changed_and_submitted_again(world: Any, at: Any, stock: Any, consignee: Any) -> None:
    stock(50_000)
    run = make(world, at)
    actions.submit_run(by=world.analyst, at=at, run=run, leave_out=True)
    with pytest.raises(Refused, match="reason"):
        actions.refuse_run(by=world.approver, at=at, run=run, reason="")
    actions.refuse_run(by=world.approver, at=at, run=run, reason="too little for Kenya")
    assert run.status == "ready"
    actions.submit_run(by=world.analyst, at=at, run=run)
    assert run.status == "submitted"


def test_two_runs_differ_where_their_settings_do(world: Any, at: Any, stock: Any) -> None:
    stock(50_000)
    one = make(world, at)
    two = make(world, at, choice=actions.Choice(draws=20, weeks=4, policy="per_head", compare=()))
    assert {name for name, _a, _b in compare.differences(one, two)} >= {"policy"}
    assert compare.differences(one, one) == []
    assert any(row["change"] for row in compare.by_place(one, two))


def test_two_workers_never_take_the_same_task(world: Any, at: Any) -> None:
    actions.make_run(by=world.analyst, at=at, title="Test", as_of=AS_OF, choice=CHOICE)
    assert queue.claim("one") is not None
    assert queue.claim("two") is None


def test_a_task_of_a_worker_that_fell_silent_goes_back_and_fails_after_three(world: Any, at: Any) -> None:
    run = actions.make_run(by=world.analyst, at=at, title="Test", as_of=AS_OF, choice=CHOICE)
    for turn in range(queue.ATTEMPTS):
        task = queue.claim(f"worker {turn}")
        assert task is not None
        Task.objects.filter(pk=task.pk).update(heard_at=timezone.now() - 2 * queue.SILENCE)
    assert queue.claim("last") is None
    run.refresh_from_db()
    assert run.status == "failed"
    assert "stopped" in run.error


def test_the_studio_goes_from_the_form_to_reserved_goods(
    world: Any, at: Any, stock: Any, consignee: Any, client: Any
) -> None:
    stock(50_000)
    client.force_login(world.amina)
    facts = {"title": "Kenya first", "as_of": "2020-03-25", "scope": "named", "places": PLACES, "policy": "need",
             "compare": ["per_head"], "equity_floor": "0", "weeks": "4", "adopt_weeks": "4", "key": "one"}  # fmt: skip
    assert client.post("/plans/add", facts | {"places": []}).status_code == 422
    for _turn in range(2):  # a double click
        answer = client.post("/plans/add", facts)
    run = PlanRun.objects.get()
    assert answer.headers["Location"] == f"/plans/p/{run.number}"
    waiting = client.get(f"/plans/p/{run.number}")
    assert waiting.headers["Refresh"]
    assert "<progress" in waiting.content.decode()
    assert queue.work_once("worker")
    done = client.get(f"/plans/p/{run.number}")
    assert "Refresh" not in done.headers
    assert "per_head" in done.content.decode()
    line = run.lines.filter(recipient="KEN").order_by("line").first()
    page = client.get(f"/plans/p/{run.number}/lines/{line.line}").content.decode()
    assert run.cells.get(place="KEN", item=line.item).sentence.split(".")[0] in page
    change = {"version": line.version, "quantity": line.quantity - 1, "reason": ""}
    assert client.post(f"/plans/p/{run.number}/lines/{line.line}", change).status_code == 422
    client.post(f"/plans/p/{run.number}/lines/{line.line}", change | {"reason": "a box is wet"})
    assert client.post(f"/plans/p/{run.number}/lines/{line.line}", change | {"reason": "late"}).status_code == 409
    assert client.get(f"/plans/p/{run.number}/lines?changed=on").content.decode().count("a box is wet") == 1
    assert (
        client.get(f"/plans/p/{run.number}/reasons?place=ken&item=surgical_mask").content.decode().count("/p/KEN") == 1
    )
    assert client.post(f"/plans/p/{run.number}/submit", {}).status_code == 422
    client.post(f"/plans/p/{run.number}/submit", {"leave_out": "on"})
    assert client.post(f"/plans/p/{run.number}/decide", {"decision": "approve"}).status_code == 403
    client.force_login(world.approver)
    client.post(f"/plans/p/{run.number}/decide", {"decision": "approve"})
    run.refresh_from_db()
    assert run.status == "approved"
    drafted = Shipment.objects.filter(plan=run.number)
    assert drafted.exists()
    page = client.get(f"/plans/p/{run.number}")
    assert drafted.first().number in page.content.decode()
    assert client.get(f"/plans/p/{run.number}/compare?other={run.number}").status_code == 200
    assert b"".join(client.get(f"/plans/p/{run.number}/plan.json").streaming_content).startswith(b"{")


@pytest.mark.parametrize(
    "door", ["/plans/", "/plans/add", "/plans/queue", "/plans/snapshot", "/desk/log", "/desk/alerts"]
)
def test_a_visitor_is_asked_to_sign_in_and_a_donor_is_refused(client: Any, world: Any, door: str) -> None:
    assert client.get(door).status_code == 302
    client.force_login(world.chen)
    assert client.get(door).status_code == 403
