"""The jobs of asking, as the job process runs them over the whole application."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models.matching import Asking, AskingState, MatchingRun, Offer, OfferKind, OfferState
from models.requests import RequestState
from services.asking import answering
from services.asking.beginning import STANDBY, WAVE
from services.context import Context
from services.visits.withdrawing import withdraw
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.web.volunteer_kit import Town, open_town
from timebank.edge import Timebank
from timebank.jobs import HANDLERS, JOBS, asking
from timebank.jobs.sweeping import sweep

FAR = NOW + timedelta(days=5)


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town of the test's own, with coins in the pool."""
    for town in open_town(databases):
        town.street.issue(20_000)
        yield town


def held(town: Town) -> Timebank:
    found: Timebank = town.app.extensions["timebank"]
    return found


def offers(town: Town) -> list[Offer]:
    return town.street.look(
        lambda session: session.query(Offer).order_by(Offer.offered_at, Offer.rank).all()
    )


def another(town: Town) -> UUID:
    return town.street.uow.run(lambda session: factories.create_volunteer(session, "P1"))


def test_what_asks_is_registered() -> None:
    assert {WAVE, STANDBY} <= set(HANDLERS)
    assert {"match", "offers-run-out", "take-up-searches"} <= set(JOBS)


def test_a_sweep_asks_and_the_backfill_begins_within_a_minute(town: Town) -> None:
    other = another(town)
    request = town.street.open_request(starts_at=FAR)
    assert sweep(held(town), HANDLERS, fence=1) >= 1
    assert {each.provider_id for each in offers(town)} == {town.street.volunteer, other}
    visit = town.street.accepted(request)
    assert sweep(held(town), HANDLERS, fence=1) == 0
    town.now = NOW + timedelta(hours=1)
    town.street.act(
        town.street.volunteer,
        lambda ctx: withdraw(ctx, LONGWAN, visit, "临时有事"),
        now=town.now,
    )
    town.now += timedelta(seconds=59)
    assert sweep(held(town), HANDLERS, fence=1) == 1
    newest = offers(town)[-1]
    assert (newest.provider_id, newest.state) == (other, OfferState.OPEN)
    # Planned anew for the next wave, and not done again before it.
    assert sweep(held(town), HANDLERS, fence=1) == 0


def test_the_batch_job_offers_what_nobody_is_asked_for(town: Town) -> None:
    town.street.open_request(starts_at=FAR)
    assert asking.match_open(held(town)) == 1
    assert [each.kind for each in offers(town)] == [OfferKind.BATCH]
    assert town.street.count(MatchingRun) == 1
    assert asking.match_open(held(town)) == 0
    town.now = NOW + timedelta(hours=14)
    assert asking.match_open(held(town)) == 0


def test_offers_run_out_and_lost_searches_go_on(town: Town) -> None:
    request = town.street.open_request(starts_at=FAR)
    town.now = NOW + timedelta(minutes=4)
    assert asking.take_up_late(held(town)) == 0
    town.now = NOW + timedelta(minutes=6)
    assert asking.take_up_late(held(town)) == 1
    [offer] = offers(town)
    town.now = offer.expires_at
    assert asking.run_out(held(town)) == 1
    assert offers(town)[0].state is OfferState.EXPIRED
    assert town.street.request(request).state is RequestState.OPEN


def test_a_search_that_always_fails_stands_in_nobodys_way(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = town.street.open_request(starts_at=FAR)
    later = town.street.open_request("A03", starts_at=FAR)
    ask_next = asking.waves.ask_next

    def fail(ctx: Context, book: str, request_id: UUID, rank: Any) -> int:
        if request_id == poisoned:
            raise RuntimeError
        return ask_next(ctx, book, request_id, rank)

    monkeypatch.setattr(asking.waves, "ask_next", fail)
    town.now = NOW + timedelta(minutes=6)
    with pytest.raises(RuntimeError):
        asking.take_up_late(held(town))
    assert {each.request_id for each in offers(town)} == {later}


def test_standbys_are_sought_and_let_go(town: Town) -> None:
    elder = town.street.uow.run(lambda session: factories.create_elder(session, grade=3))
    other = another(town)
    request = town.street.open_request(starts_at=FAR, elder_id=elder)
    town.street.accepted(request)
    assert sweep(held(town), HANDLERS, fence=1) == 1
    [offer] = offers(town)
    assert (offer.kind, offer.provider_id) == (OfferKind.STANDBY, other)
    town.street.act(other, lambda ctx: answering.say_yes(ctx, LONGWAN, offer.id))
    town.now = FAR
    assert asking.run_out(held(town)) == 1
    assert offers(town)[0].state is OfferState.WITHDRAWN


def test_nobody_there_is_said_of_the_search(town: Town) -> None:
    request = town.street.open_request("E02", starts_at=FAR)
    sweep(held(town), HANDLERS, fence=1)

    found = town.street.look(lambda session: session.get_one(Asking, (LONGWAN, request)))
    assert found.state is AskingState.EXHAUSTED
