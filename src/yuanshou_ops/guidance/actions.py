"""What may happen to guidance: open a protocol, write a version, review, publish, translate, check, acknowledge.

A published text never changes: a correction is a new version. Publishing takes the version before it out of force in
the same transaction, and asks the planning slice what the new one changes in need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import Refused
from yuanshou_ops.guidance.models import Acknowledgement, GuidanceVersion, ImpliedUse, Protocol, Translation
from yuanshou_ops.guidance.statuses import TRANSLATION, VERSION
from yuanshou_ops.guidance.words import fold
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.numbers import next_number
from yuanshou_ops.people.policy import require, require_other_person
from yuanshou_ops.steps import advance


@dataclass(frozen=True)
class Text:
    """A title and a body in one language."""

    language: str
    title: str
    body: str


@dataclass(frozen=True)
class Use:
    """What a version implies: one parameter of the disease pack with its value and range."""

    parameter: str
    value: float
    low: float
    high: float
    unit: str = ""


@transaction.atomic
def open_protocol(*, by: Any, at: datetime, protocol: Protocol) -> Protocol:
    require(by, "guidance.write", protocol)
    protocol.number, protocol.opened_by_id, protocol.opened_at = next_number("H", at), by.pk, at
    protocol.save()
    record(by=by, at=at, action="guidance.open", target=protocol, after=snapshot(protocol))
    return protocol


@transaction.atomic
def write_version(
    *, by: Any, at: datetime, protocol: Protocol, text: Text, source: str = "", implied: Sequence[Use] = ()
) -> GuidanceVersion:  # fmt: skip
    """A new draft. `implied` are numbers of the disease pack; an unknown one is refused with those that are near.

    Raises `Refused` while another draft of the protocol is open, so that two people do not write past each other.
    """
    require(by, "guidance.write", protocol)
    open_one = protocol.versions.filter(status__in=("draft", "review")).first()
    if open_one is not None:
        raise Refused(
            _("the open draft %(draft)s"),
            _("one draft at a time"),
            _("go on with it, or let it be returned"),
            draft=open_one,
        )
    last = protocol.versions.order_by("-edition").first()
    version = GuidanceVersion.objects.create(
        protocol=protocol, edition=last.edition + 1 if last else 1, language=text.language, title=text.title,
        body=text.body, source=source, written_by_id=by.pk, written_at=at, words=fold(f"{text.title} {text.body}"),
    )  # fmt: skip
    _set_implied(version, implied)
    after = snapshot(version) | {"implied": [[use.parameter, use.value] for use in implied]}
    record(by=by, at=at, action="guidance.write", target=version, after=after)
    return version


def edit_draft(
    *, by: Any, at: datetime, version: GuidanceVersion, text: Text, source: str, implied: Sequence[Use],
    expected_version: int,
) -> GuidanceVersion:  # fmt: skip
    require(by, "guidance.write", version)
    if version.status != "draft":
        raise Refused(
            _("a text that is %(status)s"), _("a draft"), _("write a new version"), status=version.get_status_display
        )
    with change(by=by, at=at, action="guidance.edit", target=version):
        version.title, version.body, version.source = text.title, text.body, source
        version.language, version.words = text.language, fold(f"{text.title} {text.body}")
        version.save_changes("title", "body", "source", "language", "words", expected_version=expected_version)
        _set_implied(version, implied)
    return version


def _set_implied(version: GuidanceVersion, implied: Sequence[Use]) -> None:
    from yuanshou_ops.planning.guidance import check_parameters

    check_parameters(version.protocol.disease, implied)
    version.implied.all().delete()
    ImpliedUse.objects.bulk_create(
        ImpliedUse(guidance=version, parameter=u.parameter, value=u.value, low=u.low, high=u.high, unit=u.unit)
        for u in implied
    )


def submit(*, by: Any, at: datetime, version: GuidanceVersion) -> GuidanceVersion:
    require(by, "guidance.write", version)
    with change(by=by, at=at, action="guidance.submit", target=version):
        version.status = advance(VERSION, version.status, "submit")
        version.submitted_by_id = by.pk
        version.save_changes("status", "submitted_by_id")
    return version


def send_back(*, by: Any, at: datetime, version: GuidanceVersion, note: str) -> GuidanceVersion:
    """The reviewer wants something changed, and says what."""
    require(by, "guidance.review", version)
    if not note.strip():
        raise Refused(_("a review without words"), _("what has to change"), _("write it"))
    with change(by=by, at=at, action="guidance.return", target=version, reason=note):
        version.status = advance(VERSION, version.status, "return")
        version.review_note = note.strip()[:400]
        version.save_changes("status", "review_note")
    return version


def publish(*, by: Any, at: datetime, version: GuidanceVersion, note: str = "") -> GuidanceVersion:
    """Put a reviewed version in force and the one before it out; a second person, never who wrote or submitted it."""
    require(by, "guidance.review", version)
    require_other_person(by, "guidance.review", version.written_by_id, version.submitted_by_id)
    with transaction.atomic():
        following = advance(VERSION, version.status, "publish")
        before = version.protocol.versions.select_for_update().filter(status="published").first()
        if before is not None:
            with change(by=by, at=at, action="guidance.supersede", target=before):
                before.status, before.ended_at = advance(VERSION, before.status, "supersede"), at
                before.save_changes("status", "ended_at")
        with change(by=by, at=at, action="guidance.publish", target=version):
            version.status, version.published_at, version.reviewed_by_id = following, at, by.pk
            version.review_note = note.strip()[:400]
            version.save_changes("status", "published_at", "reviewed_by_id", "review_note")
    return version


def withdraw(*, by: Any, at: datetime, version: GuidanceVersion, reason: str) -> GuidanceVersion:
    require(by, "guidance.review", version)
    if not reason.strip():
        raise Refused(_("a withdrawal without a reason"), _("the reason"), _("say why"))
    with change(by=by, at=at, action="guidance.withdraw", target=version, reason=reason):
        version.status, version.ended_at = advance(VERSION, version.status, "withdraw"), at
        version.save_changes("status", "ended_at")
    return version


# --- translations and readers ------------------------------------------------------------------------------------


@transaction.atomic
def translate(*, by: Any, at: datetime, version: GuidanceVersion, text: Text, expected_version: int = 0) -> Translation:
    """Write the text in another language, or go on with a translation that nobody has checked yet."""
    require(by, "guidance.translate", version)
    if text.language == version.language:
        raise Refused(
            _("a translation into the language of the original (%(language)s)"),
            _("another language than the original"),
            _("choose another"),
            language=text.language,
        )
    if version.status not in ("review", "published"):
        raise Refused(
            _("a text that is %(status)s"),
            _("one in review or published"),
            _("wait for it"),
            status=version.get_status_display,
        )
    row = version.translations.filter(language=text.language).first()
    if row is None:
        row = Translation.objects.create(
            guidance=version, language=text.language, title=text.title, body=text.body, translated_by_id=by.pk,
            translated_at=at, words=fold(f"{text.title} {text.body}"),
        )  # fmt: skip
        record(by=by, at=at, action="guidance.translate", target=row, after=snapshot(row))
        return row
    if row.status != "draft":
        raise Refused(_("a translation that was checked"), _("one that is being made"), _("open it again first"))
    with change(by=by, at=at, action="guidance.translate", target=row):
        row.title, row.body, row.words = text.title, text.body, fold(f"{text.title} {text.body}")
        row.translated_by_id, row.translated_at = by.pk, at
        row.save_changes(
            "title", "body", "words", "translated_by_id", "translated_at",
            expected_version=expected_version or row.version,
        )  # fmt: skip
    return row


def check_translation(*, by: Any, at: datetime, row: Translation) -> Translation:
    """A second person has compared it with the original; from now on readers see it."""
    require(by, "guidance.translation_check", row)
    require_other_person(by, "guidance.translation_check", row.translated_by_id)
    with change(by=by, at=at, action="guidance.translation_check", target=row):
        row.status, row.checked_by_id, row.checked_at = advance(TRANSLATION, row.status, "check"), by.pk, at
        row.save_changes("status", "checked_by_id", "checked_at")
    return row


def reopen_translation(*, by: Any, at: datetime, row: Translation, reason: str) -> Translation:
    require(by, "guidance.translation_check", row)
    if not reason.strip():
        raise Refused(_("a translation taken back without a reason"), _("what is wrong"), _("write it"))
    with change(by=by, at=at, action="guidance.translation_reopen", target=row, reason=reason):
        row.status, row.checked_by_id, row.checked_at = advance(TRANSLATION, row.status, "reopen"), None, None
        row.save_changes("status", "checked_by_id", "checked_at")
    return row


@transaction.atomic
def acknowledge(*, by: Any, at: datetime, version: GuidanceVersion, language: str) -> Acknowledgement:
    """Note that a person has read the version that is in force; a second time changes nothing."""
    require(by, "guidance.view", version)
    if version.status != "published":
        raise Refused(
            _("a text that is %(status)s"),
            _("the version in force"),
            _("open the newest one"),
            status=version.get_status_display,
        )
    row, _made = Acknowledgement.objects.get_or_create(
        guidance=version, user=by, defaults={"language": language, "at": at}
    )
    return row
