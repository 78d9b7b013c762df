"""Teams for programs: teams by role, requests for teams with who fits and why, deployments and their daily reports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from yuanshou_ops.api.doors import Call, Door, named, pick
from yuanshou_ops.api.types import (
    Code,
    Day,
    FromFact,
    In,
    Line,
    Maybe200,
    MaybeReason,
    Number0,
    Number1,
    Out,
    Reason,
    Yes,
    known,
    one_of,
    via,
    words,
)
from yuanshou_ops.clock import now
from yuanshou_ops.deployments import actions, forms
from yuanshou_ops.deployments.matching import candidates
from yuanshou_ops.deployments.models import LANGUAGES, DailyReport, Deployment, Role, Team, TeamKind, TeamRequest
from yuanshou_ops.deployments.statuses import DEPLOYMENT, TEAM_REQUEST
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.people.policy import find, visible
from yuanshou_ops.steps import possible_steps

door = Door("deployments")
REQUEST_STEPS = {
    "withdraw": "Take a request for a team back.",
    "close": "Close a request for a team that needs nobody more.",
    "reopen": "Open a filled request again.",
}
LONG = words(8000, least=1)
Speaks = Annotated[tuple[known(LANGUAGES), ...], Field(max_length=len(LANGUAGES))]


class RoleOut(Out):
    role: one_of(Role)
    count: int
    licensed_until: date | None


class TeamOut(FromFact):
    FACT_KIND = "team"
    number: str
    name: str
    organisation: str = via("organisation.code")
    kind: one_of(TeamKind)
    languages: list[str]
    roles: list[RoleOut]
    classified_until: date | None
    self_sufficient_days: int | None
    evacuation_contact: str
    available_from: date | None
    available_until: date | None
    note: str
    version: int


class RoleCountIn(In):
    role: one_of(Role)
    count: Number1


class RoleIn(RoleCountIn):
    """How many, and the day on which the first of their licences ends."""

    licensed_until: Day | None = None


class TeamIn(In):
    name: words(160, least=1)
    organisation: Code
    kind: one_of(TeamKind)
    roles: Annotated[list[RoleIn], Field(min_length=1, max_length=len(Role))]
    languages: Annotated[Speaks, Field(min_length=1)]
    classified_until: Day | None = None
    self_sufficient_days: Number0 | None = None
    evacuation_contact: Maybe200 = ""
    available_from: Day | None = None
    available_until: Day | None = None
    note: words(400) = ""


class TeamRequestOut(FromFact):
    FACT_KIND = "team_request"
    number: str
    organisation: str = via("organisation.code")
    place: str = via("place_id")
    kind: str
    roles: dict[str, int]
    languages: list[str]
    starts_on: date
    ends_on: date
    site: str
    reason: str
    status: one_of(TeamRequest.Status)
    asked_at: datetime
    next_steps: list[str]
    version: int

    @staticmethod
    def resolve_next_steps(row: TeamRequest) -> list[str]:
        return possible_steps(TEAM_REQUEST, row.status)


class TeamRequestIn(In):
    """A kind, or at least one role."""

    organisation: Code
    place: Code
    kind: one_of(TeamKind) | None = None
    roles: Annotated[tuple[RoleCountIn, ...], Field(max_length=len(Role))] = ()
    languages: Speaks = ()
    starts_on: Day
    ends_on: Day
    site: Maybe200 = ""
    reason: words(400, least=1)


class FindingOut(Out):
    """One condition: whether it holds, whether it must, and why."""

    holds: bool
    must: bool
    words: Annotated[str, BeforeValidator(str)]


class CandidateOut(Out):
    team: str = via("team.number")
    name: str = via("team.name")
    organisation: str = via("team.organisation.code")
    fits: bool
    findings: list[FindingOut]


class Candidates(Out):
    candidates: list[CandidateOut]


class DeploymentOut(Out):
    number: str
    team: str = via("team.number")
    request: str | None = via("team_request.number", None)
    place: str = via("place_id")
    starts_on: date
    ends_on: date
    status: one_of(Deployment.Status)
    reasons: list[Any] = via("why")
    task: str
    arrived_on: date | None
    ended_on: date | None
    end_report: str
    reason: str
    source: str
    next_steps: list[str]
    version: int

    @staticmethod
    def resolve_next_steps(row: Deployment) -> list[str]:
        return possible_steps(DEPLOYMENT, row.status)


class ProposeIn(In):
    """`acknowledged` says that one knows which wishes are not met."""

    team: Code
    starts_on: Day
    ends_on: Day
    acknowledged: Yes = False


class TaskIn(In):
    task: LONG


class OnIn(In):
    on: Day


class EndIn(OnIn):
    report: LONG


class ExtendIn(In):
    until: Day
    reason: Line


class DailyOut(Out):
    deployment: str = via("deployment.number")
    day: date
    revision: int
    consultations: int | None
    people_trained: int | None
    everybody_safe: bool
    text: str
    reported_at: datetime


class DailyIn(In):
    """A count that is not known is left out; a second report of a day corrects the first."""

    day: Day
    consultations: Number0 | None = None
    people_trained: Number0 | None = None
    everybody_safe: Yes
    text: LONG


def _deployments() -> Any:
    return Deployment.objects.select_related("team__organisation", "team_request", "place")


# --- teams and requests ----------------------------------------------------------------------------------------------


@door.list("/teams", "deployments.view", TeamOut, filters=forms.TeamFilter)
def teams(call: Call) -> Any:
    """Teams that may be sent, as people counted by role."""
    rows = Team.objects.select_related("organisation").prefetch_related("roles")
    return visible(rows, call.by, "deployments.view")


@door.one("/teams/{number}", "deployments.view", TeamOut)
def team(call: Call, number: Code) -> Team:
    """One team."""
    return find(Team.objects.select_related("organisation"), call.by, "deployments.view", number=number)


@door.add("/teams", "deployments.team", TeamOut)
def add_team(call: Call, body: TeamIn) -> Team:
    """Register a team of one's own organisation, or of any for a coordinator of teams."""
    mine = visible(Organisation, call.by, "deployments.team")
    values = body.model_dump(exclude={"roles"}) | {
        "organisation": pick(mine, "organisation", body.organisation, by="code"), "languages": list(body.languages),
    }  # fmt: skip
    roles = [(one.role.value, one.count, one.licensed_until) for one in body.roles]
    return actions.add_team(by=call.by, at=now(), team=Team(**values), roles=roles)


