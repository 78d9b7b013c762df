"""What is seen of spreadsheets: templates to fill in, the upload, what a file would do, its problems, its progress."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yuanshou_ops.exchange import actions, forms, workbooks
from yuanshou_ops.exchange.checking import check, problems_in
from yuanshou_ops.exchange.kinds import KINDS
from yuanshou_ops.exchange.kinds.base import Kind
from yuanshou_ops.exchange.models import Import
from yuanshou_ops.exchange.reading import COLUMNS_MAX, ROWS_MAX
from yuanshou_ops.exchange.statuses import UNFINISHED
from yuanshou_ops.pages import Column, Listing, page, show_form, typed
from yuanshou_ops.people.once import once
from yuanshou_ops.people.policy import find, may, require, visible
from yuanshou_ops.planning.models import Task

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REFRESH_SECONDS = 3
PATIENCE_SECONDS = 30
"""After so long without a worker the page offers to do the work itself."""


@page("exchange.view")
def imports(request: HttpRequest) -> HttpResponse:
    """The files of one's organisations, and the templates of what one may send."""
    columns = [
        Column(
            _("Number"), lambda r: r.number, "number", "code", lambda r: reverse("exchange:import", args=[r.number])
        ),
        Column(_("Kind"), lambda r: r.get_kind_display(), "kind"),
        Column(_("File"), lambda r: r.file_name, "file_name"),
        Column(_("Status"), lambda r: r.get_status_display(), "status"),
        Column(_("Uploaded"), lambda r: r.uploaded_at, "uploaded_at", "date"),
        Column(_("Rows"), lambda r: r.rows or r.preview.get("rows"), "rows", "number"),
        Column(_("Units"), lambda r: r.units or r.preview.get("units"), "units", "number"),
    ]
    rows = visible(Import, request.user, "exchange.view").defer("content").select_related("organisation")
    return Listing(request, rows, columns, filters=forms.ImportFilter, title=_("Spreadsheets")).response(
        "exchange/imports.html", kinds=_kinds_for(request.user), rows_max=ROWS_MAX, columns_max=COLUMNS_MAX
    )


def _kinds_for(user: Any) -> list[Kind]:
    return [kind for kind in KINDS.values() if may(user, kind.action) and may(user, "exchange.import")]


def _kind(request: HttpRequest, name: str) -> Kind:
    if name not in KINDS:
        raise Http404
    require(request.user, KINDS[name].action)
    return KINDS[name]


@page("exchange.view")
def template(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """An empty spreadsheet, in the language of the page or the one asked for; `form` is xlsx or csv."""
    if form not in ("xlsx", "csv"):
        raise Http404
    asked = request.GET.get("language", "")
    language = asked if translation.check_for_language(asked) else get_language() or "en"
    chosen = _kind(request, kind)
    with translation.override(language):
        is_csv = form == "csv"
        body = workbooks.template_csv(chosen) if is_csv else workbooks.template_xlsx(chosen, request.user)
    return _file(body, f"{kind}-{language}.{form}", "text/csv; charset=utf-8" if is_csv else XLSX)


def _file(body: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@page("exchange.import")
def upload(request: HttpRequest, kind: str) -> HttpResponse:
    chosen = _kind(request, kind)
    form = forms.UploadForm(typed(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, at = form.cleaned_data["file"], timezone.now()
        content = file.read()

        def do() -> tuple[int, str]:
            row = actions.upload(
                by=request.user, at=at, kind=kind, file_name=file.name, content=content, language=get_language() or "en"
            )
            return 201, row.number

        sent = {"kind": kind, "name": file.name, "size": len(content)}
        number = once(key=form.cleaned_data["key"], by=request.user, at=at, content=sent, do=do)[1]
        actions.go_on(Import.objects.get(number=number), at)
        return redirect("exchange:import", number)
    return show_form(
        request, form, title=_("Send a spreadsheet: %(kind)s") % {"kind": chosen.title}, submit=_("Read the file"),
        lead=chosen.lead, back=reverse("exchange:imports"),
    )  # fmt: skip


@page("exchange.view")
def import_(request: HttpRequest, number: str) -> HttpResponse:
    """Where the file stands: its progress, its problems, what it would do, or what it did."""
    return _show(request, find(Import, request.user, "exchange.view", number=number))


def _show(request: HttpRequest, row: Import, form: forms.ConfirmForm | None = None, status: int = 200) -> HttpResponse:
    headings = {column.name: column.heading for column in KINDS[row.kind].columns}
    is_ready = row.status == Import.Status.READY and _may_go_on(request.user, row)
    task = Task.objects.filter(kind=Task.Kind.IMPORT, about=row.number).order_by("-id").first()
    is_late = task is not None and (timezone.now() - task.queued_at).total_seconds() > PATIENCE_SECONDS
    context = {
        "row": row, "preview": row.preview, "kind": KINDS[row.kind],
        "problems": [(headings.get(problem.column, ""), problem) for problem in problems_in(row.preview)],
        "form": (form or forms.ConfirmForm(preview=row.preview)) if is_ready else None,
        "is_working": row.status in UNFINISHED, "task": task, "refresh": REFRESH_SECONDS,
        "can_go_on": _may_go_on(request.user, row), "can_do_here": task is None or (is_late and task.status == "queued"),
        "can_drop": row.status in ("ready", "wrong", "waiting") and _may_go_on(request.user, row),
        "has_workbook": bool(row.preview.get("problem_count")) and row.content is not None,
    }  # fmt: skip
    return render(request, "exchange/import.html", context, status=status)


def _may_go_on(user: Any, row: Import) -> bool:
    return may(user, "exchange.import", row) and may(user, KINDS[row.kind].action)


@require_POST
@page("exchange.import")
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    """Take the file in. A second click finds it confirmed and shows where it stands."""
    row = find(Import, request.user, "exchange.import", number=number)
    if row.status in (Import.Status.CONFIRMED, Import.Status.DONE):
        return redirect("exchange:import", number)
    form = forms.ConfirmForm(request.POST, preview=row.preview)
    if not form.is_valid():
        return _show(request, row, form, status=422)
    answers = {name: True for name in ("unusual", "duplicates", "again") if form.cleaned_data.get(name)}
    at = timezone.now()
    row = actions.confirm(by=request.user, at=at, row=row, mark=form.cleaned_data["mark"], answers=answers)
    actions.go_on(row, at)
    return redirect("exchange:import", number)


@require_POST
@page("exchange.import")
def do_here(request: HttpRequest, number: str) -> HttpResponse:
    """Do the waiting work in this request, where no worker runs."""
    row = find(Import, request.user, "exchange.import", number=number)
    actions.process(row.number)
    return redirect("exchange:import", number)


@require_POST
@page("exchange.import")
def drop(request: HttpRequest, number: str) -> HttpResponse:
    actions.drop(by=request.user, at=timezone.now(), row=find(Import, request.user, "exchange.import", number=number))
    return redirect("exchange:imports")


@page("exchange.view")
def errors(request: HttpRequest, number: str) -> HttpResponse:
    """The rows with the wrong cells marked; made anew from the stored file, so that it has every problem."""
    row = find(Import, request.user, "exchange.view", number=number)
    if not row.preview.get("problem_count") or row.content is None:
        raise Http404
    sheet, checked = check(bytes(row.content), row.kind, request.user)
    body = workbooks.error_workbook(KINDS[row.kind], sheet, checked.problems)
    return _file(body, f"{row.number}-{_('to-correct')}.xlsx", XLSX)
