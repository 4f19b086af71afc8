"""Closed months and trial balances agree with adding everything up; a check finds every forgery."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from models.ledger import AccountKind, Closing, ClosingKind, ClosingLine
from models.places import Book
from services.ledger.accounts import account_id, open_account, open_book_accounts, pool_of
from services.ledger.breaches import Breach, Tally
from services.ledger.closings import close_month, closings_of, months_due
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.ledger.streams import snapshot
from services.ledger.trial import clearing_at, together, trials_at, watermark
from services.ledger.verify.closings import check_closings
from tests.services.ledger.kit import BOOK, CLERK, ISSUE, POOL, Ledger
from tests.services.ledger.past_world import (
    FEBRUARY,
    LATER,
    MARCH,
    START,
    TICK,
    close_all,
    kinds_of,
    live,
    moments_of,
    put,
    told,
)
from tests.services.ledger.tampering import change, remove, tamper

NEIGHBOUR = "330302000000"


def found_in(ledger: Ledger, book: str = BOOK) -> list[Breach]:
    """What a check of the closings names."""
    with ledger.read() as session:
        snapshot(session)
        return list(check_closings(session, book, Tally()))


def test_a_closing_has_what_stood_at_the_end_of_the_month(ledger: Ledger) -> None:
    live(ledger, 4)
    assert close_all(ledger) == ["2026-01", "2026-02"]
    entries = told(ledger)
    with ledger.read() as session:
        lines = session.scalars(sa.select(ClosingLine)).all()
        kept = {(each.month, each.account_id, each.slot): each for each in lines}
        for month, start, end in (
            ("2026-01", START, FEBRUARY),
            ("2026-02", FEBRUARY, MARCH),
        ):
            inside = [each for each in entries if start <= each.posted_at < end]
            changed = {(month, each.account_id, each.slot) for each in inside}
            assert changed == {key for key in kept if key[0] == month}
            assert session.get_one(Closing, (BOOK, month)).entries == len(inside) > 0
            for _, account, slot in changed:
                here = [e for e in entries if (e.account_id, e.slot) == (account, slot)]
                earlier = [e for e in here if e.posted_at < end]
                line = kept[month, account, slot]
                assert line.posted_minutes == sum(each.minutes for each in earlier)
                assert line.version == len(earlier)
    assert found_in(ledger) == []


def test_months_are_closed_in_order_a_day_after_their_end(ledger: Ledger) -> None:
    assert close_all(ledger) == []
    put(ledger, "one", START, (ISSUE, -5), (POOL, 5))
    for moment, due in (
        (FEBRUARY + timedelta(days=1) - TICK, []),
        (FEBRUARY + timedelta(days=1), ["2026-01"]),
        (MARCH + timedelta(days=1), ["2026-01", "2026-02"]),
    ):
        with ledger.read() as session:
            assert months_due(session, BOOK, moment) == due
    with pytest.raises(ValueError, match="2026-02"):
        ledger.run(lambda session: close_month(session, BOOK, "2026-02", LATER))
    # A month without a posting is closed too, so that none is missing between two.
    assert close_all(ledger) == ["2026-01", "2026-02"]
    with ledger.read() as session:
        assert [each.lines for each in closings_of(session, BOOK)] == [0, 2]
    assert close_all(ledger) == []
    assert ledger.run(lambda session: close_month(session, BOOK, "2026-01", LATER)) is None
    assert found_in(ledger) == []


def test_the_same_book_gives_the_same_fingerprint(ledger: Ledger) -> None:
    live(ledger, 5)

    def made() -> list[str]:
        def work(session: Any) -> list[str]:
            for month in months_due(session, BOOK, LATER):
                close_month(session, BOOK, month, LATER)
            hashes = [each.content_hash for each in closings_of(session, BOOK)]
            session.rollback()
            return hashes

        return ledger.run(work)

    once = made()
    assert len(set(once)) == 2
    assert made() == once


def test_of_two_jobs_at_once_one_closes_the_month(ledger: Ledger) -> None:
    live(ledger, 6)
    start, results = threading.Barrier(2), []

    def work() -> None:
        start.wait()
        results.append(ledger.run(lambda session: close_month(session, BOOK, "2026-01", LATER)))

    rivals = [threading.Thread(target=work) for _ in range(2)]
    for each in rivals:
        each.start()
    for each in rivals:
        each.join()
    assert sorted(result is None for result in results) == [False, True]
    close_all(ledger)
    assert found_in(ledger) == []


@pytest.mark.parametrize(
    ("statement", "codes"),
    [
        (change(ClosingLine, ClosingLine.month == "2026-02", posted_minutes=1), {
            "closing_line_differs", "closing_hash_differs"}),
        (change(ClosingLine, ClosingLine.month == "2026-02", version=99), {
            "closing_line_differs", "closing_hash_differs"}),
        (change(ClosingKind, ClosingKind.month == "2026-01", in_minutes=1), {
            "closing_kind_differs", "closing_hash_differs"}),
        (change(ClosingKind, ClosingKind.month == "2026-01", accounts=77), {
            "closing_kind_differs", "closing_hash_differs"}),
        (change(Closing, Closing.month == "2026-01", entries=3), {
            "closing_entries_differ", "closing_hash_differs"}),
        (change(Closing, Closing.month == "2026-01", content_hash="00"), {
            "closing_hash_differs"}),
        (change(Closing, Closing.month == "2026-01", watermark=START), {
            "closing_watermark_wrong", "closing_hash_differs"}),
        (remove(ClosingLine, ClosingLine.month == "2026-01"), {
            "closing_line_missing", "closing_hash_differs"}),
        (remove(ClosingKind, ClosingKind.month == "2026-01"), {
            "closing_kind_differs", "closing_hash_differs"}),
        (change(ClosingLine, ClosingLine.month == "2026-02", month="2026-01", account_id=CLERK,
                slot=ClosingLine.version), {
            "closing_line_missing", "closing_line_extra", "closing_hash_differs"}),
    ],
)  # fmt: skip
def test_a_check_names_what_a_closing_says_wrong(
    ledger: Ledger, statement: Any, codes: set[str]
) -> None:
    put(ledger, "one", START, (ISSUE, -50), (POOL, 50))
    put(ledger, "two", FEBRUARY, (ISSUE, -7), (POOL, 7))
    close_all(ledger)
    assert found_in(ledger) == []
    tamper(ledger.uow, ledger.url, statement)
    assert {each.code for each in found_in(ledger)} == codes


def test_a_check_names_a_month_that_is_missing(ledger: Ledger) -> None:
    put(ledger, "one", START, (ISSUE, -50), (POOL, 50))
    close_all(ledger, LATER + timedelta(days=40))
    gone = [remove(ClosingKind, ClosingKind.month == "2026-02"),
            remove(Closing, Closing.month == "2026-02")]  # fmt: skip
    tamper(ledger.uow, ledger.url, *gone)
    assert [each.code for each in found_in(ledger)] == ["closing_missing"]


@pytest.mark.parametrize("closed", [False, True])
def test_a_trial_balance_at_any_watermark_is_what_adding_up_gives(
    ledger: Ledger, closed: bool
) -> None:
    live(ledger, 7)
    if closed:
        close_all(ledger)
    entries, kinds = told(ledger), kinds_of(ledger)
    with ledger.read() as session:
        for moment in moments_of(entries):
            found = trials_at(session, [BOOK], moment)[BOOK]
            came: Counter[AccountKind] = Counter()
            went: Counter[AccountKind] = Counter()
            for each in entries:
                if each.posted_at <= moment:
                    side = came if each.minutes > 0 else went
                    side[kinds[each.account_id]] += abs(each.minutes)
            assert found.total_minutes == 0
            assert {e.kind: e.in_minutes for e in found.kinds if e.in_minutes} == came
            assert {e.kind: e.out_minutes for e in found.kinds if e.out_minutes} == went


def neighbour(ledger: Ledger) -> None:
    """A second book that has paid a hundred minutes over to the first."""

    def work(session: Any) -> None:
        session.add(Book(book=NEIGHBOUR, region_code=NEIGHBOUR, opened_at=START))
        session.flush()
        open_book_accounts(session, NEIGHBOUR, now=START)
        for book, other in ((BOOK, NEIGHBOUR), (NEIGHBOUR, BOOK)):
            open_account(session, book, AccountKind.CLEARING, now=START, period=other,
                         floor_minutes=None)  # fmt: skip
        stamp = Stamp(FEBRUARY, CLERK)
        for book, minutes in ((BOOK, 100), (NEIGHBOUR, -100)):
            legs = (Leg(pool_of(book), minutes), Leg(clearing(book), -minutes))
            if minutes < 0:
                fund = (Leg(pool_of(book), 500), Leg(issue(book), -500))
                post(session, [Draft(book, "fund", "issue", fund, FEBRUARY)], stamp)
            post(session, [Draft(book, "over", "clear", legs, FEBRUARY)], stamp)

    ledger.run(work)


def clearing(book: str) -> Any:
    """A book's account with the other one."""
    other = NEIGHBOUR if book == BOOK else BOOK
    return account_id(book, AccountKind.CLEARING, None, other)


