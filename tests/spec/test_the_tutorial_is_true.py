"""The tutorial is run from the first command to the last, with its own files, in an empty folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from yuanshou_cli.__main__ import cli

BLOCK = re.compile(r"```(?P<kind>csv (?P<file>\S+)|console run)\n(?P<text>.*?)```", re.DOTALL)


def test_every_command_of_the_tutorial_ends_well(
    project_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = 0
    for block in BLOCK.finditer((project_dir / "docs" / "tutorial" / "first-plan.md").read_text(encoding="utf-8")):
        if block["file"]:
            Path(block["file"]).write_text(block["text"], encoding="utf-8")
            continue
        for line in block["text"].strip().splitlines():
            arguments = shlex.split(line)
            assert arguments[0] == "yuanshou"
            result = CliRunner().invoke(cli, arguments[1:])
            assert result.exit_code == 0, f"{line}\n{result.output}\n{result.exception}"
            commands += 1
    assert commands >= 8
    assert (tmp_path / "my-numbers" / "plan.html").stat().st_size > 10_000
