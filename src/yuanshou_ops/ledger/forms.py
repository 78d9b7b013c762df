"""What people type about stock."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.ledger.models import STATES, Item
from yuanshou_ops.pages import DayInput, FilterForm, KeyForm
from yuanshou_ops.people.models import Organisation, Place


class StockFilter(FilterForm):
    item = forms.ModelChoiceField(label=_("Item"), queryset=Item.objects.all())
    state = forms.ChoiceField(label=_("State"), choices=[("", "–"), *STATES])
    place = forms.ModelChoiceField(label=_("Place"), queryset=Place.objects.all())
    lot = forms.CharField(label=_("Lot"))

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        values = {name: value for name, value in self.cleaned_data.items() if value}
        lot = values.pop("lot", "")
        return rows.filter(**values, **({"lot__number__icontains": lot} if lot else {}))


class MoveFilter(FilterForm):
    document = forms.CharField(label=_("Document"))
    kind = forms.CharField(label=_("Kind"))
    item = forms.ModelChoiceField(label=_("Item"), queryset=Item.objects.all())
    since = forms.DateField(label=_("Since"), widget=DayInput())

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        values = self.cleaned_data
        if values.get("document"):
            rows = rows.filter(Q(document__istartswith=values["document"]))
        if values.get("kind"):
            rows = rows.filter(kind=values["kind"])
        if values.get("item"):
            rows = rows.filter(debit_account__item=values["item"])
        return rows.filter(recorded_at__date__gte=values["since"]) if values.get("since") else rows


class StockInForm(KeyForm):
    item = forms.ModelChoiceField(label=_("Item"), queryset=Item.objects.all())
    count = forms.IntegerField(label=_("How many"), min_value=1)
    pack = forms.ChoiceField(
        label=_("of"), choices=[("", _("base units")), ("box", _("box")), ("carton", _("carton"))], required=False
    )
    lot = forms.CharField(label=_("Lot number"), max_length=60, required=False)
    expires_on = forms.DateField(label=_("Expires on"), widget=DayInput(), required=False)
    origin = forms.ModelChoiceField(label=_("Origin"), queryset=Organisation.objects.filter(is_active=True))
    holder = forms.ModelChoiceField(label=_("Holder"), queryset=Organisation.objects.filter(is_active=True))
    place = forms.ModelChoiceField(label=_("Place"), queryset=Place.objects.all())
    reason = forms.CharField(label=_("Reason or document"), max_length=300)


class CountForm(KeyForm):
    counted = forms.IntegerField(label=_("Counted, in base units"), min_value=0)
    reason = forms.CharField(label=_("Reason"), max_length=300)


class QuantityReasonForm(KeyForm):
    quantity = forms.IntegerField(label=_("Quantity, in base units"), min_value=1)
    reason = forms.CharField(label=_("Reason"), max_length=300)


class TransferForm(QuantityReasonForm):
    to_holder = forms.ModelChoiceField(label=_("To holder"), queryset=Organisation.objects.filter(is_active=True))
    to_place = forms.ModelChoiceField(label=_("To place"), queryset=Place.objects.all())


class ReasonForm(KeyForm):
    reason = forms.CharField(label=_("Reason"), max_length=300)


class AnswerForm(KeyForm):
    found = forms.IntegerField(label=_("Found and set aside"), min_value=0, initial=0)
    used = forms.IntegerField(label=_("Already used"), min_value=0, initial=0)
    destroyed = forms.IntegerField(label=_("Destroyed"), min_value=0, initial=0)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
