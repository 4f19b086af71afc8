"""Statements: what came and went on a member's accounts, newest first, with the total after.

The order is always (posted_at, transfer id, leg), so that entries of one moment stay in their
places. A page goes on after the last line of the page before, by index: as many entries of each
account are read as the page has lines, however long the history is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import (
    Account,
    AccountKind,
    Balance,
    Entry,
    Hold,
    HoldLeg,
    HoldOutcome,
    Transfer,
)
from services.ledger.accounts import available_minutes, standings
from services.ledger.as_of import RowThen, rows_then
from services.ledger.rows import whole_sum


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """The place of a line in a statement; a later page goes on after it."""

    posted_at: datetime
    transfer_id: UUID
    leg: int

    def __str__(self) -> str:
        """As an address may carry it."""
        moment = self.posted_at.astimezone(UTC)
        return f"{moment:%Y%m%dT%H%M%S.%f}-{self.transfer_id.hex}-{self.leg}"

    @classmethod
    def read(cls, text: str) -> Mark:
        """The mark that a text of ours stands for; ValueError for any other."""
        moment, key, leg = text.split("-")
        at = datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
        if not (leg.isascii() and leg.isdigit() and len(leg) < 9):
            raise ValueError(text)
        return cls(at, UUID(hex=key), int(leg))


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One entry as its owner sees it; all figures in standard minutes."""

    book: str
    transfer_id: UUID
    leg: int
    kind: str
    origin: AccountKind
    #: The account's own: a grant's quarter, or what tells an inheritance from gifts.
    period: str
    reason: str
    effective_at: datetime
    posted_at: datetime
    amount_minutes: int
    #: Total over all of the member's accounts after this entry.
    total_after_minutes: int
    valuation_id: UUID | None
    reverses_id: UUID | None
    #: It pays a service that two people entered by hand; filled in by who knows of visits.
    by_hand: bool = False

    @property
    def mark(self) -> Mark:
        """Its place."""
        return Mark(self.posted_at, self.transfer_id, self.leg)


@dataclass(frozen=True, slots=True)
class PendingHold:
    """Minutes set aside for something that has not been settled yet."""

    hold_id: UUID
    purpose: str
    subject_id: UUID
    created_at: datetime
    amount_minutes: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A member's coins now, what is pending, and a page of what happened in a period.

    ``opening_minutes`` is the total before the period, ``closing_minutes`` at its end; without a
    period nothing and the total of now. What stands in books that the member has left counts in
    the totals and cannot be used any more.
    """

    total_minutes: int
    available_minutes: int
    held_minutes: int
    pending: tuple[PendingHold, ...]
    opening_minutes: int
    closing_minutes: int
    lines: tuple[StatementLine, ...]
    #: Where an older page goes on; None when there is none.
    next: Mark | None

    @property
    def more(self) -> bool:
        """Whether there are older lines."""
        return self.next is not None


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment up to another one, which no longer belongs to it; None leaves an end open."""

    first: datetime | None = None
    until: datetime | None = None


#: The whole history.
ALWAYS = Period()


def statement(
    session: Session,
    book: str,
    owner_id: UUID,
    *,
    now: datetime,
    limit: int = 50,
    after: Mark | None = None,
    period: Period = ALWAYS,
    left: Sequence[str] = (),
) -> Statement:
    """A member's statement: the ``limit`` newest lines of the period that are older than a mark.

    ``left`` are books that the member has left, read through as one history.
    """
    books = (book, *left)
    found = {each: standings(session, each, owner_id, now=now) for each in books}
    accounts = {each: [s.account_id for s in found[each]] for each in books}
    start = _at(accounts, lambda each, ids: _rows_before(session, each, ids, period.first))
    end = _at(accounts, lambda each, ids: _rows_until(session, each, ids, period.until))
    top = end
    if after is not None and (period.until is None or after.posted_at < period.until):
        moment = after.posted_at
        top = _at(accounts, lambda each, ids: rows_then(session, each, ids, moment))
    lowest = {(row.account_id, row.slot): row.version for _, row in start}
    rows = [
        row
        for each, place in top
        for row in _newest(
            session, each, place, lowest.get((place.account_id, place.slot), 0), limit, after
        )
    ]
    rows.sort(key=_mark_of, reverse=True)
    lines = _lines(rows, _total(top), after)
    shown = tuple(lines[:limit])
    return Statement(
        total_minutes=sum(s.posted_minutes for each in books for s in found[each]),
        available_minutes=available_minutes(found[book]),
        held_minutes=sum(s.held_minutes for each in books for s in found[each]),
        pending=tuple(
            hold for each in books for hold in _pending(session, each, accounts[each], now)
        ),
        opening_minutes=_total(start),
        closing_minutes=_total(end),
        lines=shown,
        next=shown[-1].mark if len(lines) > limit else None,
    )


