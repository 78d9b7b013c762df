"""The people, places and goods that the tests of the application share.

Persons never change: Amina coordinates (duty officer), Bilal works at a clinic (requester), Chen gives (donor), Dina is
a stranger to all. Every test runs on SQLite; `test_on_postgresql.py` runs the same tests again on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import translation

NOW = datetime(2020, 3, 25, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Places and items are loaded once for the whole run."""
    from yuanshou_ops.reference import load_reference

    with django_db_blocker.unblock():
        load_reference()


@pytest.fixture
def at() -> datetime:
    return NOW


@pytest.fixture(autouse=True)
def no_second_factor_asked(settings: Any) -> None:
    """The second factor is asked for in the tests that are about it."""
    settings.YUANSHOU = {**settings.YUANSHOU, "SECOND_FACTOR": False}


@pytest.fixture(autouse=True)
def every_test_begins_in_english() -> None:
    """A page asked for in another language leaves that language behind in the process."""
    translation.activate("en")


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    """A coordination centre, a ministry with its clinic, a donor, a stranger, and one person in every role."""
    from yuanshou_ops.people.models import Organisation, Place, RoleGrant, User

    italy, kenya, china = (Place.objects.get(pk=code) for code in ("ITA", "KEN", "CHN"))
    kinds = Organisation.Kind

    def organisation(code: str, name: str, kind: str, place: Any) -> Any:
        return Organisation.objects.create(code=code, name=name, kind=kind, place=place, contact=f"Desk of {name}")

    centre = organisation("CENTRE", "Coordination Centre", kinds.INTERNATIONAL, italy)
    ministry = organisation("MOH-KEN", "Ministry of Health, Kenya", kinds.GOVERNMENT, kenya)
    giver = organisation("GIVER", "Chen Foundation", kinds.COMPANY, china)
    stranger = organisation("OTHER", "Somebody else", kinds.NGO, china)

    def person(name: str, role: str | None, organisation_: Any, place: Any = None) -> Any:
        user = User.objects.create(email=f"{name.lower().replace(' ', '.')}@example.org", name=name)
        if role:
            RoleGrant.objects.create(
                user=user, organisation=organisation_, role=role, place=place, status="active", proposed_at=NOW
            )
        return user

    people = {role: person(role.replace("_", " ").title(), role, centre) for role in RoleGrant.Role.values}
    return SimpleNamespace(
        italy=italy, kenya=kenya, china=china, centre=centre, ministry=ministry, giver=giver, stranger=stranger,
        amina=person("Amina", "duty_officer", centre), bilal=person("Bilal", "requester", ministry),
        chen=person("Chen", "donor", giver), dina=person("Dina", None, None),
        other_requester=person("Omar", "requester", stranger), other_donor=person("Olga", "donor", stranger),
        second_approver=person("Second Approver", "approver", centre), person=person, **people,
    )  # fmt: skip


@pytest.fixture
def stock(world: SimpleNamespace) -> Callable[..., Any]:
    """Put units of an item into vetted stock and return their account."""
    from yuanshou_ops.ledger import actions
    from yuanshou_ops.ledger.models import Account

    def make(
        quantity: int = 1000, *, item: str = "surgical_mask", number: str = "L1", days: int | None = 800,
        holder: Any = None, place: Any = None, origin: Any = None,
    ) -> Account:  # fmt: skip
        expires_on = None if days is None else date(2020, 3, 25) + timedelta(days=days)
        lot = actions.get_lot(item_id=item, number=number, expires_on=expires_on, origin=origin or world.giver)
        posted = actions.stock_in(
            key=f"stock-{item}-{number}-{quantity}-{days}", by=world.logistician, at=NOW, lot=lot,
            holder=holder or world.centre, place=place or world.italy, quantity=quantity,
        )  # fmt: skip
        return Account.objects.get(pk=posted.moves[0].debit_account_id)

    return make


