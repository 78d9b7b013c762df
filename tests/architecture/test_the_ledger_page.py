"""The page about the ledger lists the kinds of move as the table of the program has them."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("django", reason="the ledger belongs to the operations application")

from yuanshou_ops.ledger.statuses import HELD, KINDS


def test_the_page_lists_every_kind_of_move_with_its_states(project_dir: Path) -> None:
    page = (project_dir / "docs" / "reference" / "ledger.md").read_text(encoding="utf-8")
    listed = [line for line in page.splitlines() if line.startswith("| `") and line.endswith((" may |", " no |"))]

    def words(states: tuple[str, ...]) -> str:
        return "any in hand" if states == HELD else ", ".join(states)

    assert listed == [
        f"| `{kind}` | {words(rule.credit)} | {words(rule.debit)} | {'may' if rule.changes_holder else 'no'} |"
        for kind, rule in KINDS.items()
    ]
    assert f"*Any in hand*: {', '.join(HELD)}." in page
