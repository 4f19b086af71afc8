"""One street of people, each act its own committed unit of work, on each engine in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import AccountKind
from models.requests import Request, Visit
from services import issuing
from services.context import Context
from services.ledger.accounts import account_id, pool_of, standing
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.people.actors import actor_for
from services.policy import SYSTEM, Actor
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.visits.accepting import accept
from services.visits.checking import Proof, check_in, check_out
from services.visits.codes import codes_of
from tests import factories
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.conftest import settled_world
from timebank.uow import UnitOfWork, make_engine

T = TypeVar("T")
#: The visit of the story: Wednesday, 11 March 2026, ten in the morning in China.
START = NOW + timedelta(hours=25)


@dataclass
class Street:
    """People of one branch, and a way to act as any of them."""

    uow: UnitOfWork
    branch: UUID = field(init=False)
    elder: UUID = field(init=False)
    volunteer: UUID = field(init=False)
    staff: UUID = field(init=False)
    admins: tuple[UUID, UUID] = field(init=False)

    def settle(self, session: Session) -> None:
        """Open the branch and let everybody join."""
        self.branch = factories.create_branch(session)
        self.staff = factories.create_staff(session)
        self.elder = factories.create_elder(session, grade=0)
        self.volunteer = factories.create_volunteer(session, "P1")
        self.admins = (
            factories.create_region_admin(session),
            factories.create_region_admin(session),
        )

    def act(
        self,
        who: UUID | Actor,
        work: Callable[[Context], T],
        now: datetime = NOW,
        key: str | None = None,
    ) -> T:
        """One committed unit of work as somebody."""

        def run(session: Session) -> T:
            actor = who if isinstance(who, Actor) else actor_for(session, who, now)
            return work(Context(session, actor, now, VAULT, key=key, factor_at=now))

        return self.uow.run(run)

    def look(self, work: Callable[[Session], T]) -> T:
        """Read without changing anything."""
        with self.uow.read() as session:
            found = work(session)
            session.expunge_all()
            return found

    def issue(self, minutes: int) -> None:
        """Two administrators put minutes into the pool."""
        row = self.act(
            self.admins[0], lambda ctx: issuing.propose(ctx, LONGWAN, minutes, "样例资金")
        )
        self.act(self.admins[1], lambda ctx: issuing.sign(ctx, LONGWAN, row))

    def give_coins(self, member: UUID, minutes: int) -> None:
        """Minutes earned long ago, straight through the ledger."""
        earned = account_id(LONGWAN, AccountKind.EARNED, member)
        draft = Draft(
            book=LONGWAN,
            kind="issue",
            key=f"test:{member}:{minutes}",
            legs=(Leg(account_id(LONGWAN, AccountKind.ISSUE), -minutes), Leg(earned, minutes)),
            effective_at=NOW,
        )
        self.uow.run(lambda session: post(session, [draft], Stamp(NOW, SYSTEM.id)))

    def ask(self, code: str = "A04", minutes: int = 60, **overrides: object) -> UUID:
        """The elder asks; overrides are answers of the form."""
        form = AskForm(
            **{
                "elder_id": self.elder,
                "service_code": code,
                "starts_at": START,
                "booked_minutes": minutes,
                **overrides,
            }
        )
        return self.act(form.elder_id, lambda ctx: ask(ctx, form))

    def open_request(self, code: str = "A04", minutes: int = 60, **overrides: object) -> UUID:
        """A request that the branch has let through."""
        request = self.ask(code, minutes, **overrides)
        self.act(self.staff, lambda ctx: approve(ctx, LONGWAN, request))
        return request

    def accepted(self, request: UUID, by: UUID | None = None) -> UUID:
        """A volunteer says yes; returns the visit."""
        return self.act(by or self.volunteer, lambda ctx: accept(ctx, LONGWAN, request)).visit_id

    def come(self, visit: UUID, at: datetime = START) -> None:
        """The provider checks in by the elder's digits."""
        row = self.visit(visit)
        code = self.digits(visit)["in"]
        self.act(
            row.provider_id,
            lambda ctx: check_in(ctx, LONGWAN, visit, Proof(digits=code)),
            now=at,
        )

    def go(self, visit: UUID, minutes: int = 62, start: datetime = START) -> None:
        """The provider checks out some minutes after the start."""
        row = self.visit(visit)
        code = self.digits(visit)["out"]
        self.act(
            row.provider_id,
            lambda ctx: check_out(ctx, LONGWAN, visit, Proof(digits=code)),
            now=start + timedelta(minutes=minutes),
        )

    def digits(self, visit: UUID) -> dict[str, str]:
        """What the elder reads on the own page."""
        return self.act(self.elder, lambda ctx: codes_of(ctx, LONGWAN, visit, "digits"))

    def request(self, key: UUID) -> Request:
        """The stored request."""
        return self.look(lambda session: session.get_one(Request, (LONGWAN, key)))

    def visit(self, key: UUID) -> Visit:
        """The stored visit."""
        return self.look(lambda session: session.get_one(Visit, (LONGWAN, key)))

    def balance(self, account: UUID) -> tuple[int, int]:
        """Posted and held minutes of an account."""

        def read(session: Session) -> tuple[int, int]:
            found = standing(session, LONGWAN, account)
            return found.posted_minutes, found.held_minutes

        return self.look(read)

    def earned(self, member: UUID) -> tuple[int, int]:
        """Posted and held minutes of what a member earned."""
        return self.balance(account_id(LONGWAN, AccountKind.EARNED, member))

    def pool(self) -> tuple[int, int]:
        """Posted and held minutes of the pool."""
        return self.balance(pool_of(LONGWAN))

    def count(self, model: type, *where: sa.ColumnElement[bool]) -> int:
        """How many rows of a table fit."""
        query = sa.select(sa.func.count()).select_from(model).where(*where)
        return self.look(lambda session: session.scalar(query) or 0)


#: Who lives on the street of this process's template, by engine: it is settled once, then copied.
_SETTLED: dict[str, dict[str, object]] = {}


def settled_street(url: str) -> None:
    """A world in which the street's people have joined."""
    settled_world(url)
    engine = make_engine(url)
    made = Street(UnitOfWork(engine))
    made.uow.run(made.settle)
    people = ("branch", "elder", "volunteer", "staff", "admins")
    _SETTLED[engine.dialect.name] = {name: getattr(made, name) for name in people}
    engine.dispose()


def street_at(databases: Databases, dialect: str) -> tuple[str, sa.Engine, Street]:
    """A street of one's own: its database's address, its engine, and its people."""
    url = databases.fresh(dialect, settled_street)
    engine = make_engine(url)
    made = Street(UnitOfWork(engine))
    for name, value in _SETTLED[dialect].items():
        setattr(made, name, value)
    return url, engine, made


@pytest.fixture(params=EACH_DIALECT)
def street(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Street]:
    """The street, on a database of its own."""
    url, engine, made = street_at(databases, request.param)
    yield made
    engine.dispose()
    databases.discard(url)
