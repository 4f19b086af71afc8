"""The street of the visits' tests, and volunteers of two other counties who may serve there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import ClaimState, CrossClaim, Exposure
from models.ledger import AccountKind, Entry, Transfer
from services.ledger.accounts import account_id, pool_of, standing
from services.ledger.clearing import clearing_account
from services.visits.confirming import confirm
from tests import factories
from tests.country import FAR, ONE, TWO, join_all
from tests.databases import Databases
from tests.factories import LONGWAN, WUMA
from tests.services.conftest import settled_world
from tests.services.visits.conftest import Street
from timebank.uow import UnitOfWork, make_engine

#: The elder's book, which pays; and where the two volunteers are credited.
HERE, NEXT, OTHER = ONE, TWO, FAR

PEOPLE = ("branch", "elder", "volunteer", "staff", "admins", "near", "distant", "learner")


@dataclass
class Country(Street):
    """Whoever lives on the street, ``near`` from the next county and ``distant`` from far away."""

    near: UUID = field(init=False)
    distant: UUID = field(init=False)
    #: Of the next county too, and in training.
    learner: UUID = field(init=False)

    def settle(self, session: Session) -> None:
        """Three counties that recognise each other."""
        assert HERE == LONGWAN
        join_all(session, HERE, NEXT, OTHER)
        super().settle(session)
        next_branch = factories.create_branch(session, WUMA)
        far_branch = factories.create_branch(session, OTHER)
        self.near = factories.create_volunteer(session, "P1", branch_id=next_branch)
        self.distant = factories.create_volunteer(session, "P1", branch_id=far_branch)
        self.learner = factories.create_volunteer(session, "P0", branch_id=next_branch)

    def done(self, visit: UUID, minutes: int = 60) -> None:
        """The visit begins and ends; nobody has given a word yet."""
        self.come(visit)
        self.go(visit, minutes)

    def confirmed(self, visit: UUID) -> None:
        """The elder says that it was so."""
        self.act(self.elder, lambda ctx: confirm(ctx, HERE, visit))

    def earned_at(self, book: str, member: UUID) -> int:
        """What a member has earned in a book."""
        return self._posted(book, account_id(book, AccountKind.EARNED, member))

    def owes(self, book: str, counter_book: str) -> int:
        """What a book owes another by its clearing account (negative: is owed)."""
        return self._posted(book, clearing_account(book, counter_book))

    def in_pool(self, book: str) -> int:
        """What stands in a book's pool."""
        return self._posted(book, pool_of(book))

    def _posted(self, book: str, account: UUID) -> int:
        return self.look(lambda session: standing(session, book, account).posted_minutes)

    def claims(self, visit: UUID) -> list[tuple[str, int, ClaimState, int]]:
        """Counter-book, minutes, state and use of the claims of a visit, as they were made."""
        rows = self.look(
            lambda session: session.scalars(
                sa.select(CrossClaim)
                .where(CrossClaim.book == HERE, CrossClaim.subject_id == visit)
                .order_by(CrossClaim.made_at, CrossClaim.id)
            ).all()
        )
        return [
            (row.counter_book, row.claimed_minutes, row.state, row.used_minutes) for row in rows
        ]

    def exposure(self, book: str, counter_book: str = "") -> tuple[int, int]:
        """What a book owes and has claimed, towards all or towards one."""

        def read(session: Session) -> tuple[int, int]:
            row = session.get(Exposure, (book, counter_book))
            return (row.debit_minutes, row.claimed_minutes) if row else (0, 0)

        return self.look(read)

    def transfers(self, book: str, kind: str = "service") -> list[Transfer]:
        """What has been posted in a book."""
        return list(
            self.look(
                lambda session: session.scalars(
                    sa.select(Transfer)
                    .where(Transfer.book == book, Transfer.kind == kind)
                    .order_by(Transfer.idem_key)
                ).all()
            )
        )

    def legs(self, transfer: Transfer) -> list[int]:
        """The amounts of a transfer's entries, the smallest first."""
        return sorted(
            self.look(
                lambda session: session.scalars(
                    sa.select(Entry.amount_minutes).where(
                        Entry.book == transfer.book, Entry.transfer_id == transfer.id
                    )
                ).all()
            )
        )


_SETTLED: dict[str, dict[str, object]] = {}


def settled_country(url: str) -> None:
    """A world in which everybody has joined; settled once, then copied."""
    settled_world(url)
    engine = make_engine(url)
    made = Country(UnitOfWork(engine))
    made.uow.run(made.settle)
    _SETTLED[engine.dialect.name] = {name: getattr(made, name) for name in PEOPLE}
    engine.dispose()


def open_country(databases: Databases, dialect: str) -> Iterator[Country]:
    """A country of the test's own."""
    url = databases.fresh(dialect, settled_country)
    engine = make_engine(url)
    made = Country(UnitOfWork(engine))
    for name, value in _SETTLED[dialect].items():
        setattr(made, name, value)
    try:
        yield made
    finally:
        engine.dispose()
        databases.discard(url)
