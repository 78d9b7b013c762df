"""What people type for the bulletin, and what readers may write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.bulletin.models import COMMENT_MAX, Comment, Edition, Report
from yuanshou_ops.pages import FilterForm

TOPICS_MAX = 12


class ReportForm(forms.ModelForm):  # type: ignore[type-arg]
    topics = forms.CharField(
        label=_("Topics"), required=False, help_text=_("Separated by commas, such as masks, ventilators.")
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Report
        fields = (
            "kind", "language", "title", "original_title", "body", "topics", "editor", "credits", "source", "place",
            "edition", "related", "comments_open",
        )  # fmt: skip
        widgets = {"body": forms.Textarea(attrs={"rows": 14}), "credits": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["edition"].queryset = Edition.objects.filter(status="published")
        fields["related"].queryset = Report.objects.exclude(pk=self.instance.pk).exclude(status="withdrawn")
        self.initial["topics"] = ", ".join(self.instance.topics)
        self.initial["version"] = self.instance.version

    def clean_topics(self) -> list[str]:
        return topics_of(self.cleaned_data["topics"].replace("，", ",").split(","))


def topics_of(words: Iterable[str]) -> list[str]:
    """The words as they are kept: in small letters, each once, at most `TOPICS_MAX`."""
    small = [word.strip().casefold()[:40] for word in words]
    return list(dict.fromkeys(word for word in small if word))[:TOPICS_MAX]


class NoteForm(forms.Form):
    note = forms.CharField(label=_("Reason"), max_length=300)


class CommentForm(forms.Form):
    name = forms.CharField(label=_("Name to show"), max_length=60)
    text = forms.CharField(label=_("Comment"), max_length=COMMENT_MAX, widget=forms.Textarea(attrs={"rows": 4}))
    address = forms.CharField(
        label=_("Leave this field empty"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )  # fmt: skip

    @property
    def is_from_a_machine(self) -> bool:
        return bool(self.cleaned_data.get("address"))


class ReportFilter(FilterForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "–"), *Report.Kind.choices])
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *Report.Status.choices])

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(**{name: value for name, value in self.cleaned_data.items() if value})


class CommentFilter(FilterForm):
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *Comment.Status.choices])

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        status = self.cleaned_data.get("status")
        return rows.filter(status=status) if status else rows
