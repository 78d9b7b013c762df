"""Forecasts at one date after another, each learning only from what was known and from how the earlier ones did.

This is the engine of the backtests and of the hub benchmark. The state between dates is small and explicit: the
panels of earlier vintages and the forecasts made then. A date's own future is nowhere in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from yuanshou.forecast.calibration import CalibrationSettings, stretch, stretch_factors
from yuanshou.forecast.forecasters import renewal_paths, room_left
from yuanshou.forecast.incidence import incidence
from yuanshou.forecast.panel import Panel, make_panel
from yuanshou.forecast.pooled import PooledSettings, fit_pooled
from yuanshou.forecast.quantiles import linear_pool, quantiles_of_paths, to_counts
from yuanshou.forecast.reporting import mix_reporting
from yuanshou.forecast.small_counts import small_count_quantiles
from yuanshou.periods import horizon_week_ends
from yuanshou.sources.surveillance import SurveillanceSeries
from yuanshou.tables import DateArray, FloatArray

KEPT_VINTAGES = 60


@dataclass(frozen=True)
class RollingSettings:
    """The parts of a rolling forecast; `vintages` and `reporting` can be switched off to see what they bring.

    `simulated` is the weight of simulated growth in the pool, for cases and for deaths, drawn with `paths` paths.
    """

    pooled: PooledSettings = field(default_factory=PooledSettings)
    calibration: CalibrationSettings = field(default_factory=CalibrationSettings)
    vintages: bool = True
    reporting: bool = True
    simulated: tuple[float, float] = (0.4, 0.0)
    paths: int = 400
    seed: int = 0


@dataclass(frozen=True, eq=False)
class PastForecast:
    """What was forecast on an earlier date before it was stretched: log quantiles (2, P, H, 23) and its weeks."""

    week_ends: DateArray
    log_quantiles: FloatArray


@dataclass(eq=False)
class RollingForecaster:
    """Call `step` with vintages in order of their dates; every vintage must hold the same places."""

    horizons: int = 4
    settings: RollingSettings = field(default_factory=RollingSettings)
    panels: list[Panel] = field(default_factory=list)
    past: list[PastForecast] = field(default_factory=list)

    def step(self, series: SurveillanceSeries, population: FloatArray) -> FloatArray:
        """Quantiles of weekly counts 1 to `horizons` weeks after the last complete week, shape (2, P, H, 23)."""
        panel = make_panel(series, population)
        log_quantiles = pooled_quantiles(
            panel,
            self.horizons,
            self.settings.pooled,
            earlier=self.panels if self.settings.vintages else (),
            seed=self.settings.seed,
        )
        log_quantiles = self._with_simulated(series, population, log_quantiles)
        result = np.empty_like(log_quantiles)
        for target in range(2):
            for step in range(self.horizons):
                forecasts, observed = self._known_outcomes(panel, target, step)
                inner, outer = stretch_factors(forecasts, observed, target, self.settings.calibration)
                result[target, :, step] = stretch(log_quantiles[target, :, step], inner, outer)
            if self.settings.reporting:
                result[target] = mix_reporting(result[target], panel.courses[target])
        saturday = panel.week_ends[-1] + np.timedelta64(7 * panel.weeks_behind, "D")
        week_ends = saturday + np.arange(1, self.horizons + 1) * np.timedelta64(7, "D")
        self.past.append(PastForecast(week_ends, log_quantiles))
        self.panels = [*self.panels, panel][-KEPT_VINTAGES:]
        return to_counts(result)

    def _with_simulated(
        self, series: SurveillanceSeries, population: FloatArray, log_quantiles: FloatArray
    ) -> FloatArray:
        """The pool of the regression and simulated growth, log(count + 1), shape (2, P, H, 23)."""
        paths = renewal_paths(
            series, [incidence(series.cases), incidence(series.deaths)],
            horizon_week_ends(series.as_of, weeks=self.horizons), room_left(population),
            paths=self.settings.paths, rng=np.random.default_rng([self.settings.seed, 1]),
        )  # fmt: skip
        simulated = np.log1p(quantiles_of_paths(paths))
        return np.stack(
            [
                linear_pool([log_quantiles[target], simulated[target]], [1 - share, share])
                if share > 0
                else log_quantiles[target]
                for target, share in enumerate(self.settings.simulated)
            ]
        )

    def _known_outcomes(self, panel: Panel, target: int, step: int) -> tuple[list[FloatArray], list[FloatArray]]:
        position = {end: i for i, end in enumerate(panel.week_ends)}
        course = panel.courses[target]
        forecasts, observed = [], []
        for made in self.past[-40:]:
            week = position.get(made.week_ends[step])
            if week is not None:
                seen = course.published[:, week]
                observed.append(np.where((seen >= 0) & ~course.silent[:, week], seen, np.nan))
                forecasts.append(made.log_quantiles[target, :, step])
        return forecasts, observed


def pooled_quantiles(
    panel: Panel, horizons: int, settings: PooledSettings, *, earlier: list[Panel] | tuple[()] = (), seed: int = 0
) -> FloatArray:
    """Pooled regression with the small-count regression mixed in for deaths, log(count + 1), shape (2, P, H, 23)."""
    reach = horizons + panel.weeks_behind
    log_quantiles = fit_pooled(panel, horizons=reach, settings=settings, seed=seed, earlier=earlier).predict(panel)
    few, share = small_count_quantiles(panel, horizons=reach)
    for place in np.flatnonzero(share > 0):
        members = [log_quantiles[1, place], few[place]]
        log_quantiles[1, place] = linear_pool(members, [1 - share[place], share[place]])
    return log_quantiles[:, :, panel.weeks_behind :]
