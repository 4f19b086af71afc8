"""A child of another region pays: held at home, claimed, and paid with the service in one act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.corridors import ClaimState, Corridor
from models.ledger import AccountKind, Entry, Transfer
from models.people import Member, MemberStatus
from models.requests import Request, RequestState
from services.context import Context
from services.corridors.sentences import CapReached, CorridorShut
from services.errors import DomainError
from services.ledger.accounts import account_id, pool_of
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.people.kin import grant_delegation
from services.policy import SYSTEM
from services.queries.payments import payments_of
from services.queries.volunteer.coins import coins
from services.requests.asking import AskForm, ask
from services.requests.ending import cancel, expire
from services.requests.paying import end_payments
from services.requests.reviewing import approve, refuse
from services.reversing.posting import reverse_posting
from services.schedule.rescheduling import propose
from services.visits.accepting import accept
from services.visits.confirming import confirm
from tests import factories
from tests.country import TWO, set_cap
from tests.factories import LONGWAN, NOW
from tests.services.across.kit import Towns, street
from tests.services.visits.conftest import START, Street
from tests.services.visits.test_races import at_once, succeeded

__all__ = ["street"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Home(Towns):
    """The street's elder, whose daughter lives in the other town and has 100 minutes there."""

    daughter: UUID = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.daughter = self.joins(name="王芳")
        self.relate(self.street.elder, self.daughter, "child")
        leave = frozenset({"see", "ask", "confirm"})
        until, elder = date(2027, 3, 1), self.street.elder
        self.street.act(
            elder,
            lambda ctx: grant_delegation(ctx, elder, self.daughter, leave, "own", until, 600),
            NOW - timedelta(minutes=1),
        )
        self.give(TWO, self.daughter, 100)

    def ask(self, code: str = "A04", key: str | None = None) -> UUID:
        """She asks for her mother, and pays."""
        form = AskForm(self.street.elder, code, START, 60, payer=True)
        return self.street.act(self.daughter, lambda ctx: ask(ctx, form), key=key)

    def hers(self) -> tuple[int, int]:
        """What she has earned, and what of it is held."""
        return self.balance(TWO, account_id(TWO, AccountKind.EARNED, self.daughter))

    def used(self) -> int:
        """How much of her year is set aside or paid."""
        found = self.street.act(self.daughter, lambda ctx: payments_of(ctx, self.daughter))
        return found.used_minutes

    def served(self, request: UUID, by: UUID | None = None, minutes: int = 60) -> None:
        """Let through, done and confirmed."""
        street = self.street
        street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, request))
        visit = street.act(
            by or street.volunteer, lambda ctx: accept(ctx, LONGWAN, request)
        ).visit_id
        street.come(visit)
        street.go(visit, minutes)
        street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), START + 2 * HOUR)

    def nothing_left(self, request: UUID) -> bool:
        """Whether her coins and the caps are as if she had never paid."""
        row = self.street.request(request)
        states = set(self.claims(request))
        free = self.hers() == (100, 0) and self.position(TWO) == (0, 0)
        return free and self.used() == 0 and states == {ClaimState.FREED} and row.hold_id is None


@pytest.fixture
def home(street: Street) -> Iterator[Home]:
    found = Home(street)
    yield found
    assert found.breaches() == set()


def test_she_pays_through_clearing_and_everybody_reads_it(home: Home) -> None:
    street = home.street
    street.issue(600)
    street.give_coins(street.elder, 300)
    request = home.ask(key="once")
    assert home.ask(key="once") == request
    row = street.request(request)
    assert (row.payer_book, home.hers(), home.position(TWO)) == (TWO, (100, 90), (0, 90))
    # All of it is hers: an hour and the overrun.
    assert (row.hold_id, row.shortfall_minutes, home.used()) == (None, 0, 90)
    home.served(request, minutes=62)
    assert (home.hers(), street.earned(street.elder)) == ((38, 0), (300, 0))
    assert street.earned(street.volunteer) == (62, 0)
    assert (home.cleared(), home.position(TWO), home.claims(request)) == (
        (-62, 62),
        (62, 0),
        [ClaimState.USED],
    )
    assert home.used() == 62
    seen = street.act(home.daughter, coins)
    (paid,) = [each.about for each in seen.lines if each.about.paid_for]
    assert paid.elsewhere is not None
    assert "龙湾" in paid.elsewhere.zh
    transfer = street.look(
        lambda s: s.scalar(
            sa.select(Transfer.id).where(Transfer.book == TWO, Transfer.kind == "service")
        )
    )
    street.act(home.admin, lambda ctx: reverse_posting(ctx, TWO, transfer, "wrong_time"))
    assert (home.hers(), home.used(), home.cleared()) == ((100, 0), 0, (0, 0))
    assert street.earned(street.volunteer) == (0, 0)


