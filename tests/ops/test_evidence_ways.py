"""From a confirmed fact to the row it becomes: the form of the other slice is filled in, and the link stays."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_api import Caller

from yuanshou_ops.engagements.models import Engagement, Promise
from yuanshou_ops.errors import Refused
from yuanshou_ops.evidence import actions, ways
from yuanshou_ops.evidence.filled import FILLED
from yuanshou_ops.evidence.models import Becomes, ConfirmedFact, FactRow
from yuanshou_ops.people.models import AuditEvent
from yuanshou_ops.requests.models import AidOffer
from yuanshou_ops.situation.models import Measure

HEAD = "援助简报\n更新时间：2020-03-24 18:00\n"
SENTENCES = {
    "offer": "捷克向西班牙捐赠10000只医用外科口罩。",
    "request": "Kenya asked China for 500 ventilators.",
    "engagement": "习近平3月23日晚同法国、英国、埃及领导人通电话。",
    "promise": "China will donate 500 ventilators to Kenya.",
    "team": "中国向意大利派遣9名医护人员。",
    "team_request": "中国向肯尼亚派遣9名医护人员。",
    "measure": "新西兰进入国家紧急状态。",
    "guidance": "中国与世界各国分享中国的诊疗方案。",
    "report": "西班牙约5400名医护人员感染。",
    "log_entry": "德国单日新增4118例。",
}
BECOMES = {
    "offer": "gift", "request": "request", "engagement": "engagement", "promise": "promise", "team": "deployment",
    "team_request": "deployment", "measure": "measure", "guidance": "guidance", "report": "case_report",
    "log_entry": "case_report",
}  # fmt: skip
WHO = {"team": "team_coordinator", "guidance": "clinical_editor"}
SHOWN: dict[str, tuple[str, Any]] = {
    "offer": ("earmark", "ESP"), "request": ("place", "KEN"), "engagement": ("kind", "call"),
    "promise": ("promiser_place", "CHN"), "team": ("roles", "other; 9"), "team_request": ("place", "KEN"),
    "measure": ("kind", "emergency"), "guidance": ("language", "zh-hans"), "report": ("place", "ESP"),
    "log_entry": ("about", "F-2020-000001"),
}  # fmt: skip
"""A value of the form that only the fact can have given."""


@pytest.fixture
def fact_of(world: Any, at: Any) -> Callable[..., ConfirmedFact]:
    """The first fact of a sentence, confirmed by the analyst."""

    def made(text: str, becomes: str) -> ConfirmedFact:
        source, _new = actions.take_in(by=world.amina, at=at, upload=actions.Upload((HEAD + text).encode(), "page"))
        confirmation = actions.Confirmation(becomes=becomes)
        proposal = source.proposals.order_by("start", "pk")[0]
        return actions.confirm(by=world.analyst, at=at, proposal=proposal, confirmation=confirmation)

    return made


@pytest.fixture
def inside(world: Any, at: Any) -> dict[str, str]:
    """An engagement that was held, and a protocol."""
    from yuanshou_ops.engagements.actions import Side, log_engagement
    from yuanshou_ops.guidance.actions import open_protocol
    from yuanshou_ops.guidance.models import Protocol

    call = Engagement(kind="call", title="Call", organisation=world.centre, status="held", starts_at=at)
    held = log_engagement(by=world.amina, at=at, engagement=call, sides=[Side("A", is_host=True), Side("B")])
    protocol = Protocol(title="Treatment", topic="treatment", organisation=world.centre)
    opened = open_protocol(by=world.clinical_editor, at=at, protocol=protocol)
    return {"promise": held.number, "guidance": opened.number}


def typed(answer: Any) -> dict[str, Any]:
    """What a browser would send back of a form as it was opened, its lines included."""
    form, lines = answer.context["form"], answer.context.get("lines")
    fields = [form, *([lines.management_form, *lines.forms] if lines else [])]
    return {
        one.add_prefix(name): value
        for one in fields
        for name in one.fields
        if (value := one[name].value()) not in (None, "", False)
    }


def completed(kind: str, world: Any, sent: dict[str, Any], store: Any) -> dict[str, Any]:
    """What the person adds to the form: whose it is, and what no page says."""
    own = {
        "offer": {"donor": world.giver.pk, "place": "CHN"}, "engagement": {"organisation": world.centre.pk},
        "team": {"organisation": world.centre.pk, "languages": ["en"]},
        "team_request": {"kind": "experts", "organisation": world.ministry.pk, "ends_on": "2031-01-01"},
        "request": {"consignee": store.pk, "organisation": world.ministry.pk}, "guidance": {"body": "Wash hands."},
    }  # fmt: skip
    return sent | own.get(kind, {})


@pytest.mark.parametrize("kind", list(SENTENCES))
def test_a_fact_opens_the_filled_form_of_its_slice_and_becomes_one_row(
    kind: str, world: Any, at: Any, client: Any, fact_of: Any, inside: Any, store_of_kenya: Any
) -> None:
    fact = fact_of(SENTENCES[kind], BECOMES[kind])
    client.force_login(getattr(world, WHO.get(kind, "amina")))
    page = f"/evidence/f/{fact.number}"
    door = next(address for address, words in client.get(page).context["ways"] if words == ways.WAYS[kind].words)
    if kind in inside:
        rows = client.get(door).context["form"].fields["inside"].queryset
        chosen = client.post(door, {"inside": rows.get(number=inside[kind]).pk})
        door = chosen["Location"]
    opened = client.get(door)
    name, value = SHOWN[kind]
    assert opened.context["form"][name].value() == value
    sent = completed(kind, world, typed(opened), store_of_kenya)
    answer = client.post(door, sent)
    assert answer.status_code == 302, answer.context["form"].errors
    row = FactRow.objects.get(fact=fact)
    assert row.kind == kind
    assert AuditEvent.objects.filter(action="evidence.write_down").count() == 1
    shown = client.get(page)
    assert shown.context["ways"] == []
    assert ways.address_of(row) in shown.text
    assert page in client.get(ways.address_of(row)).text or kind == "log_entry"
    again = client.post(door, sent | {"key": "another"})
    assert again.status_code == 422
    assert ("one draft at a time" if kind == "guidance" else "written down before") in again.text
    assert FactRow.objects.count() == 1


def test_every_kind_of_fact_has_a_way_and_every_way_a_form() -> None:
    assert set(ways.WAYS_OF) == set(Becomes.values)
    assert set().union(*ways.WAYS_OF.values()) == set(FactRow.Kind.values) == set(ways.WAYS) == set(ways.FILLED)


def test_a_row_that_cannot_be_linked_is_not_written(
    world: Any, at: Any, client: Any, fact_of: Any, store_of_kenya: Any
) -> None:
    fact = fact_of(SENTENCES["offer"], "gift")
    client.force_login(world.amina)
    (door, *_), *_ = ways.ways_for(world.amina, fact)
    sent = completed("offer", world, typed(client.get(door)), store_of_kenya)
    actions.retract(by=world.amina, at=at, fact=fact, reason="the embassy denies it")
    answer = client.post(door, sent)
    assert answer.status_code == 422
    assert "retracted" in answer.text
    assert not AidOffer.objects.exists()
    assert ways.ways_for(world.amina, fact) == []


def test_who_may_not_write_down_cannot_open_a_form_from_a_fact(world: Any, client: Any, fact_of: Any) -> None:
    fact = fact_of(SENTENCES["offer"], "gift")
    client.force_login(world.chen)
    assert client.get("/requests/offers/add").status_code == 200
    assert client.get(f"/requests/offers/add?fact={fact.number}").status_code in (403, 404)
    assert ways.ways_for(world.auditor, fact) == []


def test_no_company_is_taken_for_the_government_that_gave(world: Any, client: Any, fact_of: Any) -> None:
    fact = fact_of("China donated 500 ventilators to Kenya.", "gift")
    client.force_login(world.amina)
    form = client.get(f"/requests/offers/add?fact={fact.number}").context["form"]
    assert (world.giver.place_id, form["donor"].value(), form["place"].value()) == ("CHN", None, "CHN")


def test_a_number_that_is_no_fact_is_not_found(world: Any, client: Any) -> None:
    client.force_login(world.amina)
    assert client.get("/engagements/add?fact=F-1999-000001").status_code == 404


def test_the_link_is_shown_only_to_those_who_see_evidence(world: Any, at: Any, client: Any, fact_of: Any) -> None:
    fact = fact_of(SENTENCES["offer"], "gift")
    offer = actions.write_down_as_offer(by=world.amina, at=at, fact=fact, donor=world.giver, place=world.china)
    for person, sees in ((world.amina, True), (world.chen, False)):
        client.force_login(person)
        assert (f"/evidence/f/{fact.number}" in client.get(f"/requests/offers/o/{offer.number}").text) is sees


def test_a_retraction_cannot_be_written_down(world: Any, at: Any, fact_of: Any) -> None:
    fact = fact_of(SENTENCES["promise"], "promise")
    row = actions.retract(by=world.amina, at=at, fact=fact, reason="an old story")
    for one in (fact, row):
        with pytest.raises(Refused, match="retracted"):
            actions.write_down(by=world.amina, at=at, fact=one, kind="promise", number="V-2020-000001")
    assert not Promise.objects.exists()


UPGRADE = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

def at(name):
    executor = MigrationExecutor(connection)
    executor.migrate([("evidence", name)] + [key for key in executor.loader.graph.leaf_nodes() if key[0] == "requests"])
    return MigrationExecutor(connection).loader.project_state([("evidence", name), ("requests", "0001_initial")]).apps

old = at("0002_sources_and_facts_are_append_only")
made = lambda model, **values: old.get_model(*model.split(".")).objects.create(**values)
place = made("people.Place", code="CZE", name_en="Czechia")
donor = made("people.Organisation", code="D", name="D", kind="ngo", place=place)
when = "2020-03-25T00:00:00+00:00"
offer = made("requests.AidOffer", number="O-2020-000001", donor=donor, place=place, created_by_id=1, created_at=when)
fact = made("evidence.ConfirmedFact", number="F-2020-000001", becomes="gift", confirmed_by_id=1, confirmed_at=when)
made("evidence.FactOffer", fact=fact, offer=offer, written_by_id=7, written_at=when)
new = at("0003_a_fact_becomes_one_row_of_any_slice")
for row in new.get_model("evidence", "FactRow").objects.all():
    print(row.fact.number, row.kind, row.number, row.written_by_id)
"""


