"""What a rating counts: the published marks, and a mean in which few ratings count little.

The shrunken mean begins as if five visits had been rated as visits usually are:

    liked = (sum of marks + 5 × 900) / (ratings + 5)            in thousandths

A first "not good" takes 150 from it and not 900, and the twentieth "good" still adds a little.
Reliability is the chance that a promise is kept, moved by three tenths of how far the mean lies
from what is usual; without a rating it is what it was:

    reliable = kept + (liked − 900) × 300 / 1000                 from 0 to 1000
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from services.rules.names import Name
from services.rules.tables import table

#: From the best to the worst.
SCORES = (3, 2, 1)
MILLI = 1_000
#: What visits are usually rated, and as how many ratings that counts.
LIKED_EXPECTED, LIKED_PRIOR = 900, 5
#: How much of the distance from the usual enters reliability.
LIKED_SHARE = 300


@dataclass(frozen=True, slots=True)
class MilliSum:
    """A sum of marks in thousandths, and of how many ratings."""

    milli: int = 0
    ratings: int = 0

    def plus(self, milli: int, ratings: int) -> MilliSum:
        """This and some more."""
        return MilliSum(self.milli + milli, self.ratings + ratings)


@dataclass(frozen=True, slots=True)
class RatingTerms:
    """The published terms of rating."""

    version: str
    #: The words of each score, from the best to the worst.
    names: Mapping[int, Name]
    give_within_days: int
    change_within_days: int
    #: A score of at most this opens a warning sheet.
    low_score: int
    warning_after_hours: int
    words_most: int
    #: A volunteer sees figures and words of the own visits from so many ratings on.
    own_figures_from: int


@cache
def terms() -> RatingTerms:
    """The terms in force."""
    known = table("ratings")
    content = known.content
    return RatingTerms(
        version=known.version,
        names={each["score"]: Name(each["zh"], each["en"]) for each in content["scores"]},
        **{
            name: content[name]
            for name in (
                "give_within_days",
                "change_within_days",
                "low_score",
                "warning_after_hours",
                "words_most",
                "own_figures_from",
            )
        },
    )


@cache
def marks() -> Mapping[int, int]:
    """What each score counts, in thousandths."""
    return {each["score"]: each["milli"] for each in table("ratings").content["scores"]}


def milli_of(score: int) -> int:
    """What one score counts, in thousandths."""
    return marks()[score]


def liked_permille(sum_milli: int, ratings: int) -> int:
    """The shrunken mean of marks, in thousandths."""
    return (sum_milli + LIKED_PRIOR * LIKED_EXPECTED) // (ratings + LIKED_PRIOR)


def reliable_permille(kept: int, liked: int) -> int:
    """The chance that somebody comes and does it well, in thousandths, of its two parts."""
    return min(MILLI, max(0, kept + (liked - LIKED_EXPECTED) * LIKED_SHARE // MILLI))
