"""Standing visits, visits at another time, and pairs that part: what their searches do."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.availability import Avoidance
from models.matching import AskingState, OfferKind, OfferState
from models.oversight import OutboxMessage
from models.requests import Request, RequestState
from models.schedule import HolidayPolicy, Series, SeriesState
from services.asking import answering
from services.asking import sentences as say
from services.ids import uuid7
from services.rules import asking as rules
from services.schedule.rescheduling import propose
from tests.factories import LONGWAN, NOW
from tests.services.asking.conftest import Search, at

FAR = NOW + timedelta(days=5)


def standing(
    search: Search, regular: UUID, substitute: UUID | None = None, dates: int = 1
) -> list[UUID]:
    """Requests of a standing visit, a day apart."""
    street = search.street
    key = uuid7(NOW)
    row = Series(
        book=LONGWAN,
        id=key,
        branch_id=street.branch,
        elder_id=street.elder,
        asked_by_id=street.elder,
        consent="own",
        service_code="A04",
        rrule="FREQ=DAILY",
        starts_local="2026-03-15T09:00:00",
        tzid="Asia/Shanghai",
        booked_minutes=60,
        holiday_policy=HolidayPolicy.KEEP,
        regular_id=regular,
        regular_agreed_at=NOW,
        substitute_id=substitute,
        substitute_agreed_at=NOW if substitute else None,
        state=SeriesState.ACTIVE,
        created_at=NOW,
    )
    street.uow.run(lambda session: session.add(row))
    made = [street.open_request(starts_at=FAR + timedelta(days=turn)) for turn in range(dates)]
    street.uow.run(
        lambda session: session.execute(
            sa.update(Request)
            .where(Request.book == LONGWAN, Request.id.in_(made))
            .values(series_id=key)
        )
    )
    return made


def test_the_regular_is_asked_first_then_the_substitute_then_others(search: Search) -> None:
    people = search.crowd(5)
    regular, substitute = people[3], people[4]
    [request] = standing(search, regular, substitute)
    assert search.next(request) == [regular]
    second = search.due(request)
    assert search.next(request, second) == [substitute]
    # While both may still answer nobody else is troubled; then the others are asked.
    assert search.next(request, search.due(request)) == []
    late = max(search.offer(request, each).expires_at for each in (regular, substitute))
    others = search.next(request, rules.quiet_end(max(late, search.due(request))))
    assert others
    assert set(others) <= set(people[:3])
    kinds = {each.provider_id: each.kind for each in search.offers(request)}
    assert kinds[regular] is OfferKind.REGULAR
    assert kinds[substitute] is OfferKind.SUBSTITUTE
    assert search.told(regular, say.YOUR_REGULAR) == 1
    # Whoever comes as a rule has longer to answer.
    first = search.offer(request, regular)
    assert first.expires_at - first.offered_at > timedelta(minutes=rules.OPEN_MOST)


def test_a_no_of_the_regular_brings_the_substitute_at_once(search: Search) -> None:
    regular, substitute = search.crowd(2)
    [request] = standing(search, regular, substitute)
    search.next(request)
    offer = search.offer(request, regular)
    search.street.act(
        regular, lambda ctx: answering.say_no(ctx, LONGWAN, offer.id, "no_time"), now=at(1)
    )
    assert search.due(request) == at(1)
    assert search.next(request, at(1)) == [substitute]


def test_many_dates_are_one_call_and_count_on_no_day(search: Search) -> None:
    [regular] = search.crowd(1)
    dates = standing(search, regular, dates=4)
    for each in dates:
        assert search.next(each) == [regular]
    rings = search.street.count(
        OutboxMessage,
        OutboxMessage.member_id == regular,
        OutboxMessage.sentence == say.YOUR_REGULAR,
        OutboxMessage.channel == "sms",
    )
    assert rings == 1
    assert search.told(regular, say.YOUR_REGULAR) == 4
    # What is asked beside still finds its two messages of the day.
    search.street.accepted(dates[0], by=regular)
    assert search.next(search.street.open_request(starts_at=FAR + timedelta(hours=5))) == [regular]


def test_another_time_begins_the_search_anew(search: Search) -> None:
    """Whoever said no to the old time may be asked for the new one."""
    people = search.crowd(3)
    request = search.street.open_request(starts_at=FAR)
    search.next(request)
    offer = search.offer(request, people[0])
    search.street.act(
        people[0], lambda ctx: answering.say_no(ctx, LONGWAN, offer.id, "no_time"), now=at(1)
    )
    later = FAR + timedelta(hours=3)
    search.street.act(
        search.street.elder, lambda ctx: propose(ctx, LONGWAN, request, later), now=at(2)
    )
    assert search.street.request(request).starts_at == later
    assert search.offer(request, people[1]).state is OfferState.WITHDRAWN
    assert search.told(people[1], say.GONE_THANKS) == 1
    asking = search.asking(request)
    assert (asking.state, asking.reason) == (AskingState.ACTIVE, "moved")
    assert search.due(request) == at(2)
    assert people[0] in search.next(request, at(2))


def test_somebody_avoided_is_never_asked_though_wished_for(search: Search) -> None:
    one, two = search.crowd(2)
    request = search.street.open_request(starts_at=FAR)

    def part(session: object) -> None:
        session.add(  # type: ignore[attr-defined]
            Avoidance(member_id=one, other_id=search.street.elder, since=NOW)
        )
        session.execute(  # type: ignore[attr-defined]
            sa.update(Request)
            .where(Request.book == LONGWAN, Request.id == request)
            .values(wished_provider_id=one)
        )

    search.street.uow.run(part)
    search.people = [two]
    assert search.next(request) == [two]
    assert search.street.request(request).state is RequestState.OPEN
