"""No sentence of the application lacks one of the six languages, and what is shipped is what was compiled."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

pytest.importorskip("django", reason="the operations extra is not installed")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import messages
from babel.messages.mofile import write_mo


@pytest.fixture(scope="module")
def words() -> dict[messages.Key, list[str]]:
    return messages.collect()


@pytest.mark.parametrize("language", messages.LOCALES)
def test_every_sentence_is_translated_with_its_placeholders(
    language: str, words: dict[messages.Key, list[str]]
) -> None:
    assert messages.faults(language, words) == [], "run: python3 dev.py messages, then translate"


@pytest.mark.parametrize("language", messages.LOCALES)
def test_the_catalogue_has_what_is_in_use_and_nothing_else(language: str, words: dict[messages.Key, list[str]]) -> None:
    listed = {
        message.id if isinstance(message.id, str) else message.id[0] for message in messages.read_catalog(language)
    }
    used = {key[0] if isinstance(key[0], str) else key[0][0] for key in words}
    assert listed - {""} == used, "run: python3 dev.py messages"


@pytest.mark.parametrize("language", messages.LOCALES)
def test_the_compiled_catalogue_is_the_one_that_is_shipped(language: str) -> None:
    made = io.BytesIO()
    write_mo(made, messages.read_catalog(language))
    assert messages.po_path(language).with_suffix(".mo").read_bytes() == made.getvalue(), "run: python3 dev.py messages"


def test_the_gate_sees_a_missing_sentence_and_a_lost_placeholder() -> None:
    unknown: dict[messages.Key, list[str]] = {("A sentence that nobody translated", None): ["x.html"]}
    assert len(messages.faults("fr", unknown)) == 1
    catalog = messages.new_catalog("fr")
    catalog.add("%(n)d boxes", "caisses")
    message = catalog.get("%(n)d boxes")
    assert message is not None
    assert messages.PLACEHOLDER.findall(str(message.id)) != messages.PLACEHOLDER.findall(str(message.string))
