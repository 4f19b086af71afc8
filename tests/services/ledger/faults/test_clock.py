"""A clock that is put back, or forward by a day: the ledger's own order of time stays whole."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Balance, Entry, HoldOutcome, Outcome, Transfer
from services.context import Context
from services.ids import uuid7
from services.jobs.runs import claim_run, take_lease
from services.ledger.accounts import standings
from services.ledger.as_of import rows_then
from services.ledger.drafts import HoldEnded, NotEnough, Stamp
from services.ledger.expiry import expire_due
from services.ledger.holds import hold
from services.ledger.post import post
from services.ledger.reverse import reverse
from services.policy import SYSTEM
from tests.services.ledger.faults.acts import VAULT
from tests.services.ledger.kit import (
    BOOK,
    CLERK,
    ELDER,
    ISSUE,
    NOW,
    OTHER,
    POOL,
    Ledger,
    draft,
    hold_draft,
    received,
)
from timebank.jobs import JOBS
from timebank.jobs.runner import due_time

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
#: The last second of March in China, which is what a month's closing goes by.
MONTH_END = datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)
#: What the wall clock says, act after act.
JUMPS = {
    "back by an hour": [NOW, NOW + SECOND, NOW - HOUR, NOW - HOUR + SECOND, NOW + HOUR],
    "back by a day, for good": [NOW, NOW - DAY, NOW - DAY + SECOND, NOW - DAY + 2 * SECOND],
    "forward by a day and back": [NOW, NOW + DAY, NOW + SECOND, NOW + 2 * SECOND],
    "over the month's end and back": [MONTH_END, MONTH_END + 2 * SECOND, MONTH_END],
    "standing still": [NOW, NOW, NOW],
    "to and fro": [NOW + turn * SECOND * (-1) ** turn for turn in range(12)],
}


def walk(ledger: Ledger, account: UUID) -> list[tuple[int, datetime, int]]:
    """Slot, moment and balance after of every entry of an account, by slot and version."""
    with ledger.read() as session:
        rows = session.execute(
            sa.select(Entry.slot, Transfer.posted_at, Entry.balance_after_minutes)
            .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
            .where(Entry.book == BOOK, Entry.account_id == account)
            .order_by(Entry.slot, Entry.version)
        )
        return [tuple(row) for row in rows]


def assert_in_order(ledger: Ledger, *accounts: UUID) -> None:
    """Along every balance row time never runs back, and any past moment gives what it summed to."""
    for account in accounts:
        steps = walk(ledger, account)
        for (slot, earlier, _), (next_slot, later, _) in pairwise(steps):
            assert slot != next_slot or earlier <= later
        for _, moment, _ in steps:
            last = {slot: after for slot, at, after in steps if at <= moment}
            with ledger.read() as session:
                then = rows_then(session, BOOK, [account], moment)
            assert {row.slot: row.posted_minutes for row in then if row.version} == last


@pytest.mark.parametrize("jump", JUMPS)
def test_moments_never_run_back_along_an_account(ledger: Ledger, jump: str) -> None:
    payer, payee = received(ELDER), received(OTHER)
    clock = JUMPS[jump]
    for turn, now in enumerate(clock):
        stamp = Stamp(now, CLERK)
        given = draft((ISSUE, -100), (payer, 100), key=f"g{turn}", effective_at=now)
        paid = draft((payer, -60), (payee, 40), (POOL, 20), key=f"p{turn}", effective_at=now)
        ledger.run(lambda session, one=given, stamp=stamp: post(session, [one], stamp))
        ledger.run(lambda session, one=paid, stamp=stamp: post(session, [one], stamp))
        if turn % 2:
            undone = derived_transfer(ledger, f"p{turn}")
            told = {"key": f"r{turn}", "reason": "wrong_time", "effective_at": now}
            ledger.run(
                lambda session, undone=undone, stamp=stamp, told=told: reverse(
                    session, BOOK, undone, stamp=stamp, **told
                )
            )
    assert_in_order(ledger, payer, payee, POOL, ISSUE)
    paid_times = len(clock) - len(clock) // 2
    assert ledger.posted(payer) == 100 * len(clock) - 60 * paid_times
    ledger.assert_clean()


def derived_transfer(ledger: Ledger, key: str) -> UUID:
    with ledger.read() as session:
        found = sa.select(Transfer.id).where(Transfer.book == BOOK, Transfer.idem_key == key)
        return session.scalars(found).one()


def test_a_batch_after_the_clock_was_put_back(ledger: Ledger) -> None:
    """The way of many at once keeps the same order as the way of one."""
    payer = received(ELDER)
    for turn, now in enumerate([NOW, NOW - DAY, NOW + DAY, NOW]):
        drafts = [
            draft((ISSUE, -5), (payer, 5), key=f"{turn}:{line}", effective_at=now)
            for line in range(20)
        ]
        stamp = Stamp(now, CLERK)
        ledger.run(lambda session, drafts=drafts, stamp=stamp: post(session, drafts, stamp))
    assert_in_order(ledger, payer, ISSUE)
    ledger.assert_clean()


def test_floors_that_are_shifted_while_the_clock_is_behind(ledger: Ledger) -> None:
    """A pool that has it all in one slot pays from every other one, an hour ago."""
    ledger.give(POOL, 800)
    early = Stamp(NOW - HOUR, CLERK)
    for turn in range(24):
        one = draft((POOL, -20), (received(OTHER), 20), key=f"s{turn}", effective_at=early.now)
        ledger.run(lambda session, one=one: post(session, [one], early))
    assert_in_order(ledger, POOL, received(OTHER))
    assert ledger.posted(POOL) == 800 - 24 * 20
    ledger.assert_clean()


def expiring(ledger: Ledger, minutes: int, ends: datetime, key: str, now: datetime = NOW) -> UUID:
    """A hold with an end on the elder's account."""
    one = hold_draft((received(ELDER), minutes), key=key, expires_at=ends)
    return ledger.run(lambda session: hold(session, one, Stamp(now, CLERK)))


