"""A county whose visits were credited last week, its witnesses, and who calls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.callbacks import Callback, CallbackDraw
from models.requests import Visit
from services.callbacks.closing import close_list
from services.callbacks.drawing import draw
from services.clock import local_date
from services.ids import uuid7
from services.ledger.seals import heads, keys
from services.ledger.seals.daylist import read_published
from services.ledger.seals.signing import SigningKey
from services.ledger.witness import countersignature
from services.policy import SYSTEM
from services.visits.confirming import confirm
from tests import factories
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.services.visits import conftest as street_kit
from tests.services.visits.conftest import START, Street, settled_street
from timebank.uow import UnitOfWork, make_engine

OPERATOR = SigningKey(bytes(31) + b"\1")
WITNESSES = [SigningKey(bytes(31) + bytes([number])) for number in (11, 12, 13)]
#: The Monday after the week of the visits, in the morning.
MONDAY = NOW + timedelta(days=6)
DAY = timedelta(days=1)
VISITS = 12


class County(Street):
    """Visits of one week, and everything up to the draw."""

    caller: UUID
    url: str

    def found(self) -> None:
        """One visit through every door, and eleven more like it; two witnesses."""
        self.settle_callers()
        self.give_coins(self.elder, 300)
        visit = self.accepted(self.open_request())
        self.come(visit)
        self.go(visit)
        self.act(self.elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=START + DAY / 12)
        self.uow.run(lambda session: _like(session, visit, VISITS - 1))
        self.uow.run(lambda session: keys.introduce_operator(session, OPERATOR, "运营方", NOW))
        for number in (0, 1):
            self.add_witness(number, NOW)

    def settle_callers(self) -> None:
        """A county auditor and an administrator of the county, nobody's kin."""
        self.caller = self.uow.run(factories.create_auditor)

    def add_witness(self, number: int, at: datetime) -> None:
        public, holder = WITNESSES[number].public_key, f"见证人 {number + 1}"
        self.uow.run(lambda session: keys.add_witness(session, OPERATOR, public, holder, at))

    def close(self, at: datetime = MONDAY) -> UUID | None:
        return self.act(SYSTEM, lambda ctx: close_list(ctx, LONGWAN), now=at)

    def publish(self, at: datetime) -> date:
        """The daily list of that moment's day."""
        day = local_date(at)
        assert self.uow.run(lambda session: heads.publish(session, OPERATOR, day, at))
        return day

    def sign(self, day: date, number: int, at: datetime) -> None:
        """A witness signs a day's list."""
        file = self.look(lambda session: read_published(heads.published(session, day)))
        signed = countersignature(file, WITNESSES[number])
        self.uow.run(
            lambda session: heads.countersign(
                session, day, signed["key_id"], signed["signature"], at
            )
        )

    def draw(self, draw_id: UUID, at: datetime) -> bool:
        return self.act(SYSTEM, lambda ctx: draw(ctx, LONGWAN, draw_id), now=at)

    def drawn(self, at: datetime = MONDAY) -> UUID:
        """Closed, signed and drawn."""
        closed = self.close(at)
        assert closed is not None
        day = self.publish(at + DAY)
        for number in (0, 1):
            self.sign(day, number, at + DAY)
        assert self.draw(closed, at + DAY)
        return closed

    def the_draw(self, draw_id: UUID) -> CallbackDraw:
        return self.look(lambda session: session.get_one(CallbackDraw, (LONGWAN, draw_id)))

    def callbacks(self) -> list[Callback]:
        """All of them, by their visits."""
        query = sa.select(Callback).where(Callback.book == LONGWAN).order_by(Callback.visit_id)
        return self.look(lambda session: list(session.scalars(query)))

    def more(self, count: int, at: datetime) -> list[UUID]:
        """Further visits credited at a moment."""
        like = self.look(
            lambda session: session.scalars(
                sa.select(Visit.id).where(Visit.book == LONGWAN).order_by(Visit.id).limit(1)
            ).one()
        )
        return self.uow.run(lambda session: _like(session, like, count, at))


def _like(session: Session, visit_id: UUID, count: int, at: datetime | None = None) -> list[UUID]:
    """Visits as that one was, without postings of their own."""
    row = session.get_one(Visit, (LONGWAN, visit_id))
    own = {"id", "valuation_id", "transfer_id", "pool_hold_id"}
    same = {
        each.key: getattr(row, each.key)
        for each in sa.inspect(Visit).column_attrs
        if each.key not in own
    }
    if at is not None:
        same["ended_at"] = at
    made = [uuid7(row.accepted_at + timedelta(seconds=number)) for number in range(count)]
    session.add_all(Visit(id=each, **same) for each in made)
    session.flush()
    return made


_SETTLED: dict[str, dict[str, object]] = {}


def settled_county(url: str) -> None:
    """Built once, then copied. Its street is another one than that of the visits' template."""
    engine = make_engine(url)
    dialect, others = engine.dialect.name, dict(street_kit._SETTLED)
    settled_street(url)
    _SETTLED[dialect] = street_kit._SETTLED.pop(dialect)
    street_kit._SETTLED.update(others)
    made = _of(UnitOfWork(engine))
    made.found()
    _SETTLED[dialect] = {**_SETTLED[dialect], "caller": made.caller}
    engine.dispose()


def _of(uow: UnitOfWork) -> County:
    made = County(uow)
    for name, value in _SETTLED[uow.engine.dialect.name].items():
        setattr(made, name, value)
    return made


def county_of(url: str) -> County:
    """The people of a database that was settled so."""
    engine = make_engine(url)
    made = _of(UnitOfWork(engine))
    made.url = url
    return made


def county_at(databases: Databases, dialect: str) -> Iterator[County]:
    """The county on an engine, until the test is over."""
    url = databases.fresh(dialect, settled_county)
    made = county_of(url)
    yield made
    made.uow.engine.dispose()
    databases.discard(url)


@pytest.fixture
def county(databases: Databases) -> Iterator[County]:
    """The county, on a database of its own."""
    yield from county_at(databases, "sqlite")


@pytest.fixture(params=EACH_DIALECT)
def rivals(request: pytest.FixtureRequest, databases: Databases) -> Iterator[County]:
    """The county on each engine, for those who come at once."""
    yield from county_at(databases, request.param)
