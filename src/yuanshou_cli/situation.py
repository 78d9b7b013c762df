"""`yuanshou situation`: what is going on, on one screen and as files."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from yuanshou.errors import InputError, SettingError
from yuanshou_cli.options import DateOption, counts_options, load_counts, stages

COMPARE_DAYS = 7
VINTAGES = 21


@click.command(
    epilog="Examples: yuanshou situation --as-of 2020-03-25 --out situation/ · "
    "yuanshou situation --as-of 2020-03-25 --counts mine.xlsx --column place=Pays --column date=Jour "
    "--column cases_cumulative=Total"
)
@counts_options
@click.option(
    "--compare-to",
    type=DateOption(),
    help="Say what changed since this day; a week before when not given and known.",
)
@click.option(
    "--serial-interval",
    metavar="MEAN,SD",
    help="Serial interval of another disease, in days, for example 15.3,9.3; COVID-19 when not given.",
)
@click.option("--place", "places", multiple=True, help="Show this place with every figure (code or name; repeat).")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for situation.csv, .xlsx, .json, high_risk.csv, changes.csv, adjustments.csv, notes.csv.",
)
@click.option(
    "--nowcast",
    "nowcast_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write new counts a day, as reported and adjusted for backlogs, weekdays and late reports, to this CSV.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON instead of a screen.")
@click.option("--quiet", is_flag=True, help="No progress line.")
def command(
    as_of: date, counts: Path | None, deaths: Path | None, layout: str | None, columns: tuple[str, ...],
    compare_to: date | None, serial_interval: str | None, places: tuple[str, ...], out: Path | None, nowcast_file: Path | None,
    as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """What is going on: counts, growth, reproduction number, high-risk list, what changed.

    Growth and the reproduction number are by day of report: they tell of infections a week or two earlier.
    """
    from yuanshou.situation.assess import assess
    from yuanshou_cli.situation_files import situation_record, write_files
    from yuanshou_cli.situation_screen import place_screen, summary

    with stages(Console(stderr=True), quiet=quiet or as_json) as progress:
        series = load_counts(as_of, counts, deaths, layout, columns)
        chosen = find_places(places, series.places)
        progress("assessing")
        earlier = earlier_counts(series, compare_to, own=counts is not None)
        situation = assess(series, compare_to=earlier, serial_interval=parse_interval(serial_interval))
        notes = (*series.notes, *situation.notes)
        written = write_files(situation, notes, out) if out else []
        if nowcast_file is not None:
            progress("nowcast")
            written.append(write_nowcast(series, nowcast_file, own=counts is not None))
    if as_json:
        click.echo(json.dumps(situation_record(situation, notes, chosen), ensure_ascii=False, allow_nan=False))
    else:
        console = Console()
        console.print(place_screen(situation, notes, chosen) if chosen else summary(situation, notes, saved=bool(out)))
    for path in written:
        click.echo(str(path), err=as_json)


def parse_interval(text: str | None) -> Any:
    """MEAN,SD in days as a serial interval; that of COVID-19 where none is given."""
    from yuanshou.situation.transmission import COVID_19, SerialInterval, discretised_serial_interval

    if text is None:
        return COVID_19
    try:
        mean, sd = (float(part) for part in text.split(","))
    except ValueError:
        raise SettingError(
            f"--serial-interval {text!r}", "two numbers of days, MEAN,SD", "write for example 15.3,9.3"
        ) from None
    interval = SerialInterval(mean, sd, "given on the command line")
    discretised_serial_interval(interval, days=2)  # refuses what no serial interval can be, before any work
    return interval


def earlier_counts(series: Any, day: date | None, *, own: bool) -> Any:
    """The counts to compare with: shipped ones as known on that day; of a person's own file, its days up to then."""
    from yuanshou.sources.surveillance import shipped_surveillance

    wanted = day or series.as_of - timedelta(days=COMPARE_DAYS)
    if wanted >= series.as_of:
        raise InputError(f"--compare-to {wanted}", f"a day before {series.as_of}", "choose an earlier day")
    try:
        return series.until(wanted) if own else shipped_surveillance(wanted)
    except InputError:
        if day is not None:
            raise
        return None


def write_nowcast(series: Any, path: Path, *, own: bool) -> Path:
    """Nowcast of cases and deaths as CSV; late reports are learnt from the shipped vintages of the three weeks before."""
    import pandas as pd

    from yuanshou.reference import vintage_dates
    from yuanshou.situation.nowcast import nowcast
    from yuanshou.sources.surveillance import shipped_surveillance

    days = [] if own else [d for d in vintage_dates() if d <= series.as_of][-VINTAGES:]
    vintages = [shipped_surveillance(day) for day in days]
    frames = [
        nowcast(series, vintages=vintages, target=target).to_frame().assign(target=target)
        for target in ("cases", "deaths")
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.concat(frames).to_csv(path, index=False, float_format="%.6g", date_format="%Y-%m-%d")
    return path


def find_places(names: tuple[str, ...], known: tuple[str, ...]) -> list[str]:
    """The codes of the places asked for by code or name; one that has no counts is refused."""
    from yuanshou.places import find_place

    found = []
    for name in names:
        code = name if name in known else find_place(name)
        if code not in known:
            raise InputError(
                f"--place {name!r}" + (f" ({code}), which has no counts on that day" if code else ""),
                "a place that has counts",
                "write an ISO code such as ITA, or a name",
            )
        found.append(str(code))
    return found
