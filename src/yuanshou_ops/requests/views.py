"""What is seen of requests and consignees."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuanshou.errors import YuanshouError
from yuanshou_ops import clock
from yuanshou_ops.errors import EditConflict
from yuanshou_ops.evidence.ways import opened_from
from yuanshou_ops.pages import Column, Listing, page, show_conflict, show_form, tell, told_in, typed
from yuanshou_ops.people.models import Place
from yuanshou_ops.people.once import once
from yuanshou_ops.people.policy import find, may, visible
from yuanshou_ops.requests import actions, forms
from yuanshou_ops.requests.models import AidRequest, Consignee, ConsigneeChange
from yuanshou_ops.requests.statuses import REQUEST
from yuanshou_ops.steps import possible_steps

HEAD = ("organisation", "place", "consignee", "priority", "priority_reason", "needed_by", "note")


@page("requests.view")
def requests(request: HttpRequest) -> HttpResponse:
    rows = visible(AidRequest, request.user, "requests.view").select_related("organisation", "place")
    columns = [
        Column(
            _("Number"), lambda r: r.number, "number", "code", lambda r: reverse("requests:request", args=[r.number])
        ),
        Column(_("Place"), lambda r: r.place.name, "place__name_en"),
        Column(_("Requester"), lambda r: r.organisation.name, "organisation__name"),
        Column(_("Priority"), lambda r: r.get_priority_display(), "priority"),
        Column(_("Status"), lambda r: r.get_status_display(), "status"),
        Column(_("Submitted"), lambda r: r.submitted_at, "submitted_at", "date"),
        Column(_("Needed by"), lambda r: r.needed_by, "needed_by", "date"),
        Column(_("Next step"), lambda r: ", ".join(possible_steps(REQUEST, r.status))),
    ]
    doors = [
        (reverse("requests:request_add"), _("Ask for goods"), "requests.draft"),
        (reverse("requests:consignees"), _("Consignees"), "requests.view"),
    ]
    return Listing(request, rows, columns, filters=forms.RequestFilter, title=_("Requests")).response(
        actions=[(a, w) for a, w, action in doors if may(request.user, action)]
    )


@page("requests.view")
def aid_request(request: HttpRequest, number: str) -> HttpResponse:
    rows = AidRequest.objects.select_related("organisation", "place", "consignee", "merged_into")
    row = find(rows, request.user, "requests.view", number=number)
    steps = possible_steps(REQUEST, row.status)
    changes = row.consignee_changes.select_related("to")
    user, is_accepted = request.user, row.status in ("accepted", "partly_met")
    context = {
        "row": row,
        "lines": row.lines.select_related("item"),
        "duplicates": actions.duplicates_of(row, clock.now()),
        "can": {s: s in steps and may(user, f"requests.{s}", row) for s in ("submit", "withdraw", "close")},
        "can_edit": row.status in ("draft", "returned") and may(user, "requests.draft", row),
        "can_answer": row.status == "submitted" and may(user, "requests.accept", row),
        "can_change": is_accepted and may(user, "requests.consignee_change_propose", row),
        "changes": [(c, c.status == "proposed" and may(user, "requests.consignee_change", c)) for c in changes],
    }
    return render(request, "requests/request.html", context)


def _lines(request: HttpRequest, initial: list[dict[str, Any]] | None = None) -> Any:
    # Only a page that is opened is filled in: posted rows equal to what was filled in would count as left empty.
    filled = None if request.method == "POST" else initial
    return forms.AskedLines(typed(request), prefix="line", initial=filled)


@page("requests.draft")
def request_add(request: HttpRequest) -> HttpResponse:
    """A new request; `?place=KEN` fills in the modelled need of the place."""
    place = Place.objects.filter(pk=request.GET.get("place", "")).first()
    suggested = [
        {"item": need.item_id, "count": need.median} for need in actions.modelled(place).values() if need.median
    ] if place else []  # fmt: skip
    opened = opened_from(request, "request")
    form = forms.RequestForm(typed(request), user=request.user, initial={"place": place} | opened.initial)
    lines = _lines(request, suggested or opened.lines)
    return _request_page(request, form, lines, title=_("Ask for goods"), row=None)


@page("requests.draft")
def request_edit(request: HttpRequest, number: str) -> HttpResponse:
    row = find(AidRequest, request.user, "requests.draft", number=number)
    initial = {name: getattr(row, name) for name in HEAD} | {"version": row.version}
    form = forms.RequestForm(typed(request), user=request.user, initial=initial)
    there = [
        {
            "item": line.item_id,
            "count": line.declared_count or line.quantity,
            "pack": line.declared_pack,
            "reason": line.reason,
        }
        for line in row.lines.all()
    ]
    return _request_page(request, form, _lines(request, there), title=row.number, row=row)


def _request_page(request: HttpRequest, form: Any, lines: Any, *, title: Any, row: AidRequest | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        head = {name: form.cleaned_data[name] for name in HEAD}
        try:
            asked = [line.asked() for line in lines if line.is_filled]
            return redirect("requests:request", _save(request, form, head, asked, row))
        except EditConflict as conflict:
            there = conflict.current.lines.select_related("item")
            both = (
                _("Lines"), "; ".join(f"{line.quantity} {line.item}" for line in there),
                "; ".join(f"{line.quantity.base} {line.item}" for line in asked),
            )  # fmt: skip
            return show_conflict(request, form, conflict.current, title=title, more=[both])
        except YuanshouError as error:
            tell(form, error)
    return show_form(
        request, form, title=title, submit=_("Save"), lines=lines, template="requests/lines_form.html",
        status=422 if lines.is_bound and not lines.is_valid() else 200,
        back=reverse("requests:requests"),
    )  # fmt: skip


def _save(request: HttpRequest, form: Any, head: dict[str, Any], asked: list[Any], row: AidRequest | None) -> str:
    at = timezone.now()
    if row is not None:
        actions.edit_request(
            by=request.user, at=at, aid_request=row, expected_version=form.cleaned_data["version"], lines=asked, **head
        )
        return row.number

    def do() -> tuple[int, Any]:
        made = actions.draft_request(by=request.user, at=at, lines=asked, **head)
        opened_from(request, "request").became(made.number)
        return 201, made.number

    content = {name: str(value) for name, value in head.items()} | {"lines": [str(line) for line in asked]}
    return str(once(key=form.cleaned_data["key"], by=request.user, at=at, content=content, do=do)[1])


@page("requests.submit")
def request_submit(request: HttpRequest, number: str) -> HttpResponse:
    row = find(AidRequest, request.user, "requests.submit", number=number)
    form = forms.SubmitForm(typed(request))
    if request.method == "POST" and form.is_valid():
        data = {name: form.cleaned_data[name] for name in ("duplicate_reason", "confirmed_unusual")}
        with told_in(form, YuanshouError):
            actions.submit_request(by=request.user, at=timezone.now(), aid_request=row, **data)
            messages.success(request, _("Asked. The number to follow it by is %s.") % number)
            return redirect("requests:request", number)
    return show_form(
        request,
        form,
        title=_("Submit %s") % number,
        submit=_("Submit"),
        back=reverse("requests:request", args=[number]),
    )


@page("requests.accept")
def request_answer(request: HttpRequest, number: str) -> HttpResponse:
    row = find(AidRequest, request.user, "requests.accept", number=number)
    form = forms.AnswerForm(typed(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        other = visible(AidRequest, request.user, "requests.view").filter(number=data["merged_into"]).first()
        with told_in(form, YuanshouError):
            actions.answer_request(
                by=request.user,
                at=timezone.now(),
                aid_request=row,
                step=data["step"],
                reason=data["reason"],
                merged_into=other,
            )
            return redirect("requests:request", number)
    return show_form(
        request,
        form,
        title=_("Answer %s") % number,
        submit=_("Answer"),
        back=reverse("requests:request", args=[number]),
    )


def _step(request: HttpRequest, number: str, step: str, title: Any) -> HttpResponse:
    row = find(AidRequest, request.user, f"requests.{step}", number=number)
    form = forms.ReasonForm(typed(request))
    if request.method == "POST" and form.is_valid():
        with told_in(form):
            actions.step_request(
                by=request.user, at=timezone.now(), aid_request=row, step=step, reason=form.cleaned_data["reason"]
            )
            return redirect("requests:request", number)
    return show_form(
        request, form, title=title % number, submit=title % "", back=reverse("requests:request", args=[number])
    )


@page("requests.withdraw")
def request_withdraw(request: HttpRequest, number: str) -> HttpResponse:
    return _step(request, number, "withdraw", _("Withdraw %s"))


@page("requests.close")
def request_close(request: HttpRequest, number: str) -> HttpResponse:
    return _step(request, number, "close", _("Close %s"))


@page("requests.consignee_change_propose")
def consignee_change_propose(request: HttpRequest, number: str) -> HttpResponse:
    row = find(AidRequest, request.user, "requests.consignee_change_propose", number=number)
    form = forms.ConsigneeChangeForm(typed(request))
    form.fields["to"].queryset = form.fields["to"].queryset.filter(place=row.place_id)
    if request.method == "POST" and form.is_valid():
        data, at = form.cleaned_data, timezone.now()

        def do() -> tuple[int, Any]:
            made = actions.propose_consignee_change(
                by=request.user, at=at, aid_request=row, to=data["to"], reason=data["reason"]
            )
            return 201, made.pk

        with told_in(form):
            content = [number, data["to"].pk, data["reason"]]
            once(key=data["key"], by=request.user, at=at, content=content, do=do)
            return redirect("requests:request", number)
    return show_form(
        request, form, title=_("Another consignee for %s") % number, submit=_("Propose"),
        lead=_("An approver decides; until then the goods go to %s.") % row.consignee,
        back=reverse("requests:request", args=[number]),
    )  # fmt: skip


@page("requests.consignee_change")
def consignee_change_decide(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(ConsigneeChange.objects.select_related("aid_request"), request.user, "requests.consignee_change", pk=pk)
    if request.method == "POST":
        actions.decide_consignee_change(
            by=request.user, at=timezone.now(), row=row, accept=request.POST.get("decision") == "accept",
            reason=request.POST.get("reason", "")[:300],
        )  # fmt: skip
    return redirect("requests:request", row.aid_request.number)


@page("requests.view")
def consignees(request: HttpRequest) -> HttpResponse:
    rows = visible(Consignee, request.user, "requests.view").select_related("organisation", "place")
    columns = [
        Column(_("Name"), lambda c: c.name, "name", link=lambda c: reverse("requests:consignee", args=[c.pk])),
        Column(_("Organisation"), lambda c: c.organisation.name),
        Column(_("Place"), lambda c: c.place.name, "place__name_en"),
        Column(_("Contact"), lambda c: f"{c.contact_name}"),
        Column(_("Phone"), lambda c: c.phone, kind="code"),
        Column(_("Verified"), lambda c: c.verified_at, "verified_at", "date"),
    ]
    add = (
        [(reverse("requests:consignee_add"), _("Add a consignee"))]
        if may(request.user, "requests.consignee_add")
        else []
    )
    return Listing(request, rows, columns, order="name", title=_("Consignees")).response(actions=add)


@page("requests.consignee_add")
def consignee_add(request: HttpRequest) -> HttpResponse:
    form = forms.ConsigneeForm(typed(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "key"}
        at = timezone.now()

        def do() -> tuple[int, Any]:
            return 201, actions.add_consignee(by=request.user, at=at, **values).pk

        with told_in(form):
            content = {name: str(value) for name, value in values.items()}
            pk = once(key=form.cleaned_data["key"], by=request.user, at=at, content=content, do=do)[1]
            return redirect("requests:consignee", pk)
    return show_form(request, form, title=_("Add a consignee"), submit=_("Add"), back=reverse("requests:consignees"))


@page("requests.view")
def consignee(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(Consignee.objects.select_related("organisation", "place"), request.user, "requests.view", pk=pk)
    can_verify = row.verified_at is None and may(request.user, "requests.consignee_verify", row)
    return render(request, "requests/consignee.html", {"row": row, "can_verify": can_verify})


@page("requests.consignee_verify")
def consignee_verify(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(Consignee, request.user, "requests.consignee_verify", pk=pk)
    if request.method == "POST":
        actions.verify_consignee(by=request.user, at=timezone.now(), consignee=row)
    return redirect("requests:consignee", pk)
