"""What a place can absorb: beds, health workers and tests, and how far each limits care.

The one thing easily confused: *uncapped* need is what care would take if nothing but the epidemic limited
it; *capped* need is what the beds, staff and laboratories that exist can use. Uncapped need is the fair measure of
a place's want; capped need alone would make places with few beds seem to need little.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from yuanshou.errors import InputError
from yuanshou.needs.inputs import number_column, read_columns, text_column
from yuanshou.needs.parameters import Draws
from yuanshou.tables import DataQualityNote, FloatArray

CAPACITY_COLUMNS = ["beds_per_1000", "icu_beds_share", "doctors", "nurses", "lab_staff"]
CAP_NAMES = ("ward_beds", "icu_beds", "ventilators", "staff", "tests")


@dataclass(frozen=True, eq=False)
class Capacity:
    """Health capacity of P places as arrays of shape (P,), NaN where unknown.

    ward_beds, icu_beds : all beds of the kind. staff : doctors and nurses. lab_staff : laboratory workers.
    ventilators : machines, where a user's table has the column; otherwise NaN, and they limit nothing.
    """

    ward_beds: FloatArray
    icu_beds: FloatArray
    staff: FloatArray
    lab_staff: FloatArray
    ventilators: FloatArray

    def limits(self, values: Draws, rows: slice) -> dict[str, FloatArray]:
        """What can be given to these patients, (P, 1, N) float32 a week: beds, shifts, tests."""
        return {
            "ward_beds": _times(self.ward_beds[rows], values["beds_available_share"]),
            "icu_beds": _times(self.icu_beds[rows], values["icu_available_share"]),
            "staff": _times(self.staff[rows], values["staff_available_share"] * values["shifts_per_worker_week"]),
            "tests": _times(self.lab_staff[rows], values["tests_per_lab_worker_week"] * values["lab_shifts_per_day"]),
            "ventilators": _times(self.ventilators[rows], values["icu_available_share"]),
        }


def _times(count: FloatArray, rate: FloatArray) -> FloatArray:
    product: FloatArray = (count[:, None, None] * rate[None, None, :]).astype(np.float32)
    return product


def capacity_of(
    places: tuple[str, ...], capacity: pd.DataFrame, population: pd.Series
) -> tuple[Capacity, list[DataQualityNote]]:
    """The capacity of each place, and a note for every place whose capacity is not known.

    `capacity` is indexed by place with CAPACITY_COLUMNS; `population` is indexed by place.
    """
    table = capacity.reindex(columns=CAPACITY_COLUMNS).apply(pd.to_numeric).reindex(list(places))
    people = pd.to_numeric(population.reindex(list(places))).to_numpy(dtype=float)
    beds = table["beds_per_1000"].to_numpy(dtype=float) * people / 1000
    icu_share = table["icu_beds_share"].to_numpy(dtype=float)
    columns = {
        "ward_beds": beds * (1 - icu_share),
        "icu_beds": beds * icu_share,
        "staff": table["doctors"].to_numpy(dtype=float) + table["nurses"].to_numpy(dtype=float),
        "lab_staff": table["lab_staff"].to_numpy(dtype=float),
    }
    notes = []
    for i, place in enumerate(places):
        missing = [name for name, values in columns.items() if not np.isfinite(values[i])]
        if missing:
            text = f"no health capacity known ({', '.join(missing)}): need is given uncapped only"
            notes.append(DataQualityNote("no_capacity", text, place=place))
    machines = pd.to_numeric(capacity["ventilators"]).reindex(list(places)) if "ventilators" in capacity else None
    ventilators = np.full(len(places), np.nan) if machines is None else machines.to_numpy(dtype=float)
    return Capacity(**columns, ventilators=ventilators), notes


def limit_ratio(needed: FloatArray, available: FloatArray) -> FloatArray:
    """min(1, available/needed), and 1 where nothing is needed; NaN where the capacity is unknown."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.minimum(available / needed, needed.dtype.type(1.0))
    idle = np.where(np.isnan(available), np.nan, 1.0).astype(ratio.dtype)
    result: FloatArray = np.where(needed > 0, ratio, idle)
    return result


def read_capacity(path: Path, shipped: pd.DataFrame) -> pd.DataFrame:
    """The shipped table with the rows of a user's CSV or XLSX over it: place and any of CAPACITY_COLUMNS, ventilators.

    Raises
    ------
    InputError : no column place, no capacity column, or a cell that is no number; with row and column.
    """
    frame = read_columns(path, ["place"], what="the capacity")
    given = [c for c in (*CAPACITY_COLUMNS, "ventilators") if c in frame.columns]
    if not given:
        raise InputError(
            f"the columns {', '.join(frame.columns)}", f"any of {', '.join(CAPACITY_COLUMNS)}, ventilators",
            "name the columns so", where=path.name,
        )  # fmt: skip
    table = shipped.copy()
    if "ventilators" in given and "ventilators" not in table:
        table["ventilators"] = np.nan
    places = text_column(frame, "place")
    for column in given:
        high = 1.0 if column == "icu_beds_share" else np.inf
        numbers = number_column(frame, column, high=high, default=np.nan)
        for place, value in zip(places, numbers, strict=True):
            if np.isfinite(value):
                table.loc[place, column] = value
    return table
