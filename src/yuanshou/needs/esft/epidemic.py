"""Weekly cases and patients, with whole-week stays and the reference's start-up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from yuanshou.errors import InputError
from yuanshou.needs.esft.numerics import lag, r_cumsum, r_sum
from yuanshou.needs.esft.tables import EsftSettings
from yuanshou.tables import FloatArray, require_columns

IMPERIAL_SUMS = ("hospital_incidence", "ICU_incidence", "infections")
IMPERIAL_PEAKS = ("hospital_demand", "ICU_demand", "cumulative_infections")
SEVERITIES = ("crit", "sev", "mod", "mild")


def weekly_cases(series: pd.DataFrame, source: str, settings: EsftSettings) -> pd.DataFrame:
    """New cases by severity and week, from daily cases ("WHO") or from compartments ("Imperial")."""
    frame = _weekly_reported(series) if source == "WHO" else _weekly_compartments(series)
    params = settings.params
    severe, critical = float(params["sev_i_proportion"]), float(params["crit_i_proportion"])
    if source == "WHO":
        frame["new_critical_cases"] = frame["cases"] * critical
        frame["new_severe_cases"] = frame["cases"] * severe
    else:
        frame["new_critical_cases"] = frame["ICU_incidence"]
        frame["new_severe_cases"] = frame["hospital_incidence"]
    hospital = frame["new_severe_cases"] + frame["new_critical_cases"]
    for name in ("mod", "mild"):
        frame[f"new_{name}_cases"] = hospital * float(params[f"{name}_i_proportion"]) / (severe + critical)
    stays = [int(params[f"stay_{s}"]) for s in SEVERITIES]
    cut = np.datetime64(str(settings.user["week1"]), "D") - np.timedelta64(7 * (max(stays) + 1), "D")
    frame = frame[frame["week_ends"].to_numpy("datetime64[D]") > cut].reset_index(drop=True)
    for long in ("critical", "severe", "mod", "mild"):
        frame[f"cum_{long}_cases"] = r_cumsum(frame[f"new_{long}_cases"].to_numpy())
    new = sum(frame[f"new_{long}_cases"] for long in ("mild", "mod", "severe", "critical"))
    frame["cum_cases"] = r_cumsum(frame["cases"].to_numpy() if source == "WHO" else np.asarray(new))
    frame["sus_cases_but_negative"] = new * float(settings.strategy["num_neg_per_pos_test"])
    return frame


def _weeks(dates: pd.Series) -> pd.Series:
    days = pd.to_datetime(dates, format="%Y-%m-%d")
    monday: pd.Series = days - pd.to_timedelta(days.dt.weekday, unit="D")
    return monday


def _grouped(series: pd.DataFrame, date: str) -> tuple[pd.DataFrame, list[tuple[Any, pd.DataFrame]]]:
    days = pd.to_datetime(series[date], format="%Y-%m-%d")
    groups = list(series.assign(_day=days).groupby(_weeks(series[date]), sort=True))
    frame = pd.DataFrame(
        {"week_begins": [week for week, _ in groups], "week_ends": [g["_day"].max() for _, g in groups]}
    )
    return frame, groups


def _weekly_reported(series: pd.DataFrame) -> pd.DataFrame:
    require_columns(series, ["Date_reported", "New_cases"], what="the case series")
    frame, groups = _grouped(series, "Date_reported")
    frame["cases"] = [r_sum(group["New_cases"].to_numpy(dtype=float)) for _, group in groups]
    return frame


def _weekly_compartments(series: pd.DataFrame) -> pd.DataFrame:
    require_columns(series, ["date", "compartment", "y_mean"], what="the compartment series")
    wide = series.pivot(index="date", columns="compartment", values="y_mean").reset_index()
    absent = [c for c in (*IMPERIAL_SUMS, *IMPERIAL_PEAKS) if c not in wide.columns]
    if absent:
        raise InputError(f"no compartment {', '.join(absent)}", "all six compartments", "add their rows")
    frame, groups = _grouped(wide, "date")
    for name in IMPERIAL_PEAKS:
        frame[name] = [float(group[name].max()) for _, group in groups]
    for name in IMPERIAL_SUMS:
        frame[name] = [r_sum(group[name].to_numpy(dtype=float)) for _, group in groups]
    return frame


def weekly_patients(cases: pd.DataFrame, capacity: dict[str, Any], source: str, settings: EsftSettings) -> pd.DataFrame:
    """Patients, beds in use, admissions and discharges of the forecast weeks."""
    stay = {s: int(settings.params[f"stay_{s}"]) for s in SEVERITIES}
    long = {"crit": "critical", "sev": "severe", "mod": "mod", "mild": "mild"}
    cumulative = {s: cases[f"cum_{long[s]}_cases"].to_numpy() for s in SEVERITIES}
    new = {s: cases[f"new_{long[s]}_cases"].to_numpy() for s in SEVERITIES}
    patients, removed = {}, {}
    for s in SEVERITIES:
        if source != "WHO" and s in ("crit", "sev"):
            patients[s] = cases["ICU_demand" if s == "crit" else "hospital_demand"].to_numpy(dtype=float)
            removed[s] = cumulative[s] - patients[s]
        else:
            removed[s] = lag(cumulative[s], stay[s])
            patients[s] = cumulative[s] - removed[s]
    limits = {"crit": float(capacity["crit_beds_covid"]), "sev": float(capacity["severe_beds_covid"])}
    use = {s: np.minimum(patients[s], limits[s]) for s in ("crit", "sev")}
    total = use["crit"] + use["sev"]
    columns: dict[str, FloatArray] = {f"{s}_patients_nocap": patients[s] for s in SEVERITIES}
    columns |= {"crit_beds_inuse": use["crit"], "sev_beds_inuse": use["sev"], "total_beds_inuse": total}
    columns["hosp_facilities_inuse"] = np.ceil(total / float(settings.params["n_hosp_beds_per_care_unit"]))
    for s in SEVERITIES:
        hospital = s in ("crit", "sev")
        columns[f"rem_{s}_patients"] = removed[s] - lag(removed[s], 1) if hospital else lag(new[s], stay[s])
    frame = cases[["week_begins", "week_ends"]].assign(**{k: np.nan_to_num(v, nan=0.0) for k, v in columns.items()})
    for s, other in (("crit", "sev"), ("sev", "crit")):
        beds = frame[f"{s}_beds_inuse"].to_numpy()
        admitted, discharged = _admissions(beds, new[s], limits[s], stay[s], stay[other])
        frame[f"discharged_{s}_patients"], frame[f"{s}_patients_admitted_cap"] = discharged, admitted
    first = np.datetime64(str(settings.user["week1"]), "D")
    kept = frame[frame["week_begins"].to_numpy("datetime64[D]") >= first]
    return kept.head(int(settings.user["forecast_period"])).reset_index(drop=True)


def _admissions(use: FloatArray, new: FloatArray, limit: float, stay: int, other: int) -> tuple[FloatArray, FloatArray]:
    admitted, discharged = np.zeros(len(use)), np.zeros(len(use))
    for row in range(len(use)):
        i = row + 1
        if stay >= i and other >= i:
            admitted[row] = use[row]
        elif stay < i:
            discharged[row] = admitted[row - stay]
            occupied = use[row - 1] - discharged[row]
            admitted[row] = limit - occupied if occupied + new[row] > limit else new[row]
    return admitted, discharged
