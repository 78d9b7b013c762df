"""Spreadsheets in and out: any of six languages, a preview that saves nothing, all rows or none, every cell in words."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sheets
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from yuanshou_ops import upkeep
from yuanshou_ops.errors import NotAllowed, Refused
from yuanshou_ops.exchange import actions
from yuanshou_ops.exchange.kinds import KINDS
from yuanshou_ops.exchange.models import Import
from yuanshou_ops.exchange.statuses import IMPORT
from yuanshou_ops.ledger import checks
from yuanshou_ops.ledger.actions import totals
from yuanshou_ops.ledger.models import Move
from yuanshou_ops.people.models import AuditEvent
from yuanshou_ops.planning.models import Task
from yuanshou_ops.planning.queue import work_once
from yuanshou_ops.requests.models import AidRequest, OfferLine
from yuanshou_ops.shipments import actions as shipping
from yuanshou_ops.situation.models import lead

SHARED = Path(__file__).parents[3] / "shared" / "data"
LANGUAGES = ("en", "fr", "es", "ru", "zh-hans", "ar")


def the_problem(row: Import) -> dict[str, Any]:
    (problem,) = row.preview["problems"]
    found: dict[str, Any] = problem
    return found


# --- the way of a file ---------------------------------------------------------------------------------------


def test_a_preview_saves_nothing_and_says_packs_in_pieces(send_sheet: Any) -> None:
    row = send_sheet(sheets.book(sheets.OFFER, sheets.offer()))
    assert (row.status, row.preview["units"]) == ("ready", 600)
    assert row.preview["lines"][0]["words"] == "12 box × 50 = 600 each"
    assert not OfferLine.objects.exists()
    assert not Move.objects.exists()


def test_confirmed_rows_are_all_in_and_counted_in_the_database(take_in_sheet: Any) -> None:
    row = take_in_sheet(sheets.book(sheets.OFFER, sheets.offer(), sheets.offer(Quantity=7, Pack=None, Lot_number="L2")))
    assert (row.status, row.rows, row.units) == ("done", 2, 607)
    assert row.made[0].startswith("O-")
    assert totals()["surgical_mask", "offered"] == 607
    events = AuditEvent.objects.filter(target_id=str(row.pk), action__startswith="exchange.").order_by("id")
    assert [event.action for event in events] == [
        "exchange.upload", "exchange.check", "exchange.confirm", "exchange.take_in",
    ]  # fmt: skip


def test_rows_that_share_a_head_are_one_offer_and_others_are_offers_of_their_own(take_in_sheet: Any) -> None:
    row = take_in_sheet(
        sheets.book(
            sheets.OFFER, sheets.offer(), sheets.offer(Lot_number="L2"), sheets.offer(Source="other", Lot_number="L3")
        )
    )
    assert len(row.made) == 2
    assert sorted(OfferLine.objects.values_list("offer__source", flat=True)) == ["letter", "letter", "other"]


def test_one_wrong_cell_keeps_every_row_out(send_sheet: Any) -> None:
    row = send_sheet(sheets.book(sheets.OFFER, sheets.offer(), sheets.offer(Quantity="a dozen")))
    assert (row.status, the_problem(row)["row"], the_problem(row)["column"]) == ("wrong", 3, "count")
    assert not OfferLine.objects.exists()


def test_what_was_confirmed_twice_happens_once(world: Any, at: Any, take_in_sheet: Any) -> None:
    row = take_in_sheet(sheets.book(sheets.OFFER, sheets.offer()))
    moves = Move.objects.count()
    assert actions.process(row.number).made == row.made
    with pytest.raises(Refused, match="taken in"):
        actions.confirm(by=world.chen, at=at, row=row, mark=row.preview["mark"], answers={})
    assert Move.objects.count() == moves


def test_the_same_file_again_asks_first(world: Any, at: Any, send_sheet: Any, take_in_sheet: Any) -> None:
    content = sheets.book(sheets.OFFER, sheets.offer())
    first = take_in_sheet(content)
    second = send_sheet(content)
    assert second.preview["again"] == first.number
    assert second.preview["duplicates"] == [2]
    with pytest.raises(Refused, match="already"):
        actions.confirm(by=world.chen, at=at, row=second, mark=second.preview["mark"], answers={"again": True})
    with pytest.raises(Refused, match="taken in before"):
        actions.confirm(by=world.chen, at=at, row=second, mark=second.preview["mark"], answers={"duplicates": True})
    assert take_in_sheet(content, again=True, duplicates=True).status == "done"


def test_what_changed_since_the_look_has_to_be_looked_at_again(world: Any, at: Any, send_sheet: Any) -> None:
    content = sheets.book(sheets.OFFER, sheets.offer())
    one, two = send_sheet(content), send_sheet(content)
    for row in (one, two):
        actions.confirm(by=world.chen, at=at, row=row, mark=row.preview["mark"], answers={})
    assert actions.process(one.number).status == "done"
    late = actions.process(two.number)
    assert (late.status, late.preview["changed"], late.preview["duplicates"]) == ("ready", True, [2])
    assert OfferLine.objects.count() == 1


def test_a_count_that_differs_afterwards_undoes_everything(monkeypatch: Any, take_in_sheet: Any) -> None:
    monkeypatch.setattr(type(KINDS["offers"]), "count", lambda self, numbers, key: (1, 599))
    row = take_in_sheet(sheets.book(sheets.OFFER, sheets.offer()))
    assert row.status == "wrong"
    assert "599" in row.preview["file"]["found"]
    assert not Move.objects.exists()


def test_a_fault_in_the_middle_undoes_everything(monkeypatch: Any, take_in_sheet: Any) -> None:
    def broken(*args: Any, **rest: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("yuanshou_ops.requests.offers.post", broken)
    row = take_in_sheet(sheets.book(sheets.OFFER, sheets.offer()))
    assert (row.status, row.preview["file"]["found"]) == ("wrong", "a fault of the program: ZeroDivisionError")
    assert not OfferLine.objects.exists()


def test_ten_times_the_usual_asks(world: Any, at: Any, send_sheet: Any, take_in_sheet: Any) -> None:
    take_in_sheet(sheets.book(sheets.OFFER, sheets.offer(Quantity=100, Pack=None)))
    assert (
        send_sheet(sheets.book(sheets.OFFER, sheets.offer(Quantity=999, Pack=None, Lot_number="L2"))).preview["unusual"]
        == []
    )
    row = send_sheet(sheets.book(sheets.OFFER, sheets.offer(Quantity=20, Pack="box", Lot_number="L2")))
    assert row.preview["unusual"] == [2]
    assert row.preview["lines"][0]["unusual"] == "10 times the usual 100"
    with pytest.raises(Refused, match="ten times"):
        actions.confirm(by=world.chen, at=at, row=row, mark=row.preview["mark"], answers={})


def test_only_the_pairs_of_the_table_are_steps(world: Any, at: Any, send_sheet: Any) -> None:
    statuses = {status for status, _step in IMPORT} | set(IMPORT.values())
    assert statuses == set(Import.Status.values)
    row = send_sheet(sheets.book(sheets.OFFER, sheets.offer()))
    dropped = actions.drop(by=world.chen, at=at, row=row)
    assert (dropped.status, dropped.content) == ("dropped", None)
    with pytest.raises(Refused, match="dropped"):
        actions.drop(by=world.chen, at=at, row=dropped)


# --- rights --------------------------------------------------------------------------------------------------


def test_nobody_sends_what_they_may_not_enter(world: Any, at: Any) -> None:
    content = sheets.book(sheets.OFFER, sheets.offer())
    for by, kind in ((world.dina, "offers"), (world.bilal, "offers"), (world.chen, "stock"), (world.auditor, "offers")):
        with pytest.raises(NotAllowed):
            actions.upload(by=by, at=at, kind=kind, file_name="f", content=content)


def test_a_donor_offers_in_no_other_name_and_a_coordinator_names_the_donor(world: Any, send_sheet: Any) -> None:
    headings = ("Donor", *sheets.OFFER)
    row = send_sheet(sheets.book(headings, ["Somebody else", *sheets.offer()]))
    assert (the_problem(row)["column"], the_problem(row)["found"]) == ("donor", "Somebody else")
    assert send_sheet(sheets.book(headings, ["GIVER", *sheets.offer()])).status == "ready"
    by_logistician = send_sheet(sheets.book(headings, [None, *sheets.offer()]), by=world.logistician)
    assert the_problem(by_logistician)["way_out"] == "name it, for you may act for several"


def test_a_grant_for_one_place_lets_rows_of_that_place_alone_through(world: Any, send_sheet: Any, at: Any) -> None:
    local = world.person("Local", "donor", world.giver, world.china)
    assert send_sheet(sheets.book(sheets.OFFER, sheets.offer()), by=local).status == "ready"
    wrong = sheets.offer()
    wrong[sheets.OFFER.index("Where the goods are")] = "KEN"
    assert the_problem(send_sheet(sheets.book(sheets.OFFER, wrong), by=local))["column"] == "place"


# --- the other kinds -----------------------------------------------------------------------------------------

REQUEST = ("Place", "Consignee", "Item", "Quantity", "Pack", "Priority", "Needed by", "Note")


def test_requests_come_in_as_drafts(world: Any, store_of_kenya: Any, take_in_sheet: Any) -> None:
    rows = [["Kenya", "central store", "gloves", 3, "carton", "2 urgent", "2021-05-01", "a"],
            ["KEN", "Central Store", "Mask, medical, Type IIR", 500, None, 2, date(2021, 5, 1), "a"],
            ["KEN", "Central Store", "gloves", 10, None, None, None, "b"]]  # fmt: skip
    row = take_in_sheet(sheets.book(REQUEST, *rows), kind="requests")
    assert (row.status, row.rows, row.units, len(row.made)) == ("done", 3, 3510, 2)
    first = AidRequest.objects.get(number=row.made[0])
    assert (first.status, first.priority, first.needed_by) == ("draft", 2, date(2021, 5, 1))
    assert sorted(first.lines.values_list("item_id", "quantity")) == [("gloves", 3000), ("surgical_mask", 500)]


def test_an_item_twice_in_a_request_and_a_strange_consignee_are_told(store_of_kenya: Any, send_sheet: Any) -> None:
    row = ["KEN", "Central store", "gloves", 3, None, None, None, "a"]
    found = send_sheet(sheets.book(REQUEST, row, row), kind="requests")
    assert (the_problem(found)["row"], the_problem(found)["column"]) == (3, "item")
    found = send_sheet(sheets.book(REQUEST, ["KEN", "Centrel store", *row[2:]]), kind="requests")
    assert the_problem(found)["way_out"] == "perhaps Central store"
    found = send_sheet(sheets.book(REQUEST, ["ITA", *row[1:]]), kind="requests")
    assert the_problem(found)["column"] == "consignee"


def test_a_request_far_above_need_or_beside_an_open_one_asks(
    world: Any, store_of_kenya: Any, send_sheet: Any, take_in_sheet: Any
) -> None:
    from yuanshou_ops.ledger.models import Item
    from yuanshou_ops.requests.models import ModelledNeed

    ModelledNeed.objects.create(
        outbreak=lead(),
        place=world.kenya, item=Item.objects.get(pk="gloves"), as_of=date(2020, 3, 20), weeks=4, median=50, p90=100,
        fingerprint="x",
    )  # fmt: skip
    line = ["KEN", "Central store", "gloves", 1000, None, None, None, "a"]
    assert send_sheet(sheets.book(REQUEST, line), kind="requests").preview["unusual"] == [2]
    taken = take_in_sheet(sheets.book(REQUEST, [*line[:3], 5, *line[4:]]), kind="requests")
    AidRequest.objects.update(created_at=timezone.now())
    row = send_sheet(sheets.book(REQUEST, [*line[:3], 6, *line[4:]]), kind="requests")
    assert row.preview["lines"][0]["duplicate"] == f"request {taken.made[0]} asks for the same"


STOCK = ("Item", "Quantity", "Lot number", "Expires on", "Origin", "Holder", "Place", "Reason or document")


def test_stock_enters_the_ledger_lot_by_lot(world: Any, send_sheet: Any, take_in_sheet: Any) -> None:
    rows = [["gloves", 100, "A", "2023-01-31", "GIVER", "CENTRE", "ITA", "note 1"],
            ["gloves", 50, "A", "2023-01-31", "Chen Foundation", "CENTRE", "ITA", "note 2"],
            ["gloves", 7, "B", None, "GIVER", "MOH-KEN", "KEN", "note 3"]]  # fmt: skip
    row = take_in_sheet(sheets.book(STOCK, *rows), kind="stock")
    assert (row.status, row.rows, row.units) == ("done", 3, 157)
    assert totals()["gloves", "vetted"] == 157
    assert sorted(Move.objects.values_list("reason", "quantity")) == [("note 1", 100), ("note 2", 50), ("note 3", 7)]
    again = send_sheet(sheets.book(STOCK, [*rows[2][:1], 8, *rows[2][2:]]), kind="stock")
    assert again.preview["lines"][0]["duplicate"] == "7 of this lot are here already"
    assert not checks.mismatched()


@pytest.fixture
def on_its_way(world: Any, at: Any, stock: Any, store_of_kenya: Any) -> Any:
    shipment = shipping.draft_shipment(
        key="s", by=world.logistician, at=at, consignee=store_of_kenya, picks=[shipping.Pick(stock(500), 500)],
        way=shipping.Way(arrives_on=at.date() + timedelta(days=5)),
    )  # fmt: skip
    for step in ("pack", "dispatch"):
        shipment = shipping.step_shipment(by=world.logistician, at=at, shipment=shipment, step=step)
    return shipment


RECEIPT = ("Shipment number", "Line", "Good", "Damaged", "Short", "Name of the receiver")


def test_receipts_are_counted_lines_of_shipments(
    world: Any, on_its_way: Any, send_sheet: Any, take_in_sheet: Any
) -> None:
    number = on_its_way.number
    row = take_in_sheet(sheets.book(RECEIPT, [number, 1, 490, 8, None, "A. O."]), kind="receipts", by=world.bilal)
    assert (row.status, row.rows, row.units) == ("done", 1, 498)
    assert totals()["surgical_mask", "accepted"] == 490
    rest = send_sheet(sheets.book(RECEIPT, [number, 1, 0, 0, 2, "A. O."]), kind="receipts", by=world.bilal)
    assert rest.preview["lines"][0]["duplicate"] == "498 of this line were counted before"


@pytest.mark.parametrize(
    ("cells_", "column"),
    [
        (("S-1999-000001", 1, 1, 0, 0, "A"), "shipment"),
        ((None, 2, 1, 0, 0, "A"), "line"),
        ((None, 1, 501, 0, 0, "A"), "good"),
        ((None, 1, 0, 0, 0, "A"), "good"),
        ((None, 1, -1, 0, 0, "A"), "good"),
        ((None, 1, 1, 0, 0, None), "receiver"),
    ],
)
def test_a_receipt_that_cannot_be_is_told(
    cells_: tuple[Any, ...], column: str, world: Any, on_its_way: Any, send_sheet: Any
) -> None:
    row = [cells_[0] or on_its_way.number, *cells_[1:]]
    found = send_sheet(sheets.book(RECEIPT, row), kind="receipts", by=world.bilal)
    assert (found.status, the_problem(found)["column"]) == ("wrong", column)
    other = send_sheet(
        sheets.book(RECEIPT, [on_its_way.number, 1, 1, 0, 0, "A"]), kind="receipts", by=world.other_requester
    )
    assert the_problem(other)["column"] == "shipment"


# --- the worker ----------------------------------------------------------------------------------------------


def test_a_large_file_is_read_by_the_worker_with_its_progress(
    world: Any, at: Any, monkeypatch: Any, client: Any
) -> None:
    monkeypatch.setattr(actions, "AT_ONCE_BYTES", 0)
    client.force_login(world.chen)
    file = SimpleUploadedFile("gifts.xlsx", sheets.book(sheets.OFFER, sheets.offer()))
    answer = client.post("/spreadsheets/send/offers", {"file": file, "key": "k"})
    page = client.get(answer["Location"]).content.decode()
    assert "The file is being read" in page
    assert 'http-equiv="refresh"' in page
    number = Import.objects.get().number
    assert work_once()
    assert Import.objects.get(number=number).status == "ready"
    assert Task.objects.get(about=number).status == "done"
    assert not work_once()


def test_where_no_worker_runs_the_page_does_the_work(world: Any, at: Any, monkeypatch: Any, client: Any) -> None:
    monkeypatch.setattr(actions, "AT_ONCE_BYTES", 0)
    client.force_login(world.chen)
    file = SimpleUploadedFile("gifts.xlsx", sheets.book(sheets.OFFER, sheets.offer()))
    address = client.post("/spreadsheets/send/offers", {"file": file, "key": "k"})["Location"]
    Task.objects.update(queued_at=timezone.now() - timedelta(minutes=1))
    assert "Do it now" in client.get(address).content.decode()
    client.post(f"{address}/do")
    assert Import.objects.get().status == "ready"
    assert work_once()  # the worker comes late and finds it done
    assert Import.objects.get().status == "ready"


# --- pages ---------------------------------------------------------------------------------------------------


def test_a_donor_goes_from_the_template_to_an_offer_without_script(world: Any, client: Any) -> None:
    client.force_login(world.chen)
    page = client.get("/spreadsheets/").content.decode()
    assert "/spreadsheets/template/offers/xlsx" in page
    assert "/spreadsheets/send/stock" not in page
    book = sheets.opened(client.get("/spreadsheets/template/offers/xlsx?language=fr").content)
    sheet = book.worksheets[0]
    place = {str(cell.value).rstrip(" *"): cell.column for cell in sheet[1]}
    for words, value in (("Article", "gloves"), ("Quantité", 3), ("Lieu des biens", "Chine")):
        sheet.cell(2, place[words], value)
    sent = {"file": SimpleUploadedFile("dons.xlsx", sheets.saved(book)), "key": "k1"}
    answer = client.post("/spreadsheets/send/offers", sent)
    look = client.get(answer["Location"])
    assert "3 each" in look.content.decode()
    mark = Import.objects.get().preview["mark"]
    again = client.post(f"{answer['Location']}/confirm", {"mark": mark})
    twice = client.post(f"{answer['Location']}/confirm", {"mark": mark})
    assert (again.status_code, twice.status_code) == (302, 302)
    assert "are in the database; counted there, not in the file" in client.get(answer["Location"]).content.decode()
    assert OfferLine.objects.get().quantity == 3


def test_a_double_click_on_send_is_one_import(world: Any, client: Any) -> None:
    client.force_login(world.chen)
    for _turn in range(2):
        file = SimpleUploadedFile("f.xlsx", b"Item,Quantity,Where the goods are\ngloves,1,CHN\n")
        assert client.post("/spreadsheets/send/offers", {"file": file, "key": "same"}).status_code == 302
    assert Import.objects.count() == 1


def test_problems_are_on_the_page_and_in_the_workbook(world: Any, client: Any) -> None:
    client.force_login(world.chen)
    file = SimpleUploadedFile("f.csv", sheets.text(sheets.OFFER, sheets.offer(Quantity="<b>x</b>")))
    address = client.post("/spreadsheets/send/offers", {"file": file})["Location"]
    page = client.get(address).content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "Nothing was saved." in page
    marked = client.get(f"{address}/errors.xlsx")
    assert sheets.opened(marked.content).active["B2"].comment is not None
    assert client.post(f"{address}/drop").status_code == 302
    assert client.get(f"{address}/errors.xlsx").status_code == 404


def test_a_question_without_a_yes_is_asked_again(world: Any, client: Any) -> None:
    client.force_login(world.chen)
    file = SimpleUploadedFile("f.csv", sheets.text(sheets.OFFER, sheets.offer(), sheets.offer()))
    address = client.post("/spreadsheets/send/offers", {"file": file})["Location"]
    mark = Import.objects.get().preview["mark"]
    refused = client.post(f"{address}/confirm", {"mark": mark})
    assert refused.status_code == 422
    assert client.post(f"{address}/confirm", {"mark": "old", "duplicates": "on"}).status_code == 422
    assert client.post(f"{address}/confirm", {"mark": mark, "duplicates": "on"}).status_code == 302
    assert OfferLine.objects.count() == 2


def test_a_colleague_of_another_organisation_sees_nothing_of_it(world: Any, client: Any, send_sheet: Any) -> None:
    row = send_sheet(sheets.book(sheets.OFFER, sheets.offer()))
    client.force_login(world.other_donor)
    assert client.get(f"/spreadsheets/i/{row.number}").status_code == 404
    assert row.number not in client.get("/spreadsheets/").content.decode()
    assert client.post(f"/spreadsheets/i/{row.number}/confirm", {"mark": row.preview["mark"]}).status_code == 404
    client.force_login(world.auditor)
    assert client.get(f"/spreadsheets/i/{row.number}").status_code == 200
    assert client.post(f"/spreadsheets/i/{row.number}/drop").status_code == 403


def test_files_are_kept_for_a_month_and_what_they_did_for_good(world: Any, at: Any, take_in_sheet: Any) -> None:
    done = take_in_sheet(sheets.book(sheets.OFFER, sheets.offer()))
    assert upkeep.run(at + actions.KEPT).done["files"] == []
    round_ = upkeep.run(at + actions.KEPT + timedelta(hours=1))
    assert (round_.done["files"], round_.failed) == ([done.number], [])
    done.refresh_from_db()
    assert (done.status, done.content, done.rows) == ("done", None, 1)


# --- out -----------------------------------------------------------------------------------------------------


def test_a_list_downloads_exactly_what_it_shows_under_its_filters(world: Any, client: Any, take_in_sheet: Any) -> None:
    take_in_sheet(sheets.book(sheets.OFFER, sheets.offer(), sheets.offer(Item="gloves", Pack=None, Lot_number="'=2+2")))
    client.force_login(world.amina)
    everything = client.get("/ledger/?format=csv").content.decode("utf-8-sig").splitlines()
    gloves = client.get("/ledger/?item=gloves&format=csv").content.decode("utf-8-sig").splitlines()
    assert (len(everything), len(gloves)) == (3, 2)
    assert "'=2+2" in gloves[1]
    page = sheets.opened(client.get("/ledger/?item=gloves&format=xlsx").content).active
    assert (page.max_row, page["B2"].value, page["B2"].data_type) == (2, "'=2+2", "s")


def listings() -> list[str]:
    """The address of every page that opens without an argument."""
    found: list[str] = []

    def walk(patterns: Any, before: str) -> None:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                if not str(pattern.pattern).startswith("account"):
                    walk(pattern.url_patterns, route)
            elif "<" not in route:
                found.append(f"/{route}")

    walk(get_resolver().url_patterns, "")
    return found


def test_every_list_of_the_application_downloads_the_rows_it_counts(
    world: Any, client: Any, take_in_sheet: Any, on_its_way: Any
) -> None:
    take_in_sheet(sheets.book(sheets.OFFER, sheets.offer()))
    client.force_login(world.amina)
    seen = {}
    for address in listings():
        page = client.get(address)
        listing = page.context.get("listing") if page.status_code == 200 and page.context else None
        if listing is None:
            continue
        comma = client.get(f"{address}?format=csv").content.decode("utf-8-sig")
        sheet = sheets.opened(client.get(f"{address}?format=xlsx").content).active
        seen[address] = listing.filtered.count()
        assert len(list(csv.reader(io.StringIO(comma)))) == sheet.max_row == seen[address] + 1, address
        assert [cell.value for cell in sheet[1]] == [str(column.title) for column in listing.columns], address
    assert len(seen) >= 12
    assert sum(count > 0 for count in seen.values()) >= 5
