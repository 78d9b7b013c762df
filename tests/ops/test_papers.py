"""Papers of a shipment: what they say in six languages, their versions, what they lack, and the pages around them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pypdfium2
import pytest
import segno
from django.db import DatabaseError, transaction

from yuanshou_ops.environment import LANGUAGES
from yuanshou_ops.errors import NotAllowed, Refused
from yuanshou_ops.ledger import checks
from yuanshou_ops.ledger import recall as recalls
from yuanshou_ops.ledger.actions import totals
from yuanshou_ops.ledger.models import Account, Item
from yuanshou_ops.people.models import AuditEvent
from yuanshou_ops.requests import actions as asking
from yuanshou_ops.shipments import actions, papers, receipts
from yuanshou_ops.shipments.models import Paper, Shipment
from yuanshou_ops.shipments.paper_documents import document_of
from yuanshou_ops.shipments.paper_layout import MARGIN, QR_MM, Document, Sheet, Words
from yuanshou_ops.shipments.paper_words import catalogue

ARRIVAL = date(2020, 4, 10)
KINDS = Paper.Kind.values


@pytest.fixture
def shipment(world: SimpleNamespace, at: Any, stock: Callable[..., Any]) -> Shipment:
    """600 masks for Nairobi, drafted; the consignee's name and the carrier are as people type them."""
    consignee = asking.add_consignee(
        by=world.bilal, at=at, organisation=world.ministry, name="Central store, Nairobi", place=world.kenya,
        address="Industrial Area 7", contact_name="Bilal", phone="+254 20 123456",
    )  # fmt: skip
    asking.verify_consignee(by=world.logistician, at=at, consignee=consignee)
    way = actions.Way(ARRIVAL, carrier="Ethiopian Cargo", vehicle="ET 302", carrier_document="071-12345675",
                      incoterm="DAP", incoterm_place="Nairobi")  # fmt: skip
    return actions.draft_shipment(
        key="s1", by=world.logistician, at=at, consignee=consignee, picks=[actions.Pick(stock(1000), 600)], way=way
    )


@pytest.fixture
def packed(world: SimpleNamespace, at: Any, shipment: Shipment) -> Shipment:
    """The shipment in two cartons, packed."""
    actions.set_packages(
        by=world.logistician, at=at, shipment=shipment,
        packages=[(1, 400, Decimal("12.50"), "60x40x40", "106141412345678908"), (1, 200, Decimal("6.20"), "40x30x30", "")],
    )  # fmt: skip
    return actions.step_shipment(by=world.logistician, at=at, shipment=shipment, step="pack")


@pytest.fixture
def received(world: SimpleNamespace, at: Any, packed: Shipment) -> Shipment:
    """The shipment, received in part: 550 good, 20 damaged, 30 missing."""
    actions.step_shipment(by=world.logistician, at=at, shipment=packed, step="dispatch")
    counts = {1: receipts.Count(good=550, damaged=20, short=30)}
    receipts.receive(
        key="r1",
        by=world.bilal,
        at=at,
        shipment=packed,
        counts=counts,
        receiver=receipts.Receiver("Dina", "storekeeper"),
    )
    packed.refresh_from_db()
    return packed


def issue(world: SimpleNamespace, at: Any, shipment: Shipment, kind: str) -> Paper:
    return papers.issue(by=world.logistician, at=at, shipment=shipment, kind=kind)


def text_of(pdf: bytes) -> str:
    """The text of all pages as a reader would copy it, without marks of direction."""
    document = pypdfium2.PdfDocument(pdf)
    found = "\n".join(page.get_textpage().get_text_range() for page in document)
    return re.sub(r"[\u200e\u200f\u2066-\u2069]", "", found).replace("\xa0", " ").replace("\u202f", " ")


# --- words ---------------------------------------------------------------------------------------------------


def test_every_language_has_every_label_item_and_unit(db: None) -> None:
    table = catalogue()
    assert set(table) == set(LANGUAGES)
    for item in Item.objects.all():
        assert f"item.{item.pk}" in table["en"]
        assert f"unit.{item.unit}" in table["en"]
    assert table["en"]["item.surgical_mask"] == Item.objects.get(pk="surgical_mask").name
    for language in LANGUAGES:
        assert all(words.strip() for words in table[language].values())
        assert {"{page}", "{pages}"} == set(re.findall(r"{\w+}", table[language]["page"]))


