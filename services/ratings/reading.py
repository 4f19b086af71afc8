"""Ratings as others read them: of a branch, of a volunteer, and as lines of a service record.

A visit whose posting was taken back counts for nothing, and so does what was thought of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.places import Book
from models.ratings import Rating
from models.requests import Visit
from services.clock import at_local, local_date
from services.rules.ratings import SCORES, MilliSum, liked_permille, milli_of

#: The condition that joins a rating to its visit, and that the visit stands.
_STANDS = sa.and_(
    Visit.book == Rating.book, Visit.id == Rating.visit_id, Visit.reversed_at.is_(None)
)
#: Engines bound the number of parameters.
_MOST_IDS = 1_000


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a record of service says of one visit (民政部令 67, article 10): the mark and its day.

    ``score`` is 3 good, 2 fair, 1 not good. Nobody's words are part of a record.
    """

    book: str
    visit_id: UUID
    service_code: str
    score: int
    rated_on: date


@dataclass(frozen=True, slots=True)
class Figures:
    """How many visits were rated good, fair and not good."""

    good: int = 0
    fair: int = 0
    poor: int = 0

    @property
    def rated(self) -> int:
        """All of them."""
        return self.good + self.fair + self.poor

    @property
    def good_permille(self) -> int | None:
        """How many of a thousand were good; None where nobody has rated."""
        return 1_000 * self.good // self.rated if self.rated else None


@dataclass(frozen=True, slots=True)
class Mean:
    """How a volunteer is rated: ``liked_permille`` is shrunken, few ratings count little."""

    rated: int
    liked_permille: int


def figures(
    session: Session, book: str, since: datetime, until: datetime
) -> Mapping[UUID, Figures]:
    """By branch, of what was rated from ``since`` until before ``until`` in a book."""
    found: dict[UUID, dict[int, int]] = {}
    rows = session.execute(
        sa.select(Rating.branch_id, Rating.score, sa.func.count())
        .join(Visit, _STANDS)
        .where(Rating.book == book, Rating.rated_at >= since, Rating.rated_at < until)
        .group_by(Rating.branch_id, Rating.score)
    )
    for branch_id, score, times in rows:
        found.setdefault(branch_id, {})[score] = times
    return {branch: counted(of) for branch, of in found.items()}


def counted(by_score: Mapping[int, int]) -> Figures:
    """Figures of how often each score was given."""
    return Figures(*(by_score.get(score, 0) for score in SCORES))


def mean_of(session: Session, provider_ids: Collection[UUID]) -> Mapping[UUID, Mean]:
    """How volunteers are rated in every book; whoever has no rating stands at the expected."""
    sums = {each: MilliSum() for each in provider_ids}
    wanted = sorted(sums)
    for start in range(0, len(wanted), _MOST_IDS):
        rows = session.execute(
            sa.select(Rating.provider_id, Rating.score, sa.func.count())
            .join(Visit, _STANDS)
            .where(
                Rating.book.in_(sa.select(Book.book)),
                Rating.provider_id.in_(wanted[start : start + _MOST_IDS]),
            )
            .group_by(Rating.provider_id, Rating.score)
            .execution_options(cross_book=True)
        )
        for provider_id, score, times in rows:
            sums[provider_id] = sums[provider_id].plus(milli_of(score) * times, times)
    return {
        each: Mean(of.ratings, liked_permille(of.milli, of.ratings)) for each, of in sums.items()
    }


def evaluations_of(
    session: Session, member_id: UUID, first: date, last: date
) -> tuple[Evaluation, ...]:
    """A volunteer's evaluations of every book, given on days from ``first`` to ``last``."""
    rows: Any = session.execute(
        sa.select(Rating.book, Rating.visit_id, Rating.service_code, Rating.score, Rating.rated_at)
        .join(Visit, _STANDS)
        .where(
            Rating.book.in_(sa.select(Book.book)),
            Rating.provider_id == member_id,
            Rating.rated_at >= at_local(first, time.min),
            Rating.rated_at < at_local(last + timedelta(days=1), time.min),
        )
        .order_by(Rating.rated_at, Rating.visit_id)
        .execution_options(cross_book=True)
    )
    return tuple(
        Evaluation(row.book, row.visit_id, row.service_code, row.score, local_date(row.rated_at))
        for row in rows
    )
