"""Whatever is sent, nothing breaks and nothing is half taken in: damaged files, and published ones as dirty as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import getusppe
import pytest
from fuzzed_sheets import fuzzed

from yuanshou_ops.exchange import actions
from yuanshou_ops.exchange.checking import check
from yuanshou_ops.ledger import checks
from yuanshou_ops.ledger.models import Move
from yuanshou_ops.people.models import Place
from yuanshou_ops.requests import actions as asking
from yuanshou_ops.requests.models import OfferLine, RequestLine

SENDERS = {"offers": "chen", "requests": "bilal", "stock": "logistician"}
SHARED = Path(__file__).parents[3] / "shared" / "data"
ALL_YES = {"unusual": True, "duplicates": True, "again": True}


def in_the_books() -> tuple[int, int, int]:
    return Move.objects.count(), OfferLine.objects.count(), RequestLine.objects.count()


def test_a_hundred_damaged_files_are_refused_in_words_or_taken_in_whole(
    world: Any, at: Any, store_of_kenya: Any, caplog: Any
) -> None:
    ends: dict[str, int] = {"wrong": 0, "done": 0}
    for seed in range(100):
        sent = fuzzed(seed)
        before = in_the_books()
        by = getattr(world, SENDERS[sent.kind])
        row = actions.upload(by=by, at=at, kind=sent.kind, file_name=sent.name, content=sent.content)
        row = actions.process(row.number)
        if row.status == "ready":
            assert in_the_books() == before, (seed, sent.injuries)
            row = actions.confirm(by=by, at=at, row=row, mark=row.preview["mark"], answers=ALL_YES)
            row = actions.process(row.number)
        ends[row.status] += 1
        moves, offered, asked = (now - then for now, then in zip(in_the_books(), before, strict=True))
        taken = (row.rows, row.preview.get("rows")) if row.status == "done" else (0, 0)
        assert taken[0] == taken[1], (seed, sent.injuries)
        assert (moves, offered, asked) == {
            "offers": (taken[0], taken[0], 0), "requests": (0, 0, taken[0]), "stock": (taken[0], 0, 0),
        }[sent.kind], (seed, sent.injuries)  # fmt: skip
        if row.status == "wrong":
            assert row.preview.get("file") or row.preview["problem_count"], (seed, sent.injuries)
            assert "fault of the program" not in str(row.preview), (seed, sent.injuries, row.preview)
    assert min(ends.values()) >= 10, ends
    assert not [record for record in caplog.records if record.exc_info]
    assert not checks.mismatched()


def test_the_published_offers_and_matches_of_getusppe_go_in_but_for_the_bad_rows(
    world: Any, at: Any, send_sheet: Any, take_in_sheet: Any
) -> None:
    if not SHARED.is_dir():
        pytest.skip("the published tables are not beside this checkout")
    tables = {name: getusppe.rows_of(SHARED, name)[:1500] for name in ("offers", "matches")}
    getusppe.make_items(*tables.values())
    asking.add_consignee(
        by=world.bilal, at=at, organisation=world.ministry, name="Facilities", place=Place.objects.get(pk="USA"),
        address="-", contact_name="-", phone="-",
    )  # fmt: skip
    for name, kind, make, model in (
        ("offers", "offers", getusppe.offers_sheet, OfferLine),
        ("matches", "requests", getusppe.matches_sheet, RequestLine),
    ):
        rows = tables[name]
        good = [row for row in rows if not getusppe.is_bad(row)]
        bad = {number for number, row in enumerate(rows, start=2) if getusppe.is_bad(row)}
        sent = send_sheet(make(rows), kind=kind)
        _sheet, checked = check(bytes(sent.content), kind, world.chen if kind == "offers" else world.bilal)
        assert {problem.row for problem in checked.problems} == bad
        assert all(problem.column == "count" and problem.way_out for problem in checked.problems)
        taken = take_in_sheet(make(good), kind=kind, unusual=True, duplicates=True)
        assert (taken.status, taken.rows) == ("done", len(good))
        found: dict[str, int] = {}
        for item, quantity in model.objects.values_list("item_id", "quantity"):
            found[item] = found.get(item, 0) + quantity
        assert found == getusppe.totals(rows)
