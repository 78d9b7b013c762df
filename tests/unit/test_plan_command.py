"""`yuanshou plan` does what its options say: whom it covers, the floor, the same fingerprint twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from yuanshou.errors import SettingError
from yuanshou_cli.__main__ import cli

COUNTS = "place,date,cases_cumulative,deaths_cumulative\n" + "".join(
    f"{place},2020-03-{day},{start * 2 ** (day - 12)},0\n"
    for place, start in (("KEN", 1), ("UGA", 2))
    for day in range(12, 26)
)
OFFERS = """offer,donor,source,item,quantity,available,expires,earmark
A,A ministry's store,DWC,ors_sachet,9000,2020-03-25,,
B,A ministry's store,DWC,ringer_lactate,800,2020-03-25,,
"""
MASKS = OFFERS.splitlines()[0] + "\nM,A ministry's store,DWC,surgical_mask,90000,2020-03-25,,\n"


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
    (tmp_path / "offers.csv").write_text(MASKS, encoding="utf-8")
    given = ("--counts", counts, "--offers", str(tmp_path / "offers.csv"))
    assert set(plan(tmp_path / "a", *given)["coverage"]["recipient"]) == {"KEN", "UGA"}
    every = plan(tmp_path / "b", *given, "--every-country")
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


def test_terms_of_sharing_reach_the_plan_and_its_reasons(tmp_path: Path, counts: str) -> None:
    files = {
        "offers": "offer,source,item,quantity,available,keep_share\nA,NBO,surgical_mask,90000,2020-03-25,0.1\n"
        "B,NBO,respirator_n95,400,2020-03-25,",
        "routes": "source,recipient,mode,lead_time_days,usd_per_kg\nNBO,UGA,road,3,1\nNBO,KEN,road,0,1",
        "substitutes": "item,instead_of,rate\nsurgical_mask,respirator_n95,0.2",
        "weights": "place,item,weight\nUganda,,3",
    }
    options = []
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        options += [f"--{name}", str(tmp_path / f"{name}.csv")]
    first = plan(tmp_path / "a", "--counts", counts, "--no-frontier", *options)
    assert first["summary"]["findings"] == []
    assert {"substitutes", "offers"} <= first["inputs"].keys()
    assert first["settings"]["policy"]["place_weights"] == {"UGA": 3.0}
    assert "respirator_n95" in first["dispatches"]["serves"]
    again = plan(tmp_path / "b", "--counts", counts, "--no-frontier", *options, "--last-plan", str(tmp_path / "a"))
    assert again["dispatches"] == first["dispatches"]
    said = CliRunner().invoke(
        cli, ["explain", str(tmp_path / "a"), "--place", "Uganda", "--item", "respirator_n95", "--language", "fr"]
    )
    assert "surgical_mask" in said.output
    assert CliRunner().invoke(cli, ["verify-plan", str(tmp_path / "b")]).exit_code == 0


def test_salts_are_sent_to_a_cholera_outbreak_of_ones_own(tmp_path: Path, counts: str) -> None:
    (tmp_path / "offers.csv").write_text(OFFERS, encoding="utf-8")
    given = ("--counts", counts, "--disease", "cholera", "--offers", str(tmp_path / "offers.csv"))
    document = plan(tmp_path / "plan", *given)
    assert document["settings"]["disease"] == "cholera"
    rows = pd.DataFrame(document["dispatches"])
    sent = rows.groupby("item")["quantity"].sum()
    assert 0 < sent["ors_sachet"] <= 9000
    assert 0 < sent["ringer_lactate"] <= 800
    assert set(rows["recipient"]) <= {"KEN", "UGA"}


def test_a_disease_other_than_that_of_the_shipped_counts_asks_for_counts(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["plan", "--disease", "cholera", "--out", str(tmp_path)])
    assert isinstance(result.exception, SettingError)
    assert "--disease cholera without counts" in str(result.exception)
    assert "--counts FILE" in str(result.exception)
