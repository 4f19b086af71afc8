"""Two regions at once, for real: nobody is booked or credited twice, and a cap is shared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from models.corridors import ClaimState
from models.ledger import AccountKind
from models.people import Member
from models.requests import ProviderDay, RequestState, Visit
from services.clock import local_date
from services.context import Context
from services.errors import DomainError
from services.ledger.accounts import account_id, pool_of
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.policy import SYSTEM
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.visits.accepting import accept
from services.visits.confirming import confirm
from services.visits.withdrawing import withdraw
from tests import factories
from tests.country import set_cap
from tests.factories import NOW
from tests.services.visiting.kit import HERE, NEXT, OTHER, Country
from tests.services.visits.conftest import START
from tests.services.visits.test_races import at_once, succeeded


def volunteers(country: Country, many: int) -> list[UUID]:
    """Of the next county."""

    def make(ctx: Context) -> list[UUID]:
        branch = ctx.session.get_one(Member, country.near).branch_id
        return [
            factories.create_volunteer(ctx.session, "P1", branch_id=branch) for _ in range(many)
        ]

    return country.act(SYSTEM, make)


def says_yes(country: Country, who: UUID, request: UUID, book: str = HERE) -> Callable[[], UUID]:
    return lambda: country.act(who, lambda ctx: accept(ctx, book, request)).visit_id


def asked_in_another_region(country: Country, hours: int = 0, minutes: int = 60) -> UUID:
    """An elder of the far county asks; its branch has let it through."""

    def settle(ctx: Context) -> tuple[UUID, UUID]:
        branch = ctx.session.get_one(Member, country.distant).branch_id
        elder = factories.create_elder(ctx.session, grade=0, branch_id=branch)
        return elder, factories.create_staff(ctx.session, branch)

    elder, staff = country.act(SYSTEM, settle)
    start = START + timedelta(hours=hours)
    form = AskForm(elder, "A04", start, minutes)
    request = country.act(elder, lambda ctx: ask(ctx, form))
    country.act(staff, lambda ctx: approve(ctx, OTHER, request))
    return request


def give_pool(country: Country, book: str, minutes: int = 5_000) -> None:
    legs = (Leg(account_id(book, AccountKind.ISSUE), -minutes), Leg(pool_of(book), minutes))
    draft = Draft(book, "issue", f"test:pool:{book}", legs, NOW)
    country.uow.run(lambda session: post(session, [draft], Stamp(NOW, SYSTEM.id)))


def test_a_cap_is_shared_by_those_who_say_yes_at_once(country: Country) -> None:
    """Room for two claims of 90 minutes and not for a third; the request stays for neighbours."""
    country.issue(5_000)
    country.uow.run(lambda session: set_cap(session, HERE, 200, NOW + timedelta(minutes=1)))
    people = volunteers(country, 4)
    requests = [country.open_request(starts_at=START + timedelta(hours=turn)) for turn in range(4)]
    results = at_once(
        *[says_yes(country, who, row) for who, row in zip(people, requests, strict=True)]
    )
    assert succeeded(results) == 2
    assert {each.code for each in results if isinstance(each, DomainError)} == {"cap_reached"}
    assert country.exposure(HERE) == country.exposure(HERE, NEXT) == (0, 180)
    states = sorted(country.request(key).state for key in requests)
    assert states == [RequestState.FILLED] * 2 + [RequestState.OPEN] * 2


def test_two_regions_do_not_book_one_person_twice(country: Country) -> None:
    country.issue(5_000)
    give_pool(country, OTHER)
    here, there = country.open_request(), asked_in_another_region(country)
    results = at_once(
        says_yes(country, country.near, here), says_yes(country, country.near, there, OTHER)
    )
    assert succeeded(results) == 1
    assert country.count(Visit, Visit.provider_id == country.near) == 1
    claimed = country.exposure(HERE)[1] + country.exposure(OTHER)[1]
    assert claimed == 90


def test_two_regions_do_not_double_the_days_credit(country: Country) -> None:
    """An hour promised, then three here and three there at once: six of them count."""
    country.issue(5_000)
    give_pool(country, OTHER)
    country.accepted(country.open_request(starts_at=START + timedelta(hours=8)), by=country.near)
    here = country.open_request("A04", 180)
    there = asked_in_another_region(country, hours=4, minutes=180)
    results = at_once(
        says_yes(country, country.near, here), says_yes(country, country.near, there, OTHER)
    )
    assert succeeded(results) == 2
    rows = country.look(lambda session: session.query(Visit).all())
    assert sorted(row.reserved_minutes for row in rows) == [60, 120, 180]
    day = country.look(
        lambda session: session.get_one(ProviderDay, (NEXT, country.near, local_date(START)))
    )
    assert (day.credit_minutes, day.actual_minutes) == (360, 420)


def test_a_word_and_a_second_word_pay_once(country: Country) -> None:
    country.give_coins(country.elder, 300)
    visit = country.accepted(country.open_request(), by=country.near)
    country.done(visit)

    def click() -> None:
        country.act(country.elder, lambda ctx: confirm(ctx, HERE, visit))

    assert succeeded(at_once(click, click, click)) == 1
    assert country.earned_at(NEXT, country.near) == 60
    assert (country.owes(HERE, NEXT), country.owes(NEXT, HERE)) == (60, -60)
    assert country.exposure(HERE) == (60, 0)


def test_yes_and_no_at_once_leave_no_claim_behind(country: Country) -> None:
    """Three say yes while three others take theirs back: what is claimed is what is promised."""
    country.issue(5_000)
    people = volunteers(country, 6)
    requests = [country.open_request(starts_at=START + timedelta(hours=turn)) for turn in range(6)]
    first = [
        country.accepted(request, by=who)
        for who, request in zip(people[:3], requests[:3], strict=True)
    ]

    def takes_back(who: UUID, visit: UUID) -> Callable[[], None]:
        return lambda: country.act(who, lambda ctx: withdraw(ctx, HERE, visit, "病了"))

    results = at_once(
        *[takes_back(who, visit) for who, visit in zip(people[:3], first, strict=True)],
        *[says_yes(country, who, row) for who, row in zip(people[3:], requests[3:], strict=True)],
    )
    assert succeeded(results) == 6
    assert country.exposure(HERE) == country.exposure(HERE, NEXT) == (0, 270)
    for visit in first:
        assert [claim[2] for claim in country.claims(visit)] == [ClaimState.FREED]
