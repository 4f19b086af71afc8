"""The check of a book beside writers, and in steady memory."""

from __future__ import annotations

import pytest

from models.ledger import Transfer
from services.ledger import streams
from services.ledger.post import post
from services.ledger.seals import facts
from services.ledger.verify.whole import Tally, verify_book
from tests.services.ledger.kit import BOOK, ISSUE, POOL, STAMP, Ledger, draft
from tests.services.ledger.memory import peak_bytes


def test_writers_at_work_are_not_taken_for_breaches(ledger: Ledger) -> None:
    """What is posted while the check runs is not part of what it looks at."""
    for turn in range(30):
        ledger.give(POOL, 10, key=f"give {turn}")
    found = []
    with ledger.read() as session:
        streams.snapshot(session)
        check = verify_book(session, BOOK, Tally(lambda _: _give_more(ledger), step=1))
        found = list(check)
    assert found == []
    assert ledger.posted(POOL) > 300
    ledger.assert_clean()


def _give_more(ledger: Ledger) -> None:
    turn = ledger.count(Transfer)
    if turn < 60:
        ledger.give(POOL, 10, key=f"give {turn}")


def test_memory_does_not_grow_with_the_ledger(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "AT_ONCE", 20)
    monkeypatch.setattr(facts, "AT_ONCE", 20)
    _fill(ledger, 0, 200)
    ledger.assert_clean()
    small = peak_bytes(ledger.assert_clean)
    _fill(ledger, 200, 2400)
    assert peak_bytes(ledger.assert_clean) < small + ROOM_BYTES
    # The measure itself is good: reading everything at once is far above it.
    monkeypatch.setattr(streams, "AT_ONCE", 100_000)
    monkeypatch.setattr(facts, "AT_ONCE", 100_000)
    assert peak_bytes(ledger.assert_clean) > small + ROOM_BYTES


#: What a thousand rows would take, and far more than the measure sways.
ROOM_BYTES = 300_000


def _fill(ledger: Ledger, first: int, last: int) -> None:
    drafts = [draft((ISSUE, -1), (POOL, 1), key=f"fill {turn}") for turn in range(first, last)]
    ledger.run(lambda session: post(session, drafts, STAMP))