@door.list("/team-requests", "deployments.view", TeamRequestOut, filters=forms.RequestFilter)
def team_requests(call: Call) -> Any:
    """Who asks for a team, where and when."""
    return visible(TeamRequest, call.by, "deployments.view").select_related("organisation")


@door.one("/team-requests/{number}", "deployments.view", TeamRequestOut)
def team_request(call: Call, number: Code) -> TeamRequest:
    """One request for a team."""
    return find(TeamRequest.objects.select_related("organisation"), call.by, "deployments.view", number=number)


@door.add("/team-requests", "deployments.ask", TeamRequestOut)
def ask_for_team(call: Call, body: TeamRequestIn) -> TeamRequest:
    """Ask for a team: a kind or roles, and the days."""
    mine = visible(Organisation, call.by, "deployments.ask")
    values = body.model_dump(exclude={"roles"}) | {
        "organisation": pick(mine, "organisation", body.organisation, by="code"),
        "place": pick(Place, "place", body.place), "kind": body.kind or "", "languages": list(body.languages),
        "roles": {one.role.value: one.count for one in body.roles},
    }  # fmt: skip
    return actions.ask_for_team(by=call.by, at=now(), request=TeamRequest(**values))


@door.one("/team-requests/{number}/candidates", "deployments.propose", Candidates)
def team_candidates(call: Call, number: Code) -> dict[str, Any]:
    """Every team with each condition and its finding, those that fit first. Nothing is chosen here."""
    row = find(TeamRequest, call.by, "deployments.propose", number=number)
    return {"candidates": candidates(row)}


@door.add("/team-requests/{number}/deployments", "deployments.propose", DeploymentOut)
def propose_team(call: Call, number: Code, body: ProposeIn) -> Deployment:
    """Bind a team for these days and ask the host. The answer names every condition that fails."""
    row = find(TeamRequest.objects.select_related("place"), call.by, "deployments.propose", number=number)
    chosen = pick(Team, "team", body.team, by="number")
    planned = Deployment(
        team=chosen, team_request=row, place=row.place, starts_on=body.starts_on, ends_on=body.ends_on
    )  # fmt: skip
    return actions.propose(by=call.by, at=now(), deployment=planned, acknowledged=body.acknowledged)


