"""Which places a plan covers: those that report, and those that have nothing to report yet.

A file of counts lists the places that have cases. A country that is not listed has published no case; that
is knowledge, and it is not the same as a listed place whose count is missing. Planning covers both kinds,
and says by a note which places were added and on what ground.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from yuanshou.places import load_places
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import DataQualityNote, freeze


def planning_places(places: pd.DataFrame | None = None) -> tuple[str, ...]:
    """Every country of the reference table, sorted by code (territories and ships take part when they report)."""
    table = load_places() if places is None else places
    return tuple(sorted(table.index[table["kind"] == "country"]))


def with_unlisted(series: SurveillanceSeries, places: tuple[str, ...]) -> SurveillanceSeries:
    """The series with a row of zero cases for each of `places` it does not list, and one note that says so."""
    unlisted = tuple(place for place in places if place not in set(series.places))
    if not unlisted:
        return series
    none = np.zeros((len(unlisted), len(series.dates)))
    note = DataQualityNote(
        "not_listed",
        f"{len(unlisted)} countries are not listed in the counts, so no case had been published there; they are "
        f"planned for as having none so far: {', '.join(unlisted[:8])}{' …' if len(unlisted) > 8 else ''}",
        date=series.as_of.isoformat(),
    )
    return replace(
        series,
        places=series.places + unlisted,
        cases=freeze(np.vstack([series.cases, none])),
        deaths=freeze(np.vstack([series.deaths, none])),
        notes=(*series.notes, note),
    )
