"""The receiver's page: opened by the QR code of the waybill, no account, no script, one small screen, at most 15 KB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from yuanshou.errors import YuanshouError
from yuanshou_ops.errors import Refused, told_html
from yuanshou_ops.pages import PUBLIC, page
from yuanshou_ops.shipments import forms, receipts
from yuanshou_ops.shipments.outcomes import Outcome, shipment_outcomes
from yuanshou_ops.shipments.receipts import Count

FIELDS = {
    "good": _("Good"), "damaged": _("Damaged"), "short": _("Short"),
    "expired": _("Expired"), "surplus": _("Surplus"),
}  # fmt: skip


def count_fields(posted: Mapping[str, str], outcomes: Sequence[Outcome]) -> list[tuple[Outcome, list[Any]]]:
    """For each line its fields: name, words, and what was typed, so that a mistake costs nothing else."""
    return [
        (outcome, [(f"{name}-{outcome.line.line}", words, posted.get(f"{name}-{outcome.line.line}", ""))
                   for name, words in FIELDS.items()])
        for outcome in outcomes
    ]  # fmt: skip


def read_counts(posted: Mapping[str, str], outcomes: Sequence[Outcome]) -> dict[int, Count]:
    """The counts of a posted form: `good-1` is the good units of line 1. An empty field counts nothing."""
    counts = {}
    for outcome in outcomes:
        number = outcome.line.line
        values = {}
        for name in FIELDS:
            text = posted.get(f"{name}-{number}", "").strip()
            if text and not (text.isdecimal() and len(text) <= 15):
                raise Refused(
                    _("'%(text)s' in line %(number)s"), _("a whole number"), _("count pieces, not boxes"),
                    text=text[:20], number=number,
                )  # fmt: skip
            values[name] = int(text or 0)
        counts[number] = Count(**values)
    return counts


@page(PUBLIC)
def find(request: HttpRequest) -> HttpResponse:
    """Where the code is typed by hand, when there is no camera."""
    form = forms.CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if receipts.find_by_code(data["number"].strip().upper(), data["code"]):
            return redirect("receive", data["number"].strip().upper(), data["code"].strip().upper())
        form.add_error("code", _("This code does not belong to this shipment."))
    return render(request, "shipments/receiver_find.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@page(PUBLIC)
def receive(request: HttpRequest, number: str, code: str) -> HttpResponse:
    shipment = receipts.find_by_code(number, code)
    if shipment is None:
        return render(request, "shipments/receiver_find.html", {"form": forms.CodeForm(), "wrong": True}, status=404)
    outcomes, problem, receipt = shipment_outcomes(shipment), "", None
    if request.method == "POST":
        try:
            receiver = receipts.Receiver(request.POST.get("name", "")[:120], request.POST.get("role", "")[:120])
            receipt = receipts.receive_by_code(
                key=request.POST.get("key") or f"{receiver.name}-{sorted(request.POST.items())}"[:60], code=code,
                at=timezone.now(), shipment=shipment, counts=read_counts(request.POST, outcomes), receiver=receiver,
                note=request.POST.get("note", "")[:2000],
            )  # fmt: skip
            outcomes = shipment_outcomes(shipment)
        except YuanshouError as error:
            problem = told_html(error)
    context: dict[str, Any] = {
        "row": shipment, "outcomes": outcomes, "fields": count_fields(request.POST, outcomes),
        "problem": problem, "receipt": receipt, "typed": request.POST,
        "is_open": shipment.status in ("dispatched", "arrived", "receiving") and not receipt,
    }  # fmt: skip
    return render(request, "shipments/receiver.html", context, status=422 if problem else 200)
