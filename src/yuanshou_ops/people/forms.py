"""What people type about people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.pages import DayInput, FilterForm, KeyForm
from yuanshou_ops.people.actions import token_scopes
from yuanshou_ops.people.models import Organisation, Place, RoleGrant, User


class OrganisationFilter(FilterForm):
    q = forms.CharField(label=_("Name or code"))
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "–"), *Organisation.Kind.choices])

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        values = self.cleaned_data
        if values.get("q"):
            rows = rows.filter(Q(name__icontains=values["q"]) | Q(code__iexact=values["q"]))
        return rows.filter(kind=values["kind"]) if values.get("kind") else rows


class OrganisationForm(KeyForm):
    code = forms.CharField(label=_("Code"), max_length=32)
    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind.choices)
    place = forms.ModelChoiceField(label=_("Place"), queryset=Place.objects.all())
    contact = forms.CharField(label=_("Contact"), max_length=200, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)


class OrganisationEditForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Organisation
        fields = ("name", "kind", "place", "contact", "email", "phone", "is_active")


class MemberForm(KeyForm):
    email = forms.EmailField(label=_("E-mail"))
    name = forms.CharField(label=_("Name"), max_length=120)
    password = forms.CharField(
        label=_("First password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters; the person changes it after the first sign-in."),
    )  # fmt: skip


class GrantForm(KeyForm):
    user = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.filter(is_active=True))
    organisation = forms.ModelChoiceField(label=_("Organisation"), queryset=Organisation.objects.filter(is_active=True))
    role = forms.ChoiceField(label=_("Role"), choices=RoleGrant.Role.choices)
    place = forms.ModelChoiceField(
        label=_("Only for the place"), queryset=Place.objects.all(), required=False, empty_label=_("every place")
    )
    reason = forms.CharField(label=_("Reason"), max_length=300)


class DecisionForm(KeyForm):
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class TokenForm(KeyForm):
    name = forms.CharField(label=_("Name of the program"), max_length=80)
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"), choices=[(scope, scope) for scope in token_scopes()], widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(label=_("Valid for days"), min_value=1, max_value=366, initial=90)


class AuditFilter(FilterForm):
    q = forms.CharField(label=_("Person, action or row"))
    since = forms.DateField(label=_("Since"), widget=DayInput())

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        values = self.cleaned_data
        if values.get("q"):
            text = values["q"]
            rows = rows.filter(
                Q(actor_label__icontains=text)
                | Q(action__icontains=text)
                | Q(target_label__icontains=text)
                | Q(target_id=text)
            )
        return rows.filter(at__date__gte=values["since"]) if values.get("since") else rows
