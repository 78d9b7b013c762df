"""`yuanshou score`: how good was a forecast, or the method, against what came."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from yuanshou.errors import SettingError
from yuanshou_cli.options import DateOption, counts_options, existing_file, load_counts, stages

GROUPS = ("target", "horizon", "place", "month", "as_of")
SHOWN = {
    "targets": ("n", "{:,.0f}"), "wis": ("WIS", "{:,.1f}"), "wis_log": ("WIS log", "{:.3f}"),
    "crps": ("CRPS", "{:,.1f}"), "absolute_error": ("abs err", "{:,.1f}"), "coverage_50": ("in 50%", "{:.0%}"), "coverage_95": ("in 95%", "{:.0%}"),
    "bias": ("bias", "{:+.2f}"), "pit": ("PIT", "{}"), "wis_ratio": ("ratio", "{:.3f}"), "wis_log_ratio": ("ratio log", "{:.3f}"),
}  # fmt: skip
"""Columns of the summary as they are shown: a short head and the digits that can be read."""


@click.command(epilog="Example: yuanshou score forecast/forecast.csv --as-of 2020-04-30 --by target --by horizon")
@click.argument("file", required=False, type=existing_file())
@counts_options
@click.option("--reference", type=existing_file(), help="Another forecast of the same places and weeks, for ratios.")
@click.option(
    "--by",
    "groups",
    type=click.Choice(GROUPS),
    multiple=True,
    default=("target", "horizon"),
    show_default=True,
    help="How to group the scores (repeat).",
)
@click.option(
    "--backtest",
    "run_backtest",
    is_flag=True,
    help="Score the method itself on the shipped Mondays, beside the hubs' persistence baseline.",
)
@click.option("--method", default="default", show_default=True, help="The method of --backtest.")
@click.option("--first", type=DateOption(), default="2020-03-02", show_default=True, help="First date of --backtest.")
@click.option("--last", type=DateOption(), default="2020-06-01", show_default=True, help="Last date of --backtest.")
@click.option("--weeks", type=click.IntRange(1, 12), default=4, show_default=True, help="Horizon of --backtest.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Every scored target as a CSV file.")
@click.option(
    "--chart",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw coverage by level, error over time and PIT into this .svg file, or .html with their tables.",
)
@click.option("--write-record", is_flag=True, hidden=True, help="Replace the record that ships with the package.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
@click.option("--quiet", is_flag=True, help="No progress line.")
def command(
    file: Path | None, as_of: date, counts: Path | None, deaths: Path | None, layout: str | None,
    columns: tuple[str, ...], reference: Path | None, groups: tuple[str, ...], run_backtest: bool, method: str,
    first: date, last: date, weeks: int, out: Path | None, chart: Path | None, write_record: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """How good was it: interval score, CRPS, coverage, bias and PIT, by horizon, place or month.

    FILE is a forecast in hubverse format, scored against the counts known on --as-of. With --backtest the
    method itself is scored on one date after another, each from what was known then. Ratios are to the
    reference forecast: below 1 is better. PIT: share of observations in each fifth of the forecast, from the
    lowest; five bars of one height are ideal.
    """
    from yuanshou.forecast.evaluation import summarise

    if (file is None) != run_backtest:
        raise SettingError("no forecast file, or one together with --backtest", "one of the two", "see the example")
    console = Console()
    with stages(Console(stderr=True), quiet=quiet or as_json) as progress:
        if file is None:
            scores = backtest_shipped(first, last, weeks, method, progress)
        else:
            scores = score_file(file, reference, load_counts(as_of, counts, deaths, layout, columns))
    if write_record:
        from yuanshou.forecast.record import RECORD_FILE, make_record

        make_record(scores).to_csv(RECORD_FILE, index=False)
    if out:
        scores.to_csv(out, index=False)
    if chart:
        from yuanshou.forecast.drawings import score_charts, write_charts

        what = f"Scores of {file.name}" if file else f"Backtest of {method}, {first} to {last}"
        click.echo(str(write_charts(score_charts(scores), chart, title=what)), err=True)
    table = summarise(scores, by=groups)
    if as_json:
        click.echo(table.reset_index().to_json(orient="records"))
    else:
        console.print(as_table(table.reset_index(), groups))


def score_file(file: Path, reference: Path | None, truth: Any) -> Any:
    """Every target of a forecast file, scored."""
    from yuanshou.forecast.backtest import score_forecast
    from yuanshou.sources.hub import read_hubverse

    other = read_hubverse(reference) if reference else None
    return score_forecast(read_hubverse(file), truth, reference=other)


def backtest_shipped(first: date, last: date, weeks: int, method: str, progress: Any) -> Any:
    """Scores on the Mondays from `first` to `last`, against the last shipped vintage."""
    from yuanshou.forecast.backtest import backtest
    from yuanshou.sources.surveillance import shipped_surveillance

    monday = first + timedelta(days=-first.weekday() % 7)
    days = [monday + timedelta(weeks=k) for k in range((last - monday).days // 7 + 1)]
    if not days:
        raise SettingError(f"no Monday from {first} to {last}", "at least one", "give an earlier --first")
    truth = shipped_surveillance(date(2020, 7, 5))
    return backtest([shipped_surveillance(d) for d in days], truth, weeks=weeks, method=method, progress=progress)


def as_table(frame: Any, groups: tuple[str, ...]) -> Table:
    """The summary with each figure in the digits that can be read."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    names = [n for n in frame.columns if n in groups or n in SHOWN]
    for name in names:
        table.add_column(*SHOWN.get(name, (name,))[:1], justify="left" if name in groups else "right")
    for row in frame.itertuples():
        values = [getattr(row, n) for n in names]
        values = [bars(v) if n == "pit" else v for n, v in zip(names, values, strict=True)]
        cells = [SHOWN[n][1].format(v) if n in SHOWN else str(v) for n, v in zip(names, values, strict=True)]
        table.add_row(*cells)
    return table


def bars(shares: list[float]) -> str:
    """Shares as bars of a line of text; half height is an even share.

    >>> bars([0.2, 0.2, 0.2, 0.1, 0.4])
    '▄▄▄▂█'
    """
    even = 1 / len(shares)
    return "".join("▁▂▃▄▅▆▇█"[min(max(round(4 * value / even) - 1, 0), 7)] for value in shares)
