"""What is seen of packages: so many cartons or pallets of a line, how heavy and how large each is."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yuanshou.errors import YuanshouError
from yuanshou_ops.ledger.quantities import packs_of
from yuanshou_ops.pages import KeyForm, page, show_form, told_in, typed
from yuanshou_ops.people.policy import find
from yuanshou_ops.shipments import actions, forms
from yuanshou_ops.shipments.models import Package, Shipment, ShipmentLine


@page("shipments.pack")
def packages(request: HttpRequest, number: str) -> HttpResponse:
    """Rows of equal packages; what is there already, or else cartons by the catalogue, is filled in."""
    row = find(Shipment, request.user, "shipments.pack", number=number)
    lines = list(row.lines.select_related("item", "lot", "shipment"))
    choices = [
        (line.line, f"{line.line}. {line.item} · {line.lot} · {line.quantity} {line.item.unit_words}") for line in lines
    ]
    form = KeyForm(typed(request))
    # Only a page that is opened is filled in: posted rows equal to what was filled in would count as left empty.
    filled = None if request.method == "POST" else _written(row) or _proposed(lines)
    loads = forms.Loads(typed(request), prefix="load", initial=filled, form_kwargs={"lines": choices})
    back = reverse("shipments:shipment", args=[number])
    if request.method == "POST" and form.is_valid() and loads.is_valid():
        with told_in(form, YuanshouError):
            packed = [load for part in loads for load in part.loads()]
            actions.set_packages(by=request.user, at=timezone.now(), shipment=row, packages=packed)
            return redirect(back)
    return show_form(
        request, form, title=_("Packages of %(number)s") % {"number": number}, submit=_("Write down the packages"),
        lead=_("Each row is so many equal packages. Together they hold exactly every line."), lines=loads, back=back,
        template="shipments/packages.html", status=422 if loads.is_bound and not loads.is_valid() else 200,
    )  # fmt: skip


def _written(row: Shipment) -> list[dict[str, Any]]:
    """The packages there are, equal neighbours in one row."""
    names = ("line__line", "kind", "quantity", "gross_kg", "size_cm", "sscc")
    rows = []
    for same, group in groupby(row.packages.values_list(*names)):
        values = dict(zip(("line", *names[1:]), same, strict=True))
        rows.append(values | {"count": len(list(group))})
    return rows


def _proposed(lines: list[ShipmentLine]) -> list[dict[str, Any]]:
    """Full cartons of each line by the catalogue, and one package with the rest."""
    rows = []
    for line in lines:
        carton = packs_of(line.item).get(Package.Kind.CARTON)
        each = carton.base_units if carton and carton.base_units < line.quantity else line.quantity
        full, rest = divmod(line.quantity, each)
        rows.append({"line": line.line, "count": full, "quantity": each})
        if rest:
            rows.append({"line": line.line, "count": 1, "quantity": rest})
    return rows
