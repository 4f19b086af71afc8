"""What a forecast reads is what the ledger says, to the minute, on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit_seals import UnsealedRecord
from models.forecasts import Forecast
from models.ledger import Account, AccountKind, Balance
from models.oversight import AuditRecord
from models.people import Member
from models.places import Book
from services.errors import Forbidden, NotFound
from services.forecast import running, views
from services.forecast.reading import read
from services.ledger.accounts import account_id, pool_of
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.policy import NATION
from tests import factories
from tests.factories import LONGWAN, LUCHENG, NOW, actor, make_ctx

YEAR = timedelta(days=365)
#: Two years and a quarter of ledger.
OPENED = NOW - 2 * YEAR - timedelta(days=91)


#: What computes says the same on every engine; one of them is enough.
ON_ONE = pytest.mark.parametrize("session", ["sqlite"], indirect=True)


class Street:
    """A volunteer of 40 and an elder of 80 over two years."""

    def __init__(self, session: Session) -> None:
        self.session, self.turn = session, 0
        session.execute(sa.update(Book).values(opened_at=OPENED))
        self.volunteer = factories.create_volunteer(session, age=40)
        self.elder = factories.create_elder(session, age=80)
        session.execute(sa.update(Member).values(joined_at=OPENED + timedelta(days=1)))
        session.expire_all()
        self.auditor = actor(session, factories.create_auditor(session, LONGWAN))

    def move(self, kind: str, minutes: int, at: datetime, *legs: UUID) -> None:
        """From the first account to the second."""
        self.turn += 1
        moved = Leg(legs[0], -minutes), Leg(legs[1], minutes)
        draft = Draft(LONGWAN, kind, f"{kind} {self.turn}", moved, at)
        post(self.session, [draft], Stamp(at, UUID(int=7)))

    def earned(self, who: UUID) -> UUID:
        return account_id(LONGWAN, AccountKind.EARNED, who)

    def received(self, who: UUID) -> UUID:
        return account_id(LONGWAN, AccountKind.RECEIVED, who)


@pytest.fixture
def street(session: Session) -> Street:
    made = Street(session)
    issue = account_id(LONGWAN, AccountKind.ISSUE)
    made.move("issue", 10_000, OPENED + timedelta(days=2), issue, pool_of(LONGWAN))
    first, second = NOW - YEAR - timedelta(days=100), NOW - timedelta(days=40)
    made.move("service", 900, first, pool_of(LONGWAN), made.earned(made.volunteer))
    made.move(
        "gift",
        200,
        first + timedelta(days=1),
        made.earned(made.volunteer),
        made.received(made.elder),
    )
    made.move("service", 120, second, made.received(made.elder), made.earned(made.volunteer))
    return made


def test_the_standing_is_the_ledgers_liability(street: Street, session: Session) -> None:
    told = read(make_ctx(session, street.auditor), [LONGWAN])
    owed = session.scalar(
        sa.select(sa.func.sum(Balance.posted_minutes))
        .join(Account, sa.and_(Account.book == Balance.book, Account.id == Balance.account_id))
        .where(Balance.book == LONGWAN, Account.book == LONGWAN)
        .where(Account.kind.in_((AccountKind.EARNED, AccountKind.RECEIVED)))
    )
    assert told.standing.liability == owed == 900
    assert told.standing.earned.sum() == 820
    assert told.standing.received[:, 62].sum() == 80


def test_years_are_counted_backwards_and_flows_stand_in_theirs(
    street: Street, session: Session
) -> None:
    years = read(make_ctx(session, street.auditor), [LONGWAN]).history.years
    assert [round(year.length, 2) for year in years] == [0.25, 1.0, 1.0]
    assert [year.earned.tolist() for year in years] == [
        [0, 0, 0, 0], [900, 0, 0, 0], [120, 0, 0, 0],
    ]  # fmt: skip
    assert [float(year.drawn.sum()) for year in years] == [0, 0, 120]
    assert [year.given for year in years] == [0, 200, 0]
    assert [float(year.volunteer_years.sum()) for year in years] == [0, 1, 1]
    # The auditor and staff are members too; nobody joined after the first quarter but they.
    assert years[0].joined.sum() == 2
    assert years[1].returned.tolist() == [1, 0, 0, 0]
    assert years[2].balance_years[0] == pytest.approx((700 + 820) / 2)
    assert years[1].balance_years.sum() == pytest.approx(450)


def test_who_served_this_year_is_a_volunteer_and_who_did_not_rests(
    street: Street, session: Session
) -> None:
    people = read(make_ctx(session, street.auditor), [LONGWAN]).standing.people
    assert people[:, 40 - 18, 1:].sum() == 1
    assert people[:, 80 - 18, 0].sum() == 1


def test_the_dead_are_counted_once_and_are_gone(street: Street, session: Session) -> None:
    died = NOW - timedelta(days=10)
    session.execute(sa.update(Member).where(Member.id == street.elder).values(died_at=died))
    session.expire_all()
    told = read(make_ctx(session, street.auditor), [LONGWAN])
    assert [year.died for year in told.history.years] == [0, 0, 1]
    assert told.standing.people[:, 80 - 18].sum() == 0
    # What they have not left yet is owed all the same.
    assert told.standing.liability == 900


def test_a_kept_forecast_can_be_repeated_and_is_kept_once(street: Street, session: Session) -> None:
    ctx = make_ctx(session, street.auditor, key="forecast-1")
    computed = running.run(ctx, LONGWAN, seed=7, runs=100)
    made = running.keep(ctx, computed)
    assert running.keep(ctx, computed) == made
    assert session.scalar(sa.select(sa.func.count()).select_from(Forecast)) == 1
    assert running.repeat(ctx, made) == ()
    row = session.get_one(Forecast, made)
    assert row.inputs["books"] == [LONGWAN]
    recorded = session.scalars(
        sa.select(AuditRecord).where(AuditRecord.book == LONGWAN, AuditRecord.act == "forecast.run")
    ).one()
    assert session.get(UnsealedRecord, (LONGWAN, recorded.id)) is not None
    it = views.forecast_page(ctx, made)
    assert it.liability.total_minutes == 900
    assert sum(it.liability.by_band) == 900
    assert it.volunteers == 1
    assert [line.id for line in views.kept(ctx)] == [made]


@ON_ONE
def test_a_forecast_that_was_tampered_with_does_not_repeat(
    street: Street, session: Session
) -> None:
    ctx = make_ctx(session, street.auditor)
    computed = running.run(ctx, LONGWAN, seed=7, runs=100)
    changed = {**computed.results, "cases": {**computed.results["cases"]}}
    changed["cases"]["base"] = {**changed["cases"]["base"], "always_met_percent": -1}
    forged = running.Computed(LONGWAN, (LONGWAN,), 7, 100, computed.inputs, changed)
    assert running.repeat(ctx, running.keep(ctx, forged)) == ("base",)


@ON_ONE
@pytest.mark.parametrize(("seed", "runs"), [(-1, 100), (2**31, 100), (1, 99), (1, 20_001)])
def test_odd_numbers_are_refused(street: Street, session: Session, seed: int, runs: int) -> None:
    with pytest.raises((running.RunsOutOfRange, running.SeedOutOfRange)):
        running.run(make_ctx(session, street.auditor), LONGWAN, seed=seed, runs=runs)


@ON_ONE
def test_other_regions_and_other_roles_get_nothing(street: Street, session: Session) -> None:
    ctx = make_ctx(session, street.auditor)
    made = running.keep(ctx, running.run(ctx, LONGWAN, seed=1, runs=100))
    for code in (LUCHENG, NATION):
        with pytest.raises(Forbidden):
            running.run(ctx, code, seed=1, runs=100)
    elsewhere = actor(session, factories.create_auditor(session, LUCHENG))
    for look in (views.forecast_page, views.kept_forecast):
        with pytest.raises(NotFound):
            look(make_ctx(session, elsewhere), made)
    with pytest.raises(Forbidden):
        running.repeat(make_ctx(session, elsewhere), made)
    staff = actor(session, factories.create_staff(session))
    with pytest.raises(Forbidden):
        running.run(make_ctx(session, staff), LONGWAN, seed=1, runs=100)
    assert views.kept(make_ctx(session, elsewhere)) == ()
    with pytest.raises(running.NoLedgerHere):
        running.run(make_ctx(session, elsewhere), LUCHENG, seed=1, runs=100)
