"""The bulletin: everything public passed two people, nothing unpublished leaks, and only accepted receipts count as aid."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from lxml import etree

from yuanshou_ops.bulletin import actions, reading
from yuanshou_ops.bulletin.account import account_figures, totals_by_item
from yuanshou_ops.bulletin.models import Comment, Edition, PublishedText, Report
from yuanshou_ops.bulletin.statuses import COMMENT, EDITION, REPORT
from yuanshou_ops.errors import EditConflict, NotAllowed, Refused
from yuanshou_ops.situation.models import PlaceSituation, Snapshot

PUBLIC_PAGES = ("/bulletin/", "/bulletin/situation", "/bulletin/situation?format=csv", "/bulletin/account",
                "/bulletin/account?format=csv", "/bulletin/reports.atom", "/bulletin/alerts.atom")  # fmt: skip


def written(world: Any, at: datetime, title: str = "Secret draft", **values: Any) -> Report:
    first = {"body": "Figures of the day.", "editor": "Anders", "topics": ["masks"]} | values
    return actions.write_report(by=world.analyst, at=at, report=Report(title=title, **first))


def published(world: Any, at: datetime, title: str = "Report", **values: Any) -> Report:
    row = written(world, at, title, **values)
    actions.step_report(by=world.analyst, at=at, report=row, step="submit")
    return actions.step_report(by=world.amina, at=at, report=row, step="publish")


@pytest.mark.parametrize("table", [REPORT, EDITION, COMMENT])
def test_every_table_leads_only_to_statuses_that_exist(table: dict[tuple[str, str], str]) -> None:
    model: Any = {id(REPORT): Report, id(EDITION): Edition, id(COMMENT): Comment}[id(table)]
    assert {status for status, _step in table} | set(table.values()) <= set(model.Status.values)


def test_a_report_moves_only_along_its_table(world: Any, at: datetime) -> None:
    row = written(world, at)
    for status, step in product(Report.Status.values, {step for _status, step in REPORT}):
        Report.objects.filter(pk=row.pk).update(status=status)
        row.refresh_from_db()
        who = world.analyst if step in ("submit", "correct") else world.approver
        if (status, step) in REPORT:
            actions.step_report(by=who, at=at, report=row, step=step, note="words")
            assert Report.objects.get(pk=row.pk).status == REPORT[status, step]
        else:
            with pytest.raises(Refused):
                actions.step_report(by=who, at=at, report=row, step=step, note="words")


def test_nothing_unpublished_leaks(client: Client, world: Any, at: datetime, counted: Snapshot, aid: Any) -> None:
    draft = written(world, at)
    actions.propose_edition(by=world.analyst, at=at)
    reviewed = written(world, at, "Secret in review")
    actions.step_report(by=world.analyst, at=at, report=reviewed, step="submit")
    withdrawn = published(world, at, "Secret withdrawn")
    actions.step_report(by=world.amina, at=at, report=withdrawn, step="withdraw", note="wrong")
    for address in PUBLIC_PAGES:
        page = client.get(address).content.decode()
        assert "Secret" not in page, address
        assert "69" not in page or "69,176" not in page, address
        assert "Chen Foundation" not in page, address
    for row in (draft, reviewed, withdrawn):
        assert client.get(f"/bulletin/read/{row.number}").status_code == 404
        assert client.post(f"/bulletin/read/{row.number}", {"name": "x", "text": "y"}).status_code == 404


def test_an_edition_is_published_by_a_second_person_and_holds_still(
    client: Client, world: Any, at: datetime, counted: Snapshot, aid: Any
) -> None:
    row = actions.propose_edition(by=world.amina, at=at)
    with pytest.raises(NotAllowed, match="taking both steps"):
        actions.step_edition(by=world.amina, at=at, edition=row, step="publish")
    with pytest.raises(IntegrityError), transaction.atomic():
        Edition.objects.filter(pk=row.pk).update(status="published", published_by_id=world.amina.pk)
    actions.step_edition(by=world.approver, at=at, edition=row, step="publish")
    before = client.get("/bulletin/situation?format=csv").content.decode()
    assert "ITA,69176,6820,10,1.5,2020-03-25,test counts" in before
    PlaceSituation.objects.update(cases_cumulative=1)
    assert client.get("/bulletin/situation?format=csv").content.decode() == before
    assert row.world["totals"] == {"cases": 69201, "deaths": 6820, "new_cases_7d": 20}
    for address in PUBLIC_PAGES:
        assert client.get(address).status_code == 200, address
    actions.step_edition(by=world.approver, at=at, edition=row, step="withdraw", reason="a wrong column")
    assert actions.published_edition() is None
    assert "69176" not in client.get("/bulletin/situation?format=csv").content.decode()


def test_only_accepted_receipts_count_as_received(world: Any, at: datetime, aid: Any) -> None:
    (row,) = account_figures()["rows"]
    assert row == ["Chen Foundation", "CHN", "KEN", "surgical_mask", 1000, 50, 430, 20]
    assert totals_by_item({"rows": [row, row]})["surgical_mask"]["received"] == 860


def test_a_total_of_nothing_reported_is_missing_and_not_zero(world: Any, at: datetime, counted: Snapshot) -> None:
    PlaceSituation.objects.update(deaths_cumulative=None)
    assert actions.propose_edition(by=world.amina, at=at).world["totals"]["deaths"] is None


def test_a_correction_says_what_it_corrects_and_readers_keep_the_old_text_until_then(world: Any, at: datetime) -> None:
    row = published(world, at, "Report")
    actions.step_report(by=world.analyst, at=at, report=row, step="correct", note="Italy: 69,176, not 63,927")
    row.title = "Report, corrected"
    actions.edit_report(by=world.analyst, at=at, report=row, related=[], expected_version=row.version)
    piece = reading.read_one(row.number)
    assert piece is not None
    assert piece.text.title == "Report"
    actions.step_report(by=world.analyst, at=at, report=row, step="submit")
    actions.step_report(by=world.approver, at=at + timedelta(days=1), report=row, step="publish")
    piece = reading.read_one(row.number)
    assert piece is not None
    assert (piece.text.title, piece.text.correction) == ("Report, corrected", "Italy: 69,176, not 63,927")
    with pytest.raises(Refused, match="ask for a correction"):
        actions.edit_report(by=world.analyst, at=at, report=row, related=[], expected_version=row.version)
    with pytest.raises(TypeError, match="is a fact"):
        PublishedText.objects.all()[0].delete()


def test_who_wrote_a_report_does_not_publish_it(world: Any, at: datetime) -> None:
    row = actions.write_report(by=world.amina, at=at, report=Report(title="t", body="b", editor="e"))
    actions.step_report(by=world.amina, at=at, report=row, step="submit")
    with pytest.raises(NotAllowed, match="taking both steps"):
        actions.step_report(by=world.amina, at=at, report=row, step="publish")
    row.status = "draft"
    with pytest.raises(EditConflict):
        actions.edit_report(by=world.amina, at=at, report=row, related=[], expected_version=99)


def test_a_comment_is_shown_when_somebody_has_read_it(client: Client, world: Any, at: datetime) -> None:
    row = published(world, at)
    address = f"/bulletin/read/{row.number}"
    client.post(address, {"name": "<b>Reader</b>", "text": "Well done <script>"})
    client.post(address, {"name": "Robot", "text": "Buy", "address": "x"})
    assert Comment.objects.count() == 1, "a field that people leave empty stops machines"
    assert "Well done" not in client.get(address).content.decode()
    comment = Comment.objects.get()
    with pytest.raises(Refused, match="without a reason"):
        actions.moderate(by=world.amina, at=at, comment=comment, step="reject")
    actions.moderate(by=world.amina, at=at, comment=comment, step="show")
    page = client.get(address).content.decode()
    assert "Well done &lt;script&gt;" in page
    assert "1 comment" in client.get("/bulletin/").content.decode()
    actions.moderate(by=world.amina, at=at, comment=comment, step="reject", reason="off topic")
    assert "Well done" not in client.get(address).content.decode()
    assert client.post(address, {"name": "", "text": ""}).status_code == 422
    actions.add_comment(at=at, report=row, name="n", text="the same")
    with pytest.raises(Refused, match="once"):
        actions.add_comment(at=at, report=row, name="n", text="the same")


def test_readers_find_what_is_related_and_most_read(client: Client, world: Any, at: datetime) -> None:
    first, second = published(world, at, "First"), published(world, at, "Second", topics=["ventilators"])
    hidden = written(world, at, "Hidden")
    first.related.set([second, hidden])
    for _ in range(3):
        client.get(f"/bulletin/read/{second.number}")
    page = client.get(f"/bulletin/read/{first.number}").content.decode()
    assert "Second" in page
    assert "Hidden" not in page
    assert [piece.report for piece in reading.most_read()] == [second, first]
    assert [piece.report for piece in reading.newest("report", topic="ventilators")] == [second]
    assert reading.topics() == ["masks", "ventilators"]


def test_the_feeds_are_valid_atom_with_updates(client: Client, world: Any, at: datetime) -> None:
    row = published(world, at, "Report & more <1>")
    published(world, at, "Border closed", kind="alert")
    actions.step_report(by=world.analyst, at=at, report=row, step="correct", note="figure")
    actions.step_report(by=world.analyst, at=at, report=row, step="submit")
    actions.step_report(by=world.amina, at=at + timedelta(days=2), report=row, step="publish")
    names = {"a": "http://www.w3.org/2005/Atom"}
    feed = etree.fromstring(client.get("/bulletin/reports.atom").content)
    (entry,) = feed.findall("a:entry", names)
    assert entry.findtext("a:title", namespaces=names) == "Report & more <1>"
    assert str(entry.findtext("a:published", namespaces=names)).startswith("2020-03-25")
    assert str(entry.findtext("a:updated", namespaces=names)).startswith("2020-03-27")
    alerts = etree.fromstring(client.get("/bulletin/alerts.atom").content)
    assert alerts.findtext("a:entry/a:title", namespaces=names) == "Border closed"


def test_an_editor_writes_and_a_second_person_publishes_by_forms(client: Client, world: Any, at: datetime) -> None:
    client.force_login(world.analyst)
    form = {"kind": "report", "language": "zh-hans", "title": "环球同此凉热", "original_title": "环球同此凉热——中国援手",
            "body": "正文", "topics": "口罩，援助, masks", "editor": "Anders", "credits": "Team", "comments_open": "on"}  # fmt: skip
    client.post("/bulletin/desk/write", form)
    row = Report.objects.get()
    assert row.topics == ["口罩", "援助", "masks"]
    client.post(f"/bulletin/desk/{row.number}/edit", form | {"title": "新题", "version": row.version})
    assert client.post(f"/bulletin/desk/{row.number}/edit", form | {"version": 1}).status_code == 409
    client.post(f"/bulletin/desk/{row.number}/submit")
    assert client.post(f"/bulletin/desk/{row.number}/publish").status_code == 403
    client.force_login(world.amina)
    client.post(f"/bulletin/desk/{row.number}/publish")
    page = client.get(f"/bulletin/read/{row.number}").content.decode()
    assert "新题" in page
    assert "环球同此凉热——中国援手" in page
    for address in (
        "desk",
        "desk/comments",
        "desk/editions",
        "desk/editions/propose",
        f"desk/{row.number}",
        f"desk/{row.number}/withdraw",
    ):
        assert client.get(f"/bulletin/{address}").status_code == 200, address
