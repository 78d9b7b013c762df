"""The page on one's own counts is true: its example is read, its notes and fields are the ones that exist."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from yuanshou.sources.layouts import FIELDS, LAYOUTS, SETTINGS
from yuanshou.sources.surveillance import read_surveillance

KIND = re.compile(
    r'(?:DataQualityNote\(|note\(|Seen\(|notes,)\s*"([a-z_]+)"|kind(?:, \w+)? = "([a-z_]+)"|"(\w+)" if total else "(\w+)"'
)


def page(project_dir: Path, name: str) -> str:
    return (project_dir / "docs" / name).read_text(encoding="utf-8")


def test_the_example_of_the_page_is_read_as_the_page_says(project_dir: Path, tmp_path: Path) -> None:
    block = re.search(r"```csv counts\n(.*?)```", page(project_dir, "guides/your-own-counts.md"), re.DOTALL)
    assert block is not None
    path = tmp_path / "counts.csv"
    path.write_text(block[1], encoding="utf-8")
    series = read_surveillance(path, as_of=date(2020, 3, 25))
    assert series.places == ("KEN", "UGA")
    assert series.cases[:, -1].tolist() == [25, 9]
    assert set(series.imported["origin"]) == {"ITA", "ARE"}
    assert series.health_workers["cases_cumulative"].tolist() == [1]
    assert not series.notes


def test_every_layout_field_and_setting_is_on_the_page(project_dir: Path) -> None:
    text = page(project_dir, "guides/your-own-counts.md")
    missing = [name for name in (*LAYOUTS, *FIELDS, *SETTINGS) if name not in text]
    assert not missing


def test_every_kind_of_note_is_on_the_page(project_dir: Path) -> None:
    text = page(project_dir, "guides/your-own-counts.md")
    sources = project_dir / "src" / "yuanshou" / "sources"
    kinds = {
        kind
        for name in ("surveillance", "counts_door", "counts_oddities", "counts_merge", "layouts", "cells")
        for match in KIND.findall((sources / f"{name}.py").read_text(encoding="utf-8"))
        for kind in match
        if kind
    }
    assert len(kinds) >= 24
    assert not [kind for kind in sorted(kinds) if f"`{kind}`" not in text]


def test_every_rule_change_and_adjustment_is_in_the_reference(project_dir: Path) -> None:
    from yuanshou.situation.high_risk import RULES
    from yuanshou_cli.situation_screen import CHANGES, MOVES

    text = page(project_dir, "reference/situation.md")
    assert not [name for name in (*RULES, *CHANGES, *MOVES) if name not in text]
