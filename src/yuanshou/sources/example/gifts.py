"""Gifts of 2020 that were announced and not yet known to be delivered, as offers.

The written rule, in this order:

1. A row counts from the day the world could know it (`known_by`). Totals (`cumulative_…`) are never added to lots.
2. Promises about one *lot*, which is a donor, a recipient and a thing as reported, stand side by side: the latest
   report counts; reports of one day by the better source (A official, B press, C repost), then by the smaller
   quantity. What was not chosen is named in a note. Goods that were bought are not gifts and are left out.
3. A lot reported delivered after it was promised is gone; a promise on the day of a delivery, or after it, is another
   lot. Deliveries to one member of a group are taken off the group's lot.
4. A promise without further report lapses after `gift_silence_days`.
5. Goods at a hub can go at once; goods on the way when they are reported; a pledge `gift_ready_days` later.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from typing import Any

import pandas as pd

from yuanshou.places import load_places
from yuanshou.reference import load_table
from yuanshou.sources.example.rules import airport_of, known, rule
from yuanshou.tables import DataQualityNote

PROMISED = ("pledged", "announced", "offered", "approved", "planned")
MOVING = ("shipped", "arrived_hub")
GONE = ("delivered", "donated")
LOT = ["donor_code", "recipient_code", "item_reported"]


@cache
def _group(code: str) -> str:
    """Place codes of a recipient as reported, separated by spaces; "" where the report does not name them."""
    places = load_places()
    countries = places[places["kind"] == "country"]
    if code in ("AFRICA54", "AFRICACDC"):
        return " ".join(sorted(countries.index[countries["un_region"] == "Africa"]))
    if code == "EUROPE":
        return " ".join(sorted(countries.index[countries["un_region"] == "Europe"]))
    parts = code.split()
    return " ".join(sorted(parts)) if parts and all(part in places.index for part in parts) else ""


def gift_offers(as_of: date, *, since: date) -> tuple[pd.DataFrame, tuple[DataQualityNote, ...]]:
    """Offers from gifts open on `as_of`, or, when `since` is earlier, every lot first reported from `since` on."""
    rows = known(load_table("gifts_2020"), as_of)
    notes = _left_out(rows)
    rows = rows[(rows["is_total"] == "N") & (rows["item"] != "") & (rows["quantity"] != "")]
    rows = rows.assign(earmark=rows["recipient_code"].map(_group), quantity=pd.to_numeric(rows["quantity"]))
    rows = rows[rows["earmark"] != ""].sort_values(["known_by", "gift"], kind="stable")
    if since < as_of:
        lots, conflicts = _first_reports(rows[rows["known_by"] >= since.isoformat()])
    else:
        lots, conflicts = _open_lots(rows, as_of)
    offers = pd.DataFrame([_offer(row, since) for row in lots.to_dict("records")])
    return offers[offers["quantity"] > 0] if len(offers) else offers, (*notes, *conflicts)


def _left_out(rows: pd.DataFrame) -> tuple[DataQualityNote, ...]:
    totals = int((rows["is_total"] == "Y").sum())
    other = rows[(rows["is_total"] == "N") & (rows["item"] == "")]
    kinds = ", ".join(sorted(other["item_reported"].unique()))
    notes = []
    if totals:
        notes.append(
            DataQualityNote("gift_total", f"{totals} reports are totals over lots and were not added to the lots.")
        )
    if len(other):
        notes.append(
            DataQualityNote("gift_not_an_item", f"{len(other)} reports are of things the catalogue lacks ({kinds}).")
        )
    return tuple(notes)


def _chosen(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[DataQualityNote]]:
    """One report a lot: the latest, then the better source, then the smaller quantity; a note where they differ."""
    order = ["known_by", "grade", "quantity", "gift"]
    ranked = rows.sort_values(order, ascending=[False, True, True, True], kind="stable")
    differ = ranked.groupby(LOT)["quantity"].transform("nunique") > 1
    notes = []
    for key, group in ranked[differ].groupby(LOT, sort=True):
        donor, recipient, thing = (str(part) for part in key)
        told = "; ".join(f"{r.gift} {r.known_by} {r.status} {r.quantity:,.0f}" for r in group.itertuples())
        used = group.iloc[0]
        notes.append(
            DataQualityNote(
                "conflicting_reports",
                f"{donor} to {recipient}, {thing}: {told}; {used['gift']} was used "
                "(the latest, then the better source, then the smaller).",
                place=recipient if len(recipient) == 3 else "",
                date=str(used["known_by"]),
                file="gifts_2020.csv",
            )
        )
    return ranked.drop_duplicates(LOT), notes


def _open_lots(rows: pd.DataFrame, as_of: date) -> tuple[pd.DataFrame, list[DataQualityNote]]:
    still, notes = _chosen(rows[rows["status"].isin(PROMISED + MOVING)])
    gone = rows[rows["status"].isin(GONE)]
    arrived = gone.groupby(LOT)["known_by"].max().rename("arrived")
    still = still.join(arrived, on=LOT)
    still = still[still["known_by"] >= still["arrived"].fillna("")]
    by_day = [_chosen(rows_of_day)[1] for _, rows_of_day in gone.groupby("known_by")]
    notes += [note for day_notes in by_day for note in day_notes]
    lapsed = (as_of - timedelta(days=int(rule("gift_silence_days")))).isoformat()
    old = still["known_by"] < lapsed
    if old.any():
        notes.append(
            DataQualityNote(
                "gift_without_news",
                f"{int(old.sum())} promises had no news for {rule('gift_silence_days'):.0f} days and are not counted: "
                + ", ".join(still.loc[old, "gift"]),
            )
        )
    still = still[~old]
    taken = [_delivered(lot, gone) for lot in still.to_dict("records")]
    return still.assign(quantity=(still["quantity"] - taken).clip(lower=0)), notes


def _delivered(lot: dict[Any, Any], gone: pd.DataFrame) -> int:
    """What members of a group's lot were reported to have received since the lot was reported."""
    members = str(lot["earmark"]).split()
    if len(members) < 2:
        return 0
    same = (gone["donor_code"] == lot["donor_code"]) & (gone["item"] == lot["item"])
    rows = gone[same & gone["recipient_code"].isin(members) & (gone["known_by"] >= str(lot["known_by"]))]
    return int(rows["quantity"].sum())


