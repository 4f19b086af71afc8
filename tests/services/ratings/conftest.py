"""The street of the visits, after a visit that the elder has confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from models.ratings import Rating
from services.ratings.giving import Opinion, give_by_voice, give_rating
from services.visits.confirming import confirm
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.visits.conftest import START, Street, street_at

LATER, FAIR = START + timedelta(hours=2), Opinion(2)


class Rated:
    """A confirmed visit, and the ways to say what one thought of it."""

    def __init__(self, street: Street) -> None:
        self.street = street
        street.give_coins(street.elder, 6_000)
        self.visit = self.finished()
        self.confirm(self.visit)

    def finished(self, minutes: int = 62, day: int = 0) -> UUID:
        """A visit that waits for the elder's word."""
        start = START + timedelta(days=day)
        request = self.street.open_request(starts_at=start)
        visit = self.street.accepted(request)
        self.street.come(visit, start)
        self.street.go(visit, minutes, start)
        return visit

    def confirm(self, visit: UUID, at: datetime = LATER) -> None:
        """The elder says that it was so."""
        self.street.act(self.street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=at)

    def rate(
        self,
        score: int = 3,
        words: str | None = None,
        quiet: bool | None = None,
        *,
        by: UUID | None = None,
        at: datetime = LATER,
        key: str | None = None,
        visit: UUID | None = None,
    ) -> None:
        """The elder's side taps."""
        opinion = Opinion(score, words, quiet)
        self.street.act(
            by or self.street.elder,
            lambda ctx: give_rating(ctx, LONGWAN, visit or self.visit, opinion),
            now=at,
            key=key,
        )

    def called(self, by: UUID, opinion: Opinion = FAIR, reached: str = "phone") -> None:
        """Staff write down what they heard."""
        self.street.act(
            by,
            lambda ctx: give_by_voice(ctx, LONGWAN, self.visit, opinion, reached),
            now=LATER,
        )

    def row(self) -> Rating:
        """The rating as it is stored."""
        return self.street.look(lambda session: session.get_one(Rating, (LONGWAN, self.visit)))


@pytest.fixture
def street(databases: Databases) -> Iterator[Street]:
    """A street on SQLite."""
    url, engine, made = street_at(databases, "sqlite")
    yield made
    engine.dispose()
    databases.discard(url)


@pytest.fixture
def rated(street: Street) -> Rated:
    """A confirmed visit on it."""
    return Rated(street)
