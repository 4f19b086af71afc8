"""Holds: set aside, used once in whole or in part, given back; in the order of spending."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Hold, HoldOutcome, Outcome
from services.ledger.drafts import AccountUnknown, AmountZero, HoldEnded, Leg, NotEnough
from services.ledger.holds import hold_member, payment_legs, release
from services.ledger.post import post
from services.ledger.rows import read_holds
from tests.services.ledger.kit import (
    BOOK,
    ELDER,
    POOL,
    PROVIDER,
    STAMP,
    Ledger,
    draft,
    earned,
    granted,
    hold_draft,
    received,
)


def outcome(ledger: Ledger, hold_id: UUID) -> Any:
    """How a hold ended: kind, minutes used, transfer."""
    with ledger.read() as session:
        return session.execute(
            sa.select(
                HoldOutcome.outcome, HoldOutcome.captured_minutes, HoldOutcome.transfer_id
            ).where(HoldOutcome.hold_id == hold_id)
        ).one_or_none()


def let_go(ledger: Ledger, *holds: UUID) -> None:
    """Release holds in a unit of work of its own."""
    ledger.run(lambda session: release(session, BOOK, holds, STAMP))


def test_a_hold_takes_from_what_is_available_not_from_what_is_posted(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    ledger.hold((earned(ELDER), 60), key="h")
    assert ledger.posted(earned(ELDER)) == 100
    assert ledger.available(earned(ELDER)) == 40
    with pytest.raises(NotEnough) as short:
        ledger.hold((earned(ELDER), 41), key="i")
    assert short.value.params["shortfall_minutes"] == 1
    ledger.assert_clean()


def test_the_same_key_is_one_hold(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    first = ledger.hold((earned(ELDER), 60), key="h")
    assert ledger.hold((earned(ELDER), 60), key="h") == first
    assert ledger.available(earned(ELDER)) == 40
    assert ledger.count(Hold) == 1


@pytest.mark.parametrize(
    ("account", "minutes", "error"),
    [(earned(ELDER), 0, AmountZero), (earned(ELDER), -5, AmountZero), (UUID(int=5), 5, None)],
)
def test_a_wrong_hold_is_refused(
    ledger: Ledger, account: UUID, minutes: int, error: type[Exception] | None
) -> None:
    with pytest.raises(error or AccountUnknown):
        ledger.hold((account, minutes), key="h")
    assert ledger.count(Hold) == 0


def test_two_legs_on_one_account_count_together(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    with pytest.raises(NotEnough):
        ledger.hold((earned(ELDER), 60), (earned(ELDER), 41), key="h")
    ledger.hold((earned(ELDER), 60), (earned(ELDER), 40), key="h")
    assert ledger.available(earned(ELDER)) == 0
    ledger.assert_clean()


def test_a_whole_capture(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    held = ledger.hold((earned(ELDER), 60), key="h")
    done = ledger.post((earned(ELDER), -60), (earned(PROVIDER), 60), key="a", captures=(held,))
    assert outcome(ledger, held) == (Outcome.CAPTURED, 60, done.transfer_id)
    assert ledger.posted(earned(ELDER)) == ledger.available(earned(ELDER)) == 40
    ledger.assert_clean()


def test_a_part_capture_gives_the_rest_back_in_the_same_act(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    held = ledger.hold((earned(ELDER), 60), key="h")
    ledger.post((earned(ELDER), -25), (earned(PROVIDER), 25), key="a", captures=(held,))
    assert outcome(ledger, held)[:2] == (Outcome.CAPTURED, 25)
    assert ledger.available(earned(ELDER)) == 75
    assert ledger.held(earned(ELDER)) == 0
    ledger.assert_clean()


def test_a_capture_may_go_beyond_its_hold_only_as_far_as_there_is_more(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    held = ledger.hold((earned(ELDER), 60), key="h")
    with pytest.raises(NotEnough) as short:
        ledger.post((earned(ELDER), -101), (POOL, 101), key="a", captures=(held,))
    assert short.value.params["shortfall_minutes"] == 1
    ledger.post((earned(ELDER), -100), (POOL, 100), key="b", captures=(held,))
    assert outcome(ledger, held)[:2] == (Outcome.CAPTURED, 60)
    ledger.assert_clean()


def test_a_transfer_that_does_not_need_its_hold_frees_it(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    ledger.give(POOL, 100)
    held = ledger.hold((earned(ELDER), 60), key="h")
    done = ledger.post((POOL, -30), (earned(PROVIDER), 30), key="a", captures=(held,))
    assert outcome(ledger, held) == (Outcome.RELEASED, 0, done.transfer_id)
    assert ledger.available(earned(ELDER)) == 100
    ledger.assert_clean()


def test_a_hold_is_captured_once(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    held = ledger.hold((earned(ELDER), 40), key="h")
    ledger.post((earned(ELDER), -40), (POOL, 40), key="a", captures=(held,))
    with pytest.raises(HoldEnded):
        ledger.post((earned(ELDER), -40), (POOL, 40), key="b", captures=(held,))
    ledger.assert_clean()


def test_a_hold_is_captured_once_within_a_batch_too(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    held = ledger.hold((earned(ELDER), 40), key="h")
    drafts = [
        draft((earned(ELDER), -40), (POOL, 40), key=key, captures=(held,)) for key in ("a", "b")
    ]
    with pytest.raises(HoldEnded):
        ledger.run(lambda session: post(session, drafts, STAMP))
    assert ledger.held(earned(ELDER)) == 40


def test_a_repeated_capture_gives_the_first_answer(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    held = ledger.hold((earned(ELDER), 40), key="h")
    legs = ((earned(ELDER), -40), (POOL, 40))
    first = ledger.post(*legs, key="a", captures=(held,))
    assert ledger.post(*legs, key="a", captures=(held,)).transfer_id == first.transfer_id
    assert ledger.posted(earned(ELDER)) == 60
    ledger.assert_clean()


def test_release_gives_back_once(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    held = ledger.hold((earned(ELDER), 40), key="h")
    let_go(ledger, held)
    let_go(ledger, held)
    assert outcome(ledger, held) == (Outcome.RELEASED, 0, None)
    assert ledger.available(earned(ELDER)) == 100
    ledger.assert_clean()


def test_a_released_hold_is_not_captured(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    held = ledger.hold((earned(ELDER), 40), key="h")
    let_go(ledger, held)
    with pytest.raises(HoldEnded):
        ledger.post((earned(ELDER), -40), (POOL, 40), key="a", captures=(held,))


def test_releasing_a_captured_hold_changes_nothing(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    held = ledger.hold((earned(ELDER), 40), key="h")
    ledger.post((earned(ELDER), -40), (POOL, 40), key="a", captures=(held,))
    let_go(ledger, held)
    assert outcome(ledger, held)[0] is Outcome.CAPTURED
    assert ledger.held(earned(ELDER)) == 0
    ledger.assert_clean()


def test_releasing_nothing_is_no_work(ledger: Ledger) -> None:
    let_go(ledger)
    assert ledger.count(HoldOutcome) == 0


def test_two_holds_are_used_in_their_order(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    first = ledger.hold((earned(ELDER), 40), key="h")
    second = ledger.hold((earned(ELDER), 40), key="i")
    ledger.post((earned(ELDER), -50), (POOL, 50), key="a", captures=(first, second))
    assert outcome(ledger, first)[1] == 40
    assert outcome(ledger, second)[1] == 10
    ledger.assert_clean()


def member_hold(ledger: Ledger, minutes: int, key: str = "h") -> tuple[UUID | None, int]:
    """Set aside what the elder has, as far as it goes."""
    return ledger.run(
        lambda session: hold_member(session, BOOK, ELDER, minutes, hold_draft(key=key), STAMP)
    )


def held_legs(session: Session, hold_id: UUID) -> tuple[Leg, ...]:
    """What a hold took, in order."""
    held = read_holds(session, BOOK, [hold_id])[hold_id]
    return tuple(Leg(leg.account_id, leg.amount_minutes) for leg in held.legs)


def fill(ledger: Ledger) -> None:
    """Coins of every origin: 30 earned, 20 received, 10 granted now, 5 granted earlier."""
    for account in (ledger.open_grant(ELDER, "2026Q2"), ledger.open_grant(ELDER, "2026Q1")):
        assert account in (granted(ELDER, "2026Q1"), granted(ELDER, "2026Q2"))
    ledger.give(earned(ELDER), 30)
    ledger.give(received(ELDER), 20)
    ledger.give(granted(ELDER, "2026Q2"), 10)
    ledger.give(granted(ELDER, "2026Q1"), 5)


def test_a_member_spends_grants_first_then_gifts_then_earnings(ledger: Ledger) -> None:
    fill(ledger)
    hold_id, minutes = member_hold(ledger, 40)
    assert hold_id is not None
    assert minutes == 40
    with ledger.read() as session:
        assert held_legs(session, hold_id) == (
            Leg(granted(ELDER, "2026Q1"), 5),
            Leg(granted(ELDER, "2026Q2"), 10),
            Leg(received(ELDER), 20),
            Leg(earned(ELDER), 5),
        )
    ledger.assert_clean()


def test_a_member_holds_as_far_as_the_coins_go(ledger: Ledger) -> None:
    fill(ledger)
    assert member_hold(ledger, 100)[1] == 65
    assert member_hold(ledger, 1, key="i") == (None, 0)
    ledger.assert_clean()


def test_a_member_without_coins_holds_nothing(ledger: Ledger) -> None:
    assert member_hold(ledger, 30) == (None, 0)
    assert ledger.count(Hold) == 0


def test_a_repeated_member_hold_tells_what_the_first_one_keeps(ledger: Ledger) -> None:
    fill(ledger)
    first = member_hold(ledger, 65)
    assert member_hold(ledger, 65) == first
    assert first[1] == 65


def test_payments_follow_the_order_of_the_hold(ledger: Ledger) -> None:
    fill(ledger)
    hold_id, _ = member_hold(ledger, 40)
    assert hold_id is not None
    with ledger.read() as session:
        held = read_holds(session, BOOK, [hold_id])[hold_id]
    assert payment_legs(held, 12) == (
        Leg(granted(ELDER, "2026Q1"), -5),
        Leg(granted(ELDER, "2026Q2"), -7),
    )
    with pytest.raises(ValueError, match="exceed"):
        payment_legs(held, 41)
    assert payment_legs(None, 0) == ()


def test_a_member_hold_pays_in_part_and_frees_the_dearest_coins(ledger: Ledger) -> None:
    fill(ledger)
    hold_id, _ = member_hold(ledger, 40)
    assert hold_id is not None
    with ledger.read() as session:
        legs = payment_legs(read_holds(session, BOOK, [hold_id])[hold_id], 12)
    paid = [(leg.account_id, leg.amount_minutes) for leg in legs]
    ledger.post(*paid, (earned(PROVIDER), 12), key="a", captures=(hold_id,))
    assert outcome(ledger, hold_id)[1] == 12
    assert ledger.available(earned(ELDER)) == 30
    assert ledger.available(received(ELDER)) == 20
    assert ledger.available(granted(ELDER, "2026Q2")) == 3
    ledger.assert_clean()
