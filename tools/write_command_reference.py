"""Write docs/reference/commands.md from the commands' own help, so that the page cannot go stale."""

from __future__ import annotations

import sys
from pathlib import Path

from click.testing import CliRunner

from yuanshou_cli.__main__ import COMMANDS, cli

TARGET = Path(__file__).resolve().parent.parent / "docs" / "reference" / "commands.md"


def command_reference() -> str:
    """The page's text: one heading a command with its help as typed in a terminal 100 characters wide."""
    parts = ["# Commands\n\nWritten by `python3 dev.py docs` from the commands' own help.\n"]
    for name, line in COMMANDS.items():
        result = CliRunner().invoke(cli, [name, "--help"], prog_name="yuanshou", terminal_width=100)
        text = "\n".join(row.rstrip() for row in result.output.rstrip().splitlines())
        parts.append(f"## yuanshou {name}\n\n{line[0].upper()}{line[1:]}.\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(command_reference())
    else:
        TARGET.write_text(command_reference(), encoding="utf-8")
        print(f"wrote {TARGET.name}: {len(COMMANDS)} commands")
