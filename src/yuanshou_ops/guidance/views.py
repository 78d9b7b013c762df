"""What is seen of guidance: the library that everybody may read, and the desk where it is written and reviewed."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yuanshou.errors import YuanshouError
from yuanshou_ops.clock import now
from yuanshou_ops.environment import LANGUAGES
from yuanshou_ops.errors import EditConflict
from yuanshou_ops.evidence.ways import opened_from
from yuanshou_ops.guidance import actions, forms
from yuanshou_ops.guidance.models import Acknowledgement, GuidanceVersion, Protocol, published
from yuanshou_ops.guidance.reading import reading, search, translation_states
from yuanshou_ops.pages import PUBLIC, Column, Listing, page, show_form, tell, told_in, typed
from yuanshou_ops.people.models import Organisation, User
from yuanshou_ops.people.once import once
from yuanshou_ops.people.policy import find, may, visible
from yuanshou_ops.planning.guidance import ask_for_effect


def _find(request: HttpRequest, number: str, edition: int, action: str = "guidance.desk") -> GuidanceVersion:
    rows = GuidanceVersion.objects.select_related("protocol")
    return find(rows, request.user, action, protocol__number=number, edition=edition)


# --- readers ---------------------------------------------------------------------------------------------------------


@page(PUBLIC)
def library(request: HttpRequest) -> HttpResponse:
    """Everything in force, in the reader's language where there is a checked translation; searched in all six."""
    form = forms.SearchForm(request.GET)
    form.is_valid()
    language = get_language() or "en"
    found = [reading(version, language) for version in search(form.cleaned_data.get("q", ""))]
    desk = request.user.is_authenticated and may(request.user, "guidance.desk")
    read = set()
    if request.user.is_authenticated:
        read = set(Acknowledgement.objects.filter(user=request.user).values_list("guidance_id", flat=True))
    context = {"found": found, "form": form, "desk": desk, "read": read}
    return render(request, "guidance/library.html", context)


@page(PUBLIC)
def read(request: HttpRequest, number: str) -> HttpResponse:
    """The version in force; `?language=` asks for another language than the page's."""
    version = published().filter(protocol__number=number).first()
    if version is None:
        raise Http404
    asked = request.GET.get("language") or get_language() or "en"
    shown = reading(version, asked if asked in LANGUAGES else "en")
    known = [version.language, *version.translations.filter(status="checked").values_list("language", flat=True)]
    mine = None
    if request.user.is_authenticated:
        mine = Acknowledgement.objects.filter(guidance=version, user=request.user).first()
    context = {
        "row": version, "shown": shown, "languages": sorted(known), "acknowledged": mine, "asked": asked,
        "implied": version.implied.all(),
        "can_acknowledge": request.user.is_authenticated and mine is None and may(request.user, "guidance.view"),
    }  # fmt: skip
    return render(request, "guidance/read.html", context)


@require_POST
@page("guidance.view")
def acknowledge(request: HttpRequest, number: str, edition: int) -> HttpResponse:
    version = _find(request, number, edition, "guidance.view")
    language = request.POST.get("language", version.language)[:8]
    actions.acknowledge(by=request.user, at=now(), version=version, language=language)
    return redirect("guidance:read", number)


# --- the desk --------------------------------------------------------------------------------------------------------


@page("guidance.desk")
def versions(request: HttpRequest) -> HttpResponse:
    rows = visible(GuidanceVersion, request.user, "guidance.desk").select_related("protocol")
    columns = [
        Column(
            _("Version"), str, "", "code",
            lambda v: reverse("guidance:version", args=[v.protocol.number, v.edition]),
        ),
        Column(_("Title"), lambda v: v.title, "title"),
        Column(_("Topic"), lambda v: v.protocol.get_topic_display(), "protocol__topic"),
        Column(_("Language"), lambda v: v.language, "language", "code"),
        Column(_("Status"), lambda v: v.get_status_display(), "status"),
        Column(_("Written"), lambda v: v.written_at, "written_at", "date"),
        Column(_("Published"), lambda v: v.published_at, "published_at", "date"),
    ]  # fmt: skip
    doors = [(reverse("guidance:library"), _("What readers see"))]
    if may(request.user, "guidance.write"):
        doors.append((reverse("guidance:add_protocol"), _("Open a protocol")))
    return Listing(
        request, rows, columns, filters=forms.VersionFilter, title=_("Guidance: versions"),
        empty=_("No version is written yet."),
    ).response(actions=doors)  # fmt: skip


