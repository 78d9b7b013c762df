"""The states of goods, the kinds of move and the units of items in words, for pages and refusals; programs use the codes."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from django.utils.translation import get_language, pgettext_lazy

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


def state_words(state: str) -> Any:
    return STATE_WORDS.get(state, state)


def kind_words(kind: str) -> Any:
    return KIND_WORDS.get(kind, kind)


@cache
def read_words(package: str, name: str) -> Mapping[str, Mapping[str, str]]:
    """Language → key → words, of a table with a row for each key; a word that is missing anywhere stops the start."""
    text = (files(package) / name).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    languages = [name for name in rows[0] if name != "key"]
    missing = [(row["key"], name) for row in rows for name in languages if not row[name]]
    if missing:
        raise ValueError(f"{name} without words: {missing}")
    return MappingProxyType({name: MappingProxyType({row["key"]: row[name] for row in rows}) for name in languages})


def catalogue_words() -> Mapping[str, Mapping[str, str]]:
    """The names of items and units: `item.gown` and `unit.pair` in each language."""
    return read_words("yuanshou_ops.ledger", "item_words.csv")


def item_words(code: str, name: str) -> str:
    """The name of an item in the language in use; the one given where the table does not know the item."""
    return catalogue_words().get(get_language() or "en", {}).get(f"item.{code}", name)


def unit_words(unit: str) -> str:
    """The unit in the language in use; English pages print the catalogue's own word."""
    language = get_language() or "en"
    return unit if language == "en" else catalogue_words().get(language, {}).get(f"unit.{unit}", unit)
