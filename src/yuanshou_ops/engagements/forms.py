"""What people type about engagements and promises."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.engagements.actions import Side
from yuanshou_ops.engagements.models import Classification, Engagement, Promise
from yuanshou_ops.ledger.models import Item
from yuanshou_ops.pages import DayInput, FilterForm, KeyForm
from yuanshou_ops.people.models import Organisation, Place

DAY = DayInput()
SIDES_MAX = 40


class EngagementForm(KeyForm):
    """An engagement with its participants, one a line: name, office, place code."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Engagement.Kind.choices)
    title = forms.CharField(label=_("Title"), max_length=200)
    organisation = forms.ModelChoiceField(label=_("Whose engagement it is"), queryset=Organisation.objects.none())
    day = forms.DateField(label=_("Day"), widget=DAY)
    hour = forms.TimeField(
        label=_("Hour"), required=False, widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("Leave empty when only the day is known."),
    )  # fmt: skip
    status = forms.ChoiceField(label=_("Status"), choices=[("planned", _("planned")), ("held", _("held"))])
    classification = forms.ChoiceField(
        label=_("Classification"), choices=Classification.choices, initial=Classification.INTERNAL
    )  # fmt: skip
    hosts = forms.CharField(
        label=_("Our side"), widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One participant on each line: name; office; code of the place."),
    )  # fmt: skip
    others = forms.CharField(
        label=_("The other side"), widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One participant on each line: name; office; code of the place."),
    )  # fmt: skip
    summary = forms.CharField(
        label=_("What may be said about it"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip
    minutes = forms.CharField(
        label=_("Minutes"), required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Never published."),
    )  # fmt: skip
    source = forms.CharField(label=_("Source"), required=False, max_length=400)

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]

    def clean_hosts(self) -> list[Side]:
        return _sides(self.cleaned_data["hosts"], is_host=True)

    def clean_others(self) -> list[Side]:
        return _sides(self.cleaned_data["others"], is_host=False)

    def engagement(self) -> Engagement:
        data = self.cleaned_data
        moment = datetime.combine(data["day"], data["hour"] or time(12))
        names = ("kind", "title", "organisation", "status", "classification", "summary", "minutes", "source")
        return Engagement(
            starts_at=timezone.make_aware(moment), has_time=data["hour"] is not None, **{n: data[n] for n in names}
        )


def _sides(text: str, *, is_host: bool) -> list[Side]:
    """The participants typed one a line; a code that is no place is refused with its line."""
    sides = []
    for number, line in enumerate((one for one in text.splitlines() if one.strip()), start=1):
        name, office, code = (part.strip() for part in (line + ";;").split(";")[:3])
        place = Place.objects.filter(pk=code.upper()).first() if code else None
        if not name or (code and place is None):
            raise forms.ValidationError(
                _("Line %(number)d, “%(line)s”: expected name; office; code of a place such as KEN.")
                % {"number": number, "line": line.strip()}
            )
        sides.append(Side(name=name[:120], office=office[:160], place=place, is_host=is_host))
    if len(sides) > SIDES_MAX:
        raise forms.ValidationError(_("At most %d participants on a side.") % SIDES_MAX)
    return sides


class MinutesForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    summary = forms.CharField(
        label=_("What may be said about it"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("A change takes the engagement back from the public until a second person publishes it again."),
    )  # fmt: skip
    minutes = forms.CharField(label=_("Minutes"), required=False, widget=forms.Textarea(attrs={"rows": 10}))


class PromiseForm(KeyForm):
    promiser = forms.CharField(label=_("Who promises"), max_length=200)
    promiser_place = forms.ModelChoiceField(
        label=_("Place that promises"), queryset=Place.objects.all(), required=False
    )  # fmt: skip
    receiver = forms.CharField(label=_("To whom"), max_length=200)
    receiver_place = forms.ModelChoiceField(
        label=_("Place that is promised to"), queryset=Place.objects.all(), required=False
    )  # fmt: skip
    what = forms.CharField(label=_("What is promised"), max_length=400)
    item = forms.ModelChoiceField(label=_("Item"), queryset=Item.objects.all(), required=False)
    quantity = forms.IntegerField(label=_("Quantity in base units"), min_value=1, required=False)
    due_on = forms.DateField(label=_("By when"), widget=DAY, required=False)


class PromiseStepForm(forms.Form):
    source = forms.CharField(
        label=_("Where it stands in writing"), required=False, max_length=400,
        help_text=_("A letter, a release, an agreement; needed to confirm."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=300, help_text=_("Needed to withdraw or to let lapse.")
    )  # fmt: skip


class LinkForm(forms.Form):
    number = forms.CharField(label=_("Number of the commitment, offer, money, shipment or team"), max_length=32)


class UnpublishForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300)


class EngagementFilter(FilterForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "–"), *Engagement.Kind.choices])
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *Engagement.Status.choices])
    q = forms.CharField(label=_("Title or participant"))
    since = forms.DateField(label=_("From"), widget=DAY)
    until = forms.DateField(label=_("Until"), widget=DAY)

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        data = self.cleaned_data
        if words := data.get("q", "").strip():
            rows = rows.filter(Q(title__icontains=words) | Q(participants__name__icontains=words)).distinct()
        if data.get("since"):
            rows = rows.filter(starts_at__date__gte=data["since"])
        if data.get("until"):
            rows = rows.filter(starts_at__date__lte=data["until"])
        return rows.filter(**{name: data[name] for name in ("kind", "status") if data.get(name)})


class PromiseFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *Promise.Status.choices])
    q = forms.CharField(label=_("Who or what"))

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        data = self.cleaned_data
        if words := data.get("q", "").strip():
            rows = rows.filter(
                Q(promiser__icontains=words) | Q(receiver__icontains=words) | Q(what__icontains=words)
            )  # fmt: skip
        return rows.filter(status=data["status"]) if data.get("status") else rows


class CountForm(forms.Form):
    since = forms.DateField(label=_("From"), widget=DAY, required=False)
    until = forms.DateField(label=_("Until"), widget=DAY, required=False)
    name = forms.CharField(label=_("With the participant"), required=False)
