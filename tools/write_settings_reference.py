"""Write docs/reference/settings.md from the table in `environment.py`, so that no setting exists undocumented."""

from __future__ import annotations

import sys
from pathlib import Path

from yuanshou_ops.environment import SETTINGS

TARGET = Path(__file__).resolve().parent.parent / "docs" / "reference" / "settings.md"

HEAD = """# Settings

Written by `python3 dev.py docs` from the table that reads and checks them. Each is an environment variable; a wrong value
stops the program with what was expected, and an unknown `YUANSHOU_…` name does too, for it is most likely a slip.

| variable | default | meaning |
|---|---|---|
"""


def settings_reference() -> str:
    """The page's text: one row a setting, in the order of the table."""
    rows = (f"| `{s.variable}` | {f'`{s.default}`' if s.default else 'empty'} | {s.meaning} |\n" for s in SETTINGS)
    return HEAD + "".join(rows)


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(settings_reference())
    else:
        TARGET.write_text(settings_reference(), encoding="utf-8")
        print(f"wrote {TARGET.name}: {len(SETTINGS)} settings")
