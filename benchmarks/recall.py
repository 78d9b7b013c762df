"""Recall of a lot in a ledger of a million moves: `python benchmarks/recall.py --engine postgres --moves 1000000`.

The worst case by default: every move is of the recalled lot, which went through thousands of hands (`--lots 100` spreads
them). Times the trace, whose sums must agree with the balances, and the recall itself: every holder frozen and listed.
Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from engines import ENGINES, set_up_django, temporary_database
from ledger_race import AT, Writer

PLACES, HOLDERS = 50, 40
HANDS = PLACES * HOLDERS
UNITS_EACH = 1_000_000

TRANSFERS = """
INSERT INTO ledger_move (
  posting_id, line, kind, credit_account_id, debit_account_id, quantity, declared_pack, reason, document, actor_label,
  occurred_at, recorded_at
)
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {moves})
SELECT 'many', i + 1, 'transfer', {first} + (i %% {lots}) * {each} + (i / {lots}) %% {hands},
  {first} + (i %% {lots}) * {each} + (i / {lots} + 1) %% {hands}, 1 + i %% 5, '', '', '', 'benchmark', %s, %s
FROM n
"""
"""From hand to hand: the accounts of a lot follow one another, and the world outside comes after them."""
BALANCES = """
UPDATE ledger_account SET balance =
  COALESCE((SELECT SUM(quantity) FROM ledger_move WHERE debit_account_id = ledger_account.id), 0)
  - COALESCE((SELECT SUM(quantity) FROM ledger_move WHERE credit_account_id = ledger_account.id), 0)
"""


def fill(moves: int, lots: int) -> Any:
    """So many moves, written by the database itself; returns the lot to recall."""
    from django.db import connection

    from yuanshou_ops.ledger.models import Account, Item, Lot, Posting
    from yuanshou_ops.ledger.posting import Entry, Key, post
    from yuanshou_ops.people.models import Organisation, Place

    places = [Place.objects.create(code=f"P{n}", kind="country", name_en=f"Place {n}") for n in range(PLACES)]
    holders = [
        Organisation.objects.create(code=f"H{n}", name=f"Holder {n}", kind="other", place=places[0])
        for n in range(HOLDERS)
    ]
    item = Item.objects.create(code="mask", name="Mask", unit="each")
    made = [Lot.objects.create(item=item, number=f"L{n}", origin=holders[0]) for n in range(lots)]
    for lot in made:
        keys = [Key(lot.pk, holder.pk, place.pk, "vetted") for holder in holders for place in places]
        sources = [key.moved(state="source") for key in keys]
        Account.objects.bulk_create(
            Account(lot=lot, item=item, holder_id=k.holder_id, place_id=k.place_id, state=k.state)
            for k in [*keys, *sources]
        )
        entries = [Entry("stock_in", source, key, UNITS_EACH) for source, key in zip(sources, keys, strict=True)]
        post(entries, key=f"in-{lot.pk}", by=Writer(), at=AT)
    Posting.objects.create(key="many", fingerprint="written by the benchmark", lines=moves, at=AT)
    first = Account.objects.filter(lot=made[0]).order_by("pk").values_list("pk", flat=True)[0]
    script = TRANSFERS.format(moves=moves, lots=lots, hands=HANDS, each=2 * HANDS, first=first)
    with connection.cursor() as cursor:
        cursor.execute(script, [AT, AT])
        cursor.execute(BALANCES)
        cursor.execute("ANALYZE")
    return made[0]


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    done = act()
    return done, round(time.perf_counter() - start, 2)


def cpu_of(act: Callable[[], Any]) -> float:
    """CPU seconds of this process, for a machine that has other work too (SQLite does all of its work in it)."""
    start = time.process_time()
    act()
    return round(time.process_time() - start, 2)


def run(engine: str, moves: int, lots: int) -> dict[str, Any]:
    """Fill an empty database of that engine, trace the lot, recall it."""
    with temporary_database(engine) as environment:
        set_up_django(environment | {"YUANSHOU_SECOND_FACTOR": "no"})
        from django.db import connections

        from yuanshou_ops.ledger import checks, recall
        from yuanshou_ops.ledger.models import Move
        from yuanshou_ops.people.models import Organisation, RoleGrant, User

        lot, fill_s = timed(lambda: fill(moves, lots))
        by = User.objects.create(email="duty@example.org", name="Duty officer")
        RoleGrant.objects.create(
            user=by, organisation=Organisation.objects.first(), role="duty_officer", status="active", proposed_at=AT
        )
        rows, trace_s = timed(lambda: recall.trace(lot))
        trace_cpu_s = cpu_of(lambda: recall.trace(lot))
        differing = sum(row.remaining != row.account.balance for row in rows)
        row, recall_s = timed(lambda: recall.recall(by=by, at=AT, lot=lot, reason="failed two tests"))
        holders = row.holders.count()
        mismatched, checks_s = timed(lambda: len(checks.mismatched()) + len(checks.unbalanced_lots()))
        there = Move.objects.count()
        connections.close_all()
    return {
        "engine": engine, "moves": there, "lots": lots, "accounts_of_lot": len(rows), "differing": differing,
        "trace_s": trace_s, "trace_cpu_s": trace_cpu_s, "recall_s": recall_s, "holders": holders, "mismatched": mismatched,
        "balances_rebuilt_s": checks_s, "fill_s": fill_s,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--moves", type=int, default=100_000)
    parser.add_argument("--lots", type=int, default=1, help="lots the moves are spread over")
    arguments = parser.parse_args()
    if arguments.moves < 1 or arguments.lots < 1:
        parser.error("found no move or no lot; expected at least 1; way out: raise it")
    result = run(arguments.engine, arguments.moves, arguments.lots)
    print(json.dumps(result))
    sys.exit(bool(result["differing"] or result["mismatched"]))


if __name__ == "__main__":
    main()
