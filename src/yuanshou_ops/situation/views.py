"""What is seen of the situation: the world as table and map, one place, its figures as files, measures."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from yuanshou.errors import YuanshouError
from yuanshou_ops.clock import now
from yuanshou_ops.deployments.models import Deployment
from yuanshou_ops.deployments.statuses import BINDING
from yuanshou_ops.engagements.actions import promises_for
from yuanshou_ops.engagements.statuses import OPEN_PROMISE
from yuanshou_ops.evidence.ways import facts_behind, opened_from
from yuanshou_ops.pages import PUBLIC, Column, Listing, page, show_form, told_in, typed
from yuanshou_ops.people.models import Place
from yuanshou_ops.people.policy import find, may, visible
from yuanshou_ops.requests.models import AidRequest, Commitment
from yuanshou_ops.shipments.models import Shipment
from yuanshou_ops.situation import actions, drawings, forms
from yuanshou_ops.situation.cover import days_of_cover, need_rows
from yuanshou_ops.situation.models import Measure, Outbreak, PlaceSituation, Snapshot, figures_of, latest, lead

HEAVY = ("need", "forecast", "curve", "vintages", "capacity", "intervals")


def locale() -> str:
    return (get_language() or "en").split("-")[0]


def followed(request: HttpRequest) -> Outbreak:
    """The outbreak the address names by `?outbreak=`, or the lead one."""
    code = request.GET.get("outbreak", "")
    return get_object_or_404(Outbreak, code=code.upper()) if code else lead()


def chosen(request: HttpRequest) -> Snapshot | None:
    """The snapshot of the outbreak followed that the address names by `?as_of=`, or the latest."""
    day, outbreak = request.GET.get("as_of", ""), followed(request)
    if not day:
        return latest(outbreak)
    row = next((s for s in Snapshot.objects.filter(outbreak=outbreak) if s.as_of.isoformat() == day), None)
    if row is None:
        raise Http404
    return row


@page(PUBLIC)
def chart_style(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(drawings.STYLE, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600"
    return response


@page("situation.view")
def world(request: HttpRequest) -> HttpResponse:
    snapshot, kept = chosen(request), f"?{urlencode({'outbreak': followed(request).code})}"
    rows = PlaceSituation.objects.filter(snapshot=snapshot).select_related("place").defer(*HEAVY)
    rows = rows.filter(cases_cumulative__isnull=False)
    columns = [
        Column(_("Place"), lambda r: r.place.name, "place__name_en", link=lambda r: reverse("situation:place", args=[r.place_id]) + (kept if "outbreak" in request.GET else "")),
        Column(_("Cases"), lambda r: r.cases_cumulative, "cases_cumulative", "number"),
        Column(_("New, 7 days"), lambda r: r.cases_new_7d, "cases_new_7d", "number"),
        Column(_("per 100,000"), lambda r: tidy(r.cases_new_7d_per_100k), "cases_new_7d_per_100k", "number"),
        Column(_("Doubling, days"), lambda r: tidy(r.doubling_time_days), "doubling_time_days", "number"),
        Column(_("Reproduction number"), lambda r: tidy(r.reproduction_number), "reproduction_number", "number"),
        Column(_("Deaths"), lambda r: r.deaths_cumulative, "deaths_cumulative", "number"),
        Column(_("New deaths, 7 days"), lambda r: r.deaths_new_7d, "deaths_new_7d", "number"),
        Column(_("Last report"), lambda r: r.last_report, "last_report", "date"),
        Column(_("High-risk list"), lambda r: "; ".join(risk["rule"] for risk in r.risks)),
    ]  # fmt: skip
    doors = [(reverse("situation:map") + kept, _("Map"), "situation.view"), (reverse("situation:measures"), _("Measures"), "situation.view"),
             (reverse("situation:outbreaks"), _("Outbreaks"), "situation.view"),
             (reverse("planning:refresh") + kept, _("New snapshot"), "planning.refresh")]  # fmt: skip
    return Listing(
        request, rows, columns, filters=forms.WorldPageFilter, order="-cases_new_7d", title=_("Situation"),
        empty=_("No snapshot yet. Ask for one under “New snapshot”."),
    ).response("situation/world.html", snapshot=snapshot, **switch(request), actions=[(a, w) for a, w, x in doors if may(request.user, x)])  # fmt: skip


def switch(request: HttpRequest) -> dict[str, Any]:
    """What the switch between outbreaks needs, and the end of every address that stays with the one chosen."""
    outbreak = followed(request)
    kept = f"?{urlencode({'outbreak': outbreak.code})}" if request.GET.get("outbreak") else ""
    return {"outbreaks": list(Outbreak.objects.all()[:20]), "outbreak": outbreak, "kept": kept}


def tidy(value: float | None) -> float | None:
    """Two significant figures below ten, whole numbers above: more would pretend."""
    return None if value is None else round(value, 1) if abs(value) >= 1 else float(f"{value:.2g}")


@page("situation.view")
def world_map(request: HttpRequest) -> HttpResponse:
    snapshot = chosen(request)
    title = gettext("New cases in 7 days per 100,000 people")
    chart = drawings.spread_map(snapshot, title=title, locale=locale()) if snapshot else None
    return render(
        request,
        "situation/map.html",
        {"snapshot": snapshot, "drawing": chart.svg if chart else "", "title": title, "legend": drawings.MAP_LEGEND}
        | switch(request),
    )


@page("situation.view")
def place(request: HttpRequest, code: str) -> HttpResponse:
    """Everything known of one place on one page."""
    row = get_object_or_404(Place, pk=code.upper())
    snapshot = chosen(request)
    figures = figures_of(row, snapshot)
    user, today = request.user, now().date()
    measures = list(row.measures.all())
    behind = facts_behind(user, "measure", [one.pk for one in measures])
    context: dict[str, Any] = {
        "row": row, "snapshot": snapshot, "figures": figures, "charts": _charts(figures),
        "measures": [(m, m.is_in_force(today), behind.get(str(m.pk), ())) for m in measures],
        "need": need_rows(figures), "cover": days_of_cover(places=[row.pk], snapshot=snapshot) if snapshot else [],
        "requests": _requests(user, row), "coming": _coming(user, row), "promises": _promises(user, row),
        "can_measure": may(user, "situation.measure"), "snapshots": Snapshot.objects.filter(outbreak=followed(request))[:12], **switch(request),
        "can_request": may(user, "requests.draft"), "teams": _teams(user, row), "said": _said(user, row),
    }  # fmt: skip
    return render(request, "situation/place.html", context)


def _charts(figures: PlaceSituation | None) -> list[tuple[str, Any]]:
    if figures is None:
        return []
    names = {
        "cases": (gettext("New cases a week"), gettext("persons a week, with the forecast")),
        "deaths": (gettext("New deaths a week"), gettext("persons a week, with the forecast")),
    }
    drawn = [
        (target, drawings.curve(figures, target, title=title, unit=unit, locale=locale()))
        for target, (title, unit) in names.items()
    ]
    return [(target, mark_safe(chart.__html__())) for target, chart in drawn if chart is not None]


def _requests(user: Any, row: Place) -> Any:
    if not may(user, "requests.view"):
        return []
    return visible(AidRequest, user, "requests.view").filter(place=row).exclude(status="draft").order_by("-id")[:20]


def _coming(user: Any, row: Place) -> Any:
    if not may(user, "shipments.view"):
        return []
    moving = ["draft", "packed", "dispatched", "arrived", "receiving"]
    rows = visible(Shipment, user, "shipments.view").filter(to_place=row, status__in=moving)
    return rows.prefetch_related("lines__item").select_related("consignor").order_by("arrives_on")[:50]


def _teams(user: Any, row: Place) -> Any:
    if not may(user, "deployments.view"):
        return []
    rows = visible(Deployment, user, "deployments.view").filter(place=row, status__in=BINDING)
    return rows.select_related("team__organisation").order_by("starts_on")


def _said(user: Any, row: Place) -> Any:
    """Leaders' promises to the place that are still open, as far as the person may see them."""
    if not may(user, "engagements.view"):
        return []
    return promises_for(user).filter(receiver_place=row, status__in=OPEN_PROMISE).order_by("due_on", "id")[:20]


