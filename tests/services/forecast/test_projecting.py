"""The projection: nothing comes from nowhere, the same seed gives the same, and cases differ."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from services.forecast.cases import BASE, CASES, Case
from services.forecast.population import SEXES
from services.forecast.projecting import figures, project
from services.forecast.rates import Rates, estimate
from services.forecast.results import compute
from services.rules.names import Name
from tests.services.forecast.kit import history, standing

RUNS, YEARS = 40, 12
BY_CODE = {case.code: case for case in CASES}


@pytest.fixture(scope="module")
def rates() -> Rates:
    """Rates of five equal years."""
    return estimate(history())


def middle(rates: Rates, case: Case, figure: str, year: int = YEARS, **changes: object) -> float:
    """The middle of a figure in a year, the last one without."""
    found = project(standing(**changes), rates, case, seed=3, runs=RUNS, years=year)
    return float(np.median(found.figures[figure][:, -1]))


def test_the_same_seed_gives_the_same_and_another_one_does_not(rates: Rates) -> None:
    one, same, other = (
        project(standing(), rates, seed=seed, runs=RUNS, years=YEARS) for seed in (1, 1, 2)
    )
    assert set(one.figures) == set(figures())
    for name, values in one.figures.items():
        assert (values == same.figures[name]).all()
    assert (one.figures["wanted"] != other.figures["wanted"]).all()


def test_runs_do_not_depend_on_how_many_there_are(rates: Rates) -> None:
    few, many = (project(standing(), rates, seed=1, runs=runs, years=3) for runs in (100, 200))
    assert (few.figures["liability"] == many.figures["liability"][:100]).all()


def test_coins_come_from_service_and_go_by_drawing_dying_and_the_cap(rates: Rates) -> None:
    """With everything inherited and no cap, each year's liability is the last one's and flows."""
    kept = replace(rates, inherited=1.0)
    start = standing(cap_minutes=10**12, fund_fen=10**9)
    found = project(start, kept, seed=5, runs=RUNS, years=YEARS).figures
    before = np.full(RUNS, start.liability)
    for year in range(YEARS):
        came = found["earned"][:, year]
        went = found["drawn"][:, year] + found["bought"][:, year]
        assert found["liability"][:, year] == pytest.approx(before + came - went)
        before = found["liability"][:, year]
    parts = sum(found[f"liability_{band}"] for band in range(4))
    assert parts == pytest.approx(found["liability"])
    origins = found["earned_liability"] + found["received_liability"]
    assert origins == pytest.approx(found["liability"])


def test_what_is_wanted_is_drawn_bought_or_unmet(rates: Rates) -> None:
    found = project(standing(fund_fen=50_000), rates, seed=5, runs=RUNS, years=YEARS).figures
    whole = found["drawn"] + found["bought"] + found["unmet"]
    assert whole == pytest.approx(found["wanted"])
    assert (np.diff(found["fund_fen"], axis=1) <= 1e-6).all()
    assert (found["fund_fen"] >= -1e-6).all()


def test_nothing_is_ever_below_zero(rates: Rates) -> None:
    for case in CASES:
        found = project(standing(), rates, case, seed=8, runs=RUNS, years=30).figures
        assert all((values >= -1e-6).all() for values in found.values())


def test_nobody_gives_more_than_volunteers_can(rates: Rates) -> None:
    found = project(standing(), rates, BY_CODE["draws_double"], seed=2, runs=RUNS, years=30)
    given = found.figures["drawn"] + found.figures["pooled"]
    assert (given <= found.figures["supply"] * (1 + 1e-9)).all()


def test_half_the_volunteers_can_give_half_and_it_stays_so(rates: Rates) -> None:
    halved = middle(rates, BY_CODE["volunteers_halve"], "supply")
    assert halved == pytest.approx(middle(rates, BASE, "supply") / 2, rel=0.2)


@pytest.mark.parametrize(
    ("code", "figure", "factor"),
    [
        ("draws_double", "wanted", 1.6),
        ("premiums_rise", "earned", 1.04),
        ("premiums_stop", "earned", 0.95),
        ("grants_fewer", "earned", 0.9),
    ],
)
def test_a_case_moves_what_it_is_about(rates: Rates, code: str, figure: str, factor: float) -> None:
    moved = middle(rates, BY_CODE[code], figure, 2) / middle(rates, BASE, figure, 2)
    assert moved > factor if factor > 1 else moved < factor


def test_a_lower_cap_takes_nothing_away_but_lets_less_come(rates: Rates) -> None:
    low = Case("low", Name("低", "low"), cap_minutes=6_000)
    start = standing()
    found = project(start, rates, low, seed=3, runs=RUNS, years=2).figures
    base = project(start, rates, seed=3, runs=RUNS, years=2).figures
    assert (found["liability"] < base["liability"]).all()
    assert (found["liability"][:, 0] > start.liability * 0.8).all()


def test_the_fund_buys_what_volunteers_cannot_give(rates: Rates) -> None:
    nobody = standing().people.copy()
    nobody[:, :, 1:] = 0
    without = middle(rates, BASE, "unmet", people=nobody)
    helped = middle(rates, BASE, "unmet", people=nobody, fund_fen=10**12)
    assert without > 0
    assert helped == pytest.approx(0, abs=1e-6)


def test_the_dead_leave_their_coins_to_the_living(rates: Rates) -> None:
    """Of somebody of 109, all is soon gone to others when everything is inherited."""
    old = np.zeros((SEXES, 93))
    old[:, 91] = 10_000.0
    people = standing().people.copy()
    people[:, 91, 0] = 5
    still = replace(
        rates, inherited=1.0, drawn=replace(rates.drawn, median=rates.drawn.median / 1e9)
    )
    found = project(
        standing(people=people, received=old, earned=standing().earned * 0),
        replace(still, earned=replace(rates.earned, median=rates.earned.median / 1e9)),
        seed=1,
        runs=4,
        years=5,
    ).figures
    assert found["received_liability"][:, -1] == pytest.approx(20_000, rel=1e-3)


def test_a_single_region_cannot_lose_a_partner(rates: Rates) -> None:
    alone = compute(standing(), rates, seed=1, runs=100, years=2)["cases"]
    both = compute(standing(largest_share=0.6), rates, seed=1, runs=100, years=2)["cases"]
    assert set(both) - set(alone) == {"region_leaves"}
    supply = both["region_leaves"]["bands"]["supply"]["500"][0]
    assert supply == pytest.approx(both["base"]["bands"]["supply"]["500"][0] * 0.4, rel=0.02)


def test_bands_are_whole_ordered_and_counted(rates: Rates) -> None:
    found = compute(standing(), rates, seed=1, runs=100, years=3)["cases"]["base"]
    for lines in found["bands"].values():
        rows = list(lines.values())
        assert all(isinstance(value, int) for row in rows for value in row)
        for low, high in pairwise(rows):
            assert all(one <= two for one, two in zip(low, high, strict=True))
    assert all(0 <= percent <= 100 for percent in found["met_percent"])
    assert found["always_met_percent"] <= min(found["met_percent"])
