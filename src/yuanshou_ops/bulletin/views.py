"""What is seen of the bulletin: public pages from published rows alone, and the desk behind them."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yuanshou.errors import YuanshouError
from yuanshou_ops.bulletin import actions, forms, reading
from yuanshou_ops.bulletin.account import ACCOUNT_COLUMNS, WORLD_COLUMNS, totals_by_item
from yuanshou_ops.bulletin.models import Comment, Edition, Report
from yuanshou_ops.bulletin.statuses import EDITION, REPORT
from yuanshou_ops.clock import now
from yuanshou_ops.errors import EditConflict
from yuanshou_ops.evidence.ways import opened_from
from yuanshou_ops.ledger.models import Item
from yuanshou_ops.pages import PUBLIC, Column, Listing, page, plain, show_form, tell, told_in, typed
from yuanshou_ops.people.models import Place
from yuanshou_ops.people.policy import find, may, require, visible
from yuanshou_ops.situation.drawings import MAP_LEGEND, rates_map
from yuanshou_ops.steps import possible_steps
from yuanshou_ops.templatetags import locale

STEPS = {
    "submit": _("Submit for review"), "return": _("Send back"), "publish": _("Publish"), "correct": _("Correct it"),
    "withdraw": _("Withdraw"),
}  # fmt: skip
RIGHTS = {"submit": "write", "correct": "write", "return": "review", "publish": "review", "withdraw": "review"}
EDITION_STEPS = {"publish": _("Publish"), "drop": _("Drop it"), "withdraw": _("Withdraw")}


# --- readers ---------------------------------------------------------------------------------------------------------


@page(PUBLIC)
def front(request: HttpRequest) -> HttpResponse:
    """The situation in figures and a map, what is new, what is read most."""
    edition = actions.published_edition()
    topic = request.GET.get("topic", "")[:40]
    context: dict[str, Any] = {
        "edition": edition, "reports": reading.newest("report", topic=topic), "alerts": reading.newest("alert", limit=5),
        "most_read": reading.most_read(), "topics": reading.topics(), "topic": topic, "drawing": _map(edition),
        "legend": MAP_LEGEND, "given": _given(edition) if edition else [],
        "desk": request.user.is_authenticated and may(request.user, "bulletin.desk"),
    }  # fmt: skip
    return render(request, "bulletin/front.html", context)


def _map(edition: Edition | None) -> str:
    if edition is None or not edition.world:
        return ""
    places = Place.objects.in_bulk([row[0] for row in edition.world["rows"]])
    rates = [(places[code], rate) for code, *_rest, rate in edition.world["rows"] if code in places]
    title = gettext("New cases in 7 days per 100,000 people")
    return rates_map(rates, title=title, locale=locale()).svg


def _given(edition: Edition) -> list[dict[str, Any]]:
    """Totals of each item, the most received first."""
    items = Item.objects.in_bulk()
    found = totals_by_item(edition.account)
    order = sorted(found, key=lambda item: (-found[item]["received"], item))
    return [{"item": items.get(code, code), **found[code]} for code in order]


@page(PUBLIC)
def situation(request: HttpRequest) -> HttpResponse:
    """The counts of every place in the published edition, as a page or as CSV with the source in every row."""
    edition = actions.published_edition()
    if edition is None or not edition.world:
        return render(request, "bulletin/nothing.html")
    world = edition.world
    if request.GET.get("format") == "csv":
        rows = [[*row, world["as_of"], world["source"], edition.number] for row in world["rows"]]
        return _csv([*WORLD_COLUMNS, "as_of", "source", "edition"], rows, f"situation-{world['as_of']}")
    places = Place.objects.in_bulk([row[0] for row in world["rows"]])
    listed = [(places[code], *figures) for code, *figures in world["rows"] if code in places]
    listed.sort(key=lambda row: -(row[1] or 0))
    return render(request, "bulletin/situation.html", {"edition": edition, "rows": listed})


@page(PUBLIC)
def account(request: HttpRequest) -> HttpResponse:
    """Who gave what to whom, from the published edition; only accepted receipts count as received."""
    edition = actions.published_edition()
    if edition is None:
        return render(request, "bulletin/nothing.html")
    rows = edition.account["rows"]
    items, places = Item.objects.in_bulk(), Place.objects.in_bulk()
    asked = request.GET.get("place", "").upper()
    if asked:
        rows = [row for row in rows if row[2] == asked]
    if request.GET.get("format") == "csv":
        moment = edition.made_at.isoformat()
        return _csv([*ACCOUNT_COLUMNS, "unit", "figures_of", "edition"], [
            [*row, items[row[3]].unit if row[3] in items else "", moment, edition.number] for row in rows
        ], f"account-{edition.number}")  # fmt: skip
    listed = [
        (donor, places.get(home, home), places.get(place, place), items.get(item, item), *units)
        for donor, home, place, item, *units in rows
    ]
    recipients = sorted({row[2] for row in edition.account["rows"]})
    context = {
        "edition": edition, "rows": listed, "given": _given(edition), "asked": asked,
        "recipients": [(code, places[code].name) for code in recipients if code in places],
    }  # fmt: skip
    return render(request, "bulletin/account.html", context)


def _csv(heads: list[str], rows: list[list[Any]], name: str) -> HttpResponse:
    text = io.StringIO()
    csv.writer(text).writerows([heads, *([plain(value) for value in row] for row in rows)])
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@page(PUBLIC)
def read(request: HttpRequest, number: str) -> HttpResponse:
    """One published report or alert, what is related, the comments that were shown, and a form for a new one."""
    piece = reading.read_one(number)
    if piece is None:
        raise Http404
    form = forms.CommentForm(typed(request))
    status = 200
    if request.method == "POST":
        if form.is_valid():
            with told_in(form, YuanshouError):
                if not form.is_from_a_machine:
                    data = form.cleaned_data
                    actions.add_comment(at=now(), report=piece.report, name=data["name"], text=data["text"])
                messages.success(request, _("Thank you. The comment is shown when somebody has read it."))
                return redirect("bulletin:read", number)
        status = 422
    elif request.method == "GET":
        actions.count_read(piece.report)
    context = {
        "piece": piece, "text": piece.text, "related": reading.related(piece.report), "form": form,
        "comments": piece.report.comments.filter(status="shown"), "most_read": reading.most_read(),
        "corrections": [one for one in piece.report.texts.all() if one.correction],
    }  # fmt: skip
    return render(request, "bulletin/read.html", context, status=status)


# --- the desk: reports -------------------------------------------------------------------------------------------------


@page("bulletin.desk")
def reports(request: HttpRequest) -> HttpResponse:
    rows = visible(Report, request.user, "bulletin.desk")
    columns = [
        Column(
            _("Number"), lambda r: r.number, "number", "code", lambda r: reverse("bulletin:report", args=[r.number])
        ),
        Column(_("Kind"), lambda r: r.get_kind_display(), "kind"),
        Column(_("Title"), lambda r: r.title, "title"),
        Column(_("Editor"), lambda r: r.editor, "editor"),
        Column(_("Status"), lambda r: r.get_status_display(), "status"),
        Column(_("First published"), lambda r: r.first_published_at, "first_published_at", "date"),
        Column(_("Reads"), lambda r: r.views, "views", "number"),
    ]
    waiting = Comment.objects.filter(status="waiting").count()
    doors = [
        (reverse("bulletin:write"), _("Write"), "bulletin.write"),
        (reverse("bulletin:editions"), _("Editions of the figures"), "bulletin.desk"),
        (reverse("bulletin:comments"), _("Comments to read: %d") % waiting, "bulletin.moderate"),
        (reverse("bulletin:front"), _("What the public sees"), "bulletin.desk"),
    ]
    return Listing(
        request, rows, columns, filters=forms.ReportFilter, title=_("Bulletin"), empty=_("Nothing is written yet.")
    ).response(actions=[(a, w) for a, w, action in doors if may(request.user, action)])


@page("bulletin.write")
def write(request: HttpRequest) -> HttpResponse:
    opened = opened_from(request, "report")
    form = forms.ReportForm(typed(request), initial={"editor": request.user.name} | opened.initial)
    if request.method == "POST" and form.is_valid():
        with told_in(form), transaction.atomic():
            row = actions.write_report(
                by=request.user, at=now(), report=form.save(commit=False), related=form.cleaned_data["related"]
            )
            opened.became(row.number)
            return redirect("bulletin:report", row.number)
    return show_form(request, form, title=_("Write"), submit=_("Save the draft"), back=reverse("bulletin:reports"))


@page("bulletin.desk")
def report(request: HttpRequest, number: str) -> HttpResponse:
    row = find(Report.objects.select_related("place", "edition"), request.user, "bulletin.desk", number=number)
    second = request.user.pk not in (row.written_by_id, row.submitted_by_id)
    steps = [
        (step, STEPS[step], step in ("submit", "publish"))
        for step in possible_steps(REPORT, row.status)
        if may(request.user, f"bulletin.{RIGHTS[step]}", row) and (second or step != "publish")
    ]
    can_edit = row.status == "draft" and may(request.user, "bulletin.write", row)
    context = {
        "row": row, "steps": steps, "can_edit": can_edit, "texts": row.texts.all(), "related": row.related.all(),
        "needs_second": row.status == "review" and not second,
    }  # fmt: skip
    return render(request, "bulletin/report.html", context)


@page("bulletin.write")
def edit(request: HttpRequest, number: str) -> HttpResponse:
    row = find(Report, request.user, "bulletin.write", number=number)
    form = forms.ReportForm(typed(request), instance=row)
    back = reverse("bulletin:report", args=[number])
    if request.method == "POST" and form.is_valid():
        expected = form.cleaned_data["version"] or row.version
        try:
            actions.edit_report(
                by=request.user, at=now(), report=form.save(commit=False), related=form.cleaned_data["related"],
                expected_version=expected,
            )  # fmt: skip
            return redirect("bulletin:report", number)
        except EditConflict:
            form.add_error(
                None, _("Somebody else changed this draft meanwhile: open it again and add your words there.")
            )
            response = show_form(request, form, title=_("Edit %s") % number, submit=_("Save the draft"), back=back)
            response.status_code = 409
            return response
        except YuanshouError as error:
            tell(form, error)
    return show_form(request, form, title=_("Edit %s") % number, submit=_("Save the draft"), back=back)


@page("bulletin.desk")
def step(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """A step of a report: at once where it needs no words, by a form where it does."""
    row = find(Report, request.user, "bulletin.desk", number=number)
    if step not in STEPS:
        raise Http404
    require(request.user, f"bulletin.{RIGHTS[step]}", row)
    if step in ("submit", "publish"):
        if request.method == "POST":
            actions.step_report(by=request.user, at=now(), report=row, step=step)
        return redirect("bulletin:report", number)
    form = forms.NoteForm(typed(request))
    if request.method == "POST" and form.is_valid():
        actions.step_report(by=request.user, at=now(), report=row, step=step, note=form.cleaned_data["note"])
        return redirect("bulletin:report", number)
    back = reverse("bulletin:report", args=[number])
    return show_form(request, form, title=STEPS[step], submit=STEPS[step], lead=row.title, back=back)


# --- the desk: comments and editions -----------------------------------------------------------------------------------


@page("bulletin.moderate")
def comments(request: HttpRequest) -> HttpResponse:
    rows = visible(Comment, request.user, "bulletin.moderate").select_related("report")
    if "status" not in request.GET:
        rows = rows.filter(status="waiting")
    columns = [
        Column(_("Written"), lambda c: c.at, "at", "date"),
        Column(_("Report"), lambda c: c.report.number, "", "code", lambda c: reverse("bulletin:read", args=[c.report.number])),
        Column(_("Name"), lambda c: c.name, "name"),
        Column(_("Comment"), lambda c: c.text),
        Column(_("Status"), lambda c: c.get_status_display(), "status"),
        Column(_("Reject"), lambda c: gettext("Reject") if c.status != "rejected" else "", "", "text",
               lambda c: reverse("bulletin:reject_comment", args=[c.pk])),
    ]  # fmt: skip
    listing = Listing(
        request, rows, columns, filters=forms.CommentFilter, order="id", title=_("Comments"),
        empty=_("No comment waits."),
    )  # fmt: skip
    waiting = [(c.pk, c.name) for c in rows.filter(status="waiting")[:50]]
    return listing.response("bulletin/comments.html", waiting=waiting)


@require_POST
@page("bulletin.moderate")
def show_comment(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Comment, pk=pk)
    actions.moderate(by=request.user, at=now(), comment=row, step="show")
    return redirect("bulletin:comments")


@page("bulletin.moderate")
def reject_comment(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Comment, pk=pk)
    form = forms.NoteForm(typed(request))
    if request.method == "POST" and form.is_valid():
        actions.moderate(by=request.user, at=now(), comment=row, step="reject", reason=form.cleaned_data["note"])
        return redirect("bulletin:comments")
    back = reverse("bulletin:comments")
    return show_form(request, form, title=_("Reject the comment"), submit=_("Reject"), lead=row.text, back=back)


@page("bulletin.desk")
def editions(request: HttpRequest) -> HttpResponse:
    rows = visible(Edition, request.user, "bulletin.desk").defer("world", "account")
    columns = [
        Column(
            _("Number"), lambda e: e.number, "number", "code", lambda e: reverse("bulletin:edition", args=[e.number])
        ),
        Column(_("Figures of"), lambda e: e.made_at, "made_at", "date"),
        Column(_("Status"), lambda e: e.get_status_display(), "status"),
        Column(_("Published"), lambda e: e.published_at, "published_at", "date"),
    ]
    doors = []
    if may(request.user, "bulletin.edition_propose"):
        doors.append((reverse("bulletin:propose_edition"), _("Propose an edition")))
    return Listing(
        request, rows, columns, title=_("Editions of the figures"), empty=_("No edition is proposed yet.")
    ).response(actions=doors)


@page("bulletin.edition_propose")
def propose_edition(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        row = actions.propose_edition(by=request.user, at=now())
        return redirect("bulletin:edition", row.number)
    return render(request, "bulletin/propose.html")


@page("bulletin.desk")
def edition(request: HttpRequest, number: str) -> HttpResponse:
    row = find(Edition, request.user, "bulletin.desk", number=number)
    steps = [
        (step, EDITION_STEPS[step])
        for step in possible_steps(EDITION, row.status)
        if may(request.user, f"bulletin.edition_{step}") and (step != "publish" or row.made_by_id != request.user.pk)
    ]
    context = {"row": row, "steps": steps, "given": _given(row), "totals": row.world.get("totals", {})}
    return render(request, "bulletin/edition.html", context)


@page("bulletin.desk")
def step_edition(request: HttpRequest, number: str, step: str) -> HttpResponse:
    row = find(Edition, request.user, "bulletin.desk", number=number)
    if step not in EDITION_STEPS:
        raise Http404
    require(request.user, f"bulletin.edition_{step}")
    if step == "publish":
        if request.method == "POST":
            actions.step_edition(by=request.user, at=now(), edition=row, step=step)
        return redirect("bulletin:edition", number)
    form = forms.NoteForm(typed(request))
    if request.method == "POST" and form.is_valid():
        actions.step_edition(by=request.user, at=now(), edition=row, step=step, reason=form.cleaned_data["note"])
        return redirect("bulletin:edition", number)
    back = reverse("bulletin:edition", args=[number])
    return show_form(request, form, title=EDITION_STEPS[step], submit=EDITION_STEPS[step], lead=number, back=back)
