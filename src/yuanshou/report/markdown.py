"""The plan as Markdown, for a message, a situation report or a page under version control."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from yuanshou import __version__, formats
from yuanshou.report import words
from yuanshou.report.digest import Digest, row_dicts

WORST_OFF, SHORTAGES = 10, 10


def plan_markdown(digest: Digest) -> str:
    """Headlines, the worst off with their reasons, shortages, checks and limits."""
    plan = digest.plan
    parts = [
        f"# {words.title(digest)}",
        f"{words.horizon(digest)}. Rule: {words.policy_words(digest)}; {words.optimality(digest)}. "
        f"{words.verdict(digest)[1]}. Fingerprint `{plan.fingerprint[:16]}`.",
        "\n".join(f"- {line}" for line in words.in_short(digest)),
        "## The least covered, and why",
        *_worst(digest),
        "## Largest shortages",
        _shortages(digest),
        "## Does it add up?",
        _checks(digest),
        "## What this is not",
        "\n".join(f"- {line}" for line in words.WHAT_THIS_IS_NOT),
        f"Made by Yuanshou {__version__}. Full tables: plan.xlsx; map and charts: plan.html.",
    ]
    return "\n\n".join(parts) + "\n"


def _worst(digest: Digest) -> Iterable[str]:
    for record in row_dicts(digest.ranked.head(WORST_OFF).rename_axis("place").reset_index()):
        got, need = formats.usd(record["goods_usd"]), formats.usd(record["need_usd"])
        head = f"**{_plain(record['name'])}**: coverage {formats.share(record['coverage'])}, gets {got} of goods"
        lines = [f"{head} against {need} of need."]
        lines += [f"- {digest.item_name(item)}: {_plain(said)}" for item, said in digest.reasons(record["place"])]
        yield "\n".join([lines[0], "", *lines[1:]])


def _shortages(digest: Digest) -> str:
    rows = [
        [_plain(r["name"]), words.quantity(r["need"], r["unit"]), formats.compact(r["offered"]),
         words.quantity(r["unmet"], r["unit"]), formats.usd(r["unmet_usd"]), formats.share(r["coverage"])]
        for r in row_dicts(digest.shortages.head(SHORTAGES))
    ]  # fmt: skip
    return _table(["item", "need", "on offer", "unmet", "unmet, US$", "coverage"], rows)


def _checks(digest: Digest) -> str:
    rows = [[str(r["check"]), f"{r['passed']} of {r['items']} passed"] for r in row_dicts(digest.checks_summary)]
    return _table(["check", "result"], [*rows, ["audit of every rule", f"{len(digest.plan.findings)} findings"]])


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _plain(text: object) -> str:
    """Text whose marks stay text: what comes from outside must not become a table cell, a link or HTML."""
    said = str(text).replace("\\", "\\\\").replace("\n", " ")
    for mark in "|<>[]*_`":
        said = said.replace(mark, f"\\{mark}")
    return said
