"""Items, hubs, freight, lead times, gifts, exports, production, needs as stated, curbs and incidents.

`known_by` is the first day on which the world could know a figure: the day of a dated report, the last day of the
month or quarter where only that is known, the day after the period for a customs figure.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from reference.common import number, read, whole, write

# What a report calls a thing → our item, base units in one of theirs, and whether that is what the report says.
READINGS = {
    "mask_unspecified": ("surgical_mask", 1, "assumed"),
    "mask_medical_other": ("surgical_mask", 1, "assumed"),
    "respirator_ffp2": ("respirator_n95", 1, "sourced"),
    "respirator_kf94": ("respirator_n95", 1, "sourced"),
    "test_unspecified": ("pcr_test", 1, "assumed"),
    "disinfectant": ("hand_sanitizer", 1, "assumed"),
}
TOTALS = "cumulative_"

# Customs figures came out the day after the period, but for the last one: the white paper of 7 June 2020.
EXPORTS_KNOWN = {"2020-04-04": "2020-04-05", "2020-04-25": "2020-04-26", "2020-04-30": "2020-05-02",
                 "2020-05-16": "2020-05-17", "2020-05-31": "2020-06-07"}  # fmt: skip


def build(data: Path, out: Path) -> list[Path]:
    items = _items(read(data / "items.csv"))
    codes = set(items["item"])
    tables = {
        "items": items,
        "hubs": _hubs(read(data / "hubs.csv")),
        "gifts_2020": _gifts(read(data / "aid_2020.csv"), items),
        "exports_2020": _exports(read(data / "china_exports_cumulative.csv"), codes),
        "production_2020": _dated(read(data / "production_capacity.csv"), first=["known_by", "place"]),
        "needs_stated_2020": _dated(read(data / "need_estimates.csv"), first=["known_by", "body"]),
        "freight_rates": _rates(read(data / "air_freight_rates.csv")),
        "aircraft_loads": _dated(read(data / "aircraft_loads.csv"), first=["known_by", "aircraft"]),
        "lead_times": _with_basis(read(data / "lead_times.csv"), {"source_url": "source"}),
        "common_services": _with_basis(read(data / "wfp_common_services.csv"), {"source_url": "source"}),
        "export_curbs": _curbs(read(data / "export_restrictions.csv")),
        "supply_incidents": _dated(read(data / "supply_incidents.csv"), first=["known_by", "kind"]),
        "us_equipment_by_state": _us(read(data / "us_fema_ppe_by_state.csv"), read(data / "us_fema_state_context.csv")),
        "pooled_funds_2020": _funds(read(data / "pooled_fund_contributions_2020.csv")),
    }
    return [write(table, out / f"{name}.csv") for name, table in tables.items()]


def _basis(text: pd.Series) -> pd.Series:
    """Their word "assumption" is our "assumed"."""
    return text.replace({"assumption": "assumed"})


def _items(raw: pd.DataFrame) -> pd.DataFrame:
    price_assumed = raw["price_source"].str.startswith("assumption")
    pack_assumed = raw["pack_source"].str.startswith("assumption") | (raw["pack_source"] == "")
    packed = (raw["units_per_box"] != "") | (raw["boxes_per_carton"] != "")
    return pd.DataFrame(
        {
            "item": raw["item"],
            "name": raw["name"],
            "group": raw["group"],
            "unit": raw["unit"],
            "reusable": raw["reusable"],
            "unit_price_usd": number(raw["unit_price_usd"]),
            "price_basis": np.where(price_assumed, "assumed", "sourced"),
            "price_source": raw["price_source"],
            "units_per_box": whole(raw["units_per_box"]),
            "boxes_per_carton": whole(raw["boxes_per_carton"]),
            "pack_basis": np.where(~packed, "", np.where(pack_assumed, "assumed", "sourced")),
            "pack_source": raw["pack_source"],
            "kg_per_unit": number(raw["kg_per_unit"]),
            "kg_low": number(raw["kg_low"]),
            "kg_high": number(raw["kg_high"]),
            "kg_basis": _basis(raw["kg_basis"]),
            "m3_per_unit": number(raw["m3_per_unit"]),
            "m3_basis": _basis(raw["m3_basis"]),
            "size_source": raw["size_source"],
            "temperature": raw["temperature"],
            "dangerous_goods": raw["dangerous_goods"],
            # 45 to 50 kg drums are above the 25 kg a cargo aircraft may take (49 CFR 172.101).
            "by_air": np.where(raw["item"] == "chlorine_hth", "N", "Y"),
            "note": raw["note"],
        }
    )


def _hubs(raw: pd.DataFrame) -> pd.DataFrame:
    columns = {"iata": "airport", "hub": "name", "iso3": "place", "tier": "tier", "role": "role", "lat": "latitude",
               "lon": "longitude", "source_url": "source"}  # fmt: skip
    frame = raw.rename(columns=columns)[list(columns.values())]
    frame["basis"] = np.where(frame["role"].str.contains("assumed"), "assumed", "sourced")
    return frame.sort_values("airport", ignore_index=True)


def _known_by(date: pd.Series, precision: pd.Series) -> pd.Series:
    """The last day of the day, month or quarter a report is dated to."""
    days = pd.to_datetime(date.where(date.str.len() > 7, date + "-01"))
    month = days + pd.offsets.MonthEnd(0)
    quarter = days + pd.offsets.QuarterEnd(0)
    known = days.where(precision == "d", month.where(precision == "m", quarter))
    return known.dt.strftime("%Y-%m-%d")


def _gifts(raw: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    unit = items.set_index("item")["unit"]
    item, quantity, basis = [], [], []
    for reported, count, their_unit in raw[["item", "quantity", "unit"]].itertuples(index=False):
        ours, factor, how = READINGS.get(reported, (reported if reported in unit.index else "", 1, "sourced"))
        # Gloves are counted singly here and often given in pairs; a pair of goggles is one.
        factor = 2 if ours == "gloves" and their_unit == "pair" else factor
        item.append(ours)
        quantity.append(round(float(count) * factor) if ours and count else pd.NA)
        basis.append(how if ours else "")
    frame = pd.DataFrame(
        {
            "gift": raw["id"],
            "date": raw["date"],
            "date_precision": raw["date_precision"],
            "known_by": _known_by(raw["date"], raw["date_precision"]),
            "donor": raw["donor"],
            "donor_code": raw["donor_code"],
            "donor_type": raw["donor_type"],
            "recipient": raw["recipient"],
            "recipient_code": raw["recipient_code"].str.replace("|", " "),
            "item": item,
            "item_basis": basis,
            "quantity": pd.array(quantity, dtype="Int64"),
            "item_reported": raw["item"],
            "quantity_reported": number(raw["quantity"]),
            "unit_reported": raw["unit"],
            "status": raw["status"],
            "is_total": np.where(raw["status"].str.startswith(TOTALS), "Y", "N"),
            "grade": raw["source_grade"],
            "basis": "sourced",
            "source": raw["source_url"],
            "note": raw["note"],
        }
    )
    return frame.sort_values("gift", ignore_index=True)


def _exports(raw: pd.DataFrame, codes: set[str]) -> pd.DataFrame:
    double = (raw["unit"] == "pair") & (raw["item"] == "gloves")
    frame = pd.DataFrame(
        {
            "place": raw["iso3"],
            "item": raw["item"].where(raw["item"].isin(codes), ""),
            "item_reported": raw["item"],
            "period_start": raw["period_start"],
            "period_end": raw["period_end"],
            "known_by": raw["period_end"].map(EXPORTS_KNOWN),
            "quantity": (number(raw["cumulative_quantity"]) * np.where(double, 2, 1)).round().astype("int64"),
            "basis": "sourced",
            "source": raw["source_url"],
            "note": raw["note"],
        }
    )
    return frame.sort_values(["place", "item_reported", "period_end"], ignore_index=True)


def _dated(raw: pd.DataFrame, *, first: list[str]) -> pd.DataFrame:
    """A table of dated facts: `date` kept as written, `known_by` as the last day it can mean."""
    frame = raw.rename(columns={"source_url": "source", "iso3": "place"})
    precision = frame["date"].str.len().map({4: "y", 7: "m", 10: "d"})
    known = _known_by(frame["date"].where(precision != "y", frame["date"] + "-12"), precision.replace("y", "m"))
    frame["known_by"] = known
    if "quantity" in frame:
        frame["quantity"] = whole(frame["quantity"])
    frame["basis"] = "sourced"
    return frame[first + [c for c in frame.columns if c not in first]]


def _with_basis(raw: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    return raw.rename(columns=columns).assign(basis="sourced")


def _rates(raw: pd.DataFrame) -> pd.DataFrame:
    """Market rates; a week's rate is known the day after the week, an undated article by the end of its month."""
    frame = raw.rename(columns={"source_url": "source"})
    day = frame["period"].str.extract(r"(20\d\d-\d\d-\d\d)")[0]
    month = frame["period"].str.extract(r"(20\d\d-\d\d)")[0]
    known = (pd.to_datetime(day) + pd.Timedelta(days=1)).dt.strftime("%Y-%m-%d")
    known = known.fillna(_known_by(month.fillna("2020-06"), pd.Series("m", index=month.index)))
    frame.insert(1, "known_by", known)
    frame["usd_per_kg"] = number(frame["usd_per_kg"])
    return frame.assign(basis="sourced")


