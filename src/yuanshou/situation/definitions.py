"""Known changes of what a place counts, each from the day it was announced; a later one is never used for an earlier day.

The one thing easily confused: a change of definition is a fact about the *count*, not about the epidemic, and it is
known only from the day it was made.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd


@cache
def _changes() -> pd.DataFrame:
    path = files("yuanshou.situation") / "definition_changes.csv"
    with path.open("rb") as file:
        return pd.read_csv(file, dtype=str, keep_default_na=False)


def definition_changes(*, target: str, as_of: date) -> dict[str, dict[np.datetime64, str]]:
    """place → day → what changed and who said so, for cases or deaths, up to `as_of`.

    >>> list(definition_changes(target="cases", as_of=date(2020, 3, 25)))
    ['CHN']
    """
    frame = _changes()
    frame = frame[(frame["target"] == target) & (frame["date"] <= as_of.isoformat())]
    found: dict[str, dict[np.datetime64, str]] = {}
    for place, day, detail, source in frame[["place", "date", "detail", "source"]].itertuples(index=False):
        found.setdefault(str(place), {})[np.datetime64(str(day), "D")] = f"{detail} ({source})"
    return found
