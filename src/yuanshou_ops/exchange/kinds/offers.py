"""Offers by spreadsheet: a row is a lot; rows that share donor, place, earmark, date and conditions are one offer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuanshou_ops.exchange.cells import WrongCell, in_column
from yuanshou_ops.exchange.columns import OFFERS
from yuanshou_ops.exchange.desk import Desk
from yuanshou_ops.exchange.kinds.base import Checked, Kind, Line, Values, mark_unusual, summed
from yuanshou_ops.ledger.models import Move
from yuanshou_ops.requests import offers
from yuanshou_ops.requests.models import AidOffer, OfferLine

LOOKED_BACK = 5_000
GONE = (OfferLine.Status.FAILED, OfferLine.Status.WITHDRAWN)


class Offers(Kind):
    name = "offers"
    lead = gettext_lazy("What you could give, one lot a row. It is vetted before it counts as available.")
    action = "requests.offer"
    columns = OFFERS

    def take(self, row: Values, desk: Desk, groups: dict[Any, list[Any]]) -> Line:
        with in_column("donor"):
            donor = desk.own_organisation(row["donor"], self.action)
        with in_column("place"):
            place, earmark = row["place"], row["earmark"]
            if not desk.may(
                self.action, lambda: AidOffer(donor=donor, place=place, earmark=earmark), donor.pk, place, earmark
            ):
                raise WrongCell(row["place"], _("a place within your role"), _("ask a colleague whose role covers it"))
        with in_column("pack"):
            quantity = desk.quantity(row["item"], row["count"], row["pack"])
        most = settings.YUANSHOU["OFFER_UNITS_MAX"]
        if quantity.base > most:
            with in_column("count"):
                raise WrongCell(
                    f"{quantity.base:,}", _("at most %(n)s base units in a row") % {"n": f"{most:,}"},
                    _("correct the quantity, or enter an offer of this size on its page"),
                )  # fmt: skip
        head = offers.OfferHead(
            donor, row["place"], row["earmark"], row["available_from"], row["conditions"], row["source"]
        )
        groups[head].append(
            offers.Offered(
                row["item"], quantity, row["lot"], row["expires_on"], row["specification"], row["label_language"],
                row["package_kg"],
            )
        )  # fmt: skip
        item = row["item"].pk
        return Line(
            row.number, str(row["item"]), quantity.words(row["item"].unit_words), quantity.base, f"{donor} · {row['place']}",
            item, (donor.pk, row["place"].pk, row["source"], item, quantity.base, row["lot"], row["expires_on"]),
        )  # fmt: skip

    def mark(self, checked: Checked, rows: Sequence[Values]) -> None:
        earlier: dict[str, list[int]] = defaultdict(list)
        lines = OfferLine.objects.exclude(status__in=GONE)
        for item, quantity in lines.order_by("-id").values_list("item_id", "quantity")[:LOOKED_BACK]:
            earlier[item].append(quantity)
        mark_unusual(checked.lines, [line.item for line in checked.lines], earlier)
        donors = {head.donor.pk for head in checked.groups}
        there = {
            tuple(rest): number
            for number, *rest in lines.filter(offer__donor__in=donors).values_list(
                "offer__number", "offer__donor_id", "offer__place_id", "offer__source", "item_id", "quantity",
                "lot__number", "lot__expires_on",
            )
        }  # fmt: skip
        for line in checked.lines:
            if line.key in there:
                line.duplicate = _("the same as in offer %(number)s") % {"number": there[line.key]}

    def write(self, checked: Checked, *, key: str, by: Any, at: datetime) -> list[str]:
        by_donor: dict[int, list[Any]] = defaultdict(list)
        for head, lines in checked.groups.items():
            by_donor[head.donor.pk].append((head, lines))
        made = [
            offers.announce_offers(key=f"{key}-{donor}", by=by, at=at, offers=of_donor)
            for donor, of_donor in sorted(by_donor.items())
        ]
        return [offer.number for of_donor in made for offer in of_donor]

    def count(self, numbers: Sequence[str], *, key: str) -> tuple[int, int]:
        lines = summed(OfferLine.objects.all(), "offer__number", numbers)
        moves = Move.objects.filter(posting__key__startswith=f"offer-{key}-", kind="announce")
        moved = moves.aggregate(n=Count("id"), units=Sum("quantity"))
        return lines if lines == (moved["n"], moved["units"]) else (-1, -1)
