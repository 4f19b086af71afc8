"""The batch's result is offers; and waves and standbys over the real snapshot."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.matching import AskingState, MatchingRun, Offer, OfferKind, OfferState
from models.oversight import OutboxMessage
from models.people import Member
from models.requests import Request, RequestState, Visit
from services.asking import batching, standby, waves
from services.context import Context
from services.errors import Forbidden
from services.matching.batch import match
from services.matching.columns import Columns
from services.matching.snapshot import load
from services.matching.suggesting import suggest
from services.matching.tasks import Ranking
from services.policy import SYSTEM
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.asking.conftest import Search, at, candidate, ranking

FAR = NOW + timedelta(days=5)


def columns(search: Search) -> Columns:
    return search.street.look(lambda session: load(session, NOW).columns)


def run(search: Search, hours: float = 0, snapshot: Columns | None = None) -> int:
    """One batch over the book, as the job does it; returns the offers made."""
    street, now = search.street, at(hours)
    snapshot = snapshot or columns(search)
    tasks = street.act(SYSTEM, lambda ctx: batching.tasks_without_an_answer(ctx, LONGWAN), now=now)
    result = match(snapshot, tasks, now=now)
    offered = 0
    for request_id, people in result.by_request.items():
        work = partial(batching.propose, book=LONGWAN, request_id=request_id, people=people)
        offered += street.act(SYSTEM, work, now=now)
    counts = batching.Counts(requests=len(tasks), volunteers=len(snapshot), offered=offered)
    street.act(SYSTEM, lambda ctx: batching.record(ctx, LONGWAN, counts, result), now=now)
    return offered


def elders(search: Search, number: int) -> list[UUID]:
    return search.street.act(
        SYSTEM,
        lambda ctx: [factories.create_elder(ctx.session, grade=0) for _ in range(number)],
    )


def test_pairs_become_offers_and_nobody_is_assigned(search: Search) -> None:
    search.crowd(3)
    requests = [
        search.street.open_request(starts_at=FAR, elder_id=each) for each in elders(search, 3)
    ]
    assert run(search) == 3
    offers = search.offers()
    assert {each.kind for each in offers} == {OfferKind.BATCH}
    # All at one hour: three people, each once.
    assert len({each.provider_id for each in offers}) == 3
    assert search.street.count(Visit) == 0
    for request in requests:
        assert search.street.request(request).state is RequestState.OPEN
        asking = search.asking(request)
        assert asking.state is AskingState.ACTIVE
        assert asking.next_wave_at is not None
        assert asking.next_wave_at > NOW
    [made] = search.street.look(lambda session: session.query(MatchingRun).all())
    assert (made.requests, made.offered) == (3, 3)
    # Whoever waits for an answer takes no part in the next one.
    assert run(search) == 0
    assert len(search.offers()) == 3


def test_what_is_promised_is_not_touched(search: Search) -> None:
    [one, *_] = search.crowd(2)
    request = search.street.open_request(starts_at=FAR)
    visit = search.street.accepted(request, by=one)
    assert run(search) == 0
    assert search.street.visit(visit).provider_id == one
    assert search.street.count(Offer) == 0


def test_a_stale_pair_is_held_to_the_truth(search: Search) -> None:
    """The snapshot still has somebody who is paused by now."""
    search.crowd(1)
    request = search.street.open_request(starts_at=FAR)
    stale = columns(search)
    others = {search.street.volunteer, *search.people}
    search.street.uow.run(lambda session: _pause(session, others))
    assert run(search, snapshot=stale) == 0
    assert search.offers(request) == []


def test_a_batch_by_night_is_read_in_the_morning(search: Search) -> None:
    search.crowd(1)
    request = search.street.open_request(starts_at=FAR)
    night = 20  # five in the morning
    assert not batching.takes_place(at(18))
    assert batching.takes_place(at(night))
    assert run(search, night) == 1
    [offer] = search.offers(request)
    assert offer.expires_at > at(23) + timedelta(hours=1)

    rows = search.street.look(
        lambda session: (
            session.query(OutboxMessage)
            .filter_by(member_id=offer.provider_id, channel="sms", request_id=request)
            .all()
        )
    )
    assert [row.send_after for row in rows] == [at(23)]


def test_an_exhausted_search_goes_on_when_the_batch_finds_somebody(search: Search) -> None:
    request = search.street.open_request(starts_at=FAR)
    search.next(request, rank=ranking([]))
    assert search.asking(request).state is AskingState.EXHAUSTED
    assert run(search) == 1
    assert search.asking(request).state is AskingState.ACTIVE


def test_a_request_that_is_gone_gets_no_offer(search: Search) -> None:
    [one] = search.crowd(1)
    request = search.street.open_request(starts_at=FAR)
    search.street.accepted(request)
    work = partial(batching.propose, book=LONGWAN, request_id=request, people=[candidate(one)])
    assert search.street.act(SYSTEM, work) == 0
    with pytest.raises(Forbidden):
        search.street.act(search.street.staff, work)


def test_waves_over_the_snapshot_ask_only_whoever_may_come(search: Search) -> None:
    search.crowd(2)
    paused = search.street.act(SYSTEM, lambda ctx: factories.create_volunteer(ctx.session, "P1"))
    search.street.uow.run(lambda session: _pause(session, {paused}))
    request = search.street.open_request("E02", starts_at=FAR)
    assert search.next(request, rank=_over(columns(search))) == []
    assert search.asking(request).state is AskingState.EXHAUSTED
    easy = search.street.open_request(starts_at=FAR)
    asked = search.next(easy, rank=_over(columns(search)))
    assert asked
    assert set(asked) <= {*search.people, search.street.volunteer}


def test_enough_messages_today_is_not_nobody(search: Search) -> None:
    """The snapshot leaves out whoever has had enough today; the search goes on tomorrow."""
    requests = [
        search.street.open_request(starts_at=FAR + timedelta(hours=2 * turn)) for turn in range(3)
    ]
    for each in requests[:2]:
        assert search.next(each, rank=_over(columns(search))) == [search.street.volunteer]
    assert search.next(requests[2], rank=_over(columns(search))) == []
    assert search.asking(requests[2]).state is AskingState.ACTIVE
    assert search.due(requests[2]) == at(23)


def test_standbys_over_the_snapshot(search: Search) -> None:
    people = search.crowd(4)
    [elder] = elders(search, 1)
    search.street.uow.run(
        lambda session: setattr(session.get_one(Member, elder), "lives_alone", True)
    )
    request = search.street.open_request(starts_at=FAR, elder_id=elder)
    search.street.accepted(request, by=people[0])
    snapshot = columns(search)

    def beside(ctx: Context, row: Request, limit: int) -> Ranking:
        return standby.beside(ctx, snapshot, row, limit)

    work = partial(standby.seek, book=LONGWAN, request_id=request, others=beside)
    assert search.street.act(SYSTEM, work) >= 2
    asked = {each.provider_id for each in search.offers(request) if each.state is OfferState.OPEN}
    assert people[0] not in asked
    assert asked <= {*people[1:], search.street.volunteer}


def _over(snapshot: Columns) -> waves.Rank:
    return lambda ctx, request, limit: suggest(ctx, snapshot, request, limit)


def _pause(session: Session, members: set[UUID]) -> None:
    session.execute(
        sa.update(Member)
        .where(Member.id.in_(members))
        .values(paused_until=NOW.date() + timedelta(days=20))
    )
