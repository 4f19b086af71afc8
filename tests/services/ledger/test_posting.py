"""Posting: one or many, in order, once a key, never below a floor."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, Entry, Transfer
from services.errors import KeyReused
from services.ledger.drafts import (
    AccountClosed,
    AccountUnknown,
    AmountZero,
    Draft,
    Leg,
    NotBalanced,
    NotEnough,
)
from services.ledger.post import post
from tests.services.ledger.kit import (
    BOOK,
    CEILING,
    ELDER,
    ISSUE,
    NOW,
    OTHER,
    POOL,
    PROVIDER,
    STAMP,
    Ledger,
    draft,
    earned,
)


def test_a_transfer_moves_minutes_and_stays_balanced(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    ledger.post((earned(ELDER), -40), (earned(PROVIDER), 40), key="a")
    assert ledger.posted(earned(ELDER)) == 60
    assert ledger.posted(earned(PROVIDER)) == 40
    assert ledger.posted(ISSUE) == -100
    ledger.assert_clean()


def test_nobody_goes_below_zero(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 30)
    with pytest.raises(NotEnough) as short:
        ledger.post((earned(ELDER), -31), (POOL, 31), key="a")
    assert short.value.params["shortfall_minutes"] == 1
    assert ledger.posted(earned(ELDER)) == 30
    assert ledger.count(Transfer) == 1
    ledger.assert_clean()


def test_what_is_held_cannot_be_spent(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 30)
    ledger.hold((earned(ELDER), 20), key="h")
    with pytest.raises(NotEnough) as short:
        ledger.post((earned(ELDER), -11), (POOL, 11), key="a")
    assert short.value.params["shortfall_minutes"] == 1
    ledger.post((earned(ELDER), -10), (POOL, 10), key="b")
    ledger.assert_clean()


def test_the_issue_account_has_no_floor(ledger: Ledger) -> None:
    ledger.give(POOL, 1_000_000)
    assert ledger.posted(ISSUE) == -1_000_000


@pytest.mark.parametrize(
    ("legs", "error"),
    [
        (((POOL, 10), (ISSUE, -9)), NotBalanced),
        (((POOL, 10),), NotBalanced),
        ((), NotBalanced),
        (((POOL, 0), (ISSUE, 0)), AmountZero),
        (((UUID(int=99), 10), (ISSUE, -10)), AccountUnknown),
    ],
)
def test_a_wrong_draft_is_refused_and_leaves_nothing(
    ledger: Ledger, legs: tuple[tuple[UUID, int], ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        ledger.post(*legs, key="a")
    assert ledger.count(Transfer) == ledger.count(Entry) == 0


def test_the_same_key_is_one_transfer_and_the_same_answer(ledger: Ledger) -> None:
    first = ledger.post((ISSUE, -50), (POOL, 50), key="a")
    again = ledger.post((ISSUE, -50), (POOL, 50), key="a")
    assert (again.transfer_id, again.legs) == (first.transfer_id, first.legs)
    assert (first.repeated, again.repeated) == (False, True)
    assert ledger.posted(POOL) == 50
    assert ledger.count(Transfer) == 1


def test_a_repeated_key_answers_even_when_the_minutes_are_spent(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 50)
    ledger.post((earned(ELDER), -50), (POOL, 50), key="a")
    again = ledger.post((earned(ELDER), -50), (POOL, 50), key="a")
    assert again.repeated
    assert ledger.posted(POOL) == 50


def test_the_same_key_with_other_content_is_a_conflict(ledger: Ledger) -> None:
    ledger.post((ISSUE, -50), (POOL, 50), key="a")
    with pytest.raises(KeyReused):
        ledger.post((ISSUE, -51), (POOL, 51), key="a")
    assert ledger.posted(POOL) == 50


def test_a_batch_sees_its_own_earlier_transfers(ledger: Ledger) -> None:
    drafts = [
        draft((ISSUE, -50), (earned(ELDER), 50), key="1"),
        draft((earned(ELDER), -50), (earned(OTHER), 50), key="2"),
        draft((earned(OTHER), -20), (earned(PROVIDER), 20), key="3"),
    ]
    results = ledger.run(lambda session: post(session, drafts, STAMP))
    assert [result.repeated for result in results] == [False] * 3
    assert ledger.posted(earned(OTHER)) == 30
    assert ledger.versions(earned(OTHER)) == [1, 2]
    ledger.assert_clean()


def test_a_key_twice_in_a_batch_is_one_transfer(ledger: Ledger) -> None:
    one = draft((ISSUE, -50), (POOL, 50), key="a")
    first, again = ledger.run(lambda session: post(session, [one, one], STAMP))
    assert (again.transfer_id, again.legs) == (first.transfer_id, first.legs)
    assert again.repeated
    assert ledger.posted(POOL) == 50
    ledger.assert_clean()


def test_a_batch_is_refused_whole(ledger: Ledger) -> None:
    drafts = [
        draft((ISSUE, -50), (earned(ELDER), 50), key="1"),
        draft((earned(ELDER), -51), (earned(OTHER), 51), key="2"),
    ]
    with pytest.raises(NotEnough):
        ledger.run(lambda session: post(session, drafts, STAMP))
    assert ledger.count(Transfer) == 0


def test_one_call_posts_in_one_book(ledger: Ledger) -> None:
    other = Draft("330302000000", "test", "a", (Leg(POOL, 1), Leg(ISSUE, -1)), NOW)
    with pytest.raises(ValueError, match="one book"):
        ledger.run(lambda session: post(session, [draft(key="b"), other], STAMP))


def test_nothing_to_post_is_no_work(ledger: Ledger) -> None:
    assert ledger.run(lambda session: post(session, [], STAMP)) == []


def _serve(ledger: Ledger, minutes: int, key: str) -> tuple[Leg, ...]:
    """The pool pays a provider; what passes the storage cap goes back to it."""
    legs = (Leg(POOL, -minutes), Leg(earned(PROVIDER), minutes, overflow_id=POOL))
    service = Draft(BOOK, "service", key, legs, NOW)
    return ledger.run(lambda session: post(session, [service], STAMP))[0].legs


def test_what_passes_the_ceiling_overflows(ledger: Ledger) -> None:
    ledger.give(POOL, 5000)
    assert len(_serve(ledger, CEILING - 10, "1")) == 2
    assert _serve(ledger, 30, "2") == (
        Leg(POOL, -30),
        Leg(earned(PROVIDER), 10),
        Leg(POOL, 20),
    )
    assert ledger.posted(earned(PROVIDER)) == CEILING
    ledger.assert_clean()


def test_a_full_account_takes_nothing_and_the_books_still_balance(ledger: Ledger) -> None:
    ledger.give(POOL, 5000)
    _serve(ledger, CEILING, "1")
    assert _serve(ledger, 30, "2") == (Leg(POOL, -30), Leg(POOL, 30))
    assert ledger.posted(POOL) == 5000 - CEILING
    ledger.assert_clean()


def test_the_pool_must_have_what_it_pays_though_some_of_it_comes_back(ledger: Ledger) -> None:
    ledger.give(POOL, CEILING)
    _serve(ledger, CEILING, "1")
    # What is paid and what overflows meet on one account: only the difference has to be there.
    assert _serve(ledger, 30, "2") == (Leg(POOL, -30), Leg(POOL, 30))
    ledger.assert_clean()


def _close(session: Session, account: UUID) -> None:
    session.execute(sa.update(Account).where(Account.id == account).values(closed_at=NOW))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_closed_account_takes_nothing_in_or_out(ledger: Ledger, sign: int) -> None:
    ledger.give(earned(ELDER), 50)
    ledger.give(POOL, 50)
    ledger.run(lambda session: _close(session, earned(ELDER)))
    with pytest.raises(AccountClosed):
        ledger.post((earned(ELDER), sign * 5), (POOL, -sign * 5), key="a")
    with pytest.raises(AccountClosed):
        ledger.hold((earned(ELDER), 5), key="h")
