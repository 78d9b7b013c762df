"""What people type about outbreaks and their counts."""

from __future__ import annotations

import base64
import zlib
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.clock import now
from yuanshou_ops.pages import KeyForm
from yuanshou_ops.people.models import Place
from yuanshou_ops.situation.forms import DAY
from yuanshou_ops.situation.models import Outbreak

FILE_BYTES_MAX = 5_000_000
CARRIED_BYTES_MAX = 1_000_000
"""A file is carried, compressed, from the preview to the confirmation, so that nothing is saved in between."""


class OutbreakForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Outbreak
        fields = ("code", "name", "disease", "counts", "is_lead")

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"])

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        if data is not None:
            data = data.copy()
            data["code"] = str(data.get("code", "")).strip().upper()
        super().__init__(data, *args, **kwargs)
        self.fields["code"].help_text = _("Short, for addresses and files, such as CHOLERA-26.")


class CountsForm(KeyForm):
    """Where counts come from, and the counts: a file or pasted rows."""

    known_on = forms.DateField(
        label=_("Known on"),
        widget=DAY,
        help_text=_("The day on which these counts were known; later days are not read."),
    )
    source = forms.CharField(label=_("Source"), max_length=400, help_text=_("Who publishes them, and where."))
    file = forms.FileField(
        label=_("File"), required=False, widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.txt"}),
        help_text=_("CSV or XLSX. Nothing is saved before you have seen what it holds."),
    )  # fmt: skip
    pasted = forms.CharField(
        label=_("Or paste rows with their headings"), required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    columns = forms.CharField(
        label=_("Columns, if the headings do not say"), required=False, max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}), help_text=_("One a line, such as cases_cumulative=Total or place=Country."),
    )  # fmt: skip

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > FILE_BYTES_MAX:
            raise forms.ValidationError(
                _("At most %(n)d MB; split it into several files."), params={"n": FILE_BYTES_MAX // 10**6}
            )
        return file

    def clean_columns(self) -> str:
        text = str(self.cleaned_data["columns"]).strip()
        if any("=" not in line for line in text.splitlines() if line.strip()):
            raise forms.ValidationError(_("Write one pair a line, such as cases_cumulative=Total."))
        return text

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if bool(data.get("file")) == bool(data.get("pasted", "").strip()) and "file" in data:
            self.add_error("file", _("Choose a file or paste rows, one of the two."))
        return data

    def content(self) -> tuple[str, bytes]:
        """File name and bytes of what was given."""
        file = self.cleaned_data["file"]
        return (file.name, file.read()) if file else ("pasted.csv", self.cleaned_data["pasted"].encode())


def column_map(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines() if line.strip())
    return {name.strip(): header.strip() for name, _sign, header in pairs}


class ConfirmForm(KeyForm):
    """The counts of the preview, carried through it, and its mark."""

    known_on = forms.DateField(widget=forms.HiddenInput)
    source = forms.CharField(widget=forms.HiddenInput, max_length=400)
    file_name = forms.CharField(widget=forms.HiddenInput, max_length=200)
    columns = forms.CharField(widget=forms.HiddenInput, required=False, max_length=400)
    mark = forms.CharField(widget=forms.HiddenInput, max_length=64)
    carried = forms.CharField(widget=forms.HiddenInput)

    def clean_carried(self) -> bytes:
        unpack = zlib.decompressobj()
        try:
            content = unpack.decompress(base64.b64decode(self.cleaned_data["carried"], validate=True), FILE_BYTES_MAX)
        except (ValueError, zlib.error):
            raise forms.ValidationError(_("The counts were damaged on the way; upload them again.")) from None
        if not unpack.eof:
            raise forms.ValidationError(_("The counts were damaged on the way; upload them again."))
        return content


def carried(content: bytes) -> str:
    """The bytes of a file as one field of a form."""
    return base64.b64encode(zlib.compress(content, 9)).decode()


class WithdrawForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Why these counts do not hold"), max_length=300)


class OneCountForm(KeyForm):
    """One count, such as a page of news reports it."""

    outbreak = forms.ModelChoiceField(label=_("Outbreak"), queryset=Outbreak.objects.none())
    place = forms.ModelChoiceField(label=_("Place"), queryset=Place.objects.none())
    day = forms.DateField(label=_("Day of the count"), widget=DAY)
    cases = forms.IntegerField(label=_("Cases so far"), min_value=0, required=False)
    deaths = forms.IntegerField(label=_("Deaths so far"), min_value=0, required=False)
    known_on = forms.DateField(label=_("Known on"), widget=DAY)
    source = forms.CharField(label=_("Source"), max_length=400)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["known_on"].initial = now().date().isoformat()
        outbreaks: Any = self.fields["outbreak"]
        outbreaks.queryset = Outbreak.objects.filter(counts=Outbreak.Counts.REPORTED)
        places: Any = self.fields["place"]
        places.queryset = Place.objects.order_by("name_en")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("cases") is None and data.get("deaths") is None and "cases" in data:
            self.add_error("cases", _("Give the cases or the deaths."))
        return data

    def content(self) -> bytes:
        """The one row as a file of counts."""
        data = self.cleaned_data
        numbers = ",".join("" if data[name] is None else str(data[name]) for name in ("cases", "deaths"))
        return f"place,date,cases_cumulative,deaths_cumulative\n{data['place'].pk},{data['day']},{numbers}\n".encode()
