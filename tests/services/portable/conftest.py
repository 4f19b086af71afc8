"""Two installations with keys of their own: a member closes here and arrives there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import AccountKind
from models.oversight import OutboxMessage
from models.portable import AccountStatement, Installation
from services.ledger.accounts import account_id, standing
from services.ledger.breaches import Tally
from services.ledger.seals import keys, sealer
from services.ledger.seals.signing import SigningKey
from services.outbox import opened
from services.policy import SYSTEM
from services.portable import closing, stating, taking
from services.portable.closing import CloseForm
from services.verification import verify
from tests import factories
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.visits.conftest import Street, street_at

HERE, THERE = SigningKey(bytes(31) + b"\1"), SigningKey(bytes(31) + b"\2")
LATER = NOW + timedelta(minutes=5)


@dataclass
class House:
    """One installation: its street, its key, and a member with coins."""

    street: Street
    key: SigningKey
    url: str

    def found(self, other: SigningKey) -> None:
        """Introduce the key, and know the other installation."""
        self.street.uow.run(
            lambda session: keys.introduce_operator(session, self.key, "运营方", NOW)
        )
        self.street.uow.run(
            lambda session: session.add(
                Installation(
                    fingerprint=other.key_id,
                    public_key=other.public_key,
                    name="另一个平台",
                    name_en="Another",
                    added_by_id=SYSTEM.id,
                    added_at=NOW,
                )
            )
        )

    def seal(self) -> None:
        """Seal what has been posted."""
        with self.street.uow.read() as session:
            prepared = sealer.prepare(session, LONGWAN, self.key, NOW)
        if prepared is not None:
            self.street.uow.run(lambda session: sealer.write(session, prepared))

    def state(self, member: UUID, who: UUID | None = None, key: str | None = None) -> UUID:
        """A plain statement."""
        work = lambda ctx: stating.state(ctx, member, self.key)  # noqa: E731 - one line
        return self.street.act(who or member, work, LATER, key)

    def code(self, member: UUID, receiver: str, now: datetime = LATER) -> str:
        """A one-time code, as the member reads it."""
        self.street.act(member, lambda ctx: closing.send_code(ctx, member, receiver), now)
        return self.newest_code(member)

    def newest_code(self, member: UUID) -> str:
        """The code that was sent last."""

        def read(session: Session) -> str:
            rows = session.scalars(
                sa.select(OutboxMessage)
                .where(OutboxMessage.book == LONGWAN, OutboxMessage.member_id == member)
                .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
            )
            return next(c for row in rows if (c := opened(row, VAULT).params.get("code")))

        return self.street.look(read)

    def close(self, member: UUID, receiver: str | None = None, key: str | None = None) -> UUID:
        """Close for the other installation by the own login."""
        wanted = receiver or THERE.key_id
        form = CloseForm(member, wanted, self.code(member, wanted))
        return self.street.act(member, lambda ctx: closing.close(ctx, form, self.key), LATER, key)

    def text(self, statement: UUID) -> str:
        """The file, byte for byte."""

        def read(session: Session) -> str:
            row = session.get_one(AccountStatement, (LONGWAN, statement))
            return VAULT.open(stating.PURPOSE, row.content_sealed)

        return self.street.look(read)

    def take(self, raw: str, id_number: str, who: UUID | None = None) -> UUID:
        """An administrator takes a file in."""
        return self.street.act(
            who or self.street.admins[0],
            lambda ctx: taking.take_in(ctx, LONGWAN, self.street.branch, raw.encode(), id_number),
            LATER,
        )

    def posted(self, member: UUID, kind: AccountKind) -> int:
        """What stands on a member's account."""
        key = account_id(LONGWAN, kind, member)
        return self.street.look(lambda session: standing(session, LONGWAN, key).posted_minutes)

    def breaches(self) -> set[str]:
        """What a whole check names beside coins that tests put there."""
        context = lambda session: factories.make_ctx(session, now=LATER)  # noqa: E731 - one line
        return self.street.look(
            lambda session: {each.code for each in verify(context(session), LONGWAN, Tally())}
        ) - {"issue_without_authorisation"}


@pytest.fixture(params=EACH_DIALECT)
def houses(request: pytest.FixtureRequest, databases: Databases) -> Iterator[tuple[House, House]]:
    """The installation that is left, on the engine in turn, and the one gone to."""
    url, engine, street = street_at(databases, request.param)
    far_url, far_engine, far_street = street_at(databases, "sqlite")
    here, there = House(street, HERE, url), House(far_street, THERE, far_url)
    here.found(THERE)
    there.found(HERE)
    yield here, there
    for each, address in ((engine, url), (far_engine, far_url)):
        each.dispose()
        databases.discard(address)
