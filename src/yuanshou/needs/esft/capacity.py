"""What a country has: staff, beds, PCR machines and how many tests a week they can run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.errors import SettingError
from yuanshou.needs.esft.numerics import r_round, r_sum
from yuanshou.needs.esft.tables import PLATFORMS, EsftSettings, EsftTables

TYPES = ("high_throughput", "near_patient", "manual")


def country_row(tables: EsftTables, iso3: str) -> dict[str, Any]:
    """The country's first row of the summary table; SettingError for a code it does not have."""
    rows = tables.who_country_summary[tables.who_country_summary["country_code"] == iso3]
    if rows.empty:
        raise SettingError(f"country {iso3!r}", "an ISO 3166 alpha-3 code of the ESFT tables", "correct the code")
    return {str(name): value for name, value in rows.iloc[0].to_dict().items()}


def country_capacity(tables: EsftTables, iso3: str, settings: EsftSettings) -> dict[str, Any]:
    """Staff and beds; overrides replace a value after all are derived, and recompute nothing."""
    row = country_row(tables, iso3)
    growth = tables.population.loc[tables.population["country_code"] == iso3, "yoy"]
    critical, other = float(row["perc_icu_beds"]) / 100, 0.4
    beds, severe = float(row["beds_total"]), 1 - other - critical
    found: dict[str, Any] = {
        "iso3c": iso3,
        "population": float(row["population"]),
        "yoy_growth": float(growth.iloc[0]) if len(growth) else np.nan,
        "income_group": row["income_group"],
        "n_hcws": float(row["doctors"]) + float(row["nurses"]),
        "n_labs": float(row["labs"]),
        "n_hosp_beds": beds,
        "perc_beds_crit_covid": critical,
        "perc_beds_not_covid": other,
        "perc_beds_sev_covid": severe,
        "beds_covid": r_round(beds * (1 - other)),
        "severe_beds_covid": r_round(beds * severe),
        "crit_beds_covid": r_round(beds * critical),
    }
    for name, value in settings.capacity.items():
        if name not in found:
            raise SettingError(f"capacity.{name}", f"one of {', '.join(found)}", "correct the name")
        found[name] = value
    if abs(sum(found[f"perc_beds_{k}_covid"] for k in ("crit", "not", "sev")) - 1) > 1e-9:
        raise SettingError("bed shares that do not sum to 1", "shares that sum to 1", "change them together")
    return found


def pcr_machines(tables: EsftTables, iso3: str, settings: EsftSettings) -> pd.DataFrame:
    """Machines or modules of each platform, in the package's order; the Panther Fusion is 0 everywhere."""
    rows = tables.diagnostics_platforms[tables.diagnostics_platforms["country_code"] == iso3]
    frame = rows.assign(hologic_panther_fusion=0).melt(
        id_vars=["country_name", "region", "income_group", "country_code"],
        value_vars=list(PLATFORMS),
        var_name="platform_key",
        value_name="modules_activated",
    )
    frame["modules_activated"] = frame["modules_activated"].astype(float)
    for platform, machines in settings.test_capacity.items():
        if platform not in PLATFORMS:
            raise SettingError(f"test_capacity.{platform}", f"one of {', '.join(PLATFORMS)}", "correct the name")
        frame.loc[frame["platform_key"] == platform, "modules_activated"] = machines
    return frame


@dataclass(frozen=True, eq=False)
class PcrCapacity:
    """Weekly tests by platform, laboratories and the most tests a day."""

    by_platform: pd.DataFrame
    total_labs: float
    max_tests_per_day: float


def throughput_table(tables: EsftTables, settings: EsftSettings) -> pd.DataFrame:
    """The throughput table with a setting's value in all seven rows."""
    unknown = [name for name in settings.throughput if name not in tables.throughput.columns]
    if unknown:
        raise SettingError(f"throughput.{unknown[0]}", "shifts_day, days_week or covid_capacity", "correct the name")
    return tables.throughput.assign(**settings.throughput)