def _curbs(raw: pd.DataFrame) -> pd.DataFrame:
    columns = {"as_of": "known_by", "iso3": "place", "source_url": "source"}
    return raw.rename(columns=columns).assign(basis="sourced")


def _us(raw: pd.DataFrame, context: pd.DataFrame) -> pd.DataFrame:
    """Equipment the United States sent its states, with population and cases at the same day."""
    frame = raw.rename(columns={"as_of": "known_by", "recipient_state": "state"})
    people = context.set_index("State")
    frame["quantity"] = whole(frame["quantity"])
    frame["state_population_2019"] = whole(frame["state"].map(people["population_2019"]).fillna(""))
    cases = [
        people.loc[state, f"cases_{day.replace('-', '_')}"] if state in people.index else ""
        for state, day in frame[["state", "known_by"]].itertuples(index=False)
    ]
    frame["state_cases"] = whole(pd.Series(cases, index=frame.index))
    keep = ["known_by", "state", "item", "quantity", "unit", "status", "flag", "state_population_2019", "state_cases"]
    return frame[keep].assign(basis="sourced").sort_values(["known_by", "state", "item"], ignore_index=True)


def _funds(raw: pd.DataFrame) -> pd.DataFrame:
    frame = raw[
        ["code", "donor", "donor_type", "fund_type", "fund", "fiscal_year", "status", "pledge_date", "paid_date"]
    ]
    frame = frame.assign(outstanding_pledge_usd=number(raw["outstanding_pledge_usd"]), paid_usd=number(raw["paid_usd"]))
    return frame.assign(basis="sourced").sort_values(["code", "pledge_date", "paid_date"], ignore_index=True)
