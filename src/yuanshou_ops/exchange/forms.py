"""What people give: a file, and a yes to each question the preview asks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.exchange.models import KIND_NAMES, Import
from yuanshou_ops.pages import FilterForm, KeyForm


class ImportFilter(FilterForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "–"), *KIND_NAMES])
    status = forms.ChoiceField(label=_("Status"), choices=[("", "–"), *Import.Status.choices])
    q = forms.CharField(label=_("Number or file"))

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        values = {name: value for name, value in self.cleaned_data.items() if value}
        if "q" in values:
            text = values.pop("q").strip()
            rows = rows.filter(number__icontains=text) | rows.filter(file_name__icontains=text)
        return rows.filter(**values)


class UploadForm(KeyForm):
    file = forms.FileField(
        label=_("File"), widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
        help_text=_("XLSX or CSV. Nothing is saved in the books before you have seen what it would do."),
    )  # fmt: skip

    def clean_file(self) -> Any:
        file, most = self.cleaned_data["file"], settings.YUANSHOU["UPLOAD_MB_MAX"]
        if file.size > most * 1_000_000:
            raise forms.ValidationError(_("At most %(n)d MB; split it into several files."), params={"n": most})
        return file


class ConfirmForm(forms.Form):
    """One box for each question of the preview, and the mark of the preview they are about."""

    mark = forms.CharField(widget=forms.HiddenInput, max_length=64)
    unusual = forms.BooleanField(label=_("The quantities are right, although they are unusual."))
    duplicates = forms.BooleanField(label=_("The rows are no duplicates, although they look like it."))
    again = forms.BooleanField(label=_("This file is meant to be taken in a second time."))

    def __init__(self, *args: Any, preview: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, initial={"mark": preview.get("mark", "")}, **kwargs)
        for name in ("unusual", "duplicates", "again"):
            if not preview.get(name):
                del self.fields[name]
