"""What `yuanshou needs` shows on a screen: the summary, a traced figure, a comparison."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from yuanshou.formats import compact, day

NAME_WIDTH = 22
WORDS = {
    "ward_beds": "ward beds",
    "icu_beds": "intensive-care beds",
    "ventilators": "ventilators",
    "staff": "staff",
    "tests": "tests",
}


def summary(needs: Any, catalogue: Any, *, rows: int | None, net: Any = None, blended: Any = None) -> Group:
    """Items by cost with range, capped need and, with stock, net need; then patients, limits, notes."""
    from yuanshou.needs.export import item_totals

    totals = item_totals(needs, catalogue).sort_values("usd_median", ascending=False, na_position="last")
    shown = totals if rows is None else totals.head(rows)
    where = needs.places[0] if len(needs.places) == 1 else f"{len(needs.places)} places"
    title = f"{needs.disease}, {where}: need of {len(needs.week_ends)} weeks to {day(needs.week_ends[-1])}"
    table = _table(f"{title}\nas known on {day(needs.as_of)}; gross, uncapped; capped by beds, staff, tests")
    columns = ["median", "90 % range", *(["capped", "US$"] if net is None else ["net", "request"])]
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    stock = {} if net is None else net.summary.groupby("item")[["net", "request"]].sum().to_dict("index")
    for row in shown.to_dict("records"):
        name = str(row["name"] if isinstance(row["name"], str) else row["item"])
        median, low, high, capped = (float(row[c]) for c in ("median", "q05", "q95", "capped_median"))
        cells = [compact(median), f"{compact(low)} – {compact(high)}"]
        held = stock.get(row["item"], {})
        beside = [capped, float(row["usd_median"])] if net is None else [held["net"], held["request"]]
        cells += [compact(value) for value in beside]
        table.add_row(name[:NAME_WIDTH], str(row["unit"])[:7], *cells)
    lines = [_patients_line(needs), _caps_line(needs), _oxygen_line(needs)]
    if rows is not None and len(totals) > rows:
        lines.append(f"{len(totals) - rows} more items: --all, or --out FOLDER.")
    if net is not None:
        lines.append(_stockout_line(net))
    if blended is not None:
        lines += [_blend_line(row) for row in blended.to_dict("records")]
    lines += [_left_out_line(needs), _notes_line(needs)]
    return Group(table, *(Text(line) for line in lines if line))


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("item", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    return table


def _patients_line(needs: Any) -> str:
    peak = needs.patients.groupby(["measure", "week_end"])["median"].sum().groupby("measure").max()
    words = {"beds_ward": "ward beds", "beds_icu": "intensive-care beds", "health_workers": "health workers"}
    parts = [f"{compact(float(peak[name]))} {word}" for name, word in words.items() if name in peak.index]
    return f"In the busiest week (medians): {', '.join(parts)}." if parts else ""


def _caps_line(needs: Any) -> str:
    likely = needs.caps[needs.caps["binds_probability"] > 0.5]
    if likely.empty:
        return ""
    counts = likely.groupby("capacity")["place"].nunique()
    parts = [f"{WORDS[name]} in {counts[name]}" for name in WORDS if name in counts.index]
    text = f"More likely than not to limit care at some time: {', '.join(parts)} place(s)."
    if len(needs.places) == 1:
        best = likely.loc[likely.groupby("capacity")["gain_of_one_more"].idxmax()]
        rows = best.to_dict("records")
        gains = [f"{r['gain_of_one_more']:.2g} {r['gain_unit']}" for r in rows if r["gain_of_one_more"] > 0]
        text += f" At most: {'; '.join(gains)}." if gains else ""
    return text


def _oxygen_line(needs: Any) -> str:
    if needs.oxygen.empty:
        return ""
    peak = needs.oxygen.groupby(["measure", "week_end"])["median"].sum().groupby("measure").max()
    flow, volume = compact(float(peak["flow_l_per_min"])), compact(float(peak["volume_m3"]))
    return f"Oxygen in the busiest week (medians): {flow} l/min at once, {volume} m³."


def _stockout_line(net: Any) -> str:
    """Which stock runs out first, of what is held or on its way."""
    held = net.summary[net.summary["used"] + net.summary["expired"] > 0].dropna(subset=["first_stockout_week"])
    first = held.sort_values("first_stockout_week").head(5).to_dict("records")
    parts = [f"{row['item']} in {row['place']} (week to {day(row['first_stockout_week'].date(), form='short')})"
             for row in first]  # fmt: skip
    return f"More likely than not to run out first: {', '.join(parts)}." if parts else ""


def _blend_line(row: dict[str, Any]) -> str:
    figures = f"standard {row['standard']:.3g}, observed {row['observed']:.3g}, weight {row['weight']:.2f}"
    return f"{row['name']}: {figures} → {row['blended']:.3g}"


def _left_out_line(needs: Any) -> str:
    if needs.left_out.empty:
        return ""
    late = needs.left_out[needs.left_out["reason"].str.startswith("not in use")]
    return "Not in use yet on that day: " + ", ".join(late["item"]) + "." if len(late) else ""


def _notes_line(needs: Any) -> str:
    kinds: dict[str, int] = {}
    for note in needs.notes:
        kinds[note.kind] = kinds.get(note.kind, 0) + 1
    listed = ", ".join(f"{count} × {kind.replace('_', ' ')}" for kind, count in kinds.items())
    return f"Notes: {listed} (in --json and --out)." if kinds else ""


def trace_text(trace: Any, needs: Any, *, as_json: bool) -> str:
    """The steps of one figure, then the same figure as a distribution over draws."""
    week = [d.item() for d in needs.week_ends.astype("datetime64[D]")].index(trace.week_end)
    draws = needs.draws[0, needs.items.index(trace.item), week]
    spread = [float(v) for v in np.quantile(draws, [0.05, 0.5, 0.95])]
    if as_json:
        document = {
            **asdict(trace),
            "week_end": str(trace.week_end),
            "over_draws": dict(zip(("q05", "median", "q95"), spread, strict=True)),
        }
        return json.dumps(document, ensure_ascii=False)
    lines = [f"{trace.item}, {trace.place}, week ending {trace.week_end}", ""]
    for step in trace.steps:
        how = f"  [{step.how}]" if step.how else ""
        source = f"  {step.basis}: {step.source}" if step.source else ""
        lines.append(f"{'  ' * step.depth}{step.what} = {step.value:,.4g} {step.unit}{how}{source}")
    low, middle, high = (f"{v:,.4g}" for v in spread)
    lines += ["", f"Over {draws.size} draws of forecast and parameters: median {middle}, 90 % {low} to {high}."]
    return "\n".join(lines)


def comparison(table: Any, place: str) -> Group:
    """The reference beside the standard chain, item by item."""
    shown = Table(
        title=f"WHO's tool beside the standard chain, {place}", title_justify="left", box=SIMPLE_HEAD, pad_edge=False
    )
    shown.add_column("item", no_wrap=True)
    for column in ("ESFT", "standard", "capped", "capped/ESFT"):
        shown.add_column(column, justify="right", no_wrap=True)
    remarks = []
    for row in table.to_dict("records"):
        numbers = [compact(float(row[c])) for c in ("esft", "standard", "standard_capped")]
        ratio = f"{row['capped_over_esft']:.2f}" if np.isfinite(row["capped_over_esft"]) else "–"
        shown.add_row(str(row["item"]), *numbers, ratio)
        if row["remark"]:
            remarks.append(f"{row['item']}: {row['remark']}.")
    return Group(shown, *(Text(line) for line in remarks))


def reference_totals(table: Any, place: str) -> Group:
    """The reference chain's own totals by item, in its own units."""
    shown = Table(title=f"WHO's tool, {place}: totals", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    shown.add_column("item")
    shown.add_column("unit", no_wrap=True)
    shown.add_column("total", justify="right", no_wrap=True)
    for row in table.to_dict("records"):
        shown.add_row(str(row["item"]), str(row["unit"]), compact(float(row["total_amount"])))
    return Group(shown)


def kits_table(people: int) -> Group:
    """Whole general kits for a number of people, with weight, volume and pallets where they are known."""
    from yuanshou.needs.kits import kit_line, kits_needed
    from yuanshou.needs.pack import general_kits

    shown = Table(title=f"Whole kits for {people:,}", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    shown.add_column("kit")
    for column in ("kits", "kg", "m³", "pallets"):
        shown.add_column(column, justify="right", no_wrap=True)
    shown.add_column("one covers")
    for kit in [k for k in general_kits() if k.driver == "person"]:
        line = kit_line(kit, kits_needed(kit, people))
        figures = ["–" if line[key] is None else compact(float(str(line[key]))) for key in ("kg", "m3", "pallets")]
        shown.add_row(kit.title, f"{line['kits']:,}", *figures, f"{kit.covers:,.0f} {kit.covers_unit}")
    return Group(shown)