def _first_reports(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[DataQualityNote]]:
    """Every lot once, as it was first promised; lots never promised as they were delivered, day by day."""
    promised = rows[rows["status"].isin(PROMISED + MOVING)].drop_duplicates(LOT)
    keys = pd.MultiIndex.from_frame(promised[LOT])
    rest = rows[rows["status"].isin(GONE) & ~pd.MultiIndex.from_frame(rows[LOT]).isin(keys)]
    rest = rest.sort_values(["known_by", "grade", "quantity"], kind="stable").drop_duplicates([*LOT, "known_by"])
    return pd.concat([promised, rest]), []


def _offer(row: dict[Any, Any], since: date) -> dict[str, object]:
    day = date.fromisoformat(str(row["known_by"]))
    status, note = str(row["status"]), str(row["note"])
    ready = day + timedelta(days=int(rule("gift_ready_days"))) if status in PROMISED else day
    hub = re.search(r"\bat ([A-Z]{3})\b", note)
    via_addis = str(row["recipient_code"]).startswith("AFRICA")
    source = hub.group(1) if hub else "ADD" if via_addis else airport_of(str(row["donor_code"]))
    reading = "" if row["item_basis"] == "sourced" else f"; reported as {row['item_reported']}"
    return {
        "offer": f"GIFT-{row['gift']}",
        "donor": row["donor"],
        "source": source,
        "item": row["item"],
        "quantity": int(str(row["quantity"]).split(".")[0]),
        "available": max(ready, since),
        "expires": None,
        "earmark": row["earmark"],
        "status": status,
        "basis": "sourced" if row["item_basis"] == "sourced" else "derived",
        "known_by": day,
        "source_note": f"gifts_2020 {row['gift']}, grade {row['grade']}{reading}: {row['source']}",
    }
