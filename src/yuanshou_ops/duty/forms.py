"""What people type at the desk."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.duty.actions import REST_HOURS_MAX
from yuanshou_ops.pages import DayInput, FilterForm, KeyForm


class LogForm(KeyForm):
    text = forms.CharField(
        label=_("What happened"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4, "autofocus": True})
    )
    about = forms.CharField(
        label=_("About the number"),
        max_length=32,
        required=False,
        help_text=_("For example S-2020-000012; may be empty."),
    )


class LogFilter(FilterForm):
    q = forms.CharField(label=_("Words or number"))
    since = forms.DateField(label=_("Since"), widget=DayInput())

    def apply(self, rows):  # type: ignore[no-untyped-def]
        values = self.cleaned_data
        if values.get("q"):
            rows = rows.filter(text__icontains=values["q"].strip()) | rows.filter(about__icontains=values["q"].strip())
        return rows.filter(at__date__gte=values["since"]) if values.get("since") else rows


class HandOverForm(KeyForm):
    text = forms.CharField(
        label=_("What the next shift must know"), max_length=8000, widget=forms.Textarea(attrs={"rows": 8})
    )


class AnswerForm(KeyForm):
    reason = forms.CharField(label=_("Why it may rest"), max_length=300)
    hours = forms.IntegerField(label=_("Hours until it is back"), min_value=1, max_value=REST_HOURS_MAX, initial=12)
