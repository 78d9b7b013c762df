"""What every page shares: the door decorator, lists with filters, paging and downloads, forms that keep what was typed.

`page("requests.view")` names the action of the policy table that a view needs; the permission matrix test walks the
router and fails on a view without it. A list is a queryset plus columns: the page, the CSV and the XLSX show the same
rows, and the address is the state.
"""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext_lazy as _

from yuanshou.errors import YuanshouError
from yuanshou_ops import clock
from yuanshou_ops.errors import Refused, told_html
from yuanshou_ops.people.policy import may, require

PAGE_ROWS = 50
PUBLIC = "public"
NOT_IN_A_CELL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
NOTHING = _("Nothing here yet.")

MENU: list[tuple[str, Any, str]] = [
    ("situation:world", _("Situation"), "situation.view"),
    ("requests:requests", _("Requests"), "requests.view"),
    ("requests:offers", _("Offers"), "requests.view"),
    ("shipments:shipments", _("Shipments"), "shipments.view"),
    ("planning:runs", _("Plans"), "planning.view"),
    ("deployments:deployments", _("Teams"), "deployments.view"),
    ("bulletin:front", _("Bulletin"), PUBLIC),
    ("guidance:library", _("Guidance"), PUBLIC),
    ("engagements:engagements", _("Engagements"), "engagements.view"),
    ("ledger:stock", _("Stock"), "ledger.view"),
    ("duty:log", _("Log"), "duty.view"),
    ("evidence:sources", _("Evidence"), "evidence.view"),
    ("exchange:imports", _("Spreadsheets"), "exchange.view"),
    ("people:organisations", _("People"), "people.view"),
]
"""Entries of the menu: URL name, words, action of the policy table (or `public`)."""


