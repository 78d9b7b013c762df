"""Options that several commands share, so that the same words mean the same thing everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from yuanshou.errors import SettingError
from yuanshou.periods import parse_date

EXAMPLE_DAY = "2020-03-25"

Command = TypeVar("Command", bound=Callable[..., Any])


class DateOption(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """An ISO date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        return value if isinstance(value, date) else parse_date(value, what=f"--{param.name}" if param else "date")


def existing_file() -> click.Path:
    """The type of an option that names a file which must be there."""
    return click.Path(exists=True, dir_okay=False, path_type=Path)


def counts_options(command: Command) -> Command:
    """--as-of, --counts, --deaths, --layout and --column: which counts to read, and how."""
    for option in (
        click.option("--column", "--column-map", "columns", multiple=True, metavar="FIELD=HEADER",
                     help="Column map of a plain table, e.g. --column place=Country --column cases_cumulative=Total."),
        click.option("--layout", help="Layout of the counts file; detected when not given."),
        click.option("--deaths", type=existing_file(), help="Deaths file, where deaths stand in a file of their own."),
        click.option("--counts", type=existing_file(),
                     help="Your own counts (CSV or XLSX). Without it: the shipped counts as known on that day."),
        click.option("--as-of", type=DateOption(), default=EXAMPLE_DAY, show_default=True,
                     help="The last day whose publications may be read."),
    ):  # fmt: skip
        command = option(command)
    return command


def uncertainty_options(command: Command) -> Command:
    """--uncertainty, --scenario-paths, --risk-aversion and --keep-at-hub: how need that nobody knows is treated."""
    for option in (
        click.option("--keep-at-hub", is_flag=True,
                     help="Keep scarce goods that would lie unused at the recipient at the hub until they are needed."),
        click.option("--risk-aversion", type=click.FloatRange(0, 0.99), default=0.0, show_default=True,
                     help="Judge plans by the worst paths only: 0 by all of them, 0.8 by the worst fifth. "
                     "Needs --uncertainty two_stage."),
        click.option("--scenario-paths", type=click.IntRange(1, 500), default=16, show_default=True,
                     help="Paths of need that stand for all draws in a two-stage plan."),
        click.option("--uncertainty", type=click.Choice(("fast", "two_stage")), default="fast", show_default=True,
                     help="fast: steps of need count as often as need reaches them. two_stage: also plan for all paths "
                     "at once, and keep what is worth most on them."),
    ):  # fmt: skip
        command = option(command)
    return command


def column_map(pairs: tuple[str, ...]) -> dict[str, str]:
    """FIELD=HEADER pairs as a mapping; anything else is refused."""
    mapping = {}
    for pair in pairs:
        name, sign, header = pair.partition("=")
        if not sign or not name or not header:
            raise SettingError(f"--column {pair!r}", "FIELD=HEADER", "write for example --column place=Country")
        mapping[name] = header
    return mapping


def load_counts(
    as_of: date, counts: Path | None, deaths: Path | None, layout: str | None, columns: tuple[str, ...]
) -> Any:
    """The SurveillanceSeries the shared options ask for."""
    from yuanshou.sources.surveillance import read_surveillance, shipped_surveillance

    if counts is None:
        return shipped_surveillance(as_of)
    more: dict[str, Any] = {} if deaths is None else {"deaths": deaths}
    return read_surveillance(counts, as_of=as_of, layout=layout, columns=column_map(columns) or None, **more)


data_dir_option = click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the database and its files; the same as YUANSHOU_DATA_DIR.",
)
"""--data-dir of the commands of the operations application."""


@contextmanager
def stages(console: Console, *, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A progress line that names the stage at work; yields the function a pipeline calls at each stage."""
    if quiet:
        yield lambda _stage: None
        return
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
        console=console, transient=True,
    ) as progress:  # fmt: skip
        task = progress.add_task("reading", total=None)
        yield lambda stage: progress.update(task, description=stage)