def diagnostic_capacity(tables: EsftTables, machines: pd.DataFrame, settings: EsftSettings) -> PcrCapacity:
    """c = machines · days · tests a day · COVID share, by platform; laboratories from all machines."""
    hours = {int(s): int(h) for s, h in tables.hours_per_shift[["shifts", "hours"]].itertuples(index=False)}
    table = throughput_table(tables, settings)
    if not settings.throughput:
        table = table[table["shifts_day"].astype(int) == settings.shifts_per_day].copy()
    table["hours"] = table["shifts_day"].map(lambda s: hours.get(int(s), 0))
    table["throughput_per_day"] = [
        float(row[f"throughput_{row['hours']}hrs"]) if row["hours"] else np.nan for row in table.to_dict("records")
    ]
    frame = table.merge(machines, on="platform_key").sort_values("platform_key", kind="stable", ignore_index=True)
    days = frame["days_week"].astype(float)
    frame["total_test_capacity"] = frame["modules_activated"] * days * frame["throughput_per_day"]
    frame["covid_test_capacity"] = frame["total_test_capacity"] * frame["covid_capacity"].astype(float)
    near = frame["platform_key"] == "genexpert"
    labs = r_sum(frame.loc[~near, "modules_activated"].to_numpy()) / 3
    labs += r_sum(frame.loc[near, "modules_activated"].to_numpy()) / 4
    weekly = r_sum(frame["covid_test_capacity"].to_numpy())
    return PcrCapacity(frame, labs, weekly / 7)


def mix_of_tests(capacity: PcrCapacity, antigen_share: float) -> dict[str, tuple[float, float]]:
    """Type → (weekly capacity, share of tests); the antigen capacity is calculated back from its share."""
    frame = capacity.by_platform
    by_type = {t: r_sum(frame.loc[frame["type"] == t, "covid_test_capacity"].to_numpy()) for t in TYPES}
    total = r_sum(np.array(list(by_type.values())))
    with np.errstate(divide="ignore", invalid="ignore"):
        antigen = float(np.float64(total) * antigen_share / np.float64(1 - antigen_share))
        mix = {t: (c, float((1 - antigen_share) * np.float64(c) / np.float64(total))) for t, c in by_type.items()}
    return {**mix, "antigen": (antigen, float(antigen_share))}


def lab_covid_share(tables: EsftTables, settings: EsftSettings) -> float:
    """Mean over types of the mean COVID share of the type's platforms."""
    table = throughput_table(tables, settings)[["type", "covid_capacity"]]
    return float(table.groupby("type")["covid_capacity"].apply(lambda v: v.astype(float).mean()).mean())


REFERENCE_STAFF = {
    "n_docs": "doctors",
    "n_nurses": "nurses",
    "n_labs": "labs",
    "n_midwives": "midwives",
    "n_dentists": "dentists",
    "n_physiotherapists": "physiotherapists",
    "n_trad_comp_med": "trad_comp_med",
    "n_chws": "chws",
    "n_pharmacists": "pharmacists",
}


def reference_staff(tables: EsftTables, iso3: str, settings: EsftSettings) -> dict[str, float]:
    """Staff for the non-COVID essentials: the package's constants, or what the country has left for other work.

    The package ignores a changed throughput here, so the shares of the table count.
    """
    if settings.reference_staff == "fixed":
        rows = tables.parameters_default[tables.parameters_default["group"] == "reference_hcw_default"]
        return {str(n): float(v) for n, v in zip(rows["parameter"], rows["default"], strict=True)}
    row = country_row(tables, iso3)
    other = float(settings.params["perc_hcws_not_covid"])
    pairs = tables.throughput[["type", "covid_capacity"]].drop_duplicates()
    labs = 1 - float(pairs["covid_capacity"].astype(float).mean())
    share = {"n_docs": other, "n_nurses": other, "n_labs": labs}
    return {name: float(row[column]) * share.get(name, 1.0) for name, column in REFERENCE_STAFF.items()}
