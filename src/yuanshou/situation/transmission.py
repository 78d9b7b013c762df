"""How fast an outbreak grows: growth rate, doubling time and reproduction number, all places at once.

Two things are easily confused. The *growth rate* needs no assumption about the disease: it is the slope of the log of
new cases. The *reproduction number* needs the serial interval, and both are by day of report: they tell of infections
a week or two earlier.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from yuanshou.errors import SettingError
from yuanshou.tables import FloatArray, freeze

RATE_LIMIT = 1.5
"""Bound of a growth rate per day; reached only where all cases fall into one end of the window."""
NEWTON_STEPS = 40
TOLERANCE = 1e-12


@dataclass(frozen=True)
class SerialInterval:
    """Days from the onset of a case to the onset of the case it caused."""

    mean_days: float
    sd_days: float
    source: str


COVID_19 = SerialInterval(4.7, 2.9, "Nishiura et al. 2020, doi:10.1016/j.ijid.2020.02.060")


@dataclass(frozen=True, eq=False)
class GrowthRate:
    """Exponential growth of new counts, per day, shape (P,); NaN where it cannot be estimated.

    Attributes
    ----------
    rate, low, high : estimate and 95 % interval.
    persons : new persons in the window.
    reports : differences between two reports in the window.
    """

    rate: FloatArray
    low: FloatArray
    high: FloatArray
    persons: FloatArray
    reports: FloatArray


@dataclass(frozen=True, eq=False)
class ReproductionNumber:
    """Gamma posterior of the reproduction number by place and day, shape (P, D).

    Attributes
    ----------
    mean, low, high : mean and 95 % interval; NaN before the first whole window and where no case could infect.
    shape, scale : of the gamma posterior.
    persons : new cases in the window that ends on the day.
    """

    mean: FloatArray
    low: FloatArray
    high: FloatArray
    shape: FloatArray
    scale: FloatArray
    persons: FloatArray


def settled_cumulative(cumulative: FloatArray) -> FloatArray:
    """Cumulative counts that never fall, shape (P, D): where they fall, the later, lower word is believed.

    C'(t) = min over s ≥ t of C(s); NaN stays NaN.

    >>> settled_cumulative(np.array([[1.0, 5.0, np.nan, 3.0, 4.0]])).tolist()
    [[1.0, 3.0, nan, 3.0, 4.0]]
    """
    lowest = np.minimum.accumulate(np.where(np.isnan(cumulative), np.inf, cumulative)[:, ::-1], axis=1)[:, ::-1]
    return np.where(np.isnan(cumulative), np.nan, lowest)


def spread_daily(cumulative: FloatArray) -> FloatArray:
    """New persons a day, shape (P, D), with a hole's sum spread evenly over its days; NaN outside the reports.

    >>> spread_daily(np.array([[np.nan, 2.0, np.nan, 8.0]])).tolist()
    [[nan, nan, 3.0, 3.0]]
    """
    filled = np.full_like(cumulative, np.nan)
    days = np.arange(cumulative.shape[1])
    for row, out in zip(cumulative, filled, strict=True):
        known = np.flatnonzero(np.isfinite(row))
        if known.size:
            inside = slice(known[0], known[-1] + 1)
            out[inside] = np.interp(days[inside], known, row[known])
    return np.diff(filled, axis=1, prepend=np.nan)


def growth_rate(new: FloatArray, middle: FloatArray, width: FloatArray) -> GrowthRate:
    """Growth rate of counts over intervals, by quasi-Poisson regression on time.

    new(k) ~ Poisson with mean width(k) · exp(a + r · middle(k)), dispersion φ = max(1, Pearson χ² / (K − 2)).
    For a given r the best a has a closed form, so Newton runs on the concave profile likelihood of r alone:
    r ± t(0.975, K − 2) · √(φ / (N · Var)), N the persons and Var the variance of `middle` under the fitted weights.

    Parameters
    ----------
    new : persons, shape (P, K); NaN where there is no such interval; not negative.
    middle, width : middle and length of each interval, days, shape (P, K).
    """
    valid = np.isfinite(new)
    y, h = np.where(valid, new, 0.0), np.where(valid, width, 0.0)
    t = np.where(valid, middle, 0.0)
    persons, reports = y.sum(axis=1), valid.sum(axis=1).astype(float)
    usable = (persons > 0) & (reports >= 3)
    total = np.where(usable, persons, 1.0)
    observed = (y * t).sum(axis=1) / total
    rate = np.zeros(len(new))
    mean, variance = _weighted_moments(rate, t, h)
    for _ in range(NEWTON_STEPS):
        step = np.clip((observed - mean) / np.maximum(variance, TOLERANCE), -0.5, 0.5)
        rate = np.clip(rate + np.where(usable, step, 0.0), -RATE_LIMIT, RATE_LIMIT)
        mean, variance = _weighted_moments(rate, t, h)
        if np.all(np.abs(step[usable]) < 1e-10):
            break
    weights = h * np.exp(rate[:, None] * (t - t.max(axis=1, keepdims=True)))
    expected = total[:, None] * weights / np.maximum(weights.sum(axis=1, keepdims=True), TOLERANCE)
    freedom = np.maximum(reports - 2, 1)
    pearson = np.where(valid, (y - expected) ** 2 / np.maximum(expected, TOLERANCE), 0.0).sum(axis=1)
    error = np.sqrt(np.maximum(pearson / freedom, 1.0) / (total * np.maximum(variance, TOLERANCE)))
    half = stats.t.ppf(0.975, freedom) * error
    low, high = (np.where(usable, bound, np.nan) for bound in (rate - half, rate + half))
    return GrowthRate(freeze(np.where(usable, rate, np.nan)), freeze(low), freeze(high), persons, reports)


def _weighted_moments(rate: FloatArray, t: FloatArray, h: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of time under weights width · exp(rate · time), shape (P,) each."""
    exponent = rate[:, None] * t
    weights = h * np.exp(exponent - exponent.max(axis=1, keepdims=True))
    weights = weights / np.maximum(weights.sum(axis=1, keepdims=True), TOLERANCE)
    mean = (weights * t).sum(axis=1)
    return mean, (weights * (t - mean[:, None]) ** 2).sum(axis=1)


