"""What the last plan said would be sent: the table a new plan differs from only at a cost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from yuanshou.allocation.record import unpack
from yuanshou.errors import InputError
from yuanshou.plan import read_plan

COLUMNS = ["source", "recipient", "item", "mode", "week", "quantity", "until"]


def read_last_plan(path: str | Path) -> pd.DataFrame:
    """Dispatches of a plan file by lane, item and week, and the last week it reached in every row.

    Raises
    ------
    InputError : the file is no plan, or has no dispatches.
    """
    path = Path(path)
    document = read_plan(path / "plan.json" if path.is_dir() else path)
    table = pd.DataFrame(document["dispatches"])
    if table.empty:
        raise InputError(
            f"{path.name} without dispatches", "a plan that sends something", "leave --last-plan out", where=path.name
        )
    table["week"] = pd.to_datetime(table["week"])
    ends = unpack(document["certificate"]["network"]["week_ends"]).astype("datetime64[D]")
    table["until"] = pd.Timestamp(np.max(ends).astype(object))
    keys = ["source", "recipient", "item", "mode", "week", "until"]
    total: pd.DataFrame = table.groupby(keys)[["quantity"]].sum().reset_index()
    return total[COLUMNS]
