"""`yuanshou plan`: the whole chain, from counts to an explained plan in JSON, XLSX and HTML."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from yuanshou.errors import SettingError
from yuanshou_cli.options import counts_options, existing_file, load_counts, stages, uncertainty_options
from yuanshou_cli.terms import policy_of, tables_of, terms_options, with_last_plan

SHIPPED = "covid-19"
POLICIES = ("need", "max_min", "waterfill", "proportional", "per_head", "first_come", "two_phase", "priority")


@click.command(epilog="Example: yuanshou plan --as-of 2020-03-25 --out plan/ --compare per_head --compare proportional")
@counts_options
@click.option("--offers", type=existing_file(), help="Your own offers (CSV or XLSX) in place of the shipped ones.")
@click.option("--stock", type=existing_file(), help="What recipients already hold.")
@click.option("--nodes", type=existing_file(), help="Your own hubs and airports.")
@click.option("--routes", type=existing_file(), help="Your own lanes: lead time, cost, weekly capacity.")
@terms_options
@click.option("--disease", default=SHIPPED, show_default=True,
              help="A shipped disease pack, for your own counts: cholera, ebola-marburg, measles, mpox.")  # fmt: skip
@click.option("--parameters", type=existing_file(), help="Needs parameters that replace the standard ones, by name.")
@click.option("--policy", type=click.Choice(POLICIES), default="need", show_default=True, help="The sharing rule.")
@click.option("--equity-floor", type=click.FloatRange(0, 1), help="Least share of need each place is to get first.")
@click.option(
    "--compare",
    type=click.Choice(POLICIES),
    multiple=True,
    help="Other rules to show beside the plan; with --no-frontier.",
)
@click.option("--every-country/--listed-only", default=None,
              help="Whether countries the counts do not list are planned for as having no case yet. Without --counts: "
              "yes. With your own counts: no, because they may simply be outside your file.")  # fmt: skip
@click.option(
    "--method", default="auto", show_default=True, help="auto, exact, prices, or whole: proven best in whole packs."
)
@uncertainty_options
@click.option("--frontier/--no-frontier", default=True, show_default=True,
              help="Whether the fairness frontier and every rule are shown beside the plan.")  # fmt: skip
@click.option("--weeks", type=click.IntRange(1, 12), default=12, show_default=True, help="Horizon in weeks.")
@click.option("--draws", type=click.IntRange(10, 2000), default=200, show_default=True, help="Draws of need.")
@click.option("--seed", type=int, default=20200325, show_default=True, help="Seed of every random draw.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("plan"), show_default=True,
              help="Folder for plan.json, plan.xlsx and plan.html.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="Print the fingerprint and the paths only.")
def command(
    as_of: date, counts: Path | None, deaths: Path | None, layout: str | None, columns: tuple[str, ...],
    offers: Path | None, stock: Path | None, nodes: Path | None, routes: Path | None, disease: str, parameters: Path | None,
    policy: str, equity_floor: float | None, compare: tuple[str, ...], every_country: bool | None, method: str,
    uncertainty: str, scenario_paths: int, risk_aversion: float, keep_at_hub: bool, frontier: bool,
    weeks: int, draws: int, seed: int, out: Path, quiet: bool, **terms: Any,
) -> None:  # fmt: skip
    """What to send where, when and why: counts → situation → forecast → needs → allocation.

    Without files it plans the shipped example: the world as it was known on the given day of early 2020.
    """
    from yuanshou.allocation.policy import AllocationPolicy
    from yuanshou.allocation.scenarios import Uncertainty
    from yuanshou.needs.parameters import load_parameters
    from yuanshou.pipeline import PlanSettings

    if disease != SHIPPED and counts is None:
        raise SettingError(
            f"--disease {disease} without counts", "your own counts of that outbreak (the shipped ones are of COVID-19)",
            "give --counts FILE",
        )  # fmt: skip
    series = load_counts(as_of, counts, deaths, layout, columns)
    supply = load_supply(as_of, offers=offers, stock=stock, nodes=nodes, routes=routes, **tables_of(terms))
    supply = with_last_plan(supply, terms["last_plan"])
    chosen = policy_of(terms) | ({} if equity_floor is None else {"equity_floor": equity_floor})
    settings = PlanSettings(
        weeks=weeks, draws=draws, paths=draws, seed=seed, method=method, compare=compare,
        policy=AllocationPolicy(name=policy, **chosen), frontier=frontier,
        uncertainty=Uncertainty(mode=uncertainty, paths=scenario_paths, risk_aversion=risk_aversion, wait=keep_at_hub),
        every_country=counts is None if every_country is None else every_country, disease=disease,
    )  # fmt: skip
    run_plan(series, supply, settings, load_parameters(parameters, disease=disease), out=out, quiet=quiet)


def load_supply(as_of: date, **files: Path | None) -> Any:
    """The shipped supply of that day, each table replaced by the user's own file where one is given."""
    from yuanshou.sources.supply import read_supply, world_supply

    given: dict[str, Any] = {name: path for name, path in files.items() if path is not None}
    shipped = None if {"offers", "routes"} <= given.keys() else world_supply(as_of)
    return read_supply(**given, base=shipped) if given else shipped


def run_plan(series: Any, supply: Any, settings: Any, parameters: Any, *, out: Path, quiet: bool) -> None:
    """Make the plan, write its three files and print what a duty officer needs to see."""
    from yuanshou.pipeline import make_plan
    from yuanshou.plan import write_plan
    from yuanshou.report import summary, write_report

    console = Console()
    with stages(console, quiet=quiet) as progress:
        plan = make_plan(series, supply, settings=settings, parameters=parameters, progress=progress)
        progress("writing the report")
        out.mkdir(parents=True, exist_ok=True)
        write_plan(plan, out / "plan.json")
        write_report(plan, out)
    if quiet:
        click.echo(f"fingerprint {plan.fingerprint}")
    else:
        console.print(summary(plan))
    for name in ("plan.html", "plan.xlsx", "plan.json"):
        click.echo(str(out / name))
    if plan.findings:
        click.echo(f"The audit found {len(plan.findings)} faults; see plan.json.", err=True)
        raise click.exceptions.Exit(5)
