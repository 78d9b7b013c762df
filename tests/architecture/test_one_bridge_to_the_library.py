"""Only the planning slice of the application computes: no other file imports a stage of the library."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

OPS = Path(__file__).resolve().parents[2] / "src" / "yuanshou_ops"
STAGES = {"situation", "forecast", "needs", "allocation", "pipeline", "plan", "comparison", "replay"}
FILES = [path for path in sorted(OPS.rglob("*.py")) if path.relative_to(OPS).parts[0] != "planning"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(OPS)))
def test_no_file_outside_planning_imports_a_stage(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found = {name for name in names if name.startswith("yuanshou.") and name.split(".")[1] in STAGES}
        assert not found, f"line {node.lineno}: {found}"