#: A balance row with the book that it stands in.
_Placed = tuple[str, RowThen]


def _at(
    accounts: Mapping[str, list[UUID]], read: Callable[[str, list[UUID]], list[RowThen]]
) -> list[_Placed]:
    """The same reading in every book in which the member has accounts."""
    return [(book, row) for book, ids in accounts.items() if ids for row in read(book, ids)]


def _rows_before(
    session: Session, book: str, accounts: list[UUID], moment: datetime | None
) -> list[RowThen]:
    return [] if moment is None else rows_then(session, book, accounts, moment, before=True)


def _rows_until(
    session: Session, book: str, accounts: list[UUID], moment: datetime | None
) -> list[RowThen]:
    """The balance rows at the end of a period: as they are now, if it has none."""
    if moment is not None:
        return rows_then(session, book, accounts, moment, before=True)
    rows = session.execute(
        sa.select(Balance.account_id, Balance.slot, Balance.version, Balance.posted_minutes).where(
            Balance.book == book, Balance.account_id.in_(accounts)
        )
    )
    return [RowThen(*row) for row in rows]


def _total(rows: Iterable[_Placed]) -> int:
    return sum(row.posted_minutes for _, row in rows)


def _mark_of(row: Any) -> Mark:
    return Mark(row.posted_at, row.transfer_id, row.leg)


def _newest(
    session: Session, book: str, place: RowThen, lowest: int, limit: int, after: Mark | None
) -> list[Any]:
    """Entries of one balance row, newest first: more than ``limit`` after the mark, if there are.

    Versions of one moment may stand in another order than the statement has them, so that a
    moment is always read whole.
    """
    found: list[Any] = []
    high = place.version
    while high > lowest:
        low = max(lowest, high - limit - 1)
        found.extend(session.execute(_entries(book, place, low, high)))
        high = low
        oldest = found[-1].posted_at
        sure = (row for row in found if row.posted_at > oldest)
        if sum(after is None or _mark_of(row) < after for row in sure) > limit:
            break
    return found


def _entries(book: str, place: RowThen, low: int, high: int) -> sa.Select[*tuple[Any, ...]]:
    """The entries of a balance row with versions above ``low``, up to ``high``."""
    return (
        sa.select(
            Entry.book,
            Entry.transfer_id,
            Entry.leg,
            Entry.amount_minutes,
            Account.kind.label("origin"),
            Account.period,
            Transfer.kind,
            Transfer.reason,
            Transfer.effective_at,
            Transfer.posted_at,
            Transfer.valuation_id,
            Transfer.reverses_id,
        )
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(
            Entry.book == book,
            Entry.account_id == place.account_id,
            Entry.slot == place.slot,
            Entry.version > low,
            Entry.version <= high,
        )
        .order_by(Entry.version.desc())
    )


def _lines(rows: list[Any], total: int, after: Mark | None) -> list[StatementLine]:
    """The rows below the mark, newest first, with the total after each."""
    lines = []
    for row in rows:
        if after is None or _mark_of(row) < after:
            lines.append(
                StatementLine(
                    book=row.book,
                    transfer_id=row.transfer_id,
                    leg=row.leg,
                    kind=row.kind,
                    origin=row.origin,
                    period=row.period,
                    reason=row.reason,
                    effective_at=row.effective_at,
                    posted_at=row.posted_at,
                    amount_minutes=row.amount_minutes,
                    total_after_minutes=total,
                    valuation_id=row.valuation_id,
                    reverses_id=row.reverses_id,
                )
            )
        total -= row.amount_minutes
    return lines


def _pending(session: Session, book: str, accounts: list[UUID], now: datetime) -> list[PendingHold]:
    total = whole_sum(HoldLeg.amount_minutes)
    rows = session.execute(
        sa.select(Hold.id, Hold.purpose, Hold.subject_id, Hold.created_at, total)
        .join(HoldLeg, sa.and_(HoldLeg.book == Hold.book, HoldLeg.hold_id == Hold.id))
        .outerjoin(
            HoldOutcome,
            sa.and_(HoldOutcome.book == Hold.book, HoldOutcome.hold_id == Hold.id),
        )
        .where(Hold.book == book, HoldLeg.book == book, HoldLeg.account_id.in_(accounts))
        .where(HoldOutcome.hold_id.is_(None))
        .where(sa.or_(Hold.expires_at.is_(None), Hold.expires_at > now))
        .group_by(Hold.id, Hold.purpose, Hold.subject_id, Hold.created_at)
        .order_by(sa.desc(Hold.created_at))
    )
    return [PendingHold(*row) for row in rows]
