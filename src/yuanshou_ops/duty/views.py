"""What is seen at the desk: log, hand-over, alerts, search."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yuanshou_ops.clock import now
from yuanshou_ops.duty import actions, forms
from yuanshou_ops.duty.alerts import alerts, open_alerts
from yuanshou_ops.duty.models import HandOver, LogEntry
from yuanshou_ops.duty.search import search
from yuanshou_ops.evidence.ways import opened_from
from yuanshou_ops.pages import PUBLIC, Column, Listing, page, show_form, told_in, typed
from yuanshou_ops.people.once import once
from yuanshou_ops.people.policy import may


@page("duty.view")
def log(request: HttpRequest) -> HttpResponse:
    columns = [
        Column(_("At"), lambda e: e.at, "at", "date"),
        Column(_("Who"), lambda e: e.by.name, "by__name"),
        Column(
            _("About"), lambda e: e.about, "about", "code", lambda e: f"{reverse('duty:search')}?q={e.about}"
        ),
        Column(_("Entry"), lambda e: e.text),
    ]  # fmt: skip
    doors = [
        (reverse("duty:log_add"), _("New entry"), "duty.log"),
        (reverse("duty:hand_overs"), _("Hand-overs"), "duty.view"),
    ]
    return Listing(
        request, LogEntry.objects.select_related("by"), columns, filters=forms.LogFilter, title=_("Duty log")
    ).response(actions=[(a, w) for a, w, action in doors if may(request.user, action)])


@page("duty.log")
def log_add(request: HttpRequest) -> HttpResponse:
    """A new entry; `?about=` names what it is about. Afterwards the person is back where they were."""
    opened = opened_from(request, "log_entry")
    form = forms.LogForm(typed(request), initial={"about": request.GET.get("about", "")} | opened.initial)
    if request.method == "POST" and form.is_valid():
        data = {name: form.cleaned_data[name] for name in ("text", "about")}

        def do() -> tuple[int, int]:
            row = actions.log(by=request.user, at=now(), **data)
            opened.became(row.pk)
            return 201, row.pk

        with told_in(form):
            once(key=form.cleaned_data["key"], by=request.user, at=timezone.now(), content=data, do=do)
            messages.success(request, _("Written in the log."))
            return redirect("duty:log")
    return show_form(request, form, title=_("New entry in the duty log"), submit=_("Write"), back=reverse("home"))


@page("duty.view")
def hand_overs(request: HttpRequest) -> HttpResponse:
    rows = HandOver.objects.select_related("by", "taken_by")
    columns = [
        Column(_("At"), lambda h: h.at, "at", "date", lambda h: reverse("duty:hand_over", args=[h.pk])),
        Column(_("From"), lambda h: h.by.name),
        Column(_("Open alerts"), lambda h: len(h.open_alerts), kind="number"),
        Column(_("Taken over by"), lambda h: h.taken_by.name if h.taken_by else ""),
        Column(_("Taken over"), lambda h: h.taken_at, "taken_at", "date"),
    ]
    doors = [(reverse("duty:hand_over_add"), _("Hand over"))] if may(request.user, "duty.hand_over") else []
    return Listing(request, rows, columns, title=_("Hand-overs")).response(actions=doors)


@page("duty.hand_over")
def hand_over_add(request: HttpRequest) -> HttpResponse:
    form = forms.HandOverForm(typed(request))
    still_open = open_alerts(now())
    if request.method == "POST" and form.is_valid():
        words = [f"{alert.number}: {alert.words}" for alert in still_open]
        text = form.cleaned_data["text"]

        def do() -> tuple[int, int]:
            return 201, actions.hand_over(by=request.user, at=now(), text=text, open_alerts=words).pk

        pk = once(key=form.cleaned_data["key"], by=request.user, at=timezone.now(), content=text, do=do)[1]
        return redirect("duty:hand_over", pk)
    lead = _("%d open alerts go with it.") % len(still_open)
    return show_form(request, form, title=_("Hand over"), submit=_("Leave word"), lead=lead, back=reverse("home"))


@page("duty.view")
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(HandOver.objects.select_related("by", "taken_by"), pk=pk)
    can_take = row.taken_at is None and row.by_id != request.user.pk and may(request.user, "duty.hand_over")
    return render(request, "duty/hand_over.html", {"row": row, "can_take": can_take})


@require_POST
@page("duty.hand_over")
def take_over(request: HttpRequest, pk: int) -> HttpResponse:
    actions.take_over(by=request.user, at=now(), row=get_object_or_404(HandOver, pk=pk))
    return redirect("home")


@page("duty.view")
def alert_list(request: HttpRequest) -> HttpResponse:
    """Everything that waits in silence, with the people it is for, and what was put aside and why."""
    return render(
        request, "duty/alerts.html", {"alerts": alerts(now()), "can_answer": may(request.user, "duty.answer")}
    )  # fmt: skip


@page("duty.answer")
def answer(request: HttpRequest, key: str) -> HttpResponse:
    found = next((alert for alert in alerts(now()) if alert.key == key), None)
    if found is None:
        raise Http404
    form = forms.AnswerForm(typed(request))
    if request.method == "POST" and form.is_valid():
        reason, hours = form.cleaned_data["reason"], form.cleaned_data["hours"]
        actions.answer_alert(by=request.user, at=now(), alert=key, reason=reason, hours=hours)
        return redirect("duty:alerts")
    return show_form(
        request, form, title=_("Let it rest: %s") % found.words, submit=_("Let it rest"), back=reverse("duty:alerts")
    )


@page(PUBLIC)
def find(request: HttpRequest) -> HttpResponse:
    """Search by any number; one hit opens at once. A visitor finds nothing, for nothing is theirs to see."""
    text = request.GET.get("q", "")[:80]
    found = search(request.user, text) if request.user.is_authenticated else []
    if len(found) == 1:
        return redirect(found[0][2])
    return render(request, "duty/search.html", {"found": found, "text": text})
