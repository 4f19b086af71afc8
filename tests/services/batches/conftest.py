"""A book with two administrators, some members and a full pool, on each engine in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.batches import Batch, BatchKind, BatchLine, BatchState
from models.ledger import Entry, Transfer
from models.people import Member
from services.batches import proposing, reports, signing, working
from services.batches.working import Progress
from services.context import Context
from services.ledger.accounts import standings
from services.ledger.breaches import Tally
from services.ledger.streams import snapshot
from services.policy import SYSTEM
from services.verification import verify
from tests import factories
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.conftest import settled_world
from tests.services.ledger.tampering import Forgery, each_alone
from tests.services.visits.conftest import Street
from timebank.uow import UnitOfWork, make_engine


@dataclass
class Office:
    """The street's two administrators at work on lists."""

    url: str
    street: Street
    now: datetime = NOW
    numbers: dict[UUID, str] = field(default_factory=dict)

    @property
    def first(self) -> UUID:
        """Who proposes."""
        return self.street.admins[0]

    @property
    def second(self) -> UUID:
        """Who signs."""
        return self.street.admins[1]

    def elders(self, count: int) -> list[UUID]:
        """Further elders of the branch."""
        return [
            self.street.uow.run(lambda session: factories.create_elder(session, grade=0))
            for _ in range(count)
        ]

    def number(self, member_id: UUID) -> str:
        """A member's volunteer number."""
        if member_id not in self.numbers:
            self.numbers[member_id] = self.street.look(
                lambda session: session.get_one(Member, member_id).number
            )
        return self.numbers[member_id]

    def propose(
        self,
        kind: BatchKind,
        terms: Mapping[str, Any],
        content: str | None = None,
        who: UUID | None = None,
        key: str | None = None,
    ) -> UUID:
        """Propose a list."""
        came = content.encode() if content is not None else None
        return self.street.act(
            who or self.first,
            lambda ctx: proposing.propose(ctx, LONGWAN, kind, terms, came),
            now=self.now,
            key=key,
        )

    def sign(self, batch_id: UUID, who: UUID | None = None) -> None:
        """Sign the list as it is kept."""
        seen = self.batch(batch_id).content_hash
        self.street.act(
            who or self.second,
            lambda ctx: signing.sign(ctx, LONGWAN, batch_id, seen),
            now=self.now,
        )

    def chunk(self, batch_id: UUID) -> Progress:
        """Work one chunk off."""
        return self.street.act(
            SYSTEM, lambda ctx: working.work_chunk(ctx, LONGWAN, batch_id), now=self.now
        )

    def work(self, batch_id: UUID) -> Progress:
        """Work all of a batch off."""
        while True:
            progress = self.chunk(batch_id)
            if progress.state is not BatchState.SIGNED:
                return progress

    def done(self, kind: BatchKind, terms: Mapping[str, Any], content: str | None = None) -> UUID:
        """A batch from its proposal to its end."""
        batch_id = self.propose(kind, terms, content)
        self.sign(batch_id)
        self.work(batch_id)
        return batch_id

    def batch(self, batch_id: UUID) -> Batch:
        """The row of a batch."""
        return self.street.look(lambda session: session.get_one(Batch, (LONGWAN, batch_id)))

    def lines(self, batch_id: UUID) -> list[BatchLine]:
        """The rows of its lines, in order."""
        return self.street.look(
            lambda session: list(
                session.scalars(
                    sa.select(BatchLine)
                    .where(BatchLine.book == LONGWAN, BatchLine.batch_id == batch_id)
                    .order_by(BatchLine.line)
                )
            )
        )

    def fates(self, batch_id: UUID) -> list[tuple[str, str]]:
        """State and code of every line, in order."""
        return [(line.state.value, line.code) for line in self.lines(batch_id)]

    def report(self, batch_id: UUID) -> list[reports.LineView]:
        """The report as an administrator reads it."""
        return self.street.act(
            self.first, lambda ctx: list(reports.report(ctx, LONGWAN, batch_id)), now=self.now
        )

    def holdings(self, member_id: UUID) -> dict[str, int]:
        """What stands on a member's accounts, by kind and period; empty ones are left out."""
        found = self.street.look(
            lambda session: standings(session, LONGWAN, member_id, now=self.now)
        )
        return {
            f"{each.kind.value}{each.period}": each.posted_minutes
            for each in found
            if each.posted_minutes
        }

    def pool(self) -> int:
        """What stands in the pool."""
        return self.street.pool()[0]

    def count(self, model: Any, *where: Any) -> int:
        """Rows of a table."""
        return self.street.count(model, *where)

    def breaches(self) -> list[str]:
        """What a whole check of the book names."""
        with self.street.uow.read() as session:
            snapshot(session)
            return self._checked(session)

    def forged(self, forgeries: Mapping[str, Forgery]) -> dict[str, list[str]]:
        """What a whole check names under each forgery by itself."""
        return each_alone(self.street.uow, self.url, forgeries, self._checked)

    def _checked(self, session: Session) -> list[str]:
        ctx = Context(session, SYSTEM, self.now, VAULT)
        return [f"{found.code} {found.place}" for found in verify(ctx, LONGWAN, Tally())]

    def ledger(self) -> list[tuple[Any, ...]]:
        """Every entry with its transfer, without moments: what two runs must agree in."""
        return self.street.look(
            lambda session: [
                tuple(row)
                for row in session.execute(
                    sa.select(
                        Transfer.idem_key,
                        Transfer.kind,
                        Entry.leg,
                        Entry.account_id,
                        Entry.amount_minutes,
                        Entry.version,
                        Entry.balance_after_minutes,
                    )
                    .join(
                        Entry,
                        sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id),
                    )
                    .where(Transfer.book == LONGWAN)
                    .order_by(Entry.account_id, Entry.slot, Entry.version, Entry.leg)
                )
            ]
        )


def grant_list(office: Office, *lines: tuple[UUID | str, int]) -> str:
    """A list of grants."""
    rows = [
        f"{who if isinstance(who, str) else office.number(who)},{minutes}" for who, minutes in lines
    ]
    return "\n".join(["number,minutes", *rows]) + "\n"


@pytest.fixture(params=EACH_DIALECT)
def office(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Office]:
    """The office of a database of the test's own."""
    url = databases.fresh(request.param, settled_world)
    engine = make_engine(url)
    street = Street(UnitOfWork(engine))
    street.uow.run(street.settle)
    yield Office(url, street)
    engine.dispose()
    databases.discard(url)
