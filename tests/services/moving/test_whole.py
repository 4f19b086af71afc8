"""A move that breaks off leaves nothing, a forged one is found, and a part moves by itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.jobs import DueTask
from models.ledger import Account, AccountKind
from models.moving import Move
from models.people import Delegation, Member
from models.places import OperatorKind
from models.reserve import FundRecord
from models.schedule import Series, SeriesState
from services.ledger.accounts import account_id
from services.ledger.breaches import Tally
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.moving import acting
from services.moving.reading import departure_of, left_accounts
from services.moving.splitting import MEMBER, move_member, plan_members
from services.people.kin import grant_delegation, record_kinship
from services.places import BranchForm, open_branch, open_operator
from services.places.books import open_book
from services.places.successions import SPLIT, Part, SuccessionForm, succeed
from services.policy import SYSTEM
from services.queries.elder.coins import coins_of
from services.queries.elder.requests import requests_of
from services.schedule.locating import SeriesForm
from services.schedule.series import make
from services.verification.moves import check_moves
from tests import factories
from tests.country import ONE, TWO, open_corridor
from tests.factories import NOW, YONGZHONG
from tests.services.moving.conftest import Towns
from tests.services.visits.conftest import START

#: What is refused and told does not depend on the engine; what moves is proved on both.
pytestmark = pytest.mark.parametrize("towns", ["sqlite"], indirect=True)

#: A county that the register does not know yet, and a township of it.
NEW, NEW_TOWN = "330313000000", "330313001000"


class Stopped(RuntimeError):
    """The process ends here."""


def _branch_there(session: Session, now: datetime) -> UUID:
    """The first branch of the new county."""
    ctx = factories.make_ctx(session, now=now)
    operator = open_operator(ctx, "甲乙丙", "Centre", OperatorKind.SOCIAL_ORGANISATION)
    form = BranchForm(
        region_code=NEW_TOWN,
        operator_id=operator,
        name="空港网点",
        name_en="Airport branch",
        address="样例路 1 号",
        phone="0577-00000000",
    )
    return open_branch(ctx, form)


def test_a_move_that_breaks_off_changes_nothing(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    towns.open_request()
    held = towns.held(ONE, towns.elder)
    with patch.object(acting, "give", side_effect=Stopped), pytest.raises(Stopped):
        towns.at_counter(towns.elder)
    assert towns.member(towns.elder).home_book == ONE
    assert towns.coins(ONE, towns.elder) == {("earned", ""): 600}
    assert (towns.held(ONE, towns.elder), towns.requests_in(TWO)) == (held, [])
    assert towns.breaches() == []
    towns.at_counter(towns.elder)


def test_statement_requests_and_leave_go_on_and_the_old_branch_sees_that_alone(
    towns: Towns,
) -> None:
    daughter = towns.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
    elder = towns.elder
    towns.act(towns.staff, lambda ctx: record_kinship(ctx, daughter, elder, "parent", "户口簿"))
    towns.act(
        elder,
        lambda ctx: grant_delegation(
            ctx, elder, daughter, frozenset({"see", "ask"}), "own", date(2027, 3, 1), 600
        ),
    )
    towns.give_coins(elder, 600)
    towns.ask()
    towns.at_counter(elder, now=NOW + timedelta(hours=1))
    found = towns.act(elder, lambda ctx: coins_of(ctx, elder))
    assert (found.total_minutes, found.closing_minutes) == (600, 600)
    move, came = found.lines
    assert (move.kind, move.amount_minutes, move.total_after_minutes) == ("move", 0, 600)
    assert move.about.moved_from is not None
    assert "龙湾" in move.about.moved_from.zh
    assert (came.kind, came.amount_minutes, came.book) == ("issue", 600, ONE)
    (left,) = found.left
    assert "鹿城" in left.to_region.zh
    assert towns.act(elder, lambda ctx: requests_of(ctx, elder)).total == 2
    # Whoever has leave reads and asks on.
    assert towns.act(daughter, lambda ctx: coins_of(ctx, elder)).total_minutes == 600
    assert towns.count(Delegation, Delegation.member_id == elder) == 1
    gone = towns.act(towns.staff, lambda ctx: departure_of(ctx, elder))
    assert gone is not None
    assert "鹿城" in gone.to_region.zh
    assert towns.act(towns.volunteer, lambda ctx: departure_of(ctx, elder)) is None


def test_a_standing_visit_goes_along_with_its_dates(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    form = SeriesForm(
        elder_id=towns.elder,
        service_code="A04",
        rrule="FREQ=WEEKLY;BYDAY=WE",
        starts_local=START.replace(tzinfo=None) + timedelta(hours=8),
        booked_minutes=60,
    )
    old = towns.act(towns.elder, lambda ctx: make(ctx, form))
    towns.at_counter(towns.elder)
    rows = towns.look(
        lambda s: list(s.scalars(sa.select(Series).where(Series.book.in_((ONE, TWO)))))
    )
    states = {row.book: row.state for row in rows}
    assert states == {ONE: SeriesState.ENDED, TWO: SeriesState.ACTIVE}
    (there,) = (row for row in rows if row.book == TWO)
    assert there.id != old
    assert there.branch_id == towns.there
    asked = towns.requests_in(TWO)
    assert asked
    assert {each.series_id for each in asked} == {there.id}
    assert towns.breaches() == []


def test_a_storage_cap_that_is_lower_takes_nothing_away(towns: Towns) -> None:
    towns.give_coins(towns.elder, 90_000)
    with patch("services.moving.coins.cap_in", return_value=60_000):
        towns.at_counter(towns.elder)
    assert towns.coins(TWO, towns.elder) == {("earned", ""): 90_000}
    earned = account_id(TWO, AccountKind.EARNED, towns.elder)
    ceiling = towns.look(lambda s: s.get_one(Account, (TWO, earned)).ceiling_minutes)
    assert ceiling == 90_000
    assert towns.breaches() == []


def test_the_check_finds_a_receipt_that_is_not_true(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    moved = towns.at_counter(towns.elder)
    row = towns.row(moved)

    def forge(session: Session) -> list[str]:
        # A second move of the same member, whose receipt nothing in the ledger bears out.
        columns = {column.key: getattr(row, column.key) for column in Move.__mapper__.column_attrs}
        session.add(Move(**{**columns, "id": SYSTEM.id, "reference": "M0000-0000"}))
        closed = session.get_one(Account, (ONE, account_id(ONE, AccountKind.EARNED, towns.elder)))
        closed.closed_at = None
        session.flush()
        ctx = factories.make_ctx(session)
        found = [breach.code for breach in check_moves(ctx, ONE, Tally())]
        session.rollback()
        return found

    assert towns.uow.run(forge) == ["move_differs_from_entries", "moved_account_open"]


def test_members_of_a_part_move_one_by_one(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    day = (NOW + timedelta(days=1)).date()

    def split(session: Session) -> None:
        part = Part(YONGZHONG, NEW_TOWN, NEW, "空港区", "Airport District")
        form = SuccessionForm(ONE, TWO, day, "民函〔2026〕2 号", parts=(part,))
        succeed(factories.make_ctx(session), form)

    towns.uow.run(split)
    tasks = (DueTask.kind == SPLIT, DueTask.book == ONE)
    assert towns.count(DueTask, *tasks) == 1
    later = NOW + timedelta(days=2)
    many = towns.act(SYSTEM, partial(plan_members, book=ONE), later)
    assert many >= 5
    work = partial(move_member, book=ONE, member_id=towns.elder)
    # There is no branch yet: it is tried again.
    assert towns.act(SYSTEM, work, later) is False

    def open_there(session: Session) -> None:
        open_book(factories.make_ctx(session, now=later), NEW)
        session.add(
            FundRecord(
                book=NEW,
                id=uuid4(),
                on_day=day,
                fund_fen=100_000_000,
                document="样例基金 2 号",
                recorded_by_id=SYSTEM.id,
                recorded_at=later,
                signed_by_id=SYSTEM.id,
                signed_at=later,
            )
        )
        open_corridor(session, "330300000000", "330300000000")

    towns.uow.run(open_there)
    branch = towns.uow.run(partial(_branch_there, now=later))
    assert towns.act(SYSTEM, work, later) is True
    assert towns.act(SYSTEM, work, later) is False
    member = towns.member(towns.elder)
    assert (member.home_book, member.region_code, member.branch_id) == (NEW, NEW_TOWN, branch)
    assert member.address_sealed is not None
    assert towns.count(DueTask, DueTask.kind == MEMBER) == many
    read = partial(Session.get_one, entity=Member, ident=member.id)
    left = towns.look(lambda s: left_accounts(factories.make_ctx(s, now=later), read(s)))
    assert [each.book for each in left] == [ONE]


def test_the_check_finds_a_move_that_nobody_made(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    pool = account_id(ONE, AccountKind.POOL)
    legs = (Leg(account_id(ONE, AccountKind.EARNED, towns.elder), -60), Leg(pool, 60))
    draft = Draft(ONE, "move", "move:made-up", legs, NOW)
    towns.uow.run(lambda session: post(session, [draft], Stamp(NOW, SYSTEM.id)))

    def check(session: Session) -> list[str]:
        ctx = factories.make_ctx(session)
        return [breach.code for breach in check_moves(ctx, ONE, Tally())]

    assert towns.look(check) == ["transfer_without_move"]
