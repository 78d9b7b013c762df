"""What people type: pages to take in, corrections, reasons."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from yuanshou.sources.page import MAX_BYTES
from yuanshou_ops.engagements.actions import engagements_for
from yuanshou_ops.engagements.models import Engagement
from yuanshou_ops.evidence.models import BECOMES, KINDS, VALUES, Becomes, ProposedFact
from yuanshou_ops.guidance.models import Protocol
from yuanshou_ops.pages import DayInput, FilterForm
from yuanshou_ops.people.models import Place
from yuanshou_ops.people.policy import visible

FILES_MAX = 200


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of uploaded files, a whole folder included."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=ManyFiles(attrs={"accept": ".txt,.html,.htm,text/*"}), **kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        cleaned = [super(ManyFilesField, self).clean(one, initial) for one in files]
        if len(cleaned) > FILES_MAX:
            raise forms.ValidationError(_("At most %d files at a time.") % FILES_MAX)
        return cleaned


class TakeInForm(forms.Form):
    text = forms.CharField(
        label=_("Text or HTML of the page"), required=False, strip=False, max_length=MAX_BYTES,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_("Paste the page as it is, damaged or not; nothing in it is run."),
    )  # fmt: skip
    files = ManyFilesField(label=_("Or files"), required=False, help_text=_("Text or HTML in any encoding."))
    origin = forms.CharField(label=_("Address of the page"), required=False, max_length=500)
    report_date = forms.DateField(
        label=_("Day of the report"), required=False, widget=DayInput(),
        help_text=_("Only where the page carries no date of its own."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not data.get("text", "").strip() and not data.get("files"):
            raise forms.ValidationError(_("Paste a text or choose files."))
        return data


class ConfirmForm(forms.ModelForm):
    """The values of a proposal, each of which may be corrected, and what the fact becomes."""

    becomes = forms.ChoiceField(label=_("What it is"), choices=Becomes.choices)
    note = forms.CharField(
        label=_("Why the page is corrected"), required=False, max_length=300,
        help_text=_("Needed when a value above differs from what was read."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = ProposedFact
        fields = VALUES
        widgets = {"day": DayInput()}  # noqa: RUF012 (Django's own form)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version
        if self.instance.quantity is not None:
            self.initial["quantity"] = f"{self.instance.quantity.normalize():f}"
        self.fields["becomes"].initial = BECOMES.get(self.instance.kind, Becomes.SITUATION_NOTE)
        for name in VALUES:
            self.fields[name].required = False

    def corrected(self) -> dict[str, Any]:
        """Only the values that differ from the proposal."""
        return {name: self.cleaned_data[name] for name in VALUES if name in self.changed_data}

    def _post_clean(self) -> None:
        """Leave the proposal as it was read: a correction belongs to the fact, not to what the page says."""


class DecisionForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class InEngagementForm(forms.Form):
    inside = forms.ModelChoiceField(
        label=_("Engagement in which it was said"), queryset=Engagement.objects.none(),
        help_text=_("Only engagements that were held. Log the engagement first if it is not in the list."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["inside"].queryset = engagements_for(user).filter(status="held").order_by("-starts_at")


class InProtocolForm(forms.Form):
    inside = forms.ModelChoiceField(
        label=_("Protocol of which it is a version"), queryset=Protocol.objects.none(),
        help_text=_("Open the protocol first if it is not in the list."),
    )  # fmt: skip

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["inside"].queryset = visible(Protocol, user, "guidance.write")


def inside_form(what: str) -> Any:
    """The form that asks what a row belongs to: "engagement" or "protocol"."""
    return {"engagement": InEngagementForm, "protocol": InProtocolForm}[what]


class ProposalFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *ProposedFact.Status.choices])
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "–"), *KINDS.items()])
    q = forms.CharField(label=_("Words"))

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        values = {name: value for name, value in self.cleaned_data.items() if value}
        if "q" in values:
            rows = rows.filter(quote__icontains=values.pop("q").strip())
        return rows.filter(**values)


class FactFilter(FilterForm):
    becomes = forms.ChoiceField(label=_("What it is"), choices=[("", "–"), *Becomes.choices])
    place = forms.ModelChoiceField(label=_("Place"), queryset=Place.objects.all())

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(**{name: value for name, value in self.cleaned_data.items() if value})
