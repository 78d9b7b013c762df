"""What is seen of the ledger: stock, one account with its moves, moves, lots, recalls, write-offs, checks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.ledger import actions, checks, forms
from yuanshou_ops.ledger import recall as recalls
from yuanshou_ops.ledger.models import Account, DaySeal, Lot, Move, Recall, RecallHolder, WriteOff
from yuanshou_ops.ledger.quantities import to_base
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.pages import Column, Listing, page, show_form, told_in, typed
from yuanshou_ops.people.models import User
from yuanshou_ops.people.once import once
from yuanshou_ops.people.policy import find, may, visible
from yuanshou_ops.sentences import Sentence


@page("ledger.view")
def stock(request: HttpRequest) -> HttpResponse:
    rows = visible(Account, request.user, "ledger.view").exclude(state=State.SOURCE).filter(balance__gt=0)
    columns = [
        Column(_("Item"), lambda a: str(a.item), "item__name", link=lambda a: reverse("ledger:account", args=[a.pk])),
        Column(
            _("Lot"), lambda a: a.lot.number, "lot__number", "code", lambda a: reverse("ledger:lot", args=[a.lot_id])
        ),
        Column(_("Expires on"), lambda a: a.lot.expires_on, "lot__expires_on", "date"),
        Column(_("State"), lambda a: a.get_state_display(), "state"),
        Column(_("Holder"), lambda a: a.holder.name, "holder__name"),
        Column(_("Place"), lambda a: a.place.name),
        Column(_("Quantity"), lambda a: a.balance, "balance", "number"),
        Column(_("Unit"), lambda a: a.item.unit_words),
    ]
    doors = [
        (reverse("ledger:stock_in"), _("Take goods in"), "ledger.stock_in"),
        (reverse("ledger:moves"), _("Moves"), "ledger.view"),
        (reverse("ledger:recalls"), _("Recalls"), "ledger.view"),
        (reverse("ledger:write_offs"), _("Write-offs"), "ledger.view"),
        (reverse("ledger:books"), _("Check the books"), "ledger.export"),
    ]
    return Listing(
        request, rows.select_related("item", "lot", "holder", "place"), columns, filters=forms.StockFilter,
        order="item__name", title=_("Stock"),
    ).response(actions=[(a, w) for a, w, action in doors if may(request.user, action)])  # fmt: skip


@page("ledger.view")
def account(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Account.objects.select_related("item", "lot", "holder", "place")
    row = find(rows, request.user, "ledger.view", pk=pk)
    moves = Move.objects.filter(debit_account=row) | Move.objects.filter(credit_account=row)
    moves = moves.select_related("credit_account", "debit_account").order_by("-id")[:50]
    rights = {
        name: may(request.user, f"ledger.{name}", row)
        for name in ("stocktake", "transfer", "consume", "write_off_propose")
    }
    return render(request, "ledger/account.html", {"account": row, "moves": moves, "rights": rights})


def _columns_of_moves() -> list[Column]:
    return [
        Column(_("Number"), lambda m: m.pk, "id", "code", lambda m: reverse("ledger:move", args=[m.pk])),
        Column(_("Kind"), lambda m: m.get_kind_display(), "kind"),
        Column(_("Item"), lambda m: str(m.debit_account.item)),
        Column(_("Lot"), lambda m: m.debit_account.lot.number, kind="code"),
        Column(_("Quantity"), lambda m: m.quantity, "quantity", "number"),
        Column(_("From"), lambda m: _where(m.credit_account)),
        Column(_("To"), lambda m: _where(m.debit_account)),
        Column(_("Document"), lambda m: m.document, "document", "code"),
        Column(_("By"), lambda m: m.actor_label),
        Column(_("Occurred"), lambda m: m.occurred_at, "occurred_at", "date"),
        Column(_("Reason"), lambda m: m.reason),
    ]


def _where(account_: Account) -> str:
    return f"{account_.holder.name}, {account_.place.name}: {account_.get_state_display()}"


@page("ledger.view")
def moves(request: HttpRequest) -> HttpResponse:
    sides = [f"{side}__{name}" for side in ("credit_account", "debit_account") for name in ("holder", "place")]
    rows = visible(Move, request.user, "ledger.view").select_related(
        "debit_account__item", "debit_account__lot", *sides
    )
    return Listing(request, rows, _columns_of_moves(), filters=forms.MoveFilter, title=_("Moves")).response()


@page("ledger.view")
def move(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(
        Move.objects.select_related("credit_account", "debit_account__item", "posting"),
        request.user,
        "ledger.view",
        pk=pk,
    )
    reversed_by = Move.objects.filter(reverses=row).first()
    can_reverse = may(request.user, "ledger.reverse", row) and not reversed_by and row.kind != "reverse"
    return render(request, "ledger/move.html", {"move": row, "reversed_by": reversed_by, "can_reverse": can_reverse})


@page("ledger.reverse")
def reverse_move(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(Move, request.user, "ledger.reverse", pk=pk)
    form = forms.ReasonForm(typed(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with told_in(form):
            posted = actions.reverse(
                key=data["key"], by=request.user, at=timezone.now(), move=row, reason=data["reason"]
            )
            return redirect("ledger:move", posted.moves[0].pk)
    return show_form(
        request, form, title=_("Reverse move %s") % pk, submit=_("Reverse"), back=reverse("ledger:move", args=[pk])
    )


@page("ledger.stock_in")
def stock_in(request: HttpRequest) -> HttpResponse:
    form = forms.StockInForm(typed(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with told_in(form):
            quantity = to_base(data["item"], data["count"], data["pack"])
            lot = actions.get_lot(
                item_id=data["item"].pk, number=data["lot"], expires_on=data["expires_on"], origin=data["origin"]
            )
            posted = actions.stock_in(
                key=data["key"], by=request.user, at=timezone.now(), lot=lot, holder=data["holder"], place=data["place"],
                quantity=quantity.base, declared_pack=quantity.pack, declared_count=quantity.count, reason=data["reason"],
            )  # fmt: skip
            messages.success(request, quantity.words(data["item"].unit_words))
            return redirect("ledger:account", posted.moves[0].debit_account_id)
    return show_form(request, form, title=_("Take goods in"), submit=_("Take in"), back=reverse("ledger:stock"))


def _account_form(request: HttpRequest, pk: int, action: str, form_class: Any, title: Any, do: Any) -> HttpResponse:
    """One account, one form, one action: what stocktake, transfer, use and write-off share."""
    row = find(Account.objects.select_related("item", "lot", "holder", "place"), request.user, action, pk=pk)
    form = form_class(typed(request))
    back = reverse("ledger:account", args=[pk])
    if request.method == "POST" and form.is_valid():
        with told_in(form):
            do(row, form.cleaned_data)
            return redirect(back)
    lead = Sentence(
        _("%(item)s, %(holder)s, %(place)s: %(n)s %(unit)s"),
        item=row.item, holder=row.holder, place=row.place, n=row.balance, unit=row.item.unit_words,
    )  # fmt: skip
    return show_form(request, form, title=title, submit=title, lead=lead.html(), back=back)


@page("ledger.stocktake")
def stocktake(request: HttpRequest, pk: int) -> HttpResponse:
    def do(row: Account, data: dict[str, Any]) -> None:
        actions.stocktake(
            key=data["key"],
            by=request.user,
            at=timezone.now(),
            account=row,
            counted=data["counted"],
            reason=data["reason"],
        )

    return _account_form(request, pk, "ledger.stocktake", forms.CountForm, _("Stocktake"), do)


@page("ledger.transfer")
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    def do(row: Account, data: dict[str, Any]) -> None:
        actions.transfer(
            key=data["key"], by=request.user, at=timezone.now(), account=row, to_holder=data["to_holder"],
            to_place=data["to_place"], quantity=data["quantity"], reason=data["reason"],
        )  # fmt: skip

    return _account_form(request, pk, "ledger.transfer", forms.TransferForm, _("Transfer"), do)


@page("ledger.consume")
def consume(request: HttpRequest, pk: int) -> HttpResponse:
    def do(row: Account, data: dict[str, Any]) -> None:
        actions.consume(
            key=data["key"],
            by=request.user,
            at=timezone.now(),
            account=row,
            quantity=data["quantity"],
            reason=data["reason"],
        )

    return _account_form(request, pk, "ledger.consume", forms.QuantityReasonForm, _("Record use"), do)


@page("ledger.write_off_propose")
def write_off_propose(request: HttpRequest, pk: int) -> HttpResponse:
    def do(row: Account, data: dict[str, Any]) -> None:
        at, quantity, reason = timezone.now(), data["quantity"], data["reason"]

        def propose() -> tuple[int, Any]:
            made = actions.propose_write_off(by=request.user, at=at, account=row, quantity=quantity, reason=reason)
            return 201, made.pk

        once(key=data["key"], by=request.user, at=at, content=[pk, quantity, reason], do=propose)

    return _account_form(
        request, pk, "ledger.write_off_propose", forms.QuantityReasonForm, _("Propose a write-off"), do
    )


@page("ledger.view")
def write_offs(request: HttpRequest) -> HttpResponse:
    rows = visible(WriteOff, request.user, "ledger.view").select_related("account__item", "account__holder")
    columns = [
        Column(_("Number"), lambda w: w.pk, "id", "code", lambda w: reverse("ledger:write_off", args=[w.pk])),
        Column(_("Item"), lambda w: str(w.account.item)),
        Column(_("Holder"), lambda w: w.account.holder.name),
        Column(_("Quantity"), lambda w: w.quantity, "quantity", "number"),
        Column(_("Status"), lambda w: w.get_status_display(), "status"),
        Column(_("Reason"), lambda w: w.reason),
    ]
    return Listing(request, rows, columns, title=_("Write-offs")).response()


@page("ledger.view")
def write_off(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(WriteOff.objects.select_related("account__item", "account__holder"), request.user, "ledger.view", pk=pk)
    can_decide = row.status == WriteOff.Status.PROPOSED and may(request.user, "ledger.write_off", row)
    proposed_by = User.objects.filter(pk=row.proposed_by_id).first()
    return render(
        request, "ledger/write_off.html", {"write_off": row, "can_decide": can_decide, "proposed_by": proposed_by}
    )


@page("ledger.write_off")
def write_off_decide(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(WriteOff, request.user, "ledger.write_off", pk=pk)
    if request.method == "POST":
        actions.decide_write_off(
            by=request.user, at=timezone.now(), write_off=row, accept=request.POST.get("decision") == "accept",
            reason=request.POST.get("reason", "")[:300],
        )  # fmt: skip
    return redirect("ledger:write_off", pk)


# --- lots and recalls ----------------------------------------------------------------------------------------


def _visible_lot(request: HttpRequest, pk: int) -> Lot:
    """A lot is seen by whoever sees one of its accounts."""
    account_ = visible(Account, request.user, "ledger.view").filter(lot_id=pk).first()
    if account_ is None:
        from django.http import Http404

        raise Http404
    return Lot.objects.select_related("item", "origin").get(pk=pk)


@page("ledger.view")
def lot(request: HttpRequest, pk: int) -> HttpResponse:
    row = _visible_lot(request, pk)
    seen = set(visible(Account, request.user, "ledger.view").filter(lot=row).values_list("pk", flat=True))
    traces = [t for t in recalls.trace(row) if t.account.pk in seen and t.account.state != State.SOURCE]
    traces.sort(key=lambda t: (-t.remaining, t.account.pk))
    can_recall = may(request.user, "ledger.recall") and row.recalled_at is None
    return render(request, "ledger/lot.html", {"lot": row, "traces": traces, "can_recall": can_recall})


@page("ledger.recall")
def recall_lot(request: HttpRequest, pk: int) -> HttpResponse:
    row = _visible_lot(request, pk)
    form = forms.ReasonForm(typed(request))
    if request.method == "POST" and form.is_valid():
        with told_in(form):
            made = recalls.recall(by=request.user, at=timezone.now(), lot=row, reason=form.cleaned_data["reason"])
            return redirect("ledger:recall", made.number)
    lead = _("The lot is frozen everywhere at once, and every holder is listed.")
    back = reverse("ledger:lot", args=[pk])
    return show_form(request, form, title=_("Recall lot %s") % row, submit=_("Recall"), lead=lead, back=back)


@page("ledger.view")
def recalls_list(request: HttpRequest) -> HttpResponse:
    rows = visible(Recall, request.user, "ledger.view").select_related("lot__item")
    columns = [
        Column(_("Number"), lambda r: r.number, "number", "code", lambda r: reverse("ledger:recall", args=[r.number])),
        Column(_("Item"), lambda r: str(r.lot.item)),
        Column(_("Lot"), lambda r: r.lot.number, kind="code"),
        Column(_("Status"), lambda r: r.get_status_display(), "status"),
        Column(_("Since"), lambda r: r.started_at, "started_at", "date"),
        Column(_("Reason"), lambda r: r.reason),
    ]
    return Listing(request, rows, columns, title=_("Recalls")).response()


@page("ledger.view")
def recall(request: HttpRequest, number: str) -> HttpResponse:
    row = Recall.objects.select_related("lot__item").filter(number=number).first()
    holders = visible(RecallHolder, request.user, "ledger.view").filter(recall=row)
    if row is None or not (may(request.user, "ledger.view", row) or holders.exists()):
        from django.http import Http404

        raise Http404
    holders = holders.select_related("account__holder", "account__place")
    return render(
        request, "ledger/recall.html",
        {"recall": row, "holders": [(h, may(request.user, "ledger.recall_answer", h)) for h in holders],
         "answered": sum(h.quantity for h in holders if h.answered_at), "quantity": sum(h.quantity for h in holders),
         "silent": sum(1 for h in holders if not h.answered_at),
         "can_propose": row.status == "active" and may(request.user, "ledger.recall_release_propose", row),
         "can_release": row.status == "release_proposed" and may(request.user, "ledger.recall_release", row)},
    )  # fmt: skip


@page("ledger.recall_answer")
def recall_answer(request: HttpRequest, pk: int) -> HttpResponse:
    row = find(
        RecallHolder.objects.select_related("recall", "account__item"), request.user, "ledger.recall_answer", pk=pk
    )
    form = forms.AnswerForm(typed(request))
    if request.method == "POST" and form.is_valid():
        data = {name: value for name, value in form.cleaned_data.items() if name != "key"}
        with told_in(form):
            recalls.answer(by=request.user, at=timezone.now(), holder=row, **data)
            return redirect("ledger:recall", row.recall.number)
    there = row.account
    lead = Sentence(
        _("%(item)s, %(holder)s, %(place)s: %(n)s %(unit)s"),
        item=there.item, holder=there.holder, place=there.place, n=row.quantity, unit=there.item.unit_words,
    ).html()  # fmt: skip
    back = reverse("ledger:recall", args=[row.recall.number])
    title = _("Answer to recall %s") % row.recall
    return show_form(request, form, title=title, submit=_("Answer"), lead=lead, back=back)


def _recall_step(request: HttpRequest, number: str, action: str, title: Any, do: Any) -> HttpResponse:
    row = find(Recall, request.user, action, number=number)
    form = forms.ReasonForm(typed(request))
    if request.method == "POST" and form.is_valid():
        with told_in(form):
            do(by=request.user, at=timezone.now(), recall_=row, reason=form.cleaned_data["reason"])
            return redirect("ledger:recall", number)
    return show_form(request, form, title=title, submit=title, back=reverse("ledger:recall", args=[number]))


@page("ledger.recall_release_propose")
def recall_release_propose(request: HttpRequest, number: str) -> HttpResponse:
    return _recall_step(
        request, number, "ledger.recall_release_propose", _("Propose the release"), recalls.propose_release
    )


@page("ledger.recall_release")
def recall_release(request: HttpRequest, number: str) -> HttpResponse:
    return _recall_step(request, number, "ledger.recall_release", _("Release the recall"), recalls.release)


@page("ledger.export")
def books(request: HttpRequest) -> HttpResponse:
    """The books against themselves; on request, for it reads every move."""
    context: dict[str, Any] = {
        "seals": DaySeal.objects.order_by("-day")[:30],
        "checked": request.GET.get("check") == "1",
    }
    if context["checked"]:
        context |= {
            "mismatched": checks.mismatched(), "lots": checks.unbalanced_lots(), "broken": checks.broken_seals()
        }  # fmt: skip
    return render(request, "ledger/books.html", context)
