"""What happened in some books between two moments, counted from the rows themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.ledger import Account, Entry, Transfer, ValuationRecord
from models.people import Member
from models.requests import Request, Visit
from models.tallies import TallyMark
from services.clock import age_on, local_date, whole_minutes
from services.ledger.as_of import month_of
from services.ledger.rows import whole_sum
from services.rules.waiting import groups_of, hours_of

#: Reads several books, each by its own index; see the statement guard.
CROSS_BOOK = {"cross_book": True, "yield_per": 2000}
NO_LIMIT = 1_000_000_000
#: In ``MonthMove.account_kind``: the transfers themselves, whatever accounts they touch.
WHOLE = ""

MoveKey = tuple[str, str, str, str]  # book, month, kind of transfer, kind of account
HelpKey = tuple[str, str, UUID, str]  # book, month, branch, service
WaitKey = tuple[str, str, UUID, str, int]  # book, month, branch, group, hours


@dataclass(slots=True)
class Counts:
    """Counts by key. Moves and help hold several figures under each key, by name."""

    moves: dict[MoveKey, Counter[str]] = field(default_factory=dict)
    help: dict[HelpKey, Counter[str]] = field(default_factory=dict)
    waits: Counter[WaitKey] = field(default_factory=Counter)

    def move(self, *key: str) -> Counter[str]:
        """The figures of a kind of transfer on a kind of account."""
        book, month, kind, account_kind = key
        return self.moves.setdefault((book, month, kind, account_kind), Counter())

    def helped(self, book: str, month: str, branch_id: UUID, service_code: str) -> Counter[str]:
        """The figures of a branch and a service."""
        return self.help.setdefault((book, month, branch_id, service_code), Counter())


@dataclass(frozen=True, slots=True)
class Span:
    """Some books from a moment (each from its own mark where ``marked``) until another.

    ``until`` is the first moment that no longer counts; None: whatever there is.
    """

    books: Sequence[str]
    since: datetime | None = None
    until: datetime | None = None
    marked: bool = False

    def of(self, statement: Any, model: Any, moment: Any) -> Any:
        """The statement over rows of these books whose moment lies within."""
        statement = statement.where(model.book.in_(self.books))
        if self.marked:
            mark = sa.and_(TallyMark.book == model.book, TallyMark.at <= moment)
            statement = statement.join(TallyMark, mark)
        if self.since is not None:
            statement = statement.where(moment >= self.since)
        if self.until is not None:
            statement = statement.where(moment < self.until)
        return statement


def count(session: Session, span: Span, counts: Counts) -> Counts:
    """Everything that these tables know of the span, added to ``counts``."""
    add_moves(session, span, counts)
    add_asked(session, span, counts)
    add_visits(session, span, counts)
    add_reversals(session, span, counts)
    return counts


def add_moves(session: Session, span: Span, counts: Counts) -> None:
    """Entries by kind of transfer and of account, and the transfers; one row for a day of each."""
    signed = Entry.amount_minutes
    transfer = _transfers(span)
    entries = (
        sa.select(
            transfer.book,
            transfer.posted_at,
            transfer.kind,
            Account.kind.label("account_kind"),
            sa.func.count(Entry.leg).label("entries"),
            whole_sum(sa.case((signed > 0, signed), else_=0)).label("in_minutes"),
            whole_sum(sa.case((signed < 0, -signed), else_=0)).label("out_minutes"),
        )
        .join(Entry, sa.and_(Entry.book == transfer.book, Entry.transfer_id == transfer.id))
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .group_by(transfer.book, transfer.posted_at, transfer.kind, Account.kind)
    )
    for row in _rows(session, entries):
        found = counts.move(row.book, month_of(row.posted_at), row.kind, row.account_kind.value)
        found["entries"] += row.entries
        found["in_minutes"] += row.in_minutes
        found["out_minutes"] += row.out_minutes
    whole = sa.select(
        transfer.book, transfer.posted_at, transfer.kind, sa.func.count().label("entries")
    ).group_by(transfer.book, transfer.posted_at, transfer.kind)
    for row in _rows(session, whole):
        counts.move(row.book, month_of(row.posted_at), row.kind, WHOLE)["entries"] += row.entries


def add_asked(session: Session, span: Span, counts: Counts) -> None:
    """Requests by the moment of asking."""
    asked = sa.select(
        Request.book,
        Request.branch_id,
        Request.service_code,
        Request.submitted_at,
        (Request.booked_minutes * Request.people_needed).label("minutes"),
    )
    for row in _rows(session, span.of(asked, Request, Request.submitted_at)):
        found = counts.helped(row.book, month_of(row.submitted_at), row.branch_id, row.service_code)
        found["asked"] += 1
        found["asked_minutes"] += row.minutes


def add_visits(session: Session, span: Span, counts: Counts) -> None:
    """Visits by the moment of their credit, and how long each was waited for."""
    at = ValuationRecord.created_at
    credited = (
        sa.select(
            ValuationRecord.book,
            ValuationRecord.earn_minutes,
            ValuationRecord.elder_minutes,
            ValuationRecord.pool_minutes,
            at.label("at"),
            Visit.actual_minutes,
            Visit.accepted_at,
            Visit.manual_entry_id,
            Request.branch_id,
            Request.service_code,
            Request.care_grade,
            Request.decided_at,
            Member.born_on,
            Member.in_hardship,
            Member.lives_alone,
        )
        .join(
            Visit, sa.and_(Visit.book == ValuationRecord.book, Visit.id == ValuationRecord.visit_id)
        )
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .join(Member, Member.id == Visit.elder_id)
    )
    for row in _rows(session, span.of(credited, ValuationRecord, at)):
        month = month_of(row.at)
        found = counts.helped(row.book, month, row.branch_id, row.service_code)
        found["visits"] += 1
        for name in ("actual_minutes", "earn_minutes", "elder_minutes", "pool_minutes"):
            found[name] += getattr(row, name) or 0
        _wait(counts, row, month)


def _wait(counts: Counts, row: Any, month: str) -> None:
    """What was entered by hand says nothing of waiting."""
    if row.manual_entry_id is not None or row.decided_at is None:
        return
    hours = hours_of(whole_minutes(row.decided_at, row.accepted_at))
    groups = groups_of(
        age_on(row.born_on, local_date(row.at)),
        in_hardship=row.in_hardship,
        lives_alone=row.lives_alone,
        grade=row.care_grade,
    )
    for group in groups:
        counts.waits[row.book, month, row.branch_id, group, hours] += 1


def add_reversals(session: Session, span: Span, counts: Counts) -> None:
    """Credits that were taken back, by the moment of taking back."""
    credit, transfer = aliased(Transfer), _transfers(span)
    taken = (
        sa.select(
            transfer.book,
            transfer.posted_at,
            ValuationRecord.earn_minutes,
            ValuationRecord.elder_minutes,
            Visit.actual_minutes,
            Request.branch_id,
            Request.service_code,
        )
        .join(credit, sa.and_(credit.book == transfer.book, credit.id == transfer.reverses_id))
        .join(
            ValuationRecord,
            sa.and_(ValuationRecord.book == credit.book, ValuationRecord.id == credit.valuation_id),
        )
        .join(
            Visit, sa.and_(Visit.book == ValuationRecord.book, Visit.id == ValuationRecord.visit_id)
        )
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .where(transfer.reverses_id.is_not(None))
    )
    for row in _rows(session, taken):
        found = counts.helped(row.book, month_of(row.posted_at), row.branch_id, row.service_code)
        found["reversed"] += 1
        found["reversed_actual_minutes"] += row.actual_minutes or 0
        found["reversed_earn_minutes"] += row.earn_minutes
        found["reversed_elder_minutes"] += row.elder_minutes


def _transfers(span: Span) -> Any:
    """Transfers of the span, read by their own index before anything is joined to them.

    A limit that nobody reaches keeps the planner from beginning at the other end.
    """
    wanted = span.of(sa.select(Transfer), Transfer, Transfer.posted_at).limit(NO_LIMIT)
    return aliased(Transfer, wanted.subquery())


def _rows(session: Session, statement: Any) -> Iterator[Any]:
    yield from session.execute(statement, execution_options=CROSS_BOOK)
