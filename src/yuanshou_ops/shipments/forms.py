"""What people type about shipments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.ledger.models import Account
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.pages import DayInput, FilterForm, KeyForm
from yuanshou_ops.people.models import Place
from yuanshou_ops.people.policy import visible
from yuanshou_ops.requests.models import Consignee
from yuanshou_ops.shipments.actions import PACKAGES_MAX, TERMS, Load, Pick
from yuanshou_ops.shipments.models import Discrepancy, Milestone, Package, Shipment, ShipmentLine
from yuanshou_ops.shipments.sizes import volume_m3

DAY = DayInput()


class ShipmentFilter(FilterForm):
    q = forms.CharField(label=_("Number, carrier or document"))
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *Shipment.Status.choices])
    to_place = forms.ModelChoiceField(label=_("To"), queryset=Place.objects.all())
    lot = forms.CharField(label=_("Lot"))

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        values = {name: value for name, value in self.cleaned_data.items() if value}
        if "lot" in values:
            lines = ShipmentLine.objects.filter(lot__number__iexact=values.pop("lot").strip())
            rows = rows.filter(pk__in=lines.values("shipment"))
        if "q" in values:
            text = values.pop("q").strip()
            found = Q(number__icontains=text) | Q(carrier__icontains=text) | Q(carrier_document__icontains=text)
            rows = rows.filter(found | Q(vehicle__iexact=text))
        return rows.filter(**values)


class DiscrepancyFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *Discrepancy.Status.choices])
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "–"), *Discrepancy.Kind.choices])

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(**{name: value for name, value in self.cleaned_data.items() if value})


class ShipmentForm(KeyForm):
    consignee = forms.ModelChoiceField(
        label=_("Consignee"), queryset=Consignee.objects.filter(is_active=True, verified_at__isnull=False)
    )
    request_number = forms.CharField(label=_("For the request"), max_length=16, required=False)
    mode = forms.ChoiceField(label=_("Mode"), choices=Shipment.Mode.choices)
    arrives_on = forms.DateField(label=_("Estimated arrival"), widget=DAY)
    carrier = forms.CharField(label=_("Carrier"), max_length=120, required=False)
    vehicle = forms.CharField(label=_("Flight or vehicle"), max_length=60, required=False)
    carrier_document = forms.CharField(label=_("Air waybill or bill of lading"), max_length=60, required=False)
    incoterm = forms.ChoiceField(
        label=_("Incoterm"), choices=[("", "–"), *((term, term) for term in sorted(TERMS))], required=False
    )
    incoterm_place = forms.CharField(label=_("Named place"), max_length=80, required=False)
    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 2}), required=False)


class PickForm(forms.Form):
    """Which goods, and how many base units of them."""

    account = forms.ModelChoiceField(label=_("Goods"), queryset=Account.objects.none(), required=False)
    quantity = forms.IntegerField(label=_("Quantity, in base units"), min_value=1, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = visible(Account, user, "shipments.draft").filter(state=State.VETTED, balance__gt=0, frozen=False)
        rows = rows.select_related("item", "lot", "holder", "place").order_by("item__name", "lot__expires_on")
        self.fields["account"].queryset = rows
        self.fields["account"].label_from_instance = lambda a: (
            f"{a.item} · {a.lot} · {a.holder} · {a.place.name} · {a.balance} {a.item.unit_words}"
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if bool(values.get("account")) != bool(values.get("quantity")) and not self.errors:
            raise forms.ValidationError(_("Give the goods and how many."))
        return values

    def pick(self) -> Pick | None:
        data = self.cleaned_data
        return Pick(data["account"], data["quantity"]) if data.get("account") else None


Picks = forms.formset_factory(PickForm, extra=4, max_num=100, absolute_max=120)


class LoadForm(forms.Form):
    """So many packages of the same kind: how many, what is in each, how heavy and how large each is."""

    line = forms.TypedChoiceField(label=_("Line"), coerce=int, empty_value=None, required=False)
    count = forms.IntegerField(label=_("Packages"), min_value=1, max_value=PACKAGES_MAX, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Package.Kind.choices)
    quantity = forms.IntegerField(label=_("Units in each"), min_value=1, required=False)
    gross_kg = forms.DecimalField(
        label=_("Gross kg of each"), min_value=0, max_digits=9, decimal_places=2, required=False
    )
    size_cm = forms.CharField(label=_("Length × width × height, cm"), max_length=30, required=False)
    sscc = forms.CharField(label="SSCC", max_length=18, required=False)

    def __init__(self, *args: Any, lines: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["line"].choices = [("", "–"), *lines]
        for name in ("count", "quantity", "gross_kg"):
            self.fields[name].widget.attrs.update(size="7", inputmode="decimal")

    def clean_size_cm(self) -> str:
        text = self.cleaned_data["size_cm"].strip()
        if text and volume_m3(text) is None:
            raise forms.ValidationError(_("Give three lengths in cm, such as 60x40x40."))
        return text

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        given = [name for name in ("line", "count", "quantity") if values.get(name)]
        if self.errors or not (given or values.get("gross_kg") or values.get("size_cm") or values.get("sscc")):
            return values
        if len(given) < 3:
            raise forms.ValidationError(_("Give the line, how many packages, and how many units are in each."))
        if values.get("sscc") and values["count"] > 1:
            raise forms.ValidationError(_("An SSCC names one package. Give such packages a row each."))
        return values

    def loads(self) -> list[Load]:
        data = self.cleaned_data
        if not data.get("line"):
            return []
        load = Load(
            data["line"], data["quantity"], data["gross_kg"], data["size_cm"], data["sscc"], data["kind"]
        )  # fmt: skip
        return [load] * data["count"]


Loads = forms.formset_factory(LoadForm, extra=3, max_num=500, absolute_max=500)


class DestroyedForm(KeyForm):
    quantity = forms.IntegerField(label=_("Destroyed, in base units"), min_value=1)
    reason = forms.CharField(label=_("Reason"), max_length=300)


class StepForm(KeyForm):
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class MilestoneForm(KeyForm):
    kind = forms.ChoiceField(label=_("Milestone"), choices=Milestone.Kind.choices)
    promised_on = forms.DateField(label=_("Promised"), widget=DAY, required=False)
    actual_on = forms.DateField(label=_("Actual"), widget=DAY, required=False)
    source = forms.CharField(label=_("Source"), max_length=120, required=False)


class ReasonForm(KeyForm):
    reason = forms.CharField(label=_("Reason"), max_length=300)


class CodeForm(forms.Form):
    number = forms.CharField(label=_("Shipment number"), max_length=16)
    code = forms.CharField(label=_("Code"), max_length=16)
