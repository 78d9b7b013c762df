"""What people choose for a plan."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.ledger.models import Item
from yuanshou_ops.pages import DayInput, FilterForm, KeyForm
from yuanshou_ops.people.models import Place
from yuanshou_ops.planning.inputs import deliverable_places, vetted_accounts
from yuanshou_ops.planning.models import PlanRun
from yuanshou_ops.situation.models import Outbreak

DAY = DayInput()
RULES = [
    ("need", _("by need: the worst off first, with falling returns")),
    ("max_min", _("max-min: raise the lowest coverage as far as it goes")),
    ("proportional", _("in proportion to need")),
    ("per_head", _("per head of population")),
    ("first_come", _("first come, first served")),
]
SCOPES = [
    ("deliverable", _("places with a verified consignee")),
    ("all", _("every country")),
    ("Africa", _("Africa")), ("Americas", _("Americas")), ("Asia", _("Asia")), ("Europe", _("Europe")),
    ("Oceania", _("Oceania")), ("named", _("the places named below")),
]  # fmt: skip


class RunForm(KeyForm):
    title = forms.CharField(label=_("Title"), max_length=120)
    outbreak = forms.ModelChoiceField(
        label=_("Outbreak"), queryset=Outbreak.objects.all(), to_field_name="code", required=False
    )
    as_of = forms.DateField(label=_("Counts as of"), widget=DAY)
    scope = forms.ChoiceField(label=_("Scope"), choices=SCOPES)
    places = forms.ModelMultipleChoiceField(
        label=_("Places"), queryset=Place.objects.none(), required=False, help_text=_("Only read when the scope says so."),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )  # fmt: skip
    items = forms.ModelMultipleChoiceField(
        label=_("Items"), queryset=Item.objects.none(), required=False, help_text=_("None chosen: all with vetted stock."),
        widget=forms.SelectMultiple(attrs={"size": 5}),
    )  # fmt: skip
    policy = forms.ChoiceField(label=_("Rule"), choices=RULES)
    compare = forms.MultipleChoiceField(
        label=_("Rules to show beside it"), choices=RULES, required=False, widget=forms.CheckboxSelectMultiple,
        initial=["max_min", "per_head", "first_come"],
    )  # fmt: skip
    equity_floor = forms.FloatField(
        label=_("Protected first share of each need, %"), min_value=0, max_value=100, initial=0,
        help_text=_("Served before anything else. 0 = none."),
    )  # fmt: skip
    weeks = forms.IntegerField(label=_("Weeks planned"), min_value=1, max_value=12, initial=12)
    adopt_weeks = forms.IntegerField(
        label=_("Weeks an approval reserves"), min_value=1, max_value=12, initial=2,
        help_text=_("What the plan sends later is planned again by then."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places: Any = self.fields["places"]
        places.queryset = Place.objects.order_by("name_en")
        items: Any = self.fields["items"]
        items.queryset = Item.objects.filter(pk__in=vetted_accounts().values("item_id")).order_by("name")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("scope") == "named" and not data.get("places"):
            self.add_error("places", _("Name at least one place, or choose another scope."))
        if data.get("scope") == "deliverable" and not deliverable_places():
            self.add_error("scope", _("No consignee is verified yet. Verify one, or choose another scope."))
        return data

    def place_codes(self) -> list[str]:
        scope = self.cleaned_data["scope"]
        if scope == "all":
            return []
        if scope == "deliverable":
            return deliverable_places()
        if scope == "named":
            return [place.pk for place in self.cleaned_data["places"]]
        return list(Place.objects.filter(un_region=scope, kind="country").values_list("code", flat=True))


class RunFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *PlanRun.Status.choices])

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(status=self.cleaned_data["status"]) if self.cleaned_data.get("status") else rows


class LineFilter(FilterForm):
    place = forms.CharField(label=_("Place"))
    item = forms.CharField(label=_("Item"))
    changed = forms.BooleanField(label=_("Only changed by hand"))

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        values = self.cleaned_data
        if words := values.get("place", "").strip():
            rows = rows.filter(recipient__name_en__icontains=words) | rows.filter(recipient__code__iexact=words)
        if words := values.get("item", "").strip():
            rows = rows.filter(item__name__icontains=words) | rows.filter(item__code__iexact=words)
        return rows.exclude(reason="") if values.get("changed") else rows


class CellFilter(FilterForm):
    place = forms.CharField(label=_("Place"))
    item = forms.CharField(label=_("Item"))

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        values = self.cleaned_data
        if words := values.get("place", "").strip():
            rows = rows.filter(place__name_en__icontains=words) | rows.filter(place__code__iexact=words)
        if words := values.get("item", "").strip():
            rows = rows.filter(item__name__icontains=words) | rows.filter(item__code__iexact=words)
        return rows


class LineForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    quantity = forms.IntegerField(label=_("Quantity to send"), min_value=0)
    reason = forms.CharField(label=_("Why the plan is wrong here"), max_length=300)


class SubmitForm(KeyForm):
    leave_out = forms.BooleanField(
        label=_("Leave out the lines for places without a verified consignee"), required=False
    )


class DecideForm(KeyForm):
    decision = forms.ChoiceField(
        label=_("Decision"), widget=forms.RadioSelect,
        choices=[("approve", _("Approve: reserve all goods and draft all shipments")), ("refuse", _("Send back"))],
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason (needed to send back)"), max_length=300, required=False)


class ReasonForm(KeyForm):
    reason = forms.CharField(label=_("Reason"), max_length=300)


class RefreshForm(KeyForm):
    outbreak = forms.ModelChoiceField(
        label=_("Outbreak"), queryset=Outbreak.objects.all(), to_field_name="code", required=False
    )
    as_of = forms.DateField(label=_("Day of knowledge"), widget=DAY)


class CompareForm(forms.Form):
    other = forms.ModelChoiceField(
        label=_("Compare with"), queryset=PlanRun.objects.exclude(fingerprint=""), to_field_name="number"
    )
