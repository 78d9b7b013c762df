"""`yuanshou forecast`: weekly cases and deaths with uncertainty, on one screen and as hubverse files."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table

from yuanshou.errors import InputError, SettingError
from yuanshou.formats import compact
from yuanshou.periods import parse_date
from yuanshou_cli.options import counts_options, load_counts, stages

SHOWN_PLACES = 10
SHOWN_WEEKS = (1, 2, 3, 4, 8, 12)
SHOWN_SILENT = 12
CHARTED_PLACES = 4
STATE_WORDS = {"daily": "daily", "weekly": "weekly", "gap": "silent", "stopped": "stopped", "none": "not begun"}
FIVE, QUARTER, MEDIAN, THREE_QUARTERS, NINETY_FIVE = 2, 6, 11, 16, 20
"""Where 5, 25, 50, 75 and 95 % stand among the 23 levels."""


@click.command(epilog="Example: yuanshou forecast --as-of 2020-03-25 --place ITA --place Kenya --out forecast/")
@counts_options
@click.option("--weeks", type=click.IntRange(1, 26), default=12, show_default=True, help="Horizon in weeks.")
@click.option(
    "--method",
    type=click.Choice(["default", "renewal", "baseline"]),
    default="default",
    show_default=True,
    help="The forecaster; baseline is the hubs' persistence forecast.",
)
@click.option(
    "--measure",
    "measures",
    multiple=True,
    metavar="START:FACTOR[:PLACE]",
    help="Scenario: a measure from a day on multiplies transmission, e.g. 2020-04-01:0.6:ITA (repeat).",
)
@click.option("--place", "places", multiple=True, help="Show this place week by week (code or name; repeat).")
@click.option("--paths", type=click.IntRange(10, 2000), default=200, show_default=True, help="Sample paths.")
@click.option("--seed", type=int, default=20200325, show_default=True, help="Seed of every random draw.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for forecast.csv (hubverse quantiles), forecast.parquet (with sample paths), reasons.csv, "
    "reporting.csv.",
)
@click.option(
    "--chart",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the shown places' forecasts into this .svg file, or .html with the figures as tables.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the quantiles as JSON instead of a table.")
@click.option("--quiet", is_flag=True, help="No progress line.")
def command(
    as_of: date, counts: Path | None, deaths: Path | None, layout: str | None, columns: tuple[str, ...],
    weeks: int, method: str, measures: tuple[str, ...], places: tuple[str, ...], paths: int, seed: int,
    out: Path | None, chart: Path | None, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """What may come: new cases and deaths a week for every place, with uncertainty.

    Weeks end on Saturdays. The first one has usually begun: what was already reported for it is included.
    """
    from yuanshou.forecast.forecasters import forecast, reporting_now

    console = Console()
    with stages(Console(stderr=True), quiet=quiet or as_json) as progress:
        series = load_counts(as_of, counts, deaths, layout, columns)
        progress("forecasting")
        made = forecast(series, weeks=weeks, paths=paths, method=method, seed=seed, measures=read_measures(measures))
        chosen = find_places(places, made.places)
        states = reporting_now(series)
        written = write_files(made, states, out) if out else []
        if chart:
            written.append(draw(made, series, chosen or largest(made)[:CHARTED_PLACES], chart))
    if as_json:
        click.echo(json.dumps(as_record(made, states, chosen), allow_nan=False))
    else:
        for table in place_tables(made, chosen) if chosen else [largest_table(made)]:
            console.print(table)
        print_reporting(console, states, [made.places[i] for i in chosen])
        print_reasons(console, made, chosen)
        print_record(console, made)
    for path in written:
        click.echo(str(path), err=as_json)


def read_measures(texts: tuple[str, ...]) -> list[Any]:
    """START:FACTOR[:PLACE] as measures; anything else is refused."""
    from yuanshou.forecast.scenarios import Measure

    found = []
    for text in texts:
        start, _, rest = text.partition(":")
        factor, _, place = rest.partition(":")
        try:
            multiplier = float(factor)
        except ValueError:
            raise SettingError(f"--measure {text!r}", "START:FACTOR[:PLACE]", "2020-04-01:0.6:ITA") from None
        found.append(Measure(multiplier, parse_date(start, what="--measure"), place=place))
    return found


def find_places(names: tuple[str, ...], known: tuple[str, ...]) -> list[int]:
    """Positions of the places asked for by code or name; one that has no counts is refused."""
    from yuanshou.places import find_place

    found: list[int] = []
    for name in names:
        code = name if name in known else find_place(name)
        if code not in known:
            raise InputError(
                f"--place {name!r}" + (f" ({code}), which has no counts on that day" if code else ""),
                "a place that has counts", "write an ISO code such as ITA, or a name; see `yuanshou situation`",
            )  # fmt: skip
        found.append(known.index(code))
    return found


def write_files(made: Any, states: Any, folder: Path) -> list[Path]:
    """The forecast in hubverse format, with its reasons and the places' reporting states beside it."""
    from yuanshou.sources.hub import write_hubverse

    folder.mkdir(parents=True, exist_ok=True)
    made.reasons.to_csv(folder / "reasons.csv", index=False)
    states.to_csv(folder / "reporting.csv", index=False)
    return [
        write_hubverse(made, folder / "forecast.csv"),
        write_hubverse(made, folder / "forecast.parquet", samples=made.paths.shape[-1]),
        folder / "reasons.csv",
        folder / "reporting.csv",
    ]


