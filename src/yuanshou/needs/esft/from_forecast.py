"""The reference chain on our own counts and forecast, and its figures beside the standard chain's, item by item.

The one thing easily confused: the reference sums reusable protective items anew each week and counts manual PCR
tests in kits of about 90; the table shows both figures as they are and says where they do not mean the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.errors import SettingError
from yuanshou.forecast.forecasters import QUANTILE_LEVELS, Forecast
from yuanshou.needs.esft.run import EsftResult, run_esft
from yuanshou.needs.esft.tables import EsftTables
from yuanshou.needs.patients import observed_history, week_before
from yuanshou.needs.quantify import Needs
from yuanshou.sources.surveillance import SurveillanceSeries

ITEMS = {
    "surgical_mask": ("Mask, medical / surgical for healthworker", "Mask, medical / surgical for patient"),
    "respirator_n95": ("Respirator",),
    "gloves": ("Gloves, examination",),
    "gloves_surgical": ("Gloves, surgical",),
    "gown": ("Gown, protective",),
    "goggles": ("Goggles, protective",),
    "face_shield": ("Face shield",),
    "apron": ("Apron, disposable",),
    "hand_sanitizer": ("Alcohol-based hand rub",),
    "chlorine_hth": ("Chlorine, HTH 70%",),
    "soap": ("Liquid soap",),
    "biohazard_bag": ("Bio-hazardous bag",),
    "pcr_test": ("Test kit - manual PCR (complete kit)",),
    "pcr_cartridge": ("For near patient PCR machine - RT-PCR cartridge",),
    "rapid_test": ("Antigen Rapid Diagnostic Tests",),
    "swab_vtm": ("Swab and Viral transport medium",),
    "triple_pack": ("Triple packaging boxes",),
    "thermometer": ("Infrared thermometer",),
    "pulse_oximeter": ("Pulse oximeter",),
    "ventilator": ("Patient ventilator, intensive care, with breathing circuits and patient interface",),
    "ventilator_noninvasive": ("BiPAP, with tubing and patient interfaces, with accessories",),
    "hfnc": ("High Flow Nasal Cannula, with tubing and patient interfaces",),
    "patient_monitor": ("Patient monitor, multiparametric with ECG, with accessories",),
    "infusion_pump": ("Infusion pump",),
    "suction_pump": ("Suction pump",),
    "laryngoscope": ("Laryngoscope (direct or video type)",),
    "nasal_cannula": ("Nasal oxygen cannula, with prongs",),
    "et_tube": ("Tube, endotracheal",),
}
"""Our item → the reference's items that mean the same; some units differ, see REMARKS."""

FACTOR = {"gloves": 2.0}
"""The reference counts pairs, we single gloves."""

REMARKS = {
    "goggles": "the reference needs them afresh every week",
    "pcr_test": "the reference counts kits of about 90 tests",
    "surgical_mask": "the reference charges isolation and screening for the same people",
    "pulse_oximeter": "bought once in both",
}


def run_on_forecast(
    tables: EsftTables,
    forecast: Forecast,
    series: SurveillanceSeries,
    place: str,
    arguments: Mapping[str, Any] | None = None,
) -> EsftResult:
    """The reference chain for one place on observed days and the median forecast, split evenly over its days."""
    if place not in forecast.places:
        raise SettingError(f"place {place!r}", "a place of the forecast", "name one with counts")
    row = forecast.places.index(place)
    last = week_before(forecast.week_ends)
    history, _notes = observed_history(series, (place,), last)
    median = int(np.flatnonzero(QUANTILE_LEVELS == 0.5)[0])
    weekly = forecast.quantiles[0, row, :, median]
    if not np.isfinite(weekly).all():
        raise SettingError(f"no forecast for {place}", "a place with a forecast", "see yuanshou forecast")
    past = history[0][::-1].astype(float)
    days = last - np.timedelta64(len(past) - 1, "D") + np.arange(len(past) + 7 * len(weekly))
    cases = np.concatenate([past, np.repeat(weekly / 7, 7)])
    frame = pd.DataFrame({"Date_reported": days.astype(str), "New_cases": cases})
    monday = last + np.timedelta64(2, "D")
    given = dict(arguments or {})
    given["user"] = {"week1": str(monday), "forecast_period": len(weekly), **(given.get("user") or {})}
    return run_esft(tables, place, frame, "WHO", given)


def beside_standard(result: EsftResult, needs: Needs, place: str) -> pd.DataFrame:
    """Item by item over the horizon: the reference, the standard chain uncapped and capped, and their ratio."""
    totals = result.frames["commodities_totals"].groupby("item")["total_amount"].sum()
    row = needs.places.index(place)
    uncapped = np.median(needs.total()[row], axis=-1)
    limited = np.median(needs.total(capped=True)[row], axis=-1) if needs.draws_capped is not None else uncapped * np.nan
    rows = []
    for item, names in ITEMS.items():
        if item not in needs.items:
            continue
        i = needs.items.index(item)
        reference = float(sum(totals.get(name, np.nan) for name in names)) * FACTOR.get(item, 1.0)
        ratio = float(limited[i]) / reference if reference > 0 else float("nan")
        rows.append([item, reference, float(uncapped[i]), float(limited[i]), ratio, REMARKS.get(item, "")])
    columns = ["item", "esft", "standard", "standard_capped", "capped_over_esft", "remark"]
    return pd.DataFrame(rows, columns=columns)
