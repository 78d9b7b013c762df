"""A small world for replays: six countries, three items, two hubs, eight weeks, nothing random but the seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from yuanshou.replay.world import ReplayWorld, make_world
from yuanshou.sources.supply import AidSupply
from yuanshou.sources.surveillance import SurveillanceSeries

PLACES = ("BRA", "ESP", "IND", "ITA", "KEN", "ZAF")
ITEMS = ("gown", "surgical_mask", "ventilator")
START, LAST = np.datetime64("2020-01-22"), np.datetime64("2020-06-30")


def counts(*, growth: Sequence[float] = (0.09, 0.12, 0.08, 0.1, 0.06, 0.07)) -> tuple[np.ndarray, np.ndarray]:
    """Cumulative cases and deaths by place and day: exponential growth that slows down after two months."""
    days = np.arange((LAST - START).astype(int) + 1)
    rate = np.array(growth)[:, None] / (1 + (days / 70) ** 4)
    cases = np.floor(5 * np.exp(np.cumsum(rate, axis=1)))
    return cases, np.floor(cases / 40)


@dataclass(frozen=True)
class PublishedCounts:
    """Counts as published by a day: whatever stands after it in the full series is cut off."""

    cases: np.ndarray = field(default_factory=lambda: counts()[0])
    deaths: np.ndarray = field(default_factory=lambda: counts()[1])

    def __call__(self, as_of: date) -> SurveillanceSeries:
        dates = np.arange(START, LAST + 1)
        known = dates <= np.datetime64(as_of)
        return SurveillanceSeries(
            PLACES, dates[known], self.cases[:, known].copy(), self.deaths[:, known].copy(), as_of, "made up"
        )


def small_supply() -> AidSupply:
    nodes = pd.DataFrame(
        [("DXB", "Dubai", "ARE", 25.25, 55.36, "hub"), ("LGG", "Liege", "BEL", 50.64, 5.44, "hub")],
        columns=["node", "name", "place", "latitude", "longitude", "kind"],
    )
    routes = pd.DataFrame(
        [
            (node, place, "air", 5.0 + 4 * (number % 2), 5.0, 60_000.0, 700.0, "assumed", "made up")
            for number, (node, place) in enumerate((n, p) for n in nodes["node"] for p in PLACES)
        ],
        columns=["source", "recipient", "mode", "lead_time_days", "usd_per_kg", "capacity_kg_week",
                 "capacity_m3_week", "basis", "source_note"],
    )  # fmt: skip
    first, offers = pd.Timestamp("2020-03-02"), []
    for week in range(10):
        for item, quantity in zip(ITEMS, (20_000, 300_000, 12), strict=True):
            day = first + pd.Timedelta(weeks=week)
            offers.append((f"{item}-{week}", "a donor", ("DXB", "LGG")[week % 2], item, quantity, day, pd.NaT, "",
                           "pledged", "assumed", day - pd.Timedelta(days=7), "made up"))  # fmt: skip
    columns = ["offer", "donor", "source", "item", "quantity", "available", "expires", "earmark", "status", "basis",
               "known_by", "source_note"]  # fmt: skip
    return AidSupply(pd.DataFrame(offers, columns=columns), nodes, pd.DataFrame(columns=["place", "item", "quantity"]),
                     routes)  # fmt: skip


def small_world(published: PublishedCounts | None = None, *, weeks: int = 6) -> ReplayWorld:
    published = published or PublishedCounts()
    end = date(2020, 3, 2).toordinal() + 7 * weeks - 2
    return make_world(
        date(2020, 3, 2), date.fromordinal(end), vintages=published, truth=published(date(2020, 6, 30)),
        supply=small_supply(), horizon=4, draws=20,
    )  # fmt: skip