def draw(made: Any, series: Any, places: Any, path: Path) -> Path:
    """The fans of the places as one file."""
    from yuanshou.forecast.drawings import forecast_charts, write_charts

    title = f"Forecast as known on {made.as_of} ({made.method}): median, 50 % and 90 % intervals"
    return write_charts(forecast_charts(made, series, places), path, title=title)


def largest(made: Any) -> Any:
    """Positions of the places, the one with the most cases to come first."""
    total = np.nan_to_num(made.quantiles[0, :, :, MEDIAN]).sum(axis=1)
    return np.argsort(-total, kind="stable")


def interval(values: Any, low: int, high: int) -> str:
    return f"{compact(values[low], figures=2)}–{compact(values[high], figures=2)}"


def largest_table(made: Any) -> Table:
    """New cases a week (median and 90 % interval) of the places with the most to come."""
    order = largest(made)[:SHOWN_PLACES]
    weeks = [w for w in SHOWN_WEEKS if w <= len(made.week_ends)]
    table = Table(title=f"New cases a week from {made.as_of}: median and 90 % interval ({made.method})", box=None)
    table.add_column("place")
    for number in weeks:
        table.add_column(f"to {str(made.week_ends[number - 1])[5:]}", justify="right")
    for i in order:
        row = [made.quantiles[0, i, w - 1] for w in weeks]
        table.add_row(made.places[i], *[f"{compact(q[MEDIAN])}\n[dim]{interval(q, FIVE, NINETY_FIVE)}[/]" for q in row])
    return table


def place_tables(made: Any, chosen: list[int]) -> list[Table]:
    """Cases and deaths of the chosen places, week by week: median, 50 % and 90 % intervals."""
    tables = []
    for i in chosen:
        table = Table(title=f"{made.places[i]}: new cases and deaths a week, as known on {made.as_of} ({made.method})",
                      box=None)  # fmt: skip
        table.add_column("week to")
        for name in ("cases", "deaths"):
            for head in (name, "50 %", "90 %"):
                table.add_column(head, justify="right")
        for step, end in enumerate(made.week_ends):
            cells = []
            for target in range(2):
                q = made.quantiles[target, i, step]
                cells += [compact(q[MEDIAN]), interval(q, QUARTER, THREE_QUARTERS), interval(q, FIVE, NINETY_FIVE)]
            table.add_row(str(end), *cells)
        tables.append(table)
    return tables


def print_reporting(console: Console, states: Any, chosen: list[str]) -> None:
    """Who has gone silent: every state of chosen places; otherwise the count of each and the longest silences."""
    if chosen:
        for row in states.set_index("place").loc[chosen].itertuples():
            last = f", last week with counts ended {row.last_count_week}" if row.last_count_week else ""
            weeks = f" for {row.weeks_silent} week{'s' if row.weeks_silent > 1 else ''}" if row.weeks_silent else ""
            style = "yellow" if row.state in ("gap", "stopped") else "dim"
            console.print(f"{row.Index} {row.target}: reporting is {STATE_WORDS[row.state]}{weeks}{last}.", style=style)
        return
    for target, rows in states.groupby("target"):
        counts = rows["state"].value_counts()
        line = ", ".join(f"{counts[s]} {STATE_WORDS[s]}" for s in STATE_WORDS if s in counts)
        console.print(f"Reporting of {target}: {line}.", style="dim")
    silent = states[states["state"].isin(["gap", "stopped"])].sort_values(
        ["weeks_silent", "place"], ascending=[False, True]
    )
    if len(silent):
        named = [f"{r.place} {r.target} {r.weeks_silent} w" for r in silent.head(SHOWN_SILENT).itertuples()]
        more = f" and {len(silent) - SHOWN_SILENT} more in reporting.csv of --out" if len(silent) > SHOWN_SILENT else ""
        console.print(f"Ask for counts, weeks of silence: {', '.join(named)}{more}.", style="yellow")


def print_reasons(console: Console, made: Any, chosen: list[int]) -> None:
    """Fallbacks and refusals: in full for chosen places, counted otherwise."""
    reasons = made.reasons
    if chosen:
        reasons = reasons[reasons["place"].isin([made.places[i] for i in chosen])]
        for row in reasons.itertuples():
            console.print(f"{row.place} {row.target}: {row.reason}", style="yellow")
    elif len(reasons):
        console.print(f"{reasons['place'].nunique()} of {len(made.places)} places have a note on how their forecast "
                      "was made; --out writes them to reasons.csv.", style="dim")  # fmt: skip


def print_record(console: Console, made: Any) -> None:
    """How the default method did where it could be checked; the other methods carry no record."""
    if made.method.startswith("default"):
        from yuanshou.forecast.record import later_sentence, record_sentence

        for target in ("cases", "deaths"):
            console.print(record_sentence(target), style="dim")
            if later := later_sentence(target, len(made.week_ends)):
                console.print(later, style="dim")


def as_record(made: Any, states: Any, chosen: list[int]) -> dict[str, Any]:
    """The forecast as plain values; null where none was made."""
    from yuanshou.forecast.forecasters import QUANTILE_LEVELS, TARGETS

    rows = chosen or range(len(made.places))
    values: Any = np.where(np.isfinite(made.quantiles), np.round(made.quantiles, 1), None)
    return {
        "as_of": made.as_of.isoformat(),
        "method": made.method,
        "seed": made.seed,
        "week_ends": [str(end) for end in made.week_ends],
        "levels": QUANTILE_LEVELS.tolist(),
        "quantiles": {
            made.places[i]: {target: values[t, i].tolist() for t, target in enumerate(TARGETS)} for i in rows
        },
        "reasons": made.reasons.to_dict("records"),
        "reporting": states[states["place"].isin([made.places[i] for i in rows])].to_dict("records"),
    }
