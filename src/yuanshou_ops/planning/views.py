"""What is seen of planning: the studio, one run with its lines and reasons, approval, comparison, the queue."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuanshou.errors import YuanshouError
from yuanshou_ops.clock import now
from yuanshou_ops.pages import Column, Listing, page, show_conflict, show_form, tell, told_in, typed
from yuanshou_ops.people.models import Place, User
from yuanshou_ops.people.once import once
from yuanshou_ops.people.policy import find, may
from yuanshou_ops.planning import actions, compare, forms
from yuanshou_ops.planning.engine import folder_of
from yuanshou_ops.planning.models import PlanCell, PlanLine, PlanRun, Task
from yuanshou_ops.planning.stages import stage_words
from yuanshou_ops.sentences import kept
from yuanshou_ops.shipments.models import Shipment
from yuanshou_ops.situation.models import Outbreak, latest, lead
from yuanshou_ops.templatetags import number as figure

RULE_WORDS = dict(forms.RULES)
FIGURE_WORDS = {
    "coverage_weighted": _("Coverage by value"), "coverage_worst": _("Coverage of the worst place"),
    "coverage_worst_tenth": _("Coverage of the worst tenth"), "coverage_gini": _("Gini of coverage"),
    "consignments": _("Consignments"), "freight_usd": _("Freight, US$"), "freight_kg": _("Freight, kg"),
}  # fmt: skip


@page("planning.view")
def runs(request: HttpRequest) -> HttpResponse:
    columns = [
        Column(_("Number"), lambda r: r.number, "number", "code", lambda r: reverse("planning:run", args=[r.number])),
        Column(_("Title"), lambda r: r.title, "title"),
        Column(_("Outbreak"), lambda r: r.outbreak.name, "outbreak__name"),
        Column(_("Counts as of"), lambda r: r.as_of, "as_of", "date"),
        Column(_("Rule"), lambda r: r.settings.get("policy", "")),
        Column(_("Coverage by value"), lambda r: share(r.summary.get("coverage_weighted"))),
        Column(_("Worst place"), lambda r: share(r.summary.get("coverage_worst"))),
        Column(_("Status"), lambda r: r.get_status_display(), "status"),
        Column(_("Made"), lambda r: r.created_at, "created_at", "date"),
    ]
    doors = [(reverse("planning:run_add"), _("New plan"), "planning.run")]
    return Listing(
        request, PlanRun.objects.select_related("outbreak"), columns, filters=forms.RunFilter, title=_("Plans")
    ).response(actions=[(a, w) for a, w, action in doors if may(request.user, action)])


def share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def _asked_for(request: HttpRequest) -> Outbreak:
    """The outbreak the address names, or the lead one."""
    return Outbreak.objects.filter(code=request.GET.get("outbreak", "")).first() or lead()


@page("planning.run")
def run_add(request: HttpRequest) -> HttpResponse:
    outbreak = _asked_for(request)
    snapshot = latest(outbreak)
    first = {
        "outbreak": outbreak.code,
        "as_of": (snapshot.as_of if snapshot else now().date()).isoformat(),
        "policy": "need",
        "scope": "deliverable",
    }
    form = forms.RunForm(typed(request), initial=first)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        choice = actions.Choice(
            policy=data["policy"], equity_floor=data["equity_floor"] / 100, weeks=data["weeks"],
            compare=tuple(data["compare"]), adopt_weeks=data["adopt_weeks"],
        )  # fmt: skip
        places, items = form.place_codes(), [item.pk for item in data["items"]]

        def do() -> tuple[int, str]:
            run = actions.make_run(
                by=request.user, at=timezone.now(), title=data["title"], as_of=data["as_of"], choice=choice,
                places=places, items=items, outbreak=data["outbreak"],
            )  # fmt: skip
            return 201, run.number

        content = {
            "title": data["title"],
            "as_of": data["as_of"],
            "outbreak": data["outbreak"].code if data["outbreak"] else "",
            "choice": str(choice),
            "places": places,
            "items": items,
        }
        number = once(key=data["key"], by=request.user, at=timezone.now(), content=content, do=do)[1]
        return redirect("planning:run", number)
    lead = _("Only vetted stock in the ledger is planned. Requests do not enter: asking for more never gets more.")
    return show_form(request, form, title=_("New plan"), submit=_("Run it"), lead=lead, back=reverse("planning:runs"))


@page("planning.view")
def run(request: HttpRequest, number: str) -> HttpResponse:
    row = find(PlanRun, request.user, "planning.view", number=number)
    people = dict(
        User.objects.filter(pk__in=[row.created_by_id, row.submitted_by_id, row.decided_by_id]).values_list(
            "pk", "name"
        )
    )
    context: dict[str, Any] = {
        "row": row, "task": row.tasks.last(), "people": people, "figures": _figures(row),
        "places": _by_place(row), "items": _by_item(row), "lines": row.lines.count(),
        "adopted": actions.adopted_lines(row).count(), "changed": row.lines.exclude(reason="").count(),
        "lost": actions.without_consignee(row).count() if row.status == "ready" else 0,
        "shipments": Shipment.objects.filter(plan=row.number).select_related("to_place")[:200],
        "is_waiting": row.status in ("queued", "running"), "can": _can(request.user, row),
        "compare_form": forms.CompareForm(), "rule": RULE_WORDS.get(row.settings.get("policy"), ""),
        "has_file": (folder_of(row) / "plan.json").exists(),
    }  # fmt: skip
    response = render(request, "planning/run.html", context)
    if context["is_waiting"]:
        response["Refresh"] = "3"  # works without script; the page stops asking when the run has ended
    return response


def _can(user: Any, row: PlanRun) -> dict[str, bool]:
    steps = {"adjust": "ready", "submit": "ready", "drop": "ready failed", "approve": "submitted"}
    return {step: row.status in at.split() and may(user, f"planning.{step}") for step, at in steps.items()}


def _figures(row: PlanRun) -> list[tuple[Any, list[Any]]]:
    """Name of the figure and its value under every rule, the run's own first."""
    rules = row.comparisons or ([{"policy": row.settings.get("policy")} | row.summary] if row.summary else [])
    shown: list[tuple[Any, list[Any]]] = [(_("Rule"), [rule["policy"] for rule in rules])] if rules else []
    for name, words in FIGURE_WORDS.items() if rules else ():
        values = [rule.get(name) for rule in rules]
        is_share = name.startswith("coverage_") and name != "coverage_gini"
        digits = 2 if name == "coverage_gini" else None
        shown.append((words, [share(v) if is_share else figure(v if v is None else round(v, digits)) for v in values]))
    return shown