def doubling_time_days(rate: FloatArray) -> FloatArray:
    """ln 2 / rate, days; infinite where nothing grows (rate ≤ 0), NaN where the rate is not known.

    >>> doubling_time_days(np.array([np.log(2) / 3, 0.0, np.nan])).round(6).tolist()
    [3.0, inf, nan]
    """
    growing = rate > 0
    return np.where(growing, np.log(2) / np.where(growing, rate, 1.0), np.where(np.isnan(rate), np.nan, np.inf))


def discretised_serial_interval(interval: SerialInterval, *, days: int) -> FloatArray:
    """Probability that a serial interval is 0, 1, …, days − 1 days: a gamma shifted by one day, shape (days,).

    w(k) = k F(k) + (k−2) F(k−2) − 2(k−1) F(k−1) + (μ−1) [2 G(k−1) − G(k−2) − G(k)] with F, G the gamma distribution
    functions of shape a = ((μ−1)/σ)² and a + 1, both of scale σ²/(μ−1); w(0) = 0. Cori et al. 2013,
    doi:10.1093/aje/kwt133, web appendix 11.

    Raises
    ------
    SettingError where the mean is not more than one day or the standard deviation not positive.
    """
    if not (1 < interval.mean_days <= 365 and 0 < interval.sd_days <= 365):
        raise SettingError(
            f"a serial interval of mean {interval.mean_days} and standard deviation {interval.sd_days} days",
            "a mean above 1 day and a standard deviation above 0, neither above a year", "correct the two figures")  # fmt: skip
    k = np.arange(days, dtype=float)
    excess = interval.mean_days - 1
    shape, scale = (excess / interval.sd_days) ** 2, interval.sd_days**2 / excess

    def below(x: FloatArray, more: int) -> FloatArray:
        return np.asarray(stats.gamma.cdf(x, shape + more, scale=scale), dtype=float)

    w = k * below(k, 0) + (k - 2) * below(k - 2, 0) - 2 * (k - 1) * below(k - 1, 0)
    w += excess * (2 * below(k - 1, 1) - below(k - 2, 1) - below(k, 1))
    return np.maximum(w, 0.0)


def infectiousness(new: FloatArray, weights: FloatArray) -> FloatArray:
    """Total infectiousness Λ(t) = Σ over s ≥ 1 of w(s) · new(t − s), shape (P, D); NaN on the first day."""
    total = np.zeros_like(new)
    for lag in range(1, min(len(weights), new.shape[1])):
        total[:, lag:] += weights[lag] * new[:, :-lag]
    total[:, 0] = np.nan
    return total


def reproduction_number(
    new: FloatArray, weights: FloatArray, *, window_days: int = 7, prior_mean: float = 5.0, prior_sd: float = 5.0
) -> ReproductionNumber:
    """Reproduction number over sliding windows, by the gamma posterior of Cori et al. 2013, doi:10.1093/aje/kwt133.

    With prior Gamma(shape a, scale b) and a window of days: shape a + Σ new, scale 1 / (1/b + Σ Λ).

    Parameters
    ----------
    new : new cases a day, shape (P, D), not negative; NaN counts as no case (before a place's first report).
    weights : probability of a serial interval of 0, 1, 2, … days; the first is not used.
    """
    if not 1 <= window_days <= new.shape[1]:
        raise SettingError(f"a window of {window_days} days over {new.shape[1]} days of counts",
                           "a window within the counts", "choose a shorter window")  # fmt: skip
    new = np.where(np.isnan(new), 0.0, new)
    a, b = (prior_mean / prior_sd) ** 2, prior_sd**2 / prior_mean
    force = infectiousness(new, weights)
    persons, exposure = _trailing_sums(new, window_days), _trailing_sums(force, window_days)
    shape, scale = a + persons, 1.0 / (1.0 / b + exposure)
    known = exposure > 0
    shape, scale = np.where(known, shape, np.nan), np.where(known, scale, np.nan)
    low, high = (np.asarray(stats.gamma.ppf(q, shape, scale=scale), dtype=float) for q in (0.025, 0.975))
    return ReproductionNumber(shape * scale, low, high, shape, scale, persons)


def _trailing_sums(values: FloatArray, width: int) -> FloatArray:
    """Sums over the `width` days that end on each day, shape (P, D); NaN where a day is NaN or missing."""
    sums = np.full_like(values, np.nan)
    sums[:, width - 1 :] = np.lib.stride_tricks.sliding_window_view(values, width, axis=1).sum(axis=2)
    return sums
