"""`yuanshou intake`: a damaged news page becomes repaired text and proposed facts."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from yuanshou.sources.page import Page


_LINES_AT_ONCE = 500


@click.command(epilog="Example: yuanshou intake page.html --json > page.json; pbpaste | yuanshou intake -")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="Print everything found as JSON.")
@click.option("--show-repairs", is_flag=True, help="List every repair: step, what stood there, what stands there now.")
@click.option(
    "--report-date", type=click.DateTime(["%Y-%m-%d"]), help="The day of the report, where the page carries none."
)
@click.option(
    "--script",
    type=click.Choice(["auto", "simplified", "as-found"]),
    default="auto",
    show_default=True,
    help="Chinese script of the result; auto turns a mirror's traditional text back.",
)
@click.option(
    "--lexicons",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="A folder of YAML files that extend names, items, cues and rules.",
)
def command(
    file: Path, as_json: bool, show_repairs: bool, report_date: datetime | None, script: str, lexicons: Path | None
) -> None:
    """Read a news page or press release: text or HTML, any encoding; FILE may be - for standard input.

    Repairs the text step by step, finds article and headlines, and proposes facts with the words they came
    from. Nothing is stored: a person confirms facts in the application.
    """
    from yuanshou.sources.page import MAX_BYTES, read_page, read_page_file

    day = report_date.date() if report_date else None
    if str(file) == "-":
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
        page = read_page(data, report_date=day, script=script, lexicons=lexicons, where="standard input")
    else:
        page = read_page_file(file, report_date=day, script=script, lexicons=lexicons)
    if as_json:
        click.echo(json.dumps(page.as_json(), ensure_ascii=False, indent=1))
        return
    console = Console(highlight=False, soft_wrap=True)
    _print_page(page, console)
    if show_repairs:
        _print_repairs(page, console)
    _print_facts(page, console)


def _print_page(page: Page, console: Console) -> None:
    """Title, dates and the repaired article, with what was repaired or stayed unknown marked."""
    console.print(f"[bold]{escape(page.title or 'No title found')}[/]")
    facts = [
        ("original title", page.original_title),
        ("updated", page.updated_at.isoformat(sep=" ") if page.updated_at else None),
        ("editor", page.editor),
        ("credits", "; ".join(f"{one.role} {'、'.join(one.names)}" for one in page.credits)),
        ("encoding", page.encoding),
    ]
    for name, value in facts:
        if value:
            console.print(f"[dim]{name}:[/] {escape(value)}")
    marks = sorted(
        (one.start, one.end, one.certainty) for one in page.repairs if one.step in ("shift", "mojibake", "bytes")
    )
    _print_lines(["\n" + _marked(span.text, span.start, marks) for span in page.body], console)
    for heading, lines in _lists(page).items():
        if lines:
            _print_lines([f"\n[bold]{heading}[/] ({len(lines)})", *("  " + escape(line) for line in lines)], console)
    steps = {step.name: 0 for step in page.steps}
    for step in page.steps:
        steps[step.name] += len(step.edits)
    console.print(
        "\n[dim]repairs: " + (", ".join(f"{name} {count}" for name, count in steps.items()) or "none") + "[/]"
    )


def _print_lines(lines: list[str], console: Console) -> None:
    """Print many lines at once: one call for each would take minutes for a page of 500,000."""
    for first in range(0, len(lines), _LINES_AT_ONCE):
        console.print("\n".join(lines[first : first + _LINES_AT_ONCE]))


def _lists(page: Page) -> dict[str, list[str]]:
    """The lists around the article as lines."""
    return {
        "Headlines": [
            (f"{one.published_at:%Y-%m-%d %H:%M}  " if one.published_at else "")
            + one.span.text
            + (f"  ({one.topic})" if one.topic else "")
            for one in page.headlines
        ],
        "Related": [
            one.span.text + (f"  ({one.comments} comments)" if one.comments is not None else "") for one in page.related
        ],
        "Most read": [one.text for one in page.hot],
    }


def _marked(text: str, start: int, marks: list[tuple[int, int, str]]) -> str:
    parts, done = [], 0
    for left, right, certainty in marks:
        left, right = max(0, left - start), min(len(text), right - start)
        if left < done or right <= left:
            continue
        colour = {"certain": "green", "likely": "yellow"}.get(certainty, "red")
        parts += [escape(text[done:left]), f"[{colour} underline]{escape(text[left:right])}[/]"]
        done = right
    return "".join([*parts, escape(text[done:])])


def _print_repairs(page: Page, console: Console) -> None:
    table = Table("step", "place", "before", "after", "certainty", "note", title="Repairs", title_justify="left")
    for one in page.repairs:
        table.add_row(one.step, str(one.start), escape(one.before), escape(one.after), one.certainty, escape(one.note))
    console.print(table)


def _print_facts(page: Page, console: Console) -> None:
    if not page.facts:
        console.print("\nNo facts proposed.")
        return
    console.print(f"\n[bold]Proposed facts[/] ({len(page.facts)}); none is confirmed")
    for one in page.facts:
        who = f"{one.giver or '?'} → {one.receiver or '?'}" if one.giver or one.receiver else ""
        if one.place not in (None, one.giver, one.receiver):
            who = f"{one.place}: {who}" if who else str(one.place)
        more = {"more_than": "> ", "less_than": "< ", "about": "≈ "}.get(str(one.details.get("qualifier")), "")
        amount = f"{more}{one.quantity:,.10g} {one.unit or ''}".strip() if one.quantity is not None else ""
        day = one.date.isoformat() if isinstance(one.date, date) else ""
        parts = [f"[bold]{one.kind}[/]", escape(who), one.item or "", amount, one.status or "", day]
        console.print("  " + "  ".join(filter(None, parts)) + f"  [dim]{one.confidence:.0%} {one.rule}[/]")
        console.print(f"    [dim]“{escape(one.quote)}”[/]")
