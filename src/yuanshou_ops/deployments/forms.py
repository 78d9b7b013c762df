"""What people type about teams."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.deployments.actions import RoleCount, parse_roles
from yuanshou_ops.deployments.models import LANGUAGES, DailyReport, Deployment, Role, Team, TeamKind, TeamRequest
from yuanshou_ops.pages import DayInput, FilterForm, KeyForm
from yuanshou_ops.people.models import Organisation, Place

DAY = DayInput()
ROLE_HELP = _("One role on each line: role; how many; day of the first licence to end. Roles: %s.")


class RolesField(forms.CharField):
    """Roles typed one a line, read into (role, how many, first licence ends)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), **kwargs)
        self.help_text = ROLE_HELP % ", ".join(Role.values)

    def clean(self, value: Any) -> list[RoleCount]:
        try:
            return parse_roles(super().clean(value))
        except ValueError as error:
            raise forms.ValidationError(
                _("%(where)s: expected a role, a count and perhaps a day such as nurse; 4; 2026-12-31.")
                % {"where": error}
            ) from None


class TeamForm(KeyForm):
    name = forms.CharField(label=_("Name of the team"), max_length=160)
    organisation = forms.ModelChoiceField(label=_("Organisation"), queryset=Organisation.objects.none())
    kind = forms.ChoiceField(label=_("Kind"), choices=TeamKind.choices)
    roles = RolesField(label=_("People by role"))
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=list(LANGUAGES.items()), widget=forms.CheckboxSelectMultiple
    )  # fmt: skip
    classified_until = forms.DateField(label=_("Classification valid until"), widget=DAY, required=False)
    self_sufficient_days = forms.IntegerField(label=_("Days it supplies itself"), min_value=0, required=False)
    evacuation_contact = forms.CharField(label=_("Desk for medical evacuation"), max_length=200, required=False)
    available_from = forms.DateField(label=_("Offered from"), widget=DAY, required=False)
    available_until = forms.DateField(label=_("Offered until"), widget=DAY, required=False)
    note = forms.CharField(label=_("Note"), max_length=400, required=False)

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]


class TeamRequestForm(KeyForm):
    organisation = forms.ModelChoiceField(label=_("Who asks"), queryset=Organisation.objects.none())
    place = forms.ModelChoiceField(label=_("Place"), queryset=Place.objects.all())
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("any kind")), *TeamKind.choices], required=False)
    roles = RolesField(label=_("Roles asked for"), required=False)
    languages = forms.MultipleChoiceField(
        label=_("Languages, any of them"), choices=list(LANGUAGES.items()), widget=forms.CheckboxSelectMultiple,
        required=False,
    )  # fmt: skip
    starts_on = forms.DateField(label=_("From"), widget=DAY)
    ends_on = forms.DateField(label=_("Until"), widget=DAY)
    site = forms.CharField(label=_("Site"), max_length=200, required=False)
    reason = forms.CharField(label=_("Why"), max_length=400)

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]


class ProposeForm(KeyForm):
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.all())
    starts_on = forms.DateField(label=_("From"), widget=DAY)
    ends_on = forms.DateField(label=_("Until"), widget=DAY)
    acknowledged = forms.BooleanField(label=_("I know which wishes are not met."), required=False)


class ExtendForm(forms.Form):
    until = forms.DateField(label=_("Until"), widget=DAY)
    reason = forms.CharField(label=_("Reason"), max_length=300)


class StepForm(forms.Form):
    """The words and the day that a step needs; `needs` says which."""

    text = forms.CharField(label=_("Words"), widget=forms.Textarea(attrs={"rows": 5}))
    on = forms.DateField(label=_("Day"), widget=DAY)

    def __init__(self, *args: Any, needs: tuple[str, ...], words: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("text", "on"):
            if name not in needs:
                del self.fields[name]
        if "text" in needs:
            self.fields["text"].label = words


class ReportForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = DailyReport
        fields = ("day", "consultations", "people_trained", "everybody_safe", "text")
        widgets = {"day": DAY}  # noqa: RUF012


class TeamFilter(FilterForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "–"), *TeamKind.choices])
    q = forms.CharField(label=_("Team or organisation"))

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if words := self.cleaned_data.get("q", "").strip():
            rows = rows.filter(Q(name__icontains=words) | Q(organisation__name__icontains=words))
        kind = self.cleaned_data.get("kind")
        return rows.filter(kind=kind) if kind else rows


class RequestFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *TeamRequest.Status.choices])

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        status = self.cleaned_data.get("status")
        return rows.filter(status=status) if status else rows


class DeploymentFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *Deployment.Status.choices])
    place = forms.ModelChoiceField(label=_("Place"), queryset=Place.objects.all())

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(**{name: value for name, value in self.cleaned_data.items() if value})
