"""Two at once, for real: one request and one pointer, and a cap that two visits share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from models.corridors import ClaimState, CrossClaim, Exposure, HostedRequest
from models.requests import Request, Visit
from services.corridors.claiming import ALL
from services.corridors.sentences import CapReached
from services.requests.sentences import AskedAlready
from services.visits.accepting import Acceptance, accept
from tests import factories
from tests.country import set_cap
from tests.factories import NOW
from tests.services.staying.conftest import HOME, HOST, START, Stay
from tests.services.visits.test_races import at_once, succeeded


def test_the_elder_and_the_counter_ask_at_once_and_coins_are_held_once(stay: Stay) -> None:
    alone = stay.request(stay.ask(starts_at=START + timedelta(hours=3)))
    _, held = stay.earned(HOME, stay.elder)
    results = at_once(
        stay.ask, lambda: stay.ask(by=stay.host_staff, consent="voice"), stay.ask, stay.ask
    )
    assert succeeded(results) == 1
    assert sum(isinstance(each, AskedAlready) for each in results) == 3
    assert stay.count(Request, Request.book == HOME) == 2
    assert stay.count(HostedRequest, HostedRequest.book == HOST) == 2
    assert stay.earned(HOME, stay.elder)[1] == 2 * held
    assert alone.place_book == HOST


def test_what_the_cap_leaves_is_shared_by_those_who_say_yes_at_once(stay: Stay) -> None:
    first, second = stay.open_request(), stay.open_request(starts_at=START + timedelta(hours=3))
    other = stay.uow.run(
        lambda session: factories.create_volunteer(session, "P1", branch_id=stay.host_branch)
    )
    # Enough for one such hour and not for two.
    stay.uow.run(lambda session: set_cap(session, HOME, 150, NOW + timedelta(seconds=1)))

    def yes(who: UUID, request: UUID) -> Callable[[], Acceptance]:
        return lambda: stay.act(who, lambda ctx: accept(ctx, HOME, request))

    results = at_once(yes(stay.volunteer, first), yes(other, second))
    assert succeeded(results) == 1
    assert any(isinstance(each, CapReached) for each in results)
    assert stay.count(Visit, Visit.book == HOME) == 1
    assert stay.count(CrossClaim, CrossClaim.state == ClaimState.OPEN) == 1
    claimed = stay.look(lambda session: session.get_one(Exposure, (HOME, ALL)).claimed_minutes)
    assert 75 < claimed <= 150