def test_payer_elder_and_provider_in_turn(home: Home) -> None:
    """What she cannot pay her mother does, and the provider is of the payer's own town."""
    street = home.street
    street.issue(600)
    street.give_coins(street.elder, 300)
    home.give(TWO, home.daughter, 1)
    street.act(SYSTEM, lambda ctx: _spend_down(ctx, home.daughter, 61))
    helper = street.act(
        SYSTEM,
        lambda ctx: factories.create_volunteer(ctx.session, "P1", branch_id=home.branch),
    )
    request = home.ask()
    assert home.hers() == (40, 40)
    assert street.earned(street.elder) == (300, 50)
    home.served(request, helper)
    assert (home.hers(), street.earned(street.elder)) == ((0, 0), (280, 0))
    assert home.coins(TWO, helper, AccountKind.EARNED) == 60
    # Forty came and sixty went.
    assert home.cleared() == (20, -20)
    assert (home.position(), home.position(TWO)) == ((20, 0), (-20, 0))
    sums = street.look(
        lambda s: s.execute(
            sa.select(Entry.book, sa.func.sum(Entry.amount_minutes))
            .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
            .where(Transfer.kind == "service")
            .group_by(Entry.book)
        ).all()
    )
    assert [int(each[1]) for each in sums] == [0, 0]


def _spend_down(ctx: Context, member: UUID, minutes: int) -> None:
    legs = (Leg(account_id(TWO, AccountKind.EARNED, member), -minutes), Leg(pool_of(TWO), minutes))
    post(ctx.session, [Draft(TWO, "test", "spent", legs, ctx.now)], Stamp(ctx.now, SYSTEM.id))


def test_every_end_of_a_request_frees_hold_and_claim(home: Home) -> None:
    street = home.street
    street.issue(600)

    def refused(request: UUID) -> None:
        street.act(street.staff, lambda ctx: refuse(ctx, LONGWAN, request, "没有这样的服务"))

    def cancelled(request: UUID) -> None:
        street.act(home.daughter, lambda ctx: cancel(ctx, LONGWAN, request))

    def expired(request: UUID) -> None:
        street.act(SYSTEM, lambda ctx: expire(ctx, LONGWAN, request), START)

    for ends in (refused, cancelled, expired):
        request = home.ask()
        assert home.position(TWO) == (0, 90)
        ends(request)
        assert home.nothing_left(request)


def test_another_time_and_her_death(home: Home) -> None:
    street = home.street
    street.issue(600)
    request = home.ask()
    street.act(home.daughter, lambda ctx: propose(ctx, LONGWAN, request, START + DAY))
    assert (home.hers(), home.position(TWO)) == ((100, 90), (0, 90))
    assert sorted(home.claims(request)) == [ClaimState.FREED, ClaimState.OPEN]

    def bury(ctx: Context) -> None:
        member = ctx.session.get_one(Member, home.daughter)
        member.status, member.died_at = MemberStatus.CLOSED, ctx.now
        ctx.session.flush()
        end_payments(ctx, member)

    street.act(SYSTEM, bury)
    row = street.request(request)
    assert (row.payer_id, row.payer_book, row.payer_hold_id) == (None, None, None)
    assert (home.hers(), home.position(TWO)) == ((100, 0), (0, 0))
    assert set(home.claims(request)) == {ClaimState.FREED}


def test_what_stands_in_the_way_is_said(home: Home) -> None:
    street = home.street
    street.uow.run(lambda s: set_cap(s, TWO, 89, NOW + HOUR))
    with pytest.raises(CapReached):
        home.ask()
    street.uow.run(lambda s: s.execute(sa.update(Corridor).values(mode="none")))
    with pytest.raises(CorridorShut):
        home.ask()
    assert (home.hers(), street.count(Request)) == ((100, 0), 0)


def test_two_requests_at_the_last_free_minutes_of_the_cap(home: Home) -> None:
    home.give(TWO, home.daughter, 200)
    home.street.uow.run(lambda s: set_cap(s, TWO, 179, NOW + HOUR))

    def click(code: str) -> Callable[[], UUID]:
        return lambda: home.ask(code)

    results = at_once(click("A04"), click("A03"))
    assert succeeded(results) == 1
    assert [type(each) for each in results if isinstance(each, DomainError)] == [CapReached]
    assert (home.hers(), home.position(TWO)) == ((300, 90), (0, 90))
    assert home.street.count(Request, Request.state == RequestState.SUBMITTED) == 1
