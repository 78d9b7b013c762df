"""What is seen of sources, proposals and facts; the source page shows the words and the proposed facts side by side."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from yuanshou.errors import YuanshouError
from yuanshou_ops.errors import EditConflict, told_html
from yuanshou_ops.evidence import actions, filled, forms, ways
from yuanshou_ops.evidence.models import ConfirmedFact, FactRow, ProposedFact, Source
from yuanshou_ops.evidence.passages import passages
from yuanshou_ops.evidence.words import CERTAINTIES, ITEMS, name_items
from yuanshou_ops.pages import Column, Listing, page, show_form, tell, told_in, typed
from yuanshou_ops.people.models import User
from yuanshou_ops.people.policy import find, may, require, visible


@page("evidence.view")
def sources(request: HttpRequest) -> HttpResponse:
    is_open = Q(proposals__status="proposed")
    rows = visible(Source, request.user, "evidence.view").annotate(open=Count("proposals", filter=is_open))
    columns = [
        Column(_("Number"), lambda s: s.number, "number", "code", lambda s: reverse("evidence:source", args=[s.number])),
        Column(_("Title"), lambda s: s.title, "title"),
        Column(_("Published"), lambda s: s.published_at, "published_at", "date"),
        Column(_("Where from"), lambda s: s.origin),
        Column(_("Same report as"), lambda s: s.same_report_as_id and str(s.same_report_as)),
        Column(_("To be decided"), lambda s: s.open, kind="number"),
        Column(_("Taken in"), lambda s: s.taken_in_at, "taken_in_at", "date"),
    ]  # fmt: skip
    doors = [
        ("evidence:take_in", _("Take in a page"), "evidence.take_in"),
        ("evidence:queue", _("Facts to decide"), "evidence.view"),
        ("evidence:facts", _("Confirmed facts"), "evidence.view"),
    ]
    shown = [(reverse(name), words) for name, words, action in doors if may(request.user, action)]
    return Listing(request, rows.select_related("same_report_as"), columns, title=_("Evidence")).response(actions=shown)


@page("evidence.take_in")
def take_in(request: HttpRequest) -> HttpResponse:
    files = request.FILES if request.method == "POST" else None
    form = forms.TakeInForm(typed(request), files)
    if request.method == "POST" and form.is_valid():
        data, taken, failed = form.cleaned_data, [], []
        day = data["report_date"]
        uploads = [actions.Upload(one.read(), one.name, day) for one in data["files"]]
        if data["text"].strip():
            uploads.insert(0, actions.Upload(data["text"].encode(), data["origin"], day))
        for upload in uploads:
            try:
                taken.append(actions.take_in(by=request.user, at=timezone.now(), upload=upload))
            except YuanshouError as error:
                origin = format_html("<bdi>{}</bdi>: ", upload.origin) if upload.origin else ""
                failed.append(format_html("{}{}", origin, told_html(error)))
        if taken and not failed:
            return _taken(request, taken)
        for words in failed:
            form.add_error(None, words)
        if taken:
            _tell(request, taken)
    return show_form(
        request, form, title=_("Take in a page"), submit=_("Read it"), back=reverse("evidence:sources"),
        lead=_("The text is repaired, its parts are found and facts are proposed. Nothing counts before you confirm it."),
    )  # fmt: skip


def _taken(request: HttpRequest, taken: list[tuple[Source, bool]]) -> HttpResponse:
    _tell(request, taken)
    return redirect("evidence:source", taken[0][0].number) if len(taken) == 1 else redirect("evidence:sources")


def _tell(request: HttpRequest, taken: list[tuple[Source, bool]]) -> None:
    new = sum(is_new for _source, is_new in taken)
    if new:
        messages.success(request, ngettext("%d page taken in.", "%d pages taken in.", new) % new)
    if new < len(taken):
        known = len(taken) - new
        messages.info(request, ngettext("%d page was here already.", "%d pages were here already.", known) % known)


@page("evidence.view")
def source(request: HttpRequest, number: str) -> HttpResponse:
    row = find(Source.objects.select_related("same_report_as"), request.user, "evidence.view", number=number)
    proposals = list(row.proposals.all())
    name_items(proposals)
    context = {
        "row": row,
        "passages": passages(row, proposals),
        "proposals": proposals,
        "open": sum(one.status == "proposed" for one in proposals),
        "mirrors": row.mirrors.all(),
        "lost": [one for one in row.repairs if one["certainty"] != "certain"],
        "can_decide": may(request.user, "evidence.confirm"),
    }
    return render(request, "evidence/source.html", context)


@page("evidence.view")
def repairs(request: HttpRequest, number: str) -> HttpResponse:
    row = find(Source, request.user, "evidence.view", number=number)
    repairs = [one | {"certainty_words": CERTAINTIES.get(one["certainty"], one["certainty"])} for one in row.repairs]
    return render(request, "evidence/repairs.html", {"row": row, "repairs": repairs})


@page("evidence.view")
def queue(request: HttpRequest) -> HttpResponse:
    rows = visible(ProposedFact, request.user, "evidence.view").select_related("source")
    if "status" not in request.GET:
        rows = rows.filter(status="proposed")
    columns = [
        Column(_("Kind"), lambda p: p.kind_words, "kind", link=lambda p: reverse("evidence:proposal", args=[p.pk])),
        Column(_("Place"), lambda p: p.place_code, "place_code", "code"),
        Column(_("From"), lambda p: p.giver, "giver"),
        Column(_("To"), lambda p: p.receiver, "receiver"),
        Column(_("Item"), lambda p: ITEMS.get(p.item, p.item), "item"),
        Column(_("Quantity"), lambda p: p.quantity, "quantity", "number"),
        Column(_("Unit"), lambda p: p.unit),
        Column(_("Stage"), lambda p: p.stage_words, "stage"),
        Column(_("Day"), lambda p: p.day, "day", "date"),
        Column(_("Words"), lambda p: p.quote),
        Column(_("Source"), lambda p: p.source.number, "", "code", lambda p: reverse("evidence:source", args=[p.source.number])),
        Column(_("Status"), lambda p: p.get_status_display(), "status"),
    ]  # fmt: skip
    return Listing(request, rows, columns, filters=forms.ProposalFilter, title=_("Facts to decide")).response()


@page("evidence.view")
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal beside its words; the form confirms it, corrected where it has to be."""
    row = find(ProposedFact.objects.select_related("source"), request.user, "evidence.view", pk=pk)
    name_items([row])
    can = may(request.user, "evidence.confirm", row) and row.status == "proposed"
    form = forms.ConfirmForm(typed(request), instance=row) if can else None
    status = 200
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            confirmation = actions.Confirmation(
                form.cleaned_data["becomes"], form.corrected(), form.cleaned_data["note"]
            )
            fact = actions.confirm(
                by=request.user, at=timezone.now(), proposal=row, confirmation=confirmation,
                expected_version=form.cleaned_data["version"],
            )  # fmt: skip
            messages.success(request, _("%s is confirmed.") % fact.number)
            return _next_of(row)
        except EditConflict:
            form.add_error(None, _("Somebody decided this meanwhile."))
            status = 409
        except YuanshouError as error:
            tell(form, error)
    if form is not None and form.is_bound and form.errors and status == 200:
        status = 422
    context = {
        "row": row, "form": form, "duplicates": actions.duplicates_of(row),
        "contradictions": actions.contradictions_of(row), "around": _around(row),
        "can_reject": row.status == "proposed" and may(request.user, "evidence.reject", row),
        "can_reopen": row.status == "rejected" and may(request.user, "evidence.reject", row),
        "decided_by": User.objects.filter(pk=row.decided_by_id).first() if row.decided_by_id else None,
        "fact": ConfirmedFact.objects.filter(sources__proposal=row).first(),
    }  # fmt: skip
    return render(request, "evidence/proposal.html", context, status=status)


