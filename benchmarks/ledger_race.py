"""Racing writers on one ledger: `python benchmarks/ledger_race.py --engine sqlite --operations 20000 --writers 8`.

Commands of 1 to 20 moves in random order ask together for more than there is, and every command is sent twice, by two
different processes. Afterwards the books are recomputed. Prints one JSON line; an *operation* is one move asked for,
each time it is sent. Ends with 1 if a unit was oversold, an account differs from its moves, a command that was
acknowledged is not there exactly once, or the engine met a deadlock.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from engines import ENGINES, set_up_django, temporary_database

AT = datetime(2020, 3, 25, 9, tzinfo=UTC)
LOTS = 40
LINES_MAX = 20
ATTEMPTS = 50


@dataclass
class Tally:
    """What one writer, or all of them, met."""

    operations: int = 0
    commands: int = 0
    posted: int = 0
    refused: int = 0
    deadlocks: int = 0
    busy: int = 0


class Writer:
    """Who posts in this benchmark."""

    pk = 1
    label = "benchmark"


def seed_ledger(units_each: int) -> list[int]:
    """Lots with that many vetted units each; returns their accounts."""
    from yuanshou_ops.ledger.models import Account, Item, Lot
    from yuanshou_ops.ledger.posting import Entry, Key, post
    from yuanshou_ops.people.models import Organisation, Place

    place = Place.objects.create(code="CHE", kind="country", name_en="Switzerland")
    holder = Organisation.objects.create(code="B", name="Benchmark", kind="other", place=place)
    item = Item.objects.create(code="mask", name="Mask", unit="each")
    lots = [Lot.objects.create(item=item, number=f"L{index}", origin=holder) for index in range(LOTS)]
    keys = [Key(lot.pk, holder.pk, place.pk, "vetted") for lot in lots]
    entries = [Entry("stock_in", key.moved(state="source"), key, units_each) for key in keys]
    post(entries, key="seed", by=Writer(), at=AT)
    return list(Account.objects.filter(state="vetted").order_by("pk").values_list("pk", flat=True))


def lines_of(number: int, seed: int) -> list[tuple[int, int]]:
    """The lots and quantities of a command: the same whoever sends it, in an order of its own."""
    chance = random.Random(seed * 1_000_003 + number)
    count = 1 if chance.random() < 0.4 else chance.randint(2, LINES_MAX)
    return [(lot, chance.randint(1, 5)) for lot in chance.sample(range(LOTS), count)]


def commands_for(operations: int, seed: int) -> int:
    """How many commands, each sent twice, ask for at least that many moves."""
    asked = number = 0
    while asked < operations:
        asked += 2 * len(lines_of(number, seed))
        number += 1
    return number


def write(worker: int, writers: int, commands: int, seed: int, queue: Any) -> None:
    """One process: its share of the commands, and the second sending of its neighbour's."""
    from django.db import OperationalError, connection

    from yuanshou_ops.errors import InsufficientStock
    from yuanshou_ops.ledger import posting
    from yuanshou_ops.ledger.models import Account

    posting.RETRIES = 1  # so that a deadlock is seen here and counted, instead of being repeated in silence
    keys = [posting.Key.of(account) for account in Account.objects.filter(state="vetted").order_by("pk")]
    tally, by, acknowledged = Tally(), Writer(), []
    for number in range(commands):
        if worker not in (number % writers, (number + 1) % writers):
            continue
        lines = lines_of(number, seed)
        entries = [
            posting.Entry("reserve", keys[lot], keys[lot].moved(state="reserved"), units) for lot, units in lines
        ]
        tally.commands += 1
        tally.operations += len(lines)
        for _attempt in range(ATTEMPTS):
            try:
                done = posting.post(entries, key=f"c{number}", by=by, at=AT)
                acknowledged.append(number)
                tally.posted += 0 if done.is_repetition else len(lines)
                break
            except InsufficientStock:
                tally.refused += 1
                break
            except OperationalError as error:
                tally.deadlocks += "deadlock" in str(error).lower()
                tally.busy += "deadlock" not in str(error).lower()
    connection.close()
    queue.put((asdict(tally), acknowledged))


def examine(units_each: int, acknowledged: set[int], seed: int) -> dict[str, int]:
    """The books after the race, recomputed from the moves."""
    from django.db.models import Count, Sum

    from yuanshou_ops.ledger import checks
    from yuanshou_ops.ledger.models import Account, Move

    moved = Move.objects.filter(kind="reserve").values("credit_account").annotate(units=Sum("quantity"))
    oversold = sum(max(0, row["units"] - units_each) for row in moved.order_by())
    below = Account.objects.exclude(state="source").filter(balance__lt=0).count()
    there = dict(Move.objects.order_by().values_list("posting_id").annotate(lines=Count("id")))
    wrong = sum(there.get(f"c{number}", 0) != len(lines_of(number, seed)) for number in acknowledged)
    unasked = sum(1 for key in there if key != "seed" and int(key[1:]) not in acknowledged)
    mismatched = len(checks.mismatched()) + len(checks.unbalanced_lots())
    return {"oversold": oversold + below, "mismatched": mismatched, "lost": wrong + unasked}


def run(engine: str, operations: int, writers: int, seed: int) -> dict[str, Any]:
    """Race once on an empty database of that engine."""
    with temporary_database(engine) as environment:
        set_up_django(environment)
        from django.db import connection, connections

        commands = commands_for(operations, seed)
        units_each = max(1, int(0.7 * operations / 2 * 3 / LOTS))
        seed_ledger(units_each)
        connections.close_all()
        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        processes = [
            context.Process(target=write, args=(w, writers, commands, seed, queue), daemon=True) for w in range(writers)
        ]
        start = time.perf_counter()
        for process in processes:
            process.start()
        results = [queue.get() for _process in processes]
        seconds = time.perf_counter() - start
        for process in processes:
            process.join()
        total = {name: sum(tally[name] for tally, _ in results) for name in asdict(Tally())}
        acknowledged = {number for _tally, numbers in results for number in numbers}
        found = examine(units_each, acknowledged, seed)
        if engine == "postgres":
            with connection.cursor() as cursor:
                cursor.execute("SELECT sum(deadlocks) FROM pg_stat_database")
                total["deadlocks"] = max(total["deadlocks"], int(cursor.fetchone()[0]))
        connections.close_all()
    return {
        "operations": total["operations"], **found, "deadlocks": total["deadlocks"],
        "posts_per_s": round(total["posted"] / seconds, 1), "engine": engine, "writers": writers,
        "commands": total["commands"], "posted": total["posted"], "refused": total["refused"], "busy": total["busy"],
        "seconds": round(seconds, 1), "seed": seed,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--operations", type=int, default=20_000, help="moves asked for, counting both sendings")
    parser.add_argument("--writers", type=int, default=8, help="processes (at least 2, for each command is sent twice)")
    parser.add_argument("--seed", type=int, default=20200325)
    arguments = parser.parse_args()
    if arguments.operations < 1 or arguments.writers < 2:
        parser.error("found fewer than 1 operation or 2 writers; expected more; way out: raise them")
    result = run(arguments.engine, arguments.operations, arguments.writers, arguments.seed)
    print(json.dumps(result))
    sys.exit(any(result[name] for name in ("oversold", "mismatched", "lost", "deadlocks")))


if __name__ == "__main__":
    main()
