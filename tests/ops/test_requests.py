"""Requests, offers, commitments, money: each step's happy path and every refusal."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import lxml.html
import pytest
from django.utils import timezone

from yuanshou_ops.errors import EditConflict, InsufficientStock, NotAllowed, Refused
from yuanshou_ops.ledger import actions as ledger
from yuanshou_ops.ledger import checks
from yuanshou_ops.ledger.actions import totals
from yuanshou_ops.ledger.models import Account, Item, WriteOff
from yuanshou_ops.ledger.quantities import to_base
from yuanshou_ops.requests import actions, money, offers, statuses
from yuanshou_ops.requests.models import AidOffer, AidRequest, Commitment, Consignee, ModelledNeed
from yuanshou_ops.requests.vetting import Goods, findings
from yuanshou_ops.situation.models import lead
from yuanshou_ops.steps import advance, status_words

DAY = date(2020, 3, 25)
TABLES = {
    "request": statuses.REQUEST, "offer": statuses.OFFER, "offer line": statuses.OFFER_LINE,
    "commitment": statuses.COMMITMENT, "contribution": statuses.CONTRIBUTION,
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_every_pair_of_status_and_step_is_in_the_table_or_refused(table: Any) -> None:
    every_status = {status for status, _step in table} | set(table.values())
    words = status_words(frozenset(every_status))
    for status, step in product(every_status, {step for _status, step in table}):
        if (status, step) in table:
            assert advance(table, status, step) == table[status, step]
        else:
            with pytest.raises(Refused, match=str(words[status])):
                advance(table, status, step)


def test_an_ended_request_never_moves_again() -> None:
    for end in ("merged", "withdrawn", "closed"):
        assert not [step for status, step in statuses.REQUEST if status == end]


@pytest.fixture
def item(world: Any) -> Item:
    return Item.objects.get(pk="surgical_mask")


@pytest.fixture
def consignee(world: Any, at: Any) -> Any:
    row = actions.add_consignee(
        by=world.bilal, at=at, organisation=world.ministry, name="Central store, Nairobi", place=world.kenya,
        address="Industrial Area", contact_name="Bilal", phone="+254 1",
    )  # fmt: skip
    return actions.verify_consignee(by=world.logistician, at=at, consignee=row)


@pytest.fixture
def draft(world: Any, at: Any, item: Item, consignee: Any) -> Any:
    def make(quantity: int = 6000, *, reason: str = "", by: Any = None, **values: Any) -> AidRequest:
        return actions.draft_request(
            by=by or world.bilal, at=at, organisation=world.ministry, place=world.kenya, consignee=consignee,
            lines=[actions.Asked(item, to_base(item, quantity), reason)], **values,
        )  # fmt: skip

    return make


def submitted(world: Any, at: Any, row: AidRequest, **values: Any) -> AidRequest:
    return actions.submit_request(by=world.bilal, at=at, aid_request=row, **values)


def model(world: Any, median: int, p90: int) -> None:
    ModelledNeed.objects.create(
        outbreak=lead(),
        place=world.kenya,
        item_id="surgical_mask",
        as_of=DAY,
        weeks=12,
        median=median,
        p90=p90,
        fingerprint="f",
    )


def test_a_request_is_drafted_submitted_and_accepted_by_another_person(world: Any, at: Any, draft: Any) -> None:
    row = draft()
    assert (row.number, row.status) == ("R-2020-000001", "draft")
    submitted(world, at, row)
    actions.answer_request(by=world.amina, at=at, aid_request=row, step="accept")
    assert AidRequest.objects.get(pk=row.pk).status == "accepted"


def test_only_ones_own_organisation_asks(world: Any, at: Any, draft: Any) -> None:
    with pytest.raises(NotAllowed):
        draft(by=world.other_requester)
    with pytest.raises(NotAllowed):
        draft(by=world.chen)


def test_a_consignee_must_be_verified_by_another_person_before_goods_are_asked_for(
    world: Any, at: Any, item: Item
) -> None:
    row = actions.add_consignee(
        by=world.logistician, at=at, organisation=world.ministry, name="New store", place=world.kenya, address="x",
        contact_name="x", phone="1",
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="second person"):
        actions.verify_consignee(by=world.logistician, at=at, consignee=row)
    asked = actions.draft_request(
        by=world.bilal, at=at, organisation=world.ministry, place=world.kenya, consignee=row,
        lines=[actions.Asked(item, to_base(item, 10))],
    )  # fmt: skip
    with pytest.raises(Refused, match="not verified"):
        submitted(world, at, asked)


def test_above_the_modelled_need_asks_for_a_reason(world: Any, at: Any, draft: Any) -> None:
    model(world, 4000, 5000)
    row = draft(6000)
    with pytest.raises(Refused, match="5,000"):
        submitted(world, at, row)
    submitted(world, at, draft(6000, reason="a second hospital opens"))


def test_ten_times_the_usual_asks_whether_boxes_were_read_as_pieces(world: Any, at: Any, draft: Any) -> None:
    model(world, 100, 200)
    row = draft(2000, reason="we need it")
    with pytest.raises(Refused, match="ten times"):
        submitted(world, at, row)
    submitted(world, at, row, confirmed_unusual=True)


def test_a_duplicate_asks_for_a_reason(world: Any, at: Any, draft: Any) -> None:
    submitted(world, at, draft())
    second = draft()
    with pytest.raises(Refused, match="R-2020-000001"):
        submitted(world, at, second)
    submitted(world, at, second, duplicate_reason="for another province")


def test_after_the_days_of_the_duplicate_check_nobody_is_asked(world: Any, at: Any, draft: Any) -> None:
    submitted(world, at - timedelta(days=15), draft())
    submitted(world, at, draft())


def test_the_highest_priority_says_why(world: Any, at: Any, draft: Any) -> None:
    with pytest.raises(Refused, match="priority"):
        submitted(world, at, draft(priority=1))


def test_whoever_asked_never_answers_and_a_no_says_why(world: Any, at: Any, draft: Any) -> None:
    row = submitted(world, at, draft())
    row.created_by_id = world.amina.pk
    with pytest.raises(NotAllowed, match="second person"):
        actions.answer_request(by=world.amina, at=at, aid_request=row, step="accept")
    row = AidRequest.objects.get(pk=row.pk)
    with pytest.raises(Refused, match="reason"):
        actions.answer_request(by=world.amina, at=at, aid_request=row, step="return")
    with pytest.raises(Refused, match="same place"):
        actions.answer_request(by=world.amina, at=at, aid_request=row, step="merge", reason="same", merged_into=row)


def test_a_returned_request_is_edited_and_two_editors_meet_a_conflict(
    world: Any, at: Any, draft: Any, item: Any
) -> None:
    row = submitted(world, at, draft())
    actions.answer_request(by=world.amina, at=at, aid_request=row, step="return", reason="which province?")
    copy = AidRequest.objects.get(pk=row.pk)
    lines = [actions.Asked(item, to_base(item, 5))]
    version = copy.version
    actions.edit_request(by=world.bilal, at=at, aid_request=row, expected_version=version, lines=lines, note="north")
    with pytest.raises(EditConflict):
        actions.edit_request(
            by=world.bilal, at=at, aid_request=copy, expected_version=version, lines=lines, note="south"
        )
    assert AidRequest.objects.get(pk=row.pk).note == "north"
    assert row.lines.get().quantity == 5


def test_another_consignee_after_approval_needs_a_second_person(
    world: Any, at: Any, draft: Any, consignee: Any
) -> None:
    row = submitted(world, at, draft())
    actions.answer_request(by=world.amina, at=at, aid_request=row, step="accept")
    other = actions.add_consignee(
        by=world.bilal, at=at, organisation=world.ministry, name="Mombasa", place=world.kenya, address="x",
        contact_name="x", phone="2",
    )  # fmt: skip
    actions.verify_consignee(by=world.amina, at=at, consignee=other)
    change = actions.propose_consignee_change(by=world.bilal, at=at, aid_request=row, to=other, reason="port is open")
    assert AidRequest.objects.get(pk=row.pk).consignee == consignee
    with pytest.raises(NotAllowed):
        actions.decide_consignee_change(by=world.bilal, at=at, row=change, accept=True)
    actions.decide_consignee_change(by=world.approver, at=at, row=change, accept=True)
    assert AidRequest.objects.get(pk=row.pk).consignee == other


# --- offers --------------------------------------------------------------------------------------------------


@pytest.fixture
def announce(world: Any, at: Any, item: Item) -> Any:
    def make(quantity: int = 1000, *, key: str = "o1", by: Any = None, **values: Any) -> AidOffer:
        head = offers.OfferHead(donor=world.giver, place=world.china, earmark=values.pop("earmark", None),
                                conditions=values.pop("conditions", ""))  # fmt: skip
        line = {
            "specification": "EN 14683 Type IIR",
            "expires_on": DAY + timedelta(days=900),
            "lot_number": "L1",
        } | values
        lines = [offers.Offered(item, to_base(item, quantity), **line)]
        return offers.announce_offer(key=key, by=by or world.chen, at=at, head=head, lines=lines)

    return make


def vet(world: Any, at: Any, offer: AidOffer, *, by: Any = None, passes: bool = True, reason: str = "") -> Any:
    line = offer.lines.get()
    arrival = DAY + timedelta(days=21)
    return offers.vet_line(
        by=by or world.logistician, at=at, line=line, passes=passes, arrives_on=arrival, reason=reason
    )


def test_offered_units_count_nowhere_until_they_are_vetted(world: Any, at: Any, announce: Any) -> None:
    offer = announce()
    assert totals()["surgical_mask", "offered"] == 1000
    vet(world, at, offer)
    figures = totals()
    assert figures["surgical_mask", "vetted"] == 1000
    assert ("surgical_mask", "offered") not in figures
    assert AidOffer.objects.get(pk=offer.pk).status == "vetted"
    assert not checks.mismatched()


def test_one_decision_vets_every_lot_without_a_finding_and_leaves_the_others(
    world: Any, at: Any, item: Item, client: Any
) -> None:
    arrival = timezone.localdate() + timedelta(days=21)
    good, short = arrival + timedelta(days=900), arrival + timedelta(days=30)
    lots = [
        offers.Offered(item, to_base(item, 100), lot_number=number, expires_on=day, specification="EN 14683")
        for number, day in (("A", good), ("B", good), ("C", short))
    ]
    head = offers.OfferHead(donor=world.giver, place=world.china, earmark=None, conditions="")
    row = offers.announce_offer(key="many", by=world.chen, at=at, head=head, lines=lots)
    with pytest.raises(NotAllowed):
        offers.vet_sound_lines(by=world.chen, at=at, offer=row, arrives_on=arrival)
    client.force_login(world.logistician)
    assert f"/requests/offers/o/{row.number}/vet" in client.get(f"/requests/offers/o/{row.number}").content.decode()
    page = client.get(f"/requests/offers/o/{row.number}/vet")
    assert "2 of 3" in page.content.decode()
    sent = {"key": "vet-many", "arrives_on": str(arrival)}
    assert client.post(f"/requests/offers/o/{row.number}/vet", sent).status_code == 302
    assert dict(row.lines.values_list("lot__number", "status")) == {"A": "passed", "B": "passed", "C": "pending"}
    figures = totals()
    assert (figures["surgical_mask", "vetted"], figures["surgical_mask", "offered"]) == (200, 100)
    with pytest.raises(Refused, match="without a finding"):
        offers.vet_sound_lines(by=world.logistician, at=at, offer=row, arrives_on=arrival)
    assert not checks.mismatched()


def test_a_lot_sent_again_shows_no_free_units_before_it_is_vetted(world: Any, at: Any, item: Item, client: Any) -> None:
    day = timezone.localdate() + timedelta(days=900)
    lot = offers.Offered(item, to_base(item, 100), lot_number="A", expires_on=day, specification="EN 14683")
    head = offers.OfferHead(donor=world.giver, place=world.china, earmark=None, conditions="")
    first, again = (
        offers.announce_offer(key=key, by=world.chen, at=at, head=head, lines=[lot]) for key in ("first", "again")
    )
    assert first.lines.get().lot_id == again.lines.get().lot_id
    vet(world, at, first)
    client.force_login(world.logistician)
    shown = {row: client.get(f"/requests/offers/o/{row.number}").context["looked"][0][2] for row in (first, again)}
    assert shown[first].balance == 100
    assert shown[again] is None


def test_the_same_offer_sent_twice_is_one_offer(world: Any, announce: Any) -> None:
    assert announce().pk == announce().pk
    assert AidOffer.objects.count() == 1
    assert totals()["surgical_mask", "offered"] == 1000


def test_a_failed_line_leaves_the_ledger_and_the_offer_is_declined(world: Any, at: Any, announce: Any) -> None:
    offer = announce()
    with pytest.raises(Refused, match="reason"):
        vet(world, at, offer, passes=False)
    vet(world, at, offer, passes=False, reason="no certificate")
    assert totals() == {}
    assert AidOffer.objects.get(pk=offer.pk).status == "declined"


def test_expired_goods_never_pass_and_short_dated_ones_need_an_approver(world: Any, at: Any, announce: Any) -> None:
    expired = announce(expires_on=DAY + timedelta(days=10))
    with pytest.raises(Refused, match="expired"):
        vet(world, at, expired, by=world.approver, reason="we are desperate")
    short = announce(key="o2", expires_on=DAY + timedelta(days=200))
    with pytest.raises(NotAllowed):
        vet(world, at, short, reason="will be used in a month")
    vet(world, at, short, by=world.approver, reason="will be used in a month")
    assert short.lines.get().findings[0]["rule"] == "short_shelf_life"


def test_whoever_wrote_the_offer_down_does_not_vet_it(world: Any, at: Any, announce: Any) -> None:
    offer = announce(by=world.logistician)
    with pytest.raises(NotAllowed, match="second person"):
        vet(world, at, offer)


GOOD = Goods(DAY + timedelta(days=400), "EN 14683", "en", None, None)
VETTING = [
    ("expires on the day of arrival", {"expires_on": DAY}, ["expired"]),
    ("one day too short", {"expires_on": DAY + timedelta(days=364)}, ["short_shelf_life"]),
    ("exactly one year", {"expires_on": DAY + timedelta(days=365)}, []),
    ("never expires", {"expires_on": None}, []),
    ("no specification", {"specification": " "}, ["no_specification"]),
    ("label nobody reads", {"label_language": "ko"}, ["label_language"]),
    ("package of 51 kg", {"package_kg": 51}, ["heavy_package"]),
    ("package of 50 kg", {"package_kg": 50}, []),
    ("available after the arrival", {"available_from": DAY + timedelta(days=1)}, ["too_late"]),
]


@pytest.mark.parametrize(("words", "change", "rules"), VETTING, ids=[row[0] for row in VETTING])
def test_vetting_rules(words: str, change: dict[str, Any], rules: list[str]) -> None:
    goods = Goods(**{**vars_of(GOOD), **change})
    assert [f.rule for f in findings(goods, arrives_on=DAY, shelf_life_days_min=365)] == rules


def vars_of(goods: Goods) -> dict[str, Any]:
    return {name: getattr(goods, name) for name in goods.__dataclass_fields__}


def test_a_withdrawn_offer_gives_back_what_is_free_and_keeps_what_is_bound(world: Any, at: Any, announce: Any) -> None:
    offer = announce()
    vet(world, at, offer)
    account = Account.objects.get(state="vetted")
    offers.commit(key="c", by=world.amina, at=at, account=account, quantity=300, place=world.kenya)
    offers.withdraw_offer(by=world.chen, at=at, offer=offer, reason="needed at home")
    assert totals()["surgical_mask", "committed"] == 300
    assert ("surgical_mask", "vetted") not in totals()
    assert not checks.mismatched()


# --- commitments ---------------------------------------------------------------------------------------------


@pytest.fixture
def committed(world: Any, at: Any, announce: Any) -> Any:
    offer = announce()
    vet(world, at, offer)
    account = Account.objects.get(state="vetted")

    def make(quantity: int = 400, *, key: str = "c1", by: Any = None, place: Any = None) -> Commitment:
        return offers.commit(
            key=key, by=by or world.chen, at=at, account=account, quantity=quantity, place=place or world.kenya
        )

    return make


def test_a_commitment_binds_goods_once_and_never_more_than_there_are(world: Any, committed: Any) -> None:
    first = committed()
    assert committed().pk == first.pk
    assert totals()["surgical_mask", "vetted"] == 600
    with pytest.raises(InsufficientStock):
        committed(601, key="c2")
    with pytest.raises(NotAllowed):
        committed(10, key="c3", by=world.other_donor)


def test_a_commitment_lapses_with_time_and_its_goods_are_free_again(world: Any, at: Any, committed: Any) -> None:
    row, end = committed(), at + timedelta(days=14)
    assert offers.due_commitments(end - timedelta(days=1)) == []
    (due,) = offers.due_commitments(end)
    lapsed = offers.lapse_commitment(by=world.amina, at=end, commitment=due)
    assert (lapsed.pk, lapsed.status) == (row.pk, "expired")
    assert offers.lapse_commitment(by=world.amina, at=end, commitment=due) is None
    assert totals()["surgical_mask", "vetted"] == 1000
    with pytest.raises(Refused, match="expired"):
        offers.settle_commitment(by=world.amina, at=at, commitment=lapsed, step="post")


def test_a_commitment_is_carried_out_as_reserved_goods(world: Any, at: Any, committed: Any) -> None:
    offers.settle_commitment(by=world.amina, at=at, commitment=committed(), step="post")
    assert totals()["surgical_mask", "reserved"] == 400
    assert not checks.mismatched()


def test_earmarked_goods_go_nowhere_else(world: Any, at: Any, announce: Any) -> None:
    offer = announce(earmark=world.italy)
    vet(world, at, offer)
    account = Account.objects.get(state="vetted")
    with pytest.raises(Refused, match="earmarked for Italy"):
        offers.commit(key="c", by=world.amina, at=at, account=account, quantity=1, place=world.kenya)
    offers.commit(key="c", by=world.amina, at=at, account=account, quantity=1, place=world.italy)


def test_goods_for_several_places_go_to_these_alone_even_when_somebody_else_holds_them(
    world: Any, at: Any, announce: Any
) -> None:
    vet(world, at, announce(conditions="only for: ita UGA"))
    account = Account.objects.get(state="vetted")
    ledger.transfer(
        key="t", by=world.logistician, at=at, account=account, to_holder=world.centre, to_place=world.italy,
        quantity=1000, reason="hub",
    )  # fmt: skip
    account = Account.objects.get(state="vetted", holder=world.centre)
    with pytest.raises(Refused, match="earmarked for Italy, Uganda"):
        offers.commit(key="c", by=world.amina, at=at, account=account, quantity=1, place=world.kenya)
    offers.commit(key="c", by=world.amina, at=at, account=account, quantity=1, place=world.italy)


def test_words_of_a_condition_that_name_no_place_are_no_earmark(world: Any, at: Any, announce: Any) -> None:
    offer = announce(conditions="only for: hospitals")
    assert offers.earmarks() == {}
    vet(world, at, offer)
    account = Account.objects.get(state="vetted")
    offers.commit(key="c", by=world.amina, at=at, account=account, quantity=1, place=world.kenya)


# --- money ---------------------------------------------------------------------------------------------------


def test_a_pledge_is_shown_and_counted_only_when_committed_or_paid(world: Any, at: Any) -> None:
    def pledge(usd: int, **values: Any) -> Any:
        return money.pledge(
            by=world.amina, at=at, donor=world.giver, recipient=world.centre, purpose="masks", currency="usd",
            amount_minor=usd * 100, usd_minor=usd * 100, pledged_on=DAY, **values,
        )  # fmt: skip

    one, two, three, internal = pledge(100), pledge(50), pledge(7), pledge(1000, boundary="internal")
    assert money.totals() == {"counted": 0, "paid": 0, "pledged": 15700}
    money.step_money(by=world.amina, at=at, contribution=one, step="commit", on=DAY)
    money.step_money(by=world.amina, at=at, contribution=two, step="pay", on=DAY + timedelta(days=3))
    money.step_money(by=world.amina, at=at, contribution=three, step="cancel", on=DAY)
    money.step_money(by=world.amina, at=at, contribution=internal, step="pay", on=DAY)
    assert money.totals() == {"counted": 15000, "paid": 5000, "pledged": 0}
    with pytest.raises(Refused, match="cancelled"):
        money.step_money(by=world.amina, at=at, contribution=three, step="pay", on=DAY)
    with pytest.raises(Refused, match="the day"):
        money.step_money(by=world.amina, at=at, contribution=one, step="pay", on=DAY - timedelta(days=1))


def test_pledges_show_their_age_oldest_first(world: Any, at: Any) -> None:
    for days in (3, 40, 12):
        money.pledge(
            by=world.amina, at=at, donor=world.giver, recipient=world.centre, purpose="x", currency="CHF",
            amount_minor=1, usd_minor=1, pledged_on=DAY - timedelta(days=days),
        )  # fmt: skip
    from yuanshou_ops.requests.models import Contribution

    assert [age for _row, age in money.age_days(Contribution.objects.all(), DAY)] == [40, 12, 3]


# --- pages ---------------------------------------------------------------------------------------------------


def lines(**first: Any) -> dict[str, Any]:
    head = {"line-TOTAL_FORMS": 1, "line-INITIAL_FORMS": 0}
    return head | {f"line-0-{name}": value for name, value in first.items()}


def test_a_requester_asks_on_pages_without_script(world: Any, client: Any, consignee: Any) -> None:
    model(world, 4000, 5000)
    client.force_login(world.bilal)
    assert b"4000" in client.get("/requests/add?place=KEN").content
    head = {"key": "k1", "organisation": world.ministry.pk, "place": "KEN", "consignee": consignee.pk, "priority": 3}
    values = head | lines(item="surgical_mask", count=12, pack="box")
    first = client.post("/requests/add", values)
    second = client.post("/requests/add", values)
    assert first.status_code == second.status_code == 302
    row = AidRequest.objects.get()
    assert row.lines.get().quantity == 600
    assert client.post(f"/requests/r/{row.number}/submit", {}).status_code == 302
    client.force_login(world.amina)
    assert client.post(f"/requests/r/{row.number}/answer", {"step": "accept"}).status_code == 302
    client.force_login(world.other_requester)
    assert client.get(f"/requests/r/{row.number}").status_code == 404
    assert row.number.encode() not in client.get("/requests/").content


def _as_filled_in(page: Any) -> dict[str, str]:
    """What a browser would send if nothing on the page were touched."""
    form = lxml.html.fromstring(page.content).xpath("//main//form[contains(@class, 'sheet')]")[0]
    return {name: value or "" for name, value in form.form_values()}


def test_suggested_lines_that_nobody_touches_are_asked_for(world: Any, client: Any, consignee: Any) -> None:
    ModelledNeed.objects.create(
        outbreak=lead(),
        place=world.kenya,
        item_id="surgical_mask",
        as_of=DAY,
        weeks=4,
        median=4000,
        p90=9000,
        fingerprint="f",
    )
    client.force_login(world.bilal)
    head = {"organisation": world.ministry.pk, "consignee": consignee.pk, "place": "KEN"}
    values = _as_filled_in(client.get("/requests/add?place=KEN")) | head
    assert client.post("/requests/add?place=KEN", values).status_code == 302
    assert AidRequest.objects.get().lines.get().quantity == 4000


def test_two_people_who_edit_one_request_see_both_and_nothing_typed_is_lost(
    world: Any, at: Any, client: Any, draft: Any
) -> None:
    row = draft(6000)
    client.force_login(world.bilal)
    address = f"/requests/r/{row.number}/edit"
    mine = _as_filled_in(client.get(address)) | {"note": "mine"}
    theirs = [actions.Asked(Item.objects.get(pk="gloves"), to_base(Item.objects.get(pk="gloves"), 70))]
    actions.edit_request(
        by=world.amina, at=at, aid_request=AidRequest.objects.get(), expected_version=row.version, lines=theirs
    )
    conflict = client.post(address, mine)
    assert conflict.status_code == 409
    text = conflict.content.decode()
    assert "70 Gloves" in text
    assert "6000 Mask" in text
    assert AidRequest.objects.get().note == ""
    assert client.post(address, _as_filled_in(conflict)).status_code == 302
    row = AidRequest.objects.get()
    assert (row.note, row.lines.get().item_id, row.lines.get().quantity) == ("mine", "surgical_mask", 6000)


def test_a_double_click_adds_one_consignee_and_proposes_one_write_off(world: Any, client: Any, stock: Any) -> None:
    client.force_login(world.amina)
    values = {
        "key": "k", "organisation": world.ministry.pk, "name": "Store", "place": "KEN", "address": "x",
        "contact_name": "y", "phone": "1",
    }  # fmt: skip
    for _click in range(2):
        assert client.post("/requests/consignees/add", values).status_code == 302
    assert Consignee.objects.count() == 1
    address = f"/ledger/accounts/{stock(10).pk}/write-off"
    for _click in range(2):
        assert client.post(address, {"key": "w", "quantity": 4, "reason": "wet"}).status_code == 302
    assert WriteOff.objects.count() == 1


def test_a_refused_step_keeps_the_page_and_what_was_typed(world: Any, client: Any, draft: Any, stock: Any) -> None:
    client.force_login(world.bilal)
    row = draft()
    page = client.post(f"/requests/r/{row.number}/close", {"reason": "typed reason"})
    assert page.status_code == 403  # closing is not for the requester
    client.force_login(world.amina)
    page = client.post(f"/requests/r/{row.number}/close", {"reason": "typed reason"})
    assert page.status_code == 422
    assert "typed reason" in page.content.decode()
    page = client.post(f"/ledger/accounts/{stock(10).pk}/write-off", {"quantity": 11, "reason": "typed reason"})
    assert page.status_code == 422
    assert "typed reason" in page.content.decode()


def test_a_wrong_form_keeps_what_was_typed_and_says_what_to_correct(world: Any, client: Any, consignee: Any) -> None:
    client.force_login(world.bilal)
    head = {
        "organisation": world.ministry.pk,
        "place": "KEN",
        "consignee": consignee.pk,
        "priority": 3,
        "note": "typed",
    }
    page = client.post("/requests/add", head | lines(item="surgical_mask", count=-3))
    assert page.status_code == 422
    assert "typed" in page.content.decode()
    page = client.post("/requests/add", head | {"line-TOTAL_FORMS": 0, "line-INITIAL_FORMS": 0})
    assert page.status_code == 422
    assert "at least one item" in page.content.decode()


def test_a_donor_offers_and_a_logistician_vets_on_pages(world: Any, client: Any, at: Any) -> None:
    client.force_login(world.chen)
    head = {"key": "k", "donor": world.giver.pk, "place": "CHN"}
    values = head | lines(
        item="surgical_mask", count=20, pack="carton", lot_number="L9", expires_on="2030-01-01", specification="IIR"
    )
    assert client.post("/requests/offers/add", values).status_code == 302
    offer = AidOffer.objects.get()
    assert offer.lines.get().quantity == 40_000
    client.force_login(world.logistician)
    vet_page = f"/requests/offers/lines/{offer.lines.get().pk}/vet"
    assert client.get(vet_page).status_code == 200
    assert client.post(vet_page, {"arrives_on": "2027-01-01", "passes": "yes"}).status_code == 302
    assert b"40,000" in client.get(f"/requests/offers/o/{offer.number}").content
    client.force_login(world.other_donor)
    assert client.get(f"/requests/offers/o/{offer.number}").status_code == 404


def test_every_page_of_requests_opens(world: Any, client: Any, at: Any, committed: Any, draft: Any) -> None:
    row, commitment = draft(), committed()
    pledge = money.pledge(
        by=world.amina, at=at, donor=world.giver, recipient=world.centre, purpose="x", currency="JPY", amount_minor=5,
        usd_minor=5, pledged_on=DAY,
    )  # fmt: skip
    client.force_login(world.amina)
    account = Account.objects.get(state="vetted")
    for address in (
        "", "add", f"r/{row.number}", f"r/{row.number}/submit", "consignees", "consignees/add",
        f"consignees/{row.consignee_id}", f"offers/o/{AidOffer.objects.get().number}", "?q=R-2020&sort=-priority",
        "offers", "offers/add", "offers?format=csv", "commitments", f"commitments/{commitment.number}",
        f"commit/{account.pk}", "money", "money/pledge", f"money/{pledge.number}", f"money/{pledge.number}/pay",
        "?status=draft&item=surgical_mask",
    ):  # fmt: skip
        assert client.get(f"/requests/{address}").status_code == 200, address


def test_yen_have_no_cents_and_dinars_have_three_digits(world: Any) -> None:
    from yuanshou_ops.requests.forms import PledgeForm

    def minor(currency: str, amount: str) -> int:
        form = PledgeForm(
            {"donor": world.giver.pk, "recipient": world.centre.pk, "purpose": "x", "currency": currency,
             "amount": amount,
             "usd": "1.10", "boundary": "incoming", "pledged_on": "2020-03-25"},
            user=world.amina,
        )  # fmt: skip
        assert form.is_valid(), form.errors
        assert form.minor()[1] == 110
        return form.minor()[0]

    assert (minor("JPY", "500"), minor("CHF", "5.25"), minor("KWD", "1.234")) == (500, 525, 1234)


@pytest.mark.parametrize("language", ["fr", "es", "ru", "ar"])
def test_a_day_filled_in_is_written_as_browsers_read_it_in_every_language(
    world: Any, client: Any, announce: Any, language: str
) -> None:
    client.force_login(world.logistician)
    page = client.get(f"/requests/offers/lines/{announce().lines.get().pk}/vet", headers={"accept-language": language})
    tree = lxml.html.fromstring(page.content)
    assert tree.get("lang") == language
    assert date.fromisoformat(tree.xpath("//input[@type='date']")[0].get("value"))
