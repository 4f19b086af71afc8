"""Six regions that recognise each other, their administrators, and a clock that one can turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import Exposure
from models.ledger import AccountKind
from models.settlement import NetPayment, SettlementWindow, WindowPair
from services.clock import at_local, local_date
from services.context import Context
from services.corridors.crossing import post_across
from services.ledger.accounts import account_id, pool_of
from services.ledger.breaches import Breach, Tally
from services.ledger.clearing import Crossing, gives, takes
from services.ledger.drafts import Draft, Leg
from services.ledger.streams import snapshot
from services.policy import NATION, REGION_ADMIN, SYSTEM, Actor, Role
from services.settlement import windows
from services.settlement.acknowledging import acknowledge
from services.verification.windows import check_clearing, check_windows
from tests.conftest import EACH_DIALECT
from tests.country import FAR, ONE, TWO, join_all
from tests.databases import Databases
from tests.factories import NOW, VAULT
from tests.services.conftest import settled_world
from timebank.uow import UnitOfWork, make_engine

T = TypeVar("T")
SIX = (ONE, TWO, FAR, "330381000000", "110102000000", "310109000000")
DAY = timedelta(days=1)


def six_regions(url: str) -> None:
    """Built once, then copied."""
    settled_world(url)
    engine = make_engine(url)
    UnitOfWork(engine).run(lambda session: join_all(session, *SIX))
    engine.dispose()


class Country:
    """Acts across books by their minutes, and windows by their numbers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.uow = UnitOfWork(make_engine(url))
        self.now = NOW
        self._keys = count()

    def run(self, work: Callable[[Context], T], actor: Actor = SYSTEM, key: str | None = None) -> T:
        """One unit of work now."""
        moment = self.now
        return self.uow.run(
            lambda session: work(Context(session, actor, moment, VAULT, key, factor_at=moment))
        )

    def look(self, work: Callable[[Context], T]) -> T:
        """Read."""
        with self.uow.read() as session:
            answer = work(Context(session, SYSTEM, self.now, VAULT))
            session.expunge_all()
            return answer

    def pay(self, one: str, other: str, minutes: int, uow: UnitOfWork | None = None) -> None:
        """A gift of so many minutes from one region to another."""
        key, moment = f"act {next(self._keys)}", self.now
        drafts = [
            _half(
                one, account_id(one, AccountKind.ISSUE), -minutes, gives(one, other, minutes), key
            ),
            _half(other, pool_of(other), minutes, takes(other, one, minutes), key),
        ]
        crossing = Crossing(one, other, minutes)
        (uow or self.uow).run(
            lambda session: post_across(
                Context(session, SYSTEM, moment, VAULT), drafts, [crossing], payer_book=one, key=key
            )
        )

    def open(self) -> None:
        """Open the first window."""
        self.run(windows.begin)

    def midnight(self) -> None:
        """Five minutes past the next midnight."""
        day = local_date(self.now) + DAY
        self.now = at_local(day, datetime.min.time()) + timedelta(minutes=5)

    def close(self) -> int:
        """Close what is due."""
        return windows.close_due(self.run, self.look)

    def acknowledge(self, number: int, *books: str, key: str | None = None) -> None:
        """Administrators acknowledge; everybody with a statement, when nobody is named."""
        for book in books or self.with_statements(number):
            self.run(lambda ctx, book=book: acknowledge(ctx, book, number), admin(book), key)

    def window(self, number: int) -> SettlementWindow:
        """The row of a window."""
        return self.look(lambda ctx: ctx.session.get_one(SettlementWindow, (NATION, number)))

    def pairs(self, number: int) -> list[WindowPair]:
        """Its pairs."""
        return self.look(lambda ctx: windows.pairs_of(ctx.session, number))

    def payments(self, number: int) -> list[NetPayment]:
        """Its payments."""
        return self.rows(NetPayment, NetPayment.window_number == number)

    def with_statements(self, number: int) -> list[str]:
        """The regions that have something to acknowledge."""
        found = {book for row in self.pairs(number) for book in (row.one_book, row.other_book)}
        return sorted(found)

    def rows(self, model: type[T], *where: sa.ColumnElement[bool]) -> list[T]:
        """Rows of any book."""
        return self.look(lambda ctx: list(ctx.session.scalars(sa.select(model).where(*where))))

    def debit(self, book: str, counter: str = "") -> int:
        """What a region owes and has not settled."""
        with self.uow.read() as session:
            row = session.get(Exposure, (book, counter))
            return row.debit_minutes if row else 0

    def breaches(self) -> list[Breach]:
        """What the check of the windows finds."""
        with self.uow.read() as session:
            snapshot(session)
            return found(session)


def found(session: Session) -> list[Breach]:
    """The check of every window, of the nation and of each book."""
    ctx = Context(session, SYSTEM, NOW, VAULT)
    of_books = [each for book in SIX for each in check_windows(ctx, book, Tally())]
    return [*check_clearing(ctx, Tally()), *of_books]


def admin(book: str, number: int = 1) -> Actor:
    """An administrator of a region, out of thin air."""
    return Actor(
        id=UUID(int=int(book) << 8 | number),
        name="区民政局",
        home_book=book,
        roles=(Role(REGION_ADMIN, "region", book),),
    )


def _half(book: str, account: UUID, minutes: int, clearing: Leg, key: str) -> Draft:
    return Draft(book, "gift", key, (Leg(account, minutes), clearing), NOW)


@pytest.fixture(params=EACH_DIALECT)
def country(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Country]:
    """The six regions on each engine."""
    url = databases.fresh(request.param, six_regions)
    made = Country(url)
    yield made
    made.uow.engine.dispose()
    databases.discard(url)


@pytest.fixture
def lite(databases: Databases) -> Iterator[Country]:
    """The six regions where one engine tells as much as two."""
    url = databases.fresh("sqlite", six_regions)
    made = Country(url)
    yield made
    made.uow.engine.dispose()
    databases.discard(url)
