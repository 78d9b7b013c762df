"""`yuanshou needs`: what it takes, by item, place and week, as a table, XLSX, CSV, JSON or chart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from yuanshou.errors import SettingError
from yuanshou.periods import parse_date
from yuanshou_cli.options import counts_options, existing_file, load_counts, stages

ROWS_ON_SCREEN = 22


@dataclass(frozen=True)
class Choices:
    """Every option of the command, by its name."""

    as_of: date
    counts: Path | None
    deaths: Path | None
    layout: str | None
    columns: tuple[str, ...]
    places: tuple[str, ...]
    items: tuple[str, ...]
    disease: str
    pack: Path | None
    check_pack: Path | None
    parameters: Path | None
    show_parameters: bool
    consumption: Path | None
    capacity: Path | None
    stock: Path | None
    service_level: float
    lead_time_weeks: int
    loss_share_week: float
    people: int | None
    explain: tuple[str, str, str] | None
    mode: str
    esft_tables: Path | None
    chart: Path | None
    weeks: int
    draws: int
    seed: int
    show_all: bool
    as_json: bool
    out: Path | None


@click.command(epilog="Example: yuanshou needs --as-of 2020-03-25 --place ITA --place Iran --out needs-ita-irn/")
@counts_options
@click.option("--place", "places", multiple=True, help="Only this place: a code or a name. Repeat for more.")
@click.option("--item", "items", multiple=True, help="Only this item code. Repeat for more.")
@click.option("--disease", default="covid-19", show_default=True, help="A shipped disease pack.")
@click.option("--pack", type=existing_file(), help="Your own disease pack in place of a shipped one.")
@click.option(
    "--check-pack", type=existing_file(), help="Say what is wrong with a disease pack, line by line, and stop."
)
@click.option("--parameters", type=existing_file(), help="Your own numbers over the pack's: CSV name,value or YAML.")
@click.option("--show-parameters", is_flag=True, help="Print the parameter table as CSV and stop.")
@click.option(
    "--consumption", type=existing_file(), help="Observed use (name,consumed,exposure) to blend into the rates."
)
@click.option("--capacity", type=existing_file(), help="Your own health capacity (CSV with place, beds_per_1000, …).")
@click.option(
    "--stock", type=existing_file(), help="Stock and pipeline (place,item,quantity[,arrival,probability,expires])."
)
@click.option(
    "--service-level",
    type=click.FloatRange(0.01, 0.999),
    default=0.9,
    show_default=True,
    help="Share of futures in which what is requested suffices.",
)
@click.option(
    "--lead-time-weeks",
    type=click.IntRange(0, 12),
    default=2,
    show_default=True,
    help="Weeks until what is ordered now arrives; the safety stock covers them.",
)
@click.option(
    "--loss-share-week",
    type=click.FloatRange(0, 0.99),
    default=0.0,
    show_default=True,
    help="Share of stock lost each week.",
)
@click.option("--people", type=click.IntRange(min=1), help="Print the whole general kits for so many people, and stop.")
@click.option("--explain", nargs=3, metavar="ITEM PLACE WEEK", help="Trace one figure back to cases and sources.")
@click.option(
    "--mode",
    type=click.Choice(["standard", "esft_compat"]),
    default="standard",
    show_default=True,
    help="The chain: ours, or WHO's tool as its R package computes it (needs --esft-tables).",
)
@click.option(
    "--esft-tables",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of ESFT tables; in standard mode, show WHO's tool beside the standard chain (one --place).",
)
@click.option(
    "--chart",
    type=click.Path(dir_okay=False, path_type=Path),
    help="SVG file: weekly need with bands (one --place and one --item).",
)
@click.option("--weeks", type=click.IntRange(1, 12), default=12, show_default=True, help="Horizon in weeks.")
@click.option("--draws", type=click.IntRange(1, 5000), default=200, show_default=True, help="Draws of the chain.")
@click.option("--seed", type=int, default=20200325, show_default=True, help="Seed of every random draw.")
@click.option("--all", "show_all", is_flag=True, help="Print every item, not only the costliest.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON instead of a table.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for XLSX, CSV and JSON.")
def command(**options: Any) -> None:
    """What it takes: patients, staff and items by place and week, with their uncertainty.

    Need is gross and uncapped (what care would take if only the epidemic limited it); beside it stands what the
    beds, staff and laboratories there are could use. Every number of the chain is a parameter you can replace.
    """
    choices = Choices(**{**options, "explain": options["explain"] or None})
    if choices.check_pack is not None:
        _check(choices.check_pack)
        return
    console = Console()
    if choices.people is not None:
        from yuanshou_cli.needs_screen import kits_table

        console.print(kits_table(choices.people))
        return
    pack, table, report = _numbers(choices)
    if choices.show_parameters:
        click.echo(table.drop(columns=["note"]).to_csv(index=False).rstrip("\n"))
        return
    with stages(console, quiet=choices.as_json) as progress:
        work = _Work(choices, pack, table, progress)
        if choices.explain is not None:
            output: Any = work.trace()
        elif choices.esft_tables is not None or choices.mode == "esft_compat":
            output = work.esft()
        else:
            output = work.run(report)
    if isinstance(output, str):
        click.echo(output)
    else:
        console.print(output)
    for path in work.written:
        click.echo(str(path), err=choices.as_json)


def _item_units() -> dict[str, str]:
    from yuanshou.catalogue import load_catalogue

    return {str(item): str(unit) for item, unit in load_catalogue()["unit"].items()}


def _check(path: Path) -> None:
    from yuanshou.needs.pack import check_pack

    faults = check_pack(path, items=_item_units())
    for fault in faults:
        click.echo(f"{path.name}: {fault}")
    click.echo(f"{path.name}: {len(faults) or 'no'} fault{'' if len(faults) == 1 else 's'}")
    if faults:
        raise click.exceptions.Exit(2)


def _numbers(choices: Choices) -> tuple[Any, Any, Any]:
    """The pack, its parameters with the user's over them, and the report of blended rates (or None)."""
    from yuanshou.needs.consumption import blend, read_consumption
    from yuanshou.needs.pack import load_pack, read_pack
    from yuanshou.needs.parameters import override_parameters

    pack = read_pack(choices.pack, items=_item_units()) if choices.pack else load_pack(choices.disease)
    table = pack.parameters
    if choices.parameters is not None:
        shares = tuple(leaf.share for leaf in pack.classes)
        table = override_parameters(table, choices.parameters, shares=shares)
    if choices.consumption is None:
        return pack, table, None
    table, report = blend(table, read_consumption(choices.consumption))
    return pack, table, report


