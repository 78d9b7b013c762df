"""Guidance for programs: what is in force in six languages, and the desk where it is written, reviewed and translated."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from pydantic import Field

from yuanshou_ops.api.doors import Call, Door, pick
from yuanshou_ops.api.types import Code, FromFact, Id, In, Maybe80, Maybe120, Name, Out, known, one_of, via, words
from yuanshou_ops.clock import now
from yuanshou_ops.environment import LANGUAGES
from yuanshou_ops.guidance import actions, forms
from yuanshou_ops.guidance.models import Acknowledgement, GuidanceVersion, Protocol, Translation, published
from yuanshou_ops.guidance.reading import Reading, reading, search
from yuanshou_ops.people.models import Organisation
from yuanshou_ops.people.policy import find, visible
from yuanshou_ops.planning.guidance import ask_for_effect

door = Door("guidance")
Language = known(LANGUAGES)
Body = words(200_000, least=1)
VERSION = "/protocols/{number}/versions/{edition}"
USES_MAX = 200


class ReadingOut(Out):
    """A text in force; `is_asked_language` is false where the original is shown for want of a checked translation."""

    protocol: str = via("version.protocol.number")
    edition: int = via("version.edition")
    topic: one_of(Protocol.Topic) = via("version.protocol.topic")
    language: str
    is_asked_language: bool
    title: str
    body: str
    source: str = via("version.source")
    published_at: datetime = via("version.published_at")


class Library(Out):
    guidance: list[ReadingOut]


class ReadOut(Out):
    protocol: str = via("guidance.protocol.number")
    edition: int = via("guidance.edition")
    language: str
    at: datetime


class ProtocolOut(Out):
    number: str
    title: str
    topic: one_of(Protocol.Topic)
    disease: str
    organisation: str = via("organisation.code")
    opened_at: datetime
    version: int


class ProtocolIn(In):
    title: Name
    topic: one_of(Protocol.Topic)
    disease: Code = "covid-19"
    organisation: Code


class UseOut(Out):
    parameter: str
    value: float
    low: float
    high: float
    unit: str


class TranslationOut(Out):
    language: str
    title: str
    body: str
    status: one_of(Translation.Status)
    translated_at: datetime
    checked_at: datetime | None
    version: int


class VersionRow(Out):
    protocol: str = via("protocol.number")
    edition: int
    language: str
    title: str
    status: one_of(GuidanceVersion.Status)
    written_at: datetime
    published_at: datetime | None
    ended_at: datetime | None
    version: int


class VersionDetail(VersionRow, FromFact):
    """With its text, what it implies, its translations, and what publishing it changes in need ({} until computed)."""

    FACT_KIND = "guidance"
    body: str
    source: str
    review_note: str
    implied: list[UseOut]
    translations: list[TranslationOut]
    need_effect: dict[str, Any]

    @staticmethod
    def fact_key(row: Any) -> str:
        return str(row)


class UseIn(In):
    """A number of the disease pack, such as `surgical_mask/mild_day`; the lowest and highest may be left out."""

    parameter: words(120, least=1)
    value: Annotated[float, Field(ge=0)]
    low: Annotated[float, Field(ge=0)] | None = None
    high: Annotated[float, Field(ge=0)] | None = None
    unit: Maybe80 = ""

    def use(self) -> actions.Use:
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        return actions.Use(self.parameter, self.value, low, high, self.unit)


class VersionIn(In):
    language: Language
    title: Name
    body: Body
    source: words(400) = ""
    implied: Annotated[tuple[UseIn, ...], Field(max_length=USES_MAX)] = ()

    def text(self) -> actions.Text:
        return actions.Text(self.language, self.title, self.body)


class TranslationIn(In):
    title: Name
    body: Body


class LanguageIn(In):
    language: Language


class NoteIn(In):
    note: words(400, least=1)


def _version(call: Call, number: str, edition: int, action: str) -> GuidanceVersion:
    rows = GuidanceVersion.objects.select_related("protocol")
    return find(rows, call.by, action, protocol__number=number, edition=edition)


def _translation(call: Call, number: str, edition: int, language: str) -> Translation:
    row = _version(call, number, edition, "guidance.translation_check")
    return get_object_or_404(Translation, guidance=row, language=language)


# --- readers ---------------------------------------------------------------------------------------------------------


@door.one("/guidance", "guidance.view", Library)
def library(call: Call, q: Maybe120 = "", language: Language = "en") -> dict[str, list[Reading]]:
    """Everything in force, or what has all the words of `q` in any language, as far as it is checked in the language."""
    return {"guidance": [reading(version, language) for version in search(q)]}


@door.one("/guidance/{number}", "guidance.view", ReadingOut)
def read(call: Call, number: Code, language: Language = "en") -> Reading:
    """The version of a protocol that is in force."""
    version = published().filter(protocol__number=number).first()
    if version is None:
        raise Http404
    return reading(version, language)


@door.step(f"{VERSION}/acknowledge", "guidance.view", ReadOut)
def acknowledge(call: Call, number: Code, edition: Id, body: LanguageIn) -> Acknowledgement:
    """Say that one has read the version in force; a second time changes nothing."""
    row = _version(call, number, edition, "guidance.view")
    return actions.acknowledge(by=call.by, at=now(), version=row, language=body.language)


# --- the desk --------------------------------------------------------------------------------------------------------


@door.list("/protocols", "guidance.desk", ProtocolOut)
def protocols(call: Call) -> Any:
    """Subjects of guidance."""
    return visible(Protocol, call.by, "guidance.desk").select_related("organisation")


@door.add("/protocols", "guidance.write", ProtocolOut)
def open_protocol(call: Call, body: ProtocolIn) -> Protocol:
    """Open a subject; versions of it are written next."""
    mine = visible(Organisation, call.by, "guidance.write").filter(is_active=True)
    owner = pick(mine, "organisation", body.organisation, by="code")
    row = Protocol(**body.model_dump() | {"organisation": owner})
    return actions.open_protocol(by=call.by, at=now(), protocol=row)


@door.list("/guidance-versions", "guidance.desk", VersionRow, filters=forms.VersionFilter)
def versions(call: Call) -> Any:
    """Every version, drafts and those out of force as well."""
    return visible(GuidanceVersion, call.by, "guidance.desk").select_related("protocol")


@door.one(VERSION, "guidance.desk", VersionDetail)
def version(call: Call, number: Code, edition: Id) -> GuidanceVersion:
    """One version with its translations."""
    return _version(call, number, edition, "guidance.desk")


@door.add("/protocols/{number}/versions", "guidance.write", VersionDetail)
def write_version(call: Call, number: Code, body: VersionIn) -> GuidanceVersion:
    """Write a draft; a protocol has one at a time."""
    row = find(Protocol, call.by, "guidance.write", number=number)
    implied = [one.use() for one in body.implied]
    return actions.write_version(
        by=call.by, at=now(), protocol=row, text=body.text(), source=body.source, implied=implied
    )  # fmt: skip


@door.replace(VERSION, "guidance.write", VersionDetail)
def edit_version(call: Call, number: Code, edition: Id, body: VersionIn) -> GuidanceVersion:
    """Replace the words of a draft, and what it implies."""
    row = _version(call, number, edition, "guidance.write")
    return actions.edit_draft(
        by=call.by, at=now(), version=row, text=body.text(), source=body.source,
        implied=[one.use() for one in body.implied], expected_version=call.version,
    )  # fmt: skip


@door.step(f"{VERSION}/submit", "guidance.write", VersionDetail)
def submit_version(call: Call, number: Code, edition: Id) -> GuidanceVersion:
    """Ask a second person to review a draft."""
    return actions.submit(by=call.by, at=now(), version=_version(call, number, edition, "guidance.write"))


@door.step(f"{VERSION}/return", "guidance.review", VersionDetail)
def return_version(call: Call, number: Code, edition: Id, body: NoteIn) -> GuidanceVersion:
    """Send a version back, saying what has to change."""
    row = _version(call, number, edition, "guidance.review")
    return actions.send_back(by=call.by, at=now(), version=row, note=body.note)


@door.step(f"{VERSION}/publish", "guidance.review", VersionDetail)
def publish_version(call: Call, number: Code, edition: Id) -> GuidanceVersion:
    """Put a reviewed version in force, as a second person; what it changes in need is computed next."""
    row = actions.publish(by=call.by, at=now(), version=_version(call, number, edition, "guidance.review"))
    ask_for_effect(row, at=now())
    return row


@door.step(f"{VERSION}/withdraw", "guidance.review", VersionDetail)
def withdraw_version(call: Call, number: Code, edition: Id, body: NoteIn) -> GuidanceVersion:
    """Take a version out of force with nothing in its place."""
    row = _version(call, number, edition, "guidance.review")
    return actions.withdraw(by=call.by, at=now(), version=row, reason=body.note)


@door.step(f"{VERSION}/translations/{{language}}", "guidance.translate", TranslationOut)
def translate(call: Call, number: Code, edition: Id, language: Language, body: TranslationIn) -> Translation:
    """Write a translation, or go on with one that nobody has checked."""
    row = _version(call, number, edition, "guidance.translate")
    text = actions.Text(language, body.title, body.body)
    return actions.translate(by=call.by, at=now(), version=row, text=text)


@door.step(f"{VERSION}/translations/{{language}}/check", "guidance.translation_check", TranslationOut)
def check_translation(call: Call, number: Code, edition: Id, language: Language) -> Translation:
    """Say, as a second person, that it was compared with the original; readers see it from now on."""
    row = _translation(call, number, edition, language)
    return actions.check_translation(by=call.by, at=now(), row=row)


@door.step(f"{VERSION}/translations/{{language}}/reopen", "guidance.translation_check", TranslationOut)
def reopen_translation(call: Call, number: Code, edition: Id, language: Language, body: NoteIn) -> Translation:
    """Take a checked translation back from the readers."""
    row = _translation(call, number, edition, language)
    return actions.reopen_translation(by=call.by, at=now(), row=row, reason=body.note)
