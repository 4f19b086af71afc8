"""The street of the visits, on which a credited visit is complained about."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.complaints import Complaint, ComplaintWord
from models.oversight import OutboxMessage
from services.complaints.opening import open_complaint
from services.context import Context
from services.ledger.breaches import Tally
from services.policy import SYSTEM
from services.verification import verify
from services.visits.confirming import confirm
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START, Street, street

__all__ = ["street"]

#: Wednesday noon, when the visit has been credited.
NOON = START + timedelta(hours=2)
DAY = timedelta(days=1)


class Scene:
    """A volunteer with a credited visit of an hour, and the elder who received it."""

    def __init__(self, street: Street) -> None:
        self.street = street
        street.issue(1_000)
        street.give_coins(street.elder, 300)
        self.visit = self.credited()

    def credited(self, start: datetime = START, **answers: object) -> UUID:
        """A visit that the elder has confirmed."""
        street = self.street
        visit = street.accepted(street.open_request(starts_at=start, **answers))
        street.come(visit, start)
        street.go(visit, start=start)
        street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), start + DAY / 12)
        return visit

    def complain(self, kind: str = "visit_disputed", now: datetime = NOON, **said: object) -> UUID:
        """The elder complains about the visit."""
        wanted = {"visit_id": self.visit, "text": "没有来这么久", **said}
        who = wanted.pop("who", self.street.elder)
        return self.street.act(
            who, lambda ctx: open_complaint(ctx, book=LONGWAN, kind=kind, **wanted), now
        )

    def row(self, complaint: UUID) -> Complaint:
        """The stored complaint."""
        return self.street.look(lambda session: session.get_one(Complaint, (LONGWAN, complaint)))

    def sides(self, complaint: UUID) -> list[str]:
        """Who has said something, in order."""

        def read(session: Session) -> list[str]:
            return list(
                session.scalars(
                    sa.select(ComplaintWord.side)
                    .where(ComplaintWord.book == LONGWAN)
                    .where(ComplaintWord.complaint_id == complaint)
                    .order_by(ComplaintWord.at, ComplaintWord.id)
                )
            )

        return self.street.look(read)

    def told(self, member: UUID) -> set[str]:
        """The sentences in a member's messages."""

        def read(session: Session) -> set[str]:
            rows = session.scalars(
                sa.select(OutboxMessage.sentence).where(
                    OutboxMessage.book == LONGWAN, OutboxMessage.member_id == member
                )
            )
            return set(rows)

        return self.street.look(read)

    def breaches(self) -> set[str]:
        """What the whole check of the book finds, beside the scene's own coins."""

        def check(ctx: Context) -> set[str]:
            return {each.code for each in verify(ctx, LONGWAN, Tally())}

        return self.street.act(SYSTEM, check, NOW + 90 * DAY) - {"issue_without_authorisation"}


@pytest.fixture
def scene(street: Street) -> Scene:
    """The scene."""
    return Scene(street)


@pytest.fixture(params=["sqlite"])
def one(request: pytest.FixtureRequest, databases: object) -> object:
    """The scene on one engine: what both do alike is shown once."""
    from tests.services.visits.conftest import street_at

    url, engine, made = street_at(databases, request.param)  # type: ignore[arg-type]
    yield Scene(made)
    engine.dispose()
    databases.discard(url)  # type: ignore[attr-defined]
