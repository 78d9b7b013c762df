"""Outbreaks with counts of their own: uploads, vintages, withdrawal, and the chain to an approved plan."""

from __future__ import annotations

import base64
import io
import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanshou.errors import YuanshouError
from yuanshou_ops.errors import EditConflict, NotAllowed, Refused
from yuanshou_ops.people.actions import make_token
from yuanshou_ops.people.models import AuditEvent
from yuanshou_ops.planning import actions as planning
from yuanshou_ops.planning import queue
from yuanshou_ops.planning.models import PlanRun, Task
from yuanshou_ops.requests.models import ModelledNeed
from yuanshou_ops.situation import actions, counts
from yuanshou_ops.situation.models import Count, CountUpload, Outbreak, PlaceSituation, Snapshot, latest, lead

TODAY = date(2020, 3, 25)
HEADER = "place,date,cases_cumulative,deaths_cumulative\n"
FIRST_DAY = date(2020, 2, 10)


def cholera_file(*, days: int = 44, daily: int = 40) -> bytes:
    """Kenya and Ethiopia, one row a day up to the day before; Ethiopia never reports deaths."""
    rows = []
    for n in range(days):
        day = FIRST_DAY + timedelta(days=n)
        rows += [f"KEN,{day},{100 + daily * n},{n // 2}", f"ETH,{day},{50 + 10 * n},"]
    return (HEADER + "\n".join(rows)).encode()


@pytest.fixture
def cholera(world: Any, at: Any) -> Outbreak:
    row = Outbreak(code="CHOLERA-20", name="Cholera in the east", disease="cholera")
    return actions.add_outbreak(by=world.analyst, at=at, outbreak=row)


def upload(by: Any, at: Any, outbreak: Outbreak, content: bytes, *, known_on: date = TODAY) -> CountUpload:
    table = counts.read_counts("counts.csv", content, known_on=known_on)
    mark = counts.preview(outbreak, table, known_on=known_on).mark
    return actions.upload_counts(
        by=by, at=at, outbreak=outbreak, table=table, known_on=known_on, source="Ministry of Health", mark=mark
    )


def test_what_is_installed_follows_the_example_first_and_only_one_outbreak_is_first(
    world: Any, at: Any, cholera: Outbreak
) -> None:
    assert lead().code == "COVID-19"
    assert lead().counts == "shipped"
    actions.show_first(by=world.amina, at=at, outbreak=cholera)
    assert lead() == cholera
    assert Outbreak.objects.filter(is_lead=True).count() == 1


def test_an_upload_is_kept_with_digest_person_and_event_and_the_same_file_is_refused(
    world: Any, at: Any, cholera: Outbreak
) -> None:
    row = upload(world.analyst, at, cholera, cholera_file())
    assert Count.objects.filter(upload=row).count() == 88
    assert Count.objects.get(upload=row, place="ETH", day=FIRST_DAY).deaths is None
    event = AuditEvent.objects.get(action="situation.count")
    assert (event.actor_id, event.after["sha256"]) == (world.analyst.pk, row.digest)
    with pytest.raises(Refused, match=f"the same file as {row.number}"):
        upload(world.analyst, at, cholera, cholera_file())
    with pytest.raises(NotAllowed):
        upload(world.chen, at, cholera, HEADER.encode() + b"KEN,2020-03-01,5,1")


def test_a_withdrawn_upload_stays_and_counts_no_more(world: Any, at: Any, cholera: Outbreak) -> None:
    first = upload(world.analyst, at, cholera, cholera_file())
    second = upload(world.amina, at, cholera, HEADER.encode() + b"KEN,2020-03-01,7,1")
    assert counts.values_known(cholera, TODAY)["KEN", date(2020, 3, 1)] == [7, 1]
    with pytest.raises(Refused, match="without a reason"):
        actions.withdraw_counts(by=world.amina, at=at, upload=second, reason=" ", expected_version=1)
    with pytest.raises(EditConflict):
        actions.withdraw_counts(by=world.amina, at=at, upload=second, reason="a slip", expected_version=9)
    second.refresh_from_db()
    actions.withdraw_counts(by=world.amina, at=at, upload=second, reason="a slip", expected_version=1)
    assert counts.values_known(cholera, TODAY)["KEN", date(2020, 3, 1)] == [900, 10]
    assert CountUpload.objects.count() == 2
    upload(world.amina, at, cholera, HEADER.encode() + b"KEN,2020-03-01,7,1")
    assert first.withdrawn_at is None


