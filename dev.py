#!/usr/bin/env python3
"""The project's tasks, with the standard library alone: `python3 dev.py` lists them.

Each task makes `.venv` from `constraints.txt` when it is missing or older than the constraints,
so every command works on a fresh machine with Python 3.11 and pip.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed-from"
EXTRAS = "ops,cluster,dev"


def run(*command: str | Path, **environment: str) -> None:
    """Run a command from the project's folder and stop with its exit code when it fails."""
    code = subprocess.run([str(c) for c in command], cwd=ROOT, env={**os.environ, **environment}).returncode
    if code:
        sys.exit(code)


def ensure_venv() -> None:
    """Make `.venv` and install the project once per content of pyproject.toml and constraints.txt."""
    wanted = hashlib.sha256(
        b"".join((ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt"))
    ).hexdigest()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() == wanted:
        return
    print("Setting up .venv from constraints.txt (once; a few minutes) …", flush=True)
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "-c", "constraints.txt", "-e", f".[{EXTRAS}]")  # fmt: skip
    print("Compiling the allocation kernels with a first small plan (once; under a minute) …", flush=True)
    run(PYTHON, "-m", "yuanshou_cli", "plan", "--weeks", "2", "--draws", "10", "--compare", "proportional",
        "--quiet", "--out", VENV / "first-plan")  # fmt: skip
    STAMP.write_text(wanted)


def setup(arguments: list[str]) -> None:
    """make .venv and install the project into it"""
    ensure_venv()


def demo(arguments: list[str]) -> None:
    """the main job on real data: the world on 25 March 2020, from counts to an explained plan"""
    ensure_venv()
    run(PYTHON, "-m", "yuanshou_cli", "demo", *arguments)


def lint(arguments: list[str]) -> None:
    """ruff, format check and mypy --strict"""
    ensure_venv()
    run(PYTHON, "-m", "ruff", "check", ".")
    run(PYTHON, "-m", "ruff", "format", "--check", ".")
    run(PYTHON, "-m", "mypy")


def test(arguments: list[str]) -> None:
    """everything: lint, types, then the whole suite (arguments go to pytest)"""
    lint([])
    run(PYTHON, "-m", "pytest", *(arguments or ["-n", "2", "--dist", "loadfile"]))


def fmt(arguments: list[str]) -> None:
    """rewrite the code in the project's format"""
    ensure_venv()
    run(PYTHON, "-m", "ruff", "check", "--fix", "--quiet", ".")
    run(PYTHON, "-m", "ruff", "format", ".")


def reference(arguments: list[str]) -> None:
    """rebuild the shipped reference tables from a folder of raw figures: dev.py reference DIR"""
    ensure_venv()
    run(PYTHON, "tools/build_reference.py", *arguments)


def docs(arguments: list[str]) -> None:
    """rewrite the pages that are made from the program itself (commands, tables, settings, permissions)"""
    ensure_venv()
    run(PYTHON, "tools/write_command_reference.py")
    run(PYTHON, "tools/write_tables_reference.py")
    run(PYTHON, "tools/write_settings_reference.py")
    run(PYTHON, "tools/write_permissions_reference.py")


def messages(arguments: list[str]) -> None:
    """collect the words of the application and compile its six languages; --missing lists what is untranslated"""
    ensure_venv()
    run(PYTHON, "tools/messages.py", *arguments)


def bench(arguments: list[str]) -> None:
    """install the benchmark peers and list the benchmarks"""
    ensure_venv()
    run(PYTHON, "-m", "pip", "install", "--quiet", "-c", "constraints.txt", "-e", f".[{EXTRAS},bench]")
    for script in sorted((ROOT / "benchmarks").glob("*.py")):
        print(f"python benchmarks/{script.name} --help")


TASKS = {task.__name__: task for task in (setup, demo, test, lint, fmt, reference, docs, messages, bench)}


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in TASKS:
        print("usage: python3 dev.py TASK [arguments]\n")
        for name, task in TASKS.items():
            print(f"  {name:10} {task.__doc__}")
        sys.exit(0 if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help") else 2)
    if sys.version_info < (3, 11):
        sys.exit(f"found Python {sys.version.split()[0]}, expected 3.11 or newer: install it and run again")
    TASKS[sys.argv[1]](sys.argv[2:])


if __name__ == "__main__":
    main()