def _by_place(row: PlanRun) -> list[dict[str, Any]]:
    """The ten places with the least coverage by value, as the figures above count it."""
    values = [(code, value) for code, value in compare.value_by_place(row).items() if value.coverage is not None]
    values.sort(key=lambda pair: (pair[1].coverage, pair[0]))
    places = {place.pk: place for place in Place.objects.filter(pk__in=[code for code, _value in values[:10]])}
    return [
        {"place": places[code], "unmet": round(value.unmet), "coverage": share(value.coverage)}
        for code, value in values[:10]
    ]


def _by_item(row: PlanRun) -> list[dict[str, Any]]:
    sums = row.cells.values("item_id", "item__name", "item__unit").annotate(
        need=Sum("need"), served=Sum("served"), unmet=Sum("unmet")
    )
    return [
        s | {"coverage": share(s["served"] / s["need"] if s["need"] else None)} for s in sums.order_by("item__name")
    ]


@page("planning.view")
def lines(request: HttpRequest, number: str) -> HttpResponse:
    row = find(PlanRun, request.user, "planning.view", number=number)
    columns = [
        Column(_("Line"), lambda x: x.line, "line", "code", lambda x: reverse("planning:line", args=[number, x.line])),
        Column(_("To"), lambda x: x.recipient.name, "recipient__name_en"),
        Column(_("Item"), lambda x: x.item.name, "item__name"),
        Column(_("Planned"), lambda x: x.planned, "planned", "number"),
        Column(_("To send"), lambda x: x.quantity, "quantity", "number"),
        Column(_("From"), lambda x: x.source, "source", "code"),
        Column(_("Lot"), lambda x: str(x.account.lot), kind="code"),
        Column(_("Mode"), lambda x: x.mode),
        Column(_("Week to"), lambda x: x.week, "week", "date"),
        Column(_("Arrives by"), lambda x: x.arrival, "arrival", "date"),
        Column(_("Reason for the change"), lambda x: x.reason),
    ]
    rows = row.lines.select_related("recipient", "item", "account__lot")
    title = _("Lines of %s") % number
    return Listing(request, rows, columns, filters=forms.LineFilter, order="line", title=title).response(
        actions=[(reverse("planning:run", args=[number]), _("Back to the plan"))]
    )


