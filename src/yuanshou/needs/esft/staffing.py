"""Tests for patients, caps on staff, weekly staff, screening staff, further tests and their total."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from yuanshou.errors import SettingError
from yuanshou.needs.esft.capacity import lab_covid_share
from yuanshou.needs.esft.numerics import r_round, r_sum
from yuanshou.needs.esft.tables import EsftSettings, EsftTables

WEEK = ["week_begins", "week_ends"]


def weekly_tests(patients: pd.DataFrame, cases: pd.DataFrame, settings: EsftSettings) -> pd.DataFrame:
    """Tests for diagnosis and release, uncapped and capped, and for mild, moderate and suspected people."""
    weeks = patients[WEEK].merge(cases, on=WEEK, how="left")
    dx, params, strategy = settings.diagnostic, settings.params, settings.strategy
    survive_sev, survive_crit = 1 - float(params["ifr_sev"]), 1 - float(params["ifr_crit"])
    frame = patients[WEEK].copy()
    on_diagnosis, on_release = float(dx["tests_diagnosis_sev_crit"]), float(dx["tests_release_sev_crit"])
    frame["tests_diagnosis_uncapped_sev_crit"] = (
        weeks["new_severe_cases"] + weeks["new_critical_cases"]
    ) * on_diagnosis
    released = patients["rem_sev_patients"] * survive_sev + patients["rem_crit_patients"] * survive_crit
    frame["tests_release_uncapped_sev_crit"] = released * on_release
    admitted = patients["sev_patients_admitted_cap"] + patients["crit_patients_admitted_cap"]
    frame["tests_diagnosis_capped_sev_crit"] = admitted * on_diagnosis
    released = patients["discharged_sev_patients"] * survive_sev + patients["discharged_crit_patients"] * survive_crit
    frame["tests_release_capped_sev_crit"] = released * on_release
    each = float(dx["tests_diagnosis_mild_mod"])
    tested = float(strategy["perc_tested_mild_mod"])
    frame["tests_mod"] = weeks["new_mod_cases"] * each * tested
    frame["tests_mild"] = weeks["new_mild_cases"] * each * tested
    frame["tests_suspected"] = weeks["sus_cases_but_negative"] * each * tested
    frame["testing_strategy"] = strategy["strategy"]
    return frame


def staff_caps(
    tables: EsftTables, capacity: dict[str, Any], patients: pd.DataFrame, settings: EsftSettings
) -> dict[str, Any]:
    """One set of ratios and caps for the whole forecast.

    Raises
    ------
    SettingError : no bed is ever used (0/0 in the reference), or an unknown cap is overridden.
    """
    hours = tables.hwfe
    workers = hours[hours["esft_group"] == "HCW"]
    cleaners = hours[hours["esft_group"] == "Cleaner"]
    beds = r_sum(patients["total_beds_inuse"].to_numpy())
    if not beds > 0:
        raise SettingError("no bed in use in any week", "at least one patient", "the reference chain stops here too")
    severe = r_sum(patients["sev_beds_inuse"].to_numpy()) / beds
    critical = r_sum(patients["crit_beds_inuse"].to_numpy()) / beds
    per_bed = (
        r_sum(workers["patient_t24_sev"].to_numpy()) / 8 * severe
        + r_sum(workers["patient_t24_crit"].to_numpy()) / 8 * critical
    )
    hygienists = (
        r_sum(cleaners["patient_t24_sev"].to_numpy()) / 8 * severe
        + r_sum(cleaners["patient_t24_crit"].to_numpy()) / 8 * critical
    ) * 10
    screened = 8 / r_sum(workers["patient_t24_screen"].to_numpy())
    outpatient = r_round(1 / screened, 5)
    params = settings.params
    prob_out = float(params["mild_i_proportion"]) + float(params["mod_i_proportion"])
    prob_in = float(params["sev_i_proportion"]) + float(params["crit_i_proportion"])
    ratio = r_round(prob_in * per_bed / (prob_in * per_bed + prob_out * outpatient), 5)
    other = float(params["perc_hcws_not_covid"])
    treating = r_round(ratio * (1 - other), 5)
    screening = r_round(1 - other - treating, 5)
    caps: dict[str, Any] = {
        "iso3c": capacity["iso3c"],
        "bed_cap": float(capacity["n_hosp_beds"]),
        "cases_screened_per_hcw_per_day": screened,
        "cleaners_inpatient_cap": float(capacity["n_hosp_beds"]) * hygienists,
        "hcws_inpatients_cap": r_round(treating * float(capacity["n_hcws"]), 5),
        "hcws_per_bed": per_bed,
        "hcws_per_inpatient": per_bed,
        "hcws_per_outpatient": outpatient,
        "hcws_screening_cap": r_round(screening * float(capacity["n_hcws"]), 5),
        "hygienists_per_bed": hygienists,
        "lab_staff_cap": float(capacity["n_labs"]) * lab_covid_share(tables, settings),
        "perc_crit_cases": r_round(critical, 5),
        "perc_screening_covid": screening,
        "perc_sev_cases": r_round(1 - r_round(critical, 5), 5),
        "perc_treating_covid": treating,
        "prob_inpatient": prob_in,
        "prob_outpatient": prob_out,
        "ratio_hcws_inpatient_outpatient": ratio,
    }
    for name, value in settings.hcw_caps.items():
        if name not in caps:
            raise SettingError(f"hcw_caps.{name}", f"one of {', '.join(caps)}", "correct the name")
        caps[name] = value
    return caps


def weekly_staff(
    patients: pd.DataFrame, tests: pd.DataFrame, caps: dict[str, Any], total_labs: float, settings: EsftSettings
) -> pd.DataFrame:
    """Staff for patients in hospital, carers at home and laboratories; laboratories are constant over time."""
    beds, params, lab = patients["total_beds_inuse"], settings.params, settings.lab
    frame = patients[WEEK].copy()
    frame["hcws_inpatient_uncapped"] = beds * caps["hcws_per_bed"]
    frame["hcws_inpatient_capped"] = np.minimum(frame["hcws_inpatient_uncapped"], caps["hcws_inpatients_cap"])
    frame["inf_caregivers_hosp_uncapped"] = beds * float(params["n_inf_caregivers_hosp"])
    frame["cleaners_inpatient_capped"] = np.minimum(beds * caps["hygienists_per_bed"], caps["cleaners_inpatient_cap"])
    frame["amb_personnel_inpatient_capped"] = np.rint(beds * float(params["ambulancews_per_bed"]))
    frame["bio_eng_inpatient_capped"] = np.rint(beds * float(params["bioengs_per_bed"]))
    at_home = tests["tests_mild"] + tests["tests_mod"]
    frame["inf_caregivers_isol_uncapped"] = at_home * float(params["n_inf_caregivers_isol"])
    staff = float(lab["lab_staff_per_lab"]) * total_labs
    frame["lab_staff_capped"] = np.ceil(np.minimum(staff, caps["lab_staff_cap"]))
    frame["cleaners_lab"] = np.ceil(float(lab["hygienists_per_lab"]) * total_labs)
    return frame


def screening_staff(tests: pd.DataFrame, caps: dict[str, Any]) -> pd.DataFrame:
    """Health workers who see people before a test."""
    frame = tests[WEEK].copy()
    seen = tests["tests_suspected"] + tests["tests_mild"] + tests["tests_mod"]
    frame["screening_hcw_uncapped"] = seen / (7 * caps["cases_screened_per_hcw_per_day"])
    frame["screening_hcw_capped"] = np.minimum(frame["screening_hcw_uncapped"], caps["hcws_screening_cap"])
    return frame


def further_tests(
    staff: pd.DataFrame, screening: pd.DataFrame, tests: pd.DataFrame, settings: EsftSettings
) -> pd.DataFrame:
    """Tests of staff and of contacts; the reference repeats the first week's contact tests in every week."""
    strategy = settings.strategy
    frame = tests[WEEK].copy()
    people = (
        staff["hcws_inpatient_capped"]
        + staff["cleaners_inpatient_capped"]
        + staff["amb_personnel_inpatient_capped"]
        + staff["bio_eng_inpatient_capped"]
        + screening["screening_hcw_capped"]
        + staff["lab_staff_capped"]
        + staff["cleaners_lab"]
    )
    frame["tests_hcws_weekly"] = float(strategy["tests_per_hcw_per_week"]) * people
    positive = (
        tests["tests_diagnosis_uncapped_sev_crit"]
        + tests["tests_release_uncapped_sev_crit"]
        + tests["tests_mild"]
        + tests["tests_mod"]
    )
    contacts = float(strategy["perc_contacts_tested"]) * float(strategy["avg_contacts_pos_case"]) * positive
    first = float(contacts.iloc[0]) if len(contacts) else 0.0
    frame["tests_contacts_weekly"] = first if strategy["testing_contacts"] else 0.0
    return frame


def total_tests(tests: pd.DataFrame, further: pd.DataFrame, max_tests_per_day: float) -> pd.DataFrame:
    """All tests of a week, and those the machines can run."""
    frame = tests[WEEK].copy()
    total = (
        tests["tests_diagnosis_capped_sev_crit"]
        + tests["tests_release_capped_sev_crit"]
        + tests["tests_mild"]
        + tests["tests_mod"]
        + tests["tests_suspected"]
        + further["tests_hcws_weekly"]
        + further["tests_contacts_weekly"]
    )
    frame["total_tests_capped"] = np.minimum(total, 7 * max_tests_per_day)
    frame["total_tests_uncapped"] = total
    return frame
