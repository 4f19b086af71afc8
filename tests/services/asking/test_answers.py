"""Answers, standbys, and a promise given back: the search goes on within a minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.matching import AskingState, Offer, OfferKind, OfferState
from models.oversight import AuditRecord
from models.requests import Request, RequestState
from services.asking import answering, asking_people, expiring
from services.asking import sentences as say
from services.asking.beginning import STANDBY
from services.errors import DomainError, Forbidden
from services.policy import SYSTEM
from services.visits.sentences import Ineligible, Taken
from services.visits.withdrawing import withdraw
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.asking.conftest import Search, at

FAR = NOW + timedelta(days=5)


def yes(search: Search, offer: Offer, by: UUID | None = None) -> answering.Answer:
    return search.street.act(
        by or offer.provider_id, lambda ctx: answering.say_yes(ctx, LONGWAN, offer.id)
    )


def no(search: Search, offer: Offer, reason: str | None = None, by: UUID | None = None) -> None:
    search.street.act(
        by or offer.provider_id, lambda ctx: answering.say_no(ctx, LONGWAN, offer.id, reason)
    )


def give_back(search: Search, visit: UUID, by: UUID, hours: float = 1) -> None:
    search.street.act(by, lambda ctx: withdraw(ctx, LONGWAN, visit, "临时有事"), now=at(hours))


def fragile(search: Search) -> UUID:
    """A request of an elder who needs much care."""
    elder = search.street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=3))
    return search.street.open_request(starts_at=FAR, elder_id=elder)


def test_a_no_is_kept_with_its_reason_and_nobody_asks_again(search: Search) -> None:
    people = search.crowd(3)
    request = search.street.open_request(starts_at=FAR)
    search.next(request)
    no(search, search.offer(request, people[0]), "too_far")
    offer = search.offer(request, people[0])
    assert (offer.state, offer.answer) == (OfferState.DECLINED, "too_far")
    search.street.act(
        search.street.staff, lambda ctx: asking_people.ask_again(ctx, LONGWAN, request)
    )
    assert people[0] not in search.next(request, NOW)
    assert search.street.count(AuditRecord, AuditRecord.act == "offer.answer") == 1


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_only_the_one_who_was_asked_answers(search: Search, answer: str) -> None:
    [one] = search.crowd(1)
    request = search.street.open_request(starts_at=FAR)
    search.next(request)
    offer = search.offer(request, one)
    act: Callable[..., object] = yes if answer == "yes" else no
    for somebody in (search.street.volunteer, search.street.staff, search.street.elder):
        with pytest.raises(say.OfferUnknown):
            act(search, offer, by=somebody)
    assert search.offer(request, one).state is OfferState.OPEN


def test_refusals_of_an_answer(search: Search) -> None:
    [one] = search.crowd(1)
    request = search.street.open_request(starts_at=FAR)
    search.next(request)
    offer = search.offer(request, one)
    with pytest.raises(say.NoSuchReason):
        no(search, offer, "because")
    no(search, offer)
    with pytest.raises(say.OfferClosed):
        no(search, offer)
    with pytest.raises(say.OfferUnknown):
        search.street.act(one, lambda ctx: answering.say_no(ctx, LONGWAN, request))


def test_a_yes_after_another_is_taken(search: Search) -> None:
    search.crowd(3)
    request = search.street.open_request(starts_at=FAR)
    first, second, _third = search.next(request)
    yes(search, search.offer(request, first))
    with pytest.raises(Taken):
        yes(search, search.offer(request, second))


def test_a_yes_after_a_no_is_welcome_while_nobody_else_has_come(search: Search) -> None:
    search.crowd(2)
    request = search.street.open_request(starts_at=FAR)
    first = search.next(request)[0]
    no(search, search.offer(request, first))
    assert yes(search, search.offer(request, first)).visit_id is not None


def test_offers_run_out_by_themselves(search: Search) -> None:
    [one] = search.crowd(1)
    request = search.street.open_request(starts_at=FAR)
    search.next(request)
    offer = search.offer(request, one)
    assert search.street.act(SYSTEM, expiring.run_out, now=offer.expires_at) == 1
    assert search.offer(request, one).state is OfferState.EXPIRED
    assert search.street.act(SYSTEM, expiring.run_out, now=offer.expires_at) == 0
    with pytest.raises(Forbidden):
        search.street.act(search.street.staff, expiring.run_out)


def test_a_promise_given_back_is_looked_for_within_a_minute(search: Search) -> None:
    people = search.crowd(4)
    request = search.street.open_request(starts_at=FAR)
    visit = search.street.accepted(request, by=people[0])
    give_back(search, visit, people[0])
    asking = search.asking(request)
    assert (asking.state, asking.reason) == (AskingState.ACTIVE, "backfill")
    due = search.due(request)
    assert due is not None
    assert due - at(1) < timedelta(minutes=1)
    # Whoever gave it back is left in peace.
    assert search.next(request, at(1)) == people[1:4]


def test_two_stand_by_a_fragile_visit_and_are_asked_first(search: Search) -> None:
    people = search.crowd(6)
    request = fragile(search)
    visit = search.street.accepted(request, by=people[0])
    assert search.due(request, STANDBY) == NOW
    search.people = people[1:]
    asked = search.seek(request)
    assert len(asked) >= 2
    assert all(each.kind is OfferKind.STANDBY for each in search.offers(request))
    for each in asked[:2]:
        assert yes(search, search.offer(request, each)).visit_id is None
    # Two are enough: the others need not answer, and nobody else is asked.
    assert {search.offer(request, each).state for each in asked[2:]} <= {OfferState.WITHDRAWN}
    assert search.seek(request, at(3)) == []
    give_back(search, visit, people[0])
    assert search.next(request, at(1)) == asked[:2]
    assert {search.offer(request, each).kind for each in asked[:2]} == {OfferKind.STEP_IN}
    made = yes(search, search.offer(request, asked[1]))
    assert made.visit_id is not None
    assert search.street.request(request).state is RequestState.FILLED
    assert search.offer(request, asked[0], OfferKind.STEP_IN).state is OfferState.TAKEN


def test_a_steady_visit_has_no_standbys(search: Search) -> None:
    people = search.crowd(3)
    request = search.street.open_request(starts_at=FAR)
    search.street.accepted(request, by=people[0])
    assert search.due(request, STANDBY) is None
    assert search.seek(request) == []


def test_standbys_are_let_go_when_the_visit_begins(search: Search) -> None:
    people = search.crowd(4)
    request = fragile(search)
    search.street.accepted(request, by=people[0])
    search.people = people[1:]
    one = search.seek(request)[0]
    yes(search, search.offer(request, one))
    assert search.street.act(SYSTEM, expiring.begun, now=FAR) == [(LONGWAN, request)]
    search.street.act(SYSTEM, lambda ctx: expiring.release_standbys(ctx, LONGWAN, request), now=FAR)
    assert search.offer(request, one).state is OfferState.WITHDRAWN
    assert search.told(one, say.STANDBY_OVER) == 1


def test_a_standby_may_think_again(search: Search) -> None:
    people = search.crowd(4)
    request = fragile(search)
    search.street.accepted(request, by=people[0])
    search.people = people[1:]
    one = search.seek(request)[0]
    yes(search, search.offer(request, one))
    no(search, search.offer(request, one), "not_well")
    assert search.offer(request, one).state is OfferState.DECLINED
    with pytest.raises(say.OfferClosed):
        yes(search, search.offer(request, one))


def test_the_wished_person_is_asked_first_and_alone(search: Search) -> None:
    people = search.crowd(5)
    wished = search.street.volunteer
    request = search.street.open_request(starts_at=FAR)
    _set(search, request, wished_provider_id=wished)
    assert search.next(request) == [wished]
    assert search.offer(request, wished).kind is OfferKind.WISHED
    assert search.told(wished, say.WISHED_FOR) == 1
    # The question that is out still counts, though with less than its chance.
    assert search.next(request, search.due(request)) == people[:2]


def test_with_little_time_the_wished_person_is_first_of_many(search: Search) -> None:
    search.crowd(9)
    request = search.street.open_request(starts_at=at(2))
    _set(search, request, wished_provider_id=search.street.volunteer)
    asked = search.next(request)
    assert asked[0] == search.street.volunteer
    assert len(asked) > 1


def test_a_branch_asks_one_person(search: Search) -> None:
    [one] = search.crowd(1)
    street = search.street
    request = street.open_request(starts_at=FAR)

    def ask(who: UUID, by: UUID = street.staff, hours: float = 0) -> UUID:
        return street.act(
            by,
            lambda ctx: asking_people.ask_person(ctx, LONGWAN, request, who),
            now=at(hours),
        )

    with pytest.raises(Forbidden):
        ask(one, by=one)
    with pytest.raises(say.QuietNow):
        ask(one, hours=13)
    ask(one)
    assert search.offer(request, one).kind is OfferKind.BRANCH
    with pytest.raises(say.AskedBefore):
        ask(one)
    with pytest.raises(say.NotAsked):
        ask(search.street.staff)
    learner = street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P0"))
    with pytest.raises(Ineligible):
        ask(learner)
    street.accepted(request)
    with pytest.raises(say.NotSearching):
        ask(one)
    with pytest.raises(say.NotSearching):
        street.act(street.staff, lambda ctx: asking_people.ask_again(ctx, LONGWAN, request))


def test_a_branch_asks_nobody_too_often(search: Search) -> None:
    [one] = search.crowd(1)
    street = search.street
    requests = [street.open_request(starts_at=FAR + timedelta(hours=2 * n)) for n in range(3)]

    def ask(request: UUID) -> object:
        work: Callable[..., object] = lambda ctx: asking_people.ask_person(  # noqa: E731
            ctx, LONGWAN, request, one
        )
        return street.act(street.staff, work)

    ask(requests[0])
    ask(requests[1])
    with pytest.raises(say.AskedEnough) as refused:
        ask(requests[2])
    assert refused.value.params == {"asked": 2}


def test_the_same_key_answers_once(search: Search) -> None:
    people = search.crowd(4)
    request = fragile(search)
    search.street.accepted(request, by=people[0])
    search.people = people[1:]
    one = search.seek(request)[0]
    offer = search.offer(request, one)
    for _ in range(2):
        search.street.act(
            one, lambda ctx: answering.say_yes(ctx, LONGWAN, offer.id), key="stand-by"
        )
    assert search.street.count(AuditRecord, AuditRecord.act == "offer.answer") == 1


def test_a_refused_answer_leaves_no_half_state(search: Search) -> None:
    [one] = search.crowd(1)
    request = search.street.open_request(starts_at=FAR)
    search.next(request)
    with pytest.raises(DomainError):
        no(search, search.offer(request, one), "because")
    assert search.offer(request, one).answered_at is None


def _set(search: Search, request: UUID, **values: object) -> None:
    search.street.uow.run(
        lambda session: session.execute(
            sa.update(Request)
            .where(Request.book == LONGWAN, Request.id == request)
            .values(**values)
        )
    )
