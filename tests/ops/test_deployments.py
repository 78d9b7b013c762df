"""Teams: no team in two places, no licence that ends during the stay, and the reasons written down."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yuanshou_ops.deployments import actions
from yuanshou_ops.deployments.matching import candidates, overlapping
from yuanshou_ops.deployments.models import DailyReport, Deployment, Team, TeamRequest
from yuanshou_ops.deployments.statuses import DEPLOYMENT
from yuanshou_ops.errors import NotAllowed, Refused

DAY = date(2020, 3, 25)


def days(n: int) -> date:
    return DAY + timedelta(days=n)


def registered(world: Any, at: datetime, name: str = "Team A", **values: Any) -> Team:
    roles = values.pop("roles", [("doctor", 3, None), ("nurse", 9, days(400))])
    first = {"kind": "emt2", "languages": ["en"], "classified_until": days(200), "evacuation_contact": "desk"}
    team = Team(name=name, organisation=world.giver, **{**first, **values})
    return actions.add_team(by=world.team_coordinator, at=at, team=team, roles=roles)


def asked(world: Any, at: datetime, **values: Any) -> TeamRequest:
    first = {
        "kind": "emt2",
        "roles": {"doctor": 2},
        "languages": ["en", "sw"],
        "starts_on": days(3),
        "ends_on": days(30),
    }
    row = TeamRequest(organisation=world.ministry, place=world.kenya, reason="wards are full", **{**first, **values})
    return actions.ask_for_team(by=world.bilal, at=at, request=row)


def proposed(world: Any, at: datetime, team: Team, request: TeamRequest, **values: Any) -> Deployment:
    first = {"starts_on": request.starts_on, "ends_on": request.ends_on, "place": request.place}
    row = Deployment(team=team, team_request=request, **{**first, **values})
    return actions.propose(by=world.team_coordinator, at=at, deployment=row)


def there(world: Any, at: datetime) -> tuple[Deployment, datetime]:
    row = proposed(world, at, registered(world, at), asked(world, at))
    actions.step_deployment(by=world.bilal, at=at, deployment=row, step="accept")
    actions.step_deployment(by=world.team_coordinator, at=at, deployment=row, step="task", text="Ward 4, Nairobi")
    later = at + timedelta(days=4)
    actions.step_deployment(by=world.bilal, at=later, deployment=row, step="arrive", on=days(4))
    return row, later


def test_a_deployment_moves_only_along_its_table(world: Any, at: datetime) -> None:
    row, later = there(world, at)
    for status, step in product(Deployment.Status.values, {step for _status, step in DEPLOYMENT}):
        Deployment.objects.filter(pk=row.pk).update(status=status)
        row.refresh_from_db()
        who = world.amina if step in ("accept", "decline") else world.team_coordinator
        if (status, step) in DEPLOYMENT:
            actions.step_deployment(by=who, at=later, deployment=row, step=step, text="words", on=days(4))
            assert row.status == DEPLOYMENT[status, step]
            Deployment.objects.filter(pk=row.pk).update(ends_on=days(30))
        else:
            with pytest.raises(Refused):
                actions.step_deployment(by=who, at=later, deployment=row, step=step, text="words", on=days(4))


def test_no_team_is_in_two_places(world: Any, at: datetime) -> None:
    team, request = registered(world, at), asked(world, at)
    first = proposed(world, at, team, request)
    for shift in (-10, 0, 27):
        with pytest.raises(Refused, match="bound to Kenya until Apr 24, 2020"):
            proposed(world, at, team, request, starts_on=days(3 + shift), ends_on=days(30 + shift))
    proposed(world, at, team, request, starts_on=days(31), ends_on=days(40))
    actions.step_deployment(by=world.team_coordinator, at=at, deployment=first, step="cancel", text="not needed")
    proposed(world, at, team, request)
    assert overlapping() == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=2, max_size=6))
def test_whatever_is_proposed_deployments_of_a_team_never_overlap(world: Any, at: datetime, stays: list[Any]) -> None:
    team, request = registered(world, at), asked(world, at)
    bound: set[int] = set()
    for start, length in stays:
        wanted = set(range(start, start + length + 1))
        try:
            proposed(world, at, team, request, starts_on=days(start), ends_on=days(start + length))
            assert not wanted & bound
            bound |= wanted
        except Refused:
            assert wanted & bound
    assert overlapping() == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"classified_until": None}, "no valid classification"),
        ({"classified_until": days(10)}, "classified until Apr 4, 2020"),
        ({"roles": [("doctor", 2, days(10))]}, "licence of doctor ends on Apr 4, 2020"),
        ({"kind": "emt3"}, "EMT type 2 is asked for"),
        ({"available_from": days(5)}, "offered from Mar 30, 2020"),
    ],
)
def test_a_hard_condition_refuses_a_team_in_words(world: Any, at: datetime, values: Any, words: str) -> None:
    team, request = registered(world, at, **values), asked(world, at)
    with pytest.raises(Refused, match=words):
        proposed(world, at, team, request)
    assert Deployment.objects.count() == 0


def test_the_best_team_stands_first_with_its_reasons(world: Any, at: datetime) -> None:
    speaks = registered(world, at, "Speaks", languages=["sw"])
    silent = registered(world, at, "Does not", languages=["ru"])
    unfit = registered(world, at, "Unclassified", classified_until=None)
    found = candidates(asked(world, at))
    assert [one.team for one in found] == [speaks, silent, unfit]
    assert [one.fits for one in found] == [True, True, False]
    assert "speaks Swahili" in [str(finding.words) for finding in found[0].findings]


def test_a_wish_that_is_not_met_must_be_acknowledged(world: Any, at: datetime) -> None:
    team, request = registered(world, at, languages=["ru"]), asked(world, at)
    with pytest.raises(Refused, match="speaks none of the languages"):
        proposed(world, at, team, request)
    row = Deployment(team=team, team_request=request, place=world.kenya, starts_on=days(3), ends_on=days(9))
    row = actions.propose(by=world.team_coordinator, at=at, deployment=row, acknowledged=True)
    assert (False, "speaks none of the languages asked for") in row.why


def test_the_host_decides_and_a_stranger_does_not(world: Any, at: datetime) -> None:
    row = proposed(world, at, registered(world, at), asked(world, at))
    for who in (world.other_requester, world.team_coordinator, world.chen):
        with pytest.raises(NotAllowed):
            actions.step_deployment(by=who, at=at, deployment=row, step="accept")
    with pytest.raises(Refused, match="without words"):
        actions.step_deployment(by=world.bilal, at=at, deployment=row, step="decline")
    actions.step_deployment(by=world.bilal, at=at, deployment=row, step="accept")


def test_a_tasked_team_fills_the_request_and_reports_each_day(world: Any, at: datetime) -> None:
    row, later = there(world, at)
    assert TeamRequest.objects.get().status == "filled"
    report = actions.report_day(
        by=world.chen, at=later, deployment=row, report=DailyReport(day=days(4), consultations=40, text="opened")
    )
    corrected = actions.report_day(
        by=world.chen, at=later, deployment=row, report=DailyReport(day=days(4), consultations=42, text="counted again")
    )
    assert (report.revision, corrected.revision) == (1, 2)
    for day in (days(3), days(5)):
        with pytest.raises(Refused, match="until today"):
            actions.report_day(by=world.chen, at=later, deployment=row, report=DailyReport(day=day, text="x"))
    with pytest.raises(TypeError, match="is a fact"):
        report.save()


def test_an_extension_is_looked_at_like_a_new_deployment(world: Any, at: datetime) -> None:
    row, later = there(world, at)
    other = proposed(world, at, row.team, asked(world, at), starts_on=days(40), ends_on=days(50))
    with pytest.raises(Refused, match=other.number):
        actions.extend(by=world.team_coordinator, at=later, deployment=row, until=days(41), reason="still needed")
    row.refresh_from_db()
    assert row.ends_on == days(30)
    actions.extend(by=world.team_coordinator, at=later, deployment=row, until=days(39), reason="still needed")
    end = at + timedelta(days=35)
    actions.step_deployment(
        by=world.team_coordinator, at=end, deployment=row, step="end", text="handed over", on=days(35)
    )
    assert Deployment.objects.get(pk=row.pk).ends_on == days(35), "the team is free again from the day it left"


def test_a_team_is_asked_for_matched_and_sent_by_forms(client: Client, world: Any, at: datetime) -> None:
    client.force_login(world.team_coordinator)
    team = registered(world, at)
    form = {
        "key": "k", "organisation": world.ministry.pk, "place": "KEN", "kind": "emt2", "roles": "doctor; two",
        "languages": ["en"], "starts_on": "2020-03-28", "ends_on": "2099-04-20", "reason": "wards are full",
    }  # fmt: skip
    wrong = client.post("/teams/requests/add", form)
    assert wrong.status_code == 422
    assert "line 1" in wrong.content.decode()
    client.post("/teams/requests/add", form | {"roles": "doctor; 2"})
    request = TeamRequest.objects.get()
    page = client.get(f"/teams/requests/{request.number}").content.decode()
    assert "classified until" in page
    refused = client.post(
        f"/teams/requests/{request.number}/propose",
        {"key": "p", "team": team.pk, "starts_on": "2020-03-28", "ends_on": "2099-04-20"},
    )
    assert refused.status_code == 422
    made = client.post(
        f"/teams/requests/{request.number}/propose",
        {"key": "p2", "team": team.pk, "starts_on": "2020-03-28", "ends_on": "2020-04-20"},
    )
    number = Deployment.objects.get().number
    assert made["Location"].endswith(number)
    for address in ("", "teams", f"teams/{team.number}", "requests", number, f"{number}/cancel", f"{number}/extend"):
        assert client.get(f"/teams/{address}").status_code in (200, 404), address
    assert client.get(f"/teams/{number}/accept").status_code == 403
