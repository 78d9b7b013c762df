"""The page of the program names every block function, and nothing on it is without one."""

from __future__ import annotations

import ast
from pathlib import Path


def functions(path: Path) -> set[str]:
    return {n.name for n in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(n, ast.FunctionDef)}


def test_every_block_stands_on_the_page_and_every_heading_is_a_function(project_dir: Path) -> None:
    allocation = project_dir / "src" / "yuanshou" / "allocation"
    program = ast.parse((allocation / "blocks.py").read_text(encoding="utf-8"))
    built = next(n for n in program.body if isinstance(n, ast.FunctionDef) and n.name == "linear_program")
    called = {n.func.id for n in ast.walk(built) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    known = functions(allocation / "blocks.py") | functions(allocation / "terms.py")
    blocks = {name for name in called & known if name != "typical_need"}
    page = (project_dir / "docs" / "reference" / "model.md").read_text(encoding="utf-8")
    headings = {line[3:] for line in page.splitlines() if line.startswith("## ") and " " not in line[3:]}
    assert len(blocks) >= 6
    assert headings == blocks | {"equity_floor"}
    assert "equity_floor" in functions(allocation / "policy.py")
