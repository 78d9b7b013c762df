"""Laws of quantiles and scores that hold for every input."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from yuanshou.forecast.evaluation import weighted_interval_score
from yuanshou.forecast.features import weekly_course
from yuanshou.forecast.quantiles import linear_pool, to_counts, widen
from yuanshou.forecast.renewal import leave_room
from yuanshou.forecast.reporting import mix_reporting, report_multiples

LOGS = arrays(np.float64, (3, 23), elements=st.floats(0, 12)).map(lambda a: np.sort(a, axis=-1))
WEEKS = arrays(np.float64, (2, 20), elements=st.integers(-50, 5000).map(float))


@settings(max_examples=60, deadline=None)
@given(LOGS, LOGS, st.floats(0.05, 0.95))
def test_a_pool_never_crosses_and_stays_within_its_members(first, second, share) -> None:
    pooled = linear_pool([first, second], [share, 1 - share])
    assert (np.diff(pooled, axis=-1) >= 0).all()
    # Beyond the outer levels members go on straight, so half a step outside is theirs too.
    reach = np.maximum(np.ptp(first, axis=-1), np.ptp(second, axis=-1))
    assert (pooled.min(axis=-1) >= np.minimum(first[:, 0], second[:, 0]) - reach - 1e-9).all()
    assert (pooled.max(axis=-1) <= np.maximum(first[:, -1], second[:, -1]) + reach + 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(LOGS)
def test_pooling_a_forecast_with_itself_keeps_its_middle(one) -> None:
    # A pool is read at 99 points: half a point is up to a tenth of the way from one level to the next.
    np.testing.assert_allclose(linear_pool([one, one])[:, 4:19], one[:, 4:19], atol=0.12 * np.ptp(one) + 0.05)


@settings(max_examples=60, deadline=None)
@given(LOGS, st.floats(0.5, 3), st.floats(0.5, 3))
def test_widening_keeps_the_median_and_the_order(one, below, above) -> None:
    wide = widen(one, below, above)
    np.testing.assert_allclose(wide[:, 11], one[:, 11])
    assert (np.diff(wide, axis=-1) >= -1e-12).all()
    assert (to_counts(wide) >= 0).all()


@settings(max_examples=60, deadline=None)
@given(LOGS, arrays(np.float64, 3, elements=st.floats(0, 12)), st.floats(0.1, 50))
def test_the_interval_score_is_not_negative_and_scales_with_the_counts(quantiles, observed, factor) -> None:
    score = weighted_interval_score(quantiles, observed)
    assert (score >= -1e-12).all()
    np.testing.assert_allclose(
        weighted_interval_score(factor * quantiles, factor * observed), factor * score, atol=1e-9
    )


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, (2, 5, 3), elements=st.floats(0, 1e9)), st.floats(1, 1e6))
def test_counts_bent_to_their_room_never_pass_it(mean, room) -> None:
    bent = leave_room(mean, np.full(2, room))
    assert (bent >= 0).all()
    assert (bent.sum(axis=1) <= room * (1 + 1e-9)).all()


@settings(max_examples=40, deadline=None)
@given(WEEKS)
def test_reporting_chances_are_chances_whatever_was_published(weekly) -> None:
    course = weekly_course(weekly)
    chance = report_multiples(course, horizons=4)
    assert (chance >= -1e-12).all()
    np.testing.assert_allclose(chance.sum(axis=2), 1.0)
    logs = np.log1p(np.linspace(50, 90, 23))[None, None, :].repeat(2, axis=0).repeat(4, axis=1)
    assert (np.diff(mix_reporting(logs, course), axis=-1) >= 0).all()
