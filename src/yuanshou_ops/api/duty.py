"""The desk for programs: log, hand-overs, alerts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from pydantic import Field

from yuanshou_ops.api.doors import Call, Door
from yuanshou_ops.api.types import FromFact, Id, In, Line, Out, via, words
from yuanshou_ops.clock import now
from yuanshou_ops.duty import actions, forms
from yuanshou_ops.duty.alerts import Alert, alerts, open_alerts
from yuanshou_ops.duty.models import AlertAnswer, HandOver, LogEntry

door = Door("duty")


class EntryOut(FromFact):
    FACT_KIND = "log_entry"
    id: int
    at: datetime
    by: str = via("by.name")
    about: str
    text: str

    @staticmethod
    def fact_key(row: Any) -> str:
        return str(row.pk)


class EntryIn(In):
    text: words(4000, least=1)
    about: words(32) = ""


class HandOverOut(Out):
    id: int
    at: datetime
    by: str = via("by.name")
    text: str
    open_alerts: list[str]
    taken_by: str | None = via("taken_by.name", None)
    taken_at: datetime | None
    version: int


class HandOverIn(In):
    text: words(8000, least=1)


class AlertOut(Out):
    key: str
    kind: str
    number: str
    words: str
    since: datetime
    level: int
    people: list[str]
    rests_until: datetime | None = via("answer.until", None)
    rests_because: str = via("answer.reason", "")


class Alerts(Out):
    alerts: list[AlertOut]


class AlertAnswerIn(In):
    reason: Line
    hours: Annotated[int, Field(strict=True, ge=1, le=actions.REST_HOURS_MAX)]


class AlertAnswerOut(Out):
    alert: str
    until: datetime
    reason: str


@door.list("/log", "duty.view", EntryOut, filters=forms.LogFilter)
def log(call: Call) -> Any:
    """The duty log."""
    return LogEntry.objects.select_related("by")


@door.add("/log", "duty.log", EntryOut)
def write_log(call: Call, body: EntryIn) -> LogEntry:
    """Write a line in the duty log."""
    return actions.log(by=call.by, at=now(), text=body.text, about=body.about)


@door.list("/hand-overs", "duty.view", HandOverOut)
def hand_overs(call: Call) -> Any:
    """What officers left to each other."""
    return HandOver.objects.select_related("by", "taken_by")


@door.add("/hand-overs", "duty.hand_over", HandOverOut)
def hand_over(call: Call, body: HandOverIn) -> HandOver:
    """Leave word to the next officer; the open alerts go with it."""
    left = [f"{alert.number}: {alert.words}" for alert in open_alerts(now())]
    return actions.hand_over(by=call.by, at=now(), text=body.text, open_alerts=left)


@door.step("/hand-overs/{id}/take", "duty.hand_over", HandOverOut)
def take_over(call: Call, id: Id) -> HandOver:
    """Say that one has read a hand-over."""
    return actions.take_over(by=call.by, at=now(), row=get_object_or_404(HandOver, pk=id))


@door.one("/alerts", "duty.view", Alerts)
def alert_list(call: Call) -> dict[str, list[Alert]]:
    """Everything that waits in silence, with the people it is for."""
    return {"alerts": alerts(now())}


@door.add("/alerts/{key}/answers", "duty.answer", AlertAnswerOut)
def answer_alert(call: Call, key: words(80, least=1), body: AlertAnswerIn) -> AlertAnswer:
    """Let an alert rest for some hours, with a reason."""
    if not any(alert.key == key for alert in alerts(now())):
        raise Http404
    return actions.answer_alert(by=call.by, at=now(), alert=key, reason=body.reason, hours=body.hours)
