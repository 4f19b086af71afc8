"""Against invented worlds: the band holds the truth about as often as it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.forecast.rates import Rate, Rates
from timebank.bench.forecast import FIGURES, backtest

WORLDS, RUNS = 24, 150


def sure(rates: Rates) -> Rates:
    """The same rates as if nothing about them were in doubt."""

    def without(rate: Rate) -> Rate:
        return replace(rate, error=rate.error * 0)

    changed = {
        name: without(getattr(rates, name))
        for name in ("earned", "drawn", "pooled", "joined", "left", "returned", "dying")
    }
    return replace(rates, **changed, shock=dict.fromkeys(rates.shock, 0.01))


@pytest.fixture(scope="module")
def found() -> dict[str, float]:
    """How often the 80 % band held each figure, over worlds and years."""
    return backtest(WORLDS, RUNS).held[80]


def test_four_of_five_bands_hold_the_truth(found: dict[str, float]) -> None:
    for figure in FIGURES:
        assert 0.6 < found[figure] < 0.95, figure
    mean = sum(found.values()) / len(found)
    assert 0.68 < mean < 0.9


def test_bands_that_doubt_nothing_hold_far_less(found: dict[str, float]) -> None:
    """The test can fail: the same worlds against rates that claim to be certain."""
    certain = backtest(WORLDS, RUNS, sure).held[80]
    assert sum(certain.values()) < 0.7 * sum(found.values())
