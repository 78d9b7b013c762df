"""Damped growth, simulated day by day: the forecaster for short histories and the carrier of every path.

    log rate(t + k) = level + Σ_{j≤k} growth_j,      growth_j = φ^j · growth_0 + noise

A renewal process with a fixed generation interval grows exponentially at the rate that its reproduction number
implies (Wallinga and Lipsitch 2007, 10.1098/rspb.2006.3754), so growth is simulated directly and no generation
interval has to be assumed. Growth is shrunk towards all places' when counts are small, damped because behaviour
and measures respond, capped by what was ever seen, and bounded by the people who are left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuanshou.forecast.incidence import Incidence, trailing_sums
from yuanshou.tables import FloatArray, IntArray


@dataclass(frozen=True)
class GrowthSettings:
    """What shapes the simulated growth; rates are per day, spreads are of weekly log growth.

    Attributes
    ----------
    damping : φ, the share of growth that is left a day later.
    prior_cases : persons a week at which a place's own growth counts as much as that of all places.
    growth_max : the largest growth rate a day of any path (0.35 doubles in two days).
    level_spread, growth_spread : standard deviations of this week's log level and of a week's change of log growth.
    persistence : the share of a growth shock that is left a week later.
    shared : the share of growth noise variance that all places have in common.
    overdispersion : variance of a week's count beyond Poisson, as a share of its square.
    attack_max : largest share of a population reported as cases over the horizon.
    fatality_max : largest share of a population reported as deaths over the horizon.
    """

    damping: float = 0.86
    prior_cases: float = 80.0
    growth_max: float = 0.35
    level_spread: float = 0.2
    growth_spread: float = 0.25
    persistence: float = 0.7
    shared: float = 0.25
    overdispersion: float = 0.1
    attack_max: float = 0.03
    fatality_max: float = 0.003


DEATHS = GrowthSettings(prior_cases=40.0)
"""Deaths are fewer than the cases they follow, so fewer are needed to trust a place's own growth."""


def growth_now(found: Incidence, settings: GrowthSettings) -> FloatArray:
    """Growth rate a day of each place, shape (P,), from its last two weeks, shrunk to that of all places."""
    sums = np.maximum(trailing_sums(found.daily, found.last, windows=2), 0.0)
    known = np.isfinite(sums).all(axis=1) & (found.last >= 0)
    now, before = np.where(known[:, None], sums, 0.0).T
    pooled = np.log((now.sum() + 1.0) / (before.sum() + 1.0)) / 7.0
    own = np.log((now + 1.0) / (before + 1.0)) / 7.0
    trust = (now + before) / (now + before + settings.prior_cases)
    growth: FloatArray = np.clip(trust * own + (1 - trust) * pooled, -0.25, settings.growth_max)
    return growth


def simulate(
    found: Incidence,
    growth: FloatArray,
    unknown_days: IntArray,
    known: FloatArray,
    room: FloatArray,
    *,
    weeks: int,
    paths: int,
    settings: GrowthSettings,
    rng: np.random.Generator,
) -> FloatArray:
    """Weekly counts, shape (P, weeks, paths), persons.

    Parameters
    ----------
    growth : daily growth rate now, shape (P,).
    unknown_days : days from each place's last report to the first horizon's Saturday, shape (P,).
    known : persons already reported for the first week, shape (P,).
    room : the most persons that can still be counted over the horizon, shape (P,).
    """
    sums = trailing_sums(found.daily, found.last, windows=1)[:, 0]
    week_sum = np.maximum(np.where(np.isfinite(sums), sums, 0.0), 0.0)
    rate = (week_sum + 0.1) / 7.0
    noise = _growth_noise(len(rate), weeks, paths, week_sum, settings, rng)
    # Only the days still unknown of the first week can surprise.
    noise[:, 0] *= np.sqrt(np.clip(unknown_days, 1, 7) / 7.0)[:, None]
    log_mean = _log_days(growth, unknown_days, weeks, settings)
    mean: FloatArray = np.empty((len(rate), weeks, paths))
    for week in range(weeks):
        spread = np.exp(np.minimum(noise[:, week], 12.0))
        mean[:, week] = (rate * np.exp(log_mean[:, week]))[:, None] * spread
    mean = leave_room(mean, room)
    shape = 1.0 / (settings.overdispersion + 1e-9)
    drawn = rng.poisson(np.minimum(mean * rng.gamma(shape, 1 / shape, size=mean.shape), 1e12)).astype(float)
    drawn[:, 0] += known[:, None]
    return drawn


def _growth_noise(
    places: int, weeks: int, paths: int, week_sum: FloatArray, settings: GrowthSettings, rng: np.random.Generator
) -> FloatArray:
    """Cumulated noise of the log rate, shape (P, weeks, paths); small counts are less sure of their level."""
    own: FloatArray = np.sqrt(1 - settings.shared) * rng.standard_normal((places, weeks, paths))
    own += np.sqrt(settings.shared) * rng.standard_normal((1, weeks, paths))
    wider = np.sqrt(1.0 + settings.prior_cases / (week_sum + 2.0))[:, None, None]
    steps = np.empty_like(own)
    carried = np.zeros((places, paths))
    for week in range(weeks):
        carried = settings.persistence * carried + settings.growth_spread * own[:, week]
        steps[:, week] = carried
    level = settings.level_spread * rng.standard_normal((places, 1, paths))
    result: FloatArray = (np.cumsum(steps, axis=1) + level) * wider
    return result


def _log_days(growth: FloatArray, unknown_days: IntArray, weeks: int, settings: GrowthSettings) -> FloatArray:
    """Log of (the week's expected count / the daily rate now), shape (P, weeks); first week: unknown days only.

    The rate now is the mean of the last seven days, so it stands for the day three days ago.
    """
    days = np.arange(1, int(unknown_days.max(initial=1)) + 7 * weeks + 1)
    damp = settings.damping
    lift = np.cumsum(damp**days) + 3.0
    curve = np.exp(np.clip(growth[:, None] * lift[None, :], -50, 50))
    total = np.concatenate([np.zeros((len(growth), 1)), np.cumsum(curve, axis=1)], axis=1)
    ends = np.maximum(unknown_days, 0)[:, None] + 7 * np.arange(weeks)[None, :]
    starts = np.maximum(ends - 7, 0)
    sums = np.take_along_axis(total, ends, axis=1) - np.take_along_axis(total, starts, axis=1)
    result: FloatArray = np.log(np.maximum(sums, 1e-12))
    return result


def leave_room(mean: FloatArray, room: FloatArray) -> FloatArray:
    """Counts bent so that their sum over the horizon never passes `room`: c ↦ room · (1 − exp(−c / room))."""
    total = np.cumsum(mean, axis=1)
    limit = np.maximum(room, 1.0)[:, None, None]
    bent = limit * -np.expm1(-total / limit)
    result: FloatArray = np.diff(bent, axis=1, prepend=0.0)
    return result
