"""Receipts by spreadsheet: a row is a counted line; rows that share shipment, receiver and note are one receipt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuanshou_ops.errors import Refused
from yuanshou_ops.exchange.cells import WrongCell, in_column
from yuanshou_ops.exchange.columns import RECEIPTS
from yuanshou_ops.exchange.desk import Desk
from yuanshou_ops.exchange.kinds.base import Checked, Kind, Line, Values
from yuanshou_ops.people.policy import visible
from yuanshou_ops.shipments.models import ReceiptLine, Shipment
from yuanshou_ops.shipments.outcomes import Outcome, shipment_outcomes
from yuanshou_ops.shipments.receipts import Count, Receiver, receive
from yuanshou_ops.shipments.statuses import ON_THE_WAY

COUNTED = ("good", "damaged", "short", "expired", "surplus")


class Receipts(Kind):
    name = "receipts"
    lead = gettext_lazy("What was counted on arrival, one line of a shipment a row, in base units.")
    action = "shipments.receive"
    columns = RECEIPTS

    def take(self, row: Values, desk: Desk, groups: dict[Any, list[Any]]) -> Line:
        with in_column("shipment"):
            shipment, outcomes = self._expected(row["shipment"], desk)
        with in_column("line"):
            outcome = outcomes.get(row["line"])
            if outcome is None:
                numbers = ", ".join(str(n) for n in sorted(outcomes))
                raise WrongCell(row["line"], _("one of the lines %(numbers)s") % {"numbers": numbers}, _("correct it"))
        count = Count(**{name: row[name] or 0 for name in COUNTED})
        with in_column("good"):
            if not any(vars(count).values()):
                raise WrongCell(None, _("at least one counted unit"), _("write what was counted"))
            try:
                count.check(outcome)
            except Refused as problem:
                raise WrongCell(problem.found, problem.expected, problem.way_out) from None
        key = (shipment, row["receiver"], row["role"], row["note"])
        if desk.memory.setdefault((shipment.pk, row["line"]), row.number) != row.number:
            with in_column("line"):
                raise WrongCell(row["line"], _("each line of a shipment once"), _("add the counts up"))
        groups[key].append((row["line"], count))
        line = outcome.line
        parts = ", ".join(f"{name} {n:,}" for name, n in vars(count).items() if n)
        counted = f"{parts} / {outcome.outstanding:,} {line.item.unit_words}"
        found = Line(row.number, str(line.item), counted, sum(vars(count).values()), shipment.number, line.item_id)
        if outcome.accounted:
            found.duplicate = _("%(n)s of this line were counted before") % {"n": f"{outcome.accounted:,}"}
        return found

    def _expected(self, number: str, desk: Desk) -> tuple[Shipment, dict[int, Outcome]]:
        if number not in desk.memory:
            rows = visible(Shipment, desk.by, self.action).select_related("consignee", "from_place", "to_place")
            shipment = rows.filter(number=number, status__in=ON_THE_WAY).first()
            if shipment is None:
                raise WrongCell(number, _("a shipment to you that is on its way"), _("read the number on the waybill"))
            desk.memory[number] = (shipment, {o.line.line: o for o in shipment_outcomes(shipment)})
        return desk.memory[number]

    def write(self, checked: Checked, *, key: str, by: Any, at: datetime) -> list[str]:
        numbers = []
        for part, ((shipment, name, role, note), counts) in enumerate(checked.groups.items(), start=1):
            receipt = receive(
                key=f"{key}-{part}", by=by, at=at, shipment=shipment, counts=dict(counts), note=note,
                receiver=Receiver(name, role),
            )  # fmt: skip
            numbers.append(receipt.number)
        return numbers

    def count(self, numbers: Sequence[str], *, key: str) -> tuple[int, int]:
        rows = ReceiptLine.objects.filter(receipt__number__in=numbers).values_list(*COUNTED)
        return len(rows), sum(sum(row) for row in rows)
