"""Reversal: the opposite legs, once, and never through a floor in silence."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.errors import NotFound
from services.ledger.drafts import AlreadyReversed, NotEnough, Posted
from services.ledger.post import post
from services.ledger.reverse import ReversalOfReversal, reverse
from tests.services.ledger.kit import (
    BOOK,
    CEILING,
    ELDER,
    NOW,
    POOL,
    PROVIDER,
    STAMP,
    Ledger,
    draft,
    earned,
)


def undo(ledger: Ledger, transfer_id: UUID, key: str = "r", reason: str = "wrong_time") -> Posted:
    """Reverse a transfer in a unit of work of its own."""
    return ledger.run(
        lambda session: reverse(
            session, BOOK, transfer_id, key=key, reason=reason, stamp=STAMP, effective_at=NOW
        )
    )


def paid(ledger: Ledger) -> UUID:
    """An elder with 100 who paid 40 to a provider."""
    ledger.give(earned(ELDER), 100)
    legs = ((earned(ELDER), -40), (earned(PROVIDER), 40))
    return ledger.post(*legs, key="a").transfer_id


def test_a_reversal_puts_everything_back(ledger: Ledger) -> None:
    undo(ledger, paid(ledger))
    assert ledger.posted(earned(ELDER)) == 100
    assert ledger.posted(earned(PROVIDER)) == 0
    ledger.assert_clean()


def test_a_transfer_is_reversed_once(ledger: Ledger) -> None:
    transfer = paid(ledger)
    undo(ledger, transfer)
    with pytest.raises(AlreadyReversed):
        undo(ledger, transfer, key="s")
    with pytest.raises(AlreadyReversed):
        undo(ledger, transfer, reason="wrong_person")
    assert ledger.posted(earned(ELDER)) == 100
    ledger.assert_clean()


def test_a_repeated_reversal_gives_the_first_answer(ledger: Ledger) -> None:
    transfer = paid(ledger)
    assert undo(ledger, transfer).transfer_id == undo(ledger, transfer).transfer_id
    assert ledger.posted(earned(ELDER)) == 100


def test_a_batch_reverses_a_transfer_once(ledger: Ledger) -> None:
    transfer = paid(ledger)
    twice = [
        draft((earned(PROVIDER), -40), (earned(ELDER), 40), key=key, reverses_id=transfer)
        for key in ("r", "s")
    ]
    with pytest.raises(AlreadyReversed):
        ledger.run(lambda session: post(session, twice, STAMP))
    assert ledger.posted(earned(ELDER)) == 60


def test_what_has_been_spent_cannot_be_taken_back(ledger: Ledger) -> None:
    transfer = paid(ledger)
    ledger.post((earned(PROVIDER), -1), (POOL, 1), key="b")
    with pytest.raises(NotEnough) as short:
        undo(ledger, transfer)
    assert short.value.params["shortfall_minutes"] == 1
    assert ledger.posted(earned(PROVIDER)) == 39
    ledger.assert_clean()


def test_a_reversal_is_not_reversed(ledger: Ledger) -> None:
    undone = undo(ledger, paid(ledger)).transfer_id
    with pytest.raises(ReversalOfReversal):
        undo(ledger, undone, key="s")


def test_an_unknown_transfer_is_not_reversed(ledger: Ledger) -> None:
    with pytest.raises(NotFound):
        undo(ledger, UUID(int=3))


def test_what_comes_back_may_pass_the_ceiling(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), CEILING)
    legs = ((earned(ELDER), -40), (POOL, 40))
    transfer = ledger.post(*legs, key="a").transfer_id
    ledger.give(earned(ELDER), 30)
    undo(ledger, transfer)
    assert ledger.posted(earned(ELDER)) == CEILING + 30
    ledger.assert_clean()
