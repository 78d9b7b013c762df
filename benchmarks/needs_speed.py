"""How fast the needs chain is, beside the same chain in plain Python, in the same run.

    python benchmarks/needs_speed.py [--places 200] [--draws 1000]

Prints seconds and peak memory for all places, milliseconds for one country's point forecast, the same for the plain
chain (scaled from a few place-draws that are also compared figure by figure), and the ratio. Exits 1 when a target is
missed: 20 s, 4 GB and 5 ms on 2 cores.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
from plain_needs import plain_needs

from yuanshou.catalogue import load_catalogue
from yuanshou.forecast.forecasters import QUANTILE_LEVELS, Forecast
from yuanshou.needs.chain import make_chain
from yuanshou.needs.pack import load_pack
from yuanshou.needs.parameters import draw_values, point_values
from yuanshou.needs.patients import observed_history, week_before
from yuanshou.needs.quantify import Needs, block_need, choose_paths, quantify
from yuanshou.needs.workforce import capacity_of
from yuanshou.places import load_health_capacity, load_places
from yuanshou.sources.surveillance import SurveillanceSeries

SECONDS_MAX, GIGABYTES_MAX, MILLISECONDS_MAX = 20.0, 4.0, 5.0
AS_OF = date(2021, 8, 1)
WEEKS = 12
CHECKED = 6
"""Place-draws that the plain chain computes; their figures must agree to 0.1 %."""


def make_world(places: int, draws: int) -> tuple[Forecast, SurveillanceSeries]:
    """Made-up epidemics for real places, sized by a log-normal; all items are in use on this day."""
    rng = np.random.default_rng(1)
    names = tuple(load_health_capacity().index[:places])
    scale = rng.lognormal(6, 2, len(names))
    ends = np.datetime64("2021-08-07") + 7 * np.arange(WEEKS)
    growth = np.cumsum(rng.normal(0.05, 0.2, (len(names), WEEKS, draws)), axis=1)
    cases = (7 * scale[:, None, None] * np.exp(growth)).astype(np.float32)
    paths = np.stack([cases, cases * np.float32(0.02)])
    quantiles = np.moveaxis(np.quantile(paths[:, :, :, :50], QUANTILE_LEVELS, axis=-1), 0, -1)
    dates = ends[0] - 7 - np.arange(100)[::-1]
    counts = np.cumsum(np.outer(scale, np.ones(100)), axis=1)
    reasons = pd.DataFrame(columns=["place", "target", "reason"])
    forecast = Forecast(AS_OF, names, ends, quantiles, paths, reasons, "made up", 0)
    return forecast, SurveillanceSeries(names, dates, counts, counts * 0.02, AS_OF, "made up")


def best(function: Callable[[], None], repeats: int) -> float:
    """The least of a few timings, in seconds."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        function()
        times.append(time.perf_counter() - begun)
    return min(times)


def time_plain(forecast: Forecast, series: SurveillanceSeries, needs: Needs, draws: int) -> tuple[float, float]:
    """Seconds of the plain chain for one place and draw, and the largest relative difference of its figures."""
    pack = load_pack()
    values = draw_values(pack.parameters, AS_OF, draws=draws, seed=0)
    chain = make_chain(pack, values, load_catalogue(), AS_OF, weeks=WEEKS)
    history, _notes = observed_history(series, forecast.places, week_before(forecast.week_ends))
    capacity, _notes = capacity_of(forecast.places, load_health_capacity(), load_places()["population"])
    limits = capacity.limits(values, slice(0, len(forecast.places)))
    cases = choose_paths(forecast.paths[0], draws)
    seconds, worst = [], 0.0
    for k in range(CHECKED):
        place, draw = k * len(forecast.places) // CHECKED, k * draws // CHECKED
        of_draw = {name: float(array[draw]) for name, array in values.items()}
        of_place = {name: float(limit[place, 0, draw]) for name, limit in limits.items()}
        begun = time.perf_counter()
        plain, plain_capped = plain_needs(
            chain, of_draw, cases[place, :, draw].tolist(), history[place].tolist(), of_place
        )
        seconds.append(time.perf_counter() - begun)
        assert needs.draws_capped is not None
        for ours, theirs in ((needs.draws, plain), (needs.draws_capped, plain_capped)):
            mine = ours[place, :, :, draw].astype(float)
            # What a reusable item adds in a week is a small difference of large numbers, and ours are single
            # precision: below a hundredth of the item's peak the peak is the measure.
            scale = np.maximum(np.abs(mine), 1e-2 * np.abs(mine).max(axis=1, keepdims=True) + 1e-6)
            worst = max(worst, float((np.abs(mine - np.array(theirs)) / scale).max()))
    return min(seconds), worst


def point_forecast(forecast: Forecast, series: SurveillanceSeries) -> Callable[[], None]:
    """A function that takes one country's median forecast to need; the chain of point values is prepared once."""
    pack = load_pack()
    chain = make_chain(pack, point_values(pack.parameters, AS_OF), load_catalogue(), AS_OF, weeks=WEEKS)
    capacity, _notes = capacity_of(forecast.places, load_health_capacity(), load_places()["population"])
    median = int(np.flatnonzero(QUANTILE_LEVELS == 0.5)[0])
    cases = forecast.quantiles[0, :1, :, median, None].astype(np.float32)
    out, out_capped = (np.empty((1, len(chain.items), WEEKS, 1), dtype=np.float32) for _ in range(2))

    def compute() -> None:
        history, _notes = observed_history(series, forecast.places[:1], week_before(forecast.week_ends))
        limit = capacity.limits(chain.drawn, slice(0, 1))
        block_need(chain, cases, history, limit, out=out, out_capped=out_capped)

    return compute


def main() -> int:
    """Run, print, compare with the targets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=200)
    parser.add_argument("--draws", type=int, default=1000)
    options = parser.parse_args()
    forecast, series = make_world(options.places, options.draws)
    begun = time.perf_counter()
    needs = quantify(forecast, series, draws=options.draws)
    seconds = time.perf_counter() - begun
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    words = ("places", "items", "weeks", "draws")
    shape = " × ".join(f"{n} {w}" for n, w in zip(needs.draws.shape, words, strict=True))
    print(f"{shape}, uncapped and capped: {seconds:.2f} s, peak {gigabytes:.2f} GB")
    plain, worst = time_plain(forecast, series, needs, options.draws)
    place_draws = needs.draws.shape[0] * options.draws
    print(f"plain Python chain: {plain * 1000:.2f} ms a place and draw, {plain * place_draws:,.0f} s for all")
    print(f"its figures differ by at most {worst:.1e} (relative, or to 1 % of the item's peak)")
    ratio = plain * place_draws / seconds
    print(f"ratio: {ratio:,.0f} times as fast as the plain chain")
    one = best(point_forecast(forecast, series), 50) * 1000
    print(f"one country, point forecast, all items and weeks: {one:.2f} ms (plain chain {plain * 1000:.2f} ms)")
    met = seconds <= SECONDS_MAX and gigabytes <= GIGABYTES_MAX and one <= MILLISECONDS_MAX and worst < 1e-3
    print(f"targets ({SECONDS_MAX:g} s, {GIGABYTES_MAX:g} GB, {MILLISECONDS_MAX:g} ms): {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
