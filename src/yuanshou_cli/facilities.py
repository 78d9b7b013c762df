"""`yuanshou facilities`: a plan for up to hundreds of thousands of places, from Parquet or CSV tables."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

SHOWN_REGIONS = 12


@click.command(
    epilog="Example: yuanshou facilities --example country/ --places 2000 && "
    "yuanshou facilities country/ --out facility-plan/"
)
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--example", type=click.Path(file_okay=False, path_type=Path),
              help="Write a made-up country as tables into this folder, and stop.")  # fmt: skip
@click.option("--places", type=click.IntRange(1, 1_000_000), default=2000, show_default=True, help="Places of it.")
@click.option("--items", type=click.IntRange(1, 500), default=30, show_default=True, help="Items of it.")
@click.option("--weeks", type=click.IntRange(1, 12), default=1, show_default=True, help="Weeks of it.")
@click.option("--national", is_flag=True, help="With one store more that serves all regions of it.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of its figures.")
@click.option("--alpha", type=click.FloatRange(0, 50), default=2.0, show_default=True,
              help="Inequality aversion: 0 cares for totals only, large values for the worst served.")  # fmt: skip
@click.option("--equity-floor", type=click.FloatRange(0, 1), default=0.0, show_default=True,
              help="Least share of need each place is to get first.")  # fmt: skip
@click.option("--gap", type=click.FloatRange(1e-6, 0.5), default=5e-4, show_default=True,
              help="Proven gap, as a share, at which the search stops.")  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes of this machine.")
@click.option("--scheduler", help="Address of a Dask scheduler, e.g. tcp://10.0.0.5:8786, in place of --workers.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("facility-plan"),
              show_default=True, help="Folder for plan.parquet, regions.parquet and summary.json.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print the paths only.")
def command(
    folder: Path | None, example: Path | None, places: int, items: int, weeks: int, national: bool, seed: int,
    alpha: float, equity_floor: float, gap: float, workers: int, scheduler: str | None, out: Path, quiet: bool,
) -> None:  # fmt: skip
    """Share supply among the places of FOLDER: tables places, needs, supply and lanes, as Parquet or CSV.

    Places stand in a hierarchy of regions; the results are summed at every level of it.
    """
    if example is not None:
        from yuanshou.facilities.example import write_example

        rows = write_example(example, places=places, items=items, weeks=weeks, seed=seed, national=national)
        click.echo("\n".join(f"{example / name}.parquet  {count:,} rows" for name, count in sorted(rows.items())))
        return
    if folder is None:
        raise click.UsageError("give the folder of your tables, or --example DIR to write a set to begin from")
    from yuanshou.allocation.policy import AllocationPolicy
    from yuanshou.facilities.planning import plan_facilities
    from yuanshou.facilities.tables import read_facilities

    policy = AllocationPolicy(alpha=alpha, equity_floor=equity_floor)
    console = Console(stderr=True)
    began = time.perf_counter()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task(f"reading {folder.name}", total=None)
        tables = read_facilities(folder)
        bar.update(task, description="planning")
        summary = plan_facilities(
            tables, out, policy=policy, gap=gap, workers=workers, scheduler=scheduler,
            progress=lambda done, total, what: bar.update(task, completed=done, total=total, description=what),
        )  # fmt: skip
    if not quiet:
        wall = time.perf_counter() - began
        Console().print(regions_screen(out), summary_line(summary, wall), sep="\n")
    for name in ("plan.parquet", "regions.parquet", "summary.json"):
        click.echo(str(out / name))


def regions_screen(out: Path) -> Table:
    """The widest regions, the least covered first."""
    import pandas as pd

    rows = pd.read_parquet(out / "regions.parquet", filters=[("level", "==", 1), ("item", "==", "")])
    table = Table(title="Coverage by value, the least covered regions first", title_justify="left")
    for heading in ("region", "places", "coverage", "worst place", "its coverage"):
        table.add_column(heading, justify="left" if heading in ("region", "worst place") else "right")
    shown = rows.sort_values("coverage").head(SHOWN_REGIONS)
    for region, places, coverage, worst, its in zip(
        shown["region"], shown["places"], shown["coverage"], shown["worst_place"], shown["worst_coverage"], strict=True
    ):
        table.add_row(str(region), f"{places:,}", _percent(coverage), str(worst), _percent(its))
    return table


def summary_line(summary: dict[str, Any], wall_s: float) -> str:
    """What was planned, how good it provably is, and what it took."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    peak = max(own.ru_maxrss, children.ru_maxrss) / 2**20
    lost = summary["places_without_lane"]
    return (
        f"{summary['places']:,} places, {summary['items']} items, {summary['weeks']} weeks in {summary['parts']} parts: "
        f"{summary['dispatches']:,} dispatches, {summary['units_sent']:,} of {summary['units_offered']:,} units sent, "
        f"{summary['need_met_by_value']:.1%} of need met by value.\n"
        f"No plan can be better by more than {summary['gap']:.3%}. "
        + (f"{lost:,} places have no lane and get nothing. " if lost else "")
        + f"{wall_s:.1f} s, {cpu:.1f} s of CPU, largest process {peak:.2f} GB."
    )


def _percent(share: float) -> str:
    return "–" if share != share else f"{share:.1%}"
