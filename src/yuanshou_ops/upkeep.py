"""What must happen although nobody clicks: promises lapse, holds end, days are sealed, old sessions go.

The worker beside the server calls `run_if_due` while it waits for work, and `yuanshou upkeep` runs one round from a
timer. One guarded update of one row decides who runs a round, so that two servers never do it twice; every step is
harmless when repeated all the same. A step that fails does not keep the others from their turn.

The one thing easily confused: what is over is judged by the time at the desk (in an exercise its own), what is done
about it is recorded at the real time, for the books are sealed by real days.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import ClassVar

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.db.models import F, Q

from yuanshou.errors import YuanshouError
from yuanshou_ops.clock import now
from yuanshou_ops.duty.models import UpkeepRound
from yuanshou_ops.exchange.actions import forget_old
from yuanshou_ops.ledger import actions as ledger
from yuanshou_ops.ledger.checks import seal_days
from yuanshou_ops.people.audit import record
from yuanshou_ops.requests import offers

LEASE = timedelta(minutes=15)
"""A round that has not ended by then was stopped half-way, and another may start."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
OVERDUE_INTERVALS = 3
OVER = "time is over"


class Upkeep:
    """Nobody in person: acts with the rights of a duty officer, and is named `upkeep` in the trail."""

    pk = None
    label = "upkeep"
    has_second_factor = False
    active_grants: ClassVar = (SimpleNamespace(role="duty_officer", organisation_id=None, place_id=None),)

    def __str__(self) -> str:
        return self.label


@dataclass
class Round:
    """What one round did: step → the numbers it concerned, and what failed, in words."""

    at: datetime
    done: dict[str, list[str]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    @contextmanager
    def attempt(self, step: str) -> Iterator[list[str]]:
        """The list to note what the block did in; an error in the block is noted, and the round goes on."""
        try:
            yield self.done.setdefault(step, [])
        except YuanshouError as error:
            self.failed.append(f"{step}: {error}")
        except Exception as error:
            logging.getLogger(__name__).exception("upkeep failed: %s", step)
            self.failed.append(f"{step}: a fault of the program: {type(error).__name__}: {error}")

    def words(self) -> str:
        parts = [f"{step}: {', '.join(what)}" for step, what in self.done.items() if what]
        return "; ".join([*parts, *(f"failed: {text}" for text in self.failed)]) or "nothing was due"


def interval() -> timedelta:
    return timedelta(minutes=settings.YUANSHOU["UPKEEP_MINUTES"])


def last_round() -> UpkeepRound | None:
    """The last round that ended; None if there never was one."""
    return UpkeepRound.objects.filter(finished_at__isnull=False).first()


def is_overdue(at: datetime) -> bool:
    """True if no round has ended for three intervals: then no worker runs and no timer is set."""
    row = last_round()
    return row is None or row.finished_at is None or at - row.finished_at > OVERDUE_INTERVALS * interval()


def run_if_due(at: datetime) -> Round | None:
    """One round if the last began an interval ago; None if it is not due or another process is at it."""
    since = at - interval()
    return None if UpkeepRound.objects.filter(started_at__gt=since).exists() else run(at, since=since)


def run(at: datetime, *, since: datetime | None = None) -> Round | None:
    """One round now; None if another process is at it (or began one after `since`)."""
    if not _claim(at, since or at):
        return None
    round_ = Round(at)
    for name, step in STEPS.items():
        with round_.attempt(name):
            step(round_, name)
    _finish(round_)
    return round_


def _claim(at: datetime, since: datetime) -> bool:
    """Take the round if nobody is at it and none has begun after `since`; at most one process succeeds."""
    UpkeepRound.objects.bulk_create([UpkeepRound(pk=1, started_at=LONG_AGO)], ignore_conflicts=True)
    free = Q(finished_at__gte=F("started_at")) | Q(started_at__lte=at - LEASE)
    return UpkeepRound.objects.filter(free, pk=1, started_at__lte=since).update(started_at=at) == 1


@transaction.atomic
def _finish(round_: Round) -> None:
    UpkeepRound.objects.filter(pk=1).update(finished_at=round_.at, done=round_.done, failed=round_.failed)
    after = {**round_.done, "failed": round_.failed}
    record(by=Upkeep(), at=round_.at, action="duty.upkeep", target=UpkeepRound.objects.get(pk=1), after=after)


# --- the steps -----------------------------------------------------------------------------------------------


def _lapse_commitments(round_: Round, name: str) -> None:
    for commitment in offers.due_commitments(now()):
        with round_.attempt(name) as done:
            if row := offers.lapse_commitment(by=Upkeep(), at=round_.at, commitment=commitment):
                done.append(row.number)


def _end_holds(round_: Round, name: str) -> None:
    """Holds that no commitment stands behind; those with one end with it."""
    for hold in ledger.expired_holds(now()):
        if hasattr(hold, "commitment"):
            continue
        with round_.attempt(name) as done:
            ledger.void_holds(
                [hold], key=f"hold-expire-{hold.pk}", by=Upkeep(), at=round_.at, reason=OVER, kind="expire"
            )  # fmt: skip
            done.append(f"hold {hold.pk}")


def _seal(round_: Round, name: str) -> None:
    round_.done[name] += [seal.day.isoformat() for seal in seal_days(by=Upkeep(), at=round_.at)]


def _forget_files(round_: Round, name: str) -> None:
    round_.done[name] += forget_old(by=Upkeep(), at=round_.at)


def _clear_sessions(round_: Round, name: str) -> None:
    SessionStore.clear_expired()


STEPS = {
    "lapsed": _lapse_commitments,
    "given back": _end_holds,
    "sealed": _seal,
    "files": _forget_files,
    "sessions": _clear_sessions,
}
"""Name → step, in order. A promise that lapses today is sealed tomorrow."""
