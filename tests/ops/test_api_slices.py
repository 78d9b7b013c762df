"""Teams, guidance, engagements, bulletin, spreadsheets and papers by programs alone, from the first command to the last."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sheets
from django.utils import timezone
from test_api import Caller

from yuanshou_ops.bulletin import actions as bulletin
from yuanshou_ops.bulletin.models import Report
from yuanshou_ops.engagements.models import Engagement
from yuanshou_ops.exchange.models import Import
from yuanshou_ops.requests.models import OfferLine


@pytest.fixture
def caller(client: Any) -> Callable[..., Caller]:
    return lambda user: Caller(client, user)


def day(n: int) -> str:
    found: date = timezone.now().date() + timedelta(days=n)
    return found.isoformat()


TEAM = {
    "name": "Team A", "organisation": "GIVER", "kind": "emt2", "languages": ["en"], "classified_until": day(400),
    "roles": [{"role": "nurse", "count": 9, "licensed_until": day(400)}, {"role": "doctor", "count": 1}],
}  # fmt: skip
ASKED = {
    "organisation": "MOH-KEN", "place": "KEN", "kind": "emt2", "roles": [{"role": "doctor", "count": 2}],
    "starts_on": day(0), "ends_on": day(20), "reason": "wards are full",
}  # fmt: skip


def test_a_team_is_asked_for_proposed_with_its_reasons_and_comes_home(world: Any, caller: Any) -> None:
    chief, bilal, chen = caller(world.team_coordinator), caller(world.bilal), caller(world.chen)
    team = chen.add("/teams", TEAM)
    short = chief.add("/teams", TEAM | {"name": "Team B", "classified_until": day(3)})
    asked = bilal.add("/team-requests", ASKED)
    first, second = chief.get(f"/team-requests/{asked['number']}/candidates")["candidates"]
    assert (first["team"], first["fits"], second["fits"]) == (team["number"], True, False)
    wanting = [one["words"] for one in first["findings"] if not one["holds"]]
    assert wanting == ["no desk for medical evacuation is named", "1 of 2 doctor"]
    proposal = {"team": team["number"], "starts_on": day(0), "ends_on": day(20)}
    path = f"/team-requests/{asked['number']}/deployments"
    assert "classified until" in chief.add(path, proposal | {"team": short["number"]}, expect=422)["found"]
    assert "1 of 2 doctor" in chief.add(path, proposal, expect=422)["found"]
    made = chief.add(path, proposal | {"acknowledged": True})
    assert [False, "1 of 2 doctor"] in made["reasons"]
    assert "bound to Kenya" in chief.add(path, proposal | {"acknowledged": True}, expect=422)["found"]
    where = f"/deployments/{made['number']}"
    chen.step(f"{where}/accept", expect=403)
    assert bilal.step(f"{where}/accept")["next_steps"] == ["cancel", "task"]
    chief.step(f"{where}/task", {"task": "Ward 4"})
    chief.step(f"{where}/extend", {"until": day(25), "reason": "more cases"})
    bilal.step(f"{where}/arrive", {"on": day(0)})
    chen.add(f"{where}/reports", {"day": day(0), "consultations": 40, "everybody_safe": True, "text": "first day"})
    corrected = {"day": day(0), "everybody_safe": True, "text": "not counted yet"}
    assert chen.add(f"{where}/reports", corrected)["consultations"] is None, "what is not known is no zero"
    assert [one["revision"] for one in bilal.get(f"{where}/reports")["items"]] == [1, 2]
    ended = chief.step(f"{where}/end", {"on": day(0), "report": "600 patients"})
    assert (ended["status"], ended["ends_on"]) == ("ended", day(0))
    assert caller(world.other_requester).get("/deployments")["items"] == []


def test_guidance_is_reviewed_by_a_second_person_and_read_in_ones_language(world: Any, caller: Any) -> None:
    editor, approver, analyst = caller(world.clinical_editor), caller(world.approver), caller(world.analyst)
    subject = editor.add("/protocols", {"title": "Oxygen", "topic": "care", "organisation": "CENTRE"})
    draft = {"language": "en", "title": "Oxygen", "body": "Give oxygen.", "implied": [{"parameter": "x", "value": 1}]}
    versions = f"/protocols/{subject['number']}/versions"
    assert "x" in editor.add(versions, draft, expect=422)["found"]
    editor.add(versions, draft | {"implied": []})
    path = f"{versions}/1"
    assert editor.put(path, draft | {"implied": [], "body": "Give oxygen early."}, 1)["version"] == 2
    editor.put(path, draft | {"implied": []}, 1, expect=412)
    editor.step(f"{path}/submit")
    assert approver.step(f"{path}/return", {"note": "how early?"})["review_note"] == "how early?"
    editor.step(f"{path}/submit")
    editor.step(f"{path}/publish", expect=403)
    assert approver.step(f"{path}/publish")["status"] == "published"
    editor.step(f"{path}/translations/fr", {"title": "Oxygène", "body": "Donner tôt."})
    bilal = caller(world.bilal)
    (found,) = bilal.get("/guidance?q=oxygen&language=fr")["guidance"]
    assert (found["is_asked_language"], found["title"]) == (False, "Oxygen")
    editor.step(f"{path}/translations/fr/check", expect=403)
    analyst.step(f"{path}/translations/fr/check")
    read = bilal.get(f"/guidance/{subject['number']}?language=fr")
    assert (read["is_asked_language"], read["body"]) == (True, "Donner tôt.")
    assert bilal.step(f"{path}/acknowledge", {"language": "fr"})["edition"] == 1
    bilal.get(path, expect=403)
    approver.step(f"{path}/withdraw", {"note": "new evidence"})
    bilal.get(f"/guidance/{subject['number']}", expect=404)


CALL = {
    "kind": "call", "title": "Call with K", "organisation": "CENTRE", "starts_at": "2020-03-24T12:00:00Z",
    "status": "held", "classification": "public", "hosts": [{"name": "President H", "place": "ITA"}],
    "others": [{"name": "President K", "office": "President", "place": "KEN"}], "minutes": "in private words",
}  # fmt: skip


def test_a_promise_is_said_confirmed_linked_and_seen_by_whoever_may(world: Any, caller: Any) -> None:
    amina, analyst, approver = caller(world.amina), caller(world.analyst), caller(world.approver)
    wrong = CALL | {"others": [{"name": "K", "place": "XXX"}]}
    assert amina.add("/engagements", wrong, expect=422)["errors"][0]["field"] == "others.0.place"
    call = amina.add("/engagements", CALL)
    secret = amina.add("/engagements", CALL | {"classification": "confidential"})
    path = f"/engagements/{call['number']}"
    assert amina.get(path)["minutes"] == "in private words"
    assert analyst.get(path)["minutes"] is None
    assert [one["number"] for one in analyst.get("/engagements")["items"]] == [call["number"]]
    analyst.get(f"/engagements/{secret['number']}", expect=404)
    analyst.put(f"{path}/minutes", {"minutes": "", "summary": "s"}, 1, expect=403)
    assert amina.put(f"{path}/minutes", {"minutes": "m", "summary": "A friendly call."}, 1)["minutes"] == "m"
    said = {"promiser": "President H", "receiver": "President K", "what": "masks", "item": "surgical_mask"}
    promise = analyst.add(f"{path}/promises", said | {"quantity": 1000, "due_on": "2020-05-01"})
    where = f"/promises/{promise['number']}"
    assert "without a source" in amina.step(f"{where}/confirm", {}, expect=422)["found"]
    amina.step(f"{where}/confirm", {"source": "letter of 1 April"})
    assert "no-such" in amina.add(f"{where}/links", {"number": "no-such"}, expect=422)["found"]
    team = caller(world.team_coordinator).add("/teams", TEAM)
    assert amina.add(f"{where}/links", {"number": team["number"]})["number"] == team["number"]
    assert amina.step(f"{where}/keep-partly", {})["status"] == "partly"
    counted = amina.get("/engagement-counts?since=2020-03-01&name=President K")
    assert (counted["engagements"], counted["by_kind"]) == (2, [{"kind": "call", "engagements": 2}])
    assert analyst.get("/engagement-counts")["engagements"] == 1
    amina.step(f"{path}/publish", expect=403)
    approver.step(f"{path}/publish")
    assert Engagement.objects.get(number=call["number"]).published_at
    assert approver.step(f"{path}/unpublish", {"reason": "too early"})["published_at"] is None


def test_a_report_is_published_corrected_and_commented_on(world: Any, caller: Any, counted: Any) -> None:
    analyst, amina = caller(world.analyst), caller(world.amina)
    edition = analyst.add("/editions", None)
    assert edition["world"]["totals"]["cases"] == 69201
    analyst.step(f"/editions/{edition['number']}/publish", expect=403)
    amina.step(f"/editions/{edition['number']}/publish")
    words = {"title": "Masks", "body": "Where masks go.", "editor": "Anders", "topics": ["Masks", "masks "]}
    report = analyst.add("/reports", words | {"edition": edition["number"]})
    assert report["topics"] == ["masks"]
    path = f"/reports/{report['number']}"
    analyst.put(path, words | {"title": "Masks and gowns"}, 1)
    analyst.step(f"{path}/submit")
    assert amina.step(f"{path}/publish")["texts"][0]["title"] == "Masks and gowns"
    bulletin.add_comment(at=timezone.now(), report=Report.objects.get(), name="Reader", text="Thanks")
    (comment,) = amina.get("/comments?status=waiting")["items"]
    assert amina.step(f"/comments/{comment['id']}/show")["status"] == "shown"
    analyst.put(path, words, 3, expect=422)
    opened = analyst.step(f"{path}/correct", {"note": "a wrong sum"})
    analyst.put(path, words | {"body": "The right sum."}, opened["version"])
    analyst.step(f"{path}/submit")
    corrected = amina.step(f"{path}/publish")
    assert [one["correction"] for one in corrected["texts"]] == ["a wrong sum", ""]


def test_a_spreadsheet_is_looked_at_and_only_what_was_looked_at_is_taken_in(world: Any, caller: Any) -> None:
    chen = caller(world.chen)

    def sent(content: bytes, **more: Any) -> Any:
        file = {"kind": "offers", "file_name": "offers.csv", "content": base64.b64encode(content).decode()}
        return chen.add("/imports", file | more)

    assert "base64" in chen.add(
        "/imports", {"kind": "offers", "file_name": "a", "content": "é"}, expect=422
    )["found"]  # fmt: skip
    wrong = sent(sheets.text(sheets.OFFER, sheets.offer(Quantity="many")))
    assert (wrong["status"], wrong["preview"]["problems"][0]["found"]) == ("wrong", "many")
    assert chen.step(f"/imports/{wrong['number']}/drop")["status"] == "dropped"
    right = sent(sheets.text(sheets.OFFER, sheets.offer()))
    assert (right["status"], right["preview"]["units"]) == ("ready", 600)
    path = f"/imports/{right['number']}/confirm"
    chen.step(path, {"mark": "x"}, expect=422)
    assert not OfferLine.objects.exists()
    done = chen.step(path, {"mark": right["preview"]["mark"]}, key="yes")
    assert chen.step(path, {"mark": right["preview"]["mark"]}, key="yes") == done
    assert (done["status"], done["rows"], OfferLine.objects.count()) == ("done", 1, 1)
    caller(world.bilal).get(f"/imports/{right['number']}", expect=404)
    assert "requests.draft" in chen.add(
        "/imports", {"kind": "requests", "file_name": "a", "content": "eA=="}, expect=403
    )["found"]  # fmt: skip
    assert Import.objects.count() == 2


def test_a_paper_is_issued_once_for_the_same_facts(world: Any, caller: Any, aid: Any) -> None:
    logistician = caller(world.logistician)
    path = f"/shipments/{aid.number}/papers"
    stopping = [one for one in logistician.get(f"{path}/packing-list")["lacks"] if one["stops"]]
    assert [one["words"] for one in stopping] == ["No packages are written down yet."]
    logistician.step(f"{path}/packing-list", expect=422)
    first = logistician.step(f"{path}/goods-received")
    assert logistician.step(f"{path}/goods-received") == first
    assert [one["number"] for one in logistician.get(path)["items"]] == [first["number"]]
    caller(world.other_donor).get(path, expect=404)
