"""The shape of the code, held by walking its syntax trees."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[2] / "src"
STAGES = ["sources", "situation", "forecast", "needs", "allocation"]
GROUND = {"errors", "tables", "periods", "quantities", "places", "catalogue", "reference"}
DOORS = {"sources/hub.py": {"forecast"}}
"""The hubverse door reads and writes forecasts themselves, so it knows their type."""
WORLD = {"django", "requests", "urllib.request", "http.client", "socket", "yuanshou_ops", "yuanshou_cli"}


def imported_modules(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def library_files() -> list[Path]:
    return sorted((SRC / "yuanshou").rglob("*.py"))


def stage_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "yuanshou" else ""


@pytest.mark.parametrize("path", library_files(), ids=lambda p: str(p.relative_to(SRC)))
def test_the_library_knows_no_web_no_network_and_no_application(path: Path) -> None:
    roots = {name for name in imported_modules(path) if name in WORLD or name.split(".")[0] in WORLD}
    assert not roots, f"{path.name} imports {roots}"


@pytest.mark.parametrize("path", library_files(), ids=lambda p: str(p.relative_to(SRC)))
def test_no_stage_imports_a_later_stage(path: Path) -> None:
    stage = path.relative_to(SRC / "yuanshou").parts[0].removesuffix(".py")
    imported = {stage_of(name) for name in imported_modules(path)} - {""}
    if stage in STAGES:
        door = DOORS.get(str(path.relative_to(SRC / "yuanshou")), set())
        later = set(STAGES[STAGES.index(stage) + 1 :]) - door
        assert not imported & (later | {"pipeline", "plan", "report"}), f"{path.name} imports {imported & later}"
    elif stage in GROUND:
        assert not imported & (set(STAGES) - {"sources"} | {"pipeline", "plan", "report"})


@pytest.mark.parametrize("path", library_files(), ids=lambda p: str(p.relative_to(SRC)))
def test_the_library_reads_no_clock_and_no_global_chance(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            chain = ast.unparse(node.func)
            assert not chain.endswith(("date.today", "datetime.now", "time.time")), f"{path.name}: {chain}"
            seeded = chain.split(".")[-1] in {"default_rng", "Generator", "SeedSequence", "PCG64"}
            assert not chain.startswith("np.random.") or seeded, f"{path.name}: {chain}"
