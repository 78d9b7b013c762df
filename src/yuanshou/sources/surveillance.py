"""Case and death counts as people publish them, read into one labelled table: `SurveillanceSeries`.

The one thing easily confused: a count is *cumulative* (all persons so far) unless a name says *new*. Every layout is
turned into cumulative counts once, at the door; what is new in a day or a week is a difference of two known days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from yuanshou.errors import InputError
from yuanshou.tables import DataQualityNote, DateArray, FloatArray, freeze

Target = Literal["cases", "deaths"]


@dataclass(frozen=True, eq=False)
class SurveillanceSeries:
    """Cumulative counts by place and day, as they were known on `as_of`.

    Attributes
    ----------
    places : place codes (ISO 3166 alpha-3, or a conveyance code such as "SHIP-DIAMOND-PRINCESS"), P of them.
    dates : consecutive days, datetime64[D], shape (D,); none after `as_of`.
    cases, deaths : cumulative persons, float64, shape (P, D); NaN is "not reported", never zero.
    as_of : the last day whose publications were read.
    source : one line naming file, publisher and licence.
    notes : everything odd that was seen on reading; nothing was mended silently.
    health_workers : optional frame place, date, cases_cumulative (infections of health workers).
    imported : optional frame place, date, origin, cases_cumulative (cases by country of infection).
    """

    places: tuple[str, ...]
    dates: DateArray
    cases: FloatArray
    deaths: FloatArray
    as_of: date
    source: str
    notes: tuple[DataQualityNote, ...] = ()
    health_workers: pd.DataFrame = field(default_factory=pd.DataFrame)
    imported: pd.DataFrame = field(default_factory=pd.DataFrame)

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, *, as_of: date, source: str, file: str = "", notes: Iterable[DataQualityNote] = ()
    ) -> SurveillanceSeries:
        """The one door: a long table, checked once; everything odd becomes a note.

        Parameters
        ----------
        frame : place (code or name), date, cases_cumulative; optional deaths_cumulative, row (as a person counts),
            health_worker_cases_cumulative, origin with imported_cases_cumulative. NaN is "not reported".
        as_of : rows about later days are not read, and noted.
        source, file : what the counts come from, and the file that notes point to.
        notes : what was seen before the door.

        Raises
        ------
        InputError for a missing column, a day or count that is none, or where no row can be used.
        """
        from yuanshou.sources.counts_door import checked_counts

        return cls(**checked_counts(frame, as_of=as_of, file=file, notes=notes), as_of=as_of, source=source)

    def cumulative(self, target: Target) -> FloatArray:
        """Cumulative persons, shape (P, D), of cases or deaths."""
        return self.cases if target == "cases" else self.deaths

    def to_frame(self) -> pd.DataFrame:
        """place, date, cases_cumulative, deaths_cumulative: one row where at least one of the two was reported."""
        frame = pd.DataFrame(
            {
                "place": np.repeat(np.array(self.places, dtype=object), len(self.dates)),
                "date": np.tile(self.dates.astype("datetime64[s]"), len(self.places)),
                "cases_cumulative": self.cases.ravel(),
                "deaths_cumulative": self.deaths.ravel(),
            }
        )
        return frame.dropna(subset=["cases_cumulative", "deaths_cumulative"], how="all", ignore_index=True)

    def restrict(self, places: Iterable[str]) -> SurveillanceSeries:
        """The same series for some of its places, in the order given.

        Raises
        ------
        InputError naming the places that have no counts.
        """
        chosen = tuple(dict.fromkeys(places))
        missing = [p for p in chosen if p not in self.places]
        if missing or not chosen:
            raise InputError(
                f"no counts for {', '.join(missing)}" if missing else "no places",
                f"places among the {len(self.places)} that have counts", "name places of this table")  # fmt: skip
        rows = [self.places.index(p) for p in chosen]
        return replace(
            self,
            places=chosen,
            cases=freeze(self.cases[rows]),
            deaths=freeze(self.deaths[rows]),
            notes=tuple(n for n in self.notes if not n.place or n.place in chosen),
            health_workers=_of_places(self.health_workers, chosen),
            imported=_of_places(self.imported, chosen),
        )

    def until(self, day: date) -> SurveillanceSeries:
        """What this table says about the days up to `day` (not what was published by then: see `shipped_surveillance`).

        Raises
        ------
        InputError when the first day is later.
        """
        keep = self.dates <= np.datetime64(day, "D")
        if not keep.any():
            raise InputError(f"{day}", f"a day from {self.dates[0]} on, where these counts begin", "choose a later day")
        return replace(
            self,
            dates=freeze(self.dates[keep]),
            cases=freeze(self.cases[:, keep]),
            deaths=freeze(self.deaths[:, keep]),
            as_of=min(day, self.as_of),
            notes=tuple(n for n in self.notes if n.date <= day.isoformat()),
            health_workers=_up_to(self.health_workers, day),
            imported=_up_to(self.imported, day),
        )

    def new_daily(self, target: Target = "cases") -> FloatArray:
        """Persons new on each day, shape (P, D): NaN unless this day and the day before were reported.

        A cumulative count that falls gives a negative number; what stood on the first day is not new on it.
        """
        return np.diff(self.cumulative(target), axis=1, prepend=np.nan)


def read_surveillance(
    path: str | Path,
    *,
    as_of: date,
    layout: str | None = None,
    columns: Mapping[str, str] | None = None,
    deaths: str | Path | None = None,
) -> SurveillanceSeries:
    """Counts from a file of any layout in `yuanshou.sources.layouts.LAYOUTS`.

    Parameters
    ----------
    path : CSV or XLSX; for the JHU layout the file of cases.
    as_of : rows about later days are not read.
    layout : its name; detected from the header when not given.
    columns : field → header (fields in `yuanshou.sources.layouts.FIELDS`), and the settings date_order (dmy / mdy) and
        sheet; makes the layout plain unless one is named.
    deaths : the file of deaths, where deaths stand in a file of their own.

    Raises
    ------
    InputError, SettingError : the message names file, row, column and the way out.
    """
    from yuanshou.sources.layouts import read_counts

    counts = read_counts(Path(path), as_of=as_of, layout=layout, columns=columns or {}, deaths=deaths)
    return SurveillanceSeries.from_frame(
        counts.frame, as_of=as_of, source=counts.source, file=counts.file, notes=counts.notes
    )


def shipped_surveillance(as_of: date) -> SurveillanceSeries:
    """The counts shipped with the package as they were known on `as_of` (first half of 2020).

    Source: Johns Hopkins CSSE, CC BY 4.0, doi:10.1016/S1473-3099(20)30120-1.

    Raises
    ------
    InputError before the first shipped vintage.
    """
    from yuanshou.reference import latest_vintage, load_vintage

    vintage = latest_vintage(as_of)
    source = f"Johns Hopkins CSSE time series as published on {vintage} (CC BY 4.0)"
    notes: tuple[DataQualityNote, ...] = ()
    if vintage < as_of:
        message = f"the latest shipped counts known on {as_of} are those published on {vintage}"
        notes = (DataQualityNote("older_vintage", message, date=vintage.isoformat()),)
    return SurveillanceSeries.from_frame(
        load_vintage(as_of), as_of=as_of, source=source, file=f"shipped counts of {vintage}", notes=notes
    )


def _of_places(frame: pd.DataFrame, places: tuple[str, ...]) -> pd.DataFrame:
    return frame[frame["place"].isin(places)].reset_index(drop=True) if len(frame) else frame


def _up_to(frame: pd.DataFrame, day: date) -> pd.DataFrame:
    return frame[frame["date"] <= pd.Timestamp(day)].reset_index(drop=True) if len(frame) else frame
