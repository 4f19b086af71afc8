"""Small standings and histories for the forecast's tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from services.forecast.history import History, Standing, Year
from services.forecast.population import AGES, CLASSES, SEXES, bands

ZEROS = np.zeros(bands())


def standing(**changes: Any) -> Standing:
    """Four hundred members of 30, 65 and 75: volunteers in thirds, and elders who rest."""
    people, earned = np.zeros((SEXES, AGES, CLASSES)), np.zeros((SEXES, AGES, CLASSES))
    for age, volunteers, resting in ((30, 90, 0), (65, 30, 60), (75, 0, 120)):
        people[:, age - 18, 1:] = volunteers / 6
        people[:, age - 18, 0] = resting / 2
    earned[:, :, 1:] = people[:, :, 1:] * 6_000
    given = Standing(
        people=people,
        earned=earned,
        received=np.zeros((SEXES, AGES)),
        fund_fen=0,
        guide_rate_fen_per_coin=2_000,
        cap_minutes=90_000,
    )
    return replace(given, **changes)


def year(**changes: Any) -> Year:
    """A whole year of those people: what volunteers earn is what elders are helped with."""
    given = Year(
        length=1.0,
        member_years=np.array([90.0, 90, 120, 0]),
        volunteer_years=np.array([90.0, 30, 0, 0]),
        balance_years=np.array([500_000.0, 180_000, 0, 0]),
        earned=np.array([180_000.0, 60_000, 0, 0]),
        drawn=np.array([0.0, 20_000, 0, 0]),
        pooled=np.array([0.0, 60_000, 120_000, 0]),
        joined=np.array([9.0, 4, 3, 0]),
        joined_active=np.array([8.0, 2, 0, 0]),
        left=np.array([12.0, 5, 0, 0]),
        returned=ZEROS,
        died=4.0,
        died_by_table=4.0,
        given=0.0,
        estates=0.0,
        inherited=0.0,
        offered=300_000.0,
    )
    return replace(given, **changes)


def history(count: int = 5, **changes: Any) -> History:
    """So many equal years."""
    return History(tuple(year(**changes) for _ in range(count)))
