"""The ledger: what posts, what is refused, and that nothing is ever edited, lost or invented."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from yuanshou_ops.errors import InsufficientStock, KeyReused, NotAllowed, Refused
from yuanshou_ops.ledger import actions, checks
from yuanshou_ops.ledger import recall as recalls
from yuanshou_ops.ledger.models import Account, Hold, Lot, Move, Posting, Recall
from yuanshou_ops.ledger.posting import Entry, Key, post
from yuanshou_ops.ledger.quantities import to_base
from yuanshou_ops.ledger.statuses import KINDS, State, is_allowed
from yuanshou_ops.people.models import AuditEvent
from yuanshou_ops.rows import AppendOnly


def balance(account: Account) -> int:
    return Account.objects.get(pk=account.pk).balance


def of(account: Account, state: State) -> int:
    found = Account.objects.filter(
        lot=account.lot_id, holder=account.holder_id, place=account.place_id, state=state
    ).first()
    return found.balance if found else 0


def books_are_right() -> bool:
    return not checks.mismatched() and not checks.unbalanced_lots()


def reserve(account: Account, quantity: int) -> Entry:
    return Entry("reserve", Key.of(account), Key.of(account).moved(state=State.RESERVED), quantity)


def test_units_move_from_the_credit_to_the_debit_account(stock: Any, world: Any, at: Any) -> None:
    account = stock(1000)
    posted = post([reserve(account, 400)], key="k1", by=world.amina, at=at)
    assert balance(account) == 600
    assert of(account, State.RESERVED) == 400
    assert posted.moves[0].actor_label == "Amina"
    assert books_are_right()


def test_the_same_key_posts_once(stock: Any, world: Any, at: Any) -> None:
    account = stock(1000)
    first = post([reserve(account, 400)], key="k1", by=world.amina, at=at)
    second = post([reserve(account, 400)], key="k1", by=world.amina, at=at)
    assert second.is_repetition
    assert [m.pk for m in second.moves] == [m.pk for m in first.moves]
    assert balance(account) == 600


def test_a_repetition_is_answered_even_when_the_stock_is_gone(stock: Any, world: Any, at: Any) -> None:
    account = stock(400)
    post([reserve(account, 400)], key="k1", by=world.amina, at=at)
    assert post([reserve(account, 400)], key="k1", by=world.amina, at=at).is_repetition


def test_the_same_key_with_other_content_is_refused(stock: Any, world: Any, at: Any) -> None:
    account = stock(1000)
    post([reserve(account, 400)], key="k1", by=world.amina, at=at)
    with pytest.raises(KeyReused):
        post([reserve(account, 401)], key="k1", by=world.amina, at=at)


def test_more_than_there_is_is_refused_and_nothing_of_the_command_happens(stock: Any, world: Any, at: Any) -> None:
    account, other = stock(100), stock(50, number="L2")
    with pytest.raises(InsufficientStock, match="50 each"):
        post([reserve(account, 60), reserve(other, 51)], key="k1", by=world.amina, at=at)
    assert (balance(account), balance(other)) == (100, 50)
    assert not Posting.objects.filter(pk="k1").exists()
    assert books_are_right()


@pytest.mark.parametrize("quantity", [0, -5, 1.5, True])
def test_only_whole_quantities_above_zero_move(stock: Any, world: Any, at: Any, quantity: Any) -> None:
    account = stock(100)
    with pytest.raises(Refused, match="whole quantity"):
        post([reserve(account, quantity)], key="k1", by=world.amina, at=at)


@pytest.mark.parametrize("credit", list(State))
@pytest.mark.parametrize("debit", list(State))
def test_every_pair_of_states_is_allowed_by_the_table_or_refused(world: Any, at: Any, credit: str, debit: str) -> None:
    key = Key(1, world.centre.pk, "ITA", credit)
    for kind in KINDS:
        if not is_allowed(kind, credit, debit):
            with pytest.raises(Refused):
                post([Entry(kind, key, key.moved(state=debit), 1)], key="k", by=world.amina, at=at)


def test_goods_never_change_holder_but_by_a_transfer_a_receipt_or_a_return(world: Any, at: Any) -> None:
    key = Key(1, world.centre.pk, "ITA", State.VETTED)
    entry = Entry("reserve", key, key.moved(state=State.RESERVED, holder_id=world.giver.pk), 1)
    with pytest.raises(Refused, match="another holder"):
        post([entry], key="k", by=world.amina, at=at)


def test_a_move_writes_an_audit_event_in_the_same_transaction(stock: Any, world: Any, at: Any) -> None:
    account = stock(100)
    post([reserve(account, 10)], key="k1", by=world.amina, at=at, reason="plan 7")
    event = AuditEvent.objects.get(target_id="k1")
    assert (event.action, event.actor_label, event.reason) == ("ledger.reserve", "Amina", "plan 7")


@pytest.mark.parametrize("model", [Move, Posting, AuditEvent])
def test_the_database_itself_forbids_editing_and_deleting(stock: Any, world: Any, at: Any, model: Any) -> None:
    post([reserve(stock(100), 10)], key="k1", by=world.amina, at=at)
    column = {"move": "quantity", "posting": "lines", "auditevent": "actor_id"}[model._meta.model_name]
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.update(**{column: 7})
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.all()._raw_delete("default")
    with pytest.raises(TypeError, match="fact"):
        model.objects.first().delete()
    with pytest.raises(TypeError, match="fact"):
        model.objects.first().save()


def test_every_append_only_table_has_its_triggers_after_all_migrations(db: None) -> None:
    on_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'" if on_sqlite else
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
        )  # fmt: skip
        there = set(cursor.fetchall())
    tables = [model._meta.db_table for model in apps.get_models() if issubclass(model, AppendOnly)]
    names = ("no_update", "no_delete") if on_sqlite else ("no_update_or_delete",)
    assert tables
    assert {(table, f"{table}_{name}") for table in tables for name in names} - there == set()
    names = ("one_lot", "not_on_a_sealed_day") if on_sqlite else ("check",)
    assert {("ledger_move", f"ledger_move_{name}") for name in names} - there == set()


def test_the_database_itself_forbids_a_negative_balance(stock: Any) -> None:
    account = stock(100)
    with pytest.raises(DatabaseError), transaction.atomic():
        Account.objects.filter(pk=account.pk).update(balance=-1)


def test_the_database_itself_forbids_a_move_between_lots(stock: Any, world: Any, at: Any) -> None:
    one, two = stock(10), stock(10, number="L2")
    template = Move.objects.first()
    row = Move(
        posting=template.posting, line=99, kind="transfer", credit_account=one, debit_account=two, quantity=1,
        actor_label="x", occurred_at=at, recorded_at=at,
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="one lot"), transaction.atomic():
        row.save()


def test_a_reversal_names_the_move_and_happens_once(stock: Any, world: Any, at: Any) -> None:
    account = stock(100)
    move = post([reserve(account, 40)], key="k1", by=world.amina, at=at).moves[0]
    reversal = actions.reverse(key="r1", by=world.amina, at=at, move=move, reason="wrong plan").moves[0]
    assert reversal.reverses_id == move.pk
    assert balance(account) == 100
    with pytest.raises(Refused, match="reversed"):
        actions.reverse(key="r2", by=world.amina, at=at, move=Move.objects.get(pk=move.pk), reason="again")
    with pytest.raises(Refused, match="reversal"):
        actions.reverse(key="r3", by=world.amina, at=at, move=reversal, reason="undo the undoing")
    assert books_are_right()


def test_a_reversal_needs_a_reason(stock: Any, world: Any, at: Any) -> None:
    move = post([reserve(stock(100), 40)], key="k1", by=world.amina, at=at).moves[0]
    with pytest.raises(Refused, match="reason"):
        actions.reverse(key="r1", by=world.amina, at=at, move=move, reason=" ")


def test_a_hold_is_posted_voided_or_expires_and_only_once(stock: Any, world: Any, at: Any) -> None:
    account = stock(100)
    commit = Entry("commit", Key.of(account), Key.of(account).moved(state=State.COMMITTED), 30)
    (hold,) = actions.hold([commit], key="h1", by=world.amina, at=at, expires_at=at + timedelta(days=1))
    assert of(account, State.COMMITTED) == 30
    actions.post_holds([hold], kind="reserve", state=State.RESERVED, key="p1", by=world.amina, at=at)
    assert of(account, State.RESERVED) == 30
    with pytest.raises((Refused, InsufficientStock)):
        actions.void_holds([hold], key="v1", by=world.amina, at=at, reason="too late")
    hold.refresh_from_db()
    assert hold.status == Hold.Status.POSTED
    assert books_are_right()


def test_the_same_hold_command_twice_gives_the_same_hold(stock: Any, world: Any, at: Any) -> None:
    commit = Entry("commit", Key.of(a := stock(100)), Key.of(a).moved(state=State.COMMITTED), 30)
    first = actions.hold([commit], key="h1", by=world.amina, at=at, expires_at=None)
    second = actions.hold([commit], key="h1", by=world.amina, at=at, expires_at=None)
    assert [h.pk for h in first] == [h.pk for h in second]


def test_expired_holds_give_their_goods_back(stock: Any, world: Any, at: Any) -> None:
    account = stock(100)
    commit = Entry("commit", Key.of(account), Key.of(account).moved(state=State.COMMITTED), 30)
    actions.hold([commit], key="h1", by=world.amina, at=at, expires_at=at + timedelta(hours=1))
    assert actions.expired_holds(at) == []
    due = actions.expired_holds(at + timedelta(hours=1))
    actions.void_holds(due, key="e1", by=world.amina, at=at, reason="time is over", kind="expire")
    assert balance(account) == 100
    assert Hold.objects.get().status == Hold.Status.EXPIRED


def test_a_stocktake_posts_the_difference_with_its_reason(stock: Any, world: Any, at: Any) -> None:
    account = stock(100)
    actions.stocktake(key="s1", by=world.logistician, at=at, account=account, counted=93, reason="count of 25 March")
    assert (balance(account), of(account, State.LOST)) == (93, 7)
    actions.stocktake(
        key="s2", by=world.logistician, at=at, account=account, counted=95, reason="two were behind a door"
    )
    assert balance(account) == 95
    assert actions.stocktake(key="s3", by=world.logistician, at=at, account=account, counted=95, reason="same") is None
    assert books_are_right()


def test_a_write_off_needs_a_second_person(stock: Any, world: Any, at: Any) -> None:
    account = stock(100)
    row = actions.propose_write_off(by=world.logistician, at=at, account=account, quantity=10, reason="wet")
    proposer_and_approver = world.person("Both", "approver", world.centre)
    row.proposed_by_id = proposer_and_approver.pk
    row.save()
    with pytest.raises(NotAllowed, match="second person"):
        actions.decide_write_off(by=proposer_and_approver, at=at, write_off=row, accept=True)
    actions.decide_write_off(by=world.approver, at=at, write_off=row, accept=True)
    assert (balance(account), of(account, State.LOST)) == (90, 10)


def test_first_expiry_goes_first_and_short_dated_goods_stay(stock: Any, world: Any, at: Any) -> None:
    late, early, short, never = (
        stock(10, number="late", days=900), stock(10, number="early", days=500), stock(10, number="short", days=100),
        stock(10, number="never", days=None),
    )  # fmt: skip
    chosen = actions.first_expiring(
        item_id="surgical_mask", quantity=25, usable_on=at.date() + timedelta(days=30), shelf_life_days_min=365
    )
    assert [(a.pk, q) for a, q in chosen] == [(early.pk, 10), (late.pk, 10), (never.pk, 5)]
    with pytest.raises(InsufficientStock, match="30 units"):
        actions.first_expiring(
            item_id="surgical_mask", quantity=31, usable_on=at.date() + timedelta(days=30), shelf_life_days_min=365
        )
    assert balance(short) == 10


def test_a_recall_freezes_every_holder_in_one_step(stock: Any, world: Any, at: Any) -> None:
    account = stock(100)
    post([reserve(account, 40)], key="k1", by=world.amina, at=at)
    actions.transfer(
        key="t1", by=world.logistician, at=at, account=account, to_holder=world.ministry, to_place=world.kenya,
        quantity=25, reason="loan",
    )  # fmt: skip
    row = recalls.recall(by=world.amina, at=at, lot=account.lot, reason="failed two tests")
    assert sorted(h.quantity for h in row.holders.all()) == [25, 35, 40]
    assert sum(t.remaining for t in recalls.trace(account.lot) if t.account.state == State.RECALLED) == 100
    with pytest.raises(Refused, match="recalled"):
        post([reserve(Account.objects.get(pk=account.pk), 1)], key="k2", by=world.amina, at=at)
    with pytest.raises(Refused, match="recalled"):
        actions.stock_in(
            key="more", by=world.logistician, at=at, lot=Lot.objects.get(pk=account.lot_id), holder=world.stranger,
            place=world.china, quantity=5,
        )  # fmt: skip
    assert books_are_right()


def test_a_recalled_lot_takes_no_part_even_in_a_command_that_changes_no_balance(
    stock: Any, world: Any, at: Any
) -> None:
    account = stock(100)
    post([reserve(account, 40)], key="k1", by=world.amina, at=at)
    there = Key.of(account)
    back = Entry("void", there.moved(state=State.RESERVED), there, 5)
    recalls.recall(by=world.amina, at=at, lot=account.lot, reason="failed two tests")
    with pytest.raises(Refused, match="recalled"):
        post([reserve(account, 5), back], key="k2", by=world.amina, at=at)


def test_recall_answers_add_up_and_a_release_needs_a_second_person(stock: Any, world: Any, at: Any) -> None:
    account = stock(100)
    row = recalls.recall(by=world.amina, at=at, lot=account.lot, reason="failed two tests")
    holder = row.holders.get()
    with pytest.raises(Refused, match="add up"):
        recalls.answer(by=world.logistician, at=at, holder=holder, found=90, used=20, destroyed=0)
    recalls.answer(by=world.logistician, at=at, holder=holder, found=90, used=10, destroyed=0)
    both = world.person("Both", "approver", world.centre)
    Recall.objects.filter(pk=row.pk).update(status="release_proposed", release_proposed_by_id=both.pk)
    row.refresh_from_db()
    with pytest.raises(NotAllowed, match="second person"):
        recalls.release(by=both, at=at, recall_=row, reason="tests were wrong")
    recalls.release(by=world.approver, at=at, recall_=row, reason="tests were wrong")
    assert balance(account) == 100
    post([reserve(account, 1)], key="k2", by=world.amina, at=at)
    assert books_are_right()


def test_packs_become_base_units_and_both_are_kept(world: Any) -> None:
    from yuanshou_ops.ledger.models import Item

    mask = Item.objects.get(pk="surgical_mask")
    quantity = to_base(mask, 12, "box")
    assert (quantity.base, quantity.words("each")) == (600, "12 box × 50 = 600 each")
    assert to_base(mask, 1, "carton").base == 2000
    with pytest.raises(Refused, match="pack"):
        to_base(mask, 1, "pallet")
    with pytest.raises(Refused, match="above zero"):
        to_base(mask, 0)


def test_sealed_days_chain_and_a_changed_past_is_found(stock: Any, world: Any, at: Any) -> None:
    stock(100)
    (seal,) = checks.seal_days(by=world.auditor, at=at + timedelta(days=1))
    assert seal.moves == 1
    assert checks.seal_days(by=world.auditor, at=at + timedelta(days=1)) == []
    assert checks.broken_seals() == []
    with pytest.raises(DatabaseError, match="sealed"), transaction.atomic():
        stock(100, number="L2")
    assert checks.day_digest(seal.day, "f" * 64)[0] != seal.digest
    assert not Account.objects.filter(lot__number="L2", balance__gt=0).exists()


def test_a_day_that_has_just_ended_is_not_sealed_yet(stock: Any, world: Any, at: Any) -> None:
    stock(100)
    midnight = at.replace(hour=0) + timedelta(days=1)
    assert checks.seal_days(by=world.auditor, at=midnight + timedelta(minutes=14)) == []
    assert len(checks.seal_days(by=world.auditor, at=midnight + timedelta(minutes=15))) == 1
