"""Deaths where they are few: a pooled negative binomial regression for places with a handful a week or none.

Log-linear quantile regression has no grip on zeros, and a place with no death for months must not get a spread made
for places with hundreds. The expected count starts from the recent mean and leans on what the place's own cases of
the last weeks would bring at its own long-run ratio of deaths to cases.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import nbinom

from yuanshou.forecast.features import lagged
from yuanshou.forecast.panel import Panel
from yuanshou.forecast.pooled import usable_rows
from yuanshou.forecast.quantiles import QUANTILE_LEVELS
from yuanshou.tables import FloatArray

SMALL_MEAN = 30.0
"""Rows with a recent mean below this many a week teach the regression."""
HALF_LIFE_DAYS = 150.0
RIDGE = 0.02
FIRST_WEEK = 12
FULL_WEIGHT_MEAN, NO_WEIGHT_MEAN, WEIGHT_MAX = 2.0, 15.0, 0.75


def weighted_mean(values: FloatArray, decay: float, width: int) -> FloatArray:
    """Exponentially weighted trailing mean over `width` weeks, shape (P, W)."""
    total = np.zeros_like(values)
    for k in range(width):
        total += decay**k * lagged(values, k)
    result: FloatArray = total * (1 - decay) / (1 - decay**width)
    return result


def small_count_design(panel: Panel) -> tuple[FloatArray, FloatArray]:
    """Design matrix of deaths, shape (P, W, F), and the recent mean, shape (P, W); column 1 is its logarithm."""
    deaths, cases = panel.courses[1].clean, panel.courses[0].clean
    recent = weighted_mean(deaths, 0.75, 10)
    log_recent = np.log(recent + 0.1)
    log_long = np.log(weighted_mean(deaths, 0.95, 20) + 0.1)
    log_cases = np.log(weighted_mean(cases, 0.3, 4) + 1.0)
    fatality = np.log(weighted_mean(deaths, 0.97, 26) + 0.5) - np.log(lagged(weighted_mean(cases, 0.97, 26), 2) + 20.0)
    columns = [
        np.ones_like(log_recent),
        log_recent,
        log_long - log_recent,
        log_cases + fatality - log_recent,
        lagged(log_cases, 2) + fatality - log_recent,
        log_cases - lagged(log_cases, 1),
        lagged(log_cases, 1) - lagged(log_cases, 3),
        fatality + 5.0,
    ]
    return np.stack(columns, axis=-1), recent


def fit_counts(x: FloatArray, y: FloatArray, weight: FloatArray, *, shape: float = 1.5) -> FloatArray:
    """Coefficients of log E[y] by damped Fisher scoring of the negative binomial, shrunk to 'as recently'."""
    centre = np.zeros(x.shape[1])
    centre[1] = 1.0
    ridge = np.full(x.shape[1], RIDGE)
    ridge[0] *= 1e-3
    weight = weight / weight.sum()
    fitted = centre.copy()
    for _ in range(25):
        mean = np.exp(np.clip(x @ fitted, -6, 8))
        curvature = weight * mean / (1 + mean / shape)
        total = curvature.sum()
        gram = (x.T * curvature) @ x + np.diag(ridge * total)
        slope = x.T @ (weight * (y - mean) / (1 + mean / shape)) - ridge * total * (fitted - centre)
        step = np.clip(np.linalg.solve(gram, slope), -0.5, 0.5)
        fitted = fitted + step
        if np.abs(step).max() < 1e-4:
            break
    return fitted


def small_count_quantiles(panel: Panel, *, horizons: int) -> tuple[FloatArray, FloatArray]:
    """Quantiles of log(deaths + 1), shape (P, horizons, 23), and the share each place gives to them, shape (P,)."""
    x, recent = small_count_design(panel)
    course = panel.courses[1]
    weeks = x.shape[1]
    result = np.empty((len(panel.places), horizons, len(QUANTILE_LEVELS)))
    for horizon in range(1, horizons + 1):
        first = min(FIRST_WEEK, max(weeks - horizon - 2, 0))
        origins = slice(first, max(weeks - horizon, first))
        age_days = 7.0 * (weeks - 1 - horizon - np.arange(weeks)[origins])
        y = course.clean[:, horizon:][:, origins]
        weight = usable_rows(course, horizon, 3)[:, origins] * 0.5 ** (age_days / HALF_LIFE_DAYS)[None, :]
        weight = weight * (recent[:, origins] < SMALL_MEAN) / (1 + y / 5.0)
        rows = weight.reshape(-1) > 0
        if rows.sum() > 3 * x.shape[2]:
            xs, ys, ws = x[:, origins].reshape(-1, x.shape[2])[rows], y.reshape(-1)[rows], weight.reshape(-1)[rows]
            fitted = fit_counts(xs, ys, ws)
            mean = np.exp(np.clip(xs @ fitted, -6, 8))
            spare = (ws * ((ys - mean) ** 2 - mean)).sum() / (ws * mean**2).sum()
            shape = float(np.clip(1 / max(spare, 0.05), 0.3, 8.0))
        else:
            fitted, shape = np.eye(x.shape[2])[1], 1.0
        mean = np.exp(np.clip(x[:, -1] @ fitted, -6, 6))[:, None]
        result[:, horizon - 1] = np.log1p(nbinom.ppf(QUANTILE_LEVELS, shape, shape / (shape + mean)))
    share = WEIGHT_MAX * (NO_WEIGHT_MEAN - recent[:, -1]) / (NO_WEIGHT_MEAN - FULL_WEIGHT_MEAN)
    return result, np.clip(share, 0.0, WEIGHT_MAX)