@pytest.fixture
def store_of_kenya(world: Any, at: Any) -> Any:
    """A verified consignee of the ministry."""
    from yuanshou_ops.requests import actions as asking

    row = asking.add_consignee(
        by=world.bilal, at=at, organisation=world.ministry, name="Central store", place=world.kenya,
        address="Industrial Area", contact_name="Bilal", phone="+254 1",
    )  # fmt: skip
    return asking.verify_consignee(by=world.logistician, at=at, consignee=row)


@pytest.fixture
def send_sheet(world: Any, at: Any) -> Any:
    """Send a spreadsheet and look at what it would do."""
    from yuanshou_ops.exchange import actions

    def sent(content: bytes, *, kind: str = "offers", by: Any = None, name: str = "file.xlsx") -> Any:
        by = by or {"offers": world.chen, "requests": world.bilal}.get(kind, world.logistician)
        row = actions.upload(by=by, at=at, kind=kind, file_name=name, content=content)
        return actions.process(row.number)

    return sent


@pytest.fixture
def take_in_sheet(world: Any, at: Any, send_sheet: Any) -> Any:
    """Send a spreadsheet and say yes to what it would do."""
    from yuanshou_ops.exchange import actions

    def taken(content: bytes, *, kind: str = "offers", by: Any = None, **answers: bool) -> Any:
        row = send_sheet(content, kind=kind, by=by)
        assert row.status == "ready", row.preview
        by = by or {"offers": world.chen, "requests": world.bilal}.get(kind, world.logistician)
        row = actions.confirm(by=by, at=at, row=row, mark=row.preview["mark"], answers=answers)
        return actions.process(row.number)

    return taken


@pytest.fixture
def counted(world: SimpleNamespace, at: datetime) -> Any:
    """Counts of two places in a snapshot: Italy, and Kenya whose deaths are not reported."""
    from yuanshou_ops.situation.models import PlaceSituation, Snapshot, lead

    row = Snapshot.objects.create(
        outbreak=lead(), as_of=at.date(), made_at=at, source="test counts", digest="d", settings={}
    )
    for place, cases in ((world.italy, 69176), (world.kenya, 25)):
        PlaceSituation.objects.create(
            snapshot=row, place=place, cases_cumulative=cases, deaths_cumulative=None if cases == 25 else 6820,
            cases_new_7d=10, cases_new_7d_per_100k=1.5,
        )  # fmt: skip
    return row


@pytest.fixture
def aid(world: Any, at: datetime, stock: Any) -> Any:
    """1,000 masks promised, 500 sent of which 430 were accepted and 20 damaged, 50 still not counted."""
    from yuanshou_ops.requests import actions as asking
    from yuanshou_ops.requests import offers
    from yuanshou_ops.shipments import actions as shipping
    from yuanshou_ops.shipments import receipts
    from yuanshou_ops.shipments.outcomes import shipment_outcomes

    consignee = asking.add_consignee(
        by=world.bilal, at=at, organisation=world.ministry, name="Central store", place=world.kenya,
        address="Industrial Area", contact_name="Bilal", phone="+254 1",
    )  # fmt: skip
    consignee = asking.verify_consignee(by=world.logistician, at=at, consignee=consignee)
    account = stock(1500)
    offers.commit(
        key="c", by=world.amina, at=at, account=account, quantity=1000, place=world.kenya,
        expires_at=at + timedelta(days=9), reason="promised",
    )  # fmt: skip
    account.refresh_from_db()
    shipment = shipping.draft_shipment(
        key="s", by=world.logistician, at=at, consignee=consignee, picks=[shipping.Pick(account, 500)],
        way=shipping.Way(arrives_on=at.date() + timedelta(days=5)),
    )  # fmt: skip
    for step in ("pack", "dispatch"):
        shipment = shipping.step_shipment(by=world.logistician, at=at, shipment=shipment, step=step)
    (outcome,) = shipment_outcomes(shipment)
    receipts.receive(
        key="r", by=world.logistician, at=at, shipment=shipment,
        counts={outcome.line.line: receipts.Count(good=430, damaged=20)}, receiver=receipts.Receiver("Store", "keeper"),
    )  # fmt: skip
    return shipment
