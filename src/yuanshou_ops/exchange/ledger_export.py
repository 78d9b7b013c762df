"""The whole ledger as a folder of CSV files that `yuanshou verify` recomputes without this application.

`moves.csv` carries a running hash in its first column, so the first row that was changed, removed or moved can be
named; `days.csv` carries the hash of every day, which is published. The other files are what must follow from the
moves: balances, public totals, and what became of every shipment line.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from yuanshou_ops.ledger.checks import GENESIS, MOVE_COLUMNS, days_with_moves, link, texts_of_day, utc_text
from yuanshou_ops.ledger.models import Account, DaySeal
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.shipments.models import ShipmentLine
from yuanshou_ops.shipments.outcomes import outcomes
from yuanshou_ops.shipments.statuses import OUTCOMES

FORMAT = "yuanshou-ledger-1"
CHAIN_LETTERS = 16
CHUNK = 500


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read inside is of the same moment, and writers are not kept waiting."""
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        is_postgresql = connection.vendor == "postgresql"
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if is_postgresql else "BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def write_ledger(folder: Path, *, at: datetime) -> dict[str, Any]:
    """Write the export into the folder (made if missing) and return its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    with one_moment():
        manifest = {"format": FORMAT, "at": utc_text(at), **_write_moves(folder)}
        manifest["accounts"] = _write_accounts(folder)
        manifest["lines"] = _write_lines(folder)
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return manifest


def _write_moves(folder: Path) -> dict[str, Any]:
    digest, count, days = GENESIS, 0, []
    sealed = dict(DaySeal.objects.values_list("day", "digest"))
    with (folder / "moves.csv").open("w", encoding="utf-8", newline="\n") as file:
        file.write("chain," + ",".join(name.removesuffix("_id") for name in MOVE_COLUMNS) + "\n")
        for day in days_with_moves():
            before = count
            for text in texts_of_day(day):
                digest = link(digest, text)
                file.write(f"{digest[:CHAIN_LETTERS]},{text}\n")
                count += 1
            days.append((day.isoformat(), count - before, digest, sealed.get(day, "")))
    _write_csv(folder / "days.csv", ["day", "moves", "digest", "sealed_digest"], days)
    return {"moves": count, "digest": digest}


def _write_accounts(folder: Path) -> int:
    totals: dict[tuple[str, str, str], int] = defaultdict(int)
    rows = Account.objects.order_by("id").values_list(
        "id", "lot_id", "item_id", "holder__code", "place_id", "state", "balance"
    )

    def each() -> Iterator[tuple[Any, ...]]:
        for row in rows.iterator(chunk_size=2000):
            _id, _lot, item, _holder, place, state, balance = row
            if state != State.SOURCE and balance:
                totals[item, place, state] += balance
            yield row

    count = _write_csv(
        folder / "accounts.csv", ["account", "lot", "item", "holder", "place", "state", "balance"], each()
    )
    _write_csv(folder / "totals.csv", ["item", "place", "state", "units"], ((*k, v) for k, v in sorted(totals.items())))
    return count


def _write_lines(folder: Path) -> int:
    """Shipment lines that were dispatched, with the outcome the application shows for them."""
    lines = ShipmentLine.objects.exclude(shipment__status__in=["draft", "packed", "cancelled"]).select_related(
        "shipment"
    )
    pks = list(lines.order_by("id").values_list("pk", flat=True))

    def each() -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(pks), CHUNK):
            for o in outcomes(lines.filter(pk__in=pks[start : start + CHUNK]).order_by("id")):
                units = [getattr(o, state.value) for state in OUTCOMES]
                yield (o.line.document, o.line.shipment.status, o.dispatched, *units)

    return _write_csv(folder / "lines.csv", ["document", "status", "dispatched", *OUTCOMES], each())


def _write_csv(path: Path, heads: list[str], rows: Iterable[Any]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heads)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count
