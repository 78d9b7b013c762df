"""Items by week: hygiene and protective equipment, case management, diagnostics, drugs, other essentials."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from yuanshou.needs.esft.numerics import r_round, r_sum
from yuanshou.needs.esft.staffing import WEEK
from yuanshou.needs.esft.tables import EsftSettings, EsftTables
from yuanshou.tables import FloatArray

AMOUNT = "amount_per_{}_per_day"
INPATIENT_STAFF = {
    "inpatient_hcw": "hcws_inpatient_capped",
    "inpatient_cleaner": "cleaners_inpatient_capped",
    "inpatient_inf_caregiver": "inf_caregivers_hosp_uncapped",
    "inpatient_ambworker": "amb_personnel_inpatient_capped",
    "inpatient_biomed_eng": "bio_eng_inpatient_capped",
}
INPATIENTS = {
    "inpatient_sev_crit_patient": "total_beds_inuse",
    "inpatient_sev_patient": "sev_beds_inuse",
    "inpatient_crit_patient": "crit_beds_inuse",
}
LABORATORY = {"lab_tech": "lab_staff_capped", "lab_cleaner": "cleaners_lab"}
PARTS = ["amount_inpatient_hcw", "amount_inpatient_patient", "amount_isolation", "amount_screening", "amount_lab"]


def protective_items(tables: EsftTables, group: str, weeks: pd.DataFrame, settings: EsftSettings) -> pd.DataFrame:
    """Hygiene or PPE items by week. `weeks` holds staff, patients, tests and screening staff side by side.

    A reusable item is needed once a head each week, and again the next: its amounts only act as switches.
    """
    rows = tables.equipment_wide[tables.equipment_wide["group"] == group]
    frames = [_protective_item(item, weeks, settings) for item in _records(rows)]
    return _stacked(frames)


def _protective_item(item: dict[str, Any], weeks: pd.DataFrame, settings: EsftSettings) -> pd.DataFrame:
    reusable = _flag(item["reusable"])
    factor = 1.0 if reusable else 7.0

    def amount(consumer: str, *, patient: bool = False) -> float:
        value = _amount(item, consumer)
        return value if not reusable or patient else float(value > 0)

    def heads(columns: dict[str, str], *, patient: bool = False) -> FloatArray:
        parts = [amount(consumer, patient=patient) * weeks[column].to_numpy() for consumer, column in columns.items()]
        total: FloatArray = factor * np.sum(parts, axis=0)
        return total

    stay_mild = 1.0 if reusable else float(settings.params["stay_mild"])
    stay_mod = 1.0 if reusable else float(settings.params["stay_mod"])
    at_home = weeks["tests_mild"].to_numpy() * stay_mild + weeks["tests_mod"].to_numpy() * stay_mod
    carers = weeks["inf_caregivers_isol_uncapped"].to_numpy() * stay_mild
    parts = [
        heads(INPATIENT_STAFF),
        heads(INPATIENTS, patient=True),
        factor * (amount("isolation_inf_caregiver") * carers + amount("isolation_patient") * at_home),
        factor
        * (amount("screening_hcw") * weeks["screening_hcw_capped"].to_numpy() + amount("screening_patient") * at_home),
        heads(LABORATORY),
    ]
    values = dict(zip(PARTS, parts, strict=True))
    return _labelled(item, weeks, total_amount=np.sum(parts, axis=0), category=item["group"], **values)


def case_management_items(tables: EsftTables, patients: pd.DataFrame) -> pd.DataFrame:
    """Biomedical equipment and accessories: an amount for each admission and each bed in use, rounded up."""
    category = tables.equipment_wide["category"].astype(str)
    rows = tables.equipment_wide[category.str.startswith("Case management")]
    return _stacked([_case_item(item, patients) for item in _records(rows)])


def _case_item(item: dict[str, Any], patients: pd.DataFrame) -> pd.DataFrame:
    severe, critical = patients["sev_patients_admitted_cap"], patients["crit_patients_admitted_cap"]
    sides = {
        "sev": (severe, patients["sev_beds_inuse"]),
        "crit": (critical, patients["crit_beds_inuse"]),
        "sev_crit": (severe + critical, patients["total_beds_inuse"]),
    }
    values = {}
    for side, (admitted, beds) in sides.items():
        demand = (
            admitted * _amount(item, f"inpatient_{side}_patient") + beds * _amount(item, f"inpatient_{side}_bed")
        ).to_numpy()
        values[f"amount_{side}_patient"] = _bought(demand) if _flag(item["reusable"]) else np.ceil(demand)
    total = np.sum(list(values.values()), axis=0)
    return _labelled(item, patients, total_amount=total, category=item["category"], **values)


def _bought(demand: FloatArray) -> FloatArray:
    """Reusable: what each week adds to the highest ceil(demand) so far."""
    bought = np.zeros(len(demand))
    so_far = 0.0
    for week, needed in enumerate(demand):
        bought[week] = max(np.ceil(needed - so_far), 0.0)
        so_far += bought[week]
    return bought


DIAGNOSTIC_MIX = {
    "Test kits - high-throughput PCR (complete kit)": "high_throughput",
    "For near patient PCR machine - RT-PCR cartridge": "near_patient",
    "Antigen Rapid Diagnostic Tests": "antigen",
}


def diagnostic_items(
    tables: EsftTables,
    mix: dict[str, tuple[float, float]],
    tests: pd.DataFrame,
    patients: pd.DataFrame,
    settings: EsftSettings,
) -> pd.DataFrame:
    """Swabs, kits, cartridges and packaging; machines have no rule and stay missing."""
    rows = tables.equipment_wide[tables.equipment_wide["group"] == "Diagnostics"]
    total = tests["total_tests_capped"].to_numpy()
    lab = settings.lab
    per_kit = float(lab["num_tests_manual_test_kits"])
    frames = []
    for item in _records(rows):
        name = str(item["item"])
        if name.startswith("Swab"):
            amount = total
        elif name in DIAGNOSTIC_MIX:
            amount = total * mix[DIAGNOSTIC_MIX[name]][1]
        elif name.startswith("Test kit - manual"):
            usable = 100 - float(lab["perc_wastage_manual_test_kits"]) * per_kit
            amount = total * mix["manual"][1] / usable
        elif name.startswith("Triple packaging"):
            boxes = patients["hosp_facilities_inuse"].to_numpy() * float(lab["triple_packaging_per_unit"])
            amount = _bought(boxes)
        else:
            amount = np.full(len(total), np.nan)
        frames.append(_labelled(item, patients, total_amount=amount, category=item["group"]))
    return _stacked(frames)


def drugs(tables: EsftTables, cases: pd.DataFrame) -> pd.DataFrame:
    """Drug forms for all cases of the table, lead-in and later weeks included, not limited by beds."""
    table = tables.pharmaceuticals_wide
    frame = pd.DataFrame({"drug": table["drug"]})
    columns = {"mild": "mild", "mod": "mod", "severe": "sev", "crit": "crit"}
    cases_of = {"mild": "mild", "mod": "mod", "severe": "severe", "crit": "critical"}
    for label, short in columns.items():
        treated = r_round(r_sum(cases[f"new_{cases_of[label]}_cases"].to_numpy()))
        forms = pd.to_numeric(table[f"form_per_{short}_course"]).fillna(0)
        share = pd.to_numeric(table[f"perc_{short}_treated"]).fillna(0)
        frame[f"total_drug_form_all_{label}_treated"] = treated * forms * share
    return frame


NONCOVID = {
    "amount_noncovid_doctors": ("noncovid_doctor", "n_docs"),
    "amount_noncovid_nurses": ("noncovid_nurse", "n_nurses"),
    "amount_noncovid_lab_techs": ("noncovid_lab_tech", "n_labs"),
    "amount_midwives": ("noncovid_midwife", "n_midwives"),
    "amount_dentists": ("noncovid_dentist", "n_dentists"),
    "amount_physios": ("noncovid_physio", "n_physiotherapists"),
    "amount_trad_comp_meds": ("noncovid_traditional_compl", "n_trad_comp_med"),
    "amount_chws": ("noncovid_chw", "n_chws"),
    "amount_pharmacists": ("noncovid_pharmacist", "n_pharmacists"),
}


def noncovid_items(tables: EsftTables, staff: dict[str, float], settings: EsftSettings) -> pd.DataFrame:
    """Essentials for other care: one a head if reusable, else heads · amount · days a week · weeks."""
    days, weeks = float(settings.noncovid["days_week"]), float(settings.noncovid["forecast_length"])
    rows = []
    for item in _records(tables.noncovid_wide):
        row: dict[str, object] = {"item": item["item"]}
        for column, (consumer, cadre) in NONCOVID.items():
            heads = float(staff[cadre])
            row[column] = heads if _flag(item["reusable"]) else heads * _amount(item, consumer) * days * weeks
        rows.append(row)
    return pd.DataFrame(rows)


def commodity_totals(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Sums over weeks by category, item and unit; missing stays missing."""
    rows = [
        [*key, r_sum(group["total_amount"].to_numpy())]
        for frame in frames
        for key, group in frame.groupby(["category", "item", "unit"], sort=True)
    ]
    return pd.DataFrame(rows, columns=["category", "item", "unit", "total_amount"])


def _amount(item: dict[str, Any], consumer: str) -> float:
    value = item.get(AMOUNT.format(consumer))
    return 0.0 if value is None or value == "" or pd.isna(value) else float(value)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _flag(value: object) -> bool:
    return str(value).upper() == "TRUE"


def _labelled(
    item: dict[str, Any], weeks: pd.DataFrame, *, total_amount: FloatArray, category: str, **parts: FloatArray
) -> pd.DataFrame:
    frame = weeks[WEEK].copy()
    frame.insert(0, "category", category)
    frame["item"], frame["unit"], frame["total_amount"] = item["item"], item["unit"], total_amount
    return frame.assign(**parts)


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True).sort_values(["item", "week_begins"], kind="stable", ignore_index=True)
