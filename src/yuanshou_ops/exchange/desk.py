"""What a row names, looked up once for a whole file: items, packs, places, organisations, consignees.

The one thing easily confused: `known` organisations are all that exist, `own` those in whose name the person may act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from yuanshou.places import find_place, nearest_places
from yuanshou_ops.errors import Refused
from yuanshou_ops.exchange.cells import WrongCell, key_of
from yuanshou_ops.ledger.models import Item, Pack
from yuanshou_ops.ledger.quantities import Quantity, to_base
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.people.policy import may
from yuanshou_ops.requests.forms import organisations_for
from yuanshou_ops.requests.models import Consignee


class Desk:
    """The look-ups of one import by one person; nothing is cached beyond it."""

    def __init__(self, by: Any) -> None:
        self.by = by
        self._places: dict[str, Place] = {}
        self._own: dict[str, frozenset[int]] = {}
        self.memory: dict[Any, Any] = {}
        """What a kind of its own looks up once."""

    @cached_property
    def _items(self) -> dict[str, Item]:
        """Every code and name, in every language, to its item."""
        rows, found = list(Item.objects.all()), {}
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                found |= {key_of(str(row)): row for row in rows}
        return found | {key_of(row.name): row for row in rows} | {key_of(row.pk): row for row in rows}

    @cached_property
    def _packs(self) -> dict[str, dict[str, Pack]]:
        """The newest version of every pack, by item and name."""
        found: dict[str, dict[str, Pack]] = {}
        for pack in Pack.objects.order_by("name", "version"):
            found.setdefault(pack.item_id, {})[pack.name] = pack
        return found

    @cached_property
    def _known_places(self) -> dict[str, Place]:
        return Place.objects.in_bulk()

    @cached_property
    def _organisations(self) -> dict[str, Organisation]:
        rows = list(Organisation.objects.filter(is_active=True).select_related("place"))
        return {key_of(row.name): row for row in rows} | {key_of(row.code): row for row in rows}

    @cached_property
    def _consignees(self) -> dict[tuple[int, str], Consignee]:
        rows = Consignee.objects.filter(is_active=True).select_related("place")
        return {(row.organisation_id, key_of(row.name)): row for row in rows}

    def item(self, words: str) -> Item:
        found = self._items.get(key_of(words))
        if found is None:
            raise WrongCell(words, _("an item of the catalogue"), _like(words, self._items))
        return found

    def quantity(self, item: Item, count: int, pack: str) -> Quantity:
        """The count in base units; raises `WrongCell` for a pack the item does not come in."""
        try:
            return to_base(item, count, pack, self._packs.get(item.pk, {}))
        except Refused as problem:
            raise WrongCell(problem.found, problem.expected, problem.way_out) from None

    def place(self, words: str) -> Place:
        if words not in self._places:
            found = self._known_places.get(find_place(words) or "")
            if found is None:
                near = [str(self._known_places[code]) for code in nearest_places(words) if code in self._known_places]
                raise WrongCell(words, _("the name or code of a place"), _near(near))
            self._places[words] = found
        return self._places[words]

    def organisation(self, words: str) -> Organisation:
        """Any active organisation, by code or name."""
        found = self._organisations.get(key_of(words))
        if found is None:
            raise WrongCell(words, _("the name or code of an organisation"), _like(words, self._organisations))
        return found

    def own_organisation(self, words: str, action: str) -> Organisation:
        """An organisation in whose name the person may take the action; alone, it need not be named."""
        own = self.own(action)
        if words:
            found = self.organisation(words)
            if found.pk in own:
                return found
            raise WrongCell(
                words, _("an organisation in whose name you may do this"), _("name your own, or leave the cell empty")
            )
        if len(own) == 1:
            return next(row for row in self._organisations.values() if row.pk in own)
        raise WrongCell("", _("the name or code of an organisation"), _("name it, for you may act for several"))

    def own(self, action: str) -> frozenset[int]:
        """The organisations in whose name the person may take the action."""
        if action not in self._own:
            self._own[action] = frozenset(organisations_for(self.by, action).values_list("pk", flat=True))
        return self._own[action]

    def may(self, action: str, probe: Callable[[], Any], *marks: Any) -> bool:
        """May the person do this to a row like the one `probe` makes? Asked once for the same marks."""
        key = (action, *marks)
        if key not in self.memory:
            self.memory[key] = may(self.by, action, probe())
        found: bool = self.memory[key]
        return found

    def consignee(self, words: str, organisation: Organisation, place: Place) -> Consignee:
        """A registered consignee of the organisation, in the place."""
        found = self._consignees.get((organisation.pk, key_of(words)))
        if found is None:
            names = {key: row for (pk, key), row in self._consignees.items() if pk == organisation.pk}
            raise WrongCell(
                words, _("a registered consignee of %(name)s") % {"name": organisation}, _like(words, names)
            )
        if found.place_id != place.pk:
            raise WrongCell(
                words, _("a consignee in %(place)s") % {"place": place}, _("choose another consignee or place")
            )
        return found


def _like(words: str, known: Mapping[str, Any]) -> str:
    keys = get_close_matches(key_of(words), known, n=6, cutoff=0.6)
    return _near(dict.fromkeys(str(known[key]) for key in keys))


def _near(names: Iterable[str]) -> str:
    near = list(names)[:3]
    return _("perhaps %(names)s") % {"names": ", ".join(near)} if near else _("choose from the list of the template")