@page("planning.view")
def reasons(request: HttpRequest, number: str) -> HttpResponse:
    """Need, what is served, and why not more, for every place and item."""
    row = find(PlanRun, request.user, "planning.view", number=number)
    columns = [
        Column(_("Place"), lambda c: c.place.name, "place__name_en", link=lambda c: reverse("situation:place", args=[c.place_id])),
        Column(_("Item"), lambda c: c.item.name, "item__name"),
        Column(_("Need"), lambda c: c.need, "need", "number"),
        Column(_("Served"), lambda c: c.served, "served", "number"),
        Column(_("Unmet"), lambda c: c.unmet, "unmet", "number"),
        Column(_("Coverage"), lambda c: share(c.coverage), "coverage"),
        Column(_("Why"), lambda c: c.sentence),
    ]  # fmt: skip
    rows = row.cells.select_related("place", "item")
    return Listing(
        request, rows, columns, filters=forms.CellFilter, order="coverage", title=_("Reasons of %s") % number
    ).response(actions=[(reverse("planning:run", args=[number]), _("Back to the plan"))])


@page("planning.view")
def line(request: HttpRequest, number: str, line: int) -> HttpResponse:
    """One line: why this much, what would change it, and the form to change it by hand."""
    rows = PlanLine.objects.select_related("run", "recipient", "item", "account__lot", "account__holder")
    row = get_object_or_404(rows, run__number=number, line=line)
    cell = PlanCell.objects.filter(run=row.run, place=row.recipient, item=row.item).first()
    can_adjust = row.run.status == "ready" and may(request.user, "planning.adjust", row)
    form = forms.LineForm(
        typed(request), initial={"version": row.version, "quantity": row.quantity, "reason": row.reason}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.change_line(
                by=request.user, at=timezone.now(), line=row, quantity=data["quantity"], reason=data["reason"],
                expected_version=data["version"],
            )  # fmt: skip
            return redirect("planning:run", number)
        except actions.EditConflict as conflict:
            return show_conflict(request, form, conflict.current, title=str(row))
        except YuanshouError as error:
            tell(form, error)
    status = 422 if form.is_bound and form.errors else 200
    return render(
        request, "planning/line.html", {"row": row, "cell": cell, "form": form, "can_adjust": can_adjust}, status=status
    )


@page("planning.submit")
def submit(request: HttpRequest, number: str) -> HttpResponse:
    row = find(PlanRun, request.user, "planning.submit", number=number)
    form = forms.SubmitForm(typed(request))
    if request.method == "POST" and form.is_valid():
        with told_in(form, YuanshouError):
            actions.submit_run(by=request.user, at=timezone.now(), run=row, leave_out=form.cleaned_data["leave_out"])
            return redirect("planning:run", number)
    lost = actions.without_consignee(row)
    names = ", ".join(sorted(set(lost.values_list("recipient__name_en", flat=True))))
    lead = _("%(lines)d lines are asked for. Without a verified consignee: %(names)s.") % {
        "lines": actions.adopted_lines(row).count(), "names": names or "–",
    }  # fmt: skip
    return show_form(
        request, form, title=_("Submit %s for approval") % number, submit=_("Submit"), lead=lead,
        back=reverse("planning:run", args=[number]),
    )  # fmt: skip


@page("planning.approve")
def decide(request: HttpRequest, number: str) -> HttpResponse:
    row = find(PlanRun, request.user, "planning.approve", number=number)
    form = forms.DecideForm(typed(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        with told_in(form, YuanshouError):
            if form.cleaned_data["decision"] == "approve":
                made = actions.approve_run(by=request.user, at=timezone.now(), run=row, reason=reason)
                messages.success(request, _("Approved: %d shipments are drafted and their goods reserved.") % len(made))
            else:
                actions.refuse_run(by=request.user, at=timezone.now(), run=row, reason=reason)
            return redirect("planning:run", number)
    lead = _("%d lines of the first weeks are reserved, all or none.") % actions.adopted_lines(row).count()
    return show_form(
        request,
        form,
        title=_("Decide on %s") % number,
        submit=_("Decide"),
        lead=lead,
        back=reverse("planning:run", args=[number]),
    )


@page("planning.drop")
def drop(request: HttpRequest, number: str) -> HttpResponse:
    row = find(PlanRun, request.user, "planning.drop", number=number)
    form = forms.ReasonForm(typed(request))
    if request.method == "POST" and form.is_valid():
        actions.drop_run(by=request.user, at=timezone.now(), run=row, reason=form.cleaned_data["reason"])
        return redirect("planning:run", number)
    return show_form(
        request, form, title=_("Drop %s") % number, submit=_("Drop"), back=reverse("planning:run", args=[number])
    )


@page("planning.view")
def compare_runs(request: HttpRequest, number: str) -> HttpResponse:
    """This run beside the one named by `?other=`; the address is the comparison."""
    one = find(PlanRun, request.user, "planning.view", number=number)
    form = forms.CompareForm(request.GET or None)
    if not form.is_valid():
        return redirect("planning:run", number)
    two = form.cleaned_data["other"]
    return render(
        request, "planning/compare.html",
        {"one": one, "two": two, "differences": compare.differences(one, two), "places": compare.by_place(one, two),
         "figures": [(FIGURE_WORDS[name], a, b) for name, a, b in compare.figures(one, two)]},
    )  # fmt: skip


@page("planning.view")
def plan_file(request: HttpRequest, number: str) -> FileResponse:
    """The sealed plan file, which anybody can check with the command `verify`'s counterpart for plans."""
    row = find(PlanRun, request.user, "planning.view", number=number)
    path = folder_of(row) / "plan.json"
    if not path.exists():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{number}.json")


@page("planning.refresh")
def refresh(request: HttpRequest) -> HttpResponse:
    form = forms.RefreshForm(
        typed(request), initial={"as_of": now().date().isoformat(), "outbreak": _asked_for(request).code}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        actions.refresh(by=request.user, at=timezone.now(), as_of=data["as_of"], outbreak=data["outbreak"])
        messages.success(request, _("In the queue. The situation page shows it when it is done."))
        return redirect("planning:tasks")
    return show_form(
        request, form, title=_("New snapshot of the situation"), submit=_("Ask for it"), back=reverse("situation:world")
    )


@page("planning.view")
def tasks(request: HttpRequest) -> HttpResponse:
    columns = [
        Column(_("Task"), lambda t: str(t), link=lambda t: reverse("planning:run", args=[t.run.number]) if t.run else ""),
        Column(_("Status"), lambda t: t.get_status_display(), "status"),
        Column(_("Stage"), lambda t: stage_words(t.stage)),
        Column("%", lambda t: t.percent, kind="number"),
        Column(_("Queued"), lambda t: t.queued_at, "queued_at", "date"),
        Column(_("Tries"), lambda t: t.attempts, kind="number"),
        Column(_("What went wrong"), lambda t: kept(t.error)),
    ]  # fmt: skip
    return Listing(request, Task.objects.select_related("run"), columns, title=_("Queue")).response()
