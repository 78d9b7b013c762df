"""The ESFT tables from a user's folder, and the settings of a run with the package's defaults under them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from yuanshou.errors import InputError, SettingError
from yuanshou.tables import require_columns

PLATFORMS = (
    "roche_6800",
    "roche_8800",
    "abbott_m2000",
    "hologic_panther",
    "hologic_panther_fusion",
    "genexpert",
    "manual",
)
FILES: dict[str, list[str]] = {
    "who_country_summary": ["country_code", "population", "doctors", "nurses", "labs", "beds_total", "perc_icu_beds"],
    "population": ["country_code", "yoy"],
    "diagnostics_platforms": ["country_name", "country_code", "genexpert", "manual"],
    "throughput": ["platform_key", "throughput_8hrs", "type", "shifts_day", "days_week", "covid_capacity"],
    "hours_per_shift": ["shifts", "hours"],
    "hwfe": ["patient_t24_sev", "patient_t24_crit", "patient_t24_screen", "esft_group"],
    "equipment_wide": ["category", "group", "item", "unit", "reusable"],
    "pharmaceuticals_wide": ["drug", "form_per_crit_course", "perc_crit_treated"],
    "noncovid_wide": ["item", "reusable", "amount_per_noncovid_doctor_per_day"],
    "parameters_default": ["group", "parameter", "default"],
}
"""File (without .csv) → columns without which the chain cannot run."""


@dataclass(frozen=True, eq=False)
class EsftTables:
    """The package's tables, one frame a file; read with `load_tables`."""

    who_country_summary: pd.DataFrame
    population: pd.DataFrame
    diagnostics_platforms: pd.DataFrame
    throughput: pd.DataFrame
    hours_per_shift: pd.DataFrame
    hwfe: pd.DataFrame
    equipment_wide: pd.DataFrame
    pharmaceuticals_wide: pd.DataFrame
    noncovid_wide: pd.DataFrame
    parameters_default: pd.DataFrame


def load_tables(folder: Path) -> EsftTables:
    """Read the folder; InputError names a missing file or column. "NA" is a code or name, never a missing value."""
    frames = {}
    for name, columns in FILES.items():
        path = folder / f"{name}.csv"
        if not path.is_file():
            raise InputError(
                f"no {path.name} in {folder}", "the ESFT tables as CSV files", "unpack the data pack there"
            )
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""], float_precision="round_trip")
        require_columns(frame, columns, what=path.name, where=str(folder.name))
        frames[name] = frame
    return EsftTables(**frames)


@dataclass(frozen=True)
class EsftSettings:
    """Resolved settings of one run; each mapping has the package's parameter names.

    `shifts_per_day` other than 1 finds no platform, as in the package, unless `throughput` is given;
    `throughput` and `capacity`, `test_capacity`, `hcw_caps` replace values of tables or results; `reference_staff` is
    "fixed" (the package's own constant counts) or "country".
    """

    user: Mapping[str, Any]
    params: Mapping[str, float]
    strategy: Mapping[str, Any]
    diagnostic: Mapping[str, float]
    lab: Mapping[str, float]
    capacity: Mapping[str, float]
    test_capacity: Mapping[str, float]
    throughput: Mapping[str, float]
    hcw_caps: Mapping[str, float]
    shifts_per_day: int
    reference_staff: str
    noncovid: Mapping[str, float]


def resolve_settings(tables: EsftTables, arguments: Mapping[str, Any]) -> EsftSettings:
    """Defaults of the tables with the arguments over them.

    Raises
    ------
    SettingError : an unknown name, an unknown strategy, or shares of cases that do not sum to 1.
    """
    given_strategy = dict(arguments.get("strategy") or {})
    strategy = _defaults(tables, "testing_strategy")
    strategy["strategy"] = given_strategy.get("strategy") or strategy["strategy"]
    strategy["perc_tested_mild_mod"] = _tested_share(strategy["strategy"], given_strategy.get("perc_tested_mild_mod"))
    strategy = _over(strategy, given_strategy.get("overrides"), "testing_strategy")
    params = _over(_defaults(tables, "parameters"), arguments.get("params"), "params")
    shares = sum(float(params[f"{c}_i_proportion"]) for c in ("mild", "mod", "sev", "crit"))
    if abs(shares - 1) > 1e-9:
        raise SettingError(f"shares of cases that sum to {shares:g}", "shares that sum to 1", "change them together")
    return EsftSettings(
        user=_over(_defaults(tables, "user_input"), arguments.get("user"), "user"),
        params=params,
        strategy=strategy,
        diagnostic=_over(_defaults(tables, "diagnostic_parameters"), arguments.get("diagnostic"), "diagnostic"),
        lab=_over(_defaults(tables, "lab_parameters"), arguments.get("lab"), "lab"),
        capacity=dict(arguments.get("capacity") or {}),
        test_capacity=dict(arguments.get("test_capacity") or {}),
        throughput=dict(arguments.get("throughput") or {}),
        hcw_caps=dict(arguments.get("hcw_caps") or {}),
        shifts_per_day=int(arguments.get("shifts_per_day") or 1),
        reference_staff=arguments.get("ref_default") or "fixed",
        noncovid=_over(_defaults(tables, "noncovid_essentials"), arguments.get("noncovid"), "noncovid"),
    )


def _tested_share(strategy: str, given: float | None) -> float:
    if strategy == "all":
        return 1.0
    if strategy == "targeted":
        return 0.1 if given is None else float(given)
    raise SettingError(f"testing strategy {strategy!r}", "all or targeted", "choose one of the two")


def _defaults(tables: EsftTables, group: str) -> dict[str, Any]:
    rows = tables.parameters_default[tables.parameters_default["group"] == group]
    return {str(n): _value(str(v)) for n, v in zip(rows["parameter"], rows["default"], strict=True)}


def _value(text: str) -> Any:
    if text in ("TRUE", "FALSE"):
        return text == "TRUE"
    try:
        return float(text)
    except ValueError:
        return text


def _over(defaults: dict[str, Any], given: Mapping[str, Any] | None, what: str) -> dict[str, Any]:
    for name in given or {}:
        if name not in defaults:
            raise SettingError(f"{what}.{name}", f"one of {', '.join(defaults)}", "correct the name")
    return {**defaults, **{k: v for k, v in (given or {}).items() if v is not None}}
