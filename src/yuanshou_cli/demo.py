"""`yuanshou demo`: the worked example, with nothing to prepare."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from yuanshou_cli.options import EXAMPLE_DAY


@click.command(epilog="Example: yuanshou demo --out demo-plan/")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo-plan"), show_default=True,
              help="Folder for plan.json, plan.xlsx and plan.html.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print the fingerprint and the paths only.")
def command(out: Path, quiet: bool) -> None:
    """The main job on real data: the world on 25 March 2020, from counts to an explained plan.

    Counts as they were known that day, supply from recorded exports and gifts, real airports and freight
    figures. What is an assumption is marked as one in the plan.
    """
    from yuanshou.needs.parameters import load_parameters
    from yuanshou.pipeline import PlanSettings
    from yuanshou_cli.options import load_counts
    from yuanshou_cli.plan import load_supply, run_plan

    as_of = date.fromisoformat(EXAMPLE_DAY)
    settings = PlanSettings(compare=("proportional", "per_head", "first_come"))
    series = load_counts(as_of, None, None, None, ())
    run_plan(series, load_supply(as_of), settings, load_parameters(), out=out, quiet=quiet)
