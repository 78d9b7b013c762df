"""What the README and the rules of the house promise, checked against the files."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from yuanshou_cli.__main__ import COMMANDS, cli

PACKAGE_BYTES_MAX = 8_000_000


def test_the_readme_names_the_two_commands(project_dir: Path) -> None:
    readme = (project_dir / "README.md").read_text(encoding="utf-8")
    assert "python3 dev.py demo" in readme
    assert "python3 dev.py test" in readme


def test_every_dependency_says_why_it_is_there(project_dir: Path) -> None:
    text = (project_dir / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    extras = {name: deps for name, deps in project["optional-dependencies"].items() if name != "dev"}
    for dependency in [*project["dependencies"], *(d for deps in extras.values() for d in deps)]:
        line = next(line for line in text.splitlines() if f'"{dependency}"' in line)
        assert re.search(r"#\s+\S+(\s+\S+)+", line), f"no reason beside {dependency}"


def test_every_pinned_constraint_is_an_exact_version(project_dir: Path) -> None:
    for line in (project_dir / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9_.\-]+(\[[a-z]+\])?==\S+", line), line


def test_the_library_package_stays_small(project_dir: Path) -> None:
    files = (p for p in (project_dir / "src" / "yuanshou").rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    size = sum(p.stat().st_size for p in files)
    assert size <= PACKAGE_BYTES_MAX, f"{size:,} bytes"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert f"yuanshou {name}" in result.output.replace("\n", " ")
    assert "Example" in result.output


def test_the_command_reference_is_the_commands_own_help(project_dir: Path) -> None:
    tool = project_dir / "tools" / "write_command_reference.py"
    page = project_dir / "docs" / "reference" / "commands.md"
    printed = subprocess.run([sys.executable, tool, "--print"], capture_output=True, text=True, check=True).stdout
    assert page.read_text(encoding="utf-8") == printed, "run: python3 dev.py docs"


def test_no_machine_path_stands_in_the_project(project_dir: Path) -> None:
    places = re.compile(r"/(?:wo" + r"rk|ro" + r"ot)/")
    for folder in ("src", "docs", "tests", "benchmarks", "tools"):
        for path in (project_dir / folder).rglob("*"):
            if path.suffix in {".py", ".md", ".html", ".yaml", ".csv", ".toml"} and path.is_file():
                assert not places.search(path.read_text(encoding="utf-8")), path.name


def test_every_page_and_file_that_the_docs_name_is_there(project_dir: Path) -> None:
    pages = [*project_dir.glob("*.md"), *(project_dir / "docs").rglob("*.md")]
    link = re.compile(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)|`((?:src|docs|tools|benchmarks)/[\w./-]+)`")
    lost = [
        f"{page.name}: {found[1] or found[2]}"
        for page in pages
        for found in link.finditer(page.read_text(encoding="utf-8"))
        if not ((page.parent / found[1]) if found[1] else (project_dir / found[2])).exists() and "NAME" not in found[0]
    ]
    assert not lost
