"""The forecast's backtest and its speed: bands against worlds whose future is known."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from services.forecast.population import Floats
from services.forecast.projecting import project
from services.forecast.rates import Rates, estimate
from services.forecast.results import compute
from timebank.bench.forecast_worlds import live

#: What is compared with the truth, year by year.
FIGURES = ("liability", "drawn", "earned", "volunteers", "elders")
#: Bands by how often they should hold, in percent.
NOMINAL = {80: (0.1, 0.9), 95: (0.025, 0.975)}
YEARS = 10


def _as_estimated(rates: Rates) -> Rates:
    return rates


@dataclass(frozen=True, slots=True)
class Backtest:
    """Shares of (world, year) in which a band held the truth, by band and figure."""

    worlds: int
    held: dict[int, dict[str, float]]
    #: The same for a baseline: the last year's value and trend, with the past years' spread.
    naive: dict[int, dict[str, float]]


def backtest(worlds: int, runs: int, change: Callable[[Rates], Rates] = _as_estimated) -> Backtest:
    """Live so many worlds, forecast each from its first years, and look what came."""
    held = {percent: dict.fromkeys(FIGURES, 0.0) for percent in NOMINAL}
    naive = {percent: dict.fromkeys(("drawn", "earned"), 0.0) for percent in NOMINAL}
    for seed in range(worlds):
        told = live(seed, after=YEARS)
        rates = change(estimate(told.history))
        found = project(told.standing, rates, seed=seed, runs=runs, years=YEARS).figures
        for percent, edges in NOMINAL.items():
            for name in FIGURES:
                low, high = np.quantile(found[name], edges, axis=0)
                truth = np.array(told.truth[name])
                held[percent][name] += float(((low <= truth) & (truth <= high)).mean()) / worlds
            for name in naive[percent]:
                past = np.array([getattr(year, name).sum() for year in told.history.years])
                truth = np.array(told.truth[name])
                naive[percent][name] += _naive(past, truth, percent) / worlds
    return Backtest(worlds, held, naive)


def _naive(past: Floats, truth: Floats, percent: int) -> float:
    """A line through the past with the spread of what it missed: what a spreadsheet would do."""
    at = np.arange(len(past))
    slope, level = np.polyfit(at, past, 1)
    spread = float(np.std(past - slope * at - level, ddof=2))
    ahead = level + slope * (len(past) + np.arange(len(truth)))
    reach = {80: 1.2816, 95: 1.96}[percent] * spread
    return float((np.abs(truth - ahead) <= reach).mean())


def speed(runs: int) -> float:
    """Seconds of processor time for every case of a forecast of thirty years."""
    told = live(0, after=0)
    rates = estimate(told.history)
    start = time.process_time()
    compute(told.standing, rates, seed=1, runs=runs)
    return time.process_time() - start
