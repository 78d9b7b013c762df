"""The words on papers in six languages: `paper_words.csv` has a row for each label, the ledger one for items and units."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from yuanshou_ops.ledger.words import catalogue_words, read_words


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Language → key → words."""
    labels, goods = read_words("yuanshou_ops.shipments", "paper_words.csv"), catalogue_words()
    return MappingProxyType({name: MappingProxyType({**labels[name], **goods[name]}) for name in labels})


def words(language: str, key: str) -> str:
    """The words of a label: `words("fr", "paper.waybill")` is "Lettre de voiture"."""
    return catalogue()[language][key]


def name_of(language: str, kind: str, code: str, name: str) -> str:
    """The name of an item or a unit in the language, or the one given for what the table does not know."""
    return catalogue()[language].get(f"{kind}.{code}", name)