def available(ledger: Ledger, now: datetime) -> int:
    with ledger.read() as session:
        return sum(each.available_minutes for each in standings(session, BOOK, ELDER, now=now))


def test_a_hold_ends_at_its_moment_and_not_before(ledger: Ledger) -> None:
    """Where read, where spent, and where the job ends it: the same side of the same moment."""
    ledger.give(received(ELDER), 100)
    ends, tick = NOW + HOUR, timedelta(microseconds=1)
    expiring(ledger, 80, ends, "h")
    spend = draft((received(ELDER), -50), (POOL, 50), key="s")

    assert available(ledger, ends - tick) == 20
    assert ledger.run(lambda s: expire_due(s, BOOK, Stamp(ends - tick, CLERK))) == 0
    with pytest.raises(NotEnough) as refused:
        ledger.run(lambda session: post(session, [spend], Stamp(ends - tick, CLERK)))
    assert refused.value.params["shortfall_minutes"] == 30
    assert ledger.count(HoldOutcome) == 0

    assert available(ledger, ends) == 100
    ledger.run(lambda session: post(session, [spend], Stamp(ends, CLERK)))
    assert available(ledger, ends) == 50
    with ledger.read() as session:
        assert session.scalars(sa.select(HoldOutcome.outcome)).all() == [Outcome.EXPIRED]
    ledger.assert_clean()


def test_a_clock_put_back_brings_no_ended_hold_to_life(ledger: Ledger) -> None:
    """The clock was ahead by a day, and a job ended what had not run out yet: it stays ended."""
    ledger.give(received(ELDER), 100)
    ends = NOW + HOUR
    held = expiring(ledger, 80, ends, "h")
    assert ledger.run(lambda s: expire_due(s, BOOK, Stamp(NOW + DAY, CLERK))) == 1
    assert available(ledger, NOW) == 100
    capture = draft((received(ELDER), -80), (POOL, 80), key="c", captures=(held,))
    with pytest.raises(HoldEnded):
        ledger.run(lambda session: post(session, [capture], Stamp(NOW, CLERK)))
    assert ledger.run(lambda s: expire_due(s, BOOK, Stamp(NOW, CLERK))) == 0
    ledger.assert_clean()


