"""`yuanshou forecast` and `yuanshou score`: who is silent, what the scores say, the charts and their figures."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from tests.outbreak_factory import END, PLACES, waves

from yuanshou_cli import forecast as forecast_command
from yuanshou_cli import score as score_command
from yuanshou_cli.score import bars

LATE = int(np.argmax(waves(scale=3000)[0][:, -30:].sum(axis=1)))
"""The place with the most recent cases, whose silence is plain."""
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def counts(tmp_path_factory) -> Path:
    """Daily cumulative counts of twelve places; the first stopped eleven weeks ago, another is silent for one."""
    cases, deaths = waves(scale=3000)
    cases[0, -80:] = 0
    cases[LATE, -9:] = 0
    days = [END - timedelta(days=cases.shape[1] - 1 - d) for d in range(cases.shape[1])]
    frame = pd.DataFrame(
        [
            [place, day, cases[i, : d + 1].sum(), deaths[i, : d + 1].sum()]
            for i, place in enumerate(PLACES)
            for d, day in enumerate(days)
        ],
        columns=["place", "date", "cases_cumulative", "deaths_cumulative"],
    )
    path = tmp_path_factory.mktemp("counts") / "counts.csv"
    frame.to_csv(path, index=False)
    return path


def run(command, *arguments: object) -> str:
    result = CliRunner(env={"COLUMNS": "120"}).invoke(
        command, [*map(str, arguments), "--quiet"], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def made(counts: Path, tmp_path_factory) -> tuple[Path, str]:
    """A forecast six weeks before the end of the counts, its files and what the screen said."""
    out = tmp_path_factory.mktemp("made")
    said = run(
        forecast_command.command, "--counts", counts, "--as-of", END - timedelta(days=41), "--weeks", 4, "--out", out,
        "--method", "renewal", "--chart", out / "fans.html",
    )  # fmt: skip
    return out, said


def test_the_silent_and_the_stopped_are_named_for_the_officer(counts: Path) -> None:
    asked = ("--counts", counts, "--as-of", END + timedelta(days=1), "--weeks", 2, "--method", "renewal")
    said = run(forecast_command.command, *asked)
    assert "Reporting of cases: 10 daily, 1 silent, 1 stopped." in said
    assert f"Ask for counts, weeks of silence: {PLACES[0]} cases 11 w, {PLACES[LATE]} cases 1 w" in said
    shown = run(forecast_command.command, *asked, "--place", PLACES[0])
    assert f"{PLACES[0]} cases: reporting is stopped for 11 weeks, last week with counts ended 2020-04-04." in shown
    listed = json.loads(run(forecast_command.command, *asked, "--place", PLACES[LATE], "--json"))["reporting"]
    assert next((row["target"], row["state"], row["weeks_silent"]) for row in listed) == ("cases", "gap", 1)


def test_every_state_is_written_beside_the_forecast(made: tuple[Path, str]) -> None:
    table = pd.read_csv(made[0] / "reporting.csv")
    assert list(table.columns) == ["place", "target", "state", "weeks_silent", "last_count_week"]
    assert len(table) == 2 * len(PLACES)


def test_the_fans_carry_the_forecast_figures_as_tables(made: tuple[Path, str]) -> None:
    page = (made[0] / "fans.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 8
    table = pd.read_csv(made[0] / "forecast.csv", dtype={"output_type_id": str})
    largest = table.query("target == 'wk inc case' and output_type_id == '0.5'").groupby("location")["value"].sum()
    assert largest.idxmax() in page
    cell = table.query("location == @largest.idxmax() and horizon == 1 and output_type_id == '0.95'")["value"].iloc[0]
    assert f"<td>{cell:,.0f}</td>" in page


def test_scores_hold_crps_bias_and_pit_and_draw_their_charts(counts: Path, made: tuple[Path, str]) -> None:
    asked = (made[0] / "forecast.csv", "--counts", counts, "--as-of", END + timedelta(days=1))
    rows = pd.DataFrame(json.loads(run(score_command.command, *asked, "--json")))
    assert {"crps", "wis", "bias", "pit"} <= set(rows.columns)
    for shares in rows["pit"]:
        assert sum(shares) == pytest.approx(1, abs=1e-3)
    drawn = made[0] / "scores.svg"
    said = run(score_command.command, *asked, "--chart", drawn, "--out", made[0] / "scores.csv")
    assert "CRPS" in said
    assert "PIT" in said
    root = ElementTree.parse(drawn).getroot()
    assert len(root.findall(f"{SVG}svg")) == 6
    scored = pd.read_csv(made[0] / "scores.csv")
    shares = scored[[f"covered_{c}" for c in (10, 50, 90, 98)]].mean()
    assert (np.diff(shares) >= 0).all()


def test_a_chart_of_another_ending_is_refused_with_the_way_out(counts: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        forecast_command.command,
        ["--counts", str(counts), "--method", "baseline", "--as-of", str(END), "--chart", str(tmp_path / "a.png"), "--quiet"],
    )  # fmt: skip
    assert ".svg or .html" in str(result.exception)
    assert not (tmp_path / "a.png").exists()


def test_bars_show_an_even_share_at_half_height() -> None:
    assert bars([0.2] * 5) == "▄▄▄▄▄"
    assert bars([0.0, 0.0, 0.0, 0.0, 1.0]) == "▁▁▁▁█"
