"""Right truncation: how much of a day's count is known after so many days, and what is still to come.

A day's count grows while late reports arrive. From earlier publications (vintages) the share that is known by delay is
learnt by the chain ladder, all places pooled. The one thing easily confused: *delay* is the number of days between the
day a count is about and the day of the publication, not between onset and report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from yuanshou.sources.surveillance import SurveillanceSeries, Target
from yuanshou.tables import FloatArray, freeze

MAX_DELAY_DAYS = 14


@dataclass(frozen=True, eq=False)
class Completeness:
    """Share of a day's final count that is known by delay, pooled.

    Attributes
    ----------
    share : shape (K,), delay 0, 1, …, K − 1 days; above 1 where counts are later revised downward.
    dispersion : shape (K,): variance of (final / known), over Poisson chance, squared coefficient of variation.
    persons : known persons the share rests on, shape (K,).
    """

    share: FloatArray
    dispersion: FloatArray
    persons: FloatArray


def reporting_triangle(
    vintages: Sequence[SurveillanceSeries], *, places: Sequence[str], last_day: np.datetime64, days: int,
    target: Target = "cases", max_delay: int = MAX_DELAY_DAYS,
) -> FloatArray:  # fmt: skip
    """New persons by place, day and delay as each vintage told them, shape (P, days, max_delay + 1).

    Days are the `days` days up to `last_day`; NaN where no vintage of that delay exists or the day was not reported.
    A vintage's delay is counted from the last day it tells of.
    """
    triangle = np.full((len(places), days, max_delay + 1), np.nan)
    first = last_day - np.timedelta64(days - 1, "D")
    for vintage in vintages:
        rows = [(i, vintage.places.index(p)) for i, p in enumerate(places) if p in vintage.places]
        if not rows:
            continue
        ours, theirs = (np.array(side) for side in zip(*rows, strict=True))
        new = vintage.new_daily(target)[theirs]
        offset = ((vintage.dates - first) / np.timedelta64(1, "D")).astype(int)
        delay = ((vintage.dates[-1] - vintage.dates) / np.timedelta64(1, "D")).astype(int)
        for column in np.flatnonzero((offset >= 0) & (offset < days) & (delay <= max_delay)):
            triangle[ours, offset[column], delay[column]] = new[:, column]
    return triangle


def completeness(triangle: FloatArray) -> Completeness:
    """Share known by delay: chain ladder of development factors, each the ratio of two sums over shared cells.

    f(k) = Σ known(k + 1) / Σ known(k), share(k) = Π over j ≥ k of 1 / f(j), share of the last delay = 1. A delay
    without any shared cell has factor 1: nothing is known of growth there.
    """
    cells = triangle.reshape(-1, triangle.shape[-1])
    delays = cells.shape[1]
    factors = np.ones(delays)
    dispersion, persons = np.zeros(delays), np.zeros(delays)
    for k in range(delays - 1):
        both = np.isfinite(cells[:, k]) & np.isfinite(cells[:, k + 1]) & (cells[:, k] >= 0) & (cells[:, k + 1] >= 0)
        before, after = cells[both, k], cells[both, k + 1]
        persons[k] = before.sum()
        if persons[k] > 0 and after.sum() > 0:
            factors[k] = after.sum() / persons[k]
            large = before >= 5
            if large.sum() > 2:
                ratio = after[large] / before[large] / factors[k]
                chance = abs(factors[k] - 1) / factors[k] / before[large]
                dispersion[k] = max(float(np.average((ratio - 1) ** 2 - chance, weights=before[large])), 0.0)
    share = 1.0 / np.cumprod(factors[::-1])[::-1]
    return Completeness(freeze(share), freeze(np.cumsum(dispersion[::-1])[::-1].copy()), freeze(persons))


def completed(known: FloatArray, delay: FloatArray, found: Completeness) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Expected final count with 95 % interval of counts known after `delay` days, all of one shape.

    Of a final count N each person is known with chance s = share(delay). With a flat prior on N the unknown part is
    negative binomial, mean (n + 1)(1 − s) / s; the dispersion of reporting widens it. Where counts are later revised
    downward (s > 1) the expectation is n / s and the interval is that of the dispersion.
    """
    index = np.clip(delay.astype(int), 0, len(found.share) - 1)
    share, dispersion = found.share[index], found.dispersion[index]
    late = np.maximum(1 - share, 0.0)
    n = np.where(np.isfinite(known), np.maximum(known, 0.0), 0.0)
    mean = (n + 1) * late / share
    # One person more in the shape is the flat prior; dispersion adds the variance of the total it stretches.
    variance = mean / share + dispersion * (n + mean) ** 2
    usable = mean > 0
    size = np.where(usable, mean**2 / np.maximum(variance - mean, 1e-9), 1.0)
    chance = size / (size + np.where(usable, mean, 1.0))
    low, high = (np.where(usable, stats.nbinom.ppf(q, size, chance), 0.0) for q in (0.025, 0.975))
    half = 1.959964 * np.sqrt(dispersion) * n / share
    down = share > 1
    expected = np.where(down, n / share, n + mean)
    bounds = np.where(down, np.maximum(expected - half, 0.0), n + low), np.where(down, expected + half, n + high)
    unknown = ~np.isfinite(known)
    return tuple(np.where(unknown, np.nan, v) for v in (expected, *bounds))  # type: ignore[return-value]