def test_a_preview_saves_nothing_and_tells_what_fell_and_what_vanished(world: Any, at: Any, cholera: Outbreak) -> None:
    upload(world.analyst, at, cholera, cholera_file())
    table = counts.read_counts("x.csv", HEADER.encode() + b"KEN,2020-03-01,90,9\nKEN,2020-03-02,,\n", known_on=TODAY)
    shown = counts.preview(cholera, table, known_on=TODAY)
    assert CountUpload.objects.count() == 1
    assert shown.vanished == ["ETH"]
    assert shown.fallen == [("KEN", date(2020, 3, 1), "cases", 900, 90), ("KEN", date(2020, 3, 1), "deaths", 10, 9)]
    upload(world.analyst, at, cholera, HEADER.encode() + b"KEN,2020-03-03,95,9")
    with pytest.raises(Refused, match="older preview"):
        actions.upload_counts(
            by=world.analyst, at=at, outbreak=cholera, table=table, known_on=TODAY, source="s", mark=shown.mark
        )


CELL = st.one_of(st.none(), st.integers(0, 10**9))
ROWS = st.dictionaries(
    st.tuples(st.sampled_from(["KEN", "ETH", "ITA"]), st.dates(date(2020, 1, 1), TODAY)),
    st.tuples(CELL, CELL).filter(lambda pair: pair != (None, None)), min_size=1, max_size=12,
)  # fmt: skip


def as_file(rows: dict[Any, Any]) -> bytes:
    lines = [
        f"{place},{day},{'' if c is None else c},{'' if d is None else d}" for (place, day), (c, d) in rows.items()
    ]
    return (HEADER + "\n".join(lines)).encode()


@settings(max_examples=25, deadline=None)
@given(first=ROWS, later=ROWS)
def test_what_was_confirmed_is_what_was_known_and_what_came_later_changes_nothing(
    django_db_setup: None, django_db_blocker: Any, first: dict[Any, Any], later: dict[Any, Any]
) -> None:
    from django.db import transaction

    from yuanshou_ops.people.models import User

    with django_db_blocker.unblock(), transaction.atomic():
        outbreak = Outbreak.objects.create(code="LAW", name="Law", disease="measles")
        known_on, after = date(2020, 3, 25), date(2020, 3, 26)
        for day, rows in ((known_on, first), (after, later)):
            table = counts.read_counts("law.csv", as_file(rows), known_on=day)
            assert {(r.place, r.day): (r.cases, r.deaths) for r in table.rows} == rows
            row = CountUpload.objects.create(
                number=f"C-{day}", outbreak=outbreak, known_on=day, source="s", file_name="f", digest=str(day),
                uploaded_by_id=User.objects.count(), uploaded_at="2020-03-26T00:00:00Z",
            )  # fmt: skip
            Count.objects.bulk_create(
                [Count(upload=row, place_id=r.place, day=r.day, cases=r.cases, deaths=r.deaths) for r in table.rows]
            )
        assert {key: tuple(pair) for key, pair in counts.values_known(outbreak, known_on).items()} == first
        series = counts.reported_counts(outbreak, known_on).to_frame()
        told = {
            (r.place, r.date.date()): tuple(
                None if v != v else int(v) for v in (r.cases_cumulative, r.deaths_cumulative)
            )
            for r in series.itertuples()
        }
        assert told == first
        transaction.set_rollback(True)


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 2000), noise=st.binary(max_size=40), place=st.integers(0, 2000))
def test_a_damaged_file_is_refused_in_words_or_taken_in_whole(cut: int, noise: bytes, place: int) -> None:
    whole = cholera_file(days=20)
    damaged = whole[:place] + noise + whole[cut:]
    try:
        table = counts.read_counts("damaged.csv", damaged, known_on=TODAY)
    except YuanshouError as error:
        told = (error.found, error.expected, error.way_out)
        assert all(told)
    else:
        assert table.rows
        assert all(row.cases is not None or row.deaths is not None for row in table.rows)


