"""Spreadsheets in: `python benchmarks/exchange.py --engine sqlite --rows 10000 --fuzz 1000 [--data DIR]`.

A workbook of offers with that many rows and lots goes through upload, preview and confirmation; then as many damaged
files as asked for (`tests/ops/fuzzed_sheets.py`), each of which must be refused in words or taken in whole; then, with
`--data`, the offers and matches GetUsPPE published, against an independent count. The peer of the reading, where it is
installed, is pandas' `read_excel` on the same workbook, which only reads. Prints one JSON line and ends with 1 if
anything was half taken in, broke, or differs.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "ops"))
from engines import ENGINES, set_up_django, temporary_database

AT = datetime(2021, 3, 1, 9, 0, tzinfo=UTC)
ALL_YES = {"unusual": True, "duplicates": True, "again": True}
SENDERS = {"offers": "chen", "requests": "bilal", "stock": "lina"}


def make_world() -> SimpleNamespace:
    """Three organisations, a consignee in two places, and a person for each kind of spreadsheet."""
    from yuanshou_ops.people.models import Organisation, Place, RoleGrant, User
    from yuanshou_ops.reference import load_reference
    from yuanshou_ops.requests import actions as asking

    load_reference()
    organisations, people = {}, {}
    for code, name, place in (("CENTRE", "Centre", "ITA"), ("MOH-KEN", "Ministry", "KEN"), ("GIVER", "Giver", "CHN")):
        organisations[code] = Organisation.objects.create(
            code=code, name=name, kind="other", place=Place.objects.get(pk=place)
        )
    for name, role, code in (
        ("chen", "donor", "GIVER"),
        ("bilal", "requester", "MOH-KEN"),
        ("lina", "logistician", "CENTRE"),
    ):
        people[name] = User.objects.create(email=f"{name}@example.org", name=name)
        RoleGrant.objects.create(
            user=people[name], organisation=organisations[code], role=role, status="active", proposed_at=AT
        )
    for name, place in (("Central store", "KEN"), ("Facilities", "USA")):
        asking.add_consignee(
            by=people["bilal"], at=AT, organisation=organisations["MOH-KEN"], name=name,
            place=Place.objects.get(pk=place), address="Road 1", contact_name="B", phone="+1",
        )  # fmt: skip
    return SimpleNamespace(**people)


def large_workbook(rows: int) -> bytes:
    """Offers of every item, each row a lot of its own, a third of them in boxes."""
    import sheets

    from yuanshou_ops.ledger.models import Item

    items = list(Item.objects.prefetch_related("packs"))
    body = []
    for n in range(rows):
        item = items[n % len(items)]
        pack = "box" if n % 3 == 0 and any(pack.name == "box" for pack in item.packs.all()) else ""
        body.append(
            sheets.offer(
                Item=item.pk if n % 2 else item.name, Quantity=1 + n % 90, Pack=pack, Lot_number=f"L{n}",
                Expires_on=date(2023, 1, 1) + timedelta(days=n % 700), Source=f"letter {n // 400}",
            )
        )  # fmt: skip
    return sheets.book(sheets.OFFER, *body)


def send(by: Any, kind: str, name: str, content: bytes) -> tuple[Any, float, float]:
    """Through preview and, if it asks for nothing else, confirmation; seconds to the preview and from it to the end."""
    from yuanshou_ops.exchange import actions

    start = time.perf_counter()
    row = actions.upload(by=by, at=AT, kind=kind, file_name=name, content=content)
    row = actions.process(row.number)
    looked = time.perf_counter()
    if row.status == "ready":
        row = actions.confirm(by=by, at=AT, row=row, mark=row.preview["mark"], answers=ALL_YES)
        row = actions.process(row.number)
    return row, looked - start, time.perf_counter() - looked


def books() -> tuple[int, int, int]:
    from yuanshou_ops.ledger.models import Move
    from yuanshou_ops.requests.models import OfferLine, RequestLine

    return Move.objects.count(), OfferLine.objects.count(), RequestLine.objects.count()


def run_fuzz(world: SimpleNamespace, count: int) -> dict[str, Any]:
    """How each damaged file ended, and how many broke or were half taken in."""
    from fuzzed_sheets import fuzzed

    ends: Counter[str] = Counter()
    for seed in range(count):
        sent, before = fuzzed(seed), books()
        row, _look, _write = send(getattr(world, SENDERS[sent.kind]), sent.kind, sent.name, sent.content)
        ends[row.status] += 1
        ends["faults"] += "fault of the program" in str(row.preview)
        rows = row.rows if row.status == "done" else 0
        expected = {"offers": (rows, rows, 0), "requests": (0, 0, rows), "stock": (rows, 0, 0)}[sent.kind]
        grown = tuple(now - then for now, then in zip(books(), before, strict=True))
        ends["partial"] += grown != expected or (rows > 0 and rows != row.preview["rows"])
    return {"fuzzed": count, **{name: ends[name] for name in ("done", "wrong", "faults", "partial")}}


def run_published(world: SimpleNamespace, folder: Path) -> dict[str, Any]:
    """The published files: bad rows refused each with a reason, good ones in, totals as counted without the importer."""
    import getusppe
    from django.db.models import Sum

    from yuanshou_ops.requests.models import OfferLine, RequestLine

    found: dict[str, Any] = {}
    tables = {name: getusppe.rows_of(folder, name) for name in ("offers", "matches")}
    getusppe.make_items(*tables.values())
    for name, kind, by, make, lines in (
        ("offers", "offers", world.chen, getusppe.offers_sheet, OfferLine),
        ("matches", "requests", world.bilal, getusppe.matches_sheet, RequestLine),
    ):
        rows = tables[name]
        before = {
            r["item_id"]: r["units"] for r in lines.objects.order_by().values("item_id").annotate(units=Sum("quantity"))
        }
        refused, _look, _write = send(by, kind, f"{name}.xlsx", make(rows))
        good = [row for row in rows if not getusppe.is_bad(row)]
        taken, look, write = send(by, kind, f"{name}-good.xlsx", make(good))
        after = {
            r["item_id"]: r["units"] for r in lines.objects.order_by().values("item_id").annotate(units=Sum("quantity"))
        }
        grown = {item: after[item] - before.get(item, 0) for item in after if after[item] != before.get(item, 0)}
        bad = len(rows) - len(good)
        found[name] = {
            "rows": len(rows), "bad": bad, "refused": refused.preview["wrong_rows"], "taken": taken.rows,
            "units": taken.units, "agrees": grown == getusppe.totals(rows) and refused.preview["wrong_rows"] == bad
            and refused.status == "wrong" and (taken.rows, taken.status) == (len(good), "done"),
            "seconds": round(look + write, 2),
        }  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--fuzz", type=int, default=1_000)
    parser.add_argument("--data", type=Path, help="folder with getusppe_offers.csv and getusppe_matches.csv")
    options = parser.parse_args()
    with temporary_database(options.engine) as environment:
        set_up_django(environment)
        logging.disable(logging.CRITICAL)
        world = make_world()
        content = large_workbook(options.rows)
        start, cpu = time.perf_counter(), time.process_time()
        row, look, write = send(world.chen, "offers", "large.xlsx", content)
        report: dict[str, Any] = {
            "engine": options.engine, "rows": row.rows, "bytes": len(content), "preview_s": round(look, 2),
            "confirm_s": round(write, 2), "total_s": round(time.perf_counter() - start, 2),
            "cpu_s": round(time.process_time() - cpu, 2),
        }  # fmt: skip
        report["pandas_read_s"] = pandas_reading(content)
        report["fuzz"] = run_fuzz(world, options.fuzz)
        if options.data:
            report["published"] = run_published(world, options.data)
    print(json.dumps(report))
    wrong = report["fuzz"]["faults"] or report["fuzz"]["partial"] or row.rows != options.rows
    sys.exit(1 if wrong or not all(part["agrees"] for part in report.get("published", {}).values()) else 0)


def pandas_reading(content: bytes) -> float:
    import io

    import pandas as pd

    start = time.perf_counter()
    pd.read_excel(io.BytesIO(content))
    return round(time.perf_counter() - start, 2)


if __name__ == "__main__":
    main()
