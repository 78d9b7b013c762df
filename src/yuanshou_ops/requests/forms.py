"""What people type about requests, offers, commitments and money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.ledger.models import Item
from yuanshou_ops.ledger.quantities import to_base
from yuanshou_ops.pages import DayInput, FilterForm, KeyForm
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.people.policy import may
from yuanshou_ops.requests.actions import Asked
from yuanshou_ops.requests.models import AidOffer, AidRequest, Commitment, Consignee, Contribution
from yuanshou_ops.requests.offers import Offered

DAY = DayInput()
PACKS = [("", _("base units")), ("box", _("box")), ("carton", _("carton"))]


def organisations_for(user: Any, action: str) -> QuerySet[Organisation]:
    """The organisations in whose name the user may do the action."""
    rows = Organisation.objects.filter(is_active=True).select_related("place")
    return rows.filter(pk__in=[row.pk for row in rows if may(user, action, _Stand(row))])


class _Stand:
    """An organisation standing in for a row that would belong to it."""

    SCOPE_ORGANISATIONS = ("organisation_id",)
    SCOPE_PLACES = ()

    def __init__(self, organisation: Organisation) -> None:
        self.organisation_id = organisation.pk


class RequestFilter(FilterForm):
    q = forms.CharField(label=_("Number"))
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *AidRequest.Status.choices])
    place = forms.ModelChoiceField(label=_("Place"), queryset=Place.objects.all())
    item = forms.ModelChoiceField(label=_("Item"), queryset=Item.objects.all())
    priority = forms.ChoiceField(label=_("Priority"), choices=[("", "–"), *AidRequest.Priority.choices])

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        values = {name: value for name, value in self.cleaned_data.items() if value}
        if "q" in values:
            rows = rows.filter(number__icontains=values.pop("q").strip())
        if "item" in values:
            rows = rows.filter(pk__in=rows.filter(lines__item=values.pop("item")).values("pk"))
        return rows.filter(**values)


class OfferFilter(FilterForm):
    q = forms.CharField(label=_("Number or donor"))
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *AidOffer.Status.choices])
    item = forms.ModelChoiceField(label=_("Item"), queryset=Item.objects.all())
    place = forms.ModelChoiceField(label=_("Place"), queryset=Place.objects.all())

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        values = {name: value for name, value in self.cleaned_data.items() if value}
        if "q" in values:
            text = values.pop("q").strip()
            rows = rows.filter(Q(number__icontains=text) | Q(donor__name__icontains=text))
        if "item" in values:
            rows = rows.filter(pk__in=rows.filter(lines__item=values.pop("item")).values("pk"))
        return rows.filter(**values)


class CommitmentFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *Commitment.Status.choices])
    place = forms.ModelChoiceField(label=_("Place"), queryset=Place.objects.all())

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(**{name: value for name, value in self.cleaned_data.items() if value})


class ContributionFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *Contribution.Status.choices])
    q = forms.CharField(label=_("Donor"))

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        values = self.cleaned_data
        if values.get("q"):
            rows = rows.filter(donor__name__icontains=values["q"])
        return rows.filter(status=values["status"]) if values.get("status") else rows


class ConsigneeForm(KeyForm):
    organisation = forms.ModelChoiceField(label=_("Organisation"), queryset=Organisation.objects.none())
    name = forms.CharField(label=_("Name"), max_length=200)
    place = forms.ModelChoiceField(label=_("Place"), queryset=Place.objects.all())
    address = forms.CharField(label=_("Address"), max_length=300)
    contact_name = forms.CharField(label=_("Contact"), max_length=120)
    phone = forms.CharField(label=_("Phone"), max_length=40)
    email = forms.EmailField(label=_("E-mail"), required=False)
    hours = forms.CharField(label=_("Opening hours and handling"), max_length=200, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations_for(user, "requests.consignee_add")


class RequestForm(KeyForm):
    organisation = forms.ModelChoiceField(label=_("Requester"), queryset=Organisation.objects.none())
    place = forms.ModelChoiceField(label=_("Place"), queryset=Place.objects.all())
    consignee = forms.ModelChoiceField(
        label=_("Consignee"), queryset=Consignee.objects.filter(is_active=True), help_text=_("From the register only.")
    )
    priority = forms.TypedChoiceField(label=_("Priority"), choices=AidRequest.Priority.choices, coerce=int, initial=3)
    priority_reason = forms.CharField(label=_("Reason for the priority"), max_length=300, required=False)
    needed_by = forms.DateField(label=_("Needed by"), widget=DAY, required=False)
    note = forms.CharField(label=_("Note"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations_for(user, "requests.draft")
        own = self.fields["organisation"].queryset.values("pk")
        self.fields["consignee"].queryset = Consignee.objects.filter(is_active=True, organisation__in=own)


class LineForm(forms.Form):
    """One item: a count of packs or of base units. An empty line is no line."""

    item = forms.ModelChoiceField(label=_("Item"), queryset=Item.objects.all(), required=False)
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=10**12, required=False)
    pack = forms.ChoiceField(label=_("of"), choices=PACKS, required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if bool(values.get("item")) != bool(values.get("count")) and not self.errors:
            raise forms.ValidationError(_("Give the item and how many."))
        return values

    @property
    def is_filled(self) -> bool:
        return bool(getattr(self, "cleaned_data", {}).get("item"))


class AskedForm(LineForm):
    reason = forms.CharField(label=_("Reason above the modelled need"), max_length=300, required=False)

    def asked(self) -> Asked:
        data = self.cleaned_data
        return Asked(data["item"], to_base(data["item"], data["count"], data["pack"]), data["reason"])


class OfferedForm(LineForm):
    lot_number = forms.CharField(label=_("Lot"), max_length=60, required=False)
    expires_on = forms.DateField(label=_("Expires on"), widget=DAY, required=False)
    specification = forms.CharField(label=_("Specification"), max_length=200, required=False)
    label_language = forms.CharField(label=_("Language of the label"), max_length=20, required=False)
    package_kg = forms.DecimalField(
        label=_("kg of one package"), min_value=Decimal("0.01"), max_digits=8, required=False
    )

    def offered(self) -> Offered:
        data = dict(self.cleaned_data)
        item, count, pack = data.pop("item"), data.pop("count"), data.pop("pack")
        return Offered(item, to_base(item, count, pack), **data)


AskedLines = forms.formset_factory(AskedForm, extra=5, max_num=100, absolute_max=120)
OfferedLines = forms.formset_factory(OfferedForm, extra=5, max_num=100, absolute_max=120)


class OfferForm(KeyForm):
    donor = forms.ModelChoiceField(label=_("Donor"), queryset=Organisation.objects.none())
    place = forms.ModelChoiceField(label=_("Where the goods are"), queryset=Place.objects.all())
    earmark = forms.ModelChoiceField(
        label=_("Only for the place"), queryset=Place.objects.all(), required=False, empty_label=_("any place")
    )
    available_from = forms.DateField(label=_("Earliest date"), widget=DAY, required=False)
    conditions = forms.CharField(label=_("Conditions"), max_length=300, required=False)
    source = forms.CharField(label=_("Source"), max_length=300, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["donor"].queryset = organisations_for(user, "requests.offer")


class VetForm(KeyForm):
    arrives_on = forms.DateField(label=_("Estimated arrival"), widget=DAY)
    passes = forms.ChoiceField(
        label=_("Decision"), choices=[("yes", _("pass")), ("no", _("fail"))], widget=forms.RadioSelect
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class VetSoundForm(KeyForm):
    arrives_on = forms.DateField(label=_("Estimated arrival"), widget=DAY)


class AnswerForm(KeyForm):
    step = forms.ChoiceField(
        label=_("Answer"), widget=forms.RadioSelect,
        choices=[("accept", _("accept")), ("return", _("return with a question")), ("merge", _("merge into another"))],
    )  # fmt: skip
    merged_into = forms.CharField(label=_("Number of the other request"), max_length=16, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class SubmitForm(KeyForm):
    duplicate_reason = forms.CharField(label=_("Why this is not a duplicate"), max_length=300, required=False)
    confirmed_unusual = forms.BooleanField(
        label=_("The quantities are right, although they are unusual"), required=False
    )


class ReasonForm(KeyForm):
    reason = forms.CharField(label=_("Reason"), max_length=300)


class ConsigneeChangeForm(ReasonForm):
    to = forms.ModelChoiceField(label=_("New consignee"), queryset=Consignee.objects.filter(verified_at__isnull=False))


class CommitForm(KeyForm):
    place = forms.ModelChoiceField(label=_("For the place"), queryset=Place.objects.all())
    request_number = forms.CharField(label=_("For the request"), max_length=16, required=False)
    quantity = forms.IntegerField(label=_("Quantity, in base units"), min_value=1)
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class PledgeForm(KeyForm):
    donor = forms.ModelChoiceField(label=_("Donor"), queryset=Organisation.objects.none())
    recipient = forms.ModelChoiceField(label=_("Recipient"), queryset=Organisation.objects.filter(is_active=True))
    purpose = forms.CharField(label=_("Purpose"), max_length=200)
    earmark = forms.ModelChoiceField(label=_("Only for the place"), queryset=Place.objects.all(), required=False)
    currency = forms.RegexField(label=_("Currency"), regex=r"^[A-Za-z]{3}$", help_text=_("Three letters, such as CHF."))
    amount = forms.DecimalField(label=_("Amount"), min_value=Decimal("0.01"), max_digits=16, decimal_places=3)
    usd = forms.DecimalField(label=_("In US dollars"), min_value=Decimal(0), max_digits=16, decimal_places=2)
    rate_source = forms.CharField(label=_("Rate: source and date"), max_length=120, required=False)
    boundary = forms.ChoiceField(label=_("Boundary"), choices=Contribution.Boundary.choices)
    is_new_money = forms.BooleanField(label=_("New money"), required=False, initial=True)
    pledged_on = forms.DateField(label=_("Pledged on"), widget=DAY)
    source = forms.CharField(label=_("Source"), max_length=300, required=False)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["donor"].queryset = organisations_for(user, "requests.pledge")

    def minor(self) -> tuple[int, int]:
        """The amount in the currency's smallest unit, and in US cents; never a float."""
        digits = get_currency_precision(self.cleaned_data["currency"].upper())
        return int(self.cleaned_data["amount"].scaleb(digits)), int(self.cleaned_data["usd"].scaleb(2))


class MoneyStepForm(KeyForm):
    on = forms.DateField(label=_("On the day"), widget=DAY)
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)
