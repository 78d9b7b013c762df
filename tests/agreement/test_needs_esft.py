"""The compatibility chain against recorded output of the R package `esft`, on cases of every kind."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from yuanshou.errors import InputError, SettingError
from yuanshou.needs.esft.compare import Comparison, compare_capacity, compare_case
from yuanshou.needs.esft.run import run_esft
from yuanshou.needs.esft.tables import EsftTables, load_tables

CASES = (
    "KEN/surge",
    "FRA/per_capita",
    "AFG/late_start",
    "CHE/overrides",
    "AFG/overrides",
    "IND/surge",
    "EGY/weekly_rows",
    "CHN/small_outbreak",
    "ZAF/imperial_synth",
    "BRA/who_2022q1",
)


@pytest.fixture(scope="module")
def unpacked(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("esft")
    for name in ("esft_public", "esft_reference"):
        archive = shared_dir / "conformance" / f"{name}.tar.gz"
        if not archive.is_file():
            pytest.skip(f"no {archive.name} among the shared cases")
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def tables(unpacked: Path) -> EsftTables:
    return load_tables(unpacked / "esft_reference")


@pytest.mark.parametrize("case", CASES)
def test_every_number_of_a_recorded_case_agrees(unpacked: Path, tables: EsftTables, case: str) -> None:
    result = compare_case(tables, unpacked / "esft_public" / case)
    assert result.off == ()
    assert result.compared > 2000


def test_the_capacity_of_every_recorded_country_agrees(unpacked: Path, tables: EsftTables) -> None:
    result = compare_capacity(tables, unpacked / "esft_public" / "capacity_all.csv")
    assert result.off == ()
    assert result.compared > 1000


def test_one_changed_quantity_is_found(unpacked: Path, tables: EsftTables) -> None:
    equipment = tables.equipment_wide.copy()
    mask = equipment["item"] == "Respirator"
    equipment.loc[mask, "amount_per_inpatient_hcw_per_day"] = 1.001
    result = compare_case(replace(tables, equipment_wide=equipment), unpacked / "esft_public" / "KEN/surge")
    assert len(result.off) == 12 * 2 + 1
    assert all("Respirator" in line for line in result.off)


def run(unpacked: Path, tables: EsftTables, **changes: object) -> object:
    folder = unpacked / "esft_public" / "KEN" / "per_capita"
    inputs = json.loads((folder / "inputs.json").read_text(encoding="utf-8"))
    series = pd.read_csv(folder / "input_series.csv")
    return run_esft(tables, "KEN", series, "WHO", {**inputs["arguments"], **changes})


def test_an_unknown_setting_is_refused_by_name(unpacked: Path, tables: EsftTables) -> None:
    with pytest.raises(SettingError, match=r"params\.stay_severe"):
        run(unpacked, tables, params={"stay_severe": 2})


def test_shares_of_cases_that_do_not_sum_to_one_are_refused(unpacked: Path, tables: EsftTables) -> None:
    with pytest.raises(SettingError, match="sum to 1"):
        run(unpacked, tables, params={"mild_i_proportion": 0.9})


def test_a_folder_without_the_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"who_country_summary\.csv"):
        load_tables(tmp_path)


def test_comparisons_add_up() -> None:
    assert Comparison(2, ("a",)) + Comparison(3, ()) == Comparison(5, ("a",))
