"""The command: what it prints, what it writes, the same every time."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from yuanshou_cli.situation import command


def run(*arguments: str, width: int = 80) -> str:
    result = CliRunner(env={"COLUMNS": str(width)}).invoke(command, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_summary_fits_one_screen_and_names_what_matters() -> None:
    text = run("--as-of", "2020-03-25", "--quiet")
    lines = text.rstrip().splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80
    for word in ("173 places", "Diamond Princess 712 cases", "High-risk list", "Where growth is fastest",
                 "Since 18 March 2020", "Data quality"):  # fmt: skip
        assert word in text


def test_a_place_is_shown_with_every_figure_by_code_or_name() -> None:
    text = run("--place", "ITA", "--place", "Kenya", "--quiet")
    for word in ("Italy", "Kenya", "74.4K", "days to double", "reproduction number", "high risk, many deaths since"):
        assert word in text


def test_the_files_say_what_the_screen_says(tmp_path: Path) -> None:
    run("--out", str(tmp_path), "--nowcast", str(tmp_path / "nowcast.csv"), "--quiet")
    table = pd.read_csv(tmp_path / "situation.csv", index_col="place", keep_default_na=False, na_values=[""])
    assert table.loc["SHIP-DIAMOND-PRINCESS", "cases_cumulative"] == 712
    record = json.loads((tmp_path / "situation.json").read_text(encoding="utf-8"))
    assert {row["place"] for row in record["situation"]} == set(table.index)
    assert record["serial_interval"]["source"]
    book = openpyxl.load_workbook(tmp_path / "situation.xlsx", read_only=True)
    assert book.sheetnames == ["Situation", "High risk", "Changes", "Groups", "Imported", "Adjustments", "Notes"]
    assert len(list(book["Situation"].iter_rows())) == len(table) + 1
    risks = pd.read_csv(tmp_path / "high_risk.csv", keep_default_na=False)
    assert risks["reason"].str.len().min() > 10
    assert len(pd.read_csv(tmp_path / "notes.csv")) == len(record["notes"])
    daily = pd.read_csv(tmp_path / "nowcast.csv", keep_default_na=False, na_values=[""])
    italy = daily[(daily["place"] == "ITA") & (daily["target"] == "cases")]
    assert italy["raw"].sum() == 74386
    assert italy["adjusted"].sum() == pytest.approx(74386, rel=1e-4)


def test_the_same_day_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        run("--out", str(tmp_path / name), "--quiet")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_json_of_one_place_is_that_place_alone() -> None:
    record = json.loads(run("--place", "ITA", "--json"))
    assert [row["place"] for row in record["situation"]] == ["ITA"]
    assert {row["place"] for row in record["high_risk"]} == {"ITA"}
    assert record["compared_to"] == "2020-03-18"


def test_own_counts_with_health_workers_and_origins_are_told(tmp_path: Path) -> None:
    rows = ["place,date,cases_cumulative,health_worker_cases,imported_cases,origin"]
    rows += [f"KEN,2020-03-{d:02d},{10 * d},{d},{d // 2},ITA" for d in range(1, 26)]
    path = tmp_path / "counts.csv"
    path.write_text("\n".join(rows))
    text = run("--counts", str(path), "--quiet")
    assert "Health workers infected: 25; Kenya 25" in text
    assert "Imported: 12 cases; most from Italy 12" in text
    assert "health workers infected" in text
    assert "1 place, 250 cases (70 in 7 days), – deaths" in text, "deaths that were not given are not zero"


def test_help_shows_an_example() -> None:
    assert "yuanshou situation --as-of 2020-03-25" in run("--help", width=200)
