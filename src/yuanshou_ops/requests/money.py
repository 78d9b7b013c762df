"""Money by OCHA's rule: a pledge is shown and never counted; what is committed or paid counts once, at the door."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import Refused
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.models import Organisation
from yuanshou_ops.people.numbers import next_number
from yuanshou_ops.people.policy import require
from yuanshou_ops.requests.models import Contribution
from yuanshou_ops.requests.statuses import CONTRIBUTION, COUNTED_MONEY
from yuanshou_ops.steps import advance


@transaction.atomic
def pledge(
    *, by: Any, at: datetime, donor: Organisation, recipient: Organisation, purpose: str, currency: str,
    amount_minor: int, usd_minor: int, pledged_on: date, **values: Any,
) -> Contribution:  # fmt: skip
    """Write a pledge down. It is shown, with its age, and counted nowhere."""
    row = Contribution(
        donor=donor, recipient=recipient, purpose=purpose, currency=currency.upper(), amount_minor=amount_minor,
        usd_minor=usd_minor, pledged_on=pledged_on, recorded_by_id=by.pk, recorded_at=at, **values,
    )  # fmt: skip
    require(by, "requests.pledge", row)
    if amount_minor <= 0 or usd_minor < 0:
        raise Refused(_("an amount of %(amount)s"), _("an amount above zero"), _("correct it"), amount=amount_minor)
    if len(row.currency) != 3 or not row.currency.isalpha():
        raise Refused(
            _("the currency '%(currency)s'"),
            _("a code of three letters such as CHF"),
            _("correct it"),
            currency=currency,
        )
    row.number = next_number("M", at)
    row.save()
    record(by=by, at=at, action="requests.pledge", target=row, after=snapshot(row))
    return row


def step_money(
    *, by: Any, at: datetime, contribution: Contribution, step: str, on: date, reason: str = ""
) -> Contribution:
    """Commit, pay or cancel, with the day it happened; never before the pledge."""
    require(by, f"requests.money_{step}", contribution)
    if on < contribution.pledged_on:
        raise Refused(
            _("the day %(day)s"),
            _("a day from %(first)s on"),
            _("correct the day"),
            day=on,
            first=contribution.pledged_on,
        )
    with change(by=by, at=at, action=f"requests.money_{step}", target=contribution, reason=reason):
        contribution.status = advance(CONTRIBUTION, contribution.status, step)
        fields = ["status"]
        if step in ("commit", "pay"):
            name = "committed_on" if step == "commit" else "paid_on"
            setattr(contribution, name, on)
            fields.append(name)
        contribution.save_changes(*fields)
    return contribution


def totals(rows: Any = None) -> dict[str, int]:
    """US cents: `counted` (committed or paid, from outside), `paid` of that, and `pledged`, which is only shown."""
    contributions = Contribution.objects.all() if rows is None else rows
    incoming = contributions.filter(boundary=Contribution.Boundary.INCOMING)
    return {
        "counted": _sum(incoming.filter(status__in=COUNTED_MONEY)),
        "paid": _sum(incoming.filter(status="paid")),
        "pledged": _sum(incoming.filter(status="pledge")),
    }


def _sum(rows: Any) -> int:
    return int(rows.aggregate(cents=Sum("usd_minor"))["cents"] or 0)


def age_days(rows: Iterable[Contribution], on: date) -> list[tuple[Contribution, int]]:
    """Pledges that are still pledges, with their age in days, oldest first."""
    pending = [row for row in rows if row.status == "pledge"]
    return sorted(((row, (on - row.pledged_on).days) for row in pending), key=lambda pair: -pair[1])
