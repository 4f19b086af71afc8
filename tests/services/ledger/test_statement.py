"""Statements in pages and periods: every line once, in one order, with the right totals."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session

from models.ledger import Entry, Transfer
from services.ledger.statement import Mark, Period, Statement, StatementLine, statement
from tests.services.ledger.kit import (
    BOOK,
    ELDER,
    ISSUE,
    OTHER,
    POOL,
    PROVIDER,
    Ledger,
    earned,
    received,
)
from tests.services.ledger.past_world import (
    FEBRUARY,
    LATER,
    MARCH,
    START,
    TICK,
    close_all,
    live,
    put,
)


def read(session: Session, member: UUID, **wanted: Any) -> Statement:
    """A member's statement, long after everything happened."""
    return statement(session, BOOK, member, now=LATER, **wanted)


def pages(session: Session, member: UUID, limit: int, **wanted: Any) -> list[StatementLine]:
    """Every line, page by page."""
    found: list[StatementLine] = []
    after: Mark | None = None
    while True:
        page = read(session, member, limit=limit, after=after, **wanted)
        assert len(page.lines) <= limit
        found.extend(page.lines)
        if page.next is None:
            return found
        assert len(page.lines) == limit
        # As an address carries it.
        after = Mark.read(str(page.next))


def by_hand(session: Session, member: UUID) -> list[tuple[datetime, UUID, int, int]]:
    """Moment, transfer, leg and amount of all of a member's entries, newest first."""
    rows = session.execute(
        sa.select(Transfer.posted_at, Transfer.id, Entry.leg, Entry.amount_minutes)
        .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
        .where(Transfer.book == BOOK, Entry.account_id.in_([earned(member), received(member)]))
    )
    return sorted((tuple(row) for row in rows), reverse=True)


def busy(ledger: Ledger, seed: int) -> None:
    """Two random months, and many postings at one moment on both accounts of the elder."""
    live(ledger, seed)
    for number in range(9):
        legs = (POOL, -3), (earned(ELDER), 1), (received(ELDER), 2)
        put(ledger, f"same {number}", MARCH, *legs)
    for number in range(4):
        put(ledger, f"later {number}", MARCH + TICK, (earned(ELDER), -1), (received(ELDER), 1))


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 200])
def test_pages_of_every_size_have_every_line_once(ledger: Ledger, limit: int) -> None:
    busy(ledger, 11)
    with ledger.read() as session:
        for member in (ELDER, OTHER, PROVIDER):
            expected = by_hand(session, member)
            found = pages(session, member, limit)
            told = [(e.posted_at, e.transfer_id, e.leg, e.amount_minutes) for e in found]
            assert told == expected
            after = sum(amount for *_, amount in expected)
            for line in found:
                assert line.total_after_minutes == after
                after -= line.amount_minutes
            assert after == 0


@pytest.mark.parametrize("closed", [False, True])
def test_a_period_has_its_own_lines_and_the_totals_at_both_ends(
    ledger: Ledger, closed: bool
) -> None:
    busy(ledger, 12)
    if closed:
        close_all(ledger)
    ends = [None, START, FEBRUARY, MARCH, MARCH + TICK, LATER]
    with ledger.read() as session:
        expected = by_hand(session, ELDER)
        for first in ends:
            for until in ends:
                if first and until and until < first:
                    continue
                inside = [e for e in expected if not (first and e[0] < first)]
                inside = [e for e in inside if not (until and e[0] >= until)]
                period = Period(first, until)
                found = pages(session, ELDER, 4, period=period)
                assert [(e.posted_at, e.transfer_id, e.leg) for e in found] == [
                    e[:3] for e in inside
                ]
                page = read(session, ELDER, period=period)
                opening = sum(e[3] for e in expected if first and e[0] < first)
                assert page.opening_minutes == opening
                assert page.closing_minutes == opening + sum(e[3] for e in inside)
                if inside:
                    assert page.lines[0].total_after_minutes == page.closing_minutes


def test_a_page_reads_as_many_entries_as_it_has_lines(ledger: Ledger) -> None:
    for number in range(60):
        put(ledger, f"n{number}", START + number * TICK, (ISSUE, -1), (earned(ELDER), 1))
    fetched: list[int] = []
    with ledger.read() as session:
        session.connection()

        def note(_c: Any, cursor: Any, text: str, values: Any, _ctx: Any, _many: bool) -> None:
            if "entries.version DESC" in text:
                low, high = list(values.values() if isinstance(values, dict) else values)[-2:]
                fetched.append(high - low)

        event.listen(ledger.uow.engine, "before_cursor_execute", note)
        try:
            page = read(session, ELDER, limit=5)
            older = read(session, ELDER, limit=5, after=page.next)
        finally:
            event.remove(ledger.uow.engine, "before_cursor_execute", note)
    assert [line.total_after_minutes for line in older.lines] == [55, 54, 53, 52, 51]
    assert 0 < sum(fetched) <= 2 * 2 * 6


@pytest.mark.parametrize("text", ["", "x", "1-2-3", f"{START:%Y%m%dT%H%M%S.%f}-{ELDER.hex}-x"])
def test_a_strange_mark_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the text is
        Mark.read(text)
