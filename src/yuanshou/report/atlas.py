"""The map of a plan: coverage by place, and where the aid flows from."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from yuanshou import formats
from yuanshou.maps import Flow, Mark, coverage_legend, flow_legend, world_map, world_shapes
from yuanshou.report import words
from yuanshou.report.digest import Digest, row_dicts

FLOWS_SHOWN = 70


@dataclass(frozen=True)
class PlanMap:
    """The drawing, its table, its two legends, the hubs it starts from, and a line saying what is left out."""

    svg: Markup
    table: Markup
    coverage_legend: Markup
    flow_legend: Markup
    hubs: list[dict[str, str]]
    shown: str


def plan_map(digest: Digest) -> PlanMap:
    """Coverage by place as colour, the largest flows by volume as arcs."""
    shapes = world_shapes()
    located = digest.places.dropna(subset=["capital_lat", "capital_lon"])
    marks = {
        r["place"]: Mark(float(r["capital_lon"]), float(r["capital_lat"]), digest.name(r["place"]))
        for r in row_dicts(located.rename_axis("place").reset_index())
    }
    coverage = digest.by_place["coverage"].dropna()
    points = {place: mark for place, mark in marks.items() if place not in shapes}
    flows, shown = _flows(digest, marks)
    chart = world_map(
        shapes,
        points,
        {str(k): float(v) for k, v in coverage.items()},
        names={str(p): digest.name(str(p)) for p in digest.places.index},
        flows=flows,
        hubs=_hubs(digest),
        title="Coverage by place, and flows of aid",
        description=_description(digest),
    )
    most = float(digest.flows["m3"].max()) if len(digest.flows) else 0.0
    return PlanMap(
        svg=Markup(chart.svg),
        table=Markup(chart.table),
        coverage_legend=Markup(coverage_legend(value_name="Coverage of need")),
        flow_legend=Markup(flow_legend(most, unit="m³")) if most > 0 else Markup(""),
        hubs=_hub_rows(digest),
        shown=shown,
    )  # fmt: skip


def _description(digest: Digest) -> str:
    coverage = digest.by_place["coverage"].dropna()
    if coverage.empty:
        return "World map; no place has need of what is on offer."
    least = ", ".join(f"{digest.name(str(p))} {formats.share(v)}" for p, v in coverage.head(5).items())
    most = ", ".join(f"{digest.name(str(p))} {formats.share(v)}" for p, v in coverage.tail(5).items())
    return f"World map of coverage. Least covered: {least}. Most covered: {most}. All places are in the table below."


def _flows(digest: Digest, marks: dict[str, Mark]) -> tuple[list[Flow], str]:
    """The largest flows whose two ends have coordinates, and what share of the volume they are."""
    nodes = {str(node["node"]): node for node in row_dicts(digest.plan.supply.nodes)}
    table = digest.flows
    flows: list[Flow] = []
    drawn = 0.0
    for row in row_dicts(table):
        if len(flows) == FLOWS_SHOWN or row["source"] not in nodes or row["recipient"] not in marks:
            continue
        start, end, m3 = nodes[row["source"]], marks[row["recipient"]], float(row["m3"])
        if not np.isfinite(float(start["longitude"])):
            continue
        goods = f"{formats.compact(m3)} m³, {words.tonnes(row['kg'])}, {formats.usd(row['goods_usd'])}"
        label = f"{start['name']} → {end.name}: {goods}"
        ends = ((float(start["longitude"]), float(start["latitude"])), (end.longitude, end.latitude))
        flows.append(Flow(*ends, m3, label))
        drawn += m3
    total = float(table["m3"].sum())
    if not flows:
        return [], "Nothing is sent."
    return flows, (
        f"{formats.number(len(flows))} of {formats.number(len(table))} flows are drawn, "
        f"{formats.share(drawn / total)} of the volume; all stand in plan.xlsx."
    )


def _hubs(digest: Digest) -> list[Mark]:
    """Nodes that send something, the largest first."""
    nodes = {str(node["node"]): node for node in row_dicts(digest.plan.supply.nodes)}
    volumes = digest.flows.groupby("source")["m3"].sum().sort_values(ascending=False)
    sending = [nodes[str(code)] for code in volumes.index if str(code) in nodes]
    return [
        Mark(float(node["longitude"]), float(node["latitude"]), _short_name(str(node["name"])))
        for node in sending
        if np.isfinite(float(node["longitude"]))
    ]


def _short_name(name: str) -> str:
    """An airport's name as a map has room for it; the table beneath keeps it whole."""
    return re.sub(r"\s+(International\s+)?(Cargo\s+)?Airport$", "", name)


def _hub_rows(digest: Digest) -> list[dict[str, str]]:
    grouped = digest.flows.groupby("source")
    sums = grouped[["m3", "kg", "goods_usd"]].sum()
    sums["places"] = grouped["recipient"].nunique()
    return [
        {"name": digest.node_name(str(node)), "m3": formats.compact(r["m3"]), "tonnes": formats.compact(r["kg"] / 1000),
         "goods": formats.usd(r["goods_usd"]), "places": formats.number(r["places"])}
        for node, r in sums.sort_values("m3", ascending=False).iterrows()
    ]  # fmt: skip
