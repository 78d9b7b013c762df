"""What may happen in the bulletin: propose and publish an edition, write, review, correct and withdraw, moderate.

Everything public passes two people. A correction of something published goes the whole way again, and says what it
corrects.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.bulletin.account import account_figures, digest, world_figures
from yuanshou_ops.bulletin.models import COMMENT_MAX, Comment, Edition, PublishedText, Report
from yuanshou_ops.bulletin.statuses import COMMENT, EDITION, REPORT
from yuanshou_ops.errors import Refused
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.numbers import next_number
from yuanshou_ops.people.policy import require, require_other_person
from yuanshou_ops.steps import advance

COPIED = ("title", "original_title", "body", "topics", "editor", "credits", "source")
WRITTEN = (
    "kind", "language", "title", "original_title", "body", "topics", "editor", "credits", "source", "place", "edition",
    "comments_open",
)  # fmt: skip
COMMENTS_WAITING_MAX = 200
"""More than these waiting under one report, and the form is closed until somebody has read them."""
COMMENT_PAUSE = timedelta(seconds=20)


# --- editions --------------------------------------------------------------------------------------------------------


@transaction.atomic
def propose_edition(*, by: Any, at: datetime) -> Edition:
    """Freeze the figures of this moment for a second person to publish."""
    require(by, "bulletin.edition_propose")
    world, account = world_figures(), account_figures()
    if not world and not account["rows"]:
        raise Refused(_("no figures"), _("counts or an account of aid"), _("make a snapshot first"))
    row = Edition.objects.create(
        number=next_number("N", at), made_at=at, made_by_id=by.pk, world=world, account=account,
        digest=digest(world, account),
    )  # fmt: skip
    record(by=by, at=at, action="bulletin.edition_propose", target=row, after={"digest": row.digest})
    return row


def step_edition(*, by: Any, at: datetime, edition: Edition, step: str, reason: str = "") -> Edition:
    """Publish (a second person), drop or withdraw (with the reason)."""
    require(by, f"bulletin.edition_{step}", edition)
    if step == "publish":
        require_other_person(by, "bulletin.edition_publish", edition.made_by_id)
    elif not reason.strip():
        raise Refused(_("this step without a reason"), _("the reason"), _("give the reason"))
    with change(by=by, at=at, action=f"bulletin.edition_{step}", target=edition, reason=reason):
        edition.status = advance(EDITION, edition.status, step)
        edition.reason = reason.strip()[:300]
        if step == "publish":
            edition.published_at, edition.published_by_id = at, by.pk
        edition.save_changes("status", "reason", "published_at", "published_by_id")
    return edition


def published_edition() -> Edition | None:
    """The figures that the public sees: the edition published last that was not withdrawn."""
    return Edition.objects.filter(status=Edition.Status.PUBLISHED).order_by("-published_at", "-id").first()


# --- reports ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def write_report(*, by: Any, at: datetime, report: Report, related: Any = ()) -> Report:
    require(by, "bulletin.write", report)
    report.number, report.written_by_id, report.written_at = next_number("B", at), by.pk, at
    report.save()
    report.related.set(related)
    record(by=by, at=at, action="bulletin.write", target=report, after=snapshot(report))
    return report


def edit_report(*, by: Any, at: datetime, report: Report, related: Any, expected_version: int) -> Report:
    """Save a draft. What is published is corrected through `correct`, never here."""
    require(by, "bulletin.write", report)
    if report.status != "draft":
        raise Refused(
            _("a report that is %(status)s"),
            _("a draft"),
            _("ask for a correction first"),
            status=report.get_status_display,
        )
    with change(by=by, at=at, action="bulletin.write", target=report):
        report.save_changes(*WRITTEN, expected_version=expected_version)
        report.related.set(related)
    return report


def step_report(*, by: Any, at: datetime, report: Report, step: str, note: str = "") -> Report:
    """Submit, send back, publish, correct or withdraw.

    `note` says what has to change (return), what was corrected (publish after a correction) or why (withdraw, correct).
    """
    right = {"submit": "write", "correct": "write", "return": "review", "publish": "review", "withdraw": "review"}[step]
    require(by, f"bulletin.{right}", report)
    if step == "publish":
        require_other_person(by, "bulletin.review", report.written_by_id, report.submitted_by_id)
    if step in ("return", "correct", "withdraw") and not note.strip():
        raise Refused(_("this step without words"), _("what is wrong"), _("write it"))
    with change(by=by, at=at, action=f"bulletin.{step}", target=report, reason=note):
        report.status = advance(REPORT, report.status, step)
        fields = ["status"]
        if step == "submit":
            report.submitted_by_id = by.pk
            fields.append("submitted_by_id")
        if step in ("return", "correct"):
            report.review_note = note.strip()[:400]
            fields.append("review_note")
        if step == "publish":
            is_correction = report.first_published_at is not None
            report.first_published_at = report.first_published_at or at
            fields.append("first_published_at")
            PublishedText.objects.create(
                report=report, published_at=at, published_by_id=by.pk,
                correction=report.review_note if is_correction else "",
                **{name: getattr(report, name) for name in COPIED},
            )  # fmt: skip
        report.save_changes(*fields)
    return report


def count_read(report: Report) -> None:
    """One more read; nothing about the reader is kept."""
    Report.objects.filter(pk=report.pk).update(views=F("views") + 1)


# --- comments --------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_comment(*, at: datetime, report: Report, name: str, text: str) -> Comment:
    """What anybody wrote; it waits for a moderator. Raises `Refused` when too many wait or came at once."""
    if not report.comments_open or report.first_published_at is None or report.status == "withdrawn":
        raise Refused(_("a report that takes no comments"), _("an open one"), _("write to the editor"))
    if not name.strip() or not text.strip() or len(text) > COMMENT_MAX:
        raise Refused(
            _("a comment without a name or words"),
            _("a name and at most %(most)s letters"),
            _("write both"),
            most=COMMENT_MAX,
        )
    waiting = report.comments.filter(status="waiting")
    if waiting.count() >= COMMENTS_WAITING_MAX:
        raise Refused(_("very many comments that nobody has read"), _("fewer"), _("come back later"))
    if waiting.filter(text=text.strip(), at__gt=at - COMMENT_PAUSE).exists():
        raise Refused(_("the same comment again"), _("once"), _("nothing is to be done: it waits to be read"))
    return Comment.objects.create(report=report, name=name.strip()[:60], text=text.strip(), at=at)


def moderate(*, by: Any, at: datetime, comment: Comment, step: str, reason: str = "") -> Comment:
    require(by, "bulletin.moderate", comment)
    if step == "reject" and not reason.strip():
        raise Refused(_("a rejection without a reason"), _("the reason"), _("give it"))
    with change(by=by, at=at, action=f"bulletin.comment_{step}", target=comment, reason=reason):
        comment.status = advance(COMMENT, comment.status, step)
        comment.reason, comment.moderated_by_id = reason.strip()[:200], by.pk
        comment.save_changes("status", "reason", "moderated_by_id")
    return comment
