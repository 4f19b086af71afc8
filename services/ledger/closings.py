"""The end of a month in a book, written down once: what stood on every row that changed in it.

A closing bounds how far back anything has to be read (:mod:`services.ledger.as_of`,
:mod:`services.ledger.trial`). It is made a day after the month has ended (in China), when nothing
can be posted into it any more, and it is believed by nobody: a whole check works every figure out
again (:mod:`services.ledger.verify.closings`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models.ledger import (
    Account,
    AccountKind,
    Closing,
    ClosingKind,
    ClosingLine,
    Entry,
    Transfer,
)
from services.clock import at_local, local_date
from services.ledger.as_of import month_of
from services.ledger.rows import whole_sum
from services.ledger.streams import rows_of

#: How long after its end a month is closed: whoever was still posting has long finished.
WAIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class KindSums:
    """All accounts of a kind until a moment: how many, and all that came in and went out."""

    kind: AccountKind
    accounts: int
    in_minutes: int
    out_minutes: int

    @property
    def balance_minutes(self) -> int:
        """What is left on them."""
        return self.in_minutes - self.out_minutes


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed month. ``entries`` were posted in it, on ``lines`` balance rows."""

    book: str
    month: str
    watermark: datetime
    entries: int
    lines: int
    content_hash: str

    @property
    def last_day(self) -> date:
        """The month's last day."""
        return local_date(self.watermark) - timedelta(days=1)


def month_start(month: str) -> datetime:
    """The first moment of a month in China."""
    return at_local(date.fromisoformat(f"{month}-01"), time())


def month_after(month: str) -> str:
    """The month that follows."""
    return f"{date.fromisoformat(f'{month}-01') + timedelta(days=31):%Y-%m}"


def watermark_of(month: str) -> datetime:
    """The first moment that a month's closing no longer covers."""
    return month_start(month_after(month))


def months_due(session: Session, book: str, now: datetime) -> list[str]:
    """The months to close, in order: from the book's first posting, each ended a day ago."""
    last = session.scalar(sa.select(sa.func.max(Closing.month)).where(Closing.book == book))
    if last is not None:
        month = month_after(last)
    else:
        posted_at = Transfer.posted_at
        first = session.scalar(
            sa.select(posted_at).where(Transfer.book == book).order_by(posted_at).limit(1)
        )
        if first is None:
            return []
        month = month_of(first)
    due = []
    while watermark_of(month) + WAIT <= now:
        due.append(month)
        month = month_after(month)
    return due


def close_month(session: Session, book: str, month: str, now: datetime) -> Closed | None:
    """Close the next month of a book; None when it is closed already, by whomever.

    Raises ValueError for a month whose turn it is not.
    """
    if session.get(Closing, (book, month)) is not None:
        return None
    if months_due(session, book, now)[:1] != [month]:
        raise ValueError(f"{month} of {book} is not the next month to close")
    entries, kinds = _kinds_until(session, book, month)
    digest = digest_of(book, month, watermark_of(month), entries, kinds)
    lines = 0
    for row in rows_of(session, _last_entries(book, month, ordered=True)):
        feed_line(digest, row)
        lines += 1
    content_hash = digest.hexdigest()
    if not _claim(session, book, month, now, entries, content_hash):
        return None
    names = ["book", "month", "account_id", "slot", "posted_minutes", "version"]
    inserted = session.connection().execute(
        sa.insert(cast("sa.Table", ClosingLine.__table__)).from_select(
            names, _last_entries(book, month)
        ),
        execution_options={"preserve_rowcount": True},
    )
    if inserted.rowcount != lines:
        raise RuntimeError(f"{month} of {book} changed while it was being closed")
    session.add_all(
        ClosingKind(
            book=book,
            month=month,
            kind=each.kind,
            accounts=each.accounts,
            in_minutes=each.in_minutes,
            out_minutes=each.out_minutes,
        )
        for each in kinds
    )
    session.flush()
    return Closed(book, month, watermark_of(month), entries, lines, content_hash)


def _claim(
    session: Session, book: str, month: str, now: datetime, entries: int, content_hash: str
) -> bool:
    """Write the closing itself; of two who try at once one is first, the other gets False."""
    here = session.connection()
    insert = postgresql.insert if here.dialect.name == "postgresql" else sqlite.insert
    statement = insert(Closing).values(
        book=book,
        month=month,
        watermark=watermark_of(month),
        closed_at=now,
        entries=entries,
        content_hash=content_hash,
    )
    claimed = statement.on_conflict_do_nothing().returning(sa.literal(1))
    return here.execute(claimed).first() is not None


