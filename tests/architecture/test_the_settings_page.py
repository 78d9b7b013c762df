"""Every setting the program reads is on its page, and every page names settings that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("django", reason="the settings belong to the operations application")

from yuanshou.errors import SettingError
from yuanshou_ops.environment import SETTINGS, read_settings


def test_the_page_of_settings_is_written_from_the_table(project_dir: Path) -> None:
    tool = project_dir / "tools" / "write_settings_reference.py"
    printed = subprocess.run([sys.executable, tool, "--print"], capture_output=True, text=True, check=True).stdout
    page = project_dir / "docs" / "reference" / "settings.md"
    assert page.read_text(encoding="utf-8") == printed, "run: python3 dev.py docs"


def test_the_code_reads_exactly_the_settings_of_the_table(project_dir: Path) -> None:
    known = {setting.name for setting in SETTINGS}
    used = set()
    for path in (project_dir / "src" / "yuanshou_ops").rglob("*.py"):
        used |= set(re.findall(r'YUANSHOU\[["\']([A-Z_]+)["\']\]', path.read_text(encoding="utf-8")))
    assert used - known == set()
    assert known - used == set(), "a setting that nothing reads"


def test_the_docs_name_only_settings_that_exist(project_dir: Path) -> None:
    known = {setting.variable for setting in SETTINGS}
    for page in [project_dir / "README.md", *(project_dir / "docs").rglob("*.md")]:
        named = set(re.findall(r"YUANSHOU_[A-Z_]+[A-Z]", page.read_text(encoding="utf-8")))
        assert named - known == set(), page.name


def test_every_default_can_be_read_and_a_slip_is_refused() -> None:
    assert set(read_settings({})) == {setting.name for setting in SETTINGS}
    with pytest.raises(SettingError, match="YUANSHOU_PROT"):
        read_settings({"YUANSHOU_PROT": "80"})
    with pytest.raises(SettingError, match="a whole number from 1 to 64"):
        read_settings({"YUANSHOU_WORKERS": "many"})
