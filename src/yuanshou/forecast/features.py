"""What the pooled model sees of a place on a day: its recent course in scale-free numbers.

Every feature of week `w` uses days up to the end of that week and at most `extra_days` of the next one, so one call
gives the features of all past origins at once and none of them can see its future.
The one thing easily confused: features come from a *cleaned* weekly course (silent weeks filled, backlogs spread),
targets from the counts as published.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yuanshou.tables import BoolArray, FloatArray, IntArray

LAGS = 4
SCALE_WEEKS = 8
RANGE_WEEKS = 26
FATALITY_WEEKS = 16


@dataclass(frozen=True, eq=False)
class WeeklyCourse:
    """Weekly counts of one target in several forms, each shape (P, W), complete weeks, oldest first.

    Attributes
    ----------
    published : as reported, persons; may be negative.
    clean : silent weeks filled by the level before them, a backlog cut to one week's share.
    silent : whether a week looks unreported: nothing although the level before it was well above zero.
    run : for how many weeks the place had been silent at the end of each week.
    """

    published: FloatArray
    clean: FloatArray
    silent: BoolArray
    run: FloatArray


SILENT_LEVEL = 12.0
"""A week without any count is taken for silence where the level before was at least so many persons a week."""

BACKLOG_FACTOR = 1.5
"""The first week after a silence holds a backlog when it is more than this many times the level before."""


def weekly_course(weekly: FloatArray) -> WeeklyCourse:
    """Find silent weeks and backlogs, walking the weeks once (each step over all places).

    A week is cleaned with what came up to that week only: the week a backlog arrives is cut to its share, the silent
    weeks before it keep the level they were filled with. So no clean value depends on a later week.
    """
    clean = np.maximum(weekly, 0.0)
    silent = np.zeros(weekly.shape, dtype=bool)
    run = np.zeros(weekly.shape)
    level = np.zeros(len(weekly))
    length = np.zeros(len(weekly))
    for week in range(weekly.shape[1]):
        value = np.maximum(weekly[:, week], 0.0)
        quiet = (value <= 0) & (level >= SILENT_LEVEL)
        backlog = (length > 0) & (value > BACKLOG_FACTOR * level)
        level = np.where(quiet, level, np.where(backlog, value / (length + 1), value))
        length = np.where(quiet, length + 1, 0)
        clean[:, week], silent[:, week], run[:, week] = level, quiet, length
    return WeeklyCourse(weekly, clean, silent, run)


def log_level(clean: FloatArray) -> FloatArray:
    return np.log1p(clean)


def lagged(values: FloatArray, lag: int) -> FloatArray:
    """Values `lag` weeks earlier; the first weeks repeat the first value."""
    if lag == 0:
        return values
    head = np.repeat(values[:, :1], min(lag, values.shape[1]), axis=1)
    return np.concatenate([head, values[:, :-lag]], axis=1)[:, : values.shape[1]]


def trailing(values: FloatArray, width: int, how: str) -> FloatArray:
    """Trailing maximum, minimum or mean over up to `width` weeks, shape as `values`."""
    stack = np.stack([lagged(values, k) for k in range(width)])
    result: FloatArray = (
        stack.max(axis=0) if how == "max" else stack.min(axis=0) if how == "min" else stack.mean(axis=0)
    )
    return result


def local_scale(level: FloatArray, clean: FloatArray) -> FloatArray:
    """The size of an ordinary weekly change of log level at each week: recent second differences and counting noise."""
    change = level - lagged(level, 1)
    wobble = np.abs(change - lagged(change, 1))
    recent = trailing(wobble, SCALE_WEEKS, "mean")
    counting = 1.0 / (trailing(clean, 3, "mean") + 1.0)
    result: FloatArray = np.sqrt((0.6 * recent + 0.06) ** 2 + counting)
    return result


@dataclass(frozen=True, eq=False)
class FeatureBlock:
    """Features of every place and origin week of one target.

    Attributes
    ----------
    values : shape (P, W, F); changes of log counts among them are divided by `scale`. names : of the F features.
    level : log(count + 1) of the cleaned last week, the point forecasts start from, shape (P, W).
    scale : the size of an ordinary weekly change of `level`, shape (P, W).
    """

    values: FloatArray
    names: tuple[str, ...]
    level: FloatArray
    scale: FloatArray


def tail_growth(daily: FloatArray, ends: IntArray, days: int, shift: int) -> FloatArray:
    """Log ratio of a window's sum to the same window a week before, shape (P, W).

    The window covers `days` days and ends `shift` days after each week's last day (`ends` are day indices).
    """
    total = np.concatenate([np.zeros((len(daily), 1)), np.cumsum(np.maximum(daily, 0.0), axis=1)], axis=1)

    def window(offset: int) -> FloatArray:
        stop = np.clip(ends + 1 + shift - offset, 0, daily.shape[1])
        start = np.clip(stop - days, 0, daily.shape[1])
        inside: FloatArray = total[:, stop] - total[:, start]
        return inside

    now, before = window(0), window(7)
    size = now + before
    result: FloatArray = np.clip(np.log((now + 1.0) / (before + 1.0)) * size / (size + 5.0), -2.0, 2.0)
    return result


def build_features(
    course: WeeklyCourse,
    daily: FloatArray,
    ends: IntArray,
    *,
    extra_days: int,
    population: FloatArray,
    leading: WeeklyCourse | None = None,
    leading_daily: FloatArray | None = None,
) -> FeatureBlock:
    """Features of one target; `leading` is the course of cases where the target is deaths.

    Parameters
    ----------
    daily : shape (P, D). ends : day index of each week's Saturday, shape (W,).
    extra_days : days of the next week that an origin may see (0 to 6).
    population : persons, shape (P,), NaN where unknown.
    """
    level = log_level(course.clean)
    scale = local_scale(level, course.clean)
    growth = level - lagged(level, 1)
    weight = np.sqrt(course.clean + 1.0)
    mean_growth = ((weight * growth).sum(axis=0) / weight.sum(axis=0))[None, :] + 0 * growth
    named: dict[str, FloatArray] = {f"growth_{k}": lagged(growth, k) for k in range(LAGS)}
    quiet = course.silent
    named["half_week"] = np.where(quiet, 0.0, tail_growth(daily, ends, 3, 0))
    named["extra"] = np.where(quiet, 0.0, tail_growth(daily, ends, 7, extra_days) - growth)
    named["extra_day"] = np.where(quiet, 0.0, tail_growth(daily, ends, max(extra_days, 1), extra_days))
    named["mean_growth"] = mean_growth
    named["mean_extra"] = ((weight * named["half_week"]).sum(axis=0) / weight.sum(axis=0))[None, :] + 0 * growth
    named["below_max"] = trailing(level, RANGE_WEEKS, "max") - level
    named["above_min"] = level - trailing(level, RANGE_WEEKS, "min")
    if leading is not None and leading_daily is not None:
        lead_level = log_level(leading.clean)
        lead_growth = lead_level - lagged(lead_level, 1)
        named |= {f"lead_growth_{k}": lagged(lead_growth, k) for k in range(LAGS)}
        named["lead_half_week"] = np.where(leading.silent, 0.0, tail_growth(leading_daily, ends, 3, 0))
        ratio = level - lagged(lead_level, 2)
        named["fatality"] = ratio - trailing(ratio, FATALITY_WEEKS, "mean")
    scaled = np.stack(list(named.values()), axis=-1) / scale[:, :, None]
    per_head = np.log1p(1e5 * course.clean / population[:, None])
    plain = {
        "one": np.ones_like(level),
        "level": (level - 5.0) / 3.0,
        "per_head": np.where(np.isfinite(per_head), per_head - 3.0, 0.0) / 2.0,
        "silent": course.silent.astype(float),
        "scale": np.log(scale) + 1.5,
    }
    values = np.concatenate([scaled, np.stack(list(plain.values()), axis=-1)], axis=-1)
    return FeatureBlock(np.clip(values, -12, 12), (*named, *plain), level, scale)
