"""What is seen of people: organisations, members, grants, tokens, the audit trail."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yuanshou_ops.errors import EditConflict
from yuanshou_ops.pages import Column, Listing, page, show_conflict, show_form, typed
from yuanshou_ops.people import actions, forms
from yuanshou_ops.people.models import ApiToken, AuditEvent, Organisation, RoleGrant, User
from yuanshou_ops.people.policy import find, may, visible


@page("people.view")
def organisations(request: HttpRequest) -> HttpResponse:
    rows = visible(Organisation, request.user, "people.view").select_related("place")
    columns = [
        Column(_("Code"), lambda o: o.code, "code", "code", lambda o: reverse("people:organisation", args=[o.code])),
        Column(_("Name"), lambda o: o.name, "name"),
        Column(_("Kind"), lambda o: o.get_kind_display(), "kind"),
        Column(_("Place"), lambda o: o.place.name),
        Column(_("Contact"), lambda o: o.contact),
    ]
    doors = [
        (reverse("people:organisation_add"), _("Add an organisation"), "people.organisation_add"),
        (reverse("people:member_add"), _("Add a member"), "people.member_add"),
        (reverse("people:grants"), _("Role grants"), "people.view"),
        (reverse("people:audit"), _("Audit trail"), "audit.view"),
    ]
    shown = [(address, words) for address, words, action in doors if may(request.user, action)]
    return Listing(
        request, rows, columns, filters=forms.OrganisationFilter, order="name", title=_("Organisations")
    ).response(actions=shown)


@page("people.view")
def organisation(request: HttpRequest, code: str) -> HttpResponse:
    row = find(Organisation.objects.select_related("place"), request.user, "people.view", code=code)
    grants = row.grants.filter(status__in=["active", "proposed"]).select_related("user", "place").order_by("user__name")
    can_edit = may(request.user, "people.organisation_edit", row)
    return render(request, "people/organisation.html", {"organisation": row, "grants": grants, "can_edit": can_edit})


@page("people.organisation_add")
def organisation_add(request: HttpRequest) -> HttpResponse:
    form = forms.OrganisationForm(typed(request))
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "key"}
        row = actions.add_organisation(by=request.user, at=timezone.now(), **values)
        return redirect("people:organisation", row.code)
    return show_form(
        request, form, title=_("Add an organisation"), submit=_("Add"), back=reverse("people:organisations")
    )


@page("people.organisation_edit")
def organisation_edit(request: HttpRequest, code: str) -> HttpResponse:
    row = find(Organisation, request.user, "people.organisation_edit", code=code)
    form = forms.OrganisationEditForm(typed(request), instance=row, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form._meta.fields}
        try:
            actions.edit_organisation(
                by=request.user,
                at=timezone.now(),
                organisation=row,
                expected_version=form.cleaned_data["version"],
                **values,
            )
        except EditConflict as conflict:
            return show_conflict(request, form, conflict.current, title=row)
        return redirect("people:organisation", code)
    return show_form(request, form, title=row, submit=_("Save"), back=reverse("people:organisation", args=[code]))


@page("people.member_add")
def member_add(request: HttpRequest) -> HttpResponse:
    form = forms.MemberForm(typed(request))
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("email", "name", "password")}
        user = actions.add_member(by=request.user, at=timezone.now(), **values)
        messages.success(request, _("%s was added. Propose a role next.") % user)
        return redirect(f"{reverse('people:grant_propose')}?user={user.pk}")
    return show_form(request, form, title=_("Add a member"), submit=_("Add"), back=reverse("people:organisations"))


@page("people.member_deactivate")
def member_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    form = forms.DecisionForm(typed(request))
    if request.method == "POST" and form.is_valid():
        actions.deactivate_member(by=request.user, at=timezone.now(), user=user, reason=form.cleaned_data["reason"])
        return redirect("people:organisations")
    return show_form(request, form, title=_("Deactivate %s") % user, submit=_("Deactivate"))


@page("people.view")
def grants(request: HttpRequest) -> HttpResponse:
    rows = visible(RoleGrant, request.user, "people.view").select_related("user", "organisation", "place")
    columns = [
        Column(_("Person"), lambda g: g.user.name, "user__name", link=lambda g: reverse("people:grant", args=[g.pk])),
        Column(_("Role"), lambda g: g.get_role_display(), "role"),
        Column(_("Organisation"), lambda g: g.organisation.name),
        Column(_("Place"), lambda g: g.place.name if g.place else _("every place")),
        Column(_("Status"), lambda g: g.get_status_display(), "status"),
        Column(_("Proposed"), lambda g: g.proposed_at, "proposed_at", "date"),
    ]
    shown = (
        [(reverse("people:grant_propose"), _("Propose a role"))] if may(request.user, "people.grant_propose") else []
    )
    return Listing(request, rows, columns, order="-id", title=_("Role grants")).response(actions=shown)


@page("people.view")
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(RoleGrant.objects.select_related("user", "organisation", "place"), request.user, "people.view", pk=pk)
    context = {
        "grant": row,
        "can_decide": row.status == "proposed" and may(request.user, "people.grant_decide", row),
        "can_revoke": row.status == "active" and may(request.user, "people.grant_revoke", row),
        "proposed_by": User.objects.filter(pk=row.proposed_by_id).first(),
    }
    return render(request, "people/grant.html", context)


@page("people.grant_propose")
def grant_propose(request: HttpRequest) -> HttpResponse:
    form = forms.GrantForm(typed(request), initial={"user": request.GET.get("user")})
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("user", "organisation", "role", "place", "reason")}
        row = actions.propose_grant(by=request.user, at=timezone.now(), **values)
        return redirect("people:grant", row.pk)
    lead = _("The role counts after an approver has confirmed it.")
    return show_form(
        request, form, title=_("Propose a role"), submit=_("Propose"), lead=lead, back=reverse("people:grants")
    )


@require_POST
@page("people.grant_decide")
def grant_decide(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(RoleGrant, request.user, "people.grant_decide", pk=pk)
    accept = request.POST.get("decision") == "accept"
    actions.decide_grant(
        by=request.user, at=timezone.now(), grant=row, accept=accept, reason=request.POST.get("reason", "")[:300]
    )
    return redirect("people:grant", pk)


@require_POST
@page("people.grant_revoke")
def grant_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(RoleGrant, request.user, "people.grant_revoke", pk=pk)
    actions.revoke_grant(by=request.user, at=timezone.now(), grant=row, reason=request.POST.get("reason", "")[:300])
    return redirect("people:grant", pk)


@page("people.token_use")
def tokens(request: HttpRequest) -> HttpResponse:
    form, secret = forms.TokenForm(typed(request)), ""
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("name", "scopes", "days")}
        _token, secret = actions.make_token(by=request.user, at=timezone.now(), **values)
        form = forms.TokenForm()
    rows = ApiToken.objects.filter(user=request.user)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "people/tokens.html", {"form": form, "secret": secret, "tokens": rows}, status=status)


@require_POST
@page("people.token_use")
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk, user=request.user)
    actions.revoke_token(by=request.user, at=timezone.now(), token=token)
    return redirect("people:tokens")


def me(request: HttpRequest) -> HttpResponse:
    """One's own account: roles, second factor, tokens."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    return render(request, "people/me.html", {"grants": request.user.active_grants})


me.policy_action = "signed-in"  # type: ignore[attr-defined]


@page("audit.view")
def audit(request: HttpRequest) -> HttpResponse:
    rows = visible(AuditEvent, request.user, "audit.view")
    columns = [
        Column(_("At"), lambda e: e.at, "at", "date"),
        Column(_("Who"), lambda e: e.actor_label),
        Column(_("Action"), lambda e: e.action, "action", "code"),
        Column(_("What"), lambda e: e.target_label),
        Column(_("Before"), lambda e: _pairs(e.before)),
        Column(_("After"), lambda e: _pairs(e.after)),
        Column(_("Reason"), lambda e: e.reason),
    ]
    return Listing(request, rows, columns, filters=forms.AuditFilter, order="-id", title=_("Audit trail")).response()


def _pairs(values: dict[str, object]) -> str:
    return "; ".join(f"{name} = {value}" for name, value in values.items() if value not in (None, ""))[:400]
