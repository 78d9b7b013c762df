"""What is seen of papers: what each lacks, its versions, and the PDF in six languages."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yuanshou_ops.environment import LANGUAGES
from yuanshou_ops.pages import page
from yuanshou_ops.people.policy import find, may, require
from yuanshou_ops.shipments import papers
from yuanshou_ops.shipments.models import Paper, Shipment


def _shipment(request: HttpRequest, number: str, kind: str, action: str) -> Shipment:
    """The shipment, if the kind of paper exists and the person may do the action to it."""
    if kind not in Paper.Kind.values:
        raise Http404
    rows = Shipment.objects.select_related("consignor", "consignee__organisation", "aid_request")
    return find(rows, request.user, action, number=number)


@page("shipments.view")
def paper(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """What the paper lacks, and the versions there are, each in six languages."""
    row = _shipment(request, number, kind, "shipments.view")
    found = papers.lacks(row, kind)
    is_open = kind != Paper.Kind.WAYBILL or may(request.user, "shipments.code", row)
    context: dict[str, Any] = {
        "row": row, "kind": kind, "title": Paper.Kind(kind).label, "versions": row.papers.filter(kind=kind)[::-1],
        "stopping": [lack.words for lack in found if lack.stops],
        "missing": [lack.words for lack in found if not lack.stops],
        "can_issue": may(request.user, "shipments.paper", row), "can_download": is_open,
        "languages": [(code, get_language_info(code)["name_local"]) for code in LANGUAGES],
    }  # fmt: skip
    return render(request, "shipments/paper.html", context)


@require_POST
@page("shipments.paper")
def paper_issue(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    row = _shipment(request, number, kind, "shipments.paper")
    made = papers.issue(by=request.user, at=timezone.now(), shipment=row, kind=kind)
    messages.success(request, _("%(title)s: version %(version)s is ready.")
                     % {"title": Paper.Kind(kind).label, "version": made.version})  # fmt: skip
    return redirect("shipments:paper", number, kind)


@page("shipments.view")
def paper_pdf(request: HttpRequest, number: str, kind: str, version: int, language: str) -> HttpResponse:
    """One version in one language. The waybill carries the receiver's code, so it takes the right to see the code."""
    row = _shipment(request, number, kind, "shipments.view")
    if kind == Paper.Kind.WAYBILL:
        require(request.user, "shipments.code", row)
    made = row.papers.filter(kind=kind, version=version).first()
    if made is None or language not in LANGUAGES:
        raise Http404
    response = HttpResponse(papers.print_paper(made, language), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{made.number}-v{version}-{language}.pdf"'
    return response
