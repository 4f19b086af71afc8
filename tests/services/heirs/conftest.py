"""A family of three generations on the street, and a death that stands as verified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest

from models.estates import Estate, EstateHeir, EstateState
from models.people import MemberStatus
from services.context import Context
from services.estates.heirs import propose
from services.people.kin import record_kinship
from services.people.reading import member_row
from services.policy import SYSTEM
from services.rates import rule_set_on
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import Street, street

__all__ = ["Family", "family", "street"]

TODAY = NOW.date()


@dataclass
class Family:
    """The street's elder dies; everybody else is made and related as a test needs it."""

    street: Street

    @property
    def dead(self) -> UUID:
        return self.street.elder

    def person(self, name: str, **overrides: object) -> UUID:
        """A member of the same branch."""
        return self.street.act(
            SYSTEM, lambda ctx: factories.create_member(ctx.session, name=name, **overrides)
        )

    def kin(self, of: UUID, other: UUID, relation: str) -> None:
        """``other`` is the ``relation`` of somebody, by the household book."""
        self.street.act(
            self.street.staff, lambda ctx: record_kinship(ctx, of, other, relation, "户口簿")
        )

    def child(self, of: UUID, name: str, **overrides: object) -> UUID:
        """A new member who is somebody's child."""
        made = self.person(name, **overrides)
        self.kin(of, made, "child")
        return made

    def dies(self, who: UUID, at: datetime) -> None:
        """The register of members knows that somebody has died."""

        def work(ctx: Context) -> None:
            member = member_row(ctx.session, who)
            member.status, member.died_at = MemberStatus.CLOSED, at

        self.street.act(SYSTEM, work)

    def frozen(self, at: datetime = NOW, state: EstateState = EstateState.FROZEN) -> UUID:
        """The elder's estate, frozen, with the heirs who are proposed."""
        self.dies(self.dead, at)

        def work(ctx: Context) -> UUID:
            member = member_row(ctx.session, self.dead)
            estate = Estate(
                book=LONGWAN,
                id=ctx.new_id(),
                reference="1234-5678",
                member_id=member.id,
                branch_id=member.branch_id,
                state=EstateState.FROZEN,
                died_at=at,
                reported_at=at,
                frozen_at=at,
                rule_set_version=rule_set_on(ctx.session, TODAY).version,
            )
            ctx.session.add(estate)
            ctx.session.flush()
            propose(ctx, estate)
            estate.state = state
            return estate.id

        return self.street.act(SYSTEM, work)

    def turn(self, estate: UUID, **columns: object) -> None:
        """The estate has gone on to another state."""

        def work(ctx: Context) -> None:
            row = ctx.session.get_one(Estate, (LONGWAN, estate))
            for name, value in columns.items():
                setattr(row, name, value)

        self.street.act(SYSTEM, work)

    def rows(self, estate: UUID) -> list[EstateHeir]:
        """The stored list."""
        query = EstateHeir.__table__.select().where(EstateHeir.estate_id == estate)
        return self.street.look(lambda session: list(session.execute(query)))


@pytest.fixture
def family(street: Street) -> Family:
    """The street, and a way to relate its people."""
    return Family(street)
