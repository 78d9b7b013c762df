"""Upkeep: what must happen although nobody clicks does happen, once, in a server that really runs."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import pytest

from yuanshou_ops import upkeep
from yuanshou_ops.duty.models import ExerciseClock, UpkeepRound
from yuanshou_ops.ledger import actions as ledger
from yuanshou_ops.ledger import checks
from yuanshou_ops.ledger import recall as recalls
from yuanshou_ops.ledger.actions import totals
from yuanshou_ops.ledger.models import DaySeal, Move
from yuanshou_ops.ledger.posting import Entry, Key
from yuanshou_ops.people.models import AuditEvent
from yuanshou_ops.requests import offers


@pytest.fixture
def committed(world: Any, at: Any, stock: Any) -> Any:
    def make(quantity: int = 400, *, number: str = "L1", days: int = 14) -> Any:
        account = stock(1000, number=number)
        return offers.commit(
            key=f"c-{number}", by=world.amina, at=at, account=account, quantity=quantity, place=world.kenya,
            expires_at=at + timedelta(days=days),
        )  # fmt: skip

    return make


def test_a_round_lapses_promises_gives_held_goods_back_and_seals_what_is_over(
    world: Any, at: Any, stock: Any, committed: Any
) -> None:
    commitment = committed()
    source = Key.of(stock(500, number="L2"))
    held = Entry("reserve", source, source.moved(state="reserved"), 200)
    ledger.hold([held], key="h", by=world.amina, at=at, expires_at=at + timedelta(days=1))

    round_ = upkeep.run(at + timedelta(days=15))

    commitment.refresh_from_db()
    assert (commitment.status, round_.failed) == ("expired", [])
    assert round_.done["lapsed"] == [commitment.number]
    assert len(round_.done["given back"]) == 1
    assert round_.done["sealed"] == ["2020-03-25"]
    assert totals() == {("surgical_mask", "vetted"): 1500, ("surgical_mask", "source"): -1500}
    assert not checks.mismatched()


def test_a_second_round_finds_nothing_left_and_both_stand_in_the_trail(at: Any, committed: Any) -> None:
    committed()
    upkeep.run(at + timedelta(days=15))
    moves = Move.objects.count()
    again = upkeep.run(at + timedelta(days=15, hours=1))
    assert again.words() == "nothing was due"
    assert Move.objects.count() == moves
    events = AuditEvent.objects.filter(action="duty.upkeep").order_by("id")
    assert [event.actor_label for event in events] == ["upkeep", "upkeep"]
    assert events[0].after["lapsed"] == ["C-2020-000001"]


def test_one_that_fails_does_not_keep_the_others_waiting(at: Any, committed: Any, monkeypatch: Any) -> None:
    first, second = committed(number="A"), committed(number="B")
    real = offers.lapse_commitment

    def lapse(*, commitment: Any, **rest: Any) -> Any:
        if commitment.pk == first.pk:
            raise RuntimeError("broken")
        return real(commitment=commitment, **rest)

    monkeypatch.setattr(offers, "lapse_commitment", lapse)
    round_ = upkeep.run(at + timedelta(days=15))
    assert round_.done["lapsed"] == [second.number]
    assert round_.failed == ["lapsed: a fault of the program: RuntimeError: broken"]
    assert round_.done["sealed"] == ["2020-03-25"]


def test_a_commitment_whose_lot_was_recalled_ends_without_goods_to_give_back(
    world: Any, at: Any, committed: Any
) -> None:
    commitment = committed()
    recalls.recall(by=world.amina, at=at, lot=commitment.hold.account.lot, reason="leaks")
    round_ = upkeep.run(at + timedelta(hours=1))
    commitment.refresh_from_db()
    assert (round_.failed, commitment.status) == ([], "voided")
    assert totals()["surgical_mask", "recalled"] == 1000


def test_a_round_begins_once_an_interval_and_never_beside_another(world: Any, at: Any) -> None:
    assert upkeep.run_if_due(at) is not None
    assert upkeep.run_if_due(at + upkeep.interval() / 2) is None
    assert upkeep.run_if_due(at + upkeep.interval()) is not None

    later = at + timedelta(hours=5)
    UpkeepRound.objects.update(started_at=later)  # another process began and has not ended
    assert upkeep.run(later + timedelta(minutes=1)) is None
    assert upkeep.run(later + upkeep.LEASE) is not None  # it was stopped half-way


def test_in_an_exercise_promises_lapse_by_its_own_clock_and_are_recorded_at_the_real_time(
    at: Any, committed: Any
) -> None:
    from django.utils import timezone

    ExerciseClock.objects.create(starts_at=at, loaded_at=timezone.now())
    real = timezone.now()
    near, far = committed(number="A", days=-1), committed(number="B", days=1)
    round_ = upkeep.run(real)
    near.refresh_from_db()
    far.refresh_from_db()
    assert (near.status, far.status, round_.failed) == ("expired", "pending", [])
    assert Move.objects.get(kind="expire").recorded_at == real


def test_the_first_page_says_when_upkeep_last_ran_and_warns_when_it_does_not(world: Any, client: Any) -> None:
    from django.utils import timezone

    client.force_login(world.amina)
    assert "Upkeep has never run" in client.get("/").content.decode()
    upkeep.run(timezone.now())
    page = client.get("/").content.decode()
    assert "Upkeep last ran" in page
    assert "overdue" not in page
    UpkeepRound.objects.update(started_at=timezone.now() - timedelta(days=1))
    UpkeepRound.objects.update(finished_at=timezone.now() - timedelta(days=1))
    assert "overdue" in client.get("/").content.decode()


PREPARE = """
from datetime import timedelta
from django.utils import timezone
from yuanshou_ops import example, start
start.prepare()
example.load(password="correct horse battery staple", facts=False)
from yuanshou_ops.ledger import actions
from yuanshou_ops.ledger.models import Account
from yuanshou_ops.people.models import Organisation, Place, User
from yuanshou_ops.requests import offers
lina, before = User.objects.get(email="lina@example.org"), timezone.now() - timedelta(days=2)
giver = Organisation.objects.get(code="GIVER-CHN")
lot = actions.get_lot(item_id="gloves", number="L1", expires_on=None, origin=giver)
actions.stock_in(key="s", by=lina, at=before, lot=lot, holder=giver, place=giver.place, quantity=100)
account = Account.objects.get(state="vetted")
offers.commit(key="c", by=lina, at=before, account=account, quantity=60, place=Place.objects.get(pk="KEN"),
              expires_at=before + timedelta(days=1))
