"""The states of goods, the kinds of move and the units of items in words, for pages and refusals; programs use the codes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import pgettext_lazy

STATE_WORDS: dict[str, Any] = {
    "source": pgettext_lazy("state of goods", "outside"),
    "offered": pgettext_lazy("state of goods", "offered"),
    "vetted": pgettext_lazy("state of goods", "vetted"),
    "committed": pgettext_lazy("state of goods", "committed"),
    "reserved": pgettext_lazy("state of goods", "reserved"),
    "packed": pgettext_lazy("state of goods", "packed"),
    "in_transit": pgettext_lazy("state of goods", "in transit"),
    "received": pgettext_lazy("state of goods", "received"),
    "accepted": pgettext_lazy("state of goods", "accepted"),
    "damaged": pgettext_lazy("state of goods", "damaged"),
    "short": pgettext_lazy("state of goods", "short"),
    "lost": pgettext_lazy("state of goods", "lost"),
    "returned": pgettext_lazy("state of goods", "returned"),
    "recalled": pgettext_lazy("state of goods", "recalled"),
    "destroyed": pgettext_lazy("state of goods", "destroyed"),
    "consumed": pgettext_lazy("state of goods", "consumed"),
}
KIND_WORDS: dict[str, Any] = {
    "announce": pgettext_lazy("kind of move", "announcement"),
    "withdraw": pgettext_lazy("kind of move", "withdrawal"),
    "stock_in": pgettext_lazy("kind of move", "stock taken in"),
    "vet": pgettext_lazy("kind of move", "vetting"),
    "decline": pgettext_lazy("kind of move", "decline"),
    "commit": pgettext_lazy("kind of move", "commitment"),
    "reserve": pgettext_lazy("kind of move", "reservation"),
    "void": pgettext_lazy("kind of move", "end of a hold"),
    "expire": pgettext_lazy("kind of move", "expiry of a hold"),
    "pack": pgettext_lazy("kind of move", "packing"),
    "unpack": pgettext_lazy("kind of move", "unpacking"),
    "dispatch": pgettext_lazy("kind of move", "dispatch"),
    "arrive": pgettext_lazy("kind of move", "arrival"),
    "accept": pgettext_lazy("kind of move", "acceptance"),
    "damage": pgettext_lazy("kind of move", "damage"),
    "expired": pgettext_lazy("kind of move", "expired on receipt"),
    "short": pgettext_lazy("kind of move", "shortage"),
    "surplus": pgettext_lazy("kind of move", "surplus"),
    "find": pgettext_lazy("kind of move", "found again"),
    "write_off": pgettext_lazy("kind of move", "write-off"),
    "return": pgettext_lazy("kind of move", "return"),
    "restock": pgettext_lazy("kind of move", "back into stock"),
    "destroy": pgettext_lazy("kind of move", "destruction"),
    "recall": pgettext_lazy("kind of move", "recall"),
    "recall_release": pgettext_lazy("kind of move", "end of a recall"),
    "consume": pgettext_lazy("kind of move", "consumption"),
    "transfer": pgettext_lazy("kind of move", "transfer"),
    "stocktake_gain": pgettext_lazy("kind of move", "gain of a stocktake"),
    "stocktake_loss": pgettext_lazy("kind of move", "loss of a stocktake"),
    "reverse": pgettext_lazy("kind of move", "reversal"),
}
UNIT_WORDS: dict[str, Any] = {
    "ampoule": pgettext_lazy("unit", "ampoule"),
    "bag": pgettext_lazy("unit", "bag"),
    "each": pgettext_lazy("unit", "each"),
    "kg": pgettext_lazy("unit", "kg"),
    "litre": pgettext_lazy("unit", "litre"),
    "pair": pgettext_lazy("unit", "pair"),
    "syringe": pgettext_lazy("unit", "syringe"),
    "tablet": pgettext_lazy("unit", "tablet"),
    "test": pgettext_lazy("unit", "test"),
    "vial": pgettext_lazy("unit", "vial"),
}


def state_words(state: str) -> Any:
    return STATE_WORDS.get(state, state)


def kind_words(kind: str) -> Any:
    return KIND_WORDS.get(kind, kind)


def unit_words(unit: str) -> Any:
    return UNIT_WORDS.get(unit, unit)
