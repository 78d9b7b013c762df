"""Supply that comes week after week: exports, makers outside China, the UN's lines, and assumed pipelines.

China's customs published cumulative exports from 5 April 2020 on. A plan of an earlier day cannot know them: there they
stand in as an assumption and say so. From their publication on they are derived, and beyond the last published day the
last rate goes on as an assumption again. Weekly supply is

    quantity = cumulative exports per week × aid_share × (share of masks that are medical, or respirators)

Nothing else here claims to be known: `reference/assumed_supply.csv` sizes each remaining item by the patients or tests
that `aid_share` of the world's new cases of the last seven days would need.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

import pandas as pd

from yuanshou.reference import load_table, load_vintage, vintage_dates
from yuanshou.sources.example.rules import airport_of, curbed, known, rule
from yuanshou.tables import DataQualityNote

Offer = dict[str, object]
WEEKS_IN = {"day": 1 / 7, "week": 1.0, "month": 52 / 12, "quarter": 13.0, "year": 52.0}
UN_SHARES = {"WHO": {"DWC": 0.5, "PTY": 0.25, "ADD": 0.25}, "UNICEF": {"CPH": 1.0}}


def standing_offers(as_of: date, *, since: date, weeks: int) -> tuple[pd.DataFrame, tuple[DataQualityNote, ...]]:
    """One offer an item, source and week from `since` to `weeks` weeks after `as_of`."""
    count = (as_of - since).days // 7 + weeks
    days = [since + timedelta(days=7 * k) for k in range(count)]
    offers = [*_exports(as_of, days), *_united_nations(as_of, days), *_makers(as_of, days)]
    offers += _pipelines(as_of, days, offers)
    return pd.DataFrame(offers), _notes(as_of)


def _offer(day: date, *, donor: str, source: str, item: str, quantity: float, basis: str, known_by: date, why: str,
           code: str) -> Offer:  # fmt: skip
    return {
        "offer": f"{code}-{source}-{item}-{day:%m%d}",
        "donor": donor,
        "source": source,
        "item": item,
        "quantity": int(quantity),
        "available": day,
        "expires": None,
        "earmark": "",
        "status": "assumed" if basis == "assumed" else "announced",
        "basis": basis,
        "known_by": known_by,
        "source_note": why,
    }


@cache
def _export_shares() -> tuple[tuple[str, str, float], ...]:
    """Reported item, our item, and the part of the reported count that is ours."""
    table = load_table("exports_2020")
    same = [(item, item, 1.0) for item in sorted(set(table["item"]) - {""})]
    masks = [
        ("mask_unspecified", "surgical_mask", rule("medical_mask_share")),
        ("mask_unspecified", "respirator_n95", rule("respirator_share")),
    ]
    return (*same, *masks)


def _points(reported: str) -> pd.DataFrame:
    table = load_table("exports_2020")
    rows = table[table["item_reported"] == reported].sort_values("period_end")
    return rows.assign(quantity=pd.to_numeric(rows["quantity"]))


def weekly_export(reported: str, day: date, as_of: date) -> tuple[float, str, date]:
    """Pieces exported in the week from `day`, the basis, and the day the figure used was published.

    Between two published totals the rate is their difference over their days; after the last known one it goes on.
    """
    rows = _points(reported)
    heard = known(rows, as_of)
    start = date.fromisoformat(rows.iloc[0]["period_start"])
    if heard.empty:
        first = rows.iloc[0]
        end = date.fromisoformat(first["period_end"])
        course, early = 1.0, end
        masks = _points("mask_unspecified")
        if first["period_end"] > masks.iloc[0]["period_end"]:
            # The first figure is of a later day: the course of masks says how much of it fell in the first weeks.
            late = masks[masks["period_end"] == first["period_end"]].iloc[0]
            course = float(masks.iloc[0]["quantity"]) / float(late["quantity"])
            early = date.fromisoformat(masks.iloc[0]["period_end"])
        rate = float(first["quantity"]) * course / ((early - start).days + 1)
        return 7 * rate, "assumed", date.fromisoformat(first["known_by"])
    middle = (day + timedelta(days=3)).isoformat()
    reports = heard.to_dict("records")
    before, from_day, used = 0.0, start - timedelta(days=1), reports[0]
    for row in reports:
        used, end = row, date.fromisoformat(row["period_end"])
        rate = (float(row["quantity"]) - before) / (end - from_day).days
        if middle <= row["period_end"]:
            break
        before, from_day = float(row["quantity"]), end
    basis = "derived" if middle <= used["period_end"] else "assumed"
    return 7 * max(rate, 0.0), basis, date.fromisoformat(used["known_by"])


def _exports(as_of: date, days: list[date]) -> Iterator[Offer]:
    first = date.fromisoformat(load_table("exports_2020")["period_start"].min())
    for day in days:
        for reported, item, share in _export_shares() if day >= first else ():
            pieces, basis, published = weekly_export(reported, day, as_of)
            when = "after the day of planning" if published > as_of else "before the day of planning"
            yield _offer(
                day, donor="Exporters in China", source="PVG", item=item, code="EXPORT",
                quantity=pieces * share * rule("aid_share"), basis=basis, known_by=published,
                why=f"exports_2020 {reported} a week x {share:g} x aid_share {rule('aid_share'):g}; published {when}",
            )  # fmt: skip


def _united_nations(as_of: date, days: list[date]) -> Iterator[Offer]:
    """What the UN said it had secured or would ship, a while after it said so."""
    table = load_table("needs_stated_2020")
    table = table[table["scope"].str.contains("secured|shipments")]
    for row in table.to_dict("records"):
        published = date.fromisoformat(row["known_by"])
        start = min(published, as_of) + timedelta(days=int(rule("un_pipeline_start_days")))
        weekly = float(row["quantity"]) / WEEKS_IN[row["per"]]
        for day in days:
            for source, share in UN_SHARES[row["body"]].items() if day >= start else ():
                yield _offer(
                    day, donor=row["body"], source=source, item=row["item"], quantity=weekly * share, code=row["body"],
                    basis="derived" if published <= as_of else "assumed", known_by=published,
                    why=f"needs_stated_2020: {row['scope']}, {row['quantity']} a {row['per']}: {row['source']}",
                )  # fmt: skip


def _makers(as_of: date, days: list[date]) -> Iterator[Offer]:
    """Ventilators of makers outside China, from places without a known curb on exports."""
    table = known(load_table("production_2020"), as_of)
    table = table[(table["item"] == "ventilator") & (table["kind"] == "output") & (table["place"] != "CHN")]
    table = table[~table["place"].isin(curbed(as_of))].sort_values("known_by").drop_duplicates("producer", keep="last")
    for row in table.to_dict("records"):
        weekly = float(row["quantity"]) / WEEKS_IN[row["per"]] * rule("aid_share")
        for day in days:
            yield _offer(
                day, donor=row["producer"], source=airport_of(row["place"]), item="ventilator", quantity=weekly,
                basis="derived", known_by=date.fromisoformat(row["known_by"]), code="MAKER",
                why=f"production_2020: {row['producer']} {row['quantity']} a {row['per']} x aid_share: {row['source']}",
            )  # fmt: skip


@cache
def new_cases_world(day: date) -> float:
    """Cases reported worldwide in the seven days to the last count known on `day`; 0 before counts were shipped."""
    if day < vintage_dates()[0]:
        return 0.0
    totals = load_vintage(day).groupby("date")["cases_cumulative"].sum()
    return float(max(totals.iloc[-1] - totals.iloc[max(len(totals) - 8, 0)], 0.0))


def _pipelines(as_of: date, days: list[date], offers: list[Offer]) -> list[Offer]:
    """The assumed items, sized by the caseload known in that week and by the tests offered in it."""
    tests: dict[object, float] = {}
    for offer in offers:
        if offer["item"] == "pcr_test":
            tests[offer["available"]] = tests.get(offer["available"], 0.0) + float(str(offer["quantity"]))
    found = []
    table = load_table("assumed_supply").to_dict("records")
    for day in days:
        cases = new_cases_world(min(day, as_of)) * rule("aid_share")
        sizes = {"week": 1.0, "test": tests.get(day, 0.0), "severe": cases * rule("severe_share"),
                 "critical": cases * rule("critical_share")}  # fmt: skip
        for row in table:
            for part in row["shares"].split():
                source, share = part.split(":")
                found.append(
                    _offer(
                        day,
                        donor=row["donor"],
                        source=source,
                        item=row["item"],
                        code="ASSUMED",
                        basis="assumed",
                        quantity=float(row["quantity"]) * sizes[row["per"]] * float(share),
                        known_by=min(day, as_of),
                        why=f"assumed_supply: {row['quantity']} a {row['per']}; {row['source']}; {row['why']}",
                    )
                )
    return found


def _notes(as_of: date) -> tuple[DataQualityNote, ...]:
    notes = [
        DataQualityNote("no_offer", "Chlorine is not offered: drums cannot fly, and no sea lane is shipped."),
        DataQualityNote("stock_unknown", "What recipients held is not known for 2020; stock is unknown, not zero."),
    ]  # fmt: skip
    if curbed(as_of):
        names = ", ".join(sorted(curbed(as_of)))
        notes.append(
            DataQualityNote("export_curb", f"Makers in places with a known export curb are left out: {names}.")
        )
    return tuple(notes)
