"""The street of the visits, and a daughter who may act for the elder and pay for her."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.oversight import OutboxMessage
from services.ledger.breaches import Tally
from services.outbox import opened
from services.people.kin import grant_delegation, record_kinship
from services.policy import SYSTEM
from services.requests.asking import AskForm, ask
from services.requests.payers import used_in
from services.requests.spending import Spent, spent_of
from services.verification import verify
from tests import factories
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.visits.conftest import START, Street, street
from timebank.i18n import say

__all__ = ["street"]

UNTIL = date(2027, 3, 1)


@dataclass
class Household:
    """An elder of the street and her daughter 王芳, who has leave for ten hours a month."""

    street: Street
    daughter: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.daughter = self.joins(name="王芳")
        self.relate(self.daughter, self.street.elder, "parent")
        # Before everything else: of two leaves given at one moment none is the newer.
        self.lend(600, now=NOW - timedelta(minutes=1))

    def joins(self, **answers: object) -> UUID:
        """Somebody else on the street."""
        return self.street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session, **answers))

    def relate(self, one: UUID, other: UUID, relation: str) -> None:
        """A branch records what ``other`` is to ``one``."""
        self.street.act(
            self.street.staff, lambda ctx: record_kinship(ctx, one, other, relation, "户口簿")
        )

    def lend(
        self, spend_minutes: int, *scopes: str, to: UUID | None = None, now: datetime = NOW
    ) -> UUID:
        """The elder lets somebody act, and spend so much a month."""
        wanted = frozenset(scopes or ("see", "ask", "confirm"))
        elder, whom = self.street.elder, to or self.daughter
        return self.street.act(
            elder,
            lambda ctx: grant_delegation(ctx, elder, whom, wanted, "own", UNTIL, spend_minutes),
            now,
        )

    def ask(
        self,
        code: str = "A04",
        *,
        by: UUID | None = None,
        now: datetime = NOW,
        **answers: object,
    ) -> UUID:
        """The daughter asks for the elder."""
        form = AskForm(
            **{
                "elder_id": self.street.elder,
                "service_code": code,
                "starts_at": START,
                "booked_minutes": 60,
                **answers,
            }
        )
        return self.street.act(by or self.daughter, lambda ctx: ask(ctx, form), now)

    def spent(self, now: datetime = NOW) -> Spent:
        """What the daughter's month looks like."""

        def read(session: Session) -> Spent:
            return spent_of(session, LONGWAN, self.street.elder, self.daughter, now)

        return self.street.look(read)

    def paid(self, year: int = 2026) -> int:
        """How much of the year's amount the daughter has used."""
        return self.street.look(lambda session: used_in(session, LONGWAN, self.daughter, year, NOW))

    def told(self, who: UUID) -> str:
        """All that somebody has been told, as it is read."""
        query = sa.select(OutboxMessage).where(
            OutboxMessage.book == LONGWAN, OutboxMessage.member_id == who
        )

        def read(session: Session) -> str:
            found = [opened(row, VAULT) for row in session.scalars(query)]
            return "\n".join(say(each.sentence, each.params, "zh") for each in found)

        return self.street.look(read)

    def breaches(self) -> set[str]:
        """What the whole check of the book finds, beside the scene's own coins and deaths."""
        found = self.street.act(SYSTEM, lambda ctx: list(verify(ctx, LONGWAN, Tally())))
        own = {"issue_without_authorisation", "death_without_estate"}
        return {each.code for each in found} - own


@pytest.fixture
def home(street: Street) -> Household:
    return Household(street)
