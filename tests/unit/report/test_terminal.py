"""The terminal summary fits one screen and says what matters."""

from __future__ import annotations

import pytest
from plan_factory import synthetic_plan
from rich.console import Console

from yuanshou.report import summary

PLAN = synthetic_plan(places=20, items=8)
PATHS = ["plan/plan.html", "plan/plan.xlsx", "plan/plan.json"]


def printed(width: int) -> list[str]:
    console = Console(width=width, force_terminal=False)
    with console.capture() as capture:
        console.print(summary(PLAN, paths=PATHS))
    return capture.get().rstrip("\n").split("\n")


@pytest.mark.parametrize("width", [80, 100, 140])
def test_the_summary_fits_one_screen_with_its_paths(width: int) -> None:
    lines = printed(width)
    assert len(lines) <= 24
    assert max(map(len, lines)) <= width


def test_the_summary_names_what_an_officer_asks_for() -> None:
    text = "\n".join(printed(100))
    for word in ("25 March 2020", "Cases", "Sent", "Coverage", "Unmet", "Greatest need", "Largest shortages", *PATHS):
        assert word in text
    assert "sound" in text
