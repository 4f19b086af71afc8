"""The invented district: lived through the services, alike for the same seed, and it balances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.giving import BenefitFund, Donation
from models.ledger import Entry, Transfer
from models.people import Credential, Handle, Member
from models.requests import Request, RequestState, Visit, VisitState
from models.settlement import (
    DisputeOutcome,
    PositionDispute,
    SettlementWindow,
    WindowPair,
    WindowState,
    WindowStatement,
)
from services.clock import local_date
from services.context import Context
from services.donations.tracing import traced
from services.errors import LockWider
from services.ledger.breaches import Tally
from services.policy import SYSTEM
from services.verification import check_clearing, verify
from tests.databases import Databases, migrate
from tests.factories import VAULT
from tests.settings import settings_for
from timebank.demo import logins, story
from timebank.demo.country_founding import SIX
from timebank.demo.names import Cast as Names
from timebank.demo.scene import HOME
from timebank.edge import Timebank
from timebank.uow import UnitOfWork, make_engine

T = TypeVar("T")

PAIR = (WindowPair.one_book, WindowPair.other_book)
#: Saturday, 21 November 2026, half past nine in the morning in China.
NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)


def district(
    databases: Databases, instance: Path, dialect: str, work: type[UnitOfWork] = UnitOfWork
) -> Timebank:
    """Forty people over eight days."""
    held = over(databases.fresh(dialect), instance, work)
    live(held)
    return held


def over(url: str, instance: Path, work: type[UnitOfWork] = UnitOfWork) -> Timebank:
    """The product over a database, this morning."""
    return Timebank(settings_for(url, instance), work(make_engine(url)), VAULT, lambda: NOW)


def live(held: Timebank) -> None:
    assert story.is_empty(held)
    assert len(list(story.seed(held, 40, 8, 1))) == 9


def lived_through(url: str) -> None:
    """Forty people over eight days, lived through once in a process, and copied."""
    migrate(url)
    held = over(url, Path(url.removeprefix("sqlite:///")).parent)
    live(held)
    held.uow.engine.dispose()


def facts(held: Timebank) -> dict[str, object]:
    """What a visitor would see of a district."""
    with held.uow.read() as session:
        return {
            "names": sorted(session.scalars(sa.select(Member.name))),
            "requests": sorted(
                (row.service_code, row.starts_at, row.state.value)
                for row in session.scalars(sa.select(Request))
            ),
            "visits": Counter(session.scalars(sa.select(Visit.state))),
            "amounts": sorted(session.scalars(sa.select(Entry.amount_minutes))),
        }


@pytest.fixture
def lived(databases: Databases, tmp_path: Path) -> Iterator[Timebank]:
    held = over(databases.fresh("sqlite", lived_through), tmp_path)
    yield held
    held.uow.engine.dispose()
    databases.discard(held.settings.database_url)


def test_the_books_balance_and_every_valuation_recomputes(lived: Timebank) -> None:
    with lived.uow.read() as session:
        ctx = Context(session=session, actor=SYSTEM, now=NOW, vault=VAULT)
        assert list(check_clearing(ctx, Tally())) == []
        for book in SIX:
            assert list(verify(ctx, book, Tally())) == []
        kinds = Counter(session.scalars(sa.select(Transfer.kind)))
        given = Counter(session.scalars(sa.select(Donation.how)))
        fund = session.scalars(sa.select(BenefitFund.id)).one()
        used = traced(ctx, HOME, fund).uses
    assert kinds["issue"] == len(SIX)
    assert kinds["service"] >= 2
    assert given["own"] >= 2
    assert given["overflow"] >= 1
    assert used


def test_something_waits_for_every_printed_login(lived: Timebank) -> None:
    with lived.uow.read() as session:
        visits = Counter(session.scalars(sa.select(Visit.state)))
        requests = Counter(session.scalars(sa.select(Request.state)))
    assert visits[VisitState.CHECKED_OUT] >= 1
    assert visits[VisitState.DISPUTED] == 1
    assert visits[VisitState.ACCEPTED] >= 1
    assert requests[RequestState.SUBMITTED] >= 2
    assert requests[RequestState.OPEN] >= 1


def test_each_day_over_six_regions_is_cleared_and_one_statement_waits(lived: Timebank) -> None:
    with lived.uow.read() as session:
        states = Counter(session.scalars(sa.select(SettlementWindow.state)))
        books = {book for pair in session.execute(sa.select(*PAIR)) for book in pair}
        waiting = session.scalars(
            sa.select(WindowStatement.book).where(WindowStatement.acknowledged_at.is_(None))
        ).all()
        disputes = session.scalars(sa.select(PositionDispute.outcome)).all()
    assert states == {WindowState.SETTLED: 5, WindowState.CLOSED: 1, WindowState.OPEN: 1}
    assert books == set(SIX)
    assert waiting == [HOME]
    assert disputes == [DisputeOutcome.STANDS]


def test_only_the_printed_logins_have_passwords(lived: Timebank) -> None:
    with lived.uow.read() as session:
        with_password = set(session.scalars(sa.select(Credential.member_id)))
        named = dict(
            session.execute(
                sa.select(Handle.value, Handle.member_id).where(Handle.kind == "login")
            ).all()
        )
    assert with_password == set(named.values())
    assert {login.login for login in logins.LOGINS} <= set(named)


class Twice(UnitOfWork):
    """Lives every day twice: the first time ends in a failure that says "try again"."""

    def run(self, work: Callable[[Session], T]) -> T:
        rehearsed = False

        def lived(session: Session) -> T:
            nonlocal rehearsed
            first, rehearsed = not rehearsed, True
            done = work(session)
            if first:
                raise LockWider
            return done

        return super().run(lived)


def test_another_seed_gives_another_district() -> None:
    """Every choice is drawn from the seed's one chance, and the names come first."""
    day = local_date(NOW)
    one, same, other = (
        [names.person(60, 80).name for _ in range(20)]
        for names in (Names(Random(seed), day) for seed in (1, 1, 2))
    )
    assert one == same
    assert len(set(one) - set(other)) > 10


@pytest.mark.postgresql
def test_the_same_seed_gives_the_same_district_though_each_day_is_tried_twice(
    lived: Timebank, databases: Databases, tmp_path: Path
) -> None:
    """On the other engine; what was tried first left no trace."""
    held = district(databases, tmp_path, "postgresql", Twice)
    assert facts(held) == facts(lived)
    with held.uow.read() as session:
        ctx = Context(session=session, actor=SYSTEM, now=NOW, vault=VAULT)
        assert list(verify(ctx, HOME, Tally())) == []
    held.uow.engine.dispose()
    databases.discard(held.settings.database_url)
