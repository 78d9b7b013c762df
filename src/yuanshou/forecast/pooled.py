"""Quantile regression pooled over places: what followed, everywhere and before, a course like this one.

For each week ahead the scaled change of log counts is regressed on the features of the origin week, over all places
and past origins. The places of one week share their fate, so the rows are far fewer experiments than they seem:
members are fitted to random weights of *weeks* (a Bayesian bootstrap in blocks), on random subsets of features and
with random memories, and their distributions are pooled. The pool is wide where members disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from yuanshou.forecast.features import FeatureBlock, WeeklyCourse
from yuanshou.forecast.panel import Panel
from yuanshou.forecast.quantile_regression import fit_quantiles
from yuanshou.forecast.quantiles import QUANTILE_LEVELS, linear_pool
from yuanshou.tables import BoolArray, FloatArray, IntArray

ALWAYS = ("one", "scale", "growth_0", "growth_1", "silent")
"""Features every member has."""


@dataclass(frozen=True)
class PooledSettings:
    """How members are drawn and fitted.

    Attributes
    ----------
    members : how many. share : probability that a member sees a feature.
    half_life_days : least and greatest memory; a member's is drawn log-uniformly between them.
    block_weeks : neighbouring weeks share one bootstrap weight.
    first_week : weeks at the start of a history that serve only as lags.
    memory_weeks : origins further back are left out, which bounds the time of a fit.
    ridge : shrinkage of coefficients, in units of the mean weight. steps : of the fit.
    silent_weeks_max : origins that had been silent for longer teach nothing.
    """

    members: int = 16
    share: float = 0.7
    half_life_days: tuple[float, float] = (90.0, 400.0)
    block_weeks: int = 4
    first_week: int = 12
    memory_weeks: int = 130
    ridge: float = 0.003
    steps: int = 14
    silent_weeks_max: int = 3


@dataclass(frozen=True, eq=False)
class PooledModel:
    """Fitted members: coefficients[target][horizon − 1] is a list of (columns, coefficients (23, F)).

    `bounds[target, horizon − 1]` are the least and greatest change of log(count + 1) that any quantile may take: what
    nearly every place and week before stayed within.
    """

    horizons: int
    bounds: FloatArray
    coefficients: tuple[tuple[tuple[tuple[IntArray, FloatArray], ...], ...], ...]

    def predict(self, panel: Panel) -> FloatArray:
        """Quantiles of log(count + 1) at the panel's origin, shape (2, P, horizons, 23)."""
        result = np.empty((2, len(panel.places), self.horizons, len(QUANTILE_LEVELS)))
        for target, block in enumerate(panel.blocks):
            x, level, scale = block.values[:, -1], block.level[:, -1, None], block.scale[:, -1, None]
            for step, members in enumerate(self.coefficients[target]):
                low, high = self.bounds[target, step]
                drawn = [
                    np.maximum(level + np.clip(scale * np.sort(x[:, columns] @ fitted.T, axis=1), low, high), 0.0)
                    for columns, fitted in members
                ]
                result[target, :, step] = linear_pool(drawn)
        return result


def fit_pooled(
    panel: Panel,
    *,
    horizons: int,
    settings: PooledSettings | None = None,
    seed: int = 0,
    earlier: Sequence[Panel] = (),
) -> PooledModel:
    """Fit every member for cases and deaths, 1 to `horizons` weeks after the panel's origin.

    Parameters
    ----------
    earlier : panels made from older vintages of the same places; where there is one for an origin week, the features
        are those seen at that time, so that the fit knows how first reports differ from later ones.
    """
    settings = settings or PooledSettings()
    blocks = [_as_seen_then(block, panel, earlier, target) for target, block in enumerate(panel.blocks)]
    fitted = tuple(
        tuple(
            tuple(
                _fit_member(block, panel.courses[target], horizon, settings, np.random.default_rng([seed, target, m]))
                for m in range(settings.members)
            )
            for horizon in range(1, horizons + 1)
        )
        for target, block in enumerate(blocks)
    )
    bounds = [
        [_change_bounds(block, panel.courses[target], horizon, settings) for horizon in range(1, horizons + 1)]
        for target, block in enumerate(blocks)
    ]
    return PooledModel(horizons, np.array(bounds), fitted)


def _change_bounds(
    block: FeatureBlock, course: WeeklyCourse, horizon: int, settings: PooledSettings
) -> tuple[float, float]:
    """The growth cap: all but 0.2 % of past changes at either end, never tighter than a factor of 20 a week down."""
    usable = usable_rows(course, horizon, settings.silent_weeks_max)
    change = (np.log1p(course.clean[:, horizon:]) - block.level[:, : usable.shape[1]])[usable]
    if change.size < 50:
        return -3.0 * horizon, 1.5 * horizon
    low, high = np.quantile(change, [0.002, 0.998])
    return min(float(low), -3.0), float(high)


def _as_seen_then(block: FeatureBlock, panel: Panel, earlier: Sequence[Panel], target: int) -> FeatureBlock:
    """The block with the origins of earlier panels replaced by what those panels saw."""
    values, level, scale = block.values.copy(), block.level.copy(), block.scale.copy()
    position = {end: i for i, end in enumerate(panel.week_ends[:-1])}
    for old in earlier:
        week = position.get(old.week_ends[-1])
        if week is not None and old.places == panel.places and old.extra_days == panel.extra_days:
            then = old.blocks[target]
            values[:, week], level[:, week], scale[:, week] = (
                then.values[:, -1], then.level[:, -1], then.scale[:, -1],
            )  # fmt: skip
    return FeatureBlock(values, block.names, level, scale)


def usable_rows(course: WeeklyCourse, horizon: int, silent_weeks_max: int) -> BoolArray:
    """Origins (P, W − horizon) that can teach: the target week was reported, and the origin not long silent."""
    ahead = course.published[:, horizon:]
    known = (ahead >= 0) & ~course.silent[:, horizon:]
    result: BoolArray = known & (course.run[:, : ahead.shape[1]] <= silent_weeks_max)
    return result


def _fit_member(
    block: FeatureBlock, course: WeeklyCourse, horizon: int, settings: PooledSettings, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    weeks = block.level.shape[1]
    columns = np.flatnonzero([n in ALWAYS or rng.random() < settings.share for n in block.names])
    low, high = np.log(settings.half_life_days)
    half_life = np.exp(rng.uniform(low, high))
    boost = rng.exponential(size=weeks // settings.block_weeks + 2).repeat(settings.block_weeks)[:weeks][::-1]
    first = max(min(settings.first_week, max(weeks - horizon - 2, 0)), weeks - settings.memory_weeks)
    origins = slice(first, max(weeks - horizon, first))
    x = block.values[:, origins][..., columns]
    change = np.log1p(course.clean[:, horizon:][:, origins]) - block.level[:, origins]
    age_days = 7.0 * (weeks - 1 - horizon - np.arange(weeks)[origins])
    usable = usable_rows(course, horizon, settings.silent_weeks_max)[:, origins]
    weight = usable * (0.5 ** (age_days / half_life) * boost[origins])[None, :]
    ridge = np.where(np.array(block.names)[columns] == "one", 1e-6, settings.ridge)
    rows = weight.reshape(-1) > 0
    if rows.sum() < len(columns):
        return columns, np.zeros((len(QUANTILE_LEVELS), len(columns)))
    fitted = fit_quantiles(
        x.reshape(-1, len(columns))[rows],
        (change / block.scale[:, origins]).reshape(-1)[rows],
        weight.reshape(-1)[rows],
        QUANTILE_LEVELS,
        ridge=ridge,
        steps=settings.steps,
    )
    return columns, fitted
