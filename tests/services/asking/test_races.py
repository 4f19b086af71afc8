"""Many at once, each with a connection of its own: nobody is promised or asked twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.matching import Offer, OfferState
from models.requests import ProviderSlot, RequestState, Visit, VisitState
from services.asking import answering, asking_people, waves
from services.asking import sentences as say
from services.errors import DomainError
from services.policy import SYSTEM
from services.rules import asking as rules
from services.visits.sentences import Taken
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.asking.conftest import Search, at, ranking
from tests.services.visits.conftest import START
from tests.services.visits.test_races import at_once, succeeded

FAR = NOW + timedelta(days=5)


def test_eight_say_yes_to_one_request(search: Search) -> None:
    """One comes; every other one is refused at once and told so."""
    people = search.crowd(8)
    request = search.street.open_request(starts_at=FAR)
    for each in people:
        search.street.act(
            search.street.staff,
            lambda ctx, who=each: asking_people.ask_person(ctx, LONGWAN, request, who),
        )
    offers = {each.provider_id: each.id for each in search.offers(request)}

    def press(who: UUID) -> Callable[[], object]:
        return lambda: search.street.act(
            who, lambda ctx: answering.say_yes(ctx, LONGWAN, offers[who])
        )

    results = at_once(*[press(each) for each in people])
    assert succeeded(results) == 1
    losers = [who for who, result in zip(people, results, strict=True) if _lost(result)]
    assert len(losers) == 7
    assert all(isinstance(result, Taken) for result in results if _lost(result))
    assert search.street.count(Visit, Visit.state == VisitState.ACCEPTED) == 1
    assert search.street.request(request).state is RequestState.FILLED
    assert sorted(search.states(request).values()) == [OfferState.ACCEPTED] + [OfferState.TAKEN] * 7
    assert all(search.told(each, say.TAKEN_THANKS) == 1 for each in losers)


def test_eight_requests_want_one_volunteer_at_one_hour(search: Search) -> None:
    """Eight presses of one volunteer for the same hour: one promise, seven refusals, no overlap."""
    [one] = search.crowd(1)
    elders = search.street.act(
        SYSTEM,
        lambda ctx: [factories.create_elder(ctx.session, grade=0) for _ in range(8)],
    )
    requests = [search.street.open_request(starts_at=START, elder_id=each) for each in elders]

    def press(request: UUID) -> Callable[[], object]:
        return lambda: search.street.accepted(request, by=one)

    results = at_once(*[press(each) for each in requests])
    assert succeeded(results) == 1
    assert all(result.code in ("ineligible", "overlap") for result in results if _lost(result))
    assert search.street.count(Visit, Visit.provider_id == one) == 1
    slots = search.street.look(
        lambda session: session.scalars(
            sa.select(ProviderSlot.quarter).where(ProviderSlot.provider_id == one)
        ).all()
    )
    assert len(slots) == len(set(slots)) == 6


def test_eight_waves_at_once_do_not_ask_one_person_too_often(search: Search) -> None:
    [one] = search.crowd(1)
    requests = [
        search.street.open_request(starts_at=FAR + timedelta(hours=2 * turn)) for turn in range(5)
    ]
    at_once(*[_wave(search, each) for each in requests])
    assert search.street.count(Offer, Offer.provider_id == one) == rules.ASKS_A_DAY


def test_two_processes_do_not_ask_twice(search: Search) -> None:
    search.crowd(9)
    request = search.street.open_request(starts_at=FAR)
    results = at_once(*[_wave(search, request) for _ in range(6)])
    assert sorted(results) == [0, 0, 0, 0, 0, 3]
    assert search.street.count(Offer) == 3


def test_a_yes_and_the_next_wave_at_once(search: Search) -> None:
    """Whichever is first: when somebody comes, nobody is left with an open question."""
    search.crowd(9)
    request = search.street.open_request(starts_at=FAR)
    first = search.next(request)[0]
    offer = search.offer(request, first)
    later = search.due(request)
    at_once(
        lambda: search.street.act(
            first, lambda ctx: answering.say_yes(ctx, LONGWAN, offer.id), now=at(1)
        ),
        _wave(search, request, later),
    )
    assert search.street.request(request).state is RequestState.FILLED
    assert OfferState.OPEN not in search.states(request).values()


def _wave(search: Search, request: UUID, now: object = NOW) -> Callable[[], int]:
    rank = ranking(search.people)
    return lambda: search.street.act(
        SYSTEM,
        lambda ctx: waves.ask_next(ctx, LONGWAN, request, rank),
        now=now,  # type: ignore[arg-type]
    )


def _lost(result: object) -> bool:
    return isinstance(result, DomainError)
