"""What is seen of outbreaks: the list, one with its uploads, the way of a file from preview to confirmation."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yuanshou.errors import YuanshouError
from yuanshou_ops.clock import now
from yuanshou_ops.errors import Refused
from yuanshou_ops.evidence.ways import opened_from
from yuanshou_ops.pages import Column, Listing, page, show_form, tell, told_in, typed
from yuanshou_ops.people.models import User
from yuanshou_ops.people.once import once
from yuanshou_ops.people.policy import find, may
from yuanshou_ops.situation import actions, counts
from yuanshou_ops.situation import outbreak_forms as forms
from yuanshou_ops.situation.models import CountUpload, Outbreak, latest

SHOWN = 50


@page("situation.view")
def outbreaks(request: HttpRequest) -> HttpResponse:
    columns = [
        Column(_("Code"), lambda o: o.code, "code", "code", lambda o: reverse("situation:outbreak", args=[o.code])),
        Column(_("Name"), lambda o: o.name, "name"),
        Column(_("Disease"), lambda o: o.get_disease_display(), "disease"),
        Column(_("Counts"), lambda o: o.get_counts_display(), "counts"),
        Column(_("Shown first"), lambda o: _("yes") if o.is_lead else ""),
    ]
    doors = (
        [(reverse("situation:outbreak_add"), _("Follow another outbreak"))]
        if may(request.user, "situation.outbreak")
        else []
    )
    return Listing(request, Outbreak.objects.all(), columns, order="code", title=_("Outbreaks")).response(actions=doors)


@page("situation.outbreak")
def outbreak_add(request: HttpRequest) -> HttpResponse:
    form = forms.OutbreakForm(typed(request))
    if request.method == "POST" and form.is_valid():
        with told_in(form, YuanshouError):
            row = actions.add_outbreak(by=request.user, at=timezone.now(), outbreak=form.save(commit=False))
            return redirect("situation:outbreak", row.code)
    return show_form(
        request, form, title=_("Follow another outbreak"), submit=_("Add it"), back=reverse("situation:outbreaks")
    )  # fmt: skip


@page("situation.view")
def outbreak(request: HttpRequest, code: str) -> HttpResponse:
    """One outbreak: what is known, its uploads, and what to do next."""
    row = find(Outbreak, request.user, "situation.view", code=code.upper())
    uploads = list(row.uploads.annotate(row_count=Count("rows"))[:SHOWN])
    people = dict(User.objects.filter(pk__in=[u.uploaded_by_id for u in uploads]).values_list("pk", "name"))
    context: dict[str, Any] = {
        "row": row, "uploads": [(u, people.get(u.uploaded_by_id, ""), u.row_count) for u in uploads],
        "snapshot": latest(row), "can_count": may(request.user, "situation.count") and row.counts == "reported",
        "can_lead": may(request.user, "situation.outbreak") and not row.is_lead,
        "newest": next((u for u in uploads if u.withdrawn_at is None), None),
    }  # fmt: skip
    return render(request, "situation/outbreak.html", context)


@require_POST
@page("situation.outbreak")
def show_first(request: HttpRequest, code: str) -> HttpResponse:
    row = find(Outbreak, request.user, "situation.outbreak", code=code.upper())
    actions.show_first(by=request.user, at=timezone.now(), outbreak=row)
    return redirect("situation:outbreak", row.code)


@page("situation.view")
def template(request: HttpRequest) -> HttpResponse:
    """A file of counts to start from, with two rows that show how."""
    response = HttpResponse(counts.TEMPLATE, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="counts.csv"'
    return response


@page("situation.count")
def upload(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for a file, and show what it holds; nothing is saved yet."""
    row = find(Outbreak, request.user, "situation.count", code=code.upper())
    form = forms.CountsForm(typed(request), request.FILES or None, initial={"known_on": now().date().isoformat()})
    if request.method == "POST" and form.is_valid():
        name, content = form.content()
        data = form.cleaned_data
        with told_in(form, YuanshouError):
            shown = _preview(row, name, content, data["known_on"], data["columns"])
            carried = forms.carried(content)
            if len(carried) > forms.CARRIED_BYTES_MAX:
                raise Refused(
                    _("a file of %(n)s bytes"), _("at most %(most)s MB"), _("split it into several files"),
                    n=len(content), most=1,
                )  # fmt: skip
            given = {
                "known_on": data["known_on"].isoformat(), "source": data["source"], "file_name": name[-200:],
                "columns": data["columns"], "mark": shown.mark, "carried": carried,
            }  # fmt: skip
            return _show(request, row, shown, forms.ConfirmForm(initial=given), data["source"])
    lead = _("The shapes that health ministries and public databases use are read; the headings decide.")
    return show_form(
        request, form, title=_("Upload counts: %s") % row.name, submit=_("Look at it"), lead=lead,
        back=reverse("situation:outbreak", args=[row.code]),
    )  # fmt: skip