def test_words_of_other_scripts_are_in_their_script() -> None:
    scripts = {"ru": r"[а-яё]", "zh-hans": r"[\u4e00-\u9fff]", "ar": r"[\u0621-\u064a]"}
    same = {"sscc", "item.ventilator_noninvasive"}
    for language, letters in scripts.items():
        for key, words in catalogue()[language].items():
            assert key in same or re.search(letters, words, re.IGNORECASE), (language, key)


# --- what a paper says ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_paper_says_what_it_is_in_the_language_asked_for(
    world: Any, at: Any, received: Shipment, language: str
) -> None:
    table = catalogue()[language]
    for kind in KINDS:
        paper = issue(world, at, received, kind)
        text = text_of(papers.print_paper(paper, language))
        assert paper.number in text
        assert f"{paper.number} · v1 · 2020-03-25" in text
        assert "Central store, Nairobi" in text
        assert "071-12345675" in text
        if language != "ar":  # a reader program gives joined Arabic letters back in its own order
            assert table[f"paper.{kind}"] in text
            assert table["item.surgical_mask"].split()[0] in text
            assert table["page"].format(page=1, pages=1) in text


def test_figures_stand_as_the_language_writes_them_and_missing_ones_are_no_zeros(
    world: Any, at: Any, shipment: Shipment
) -> None:
    actions.set_packages(by=world.logistician, at=at, shipment=shipment, packages=[actions.Load(1, 600)])
    text = text_of(papers.print_paper(issue(world, at, shipment, "packing-list"), "en"))
    assert "600 piece – – –" in text
    assert "0.00" not in text
    proforma = issue(world, at, shipment, "proforma")
    assert "18.00" in text_of(papers.print_paper(proforma, "en"))
    assert "18,00" in text_of(papers.print_paper(proforma, "fr"))


def test_a_long_packing_list_numbers_its_pages_and_repeats_the_head_of_the_table(
    world: Any, at: Any, shipment: Shipment
) -> None:
    loads = [actions.Load(1, 5, Decimal("0.5"), "10x10x10")] * 120
    actions.set_packages(by=world.logistician, at=at, shipment=shipment, packages=loads)
    pdf = papers.print_paper(issue(world, at, shipment, "packing-list"), "fr")
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]
    assert len(pages) >= 3
    for number, text in enumerate(pages, start=1):
        assert f"Page {number} sur {len(pages)}" in text
        assert "S-2020-000001-PL" in text
        assert ("Article" in text) == ("5 pièce" in text)
    assert "60,00" in pages[-1]
    assert "0,12" in pages[-1]


# --- Arabic --------------------------------------------------------------------------------------------------


def _boxes(pdf: bytes, text: str) -> list[tuple[float, ...]]:
    """Where the characters of a text stand on the first page: left, bottom, right, top."""
    page = pypdfium2.PdfDocument(pdf)[0].get_textpage()
    found = page.search(text).get_next()
    assert found is not None, text
    start, count = found
    return [page.get_charbox(i) for i in range(start, start + count)]


def test_in_arabic_reading_begins_at_the_right_and_identifiers_run_from_left_to_right(
    world: Any, at: Any, received: Shipment
) -> None:
    pdf = papers.print_paper(issue(world, at, received, "waybill"), "ar")
    width = pypdfium2.PdfDocument(pdf)[0].get_width()
    for identifier in ("S-2020-000001-WB", "071-12345675", "2020-04-10"):
        lefts = [box[0] for box in _boxes(pdf, identifier) if box[2] > box[0]]
        assert lefts == sorted(lefts), identifier
    assert _boxes(pdf, "Ethiopian")[0][0] < _boxes(pdf, "Cargo")[0][0]
    title = _boxes(pdf, "بوليصة")
    assert min(box[0] for box in title) > width / 2
    assert [box[0] for box in title] == sorted((box[0] for box in title), reverse=True)
    english = papers.print_paper(issue(world, at, received, "waybill"), "en")
    assert max(box[2] for box in _boxes(english, "Waybill")) < width / 2


