"""One table of the columns of every spreadsheet: heading, help, how a cell is read.

Headings and help are translated with gettext (`yuanshou_ops/locale`). On import a heading in any of the six languages, or
the column's own name, is recognised, whatever the language of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.exchange import cells
from yuanshou_ops.exchange.cells import key_of
from yuanshou_ops.exchange.desk import Desk
from yuanshou_ops.requests.models import AidRequest

Reader = Callable[[Desk, Any], Any]
PACK_NAMES = {"": _("base units"), "box": _("box"), "carton": _("carton")}
PRIORITY_NAMES = dict(AidRequest.Priority.choices)
PROBLEM = _("What to correct")
"""The heading of the column that an error workbook adds; it is passed over when the workbook comes back."""


@dataclass(frozen=True)
class Column:
    """One column: its own name, its heading and help in the language of the page, and how a cell is read.

    `shape` says what the template makes of it: text, number, date, or one of the lists item, pack, place, priority.
    """

    name: str
    heading: Any
    help: Any
    read: Reader
    shape: str = "text"
    is_required: bool = False
    example: str = ""


def text_of(length: int) -> Reader:
    return lambda desk, value: cells.text(value, length=length)


def whole_from(low: int) -> Reader:
    return lambda desk, value: cells.whole(value, low=low)


def _day(desk: Desk, value: Any) -> Any:
    return cells.day(value)


def _weight(desk: Desk, value: Any) -> Any:
    return cells.weight(value)


def _named(find: Callable[[Desk, str], Any]) -> Reader:
    """A reader of a name that is looked up at the desk; None if the cell is empty."""

    def read(desk: Desk, value: Any) -> Any:
        words = cells.text(value)
        return find(desk, words) if words else None

    return read


def _pack(desk: Desk, value: Any) -> str:
    """The pack's code; other words stay as they are, for they may be the base unit of the item."""
    words = cells.text(value, length=40)
    return _words_of_packs().get(key_of(words), words) if words else ""


def _priority(desk: Desk, value: Any) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = f"{value:g}"
    found: int = cells.choice(value, _words_of_priorities(), default=AidRequest.Priority.NORMAL.value)
    return found


