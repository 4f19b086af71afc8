"""Waves: sized by the chance of a yes, within caps and hours, one after the other, never twice."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from models.availability import TravelMode, VolunteerProfile
from models.matching import AskingState, OfferKind, OfferState
from models.notices import ContactPreference
from models.requests import RequestState
from services.asking import answering, waves
from services.asking import sentences as say
from services.asking.settling import ELSEWHERE
from services.errors import Forbidden
from services.policy import SYSTEM
from services.requests.ending import cancel
from services.rules import asking as rules
from tests.factories import LONGWAN, NOW
from tests.services.asking.conftest import Search, at, ranking
from tests.services.visits.conftest import START, Street

FAR = NOW + timedelta(days=5)


def test_approval_makes_a_search_due_at_once(search: Search) -> None:
    request = search.street.open_request()
    assert search.asking(request).state is AskingState.ACTIVE
    assert search.due(request) == NOW
    assert search.offers(request) == []


def test_a_wave_is_the_fewest_that_reach_the_chance(search: Search) -> None:
    people = search.crowd(8)
    near, far = search.street.open_request(), search.street.open_request(starts_at=FAR)
    # 1 - 0.7 ** 3 is above 0.6; 1 - 0.7 ** 4 above 0.7.
    assert search.next(far) == people[:3]
    # Whoever has just been asked comes after the others.
    assert search.next(near) == people[3:7]
    offer = search.offers(far)[0]
    assert (offer.kind, offer.wave, offer.rank) == (OfferKind.WAVE, 1, 1)
    assert offer.reasons == [{"code": "near", "sentence": "离您很近。", "params": {}}]
    assert search.told(people[0], say.WOULD_YOU) == 1


def test_the_next_wave_waits_and_then_asks_others(search: Search) -> None:
    people = search.crowd(8)
    request = search.street.open_request(starts_at=FAR)
    first = search.next(request)
    assert search.next(request) == []
    when = search.due(request)
    assert when == NOW + timedelta(minutes=rules.GAP_MOST)
    second = search.next(request, when)
    assert second
    assert not set(first) & set(second)
    assert search.asking(request).wave == 2
    assert set(first) | set(second) <= set(people)


def test_nobody_left_is_exhausted_and_not_asked_for_ever(search: Search) -> None:
    search.crowd(2)
    request = search.street.open_request(starts_at=FAR)
    assert len(search.next(request)) == 2
    later = search.due(request)
    for each in search.offers(request):
        search.street.act(
            each.provider_id, lambda ctx, o=each: answering.say_no(ctx, LONGWAN, o.id), now=at(1)
        )
    # The last no makes the next wave due at once.
    assert search.due(request) == at(1) < later
    assert search.next(request, at(1)) == []
    assert search.asking(request).state is AskingState.EXHAUSTED
    assert search.street.request(request).state is RequestState.OPEN


def test_a_day_has_so_many_messages(search: Search) -> None:
    [one] = search.crowd(1)
    requests = [
        search.street.open_request(starts_at=FAR + timedelta(hours=2 * turn)) for turn in range(3)
    ]
    asked = [search.next(each) for each in requests]
    assert asked == [[one], [one], []]
    # Not left for good: tomorrow the count begins anew.
    assert search.asking(requests[2]).state is AskingState.ACTIVE
    tomorrow = search.due(requests[2])
    assert tomorrow == rules.next_day(NOW)
    assert search.next(requests[2], tomorrow) == [one]


@pytest.mark.parametrize(("allowed", "messages"), [(0, 0), (1, 1), (9, rules.MOST_ASKS_A_DAY)])
def test_the_own_number_holds_and_never_above_the_rules(
    search: Search, allowed: int, messages: int
) -> None:
    [one] = search.crowd(1)
    _profile(search.street, one, asks_per_day=allowed)
    for turn in range(5):
        search.next(search.street.open_request(starts_at=FAR + timedelta(hours=2 * turn)))
    assert len(search.offers()) == messages


def test_whoever_is_not_to_be_asked_is_not_asked(search: Search) -> None:
    one, two = search.crowd(2)
    _profile(search.street, one, may_be_asked=False)
    assert search.next(search.street.open_request(starts_at=FAR)) == [two]


def test_nobody_is_asked_at_night(search: Search) -> None:
    people = search.crowd(6)
    evening = at(12.5)  # half past nine
    request = search.street.open_request(starts_at=FAR)
    assert search.next(request, evening) == []
    morning = search.due(request)
    assert morning == at(23)
    assert search.next(request, morning) == people[:3]


def test_the_wave_after_the_last_of_the_day_waits_for_the_morning(search: Search) -> None:
    search.crowd(8)
    request = search.street.open_request(starts_at=FAR)
    assert search.next(request, at(10))
    assert search.due(request) == at(23)


def test_short_notice_is_asked_for_in_the_evening_and_from_six(search: Search) -> None:
    people = search.crowd(8)
    request = search.street.open_request(starts_at=at(24.5))  # half past nine next morning
    assert search.next(request, at(13)) == people[: len(search.offers(request))]
    assert search.offers(request)
    early = search.due(request)
    assert early is not None
    assert early == at(13) + timedelta(minutes=rules.gap_minutes(int(11.5 * 60)))
    # At eleven at night even that stops, until six.
    second = search.street.open_request(starts_at=at(24.25))
    assert search.next(second, at(14.5)) == []
    assert search.due(second) == at(21)


def test_own_quiet_hours_hold(search: Search) -> None:
    one, two = search.crowd(2)

    def prefer(session: object) -> None:
        session.add(  # type: ignore[attr-defined]
            ContactPreference(
                member_id=one, quiet_from_minute=8 * 60, quiet_to_minute=12 * 60, updated_at=NOW
            )
        )

    search.street.uow.run(prefer)
    request = search.street.open_request(starts_at=FAR)
    assert search.next(request) == [two]
    assert search.next(request, search.due(request)) == [one]


def test_a_filled_request_tells_the_others_at_once(search: Search) -> None:
    people = search.crowd(5)
    request = search.street.open_request(starts_at=FAR)
    asked = search.next(request)
    offer = search.offer(request, asked[1])
    made = search.street.act(asked[1], lambda ctx: answering.say_yes(ctx, LONGWAN, offer.id))
    assert made.visit_id is not None
    assert search.states(request) == {
        asked[0]: OfferState.TAKEN,
        asked[1]: OfferState.ACCEPTED,
        asked[2]: OfferState.TAKEN,
    }
    assert [search.told(each, say.TAKEN_THANKS) for each in people] == [1, 0, 1, 0, 0]
    assert search.asking(request).state is AskingState.FILLED
    assert search.due(request) is None
    assert search.next(request, at(9)) == []


def test_somebody_unasked_is_welcome_and_the_asked_hear_of_it(search: Search) -> None:
    search.crowd(3)
    request = search.street.open_request(starts_at=FAR)
    asked = search.next(request)
    search.street.accepted(request)
    assert set(search.states(request).values()) == {OfferState.TAKEN}
    assert all(search.told(each, say.TAKEN_THANKS) == 1 for each in asked)


def test_a_cancelled_request_is_asked_for_no_more(search: Search) -> None:
    search.crowd(3)
    request = search.street.open_request(starts_at=FAR)
    asked = search.next(request)
    search.street.act(search.street.elder, lambda ctx: cancel(ctx, LONGWAN, request))
    assert set(search.states(request).values()) == {OfferState.WITHDRAWN}
    assert all(search.told(each, say.GONE_THANKS) == 1 for each in asked)
    assert search.asking(request).state is AskingState.STOPPED
    assert search.due(request) is None


def test_a_pair_is_sized_for_two(search: Search) -> None:
    search.crowd(8, "P3")
    request = search.street.open_request("E01", starts_at=FAR)
    asked = search.next(request, rank=ranking(search.people, yes=500))
    # Two of four at a half each: 11/16 is above 0.6; two of three are 0.5.
    assert len(asked) == 4
    search.street.accepted(request, by=asked[0])
    assert search.asking(request).state is AskingState.ACTIVE
    assert search.offer(request, asked[1]).state is OfferState.OPEN
    search.street.accepted(request, by=asked[1])
    assert search.offer(request, asked[2]).state is OfferState.TAKEN


def test_a_promise_closes_offers_of_the_same_hour_elsewhere(search: Search) -> None:
    [one] = search.crowd(1)
    other_elder = search.street.act(SYSTEM, lambda ctx: _elder(ctx.session))
    first = search.street.open_request(starts_at=FAR)
    second = search.street.open_request(starts_at=FAR, elder_id=other_elder)
    search.next(first)
    search.next(second)
    search.street.accepted(first, by=one)
    closed = search.offer(second, one)
    assert (closed.state, closed.answer) == (OfferState.DECLINED, ELSEWHERE)


def test_only_the_job_process_runs_waves(search: Search) -> None:
    request = search.street.open_request()
    with pytest.raises(Forbidden):
        search.street.act(
            search.street.staff,
            lambda ctx: waves.ask_next(ctx, LONGWAN, request, ranking([])),
        )


def test_a_lost_task_is_found(search: Search) -> None:
    request = search.street.open_request()
    found = search.street.act(SYSTEM, lambda ctx: waves.due_waves(ctx, NOW))
    assert found == [(LONGWAN, request)]
    assert search.street.act(SYSTEM, lambda ctx: waves.due_waves(ctx, at(-1))) == []


def test_messages_name_nobody(search: Search) -> None:
    """No name, no street, no reference: nobody has promised anything yet."""
    import json

    from models.oversight import OutboxMessage
    from tests.factories import VAULT

    [one] = search.crowd(1)
    search.next(search.street.open_request(starts_at=START))
    rows = search.street.look(
        lambda session: [
            json.loads(VAULT.open("outbox.params", row.params_sealed))
            for row in session.query(OutboxMessage).filter_by(member_id=one)
            if row.sentence == say.WOULD_YOU
        ]
    )
    assert rows
    for params in rows:
        assert set(params) == {
            "start_at",
            "until_at",
            "booked_minutes",
            "service_zh",
            "service_en",
        }


def _elder(session: object) -> UUID:
    from tests import factories

    return factories.create_elder(session, grade=0)  # type: ignore[arg-type]


def _profile(street: Street, member: UUID, **answers: object) -> None:
    base = {
        "travel_mode": TravelMode.WALK,
        "radius_m": 3_000,
        "may_be_asked": True,
        "asks_per_day": 2,
        "updated_at": NOW,
    }
    street.uow.run(
        lambda session: session.add(VolunteerProfile(member_id=member, **{**base, **answers}))
    )
