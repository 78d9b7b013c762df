"""`kill -9` in mid-load: `python benchmarks/ledger_crash.py --engine postgres --kills 200`.

Writers post many-line commands and note every acknowledged key. Meanwhile writers are killed and started anew; with
PostgreSQL, its backends and its whole server too. Afterwards every acknowledged command must be there exactly once and
whole, nothing half done, and every account must agree with its moves. Prints one JSON line and ends with 1 otherwise.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
import engines
from engines import ENGINES, set_up_django, temporary_database
from ledger_race import AT, LOTS, Writer, lines_of, seed_ledger

PAUSE_S = (0.05, 0.4)
WRITERS = 4
UNITS_EACH = 1_000_000
RESTARTS_MAX = 60
DEADLOCK = "deadlock\n"


def write_until_killed(writer: int, folder: str, seed: int) -> None:
    """Post command after command; a broken connection means: try the same command again, with the same key."""
    from django.db import Error, connection

    from yuanshou_ops.ledger import posting
    from yuanshou_ops.ledger.models import Account

    posting.RETRIES = 1  # so that a deadlock is seen here and counted, instead of being repeated in silence
    notes = os.open(f"{folder}/{writer}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    keys: list[Any] = []
    by, number = Writer(), 0
    while True:
        try:
            if not keys:
                vetted = Account.objects.filter(state="vetted").order_by("pk")
                keys = [posting.Key.of(account) for account in vetted]
            lines = lines_of(number, seed + writer)
            entries = [
                posting.Entry("reserve", keys[lot], keys[lot].moved(state="reserved"), units) for lot, units in lines
            ]
            posting.post(entries, key=f"w{writer}-{number}", by=by, at=AT)
        except Error as error:
            if "deadlock" in str(error).lower():
                os.write(notes, DEADLOCK.encode())
            connection.close()
            time.sleep(0.05)
            continue
        os.write(notes, f"w{writer}-{number} {len(lines)}\n".encode())
        number += 1


class Load:
    """The writers of the moment; each new one has a number of its own, and so keys of its own."""

    def __init__(self, folder: str, seed: int) -> None:
        self.folder, self.seed, self.count = folder, seed, 0
        self.context = multiprocessing.get_context("fork")
        self.processes = [self.start() for _writer in range(WRITERS)]

    def start(self) -> Any:
        from django.db import connections

        connections.close_all()
        self.count += 1
        process = self.context.Process(
            target=write_until_killed, args=(self.count, self.folder, self.seed), daemon=True
        )
        process.start()
        return process

    def kill_one(self, chance: random.Random) -> None:
        index = chance.randrange(len(self.processes))
        self.processes[index].kill()
        self.processes[index].join()
        self.processes[index] = self.start()

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.join()


def kill_backend(server: Any, chance: random.Random) -> bool:
    """One backend of PostgreSQL, which makes the server throw all others out and recover from its log; False if none is there."""
    import psutil

    with suppress(psutil.Error, ProcessLookupError):
        children = psutil.Process(server.get_pid()).children()
        backends = [
            child for child in children if any("postgres: postgres postgres" in word for word in child.cmdline())
        ]
        if backends:
            os.kill(chance.choice(backends).pid, signal.SIGKILL)
            return True
    return False


def kill_server(server: Any) -> None:
    """The whole server at once, as a power cut does, and start it again on the same files."""
    import psutil

    master = psutil.Process(server.get_pid())
    for process in [master, *master.children(recursive=True)]:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs([master], timeout=10)
    for attempt in range(RESTARTS_MAX):
        try:
            server.ensure_postgres_running()
            return
        except Exception:
            if attempt == RESTARTS_MAX - 1:
                raise
            time.sleep(0.5)


def examine(folder: str) -> tuple[dict[str, int], int]:
    """The books after the storm: acknowledged commands whole and once, no half posting, balances by their moves."""
    from django.db.models import Count

    from yuanshou_ops.ledger import checks
    from yuanshou_ops.ledger.models import Account, Move, Posting
    from yuanshou_ops.people.models import AuditEvent

    there = dict(Move.objects.order_by().values_list("posting_id").annotate(lines=Count("id")))
    notes = [line for path in Path(folder).iterdir() for line in path.read_text().splitlines(keepends=True)]
    acknowledged = {key: int(lines) for key, lines in (line.split() for line in notes if line != DEADLOCK)}
    lost = sum(there.get(key, 0) != lines for key, lines in acknowledged.items())
    half = sum(there.get(key, 0) != lines for key, lines in Posting.objects.values_list("key", "lines"))
    audited = set(AuditEvent.objects.filter(target_type="ledger.posting").values_list("target_id", flat=True))
    half += sum(key not in audited for key in there)
    below = Account.objects.exclude(state="source").filter(balance__lt=0).count()
    mismatched = len(checks.mismatched()) + len(checks.unbalanced_lots())
    counts = {
        "oversold": below, "mismatched": mismatched, "lost": lost, "half": half, "deadlocks": notes.count(DEADLOCK),
        "acknowledged": len(acknowledged),
    }  # fmt: skip
    return counts, sum(there.values()) - LOTS


def run(engine: str, kills: int, seed: int) -> dict[str, Any]:
    """So many kills in mid-load on an empty database of that engine."""
    chance, killed = random.Random(seed), Counter[str]()
    server: Any = None
    original = engines.start_postgres

    def remember(folder: Path) -> Any:
        nonlocal server
        server = original(folder)
        return server

    engines.start_postgres = remember
    with temporary_database(engine) as environment, tempfile.TemporaryDirectory() as folder:
        set_up_django(environment)
        from django.db import connections

        seed_ledger(UNITS_EACH)
        load = Load(folder, seed)
        start = time.perf_counter()
        while sum(killed.values()) < kills:
            time.sleep(chance.uniform(*PAUSE_S))
            what = "writer" if engine == "sqlite" else chance.choice(["writer", "writer", "backend", "server"])
            if what == "writer":
                load.kill_one(chance)
            elif what == "server":
                kill_server(server)
            elif not kill_backend(server, chance):
                continue
            killed[what] += 1
        seconds = time.perf_counter() - start
        load.stop()
        if engine == "postgres":
            kill_server(server)
        connections.close_all()
        found, moves = examine(folder)
        connections.close_all()
    return {
        "operations": moves, **found, "posts_per_s": round(moves / seconds, 1), "engine": engine,
        "kills": sum(killed.values()), "killed": dict(killed), "seconds": round(seconds, 1), "seed": seed,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=20200325)
    arguments = parser.parse_args()
    if arguments.kills < 1:
        parser.error("found no kill; expected at least 1; way out: raise it")
    result = run(arguments.engine, arguments.kills, arguments.seed)
    print(json.dumps(result))
    sys.exit(any(result[name] for name in ("oversold", "mismatched", "lost", "half", "deadlocks")))


if __name__ == "__main__":
    main()