def _request_step(step: str, meaning: str) -> Any:
    def take(call: Call, number: Code, body: MaybeReason) -> TeamRequest:
        row = find(TeamRequest, call.by, f"deployments.request_{step}", number=number)
        return actions.step_request(by=call.by, at=now(), request=row, step=step, reason=body.reason)

    return named(take, f"{step}_team_request", meaning)


for _step_, _meaning in REQUEST_STEPS.items():
    _path = f"/team-requests/{{number}}/{_step_}"
    door.step(_path, f"deployments.request_{_step_}", TeamRequestOut)(_request_step(_step_, _meaning))


# --- deployments -----------------------------------------------------------------------------------------------------


@door.list("/deployments", "deployments.view", DeploymentOut, filters=forms.DeploymentFilter)
def deployments(call: Call) -> Any:
    """Which team is bound to which place, and when."""
    return visible(_deployments(), call.by, "deployments.view")


@door.one("/deployments/{number}", "deployments.view", DeploymentOut)
def deployment(call: Call, number: Code) -> Deployment:
    """One deployment with the reasons it was proposed for."""
    return find(_deployments(), call.by, "deployments.view", number=number)


def _step(call: Call, number: str, step: str, **more: Any) -> Deployment:
    row = find(_deployments(), call.by, f"deployments.{step}", number=number)
    return actions.step_deployment(by=call.by, at=now(), deployment=row, step=step, **more)


@door.step("/deployments/{number}/accept", "deployments.accept", DeploymentOut)
def accept_team(call: Call, number: Code) -> Deployment:
    """Accept a proposed team, as the host."""
    return _step(call, number, "accept")


@door.step("/deployments/{number}/decline", "deployments.decline", DeploymentOut)
def decline_team(call: Call, number: Code, body: Reason) -> Deployment:
    """Decline a proposed team, as the host."""
    return _step(call, number, "decline", text=body.reason)


@door.step("/deployments/{number}/cancel", "deployments.cancel", DeploymentOut)
def cancel_deployment(call: Call, number: Code, body: Reason) -> Deployment:
    """Give a deployment up before the team is there."""
    return _step(call, number, "cancel", text=body.reason)


@door.step("/deployments/{number}/task", "deployments.task", DeploymentOut)
def task_team(call: Call, number: Code, body: TaskIn) -> Deployment:
    """Say what an accepted team will do; a request whose roles are all there is filled."""
    return _step(call, number, "task", text=body.task)


@door.step("/deployments/{number}/arrive", "deployments.arrive", DeploymentOut)
def team_arrives(call: Call, number: Code, body: OnIn) -> Deployment:
    """Write down on which day a team came."""
    return _step(call, number, "arrive", on=body.on)


@door.step("/deployments/{number}/end", "deployments.end", DeploymentOut)
def end_deployment(call: Call, number: Code, body: EndIn) -> Deployment:
    """End a deployment with its report; the team is free again."""
    return _step(call, number, "end", on=body.on, text=body.report)


@door.step("/deployments/{number}/extend", "deployments.extend", DeploymentOut)
def extend_deployment(call: Call, number: Code, body: ExtendIn) -> Deployment:
    """Keep a team longer; every condition is looked at again."""
    row = find(_deployments(), call.by, "deployments.extend", number=number)
    return actions.extend(by=call.by, at=now(), deployment=row, until=body.until, reason=body.reason)


@door.list("/deployments/{number}/reports", "deployments.view", DailyOut)
def daily_reports(call: Call, number: Code) -> Any:
    """The reports of a team, day by day, corrections included."""
    row = find(Deployment, call.by, "deployments.view", number=number)
    return row.reports.select_related("deployment")


@door.add("/deployments/{number}/reports", "deployments.report", DailyOut)
def report_day(call: Call, number: Code, body: DailyIn) -> DailyReport:
    """Report the day of a team that is there."""
    row = find(_deployments(), call.by, "deployments.report", number=number)
    return actions.report_day(by=call.by, at=now(), deployment=row, report=DailyReport(**body.model_dump()))
