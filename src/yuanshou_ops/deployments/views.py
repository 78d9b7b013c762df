"""What is seen of teams: who may be sent, who is asked for, who fits and why, who is where."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yuanshou.errors import YuanshouError
from yuanshou_ops.clock import now
from yuanshou_ops.deployments import actions, forms
from yuanshou_ops.deployments.matching import candidates
from yuanshou_ops.deployments.models import LANGUAGES, Deployment, Role, Team, TeamRequest
from yuanshou_ops.deployments.statuses import DEPLOYMENT, TEAM_REQUEST
from yuanshou_ops.evidence.ways import opened_from
from yuanshou_ops.pages import Column, Listing, page, show_form, told_in, typed
from yuanshou_ops.people.models import Organisation
from yuanshou_ops.people.once import once
from yuanshou_ops.people.policy import find, may, require, visible
from yuanshou_ops.steps import possible_steps

STEPS: dict[str, tuple[Any, tuple[str, ...], Any]] = {
    "accept": (_("Accept as host"), (), ""),
    "decline": (_("Decline"), ("text",), _("Reason")),
    "cancel": (_("Cancel"), ("text",), _("Reason")),
    "task": (_("Give the task"), ("text",), _("Task")),
    "arrive": (_("It has arrived"), ("on",), ""),
    "end": (_("It has ended"), ("text", "on"), _("Report at the end")),
}
"""Step → its words, what it needs, what the words are called."""
REQUEST_STEPS = {"withdraw": _("Withdraw"), "close": _("Close"), "reopen": _("Open again")}


@page("deployments.view")
def deployments(request: HttpRequest) -> HttpResponse:
    rows = visible(Deployment, request.user, "deployments.view").select_related("team__organisation", "place")
    columns = [
        Column(
            _("Number"), lambda d: d.number, "number", "code",
            lambda d: reverse("deployments:deployment", args=[d.number]),
        ),
        Column(_("Team"), lambda d: d.team.name, "team__name"),
        Column(_("Organisation"), lambda d: d.team.organisation.name),
        Column(_("Place"), lambda d: d.place.name, "place__name_en"),
        Column(_("From"), lambda d: d.starts_on, "starts_on", "date"),
        Column(_("Until"), lambda d: d.ends_on, "ends_on", "date"),
        Column(_("Status"), lambda d: d.get_status_display(), "status"),
    ]  # fmt: skip
    doors = [
        (reverse("deployments:requests"), _("Requests for teams"), "deployments.view"),
        (reverse("deployments:teams"), _("Teams"), "deployments.view"),
        (reverse("deployments:ask"), _("Ask for a team"), "deployments.ask"),
    ]
    return Listing(
        request, rows, columns, filters=forms.DeploymentFilter, title=_("Teams sent"),
        empty=_("No team is sent yet."),
    ).response(actions=[(a, w) for a, w, action in doors if may(request.user, action)])  # fmt: skip


# --- teams -----------------------------------------------------------------------------------------------------------


@page("deployments.view")
def teams(request: HttpRequest) -> HttpResponse:
    rows = visible(Team, request.user, "deployments.view").select_related("organisation").prefetch_related("roles")
    columns = [
        Column(
            _("Number"), lambda t: t.number, "number", "code", lambda t: reverse("deployments:team", args=[t.number])
        ),
        Column(_("Team"), lambda t: t.name, "name"),
        Column(_("Organisation"), lambda t: t.organisation.name, "organisation__name"),
        Column(_("Kind"), lambda t: t.get_kind_display(), "kind"),
        Column(_("People"), lambda t: sum(role.count for role in t.roles.all()), kind="number"),
        Column(_("Languages"), lambda t: _languages(t.languages)),
        Column(_("Classification valid until"), lambda t: t.classified_until, "classified_until", "date"),
    ]
    doors = [(reverse("deployments:add_team"), _("Register a team"))] if may(request.user, "deployments.team") else []
    return Listing(
        request, rows, columns, filters=forms.TeamFilter, order="name", title=_("Teams"),
        empty=_("No team is registered yet."),
    ).response(actions=doors)  # fmt: skip


def _languages(codes: list[str]) -> str:
    return ", ".join(str(LANGUAGES.get(code, code)) for code in codes)


@page("deployments.team")
def add_team(request: HttpRequest) -> HttpResponse:
    theirs = visible(Organisation, request.user, "deployments.team")
    opened = opened_from(request, "team")
    form = forms.TeamForm(typed(request), organisations=theirs, initial=opened.initial)
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name not in ("key", "roles")}
        roles = form.cleaned_data["roles"]

        def do() -> tuple[int, str]:
            row = actions.add_team(by=request.user, at=now(), team=Team(**values), roles=roles)
            opened.became(row.number)
            return 201, row.number

        with told_in(form, YuanshouError):
            content = {name: str(value) for name, value in form.cleaned_data.items() if name != "key"}
            number = once(key=form.cleaned_data["key"], by=request.user, at=now(), content=content, do=do)[1]
            return redirect("deployments:team", number)
    back = reverse("deployments:teams")
    return show_form(request, form, title=_("Register a team"), submit=_("Register"), back=back)


@page("deployments.view")
def team(request: HttpRequest, number: str) -> HttpResponse:
    row = find(Team.objects.select_related("organisation"), request.user, "deployments.view", number=number)
    context = {
        "row": row, "roles": row.roles.all(), "languages": _languages(row.languages),
        "deployments": row.deployments.select_related("place").order_by("-starts_on"),
    }  # fmt: skip
    return render(request, "deployments/team.html", context)


# --- requests --------------------------------------------------------------------------------------------------------


@page("deployments.view")
def requests(request: HttpRequest) -> HttpResponse:
    rows = visible(TeamRequest, request.user, "deployments.view").select_related("place", "organisation")
    columns = [
        Column(
            _("Number"), lambda r: r.number, "number", "code", lambda r: reverse("deployments:request", args=[r.number])
        ),
        Column(_("Place"), lambda r: r.place.name, "place__name_en"),
        Column(_("Kind"), lambda r: r.get_kind_display() or _("any kind"), "kind"),
        Column(_("Roles"), lambda r: _roles(r.roles)),
        Column(_("From"), lambda r: r.starts_on, "starts_on", "date"),
        Column(_("Until"), lambda r: r.ends_on, "ends_on", "date"),
        Column(_("Status"), lambda r: r.get_status_display(), "status"),
    ]
    doors = [(reverse("deployments:ask"), _("Ask for a team"))] if may(request.user, "deployments.ask") else []
    return Listing(
        request, rows, columns, filters=forms.RequestFilter, title=_("Requests for teams"),
        empty=_("Nobody asks for a team."),
    ).response(actions=doors)  # fmt: skip


def _roles(roles: dict[str, int]) -> str:
    return ", ".join(f"{count} {Role(role).label}" for role, count in roles.items())


@page("deployments.ask")
def ask(request: HttpRequest) -> HttpResponse:
    theirs = visible(Organisation, request.user, "deployments.ask")
    opened = opened_from(request, "team_request")
    form = forms.TeamRequestForm(typed(request), organisations=theirs, initial=opened.initial)
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "key"}
        values["roles"] = {role: count for role, count, _day in values["roles"]}

        def do() -> tuple[int, str]:
            row = actions.ask_for_team(by=request.user, at=now(), request=TeamRequest(**values))
            opened.became(row.number)
            return 201, row.number

        with told_in(form, YuanshouError):
            content = {name: str(value) for name, value in values.items()}
            number = once(key=form.cleaned_data["key"], by=request.user, at=now(), content=content, do=do)[1]
            return redirect("deployments:request", number)
    back = reverse("deployments:requests")
    return show_form(request, form, title=_("Ask for a team"), submit=_("Ask"), back=back)


@page("deployments.view")
def request(request: HttpRequest, number: str) -> HttpResponse:
    rows = TeamRequest.objects.select_related("place", "organisation")
    row = find(rows, request.user, "deployments.view", number=number)
    can_propose = row.status == "open" and may(request.user, "deployments.propose")
    steps = [
        (step, REQUEST_STEPS[step])
        for step in possible_steps(TEAM_REQUEST, row.status)
        if step in REQUEST_STEPS and may(request.user, f"deployments.request_{step}", row)
    ]
    context = {
        "row": row, "roles": _roles(row.roles), "languages": _languages(row.languages), "steps": steps,
        "candidates": candidates(row) if can_propose else [], "can_propose": can_propose,
        "deployments": row.deployments.select_related("team", "place"),
    }  # fmt: skip
    return render(request, "deployments/request.html", context)


@page("deployments.view")
def step_request(request: HttpRequest, number: str, step: str) -> HttpResponse:
    row = find(TeamRequest, request.user, "deployments.view", number=number)
    if step not in REQUEST_STEPS:
        raise Http404
    require(request.user, f"deployments.request_{step}", row)
    if request.method == "POST":
        actions.step_request(by=request.user, at=now(), request=row, step=step)
    return redirect("deployments:request", number)


@page("deployments.propose")
def propose(request: HttpRequest, number: str) -> HttpResponse:
    row = find(TeamRequest.objects.select_related("place"), request.user, "deployments.propose", number=number)
    first = {"team": request.GET.get("team"), "starts_on": row.starts_on, "ends_on": row.ends_on}
    form = forms.ProposeForm(typed(request), initial=first)
    if request.method == "POST" and form.is_valid():
        data = {name: form.cleaned_data[name] for name in ("team", "starts_on", "ends_on")}

        def do() -> tuple[int, str]:
            planned = Deployment(team_request=row, place=row.place, **data)
            made = actions.propose(
                by=request.user, at=now(), deployment=planned, acknowledged=form.cleaned_data["acknowledged"]
            )
            return 201, made.number

        with told_in(form, YuanshouError):
            content = {name: str(value) for name, value in data.items()} | {"request": number}
            made = once(key=form.cleaned_data["key"], by=request.user, at=now(), content=content, do=do)[1]
            return redirect("deployments:deployment", made)
    back = reverse("deployments:request", args=[number])
    return show_form(request, form, title=_("Propose a team for %s") % number, submit=_("Propose"), back=back)


# --- deployments -----------------------------------------------------------------------------------------------------


@page("deployments.view")
def deployment(request: HttpRequest, number: str) -> HttpResponse:
    rows = Deployment.objects.select_related("team__organisation", "team_request", "place")
    row = find(rows, request.user, "deployments.view", number=number)
    steps = [
        (step, STEPS[step][0])
        for step in possible_steps(DEPLOYMENT, row.status)
        if may(request.user, f"deployments.{step}", row)
    ]
    context = {
        "row": row, "steps": steps, "reports": row.reports.all()[:60], "roles": row.team.roles.all(),
        "can_extend": row.status in ("accepted", "tasked", "arrived") and may(request.user, "deployments.extend", row),
        "can_report": row.status in ("arrived", "ended") and may(request.user, "deployments.report", row),
    }  # fmt: skip
    return render(request, "deployments/deployment.html", context)


@page("deployments.view")
def step(request: HttpRequest, number: str, step: str) -> HttpResponse:
    row = find(Deployment.objects.select_related("team"), request.user, "deployments.view", number=number)
    if step not in STEPS:
        raise Http404
    require(request.user, f"deployments.{step}", row)
    words, needs, called = STEPS[step]
    form = forms.StepForm(typed(request), needs=needs, words=called, initial={"on": now().date()})
    if request.method == "POST" and form.is_valid():
        with told_in(form, YuanshouError):
            actions.step_deployment(by=request.user, at=now(), deployment=row, step=step, **form.cleaned_data)
            return redirect("deployments:deployment", number)
    back = reverse("deployments:deployment", args=[number])
    return show_form(request, form, title=words, submit=words, lead=str(row.team), back=back)


@page("deployments.extend")
def extend(request: HttpRequest, number: str) -> HttpResponse:
    row = find(Deployment.objects.select_related("team"), request.user, "deployments.extend", number=number)
    form = forms.ExtendForm(typed(request))
    if request.method == "POST" and form.is_valid():
        with told_in(form, YuanshouError):
            actions.extend(by=request.user, at=now(), deployment=row, **form.cleaned_data)
            return redirect("deployments:deployment", number)
    back = reverse("deployments:deployment", args=[number])
    return show_form(request, form, title=_("Extend %s") % number, submit=_("Extend"), back=back)


@page("deployments.report")
def report(request: HttpRequest, number: str) -> HttpResponse:
    row = find(Deployment.objects.select_related("team"), request.user, "deployments.report", number=number)
    form = forms.ReportForm(typed(request), initial={"day": now().date()})
    if request.method == "POST" and form.is_valid():
        with told_in(form, YuanshouError):
            actions.report_day(by=request.user, at=now(), deployment=row, report=form.save(commit=False))
            return redirect("deployments:deployment", number)
    back = reverse("deployments:deployment", args=[number])
    return show_form(request, form, title=_("Report of the day: %s") % row.team.name, submit=_("Report"), back=back)