def in_every_language(words: Any) -> dict[str, str]:
    """Language → the words in it; gettext gives English where a translation is missing."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found[language] = str(words)
    return found


@cache
def _words_of_packs() -> dict[str, str]:
    named = {key_of(t): code for code, words in PACK_NAMES.items() for t in in_every_language(words).values()}
    return named | {"box": "box", "carton": "carton"}


@cache
def _words_of_priorities() -> dict[str, int]:
    named = {key_of(t): code for code, words in PRIORITY_NAMES.items() for t in in_every_language(words).values()}
    return named | {str(code): code for code in PRIORITY_NAMES}


ITEM = Column(
    "item", _("Item"), _("Name or code of the catalogue; see the sheet Lists."), _named(Desk.item), "item", True,
    "surgical_mask",
)  # fmt: skip
COUNT = Column(
    "count", _("Quantity"), _("A whole number of packs, or of base units if no pack is named."), whole_from(1),
    "number", True, "12",
)  # fmt: skip
PACK = Column("pack", _("Pack"), _("What the quantity counts: base units, box or carton."), _pack, "pack", False, "box")
LOT = Column("lot", _("Lot number"), _("As printed on the pack."), text_of(60), "text", False, "L-2021-07")
EXPIRY = Column(
    "expires_on", _("Expires on"), _("The last day on which the goods can be used."), _day, "date", False, "2023-06-30"
)

OFFERS: Sequence[Column] = (
    Column("donor", _("Donor"), _("Name or code; may stay empty if you act for one organisation only."),
           text_of(200), example="GIVER"),
    ITEM, COUNT, PACK, LOT, EXPIRY,
    Column("specification", _("Specification"), _("The standard the goods meet."), text_of(200),
           example="EN 14683 Type IIR"),
    Column("label_language", _("Language of the label"), _("Two letters are enough, such as en."), text_of(20),
           example="en"),
    Column("package_kg", _("Weight of a package, kg"), _("Kilograms of one package with its contents."), _weight,
           "number", example="12.5"),
    Column("place", _("Where the goods are"), _("Name or code of the place."), _named(Desk.place), "place", True, "CHN"),
    Column("earmark", _("Only for the place"), _("Leave it empty if the goods may go anywhere."), _named(Desk.place),
           "place", example="KEN"),
    Column("available_from", _("Earliest date"), _("The first day on which the goods can leave."), _day, "date",
           example="2021-04-01"),
    Column("conditions", _("Conditions"), _("What the donor asks for in return."), text_of(300)),
    Column("source", _("Source"), _("Where this offer was announced, or your own reference."), text_of(300)),
)  # fmt: skip

REQUESTS: Sequence[Column] = (
    Column("organisation", _("Requester"), _("Name or code; may stay empty if you act for one organisation only."),
           text_of(200), example="MOH-KEN"),
    Column("place", _("Place"), _("Name or code of the place."), _named(Desk.place), "place", True, "KEN"),
    Column("consignee", _("Consignee"), _("Who receives the goods: a name of the register."), text_of(200),
           "consignee", True, "Central store"),
    ITEM, COUNT, PACK,
    Column("priority", _("Priority"), _("From 1, life-saving, to 4, to build up stock; 3 if empty."), _priority,
           "priority", example="3"),
    Column("priority_reason", _("Reason for the priority"), _("What happens without the goods."), text_of(300)),
    Column("needed_by", _("Needed by"), _("The last day on which the goods help."), _day, "date", example="2021-05-01"),
    Column("note", _("Note"), _("Rows with the same place, consignee, priority, date and note are one request."),
           text_of(1000)),
    Column("reason", _("Reason above the modelled need"), _("What the model does not know."), text_of(300)),
)  # fmt: skip

STOCK: Sequence[Column] = (
    ITEM, COUNT, PACK, LOT, EXPIRY,
    Column("origin", _("Origin"), _("The organisation the goods came from: name or code."), _named(Desk.organisation),
           "organisation", True, "GIVER"),
    Column("holder", _("Holder"), _("The organisation that holds the goods: name or code."), _named(Desk.organisation),
           "organisation", True, "CENTRE"),
    Column("place", _("Place"), _("Name or code of the place."), _named(Desk.place), "place", True, "ITA"),
    Column("reason", _("Reason or document"), _("Why the goods are here: a delivery note, a count."), text_of(300),
           "text", True, "count of 1 March"),
)  # fmt: skip

RECEIPTS: Sequence[Column] = (
    Column("shipment", _("Shipment number"), _("As on the waybill, such as S-2021-000012."), text_of(16), "text", True,
           "S-2021-000012"),
    Column("line", _("Line"), _("The number of the line on the packing list."), whole_from(1), "number", True, "1"),
    Column("good", _("Good"), _("Base units in good state."), whole_from(0), "number", example="590"),
    Column("damaged", _("Damaged"), _("Base units that cannot be used."), whole_from(0), "number", example="8"),
    Column("short", _("Short"), _("Base units on the papers that were not there."), whole_from(0), "number",
           example="2"),
    Column("expired", _("Expired"), _("Base units past their date."), whole_from(0), "number"),
    Column("surplus", _("Surplus"), _("Base units beyond the papers."), whole_from(0), "number"),
    Column("receiver", _("Name of the receiver"), _("Who counted."), text_of(120), "text", True, "A. Odhiambo"),
    Column("role", _("Role of the receiver"), _("Function, not more."), text_of(80), example="store keeper"),
    Column("note", _("Note"), _("What else was seen."), text_of(300)),
)  # fmt: skip


@cache
def headings_of(columns: Sequence[Column]) -> dict[str, str]:
    """Every heading in every language, and every own name, as `key_of` gives it → the name of the column."""
    found = {}
    for column in columns:
        for words in in_every_language(column.heading).values():
            found[key_of(words)] = column.name
    return found | {key_of(column.name): column.name for column in columns}


@cache
def problem_headings() -> frozenset[str]:
    return frozenset(key_of(words) for words in in_every_language(PROBLEM).values())
