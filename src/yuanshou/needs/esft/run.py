"""The whole reference chain on one screen, in the order of the package's own calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from yuanshou.needs.esft import capacity as capacity_stage
from yuanshou.needs.esft import commodities, epidemic, staffing
from yuanshou.needs.esft.tables import EsftTables, resolve_settings


@dataclass(frozen=True, eq=False)
class EsftResult:
    """Every table of a run under the reference's own names.

    Attributes
    ----------
    frames : cases, patients, tests, hcws, screening_hcws, added_tests, n_tests, test_capacity,
        diagnostic_capacity, test_ratios, hygiene, ppe, case_management, diagnostics, pharma, noncovid,
        commodities_totals.
    numbers : capacity, scalars, hcw_caps, reference_hcw: name → number.
    """

    frames: dict[str, pd.DataFrame]
    numbers: dict[str, dict[str, Any]]


def run_esft(
    tables: EsftTables, iso3: str, series: pd.DataFrame, source: str, arguments: Mapping[str, Any]
) -> EsftResult:
    """The chain for one country; `source` is "WHO" (daily cases) or "Imperial" (compartments).

    Raises
    ------
    SettingError : an unknown country or setting, or no bed in use in any week (where the reference stops too).
    """
    settings = resolve_settings(tables, arguments)
    capacity = capacity_stage.country_capacity(tables, iso3, settings)
    machines = capacity_stage.pcr_machines(tables, iso3, settings)
    pcr = capacity_stage.diagnostic_capacity(tables, machines, settings)
    mix = capacity_stage.mix_of_tests(pcr, float(settings.diagnostic["perc_antigen_tests"]))
    cases = epidemic.weekly_cases(series, source, settings)
    patients = epidemic.weekly_patients(cases, capacity, source, settings)
    tests = staffing.weekly_tests(patients, cases, settings)
    caps = staffing.staff_caps(tables, capacity, patients, settings)
    staff = staffing.weekly_staff(patients, tests, caps, pcr.total_labs, settings)
    screening = staffing.screening_staff(tests, caps)
    further = staffing.further_tests(staff, screening, tests, settings)
    total = staffing.total_tests(tests, further, pcr.max_tests_per_day)
    reference = capacity_stage.reference_staff(tables, iso3, settings)
    weeks = patients
    for other in (staff, tests, screening):
        weeks = weeks.merge(other, on=staffing.WEEK)
    items = {
        "hygiene": commodities.protective_items(tables, "Hygiene", weeks, settings),
        "ppe": commodities.protective_items(tables, "PPE", weeks, settings),
        "case_management": commodities.case_management_items(tables, patients),
        "diagnostics": commodities.diagnostic_items(tables, mix, total, patients, settings),
    }
    frames = {
        "test_capacity": machines,
        "diagnostic_capacity": pcr.by_platform,
        "test_ratios": pd.DataFrame(
            [[t, *v] for t, v in mix.items()], columns=["type", "covid_test_capacity", "ratio"]
        ),
        "cases": cases,
        "patients": patients,
        "tests": tests,
        "hcws": staff,
        "screening_hcws": screening,
        "added_tests": further,
        "n_tests": total,
        "noncovid": commodities.noncovid_items(tables, reference, settings),
        "pharma": commodities.drugs(tables, cases),
        **items,
        "commodities_totals": commodities.commodity_totals(list(items.values())),
    }
    scalars = {"total_labs": pcr.total_labs, "max_tests_per_day": pcr.max_tests_per_day}
    numbers = {"capacity": capacity, "scalars": scalars, "hcw_caps": caps, "reference_hcw": reference}
    return EsftResult(frames, numbers)
