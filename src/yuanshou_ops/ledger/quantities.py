"""Packs and pieces: every quantity is kept in whole base units, beside the packs it was declared in.

The one thing easily confused: "12 boxes" is what a person declared, "600 pieces" is what the ledger counts; both are
stored, and only base units are ever compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import Refused
from yuanshou_ops.ledger.models import Item, Pack


@dataclass(frozen=True)
class Quantity:
    """A declared count of packs and what it is in base units."""

    base: int
    pack: str = ""
    count: int | None = None

    def words(self, unit: str) -> str:
        """`12 box × 50 = 600 each`, or `600 each` when no pack was named."""
        if not self.pack or not self.count:
            return f"{self.base} {unit}"
        return f"{self.count} {self.pack} × {self.base // self.count} = {self.base} {unit}"


def packs_of(item: Item) -> dict[str, Pack]:
    """The newest version of every pack of the item, by name."""
    newest: dict[str, Pack] = {}
    for pack in item.packs.order_by("name", "version"):
        newest[pack.name] = pack
    return newest


def to_base(item: Item, count: int, pack: str = "", packs: Mapping[str, Pack] | None = None) -> Quantity:
    """The declared count in base units; raises `Refused` for a pack the item does not have, or a count below one.

    Whoever converts many counts passes the packs of the item, as `packs_of` gives them.
    """
    if count < 1:
        raise Refused(_("a quantity of %(n)s"), _("a whole number above zero"), _("correct the quantity"), n=count)
    if not pack or pack in (item.unit, item.unit_words):
        return Quantity(count)
    known = packs_of(item) if packs is None else packs
    if pack not in known:
        raise Refused(
            _("the pack '%(pack)s' of %(item)s"),
            _("one of %(choices)s"),
            _("choose a pack of the list"),
            pack=pack,
            item=item,
            choices=[item.unit, *known],
        )
    return Quantity(count * known[pack].base_units, pack, count)
