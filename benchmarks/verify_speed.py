"""How fast, and how surely, an export is checked: `python benchmarks/verify_speed.py --moves 1000000`.

Writes an honest export of that many moves, without a database, in the form `yuanshou export ledger` writes; checks it;
then changes, deletes or swaps one row in copies of an export of `--spoiled` moves, in a random place each time, and asks
whether `yuanshou verify` names that row. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
from yuanshou.errors import AuditError
from yuanshou_cli.verify import FILES, FORMAT, OUTCOMES, verify

LOTS = 500
DAYS = 30
HEAD = (
    "chain,id,credit_account,debit_account,quantity,kind,document,recorded_at,posting,line,occurred_at,actor,"
    "on_behalf_of,reverses,declared_pack,declared_count,actor_label,reason\n"
)
STATES = ("source", "vetted", "reserved")


def write_export(folder: Path, moves: int, seed: int) -> None:
    """Goods of many lots that come in, are reserved and set free again, over thirty days."""
    chance, balances, digest = random.Random(seed), defaultdict(int), "0" * 64
    days: list[list[object]] = []
    folder.mkdir()
    with (folder / "moves.csv").open("w", encoding="utf-8", newline="\n") as file:
        file.write(HEAD)
        for number in range(1, moves + 1):
            lot, day = chance.randrange(LOTS), number * DAYS // (moves + 1)
            source, vetted, reserved = 3 * lot + 1, 3 * lot + 2, 3 * lot + 3
            ways = [("stock_in", source, vetted, 1000)]
            ways += [("reserve", vetted, reserved, balances[vetted])] if balances[vetted] else []
            ways += [("void", reserved, vetted, balances[reserved])] if balances[reserved] else []
            kind, credit, debit, most = chance.choice(ways)
            units = chance.randint(1, most)
            balances[credit] -= units
            balances[debit] += units
            moment = f"2020-03-{day + 1:02d}T09:{number % 60:02d}:00.000000Z"
            text = (
                f"{number},{credit},{debit},{units},{kind},SH-2020-{lot:06d}/1,{moment},c{number},1,{moment},7,3,,box,"
                f'{units},Amina Diallo,"plan 7, line {lot}"'
            )
            digest = sha256(f"{digest}\n{text}".encode()).hexdigest()
            file.write(f"{digest[:16]},{text}\n")
            if not days or days[-1][0] != moment[:10]:
                days.append([moment[:10], 0, "", ""])
            days[-1][1:3] = [int(str(days[-1][1])) + 1, digest]
    accounts = [
        (3 * lot + 1 + n, lot, "mask", "B", "CHE", state) for lot in range(LOTS) for n, state in enumerate(STATES)
    ]
    totals = {state: sum(balances[3 * lot + 1 + n] for lot in range(LOTS)) for n, state in enumerate(STATES)}
    tables = {
        "accounts.csv": (
            ["account", "lot", "item", "holder", "place", "state", "balance"],
            [(*row, balances[row[0]]) for row in accounts],
        ),
        "days.csv": (["day", "moves", "digest", "sealed_digest"], days),
        "totals.csv": (
            ["item", "place", "state", "units"],
            [("mask", "CHE", state, units) for state, units in totals.items() if units and state != "source"],
        ),
        "lines.csv": (["document", "status", "dispatched", *OUTCOMES], []),
    }
    for name, (heads, rows) in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([heads, *rows])
    manifest = {"format": FORMAT, "moves": moves, "digest": digest}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def changed(rows: list[str], at: int) -> None:
    cells = rows[at].split(",")
    cells[4] = str(int(cells[4]) + 1)
    rows[at] = ",".join(cells)


def deleted(rows: list[str], at: int) -> None:
    del rows[at]


def swapped(rows: list[str], at: int) -> None:
    rows[at], rows[at + 1] = rows[at + 1], rows[at]


def spoil(export: Path, scratch: Path, fault: Callable[[list[str], int], None], chance: random.Random) -> bool:
    """One row of a copy spoiled; True if the check names exactly that row."""
    scratch.mkdir()
    for name in FILES:
        shutil.copy(export / name, scratch / name)
    rows = (export / "moves.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    at = chance.randrange(1, len(rows) - 1)
    fault(rows, at)
    (scratch / "moves.csv").write_text("".join(rows), encoding="utf-8", newline="")
    try:
        verify(scratch)
    except AuditError as error:
        return f"moves.csv row {at + 1}" in str(error)
    finally:
        shutil.rmtree(scratch)
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=100_000, help="moves of the export that is timed")
    parser.add_argument("--spoiled", type=int, default=100_000, help="moves of the export that is spoiled")
    parser.add_argument("--times", type=int, default=3, help="how often each fault is planted")
    parser.add_argument("--seed", type=int, default=20200325)
    arguments = parser.parse_args()
    chance, found = random.Random(arguments.seed), {}
    with tempfile.TemporaryDirectory() as scratch:
        write_export(Path(scratch) / "timed", arguments.moves, arguments.seed)
        start, cpu = time.perf_counter(), time.process_time()
        books = verify(Path(scratch) / "timed")
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        write_export(Path(scratch) / "spoiled", arguments.spoiled, arguments.seed + 1)
        for fault in (changed, deleted, swapped):
            found[fault.__name__] = sum(
                spoil(Path(scratch) / "spoiled", Path(scratch) / "copy", fault, chance) for _ in range(arguments.times)
            )
    print(json.dumps({
        "moves": books.moves, "seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2),
        "spoiled_moves": arguments.spoiled, "planted_each": arguments.times, "found": found,
    }))  # fmt: skip
    sys.exit(any(count != arguments.times for count in found.values()))


if __name__ == "__main__":
    main()
