"""Several writers at once, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Transfer
from services.errors import DomainError, KeyReused
from services.ledger.drafts import AlreadyReversed, Draft, Leg, NotEnough
from services.ledger.holds import hold, release
from services.ledger.post import post
from services.ledger.reverse import reverse
from tests.services.ledger.kit import (
    BOOK,
    CEILING,
    ELDER,
    NOW,
    OTHER,
    POOL,
    PROVIDER,
    STAMP,
    Ledger,
    draft,
    earned,
    hold_draft,
)
from timebank.uow import UnitOfWork, make_engine

THREADS = 8


def rivals(ledger: Ledger, work: Callable[[UnitOfWork, int], Any], number: int = THREADS) -> list:
    """Run ``work`` in threads that start together; what each returned or raised, by thread."""
    gate = threading.Barrier(number)
    answers: list[Any] = [None] * number

    def run(place: int) -> None:
        engine = make_engine(ledger.url)
        uow = UnitOfWork(engine)
        gate.wait()
        try:
            answers[place] = work(uow, place)
        except Exception as error:  # noqa: BLE001 - told to the test, which looks at each
            answers[place] = error
        finally:
            engine.dispose()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    return answers


def test_spending_from_one_account_never_passes_the_floor(ledger: Ledger) -> None:
    """Eight threads want 240 of 100 minutes, one by one: exactly 100 go through."""
    ledger.give(earned(ELDER), 100)

    def spend(uow: UnitOfWork, place: int) -> int:
        done = 0
        for turn in range(30):
            one = draft((earned(ELDER), -1), (POOL, 1), key=f"{place}:{turn}")
            try:
                uow.run(lambda session, one=one: post(session, [one], STAMP))
                done += 1
            except NotEnough:
                pass
        return done

    answers = rivals(ledger, spend)
    assert sum(answers) == 100, answers
    assert ledger.posted(earned(ELDER)) == 0
    assert ledger.posted(POOL) == 100
    assert ledger.versions(earned(ELDER)) == list(range(1, 102))
    ledger.assert_clean()


def test_eight_times_the_same_key_is_one_transfer(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    one = draft((earned(ELDER), -60), (POOL, 60), key="a")
    answers = rivals(ledger, lambda uow, _: uow.run(lambda session: post(session, [one], STAMP))[0])
    assert len({answer.transfer_id for answer in answers}) == 1
    assert sorted(answer.repeated for answer in answers) == [False] + [True] * 7
    assert ledger.posted(POOL) == 60
    assert ledger.count(Transfer) == 2
    ledger.assert_clean()


def test_one_key_for_different_things_lets_one_through(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)

    def spend(uow: UnitOfWork, place: int) -> Any:
        one = draft((earned(ELDER), -1 - place), (POOL, 1 + place), key="a")
        return uow.run(lambda session: post(session, [one], STAMP))[0]

    answers = rivals(ledger, spend)
    assert sum(isinstance(answer, KeyReused) for answer in answers) == THREADS - 1, answers
    assert ledger.count(Transfer) == 2
    ledger.assert_clean()


def test_two_holds_race_for_the_last_coin(ledger: Ledger) -> None:
    for turn in range(10):
        ledger.give(earned(ELDER), 60, key=f"coin {turn}")
        answers = rivals(
            ledger,
            lambda uow, place, turn=turn: uow.run(
                lambda session: hold(
                    session, hold_draft((earned(ELDER), 60), key=f"{turn}:{place}"), STAMP
                )
            ),
            number=2,
        )
        assert sum(isinstance(answer, UUID) for answer in answers) == 1, answers
        assert sum(isinstance(answer, NotEnough) for answer in answers) == 1, answers
    assert ledger.held(earned(ELDER)) == 600
    ledger.assert_clean()


def test_a_hold_is_captured_or_released_but_not_both(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 600)
    for turn in range(5):
        held = ledger.hold((earned(ELDER), 60), key=f"h{turn}")

        def settle(uow: UnitOfWork, place: int, turn: int = turn, held: UUID = held) -> Any:
            if place % 2:
                return uow.run(lambda session: release(session, BOOK, [held], STAMP))
            one = draft((earned(ELDER), -60), (POOL, 60), key=f"{turn}:{place}", captures=(held,))
            return uow.run(lambda session: post(session, [one], STAMP))

        answers = rivals(ledger, settle, number=4)
        refusals = [a.code for a in answers if isinstance(a, DomainError)]
        assert set(refusals) <= {"hold_ended"}, answers
        assert len(refusals) in (1, 2)
    assert ledger.held(earned(ELDER)) == 0
    ledger.assert_clean()


def test_a_transfer_is_reversed_by_one_of_many(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    paid = ledger.post((earned(ELDER), -60), (POOL, 60), key="a").transfer_id

    def undo(uow: UnitOfWork, place: int) -> Any:
        return uow.run(
            lambda session: reverse(
                session,
                BOOK,
                paid,
                key=f"r{place}",
                reason="wrong_time",
                stamp=STAMP,
                effective_at=NOW,
            )
        )

    answers = rivals(ledger, undo)
    refused = sum(isinstance(answer, AlreadyReversed) for answer in answers)
    assert refused == THREADS - 1, answers
    assert ledger.posted(earned(ELDER)) == 100
    ledger.assert_clean()


def test_money_round_and_round_stays_the_same(ledger: Ledger) -> None:
    """The bank test: random payments among three accounts, their sum never changes."""
    members = [earned(ELDER), earned(OTHER), earned(PROVIDER)]
    for member in members:
        ledger.give(member, 100)

    def pay(uow: UnitOfWork, place: int) -> int:
        done = 0
        for turn in range(20):
            source, target = members[(place + turn) % 3], members[(place * 2 + turn + 1) % 3]
            if source == target:
                continue
            one = draft((source, -7), (target, 7), key=f"{place}:{turn}")
            try:
                uow.run(lambda session, one=one: post(session, [one], STAMP))
                done += 1
            except NotEnough:
                pass
            with uow.read() as session:
                total = session.scalars(
                    sa.text(
                        "SELECT sum(posted_minutes) FROM balances WHERE floor_minutes IS NOT NULL"
                    ).columns(total=sa.BigInteger)
                ).one()
                assert total == 300
        return done

    answers = rivals(ledger, pay)
    assert all(isinstance(answer, int) for answer in answers), answers
    assert sum(answers) > 0
    ledger.assert_clean()


def test_a_pool_serves_many_providers_up_to_their_ceiling(ledger: Ledger) -> None:
    ledger.give(POOL, 5000)

    def serve(uow: UnitOfWork, place: int) -> None:
        for turn in range(10):
            legs = (Leg(POOL, -10), Leg(earned(PROVIDER), 10, overflow_id=POOL))
            one = Draft(BOOK, "service", f"{place}:{turn}", legs, NOW)
            uow.run(lambda session, one=one: post(session, [one], STAMP))

    assert rivals(ledger, serve) == [None] * THREADS
    assert ledger.posted(earned(PROVIDER)) == CEILING
    assert ledger.posted(POOL) == 5000 - CEILING
    ledger.assert_clean()