def test_an_xlsx_file_is_read_as_the_same_table(world: Any, at: Any) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for line in cholera_file(days=5).decode().splitlines():
        book.active.append([int(cell) if cell.isdigit() else cell or None for cell in line.split(",")])
    buffer = io.BytesIO()
    book.save(buffer)
    one = counts.read_counts("c.xlsx", buffer.getvalue(), known_on=TODAY)
    assert one.rows == counts.read_counts("c.csv", cholera_file(days=5), known_on=TODAY).rows
    assert one.digest != counts.read_counts("c.csv", cholera_file(days=5), known_on=TODAY).digest


@pytest.fixture
def followed(world: Any, at: Any, cholera: Outbreak, settings: Any, tmp_path: Any) -> Outbreak:
    settings.DATA_DIR = tmp_path
    upload(world.analyst, at, cholera, cholera_file())
    planning.refresh(by=world.analyst, at=at, as_of=TODAY, outbreak=cholera)
    assert queue.work_once("worker")
    assert Task.objects.get().status == "done", Task.objects.get().error
    return cholera


def test_a_snapshot_of_cholera_uses_its_counts_and_its_disease_pack(followed: Outbreak) -> None:
    row = latest(followed)
    assert row is not None
    assert set(row.places.values_list("place_id", flat=True)) == {"KEN", "ETH"}
    kenya = PlaceSituation.objects.get(snapshot=row, place="KEN")
    assert kenya.cases_cumulative == 100 + 40 * 43
    assert PlaceSituation.objects.get(snapshot=row, place="ETH").deaths_cumulative is None
    assert kenya.reproduction_number is None
    assert "serial interval" in kenya.reason
    assert "ringer_lactate" in kenya.need
    assert ModelledNeed.objects.filter(outbreak=followed, place="KEN", item="ringer_lactate").exists()
    assert latest() is None  # the lead outbreak has none of its own yet
    assert Snapshot.objects.count() == 1


def make(world: Any, at: Any, outbreak: Outbreak) -> PlanRun:
    choice = planning.Choice(draws=20, weeks=4, compare=("per_head",), adopt_weeks=4)
    number = planning.make_run(
        by=world.analyst, at=at, title="Cholera", as_of=TODAY, choice=choice, outbreak=outbreak
    ).number
    assert queue.work_once("worker")
    return PlanRun.objects.get(number=number)


def test_a_cholera_outbreak_goes_from_upload_to_an_approved_plan(
    world: Any, at: Any, followed: Outbreak, stock: Any, store_of_kenya: Any
) -> None:
    stock(500, item="ringer_lactate")
    run = make(world, at, followed)
    assert run.status == "ready", run.error
    assert set(run.cells.values_list("place_id", flat=True)) == {"KEN", "ETH"}
    planning.submit_run(by=world.analyst, at=at, run=run, leave_out=True)
    shipments = planning.approve_run(by=world.approver, at=at, run=run)
    assert [shipment.to_place_id for shipment in shipments] == ["KEN"] * len(shipments) != []


def test_a_later_upload_and_ten_times_the_request_change_no_plan_of_the_day(
    world: Any, at: Any, followed: Outbreak, stock: Any, store_of_kenya: Any
) -> None:
    from yuanshou_ops.ledger.models import Item
    from yuanshou_ops.ledger.quantities import to_base
    from yuanshou_ops.requests import actions as asking

    stock(500, item="ringer_lactate")
    before = make(world, at, followed)
    item = Item.objects.get(pk="ringer_lactate")
    row = asking.draft_request(
        by=world.bilal, at=at, organisation=world.ministry, place=world.kenya, consignee=store_of_kenya,
        lines=[asking.Asked(item, to_base(item, 100_000), reason="stock is out")],
    )  # fmt: skip
    asking.submit_request(by=world.bilal, at=at, aid_request=row, confirmed_unusual=True)
    upload(
        world.analyst, at + timedelta(days=1), followed, cholera_file(daily=4000), known_on=TODAY + timedelta(days=1)
    )
    after = make(world, at, followed)
    assert (before.result_digest, before.fingerprint) == (after.result_digest, after.fingerprint)


