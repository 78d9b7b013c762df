"""The API: the whole way of goods by programs alone, tokens, keys, paging, versions, and one shape for every problem."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from ninja import Schema

from yuanshou_ops.api.app import SLICES, document
from yuanshou_ops.ledger import checks
from yuanshou_ops.ledger.models import Account, Move
from yuanshou_ops.people import actions as people
from yuanshou_ops.people.models import ApiToken, AuditEvent, CommandOnce, Organisation
from yuanshou_ops.requests.models import AidRequest

ROOT = "/api/v1"
KEYS = count(1)


class Caller:
    """A program that acts for a person: sends JSON, reads JSON, and remembers the last response."""

    def __init__(self, client: Any, user: Any, scopes: list[str] | None = None) -> None:
        self.client, self.user = client, user
        made = people.make_token(
            by=user, at=timezone.now(), name="test", scopes=scopes or people.token_scopes(), days=30
        )
        self.token, self.secret = made

    def send(
        self, method: str, path: str, body: Any = None, *, expect: int = 200, key: str = "", **headers: str
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.secret}"} | headers
        if method != "GET":
            headers["Idempotency-Key"] = key or f"key-{next(KEYS)}"
        data = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        self.response = self.client.generic(
            method, ROOT + path, data, content_type="application/json", headers=headers
        )  # fmt: skip
        assert self.response.status_code == expect, (method, path, self.response.content.decode()[:800])
        return self.response.json()

    def get(self, path: str, **more: Any) -> Any:
        return self.send("GET", path, **more)

    def add(self, path: str, body: Any, **more: Any) -> Any:
        return self.send("POST", path, body, **{"expect": 201} | more)

    def step(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.send("POST", path, body, **more)

    def put(self, path: str, body: Any, version: int, **more: Any) -> Any:
        return self.send("PUT", path, body, **{"If-Match": f'"{version}"'}, **more)


@pytest.fixture
def caller(client: Any) -> Callable[..., Caller]:
    return lambda user, scopes=None: Caller(client, user, scopes)


STOCK = {
    "item": "surgical_mask", "count": 12, "pack": "box", "origin": "GIVER", "holder": "CENTRE", "place": "ITA",
    "lot_number": "L7", "reason": "delivery note 7",
}  # fmt: skip


@pytest.fixture
def consignee(world: Any, caller: Any) -> int:
    """A verified receiver in Kenya."""
    row = caller(world.bilal).add("/consignees", {
        "organisation": "MOH-KEN", "name": "Central store", "place": "KEN", "address": "Industrial Area",
        "contact_name": "Bilal", "phone": "+254 1",
    })  # fmt: skip
    caller(world.logistician).step(f"/consignees/{row['id']}/verify")
    return int(row["id"])


def asked(consignee: int, **more: Any) -> dict[str, Any]:
    lines = [{"item": "surgical_mask", "count": 12, "pack": "box", "reason": "two wards more"}]
    return {"organisation": "MOH-KEN", "place": "KEN", "consignee": consignee, "lines": lines} | more


def test_goods_go_from_a_request_to_a_closed_shipment_by_programs_alone(
    world: Any, caller: Any, consignee: int
) -> None:
    bilal, amina, chen = caller(world.bilal), caller(world.amina), caller(world.chen)
    logistician = caller(world.logistician)
    request = bilal.add("/requests", asked(consignee))
    assert request["lines"][0] | {"line": 1, "modelled_p90": None} == {
        "item": "surgical_mask", "quantity": 600, "unit": "each", "pack": "box", "count": 12, "line": 1,
        "in_words": "12 box × 50 = 600 each", "reason": "two wards more", "modelled_median": None, "modelled_p90": None,
    }  # fmt: skip
    number = request["number"]
    assert bilal.step(f"/requests/{number}/submit", {})["status"] == "submitted"
    assert amina.step(f"/requests/{number}/answer", {"answer": "accept"})["next_steps"] == [
        "close", "meet", "receive_part", "withdraw",
    ]  # fmt: skip
    offer = chen.add("/offers", {
        "donor": "GIVER", "place": "CHN",
        "lines": [{"item": "surgical_mask", "count": 1000, "lot_number": "G1", "specification": "EN 14683"}],
    })  # fmt: skip
    arrival = (timezone.now() + timedelta(days=20)).date().isoformat()
    line = offer["lines"][0]["id"]
    assert logistician.step(f"/offer-lines/{line}/vet", {"passes": True, "arrives_on": arrival})["status"] == "passed"
    (account,) = logistician.get("/accounts?state=vetted")["items"]
    assert (account["holder"], account["balance"]) == ("GIVER", 1000)
    commitment = chen.add(
        "/commitments", {"account": account["id"], "quantity": 600, "place": "KEN"}
    )["number"]  # fmt: skip
    shipment = logistician.add("/shipments", {
        "consignee": consignee, "request": number, "arrives_on": arrival, "lines": [{"commitment": commitment}],
    })["number"]  # fmt: skip
    assert chen.get(f"/commitments/{commitment}")["status"] == "posted"
    named = {"line": 1, "quantity": 300, "count": 2, "sscc": "106141412345678908"}
    refused = logistician.put(f"/shipments/{shipment}/packages", {"packages": [named]}, 1, expect=422)
    assert "give such packages a row each" in refused["detail"]
    pallets = {"line": 1, "quantity": 200, "kind": "pallet", "count": 3, "gross_kg": "120.5"}
    packed = logistician.put(f"/shipments/{shipment}/packages", {"packages": [pallets]}, 1)
    assert [(p["kind"], p["quantity"], p["gross_kg"]) for p in packed["packages"]] == [("pallet", 200, "120.50")] * 3
    for step in ("pack", "dispatch"):
        logistician.step(f"/shipments/{shipment}/{step}", {})
    arrived = {"kind": "arrival", "actual_on": timezone.now().date().isoformat(), "source": "carrier"}
    assert logistician.step(f"/shipments/{shipment}/milestones", arrived)["status"] == "arrived"
    counted = {"receiver_name": "Bilal", "lines": [{"line": 1, "good": 590, "damaged": 4, "short": 6}]}
    receipt = bilal.add(f"/shipments/{shipment}/receipts", counted)
    assert receipt["lines"] == [{"line": 1, "good": 590, "damaged": 4, "short": 6, "expired": 0, "surplus": 0}]
    for row in logistician.get("/discrepancies")["items"]:
        step = "find" if row["kind"] == "short" else "return"
        logistician.step(f"/discrepancies/{row['id']}/{step}", {"reason": "settled with the carrier"})
    assert logistician.step(f"/shipments/{shipment}/close")["status"] == "closed"
    (outcome,) = logistician.get(f"/shipments/{shipment}")["lines"]
    assert (outcome["dispatched"], outcome["accepted"], outcome["returned"], outcome["outstanding"]) == (600, 596, 4, 0)
    assert bilal.get(f"/requests/{number}")["status"] == "partly_met"
    assert caller(world.auditor).get("/books")["accounts_that_differ"] == checks.unbalanced_lots() == []


def test_a_command_sent_twice_happens_once_and_gets_the_same_answer(world: Any, caller: Any) -> None:
    amina = caller(world.amina)
    first = amina.add("/stock-in", STOCK, key="delivery-7")
    assert first["in_words"] == "12 box × 50 = 600 each"
    assert amina.add("/stock-in", STOCK, key="delivery-7") == first
    assert amina.response["Idempotency-Replayed"] == "true"
    assert Move.objects.count() == 1
    other = amina.add("/stock-in", STOCK | {"count": 13}, key="delivery-7", expect=409)
    assert other["type"] == "/api/v1/docs#key-reused"
    assert "delivery-7" in other["found"]
    assert caller(world.logistician).add("/stock-in", STOCK, key="delivery-7") != first


def test_a_refused_command_leaves_nothing_not_even_its_key(world: Any, caller: Any, stock: Any) -> None:
    account, logistician = stock(100), caller(world.logistician)
    events = AuditEvent.objects.count()
    wrong = {"quantity": 101, "to_holder": "GIVER", "to_place": "CHN", "reason": "nearer"}
    refused = logistician.step(f"/accounts/{account.pk}/transfer", wrong, key="t", expect=409)
    assert refused["type"] == "/api/v1/docs#insufficient-stock"
    assert refused["way_out"] == "ask for less, or take it from another lot or place"
    assert (AuditEvent.objects.count(), CommandOnce.objects.count()) == (events, 0)
    assert len(logistician.step(f"/accounts/{account.pk}/transfer", wrong | {"quantity": 100}, key="t")["moves"]) == 1


def test_a_list_is_paged_by_key_in_both_directions_and_shows_every_row_once(
    world: Any, caller: Any, stock: Any
) -> None:
    lots = [f"L{n}" for n in range(7)]
    for lot in lots:
        stock(10, number=lot)
    amina = caller(world.amina)
    for order, expected in (("oldest", [*lots, "late"]), ("newest", ["late", *reversed(lots)])):
        seen, following = [], ""
        while following is not None:
            page = amina.get(f"/accounts?limit=3&order={order}&cursor={following}")
            seen += [row["lot_number"] for row in page["items"]]
            following = page["next"]
            if len(seen) == 3 and order == "oldest":
                stock(10, number="late")
        assert seen == expected
    for cursor in ("x", "bnVsbA", "MWU5OTk", "Ig"):
        assert amina.get(f"/accounts?cursor={cursor}", expect=400)["type"] == "/api/v1/docs#malformed"
    assert amina.get("/accounts?state=nowhere", expect=422)["errors"][0]["field"] == "state"


def test_a_token_opens_its_scopes_alone_and_nothing_after_its_end(world: Any, caller: Any, at: Any) -> None:
    reader = caller(world.amina, ["ledger:read"])
    assert reader.get("/accounts")["items"] == []
    assert "requests:read" in reader.get("/requests", expect=403)["expected"]
    assert "ledger:write" in reader.add("/stock-in", STOCK, expect=403)["expected"]
    assert ApiToken.objects.get(pk=reader.token.pk).last_used_at is not None
    caller(world.amina).step(f"/tokens/{reader.token.pk}/revoke")
    assert reader.get("/accounts", expect=401)["title"] == "No valid token"
    assert reader.response["WWW-Authenticate"] == "Bearer"
    left = caller(world.logistician)
    world.logistician.is_active = False
    world.logistician.save()
    left.get("/accounts", expect=401)


def test_whoever_saves_second_is_told_and_nothing_is_lost(world: Any, caller: Any) -> None:
    chief = caller(world.administrator)
    row = chief.get("/organisations/GIVER")
    assert chief.response["ETag"] == '"1"'
    values = {name: row[name] for name in ("name", "kind", "place", "contact", "email")}
    assert chief.put("/organisations/GIVER", values | {"phone": "1"}, 1)["version"] == 2
    late = chief.put("/organisations/GIVER", values | {"phone": "2"}, 1, expect=412)
    assert (late["type"], late["current_version"]) == ("/api/v1/docs#stale", 2)
    assert Organisation.objects.get(code="GIVER").phone == "1"
    missing = chief.send("PUT", "/organisations/GIVER", values, expect=422)
    assert missing["errors"] == [{"field": "If-Match", "message": "Field required"}]
    chief.send("PUT", "/organisations/GIVER", values, expect=422, **{"If-Match": "latest"})


def test_every_problem_names_the_field_and_the_way_out(world: Any, caller: Any, consignee: int) -> None:
    bilal = caller(world.bilal)
    wrong = asked(consignee) | {"lines": [{"item": "surgical_mask", "count": "12", "packs": "box"}], "priority": 9}
    fields = {one["field"] for one in bilal.add("/requests", wrong, expect=422)["errors"]}
    assert fields == {"lines.0.count", "lines.0.packs", "priority"}
    unknown = bilal.add("/requests", asked(consignee) | {"consignee": 10**6}, expect=422)
    assert unknown["errors"][0]["field"] == "consignee"
    assert "one of each, box" in bilal.add(
        "/requests", asked(consignee, lines=[{"item": "surgical_mask", "count": 1, "pack": "crate"}]), expect=422
    )["expected"].replace("carton, ", "").replace(", carton", "")  # fmt: skip
    assert bilal.add("/requests", "{", expect=400)["type"] == "/api/v1/docs#malformed"
    assert bilal.get("/requests/R-2020-000009", expect=404)["title"] == "Not found"
    assert bilal.send("DELETE", "/requests", expect=405)["status"] == 405
    assert bilal.get("/nowhere", expect=404)["type"] == "/api/v1/docs#not-found"
    assert not AidRequest.objects.exists()


def test_another_organisations_consignee_is_not_to_be_used(world: Any, caller: Any, consignee: int) -> None:
    omar = caller(world.other_requester)
    mine = asked(consignee) | {"organisation": "OTHER"}
    assert omar.add("/requests", mine, expect=422)["errors"][0]["field"] == "consignee"
    assert omar.add("/requests", asked(consignee), expect=422)["errors"][0]["field"] == "organisation"
    assert omar.get("/consignees")["items"] == []


def test_stock_is_held_and_given_back_but_a_commitment_is_given_back_as_one(
    world: Any, caller: Any, stock: Any
) -> None:
    account, logistician = stock(100, holder=world.giver, place=world.china), caller(world.logistician)
    held = logistician.add(f"/accounts/{account.pk}/holds", {"quantity": 40, "reason": "for the flight"})
    assert (held["state"], held["quantity"], held["status"]) == ("reserved", 40, "pending")
    assert logistician.step(f"/holds/{held['id']}/release", {"reason": "no flight"})["status"] == "voided"
    assert Account.objects.get(pk=account.pk).balance == 100
    bound = caller(world.chen).add("/commitments", {"account": account.pk, "quantity": 30, "place": "KEN"})
    refused = logistician.step(f"/holds/{bound['hold']}/release", {"reason": "x"}, expect=422)
    assert bound["number"] in refused["way_out"]


def test_the_whole_ledger_comes_as_one_file(world: Any, caller: Any, stock: Any, client: Any) -> None:
    stock(100)
    auditor = caller(world.auditor)
    response = client.get(f"{ROOT}/exports/ledger.zip", headers={"Authorization": f"Bearer {auditor.secret}"})
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert json.loads(archive.read("ledger/manifest.json"))["moves"] == 1
    assert {"ledger/moves.csv", "ledger/accounts.csv", "ledger/days.csv"} <= set(archive.namelist())


def test_the_docs_page_lists_every_operation_and_loads_nothing_from_elsewhere(db: None, client: Any) -> None:
    page = client.get(f"{ROOT}/docs").content.decode()
    for path, operations in document()["paths"].items():
        assert path in page
        assert all(one["operationId"] in page for one in operations.values())
    assert not re.findall(r"(?:src|href|action)=[\"']?(?:https?:)?//", page)
    assert client.get(f"{ROOT}/openapi.json").json()["openapi"].startswith("3.")


def test_the_document_names_no_operation_twice_and_bounds_every_text() -> None:
    names = [one["operationId"] for ones in document()["paths"].values() for one in ones.values()]
    assert len(names) == len(set(names))
    shapes = [
        shape
        for slice_ in SLICES
        for shape in vars(slice_).values()
        if isinstance(shape, type) and issubclass(shape, Schema)
    ]
    assert len({shape.__name__ for shape in shapes}) == len(set(shapes)), "two shapes of one name hide each other"
    for name, shape in document()["components"]["schemas"].items():
        if not name.endswith(("In", "Edit", "Reason")):
            continue
        for field, part in shape.get("properties", {}).items():
            plain = part.get("type") == "string" and not {"format", "enum", "pattern", "const"} & part.keys()
            assert not plain or "maxLength" in part, f"{name}.{field} has no longest length"


def test_the_examples_of_the_docs_are_what_happens(world: Any, caller: Any, client: Any, project_dir: Path) -> None:
    from yuanshou_ops.situation.actions import add_measure
    from yuanshou_ops.situation.models import Measure

    row = Measure(pk=1, place=world.kenya, kind="lockdown", title="L", starts_on=date(2020, 3, 10), source="decree")
    add_measure(by=world.amina, at=timezone.now(), measure=row)
    secret = caller(world.amina).secret
    page = (project_dir / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    examples = re.findall(r"```sh\n(curl.*?)```\n(?:\n```json\n(.*?)```)?", page, flags=re.DOTALL)
    assert len(examples) == 10
    for command, expected in examples:
        response = curl(client, command.replace("$TOKEN", secret).replace("\\\n", " "))
        if expected:
            assert_part(json.loads(expected), response.json(), command)
        else:
            assert response.status_code == 200
            assert b"".join(response.streaming_content)[:2] == b"PK"


def curl(client: Any, command: str) -> Any:
    """The request a curl command would send, sent by the test's client."""
    words, method, headers, data, url = iter(shlex.split(command)[1:]), "GET", {}, "", ""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _colon, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = next(words)
        elif not word.startswith("-"):
            url = word.removeprefix("http://localhost:8000")
    headers.pop("Content-Type", None)
    return client.generic(method, url, data, content_type="application/json", headers=headers)


def assert_part(expected: Any, found: Any, where: str) -> None:
    """Everything that is expected is in what was found; more may be there."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            assert_part(value, found[name], f"{where} {name}")
    elif isinstance(expected, list):
        for one, other in zip(expected, found, strict=True):
            assert_part(one, other, where)
    else:
        assert expected == found, where


def test_the_permissions_page_is_the_policy_table(project_dir: Path) -> None:
    tool = project_dir / "tools" / "write_permissions_reference.py"
    printed = subprocess.run([sys.executable, tool, "--print"], capture_output=True, text=True, check=True).stdout
    page = project_dir / "docs" / "reference" / "permissions.md"
    assert page.read_text(encoding="utf-8") == printed, "run: python3 dev.py docs"
