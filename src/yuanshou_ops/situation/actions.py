"""What may happen to a measure: record it with its source, and end it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import Refused
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.policy import require
from yuanshou_ops.situation.models import Measure


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
