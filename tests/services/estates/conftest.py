"""The street on which an old man dies, and the two officials who look at the papers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.estates import Estate, EstateMove, EstateState
from models.ledger import AccountKind
from models.oversight import OutboxMessage
from models.people import Member
from services.context import Context
from services.estates.reporting import DeathReport, report
from services.estates.undoing import undo
from services.estates.verifying import DeathCheck, verify
from services.ledger.accounts import account_id, open_account
from services.ledger.breaches import Tally
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.people.kin import record_kinship
from services.policy import SYSTEM
from services.verification import verify as verify_books
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.visits.conftest import Street, street, street_at

__all__ = ["street"]

#: The day on which he died, and the papers that show it.
DIED_ON = date(2026, 3, 10)
PAPER = {"evidence": "death_certificate", "paper_number": "浙死证0310"}
LATER = NOW + timedelta(hours=5)


class House:
    """The street's elder and his daughter, who has told the branch of his death."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.father = street.elder
        self.daughter = street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
        self.second = street.act(
            SYSTEM, lambda ctx: factories.create_staff(ctx.session, street.branch)
        )
        self.relate(self.father, self.daughter, "child")

    def relate(self, one: UUID, other: UUID, relation: str) -> None:
        """A branch records what ``other`` is to ``one``."""
        self.street.act(
            self.street.staff, lambda ctx: record_kinship(ctx, one, other, relation, "户口簿")
        )

    def reported(
        self,
        by: UUID | None = None,
        how: str = "family",
        member: UUID | None = None,
        now: datetime = LATER,
        **answers: object,
    ) -> UUID:
        """Somebody says that the father has died; returns the estate."""
        form = DeathReport(**{"member_id": member or self.father, "died_on": DIED_ON, **answers})
        return self.street.act(by or self.daughter, lambda ctx: report(ctx, form, how), now)

    def check(
        self, estate: UUID, by: UUID, now: datetime = LATER, key: str | None = None, **found: object
    ) -> bool:
        """An official reads the papers; returns whether the account is frozen by it."""
        form = DeathCheck(**{"died_on": DIED_ON, **PAPER, **found})
        return self.street.act(by, lambda ctx: verify(ctx, LONGWAN, estate, form), now, key)

    def frozen(self, now: datetime = LATER, **found: object) -> UUID:
        """Reported and verified twice."""
        estate = self.reported(now=now)
        self.check(estate, self.street.staff, now, **found)
        assert self.check(estate, self.second, now, **found)
        return estate

    def undo(self, estate: UUID, now: datetime = LATER + timedelta(days=1)) -> None:
        """An administrator of the region undoes the mistake."""
        self.street.act(
            self.street.admins[0], lambda ctx: undo(ctx, LONGWAN, estate, "认错了人"), now
        )

    def row(self, estate: UUID) -> Estate:
        """The stored estate."""
        return self.street.look(lambda s: s.get_one(Estate, (LONGWAN, estate)))

    def state(self, estate: UUID) -> EstateState:
        """Where it stands."""
        return self.row(estate).state

    def member(self, who: UUID | None = None) -> Member:
        """The stored member."""
        return self.street.look(lambda s: s.get_one(Member, who or self.father))

    def kept(self, who: UUID | None = None) -> int:
        """What stands on the account of somebody's estate."""
        account = account_id(LONGWAN, AccountKind.ESTATE, who or self.father)
        return self.street.balance(account)[0]

    def moves(self, estate: UUID) -> list[str]:
        """What the estate has moved, and what for."""
        rows = sa.select(EstateMove.what).where(EstateMove.estate_id == estate)
        rows = rows.where(EstateMove.book == LONGWAN).order_by(EstateMove.what)
        return self.street.look(lambda s: list(s.scalars(rows)))

    def told(self, who: UUID, channel: str | None = None) -> set[str]:
        """The sentences in somebody's messages."""
        rows = sa.select(OutboxMessage.sentence).where(
            OutboxMessage.book == LONGWAN, OutboxMessage.member_id == who
        )
        if channel is not None:
            rows = rows.where(OutboxMessage.channel == channel)
        return self.street.look(lambda s: set(s.scalars(rows)))

    def put(self, kind: AccountKind, period: str, minutes: int, who: UUID | None = None) -> UUID:
        """Coins of another origin, straight through the ledger."""
        member = who or self.father

        def give(ctx: Context) -> UUID:
            account = open_account(
                ctx.session, LONGWAN, kind, now=NOW, owner_id=member, period=period
            )
            issue = Leg(account_id(LONGWAN, AccountKind.ISSUE), -minutes)
            draft = Draft(
                book=LONGWAN,
                kind="issue",
                key=f"test:{account}",
                legs=(issue, Leg(account, minutes)),
                effective_at=NOW,
            )
            post(ctx.session, [draft], Stamp(NOW, SYSTEM.id))
            return account

        return self.street.act(SYSTEM, give)

    def breaches(self) -> list[str]:
        """What a check of the books finds, but for coins that tests have issued by themselves."""

        def look(ctx: Context) -> list[str]:
            found = verify_books(ctx, LONGWAN, Tally())
            return [each.code for each in found if each.code != "issue_without_authorisation"]

        with self.street.uow.read() as session:
            return look(Context(session, SYSTEM, LATER, VAULT))


@pytest.fixture
def house(street: Street) -> House:
    """A father and a daughter on the street."""
    return House(street)


@pytest.fixture
def small_house(databases: Databases) -> Iterator[House]:
    """The same on SQLite alone, for sentences and rows that no engine makes different."""
    url, engine, street = street_at(databases, "sqlite")
    yield House(street)
    engine.dispose()
    databases.discard(url)
