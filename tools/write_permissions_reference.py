"""Write docs/reference/permissions.md from the policy table itself, so that the page cannot go stale."""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from yuanshou_ops.people.policy_table import FOUR_EYES, POLICY, READING, SECOND_FACTOR_ROLES, Reach

TARGET = Path(__file__).resolve().parent.parent / "docs" / "reference" / "permissions.md"
HEAD = """# Who may do what

Written by `python3 dev.py docs` from the policy table `src/yuanshou_ops/people/policy_table.py`. What is not here is denied.

**all**: rows of every organisation; **own**: rows of the person's organisation. A grant that names a place ends at that
place. The rights of {factor} count only with a second factor. A visitor sees the public pages, the receiver's page with
its code, and nothing else. The scope of a token for an action is `slice:read` where the action only reads, else
`slice:write`. `tests/ops/test_matrix.py` asks every page and every operation of the API as every role and compares.
"""


def permissions_reference() -> str:
    """The page's text: a table a slice, a row an action, a column a role, and the four-eyes rules."""
    roles = list(dict.fromkeys(role for rule in POLICY.values() for role in rule))
    parts = [HEAD.format(factor=" and ".join(sorted(SECOND_FACTOR_ROLES)))]
    for name, actions in groupby(sorted(POLICY), key=lambda action: action.split(".")[0]):
        parts.append(f"## {name}\n\n{_table(list(actions), roles)}")
    rows = "\n".join(f"| `{action}` | {whom} |" for action, whom in sorted(FOUR_EYES.items()))
    parts.append(f"## Four eyes\n\n| action | a second person, never |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def _table(actions: list[str], roles: list[str]) -> str:
    used = [role for role in roles if any(role in POLICY[action] for action in actions)]
    words = {Reach.ALL: "all", Reach.OWN: "own", None: ""}
    lines = [f"| action | {' | '.join(role.replace('_', ' ') for role in used)} |", "|---" * (len(used) + 1) + "|"]
    for action in actions:
        mark = " (reads)" if action.split(".")[1] in READING else ""
        cells = " | ".join(words[POLICY[action].get(role)] for role in used)
        lines.append(f"| `{action}`{mark} | {cells} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if sys.argv[1:] == ["--print"]:
        sys.stdout.write(permissions_reference())
    else:
        TARGET.write_text(permissions_reference(), encoding="utf-8")
        print(f"wrote {TARGET.name}: {len(POLICY)} actions")
