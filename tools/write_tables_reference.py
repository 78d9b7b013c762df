"""Write docs/reference/tables.md from the shipped tables themselves, so that the page cannot go stale."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from yuanshou.catalogue import load_catalogue
from yuanshou.places import load_health_capacity, load_places
from yuanshou.reference import load_table, vintage_dates
from yuanshou.sources.supply import world_supply

TARGET = Path(__file__).resolve().parent.parent / "docs" / "reference" / "tables.md"
EXAMPLE_DAY = date(2020, 3, 25)

HEAD = """# Shipped tables

Written by `python3 dev.py docs` from the tables. They stand in `src/yuanshou/reference`; `SOURCES.csv` there names the
source, licence and period of each. `python3 dev.py reference DIR` writes those kept by the script again from a folder
of raw figures, the same bytes every time.

Every figure has a **basis**: *sourced* (published, and cited), *derived* (computed from published figures by a rule
written here), or *assumed* (nobody published it; the reason stands beside it). What is not known is empty, never zero.
"""

SUPPLY = """## The example of supply

`world_supply(as_of)` gives what could be sent, as the world stood on a day. On {day} it has {offers} offers of {items}
items at {sources} sources, {known} of them known or announced by that day; the others say *assumed*.

1. **Gifts** (`gifts_2020.csv`) count from the day the world could know them. Rows that are totals are never added to
   lots. Where reports of one lot differ, the latest is used, then the better source, then the smaller quantity; a note
   names the others. A promise without news for 27 days lapses. What members of a group are reported to have received is
   taken off the group's lot. Masks of no stated kind are offered as medical masks, such tests as PCR tests.
2. **Exports** (`exports_2020.csv`): customs published totals since 1 March from 5 April on. The weekly supply is the
   difference of two totals over their weeks, times `aid_share`, and for masks times `medical_mask_share` or
   `respirator_share`. Before the first publication the first figure stands in and is marked *assumed*; after the last
   one known its rate goes on, *assumed* again. A first figure of a later day is scaled by the course of masks.
3. **The UN's lines** (`needs_stated_2020.csv`): what WHO and UNICEF said they had secured or would ship, from
   `un_pipeline_start_days` after it was said.
4. **Makers outside China** (`production_2020.csv`): ventilators, times `aid_share`, from places without a known curb.
5. **Everything else** (`assumed_supply.csv`, below) is sized by what `aid_share` of the world's new cases of the last
   seven days would need.

Dexamethasone, prednisolone and tocilizumab are not assumed: no trial had shown a benefit by then. Extraction kits are
part of the complete PCR kit. Chlorine is not offered: drums of 45 to 50 kg cannot fly, and no sea lane is shipped. What recipients hold is not known
for 2020, so stock is unknown. Lanes go by air from every source to every place's cargo airport (by road within a
country). Their time, price and capacity follow the rules below; a mixed load of protective equipment weighs about
100 kg a cubic metre, so volume binds long before weight.
"""


def tables_reference() -> str:
    """The page's text."""
    sources = load_table("SOURCES")[["file", "what", "source", "licence", "period", "kept_by", "note"]]
    supply = world_supply(EXAMPLE_DAY)
    offers = supply.offers
    text = SUPPLY.format(
        day=EXAMPLE_DAY.isoformat(), offers=len(offers), items=offers["item"].nunique(),
        sources=offers["source"].nunique(), known=int((offers["basis"] != "assumed").sum()),
    )  # fmt: skip
    parts = [
        HEAD,
        _figures(),
        "## Files\n\n" + _table(sources),
        text,
        "### Rules\n\n" + _table(load_table("supply_rules")),
        "### Assumed supply\n\nA week, at each source by its share.\n\n"
        + _table(load_table("assumed_supply").drop(columns="basis")),
        "## Columns\n\n" + _columns(),
    ]
    return "\n".join(parts)


def _figures() -> str:
    places, capacity, items = load_places(), load_health_capacity(), load_catalogue()
    counts = {
        "countries": (places["kind"] == "country").sum(),
        "territories": (places["kind"] == "territory").sum(),
        "ships": (places["kind"] == "conveyance").sum(),
        "spellings of places beside their names": len(load_table("aliases")),
        "places with hospital beds": capacity["beds_per_1000"].notna().sum(),
        "of them with measured intensive care": (capacity["icu_beds_share_basis"] == "derived").sum(),
        "items": len(items),
        "of them with an assumed weight": (items["kg_basis"] == "assumed").sum(),
        "of them with an assumed volume": (items["m3_basis"] == "assumed").sum(),
        "vintages of case counts": len(vintage_dates()),
        "facts on gifts": len(load_table("gifts_2020")),
    }
    return "".join(f"- {value:,} {name}\n" for name, value in counts.items())


def _table(frame: pd.DataFrame) -> str:
    rows = [list(frame.columns), ["---"] * len(frame.columns), *frame.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows) + "\n"


def _columns() -> str:
    names = sorted(load_table("SOURCES")["file"])
    lines = []
    for name in names:
        if name.endswith(".csv"):
            columns = ", ".join(f"`{c}`" for c in load_table(name.removesuffix(".csv")).columns)
            lines.append(f"- **{name}**: {columns}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(tables_reference(), encoding="utf-8")
    print(f"wrote {TARGET.name}")
