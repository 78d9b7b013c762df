"""The words on papers in six languages: one table, `paper_words.csv`, a row for each label, item and unit."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Language → key → words; a word that is missing anywhere is a mistake in the table and stops the start."""
    text = (files("yuanshou_ops.shipments") / "paper_words.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    languages = [name for name in rows[0] if name != "key"]
    missing = [(row["key"], name) for row in rows for name in languages if not row[name]]
    if missing:
        raise ValueError(f"paper_words.csv without words: {missing}")
    return MappingProxyType({name: MappingProxyType({row["key"]: row[name] for row in rows}) for name in languages})


def words(language: str, key: str) -> str:
    """The words of a label: `words("fr", "paper.waybill")` is "Lettre de voiture"."""
    return catalogue()[language][key]


def name_of(language: str, kind: str, code: str, name: str) -> str:
    """The name of an item or a unit in the language, or the one given for what the table does not know."""
    return catalogue()[language].get(f"{kind}.{code}", name)
