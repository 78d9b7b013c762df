"""Numbers people read out on the telephone: R-2020-000123. Given out in order, never twice."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from yuanshou_ops.people.models import NumberSeries


def wait_for_turn(prefix: str, at: datetime) -> None:
    """Lock the series, so that whoever comes with the same command sees what the first one wrote.

    Call it before looking whether a command was carried out already, and before `next_number`.
    """
    NumberSeries.objects.bulk_create([NumberSeries(prefix=prefix, year=at.year)], ignore_conflicts=True)
    NumberSeries.objects.select_for_update().get(prefix=prefix, year=at.year)


def next_numbers(prefix: str, at: datetime, count: int = 1) -> list[str]:
    """The next `count` numbers of the series in the year of `at`; call inside a transaction, before ledger posts.

    The series row is locked until the transaction ends, always before any account, so the order of locks is the same
    everywhere.
    """
    year = at.year
    NumberSeries.objects.bulk_create([NumberSeries(prefix=prefix, year=year)], ignore_conflicts=True)
    series = NumberSeries.objects.filter(prefix=prefix, year=year)
    series.update(last=F("last") + count)
    last = series.values_list("last", flat=True).get()
    return [f"{prefix}-{year}-{number:06d}" for number in range(last - count + 1, last + 1)]


def next_number(prefix: str, at: datetime) -> str:
    return next_numbers(prefix, at)[0]
