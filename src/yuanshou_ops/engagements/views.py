"""What is seen of engagements and promises: the log, the calendar, the counts, and the public tracker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yuanshou.errors import YuanshouError
from yuanshou_ops.clock import now
from yuanshou_ops.engagements import actions, forms
from yuanshou_ops.engagements.counts import promise_counts, tally
from yuanshou_ops.engagements.models import Engagement, Promise
from yuanshou_ops.engagements.statuses import ENGAGEMENT, PROMISE, PUBLIC_PROMISE
from yuanshou_ops.errors import EditConflict
from yuanshou_ops.evidence.ways import opened_from
from yuanshou_ops.pages import PUBLIC, Column, Listing, page, show_form, told_in, typed
from yuanshou_ops.people.models import Organisation
from yuanshou_ops.people.once import once
from yuanshou_ops.people.policy import find, may, require, visible
from yuanshou_ops.steps import possible_steps

STEP_WORDS = {"hold": _("It was held"), "cancel": _("Cancel it")}
PROMISE_WORDS = {
    "confirm": _("Confirmed in writing"), "keep": _("Kept"), "keep_partly": _("Kept in part"), "lapse": _("Lapsed"),
    "withdraw": _("Withdrawn"),
}  # fmt: skip
CALENDAR_DAYS = 42


def _find(request: HttpRequest, number: str) -> Engagement:
    rows = actions.engagements_for(request.user).select_related("organisation")
    return find(rows, request.user, "engagements.view", number=number)


def _find_promise(request: HttpRequest, number: str) -> Promise:
    return find(actions.promises_for(request.user), request.user, "engagements.view", number=number)


def _who(row: Engagement, *, is_host: bool) -> str:
    return ", ".join(side.name for side in row.participants.all() if side.is_host == is_host)


# --- the log -------------------------------------------------------------------------------------------------------


@page("engagements.view")
def engagements(request: HttpRequest) -> HttpResponse:
    rows = actions.engagements_for(request.user).prefetch_related("participants")
    columns = [
        Column(
            _("Number"), lambda e: e.number, "number", "code",
            lambda e: reverse("engagements:engagement", args=[e.number]),
        ),
        Column(_("When"), lambda e: e.starts_at if e.has_time else e.starts_at.date(), "starts_at", "date"),
        Column(_("Kind"), lambda e: e.get_kind_display(), "kind"),
        Column(_("Title"), lambda e: e.title, "title"),
        Column(_("With"), lambda e: _who(e, is_host=False)),
        Column(_("Status"), lambda e: e.get_status_display(), "status"),
        Column(_("Classification"), lambda e: e.get_classification_display(), "classification"),
        Column(_("Published"), lambda e: e.published_at, "published_at", "date"),
    ]  # fmt: skip
    doors = [
        (reverse("engagements:log"), _("Log an engagement"), "engagements.log"),
        (reverse("engagements:calendar"), _("Calendar"), "engagements.view"),
        (reverse("engagements:counts"), _("Counts"), "engagements.view"),
        (reverse("engagements:promises"), _("Promises"), "engagements.view"),
    ]
    return Listing(
        request, rows, columns, filters=forms.EngagementFilter, order="-starts_at", title=_("Engagements"),
        empty=_("No engagement is logged yet."),
    ).response(actions=[(a, w) for a, w, action in doors if may(request.user, action)])  # fmt: skip


@page("engagements.log")
def log(request: HttpRequest) -> HttpResponse:
    theirs = visible(Organisation, request.user, "engagements.log")
    opened = opened_from(request, "engagement")
    form = forms.EngagementForm(typed(request), organisations=theirs, initial=opened.initial)
    if request.method == "POST" and form.is_valid():
        sides = [*form.cleaned_data["hosts"], *form.cleaned_data["others"]]

        def do() -> tuple[int, str]:
            row = actions.log_engagement(by=request.user, at=now(), engagement=form.engagement(), sides=sides)
            opened.became(row.number)
            return 201, row.number

        content = {name: str(value) for name, value in form.cleaned_data.items() if name != "key"}
        with told_in(form, YuanshouError):
            number = once(key=form.cleaned_data["key"], by=request.user, at=now(), content=content, do=do)[1]
            return redirect("engagements:engagement", number)
    back = reverse("engagements:engagements")
    return show_form(request, form, title=_("Log an engagement"), submit=_("Log it"), back=back)


@page("engagements.view")
def engagement(request: HttpRequest, number: str) -> HttpResponse:
    row = _find(request, number)
    user = request.user
    sides = list(row.participants.select_related("place", "organisation"))
    context: dict[str, Any] = {
        "row": row, "hosts": [s for s in sides if s.is_host], "others": [s for s in sides if not s.is_host],
        "promises": row.promises.select_related("promiser_place", "receiver_place", "item").order_by("id"),
        "steps": [(step, STEP_WORDS[step]) for step in possible_steps(ENGAGEMENT, row.status)]
        if may(user, "engagements.log", row) else [],
        "can_write": may(user, "engagements.log", row), "sees_minutes": may(user, "engagements.minutes", row),
        "can_promise": row.status == "held" and may(user, "engagements.promise", row),
        "can_publish": row.classification == "public" and row.published_at is None and row.status != "cancelled"
        and may(user, "engagements.publish", row) and row.logged_by_id != user.pk,
        "can_unpublish": row.published_at is not None and may(user, "engagements.publish", row),
    }  # fmt: skip
    return render(request, "engagements/engagement.html", context)


@page("engagements.log")
def minutes(request: HttpRequest, number: str) -> HttpResponse:
    row = _find(request, number)
    require(request.user, "engagements.minutes", row)  # the form shows what is there
    first = {"minutes": row.minutes, "summary": row.summary, "version": row.version}
    form = forms.MinutesForm(typed(request), initial=first)
    status = 200
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.write_minutes(
                by=request.user, at=now(), engagement=row, minutes=data["minutes"], summary=data["summary"],
                expected_version=data["version"],
            )  # fmt: skip
            return redirect("engagements:engagement", number)
        except EditConflict:
            form.add_error(None, _("Somebody else wrote meanwhile: open the page again and add your words there."))
            status = 409
    back = reverse("engagements:engagement", args=[number])
    title = _("Minutes of %s") % number
    if status == 409:
        return render(
            request, "form.html", {"form": form, "title": title, "submit": _("Save"), "back": back}, status=409
        )
    return show_form(request, form, title=title, submit=_("Save"), back=back)


@page("engagements.log")
def step(request: HttpRequest, number: str, step: str) -> HttpResponse:
    row = _find(request, number)
    if step not in STEP_WORDS:
        raise Http404
    if request.method == "POST":
        actions.step_engagement(by=request.user, at=now(), engagement=row, step=step)
    return redirect("engagements:engagement", number)


@page("engagements.publish")
def publish(request: HttpRequest, number: str) -> HttpResponse:
    row = _find(request, number)
    if request.method == "POST":
        actions.publish(by=request.user, at=now(), engagement=row)
    return redirect("engagements:engagement", number)


@page("engagements.publish")
def unpublish(request: HttpRequest, number: str) -> HttpResponse:
    row = _find(request, number)
    form = forms.UnpublishForm(typed(request))
    if request.method == "POST" and form.is_valid():
        actions.unpublish(by=request.user, at=now(), engagement=row, reason=form.cleaned_data["reason"])
        return redirect("engagements:engagement", number)
    back = reverse("engagements:engagement", args=[number])
    return show_form(request, form, title=_("Take %s back from the public") % number, submit=_("Take back"), back=back)


# --- calendar and counts --------------------------------------------------------------------------------------------


@page("engagements.view")
def calendar(request: HttpRequest) -> HttpResponse:
    """What comes next, day by day, and the promises that are due in the same weeks."""
    at = now()
    until = at + timedelta(days=CALENDAR_DAYS)
    rows = actions.engagements_for(request.user).prefetch_related("participants")
    coming = rows.filter(status="planned", starts_at__gte=at - timedelta(days=1), starts_at__lte=until)
    promises = actions.promises_for(request.user).filter(status__in=("said", "confirmed", "partly"))
    due = promises.filter(due_on__isnull=False, due_on__lte=until.date()).order_by("due_on")
    context = {
        "coming": [(e, _who(e, is_host=False)) for e in coming.order_by("starts_at")], "due": due[:100],
        "overdue": at.date(), "past": rows.filter(status="planned", starts_at__lt=at - timedelta(days=1)),
    }  # fmt: skip
    return render(request, "engagements/calendar.html", context)


@page("engagements.view")
def counts(request: HttpRequest) -> HttpResponse:
    """How many calls, with how many leaders, in which period; the address is the question."""
    form = forms.CountForm(request.GET or None)
    data = form.cleaned_data if form.is_bound and form.is_valid() else {}
    asked = {name: data[name] for name in ("since", "until", "name") if data.get(name)}
    found = tally(actions.engagements_for(request.user), **asked)
    kinds = [(Engagement.Kind(kind).label, n) for kind, n in found.by_kind.items()]
    return render(request, "engagements/counts.html", {"form": form, "found": found, "kinds": kinds})


# --- promises -------------------------------------------------------------------------------------------------------


@page("engagements.view")
def promises(request: HttpRequest) -> HttpResponse:
    rows = actions.promises_for(request.user)
    columns = [
        Column(
            _("Number"), lambda p: p.number, "number", "code", lambda p: reverse("engagements:promise", args=[p.number])
        ),
        Column(_("Who promises"), lambda p: p.promiser, "promiser"),
        Column(_("To whom"), lambda p: p.receiver, "receiver"),
        Column(_("What"), lambda p: p.what),
        Column(_("By when"), lambda p: p.due_on, "due_on", "date"),
        Column(_("Status"), lambda p: p.get_status_display(), "status"),
        Column(_("Said"), lambda p: p.said_at.date(), "said_at", "date"),
        Column(
            _("Made in"), lambda p: p.engagement.number, "", "code",
            lambda p: reverse("engagements:engagement", args=[p.engagement.number]),
        ),
    ]  # fmt: skip
    return Listing(
        request, rows, columns, filters=forms.PromiseFilter, title=_("Promises"), empty=_("No promise is written down.")
    ).response(actions=[(reverse("engagements:tracker"), _("What the public sees"))])


@page("engagements.view")
def promise(request: HttpRequest, number: str) -> HttpResponse:
    row = _find_promise(request, number)
    steps = [
        (step, PROMISE_WORDS[step])
        for step in possible_steps(PROMISE, row.status)
        if may(request.user, f"engagements.promise_{step}", row)
    ]
    can_link = may(request.user, "engagements.promise", row)
    context = {"row": row, "steps": steps, "links": row.links.all(), "can_link": can_link}
    return render(request, "engagements/promise.html", context)


@page("engagements.promise")
def add_promise(request: HttpRequest, number: str) -> HttpResponse:
    row = _find(request, number)
    hosts = _who(row, is_host=True)
    opened = opened_from(request, "promise")
    first = {"promiser": hosts, "receiver": _who(row, is_host=False)} | opened.initial
    form = forms.PromiseForm(typed(request), initial=first)
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "key"}

        def do() -> tuple[int, str]:
            said = actions.Said(**values)
            made = actions.add_promise(by=request.user, at=now(), engagement=row, said=said)
            opened.became(made.number)
            return 201, made.number

        content = {name: str(value) for name, value in values.items()}
        with told_in(form, YuanshouError):
            made = once(key=form.cleaned_data["key"], by=request.user, at=now(), content=content, do=do)[1]
            return redirect("engagements:promise", made)
    back = reverse("engagements:engagement", args=[number])
    return show_form(request, form, title=_("A promise made in %s") % number, submit=_("Write down"), back=back)


@page("engagements.view")
def step_promise(request: HttpRequest, number: str, step: str) -> HttpResponse:
    row = _find_promise(request, number)
    if step not in PROMISE_WORDS:
        raise Http404
    require(request.user, f"engagements.promise_{step}", row)
    form = forms.PromiseStepForm(typed(request))
    if request.method == "POST" and form.is_valid():
        with told_in(form, YuanshouError):
            actions.step_promise(by=request.user, at=now(), promise=row, step=step, **form.cleaned_data)
            return redirect("engagements:promise", number)
    back = reverse("engagements:promise", args=[number])
    lead = f"{row.promiser} → {row.receiver}: {row.what}"
    return show_form(request, form, title=PROMISE_WORDS[step], submit=PROMISE_WORDS[step], lead=lead, back=back)


@page("engagements.promise")
def link(request: HttpRequest, number: str) -> HttpResponse:
    row = _find_promise(request, number)
    form = forms.LinkForm(typed(request))
    if request.method == "POST" and form.is_valid():
        with told_in(form, YuanshouError, "number"):
            actions.link_promise(by=request.user, at=now(), promise=row, number=form.cleaned_data["number"])
            return redirect("engagements:promise", number)
    back = reverse("engagements:promise", args=[number])
    return show_form(request, form, title=_("What carries out %s") % number, submit=_("Link"), back=back)


@page(PUBLIC)
def tracker(request: HttpRequest) -> HttpResponse:
    """For everybody: promises of published engagements that were confirmed, and how many were only said."""
    published = Engagement.objects.filter(published_at__isnull=False)
    rows = Promise.objects.filter(engagement__in=published).select_related(
        "engagement", "promiser_place", "receiver_place"
    )
    columns = [
        Column(_("Number"), lambda p: p.number, "number", "code"),
        Column(_("Who promises"), lambda p: p.promiser, "promiser"),
        Column(_("To whom"), lambda p: p.receiver, "receiver"),
        Column(_("What"), lambda p: p.what),
        Column(_("By when"), lambda p: p.due_on, "due_on", "date"),
        Column(_("Status"), lambda p: p.get_status_display(), "status"),
        Column(_("Said"), lambda p: p.said_at.date(), "said_at", "date"),
        Column(_("Confirmed by"), lambda p: p.source),
    ]
    told = tally(published)
    context = {"counts": promise_counts(rows), "told": told}
    listed = Listing(
        request, rows.filter(status__in=PUBLIC_PROMISE), columns, filters=forms.PromiseFilter,
        title=_("Promises and what became of them"), empty=_("No confirmed promise is published yet."),
    )  # fmt: skip
    return listed.response("engagements/tracker.html", **context)
