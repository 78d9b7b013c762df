"""Small series of counts that the tests of the situation share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import pandas as pd
import pytest

from yuanshou.sources.surveillance import SurveillanceSeries

AS_OF = date(2020, 3, 25)
Make = Callable[..., SurveillanceSeries]


@pytest.fixture
def series() -> Make:
    """Builds a series from place → cumulative cases (and deaths), the last count standing on the last day."""

    def make(
        cases: Mapping[str, Sequence[float]], *, deaths: Mapping[str, Sequence[float]] | None = None,
        as_of: date = AS_OF, last: date = AS_OF, **columns: object,
    ) -> SurveillanceSeries:  # fmt: skip
        frames = []
        for place, counts in cases.items():
            days = [last - timedelta(days=len(counts) - 1 - i) for i in range(len(counts))]
            dead = (deaths or {}).get(place, [0.0] * len(counts))
            frames.append(
                pd.DataFrame({"place": place, "date": days, "cases_cumulative": counts, "deaths_cumulative": dead})
            )
        frame = pd.concat(frames, ignore_index=True)
        for name, values in columns.items():
            frame[name] = values
        return SurveillanceSeries.from_frame(frame, as_of=as_of, source="made by hand", file="hand.csv")

    return make