def issue(book: str) -> Any:
    """A book's issue account."""
    return account_id(book, AccountKind.ISSUE)


def test_several_books_sum_to_zero_and_their_clearing_pairs_agree(ledger: Ledger) -> None:
    live(ledger, 8, turns=20)
    neighbour(ledger)
    # One book is further with its closings than the other.
    close_all(ledger, FEBRUARY + timedelta(days=2), BOOK)
    close_all(ledger, LATER, NEIGHBOUR)
    with ledger.read() as session:
        found = trials_at(session, [BOOK, NEIGHBOUR], LATER)
        alone = {book: trials_at(session, [book], LATER)[book] for book in (BOOK, NEIGHBOUR)}
        assert found == alone
        whole = together(found.values())
        assert (whole.books, whole.total_minutes) == (2, 0)
        assert whole.of(AccountKind.CLEARING) == 0
        assert whole.pool_minutes == sum(each.pool_minutes for each in alone.values())
        (pair,) = clearing_at(session, found, LATER)
        assert pair.agrees
        assert {pair.book_minutes, pair.counter_minutes} == {100, -100}
        (before,) = clearing_at(session, found, FEBRUARY - TICK)
        assert (before.book_minutes, before.counter_minutes) == (0, 0)
        assert clearing_at(session, {BOOK: alone[BOOK]}, LATER) == ()


def test_a_watermark_lies_a_minute_back() -> None:
    now = datetime(2026, 3, 1, tzinfo=START.tzinfo)
    assert watermark(now).at == now - timedelta(minutes=1)
    assert not watermark(now).moved
    late = watermark(now, now - timedelta(seconds=59))
    assert (late.at, late.moved) == (now - timedelta(minutes=1), True)
    assert watermark(now, START) == type(late)(START)