def test_a_plan_without_counts_fails_in_words(world: Any, at: Any, cholera: Outbreak, stock: Any) -> None:
    stock(500, item="ringer_lactate")
    run = make(world, at, cholera)
    assert run.status == "failed"
    assert "no counts of" in str(run.error)


# --- pages, programs, evidence -------------------------------------------------------------------------------


def shown_fields(html: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', html))


@pytest.mark.parametrize("way", ["file", "pasted"])
def test_counts_are_looked_at_then_confirmed_and_a_click_asks_for_a_snapshot(client: Any, world: Any, way: str) -> None:
    client.force_login(world.analyst)
    facts = {"code": "cholera-20", "name": "Cholera", "disease": "cholera", "counts": "reported"}
    assert client.post("/situation/outbreaks/add", facts).status_code == 302
    page = client.get("/situation/outbreaks/o/CHOLERA-20")
    assert "No counts yet" in page.content.decode()
    content = cholera_file(days=20)
    given: Any = {"known_on": "2020-03-25", "source": "Ministry of Health"}
    given |= {"file": SimpleUploadedFile("c.csv", content)} if way == "file" else {"pasted": content.decode()}
    page = client.post("/situation/outbreaks/o/CHOLERA-20/counts", given)
    assert page.status_code == 200
    assert len(page.content) < 120_000
    assert CountUpload.objects.count() == 0
    fields = shown_fields(page.content.decode())
    for _click in range(2):
        assert client.post("/situation/outbreaks/o/CHOLERA-20/confirm", fields).status_code == 302
    assert CountUpload.objects.get().rows.count() == 40
    page = client.get("/situation/outbreaks/o/CHOLERA-20").content.decode()
    assert "C-2" in page
    asked = client.post("/plans/snapshot", shown_fields(page))
    assert asked.status_code == 302
    assert (Task.objects.get().about, Task.objects.get().as_of) == ("CHOLERA-20", TODAY)


def test_a_file_that_cannot_be_read_is_told_in_the_form_with_row_and_way_out(
    client: Any, world: Any, cholera: Outbreak
) -> None:
    client.force_login(world.amina)
    given = {"known_on": "2020-03-25", "source": "s", "pasted": HEADER + "KEN,2020-03-01,many,1"}
    page = client.post(f"/situation/outbreaks/o/{cholera.code}/counts", given)
    assert page.status_code == 422
    assert "many" in page.content.decode()
    assert CountUpload.objects.count() == 0
    given["source"] = ""
    assert client.post(f"/situation/outbreaks/o/{cholera.code}/counts", given).status_code == 422


def test_the_pages_show_the_lead_outbreak_unless_the_address_names_another(
    client: Any, world: Any, followed: Outbreak, counted: Any
) -> None:
    client.force_login(world.amina)
    assert "Italy" in client.get("/situation/").content.decode()
    page = client.get(f"/situation/?outbreak={followed.code}").content.decode()
    assert "Ethiopia" in page
    assert "Italy" not in page
    assert f"/situation/p/ETH?outbreak={followed.code}" in page
    assert "1,820" in client.get(f"/situation/p/KEN?outbreak={followed.code}").content.decode()
    assert client.get(f"/situation/map?outbreak={followed.code}").status_code == 200
    assert client.get("/situation/?outbreak=NONE").status_code == 404
    exported = client.get(f"{reverse('formats:hubverse')}?outbreak={followed.code}").content.decode()
    assert ",KEN,quantile," in exported
    assert ",ITA," not in exported
    assert f'value="{followed.code}" selected' in client.get(f"/plans/add?outbreak={followed.code}").content.decode()


def test_the_desk_follows_the_outbreak_of_its_address(
    client: Any, world: Any, followed: Outbreak, counted: Any, aid: Any
) -> None:
    """430 masks accepted in Kenya last 30 days at 100 a week, and 3 days at 1,000 a week."""
    for snapshot, weekly in ((counted, 100), (latest(followed), 1000)):
        need = {"surgical_mask": {"median": [weekly] * 12, "p90": [weekly] * 12}}
        PlaceSituation.objects.filter(snapshot=snapshot, place="KEN").update(need=need)
    empty = Outbreak.objects.create(code="MPOX-26", name="Mpox", disease="mpox", counts="reported")
    client.force_login(world.amina)
    cases = (
        ("", "30", "/situation/p/KEN"),
        (f"?outbreak={followed.code}", "3", f"/situation/p/KEN?outbreak={followed.code}"),
    )
    for asked, days, link in cases:
        page = client.get(f"/{asked}").content.decode()
        cover = page.partition('id="q3"')[2].partition("</section>")[0]
        assert f'<td class="number">{days}</td>' in cover, asked
        assert f'href="{link}"' in cover
        assert f'href="?outbreak={empty.code}"' in page
    nothing = client.get(f"/?outbreak={empty.code}").content.decode()
    assert "No snapshot yet." in nothing
    assert "Days of cover" not in nothing, "the cover of another outbreak is not its own"
    assert client.get("/?outbreak=NONE").status_code == 404


def test_a_program_looks_confirms_once_and_withdraws(client: Any, world: Any, cholera: Outbreak) -> None:
    token = make_token(by=world.analyst, at=timezone.now(), name="t", scopes=["situation:read", "situation:write"])[1]

    def send(method: str, path: str, body: Any = None, **headers: str) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"} | headers
        return client.generic(
            method, f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers
        )

    path = f"/outbreaks/{cholera.code}/counts"
    body = {
        "file_name": "c.csv", "content": base64.b64encode(cholera_file(days=9)).decode(), "known_on": "2020-03-25",
    }  # fmt: skip
    seen = send("POST", f"{path}/preview", body, **{"Idempotency-Key": "look"})
    assert seen.status_code == 200, seen.content
    assert (seen.json()["rows"], seen.json()["places"], CountUpload.objects.count()) == (18, 2, 0)
    wrong = send("POST", path, body | {"source": "s", "mark": "x"}, **{"Idempotency-Key": "w"})
    assert wrong.status_code == 422
    for _twice in range(2):
        made = send("POST", path, body | {"source": "s", "mark": seen.json()["mark"]})
        assert made.status_code == 201, made.content
    number = CountUpload.objects.get().number
    gone = send(
        "PUT", f"/count-uploads/{number}/withdraw", {"reason": "slip"}, **{"If-Match": '"1"', "Idempotency-Key": "g"}
    )
    assert gone.status_code == 200, gone.content
    assert gone.json()["withdrawn_reason"] == "slip"
    assert {row["code"] for row in send("GET", "/outbreaks").json()["items"]} == {"COVID-19", cholera.code}


def test_a_confirmed_case_report_opens_a_filled_form_and_becomes_one_count_with_its_source(
    client: Any, world: Any, at: Any, cholera: Outbreak
) -> None:
    from yuanshou_ops.evidence import actions as evidence
    from yuanshou_ops.evidence.models import FactRow

    text = b"Kenya has reported 1,255 confirmed cases as of March 20, 2020, the ministry said."
    source, _new = evidence.take_in(by=world.amina, at=at, upload=evidence.Upload(text, "p", TODAY))
    proposal = source.proposals.filter(kind="case_report").first()
    assert proposal is not None
    correction = {"place_code": "KEN", "item": "cumulative_cases", "day": date(2020, 3, 20), "quantity": 1255}
    fact = evidence.confirm(
        by=world.amina, at=at, proposal=proposal,
        confirmation=evidence.Confirmation(becomes="case_report", corrected=correction, note="read by a person"),
    )  # fmt: skip
    client.force_login(world.amina)
    form = client.get(f"/situation/outbreaks/count?fact={fact.number}").content.decode()
    assert 'value="1255"' in form
    given = {
        "outbreak": cholera.pk, "place": "KEN", "day": "2020-03-20", "cases": 1255, "known_on": "2020-03-25",
        "source": f"{fact.number}: page",
    }  # fmt: skip
    sent = client.post(f"/situation/outbreaks/count?fact={fact.number}", given)
    assert sent.status_code == 302, sent.content
    assert FactRow.objects.get(fact=fact).kind == "count"
    assert counts.values_known(cholera, TODAY) == {("KEN", date(2020, 3, 20)): [1255, None]}
    assert client.get(f"/evidence/f/{fact.number}").status_code == 200