def page(action: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Open the view only to people whose roles carry the action anywhere; rows are narrowed by `visible` and `find`."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if action != PUBLIC:
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                require(request.user, action)
            return view(request, *args, **kwargs)

        guarded.policy_action = action  # type: ignore[attr-defined]
        return guarded

    return decorate


def site(request: HttpRequest) -> dict[str, Any]:
    """What the base template needs on every page."""
    user = getattr(request, "user", None)
    entries = [
        (name, words)
        for name, words, action in MENU
        if action == PUBLIC or (user and user.is_authenticated and may(user, action))
    ]
    return {
        "menu": entries,
        "is_rtl": get_language_bidi(),
        "now": clock.now,  # asked for only where the page prints it
        "public_url": settings.YUANSHOU["PUBLIC_URL"],
        "form_key": uuid.uuid4().hex,
    }


# --- lists ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """One column: its title, how to get the value of a row, and how it is shown.

    `sort` names the database column that orders by it; `kind` is text, number, date or code (an identifier, isolated
    from the direction of the text around it).
    """

    title: Any
    value: Callable[[Any], Any]
    sort: str = ""
    kind: str = "text"
    link: Callable[[Any], str] | None = None


@dataclass
class Listing:
    """A list page: rows one may see, filtered by the form in the address, ordered, fifty at a time, downloadable.

    Paging is by key: the address carries the sort value and the id of the last row shown, so that page 1,000 costs what
    page 1 does and new rows shift nothing.
    """

    request: HttpRequest
    rows: QuerySet[Any]
    columns: Sequence[Column]
    filters: type[FilterForm] | None = None
    order: str = "-id"
    title: Any = ""
    empty: Any = NOTHING
    total: Callable[[QuerySet[Any]], Any] | None = None
    _form: Any = field(default=None, init=False)

    @property
    def form(self) -> Any:
        if self._form is None and self.filters is not None:
            self._form = self.filters(self.request.GET)
            self._form.is_valid()
        return self._form

    @property
    def filtered(self) -> QuerySet[Any]:
        return self.rows if self.form is None else self.form.apply(self.rows)

    @property
    def sort(self) -> str:
        asked = self.request.GET.get("sort", "")
        return asked if asked.lstrip("-") in {c.sort for c in self.columns if c.sort} else self.order

    def page(self) -> tuple[list[Any], str]:
        """The rows of this page and the query string of the next one ("" at the end)."""
        name, down = self.sort.lstrip("-"), self.sort.startswith("-")
        pk = self.rows.model._meta.pk.attname
        rows = self.filtered.order_by(self.sort, ("-" if down else "") + pk)
        after = self.request.GET.get("after", "")
        if after.isdigit() or (after and name == pk):
            rows = _after(rows, name, down, pk, after)
        found = list(rows[: PAGE_ROWS + 1])
        more = ""
        if len(found) > PAGE_ROWS:
            query = self.request.GET.copy()
            query["after"] = str(found[PAGE_ROWS - 1].pk)
            more = query.urlencode()
        return found[:PAGE_ROWS], more

    def response(self, template: str = "list.html", **context: Any) -> HttpResponse:
        """The page, or the same rows as CSV or XLSX when the address asks for them."""
        asked = self.request.GET.get("format", "")
        if asked in ("csv", "xlsx"):
            return download(self.filtered.order_by(self.sort), self.columns, str(self.title), asked)
        rows, more = self.page()
        query = self.request.GET.copy()
        for name in ("after", "format"):
            query.pop(name, None)
        shown = [[cell(column, row) for column in self.columns] for row in rows]
        return render(
            self.request, template,
            {"listing": self, "rows": shown, "heads": self._heads(), "more": more, "query": query.urlencode(),
             "totals": self.total(self.filtered) if self.total else None, **context},
        )  # fmt: skip

    def _heads(self) -> list[dict[str, Any]]:
        heads = []
        for column in self.columns:
            query = self.request.GET.copy()
            query.pop("after", None)
            is_up = self.sort == column.sort
            query["sort"] = f"-{column.sort}" if is_up else column.sort
            order = "ascending" if is_up else "descending" if self.sort == f"-{column.sort}" else ""
            heads.append({"column": column, "query": query.urlencode() if column.sort else "", "order": order})
        return heads


def _after(rows: QuerySet[Any], name: str, down: bool, pk: str, after: str) -> QuerySet[Any]:
    """Only rows that come after the row with the given key, in the list's order."""
    from django.db.models import Q

    step = "lt" if down else "gt"
    if name == pk:
        return rows.filter(**{f"{pk}__{step}": after})
    value = rows.model._default_manager.filter(pk=after).values_list(name, flat=True).first()
    if value is None:
        return rows.filter(**{f"{name}__isnull": True, f"{pk}__{step}": after}) | (
            rows.none() if down else rows.filter(**{f"{name}__isnull": False})
        )
    return rows.filter(Q(**{f"{name}__{step}": value}) | Q(**{name: value, f"{pk}__{step}": after}))


def cell(column: Column, row: Any) -> dict[str, Any]:
    value = column.value(row)
    return {
        "value": value,
        "kind": column.kind,
        "link": column.link(row) if column.link and value not in ("", None) else "",
    }


def download(rows: QuerySet[Any], columns: Sequence[Column], title: str, kind: str) -> HttpResponse:
    """The rows as a file, with cells that a spreadsheet would run as a formula made harmless."""
    heads = [str(column.title) for column in columns]
    body = [[plain(column.value(row)) for column in columns] for row in rows.iterator(chunk_size=2000)]
    name = "".join(c if c.isalnum() else "-" for c in title.lower()).strip("-") or "list"
    if kind == "csv":
        text = io.StringIO()
        csv.writer(text).writerows([heads, *body])
        response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(
            xlsx(heads, body, title), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response


def plain(value: Any) -> Any:
    """A value as a spreadsheet may show it: text that begins like a formula gets an apostrophe in front.

    Characters that no spreadsheet can hold become a space.
    """
    if value is None or isinstance(value, int | float):
        return value
    text = NOT_IN_A_CELL.sub(" ", value.isoformat() if hasattr(value, "isoformat") else str(value))
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def xlsx(heads: Sequence[str], body: Sequence[Sequence[Any]], title: str) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("".join(c for c in title if c not in "[]:*?/\\")[:31] or "list")
    sheet.append(list(heads))
    for row in body:
        sheet.append([str(value) if isinstance(value, Model) else value for value in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


# --- forms ---------------------------------------------------------------------------------------------------


def typed(request: HttpRequest) -> Any:
    """What was posted, or None for a page that is only opened. (An empty post is still a post.)"""
    return request.POST if request.method == "POST" else None


@contextmanager
def told_in(form: Any, what: type[YuanshouError] = Refused, field: str | None = None) -> Iterator[None]:
    """A refusal inside becomes the summary of the form (or the error of a field), so that what was typed stays.

    Rights have a page of their own, unless `what` is `YuanshouError`: then every refusal is told in the form. Write
    the redirect inside and `show_form` after it.
    """
    try:
        yield
    except what as error:
        tell(form, error, field)


def tell(form: Any, error: YuanshouError, field: str | None = None) -> None:
    """The refusal as an error of the form, in the reader's language."""
    form.add_error(field, told_html(error))


class FilterForm(forms.Form):
    """A form in the address that narrows a list; every field is optional and `apply` says what it does."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields:
            self.fields[name].required = False

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        raise NotImplementedError

    def chips(self) -> list[tuple[str, str, str]]:
        """Each filter in use: its words, its value, and the query string without it."""
        chips = []
        for name in self.fields:
            if self.data.get(name):
                query = self.data.copy()
                query.pop(name, None)
                query.pop("after", None)
                chips.append((str(self.fields[name].label or name), str(self.data.get(name)), query.urlencode()))
        return chips


class DayInput(forms.DateInput):
    """A day as browsers want it, year first in every language; in another order they show the field as empty."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class KeyForm(forms.Form):
    """A form that carries its idempotency key, so that a double click happens once."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4().hex

    def clean_key(self) -> str:
        return self.cleaned_data["key"] or uuid.uuid4().hex


def show_form(
    request: HttpRequest, form: Any, *, title: Any, submit: Any, status: int = 200, **context: Any
) -> HttpResponse:
    """A form page with the error summary first; 422 when something has to be corrected."""
    if form.is_bound and form.errors:
        status = 422
    template = context.pop("template", "form.html")
    return render(request, template, {"form": form, "title": title, "submit": submit, **context}, status=status)


def show_conflict(
    request: HttpRequest, form: Any, current: Any, *, title: Any, more: Sequence[tuple[Any, Any, Any]] = ()
) -> HttpResponse:
    """Two people edited the same row: what it is now beside what was typed, and a form to save again (409).

    `more` is what the form does not hold itself, such as its lines: label, as it is now, as it was typed. What was
    posted beside the form is carried along, so that saving again saves all of it.
    """
    names = [name for name in form.fields if name != "version" and hasattr(current, name)]
    pairs = [(form.fields[name].label, getattr(current, name), form.cleaned_data.get(name)) for name in names]
    typed = form.data.copy()
    typed["version"] = str(current.version)
    again = type(form)(typed, instance=current) if isinstance(form, forms.ModelForm) else form_again(form, typed)
    beside = [name for name in typed if name not in form.fields and name != "csrfmiddlewaretoken"]
    context = {
        "pairs": [(*pair, str(pair[1]) != str(pair[2])) for pair in (*pairs, *more)],
        "again": again, "title": title, "carried": [(name, value) for name in beside for value in typed.getlist(name)],
    }  # fmt: skip
    return render(request, "conflict.html", context, status=409)


def form_again(form: Any, data: Any) -> Any:
    """The same form, bound to other data; what it was made with stays."""
    again = copy(form)
    again.data, again._errors, again._bound_fields_cache = data, None, {}
    return again
