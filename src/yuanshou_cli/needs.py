"""`yuanshou needs`: what it takes, by item, place and week, as a table, XLSX, CSV or JSON."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from yuanshou_cli.options import counts_options, existing_file, load_counts, stages

ROWS_ON_SCREEN = 22


@click.command(epilog="Example: yuanshou needs --as-of 2020-03-25 --place ITA --place Iran --out needs-ita-irn/")
@counts_options
@click.option("--place", "places", multiple=True, help="Only this place: a code or a name. Repeat for more.")
@click.option("--item", "items", multiple=True, help="Only this item code. Repeat for more.")
@click.option(
    "--parameters", type=existing_file(), help="Your own numbers over the standard ones: CSV name,value or YAML."
)
@click.option("--show-parameters", is_flag=True, help="Print the parameter table and stop.")
@click.option("--weeks", type=click.IntRange(1, 12), default=12, show_default=True, help="Horizon in weeks.")
@click.option("--draws", type=click.IntRange(1, 5000), default=200, show_default=True, help="Draws of the chain.")
@click.option("--seed", type=int, default=20200325, show_default=True, help="Seed of every random draw.")
@click.option("--all", "show_all", is_flag=True, help="Print every item, not only the costliest.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON instead of a table.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for XLSX, CSV and JSON.")
def command(
    as_of: date, counts: Path | None, deaths: Path | None, layout: str | None, columns: tuple[str, ...],
    places: tuple[str, ...], items: tuple[str, ...], parameters: Path | None, show_parameters: bool,
    weeks: int, draws: int, seed: int, show_all: bool, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """What it takes: patients, staff and items by place and week, with their uncertainty.

    Need is gross and uncapped (what care would take if only the epidemic limited it); beside it stands what the
    beds, staff and laboratories there are could use. Every number of the chain is a parameter you can replace.
    """
    from yuanshou.catalogue import load_catalogue
    from yuanshou.needs.export import needs_json, write_needs
    from yuanshou.needs.parameters import load_parameters
    from yuanshou.needs.selection import chosen_places, select_items

    table = load_parameters(parameters)
    if show_parameters:
        click.echo(table.drop(columns=["note"]).to_csv(index=False).rstrip("\n"))
        return
    catalogue = load_catalogue()
    console = Console()
    with stages(console, quiet=as_json) as progress:
        needs = _compute(
            load_counts(as_of, counts, deaths, layout, columns), chosen_places(places), table,
            weeks=weeks, draws=draws, seed=seed, progress=progress,
        )  # fmt: skip
        needs = select_items(needs, items) if items else needs
        if out is not None:
            progress("writing")
            written = write_needs(needs, catalogue, out)
    if as_json:
        click.echo(needs_json(needs, catalogue))
    else:
        console.print(_summary(needs, catalogue, rows=None if show_all or items else ROWS_ON_SCREEN))
    if out is not None and not as_json:
        for path in written:
            click.echo(str(path))


def _compute(
    series: Any, places: tuple[str, ...], table: Any, *, weeks: int, draws: int, seed: int, progress: Any
) -> Any:
    from yuanshou.forecast.forecasters import forecast
    from yuanshou.needs.quantify import quantify
    from yuanshou.needs.selection import select_forecast

    progress("forecast")
    outlook = select_forecast(forecast(series, weeks=weeks, paths=draws, seed=seed), places)
    progress("needs")
    return quantify(outlook, series, parameters=table, draws=draws, seed=seed)


def _summary(needs: Any, catalogue: Any, *, rows: int | None) -> Group:
    from yuanshou.formats import compact, day, usd
    from yuanshou.needs.export import item_totals

    totals = item_totals(needs, catalogue).sort_values("usd_median", ascending=False)
    shown = totals if rows is None else totals.head(rows)
    where = needs.places[0] if len(needs.places) == 1 else f"{len(needs.places)} places"
    title = f"Needs for {needs.disease}, {where}, {len(needs.week_ends)} weeks to {day(needs.week_ends[-1])}"
    table = Table(
        title=f"{title}, as known on {day(needs.as_of)}", title_justify="left", box=SIMPLE_HEAD, pad_edge=False
    )
    table.add_column("item", no_wrap=True, overflow="ellipsis", max_width=30)
    table.add_column("unit", no_wrap=True)
    for column in ("median", "90 % range", "capped", "US$"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in shown.to_dict("records"):
        name = str(row["name"] if isinstance(row["name"], str) else row["item"])
        median, low, high, capped = (float(row[c]) for c in ("median", "q05", "q95", "capped_median"))
        spread = f"{compact(low)} – {compact(high)}"
        money = usd(float(row["usd_median"]))
        table.add_row(name, str(row["unit"]), compact(median), spread, compact(capped), money)
    lines = [_patients_line(needs), _caps_line(needs)]
    if rows is not None and len(totals) > rows:
        lines.append(f"{len(totals) - rows} more items: --all, or --out FOLDER.")
    if len(needs.left_out):
        lines.append("Left out: " + "; ".join(f"{r.item} ({r.reason})" for r in needs.left_out.itertuples()) + ".")
    kinds: dict[str, int] = {}
    for note in needs.notes:
        kinds[note.kind] = kinds.get(note.kind, 0) + 1
    if kinds:
        lines.append("Notes: " + ", ".join(f"{count} × {kind}" for kind, count in kinds.items()) + " (--out, --json).")
    return Group(table, *(Text(line) for line in lines if line))


def _patients_line(needs: Any) -> str:
    from yuanshou.formats import compact

    peak = needs.patients.groupby(["measure", "week_end"])["median"].sum().groupby("measure").max()
    words = {"beds_ward": "ward beds", "beds_icu": "intensive-care beds", "health_workers": "health workers"}
    parts = [f"{compact(peak[name])} {word}" for name, word in words.items() if name in peak.index]
    return f"In the busiest week (medians): {', '.join(parts)}." if parts else ""


def _caps_line(needs: Any) -> str:
    likely = needs.caps[needs.caps["binds_probability"] > 0.5]
    words = {"ward_beds": "ward beds", "icu_beds": "intensive-care beds", "staff": "staff", "tests": "tests"}
    counts = likely.groupby("capacity")["place"].nunique()
    parts = [f"{words[name]} in {counts[name]}" for name in words if name in counts.index]
    return f"More likely than not to limit care at some time: {', '.join(parts)} places." if parts else ""


__all__ = ["command"]
