"""Damage on purpose, seeded: what comes back, what stays unknown, and that nothing certain is wrong.

The cases are those of `benchmarks/intake.py`, which also prints the baselines.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import ftfy
import opencc
import pandas as pd
import pytest

from yuanshou.places import load_places
from yuanshou.sources.page import read_page

PAGES = 200


@pytest.fixture(scope="module")
def cases(project_dir: Path) -> ModuleType:
    return _of_benchmarks("intake_cases", project_dir)


@pytest.fixture(scope="module")
def cases_fr_es(project_dir: Path) -> ModuleType:
    return _of_benchmarks("intake_cases_fr_es", project_dir)


def _of_benchmarks(name: str, project_dir: Path) -> ModuleType:
    sys.path.insert(0, str(project_dir / "benchmarks"))
    try:
        return import_module(name)
    finally:
        sys.path.pop(0)


@pytest.fixture(scope="module")
def counts(cases: ModuleType) -> dict[str, list[int]]:
    to_simplified = opencc.OpenCC("t2s")
    totals = {name: [0, 0, 0] for name in ("yuanshou", "ftfy and OpenCC")}
    for seed in range(PAGES):
        case = cases.damaged_page(seed)
        texts = {
            "yuanshou": read_page(case.damaged).text,
            "ftfy and OpenCC": to_simplified.convert(ftfy.fix_text(case.damaged)),
        }
        for name, text in texts.items():
            totals[name] = [
                one + two for one, two in zip(totals[name], cases.characters_right(case.clean, text), strict=True)
            ]
    return totals


def test_what_can_be_restored_is_restored(counts: dict[str, list[int]]) -> None:
    right, unknown, wrong = counts["yuanshou"]
    assert right / (right + wrong) >= 0.9999
    assert right / (right + unknown + wrong) >= 0.999


def test_pages_of_sentences_that_nothing_was_chosen_on_are_restored(cases: ModuleType) -> None:
    pages = [cases.damaged_page(seed, pool=cases.FRESH) for seed in range(40)]
    counts = [cases.characters_right(page.clean, read_page(page.damaged).text) for page in pages]
    right, unknown, wrong = (sum(column) for column in zip(*counts, strict=True))
    assert wrong == 0
    assert right / (right + unknown) >= 0.999


def test_the_baseline_leaves_far_more_wrong(counts: dict[str, list[int]]) -> None:
    right, unknown, wrong = counts["ftfy and OpenCC"]
    assert right / (right + unknown + wrong) < 0.9


def test_nothing_reported_as_certain_is_wrong(cases: ModuleType) -> None:
    checked = 0
    for seed in range(1, PAGES, 2):
        case = cases.damaged_page(seed)
        page = read_page(case.damaged)
        clean = case.clean.replace("\n", "")
        for one in page.repairs:
            if one.step == "shift" and one.certainty == "certain":
                around = page.text[max(0, one.start - 1) : one.end + 1].replace("\n", "")
                checked += 1
                assert "\ufffd" in around or around.strip() in clean, around
    assert checked > 5


def share_read(cases: ModuleType, shared_dir: Path, *, least: int) -> float:
    """The share of the published gifts, written as sentences, of which the reader finds exactly what they say."""
    table = pd.read_csv(shared_dir / "data" / "aid_2020.csv")
    sentences = list(cases.aid_sentences(table, load_places(labels="cldr"), seed=7))
    assert len(sentences) >= least
    right = 0
    for one in sentences:
        found = {(f.giver, f.receiver, f.item, f.quantity, f.status) for f in read_page(one.text).facts}
        right += found == {(one.giver, one.receiver, one.item, one.quantity, one.status)}
    return right / len(sentences)


def test_gifts_written_as_sentences_are_read(cases: ModuleType, shared_dir: Path) -> None:
    assert share_read(cases, shared_dir, least=300) >= 0.97


def test_sentences_without_a_fact_propose_none(cases: ModuleType) -> None:
    assert len(cases.NO_FACTS) == 100
    assert [text for text in cases.NO_FACTS if read_page(text).facts] == []


def test_gifts_written_in_french_and_spanish_are_read(cases_fr_es: ModuleType, shared_dir: Path) -> None:
    assert share_read(cases_fr_es, shared_dir, least=400) >= 0.97


def test_french_and_spanish_sentences_without_a_fact_propose_none(cases_fr_es: ModuleType) -> None:
    assert len(cases_fr_es.NO_FACTS) == 100
    assert [text for text in cases_fr_es.NO_FACTS if read_page(text).facts] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Quelque 200 000 masques et 50 respirateurs ont été envoyés par la Turquie à l'Espagne et à l'Italie.",
            {("TUR", "ESP|ITA", "mask_unspecified", 200_000, "sent"), ("TUR", "ESP|ITA", "ventilator", 50, "sent")},
        ),
        (
            "Les Émirats arabes unis ont envoyé 33 tonnes d'aide médicale à l'Iran.",
            {("ARE", "IRN", "mixed_medical_cargo", 33, "sent")},
        ),
        (
            "El Gobierno de España ha comprado a China 550 millones de mascarillas.",
            {("CHN", "ESP", "mask_unspecified", 550_000_000, "bought")},
        ),
        (
            "La Unión Europea entregará 20.000 mascarillas FFP2 a España e Italia.",
            {("EUU", "ESP|ITA", "respirator_ffp2", 20_000, "announced")},
        ),
        ("La Chine enverrait 1 000 masques à l'Italie.", set()),
        ("China enviaría 1.000 mascarillas a Italia.", set()),
    ],
)
def test_other_wordings_in_french_and_spanish_are_read(text: str, expected: set[tuple[object, ...]]) -> None:
    assert {(f.giver, f.receiver, f.item, f.quantity, f.status) for f in read_page(text).facts} == expected
