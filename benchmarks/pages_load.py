"""Pages under load: `python benchmarks/pages_load.py --engine sqlite --moves 100000 --users 50 --seconds 600`.

The March 2020 example with more than 200 places and so many moves, served as `yuanshou serve` does. First one person opens
home and lists alone; then many people open pages for some time, each pausing a few seconds between two pages as people
do. Prints one JSON line: p95 of home and of lists in ms, the heaviest compressed page, and under load pages opened,
errors and p95.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from engines import ENGINES, set_up_django, temporary_database
from recall import fill

LISTS = ("/requests/", "/requests/offers", "/shipments/", "/ledger/", "/ledger/moves", "/situation/", "/desk/log",
         "/engagements/promises", "/teams/")  # fmt: skip
OTHERS = (
    "/situation/p/ITA",
    "/situation/map",
    "/plans/",
    "/guidance/",
    "/bulletin/",
    "/desk/alerts",
    "/evidence/facts",
)
ALONE = 40
LOTS = 100
PORT = 8463


@dataclass
class Tally:
    """What was seen by all threads: seconds a page, errors, bytes."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    largest: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, path: str, cookie: str) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{PORT}{path}", headers={"Cookie": cookie, "Accept-Encoding": "gzip"}
        )
        start = time.perf_counter()
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                size = len(answer.read())
                problem = "" if answer.status == 200 else f"{answer.status} {path}"
        except (urllib.error.URLError, OSError) as error:
            size, problem = 0, f"{error} {path}"
        took = time.perf_counter() - start
        with self.lock:
            self.seconds.append(took)
            self.largest = max(self.largest, size)
            if problem:
                self.errors.append(problem)

    def p95_ms(self) -> int:
        ordered = sorted(self.seconds)
        return round(1000 * ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]) if ordered else 0


def cookies(count: int) -> list[str]:
    """Sessions of the example's people, as the browser would hold them."""
    from django.test import Client

    from yuanshou_ops.people.models import User

    users = list(User.objects.filter(email__in=["amina@example.org", "lina@example.org", "anders@example.org"]))
    found = []
    for number in range(count):
        client = Client()
        client.force_login(users[number % len(users)])
        found.append(f"sessionid={client.cookies['sessionid'].value}")
    return found


def wait_for_server() -> None:
    for _turn in range(120):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=2)
            return
        except OSError:
            time.sleep(1)
    sys.exit("found no server after two minutes; expected it to answer; way out: look at its output")


def crowd(sessions: list[str], seconds: float, pause: float) -> Tally:
    tally, end = Tally(), time.monotonic() + seconds

    def person(number: int) -> None:
        dice = random.Random(number)
        while time.monotonic() < end:
            time.sleep(dice.uniform(0.2, 2 * pause))
            tally.open(dice.choice(("/", *LISTS, *OTHERS)), sessions[number])

    threads = [threading.Thread(target=person, args=(n,)) for n in range(len(sessions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def run(engine: str, moves: int, users: int, seconds: float, pause: float) -> dict[str, Any]:
    with temporary_database(engine) as environment:
        set_up_django(environment | {"YUANSHOU_SECOND_FACTOR": "no"})
        from yuanshou_ops.start import load_example, prepare

        prepare()
        load_example(password="only-for-the-benchmark")
        fill(moves, LOTS)
        sessions = cookies(users)
        server = subprocess.Popen(
            [sys.executable, "-m", "yuanshou_cli", "serve", "--port", str(PORT)], env=os.environ | environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_for_server()
            home, lists = Tally(), Tally()
            for turn in range(ALONE + 5):
                tally = home if turn >= 5 else Tally()  # the first five warm caches, as any morning does
                tally.open("/", sessions[0])
                for path in LISTS:
                    (lists if turn >= 5 else Tally()).open(path, sessions[0])
            loaded = crowd(sessions, seconds, pause)
        finally:
            server.terminate()
            server.wait(timeout=30)
        from django.db import connections

        connections.close_all()
    return {
        "engine": engine, "moves": moves, "home_p95_ms": home.p95_ms(), "lists_p95_ms": lists.p95_ms(),
        "largest_page_bytes": max(home.largest, lists.largest, loaded.largest), "users": users, "seconds": seconds,
        "pages": len(loaded.seconds), "errors": len(home.errors + lists.errors + loaded.errors),
        "loaded_p95_ms": loaded.p95_ms(), "first_errors": (home.errors + lists.errors + loaded.errors)[:3],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--moves", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--pause", type=float, default=5, help="mean seconds between two pages of one person")
    arguments = parser.parse_args()
    if min(arguments.moves, arguments.users) < 1 or arguments.seconds <= 0:
        parser.error("found a count below 1; expected moves, users and seconds above zero; way out: raise it")
    result = run(arguments.engine, arguments.moves, arguments.users, arguments.seconds, arguments.pause)
    print(json.dumps(result))
    sys.exit(bool(result["errors"]))


if __name__ == "__main__":
    main()
