"""The API: the whole way of goods by programs alone, tokens, keys, paging, versions, and one shape for every problem."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from yuanshou_ops.ledger import checks
from yuanshou_ops.ledger.models import Move
from yuanshou_ops.people import actions as people
from yuanshou_ops.people.models import AuditEvent, CommandOnce

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
    logistician.put(f"/shipments/{shipment}/packages", {"packages": [{"line": 1, "quantity": 600}]}, 1)
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
