"""A child pays a parent's service: own coins first, a year's amount, and everybody reads who."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.ledger import Hold
from models.oversight import AuditRecord
from models.people import Member, MemberStatus
from models.requests import Request, RequestState, VisitState
from services.context import Context
from services.corridors.sentences import NotJoined
from services.errors import DomainError
from services.ledger.breaches import Tally
from services.people.family_errors import WardMayNot
from services.people.guardians import record_guardian
from services.places.settings import set_regional_setting
from services.policy import SYSTEM
from services.queries.payments import payments_of
from services.rates import rule_set_on
from services.requests import sentences as say
from services.requests.asking import AskForm, ask
from services.requests.ending import cancel
from services.requests.paying import end_payments
from services.requests.reviewing import approve
from services.schedule.rescheduling import propose
from services.verification import verify
from services.visits.confirming import confirm
from services.visits.days import lock_members
from tests.factories import LONGWAN, NOW, VAULT, WUMA, create_branch
from tests.services.family.conftest import Household
from tests.services.visits.conftest import START, Street
from tests.services.visits.test_races import at_once, succeeded

DAY = timedelta(days=1)


def allow(street: Street, minutes: int) -> None:
    """The region lets people pay so much a year for their elders."""
    street.act(
        street.admins[0],
        lambda ctx: set_regional_setting(
            ctx,
            LONGWAN,
            "kin_payment_per_year_minutes",
            minutes,
            rule_set_on(ctx.session, NOW.date()),
        ),
    )


def test_her_coins_come_first_and_both_read_who_paid(home: Household, street: Street) -> None:
    street.issue(600)
    street.give_coins(street.elder, 300)
    street.give_coins(home.daughter, 40)
    request = home.ask(payer=True)
    assert street.request(request).payer_id == home.daughter
    # Forty of hers, and of the elder's what an hour with the overrun still needs.
    assert street.earned(home.daughter) == (40, 40)
    assert street.earned(street.elder) == (300, 50)
    assert (home.paid(), home.spent().used_minutes) == (40, 20)
    street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, request))
    visit = street.accepted(request)
    street.come(visit)
    street.go(visit)
    at = START + timedelta(minutes=70)
    street.act(home.daughter, lambda ctx: confirm(ctx, LONGWAN, visit), now=at)
    assert street.earned(home.daughter) == (0, 0)
    assert street.earned(street.elder) == (278, 0)
    assert street.earned(street.volunteer) == (62, 0)
    assert (home.paid(), home.spent(at).used_minutes) == (40, 22)
    assert "王芳替您付了 40 分，您自己用了 22 分" in home.told(street.elder)
    assert "您替" in home.told(home.daughter)
    assert "付了 40 分" in home.told(home.daughter)
    seen = street.act(home.daughter, lambda ctx: payments_of(ctx, home.daughter, 2026))
    assert [(each.minutes, each.paid) for each in seen.payments] == [(40, True)]
    assert seen.purse.left_minutes == 45_000 - 40
    assert home.breaches() == set()


def test_a_year_has_its_amount_and_what_goes_back_is_free_again(
    home: Household, street: Street
) -> None:
    allow(street, 50)
    street.give_coins(home.daughter, 500)
    request = home.ask(payer=True)
    assert street.earned(home.daughter) == (500, 50)
    assert street.request(request).shortfall_minutes == 10
    with pytest.raises(say.PayersYearIsOver):
        home.ask("A03", payer=True)
    # Another time keeps her part, be the year's amount used up by it.
    street.act(home.daughter, lambda ctx: propose(ctx, LONGWAN, request, START + DAY))
    assert street.earned(home.daughter) == (500, 50)
    street.act(home.daughter, lambda ctx: cancel(ctx, LONGWAN, request))
    assert (street.earned(home.daughter), home.paid()) == ((500, 0), 0)
    home.ask("A03", payer=True)
    # The next year begins anew.
    assert (home.paid(), home.paid(2027)) == (50, 0)


def test_two_requests_at_once_share_one_year(home: Household, street: Street) -> None:
    allow(street, 60)
    street.give_coins(home.daughter, 500)

    def click(code: str) -> Callable[[], UUID]:
        form = AskForm(street.elder, code, START, 60, payer=True)
        return lambda: street.act(home.daughter, lambda ctx: ask(ctx, form))

    results = at_once(click("A04"), click("A03"))
    assert succeeded(results) == 1
    assert {type(each) for each in results if isinstance(each, DomainError)} == {
        say.PayersYearIsOver
    }
    assert (street.earned(home.daughter), home.paid()) == ((500, 60), 60)


def test_who_may_not_pay_reads_why(home: Household, street: Street) -> None:
    street.give_coins(home.daughter, 500)
    for who, consent in ((street.elder, "own"), (street.staff, "signature")):
        with pytest.raises(say.PayerNotKin):
            home.ask(by=who, consent=consent, payer=True)
    friend = home.joins()
    home.lend(600, to=friend)
    with pytest.raises(say.PayerNotKin):
        home.ask(by=friend, payer=True)
    poor = home.joins()
    home.relate(poor, street.elder, "parent")
    home.lend(600, to=poor)
    with pytest.raises(say.PayerHasNothing):
        home.ask(by=poor, payer=True)
    young = home.joins(age=17)
    home.relate(young, street.elder, "grandparent")
    home.lend(600, to=young)
    with pytest.raises(say.PayerTooYoung):
        home.ask(by=young, payer=True)
    branch = street.act(SYSTEM, lambda ctx: create_branch(ctx.session, WUMA))
    away = home.joins(region_code=WUMA, branch_id=branch)
    home.relate(street.elder, away, "child")
    home.lend(600, to=away)
    with pytest.raises(NotJoined):
        home.ask(by=away, payer=True)
    street.act(
        street.staff,
        lambda ctx: record_guardian(
            ctx, home.daughter, street.volunteer, "court", "监 1", NOW.date()
        ),
    )
    with pytest.raises(WardMayNot):
        home.ask(payer=True)
    assert street.count(Request) == 0


def bury(street: Street, who: UUID, now: datetime = NOW) -> None:
    """A death as a freeze writes it: the membership ends, and what was set aside for others."""

    def work(ctx: object) -> None:
        member = ctx.session.get_one(Member, who)
        member.status, member.died_at = MemberStatus.CLOSED, ctx.now
        ctx.session.flush()
        end_payments(ctx, member)

    street.act(SYSTEM, work, now)


def test_a_dead_payers_coins_are_free_and_the_elders_or_the_pools_stand_in(
    home: Household, street: Street
) -> None:
    street.issue(600)
    street.give_coins(street.elder, 100)
    street.give_coins(home.daughter, 500)
    promised, begun = home.ask(payer=True), home.ask(payer=True, starts_at=START + DAY)
    asked = home.ask("A01", payer=True, booked_minutes=30, starts_at=START + 2 * DAY)
    for each in (promised, begun, asked):
        street.act(street.staff, lambda ctx, each=each: approve(ctx, LONGWAN, each))
    visit, running = street.accepted(promised), street.accepted(begun)
    street.come(running, START + DAY)
    assert street.earned(street.elder) == (100, 0)
    bury(street, home.daughter)
    # What has begun is paid as it was promised.
    assert street.request(begun).payer_id == home.daughter
    assert street.earned(home.daughter)[1] == 90
    for each in (promised, asked):
        assert street.request(each).payer_id is None
    assert street.earned(street.elder) == (100, 100)
    assert street.visit(visit).state is VisitState.ACCEPTED
    assert {street.request(each).state for each in (promised, asked)} == {
        RequestState.FILLED,
        RequestState.OPEN,
    }
    # The promised one no longer runs out.
    open_ended = street.request(promised).hold_id
    assert street.count(Hold, Hold.id == open_ended, Hold.expires_at.is_(None)) == 1
    assert "王芳不能再替您付" in home.told(street.elder)
    unpaid = sa.and_(AuditRecord.act == "request.unpay", AuditRecord.book == LONGWAN)
    assert street.count(AuditRecord, unpaid) == 2
    assert home.breaches() == set()


def test_a_dead_payer_pays_what_should_have_begun(home: Household, street: Street) -> None:
    """Whoever is to come may be on the way: nothing of it is taken apart."""
    street.give_coins(home.daughter, 500)
    request = home.ask(payer=True)
    street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, request))
    visit = street.accepted(request)
    bury(street, home.daughter, START + timedelta(minutes=10))
    street.come(visit, START + timedelta(minutes=12))
    assert street.request(request).payer_id == home.daughter
    assert street.earned(home.daughter) == (500, 90)


def test_a_moved_request_waits_for_another_of_the_same_payer(
    home: Household, street: Street
) -> None:
    """Both take of one year: a move looks at it under the payer's row, as asking does."""
    street.give_coins(home.daughter, 500)
    request = home.ask(payer=True)
    done = threading.Event()

    def moves() -> None:
        street.act(street.elder, lambda ctx: propose(ctx, LONGWAN, request, START + DAY))
        done.set()

    mover = threading.Thread(target=moves)

    def holds(ctx: Context) -> bool:
        lock_members(ctx.session, {home.daughter})
        mover.start()
        return done.wait(1)

    assert not street.act(SYSTEM, holds)
    mover.join()
    assert done.is_set()


def test_where_the_pool_cannot_stand_in_others_are_sought_later(
    home: Household, street: Street
) -> None:
    street.give_coins(home.daughter, 500)
    request = home.ask(payer=True)
    street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, request))
    visit = street.accepted(request)
    bury(street, home.daughter)
    assert street.visit(visit).state is VisitState.CANCELLED
    row = street.request(request)
    assert (row.state, row.shortfall_minutes) == (RequestState.WAITING_POOL, 60)
    assert street.earned(home.daughter) == (500, 0)
    assert "取消" in home.told(street.volunteer)
    assert home.breaches() == set()


def test_a_share_on_a_strangers_coins_is_found(home: Household, street: Street) -> None:
    street.give_coins(home.daughter, 500)
    home.ask(payer=True)
    assert home.breaches() == set()

    for forged in ({"payer_id": street.volunteer}, {"pool_hold_id": Request.hold_id}):
        with street.uow.read() as session:
            session.execute(sa.update(Request).values(**forged))
            ctx = Context(session, SYSTEM, NOW, VAULT)
            found = {each.code for each in verify(ctx, LONGWAN, Tally())}
        assert found - {"issue_without_authorisation"} == {"share_of_stranger"}
