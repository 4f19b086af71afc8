"""Two invented months of a book: several slots, one moment twice, back-dated postings."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, Entry, Transfer
from services.errors import DomainError
from services.ledger.closings import close_month, months_due
from services.ledger.drafts import Stamp
from services.ledger.post import post
from tests.services.ledger.kit import (
    BOOK,
    CLERK,
    ELDER,
    ISSUE,
    OTHER,
    POOL,
    PROVIDER,
    Ledger,
    draft,
    earned,
    received,
)

#: The last evening of January in China; everything happens from here on.
START = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
#: The first moments of February and March in China.
FEBRUARY = datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
MARCH = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 20, tzinfo=UTC)
TICK = timedelta(microseconds=1)
MEMBERS = [of(who) for who in (ELDER, OTHER, PROVIDER) for of in (earned, received)]
ACCOUNTS = [ISSUE, POOL, *MEMBERS]


@dataclass(frozen=True)
class Told:
    """One entry as it stands in the tables, for adding up by hand."""

    account_id: UUID
    slot: int
    version: int
    minutes: int
    posted_at: datetime
    effective_at: datetime


def live(ledger: Ledger, seed: int, turns: int = 60) -> None:
    """Random transfers over two months: issues first, then payments in every direction."""
    dice = random.Random(seed)
    moments = sorted(
        [START, FEBRUARY - TICK, FEBRUARY, FEBRUARY, MARCH - TICK, MARCH]
        + [START + timedelta(seconds=dice.randrange(45 * 86400)) for _ in range(turns)]
    )
    put(ledger, "fund", START, (ISSUE, -50_000), (POOL, 50_000))
    for number, moment in enumerate(moments):
        effective = dice.choice(
            [moment, moment, moment - timedelta(days=dice.randrange(40)), START]
        )
        source = dice.choice([POOL, POOL, *MEMBERS])
        target = dice.choice([each for each in [POOL, *MEMBERS] if each != source])
        minutes = dice.randrange(1, 40)
        with_refusals_left_out(
            ledger,
            f"turn {number}",
            moment,
            (source, -minutes),
            (target, minutes),
            effective_at=min(effective, moment),
        )


def put(ledger: Ledger, key: str, at: datetime, *legs: tuple[UUID, int], **fields: Any) -> UUID:
    """Post one transfer at a moment."""
    wanted = draft(*legs, key=key, **{"effective_at": at, **fields})
    return ledger.run(lambda session: post(session, [wanted], Stamp(at, CLERK)))[0].transfer_id


def with_refusals_left_out(
    ledger: Ledger, key: str, at: datetime, *legs: tuple[UUID, int], **fields: Any
) -> None:
    """Post unless somebody has too little, or too much, for it."""
    try:
        put(ledger, key, at, *legs, **fields)
    except DomainError:
        return


def close_all(ledger: Ledger, now: datetime = LATER, book: str = BOOK) -> list[str]:
    """Close every month that is due."""

    def work(session: Session) -> list[str]:
        due = months_due(session, book, now)
        for month in due:
            assert close_month(session, book, month, now) is not None
        return due

    return ledger.run(work)


def told(ledger: Ledger, book: str = BOOK) -> list[Told]:
    """Every entry of the book."""
    with ledger.read() as session:
        rows = session.execute(
            sa.select(
                Entry.account_id,
                Entry.slot,
                Entry.version,
                Entry.amount_minutes,
                Transfer.posted_at,
                Transfer.effective_at,
            )
            .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
            .where(Entry.book == book, Transfer.book == book)
        )
        return [Told(*row) for row in rows]


def moments_of(entries: Iterable[Told]) -> list[datetime]:
    """Moments worth asking about: each posting, a tick to either side, each effective moment."""
    found = {START - timedelta(days=99), LATER, FEBRUARY, MARCH}
    for each in entries:
        found |= {each.posted_at, each.posted_at - TICK, each.posted_at + TICK, each.effective_at}
    return sorted(found)


def kinds_of(ledger: Ledger, book: str = BOOK) -> dict[UUID, Any]:
    """The kind of every account."""
    with ledger.read() as session:
        rows = session.execute(sa.select(Account.id, Account.kind).where(Account.book == book))
        return {row.id: row.kind for row in rows}
