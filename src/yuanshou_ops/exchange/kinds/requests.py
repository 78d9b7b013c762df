"""Requests by spreadsheet: a row is an item; rows that share all but item, quantity and reason are one request.

They are written as drafts: nobody is asked until a person submits each, where need and duplicates are looked at again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuanshou_ops.exchange.cells import WrongCell, in_column
from yuanshou_ops.exchange.columns import REQUESTS
from yuanshou_ops.exchange.desk import Desk
from yuanshou_ops.exchange.kinds.base import Checked, Kind, Line, Values, mark_unusual, summed
from yuanshou_ops.requests import actions
from yuanshou_ops.requests.models import AidRequest, ModelledNeed, RequestLine
from yuanshou_ops.requests.statuses import OPEN_REQUEST


class Requests(Kind):
    name = "requests"
    lead = gettext_lazy("What a place needs, one item a row. It is taken in as drafts, which a person submits.")
    action = "requests.draft"
    columns = REQUESTS

    def take(self, row: Values, desk: Desk, groups: dict[Any, list[Any]]) -> Line:
        with in_column("organisation"):
            organisation = desk.own_organisation(row["organisation"], self.action)
        with in_column("consignee"):
            consignee = desk.consignee(row["consignee"], organisation, row["place"])
        with in_column("place"):
            place = row["place"]
            if not desk.may(
                self.action, lambda: AidRequest(organisation=organisation, place=place, consignee=consignee),
                organisation.pk, place, consignee.pk,
            ):  # fmt: skip
                raise WrongCell(row["place"], _("a place within your role"), _("ask a colleague whose role covers it"))
        with in_column("pack"):
            quantity = desk.quantity(row["item"], row["count"], row["pack"])
        head = actions.RequestHead(
            organisation, row["place"], consignee, row["priority"], row["priority_reason"], row["needed_by"],
            row["note"],
        )  # fmt: skip
        with in_column("item"):
            if any(asked.item.pk == row["item"].pk for asked in groups[head]):
                raise WrongCell(
                    row["item"], _("each item once in a request"), _("add the quantities up, or write another note")
                )
        groups[head].append(actions.Asked(row["item"], quantity, row["reason"]))
        item = row["item"].pk
        return Line(
            row.number, str(row["item"]), quantity.words(row["item"].unit_words), quantity.base, f"{row['place']} · {consignee}",
            item, (row["place"].pk, item),
        )  # fmt: skip

    def mark(self, checked: Checked, rows: Sequence[Values]) -> None:
        places = {head.place.pk for head in checked.groups}
        known: dict[Any, list[int]] = defaultdict(list)
        for need in ModelledNeed.objects.filter(place__in=places).order_by("outbreak__is_lead", "as_of", "id"):
            known[need.place_id, need.item_id] = [need.p90]
        asked = RequestLine.objects.filter(aid_request__place__in=places)
        submitted = asked.filter(aid_request__submitted_at__isnull=False).order_by("aid_request__submitted_at")
        for place, item, quantity in submitted.values_list("aid_request__place_id", "item_id", "quantity"):
            known.setdefault((place, item), []).append(quantity)
        mark_unusual(checked.lines, [line.key for line in checked.lines], known)
        since = timezone.now() - timedelta(days=settings.YUANSHOU["DUPLICATE_DAYS"])
        still_open = asked.filter(aid_request__status__in=(*OPEN_REQUEST, "draft"), aid_request__created_at__gte=since)
        there = {
            (place, item): number
            for number, place, item in still_open.values_list(
                "aid_request__number", "aid_request__place_id", "item_id"
            )
        }  # fmt: skip
        for line in checked.lines:
            if line.key in there:
                line.duplicate = _("request %(number)s asks for the same") % {"number": there[line.key]}

    def write(self, checked: Checked, *, key: str, by: Any, at: datetime) -> list[str]:
        made = actions.draft_requests(by=by, at=at, requests=list(checked.groups.items()))
        return [row.number for row in made]

    def count(self, numbers: Sequence[str], *, key: str) -> tuple[int, int]:
        return summed(RequestLine.objects.all(), "aid_request__number", numbers)
