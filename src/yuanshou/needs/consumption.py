"""Observed consumption updates the standard rates: a Bayesian blend with the weight shown.

The standard rate is a normal prior with mean `value` and standard deviation (high − low)/6, as for any beta-PERT range.
A count c of pieces over an exposure E (patient-days, tests …) observes the rate r = c/E with variance
max(φ·r, φ/E)/E, φ the overdispersion. The posterior mean is w·r + (1 − w)·value with w = prior variance /
(prior variance + observation variance). Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.5.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from yuanshou.errors import InputError, SettingError
from yuanshou.needs.inputs import number_column, read_columns, text_column

OVERDISPERSION = 25.0
"""φ: how much more than a Poisson count consumption varies (issues come in boxes); assumed, an argument everywhere."""


def read_consumption(path: Path) -> pd.DataFrame:
    """Columns name (a rate such as gloves/severe_day), consumed (pieces), exposure (units of the driver).

    Raises
    ------
    InputError : a missing column, a number that is none or negative, an exposure of zero; with the row.
    """
    frame = read_columns(path, ["name", "consumed", "exposure"], what="the consumption")
    consumed = number_column(frame, "consumed")
    exposure = number_column(frame, "exposure", low=1e-9)
    return pd.DataFrame({"name": text_column(frame, "name"), "consumed": consumed, "exposure": exposure})


def blend(
    table: pd.DataFrame, observed: pd.DataFrame, *, overdispersion: float = OVERDISPERSION
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The parameter table with observed rates blended in, and what was done.

    Returns
    -------
    (table, report): report has name, standard, observed, weight, blended, low, high, consumed, exposure.

    Raises
    ------
    InputError : a name that is no rate of the table. SettingError : overdispersion not above zero.
    """
    if not overdispersion > 0:
        raise SettingError(f"overdispersion {overdispersion}", "a number above 0", "use 1 for a Poisson count")
    table = table.copy()
    rows = {name: i for i, name in enumerate(table["name"])}
    report = []
    for name, group in observed.groupby("name", sort=False):
        if name not in rows or "/" not in str(name):
            raise InputError(f"{name!r}", "a rate such as gloves/severe_day", "see yuanshou needs --show-parameters")
        i = rows[name]
        standard, low, high = (float(table[c].iloc[i]) for c in ("value", "low", "high"))
        consumed, exposure = float(group["consumed"].sum()), float(group["exposure"].sum())
        rate = consumed / exposure
        prior = ((high - low) / 6) ** 2
        noise = max(overdispersion * rate, overdispersion / exposure) / exposure
        weight = prior / (prior + noise)
        mean = weight * rate + (1 - weight) * standard
        spread = 3 * float(np.sqrt(prior * noise / (prior + noise))) if prior > 0 else 0.0
        new_low, new_high = max(mean - spread, 0.0), mean + spread
        source = f"observed {consumed:g} over {exposure:g}, weight {weight:.2f}; {table['source'].iloc[i]}"
        changes: dict[str, Any] = {
            "value": mean,
            "low": new_low,
            "high": new_high,
            "source": source,
            "overridden": True,
        }
        for column, entry in changes.items():
            table.iat[i, list(table.columns).index(column)] = entry
        report.append([name, standard, rate, weight, mean, new_low, new_high, consumed, exposure])
    columns = ["name", "standard", "observed", "weight", "blended", "low", "high", "consumed", "exposure"]
    return table, pd.DataFrame(report, columns=columns)
