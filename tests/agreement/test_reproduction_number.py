"""The reproduction number and the growth rate against published examples, closed forms and a plain implementation.

Influenza in a school in Pennsylvania, 2009: daily onsets, the serial interval used with them (mean 2.6, standard
deviation 1.5 days, tabulated to three digits) and the analysis are from Cori et al. 2013, doi:10.1093/aje/kwt133, whose
software EpiEstim ships both the counts and the tabulated interval.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from yuanshou.situation.transmission import (
    SerialInterval,
    discretised_serial_interval,
    doubling_time_days,
    growth_rate,
    infectiousness,
    reproduction_number,
)

SCHOOL = np.array(
    [[1, 1, 0, 2, 5, 3, 3, 3, 6, 2, 5, 9, 13, 12, 13, 11, 12, 6, 6, 6, 3, 1, 0, 2, 0, 0, 0, 0, 2, 0, 2, 0]], dtype=float
)
INFLUENZA = SerialInterval(2.6, 1.5, "Ferguson et al. 2005, doi:10.1038/nature04017")
TABULATED = [0.000, 0.233, 0.359, 0.198, 0.103, 0.053, 0.027, 0.014, 0.007, 0.003, 0.002, 0.001]


def test_the_discretised_serial_interval_is_the_published_one() -> None:
    assert discretised_serial_interval(INFLUENZA, days=12).round(3).tolist() == TABULATED


def test_the_discretised_serial_interval_is_the_integral_that_defines_it() -> None:
    """w(k) is the triangle-weighted integral of the shifted gamma density around k."""
    shape, scale = (1.6 / 1.5) ** 2, 1.5**2 / 1.6
    found = discretised_serial_interval(INFLUENZA, days=10)
    for k in range(2, 10):
        weight = integrate.quad(
            lambda u, k=k: (1 - abs(u - k)) * stats.gamma.pdf(u - 1, shape, scale=scale), k - 1, k + 1, points=[k]
        )[0]
        assert found[k] == pytest.approx(weight, abs=1e-6)
    assert discretised_serial_interval(INFLUENZA, days=60).sum() == pytest.approx(1, abs=1e-9)


EPIESTIM_PRINTS = np.array(
    [
        [1.735798, 0.4091314, 1.0287437],
        [1.749168, 0.3647267, 1.1088223],
        [1.537058, 0.3074116, 0.9947030],
        [1.431839, 0.2705921, 0.9514466],
        [1.422725, 0.2515046, 0.9731426],
        [1.635373, 0.2523436, 1.1786332],
    ]
)
"""Mean, standard deviation, 2.5 % quantile of the first six weekly windows, as EpiEstim's demonstration prints them."""


def test_the_school_outbreak_has_the_figures_that_epiestim_prints() -> None:
    found = reproduction_number(SCHOOL, discretised_serial_interval(INFLUENZA, days=32))
    deviation = np.sqrt(found.shape) * found.scale
    ours = np.stack([found.mean[0], deviation[0], found.low[0]], axis=1)[7:13]
    np.testing.assert_allclose(ours, EPIESTIM_PRINTS, rtol=5e-7)


def test_the_vectorised_posterior_equals_a_plain_one_written_from_the_paper() -> None:
    weights = discretised_serial_interval(INFLUENZA, days=32)
    found = reproduction_number(SCHOOL, weights, window_days=7)
    counts = SCHOOL[0].tolist()
    for end in range(7, 32):
        window = range(end - 6, end + 1)
        force = sum(sum(weights[s] * counts[t - s] for s in range(1, t + 1)) for t in window)
        posterior = stats.gamma(1 + sum(counts[t] for t in window), scale=1 / (1 / 5 + force))
        assert found.mean[0, end] == pytest.approx(posterior.mean(), rel=1e-12)
        assert found.low[0, end] == pytest.approx(posterior.ppf(0.025), rel=1e-9)
        assert found.high[0, end] == pytest.approx(posterior.ppf(0.975), rel=1e-9)
    assert np.isnan(found.mean[0, :7]).all()