class _Work:
    """One run of the command: reads, computes, writes; `written` are the files."""

    def __init__(self, choices: Choices, pack: Any, table: Any, progress: Callable[[str], None]) -> None:
        from yuanshou.catalogue import load_catalogue
        from yuanshou.needs.pack import with_pack_items

        self.choices, self.pack, self.table, self.progress = choices, pack, table, progress
        self.catalogue = with_pack_items(load_catalogue(), pack)
        self.written: list[Path] = []

    def read(self) -> tuple[Any, Any]:
        """The counts, and the forecast of the places asked for."""
        from yuanshou.forecast.forecasters import forecast
        from yuanshou.needs.selection import chosen_places, select_forecast

        c = self.choices
        places = chosen_places(c.places)
        series = load_counts(c.as_of, c.counts, c.deaths, c.layout, c.columns)
        self.progress("forecast")
        return series, select_forecast(forecast(series, weeks=c.weeks, paths=c.draws, seed=c.seed), places)

    def capacity(self) -> Any:
        """Health capacity: the user's rows over the shipped ones."""
        from yuanshou.needs.workforce import read_capacity
        from yuanshou.places import load_health_capacity

        shipped = load_health_capacity()
        return shipped if self.choices.capacity is None else read_capacity(self.choices.capacity, shipped)

    def needs(self, series: Any, outlook: Any, capacity: Any) -> Any:
        from yuanshou.needs.quantify import quantify

        self.progress("needs")
        return quantify(
            outlook, series, parameters=self.table, draws=self.choices.draws, seed=self.choices.seed,
            capacity=capacity, pack=self.pack, catalogue=self.catalogue,
        )  # fmt: skip

    def run(self, report: Any) -> Any:
        """The summary for the screen, or JSON; files on the way."""
        from yuanshou.needs.export import needs_json, write_needs
        from yuanshou.needs.net import read_lots
        from yuanshou.needs.selection import select_items
        from yuanshou.needs.supplement import supplement
        from yuanshou_cli.needs_screen import summary

        c = self.choices
        capacity = self.capacity()
        needs = self.needs(*self.read(), capacity)
        needs = select_items(needs, c.items) if c.items else needs
        lots = None if c.stock is None else _lots_of(read_lots(c.stock), needs, self.catalogue)
        tables: dict[str, Any] = {}
        net = None
        if c.out is not None or lots is not None:
            self.progress("stock, sets, packs")
            tables, net = supplement(
                needs, self.pack, self.catalogue, capacity, service_level=c.service_level, lots=lots,
                lead_time_weeks=c.lead_time_weeks, loss_share_week=c.loss_share_week,
            )  # fmt: skip
        if report is not None:
            tables["Observed rates"] = report
        if c.out is not None:
            self.progress("writing")
            self.written += write_needs(needs, self.catalogue, c.out, more=tables)
        if c.chart is not None:
            self.written.append(_write_chart(needs, self.catalogue, c.chart))
        if c.as_json:
            return needs_json(needs, self.catalogue, more=tables)
        rows = None if c.show_all or c.items else ROWS_ON_SCREEN
        return summary(needs, self.catalogue, rows=rows, net=net, blended=report)

    def trace(self) -> str:
        """The chain of one figure as text."""
        from yuanshou.needs.explain import explain_need
        from yuanshou.needs.selection import chosen_places
        from yuanshou_cli.needs_screen import trace_text

        item, place, week = self.choices.explain or ("", "", "")
        (code,) = chosen_places((place,))
        week_end = parse_date(week, what="WEEK of --explain")
        series, outlook = self.read()
        trace = explain_need(
            outlook, series, item=item, place=code, week_end=week_end, parameters=self.table, pack=self.pack,
            catalogue=self.catalogue,
        )  # fmt: skip
        from yuanshou.needs.selection import select_forecast

        needs = self.needs(series, select_forecast(outlook, (code,)), self.capacity())
        return trace_text(trace, needs, as_json=self.choices.as_json)

    def esft(self) -> Any:
        """WHO's tool alone, or beside the standard chain, item by item."""
        from yuanshou.needs.esft.from_forecast import beside_standard, run_on_forecast
        from yuanshou.needs.esft.tables import load_tables
        from yuanshou_cli.needs_screen import comparison, reference_totals

        c = self.choices
        if c.esft_tables is None:
            raise SettingError(
                "--mode esft_compat without tables", "--esft-tables FOLDER", "give the folder of ESFT tables"
            )
        if len(c.places) != 1:
            raise SettingError(f"{len(c.places)} places", "one place", "add for example --place KEN")
        series, outlook = self.read()
        place = outlook.places[0]
        result = run_on_forecast(load_tables(c.esft_tables), outlook, series, place)
        frames = dict(result.frames)
        if c.mode == "standard":
            frames["beside_standard"] = beside_standard(result, self.needs(series, outlook, self.capacity()), place)
        if c.out is not None:
            c.out.mkdir(parents=True, exist_ok=True)
            for name, frame in frames.items():
                self.written.append(c.out / f"esft_{name}.csv")
                frame.to_csv(self.written[-1], index=False)
        shown = frames["commodities_totals" if c.mode == "esft_compat" else "beside_standard"]
        if c.as_json:
            return shown.to_json(orient="records")
        return reference_totals(shown, place) if c.mode == "esft_compat" else comparison(shown, place)


