"""A street whose searches are run by hand: a ranking that a test gives, or the real one."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.jobs import DueTask
from models.matching import Asking, Offer, OfferKind, OfferState
from models.oversight import OutboxMessage
from models.requests import Request
from services.asking import standby, waves
from services.asking.beginning import WAVE
from services.context import Context
from services.matching.tasks import Candidate, Ranking, Reason
from services.policy import SYSTEM
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import Street, street

__all__ = ["street"]


def candidate(provider_id: UUID, yes: int = 300) -> Candidate:
    """Somebody as the scorer gives him."""
    return Candidate(
        provider_id=provider_id,
        cost_milliminutes=12_000,
        terms={"travel": 12_000},
        reasons=(Reason("near", "离您很近。"),),
        distance_m=800,
        travel_minutes=12,
        yes_permille=yes,
    )


def ranking(people: list[UUID], yes: int = 300, **refused: int) -> waves.Rank:
    """The ranking of these people, whatever the snapshot says."""

    def rank(_ctx: Context, _request: Request, limit: int) -> Ranking:
        found = tuple(candidate(each, yes) for each in people[:limit])
        return Ranking(found, len(found), refused, ())

    return rank


class Search:
    """Searches on a street: who is asked when, and what came of it."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.people: list[UUID] = []
        street.issue(20_000)

    def crowd(self, number: int, level: str = "P1") -> list[UUID]:
        """More volunteers, the first in the ranking first."""

        def make(session: Session) -> list[UUID]:
            return [factories.create_volunteer(session, level) for _ in range(number)]

        self.people += self.street.uow.run(make)
        return self.people

    def next(
        self, request: UUID, now: datetime = NOW, rank: waves.Rank | None = None
    ) -> list[UUID]:
        """Run the wave that is due; returns who was asked by it, the first first."""
        before = {each.id for each in self.offers(request)}
        rank = rank or ranking(self.people)
        work = partial(waves.ask_next, book=LONGWAN, request_id=request, rank=rank)
        self.street.act(SYSTEM, work, now=now)
        made = [each for each in self.offers(request) if each.id not in before]
        return [each.provider_id for each in sorted(made, key=lambda each: each.rank)]

    def seek(self, request: UUID, now: datetime = NOW) -> list[UUID]:
        """Look for standbys; returns who was asked."""
        before = {each.id for each in self.offers(request)}
        work = partial(standby.seek, book=LONGWAN, request_id=request, others=ranking(self.people))
        self.street.act(SYSTEM, work, now=now)
        return [each.provider_id for each in self.offers(request) if each.id not in before]

    def offers(self, request: UUID | None = None) -> list[Offer]:
        """Stored offers, oldest first."""
        query = sa.select(Offer).where(Offer.book == LONGWAN).order_by(Offer.offered_at, Offer.rank)
        if request is not None:
            query = query.where(Offer.request_id == request)
        return self.street.look(lambda session: list(session.scalars(query)))

    def offer(self, request: UUID, provider: UUID, kind: OfferKind | None = None) -> Offer:
        """The newest offer to somebody."""
        return next(
            each
            for each in reversed(self.offers(request))
            if each.provider_id == provider and kind in (None, each.kind)
        )

    def states(self, request: UUID) -> dict[UUID, OfferState]:
        """Who -> what came of the newest offer."""
        return {each.provider_id: each.state for each in self.offers(request)}

    def asking(self, request: UUID) -> Asking:
        """The stored search."""
        return self.street.look(lambda session: session.get_one(Asking, (LONGWAN, request)))

    def due(self, request: UUID, kind: str = WAVE) -> datetime | None:
        """When the next step is due, or None."""
        return self.street.look(
            lambda session: session.scalar(
                sa.select(DueTask.due_at).where(
                    DueTask.kind == kind, DueTask.subject_id == request, DueTask.done_at.is_(None)
                )
            )
        )

    def told(self, member: UUID, sentence: str) -> int:
        """How often somebody was told this."""
        return self.street.count(
            OutboxMessage,
            OutboxMessage.member_id == member,
            OutboxMessage.sentence == sentence,
            OutboxMessage.listed.is_(True),
        )


@pytest.fixture
def search(street: Street) -> Search:
    """Searches on the street."""
    return Search(street)


def at(hours: float) -> datetime:
    """So many hours after nine in the morning of the day."""
    return NOW + timedelta(hours=hours)
