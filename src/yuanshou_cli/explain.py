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
    from yuanshou.allocation.record import read_record
    from yuanshou.allocation.whatif import cell_index, try_changes
    from yuanshou.places import find_place
    from yuanshou.plan import read_plan

    document = read_plan(plan / "plan.json" if plan.is_dir() else plan)
    network, dispatches, prices = read_record(document["certificate"])
    code = place if place in network.recipients else find_place(place) or place
    cell = cell_index(network, place=code, item=item)
    table = explain_network(network, prices, dispatches, language=language)
    row = table[(table["recipient"] == code) & (table["item"] == item)].iloc[0]
    console = Console()
    console.print(f"[bold]{code}, {item}[/bold]\n{row['sentence']}", highlight=False)
    if np.isfinite(row["price"]) and row["next_value"] > 0:
        console.print(
            f"Value of the next unit {row['next_value']:,.4g}; cheapest delivered price {row['price']:,.4g} "
            "(priority-weighted US$); largest part of the price: "
            f"{row['limit']}{' at ' + row['source'] if row['source'] else ''}.",
            highlight=False,
        )
    if no_changes:
        return
    changes = try_changes(network, dispatches, prices, cell)
    if not changes:
        console.print("None of the changes tried (more at a source, more room on a lane) would serve more here.")
        return
    shown = Table(title="What would change it (tried by solving again from this plan)", title_justify="left")
    for heading in ("Change", "Served now", "Served then", "Worth", "Prices promised"):
        shown.add_column(heading, justify="left" if heading == "Change" else "right")
    for change in changes[:6]:
        shown.add_row(
            change.what,
            f"{change.served_before:,.0f}",
            f"{change.served_after:,.0f}",
            f"{change.gain:,.4g}",
            f"{change.predicted:,.4g}{' *' if change.degenerate else ''}",
        )
    console.print(shown)
    if any(change.degenerate for change in changes[:6]):
        console.print("* much less came true than the prices promised: the plan is degenerate here; trust the trial.")
