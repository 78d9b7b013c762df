"""The ledger against a pure model of it: random sequences of what people do, compared after every step.

`LedgerMachine` draws steps (many of them impossible on purpose), takes each in the ledger and in `Books`, and asks that
both refuse or both do the same. Every sequence runs in a transaction that is rolled back. Used by the tests and by
`benchmarks/ledger_model.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ledger_books import Books, Lines, Promise

from yuanshou_ops.errors import InsufficientStock, KeyReused, Refused
from yuanshou_ops.ledger import actions, checks, recall
from yuanshou_ops.ledger.models import Account, Hold, Lot, Move, Posting, Recall
from yuanshou_ops.ledger.posting import Entry, Key, post
from yuanshou_ops.ledger.statuses import KINDS, State
from yuanshou_ops.people.models import AuditEvent

AT = datetime(2020, 3, 25, 9, tzinfo=UTC)
LOTS = 2
MOSTLY = st.sampled_from([True] * 9 + [False])
WAY = [
    ("stock_in", State.VETTED), ("reserve", State.RESERVED), ("pack", State.PACKED), ("dispatch", State.IN_TRANSIT),
    ("accept", State.ACCEPTED), ("consume", State.CONSUMED),
]  # fmt: skip
STOCK = st.integers(0, LOTS - 1), st.integers(0, 3), st.integers(5, 60), st.integers(1, len(WAY))
UNDONE_BY = {"reserve": "void", "commit": "void", "pack": "unpack"}


def make_world() -> SimpleNamespace:
    """Two holders at two places, an item, and the people who act."""
    from yuanshou_ops.ledger.models import Item
    from yuanshou_ops.people.models import Organisation, Place, RoleGrant, User

    places = [Place.objects.get_or_create(code=c, defaults={"kind": "country"})[0] for c in ("ITA", "KEN")]
    holders = [
        Organisation.objects.create(code=f"M{index}", name=f"Holder {index}", kind="other", place=place)
        for index, place in enumerate(places)
    ]
    Item.objects.get_or_create(code="surgical_mask", defaults={"name": "Mask", "unit": "each"})
    people = {}
    for role in ("logistician", "approver"):
        people[role] = User.objects.create(email=f"model.{role}@example.org", name=role)
        RoleGrant.objects.create(
            user=people[role], organisation=holders[0], role=role, status="active", proposed_at=AT
        )  # fmt: skip
    return SimpleNamespace(places=places, holders=holders, **people)


class LedgerMachine(RuleBasedStateMachine):
    """One sequence; `world` is set by whoever runs it."""

    world: ClassVar[SimpleNamespace]

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        origin = self.world.holders[0]
        self.lots = [
            Lot.objects.create(item_id="surgical_mask", number=f"model {n}", origin=origin) for n in range(LOTS)
        ]
        self.first_move = max(Move.objects.values_list("pk", flat=True).order_by("-pk")[:1], default=0)
        self.books, self.at, self.count = Books(), AT, 0

    def teardown(self) -> None:
        try:
            lots = {lot.pk for lot in self.lots}
            assert checks.mismatched() == []
            assert checks.unbalanced_lots() == []
            postings = set(Posting.objects.filter(moves__debit_account__lot__in=lots).values_list("key", flat=True))
            audited = AuditEvent.objects.filter(target_type="ledger.posting", target_id__in=postings).count()
            assert audited == len(postings)
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    # --- helpers ---------------------------------------------------------------------------------------------

    def new_key(self) -> str:
        self.count += 1
        return f"model-{self.count}"

    def moves(self) -> list[Move]:
        lots = [lot.pk for lot in self.lots]
        return list(Move.objects.filter(pk__gt=self.first_move, debit_account__lot__in=lots).order_by("pk"))

    def holds(self) -> list[Hold]:
        rows = Hold.objects.filter(account__lot__in=self.lots).select_related("account__lot")
        return list(rows.order_by("move_id"))

    def both(self, objections: set[type[Exception]], act: Callable[[], Any]) -> Any:
        """Act; the ledger must refuse exactly when the model does, with a reason the model knows too."""
        try:
            done = act()
        except Refused as error:
            if type(error) not in objections:
                raise AssertionError(f"refused where the model found {objections or 'nothing'}: {error}") from error
            return None
        assert not objections, f"done where the model found {objections}"
        return done

    def draw_spot(self, data: Any, states: tuple[State, ...] = tuple(State)) -> Key:
        """Mostly where goods are (in one of the states), sometimes anywhere."""
        there = [key for key, units in self.books.units.items() if units > 0 and key.state in states]
        if there and data.draw(MOSTLY):
            return data.draw(st.sampled_from(there))
        place, holder = (data.draw(st.sampled_from(rows)) for rows in (self.world.places, self.world.holders))
        lot, state = data.draw(st.sampled_from(self.lots)), data.draw(st.sampled_from(list(State)))
        return Key(lot.pk, holder.pk, place.pk, state)

    def spot(self, lot: int, where: int) -> Key:
        """The world outside, as seen from one of four places in the books."""
        holder, place = self.world.holders[where // 2], self.world.places[where % 2]
        return Key(self.lots[lot].pk, holder.pk, place.pk, State.SOURCE)

    def account(self, key: Key) -> Account:
        found = Account.objects.select_related("lot").get(
            lot=key.lot_id, holder=key.holder_id, place=key.place_id, state=key.state
        )
        assert found.balance == self.books.units[key]
        return found

    def draw_line(self, data: Any) -> tuple[str, Key, Key, int]:
        credit = self.draw_spot(data)
        fitting = [kind for kind, known in KINDS.items() if credit.state in known.credit]
        kind = data.draw(st.sampled_from(fitting or list(KINDS)))
        debit = credit.moved(state=data.draw(st.sampled_from(KINDS[kind].debit)))
        if KINDS[kind].changes_holder or not data.draw(MOSTLY):
            debit = debit.moved(
                holder_id=data.draw(st.sampled_from(self.world.holders)).pk,
                place_id=data.draw(st.sampled_from(self.world.places)).pk,
            )
        if debit == credit:
            debit = credit.moved(place_id=next(p.pk for p in self.world.places if p.pk != credit.place_id))
        enough = min(30, max(1, self.books.units.get(credit, 0)))
        return kind, credit, debit, data.draw(st.integers(1, enough if data.draw(MOSTLY) else 60))

    def entries(self, lines: Lines) -> list[Entry]:
        return [Entry(*line) for line in lines]

    # --- steps -----------------------------------------------------------------------------------------------

    @initialize(goods=st.lists(st.tuples(*STOCK), min_size=1, max_size=4))
    def there_is_stock(self, goods: list[tuple[int, int, int, int]]) -> None:
        """Goods of several lots that went some way already, each all of it in one command."""
        for lot, where, quantity, steps in goods:
            spot, lines, key = self.spot(lot, where), [], self.new_key()
            for kind, state in WAY[:steps]:
                lines.append((kind, spot, spot := spot.moved(state=state), quantity))
            post(self.entries(lines), key=key, by=self.world.logistician, at=self.at)
            self.books.post(lines, key)

    @rule(lot=st.integers(0, LOTS - 1), where=st.integers(0, 3), quantity=st.integers(1, 60))
    def goods_come_in(self, lot: int, where: int, quantity: int) -> None:
        holder, place = self.world.holders[where // 2], self.world.places[where % 2]
        source, key = self.spot(lot, where), self.new_key()
        lines = [("stock_in", source, source.moved(state=State.VETTED), quantity)]
        done = self.both(
            self.books.objections(lines),
            lambda: actions.stock_in(
                key=key, by=self.world.logistician, at=self.at, lot=self.lots[lot], holder=holder, place=place,
                quantity=quantity,
            ),
        )  # fmt: skip
        if done:
            self.books.post(lines)

    @rule(data=st.data(), count=st.sampled_from([1, 1, 1, 2, 4]))
    def any_command(self, data: Any, count: int) -> None:
        lines, key = [self.draw_line(data) for _ in range(count)], self.new_key()
        if lines[0][0] in UNDONE_BY and data.draw(st.booleans()):
            kind, credit, debit, quantity = lines[0]
            lines.append((UNDONE_BY[kind], debit, credit, quantity))
        done = self.both(
            self.books.objections(lines),
            lambda: post(self.entries(lines), key=key, by=self.world.logistician, at=self.at),
        )
        if done:
            assert not done.is_repetition
            self.books.post(lines, key)

    @precondition(lambda self: self.books.commands)
    @rule(data=st.data(), more=st.integers(0, 1))
    def a_command_comes_again(self, data: Any, more: int) -> None:
        key = data.draw(st.sampled_from(sorted(self.books.commands)))
        lines, indices = self.books.commands[key]
        lines = [(*line[:3], line[3] + more) for line in lines]
        done = self.both(
            {KeyReused} if more else set(),
            lambda: post(self.entries(lines), key=key, by=self.world.logistician, at=self.at),
        )
        if done:
            moves = self.moves()
            assert done.is_repetition
            assert [move.pk for move in done.moves] == [moves[index].pk for index in indices]

    @rule(data=st.data(), hours=st.one_of(st.none(), st.integers(1, 5)))
    def goods_are_held(self, data: Any, hours: int | None) -> None:
        spot = self.draw_spot(data, (State.VETTED,)).moved(state=State.VETTED)
        lines = [("commit", spot, spot.moved(state=State.COMMITTED), data.draw(st.integers(1, 20)))]
        expires_at, key = None if hours is None else self.at + timedelta(hours=hours), self.new_key()
        done = self.both(
            self.books.objections(lines),
            lambda: actions.hold(
                self.entries(lines), key=key, by=self.world.logistician, at=self.at, expires_at=expires_at
            ),
        )
        if done:
            self.books.holds.append(Promise(self.books.post(lines)[0], expires_at))

    @precondition(lambda self: self.books.holds)
    @rule(data=st.data(), void=st.booleans())
    def holds_are_resolved(self, data: Any, void: bool) -> None:
        numbers = st.integers(0, len(self.books.holds) - 1)
        self.resolve(sorted(data.draw(st.sets(numbers, min_size=1, max_size=3))), "void" if void else "reserve")

    @rule(hours=st.integers(1, 3))
    def time_goes_by_and_holds_expire(self, hours: int) -> None:
        self.at += timedelta(hours=hours)
        due = [
            number for number, hold in enumerate(self.books.holds)
            if hold.status == "pending" and hold.expires_at is not None and hold.expires_at <= self.at
        ]  # fmt: skip
        stored = self.holds()
        assert [hold.pk for hold in actions.expired_holds(self.at)] == [stored[number].pk for number in due]
        for number in due:
            self.resolve([number], "expire")

    def resolve(self, numbers: list[int], kind: str) -> None:
        state = State.RESERVED if kind == "reserve" else State.VETTED
        chosen, steps = [self.books.holds[n] for n in numbers], []
        for hold in chosen:
            move = self.books.moves[hold.move]
            steps.append((kind, move.debit, move.debit.moved(state=state), move.quantity))
        objections = self.books.objections(steps)
        if any(hold.status != "pending" for hold in chosen):
            objections.add(Refused)
        stored, key = self.holds(), self.new_key()
        common: Any = {"key": key, "by": self.world.logistician, "at": self.at, "reason": "a reason"}
        rows = [stored[n] for n in numbers]
        if kind == "reserve":
            done = self.both(objections, lambda: actions.post_holds(rows, kind=kind, state=state, **common))
        else:
            done = self.both(objections, lambda: actions.void_holds(rows, kind=kind, **common))
        if done:
            self.books.post(steps)
            for hold in chosen:
                hold.status = {"reserve": "posted", "void": "voided", "expire": "expired"}[kind]

    @precondition(lambda self: self.books.moves)
    @rule(data=st.data())
    def a_move_is_reversed(self, data: Any) -> None:
        index, key = data.draw(st.integers(0, len(self.books.moves) - 1)), self.new_key()
        step = self.books.moves[index]
        lines = [("reverse", step.debit, step.credit, step.quantity)]
        objections = self.books.objections(lines, is_reversal=True)
        pending = any(hold.move == index and hold.status == "pending" for hold in self.books.holds)
        if step.kind == "reverse" or step.is_reversed or pending:
            objections.add(Refused)
        move = self.moves()[index]
        done = self.both(
            objections,
            lambda: actions.reverse(key=key, by=self.world.logistician, at=self.at, move=move, reason="wrong"),
        )
        if done:
            self.books.post(lines)
            step.is_reversed = True

    @precondition(lambda self: self.books.units)
    @rule(data=st.data(), counted=st.integers(0, 80))
    def stock_is_counted(self, data: Any, counted: int) -> None:
        spot, key = data.draw(st.sampled_from(sorted(self.books.units))), self.new_key()
        difference = counted - self.books.units[spot]
        gain = ("stocktake_gain", spot.moved(state=State.SOURCE), spot, difference)
        lines = [gain if difference > 0 else ("stocktake_loss", spot, spot.moved(state=State.LOST), -difference)]
        account = self.account(spot)
        done = self.both(
            self.books.objections(lines) if difference else set(),
            lambda: actions.stocktake(
                key=key, by=self.world.logistician, at=self.at, account=account, counted=counted, reason="count"
            ),
        )
        if done:
            self.books.post(lines)

    @precondition(lambda self: self.books.units)
    @rule(data=st.data(), quantity=st.integers(1, 10))
    def goods_are_written_off(self, data: Any, quantity: int) -> None:
        spot = data.draw(st.sampled_from(sorted(key for key in self.books.units if key.state != State.SOURCE)))
        lines = [("write_off", spot, spot.moved(state=State.LOST), quantity)]
        account = self.account(spot)

        def act() -> Any:
            with transaction.atomic():
                row = actions.propose_write_off(
                    by=self.world.logistician, at=self.at, account=account, quantity=quantity, reason="wet"
                )
                return actions.decide_write_off(by=self.world.approver, at=self.at, write_off=row, accept=True)

        objections = self.books.objections(lines)
        if quantity > self.books.units[spot]:
            objections.add(InsufficientStock)
        if self.both(objections, act):
            self.books.post(lines)

    @rule(lot=st.integers(0, LOTS - 1), often=st.integers(0, 2))
    def a_lot_is_recalled_or_released(self, lot: int, often: int) -> None:
        pk = self.lots[lot].pk
        if often and pk not in self.books.recalled:
            return
        if often:
            row = Recall.objects.exclude(status="released").get(lot=pk)
            recall.propose_release(by=self.world.logistician, at=self.at, recall_=row, reason="tests were wrong")
            recall.release(by=self.world.approver, at=self.at, recall_=row, reason="tests were wrong")
            self.books.release(pk)
            return
        done = self.both(
            {Refused} if pk in self.books.recalled else set(),
            lambda: recall.recall(by=self.world.logistician, at=self.at, lot=self.lots[lot], reason="failed tests"),
        )
        if done:
            self.books.recall(pk)

    @invariant()
    def the_ledger_says_what_the_model_says(self) -> None:
        rows = Account.objects.filter(lot__in=self.lots, balance__lt=0) | Account.objects.filter(
            lot__in=self.lots, balance__gt=0
        )
        stored = {Key.of(account): account.balance for account in rows}
        assert stored == {key: units for key, units in self.books.units.items() if units}
        facts = Move.objects.filter(pk__gt=self.first_move, debit_account__lot__in=self.lots).order_by("pk")
        assert list(facts.values_list("kind", "quantity")) == [(s.kind, s.quantity) for s in self.books.moves]
        statuses = Hold.objects.filter(account__lot__in=self.lots).order_by("move_id").values_list("status", flat=True)
        assert list(statuses) == [hold.status for hold in self.books.holds]