def _last_entries(book: str, month: str, *, ordered: bool = False) -> Any:
    """The last entry of the month on every row that has one: the closing's lines."""
    last = (
        sa.select(Entry.account_id, Entry.slot, sa.func.max(Entry.version).label("version"))
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(Transfer.book == book, Entry.book == book, *_within(month))
        .group_by(Entry.account_id, Entry.slot)
        .subquery()
    )
    found = (
        sa.select(
            Entry.book,
            sa.literal(month).label("month"),
            Entry.account_id,
            Entry.slot,
            Entry.balance_after_minutes.label("posted_minutes"),
            Entry.version,
        )
        .join(
            last,
            sa.and_(
                Entry.account_id == last.c.account_id,
                Entry.slot == last.c.slot,
                Entry.version == last.c.version,
            ),
        )
        .where(Entry.book == book)
    )
    return found.order_by(Entry.account_id, Entry.slot) if ordered else found


def _within(month: str) -> tuple[sa.ColumnElement[bool], ...]:
    return Transfer.posted_at >= month_start(month), Transfer.posted_at < watermark_of(month)


def _kinds_until(session: Session, book: str, month: str) -> tuple[int, list[KindSums]]:
    """The month's entries, and every kind at its end: the closing before and the month's own."""
    earlier = session.scalar(
        sa.select(sa.func.max(Closing.month)).where(Closing.book == book, Closing.month < month)
    )
    before = session.scalars(
        sa.select(ClosingKind).where(ClosingKind.book == book, ClosingKind.month == earlier)
    ).all()
    came = {row.kind: row.in_minutes for row in before}
    went = {row.kind: row.out_minutes for row in before}
    entries = 0
    for row in session.execute(moved_by_kind().where(Transfer.book == book, *_within(month))):
        entries += row.entries
        came[row.kind] = came.get(row.kind, 0) + row.came_in
        went[row.kind] = went.get(row.kind, 0) + row.went_out
    opened = session.execute(
        sa.select(Account.kind, sa.func.count(Account.id).label("accounts"))
        .where(Account.book == book, Account.opened_at < watermark_of(month))
        .group_by(Account.kind)
    )
    accounts = {row.kind: row.accounts for row in opened}
    return entries, [
        KindSums(kind, accounts.get(kind, 0), came.get(kind, 0), went.get(kind, 0))
        for kind in AccountKind
        if kind in accounts or kind in came
    ]


def moved_by_kind() -> sa.Select[*tuple[Any, ...]]:
    """Entries by kind of account: how many, what came in, what went out; to be narrowed down.

    Outer joins, so that every engine begins with the transfers of the wanted time.
    """
    signed = Entry.amount_minutes
    return (
        sa.select(
            Account.kind,
            sa.func.count(Entry.leg).label("entries"),
            whole_sum(sa.case((signed > 0, signed), else_=0)).label("came_in"),
            whole_sum(sa.case((signed < 0, -signed), else_=0)).label("went_out"),
        )
        .select_from(Transfer)
        .outerjoin(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
        .outerjoin(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .group_by(Account.kind)
    )


def digest_of(
    book: str, month: str, watermark: datetime, entries: int, kinds: Iterable[KindSums]
) -> Any:
    """SHA-256 over a closing's head and kinds, to be fed its lines in order of account and slot.

    Lines of text that end in a newline: ``closing 1``, book, month, watermark (UTC, to the
    second), entries; ``kind`` with name, accounts, in and out for each kind in order of its name;
    ``line`` with account, slot, posted minutes and version for each line.
    """
    digest = hashlib.sha256()
    head = ("closing 1", book, month, f"{watermark.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", entries)
    digest.update("".join(f"{each}\n" for each in head).encode())
    for each in sorted(kinds, key=lambda one: one.kind.value):
        figures = f"{each.accounts} {each.in_minutes} {each.out_minutes}"
        digest.update(f"kind {each.kind.value} {figures}\n".encode())
    return digest


def feed_line(digest: Any, row: Any) -> None:
    """Add one line of a closing to its digest."""
    digest.update(f"line {row.account_id} {row.slot} {row.posted_minutes} {row.version}\n".encode())


def closings_of(session: Session, book: str) -> tuple[Closed, ...]:
    """The closed months of a book, the newest first."""
    counts = (
        sa.select(ClosingLine.month, sa.func.count(ClosingLine.slot).label("lines"))
        .where(ClosingLine.book == book)
        .group_by(ClosingLine.month)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            Closing.book,
            Closing.month,
            Closing.watermark,
            Closing.entries,
            sa.func.coalesce(counts.c.lines, 0),
            Closing.content_hash,
        )
        .outerjoin(counts, counts.c.month == Closing.month)
        .where(Closing.book == book)
        .order_by(Closing.month.desc())
    )
    return tuple(Closed(*row) for row in rows)
