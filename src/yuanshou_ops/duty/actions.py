"""What may happen at the desk: write in the log, hand over, take over, answer an alert."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from yuanshou_ops.duty.models import AlertAnswer, HandOver, LogEntry
from yuanshou_ops.errors import Refused
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.policy import require

REST_HOURS_MAX = 72


@transaction.atomic
def log(*, by: Any, at: datetime, text: str, about: str = "") -> LogEntry:
    require(by, "duty.log")
    if not text.strip():
        raise Refused(_("an empty entry"), _("what happened"), _("write a line"))
    row = LogEntry.objects.create(by=by, at=at, text=text.strip(), about=about.strip())
    record(by=by, at=at, action="duty.log", target=row, after=snapshot(row))
    return row


@transaction.atomic
def hand_over(*, by: Any, at: datetime, text: str, open_alerts: list[str]) -> HandOver:
    """Leave word to the next officer, with the alerts that are open at this moment."""
    require(by, "duty.hand_over")
    if not text.strip():
        raise Refused(
            _("an empty hand-over"), _("what the next shift must know"), _("write a line, if only that all is quiet")
        )
    row = HandOver.objects.create(by=by, at=at, text=text.strip(), open_alerts=open_alerts)
    record(by=by, at=at, action="duty.hand_over", target=row, after=snapshot(row))
    return row


def take_over(*, by: Any, at: datetime, row: HandOver) -> HandOver:
    """The next officer has read it; nobody takes over from themselves."""
    require(by, "duty.hand_over")
    if row.taken_at is not None:
        raise Refused(
            _("a hand-over taken by %(person)s"), _("one nobody has taken"), _("reload the page"), person=row.taken_by
        )
    if row.by_id == by.pk:
        raise Refused(_("your own hand-over"), _("one of a colleague"), _("let the next officer take it"))
    with change(by=by, at=at, action="duty.hand_over", target=row):
        row.taken_by, row.taken_at = by, at
        row.save_changes("taken_by", "taken_at")
    return row


@transaction.atomic
def answer_alert(*, by: Any, at: datetime, alert: str, reason: str, hours: int) -> AlertAnswer:
    """Let an alert rest for some hours, with a reason; it is back afterwards if the fact is still there."""
    require(by, "duty.answer")
    if not reason.strip():
        raise Refused(_("an alert put aside without a reason"), _("a reason"), _("say why it may rest"))
    if not 1 <= hours <= REST_HOURS_MAX:
        raise Refused(
            ngettext_lazy("a rest of %(n)s hour", "a rest of %(n)s hours", "n"),
            _("1 to %(most)s"),
            _("choose fewer hours"),
            n=hours,
            most=REST_HOURS_MAX,
        )
    row = AlertAnswer.objects.create(
        alert=alert, by=by, at=at, until=at + timedelta(hours=hours), reason=reason.strip()
    )
    record(by=by, at=at, action="duty.answer", target=row, after=snapshot(row), reason=reason)
    return row
