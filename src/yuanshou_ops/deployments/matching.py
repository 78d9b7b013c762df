"""Which teams fit a request, and why: every condition with its finding, for the person who decides.

A team *fits* when no hard condition fails (days, double booking, classification, licences, kind). Soft conditions
(languages, roles in full) order the teams that fit. Nothing is chosen here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.deployments.models import LANGUAGES, Deployment, Role, Team, TeamKind, TeamRequest
from yuanshou_ops.deployments.statuses import BINDING
from yuanshou_ops.sentences import Sentence

CLASSIFIED = {TeamKind.EMT1_MOBILE, TeamKind.EMT1_FIXED, TeamKind.EMT2, TeamKind.EMT3, TeamKind.SPECIALISED}
"""Kinds that need a classification that is valid for the whole stay."""


@dataclass(frozen=True)
class Finding:
    """One condition: whether it holds, whether it must, and the words."""

    holds: bool
    must: bool
    words: Any


@dataclass(frozen=True)
class Candidate:
    team: Team
    findings: tuple[Finding, ...]

    @property
    def fits(self) -> bool:
        return all(finding.holds for finding in self.findings if finding.must)

    @property
    def score(self) -> int:
        """How many conditions hold; only orders the candidates that fit."""
        return sum(finding.holds for finding in self.findings)


def candidates(request: TeamRequest) -> list[Candidate]:
    """Every team with its findings, those that fit first, the most conditions met first."""
    teams = Team.objects.select_related("organisation").prefetch_related("roles")
    found = [judge(team, request, request.starts_on, request.ends_on) for team in teams]
    return sorted(found, key=lambda one: (not one.fits, -one.score, one.team.name))


def judge(team: Team, request: TeamRequest | None, starts_on: date, ends_on: date, *, except_pk: int = 0) -> Candidate:
    """The findings about one team for these days (and this request, if the deployment answers one)."""
    findings = [*_days(team, starts_on, ends_on, except_pk), *_papers(team, ends_on)]
    if request is not None:
        findings += _wishes(team, request)
    return Candidate(team, tuple(findings))


def _days(team: Team, starts_on: date, ends_on: date, except_pk: int) -> list[Finding]:
    booked = Deployment.objects.filter(
        team=team, status__in=BINDING, starts_on__lte=ends_on, ends_on__gte=starts_on
    ).exclude(pk=except_pk).select_related("place").first()  # fmt: skip
    words: Any = _("free on these days")
    if booked:
        words = Sentence(
            _("bound to %(place)s until %(day)s (%(number)s)"),
            place=booked.place, day=booked.ends_on, number=booked.number,
        )  # fmt: skip
    found = [Finding(booked is None, True, words)]
    if team.available_from or team.available_until:
        early = team.available_from and team.available_from > starts_on
        late = team.available_until and team.available_until < ends_on
        first, last = team.available_from or "…", team.available_until or "…"
        words = Sentence(_("offered from %(first)s until %(last)s"), first=first, last=last)
        found.append(Finding(not (early or late), True, words))
    return found


def _papers(team: Team, ends_on: date) -> list[Finding]:
    found = []
    if team.kind in CLASSIFIED:
        until = team.classified_until
        words: Any = _("no valid classification is recorded")
        if until:
            words = Sentence(_("classified until %(day)s"), day=until)
        found.append(Finding(until is not None and until >= ends_on, True, words))
    for role in team.roles.all():
        if role.licensed_until is not None and role.licensed_until < ends_on:
            words = Sentence(
                _("a licence of %(role)s ends on %(day)s, during the stay"),
                role=Role(role.role),
                day=role.licensed_until,
            )
            found.append(Finding(False, True, words))
    if not team.evacuation_contact:
        found.append(Finding(False, False, _("no desk for medical evacuation is named")))
    return found


def _wishes(team: Team, request: TeamRequest) -> list[Finding]:
    found = []
    if request.kind:
        words: Any = Sentence(_("%(kind)s is asked for"), kind=TeamKind(request.kind))
        found.append(Finding(team.kind == request.kind, True, words))
    has = {role.role: role.count for role in team.roles.all()}
    for role, count in request.roles.items():
        words = Sentence(_("%(has)s of %(asked)s %(role)s"), has=has.get(role, 0), asked=count, role=Role(role))
        found.append(Finding(has.get(role, 0) >= count, False, words))
    if request.languages:
        shared = [code for code in request.languages if code in team.languages]
        words = Sentence(_("speaks %(languages)s"), languages=[LANGUAGES.get(code, code) for code in shared])
        found.append(Finding(bool(shared), False, words if shared else _("speaks none of the languages asked for")))
    return found


def overlapping() -> Any:
    """Pairs of deployments of one team whose days overlap: always empty; a check for the auditor and the tests."""
    pairs = []
    rows = Deployment.objects.filter(status__in=BINDING).order_by("team_id", "starts_on")
    for row in rows:
        other = rows.filter(
            Q(team=row.team_id), pk__gt=row.pk, starts_on__lte=row.ends_on, ends_on__gte=row.starts_on
        ).first()  # fmt: skip
        if other:
            pairs.append((row, other))
    return pairs
