"""An elder of one county who stays in another, each act its own committed unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import CorridorMode
from models.ledger import AccountKind
from models.requests import Request
from services.context import Context
from services.ledger.accounts import account_id, pool_of, standing
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.people.actors import actor_for
from services.policy import SYSTEM, Actor
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from tests import factories
from tests.conftest import EACH_DIALECT
from tests.country import ONE, TWO, join_all, open_corridor
from tests.databases import Databases
from tests.factories import NOW, VAULT, WUMA, YONGZHONG
from tests.services.conftest import settled_world
from timebank.uow import UnitOfWork, make_engine

T = TypeVar("T")
#: Wednesday, 11 March 2026, ten in the morning in China.
START = NOW + timedelta(hours=25)
#: Where the elder is at home, and where the elder stays.
HOME, HOST = TWO, ONE
THERE = "龙湾样例路 8 号 2 幢 301 室（儿子家）"
#: The host's branch, and a door close to it.
BRANCH_AT = (27_930_000, 120_810_000)


def fund(session: Session, book: str, account: UUID | None = None) -> None:
    """Ten hours on an account, the pool's without one, straight through the ledger."""
    account, minutes = account or pool_of(book), 600
    draft = Draft(
        book=book,
        kind="issue",
        key=f"test:{account}",
        legs=(Leg(account_id(book, AccountKind.ISSUE), -minutes), Leg(account, minutes)),
        effective_at=NOW,
    )
    post(session, [draft], Stamp(NOW, SYSTEM.id))


@dataclass
class Stay:
    """The people of both counties, and a way to act as any of them."""

    uow: UnitOfWork
    home_branch: UUID = field(init=False)
    host_branch: UUID = field(init=False)
    third_branch: UUID = field(init=False)
    elder: UUID = field(init=False)
    #: Works at the elder's home; at the host's branch; at another branch of the host's county.
    home_staff: UUID = field(init=False)
    host_staff: UUID = field(init=False)
    third_staff: UUID = field(init=False)
    #: Serves in the host's county; and at the elder's home.
    volunteer: UUID = field(init=False)
    neighbour: UUID = field(init=False)
    home_admin: UUID = field(init=False)

    def settle(self, session: Session) -> None:
        """Two counties that recognise each other, with their branches and people."""
        join_all(session, HOST, HOME)
        latitude, longitude = BRANCH_AT
        self.host_branch = factories.create_branch(
            session, YONGZHONG, latitude_e6=latitude, longitude_e6=longitude
        )
        self.third_branch = factories.create_branch(session, YONGZHONG)
        self.home_branch = factories.create_branch(session, WUMA)
        self.elder = factories.create_elder(
            session,
            grade=0,
            branch_id=self.home_branch,
            latitude_e6=28_010_000,
            longitude_e6=120_650_000,
        )
        self.home_staff = factories.create_staff(session, self.home_branch)
        self.host_staff = factories.create_staff(session, self.host_branch)
        self.third_staff = factories.create_staff(session, self.third_branch)
        self.volunteer = factories.create_volunteer(
            session,
            "P1",
            branch_id=self.host_branch,
            latitude_e6=latitude + 2_000,
            longitude_e6=longitude,
        )
        self.neighbour = factories.create_volunteer(session, "P1", branch_id=self.home_branch)
        self.home_admin = factories.create_region_admin(session, HOME, branch_id=self.home_branch)
        earned = account_id(HOME, AccountKind.EARNED, self.elder)
        fund(session, HOME)
        fund(session, HOME, earned)

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

    def shut(self) -> None:
        """The two regions recognise each other no longer."""
        self.uow.run(
            lambda session: open_corridor(
                session, HOST, HOME, CorridorMode.NONE, valid_from=NOW.date()
            )
        )

    def form(self, **overrides: object) -> AskForm:
        """What the elder asks for where the elder stays."""
        return AskForm(
            **{
                "elder_id": self.elder,
                "service_code": "A04",
                "starts_at": START,
                "booked_minutes": 60,
                "address": THERE,
                "place_branch_id": self.host_branch,
                **overrides,
            }
        )

    def ask(self, by: UUID | None = None, **overrides: object) -> UUID:
        """The elder, or somebody else, asks."""
        form = self.form(**overrides)
        return self.act(by or self.elder, lambda ctx: ask(ctx, form))

    def open_request(self, **overrides: object) -> UUID:
        """A request that the host's branch has let through."""
        request = self.ask(**overrides)
        self.act(self.host_staff, lambda ctx: approve(ctx, HOME, request))
        return request

    def request(self, key: UUID) -> Request:
        """The stored request."""
        return self.look(lambda session: session.get_one(Request, (HOME, key)))

    def earned(self, book: str, member: UUID) -> tuple[int, int]:
        """Posted and held minutes of what a member earned."""

        def read(session: Session) -> tuple[int, int]:
            found = standing(session, book, account_id(book, AccountKind.EARNED, member))
            return found.posted_minutes, found.held_minutes

        return self.look(read)

    def count(self, model: type, *where: sa.ColumnElement[bool]) -> int:
        """How many rows of a table fit."""
        query = sa.select(sa.func.count()).select_from(model).where(*where)
        return self.look(lambda session: session.scalar(query) or 0)


_SETTLED: dict[str, dict[str, UUID]] = {}
_PEOPLE = (
    "home_branch host_branch third_branch elder home_staff host_staff third_staff volunteer"
    " neighbour home_admin"
).split()


def settled_stay(url: str) -> None:
    """A world in which both counties' people have joined."""
    settled_world(url)
    engine = make_engine(url)
    made = Stay(UnitOfWork(engine))
    made.uow.run(made.settle)
    _SETTLED[engine.dialect.name] = {name: getattr(made, name) for name in _PEOPLE}
    engine.dispose()


def stay_at(engine: sa.Engine) -> Stay:
    """Both counties on a copy of the settled database."""
    made = Stay(UnitOfWork(engine))
    for name, value in _SETTLED[engine.dialect.name].items():
        setattr(made, name, value)
    return made


@pytest.fixture(params=EACH_DIALECT)
def stay(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Stay]:
    """Both counties, on a database of their own."""
    url = databases.fresh(request.param, settled_stay)
    engine = make_engine(url)
    yield stay_at(engine)
    engine.dispose()
    databases.discard(url)
