"""`yuanshou explain`: why a place got what it got, and what would change it, tried before it is stated."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table


@click.command(epilog="Example: yuanshou explain plan/plan.json --place ITA --item respirator_n95")
@click.argument("plan", type=click.Path(exists=True, path_type=Path))
@click.option("--place", required=True, help="Place code or name as in the plan, such as ITA or Italy.")
@click.option("--item", required=True, help="Item code, such as respirator_n95.")
@click.option("--language", type=click.Choice(["en", "fr", "es", "ru", "zh", "ar"]), default="en", show_default=True,
              help="Language of the sentence.")  # fmt: skip
@click.option("--no-changes", is_flag=True, help="Only say why; do not try what would change it.")
def command(plan: Path, place: str, item: str, language: str, no_changes: bool) -> None:
    """Say why PLACE got what it got of ITEM, with the deciding numbers, and what would change it.

    PLAN is a plan.json, or the folder that holds it. Every change that is named was tried: the plan was solved again
    with it, and the numbers are what came out.
    """
    import numpy as np

    from yuanshou.allocation.explain import explain_network
    from yuanshou.allocation.messages import TRIALS
    from yuanshou.allocation.record import read_record
    from yuanshou.allocation.whatif import cell_index, try_changes
    from yuanshou.places import find_place
    from yuanshou.plan import read_plan

    document = read_plan(plan / "plan.json" if plan.is_dir() else plan)
    network, dispatches, prices = read_record(document["certificate"])
    code = place if place in network.recipients else find_place(place) or place
    cell = cell_index(network, place=code, item=item)
    policy = str(document["certificate"]["policy"])
    table = explain_network(network, prices, dispatches, language=language, policy=policy)
    row = table[(table["recipient"] == code) & (table["item"] == item)].iloc[0]
    words, console = TRIALS[language], Console()
    console.print(f"[bold]{code}, {item}[/bold]\n{row['sentence']}", highlight=False)
    if np.isfinite(row["price"]) and row["next_value"] > 0:
        value, price = f"{row['next_value']:,.4g}", f"{row['price']:,.4g}"
        console.print(words["price"].format(value=value, price=price), highlight=False)
    if no_changes or row["reason"] == "met":
        return
    changes = try_changes(network, dispatches, prices, cell)
    if not changes:
        console.print(words["none"])
        return
    shown = Table(title=words["title"], title_justify="left")
    for heading in ("change", "now", "then", "worth", "promised"):
        shown.add_column(words[heading], justify="left" if heading == "change" else "right")
    for change in changes[:6]:
        shown.add_row(
            words[change.kind].format(**change.words),
            f"{change.served_before:,.0f}",
            f"{change.served_after:,.0f}",
            f"{change.gain:,.4g}",
            f"{change.predicted:,.4g}{' *' if change.degenerate else ''}",
        )
    console.print(shown)
    if any(change.degenerate for change in changes[:6]):
        console.print(words["degenerate"])
