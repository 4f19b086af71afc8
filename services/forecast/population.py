"""Ages, bands and classes: the shape of every array of the forecast, and the life table."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from services.rules.tables import table

Floats: TypeAlias = npt.NDArray[np.float64]

#: Single years of age; the last one holds everybody older too.
YOUNGEST, OLDEST = 18, 110
AGES = OLDEST - YOUNGEST + 1
FEMALE, MALE = 0, 1
SEXES = 2
#: Whoever does not serve (now), then volunteers by thirds: who serves least, middle, most.
RESTING = 0
CLASSES = 4
#: Of the mean of all volunteers, what each third gives: those who give much give most of it.
INTENSITY = np.array([0.0, 0.3, 0.75, 1.95])
#: The band of the youngest spenders and of all older ones.
FROM_60 = slice(1, None)


@cache
def band_starts() -> tuple[int, ...]:
    """First years of the age bands, the youngest one first."""
    return tuple(table("forecast").content["bands"])


@cache
def band_of_age() -> npt.NDArray[np.intp]:
    """For each year of age (from YOUNGEST on) the number of its band."""
    return np.searchsorted(np.array(band_starts()), np.arange(YOUNGEST, OLDEST + 1), "right") - 1


def bands() -> int:
    """How many bands there are."""
    return len(band_starts())


def by_band(values: Floats, axis: int = -1) -> Floats:
    """Sums over the years of each band, along an axis of ages."""
    starts = np.searchsorted(band_of_age(), np.arange(bands()))
    return np.add.reduceat(values, starts, axis=axis)


def age_index(age: int) -> int:
    """The place of an age; the very young and the very old stand at the ends."""
    return min(max(age, YOUNGEST), OLDEST) - YOUNGEST


@cache
def mortality() -> Floats:
    """Probability of death within the year, by sex and age, from the life table in force."""
    content = table("life-table").content["death_within_the_year_ppm"]
    both = [content["female"], content["male"]]
    found = np.array(both, dtype=np.float64)[:, YOUNGEST : OLDEST + 1] / 1_000_000
    found.flags.writeable = False
    return found


def improvement_a_year() -> float:
    """By which part mortality falls from one year to the next."""
    permille: int = table("life-table").content["improvement_permille_a_year"]
    return permille / 1000
