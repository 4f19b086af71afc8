"""Figures of the months: the same with and without the job, and proved by the whole check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Entry, Transfer
from models.tallies import MonthHelp, MonthMove, MonthWait, TallyMark
from services.errors import NotFound
from services.ledger.breaches import Tally
from services.policy import SYSTEM
from services.queries.desk import levels
from services.queries.desk.figures import LEVEL_UNITS
from services.rules.waiting import groups_of, hours_of, rank_of
from services.tallies import keeping
from services.tallies.reading import Months, added, help_given, moves, waits
from services.verification import verify
from services.verification.tallies import check_tallies
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG, actor, make_ctx
from tests.services.ledger.paid_world import NEXT_DAY
from tests.web.audit_kit import audited_world, auditor
from timebank.uow import UnitOfWork, make_engine

LATER = NEXT_DAY + timedelta(days=1)


@pytest.fixture
def work(databases: Databases) -> Iterator[UnitOfWork]:
    """The paid world on SQLite."""
    url = databases.fresh("sqlite", audited_world)
    engine = make_engine(url)
    yield UnitOfWork(engine)
    engine.dispose()
    databases.discard(url)


def kept(work: UnitOfWork, at: Any = LATER) -> None:
    """Let the job do all it can."""
    while work.run(lambda session: keeping.keep(make_ctx(session, SYSTEM, now=at), LONGWAN)):
        pass


def everything(session: Session) -> Any:
    """All that the tallies tell of two books."""
    books = [LONGWAN, LUCHENG]
    return moves(session, books), help_given(session, books), waits(session, books)


def test_figures_are_the_same_before_between_and_after_the_job(work: UnitOfWork) -> None:
    with work.read() as session:
        before = everything(session)
        middle = session.scalar(
            sa.select(Transfer.posted_at)
            .where(Transfer.book == LONGWAN)
            .order_by(Transfer.posted_at.desc())
            .limit(1)
        )
    kept(work, middle)
    with work.read() as session:
        assert everything(session) == before
        assert session.scalars(sa.select(MonthMove).where(MonthMove.book == LONGWAN)).first()
    kept(work)
    kept(work)
    with work.read() as session:
        assert everything(session) == before
        # All of it is kept now: nothing newer is left to count.
        months = session.scalars(sa.select(MonthMove).where(MonthMove.book == LONGWAN)).all()
        assert sum(each.entries for each in months if each.account_kind) == session.scalar(
            sa.select(sa.func.count()).select_from(Entry).where(Entry.book == LONGWAN)
        )


def test_what_was_given_and_how_long_it_was_waited_for(work: UnitOfWork) -> None:
    with work.read() as session:
        total = added(help_given(session, [LONGWAN]))
        assert total["visits"] == 1
        assert (total["actual_minutes"], total["earn_minutes"]) == (62, 62)
        assert (total["elder_minutes"], total["pool_minutes"]) == (40, 22)
        assert (total["asked"], total["asked_minutes"]) == (2, 120)
        assert total["reversed"] == 0
        found = waits(session, [LONGWAN])
        assert [each.visits for each in found if each.grouping == "all"] == [1]
        assert help_given(session, [LONGWAN], Months("2030-01", "")) == ()
        assert added(help_given(session, [LONGWAN], Months("", "2026-03"))) == total


def test_the_whole_check_proves_the_figures(work: UnitOfWork) -> None:
    kept(work)
    with work.read() as session:
        assert list(verify(make_ctx(session, SYSTEM, now=LATER), LONGWAN, Tally())) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            lambda s: s.execute(sa.delete(TallyMark).where(TallyMark.book == LONGWAN)),
            "tally_without_mark",
        ),
        (lambda s: _raise(s, MonthHelp, "visits"), "tally_differs"),
        (lambda s: _raise(s, MonthWait, "visits"), "tally_differs"),
        (lambda s: _raise(s, MonthMove, "in_minutes"), "tally_of_kind_differs"),
    ],
)
def test_a_figure_that_somebody_changed_is_found(work: UnitOfWork, change: Any, code: str) -> None:
    kept(work)
    work.run(change)
    with work.read() as session:
        found = check_tallies(make_ctx(session, SYSTEM, now=LATER), LONGWAN, Tally())
        assert code in {each.code for each in found}


def _raise(session: Session, model: Any, column: str) -> None:
    session.execute(
        sa.update(model).where(model.book == LONGWAN).values({column: getattr(model, column) + 1})
    )


def test_a_book_in_which_nothing_happened_has_no_figures(work: UnitOfWork) -> None:
    assert work.run(lambda s: keeping.keep(make_ctx(s, SYSTEM, now=LATER), LUCHENG)) is False
    with work.read() as session:
        assert LUCHENG in keeping.due(make_ctx(session, SYSTEM))
        assert moves(session, [LUCHENG]) == ()


def test_streets_and_branches_add_up(work: UnitOfWork) -> None:
    with work.read() as session:
        ctx = make_ctx(session, actor(session, auditor(session)), now=LATER)
        page = levels.streets(ctx, LONGWAN)
        values = page.total.values
        assert (values["visits"], values["earn_minutes"], values["actual_minutes"]) == (1, 62, 62)
        assert {each.name for each in page.total.figures} == set(LEVEL_UNITS)
        (street,) = [each for each in page.lines if each.kind == "street"]
        below = levels.street(ctx, LONGWAN, street.key)
        assert below.total.values == street.values
        for line in below.lines:
            one = levels.branch(ctx, LONGWAN, UUID(line.key))
            assert one.total.values == line.values
            assert one.street == street.key


def test_a_street_of_another_region_is_not_there(work: UnitOfWork) -> None:
    with work.read() as session:
        ctx = make_ctx(session, actor(session, auditor(session, LUCHENG)), now=LATER)
        for look in (
            lambda: levels.streets(ctx, LONGWAN),
            lambda: levels.street(ctx, LUCHENG, "330399001000"),
            lambda: levels.branch(ctx, LUCHENG, ctx.actor.id),
        ):
            with pytest.raises(NotFound):
                look()


def test_waits_are_ranked_by_whole_hours() -> None:
    assert [hours_of(each) for each in (-5, 0, 1, 60, 61)] == [0, 0, 1, 1, 2]
    assert rank_of({}, 500) is None
    assert rank_of({1: 1, 2: 1, 9: 1}, 500) == 2
    assert rank_of({1: 9, 9: 1}, 900) == 1
    assert rank_of({1: 8, 9: 2}, 900) == 9
    assert groups_of(83, in_hardship=True, lives_alone=False, grade=2) == [
        "all",
        "age-80",
        "hardship",
        "grade-2",
    ]
