"""A world with one row of every kind in two pairs of organisations, and one person in every role, for the matrix.

`mine` are the organisations of the requester and the donor of the matrix, `theirs` are two others; staff belong to the
coordination centre. The makers of the rows are other people, so that four eyes refuse nobody here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import sheets
from django.apps import apps
from django.db.models import Model
from django.utils import timezone

from yuanshou_ops.people.models import Organisation, RoleGrant
from yuanshou_ops.people.policy_table import POLICY, Reach

NOW = datetime(2020, 3, 25, 9, 0, tzinfo=UTC)
ARRIVAL = date(2020, 4, 20)
ALIKE_MAX = 2
PAGE = "Update: March 24, 2020\n\nChina donated 500,000 surgical masks to Kenya on March 23, 2020.\n"


@dataclass(frozen=True)
class Actor:
    """A person of one role and organisation; nobody is signed in where there is no role and no user."""

    name: str
    user: Any
    role: str = ""
    organisation_id: int = 0

    def may(self, action: str, row: Any = None) -> bool:
        """What the policy table says, read here once more and independently of `policy.py`."""
        reach = POLICY[action].get(self.role)
        if reach is None or (is_confidential(row) and self.role not in POLICY["engagements.view_confidential"]):
            return False
        return reach == Reach.ALL or row is None or self.organisation_id in organisations_of(row)

    def mark(self, actions: set[str]) -> tuple[Any, ...]:
        """Equal for two whom the table treats alike in all these actions."""
        reach = tuple(POLICY[action].get(self.role) for action in sorted(actions))
        return self.user is None, reach, self.organisation_id if Reach.OWN in reach else 0

    def reaches_own_only(self, action: str) -> bool:
        return POLICY[action].get(self.role) == Reach.OWN


def organisations_of(row: Any) -> set[int]:
    """The organisations a row belongs to, by the columns its model names."""
    found = set()
    for path in getattr(row, "SCOPE_ORGANISATIONS", ()):
        value = row
        for name in path.split("__"):
            value = getattr(value, name, None)
        found.add(value)
    return found - {None}


def is_confidential(row: Any) -> bool:
    engagement = getattr(row, "engagement", row)
    return getattr(engagement, "classification", "") == "confidential"


def actors(world: SimpleNamespace) -> list[Actor]:
    home = {"requester": world.ministry, "donor": world.giver}
    found = [Actor("public", None), Actor("no role", world.dina)]
    for role in RoleGrant.Role.values:
        organisation = home.get(role, world.centre)
        found.append(Actor(role, world.person(f"Matrix {role}", role, organisation), role, organisation.pk))
    return found


def everybody(world: SimpleNamespace) -> Any:
    """One person with every role in every organisation: whatever is closed to this one is closed to all."""
    user = world.person("Matrix everybody", None, None)
    pairs = {(world.centre, role) for role in RoleGrant.Role.values}
    pairs |= {(organisation, role) for organisation in Organisation.objects.all() for role in ("requester", "donor")}
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, organisation=organisation, role=role, status="active", proposed_at=NOW)
        for organisation, role in pairs
    )
    return user


def build(world: SimpleNamespace) -> None:
    """Rows of every slice, in both pairs of organisations."""
    other_ministry = Organisation.objects.create(
        code="MOH-2", name="Ministry two", kind="government", place=world.kenya
    )
    world.logs = world.person("Logs", "duty_officer", world.centre)
    for ministry, giver, mark in ((world.ministry, world.giver, "M"), (other_ministry, world.stranger, "T")):
        _aid(world, ministry, giver, mark)
        _teams(world, ministry, giver, mark)
        _engagements(world, ministry, mark)
        _imports(world, ministry, giver, mark)
    _desk(world)
    _guidance(world)
    _bulletin(world)


def _aid(world: SimpleNamespace, ministry: Any, giver: Any, mark: str) -> None:
    from yuanshou_ops.ledger import actions as ledger
    from yuanshou_ops.ledger import recall
    from yuanshou_ops.ledger.models import Account, Item
    from yuanshou_ops.ledger.quantities import to_base
    from yuanshou_ops.people import actions as people
    from yuanshou_ops.requests import actions, money, offers
    from yuanshou_ops.shipments import actions as shipments
    from yuanshou_ops.shipments import receipts

    asks, gives = world.person(f"Asks {mark}", "requester", ministry), world.person(f"Gives {mark}", "donor", giver)
    amina, logistician, kenya = world.amina, world.logistician, world.kenya
    item = Item.objects.get(pk="surgical_mask")
    people.propose_grant(by=world.administrator, at=NOW, user=world.dina, organisation=giver, role="donor", reason="x")
    contact = {"place": kenya, "address": "A", "contact_name": "C", "phone": "1"}
    unverified = actions.add_consignee(by=asks, at=NOW, organisation=ministry, name=f"New {mark}", **contact)
    assert unverified.verified_at is None
    receivers = [
        actions.add_consignee(by=asks, at=NOW, organisation=ministry, name=f"Store {n}{mark}", **contact)
        for n in (1, 2)
    ]
    for row in receivers:
        actions.verify_consignee(by=logistician, at=NOW, consignee=row)

    def asked(units: int) -> Any:
        lines = [actions.Asked(item, to_base(item, units))]
        return actions.draft_request(
            by=asks, at=NOW, organisation=ministry, place=kenya, consignee=receivers[0], lines=lines
        )  # fmt: skip

    def submitted(units: int) -> Any:
        return actions.submit_request(
            by=asks, at=NOW, aid_request=asked(units), duplicate_reason="more wards", confirmed_unusual=True
        )  # fmt: skip

    asked(100)
    submitted(110)
    accepted = actions.answer_request(by=amina, at=NOW, aid_request=submitted(120), step="accept")
    actions.propose_consignee_change(by=logistician, at=NOW, aid_request=accepted, to=receivers[1], reason="nearer")
    head = offers.OfferHead(donor=giver, place=world.china)
    lots = [offers.Offered(item, to_base(item, 1000), lot_number=f"{mark}{n}") for n in range(4)]
    offers.announce_offer(key=f"{mark}-1", by=gives, at=NOW, head=head, lines=lots[3:])
    vetted = offers.announce_offer(key=f"{mark}-2", by=gives, at=NOW, head=head, lines=lots[:3])
    for line in vetted.lines.all():
        offers.vet_line(
            by=world.second_approver, at=NOW, line=line, passes=True, arrives_on=ARRIVAL, reason="seen and good"
        )  # fmt: skip
    free = [Account.objects.get(lot__number=f"{mark}{n}", state="vetted") for n in range(3)]
    offers.commit(key=f"{mark}-c", by=gives, at=NOW, account=free[0], quantity=50, place=kenya, reason="promised")
    pledge = {"donor": giver, "recipient": ministry, "purpose": "masks", "currency": "CHF", "amount_minor": 5}
    for day in (1, 2):
        row = money.pledge(by=gives, at=NOW, usd_minor=6, pledged_on=date(2020, 3, day), **pledge)
    money.step_money(by=gives, at=NOW, contribution=row, step="commit", on=date(2020, 3, 3))

    def drafted(key: str, units: int) -> Any:
        return shipments.draft_shipment(
            key=f"{mark}{key}", by=logistician, at=NOW, consignee=receivers[0], way=shipments.Way(arrives_on=ARRIVAL),
            picks=[shipments.Pick(free[1], units)],
        )  # fmt: skip

    drafted("s1", 10)
    packed = shipments.step_shipment(by=logistician, at=NOW, shipment=drafted("s2", 10), step="pack")
    assert packed.status == "packed"
    for key, counts in (("s3", {}), ("s4", {"good": 60, "damaged": 20, "short": 20}), ("s5", {"good": 100})):
        row = drafted(key, 100)
        for step in ("pack", "dispatch"):
            row = shipments.step_shipment(by=logistician, at=NOW, shipment=row, step=step)
        if counts:
            receipts.receive(
                key=f"{mark}{key}", by=asks, at=NOW, shipment=row, counts={1: receipts.Count(**counts)},
                receiver=receipts.Receiver("R"),
            )  # fmt: skip
    short = row.lines.model.objects.get(shipment__key=f"{mark}s4").discrepancies.get(kind="short")
    receipts.settle(by=logistician, at=NOW, discrepancy=short, step="propose_write_off", reason="never found")
    ledger.propose_write_off(by=logistician, at=NOW, account=free[0], quantity=1, reason="wet")
    free[0].refresh_from_db()
    entry = ledger.Entry("reserve", ledger.Key.of(free[0]), ledger.Key.of(free[0]).moved(state="reserved"), 5)
    ledger.hold([entry], key=f"{mark}-h", by=logistician, at=NOW, expires_at=None, reason="kept")
    recall.recall(by=amina, at=NOW, lot=free[2].lot, reason="leaks")
    proposed = recall.recall(by=amina, at=NOW, lot=_lot(world, ledger, giver, item, mark), reason="leaks")
    recall.propose_release(by=logistician, at=NOW, recall_=proposed, reason="false alarm")


def _lot(world: SimpleNamespace, ledger: Any, giver: Any, item: Any, mark: str) -> Any:
    lot = ledger.get_lot(item_id=item.pk, number=f"R{mark}", expires_on=None, origin=giver)
    ledger.stock_in(
        key=f"r{mark}", by=world.logistician, at=NOW, lot=lot, holder=giver, place=world.china, quantity=7, reason="x"
    )
    return lot


def _teams(world: SimpleNamespace, ministry: Any, giver: Any, mark: str) -> None:
    """A team of the giver, open and filled requests of the ministry, and a deployment at every status."""
    from yuanshou_ops.deployments import actions
    from yuanshou_ops.deployments.models import DailyReport, Deployment, Team, TeamRequest

    sends, asks = world.team_coordinator, world.person(f"Hosts {mark}", "requester", ministry)
    team = Team(name=f"Team {mark}", organisation=giver, kind="experts", languages=["en"], evacuation_contact="desk")
    team = actions.add_team(by=sends, at=NOW, team=team, roles=[("nurse", 2, None)])

    def asked(**roles: int) -> Any:
        days = {"starts_on": NOW.date(), "ends_on": ARRIVAL}
        row = TeamRequest(organisation=ministry, place=world.kenya, reason="full wards", roles=roles, **days)
        return actions.ask_for_team(by=asks, at=NOW, request=row)

    wide = asked(doctor=9)
    for turn, steps in enumerate(((), ("accept",), ("accept", "task"), ("accept", "task", "arrive"), ("decline",))):
        first = NOW.date() + timedelta(days=20 * turn)
        row = Deployment(
            team=team, team_request=wide, place=world.kenya, starts_on=first, ends_on=first + timedelta(days=9)
        )
        row = actions.propose(by=sends, at=NOW, deployment=row, acknowledged=True)
        for step in steps:
            at = NOW + timedelta(days=20 * turn)
            who = asks if step in ("accept", "decline") else sends
            actions.step_deployment(by=who, at=at, deployment=row, step=step, text="words", on=first)
        if row.status == "arrived":
            actions.report_day(by=sends, at=at, deployment=row, report=DailyReport(day=first, text="40 patients"))
    filled = asked(nurse=1)
    row = actions.propose(by=sends, at=NOW, deployment=Deployment(
        team=team, team_request=filled, place=world.kenya, starts_on=date(2021, 1, 1), ends_on=date(2021, 1, 9)
    ))  # fmt: skip
    for who, step in ((asks, "accept"), (sends, "task")):
        actions.step_deployment(by=who, at=NOW, deployment=row, step=step, text="ward 4")
    filled.refresh_from_db()
    assert filled.status == "filled"


def _engagements(world: SimpleNamespace, organisation: Any, mark: str) -> None:
    """Planned, internal, confidential and public engagements, one published, with promises said, confirmed and kept in part."""
    from yuanshou_ops.engagements import actions
    from yuanshou_ops.engagements.models import Engagement

    sides = [actions.Side("President H", "President", world.italy, None, True), actions.Side("President K")]

    def logged(classification: str, status: str, days: int) -> Any:
        row = Engagement(
            kind="call", title=f"Call {mark}", organisation=organisation, starts_at=NOW + timedelta(days=days),
            status=status, classification=classification, minutes="what was said",
        )  # fmt: skip
        return actions.log_engagement(by=world.logs, at=NOW, engagement=row, sides=sides)

    logged("internal", "planned", -1)
    for classification in ("public", "internal", "confidential"):
        held = logged(classification, "held", -2)
        for steps in ((), ("confirm",), ("confirm", "keep_partly")):
            said = actions.Said("President H", "President K", "masks", item=None)
            promise = actions.add_promise(by=world.amina, at=NOW, engagement=held, said=said)
            for step in steps:
                actions.step_promise(by=world.amina, at=NOW, promise=promise, step=step, source="a letter")
    actions.publish(by=world.amina, at=NOW, engagement=logged("public", "held", -3))


def _imports(world: SimpleNamespace, ministry: Any, giver: Any, mark: str) -> None:
    """Spreadsheets of both organisations: one not read yet, one to be corrected, one that waits for a yes."""
    from yuanshou_ops.exchange import actions

    senders = {"requests": world.person(f"Sheets {mark}", "requester", ministry),
               "offers": world.person(f"Files {mark}", "donor", giver)}  # fmt: skip
    for kind, by in senders.items():
        wrong = f"Nothing\n{mark}\n".encode()
        actions.upload(by=by, at=NOW, kind=kind, file_name="new.csv", content=wrong)
        actions.process(actions.upload(by=by, at=NOW, kind=kind, file_name="wrong.csv", content=wrong).number)
    offer = sheets.book(sheets.OFFER, sheets.offer(Quantity=3, Lot_number=f"X{mark}"), sheets.offer(Quantity=None))
    right = sheets.book(sheets.OFFER, sheets.offer(Quantity=3, Lot_number=f"Y{mark}"))
    for content in (offer, right):
        row = actions.upload(by=senders["offers"], at=NOW, kind="offers", file_name="offers.xlsx", content=content)
        actions.process(row.number)


def _guidance(world: SimpleNamespace) -> None:
    """A protocol in force with a checked and an unchecked translation, one in review, one draft."""
    from yuanshou_ops.guidance import actions
    from yuanshou_ops.guidance.models import Protocol

    editor, checker = world.clinical_editor, world.analyst
    for last in ("published", "review", "draft"):
        row = Protocol(title="Oxygen", topic="care", organisation=world.centre)
        row = actions.open_protocol(by=editor, at=NOW, protocol=row)
        text = actions.Text("en", "Oxygen", "Give oxygen early.")
        version = actions.write_version(by=editor, at=NOW, protocol=row, text=text)
        if last == "draft":
            continue
        actions.submit(by=editor, at=NOW, version=version)
        for language in ("fr", "es"):
            actions.translate(by=editor, at=NOW, version=version, text=actions.Text(language, "Oxygen", "…"))
        actions.check_translation(by=checker, at=NOW, row=version.translations.get(language="fr"))
        if last == "published":
            actions.publish(by=world.second_approver, at=NOW, version=version)
            actions.acknowledge(by=world.amina, at=NOW, version=version, language="fr")


def _bulletin(world: SimpleNamespace) -> None:
    """Editions proposed and published, a report at every status, comments that wait and one that is shown."""
    from yuanshou_ops.bulletin import actions
    from yuanshou_ops.bulletin.models import Report

    for turn in range(3):
        edition = actions.propose_edition(by=world.analyst, at=NOW)
        if turn < 2:
            actions.step_edition(by=world.amina, at=NOW, edition=edition, step="publish")
    for steps in ((), ("submit",), ("submit", "publish"), ("submit", "publish", "correct")):
        report = actions.write_report(by=world.analyst, at=NOW, report=Report(title="T", body="B", editor="E"))
        for step in steps:
            who = world.analyst if step in ("submit", "correct") else world.amina
            actions.step_report(by=who, at=NOW, report=report, step=step, note="a slip")
        if report.status == "published":
            for n in range(3):
                comment = actions.add_comment(at=NOW, report=report, name="Reader", text=f"thanks {n}")
            actions.moderate(by=world.amina, at=NOW, comment=comment, step="show")


def _desk(world: SimpleNamespace) -> None:
    from yuanshou_ops.duty import actions as duty
    from yuanshou_ops.evidence import actions as evidence
    from yuanshou_ops.ledger.models import Account
    from yuanshou_ops.people.actions import make_token
    from yuanshou_ops.planning.models import PlanCell, PlanLine, PlanRun, Task
    from yuanshou_ops.situation.models import Count, CountUpload, Measure, Outbreak, PlaceSituation, Snapshot, lead

    make_token(by=world.amina, at=timezone.now(), name="other", scopes=["ledger:read"])
    duty.log(by=world.amina, at=NOW, text="quiet")
    duty.hand_over(by=world.amina, at=NOW, text="all quiet", open_alerts=[])
    source, _new = evidence.take_in(by=world.amina, at=NOW, upload=evidence.Upload(PAGE.encode(), "p", ARRIVAL))
    first = source.proposals.order_by("pk").first()
    assert first is not None
    evidence.confirm(by=world.amina, at=NOW, proposal=first, confirmation=evidence.Confirmation())
    evidence.take_in(by=world.amina, at=NOW, upload=evidence.Upload(PAGE.replace("500", "600").encode(), "q", ARRIVAL))
    account = Account.objects.filter(state="vetted", balance__gt=0, frozen=False).earliest("pk")
    for status in ("ready", "submitted"):
        run = PlanRun.objects.create(
            number=f"P-2020-{len(status):06d}", title="T", outbreak=lead(), as_of=NOW.date(),
            created_by_id=world.second_approver.pk,
            scope={"places": [], "items": []}, settings={"policy": "need", "adopt_weeks": 2}, status=status,
            created_at=NOW, fingerprint="f" * 64,
        )  # fmt: skip
        PlanLine.objects.create(
            run=run, line=1, account=account, item_id=account.item_id, source="x", recipient=world.kenya, mode="air",
            week=NOW.date(), arrival=ARRIVAL, planned=5, quantity=5,
        )  # fmt: skip
        PlanCell.objects.create(run=run, place=world.kenya, item_id=account.item_id, need=9, served=5, unmet=4)
        Task.objects.create(kind="plan", run=run, status="done", queued_at=NOW)
    outbreak = Outbreak.objects.create(code="CHOLERA", name="Cholera", disease="cholera")
    upload = CountUpload.objects.create(
        number="C-2020-000001", outbreak=outbreak, known_on=NOW.date(), source="ministry", file_name="c.csv", digest="c",
        uploaded_by_id=world.analyst.pk, uploaded_at=NOW,
    )  # fmt: skip
    Count.objects.create(upload=upload, place=world.kenya, day=NOW.date(), cases=25)
    snapshot = Snapshot.objects.create(outbreak=lead(), as_of=NOW.date(), made_at=NOW, source="counts", digest="d" * 64)
    fan = {name: [1.0] for name in ("median", "low95", "low50", "high50", "high95")}
    PlaceSituation.objects.create(
        snapshot=snapshot, place=world.kenya, cases_cumulative=25, curve={"days": [], "cases": [], "deaths": []},
        forecast={"weeks": ["2020-04-04"], "cases": fan, "deaths": fan},
    )  # fmt: skip
    Measure.objects.create(
        place=world.kenya, kind="lockdown", title="L", starts_on=NOW.date(), source="decree", recorded_at=NOW
    )  # fmt: skip


def rows_by_side(model: type[Model], mine: set[int]) -> dict[str, list[Any]]:
    """Rows of a model on the matrix's own side, on the other side, or `any` where no organisation owns them.

    Of rows alike in status, state, kind and classification, the first `ALIKE_MAX`.
    """
    sides: dict[str, list[Any]] = {}
    alike: Counter[tuple[Any, ...]] = Counter()
    for row in model._default_manager.order_by("pk")[:120]:
        owners = organisations_of(row)
        side = "any" if not getattr(model, "SCOPE_ORGANISATIONS", ()) else "own" if owners & mine else "other"
        side += ", confidential" if is_confidential(row) else ""
        kind = side, *(getattr(row, name, "") for name in ("status", "state", "kind", "classification"))
        alike[kind] += 1
        if alike[kind] <= ALIKE_MAX:
            sides.setdefault(side, []).append(row)
    return sides


def models_of(app: str) -> list[type[Model]]:
    return list(apps.get_app_config(app).get_models()) if app in apps.app_configs else []


def soon(days: int = 30) -> str:
    return (timezone.now() + timedelta(days=days)).date().isoformat()