def test_offers_written_down_before_keep_their_fact(tmp_path: Path) -> None:
    environment = os.environ | {"YUANSHOU_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "yuanshou_ops.settings"}
    ran = subprocess.run([sys.executable, "-c", UPGRADE], env=environment, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "F-2020-000001 offer O-2020-000001 7", ran.stderr


API_ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "offer": ("/offers", {"donor": "GIVER", "place": "CHN", "lines": [{"item": "surgical_mask", "count": 10000}]}),
    "engagement": ("/engagements", {
        "kind": "call", "title": "Call", "organisation": "CENTRE", "starts_at": "2020-03-23T12:00:00Z", "status": "held",
        "hosts": [{"name": "China", "place": "CHN"}], "others": [{"name": "France", "place": "FRA"}]}),
    "promise": ("/engagements/{promise}/promises", {"promiser": "China", "receiver": "Kenya", "what": "500 ventilators"}),
    "team": ("/teams", {
        "name": "T", "organisation": "GIVER", "kind": "experts", "languages": ["en"], "roles": [{"role": "nurse", "count": 9}]}),
    "team_request": ("/team-requests", {
        "organisation": "MOH-KEN", "place": "KEN", "kind": "experts", "starts_on": "2030-01-01", "ends_on": "2030-02-01",
        "reason": "wards are full"}),
    "measure": ("/measures", {
        "place": "NZL", "kind": "emergency", "title": "Emergency", "starts_on": "2020-03-25", "source": "page"}),
    "guidance": ("/protocols/{guidance}/versions", {"language": "en", "title": "T", "body": "Wash hands.", "source": "page"}),
    "report": ("/reports", {"kind": "alert", "language": "en", "title": "T", "body": "B", "source": "page", "editor": "E"}),
    "log_entry": ("/log", {"text": "Germany"}),
}  # fmt: skip

TWICE = {"measure": {"title": "Again"}, "report": {"title": "Again"}, "team": {"name": "Again"}}


@pytest.mark.parametrize("kind", list(API_ROWS))
def test_a_program_writes_a_fact_down_once_and_reads_it_behind_the_row(
    kind: str, world: Any, client: Any, fact_of: Any, inside: Any
) -> None:
    fact = fact_of(SENTENCES[kind], BECOMES[kind])
    path, body = API_ROWS[kind]
    path = path.format(**inside)
    officer = Caller(client, getattr(world, WHO.get(kind, "amina")))
    officer.add(f"{path}?fact=F-2020-999999", body, expect=422)
    made = officer.add(f"{path}?fact={fact.number}", body)
    assert made["evidence"] == [fact.number]
    row = FactRow.objects.get(fact=fact)
    assert row.kind == kind
    assert officer.get(f"/facts/{fact.number}")["became"] == {"kind": kind, "number": row.number}
    if kind != "guidance":  # a protocol has one draft at a time
        again = officer.add(f"{path}?fact={fact.number}", body | TWICE.get(kind, {}), expect=422)
        assert "written down before" in again["found"]
    if kind in ("offer", "measure", "engagement", "log_entry"):
        listed = next(one for one in officer.get(path)["items"] if one["evidence"])
        assert listed["evidence"] == [fact.number]


def test_a_program_that_may_not_read_evidence_sees_none_and_writes_none_down(
    world: Any, client: Any, fact_of: Any
) -> None:
    fact = fact_of(SENTENCES["measure"], "measure")
    path, body = API_ROWS["measure"]
    narrow = Caller(client, world.amina, scopes=["situation:read", "situation:write"])
    assert "evidence:write" in narrow.add(f"{path}?fact={fact.number}", body, expect=403)["expected"]
    assert not Measure.objects.filter(place="NZL").exists(), "a refused fact writes no row"
    Caller(client, world.amina).add(f"{path}?fact={fact.number}", body)
    assert [one["evidence"] for one in narrow.get(path)["items"]] == [[]]


def test_a_fact_becomes_no_row_of_another_kind(world: Any, client: Any, fact_of: Any) -> None:
    fact = fact_of(SENTENCES["measure"], "measure")
    path, body = API_ROWS["log_entry"]
    refused = Caller(client, world.amina).add(f"{path}?fact={fact.number}", body, expect=422)
    assert "measure" in refused["found"]


def test_goods_bought_for_another_place_may_be_an_offer_and_for_oneself_not(
    world: Any, client: Any, fact_of: Any
) -> None:
    client.force_login(world.amina)
    for sentence, is_offered in (("China bought 500 ventilators for Kenya.", True), ("中国采购500台呼吸机。", False)):
        fact = fact_of(sentence, "purchase")
        shown = client.get(f"/evidence/f/{fact.number}").context["ways"]
        assert any(words == ways.WAYS["offer"].words for _address, words in shown) == is_offered, sentence


def test_a_draft_is_in_the_language_its_page_was_read_in(fact_of: Any) -> None:
    sentences = {
        "fr": "La Chine a fait don de 10 000 masques à l'Italie.", "es": "China donó 20.000 guantes a Italia.",
        "en": "China donated 10,000 gowns to Italy.", "zh-hans": "中国向法国捐赠10000只口罩。",
    }  # fmt: skip
    for language, sentence in sentences.items():
        fact = fact_of(sentence, "situation_note")
        assert FILLED["report"](fact)["language"] == language
