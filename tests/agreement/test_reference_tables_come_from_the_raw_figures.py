"""Built again from the raw figures, the shipped tables are the same to the byte."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path


def test_building_again_gives_the_same_bytes(project_dir: Path, shared_dir: Path, tmp_path: Path) -> None:
    shipped = project_dir / "src" / "yuanshou" / "reference"
    for name in ("conveyances.csv", "ship_counts.csv"):
        shutil.copy(shipped / name, tmp_path / name)
    script = project_dir / "tools" / "build_reference.py"
    command = [sys.executable, str(script), str(shared_dir / "data"), "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    built = sorted(p.name for p in tmp_path.iterdir())
    assert len(built) >= 18
    different = [name for name in built if (tmp_path / name).read_bytes() != (shipped / name).read_bytes()]
    assert different == []


def test_a_folder_without_raw_figures_is_refused(project_dir: Path, tmp_path: Path) -> None:
    script = project_dir / "tools" / "build_reference.py"
    done = subprocess.run([sys.executable, str(script), str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "found no countries.csv" in done.stderr
    assert "Traceback" not in done.stderr
