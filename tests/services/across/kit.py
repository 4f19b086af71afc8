"""The street of the visits and a town next to it, whose regions recognise each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import ClaimState, CrossClaim, Exposure
from models.ledger import Account, AccountKind
from models.places import Branch
from services.corridors.claiming import ALL
from services.ledger.accounts import account_id, standing
from services.ledger.breaches import Tally
from services.ledger.clearing import clearing_account
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.people.kin import record_kinship
from services.policy import SYSTEM
from services.verification import verify
from tests import factories
from tests.conftest import EACH_DIALECT
from tests.country import ONE, TWO, join_all
from tests.databases import Databases
from tests.factories import NOW, WUMA
from tests.services.visits.conftest import _SETTLED, Street, settled_street
from timebank.uow import UnitOfWork, make_engine


@dataclass
class Towns:
    """龙湾 with its street, and 鹿城 with a branch, a clerk and an administrator."""

    street: Street
    branch: UUID = field(init=False)
    staff: UUID = field(init=False)
    admin: UUID = field(init=False)

    def __post_init__(self) -> None:
        there = _FOUNDED.get(self.street.look(lambda s: s.get_bind().dialect.name), {})
        if there and self.street.look(lambda s: s.get(Branch, there["branch"])) is not None:
            self.branch, self.staff, self.admin = (there[n] for n in PEOPLE)
        else:
            self.street.uow.run(self._found)

    def _found(self, session: Session) -> None:
        self.branch = factories.create_branch(session, WUMA)
        self.staff = factories.create_staff(session, self.branch)
        self.admin = factories.create_region_admin(session, TWO, branch_id=self.branch)
        join_all(session, ONE, TWO)

    def joins(self, **answers: object) -> UUID:
        """Somebody who lives in the other town."""
        wanted = {"branch_id": self.branch, **answers}
        return self.street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session, **wanted))

    def elder(self, **answers: object) -> UUID:
        """An elder of the other town."""
        wanted = {"branch_id": self.branch, "grade": 0, **answers}
        return self.street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, **wanted))

    def relate(self, one: UUID, other: UUID, relation: str) -> None:
        """A branch records what ``other`` is to ``one``."""
        self.street.act(
            self.street.staff, lambda ctx: record_kinship(ctx, one, other, relation, "户口簿")
        )

    def balance(self, book: str, account: UUID) -> tuple[int, int]:
        """Posted and held minutes of any account; nothing for one that is not open."""

        def read(session: Session) -> tuple[int, int]:
            if session.get(Account, (book, account)) is None:
                return 0, 0
            found = standing(session, book, account)
            return found.posted_minutes, found.held_minutes

        return self.street.look(read)

    def coins(self, book: str, member: UUID, kind: AccountKind, period: str = "") -> int:
        """What stands on an account of a member in a book."""
        return self.balance(book, account_id(book, kind, member, period))[0]

    def cleared(self) -> tuple[int, int]:
        """What the first town owes the second on its own mirror, and on the other's."""
        return (
            self.balance(ONE, clearing_account(ONE, TWO))[0],
            self.balance(TWO, clearing_account(TWO, ONE))[0],
        )

    def position(self, book: str = ONE) -> tuple[int, int]:
        """What a town owes all others, and what is claimed beside it."""

        def read(session: Session) -> tuple[int, int]:
            row = session.get(Exposure, (book, ALL))
            return (row.debit_minutes, row.claimed_minutes) if row else (0, 0)

        return self.street.look(read)

    def claims(self, subject: UUID) -> list[ClaimState]:
        """How the claims of an act stand, the oldest first."""

        def read(session: Session) -> list[ClaimState]:
            rows = session.query(CrossClaim).filter_by(subject_id=subject)
            return [row.state for row in rows.order_by(CrossClaim.made_at, CrossClaim.id)]

        return self.street.look(read)

    def breaches(self, now: datetime = NOW) -> set[str]:
        """What the whole check finds in both books, beside coins and deaths of the scene's own."""
        found = {
            each.code
            for book in (ONE, TWO)
            for each in self.street.act(
                SYSTEM, lambda ctx, of=book: list(verify(ctx, of, Tally())), now
            )
        }
        return found - {"issue_without_authorisation", "death_without_estate"}

    def give(self, book: str, member: UUID, minutes: int) -> None:
        """Minutes earned long ago in a member's own book, straight through the ledger."""
        legs = (
            Leg(account_id(book, AccountKind.ISSUE), -minutes),
            Leg(account_id(book, AccountKind.EARNED, member), minutes),
        )
        draft = Draft(book, "issue", f"test:{member}:{minutes}", legs, NOW)
        self.street.uow.run(lambda session: post(session, [draft], Stamp(NOW, SYSTEM.id)))


PEOPLE = ("branch", "staff", "admin")
#: What the template of this process holds beside its street, by engine: founded once, then copied.
_FOUNDED: dict[str, dict[str, UUID]] = {}
_STREETS: dict[str, dict[str, object]] = {}


def settled_towns(url: str) -> None:
    """A world with the street and the town next to it, whose regions recognise each other."""
    others = dict(_SETTLED)
    settled_street(url)
    engine = make_engine(url)
    name = engine.dialect.name
    _STREETS[name] = _SETTLED.pop(name)
    _SETTLED.update(others)
    towns = Towns(_street(engine))
    _FOUNDED[name] = {each: getattr(towns, each) for each in PEOPLE}
    engine.dispose()


def _street(engine: sa.Engine) -> Street:
    made = Street(UnitOfWork(engine))
    for name, value in _STREETS[engine.dialect.name].items():
        setattr(made, name, value)
    return made


@pytest.fixture(params=EACH_DIALECT)
def street(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Street]:
    """The street of two towns, on a database of its own."""
    url = databases.fresh(request.param, settled_towns)
    engine = make_engine(url)
    yield _street(engine)
    engine.dispose()
    databases.discard(url)