def test_a_hold_made_ahead_of_time_is_still_open_when_the_clock_is_back(ledger: Ledger) -> None:
    ledger.give(received(ELDER), 100)
    held = expiring(ledger, 30, NOW + DAY + HOUR, "ahead", now=NOW + DAY)
    expiring(ledger, 40, NOW + HOUR, "behind", now=NOW)
    assert available(ledger, NOW) == 30
    assert available(ledger, NOW + HOUR) == 70
    assert ledger.run(lambda s: expire_due(s, BOOK, Stamp(NOW + 2 * HOUR, CLERK))) == 1
    with ledger.read() as session:
        next_end = sa.select(Balance.expires_at).where(Balance.account_id == received(ELDER))
        assert session.scalars(next_end).one() == NOW + DAY + HOUR
    capture = draft((received(ELDER), -30), (POOL, 30), key="c", captures=(held,))
    ledger.run(lambda session: post(session, [capture], Stamp(NOW, CLERK)))
    assert available(ledger, NOW) == 70
    ledger.assert_clean()


def test_an_expired_hold_is_not_captured_by_whoever_comes_late(ledger: Ledger) -> None:
    ledger.give(received(ELDER), 100)
    held = expiring(ledger, 80, NOW + HOUR, "h")
    capture = draft((received(ELDER), -80), (POOL, 80), key="c", captures=(held,))
    with pytest.raises(HoldEnded):
        ledger.run(lambda session: post(session, [capture], Stamp(NOW + HOUR, CLERK)))
    # The refusal wrote nothing; the clock is put back, and the hold has never ended.
    ledger.run(lambda session: post(session, [capture], Stamp(NOW, CLERK)))
    assert ledger.posted(POOL) == 80
    ledger.assert_clean()


def at(session: Session, now: datetime) -> Context:
    return Context(session=session, actor=SYSTEM, now=now, vault=VAULT)


def test_a_lease_taken_by_a_clock_that_was_ahead_can_be_taken_over(ledger: Ledger) -> None:
    """Its holder renews it when the clock is back; a dead one's ends later than any lease can."""

    def take(holder: str, now: datetime) -> int | None:
        return ledger.run(lambda s: take_lease(at(s, now), "scheduler", holder, 90))

    assert take("one", NOW + DAY) == 1
    assert take("one", NOW) == 1
    assert take("other", NOW + 89 * SECOND) is None
    assert take("other", NOW + 90 * SECOND) == 2
    assert take("one", NOW + 91 * SECOND) is None
    assert take("other", NOW + DAY) == 2
    assert take("one", NOW + 92 * SECOND) == 3
    assert take("other", NOW + 93 * SECOND) is None


def test_a_job_runs_once_for_a_due_time_however_often_the_clock_comes_by(ledger: Ledger) -> None:
    job = JOBS["expire-requests"]

    def claim(now: datetime) -> bool:
        due = due_time(job, now)
        return ledger.run(lambda session: claim_run(at(session, now), job.name, due))

    assert claim(NOW)
    assert claim(NOW + DAY)
    assert not claim(NOW)
    assert claim(NOW - HOUR)
    assert not claim(NOW - HOUR + SECOND)
    assert not claim(NOW + SECOND)
    assert claim(NOW + job.every)


def test_keys_made_while_the_clock_jumps_are_all_different() -> None:
    moments = [NOW, NOW - DAY, NOW + DAY, NOW, datetime(1970, 1, 1, tzinfo=UTC)] * 200
    keys = [uuid7(moment) for moment in moments]
    assert Counter(keys).most_common(1)[0][1] == 1
    assert {key.version for key in keys} == {7}
    # Their order follows the clock, and nothing else may follow their order.
    by_moment = sorted(zip(moments, keys, strict=True), key=lambda pair: pair[0])
    for (earlier, one), (later, other) in pairwise(by_moment):
        assert earlier == later or one < other
