"""The bulletin for programs: editions of the public figures, reports through their review, comments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from yuanshou_ops.api.doors import Call, Door, pick
from yuanshou_ops.api.types import (
    Code,
    FromFact,
    Id,
    In,
    Line,
    Maybe200,
    Name,
    Out,
    Text120,
    Yes,
    known,
    one_of,
    via,
    words,
)
from yuanshou_ops.bulletin import actions, forms
from yuanshou_ops.bulletin.models import Comment, Edition, Report
from yuanshou_ops.bulletin.statuses import EDITION, REPORT
from yuanshou_ops.clock import now
from yuanshou_ops.environment import LANGUAGES
from yuanshou_ops.people.models import Place
from yuanshou_ops.people.policy import find, visible
from yuanshou_ops.steps import possible_steps

door = Door("bulletin")


class EditionRow(Out):
    number: str
    status: one_of(Edition.Status)
    made_at: datetime
    published_at: datetime | None
    digest: str
    reason: str
    next_steps: list[str]
    version: int

    @staticmethod
    def resolve_next_steps(row: Edition) -> list[str]:
        return possible_steps(EDITION, row.status)


class EditionOut(EditionRow):
    """With its figures; `world` is {} where there were no counts."""

    world: dict[str, Any]
    account: dict[str, Any]


class TextOut(Out):
    """What readers saw from `published_at` on."""

    title: str
    body: str
    editor: str
    correction: str
    published_at: datetime


class ReportRow(Out):
    number: str
    kind: one_of(Report.Kind)
    language: str
    title: str
    topics: list[str]
    editor: str
    place: str | None = via("place_id", None)
    status: one_of(Report.Status)
    first_published_at: datetime | None
    views: int
    next_steps: list[str]
    version: int

    @staticmethod
    def resolve_next_steps(row: Report) -> list[str]:
        return possible_steps(REPORT, row.status)


class ReportOut(ReportRow, FromFact):
    """With its text as it is worked on, and every text that was published."""

    FACT_KIND = "report"
    original_title: str
    body: str
    credits: str
    source: str
    edition: str | None = via("edition.number", None)
    related: list[str]
    comments_open: bool
    review_note: str
    texts: list[TextOut]

    @staticmethod
    def resolve_related(row: Report) -> list[str]:
        return [one.number for one in row.related.order_by("id")]


class ReportIn(In):
    """`edition` is a published one; `related` are numbers of other reports."""

    kind: one_of(Report.Kind) = Report.Kind.REPORT
    language: known(LANGUAGES) = "en"
    title: Name
    original_title: Maybe200 = ""
    body: words(200_000, least=1)
    topics: Annotated[tuple[words(40, least=1), ...], Field(max_length=forms.TOPICS_MAX)] = ()
    editor: Text120
    credits: words(8000) = ""
    source: words(400) = ""
    place: Code | None = None
    edition: Code | None = None
    related: Annotated[tuple[Code, ...], Field(max_length=50)] = ()
    comments_open: Yes = True


class EditorNoteIn(In):
    note: Line


class CommentOut(Out):
    id: int
    report: str = via("report.number")
    name: str
    text: str
    at: datetime
    status: one_of(Comment.Status)
    reason: str
    version: int


class RejectIn(In):
    reason: Name


# --- editions --------------------------------------------------------------------------------------------------------


@door.list("/editions", "bulletin.desk", EditionRow)
def editions(call: Call) -> Any:
    """The public figures of one moment each, proposed, published and out of use."""
    return visible(Edition, call.by, "bulletin.desk").defer("world", "account")


@door.one("/editions/{number}", "bulletin.desk", EditionOut)
def edition(call: Call, number: Code) -> Edition:
    """One edition with its figures."""
    return find(Edition, call.by, "bulletin.desk", number=number)


@door.add("/editions", "bulletin.edition_propose", EditionOut)
def propose_edition(call: Call) -> Edition:
    """Freeze the figures of this moment for a second person to publish."""
    return actions.propose_edition(by=call.by, at=now())


@door.step("/editions/{number}/publish", "bulletin.edition_publish", EditionRow)
def publish_edition(call: Call, number: Code) -> Edition:
    """Let the public see the figures, as a second person."""
    row = find(Edition, call.by, "bulletin.edition_publish", number=number)
    return actions.step_edition(by=call.by, at=now(), edition=row, step="publish")


@door.step("/editions/{number}/drop", "bulletin.edition_drop", EditionRow)
def drop_edition(call: Call, number: Code, body: EditorNoteIn) -> Edition:
    """Give a proposed edition up."""
    row = find(Edition, call.by, "bulletin.edition_drop", number=number)
    return actions.step_edition(by=call.by, at=now(), edition=row, step="drop", reason=body.note)


@door.step("/editions/{number}/withdraw", "bulletin.edition_withdraw", EditionRow)
def withdraw_edition(call: Call, number: Code, body: EditorNoteIn) -> Edition:
    """Take a published edition back; the public sees the one before it."""
    row = find(Edition, call.by, "bulletin.edition_withdraw", number=number)
    return actions.step_edition(by=call.by, at=now(), edition=row, step="withdraw", reason=body.note)


# --- reports ---------------------------------------------------------------------------------------------------------


def _reports() -> Any:
    return Report.objects.select_related("edition").prefetch_related("texts")


def _values(call: Call, body: ReportIn, *, except_pk: int = 0) -> tuple[dict[str, Any], list[Report]]:
    """The columns of a report and what it is related to, each row looked up."""
    seen = visible(Report, call.by, "bulletin.desk").exclude(status="withdrawn").exclude(pk=except_pk)
    shown = Edition.objects.filter(status="published")
    values = body.model_dump(exclude={"related"}) | {
        "topics": forms.topics_of(body.topics),
        "place": pick(Place, "place", body.place) if body.place else None,
        "edition": pick(shown, "edition", body.edition, by="number") if body.edition else None,
    }
    return values, [pick(seen, f"related.{n}", one, by="number") for n, one in enumerate(body.related)]


@door.list("/reports", "bulletin.desk", ReportRow, filters=forms.ReportFilter)
def reports(call: Call) -> Any:
    """Situation reports and alerts, drafts as well."""
    return visible(Report, call.by, "bulletin.desk")


@door.one("/reports/{number}", "bulletin.desk", ReportOut)
def report(call: Call, number: Code) -> Report:
    """One report as it is worked on, with what was published."""
    return find(_reports(), call.by, "bulletin.desk", number=number)


@door.add("/reports", "bulletin.write", ReportOut)
def write_report(call: Call, body: ReportIn) -> Report:
    """Write a draft; nobody outside sees it before a second person publishes it."""
    values, related = _values(call, body)
    return actions.write_report(by=call.by, at=now(), report=Report(**values), related=related)


@door.replace("/reports/{number}", "bulletin.write", ReportOut)
def edit_report(call: Call, number: Code, body: ReportIn) -> Report:
    """Replace a draft. What is published is corrected by `correct` first."""
    row = find(Report, call.by, "bulletin.write", number=number)
    values, related = _values(call, body, except_pk=row.pk)
    for name, value in values.items():
        setattr(row, name, value)
    return actions.edit_report(by=call.by, at=now(), report=row, related=related, expected_version=call.version)


def _step(call: Call, number: str, step: str, right: str, note: str = "") -> Report:
    row = find(Report, call.by, f"bulletin.{right}", number=number)
    return actions.step_report(by=call.by, at=now(), report=row, step=step, note=note)


@door.step("/reports/{number}/submit", "bulletin.write", ReportOut)
def submit_report(call: Call, number: Code) -> Report:
    """Ask a second person to review a draft."""
    return _step(call, number, "submit", "write")


@door.step("/reports/{number}/return", "bulletin.review", ReportOut)
def return_report(call: Call, number: Code, body: EditorNoteIn) -> Report:
    """Send a report back, saying what has to change."""
    return _step(call, number, "return", "review", body.note)


@door.step("/reports/{number}/publish", "bulletin.review", ReportOut)
def publish_report(call: Call, number: Code) -> Report:
    """Let everybody read it, as a second person."""
    return _step(call, number, "publish", "review")


@door.step("/reports/{number}/correct", "bulletin.write", ReportOut)
def correct_report(call: Call, number: Code, body: EditorNoteIn) -> Report:
    """Open a published report to correct it; readers keep the last text until the new one is published."""
    return _step(call, number, "correct", "write", body.note)


@door.step("/reports/{number}/withdraw", "bulletin.review", ReportOut)
def withdraw_report(call: Call, number: Code, body: EditorNoteIn) -> Report:
    """Take a report away from the readers."""
    return _step(call, number, "withdraw", "review", body.note)


# --- comments --------------------------------------------------------------------------------------------------------


@door.list("/comments", "bulletin.moderate", CommentOut, filters=forms.CommentFilter)
def comments(call: Call) -> Any:
    """What readers wrote, waiting, shown and rejected."""
    return visible(Comment, call.by, "bulletin.moderate").select_related("report")


@door.step("/comments/{id}/show", "bulletin.moderate", CommentOut)
def show_comment(call: Call, id: Id) -> Comment:
    """Show a comment under its report."""
    row = find(Comment.objects.select_related("report"), call.by, "bulletin.moderate", pk=id)
    return actions.moderate(by=call.by, at=now(), comment=row, step="show")


@door.step("/comments/{id}/reject", "bulletin.moderate", CommentOut)
def reject_comment(call: Call, id: Id, body: RejectIn) -> Comment:
    """Keep a comment from being shown, and say why."""
    row = find(Comment.objects.select_related("report"), call.by, "bulletin.moderate", pk=id)
    return actions.moderate(by=call.by, at=now(), comment=row, step="reject", reason=body.reason)
