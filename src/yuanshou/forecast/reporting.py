"""Reporting states: a place may go on as before, fall silent, come back with a backlog, or have stopped.

After a silent week the future is two-sided: either the silence goes on and the count is nothing, or reports return,
often with all that was kept back. No single curve says that, so the forecast of what happens is mixed with a chain
of what will be *reported*. The states are also a list for the duty officer.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from yuanshou.forecast.features import WeeklyCourse
from yuanshou.forecast.panel import Panel
from yuanshou.forecast.quantiles import QUANTILE_LEVELS, linear_pool
from yuanshou.tables import FloatArray

RETURN_RATE = np.array([0.0, 0.72, 0.60, 0.50, 0.40, 0.30, 0.20, 0.15, 0.10, 0.06, 0.05, 0.04, 0.03])
"""Chance that a place silent for k weeks reports in the next one; the last entry holds for longer silences."""
RETURN_PRIOR_WEEKS = 3.0
ONSET_RATE, ONSET_PRIOR_WEEKS = 0.004, 40.0
BACKLOG_SHARE = 0.6
"""Chance that the first reports after a silence hold all of it."""
MEMORY_WEEKS = 26
IGNORED = 0.004
STOPPED_WEEKS, SILENT_WEEKS = 8, 1
WEEKLY_SHARE = 0.70
"""Share of days without a count, over eight weeks, from which a place counts as reporting weekly."""
LEAST_DAYS = 28
"""Days of counts below which nobody is called a weekly reporter."""


def silence_rates(course: WeeklyCourse) -> tuple[FloatArray, FloatArray]:
    """Chance a week of falling silent, shape (P,), and a factor on RETURN_RATE, shape (P,), from the last half year."""
    silent = course.silent[:, -MEMORY_WEEKS - 1 :].astype(float)
    before, after = silent[:, :-1], silent[:, 1:]
    onset = ((1 - before) * after).sum(axis=1)
    chance = (onset + ONSET_RATE * ONSET_PRIOR_WEEKS) / ((1 - before).sum(axis=1) + ONSET_PRIOR_WEEKS)
    run = course.run[:, -MEMORY_WEEKS - 1 :][:, :-1]
    expected = (before * RETURN_RATE[np.minimum(run, len(RETURN_RATE) - 1).astype(int)]).sum(axis=1)
    returns = (before * (1 - after)).sum(axis=1)
    return chance, (returns + RETURN_PRIOR_WEEKS * 0.6) / (expected + RETURN_PRIOR_WEEKS * 0.6)


def report_multiples(course: WeeklyCourse, *, horizons: int) -> FloatArray:
    """Probability that week h reports 0, 1, 2, … weeks' worth of counts, shape (P, horizons, K + 1).

    A Markov chain on the length of silence, started at each place's own and run forward.
    """
    longest = len(RETURN_RATE) - 1
    onset, factor = silence_rates(course)
    rate = np.clip(RETURN_RATE[None, :] * factor[:, None], 0.0, 0.97)
    rate[:, 0] = 1 - onset
    places = len(onset)
    state = np.zeros((places, longest + 1))
    state[np.arange(places), np.minimum(course.run[:, -1], longest).astype(int)] = 1.0
    result = np.zeros((places, horizons, longest + 2))
    for step in range(horizons):
        reporting = state * rate
        result[:, step, 0] = (state - reporting).sum(axis=1)
        result[:, step, 1] = reporting[:, 0] + (1 - BACKLOG_SHARE) * reporting[:, 1:].sum(axis=1)
        result[:, step, 2:] = BACKLOG_SHARE * reporting[:, 1:]
        waiting = state - reporting
        state = np.concatenate([reporting.sum(axis=1, keepdims=True), waiting[:, :-1]], axis=1)
        state[:, -1] += waiting[:, -1]
    return result


def mix_reporting(log_quantiles: FloatArray, course: WeeklyCourse) -> FloatArray:
    """Quantiles of log(reported + 1), shape (P, H, 23), from those of what happens, mixed over reporting states."""
    horizons = log_quantiles.shape[1]
    chance = report_multiples(course, horizons=horizons)
    # Where nothing was silent of late, or the level is so small that zero is ordinary, there is nothing to mix.
    ordinary = np.expm1(log_quantiles[:, 0, len(QUANTILE_LEVELS) // 2]) < 6
    result = log_quantiles.copy()
    for place, step in np.argwhere((1 - chance[:, :, 1] > 2 * IGNORED) & ~ordinary[:, None]):
        weights = chance[place, step]
        used = np.flatnonzero(weights > IGNORED)
        base = log_quantiles[place, step]
        members = [base + np.log(k) if k else np.zeros_like(base) for k in used]
        result[place, step] = linear_pool(members, list(weights[used]))
    return result


def reporting_states(panel: Panel) -> pd.DataFrame:
    """State of each place and target: frame place, target, state, weeks_silent, last_count_week.

    `state` is daily, weekly, gap (silent for less than STOPPED_WEEKS), stopped, or none (no count so far). A place is
    silent while nothing comes although its level before was well above zero (see features.SILENT_LEVEL).
    """
    rows = []
    for target, name in enumerate(("cases", "deaths")):
        course = panel.courses[target]
        days = panel.daily[target][:, -56:]
        zero_share = (days <= 0).mean(axis=1) * (days.shape[1] >= LEAST_DAYS)
        for i, place in enumerate(panel.places):
            weeks = int(course.run[i, -1]) if course.run.shape[1] else 0
            counted = np.flatnonzero(course.published[i] > 0)
            state = "stopped" if weeks >= STOPPED_WEEKS else "gap" if weeks >= SILENT_WEEKS else "daily"
            if not counted.size:
                state = "none"
            elif state == "daily" and zero_share[i] >= WEEKLY_SHARE and course.clean[i, -1] >= 12:
                state = "weekly"
            last = str(panel.week_ends[counted[-1]]) if counted.size else ""
            rows.append([place, name, state, weeks, last])
    return pd.DataFrame(rows, columns=["place", "target", "state", "weeks_silent", "last_count_week"])
