"""Patients by severity in days, not weeks: length-of-stay distributions over cohorts of cases.

Reported cases of each day begin care after a delay and stay for a log-normal time. With S(x) the
chance to be still in care x days after it began, the patient-days of week t are

    D_t = Σ_s K_{t−s} X_s + Σ_k O_{t,k} x_{−k}

with X_s the forecast cases of week s (spread evenly over its days), x_{−k} the observed cases k days
before the forecast, K and O sums of S. So the beds already occupied when the forecast begins come from data.
The one thing easily confused: *patient-days* drive consumption, *beds* (patients at once) drive equipment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from yuanshou.needs.pack import DiseasePack, SeverityClass
from yuanshou.needs.parameters import Draws
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import DataQualityNote, DateArray, FloatArray

HISTORY_DAYS = 84
"""Days of observed cases that still matter for who is in care; the longest stays are 12 weeks."""


@dataclass(frozen=True, eq=False)
class CareKernel:
    """Weights that turn cases into patients for one severity class; N draws, T weeks, H observed days.

    Attributes
    ----------
    days, end : (T, N): patient-days of a week, and patients on its last day, for one case a forecast week `lag` before.
    observed_days, observed_end : (H, T, N): the same for one observed case.
    start : (H, N): patients on the last observed day for one observed case.
    """

    days: FloatArray
    end: FloatArray
    observed_days: FloatArray
    observed_end: FloatArray
    start: FloatArray


def survival(age_days: FloatArray, median_days: FloatArray, sigma: FloatArray) -> FloatArray:
    """Chance to be still in care `age_days` after it began; 0 before it began. Log-normal stay.

    >>> float(survival(np.array([8.0]), np.array([8.0]), np.array([0.8]))[0])
    0.5
    """
    begun = age_days > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (np.log(np.where(begun, age_days, 1.0)) - np.log(median_days)) / sigma
    return np.where(begun, 1.0 - ndtr(z), 0.0)


def care_kernel(stay: SeverityClass, values: Draws, delay: FloatArray, *, weeks: int, history: int) -> CareKernel:
    """The kernel of one class. A day counts half-way through: age = days since the report + ½ − delay.

    The midpoint makes the total patient-days of a case equal the mean stay, to within the tail beyond the horizon.
    """
    median, sigma = values[stay.stay_median_days], values[stay.stay_sigma]
    span = 7 * weeks + max(history, 7)
    ages = np.arange(span, dtype=float)[:, None] + 0.5 - delay[None, :]
    s = survival(ages, median[None, :], sigma[None, :])
    total = np.concatenate([np.zeros((1, s.shape[1])), np.cumsum(s, axis=0)])
    starts = np.arange(7)
    days = np.zeros((weeks, s.shape[1]))
    end = np.zeros_like(days)
    for lag in range(weeks):
        last = 7 * lag + 6 - starts
        first = np.maximum(7 * lag - starts, 0)
        days[lag] = (total[last + 1] - total[first]).sum(axis=0) / 7
        end[lag] = s[last].sum(axis=0) / 7
    back = np.arange(history)[:, None]
    week = np.arange(weeks)[None, :]
    observed_days = total[7 * week + 7 + back + 1] - total[7 * week + back + 1]
    observed_end = s[7 * week + 7 + back]
    cast = [a.astype(np.float32) for a in (days, end, observed_days, observed_end, s[:history])]
    return CareKernel(*cast)


def convolve(kernel: FloatArray, observed: FloatArray, cases: FloatArray, history: FloatArray) -> FloatArray:
    """Σ_s K_{t−s} X_s + Σ_k O_{t,k} x_{−k}; (P, T, N) float32 from kernel (T, N), observed (H, T, N)."""
    places, weeks, draws = cases.shape
    flat = history @ observed.reshape(observed.shape[0], -1)
    out: FloatArray = flat.reshape(places, weeks, observed.shape[2])
    if kernel.shape[1] == draws == 1:  # one draw: a single matrix product instead of a product for each pair of weeks
        lag = np.arange(weeks)[None, :] - np.arange(weeks)[:, None]
        out[:, :, 0] += cases[:, :, 0] @ np.where(lag >= 0, kernel[lag, 0], 0)
        return out
    if out.shape[2] != draws:
        out = np.repeat(out, draws, axis=2)
    for week in range(weeks):
        for start in range(week + 1):
            out[:, week] += kernel[week - start] * cases[:, start]
    return out


def observed_history(
    series: SurveillanceSeries, places: tuple[str, ...], until: np.datetime64
) -> tuple[FloatArray, list[DataQualityNote]]:
    """New reported cases of the HISTORY_DAYS days up to `until`, (P, H) float32, the latest first.

    Cases reported after days without a report are spread evenly over those days, so that a weekly series and a
    daily one give the same occupancy; a falling count gives zero new cases that day and a note. Places the series
    does not have get zeros and a note.
    """
    history = np.zeros((len(places), HISTORY_DAYS), dtype=np.float32)
    notes: list[DataQualityNote] = []
    index = {place: i for i, place in enumerate(series.places)}
    keep = series.dates <= until
    if not keep.any():
        return history, [DataQualityNote("no_history", f"no observed day on or before {until}: care starts empty")]
    cumulative = _filled(np.asarray(series.cases, dtype=float)[:, keep])
    daily = np.diff(cumulative, axis=1, prepend=cumulative[:, :1])
    span = min(HISTORY_DAYS, daily.shape[1])
    if span < HISTORY_DAYS and (before := cumulative[:, 0].sum()) > 0:
        text = f"the series begins with {before:,.0f} cases of unknown day: they are not counted as in care"
        notes.append(DataQualityNote("history_begins_late", text, date=str(series.dates[0])))
    for row, place in enumerate(places):
        if place not in index:
            notes.append(DataQualityNote("no_history", "no observed counts: care starts empty", place=place))
            continue
        new = daily[index[place], -span:][::-1]
        falls = int((new < 0).sum())
        if falls:
            text = f"the cumulative count falls on {falls} day(s): counted as no new cases for occupancy"
            notes.append(DataQualityNote("cumulative_falls", text, place=place))
        history[row, :span] = np.maximum(new, 0)
    return history, notes


def _filled(cumulative: FloatArray) -> FloatArray:
    """Days without a report filled in even steps between those with one; 0 before the first, level after the last."""
    filled = np.array(cumulative)
    days = np.arange(cumulative.shape[1])
    for row in np.flatnonzero(~np.isfinite(cumulative).all(axis=1)):
        known = np.isfinite(cumulative[row])
        filled[row] = np.interp(days, days[known], cumulative[row, known], left=0.0) if known.any() else 0.0
    return filled


def class_shares(pack: DiseasePack, values: Draws) -> dict[str, FloatArray]:
    """Share of each severity class by draw, made to sum to 1."""
    total = sum(values[c.share] for c in pack.classes)
    return {c.name: values[c.share] / total for c in pack.classes}


def week_before(week_ends: DateArray) -> np.datetime64:
    """The day before the first forecast week begins: the last day of observed cases."""
    day: np.datetime64 = week_ends[0] - np.timedelta64(7, "D")
    return day
