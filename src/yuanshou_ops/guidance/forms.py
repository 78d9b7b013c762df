"""What people type about guidance."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.environment import LANGUAGES
from yuanshou_ops.guidance.actions import Text, Use
from yuanshou_ops.guidance.models import GuidanceVersion, Protocol
from yuanshou_ops.pages import FilterForm, KeyForm
from yuanshou_ops.people.models import Organisation

LANGUAGE = [(code, code) for code in LANGUAGES]


class ProtocolForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Protocol
        fields = ("title", "topic", "disease", "organisation")

    def __init__(self, *args: Any, organisations: QuerySet[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]


class TextForm(KeyForm):
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGE)
    title = forms.CharField(label=_("Title"), max_length=200)
    body = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 18}))

    def text(self) -> Text:
        data = self.cleaned_data
        return Text(data["language"], data["title"], data["body"])


class VersionForm(TextForm):
    source = forms.CharField(label=_("Source"), max_length=400, required=False)
    implied = forms.CharField(
        label=_("What it implies in goods and staff"), required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "One number on each line: parameter; value; lowest; highest. A parameter is an item and what it is for, "
            "such as surgical_mask/mild_day; 2; 1; 3. The lowest and highest may be left out."
        ),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean_implied(self) -> list[Use]:
        uses = []
        for number, line in enumerate((one for one in self.cleaned_data["implied"].splitlines() if one.strip()), 1):
            parts = [part.strip() for part in line.split(";")]
            try:
                value, *limits = (float(part) for part in parts[1:4])
                low, high = limits if len(limits) == 2 else (value, value)
                if not parts[0] or len(parts) not in (2, 4) or not 0 <= low <= value <= high:
                    raise ValueError
            except ValueError:
                raise forms.ValidationError(
                    _("Line %(number)d, “%(line)s”: expected parameter; value; lowest; highest, in order.")
                    % {"number": number, "line": line.strip()}
                ) from None
            uses.append(Use(parts[0], value, low, high))
        return uses


class NoteForm(forms.Form):
    note = forms.CharField(label=_("Reason"), max_length=400)


class VersionFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *GuidanceVersion.Status.choices])
    topic = forms.ChoiceField(label=_("Topic"), choices=[("", "–"), *Protocol.Topic.choices])

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        data = self.cleaned_data
        if data.get("topic"):
            rows = rows.filter(protocol__topic=data["topic"])
        return rows.filter(status=data["status"]) if data.get("status") else rows


class SearchForm(forms.Form):
    q = forms.CharField(label=_("Words in any language"), required=False, max_length=120)
