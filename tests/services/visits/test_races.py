"""Two at once, for real: on each engine every thread has its own connection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from models.ledger import Hold, Transfer
from models.requests import Request, RequestState, Visit, VisitState
from services.errors import DomainError
from services.policy import SYSTEM
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.visits.accepting import accept
from services.visits.confirming import confirm, confirm_by_voice
from tests import factories
from tests.factories import LONGWAN
from tests.services.visits.conftest import START, Street

T = TypeVar("T")


def at_once(*works: Callable[[], T]) -> list[T | DomainError]:
    """Start all together; each gives its result, or the refusal it met."""
    barrier = threading.Barrier(len(works))
    results: list[T | DomainError] = [DomainError()] * len(works)
    faults: list[BaseException] = []

    def run(place: int, work: Callable[[], T]) -> None:
        barrier.wait()
        try:
            results[place] = work()
        except DomainError as refusal:
            results[place] = refusal
        except BaseException as fault:  # noqa: BLE001 - shown by the assertion below
            faults.append(fault)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    return results


def succeeded(results: list[object]) -> int:
    return sum(not isinstance(result, DomainError) for result in results)


def test_a_double_click_asks_once(street: Street) -> None:
    street.give_coins(street.elder, 300)
    form = AskForm(street.elder, "A04", START, 60)

    def click() -> UUID:
        return street.act(street.elder, lambda ctx: ask(ctx, form), key="same")

    results = at_once(*[click] * 6)
    assert succeeded(results) == 6
    assert len(set(results)) == 1
    assert street.count(Request) == 1
    assert street.earned(street.elder) == (300, 90)


def test_the_last_minutes_are_held_once(street: Street) -> None:
    """Two requests of 60 minutes and 60 minutes in the account: the pool helps with the other."""
    street.give_coins(street.elder, 60)

    def click(code: str) -> Callable[[], UUID]:
        form = AskForm(street.elder, code, START, 60)
        return lambda: street.act(street.elder, lambda ctx: ask(ctx, form))

    results = at_once(click("A04"), click("A03"))
    assert succeeded(results) == 2
    assert street.earned(street.elder) == (60, 60)
    missing = sorted(street.request(key).shortfall_minutes for key in results)
    assert missing == [0, 60]


def test_one_request_has_one_taker(street: Street) -> None:
    street.issue(1_000)
    request = street.open_request()
    others = [
        street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
        for _ in range(4)
    ]
    results = at_once(*[lambda who=who: street.accepted(request, by=who) for who in others])
    assert succeeded(results) == 1
    assert street.count(Visit, Visit.state == VisitState.ACCEPTED) == 1
    assert street.request(request).state is RequestState.FILLED


def test_one_volunteer_promises_one_place(street: Street) -> None:
    """The same volunteer says yes to two elders for the same hour, from two telephones."""
    street.issue(1_000)
    second_elder = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=0))
    one = street.open_request()
    two = street.open_request(elder_id=second_elder)
    results = at_once(lambda: street.accepted(one), lambda: street.accepted(two))
    assert succeeded(results) == 1
    assert street.count(Visit, Visit.provider_id == street.volunteer) == 1


def test_the_pool_is_not_promised_twice(street: Street) -> None:
    """The pool has just enough for one of two elders without coins."""
    street.issue(60)
    volunteer = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    second_elder = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=0))
    one, two = street.ask(), street.ask(elder_id=second_elder)
    at_once(
        lambda: street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, one)),
        lambda: street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, two)),
    )
    states = [street.request(key).state for key in (one, two)]
    assert sorted(states) == [RequestState.OPEN, RequestState.WAITING_POOL]
    opened = one if states[0] is RequestState.OPEN else two
    at_once(
        lambda: street.act(volunteer, lambda ctx: accept(ctx, LONGWAN, opened)),
        lambda: street.act(street.volunteer, lambda ctx: accept(ctx, LONGWAN, opened)),
    )
    posted, held = street.pool()
    assert posted - held >= 0


def test_a_visit_is_paid_once_whoever_confirms_first(street: Street) -> None:
    street.give_coins(street.elder, 300)
    visit = street.accepted(street.open_request())
    street.come(visit)
    street.go(visit, 60)

    def by_elder() -> None:
        street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit))

    def by_staff() -> None:
        street.act(street.staff, lambda ctx: confirm_by_voice(ctx, LONGWAN, visit))

    results = at_once(by_elder, by_staff, by_elder, by_staff)
    assert succeeded(results) == 1
    assert street.earned(street.volunteer) == (60, 0)
    assert street.earned(street.elder) == (240, 0)
    assert street.count(Transfer, Transfer.kind == "service") == 1


def test_holds_of_a_crowd_never_pass_what_is_there(street: Street) -> None:
    """Eight different requests at once over 200 minutes: what is held is at most 200."""
    street.give_coins(street.elder, 200)
    works = []
    for hour in range(8):
        start = START.replace(hour=(START.hour + hour) % 12, minute=30 * (hour % 2))
        form = AskForm(street.elder, "A04", start, 60)
        works.append(lambda f=form: street.act(street.elder, lambda ctx: ask(ctx, f)))
    at_once(*works)
    posted, held = street.earned(street.elder)
    assert posted == 200
    assert held == 200
    assert street.count(Hold) >= 3
