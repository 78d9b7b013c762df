"""What people type about the situation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.pages import DayInput, FilterForm
from yuanshou_ops.people.models import Place
from yuanshou_ops.situation.models import Measure

DAY = DayInput()
REGIONS = [("", "–"), *((name, name) for name in ("Africa", "Americas", "Asia", "Europe", "Oceania"))]


class WorldFilter(FilterForm):
    q = forms.CharField(label=_("Place"))
    region = forms.ChoiceField(label=_("Region"), choices=REGIONS)
    income = forms.CharField(label=_("Income group"))
    at_risk = forms.BooleanField(label=_("Only the high-risk list"))

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        values = self.cleaned_data
        if words := values.get("q", "").strip():
            rows = rows.filter(
                Q(place__code__iexact=words) | Q(place__name_en__icontains=words) | Q(place__name_fr__icontains=words)
                | Q(place__name_es__icontains=words) | Q(place__name_ru__icontains=words)
                | Q(place__name_zh__icontains=words) | Q(place__name_ar__icontains=words)
            )  # fmt: skip
        if values.get("region"):
            rows = rows.filter(place__un_region=values["region"])
        if values.get("income"):
            rows = rows.filter(place__income_group__icontains=values["income"])
        return rows.exclude(risks=[]) if values.get("at_risk") else rows


class WorldPageFilter(WorldFilter):
    """The same on the page, where the outbreak of the address is kept."""

    outbreak = forms.CharField(label=_("Outbreak"), widget=forms.HiddenInput)


class MeasureForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Measure
        fields = ("place", "kind", "title", "starts_on", "ends_on", "source")
        widgets = {"starts_on": DAY, "ends_on": DAY}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = Place.objects.order_by("name_en")  # type: ignore[attr-defined]


class MeasureEndForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    ends_on = forms.DateField(label=_("Last day in force"), widget=DAY)
