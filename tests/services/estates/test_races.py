"""Two at once, for real: on each engine every thread has its own connection."""

from __future__ import annotations

from models.estates import Estate, EstateReport, EstateState
from models.ledger import Transfer
from models.people import MemberStatus
from models.requests import RequestState, Visit, VisitState
from services.requests.asking import AskForm, ask
from tests.factories import LONGWAN
from tests.services.estates.conftest import LATER, House
from tests.services.visits.conftest import START
from tests.services.visits.test_races import at_once, succeeded


def test_two_officials_verify_at_once_and_freeze_once(house: House) -> None:
    street = house.street
    street.give_coins(house.father, 600)
    estate = house.reported()
    officials = (street.staff, house.second, street.admins[0])
    results = at_once(*[lambda who=who: house.check(estate, who) for who in officials])
    # Whoever comes third finds it frozen.
    assert succeeded(results) == 2
    assert sorted(each for each in results if isinstance(each, bool)) == [False, True]
    assert house.state(estate) is EstateState.FROZEN
    assert house.moves(estate) == ["freeze"]
    assert house.kept() == 600
    assert house.breaches() == []


def test_two_regions_report_one_death_at_once(house: House) -> None:
    street = house.street
    results = at_once(
        house.reported,
        lambda: house.reported(by=street.staff, how="branch"),
        lambda: house.reported(by=street.admins[0], how="branch"),
    )
    assert succeeded(results) == 3
    assert len(set(results)) == 1
    assert street.count(Estate, Estate.book == LONGWAN) == 1
    assert street.count(EstateReport, EstateReport.book == LONGWAN) == 3


def test_spending_and_the_freeze_at_once_leave_every_minute_in_one_place(house: House) -> None:
    """Either the request came first, and the freeze ends it, or nothing is asked for any more."""
    street = house.street
    street.give_coins(house.father, 120)
    estate = house.reported()
    house.check(estate, street.staff)
    form = AskForm(house.father, "A04", START, 60)
    at_once(
        lambda: house.check(estate, house.second),
        lambda: street.act(house.father, lambda ctx: ask(ctx, form), LATER),
    )
    assert house.member().status is MemberStatus.CLOSED
    assert street.earned(house.father) == (0, 0)
    assert house.kept() == 120
    assert house.breaches() == []


def test_a_promise_to_the_dead_and_by_the_dead_meets_the_freeze(house: House) -> None:
    """The volunteer says yes in the moment in which the elder's account freezes."""
    street = house.street
    street.issue(1_000)
    street.give_coins(house.father, 120)
    request = street.open_request()
    estate = house.reported()
    house.check(estate, street.staff)
    at_once(
        lambda: house.check(estate, house.second),
        lambda: street.accepted(request),
    )
    assert house.state(estate) is EstateState.FROZEN
    assert street.request(request).state is RequestState.CANCELLED
    assert street.count(Visit, Visit.state != VisitState.CANCELLED) == 0
    assert street.pool() == (1_000, 0)
    assert house.kept() == 120
    assert street.count(Transfer, Transfer.kind == "estate") == 1
    assert house.breaches() == []