@page("guidance.write")
def add_protocol(request: HttpRequest) -> HttpResponse:
    theirs = visible(Organisation, request.user, "guidance.write").filter(is_active=True)
    form = forms.ProtocolForm(typed(request), organisations=theirs)
    if request.method == "POST" and form.is_valid():
        row = actions.open_protocol(by=request.user, at=now(), protocol=form.save(commit=False))
        return redirect("guidance:write", row.number)
    back = reverse("guidance:versions")
    return show_form(request, form, title=_("Open a protocol"), submit=_("Open"), back=back)


@page("guidance.desk")
def protocol(request: HttpRequest, number: str) -> HttpResponse:
    """All editions of a protocol, newest first."""
    row = find(Protocol.objects.select_related("organisation"), request.user, "guidance.desk", number=number)
    can_write = may(request.user, "guidance.write", row)
    return render(
        request, "guidance/protocol.html", {"row": row, "versions": row.versions.all(), "can_write": can_write}
    )


@page("guidance.write")
def write(request: HttpRequest, number: str) -> HttpResponse:
    """A new version, filled with the words of the one in force."""
    row = find(Protocol, request.user, "guidance.write", number=number)
    current, opened = row.current, opened_from(request, "guidance")
    first = _words(current) if current else {"title": row.title}
    if opened.fact:
        first = opened.initial | first | {"source": opened.initial["source"]}
    form = forms.VersionForm(typed(request), initial=first)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def do() -> tuple[int, int]:
            made = actions.write_version(
                by=request.user,
                at=now(),
                protocol=row,
                text=form.text(),
                source=data["source"],
                implied=data["implied"],
            )
            opened.became(made)
            return 201, made.edition

        with told_in(form, YuanshouError):
            content = {name: str(value) for name, value in data.items() if name != "key"}
            edition = once(key=data["key"], by=request.user, at=now(), content=content, do=do)[1]
            return redirect("guidance:version", number, edition)
    back = reverse("guidance:protocol", args=[number])
    return show_form(request, form, title=_("A new version of %s") % row, submit=_("Save the draft"), back=back)


def _words(version: GuidanceVersion) -> dict[str, Any]:
    lines = [f"{use.parameter}; {use.value:g}; {use.low:g}; {use.high:g}" for use in version.implied.all()]
    names = ("language", "title", "body", "source", "version")
    return {name: getattr(version, name) for name in names} | {"implied": "\n".join(lines)}


@page("guidance.desk")
def version(request: HttpRequest, number: str, edition: int) -> HttpResponse:
    row = _find(request, number, edition)
    user = request.user
    names = dict(User.objects.filter(pk__in=[row.written_by_id, row.reviewed_by_id or 0]).values_list("pk", "name"))
    second = user.pk not in (row.written_by_id, row.submitted_by_id)
    context = {
        "row": row, "implied": row.implied.all(), "states": translation_states(row, now()),
        "written_by": names.get(row.written_by_id), "reviewed_by": names.get(row.reviewed_by_id),
        "readers": row.acknowledgements.count(), "can_write": may(user, "guidance.write", row),
        "can_review": may(user, "guidance.review", row), "is_second": second,
        "can_translate": row.status in ("review", "published") and may(user, "guidance.translate", row),
        "can_check": may(user, "guidance.translation_check", row), "effect": row.need_effect,
    }  # fmt: skip
    return render(request, "guidance/version.html", context)


