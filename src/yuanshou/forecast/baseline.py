"""The forecasting hubs' persistence baseline: the last week goes on, as uncertain as weeks were before.

It is the yardstick of every comparison, and it is deliberately simple: the median is the last complete week,
the spread is that of sums of past week-to-week changes, mirrored so that it has no trend.
Source: EuroCOVIDhub-baseline; Cramer et al. 2022, 10.1073/pnas.2113561119.
"""

from __future__ import annotations

import numpy as np

from yuanshou.tables import FloatArray


def baseline_paths(weekly: FloatArray, *, weeks: int, paths: int, rng: np.random.Generator) -> FloatArray:
    """Persistence paths from complete weeks, shape (P, W) to (P, weeks, paths), persons a week.

    Changes are drawn from the mirrored history {d, -d} of each place, summed over the horizon, centred so
    that every week's median is the last observed week, and cut at zero.
    """
    places = len(weekly)
    if weekly.shape[1] < 2:
        last = weekly[:, -1] if weekly.shape[1] else np.zeros(places)
        return np.repeat(np.maximum(last, 0)[:, None, None], weeks, axis=1).repeat(paths, axis=2)
    changes = np.diff(weekly, axis=1)
    picks = rng.integers(0, changes.shape[1], size=(places, weeks * paths))
    signs = rng.choice(np.array([-1.0, 1.0]), size=(places, weeks * paths))
    steps = np.take_along_axis(changes, picks, axis=1) * signs
    drift = np.cumsum(steps.reshape(places, weeks, paths), axis=1)
    drift -= np.median(drift, axis=2, keepdims=True)
    result: FloatArray = np.maximum(weekly[:, -1][:, None, None] + drift, 0.0)
    return result
