"""What health workers use for all other patients: by place, from the staff there is; given beside epidemic need.

The one thing easily confused: this is consumption that goes on with or without the epidemic; it is never added to
`Needs.draws`, so that a plan for the epidemic does not pay for ordinary supply unnoticed.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from yuanshou.needs.pack import DiseasePack
from yuanshou.needs.parameters import point_values

WORKING_DAYS_PER_WEEK = 5


def routine_needs(
    places: tuple[str, ...], capacity: pd.DataFrame, pack: DiseasePack, *, as_of: date,
    parameters: pd.DataFrame | None = None, weeks: int = 12,
) -> pd.DataFrame:  # fmt: skip
    """Pieces for other care over `weeks`: place, item, workers, quantity; NaN where the staff is not known.

    workers = (doctors + nurses + midwives) · (1 − staff_available_share); quantity = workers · 5 days · weeks · rate.
    """
    values = point_values(pack.parameters if parameters is None else parameters, as_of)
    table = capacity.reindex(list(places))
    midwives = pd.to_numeric(table["midwives"]).fillna(0) if "midwives" in table else 0
    staff = pd.to_numeric(table["doctors"]) + pd.to_numeric(table["nurses"]) + midwives
    other = staff * (1 - float(values["staff_available_share"][0]))
    frames = []
    for line in pack.routine:
        quantity = other * WORKING_DAYS_PER_WEEK * weeks * float(values[line.name][0])
        item = line.target.removeprefix("routine:")
        frames.append(
            pd.DataFrame({"place": list(places), "item": item, "workers": other.to_numpy(), "quantity": quantity})
        )
    if not frames:
        return pd.DataFrame(columns=["place", "item", "workers", "quantity"])
    return pd.concat(frames, ignore_index=True).sort_values(["place", "item"], ignore_index=True)