def _preview(row: Outbreak, name: str, content: bytes, known_on: date, columns: str) -> counts.Preview:
    table = counts.read_counts(name, content, known_on=known_on, columns=forms.column_map(columns))
    return counts.preview(row, table, known_on=known_on)


def _show(
    request: HttpRequest, row: Outbreak, shown: counts.Preview, form: Any, source: str, status: int = 200
) -> HttpResponse:
    context = {
        "row": row, "shown": shown, "form": form, "source": source, "fallen": shown.fallen[:SHOWN],
        "fallen_count": len(shown.fallen), "notes": shown.table.notes[:SHOWN], "note_count": len(shown.table.notes),
    }  # fmt: skip
    return render(request, "situation/counts_preview.html", context, status=status)


@require_POST
@page("situation.count")
def confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Store what the preview showed; a second click finds it stored."""
    row = find(Outbreak, request.user, "situation.count", code=code.upper())
    form = forms.ConfirmForm(request.POST)
    again = forms.CountsForm()
    if form.is_valid():
        data, at = form.cleaned_data, timezone.now()

        def do() -> tuple[int, str]:
            table = counts.read_counts(
                data["file_name"], data["carried"], known_on=data["known_on"], columns=forms.column_map(data["columns"])
            )
            made = actions.upload_counts(
                by=request.user, at=at, outbreak=row, table=table, known_on=data["known_on"], source=data["source"],
                mark=data["mark"],
            )  # fmt: skip
            return 201, made.number

        try:
            number = once(key=data["key"], by=request.user, at=at, content=[row.code, data["mark"]], do=do)[1]
            messages.success(
                request, _("The counts are stored as %s. Ask for a snapshot to see what they mean.") % number
            )
            return redirect("situation:outbreak", row.code)
        except YuanshouError as error:
            again = forms.CountsForm({"known_on": data["known_on"], "source": data["source"], "pasted": "-"})
            again.is_valid()
            tell(again, error)
    return show_form(
        request, again, title=_("Upload counts: %s") % row.name, submit=_("Look at it"), status=422,
        back=reverse("situation:outbreak", args=[row.code]),
    )  # fmt: skip


@page("situation.count")
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    row = find(CountUpload, request.user, "situation.count", number=number)
    form = forms.WithdrawForm(typed(request), initial={"version": row.version})
    back = reverse("situation:outbreak", args=[row.outbreak.code])
    if request.method == "POST" and form.is_valid():
        with told_in(form, YuanshouError):
            actions.withdraw_counts(
                by=request.user, at=timezone.now(), upload=row, reason=form.cleaned_data["reason"],
                expected_version=form.cleaned_data["version"],
            )  # fmt: skip
            return redirect(back)
    lead = _("They stay to be read, and count no more from the next snapshot on.")
    return show_form(request, form, title=_("Withdraw %s") % number, submit=_("Withdraw"), lead=lead, back=back)


@page("situation.count")
def count_add(request: HttpRequest) -> HttpResponse:
    """Add one count to an outbreak, such as a confirmed fact reports it."""
    opened = opened_from(request, "count")
    form = forms.OneCountForm(typed(request), initial=opened.initial)
    if request.method == "POST" and form.is_valid():
        data, at = form.cleaned_data, timezone.now()
        with told_in(form, YuanshouError), transaction.atomic():
            name, content = f"one count{f' {opened.fact}' if opened.fact else ''}.csv", form.content()
            shown = _preview(data["outbreak"], name, content, data["known_on"], "")
            made = actions.upload_counts(
                by=request.user, at=at, outbreak=data["outbreak"], table=shown.table, known_on=data["known_on"],
                source=data["source"], mark=shown.mark,
            )  # fmt: skip
            opened.became(made.number)
            return redirect("situation:outbreak", made.outbreak.code)
    return show_form(
        request, form, title=_("Add one count"), submit=_("Add"), back=reverse("situation:outbreaks")
    )  # fmt: skip
