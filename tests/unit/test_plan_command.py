"""`yuanshou plan` does what its options say: whom it covers, the floor, the same fingerprint twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from yuanshou_cli.__main__ import cli

COUNTS = "place,date,cases_cumulative,deaths_cumulative\n" + "".join(
    f"{place},2020-03-{day},{start * 2 ** (day - 12)},0\n"
    for place, start in (("KEN", 1), ("UGA", 2))
    for day in range(12, 26)
)


def plan(folder: Path, *options: str) -> dict[str, Any]:
    arguments = ["plan", "--weeks", "2", "--draws", "10", "--no-frontier", "--quiet", "--out", str(folder), *options]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, f"{result.output}\n{result.exception!r}"
    document: dict[str, Any] = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture
def counts(tmp_path: Path) -> str:
    file = tmp_path / "counts.csv"
    file.write_text(COUNTS, encoding="utf-8")
    return str(file)


def test_ones_own_counts_are_planned_for_the_places_they_list(tmp_path: Path, counts: str) -> None:
    assert set(plan(tmp_path / "a", "--counts", counts)["coverage"]["recipient"]) == {"KEN", "UGA"}
    every = plan(tmp_path / "b", "--counts", counts, "--every-country")
    assert len(set(every["coverage"]["recipient"])) > 180
    assert "not_listed" in every["notes"]["kind"]


def test_an_equity_floor_reaches_the_policy(tmp_path: Path, counts: str) -> None:
    document = plan(tmp_path / "a", "--counts", counts, "--equity-floor", "0.2")
    assert document["settings"]["policy"]["equity_floor"] == 0.2


def test_the_same_inputs_give_the_same_fingerprint_and_other_inputs_another(tmp_path: Path, counts: str) -> None:
    one, two = (plan(tmp_path / name, "--counts", counts) for name in ("a", "b"))
    assert one["fingerprint"] == two["fingerprint"]
    assert one["result_digest"] == two["result_digest"]
    other = plan(tmp_path / "c", "--counts", counts, "--as-of", "2020-03-24")
    assert other["fingerprint"] != one["fingerprint"]
    assert {"places", "health_capacity", "counts", "offers"} <= one["inputs"].keys()


def test_how_uncertain_need_is_treated_reaches_the_plan_and_its_file(tmp_path: Path, counts: str) -> None:
    options = ("--uncertainty", "two_stage", "--scenario-paths", "4", "--risk-aversion", "0.5", "--keep-at-hub")
    document = plan(tmp_path / "a", "--counts", counts, "--frontier", *options)
    chosen = {"mode": "two_stage", "paths": 4, "risk_aversion": 0.5, "wait": True}
    assert document["settings"]["uncertainty"] == chosen
    assert document["certificate"]["settings"]["uncertainty"] == chosen
    assert document["uncertainty"]["paths"] >= document["uncertainty"]["known"] >= 3
    assert {"need", "alpha 0", "max_min", "per_head"} <= set(document["comparisons"]["policy"])
