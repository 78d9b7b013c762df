"""Downloads: what is public from the published edition, the rest for those who may see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.bulletin.actions import published_edition
from yuanshou_ops.bulletin.models import Edition
from yuanshou_ops.clock import now
from yuanshou_ops.formats.adx import to_adx
from yuanshou_ops.formats.epcis import to_epcis
from yuanshou_ops.formats.iati import to_iati
from yuanshou_ops.formats.tables import to_fts, to_hubverse, to_hxl
from yuanshou_ops.pages import PUBLIC, page
from yuanshou_ops.people.policy import may, visible
from yuanshou_ops.shipments.models import Shipment
from yuanshou_ops.situation.models import Outbreak, latest

EVENTS_SHIPMENTS_MAX = 2000
"""More shipments than these are asked for by place, so that a download ends."""


def _iati(edition: Edition) -> bytes:
    return to_iati(edition, reporter=settings.YUANSHOU["REPORTER"], reporter_ref=settings.YUANSHOU["REPORTER_REF"])


PUBLIC_FORMATS: dict[str, tuple[str, str, Callable[[Edition], bytes]]] = {
    "account.iati.xml": (
        _("IATI 2.03: aid by giver and place, goods in units, money in dollars"),
        "application/xml",
        _iati,
    ),
    "account.fts.csv": (_("Rows as the Financial Tracking Service takes them"), "text/csv", to_fts),
    "account.hxl.csv": (_("The account with HXL hashtags"), "text/csv", to_hxl),
    "counts.adx.xml": (_("ADX: counts of every place"), "application/xml", to_adx),
}
"""File name → words, media type, writer."""


@page(PUBLIC)
def index(request: HttpRequest) -> HttpResponse:
    user = request.user
    context = {
        "edition": published_edition(), "formats": [(name, words) for name, (words, *_rest) in PUBLIC_FORMATS.items()],
        "hubverse": user.is_authenticated and may(user, "situation.view"),
        "epcis": user.is_authenticated and may(user, "shipments.export"),
    }  # fmt: skip
    return render(request, "formats/index.html", context)


@page(PUBLIC)
def public(request: HttpRequest, name: str) -> HttpResponse:
    """One format of the published edition; 404 while nothing is published."""
    edition = published_edition()
    if name not in PUBLIC_FORMATS or edition is None:
        raise Http404
    _words, media, write = PUBLIC_FORMATS[name]
    return _file(write(edition), f"{edition.number}-{name}", media)


@page("situation.view")
def hubverse(request: HttpRequest) -> HttpResponse:
    return forecasts_file(request.GET.get("outbreak", ""))


def forecasts_file(code: str = "") -> HttpResponse:
    """The forecasts of the latest snapshot of the outbreak of that code, or of the lead one; 404 while there is none."""
    snapshot = latest(get_object_or_404(Outbreak, code=code.upper()) if code else None)
    if snapshot is None:
        raise Http404
    return _file(to_hubverse(snapshot), f"{snapshot.as_of}-yuanshou.csv", "text/csv")


@page("shipments.export")
def epcis(request: HttpRequest) -> HttpResponse:
    """The events of the shipments a person may see; `?place=` narrows them."""
    return events_file(request.user, request.GET.get("place", ""))


def events_file(user: Any, place: str) -> HttpResponse:
    """The newest `EVENTS_SHIPMENTS_MAX` shipments that were dispatched, among those the person may see."""
    rows = visible(Shipment, user, "shipments.export").filter(dispatched_at__isnull=False)
    if place:
        rows = rows.filter(to_place=place.upper())
    rows = rows.select_related("consignee").order_by("-id")[:EVENTS_SHIPMENTS_MAX]
    return _file(to_epcis(rows, at=now()), "shipments.epcis.jsonld", "application/ld+json")


def _file(data: bytes, name: str, media: str) -> HttpResponse:
    response = HttpResponse(data, content_type=f"{media}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
