"""`yuanshou replay`: a past outbreak week by week, with only what was known, rule against rule."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from yuanshou_cli.options import DateOption

DEFAULT_RULES = (
    "default,expected,max_min,proportional_reported,proportional_forecast,per_head,first_come,random,perfect_foresight"
)


@click.command(
    epilog="Example: yuanshou replay --from 2020-03-01 --to 2020-06-30 --rules default,per_head,perfect_foresight "
    "--seeds 8 --workers 2 --out replay/"
)
@click.option("--from", "start", type=DateOption(), default="2020-03-01", show_default=True, help="First day.")
@click.option("--to", "end", type=DateOption(), default="2020-06-30", show_default=True, help="Last day.")
@click.option("--rules", default=DEFAULT_RULES, show_default=True,
              help="Rules by name, separated by commas; your own as FILE.py:FUNCTION.")  # fmt: skip
@click.option("--seeds", type=click.IntRange(1, 1000), default=8, show_default=True, help="Number of seeds.")
@click.option("--scenario", "scenarios", multiple=True, default=["none"], show_default=True,
              help="Shocks: none, curbs-march, curbs-april, recalls, late-flights, inflated, silent, "
              "hub-closed:NODE.")  # fmt: skip
@click.option("--horizon", type=click.IntRange(2, 12), default=6, show_default=True, help="Weeks a plan looks ahead.")
@click.option("--draws", type=click.IntRange(10, 1000), default=100, show_default=True, help="Draws of need a plan.")
@click.option("--method", default="auto", show_default=True, help="How each plan is solved: auto, exact or prices.")
@click.option("--forecaster", type=click.Choice(["default", "renewal", "baseline"]), default="default", show_default=True,
              help="How each Monday's forecast is made.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes of this machine.")
@click.option("--scheduler", help="Address of a Dask scheduler, e.g. tcp://10.0.0.5:8786, in place of --workers.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("replay"), show_default=True,
              help="Folder for runs, summary.json and replay.html; started again, it goes on from there.")  # fmt: skip
def command(
    start: date, end: date, rules: str, seeds: int, scenarios: tuple[str, ...], horizon: int, draws: int, method: str,
    forecaster: str, workers: int, scheduler: str | None, out: Path,
) -> None:  # fmt: skip
    """Run the whole chain through early 2020: each Monday a plan from that Monday's counts, then what truly came.

    Every rule meets the same need, supply, lanes and accidents; only its decisions differ.
    """
    from yuanshou.replay.fleet import jobs_of, read_runs, run_fleet, settings_of
    from yuanshou.replay.outcomes import summarise
    from yuanshou.replay.report import write_replay_report
    from yuanshou.replay.rules import find_rule
    from yuanshou.replay.shipped import shipped_world
    from yuanshou.replay.shocks import find_shocks

    names = [name.strip() for name in rules.split(",") if name.strip()]
    for name in names:
        find_rule(name)
    for scenario in scenarios:
        find_shocks(scenario)
    world = shipped_world(start, end, horizon=horizon, draws=draws, method=method, forecaster=forecaster)
    jobs = jobs_of(names, seeds=seeds, scenarios=scenarios)
    console = Console()
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                  console=console, transient=True) as bar:  # fmt: skip
        task = bar.add_task("starting", total=None)
        run_fleet(
            world, out, jobs, workers=workers, scheduler=scheduler,
            progress=lambda done, total, what: bar.update(task, completed=done, total=total, description=what),
        )  # fmt: skip
    results = summarise(read_runs(out, "outcome"))
    summary = {"rules": results, "settings": settings_of(world, jobs)}
    (out / "summary.json").write_text(json.dumps(summary, indent=1, default=str), encoding="utf-8")
    write_replay_report(out, world)
    console.print(summary_table(results))
    for name in ("replay.html", "summary.json"):
        click.echo(str(out / name))


def summary_table(rules: dict[str, dict[str, object]]) -> Table:
    """The rules side by side in per cent, the least unmet need first; the page has freight, waste, days and intervals."""
    table = Table(title="What each rule left unmet, %", title_justify="left", box=SIMPLE)
    columns = {
        "weighted_unmet_share": "unmet need", "regret": "regret", "regret_of_need": "regret of need", "worst_coverage": "worst place",
        "worst_tenth_coverage": "worst tenth", "median_coverage": "median place",
    }  # fmt: skip
    table.add_column("rule", no_wrap=True)
    for heading in columns.values():
        table.add_column(heading, justify="right")
    for name, entry in sorted(rules.items(), key=lambda pair: _number(pair[1]["weighted_unmet_share"])):
        table.add_row(name, *("–" if entry[key] is None else f"{100 * _number(entry[key]):.1f}" for key in columns))
    return table


def _number(value: object) -> float:
    return float("nan") if value is None else float(str(value))
