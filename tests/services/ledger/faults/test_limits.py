"""Many at once on an account that is spread over slots: its floor holds to the minute."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from random import Random
from typing import Any

import pytest

from services.ledger.accounts import spread_account
from services.ledger.drafts import NotEnough
from services.ledger.holds import hold, release
from services.ledger.post import post
from tests.services.ledger.kit import (
    BOOK,
    OTHER,
    POOL,
    PROVIDER,
    STAMP,
    Ledger,
    draft,
    hold_draft,
    received,
)

PAYERS = 8
TAKER = received(OTHER)


def together(work: Callable[[int], Any], number: int = PAYERS) -> list[Any]:
    """Threads on one pool of connections that start together; what each came to."""
    gate = threading.Barrier(number)
    answers: list[Any] = [None] * number

    def run(place: int) -> None:
        gate.wait()
        try:
            answers[place] = work(place)
        except Exception as error:  # noqa: BLE001 - told to the test, which looks at each
            answers[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    return answers


@pytest.fixture(params=["pool", "member"])
def source(request: pytest.FixtureRequest, ledger: Ledger) -> Any:
    """An account with eight slots: the pool as it is opened, or a member's that was spread."""
    if request.param == "pool":
        return POOL
    account = received(PROVIDER)
    ledger.give(account, 1)
    ledger.run(lambda session: spread_account(session, BOOK, account, 8, STAMP))
    back = draft((account, -1), (TAKER, 1), key="back")
    ledger.run(lambda session: post(session, [back], STAMP))
    return account


def test_what_is_there_is_paid_and_not_a_minute_more(ledger: Ledger, source: Any) -> None:
    """All want more than there is, by ones, until they are refused."""
    ledger.give(source, 200)
    before = ledger.posted(TAKER)

    def pay(place: int) -> list[int]:
        """How many went through, and what the refusal said was missing."""
        for done in count():
            one = draft((source, -1), (TAKER, 1), key=f"{place}:{done}")
            try:
                ledger.run(partial(post, drafts=[one], stamp=STAMP))
            except NotEnough as refused:
                return [done, refused.params["shortfall_minutes"]]
        raise AssertionError("unreachable")

    answers = together(pay)
    assert all(isinstance(answer, list) for answer in answers), answers
    assert sum(done for done, _ in answers) == 200
    assert {missing for _, missing in answers} == {1}
    assert ledger.posted(source) == 0
    assert ledger.posted(TAKER) == before + 200
    ledger.assert_clean()


def test_nobody_is_refused_while_there_is_enough(ledger: Ledger, source: Any) -> None:
    """All together want exactly what is there, in parts of many sizes, directly and by holds."""
    parts = {place: _parts(place) for place in range(PAYERS)}
    ledger.give(source, sum(sum(mine) for mine in parts.values()))

    def pay(place: int) -> None:
        for turn, minutes in enumerate(parts[place]):
            key, captures = f"{place}:{turn}", ()
            if turn % 2:
                first = hold_draft((source, minutes), key=key)
                captures = (ledger.run(lambda session, one=first: hold(session, one, STAMP)),)
            one = draft((source, -minutes), (TAKER, minutes), key=key, captures=captures)
            ledger.run(lambda session, one=one: post(session, [one], STAMP))

    assert together(pay) == [None] * PAYERS
    assert ledger.posted(source) == 0
    ledger.assert_clean()


def _parts(place: int) -> list[int]:
    random = Random(place)
    return [random.randint(1, 40) for _ in range(12)]


def test_what_is_held_and_given_back_can_be_paid(ledger: Ledger, source: Any) -> None:
    """Holders take half and give it back; the payers' half is always there meanwhile."""
    ledger.give(source, 400)

    def act(place: int) -> None:
        for turn in range(10):
            key = f"{place}:{turn}"
            if place % 2:
                first = hold_draft((source, 50), key=key)
                held = ledger.run(lambda session, one=first: hold(session, one, STAMP))
                ledger.run(lambda session, held=held: release(session, BOOK, [held], STAMP))
            else:
                one = draft((source, -5), (TAKER, 5), key=key)
                ledger.run(lambda session, one=one: post(session, [one], STAMP))

    assert together(act) == [None] * PAYERS
    assert ledger.posted(source) == 200
    ledger.assert_clean()


def test_those_who_give_and_those_who_take(ledger: Ledger, source: Any) -> None:
    """What came in pays what goes out: in any order, never below the floor, nothing lost."""
    ledger.give(TAKER, 1000)
    ledger.give(source, 10)

    def move(place: int) -> int:
        done = 0
        for turn in range(15):
            legs = ((TAKER, -3), (source, 3)) if place % 2 else ((source, -3), (TAKER, 3))
            one = draft(*legs, key=f"{place}:{turn}")
            try:
                ledger.run(lambda session, one=one: post(session, [one], STAMP))
                done += 1
            except NotEnough:
                assert place % 2 == 0
        return done

    answers = together(move)
    assert all(isinstance(answer, int) for answer in answers), answers
    came, went = sum(answers[1::2]), sum(answers[::2])
    assert came == 60
    assert ledger.posted(source) == 10 + 3 * came - 3 * went
    ledger.assert_clean()
