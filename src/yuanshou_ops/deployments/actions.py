"""What may happen to teams: register, ask, propose, accept, task, arrive, report, extend, end.

No team is in two places: every step that binds days locks the team's row first and looks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.deployments.matching import Candidate, judge
from yuanshou_ops.deployments.models import DailyReport, Deployment, Role, Team, TeamRequest, TeamRole
from yuanshou_ops.deployments.statuses import DEPLOYMENT, REASON_STEPS, TEAM_REQUEST
from yuanshou_ops.errors import Refused
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.numbers import next_number
from yuanshou_ops.people.policy import require
from yuanshou_ops.sentences import keep
from yuanshou_ops.steps import advance

RoleCount = tuple[str, int, date | None]
"""A role, how many, and the day on which the first of their licences ends."""


@transaction.atomic
def add_team(*, by: Any, at: datetime, team: Team, roles: Sequence[RoleCount]) -> Team:
    """Register a team by roles; raises `Refused` without anybody in it."""
    require(by, "deployments.team", team)
    if not roles:
        raise Refused(_("a team without people"), _("at least one role with a count"), _("add the roles"))
    team.number, team.added_by_id, team.added_at = next_number("T", at), by.pk, at
    team.save()
    TeamRole.objects.bulk_create([TeamRole(team=team, role=r, count=n, licensed_until=day) for r, n, day in roles])
    after = snapshot(team) | {"roles": [[r, n, day.isoformat() if day else None] for r, n, day in roles]}
    record(by=by, at=at, action="deployments.team", target=team, after=after)
    return team


@transaction.atomic
def ask_for_team(*, by: Any, at: datetime, request: TeamRequest) -> TeamRequest:
    """Ask for a team: a kind or at least one role, and days that have not passed."""
    require(by, "deployments.ask", request)
    if not request.kind and not request.roles:
        raise Refused(_("a request for nobody"), _("a kind of team or at least one role"), _("say who is needed"))
    if request.ends_on < request.starts_on or request.ends_on < at.date():
        raise Refused(
            _("%(starts_on)s until %(ends_on)s"),
            _("days in order that have not passed"),
            _("correct the days"),
            starts_on=request.starts_on,
            ends_on=request.ends_on,
        )
    request.number, request.asked_by_id, request.asked_at = next_number("Q", at), by.pk, at
    request.save()
    record(by=by, at=at, action="deployments.ask", target=request, after=snapshot(request))
    return request


def step_request(*, by: Any, at: datetime, request: TeamRequest, step: str, reason: str = "") -> TeamRequest:
    """Withdraw, close or reopen a request."""
    require(by, f"deployments.request_{step}", request)
    with change(by=by, at=at, action=f"deployments.request_{step}", target=request, reason=reason):
        request.status = advance(TEAM_REQUEST, request.status, step)
        request.save_changes("status")
    return request


@transaction.atomic
def propose(
    *, by: Any, at: datetime, deployment: Deployment, acknowledged: bool = False
) -> Deployment:  # fmt: skip
    """Bind a team to a place for some days and ask the host; the reasons are kept with it.

    Raises `Refused` naming every hard condition that fails; soft ones must be acknowledged.
    """
    require(by, "deployments.propose", deployment)
    request = deployment.team_request
    if request is not None and (request.status != "open" or request.place_id != deployment.place_id):
        raise Refused(
_("%(request)s is %(status)s, for %(place)s"), _("an open request of the same place"), _("choose another request"), request=request, status=request.get_status_display, place=request.place
)  # fmt: skip
    found = _check(deployment)
    soft = [finding.words for finding in found.findings if not finding.holds and not finding.must]
    if soft and not acknowledged:
        raise Refused(
            _("wishes that are not met: %(differences)s"),
            _("every wish met, or the differences acknowledged"),
            _("tick the box to go on"),
            differences=soft,
        )
    deployment.number, deployment.proposed_by_id, deployment.proposed_at = next_number("D", at), by.pk, at
    deployment.reasons = [[finding.holds, keep(finding.words)] for finding in found.findings]
    deployment.save()
    record(by=by, at=at, action="deployments.propose", target=deployment, after=snapshot(deployment))
    return deployment


def _check(deployment: Deployment) -> Candidate:
    """Lock the team, then see whether it may be bound for the days; hard conditions that fail are named together."""
    Team.objects.select_for_update().get(pk=deployment.team_id)
    found = judge(
        deployment.team, deployment.team_request, deployment.starts_on, deployment.ends_on, except_pk=deployment.pk or 0
    )
    hard = [finding.words for finding in found.findings if not finding.holds and finding.must]
    if hard:
        raise Refused(
            _("a team that cannot go: %(reasons)s"),
            _("a team that is free, offered, classified and licensed"),
            _("choose another team or days"),
            reasons=hard,
        )
    return found


def step_deployment(
    *, by: Any, at: datetime, deployment: Deployment, step: str, text: str = "", on: date | None = None
) -> Deployment:  # fmt: skip
    """Accept or decline (the host), task, arrive, end, cancel.

    Raises `Refused` for a step without what it needs: a reason, a task, a day that has come.
    """
    require(by, f"deployments.{step}", deployment)
    following = advance(DEPLOYMENT, deployment.status, step)
    if step in (*REASON_STEPS, "task", "end") and not text.strip():
        raise Refused(_("this step without words"), _("the reason, the task or the report"), _("write it"))
    if step in ("arrive", "end") and (on is None or on > at.date() or on < deployment.starts_on):
        raise Refused(
            _("the day %(day)s"),
            _("a day from %(first)s until today"),
            _("correct the day"),
            day=on,
            first=deployment.starts_on,
        )
    with change(
        by=by, at=at, action=f"deployments.{step}", target=deployment, reason=text if step in REASON_STEPS else ""
    ):
        deployment.status = following
        fields = ["status"]
        for name, value in _changes(step, text.strip(), on).items():
            setattr(deployment, name, value)
            fields.append(name)
        deployment.save_changes(*fields)
        if step == "task" and deployment.team_request is not None:
            _fill(by, at, deployment.team_request)
    return deployment


def _changes(step: str, text: str, on: date | None) -> dict[str, Any]:
    if step == "task":
        return {"task": text}
    if step == "arrive":
        return {"arrived_on": on}
    if step == "end":
        return {"ended_on": on, "ends_on": on, "end_report": text}
    return {"reason": text[:300]} if step in REASON_STEPS else {}


def _fill(by: Any, at: datetime, request: TeamRequest) -> None:
    """A request is filled once the tasked teams have every role it asks for."""
    tasked = TeamRole.objects.filter(
        team__deployments__team_request=request, team__deployments__status__in=("tasked", "arrived")
    )
    has: dict[str, int] = {}
    for role in tasked:
        has[role.role] = has.get(role.role, 0) + role.count
    if request.status == "open" and all(has.get(role, 0) >= count for role, count in request.roles.items()):
        with change(by=by, at=at, action="deployments.request_fill", target=request):
            request.status = advance(TEAM_REQUEST, request.status, "fill")
            request.save_changes("status")


def extend(*, by: Any, at: datetime, deployment: Deployment, until: date, reason: str) -> Deployment:
    """Keep a team longer; looked at again as if it were new, so that no other deployment or expired licence is passed over."""
    require(by, "deployments.extend", deployment)
    if deployment.status not in ("accepted", "tasked", "arrived"):
        raise Refused(
            _("a deployment that is %(status)s"),
            _("one that goes on"),
            _("reload the page"),
            status=deployment.get_status_display,
        )
    if until <= deployment.ends_on or not reason.strip():
        raise Refused(
            _("an extension until %(until)s"),
            _("a day after %(end)s, and why"),
            _("correct it"),
            until=until,
            end=deployment.ends_on,
        )
    with change(by=by, at=at, action="deployments.extend", target=deployment, reason=reason):
        deployment.ends_on = until
        _check(deployment)
        deployment.save_changes("ends_on")
    return deployment


@transaction.atomic
def report_day(*, by: Any, at: datetime, deployment: Deployment, report: DailyReport) -> DailyReport:
    """The report of one day of a team that is there; a second one for the same day is a correction."""
    require(by, "deployments.report", deployment)
    if deployment.arrived_on is None or not deployment.arrived_on <= report.day <= at.date():
        raise Refused(
_("a report for %(day)s"), _("a day from the arrival (%(arrived_on)s) until today"), _("correct the day"), day=report.day, arrived_on=deployment.arrived_on or _("not yet")
)  # fmt: skip
    if deployment.status not in ("arrived", "ended"):
        raise Refused(
            _("a team that is %(status)s"),
            _("a team that is there"),
            _("record the arrival"),
            status=deployment.get_status_display,
        )
    earlier = deployment.reports.filter(day=report.day).order_by("-revision").first()
    report.deployment, report.revision = deployment, earlier.revision + 1 if earlier else 1
    report.reported_by_id, report.reported_at = by.pk, at
    report.save()
    record(by=by, at=at, action="deployments.report", target=report, after=snapshot(report))
    return report


def parse_roles(text: str) -> list[RoleCount]:
    """Roles typed one a line: `role; how many; first licence ends`. Raises `ValueError` naming the line."""
    found = []
    for number, line in enumerate((one for one in text.splitlines() if one.strip()), start=1):
        role, count, day = (part.strip() for part in (line + ";;").split(";")[:3])
        try:
            if role not in Role.values or int(count) < 1:
                raise ValueError
            found.append((role, int(count), date.fromisoformat(day) if day else None))
        except ValueError:
            raise ValueError(f"line {number}, “{line.strip()}”") from None
    if len({role for role, _count, _day in found}) != len(found):
        raise ValueError("a role named twice")
    return found