def _lots_of(lots: Any, needs: Any, catalogue: Any) -> Any:
    """The lots of the places and items asked for; a code that nothing knows is still refused by `net_need`."""
    from yuanshou.places import load_places

    known = lots["place"].isin(load_places().index) & lots["item"].isin(catalogue.index)
    wanted = lots["place"].isin(needs.places) & lots["item"].isin(needs.items)
    kept = lots[wanted | ~known]
    kept.attrs.update(lots.attrs)
    return kept


def _write_chart(needs: Any, catalogue: Any, path: Path) -> Path:
    """Weekly need of one item in one place, median with 50 % and 90 % bands, as SVG."""
    from yuanshou.charts import CHART_STYLE, fan_chart

    if len(needs.places) != 1 or len(needs.items) != 1:
        found = f"{len(needs.places)} places and {len(needs.items)} items"
        raise SettingError(found, "one --place and one --item for --chart", "name them")
    q05, q25, median, q75, q95 = (needs.quantiles([q])[0, 0, :, 0] for q in (0.05, 0.25, 0.5, 0.75, 0.95))
    item = needs.items[0]
    chart = fan_chart(
        days=needs.week_ends, median=median, bands={"90 %": (q05, q95), "50 %": (q25, q75)},
        title=f"{catalogue['name'].get(item, item)}, {needs.places[0]}", unit=f"{catalogue['unit'].get(item)} a week",
        width=720, height=360,
    )  # fmt: skip
    caption = f"{catalogue['name'].get(item, item)}, {needs.places[0]}: {catalogue['unit'].get(item)} a week"
    inner = chart.svg.replace("<svg", '<svg y="44" width="720" height="352"', 1)
    words = f"median, 50 % and 90 % of futures; as known on {needs.as_of}"
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 400" width="720" height="400">'
        f'<style>{CHART_STYLE}</style><rect width="720" height="400" fill="#fff"/>'
        f'<text x="8" y="22" font-family="system-ui,sans-serif" font-size="15">{escape(caption)}</text>'
        f'<text x="8" y="39" font-family="system-ui,sans-serif" font-size="11">{words}</text>{inner}</svg>'
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(svg, encoding="utf-8")
    return path


__all__ = ["command"]
