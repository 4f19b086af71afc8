"""Holds that run out: free at that moment for every reader and writer, ended by whoever is next."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from models.ledger import HoldOutcome, Outcome
from services.errors import KeyReused
from services.ledger.accounts import standings
from services.ledger.drafts import HoldDraft, HoldEnded, NotEnough, Stamp
from services.ledger.expiry import expire_due
from services.ledger.holds import hold, hold_member, keep, release
from services.ledger.post import post
from services.ledger.rows import read_holds
from services.ledger.statement import statement
from tests.services.ledger.kit import (
    BOOK,
    CLERK,
    ELDER,
    NOW,
    POOL,
    PROVIDER,
    STAMP,
    Ledger,
    draft,
    earned,
    legs_of,
    received,
)

LATER = NOW + timedelta(hours=1)
AFTER = Stamp(LATER, CLERK)


def held_until(ledger: Ledger, *legs: tuple[UUID, int], key: str = "h") -> UUID:
    """Set minutes aside for one hour."""
    wanted = HoldDraft(BOOK, "test", UUID(int=9), key, legs_of(*legs), expires_at=LATER)
    return ledger.run(lambda session: hold(session, wanted, STAMP))


def outcome(ledger: Ledger, hold_id: UUID) -> Outcome | None:
    """How a hold ended, if it has."""
    with ledger.read() as session:
        row = session.get(HoldOutcome, (BOOK, hold_id))
        return row.outcome if row else None


def available(ledger: Ledger, now: Stamp) -> list[int]:
    """What the elder may spend, account by account."""
    with ledger.read() as session:
        return [s.available_minutes for s in standings(session, BOOK, ELDER, now=now.now)]


def test_readers_leave_out_what_has_run_out(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    held_until(ledger, (earned(ELDER), 60))
    assert available(ledger, STAMP) == [0, 40]
    assert available(ledger, Stamp(LATER - timedelta(seconds=1), CLERK)) == [0, 40]
    assert available(ledger, AFTER) == [0, 100]
    with ledger.read() as session:
        assert len(statement(session, BOOK, ELDER, now=NOW).pending) == 1
        assert statement(session, BOOK, ELDER, now=LATER).pending == ()


def test_the_next_writer_ends_it_first_on_all_of_its_accounts(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    ledger.give(received(ELDER), 30)
    hold_id = held_until(ledger, (received(ELDER), 30), (earned(ELDER), 60))
    spend = draft((earned(ELDER), -90), (POOL, 90), key="spend", effective_at=NOW)
    with pytest.raises(NotEnough):
        ledger.run(lambda session: post(session, [spend], STAMP))
    ledger.run(lambda session: post(session, [spend], AFTER))
    assert outcome(ledger, hold_id) is Outcome.EXPIRED
    assert ledger.held(received(ELDER)) == ledger.held(earned(ELDER)) == 0
    ledger.assert_clean()


def test_a_refused_posting_undoes_the_end_with_everything_else(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    hold_id = held_until(ledger, (earned(ELDER), 60))
    spend = draft((earned(ELDER), -101), (POOL, 101), key="spend", effective_at=NOW)
    with pytest.raises(NotEnough) as short:
        ledger.run(lambda session: post(session, [spend], AFTER))
    assert short.value.params["shortfall_minutes"] == 1
    assert outcome(ledger, hold_id) is None
    assert ledger.held(earned(ELDER)) == 60
    ledger.assert_clean()


def test_what_has_run_out_is_neither_captured_nor_kept(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    hold_id = held_until(ledger, (earned(ELDER), 60))
    pay = draft((earned(ELDER), -60), (earned(PROVIDER), 60), key="p", captures=(hold_id,))
    with pytest.raises(HoldEnded):
        ledger.run(lambda session: post(session, [pay], AFTER))
    with pytest.raises(HoldEnded):
        ledger.run(lambda session: keep(session, BOOK, hold_id, "k", AFTER))
    ledger.run(lambda session: release(session, BOOK, [hold_id], AFTER))
    assert outcome(ledger, hold_id) is Outcome.EXPIRED
    ledger.assert_clean()


def test_a_hold_is_kept_without_an_end(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    hold_id = held_until(ledger, (earned(ELDER), 60))
    kept = ledger.run(lambda session: keep(session, BOOK, hold_id, "kept", STAMP))
    assert outcome(ledger, hold_id) is Outcome.RELEASED
    assert available(ledger, AFTER) == [0, 40]
    assert ledger.run(lambda session: expire_due(session, BOOK, AFTER)) == 1
    assert available(ledger, AFTER) == [0, 40]
    with ledger.read() as session:
        assert read_holds(session, BOOK, [kept])[kept].expires_at is None
    ledger.assert_clean()


def test_the_job_ends_what_is_due_and_nothing_else(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    due = held_until(ledger, (earned(ELDER), 60))
    end = LATER + timedelta(hours=1)
    other = HoldDraft(BOOK, "test", UUID(int=9), "o", legs_of((earned(ELDER), 5)), expires_at=end)
    later = ledger.run(lambda session: hold(session, other, STAMP))
    assert ledger.run(lambda session: expire_due(session, BOOK, STAMP)) == 0
    assert ledger.run(lambda session: expire_due(session, BOOK, AFTER)) == 1
    assert ledger.run(lambda session: expire_due(session, BOOK, AFTER)) == 0
    assert (outcome(ledger, due), outcome(ledger, later)) == (Outcome.EXPIRED, None)
    much_later = Stamp(end, CLERK)
    assert ledger.run(lambda session: expire_due(session, BOOK, much_later)) == 1
    assert outcome(ledger, later) is Outcome.EXPIRED
    assert ledger.held(earned(ELDER)) == 0
    ledger.assert_clean()


def test_a_key_holds_once_and_only_the_same(ledger: Ledger) -> None:
    ledger.give(earned(ELDER), 100)
    first = held_until(ledger, (earned(ELDER), 60))
    assert held_until(ledger, (earned(ELDER), 60)) == first
    assert ledger.held(earned(ELDER)) == 60
    with pytest.raises(KeyReused):
        held_until(ledger, (earned(ELDER), 61))
    wanted = HoldDraft(BOOK, "test", UUID(int=9), "m", ())
    found = ledger.run(lambda s: hold_member(s, BOOK, ELDER, 50, wanted, STAMP))
    assert found == ledger.run(lambda s: hold_member(s, BOOK, ELDER, 50, wanted, STAMP))
    with pytest.raises(KeyReused):
        ledger.run(lambda s: hold_member(s, BOOK, ELDER, 51, wanted, STAMP))