def test_an_exponential_epidemic_has_the_reproduction_number_of_euler_and_lotka() -> None:
    """new(t) = exp(rt) solves the renewal equation with R = 1 / Σ w(s) exp(−rs)."""
    rate = 0.12
    weights = discretised_serial_interval(SerialInterval(4.7, 2.9, ""), days=30)
    new = 1000 * np.exp(rate * np.arange(120.0))[None, :]
    exact = 1 / (weights[1:] * np.exp(-rate * np.arange(1, 30))).sum()
    assert reproduction_number(new, weights).mean[0, -1] == pytest.approx(exact, rel=1e-4)


def test_constant_infections_have_a_reproduction_number_of_one() -> None:
    weights = discretised_serial_interval(INFLUENZA, days=30)
    found = reproduction_number(np.full((1, 90), 1e6), weights)
    assert found.mean[0, -1] == pytest.approx(1, abs=1e-4)
    assert infectiousness(np.full((1, 90), 7.0), weights)[0, -1] == pytest.approx(7, abs=1e-6)


@pytest.mark.parametrize("rate", [-0.3, -0.05, 0.0, 0.1, 0.23, 0.6])
def test_the_growth_rate_of_an_exponential_is_its_rate(rate: float) -> None:
    time = np.arange(14.0)[None, :]
    found = growth_rate(500 * np.exp(rate * time), time, np.ones_like(time))
    assert found.rate[0] == pytest.approx(rate, abs=1e-9)
    assert found.low[0] < rate < found.high[0]


def test_the_growth_rate_does_not_depend_on_how_often_is_reported() -> None:
    """Weekly sums of an exponential, at the middles of their weeks, have the daily rate."""
    daily = 10 * np.exp(0.08 * np.arange(42.0))
    weekly = daily.reshape(6, 7).sum(axis=1)[None, :]
    middle = (7 * np.arange(6) + 3.0)[None, :]
    assert growth_rate(weekly, middle, np.full((1, 6), 7.0)).rate[0] == pytest.approx(0.08, abs=1e-9)


def test_the_growth_rate_is_that_of_a_general_regression() -> None:
    """Poisson regression with free level and slope by a general optimiser finds the same slope and standard error."""
    from scipy.optimize import minimize

    counts = np.random.default_rng(7).poisson(20 * np.exp(0.1 * np.arange(14)))[None, :].astype(float)
    time = np.arange(14.0)[None, :]

    def minus_log_likelihood(beta: np.ndarray) -> float:
        mean = np.exp(beta[0] + beta[1] * time[0])
        return float((mean - counts[0] * np.log(mean)).sum())

    best = minimize(minus_log_likelihood, np.array([3.0, 0.0]), method="BFGS", options={"gtol": 1e-9})
    found = growth_rate(counts, time, np.ones_like(time))
    assert found.rate[0] == pytest.approx(best.x[1], abs=1e-6)
    mean = np.exp(best.x[0] + best.x[1] * time[0])
    design = np.stack([np.ones(14), time[0]])
    error = np.sqrt(np.linalg.inv(design * mean @ design.T)[1, 1])
    dispersion = max(1.0, (((counts[0] - mean) ** 2 / mean).sum()) / 12)
    half = stats.t.ppf(0.975, 12) * error * np.sqrt(dispersion)
    assert found.high[0] - found.rate[0] == pytest.approx(half, rel=1e-4)


def test_the_interval_of_the_growth_rate_holds_the_truth_as_often_as_it_says() -> None:
    """Of 2,000 Poisson series with known growth, 95 % intervals hold it in 93 to 97 %."""
    chance = np.random.default_rng(20200325)
    time = np.tile(np.arange(14.0), (2000, 1))
    counts = chance.poisson(30 * np.exp(0.1 * time)).astype(float)
    found = growth_rate(counts, time, np.ones_like(time))
    held = ((found.low <= 0.1) & (found.high >= 0.1)).mean()
    assert 0.93 <= held <= 0.985


def test_doubling_time_and_growth_rate_say_the_same() -> None:
    assert doubling_time_days(np.array([0.0495105])).round(2).tolist() == [14.0]
