"""The calls and pledges of March 2020 that the example shows: those the news page of 25 March names, and pledges as reported.

The page says that 25 calls with 22 leaders were made from 22 January to 24 March and names six of them; the six are
logged, by office where it gives no name. Pledges come from the shipped table of gifts with their sources.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from yuanshou.reference import load_table
from yuanshou_ops.engagements import actions
from yuanshou_ops.engagements.models import Engagement
from yuanshou_ops.ledger.models import Item
from yuanshou_ops.ledger.quantities import to_base
from yuanshou_ops.people.models import Organisation, Place, User

PAGE = "News page of 25 March 2020, 19:45, 环球同此凉热——中国援手 (as mirrored)"
HOST = ("Xi Jinping", "President", "CHN")
CALLS = (
    ("2020-03-23", (("President of France", "", "FRA"),)),
    ("2020-03-23", (("Prime Minister of the United Kingdom", "", "GBR"),)),
    ("2020-03-23", (("President of Egypt", "", "EGY"),)),
    ("2020-03-24", (("Jair Bolsonaro", "President", "BRA"),)),
    ("2020-03-24", (("Kassym-Jomart Tokayev", "President", "KAZ"),)),
    ("2020-03-24", (("Andrzej Duda", "President", "POL"),)),
)
SUMMIT = ("2020-03-26", "G20 leaders' special summit on COVID-19", (("Leaders of the G20", "", None),))
CALL_SUMMARY = "About the outbreak and work together. The page counts 25 calls with 22 leaders since 22 January."


def load_engagements(who: dict[str, User], at: datetime) -> None:
    """Calls, the planned summit, and reported pledges as promises; published by a second person where public."""
    china = Organisation.objects.filter(name="China").first() or Organisation.objects.get(code="CENTRE")
    for day, others in CALLS:
        title = f"Call: China and {Place.objects.get(pk=others[0][2]).name_en}"
        row = _log("call", title, china, day, (HOST, *others), who, at, summary=CALL_SUMMARY)
        actions.publish(by=who["Amina"], at=at, engagement=row)
    day, title, others = SUMMIT
    row = _log("summit", title, china, day, (HOST, *others), who, at, status="planned")
    actions.publish(by=who["Amina"], at=at, engagement=row)
    _pledges(who, at)


def _log(
    kind: str, title: str, organisation: Organisation, day: str, sides: Any, who: dict[str, User], at: datetime,
    *, status: str = "held", summary: str = "", source: str = PAGE,
) -> Engagement:  # fmt: skip
    row = Engagement(
        kind=kind, title=title[:200], organisation=organisation, status=status, classification="public", summary=summary,
        starts_at=datetime.fromisoformat(f"{day}T04:00+00:00"), has_time=False, source=source[:400],
    )  # fmt: skip
    places = {place.pk: place for place in Place.objects.all()}
    typed = [
        actions.Side(name[:120], office, places.get(code or ""), is_host=number == 0)
        for number, (name, office, code) in enumerate(sides)
    ]
    return actions.log_engagement(by=who["Anders"], at=at, engagement=row, sides=typed)


def _pledges(who: dict[str, User], at: datetime) -> None:
    """Pledges known by the day, one statement for each giver, receiver and day; confirmed where a report of grade B names it."""
    rows = load_table("gifts_2020")
    known = rows[rows["status"].isin(["pledged", "announced"]) & (rows["known_by"] <= at.date().isoformat())]
    known = known[(known["is_total"] == "N") & (known["date_precision"] == "d")]
    known = known.assign(recipient=known["recipient"].str.replace(",", ", "))
    records = sorted(known.to_dict("records"), key=_group)
    items = {item.pk: item for item in Item.objects.all()}
    for (day, donor, receiver), pledged in groupby(records, key=_group):
        lines = list(pledged)
        home = Organisation.objects.filter(name=donor).first() or Organisation.objects.get(code="CENTRE")
        sides = ((donor, "", lines[0]["donor_code"]), (receiver, "", lines[0]["recipient_code"]))
        title = f"Pledge: {donor} to {receiver}"
        row = _log("statement", title, home, day, sides, who, at, source=lines[0]["source"])
        for line in lines:
            _promise(row, line, items, who, at)
        actions.publish(by=who["Amina"], at=at, engagement=row)


def _group(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["date"], row["donor"], row["recipient"]


def _promise(row: Engagement, line: dict[str, Any], items: dict[str, Item], who: dict[str, User], at: datetime) -> None:
    item = items.get(line["item"])
    unit = line["item_reported"].replace("_", " ")
    said = actions.Said(
        promiser=line["donor"][:200], receiver=line["recipient"][:200],
        what=f"{float(line['quantity_reported']):,.0f} {unit} ({line['gift']})",
        promiser_place=Place.objects.filter(pk=line["donor_code"]).first(),
        receiver_place=Place.objects.filter(pk=line["recipient_code"]).first(), item=item,
        quantity=to_base(item, int(line["quantity"])).base if item else None,
    )  # fmt: skip
    promise = actions.add_promise(by=who["Amina"], at=at.astimezone(UTC), engagement=row, said=said)
    if line["grade"] in ("A", "B"):
        actions.step_promise(by=who["Amina"], at=at, promise=promise, step="confirm", source=line["source"])
