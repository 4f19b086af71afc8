"""A move against everything else, at once: nothing is lost, and each act has one effect."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.ledger import AccountKind
from models.moving import Move
from models.requests import RequestState, VisitState
from services.errors import DomainError
from services.moving.acting import move
from services.requests.asking import AskForm, ask
from tests.country import ONE, TWO
from tests.services.moving.conftest import Towns
from tests.services.visits.conftest import START
from tests.services.visits.test_races import at_once, succeeded


def test_two_moves_at_once_and_a_double_click_are_one(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    form = towns.form(towns.elder, code=towns.code(towns.elder))

    def click() -> Any:
        return towns.act(towns.elder, lambda ctx: move(ctx, form), key="same")

    results = at_once(click, click, lambda: towns.at_counter(towns.elder))
    moved = {each for each in results if not isinstance(each, DomainError)}
    assert len(moved) == 1
    assert towns.count(Move, Move.book == ONE) == 1
    assert (towns.coins(ONE, towns.elder), towns.coins(TWO, towns.elder)) == (
        {},
        {("earned", ""): 600},
    )
    assert towns.breaches() == []


def test_a_move_and_a_request_at_once(towns: Towns) -> None:
    """Asked before, the request is carried along; asked after, it is asked in the new book."""
    towns.give_coins(towns.elder, 600)
    form = AskForm(towns.elder, "A04", START, 60)
    results = at_once(
        lambda: towns.at_counter(towns.elder),
        lambda: towns.act(towns.elder, lambda ctx: ask(ctx, form)),
    )
    alive = [
        row
        for book in (ONE, TWO)
        for row in towns.requests_in(book)
        if row.state is not RequestState.CANCELLED
    ]
    assert succeeded(results) == 2
    assert [row.book for row in alive] == [TWO]
    assert towns.held(ONE, towns.elder) == 0
    assert sum(towns.coins(TWO, towns.elder).values()) == 600
    assert towns.breaches() == []


def test_a_move_and_a_promise_at_once(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    towns.issue(1_000)
    towns.fill_pool(TWO)
    request = towns.open_request()
    at_once(lambda: towns.at_counter(towns.elder), lambda: towns.accepted(request))
    visits = [*towns.visits_in(ONE), *towns.visits_in(TWO)]
    promised = [each for each in visits if each.state is VisitState.ACCEPTED]
    assert all(each.book == TWO for each in promised)
    assert len(promised) == len(towns.visits_in(TWO))
    assert towns.pool()[1] == 0
    assert towns.breaches() == []


def test_the_elder_and_the_volunteer_move_at_once_in_opposite_directions(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)
    towns.issue(1_000)
    towns.fill_pool(TWO)
    towns.accepted(towns.open_request())
    code = towns.code(towns.volunteer)
    form = towns.form(towns.volunteer, code=code)
    results = at_once(
        lambda: towns.at_counter(towns.elder),
        lambda: towns.act(towns.volunteer, lambda ctx: move(ctx, form)),
    )
    assert succeeded(results) == 2
    (there,) = towns.visits_in(TWO)
    # Both live there now: nothing crosses, nothing is claimed.
    assert (there.state, there.provider_book) == (VisitState.ACCEPTED, TWO)
    assert towns.breaches() == []


def test_coins_that_come_while_somebody_moves_are_in_one_place(towns: Towns) -> None:
    towns.give_coins(towns.elder, 600)

    def credit() -> UUID | None:
        towns.give(towns.elder, 60, AccountKind.RECEIVED)
        return None

    results = at_once(lambda: towns.at_counter(towns.elder), credit)
    came = 0 if isinstance(results[1], DomainError) else 60
    assert not isinstance(results[0], DomainError)
    assert sum(towns.coins(TWO, towns.elder).values()) == 600 + came
    assert towns.coins(ONE, towns.elder) == {}
    assert towns.is_shut(ONE, towns.elder)
    assert towns.breaches() == []
