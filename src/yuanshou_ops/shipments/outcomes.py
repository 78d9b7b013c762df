"""What became of every line, from the ledger itself: every dispatched unit is in one outcome or still on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Sum

from yuanshou_ops.ledger.models import Move
from yuanshou_ops.ledger.statuses import State
from yuanshou_ops.shipments.models import Shipment, ShipmentLine
from yuanshou_ops.shipments.statuses import OUTCOMES


@dataclass(frozen=True)
class Outcome:
    """Units of one line: what was dispatched, and where each of them ended or still is."""

    line: ShipmentLine
    dispatched: int
    accepted: int
    damaged: int
    short: int
    lost: int
    returned: int
    destroyed: int
    surplus: int

    @property
    def accounted(self) -> int:
        return self.accepted + self.damaged + self.short + self.lost + self.returned + self.destroyed

    @property
    def outstanding(self) -> int:
        """Units nobody has counted yet."""
        return self.dispatched - self.accounted

    @property
    def is_balanced(self) -> bool:
        """The conservation of aid: every dispatched unit has an end. A line never dispatched is not balanced."""
        return self.dispatched > 0 and self.outstanding == 0


def outcomes(lines: Iterable[ShipmentLine]) -> list[Outcome]:
    """The outcome of each line, from the moves that carry its document (and `…/surplus` for what came on top)."""
    lines = list(lines)
    documents = [line.document for line in lines]
    net: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    dispatched: dict[str, int] = defaultdict(int)
    rows = (
        Move.objects.filter(document__in=[*documents, *(f"{d}/surplus" for d in documents)])
        .order_by()
        .values("document", "kind", "reverses__kind", "credit_account__state", "debit_account__state")
        .annotate(units=Sum("quantity"))
    )
    for row in rows:
        units, document = row["units"], row["document"]
        net[document][row["debit_account__state"]] += units
        net[document][row["credit_account__state"]] -= units
        if row["kind"] == "dispatch":
            dispatched[document] += units
        elif row["reverses__kind"] == "dispatch":
            dispatched[document] -= units
    return [
        Outcome(
            line=line,
            dispatched=dispatched[line.document],
            surplus=net[f"{line.document}/surplus"][State.ACCEPTED],
            **{state.value: net[line.document][state] for state in OUTCOMES},
        )
        for line in lines
    ]


def shipment_outcomes(shipment: Shipment) -> list[Outcome]:
    return outcomes(shipment.lines.select_related("shipment", "item", "lot", "holder"))
