"""One account in many formats: the totals are equal, nothing is invented, and the schemas agree where they are at hand."""

from __future__ import annotations

import csv
import io
import json
import os
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from lxml import etree

from yuanshou_ops.bulletin import actions
from yuanshou_ops.bulletin.models import Edition
from yuanshou_ops.formats import adx, epcis, iati, tables
from yuanshou_ops.requests import money
from yuanshou_ops.shipments.models import Shipment
from yuanshou_ops.situation.models import PlaceSituation

SCHEMAS = os.environ.get("IATI_SCHEMAS", "")


@pytest.fixture
def edition(world: Any, at: datetime, counted: Any, aid: Any) -> Edition:
    for status, amount in (("pledge", 5_000_00), ("paid", 1_234_56)):
        row = money.pledge(
            by=world.amina, at=at, donor=world.giver, recipient=world.centre, purpose="Tests", currency="CHF",
            amount_minor=amount, usd_minor=amount + 1, pledged_on=date(2020, 3, 20),
        )  # fmt: skip
        if status == "paid":
            for step in ("commit", "pay"):
                money.step_money(by=world.amina, at=at, contribution=row, step=step, on=date(2020, 3, 22))
    made = actions.propose_edition(by=world.analyst, at=at)
    return actions.step_edition(by=world.amina, at=at, edition=made, step="publish")


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def expected(edition: Edition) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for _donor, _home, _place, item, *units in edition.account["rows"]:
        for name, value in zip(("promised", "on_the_way", "received", "not_received"), units, strict=True):
            found[item, name] += value
    return dict(found)


def test_the_totals_are_equal_across_formats(edition: Edition) -> None:
    wanted = expected(edition)
    assert wanted["surgical_mask", "received"] == 430
    assert iati.totals(iati.to_iati(edition, reporter="Centre", reporter_ref="XX-C")) == wanted
    hxl = read_csv(tables.to_hxl(edition))[1:]
    assert {(m,): sum(int(row[m]) for row in hxl) for m in ("promised", "on_the_way", "received", "not_received")} == {
        (m,): sum(v for (_item, name), v in wanted.items() if name == m)
        for m in ("promised", "on_the_way", "received", "not_received")
    }
    kind = [row for row in read_csv(tables.to_fts(edition)) if row["contribution_type"] == "in kind"]
    assert sum(int(row["quantity"]) for row in kind if row["status"] == "paid") == 430
    assert sum(int(row["quantity"]) for row in kind if row["status"] == "commitment") == 1000
    assert {row["amount_usd"] for row in kind} == {""}, "nobody valued the goods"


def test_money_is_the_same_in_iati_and_fts(edition: Edition) -> None:
    flows = {row["status"]: row for row in read_csv(tables.to_fts(edition)) if row["contribution_type"] == "financial"}
    assert (flows["paid"]["amount_usd"], flows["paid"]["original_amount"]) == ("1234.57", "1234.56")
    assert flows["pledge"]["date"] == "2020-03-20"
    root = etree.fromstring(iati.to_iati(edition, reporter="Centre", reporter_ref="XX-C"))
    found = {t.find("transaction-type").get("code"): t.findtext("value") for t in root.iter("transaction")}
    assert found == {"13": "5000.01", "1": "1234.57"}


def test_adx_has_the_counts_and_no_value_where_nothing_was_reported(edition: Edition) -> None:
    data = adx.to_adx(edition)
    assert adx.totals(data) == {"CASES_CUMULATIVE": 69201, "DEATHS_CUMULATIVE": 6820, "CASES_NEW_7D": 20}
    kenya = next(g for g in etree.fromstring(data) if g.get("orgUnit") == "KEN")
    assert [v.get("dataElement") for v in kenya] == ["CASES_CUMULATIVE", "CASES_NEW_7D"]


def test_epcis_tells_dispatch_and_receipt_in_order(world: Any, at: datetime, aid: Any) -> None:
    data = epcis.to_epcis(Shipment.objects.all(), at=at)
    assert epcis.totals(data) == {"shipping/in_transit": 500, "receiving/in_progress": 430, "receiving/damaged": 20}
    document = json.loads(data)
    events = document["epcisBody"]["eventList"]
    assert [event["eventTime"] for event in events] == sorted(event["eventTime"] for event in events)
    assert len({event["eventID"] for event in events}) == len(events)
    for event in events:
        assert {"type", "eventTime", "eventTimeZoneOffset", "action", "bizStep", "quantityList"} <= set(event)
        assert event["eventTimeZoneOffset"] == "+00:00"


def test_hubverse_weeks_and_horizons_agree(counted: Any) -> None:
    fan = {"low95": [1, 2], "low50": [3, 4], "median": [5, 6], "high50": [7, 8], "high95": [9, None]}
    forecast = {"weeks": ["2020-03-28", "2020-04-04"], "cases": fan, "deaths": fan}
    PlaceSituation.objects.filter(place="ITA").update(forecast=forecast)
    rows = read_csv(tables.to_hubverse(counted))
    assert len(rows) == 2 * (5 + 4), "what is not there is left out"
    for row in rows:
        days = (date.fromisoformat(row["target_end_date"]) - date.fromisoformat(row["reference_date"])).days
        assert days == 7 * int(row["horizon"])
        assert date.fromisoformat(row["reference_date"]).weekday() == 5
    assert {row["output_type_id"] for row in rows} == {"0.025", "0.25", "0.5", "0.75", "0.975"}


@pytest.mark.skipif(not SCHEMAS, reason="IATI_SCHEMAS names no folder with the IATI 2.03 schemas")
def test_iati_is_valid_against_the_schema(edition: Edition) -> None:
    schema = etree.XMLSchema(etree.parse(str(Path(SCHEMAS) / "iati-activities-schema.xsd")))
    schema.assertValid(etree.fromstring(iati.to_iati(edition, reporter="Centre", reporter_ref="XX-C")))


def test_the_public_gets_what_was_published_and_staff_the_rest(
    client: Client,
    world: Any,
    at: datetime,
    counted: Any,
    aid: Any,
) -> None:
    names = ("account.iati.xml", "account.fts.csv", "account.hxl.csv", "counts.adx.xml")
    for name in names:
        assert client.get(f"/data/{name}").status_code == 404, "nothing is published yet"
    made = actions.propose_edition(by=world.analyst, at=at)
    actions.step_edition(by=world.amina, at=at, edition=made, step="publish")
    for name in names:
        assert client.get(f"/data/{name}").status_code == 200
    assert client.get("/data/account.secret.csv").status_code == 404
    for name in ("hubverse.csv", "epcis.jsonld"):
        assert client.get(f"/data/staff/{name}").status_code == 302
    client.force_login(world.amina)
    for name in ("hubverse.csv", "epcis.jsonld", "epcis.jsonld?place=ITA"):
        assert client.get(f"/data/staff/{name}").status_code == 200
    assert client.get("/data/").status_code == 200
