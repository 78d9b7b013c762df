"""Stock by spreadsheet: goods that are here and checked, one lot at one holder and place a row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuanshou_ops.exchange.cells import in_column
from yuanshou_ops.exchange.columns import STOCK
from yuanshou_ops.exchange.desk import Desk
from yuanshou_ops.exchange.kinds.base import Checked, Kind, Line, Values, mark_unusual
from yuanshou_ops.ledger import actions
from yuanshou_ops.ledger.models import Account, Move
from yuanshou_ops.ledger.statuses import State

LOOKED_BACK = 5_000


class Stock(Kind):
    name = "stock"
    lead = gettext_lazy("Goods that are here and checked. They enter the ledger as vetted stock.")
    action = "ledger.stock_in"
    columns = STOCK

    def take(self, row: Values, desk: Desk, groups: dict[Any, list[Any]]) -> Line:
        with in_column("pack"):
            quantity = desk.quantity(row["item"], row["count"], row["pack"])
        item, origin, holder, place = row["item"], row["origin"], row["holder"], row["place"]
        lot = (origin.pk, item.pk, row["lot"], row["expires_on"])
        groups[holder.pk].append(actions.Arrived(lot, holder, place, quantity, row["reason"]))
        return Line(
            row.number, str(item), quantity.words(item.unit_words), quantity.base, f"{holder} · {place}", item.pk,
            (*lot, holder.pk, place.pk),
        )  # fmt: skip

    def mark(self, checked: Checked, rows: Sequence[Values]) -> None:
        earlier: dict[str, list[int]] = defaultdict(list)
        moves = Move.objects.filter(kind="stock_in").order_by("-id").values_list("debit_account__item_id", "quantity")
        for item, quantity in moves[:LOOKED_BACK]:
            earlier[item].append(quantity)
        mark_unusual(checked.lines, [line.item for line in checked.lines], earlier)
        accounts = Account.objects.filter(state=State.VETTED, balance__gt=0, holder__in=list(checked.groups))
        there = {
            tuple(rest): balance
            for balance, *rest in accounts.values_list(
                "balance", "lot__origin_id", "item_id", "lot__number", "lot__expires_on", "holder_id", "place_id"
            )
        }
        for line in checked.lines:
            if line.key in there:
                line.duplicate = _("%(n)s of this lot are here already") % {"n": f"{there[line.key]:,}"}

    def write(self, checked: Checked, *, key: str, by: Any, at: datetime) -> list[str]:
        for holder, arrived in sorted(checked.groups.items()):
            actions.stock_in_all(key=f"{key}-{holder}", by=by, at=at, arrived=arrived)
        return []

    def count(self, numbers: Sequence[str], *, key: str) -> tuple[int, int]:
        moves = Move.objects.filter(posting__key__startswith=f"{key}-", kind="stock_in")
        found = moves.aggregate(n=Count("id"), units=Sum("quantity"))
        return found["n"], found["units"] or 0
