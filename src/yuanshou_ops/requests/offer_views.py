"""What is seen of offers, commitments and money."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from yuanshou.errors import YuanshouError
from yuanshou_ops import clock
from yuanshou_ops.evidence.ways import opened_from
from yuanshou_ops.ledger.models import Account
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.pages import Column, Listing, page, show_form, told_in, typed
from yuanshou_ops.people.once import once
from yuanshou_ops.people.policy import find, may, visible
from yuanshou_ops.requests import forms, money, offers
from yuanshou_ops.requests.models import AidOffer, AidRequest, Commitment, Contribution, OfferLine
from yuanshou_ops.requests.statuses import CONTRIBUTION
from yuanshou_ops.steps import possible_steps

ARRIVAL_DAYS = 21
"""First guess of the way by air in 2020, from pledge to arrival 6 to 27 days; the person vetting changes it."""


def _doors(request: HttpRequest, *doors: tuple[str, Any, str]) -> list[tuple[str, Any]]:
    return [(reverse(name), words) for name, words, action in doors if may(request.user, action)]


@page("requests.view")
def offers_list(request: HttpRequest) -> HttpResponse:
    rows = visible(AidOffer, request.user, "requests.view").select_related("donor", "place", "earmark")
    columns = [
        Column(_("Number"), lambda o: o.number, "number", "code", lambda o: reverse("requests:offer", args=[o.number])),
        Column(_("Donor"), lambda o: o.donor.name, "donor__name"),
        Column(_("Where"), lambda o: o.place.name, "place__name_en"),
        Column(_("Only for"), lambda o: o.earmark.name if o.earmark else ""),
        Column(_("Earliest date"), lambda o: o.available_from, "available_from", "date"),
        Column(_("Status"), lambda o: o.get_status_display(), "status"),
        Column(_("Announced"), lambda o: o.created_at, "created_at", "date"),
    ]
    doors = _doors(
        request,
        ("requests:offer_add", _("Offer goods"), "requests.offer"),
        ("requests:commitments", _("Commitments"), "requests.view"),
        ("requests:contributions", _("Money"), "requests.view"),
    )
    return Listing(request, rows, columns, filters=forms.OfferFilter, title=_("Offers")).response(actions=doors)


@page("requests.view")
def offer(request: HttpRequest, number: str) -> HttpResponse:
    row = find(
        AidOffer.objects.select_related("donor", "place", "earmark"), request.user, "requests.view", number=number
    )
    lines = list(row.lines.select_related("item", "lot"))
    arrival = timezone.localdate(clock.now()) + timedelta(days=ARRIVAL_DAYS)
    looked = [(line, offers.look_at(line, arrives_on=arrival) if line.status == "pending" else []) for line in lines]
    accounts = Account.objects.filter(holder=row.donor_id, place=row.place_id, state=State.VETTED)
    passed = [line.lot_id for line in lines if line.status == OfferLine.Status.PASSED]  # a lot may have older stock
    free = {account.lot_id: account for account in accounts.filter(lot__in=passed)}
    return render(
        request, "requests/offer.html",
        {"row": row, "looked": [(line, found, free.get(line.lot_id)) for line, found in looked],
         "can_vet": may(request.user, "requests.vet", row),
         "sound": sum(line.status == "pending" and not found for line, found in looked), "can_commit": may(request.user, "requests.commit", row),
         "can_withdraw": row.status in ("announced", "vetted") and may(request.user, "requests.offer_withdraw", row)},
    )  # fmt: skip


@page("requests.offer")
def offer_add(request: HttpRequest) -> HttpResponse:
    opened = opened_from(request, "offer")
    form = forms.OfferForm(typed(request), user=request.user, initial=opened.initial)
    filled = None if request.method == "POST" else opened.lines  # posted rows equal to these would count as left empty
    lines = forms.OfferedLines(typed(request), prefix="line", initial=filled)
    if request.method == "POST" and form.is_valid() and lines.is_valid():
        data = dict(form.cleaned_data)
        key = data.pop("key")
        with told_in(form, YuanshouError):
            offered = [line.offered() for line in lines if line.is_filled]
            with transaction.atomic():
                row = offers.announce_offer(
                    key=key, by=request.user, at=timezone.now(), head=offers.OfferHead(**data), lines=offered
                )
                opened.became(row.number)
            return redirect("requests:offer", row.number)
    return show_form(
        request, form, title=_("Offer goods"), submit=_("Announce"), lines=lines, template="requests/lines_form.html",
        status=422 if lines.is_bound and not lines.is_valid() else 200, back=reverse("requests:offers"),
    )  # fmt: skip


@page("requests.vet")
def line_vet(request: HttpRequest, pk: int) -> HttpResponse:
    line = OfferLine.objects.select_related("offer", "item", "lot").filter(pk=pk).first()
    if line is None or not may(request.user, "requests.vet", line.offer):
        raise Http404
    arrival = timezone.localdate(clock.now()) + timedelta(days=ARRIVAL_DAYS)
    form = forms.VetForm(typed(request), initial={"arrives_on": arrival})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with told_in(form, YuanshouError):
            offers.vet_line(
                by=request.user, at=timezone.now(), line=line, passes=data["passes"] == "yes",
                arrives_on=data["arrives_on"], reason=data["reason"],
            )  # fmt: skip
            return redirect("requests:offer", line.offer.number)
    found = offers.look_at(line, arrives_on=arrival)
    lead = "; ".join(str(f.message) for f in found) or _("Nothing odd was found.")
    title = _("Vet %(item)s of %(offer)s") % {"item": line.item, "offer": line.offer}
    return show_form(
        request,
        form,
        title=title,
        submit=_("Decide"),
        lead=lead,
        back=reverse("requests:offer", args=[line.offer.number]),
    )


@page("requests.vet")
def offer_vet(request: HttpRequest, number: str) -> HttpResponse:
    """One decision for all lots of an offer in which nothing odd was found; the others keep their own."""
    row = find(AidOffer, request.user, "requests.vet", number=number)
    arrival = timezone.localdate(clock.now()) + timedelta(days=ARRIVAL_DAYS)
    form = forms.VetSoundForm(typed(request), initial={"arrives_on": arrival})
    if request.method == "POST" and form.is_valid():
        with told_in(form, YuanshouError):
            passed = offers.vet_sound_lines(
                by=request.user, at=timezone.now(), offer=row, arrives_on=form.cleaned_data["arrives_on"]
            )
            messages.success(
                request, ngettext("%(n)d lot is vetted.", "%(n)d lots are vetted.", passed) % {"n": passed}
            )
            return redirect("requests:offer", number)
    waiting = row.lines.filter(status=OfferLine.Status.PENDING).count()
    lead = _("Lots without a finding: %(sound)d of %(waiting)d that wait. The others go on waiting, each for its own decision.") % {
        "sound": len(offers.sound_lines(row, arrives_on=arrival)), "waiting": waiting,
    }  # fmt: skip
    title = _("Vet all lots of %(offer)s without a finding") % {"offer": number}
    back = reverse("requests:offer", args=[number])
    return show_form(request, form, title=title, submit=_("Pass these lots"), lead=lead, back=back)


@page("requests.offer_withdraw")
def offer_withdraw(request: HttpRequest, number: str) -> HttpResponse:
    row = find(AidOffer, request.user, "requests.offer_withdraw", number=number)
    form = forms.ReasonForm(typed(request))
    if request.method == "POST" and form.is_valid():
        with told_in(form):
            offers.withdraw_offer(by=request.user, at=timezone.now(), offer=row, reason=form.cleaned_data["reason"])
            return redirect("requests:offer", number)
    return show_form(
        request,
        form,
        title=_("Withdraw %s") % number,
        submit=_("Withdraw"),
        back=reverse("requests:offer", args=[number]),
    )


# --- commitments ---------------------------------------------------------------------------------------------


@page("requests.view")
def commitments(request: HttpRequest) -> HttpResponse:
    rows = visible(Commitment, request.user, "requests.view").select_related("donor", "place", "item")
    columns = [
        Column(
            _("Number"), lambda c: c.number, "number", "code", lambda c: reverse("requests:commitment", args=[c.number])
        ),
        Column(_("Donor"), lambda c: c.donor.name, "donor__name"),
        Column(_("For the place"), lambda c: c.place.name),
        Column(_("Item"), lambda c: str(c.item)),
        Column(_("Quantity"), lambda c: c.quantity, "quantity", "number"),
        Column(_("Status"), lambda c: c.get_status_display(), "status"),
        Column(_("Expires"), lambda c: c.expires_at, "expires_at", "date"),
    ]
    return Listing(request, rows, columns, filters=forms.CommitmentFilter, title=_("Commitments")).response()


@page("requests.view")
def commitment(request: HttpRequest, number: str) -> HttpResponse:
    rows = Commitment.objects.select_related(
        "donor", "place", "item", "hold__account__lot", "request_line__aid_request"
    )
    row = find(rows, request.user, "requests.view", number=number)
    pending = row.status == "pending"
    return render(
        request, "requests/commitment.html",
        {"row": row, "can_post": pending and may(request.user, "requests.commitment_post", row),
         "can_void": pending and may(request.user, "requests.commitment_void", row)},
    )  # fmt: skip


@page("requests.commit")
def commit(request: HttpRequest, pk: int) -> HttpResponse:
    """Commit goods of one account; `?request=` fills in the request."""
    account = find(Account.objects.select_related("item", "lot", "holder"), request.user, "requests.commit", pk=pk)
    form = forms.CommitForm(typed(request), initial={"request_number": request.GET.get("request", "")})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        asked = visible(AidRequest, request.user, "requests.view").filter(number=data["request_number"]).first()
        line = asked.lines.filter(item=account.item_id).first() if asked else None
        with told_in(form, YuanshouError):
            row = offers.commit(
                key=data["key"], by=request.user, at=timezone.now(), account=account, quantity=data["quantity"],
                place=data["place"], request_line=line, reason=data["reason"],
            )  # fmt: skip
            return redirect("requests:commitment", row.number)
    lead = f"{account.item}, {account.holder}: {account.balance} {account.item.unit_words}"
    return show_form(request, form, title=_("Commit goods"), submit=_("Commit"), lead=lead)


def _settle(request: HttpRequest, number: str, step: str, title: Any) -> HttpResponse:
    row = find(Commitment, request.user, f"requests.commitment_{step}", number=number)
    form = forms.ReasonForm(typed(request))
    if request.method == "POST" and form.is_valid():
        with told_in(form):
            offers.settle_commitment(
                by=request.user, at=timezone.now(), commitment=row, step=step, reason=form.cleaned_data["reason"]
            )
            return redirect("requests:commitment", number)
    return show_form(request, form, title=title, submit=title, back=reverse("requests:commitment", args=[number]))


@page("requests.commitment_post")
def commitment_post(request: HttpRequest, number: str) -> HttpResponse:
    return _settle(request, number, "post", _("Reserve the goods"))


@page("requests.commitment_void")
def commitment_void(request: HttpRequest, number: str) -> HttpResponse:
    return _settle(request, number, "void", _("Give the goods back"))


# --- money ---------------------------------------------------------------------------------------------------


@page("requests.view")
def contributions(request: HttpRequest) -> HttpResponse:
    rows = visible(Contribution, request.user, "requests.view").select_related("donor", "recipient")
    today = timezone.localdate(clock.now())
    columns = [
        Column(
            _("Number"),
            lambda c: c.number,
            "number",
            "code",
            lambda c: reverse("requests:contribution", args=[c.number]),
        ),
        Column(_("Donor"), lambda c: c.donor.name, "donor__name"),
        Column(_("Recipient"), lambda c: c.recipient.name),
        Column(_("Status"), lambda c: c.get_status_display(), "status"),
        Column(_("US dollars"), lambda c: round(c.usd_minor / 100), "usd_minor", "number"),
        Column(_("Pledged on"), lambda c: c.pledged_on, "pledged_on", "date"),
        Column(_("Age in days"), lambda c: (today - c.pledged_on).days if c.status == "pledge" else "", kind="number"),
    ]
    figures = {
        name: round(cents / 100)
        for name, cents in money.totals(visible(Contribution, request.user, "requests.view")).items()
    }
    add = _doors(request, ("requests:pledge", _("Record a pledge"), "requests.pledge"))
    return Listing(request, rows, columns, filters=forms.ContributionFilter, title=_("Money")).response(
        "requests/contributions.html", actions=add, figures=figures
    )


@page("requests.view")
def contribution(request: HttpRequest, number: str) -> HttpResponse:
    rows = Contribution.objects.select_related("donor", "recipient", "earmark")
    row = find(rows, request.user, "requests.view", number=number)
    steps = [s for s in possible_steps(CONTRIBUTION, row.status) if may(request.user, f"requests.money_{s}", row)]
    return render(request, "requests/contribution.html", {"row": row, "steps": steps, "usd": row.usd_minor / 100})


@page("requests.pledge")
def pledge(request: HttpRequest) -> HttpResponse:
    form = forms.PledgeForm(typed(request), user=request.user)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        amount_minor, usd_minor = form.minor()
        key, _amount, _usd = data.pop("key"), data.pop("amount"), data.pop("usd")

        def do() -> tuple[int, Any]:
            row = money.pledge(
                by=request.user, at=timezone.now(), amount_minor=amount_minor, usd_minor=usd_minor, **data
            )
            return 201, row.number

        with told_in(form, YuanshouError):
            content = {name: str(value) for name, value in data.items()} | {"amount": amount_minor}
            _status, number = once(key=key, by=request.user, at=timezone.now(), content=content, do=do)
            return redirect("requests:contribution", number)
    return show_form(
        request, form, title=_("Record a pledge"), submit=_("Record"), back=reverse("requests:contributions")
    )


@page("requests.view")
def money_step(request: HttpRequest, number: str, step: str) -> HttpResponse:
    if step not in ("commit", "pay", "cancel"):
        raise Http404
    row = find(Contribution, request.user, f"requests.money_{step}", number=number)
    form = forms.MoneyStepForm(typed(request), initial={"on": timezone.localdate(clock.now())})
    if request.method == "POST" and form.is_valid():
        with told_in(form):
            money.step_money(
                by=request.user, at=timezone.now(), contribution=row, step=step, on=form.cleaned_data["on"],
                reason=form.cleaned_data["reason"],
            )  # fmt: skip
            return redirect("requests:contribution", number)
    title = {"commit": _("Commit"), "pay": _("Record the payment"), "cancel": _("Cancel")}[step]
    return show_form(request, form, title=title, submit=title, back=reverse("requests:contribution", args=[number]))