def _next_of(row: ProposedFact) -> HttpResponse:
    """The next proposal of the same source, or the source when all are decided."""
    following = ProposedFact.objects.filter(source=row.source_id, status="proposed").order_by("start", "pk").first()
    if following is None:
        return redirect("evidence:source", row.source.number)
    return redirect("evidence:proposal", following.pk)


def _around(row: ProposedFact) -> tuple[str, str, str]:
    """The words with the text before and after them in their paragraph."""
    text = row.source.text
    left = max(text.rfind("\n", 0, row.start) + 1, row.start - 200)
    right = text.find("\n", row.end)
    right = min(right if right >= 0 else len(text), row.end + 200)
    return text[left : row.start], text[row.start : row.end], text[row.end : right]


@page("evidence.reject")
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(ProposedFact.objects.select_related("source"), request.user, "evidence.reject", pk=pk)
    is_reopening = row.status == "rejected"
    form = forms.DecisionForm(typed(request), initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        with told_in(form, YuanshouError):
            if is_reopening:
                actions.reopen(by=request.user, at=timezone.now(), proposal=row, reason=form.cleaned_data["reason"])
                return redirect("evidence:proposal", row.pk)
            actions.reject(
                by=request.user, at=timezone.now(), proposal=row, reason=form.cleaned_data["reason"],
                expected_version=form.cleaned_data["version"],
            )  # fmt: skip
            return _next_of(row)
    title = _("Take the rejection back") if is_reopening else _("This is no fact")
    return show_form(
        request, form, title=title, submit=title, lead=row.quote, back=reverse("evidence:proposal", args=[row.pk])
    )


@page("evidence.view")
def facts(request: HttpRequest) -> HttpResponse:
    rows = visible(ConfirmedFact, request.user, "evidence.view").select_related("place", "retracts")
    columns = [
        Column(_("Number"), lambda f: f.number, "number", "code", lambda f: reverse("evidence:fact", args=[f.number])),
        Column(_("What it is"), lambda f: f.get_becomes_display(), "becomes"),
        Column(_("Place"), lambda f: f.place.name if f.place else f.place_code, "place_code"),
        Column(_("From"), lambda f: f.giver, "giver"),
        Column(_("To"), lambda f: f.receiver, "receiver"),
        Column(_("Item"), lambda f: ITEMS.get(f.item, f.item), "item"),
        Column(_("Quantity"), lambda f: f.quantity, "quantity", "number"),
        Column(_("Unit"), lambda f: f.unit),
        Column(_("Stage"), lambda f: f.stage_words, "stage"),
        Column(_("Day"), lambda f: f.day, "day", "date"),
        Column(_("Retracts"), lambda f: f.retracts.number if f.retracts else "", kind="code"),
        Column(_("Confirmed"), lambda f: f.confirmed_at, "confirmed_at", "date"),
    ]  # fmt: skip
    return Listing(request, rows, columns, filters=forms.FactFilter, title=_("Confirmed facts")).response()


@page("evidence.view")
def fact(request: HttpRequest, number: str) -> HttpResponse:
    rows = ConfirmedFact.objects.select_related("place", "retracts")
    row = find(rows, request.user, "evidence.view", number=number)
    name_items([row])
    retraction = ConfirmedFact.objects.filter(retracts=row).first()
    became = FactRow.objects.filter(fact=row).select_related("fact").first()
    context: dict[str, Any] = {
        "row": row, "retraction": retraction,
        "sources": row.sources.select_related("proposal__source"),
        "became": became, "became_at": ways.address_of(became) if became else "", "ways": ways.ways_for(request.user, row),
        "confirmed_by": User.objects.filter(pk=row.confirmed_by_id).first(),
        "can_retract": row.stands and may(request.user, "evidence.retract", row),
    }  # fmt: skip
    return render(request, "evidence/fact.html", context)


@page("evidence.retract")
def retract(request: HttpRequest, number: str) -> HttpResponse:
    row = find(ConfirmedFact, request.user, "evidence.retract", number=number)
    form = forms.DecisionForm(typed(request))
    if request.method == "POST" and form.is_valid():
        with told_in(form, YuanshouError):
            actions.retract(by=request.user, at=timezone.now(), fact=row, reason=form.cleaned_data["reason"])
            return redirect("evidence:fact", number)
    back = reverse("evidence:fact", args=[number])
    return show_form(request, form, title=_("Retract %s") % number, submit=_("Retract"), back=back)


@page("evidence.write_down")
def inside(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """What the row belongs to that is written down from a fact: the engagement of a promise, the protocol of a version."""
    way = ways.WAYS.get(kind)
    if way is None or not way.inside:
        raise Http404
    require(request.user, way.action)
    row = find(ConfirmedFact, request.user, "evidence.write_down", number=number)
    form = forms.inside_form(way.inside)(typed(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        return redirect(ways.door(way, row, form.cleaned_data["inside"].number))
    back = reverse("evidence:fact", args=[number])
    lead = filled.source_of(row)
    return show_form(request, form, title=way.words, submit=_("Go on"), lead=lead, back=back)