@page("guidance.write")
def edit(request: HttpRequest, number: str, edition: int) -> HttpResponse:
    row = _find(request, number, edition, "guidance.write")
    form = forms.VersionForm(typed(request), initial=_words(row))
    status = 0
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.edit_draft(
                by=request.user, at=now(), version=row, text=form.text(), source=data["source"], implied=data["implied"],
                expected_version=data["version"] or row.version,
            )  # fmt: skip
            return redirect("guidance:version", number, edition)
        except EditConflict:
            form.add_error(
                None, _("Somebody else changed this draft meanwhile: open it again and add your words there.")
            )
            status = 409
        except YuanshouError as error:
            tell(form, error)
    back = reverse("guidance:version", args=[number, edition])
    response = show_form(request, form, title=_("Edit %s") % row, submit=_("Save the draft"), back=back)
    if status:
        response.status_code = status
    return response


@require_POST
@page("guidance.write")
def submit(request: HttpRequest, number: str, edition: int) -> HttpResponse:
    actions.submit(by=request.user, at=now(), version=_find(request, number, edition, "guidance.write"))
    return redirect("guidance:version", number, edition)


@page("guidance.review")
def send_back(request: HttpRequest, number: str, edition: int) -> HttpResponse:
    row = _find(request, number, edition, "guidance.review")
    return _with_note(request, row, _("Send %s back"), lambda note: actions.send_back(
        by=request.user, at=now(), version=row, note=note
    ))  # fmt: skip


@page("guidance.review")
def withdraw(request: HttpRequest, number: str, edition: int) -> HttpResponse:
    row = _find(request, number, edition, "guidance.review")
    return _with_note(request, row, _("Withdraw %s"), lambda note: actions.withdraw(
        by=request.user, at=now(), version=row, reason=note
    ))  # fmt: skip


def _with_note(request: HttpRequest, row: GuidanceVersion, title: Any, do: Any) -> HttpResponse:
    form = forms.NoteForm(typed(request))
    if request.method == "POST" and form.is_valid():
        do(form.cleaned_data["note"])
        return redirect("guidance:version", row.protocol.number, row.edition)
    back = reverse("guidance:version", args=[row.protocol.number, row.edition])
    return show_form(request, form, title=title % row, submit=title % "", back=back)


@require_POST
@page("guidance.review")
def publish(request: HttpRequest, number: str, edition: int) -> HttpResponse:
    """Publish, and let the worker compute what it changes in need."""
    row = _find(request, number, edition, "guidance.review")
    actions.publish(by=request.user, at=now(), version=row)
    ask_for_effect(row, at=now())
    return redirect("guidance:version", number, edition)


@page("guidance.translate")
def translate(request: HttpRequest, number: str, edition: int, language: str) -> HttpResponse:
    row = _find(request, number, edition, "guidance.translate")
    if language not in LANGUAGES or language == row.language:
        raise Http404
    there = row.translations.filter(language=language).first()
    first = {"language": language, "title": there.title if there else "", "body": there.body if there else ""}
    form = forms.TextForm(typed(request), initial=first)
    if request.method == "POST" and form.is_valid():
        text = actions.Text(language, form.cleaned_data["title"], form.cleaned_data["body"])
        with told_in(form, YuanshouError):
            actions.translate(
                by=request.user, at=now(), version=row, text=text, expected_version=there.version if there else 0
            )
            return redirect("guidance:version", number, edition)
    back = reverse("guidance:version", args=[number, edition])
    return show_form(
        request, form, title=_("%(what)s in %(language)s") % {"what": row, "language": language},
        submit=_("Save the translation"), lead=f"{row.title}\n{row.body}", back=back,
    )  # fmt: skip


@require_POST
@page("guidance.translation_check")
def check(request: HttpRequest, number: str, edition: int, language: str) -> HttpResponse:
    row = _find(request, number, edition, "guidance.translation_check")
    there = row.translations.filter(language=language).first()
    if there is None:
        raise Http404
    actions.check_translation(by=request.user, at=now(), row=there)
    return redirect("guidance:version", number, edition)


@page("guidance.translation_check")
def reopen(request: HttpRequest, number: str, edition: int, language: str) -> HttpResponse:
    row = _find(request, number, edition, "guidance.translation_check")
    there = row.translations.filter(language=language).first()
    if there is None:
        raise Http404
    return _with_note(request, row, _("Open the translation of %s again"), lambda note: actions.reopen_translation(
        by=request.user, at=now(), row=there, reason=note
    ))  # fmt: skip
