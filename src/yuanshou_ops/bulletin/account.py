"""The figures of an edition: the world as counted, and who gave what to whom, by OCHA's rule.

Who gave is who the goods came from, whoever held them since. Only accepted receipts count as received. What is promised and what is on the way stand beside it and are never added.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from typing import Any

from django.db.models import Sum

from yuanshou_ops.engagements.counts import promise_counts
from yuanshou_ops.engagements.models import Promise
from yuanshou_ops.requests.models import Commitment, Contribution
from yuanshou_ops.requests.money import totals as money_totals
from yuanshou_ops.shipments.models import ShipmentLine
from yuanshou_ops.shipments.outcomes import outcomes
from yuanshou_ops.shipments.statuses import ON_THE_WAY
from yuanshou_ops.situation.models import PlaceSituation, latest

NOT_SENT = ("draft", "packed", "cancelled")
CHUNK = 500
WORLD_COLUMNS = ("place", "cases", "deaths", "new_cases_7d", "new_cases_7d_per_100k")
ACCOUNT_COLUMNS = ("donor", "donor_place", "place", "item", "promised", "on_the_way", "received", "not_received")
FIGURES = ACCOUNT_COLUMNS[4:]


def world_figures() -> dict[str, Any]:
    """Counts of every place in the latest snapshot, their totals, the day and the source; {} without a snapshot."""
    snapshot = latest()
    if snapshot is None:
        return {}
    rows = PlaceSituation.objects.filter(snapshot=snapshot, cases_cumulative__isnull=False).order_by("place_id")
    values = rows.values_list(
        "place_id", "cases_cumulative", "deaths_cumulative", "cases_new_7d", "cases_new_7d_per_100k"
    )
    listed = [list(row) for row in values]
    totals = {name: _sum(row[i] for row in listed) for i, name in enumerate(WORLD_COLUMNS[1:4], start=1)}
    return {"as_of": snapshot.as_of.isoformat(), "source": snapshot.source, "totals": totals, "rows": listed}


def _sum(values: Any) -> int | None:
    """The sum of what was reported; None when nothing was, because missing is not zero."""
    known = [value for value in values if value is not None]
    return int(sum(known)) if known else None


def account_figures() -> dict[str, Any]:
    """Base units by donor, recipient and item: promised, on the way, received, not received (damaged, short, lost, destroyed)."""
    found: dict[tuple[str, str, str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(FIGURES, 0))
    pending = Commitment.objects.filter(status="pending").order_by().values_list(
        "hold__account__lot__origin__name", "hold__account__lot__origin__place_id", "place_id", "item_id"
    )  # fmt: skip
    for donor, home, place, item, units in pending.annotate(units=Sum("quantity")):
        found[donor, home, place, item]["promised"] += units
    lines = ShipmentLine.objects.exclude(shipment__status__in=NOT_SENT).select_related("shipment", "lot__origin")
    pks = list(lines.order_by("id").values_list("pk", flat=True))
    for start in range(0, len(pks), CHUNK):
        for outcome in outcomes(lines.filter(pk__in=pks[start : start + CHUNK])):
            _add(found, outcome)
    rows = [[*key, *(units[name] for name in FIGURES)] for key, units in sorted(found.items()) if any(units.values())]
    return {"rows": rows, "money": money_totals(), "contributions": _contributions(), "promises": _promises()}


def _contributions() -> list[dict[str, Any]]:
    """Every flow of money from outside that was not cancelled, each once, as it stands."""
    rows = Contribution.objects.filter(boundary=Contribution.Boundary.INCOMING).exclude(status="cancelled")
    return [
        {
            "number": row.number, "status": row.status, "boundary": row.boundary, "purpose": row.purpose,
            "donor": row.donor.name, "donor_place": row.donor.place_id, "recipient": row.recipient.name,
            "recipient_place": row.recipient.place_id, "currency": row.currency, "amount_minor": row.amount_minor,
            "usd_minor": row.usd_minor, "is_new_money": row.is_new_money, "pledged_on": row.pledged_on.isoformat(),
            "committed_on": row.committed_on.isoformat() if row.committed_on else "",
            "paid_on": row.paid_on.isoformat() if row.paid_on else "",
        }
        for row in rows.select_related("donor", "recipient").order_by("id")
    ]  # fmt: skip


def _add(found: Any, outcome: Any) -> None:
    line = outcome.line
    giver = line.lot.origin
    units = found[giver.name, giver.place_id, line.shipment.to_place_id, line.item_id]
    units["received"] += outcome.accepted
    units["not_received"] += outcome.damaged + outcome.short + outcome.lost + outcome.destroyed
    if line.shipment.status in ON_THE_WAY:
        units["on_the_way"] += outcome.outstanding


def _promises() -> dict[str, int]:
    return promise_counts(Promise.objects.filter(engagement__published_at__isnull=False))


def digest(world: dict[str, Any], account: dict[str, Any]) -> str:
    text = json.dumps([world, account], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def totals_by_item(account: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Item → promised, on the way, received, not received, over all donors and places."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(FIGURES, 0))
    for row in account.get("rows", []):
        for name, units in zip(FIGURES, row[4:], strict=True):
            found[row[3]][name] += units
    return dict(found)
