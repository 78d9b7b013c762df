"""Disease packs: the shipped ones are sound, and a wrong one is refused line by line."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from yuanshou.catalogue import load_catalogue
from yuanshou.errors import InputError, SettingError
from yuanshou.needs.pack import check_pack, load_pack, pack_names, read_pack, with_pack_items

ITEMS: dict[str, str] = load_catalogue()["unit"].to_dict()
CHOLERA = (resources.files("yuanshou.needs") / "packs" / "cholera.yaml").read_text(encoding="utf-8")


def line_of(text: str, part: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), start=1) if part in line)


def test_the_shipped_packs_are_the_five_diseases() -> None:
    assert pack_names() == ("cholera", "covid-19", "ebola-marburg", "measles", "mpox")


@pytest.mark.parametrize("disease", pack_names())
def test_a_shipped_pack_has_no_fault_and_a_source_for_every_number(disease: str, tmp_path: Path) -> None:
    text = (resources.files("yuanshou.needs") / "packs" / f"{disease}.yaml").read_text(encoding="utf-8")
    path = tmp_path / "pack.yaml"
    path.write_text(text, encoding="utf-8")
    assert check_pack(path, items=ITEMS) == []
    pack = load_pack(disease)
    assert pack.parameters["source"].str.len().gt(3).all()
    catalogue = with_pack_items(load_catalogue(), pack)
    wanted = {line.target for line in pack.protocol}
    assert wanted <= set(catalogue.index)
    assert catalogue.loc[sorted(wanted), ["kg_per_unit", "m3_per_unit"]].notna().all().all()


SOAP = "item: soap, per: severe_day, amount: 0.1, low: 0.05, high: 0.2, basis: assumed, source: [own]"
APRON = "{item: apron, per: severe_day, amount: 1, low: 0.3, high: 3, basis: assumed, source: [own]}"
CHILD = "name: child_share, value: 0.25, low: 0.1, high: 0.5"
RINGER = "{item: ringer_lactate, per: severe_case, amount: 8, low: 6"

WRONG: dict[str, tuple[str, str, str, str, str]] = {
    "shares that do not sum to 1": (
        "name: share_severe, value: 0.25",
        "name: share_severe, value: 0.35",
        "class: oral",
        "sum to 1.1000",
        "sum to 1",
    ),
    "a negative rate": (RINGER, RINGER.replace("low: 6", "low: -6"), "low: -6", "low -6", "not negative"),
    "a value outside its range": (
        APRON,
        APRON.replace("amount: 1", "amount: 0.1"),
        "apron",
        "amount 0.1",
        "low ≤ value",
    ),
    "an unknown item": ("{item: apron,", "{item: aprons,", "aprons", "'aprons'", "code of the catalogue"),
    "a missing source": (APRON, APRON.replace(", source: [own]", ""), "apron", "no source", "source"),
    "a source not listed": (SOAP, SOAP.replace("[own]", "[mine]"), "soap", "'mine'", "under sources"),
    "a unit that is not the catalogue's": (
        SOAP,
        SOAP.replace("soap,", "soap, unit: kg,"),
        "soap",
        "unit 'kg'",
        "litre",
    ),
    "an unknown driver": ("per: severe_bed, amount: 1.1", "per: beds, amount: 1.1", "per: beds", "'beds'", "driver"),
    "a share above 1": (
        CHILD,
        CHILD.replace("high: 0.5", "high: 5"),
        "child_share, value",
        "a share of 5",
        "at most 1",
    ),
    "text for a number": (CHILD, CHILD.replace("value: 0.25", "value: few"), "value: few", "'few'", "a number"),
    "an unknown basis": (SOAP, SOAP.replace("assumed", "rumour"), "rumour", "'rumour'", "sourced, derived, assumed"),
    "an unknown kind of care": ("care: home", "care: hospital", "care: hospital", "'hospital'", "home, ward, icu"),
    "a key nobody reads": (APRON, APRON.replace("apron,", "apron, colour: blue,"), "colour", "key colour", "amount"),
    "a line twice": (f"  - {APRON}\n", f"  - {APRON}\n" * 2, "", "apron/severe_day again", "each once"),
    "a kit for nobody": ("covers: 100,", "covers: 0,", "covers: 0,", "covers 0", "above zero"),
    "a bundle of an unknown part": ("{ringer_lactate: 8", "{ringer: 8", "{ringer: 8", "'ringer'", "of the catalogue"),
    "a missing parameter of the chain": (
        "name: lab_shifts_per_day",
        "name: lab_shifts",
        "ascertainment_care_share",
        "lab_shifts_per_day",
        "parameters",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_pack_is_refused_with_line_found_and_expected(case: str, tmp_path: Path) -> None:
    right, wrong, where, found, expected = WRONG[case]
    assert right in CHOLERA
    text = CHOLERA.replace(right, wrong, 1)
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    faults = check_pack(path, items=ITEMS)
    matching = [f for f in faults if found in f.found and expected in f.expected]
    assert matching, faults
    if where:
        assert matching[0].line == line_of(text, where)
    with pytest.raises(InputError, match=rf"mine\.yaml, line {faults[0].line}"):
        read_pack(path, items=ITEMS)


def test_all_faults_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = CHOLERA.replace("{item: apron,", "{item: aprons,").replace("{item: soap,", "{item: soup,")
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    faults = check_pack(path, items=ITEMS)
    assert [f.found for f in faults] == ["item 'aprons'", "item 'soup'"]
    assert faults[0].line < faults[1].line


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: [1, 2\n", "expected ',' or ']'"),
        ("", "no mapping"),
        ("- 1\n", "no mapping"),
        ("pack: 2\n", "pack: 2"),
        ("disease: x\ndisease: y\n", "disease twice"),
        ("{[1]: 2}\n", ""),
    ],
)
def test_a_file_that_is_no_pack_is_refused_without_a_traceback(text: str, found: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    assert any(found in fault.found for fault in check_pack(path))


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        check_pack(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(InputError, match="UTF-8"):
        check_pack(tmp_path / "binary.yaml")


def test_an_unknown_disease_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingError, match="cholera"):
        load_pack("plague")
