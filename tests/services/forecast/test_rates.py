"""Rates: the prior where nothing is known, the ledger where much is, and bands that narrow."""

from __future__ import annotations

import numpy as np
import pytest

from services.forecast.history import History
from services.forecast.population import age_index, band_of_age, by_band, mortality
from services.forecast.rates import estimate
from services.rules.tables import table
from tests.services.forecast.kit import ZEROS, history, year

PRIOR = table("forecast").content["prior"]
NOTHING = year(
    **dict.fromkeys(
        ("member_years", "volunteer_years", "balance_years", "earned", "drawn", "pooled"), ZEROS
    ),
    **dict.fromkeys(("joined", "joined_active", "left"), ZEROS),
    died=0.0,
    died_by_table=0.0,
    offered=None,
    length=0.01,
)


def test_the_life_table_leads_to_the_published_expectations() -> None:
    """At birth 75.37 and 80.88 years: the file's numbers are held to their source."""
    published = {"male": 75.37, "female": 80.88}
    content = table("life-table").content["death_within_the_year_ppm"]
    for sex, years in published.items():
        alive, lived = 1.0, 0.0
        for ppm in content[sex]:
            lived += alive * (1 - ppm / 2_000_000)
            alive *= 1 - ppm / 1_000_000
        assert lived == pytest.approx(years, abs=0.02)
        assert alive == 0


def test_women_die_later_and_everybody_more_often_with_age() -> None:
    chances = mortality()
    assert (chances[0, :-1] < chances[1, :-1]).all()
    assert (np.diff(chances, axis=1) > 0).all()


def test_ages_fall_into_the_published_bands() -> None:
    assert [int(band_of_age()[age_index(age)]) for age in (3, 18, 59, 60, 79, 80, 130)] == [
        0, 0, 0, 1, 2, 3, 3,
    ]  # fmt: skip
    assert by_band(np.ones(93)).tolist() == [42, 10, 10, 31]


def test_without_a_ledger_the_published_start_holds() -> None:
    rates = estimate(History((NOTHING,)))
    assert rates.earned.median == pytest.approx(PRIOR["earned_minutes_a_volunteer"])
    assert rates.pooled.median[1:] == pytest.approx(PRIOR["pooled_minutes_an_elder"][1:])
    assert rates.drawn.median * 1000 == pytest.approx(PRIOR["drawn_permille_of_balance"])
    assert rates.headroom * 1000 == PRIOR["headroom_permille"]
    assert rates.own_percent == 0


def test_a_long_ledger_speaks_for_itself() -> None:
    rates = estimate(history(60))
    assert rates.earned.median[0] == pytest.approx(2000, rel=0.01)
    assert rates.drawn.median[1] == pytest.approx(1 / 9, rel=0.05)
    assert rates.left.median[0] == pytest.approx(12 / 90, rel=0.02)
    assert rates.joined.median[0] == pytest.approx(9, rel=0.02)
    assert rates.credited == pytest.approx(1.2, rel=0.01)
    assert rates.headroom == pytest.approx(300 / 240)
    assert rates.own_percent == 99


def test_more_years_make_narrower_bands() -> None:
    errors = [estimate(history(count)).earned.error[0] for count in (1, 4, 16)]
    assert errors[0] > errors[1] > errors[2]


def test_years_that_differ_make_wider_shocks() -> None:
    steady = estimate(history(8))
    swinging = History(
        tuple(year(earned=year().earned * factor) for factor in (0.5, 1.6, 0.7, 1.4) * 2)
    )
    assert estimate(swinging).shock["earned"] > 2 * steady.shock["earned"]
    assert steady.shock["earned"] < table("forecast").content["shock"]["percent"] / 100


def test_healthier_members_are_believed_slowly() -> None:
    few, many = (estimate(history(count, died=1.0)).dying.median[0] for count in (1, 30))
    assert 0.25 < many < few < 1
