"""Evidence: a page is taken in, its facts are proposed, and nothing counts before a person confirms it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction

from yuanshou.errors import InputError
from yuanshou_ops.errors import EditConflict, NotAllowed, Refused
from yuanshou_ops.evidence import actions
from yuanshou_ops.evidence.models import ConfirmedFact, ProposedFact, Source
from yuanshou_ops.evidence.passages import passages
from yuanshou_ops.evidence.statuses import PROPOSAL
from yuanshou_ops.people.models import AuditEvent, Organisation
from yuanshou_ops.requests.models import AidOffer
from yuanshou_ops.steps import advance

PAGE = """援助简报
更新时间：2020-03-24 18:00
埃及向意大利捐贈(zèng)100萬只口罩。中國向意大利派遣9名醫(yī)護(hù)人員。
责任编辑：陈某
"""
GIFT = "捷克向西班牙捐赠10000只医用外科口罩。"


def take(world: Any, at: Any, text: str = PAGE, origin: str = "page.txt") -> Source:
    return actions.take_in(by=world.amina, at=at, upload=actions.Upload(text.encode(), origin))[0]


def confirm(world: Any, at: Any, proposal: ProposedFact, **values: Any) -> ConfirmedFact:
    return actions.confirm(by=world.analyst, at=at, proposal=proposal, confirmation=actions.Confirmation(**values))


def test_every_pair_of_status_and_step_is_in_the_table_or_refused() -> None:
    for status, step in product(ProposedFact.Status.values, ("confirm", "reject", "reopen")):
        if (status, step) in PROPOSAL:
            assert advance(PROPOSAL, status, step) == PROPOSAL[status, step]
        else:
            with pytest.raises(Refused):
                advance(PROPOSAL, status, step)


def test_a_page_is_repaired_and_its_facts_wait(world: Any, at: Any) -> None:
    source = take(world, at)
    assert source.title == "援助简报"
    assert "埃及向意大利捐赠100万只口罩。" in source.text
    assert source.original == PAGE
    assert [(one.kind, one.giver, one.receiver, one.quantity, one.day) for one in source.proposals.all()] == [
        ("gift", "EGY", "ITA", 1_000_000, date(2020, 3, 24)), ("deployment", "CHN", "ITA", 9, date(2020, 3, 24)),
    ]  # fmt: skip
    assert all(source.text[one.start : one.end] == one.quote for one in source.proposals.all())
    assert not ConfirmedFact.objects.exists()


def test_the_same_bytes_are_taken_in_once(world: Any, at: Any) -> None:
    first, again = (actions.take_in(by=world.amina, at=at, upload=actions.Upload(PAGE.encode())) for _ in range(2))
    assert first[1] is True
    assert again == (first[0], False)


def test_a_mirror_of_a_report_is_noticed(world: Any, at: Any) -> None:
    first = take(world, at)
    mirror = take(world, at, PAGE.replace("捐贈(zèng)", "捐赠").replace("萬", "万") + "\n快讯", "mirror.txt")
    assert mirror.same_report_as == first


def test_a_confirmed_fact_keeps_source_words_and_person(world: Any, at: Any) -> None:
    proposal = take(world, at).proposals.get(kind="gift")
    fact = confirm(world, at, proposal)
    assert (fact.becomes, fact.item, fact.quantity, fact.place_id) == ("gift", "mask_unspecified", 1_000_000, "ITA")
    assert fact.confirmed_by_id == world.analyst.pk
    assert fact.sources.get().quote == proposal.quote
    assert proposal.status == "confirmed"
    assert AuditEvent.objects.filter(action="evidence.confirm", target_id=str(proposal.pk)).exists()


def test_a_correction_needs_a_reason_and_leaves_the_proposal_as_it_was_read(world: Any, at: Any) -> None:
    proposal = take(world, at).proposals.get(kind="gift")
    with pytest.raises(Refused, match="without a reason"):
        confirm(world, at, proposal, corrected={"quantity": Decimal(1_500_000)})
    proposal.refresh_from_db()
    fact = confirm(
        world, at, proposal, corrected={"quantity": Decimal(1_500_000)}, note="the ministry says 1.5 million"
    )
    assert fact.quantity == 1_500_000
    assert ProposedFact.objects.get(pk=proposal.pk).quantity == 1_000_000


def test_one_fact_in_two_pages_is_one_fact_with_two_sources(world: Any, at: Any) -> None:
    first = take(world, at).proposals.get(kind="gift")
    second = take(world, at, "On 25 March 2020, Egypt donated 1 million masks to Italy.", "b").proposals.get()
    assert actions.duplicates_of(second) == [first]
    assert confirm(world, at, first) == confirm(world, at, second)
    assert ConfirmedFact.objects.get().sources.count() == 2


def test_contradicting_figures_stay_side_by_side(world: Any, at: Any) -> None:
    first = take(world, at).proposals.get(kind="gift")
    second = take(world, at, "On 25 March 2020, Egypt donated 1.5 million masks to Italy.", "b").proposals.get()
    assert actions.contradictions_of(first) == [second]
    assert actions.contradictions_of(second) == [first]
    assert confirm(world, at, first) != confirm(world, at, second)


def test_a_rejection_needs_a_reason_and_can_be_taken_back(world: Any, at: Any) -> None:
    proposal = take(world, at).proposals.get(kind="gift")
    with pytest.raises(Refused, match="without a reason"):
        actions.reject(by=world.amina, at=at, proposal=proposal, reason=" ")
    actions.reject(by=world.amina, at=at, proposal=proposal, reason="an old story")
    with pytest.raises(Refused, match="rejected"):
        confirm(world, at, proposal)
    actions.reopen(by=world.amina, at=at, proposal=proposal, reason="it is new")
    assert confirm(world, at, proposal)


def test_who_decides_second_is_told(world: Any, at: Any) -> None:
    proposal = take(world, at).proposals.get(kind="gift")
    stale = ProposedFact.objects.get(pk=proposal.pk)
    confirm(world, at, proposal)
    with pytest.raises(EditConflict):
        actions.confirm(by=world.amina, at=at, proposal=stale, confirmation=actions.Confirmation())
    assert ConfirmedFact.objects.count() == 1


def test_a_retraction_is_a_new_row_and_happens_once(world: Any, at: Any) -> None:
    fact = confirm(world, at, take(world, at).proposals.get(kind="gift"))
    row = actions.retract(by=world.amina, at=at, fact=fact, reason="the embassy denies it")
    assert row.retracts == fact
    for one in (fact, row):
        with pytest.raises(Refused, match="retracted before"):
            actions.retract(by=world.amina, at=at, fact=one, reason="again")


def test_a_confirmed_gift_can_be_written_down_as_an_offer_once(world: Any, at: Any) -> None:
    fact = confirm(world, at, take(world, at, GIFT).proposals.get())
    donor = Organisation.objects.get(pk=world.giver.pk)
    offer = actions.write_down_as_offer(by=world.amina, at=at, fact=fact, donor=donor, place=world.china)
    assert (offer.status, offer.lines.get().quantity) == ("announced", 10_000)
    assert offer.source.startswith(f"{fact.number}: ")
    assert (fact.row.kind, fact.row.number) == ("offer", offer.number)
    with pytest.raises(Refused, match="before"):
        actions.write_down_as_offer(by=world.amina, at=at, fact=fact, donor=donor, place=world.china)
    assert AidOffer.objects.count() == 1


def test_what_is_no_item_of_the_catalogue_becomes_no_offer(world: Any, at: Any) -> None:
    fact = confirm(world, at, take(world, at).proposals.get(kind="gift"))
    with pytest.raises(Refused, match="catalogue"):
        actions.write_down_as_offer(by=world.amina, at=at, fact=fact, donor=world.giver, place=world.china)


@pytest.mark.parametrize("table", ["evidence_source", "evidence_confirmedfact", "evidence_factsource"])
def test_the_database_forbids_to_edit_sources_and_facts(world: Any, at: Any, table: str) -> None:
    confirm(world, at, take(world, at).proposals.get(kind="gift"))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


def test_only_those_whose_task_it_is_take_in_and_decide(world: Any, at: Any) -> None:
    proposal = take(world, at).proposals.get(kind="gift")
    for person in (world.bilal, world.chen, world.dina, world.auditor):
        with pytest.raises(NotAllowed):
            actions.take_in(by=person, at=at, upload=actions.Upload(b"text"))
        with pytest.raises(NotAllowed):
            actions.confirm(by=person, at=at, proposal=proposal, confirmation=actions.Confirmation())


def test_a_file_that_is_no_page_leaves_nothing_behind(world: Any, at: Any) -> None:
    with pytest.raises(InputError, match="PDF"):
        actions.take_in(by=world.amina, at=at, upload=actions.Upload(b"%PDF-1.7 ..."))
    assert not Source.objects.exists()


def test_overlapping_words_are_cut_and_lose_no_character(world: Any, at: Any) -> None:
    source = take(world, at, "中国向秘鲁捐赠1000只口罩和20套防护服。")
    proposals = list(source.proposals.all())
    assert len(proposals) == 2
    (passage,) = passages(source, proposals)
    assert "".join(one.text for one in passage.stretches) == source.text.strip()
    assert passage.stretches[0].proposals == tuple(one.pk for one in proposals)


def test_the_pages_lead_from_a_paste_to_a_confirmed_fact(world: Any, at: Any, client: Any) -> None:
    client.force_login(world.amina)
    answer = client.post("/evidence/add", {"text": PAGE, "origin": "https://example.org/x"}, follow=True)
    assert answer.status_code == 200
    assert "援助简报" in answer.text
    proposal = ProposedFact.objects.get(kind="gift")
    shown = client.get(f"/evidence/p/{proposal.pk}")
    form = shown.context["form"]
    values = {name: form[name].value() if form[name].value() is not None else "" for name in form.fields}
    refused = client.post(f"/evidence/p/{proposal.pk}", {**values, "quantity": "5"})
    assert refused.status_code == 422
    assert client.post(f"/evidence/p/{proposal.pk}", values).status_code == 302
    fact = ConfirmedFact.objects.get()
    for address in (
        "",
        "queue",
        "facts",
        f"f/{fact.number}",
        f"s/{proposal.source.number}",
        f"s/{proposal.source.number}/repairs",
    ):
        assert client.get(f"/evidence/{address}").status_code == 200, address
    late = client.post(f"/evidence/p/{proposal.pk}", values)
    assert late.status_code == 200
    assert ConfirmedFact.objects.count() == 1


def test_several_files_are_taken_in_and_bad_ones_named(world: Any, client: Any) -> None:
    client.force_login(world.amina)
    files = [SimpleUploadedFile(name, data) for name, data in (
        ("a.txt", "法国向意大利捐赠100只口罩。".encode("gb18030")), ("b.txt", b"France sent 5 ventilators to Italy."), ("c.pdf", b"%PDF-1.4"),
    )]  # fmt: skip
    answer = client.post("/evidence/add", {"files": files})
    assert answer.status_code == 422
    assert "c.pdf" in answer.text
    assert sorted(Source.objects.values_list("origin", flat=True)) == ["a.txt", "b.txt"]


def test_a_script_in_a_page_is_shown_as_text(world: Any, client: Any) -> None:
    client.force_login(world.amina)
    client.post("/evidence/add", {"text": 'France sent 5 ventilators to Italy. "><img src=x onerror=alert(1)> done'})
    answer = client.get(f"/evidence/s/{Source.objects.get().number}")
    assert "<img src=x" not in answer.text
