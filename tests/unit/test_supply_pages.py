"""What the pages on supply show is what the program does."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from yuanshou.catalogue import load_catalogue
from yuanshou.reference import load_table
from yuanshou.sources.supply import read_supply
from yuanshou.sources.terms_reader import read_weights


def test_the_tables_page_is_written_from_the_tables(project_dir: Path) -> None:
    spec = importlib.util.spec_from_file_location("tool", project_dir / "tools" / "write_tables_reference.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.TARGET.read_text(encoding="utf-8") == tool.tables_reference(), "run: python3 dev.py docs"


def test_the_tables_of_the_guide_are_read_as_they_stand(project_dir: Path, tmp_path: Path) -> None:
    page = (project_dir / "docs" / "guides" / "your-own-supply.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"```csv (\w+)\n(.*?)```", page, flags=re.DOTALL))
    terms = {"substitutes", "reserves", "bundles", "transfers", "modes"}
    assert set(blocks) == {"offers", "stock", "routes", "nodes", "weights"} | terms
    paths = {name: tmp_path / f"{name}.csv" for name in blocks}
    for name, text in blocks.items():
        paths[name].write_text(text, encoding="utf-8")
    weights = read_weights(paths.pop("weights"), load_catalogue())
    assert weights["place_weights"] == {"UGA": 1.2}
    assert weights["item_weights"] == {"ventilator": 2.0}
    supply = read_supply(**paths)
    assert set(supply.terms) == terms
    assert supply.term("reserves")["places"].tolist() == ["RWA UGA", ""]
    assert supply.term("transfers")["return_weeks"].tolist() == [4]
    assert supply.notes == ()
    assert supply.offers["quantity"].tolist() == [500_000, 1_200_000, 40_000]
    assert supply.offers["earmark"].tolist() == ["", "", "BDI RWA UGA"]
    assert supply.stock["quantity"].tolist() == [12_000, 0]


def test_third_parties_of_every_shipped_table_are_named(project_dir: Path) -> None:
    page = (project_dir / "THIRD_PARTY.md").read_text(encoding="utf-8")
    missing = [name for name in load_table("SOURCES")["file"] if f"`{name}`" not in page]
    assert missing == []