def _promises(user: Any, row: Place) -> Any:
    if not may(user, "requests.view"):
        return []
    return (
        visible(Commitment, user, "requests.view")
        .filter(place=row, status="pending")
        .select_related("donor", "item")[:20]
    )


@page("situation.view")
def place_file(request: HttpRequest, code: str, what: str) -> HttpResponse:
    """The figures behind a chart or table as CSV, with the source in every row."""
    figures = get_object_or_404(
        PlaceSituation.objects.select_related("snapshot"), place=code.upper(), snapshot=chosen(request)
    )
    writer_rows = {"cases": _curve_rows, "deaths": _curve_rows, "need": _need_file_rows}.get(what)
    if writer_rows is None:
        raise Http404
    text = io.StringIO()
    csv.writer(text).writerows(writer_rows(figures, what))
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{code.upper()}-{what}-{figures.snapshot.as_of}.csv"'
    return response


def _curve_rows(figures: PlaceSituation, what: str) -> list[list[Any]]:
    source, day = figures.snapshot.source, figures.snapshot.as_of
    rows: list[list[Any]] = [["week_end", "kind", "median", "low95", "low50", "high50", "high95", "as_of", "source"]]
    days, seen = drawings.weekly(figures, what)
    rows += [[d, "reported", "" if v != v else v, "", "", "", "", day, source] for d, v in zip(days, seen, strict=True)]
    fan = figures.forecast[what]
    for i, week in enumerate(figures.forecast["weeks"]):
        rows.append(
            [week, "forecast", *(fan[n][i] for n in ("median", "low95", "low50", "high50", "high95")), day, source]
        )
    return rows


