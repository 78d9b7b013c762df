"""What is seen of shipments and discrepancies."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yuanshou.errors import YuanshouError
from yuanshou_ops import clock
from yuanshou_ops.errors import told_html
from yuanshou_ops.ledger.models import Account
from yuanshou_ops.pages import Column, Listing, page, show_form, told_in, typed
from yuanshou_ops.people.policy import find, may, visible
from yuanshou_ops.requests.models import AidRequest
from yuanshou_ops.sentences import Sentence, as_html, shown
from yuanshou_ops.shipments import actions, forms, receipts
from yuanshou_ops.shipments.models import Discrepancy, Milestone, Paper, Shipment
from yuanshou_ops.shipments.outcomes import outcomes, shipment_outcomes
from yuanshou_ops.shipments.statuses import DISCREPANCY, EFFECTS, ON_THE_WAY, SHIPMENT
from yuanshou_ops.steps import possible_steps

STEP_WORDS = {"pack": _("Pack"), "unpack": _("Unpack"), "cancel": _("Cancel"), "dispatch": _("Dispatch")}
PACKAGES_SHOWN = 50
NEXT_WORDS = {
    **STEP_WORDS, "arrive": _("Record the arrival"), "receive": _("Record a receipt"), "complete": _("Count the rest"),
    "close": _("Close"),
}  # fmt: skip
SETTLE_WORDS = {
    "claim": _("Claim"), "return": _("Return"), "find": _("Found"), "keep": _("Keep"),
    "propose_write_off": _("Propose a write-off"), "write_off": _("Write off"), "refuse": _("Refuse"),
}  # fmt: skip


@page("shipments.view")
def shipments(request: HttpRequest) -> HttpResponse:
    rows = visible(Shipment, request.user, "shipments.view").select_related(
        "consignor", "from_place", "to_place", "consignee"
    )
    columns = [
        Column(
            _("Number"), lambda s: s.number, "number", "code", lambda s: reverse("shipments:shipment", args=[s.number])
        ),
        Column(_("From"), lambda s: f"{s.consignor.name}, {s.from_place.name}", "consignor__name"),
        Column(_("To"), lambda s: f"{s.consignee.name}, {s.to_place.name}", "to_place__name_en"),
        Column(_("Mode"), lambda s: s.get_mode_display(), "mode"),
        Column(_("Status"), lambda s: s.get_status_display(), "status"),
        Column(_("Dispatched"), lambda s: s.dispatched_at, "dispatched_at", "date"),
        Column(_("Estimated arrival"), lambda s: s.arrives_on, "arrives_on", "date"),
        Column(_("Last news"), lambda s: s.last_heard_at, "last_heard_at", "date"),
        Column(
            _("Next step"), lambda s: ", ".join(str(NEXT_WORDS[step]) for step in possible_steps(SHIPMENT, s.status))
        ),
    ]
    doors = [
        (reverse("shipments:shipment_add"), _("Make a shipment"), "shipments.draft"),
        (reverse("shipments:discrepancies"), _("Discrepancies"), "shipments.view"),
    ]
    return Listing(request, rows, columns, filters=forms.ShipmentFilter, title=_("Shipments")).response(
        actions=[(a, w) for a, w, action in doors if may(request.user, action)]
    )


@page("shipments.view")
def shipment(request: HttpRequest, number: str) -> HttpResponse:
    rows = Shipment.objects.select_related(
        "consignor", "from_place", "consignee__organisation", "to_place", "aid_request"
    )
    row = find(rows, request.user, "shipments.view", number=number)
    user = request.user
    steps = [s for s in possible_steps(SHIPMENT, row.status) if s in EFFECTS and may(user, f"shipments.{s}", row)]
    context = {
        "row": row,
        "outcomes": shipment_outcomes(row),
        "steps": [(step, STEP_WORDS[step]) for step in steps],
        "milestones": _timeline(row),
        "packages": row.packages.select_related("line__item")[:PACKAGES_SHOWN],
        "package_count": row.packages.count(),
        "receipts": row.receipts.prefetch_related("lines__line__item"),
        "discrepancies": Discrepancy.objects.filter(line__shipment=row).select_related("line__item"),
        "papers": _papers(row),
        "can_receive": row.status in ON_THE_WAY and may(user, "shipments.receive", row),
        "can_milestone": row.status not in ("cancelled", "closed") and may(user, "shipments.milestone", row),
        "can_close": row.status == "received" and may(user, "shipments.close", row),
        "can_code": may(user, "shipments.code", row),
        "can_packages": row.status in ("draft", "packed") and may(user, "shipments.pack", row),
        "can_destroy": row.status in ON_THE_WAY and may(user, "shipments.discrepancy_write_off", row),
    }
    return render(request, "shipments/shipment.html", context)


def _papers(row: Shipment) -> list[tuple[str, Any, int]]:
    """Each kind of paper with its words and the number of its last version, 0 where none was issued."""
    last = dict(row.papers.order_by("version").values_list("kind", "version"))
    return [(kind, words, last.get(kind, 0)) for kind, words in Paper.Kind.choices]


def _timeline(row: Shipment) -> list[dict[str, Any]]:
    """Every milestone in order; late means promised and past without having happened."""
    there = {m.kind: m for m in row.milestones.all()}
    today = timezone.localdate(clock.now())
    timeline = []
    for kind, words in Milestone.Kind.choices:
        m = there.get(kind)
        late = bool(m and m.promised_on and not m.actual_on and m.promised_on < today)
        state = "done" if m and m.actual_on else "late" if late else ""
        timeline.append({"words": words, "milestone": m, "state": state})
    return timeline


@page("shipments.draft")
def shipment_add(request: HttpRequest) -> HttpResponse:
    """A new shipment; `?account=` and `?request=` fill it in."""
    asked = visible(AidRequest, request.user, "requests.view").filter(number=request.GET.get("request", "")).first()
    account = visible(Account, request.user, "shipments.draft").filter(pk=request.GET.get("account") or None).first()
    head = {"request_number": asked.number, "consignee": asked.consignee_id} if asked else {}
    form = forms.ShipmentForm(typed(request), initial=head)
    # Only a page that is opened is filled in: posted rows equal to what was filled in would count as left empty.
    is_filled = account is not None and request.method != "POST"
    picked = [{"account": account.pk, "quantity": account.balance}] if is_filled else None
    picks = forms.Picks(typed(request), prefix="pick", initial=picked, form_kwargs={"user": request.user})
    if request.method == "POST" and form.is_valid() and picks.is_valid():
        with told_in(form, YuanshouError):
            return redirect("shipments:shipment", _draft(request, form.cleaned_data, picks).number)
    return show_form(
        request, form, title=_("Make a shipment"), submit=_("Reserve the goods"), lines=picks,
        template="requests/lines_form.html", status=422 if picks.is_bound and not picks.is_valid() else 200,
        back=reverse("shipments:shipments"),
    )  # fmt: skip


def _draft(request: HttpRequest, data: dict[str, Any], picks: Any) -> Shipment:
    number = data["request_number"]
    asked = visible(AidRequest, request.user, "requests.view").filter(number=number).first()
    if number and asked is None:
        raise actions.Refused(f"the request {number!r}", "a request you can see", "correct the number")
    way = actions.Way(
        **{
            n: data[n]
            for n in ("arrives_on", "mode", "carrier", "vehicle", "carrier_document", "incoterm", "incoterm_place")
        }
    )
    chosen = [pick for form in picks if (pick := form.pick())]
    if asked is not None:
        lines = {line.item_id: line for line in asked.lines.all()}
        chosen = [actions.Pick(p.account, p.quantity, lines.get(p.account.item_id)) for p in chosen]
    return actions.draft_shipment(
        key=data["key"], by=request.user, at=timezone.now(), consignee=data["consignee"], picks=chosen, way=way,
        aid_request=asked, note=data["note"],
    )  # fmt: skip


@page("shipments.view")
def shipment_step(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """Pack, unpack, cancel, dispatch; each asks once more before it does."""
    if step not in EFFECTS:
        raise Http404
    row = find(
        Shipment.objects.select_related("consignee", "aid_request"), request.user, f"shipments.{step}", number=number
    )
    form = forms.StepForm(typed(request))
    back = reverse("shipments:shipment", args=[number])
    if request.method == "POST" and form.is_valid():
        with told_in(form):
            actions.step_shipment(
                by=request.user, at=timezone.now(), shipment=row, step=step, reason=form.cleaned_data["reason"]
            )
            return redirect(back)
    goods = [
        Sentence(_("%(n)s %(unit)s of %(item)s"), n=line.quantity, unit=line.item.unit_words, item=line.item)
        for line in row.lines.select_related("item")
    ]
    lead = as_html(shown(goods))
    return show_form(
        request, form, title=f"{number}: {STEP_WORDS[step]}", submit=STEP_WORDS[step], lead=lead, back=back
    )


@page("shipments.milestone")
def milestone(request: HttpRequest, number: str) -> HttpResponse:
    row = find(Shipment, request.user, "shipments.milestone", number=number)
    form = forms.MilestoneForm(typed(request), initial={"kind": request.GET.get("kind", "")})
    back = reverse("shipments:shipment", args=[number])
    if request.method == "POST" and form.is_valid():
        data = {name: form.cleaned_data[name] for name in ("kind", "promised_on", "actual_on", "source")}
        with told_in(form, YuanshouError):
            actions.set_milestone(by=request.user, at=timezone.now(), shipment=row, **data)
            return redirect(back)
    return show_form(request, form, title=_("Milestone of %s") % number, submit=_("Record"), back=back)


@page("shipments.receive")
def shipment_receive(request: HttpRequest, number: str) -> HttpResponse:
    from yuanshou_ops.shipments.receiver import count_fields, read_counts

    row = find(Shipment.objects.select_related("consignee"), request.user, "shipments.receive", number=number)
    expected = shipment_outcomes(row)
    problem = ""
    if request.method == "POST":
        try:
            receiver = receipts.Receiver(request.POST.get("name", "")[:120], request.POST.get("role", "")[:120])
            receipts.receive(
                key=request.POST.get("key", ""), by=request.user, at=timezone.now(), shipment=row,
                counts=read_counts(request.POST, expected), receiver=receiver, note=request.POST.get("note", "")[:2000],
            )  # fmt: skip
            return redirect("shipments:shipment", number)
        except YuanshouError as error:
            problem = told_html(error)
    context = {"row": row, "fields": count_fields(request.POST, expected), "problem": problem, "typed": request.POST}
    return render(request, "shipments/receive.html", context, status=422 if problem else 200)


@require_POST
@page("shipments.close")
def shipment_close(request: HttpRequest, number: str) -> HttpResponse:
    row = find(Shipment, request.user, "shipments.close", number=number)
    actions.close_shipment(by=request.user, at=timezone.now(), shipment=row)
    return redirect("shipments:shipment", number)


@page("shipments.code")
def shipment_code(request: HttpRequest, number: str) -> HttpResponse:
    """The receiver's code, for somebody who has to read it out; each look is in the server's log, not on the page."""
    row = find(Shipment.objects.select_related("consignee"), request.user, "shipments.code", number=number)
    return render(request, "shipments/code.html", {"row": row})


# --- discrepancies -------------------------------------------------------------------------------------------


@page("shipments.view")
def discrepancies(request: HttpRequest) -> HttpResponse:
    rows = visible(Discrepancy, request.user, "shipments.view").select_related("line__shipment", "line__item")

    def shipment_of(row: Discrepancy) -> str:
        return reverse("shipments:shipment", args=[row.line.shipment.number])

    columns = [
        Column(_("Number"), lambda d: d.pk, "id", "code", lambda d: reverse("shipments:discrepancy", args=[d.pk])),
        Column(_("Shipment"), lambda d: d.line.document, kind="code", link=shipment_of),
        Column(_("Item"), lambda d: str(d.line.item)),
        Column(_("Kind"), lambda d: d.get_kind_display(), "kind"),
        Column(_("Quantity"), lambda d: d.quantity, "quantity", "number"),
        Column(_("Status"), lambda d: d.get_status_display(), "status"),
        Column(_("Opened"), lambda d: d.opened_at, "opened_at", "date"),
    ]  # fmt: skip
    return Listing(request, rows, columns, filters=forms.DiscrepancyFilter, title=_("Discrepancies")).response()


@page("shipments.view")
def discrepancy(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(
        Discrepancy.objects.select_related("line__shipment", "line__item", "receipt"),
        request.user,
        "shipments.view",
        pk=pk,
    )
    steps = [
        (step, SETTLE_WORDS[step])
        for step in possible_steps(DISCREPANCY, row.status)
        if may(request.user, f"shipments.discrepancy_{step}", row)
    ]
    return render(request, "shipments/discrepancy.html", {"row": row, "steps": steps})


@page("shipments.view")
def discrepancy_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    if step not in SETTLE_WORDS:
        raise Http404
    rows = Discrepancy.objects.select_related("line__shipment__consignee")
    row = find(rows, request.user, f"shipments.discrepancy_{step}", pk=pk)
    form = forms.ReasonForm(typed(request))
    back = reverse("shipments:discrepancy", args=[pk])
    if request.method == "POST" and form.is_valid():
        with told_in(form):
            receipts.settle(
                by=request.user, at=timezone.now(), discrepancy=row, step=step, reason=form.cleaned_data["reason"]
            )
            return redirect(back)
    return show_form(request, form, title=SETTLE_WORDS[step], submit=SETTLE_WORDS[step], lead=str(row), back=back)


@page("shipments.discrepancy_write_off")
def recalled(request: HttpRequest, number: str, line: int) -> HttpResponse:
    """Units of a recalled lot that were under way have been destroyed; so the shipment can close."""
    shipment_ = find(Shipment, request.user, "shipments.discrepancy_write_off", number=number)
    row = shipment_.lines.select_related("item", "lot", "shipment__consignee").filter(line=line).first()
    if row is None or not row.lot.recalled_at:
        raise Http404
    (outcome,) = outcomes([row])
    form = forms.DestroyedForm(typed(request), initial={"quantity": outcome.outstanding})
    back = reverse("shipments:shipment", args=[number])
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with told_in(form, YuanshouError):
            receipts.account_for_recalled(
                by=request.user, at=timezone.now(), line=row, quantity=data["quantity"], reason=data["reason"],
                key=data["key"],
            )  # fmt: skip
            return redirect(back)
    lead = _("%(item)s, lot %(lot)s: %(units)s units of the recalled lot have no end yet.") % {
        "item": row.item, "lot": row.lot, "units": outcome.outstanding,
    }  # fmt: skip
    title = _("Destroyed after the recall: %(line)s") % {"line": row.document}
    return show_form(request, form, title=title, submit=_("Record the destruction"), lead=lead, back=back)
