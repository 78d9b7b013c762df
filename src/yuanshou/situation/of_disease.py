"""The situation of an outbreak of any disease, without figures that would rest on another one.

The reproduction number rests on the serial interval of the disease, and the library has that of COVID-19 alone. For
any other disease it is left out, with the reason, and so is the rule of the high-risk list that reads it; growth and
doubling time need no such assumption and stay.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from yuanshou.situation.assess import Situation, assess
from yuanshou.sources.surveillance import SurveillanceSeries

WITH_SERIAL_INTERVAL = "covid-19"
COLUMNS = ["reproduction_number", "reproduction_number_low", "reproduction_number_high"]
NO_INTERVAL = "no reproduction number: no serial interval of this disease is known here"


def assess_disease(
    series: SurveillanceSeries, disease: str, *, compare_to: SurveillanceSeries | None = None
) -> Situation:
    """The situation of a series; `compare_to` are the counts known on an earlier day. Whoever knows the serial interval
    gives it to `assess`."""
    situation = assess(series, compare_to=compare_to)
    if disease == WITH_SERIAL_INTERVAL:
        return situation
    table, risks, changes = situation.table.copy(), situation.high_risk, situation.changes
    table[COLUMNS] = np.nan
    told = table["reason"].fillna("").astype(str)
    told = told.where(~told.str.contains("reproduction number"), "")
    table["reason"] = [f"{words}; {NO_INTERVAL}" if words else NO_INTERVAL for words in told]
    resting = risks["reason"].astype(str).str.contains("reproduction number")
    changed = changes["detail"].astype(str).str.contains("reproduction number")
    return replace(situation, table=table, high_risk=risks[~resting], changes=changes[~changed])