def _need_file_rows(figures: PlaceSituation, what: str) -> list[list[Any]]:
    rows: list[list[Any]] = [["item", "week_end", "median", "p90", "as_of", "source"]]
    for item, need in figures.need.items():
        for i, week in enumerate(figures.forecast["weeks"]):
            rows.append(
                [item, week, need["median"][i], need["p90"][i], figures.snapshot.as_of, figures.snapshot.source]
            )
    return rows


@page("situation.view")
def measures(request: HttpRequest) -> HttpResponse:
    columns = [
        Column(_("Place"), lambda m: m.place.name, "place__name_en", link=lambda m: reverse("situation:place", args=[m.place_id])),
        Column(_("Kind"), lambda m: m.get_kind_display(), "kind"),
        Column(_("What it is"), lambda m: m.title),
        Column(_("From"), lambda m: m.starts_on, "starts_on", "date"),
        Column(_("Until"), lambda m: m.ends_on, "ends_on", "date"),
        Column(_("Source"), lambda m: m.source),
    ]  # fmt: skip
    doors = (
        [(reverse("situation:measure_add"), _("Record a measure"))] if may(request.user, "situation.measure") else []
    )
    return Listing(
        request, Measure.objects.select_related("place"), columns, order="-starts_on", title=_("Measures")
    ).response(actions=doors)


@page("situation.measure")
def measure_add(request: HttpRequest) -> HttpResponse:
    opened = opened_from(request, "measure")
    form = forms.MeasureForm(typed(request), initial={"place": request.GET.get("place")} | opened.initial)
    if request.method == "POST" and form.is_valid():
        with told_in(form, YuanshouError):
            with transaction.atomic():
                row = actions.add_measure(by=request.user, at=timezone.now(), measure=form.save(commit=False))
                opened.became(row.pk)
            return redirect("situation:place", row.place_id)
    return show_form(request, form, title=_("Record a measure"), submit=_("Record"), back=reverse("situation:measures"))


@page("situation.measure")
def measure_end(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(Measure, request.user, "situation.measure", pk=pk)
    form = forms.MeasureEndForm(typed(request), initial={"version": row.version, "ends_on": row.ends_on})
    back = reverse("situation:place", args=[row.place_id])
    if request.method == "POST" and form.is_valid():
        with told_in(form, YuanshouError):
            ends_on, version = form.cleaned_data["ends_on"], form.cleaned_data["version"]
            actions.end_measure(
                by=request.user, at=timezone.now(), measure=row, ends_on=ends_on, expected_version=version
            )
            return redirect(back)
    return show_form(request, form, title=_("End: %s") % row.title, submit=_("End the measure"), back=back)