def test_arabic_letters_are_joined(at: Any) -> None:
    document = Document("هبة", [], "X", "{page} {pages}", "ar", at, "X", [], [Words("ببب")])
    sheet = Sheet(document)
    sheet.set_font(sheet.main, size=10)
    assert sheet.get_string_width("ببب") < 3 * sheet.get_string_width("ب") * 0.8


# --- versions ------------------------------------------------------------------------------------------------


def test_the_same_facts_give_the_same_version_and_the_same_bytes(world: Any, at: Any, packed: Shipment) -> None:
    first = issue(world, at, packed, "packing-list")
    again = papers.issue(by=world.amina, at=at, shipment=packed, kind="packing-list")
    assert (again.pk, again.version) == (first.pk, 1)
    assert papers.print_paper(first, "ar") == papers.print_paper(again, "ar")
    event = AuditEvent.objects.get(action="shipments.paper")
    assert (event.actor_label, event.after["version"]) == ("Logistician", 1)


def test_the_bytes_do_not_depend_on_the_process(at: Any) -> None:
    script = """
import hashlib, sys
from datetime import datetime, UTC
from yuanshou_ops.shipments.paper_layout import Document, Words, render
blocks = [Words("Aid 援手 مساعدة помощь")]
print(hashlib.sha256(render(Document("T", [("a", "b")], "f", "{page}/{pages}", "ar", datetime(2020, 3, 25, tzinfo=UTC),
                                     "S-1", [], blocks))).hexdigest())
"""
    made = {
        subprocess.run(
            [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "src", "TZ": zone},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Shanghai"))
    }  # fmt: skip
    assert len(made) == 1


def test_changed_facts_make_a_new_version_and_the_old_one_stays_as_it_was(
    world: Any, at: Any, packed: Shipment
) -> None:
    first = issue(world, at, packed, "packing-list")
    before = papers.print_paper(first, "es")
    actions.set_packages(by=world.logistician, at=at, shipment=packed, packages=[actions.Load(1, 600, Decimal(19))])
    second = issue(world, at, packed, "packing-list")
    assert (second.version, packed.papers.count()) == (2, 2)
    assert papers.print_paper(first, "es") == before
    assert "106141412345678908" not in text_of(papers.print_paper(second, "es"))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Paper.objects.filter(pk=first.pk).update(version=9)


# --- what is missing -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words"),
    [("packing-list", "No packages"), ("waybill", "not packed"), ("goods-received", "Nothing was received"),
     ("loss-report", "Nothing was reported")],
)  # fmt: skip
def test_a_paper_waits_for_what_it_lacks_and_says_so(
    world: Any, at: Any, shipment: Shipment, client: Any, kind: str, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        issue(world, at, shipment, kind)
    client.force_login(world.logistician)
    page = client.get(f"/shipments/s/{shipment.number}/papers/{kind}").content.decode()
    assert words in page
    assert "/issue" not in page


def test_a_value_is_not_stated_when_a_price_is_unknown(world: Any, at: Any, shipment: Shipment) -> None:
    Item.objects.filter(pk="surgical_mask").update(unit_price_usd=None)
    with pytest.raises(Refused, match="No price is known"):
        issue(world, at, shipment, "proforma")


def test_a_name_that_no_font_has_is_named_instead_of_printed_as_boxes(world: Any, at: Any, shipment: Shipment) -> None:
    shipment.consignor.contact = "สมชาย"
    shipment.consignor.save()
    with pytest.raises(Refused, match="ส"):
        issue(world, at, shipment, "gift-certificate")


def test_names_in_any_of_the_six_scripts_are_printed_in_every_language(world: Any, at: Any, shipment: Shipment) -> None:
    shipment.consignor.contact = "王芳 / Иванова / سعاد"
    shipment.consignor.save()
    text = text_of(papers.print_paper(issue(world, at, shipment, "gift-certificate"), "en"))
    assert "王芳" in text
    assert "Иванова" in text
    assert "سعاد" in text


# --- the code, and who may see it ----------------------------------------------------------------------------


def test_only_the_waybill_carries_the_code_and_its_qr_opens_the_receivers_page(
    world: Any, at: Any, received: Shipment, client: Any
) -> None:
    for kind in KINDS:
        paper = issue(world, at, received, kind)
        shown = received.receiver_code in text_of(papers.print_paper(paper, "en"))
        assert shown == (kind == "waybill"), kind
        assert received.receiver_code not in str(paper.facts)
    waybill = received.papers.get(kind="waybill")
    address = document_of(waybill, "en").qr
    assert _qr_of(papers.print_paper(waybill, "en"), address)
    assert client.get(address.removeprefix("http://127.0.0.1:8000")).status_code == 200


def _qr_of(pdf: bytes, content: str) -> bool:
    """True if the modules drawn at the top right of the first page are those of the content."""
    scale = 8
    picture = pypdfium2.PdfDocument(pdf)[0].render(scale=scale, grayscale=True).to_numpy()
    matrix = [list(row) for row in segno.make(content, error="m", micro=False).matrix]
    module, left = QR_MM / len(matrix), 210 - MARGIN - QR_MM
    points = scale * 72 / 25.4
    return all(
        (picture[int((MARGIN + (y + 0.5) * module) * points), int((left + (x + 0.5) * module) * points)] < 128)
        == bool(bit)
        for y, row in enumerate(matrix)
        for x, bit in enumerate(row)
    )


def test_who_may_not_see_the_code_gets_no_waybill_but_the_other_papers(
    world: Any, at: Any, packed: Shipment, client: Any
) -> None:
    for kind in ("packing-list", "waybill"):
        issue(world, at, packed, kind)
    base = f"/shipments/s/{packed.number}/papers"
    client.force_login(world.analyst)
    assert client.get(f"{base}/packing-list/1/en.pdf").status_code == 200
    assert client.get(f"{base}/waybill/1/en.pdf").status_code == 403
    assert client.get(f"{base}/waybill").status_code == 200
    assert client.post(f"{base}/packing-list/issue").status_code == 403
    client.force_login(world.other_donor)
    for address in (f"{base}/packing-list", f"{base}/packing-list/1/en.pdf"):
        assert client.get(address).status_code == 404
    with pytest.raises(NotAllowed):
        papers.issue(by=world.other_donor, at=at, shipment=packed, kind="waybill")


def test_papers_are_issued_and_read_on_pages(world: Any, packed: Shipment, client: Any) -> None:
    client.force_login(world.logistician)
    base = f"/shipments/s/{packed.number}/papers"
    for _click in range(2):
        assert client.post(f"{base}/packing-list/issue").status_code == 302
    assert packed.papers.count() == 1
    for language in LANGUAGES:
        assert f"{base}/packing-list/1/{language}.pdf" in client.get(f"{base}/packing-list").content.decode()
    pdf = client.get(f"{base}/packing-list/1/ru.pdf")
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    for wrong in ("packing-list/2/en.pdf", "packing-list/1/de.pdf", "nothing", "nothing/1/en.pdf"):
        assert client.get(f"{base}/{wrong}").status_code == 404
    assert client.get(f"{base}/packing-list/issue").status_code == 405
    assert base in client.get(f"/shipments/s/{packed.number}").content.decode()


# --- packages and recalled goods, on pages -------------------------------------------------------------------


def _rows(*rows: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {"key": "k", "load-TOTAL_FORMS": len(rows), "load-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        values |= {f"load-{number}-{name}": value for name, value in ({"kind": "carton"} | row).items()}
    return values


def test_equal_packages_are_written_down_as_one_row(world: Any, shipment: Shipment, client: Any) -> None:
    client.force_login(world.logistician)
    address = f"/shipments/s/{shipment.number}/packages"
    assert 'value="600"' in client.get(address).content.decode()
    rows = _rows(
        {"line": 1, "count": 5, "quantity": 100, "gross_kg": "3.1", "size_cm": "60 x 40 x 40"},
        {"line": 1, "count": 1, "quantity": 100, "kind": "pallet", "sscc": "106141412345678908"}, {},
    )  # fmt: skip
    for _click in range(2):
        assert client.post(address, rows).status_code == 302
    assert list(shipment.packages.values_list("number", "kind", "quantity"))[-2:] == [
        (5, "carton", 100),
        (6, "pallet", 100),
    ]
    page = client.get(address).content.decode()
    assert 'value="5"' in page
    assert "60 x 40 x 40" in page


@pytest.mark.parametrize(
    ("row", "words"),
    [({"line": 1, "count": 1, "quantity": 599}, "599"),
     ({"line": 1, "count": 2, "quantity": 300, "sscc": "106141412345678908"}, "one package"),
     ({"line": 1, "count": 1, "quantity": 600, "sscc": "106141412345678901"}, "check digit"),
     ({"line": 1, "count": 1}, "how many units"), ({"quantity": 600, "count": 1}, "Give the line"),
     ({"line": 1, "count": 1, "quantity": 600, "size_cm": "60x40"}, "three lengths"),
     ({"line": 2, "count": 1, "quantity": 600}, "valid choice"),
     ({"line": 1, "count": 1, "quantity": 600, "gross_kg": "0"}, "above zero"), ({}, "packages that hold")],
)  # fmt: skip
def test_packages_that_do_not_fit_are_answered_on_the_page(
    world: Any, shipment: Shipment, client: Any, row: dict[str, Any], words: str
) -> None:
    client.force_login(world.logistician)
    page = client.post(f"/shipments/s/{shipment.number}/packages", _rows(row))
    assert page.status_code == 422
    assert words in page.content.decode()
    assert not shipment.packages.exists()


def test_a_shipment_recalled_on_its_way_ends_by_the_destruction_of_all_of_it(
    world: Any, at: Any, packed: Shipment, client: Any
) -> None:
    actions.step_shipment(by=world.logistician, at=at, shipment=packed, step="dispatch")
    lot = packed.lines.get().lot
    address = f"/shipments/s/{packed.number}/lines/1/recalled"
    client.force_login(world.approver)
    assert client.get(address).status_code == 404
    row = recalls.recall(by=world.amina, at=at, lot=lot, reason="failed tests")
    assert packed.number in client.get(f"/shipments/?lot={lot.number}").content.decode()
    assert f"/shipments/?lot={lot.number}" in client.get(f"/ledger/recalls/{row.number}").content.decode()
    assert address in client.get(f"/shipments/s/{packed.number}").content.decode()
    for _click in range(2):
        assert client.post(address, {"key": "a", "quantity": 200, "reason": "burnt"}).status_code == 302
    assert totals()["surgical_mask", "destroyed"] == 200
    assert client.post(address, {"key": "b", "quantity": 401, "reason": "burnt"}).status_code == 422
    assert client.post(address, {"key": "c", "quantity": 400, "reason": "burnt"}).status_code == 302
    packed.refresh_from_db()
    assert packed.status == "received"
    client.force_login(world.logistician)
    assert client.post(address, {"key": "d", "quantity": 1, "reason": "x"}).status_code == 403
    assert client.post(f"/shipments/s/{packed.number}/close").status_code == 302
    assert Account.objects.get(state="destroyed").balance == 600
    assert not checks.mismatched()


# --- the receiver's page -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_receivers_page_with_ten_lines_is_light_in_every_language(
    world: Any, at: Any, stock: Any, shipment: Shipment, client: Any, language: str
) -> None:
    items = list(Item.objects.values_list("pk", flat=True)[:10])
    picks = [actions.Pick(stock(50, item=item, number=f"LOT-{item}"), 50) for item in items]
    row = actions.draft_shipment(
        key="s10", by=world.logistician, at=at, consignee=shipment.consignee, picks=picks, way=actions.Way(ARRIVAL)
    )
    for step in ("pack", "dispatch"):
        actions.step_shipment(by=world.logistician, at=at, shipment=row, step=step)
    client.post("/language", {"language": language})
    address = f"/receive/{row.number}/{row.receiver_code}"
    page = client.get(address)
    style = b"".join(client.get("/static/yuanshou/receiver.css").streaming_content)
    assert len(page.content) + len(style) <= 15_000
    assert f'lang="{language}"' in page.content.decode()
    assert ('dir="rtl"' in page.content.decode()[:200]) == (language == "ar")
    values = {"key": "k", "name": "Dina", "good-1": 30, "damaged-1": 5, "short-1": 5, "expired-1": 5, "surplus-2": 3}
    assert client.post(address, values).status_code == 200
    assert row.receipts.get().lines.count() == 2