"""


def in_application(code: str, environment: dict[str, str]) -> None:
    script = f"import django\ndjango.setup()\n{code}"
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def seen_in(folder: Path) -> tuple[str, int, int]:
    """The status of the promise, the number of sealed days, the free goods; read beside the server."""
    with closing(sqlite3.connect(folder / "yuanshou.sqlite3")) as database:
        one = "SELECT (SELECT status FROM requests_commitment), (SELECT count(*) FROM ledger_dayseal),"
        row: tuple[str, int, int] = database.execute(
            f"{one} (SELECT balance FROM ledger_account WHERE state = 'vetted')"
        ).fetchone()
        return row


@pytest.mark.skipif(os.name == "nt", reason="the test stops the server by a signal that Windows does not have")
def test_a_server_that_was_only_started_lapses_the_promise_and_seals_the_day(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("YUANSHOU_")}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "yuanshou_ops.settings", "YUANSHOU_DATA_DIR": str(tmp_path), "YUANSHOU_WORKERS": "1",
        "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
    }  # fmt: skip
    in_application(PREPARE, environment)
    assert seen_in(tmp_path) == ("pending", 0, 40)
    yuanshou = [sys.executable, "-m", "yuanshou_cli"]
    serve = [*yuanshou, "serve", "--port", str(_free_port())]
    log = tmp_path / "server.log"
    with log.open("w") as file, subprocess.Popen(serve, env=environment, stdout=file, stderr=file) as server:
        try:
            deadline = time.monotonic() + 90
            while seen_in(tmp_path) != ("expired", 1, 100) and time.monotonic() < deadline:
                assert server.poll() is None, log.read_text()
                time.sleep(0.2)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
    assert seen_in(tmp_path) == ("expired", 1, 100), log.read_text()
    by_hand = subprocess.run([*yuanshou, "upkeep"], env=environment, capture_output=True, text=True)
    assert (by_hand.returncode, by_hand.stdout.strip()) == (0, "nothing was due")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_days_are_sealed_by_the_world_clock_whatever_the_place(at: Any, stock: Any) -> None:
    stock(10)
    upkeep.run((at + timedelta(days=3)).astimezone(UTC))
    assert list(DaySeal.objects.values_list("day", flat=True)) == [date(2020, 3, 25)]
