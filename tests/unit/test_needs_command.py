"""`yuanshou needs` as a person types it, and one figure traced back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from click.testing import CliRunner
from needs_world import make_forecast, make_series, steady

from yuanshou.errors import SettingError, YuanshouError
from yuanshou.needs.explain import explain_need
from yuanshou.needs.quantify import quantify
from yuanshou_cli.needs import command

FAST = ["--as-of", "2020-03-25", "--place", "ITA", "--place", "KEN", "--draws", "20"]


def run(*arguments: str) -> str:
    result = CliRunner().invoke(command, list(arguments), catch_exceptions=False, standalone_mode=False)
    return result.output


def refused(*arguments: str) -> str:
    with pytest.raises(YuanshouError) as caught:
        CliRunner().invoke(command, list(arguments), catch_exceptions=False, standalone_mode=False)
    return str(caught.value)


def test_the_summary_fits_one_screen() -> None:
    text = run(*FAST)
    assert "2 places: need of 12 weeks" in text
    assert len(text.splitlines()) <= 42
    assert max(len(line) for line in text.splitlines()) <= 80


def test_the_folder_has_a_workbook_a_csv_and_json_that_agree(tmp_path: Path) -> None:
    run(*FAST, "--out", str(tmp_path))
    document = json.loads((tmp_path / "needs.json").read_text(encoding="utf-8"))
    book = openpyxl.load_workbook(tmp_path / "needs.xlsx", read_only=True)
    wanted = {"Items", "Places", "Weeks", "Patients", "Limits", "Oxygen", "Bundles", "Request", "Packs", "Parameters"}
    assert wanted <= set(book.sheetnames)
    rows = list(book["Items"].iter_rows(values_only=True))
    book.close()
    masks = next(r for r in rows[1:] if r[0] == "surgical_mask")
    median = rows[0].index("median")
    total = next(t for t in document["totals"] if t["item"] == "surgical_mask")
    assert masks[median] == pytest.approx(total["median"], rel=1e-4)
    assert (tmp_path / "needs.csv").read_text(encoding="utf-8").startswith("place,item,week_end,median")


def test_json_goes_to_standard_output_alone() -> None:
    document = json.loads(run(*FAST, "--item", "gown", "--json"))
    assert document["places"] == ["ITA", "KEN"]
    assert {row["item"] for row in document["weekly"]} == {"gown"}
    assert len(document["weekly"]) == 24


def test_another_disease_brings_its_own_items() -> None:
    text = run(*FAST, "--disease", "cholera", "--all")
    assert "Ringer lactate" in text
    assert "Oral rehydration" in text


def test_a_trace_ends_with_the_need_and_names_sources() -> None:
    text = run(*FAST, "--explain", "respirator_n95", "Italy", "2020-04-11")
    assert "reported cases, median forecast of the week" in text
    assert "Carias C et al." in text
    assert "Over 20 draws" in text


def test_a_chart_has_bands_and_no_script(tmp_path: Path) -> None:
    path = tmp_path / "ventilators.svg"
    run("--place", "ITA", "--item", "ventilator", "--draws", "20", "--chart", str(path))
    svg = path.read_text(encoding="utf-8")
    assert svg.startswith("<svg")
    assert svg.count("ys-band") >= 2
    assert "<script" not in svg


def test_a_sound_pack_has_no_faults_and_a_wrong_one_ends_with_2(tmp_path: Path, project_dir: Path) -> None:
    shipped = project_dir / "src/yuanshou/needs/packs/measles.yaml"
    assert run("--check-pack", str(shipped)) == "measles.yaml: no faults\n"
    wrong = tmp_path / "mine.yaml"
    wrong.write_text(shipped.read_text(encoding="utf-8").replace("per: case, amount: 2,", "per: cases, amount: 2,"))
    result = CliRunner().invoke(command, ["--check-pack", str(wrong)])
    assert result.exit_code == 2
    assert "mine.yaml: line" in result.output
    assert "mine.yaml: 1 fault\n" in result.output


def test_general_kits_are_counted_whole_for_a_number_of_people() -> None:
    text = run("--people", "25000")
    row = next(line for line in text.splitlines() if "10,000 people for three" in line)
    assert row.split()[2:6] == ["3", "3.75K", "21", "12"]


def test_stock_adds_net_need_the_request_and_what_runs_out_first(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text("place,item,quantity\nITA,surgical_mask,3000000\nITA,gown,1\n")
    text = " ".join(run(*FAST, "--stock", str(tmp_path / "stock.csv")).split())
    assert "request" in text
    assert "to run out first: gown in ITA (week to 28 Mar)" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--place", "Narnia"], "Narnia"),
        ([*FAST, "--item", "banana"], "banana"),
        (["--disease", "plague"], "plague"),
        ([*FAST, "--item", "dexamethasone_tab"], "not in use before 2020-06-16"),
        (["--explain", "gown", "ITA", "2020-04-12"], "one of 2020-03-28"),
        (["--explain", "gown", "ITA", "tomorrow"], "YYYY-MM-DD"),
        ([*FAST, "--chart", "x.svg"], "one --place and one --item"),
        ([*FAST, "--mode", "esft_compat"], "--esft-tables FOLDER"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(arguments: list[str], message: str) -> None:
    assert message in refused(*arguments)


def test_own_numbers_and_observed_use_change_the_need(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("name,value\ngown/severe_day,0\ngown/critical_day,0\ngown/triage_shift,0\n")
    document = json.loads(run(*FAST, "--item", "gown", "--json", "--parameters", str(tmp_path / "mine.csv")))
    assert document["totals"][0]["median"] == 0
    (tmp_path / "use.csv").write_text("name,consumed,exposure\ngloves/severe_day,120000,3000\n")
    assert "gloves/severe_day: standard 78, observed 40" in run(*FAST, "--consumption", str(tmp_path / "use.csv"))


def test_the_trace_of_every_item_equals_the_point_chain() -> None:
    forecast, series = make_forecast(steady(7000, draws=1)), make_series(np.full((3, 84), 600.0))
    needs = quantify(forecast, series, draws=1, parameter_uncertainty=False)
    for i, item in enumerate(needs.items):
        trace = explain_need(forecast, series, item=item, place="KEN", week_end=needs.week_ends[2].item())
        assert trace.total == pytest.approx(float(needs.draws[1, i, 2, 0]), rel=1e-4, abs=1e-4)
        assert all(step.source for step in trace.steps if step.basis)


def test_a_trace_of_an_unknown_item_lists_what_there_is() -> None:
    with pytest.raises(SettingError, match="surgical_mask"):
        explain_need(
            make_forecast(steady(1)), make_series(np.zeros((3, 84))), item="x", place="KEN",
            week_end=np.datetime64("2020-03-28").item(),
        )  # fmt: skip
