"""Countries, territories and conveyances, and what their health systems have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from reference.common import number, read, whole, write

LANGUAGES = ("en", "fr", "es", "ru", "zh", "ar")

# The M49 list has no rows in these languages for TWN; the forms follow the English label of the same list.
UN_NAMES = {
    ("TWN", "fr"): "Taiwan (Province de Chine)",
    ("TWN", "es"): "Taiwán (Provincia de China)",
    ("TWN", "ru"): "Тайвань (провинция Китая)",
    ("TWN", "zh"): "中国台湾省",
    ("TWN", "ar"): "تايوان (مقاطعة الصين)",
}

# Places without an airport of their own use their gateway (OurAirports, public domain).
GATEWAYS = {
    "BCN": ("Barcelona International Airport", 41.2971, 2.0785),
    "NCE": ("Nice-Côte d'Azur Airport", 43.6584, 7.2159),
    "BLQ": ("Bologna Guglielmo Marconi Airport", 44.5354, 11.2887),
    "FCO": ("Rome-Fiumicino Leonardo da Vinci Airport", 41.8045, 12.2508),
}


def build(data: Path, out: Path) -> list[Path]:
    raw = read(data / "countries.csv").sort_values("iso3", ignore_index=True)
    return [
        write(_places(raw, read(out / "conveyances.csv")), out / "places.csv"),
        write(_capacity(read(data / "health_capacity.csv")), out / "health_capacity.csv"),
    ]


def _places(raw: pd.DataFrame, conveyances: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame({"place": raw["iso3"], "iso2": raw["iso2"], "m49": raw["m49"]})
    for language in LANGUAGES:
        extra = raw["iso3"].map({place: name for (place, key), name in UN_NAMES.items() if key == language})
        frame[f"name_{language}"] = raw[f"un_{language}"].where(raw[f"un_{language}"] != "", extra).fillna("")
        frame[f"cldr_{language}"] = raw[f"name_{language}"]
        # Where M49 has no row at all (XKX), the CLDR name stands in rather than a gap.
        frame[f"name_{language}"] = frame[f"name_{language}"].where(
            frame[f"name_{language}"] != "", frame[f"cldr_{language}"]
        )
    frame["un_region"], frame["un_subregion"] = raw["un_region"], raw["un_subregion"]
    frame["who_region"], frame["who_member"] = raw["who_region"], raw["who_member"]
    frame["income_group"] = raw["income_wb_2020"]
    frame["population"] = whole(raw["population_2020"])
    frame["population_source"] = raw["population_source"]
    frame["capital"] = raw["capital"]
    frame["capital_lat"], frame["capital_lon"] = number(raw["capital_lat"]), number(raw["capital_lon"])
    frame["centroid_lat"], frame["centroid_lon"] = (number(raw[c]).round(4) for c in ("centroid_lat", "centroid_lon"))
    frame = pd.concat([frame, _airports(raw)], axis=1)
    frame["kind"] = np.where(raw["independent"] == "Y", "country", "territory")
    return pd.concat([frame, _conveyances(conveyances, frame.columns)], ignore_index=True)


def _airports(raw: pd.DataFrame) -> pd.DataFrame:
    """The place's own cargo airport, or the gateway through which cargo reaches it."""
    known = raw[raw["cargo_iata"] != ""].drop_duplicates("cargo_iata").set_index("cargo_iata")
    rows = []
    for own, gateway, name, lat, lon in raw[
        ["cargo_iata", "gateway_iata", "cargo_airport", "cargo_lat", "cargo_lon"]
    ].itertuples(index=False):
        if own:
            rows.append((own, name, float(lat), float(lon), "own"))
        elif gateway in known.index:
            row = known.loc[gateway]
            rows.append((gateway, row["cargo_airport"], float(row["cargo_lat"]), float(row["cargo_lon"]), "gateway"))
        else:
            rows.append((gateway, *GATEWAYS[gateway], "gateway"))
    columns = ["cargo_airport", "cargo_airport_name", "cargo_lat", "cargo_lon", "cargo_kind"]
    return pd.DataFrame(rows, columns=columns, index=raw.index)


def _conveyances(raw: pd.DataFrame, columns: pd.Index) -> pd.DataFrame:
    frame = raw.drop(columns=["population_note"]).reindex(columns=columns, fill_value="")
    for column in (
        "population",
        "capital_lat",
        "capital_lon",
        "centroid_lat",
        "centroid_lon",
        "cargo_lat",
        "cargo_lon",
    ):
        frame[column] = number(frame[column])
    frame["population"] = frame["population"].astype("Int64")
    return frame


def _capacity(raw: pd.DataFrame) -> pd.DataFrame:
    """Beds and staff; the share of beds that are intensive care is measured for 16 countries, assumed elsewhere."""
    raw = raw.sort_values("iso3", ignore_index=True)
    beds = number(raw["beds_per_1000"])
    reported = number(raw["icu_per_100k_reported"]) / 100
    share = (reported / beds).where(reported.notna(), number(raw["icu_pct_of_beds_esft"]) / 100)
    frame = pd.DataFrame({"place": raw["iso3"], "beds_per_1000": beds, "beds_per_1000_basis": "sourced"})
    frame["icu_beds_share"] = share.round(5)
    frame["icu_beds_share_basis"] = np.where(reported.notna(), "derived", "assumed")
    frame["icu_beds_share_source"] = np.where(
        reported.notna(),
        "reported ICU beds per 100,000 over hospital beds: " + raw["icu_source"].str.strip(),
        "WHO ESFT default of the country's income group, not a measurement",
    )
    frame["icu_per_100k_reported"], frame["icu_year"] = number(raw["icu_per_100k_reported"]), raw["icu_year"]
    frame["ventilators_reported"] = whole(raw["ventilators_reported"])
    for ours, theirs in (("doctors", "doctors"), ("nurses", "nurses"), ("midwives", "midwives"), ("lab_staff", "labs"),
                         ("pharmacists", "pharmacists")):  # fmt: skip
        frame[ours] = whole(raw[theirs])
        frame[f"{ours}_basis"] = np.where(frame[ours].notna(), "sourced", "")
    frame["icu_beds_share_basis"] = frame["icu_beds_share_basis"].where(share.notna(), "")
    frame["beds_per_1000_basis"] = frame["beds_per_1000_basis"].where(beds.notna(), "")
    frame["population_of_staff"] = whole(raw["population_esft"])
    return frame
