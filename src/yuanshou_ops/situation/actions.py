"""What may happen: a measure is recorded and ended; an outbreak is added; counts are uploaded and withdrawn."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import Refused
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.numbers import next_number
from yuanshou_ops.people.policy import require
from yuanshou_ops.situation.counts import Table, preview, refuse_twice
from yuanshou_ops.situation.models import Count, CountUpload, Measure, Outbreak


@transaction.atomic
def add_measure(*, by: Any, at: datetime, measure: Measure) -> Measure:
    require(by, "situation.measure", measure)
    _check_days(measure.starts_on, measure.ends_on)
    measure.recorded_by_id, measure.recorded_at = by.pk, at
    measure.save()
    record(by=by, at=at, action="situation.measure", target=measure, after=snapshot(measure))
    return measure


def end_measure(*, by: Any, at: datetime, measure: Measure, ends_on: date, expected_version: int) -> Measure:
    require(by, "situation.measure", measure)
    _check_days(measure.starts_on, ends_on)
    with change(by=by, at=at, action="situation.measure", target=measure):
        measure.ends_on = ends_on
        measure.save_changes("ends_on", expected_version=expected_version)
    return measure


def _check_days(starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < starts_on:
        raise Refused(
            _("an end on %(ends_on)s, before the start on %(starts_on)s"),
            _("an end on or after it"),
            _("correct the day"),
            ends_on=ends_on,
            starts_on=starts_on,
        )


# --- outbreaks and their counts ------------------------------------------------------------------------------


@transaction.atomic
def add_outbreak(*, by: Any, at: datetime, outbreak: Outbreak) -> Outbreak:
    """Follow another outbreak; if it is to be shown first, the former one steps back."""
    require(by, "situation.outbreak", outbreak)
    if Outbreak.objects.filter(code=outbreak.code).exists():
        raise Refused(
            _("the code %(code)s twice"), _("a code of its own"), _("choose another code"), code=outbreak.code
        )
    if outbreak.counts == Outbreak.Counts.SHIPPED and outbreak.disease != "covid-19":
        raise Refused(
            _("shipped counts of another disease"), _("COVID-19, whose counts of 2020 are shipped"),
            _("choose your own uploads"),
        )  # fmt: skip
    if outbreak.is_lead:
        Outbreak.objects.filter(is_lead=True).update(is_lead=False)
    outbreak.save()
    record(by=by, at=at, action="situation.outbreak", target=outbreak, after=snapshot(outbreak))
    return outbreak


@transaction.atomic
def show_first(*, by: Any, at: datetime, outbreak: Outbreak) -> Outbreak:
    """Let the pages show this outbreak unless their address names another."""
    require(by, "situation.outbreak", outbreak)
    if not outbreak.is_lead:
        Outbreak.objects.filter(is_lead=True).update(is_lead=False)
        with change(by=by, at=at, action="situation.outbreak", target=outbreak):
            outbreak.is_lead = True
            outbreak.save_changes("is_lead")
    return outbreak


@transaction.atomic
def upload_counts(
    *, by: Any, at: datetime, outbreak: Outbreak, table: Table, known_on: date, source: str, mark: str
) -> CountUpload:
    """Store what the preview of that mark showed, all rows or none."""
    require(by, "situation.count", outbreak)
    Outbreak.objects.select_for_update().get(pk=outbreak.pk)
    _check_upload(outbreak, table, known_on, source, at)
    if mark != preview(outbreak, table, known_on=known_on).mark:
        raise Refused(_("the confirmation of an older preview"), _("one of this preview"), _("look at it again"))
    row = CountUpload.objects.create(
        number=next_number("C", at), outbreak=outbreak, known_on=known_on, source=source.strip(), file_name=table.file_name,
        digest=table.digest, notes=list(table.notes), uploaded_by_id=by.pk, uploaded_at=at,
    )  # fmt: skip
    Count.objects.bulk_create(
        [Count(upload=row, place_id=r.place, day=r.day, cases=r.cases, deaths=r.deaths) for r in table.rows],
        batch_size=500,
    )
    after = snapshot(row) | {"rows": len(table.rows), "sha256": table.digest}
    record(by=by, at=at, action="situation.count", target=row, after=after)
    return row


def _check_upload(outbreak: Outbreak, table: Table, known_on: date, source: str, at: datetime) -> None:
    if outbreak.counts != Outbreak.Counts.REPORTED:
        raise Refused(
            _("%(outbreak)s, which follows the shipped counts"), _("an outbreak with your own uploads"),
            _("add an outbreak for them"), outbreak=outbreak.name,
        )  # fmt: skip
    if not source.strip():
        raise Refused(_("counts without a source"), _("who publishes them"), _("name the source"))
    if known_on > at.date():
        raise Refused(
            _("counts known on %(day)s, which is still to come"),
            _("today or earlier"),
            _("correct the day"),
            day=known_on,
        )
    refuse_twice(outbreak, table)


def withdraw_counts(*, by: Any, at: datetime, upload: CountUpload, reason: str, expected_version: int) -> CountUpload:
    """Let an upload count no more; it stays, with the reason."""
    require(by, "situation.count", upload)
    if upload.withdrawn_at is not None:
        raise Refused(
            _("%(number)s, withdrawn before"), _("an upload that counts"), _("look at it"), number=upload.number
        )
    if not reason.strip():
        raise Refused(_("a withdrawal without a reason"), _("why the counts do not hold"), _("write the reason"))
    with change(by=by, at=at, action="situation.count", target=upload, reason=reason):
        upload.withdrawn_by_id, upload.withdrawn_at, upload.withdrawn_reason = by.pk, at, reason.strip()[:300]
        upload.save_changes(
            "withdrawn_by_id", "withdrawn_at", "withdrawn_reason", expected_version=expected_version
        )  # fmt: skip
    return upload
