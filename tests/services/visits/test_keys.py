"""A client's key: the same act once, its refusal too when that was put on record."""

from __future__ import annotations

import pytest

from models.requests import RequestState, Visit
from services.errors import KeyReused
from services.policy import SYSTEM
from services.requests.reviewing import approve
from services.visits import sentences
from services.visits.accepting import accept
from services.visits.checking import Proof, check_in
from tests import factories
from tests.factories import LONGWAN
from tests.services.visits.conftest import START, Street


def test_a_repeated_acceptance_is_the_same_visit(street: Street) -> None:
    street.issue(1_000)
    request = street.open_request()
    first = street.act(street.volunteer, lambda ctx: accept(ctx, LONGWAN, request), key="yes")
    again = street.act(street.volunteer, lambda ctx: accept(ctx, LONGWAN, request), key="yes")
    assert first == again
    assert street.count(Visit) == 1


def test_a_wrong_code_sent_twice_by_a_double_click_is_counted_once(street: Street) -> None:
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    wrong = "000000" if street.digits(visit)["in"] != "000000" else "111111"

    def click(key: str) -> int:
        with pytest.raises(sentences.CodeWrong) as refused:
            street.act(
                street.volunteer,
                lambda ctx: check_in(ctx, LONGWAN, visit, Proof(digits=wrong)),
                now=START,
                key=key,
            )
        return refused.value.params["left"]

    assert [click("one"), click("one"), click("two")] == [4, 4, 3]


def test_a_queue_for_the_pool_is_remembered_as_the_answer(street: Street) -> None:
    """The elder pays, but the pool cannot hold its share: the request waits and says so."""
    frail = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=2))
    cook = street.act(
        SYSTEM,
        lambda ctx: factories.create_volunteer(ctx.session, "P1", certificates=("food-hygiene",)),
    )
    street.elder = frail
    street.give_coins(frail, 1_000)
    request = street.open_request("C02", 120)
    for _ in range(2):
        with pytest.raises(sentences.PoolShort):
            street.act(cook, lambda ctx: accept(ctx, LONGWAN, request), key="yes")
    row = street.request(request)
    assert row.state is RequestState.WAITING_POOL
    assert row.pool_needed_minutes > 0
    assert street.count(Visit) == 0
    street.issue(row.pool_needed_minutes)
    assert street.request(request).state is RequestState.OPEN
    street.act(cook, lambda ctx: accept(ctx, LONGWAN, request), key="again")
    assert street.request(request).state is RequestState.FILLED


def test_one_persons_key_is_not_anothers(street: Street) -> None:
    one, two = street.ask(), street.ask("B01")
    street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, one), key="k")
    with pytest.raises(KeyReused):
        street.act(street.staff, lambda ctx: approve(ctx, LONGWAN, two), key="k")
    colleague = street.act(SYSTEM, lambda ctx: factories.create_staff(ctx.session))
    street.act(colleague, lambda ctx: approve(ctx, LONGWAN, two), key="k")
    assert street.request(two).state is RequestState.WAITING_POOL
