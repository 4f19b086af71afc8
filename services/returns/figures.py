"""The figures of a month as they stood at a watermark, worked out from the rows.

``ledger`` holds what transfers, entries and the visits they paid for say: it can be worked out
again for any watermark, and the whole check does so. ``tables`` holds what else was known when
the month was closed: memberships, holds, work sheets and the like, which live on.

A movement belongs to the month in which it took effect. Nothing takes effect after it is posted,
so whatever belongs to a month was posted in it or later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.callbacks import Callback, CallbackResult
from models.complaints import Complaint
from models.ledger import (
    Account,
    AccountKind,
    Closing,
    ClosingKind,
    Entry,
    Hold,
    HoldLeg,
    HoldOutcome,
    Transfer,
)
from models.people import Member, MemberStatus
from models.requests import Request, Visit
from models.reserve import ReserveReading
from models.sheets import WorkSheet
from services.clock import local_date
from services.ledger.closings import month_start, watermark_of
from services.ledger.overview import MEMBERS
from services.ledger.rows import whole_sum
from services.rules.calendar import Calendar

#: Transfers that pay for help.
SERVING = ("service", "session", "closed_door")
#: A record is made within so many working days of the service (民政部令第67号).
RECORD_DAYS = 10


@dataclass(frozen=True, slots=True)
class Span:
    """A book's month, and the first moment whose postings are not in its figures."""

    book: str
    month: str
    watermark: datetime

    @property
    def first(self) -> datetime:
        """The month's first moment in China."""
        return month_start(self.month)

    @property
    def end(self) -> datetime:
        """The first moment after the month."""
        return watermark_of(self.month)

    def posted(self) -> tuple[sa.ColumnElement[bool], ...]:
        """What belongs to the month and was posted in time."""
        return (
            Transfer.book == self.book,
            Transfer.posted_at >= self.first,
            Transfer.posted_at < self.watermark,
            Transfer.effective_at >= self.first,
            Transfer.effective_at < self.end,
        )


def figures(session: Session, span: Span, calendar: Calendar) -> dict[str, Any]:
    """Everything that a return says, ready to be written as canonical JSON."""
    visits = tuple(_visits(session, span))
    return {
        "ledger": {**_moved(session, span), **_stood(session, span), **_served(visits)},
        "tables": {**tables(session, span), "late_records": _late(visits, calendar)},
        "by_kind": _by_kind(session, span),
        "by_service": _grouped(visits, "service_code"),
        "by_branch": _grouped(visits, "branch_id"),
    }


def ledger_figures(session: Session, span: Span) -> dict[str, int]:
    """The figures that can be worked out again at any time."""
    visits = tuple(_visits(session, span))
    return {**_moved(session, span), **_stood(session, span), **_served(visits)}


def _moves(session: Session, span: Span) -> Iterator[Any]:
    """Entries of the month by kind of transfer and of account: what came in, what went out."""
    signed = Entry.amount_minutes
    statement = (
        sa.select(
            Transfer.kind,
            Account.kind.label("account_kind"),
            whole_sum(sa.case((signed > 0, signed), else_=0)).label("came_in"),
            whole_sum(sa.case((signed < 0, -signed), else_=0)).label("went_out"),
        )
        .select_from(Transfer)
        .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(*span.posted())
        .group_by(Transfer.kind, Account.kind)
        .order_by(Transfer.kind, Account.kind)
    )
    yield from session.execute(statement)


def _moved(session: Session, span: Span) -> dict[str, int]:
    """Standard minutes that were earned, drawn, granted, given and taken back."""
    found: Counter[str] = Counter()
    for row in _moves(session, span):
        ours = row.account_kind in MEMBERS
        if row.kind in SERVING and row.account_kind is AccountKind.EARNED:
            found["earned_minutes"] += row.came_in
        if row.kind in SERVING and ours:
            found["drawn_minutes"] += row.went_out
        if row.kind in SERVING and row.account_kind is AccountKind.POOL:
            found["pool_paid_minutes"] += row.went_out
        if row.kind == "grant" and ours:
            found["granted_minutes"] += row.came_in
        if row.kind == "gift" and ours:
            found["gifted_minutes"] += row.went_out
        if row.kind == "donation" and ours:
            found["donated_minutes"] += row.went_out
        if row.kind == "issue" and row.account_kind is AccountKind.ISSUE:
            found["issued_minutes"] += row.went_out
        if row.kind == "reversal":
            found["reversed_minutes"] += row.came_in
    return {name: found[name] for name in MOVED}


MOVED = (
    "earned_minutes",
    "drawn_minutes",
    "pool_paid_minutes",
    "granted_minutes",
    "gifted_minutes",
    "donated_minutes",
    "issued_minutes",
    "reversed_minutes",
)


def _by_kind(session: Session, span: Span) -> dict[str, dict[str, int]]:
    """Kind of transfer -> how many, and what they moved in standard minutes."""
    counted = session.execute(
        sa.select(Transfer.kind, sa.func.count().label("transfers"))
        .where(*span.posted())
        .group_by(Transfer.kind)
        .order_by(Transfer.kind)
    )
    found = {row.kind: {"transfers": row.transfers, "minutes": 0} for row in counted}
    for row in _moves(session, span):
        found[row.kind]["minutes"] += row.came_in
    return found


def _stood(session: Session, span: Span) -> dict[str, int]:
    """What stood on the accounts when the month ended, late postings counted in."""
    sums: Counter[AccountKind] = Counter()
    closed = session.scalar(
        sa.select(sa.func.max(Closing.month)).where(
            Closing.book == span.book, Closing.month <= span.month
        )
    )
    for row in session.scalars(
        sa.select(ClosingKind).where(ClosingKind.book == span.book, ClosingKind.month == closed)
    ):
        sums[row.kind] += row.in_minutes - row.out_minutes
    since = () if closed is None else (Transfer.posted_at >= watermark_of(closed),)
    late = session.execute(
        sa.select(Account.kind, whole_sum(Entry.amount_minutes).label("minutes"))
        .select_from(Transfer)
        .join(Entry, sa.and_(Entry.book == Transfer.book, Entry.transfer_id == Transfer.id))
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(
            Transfer.book == span.book,
            *since,
            Transfer.posted_at < span.watermark,
            Transfer.effective_at < span.end,
        )
        .group_by(Account.kind)
    )
    for each in late:
        sums[each.kind] += each.minutes
    return {
        "outstanding_minutes": sum(sums[kind] for kind in MEMBERS),
        "pool_minutes": sums[AccountKind.POOL],
        "clearing_minutes": sums[AccountKind.CLEARING],
        "issued_so_far_minutes": -sums[AccountKind.ISSUE],
    }


def _visits(session: Session, span: Span) -> Iterator[Any]:
    """Visits whose credit belongs to the month and had not been taken back by the watermark."""
    back = aliased(Transfer)
    taken_back = sa.exists().where(
        back.book == Transfer.book,
        back.reverses_id == Transfer.id,
        back.posted_at < span.watermark,
    )
    statement = (
        sa.select(
            Visit.elder_id,
            Visit.provider_id,
            Request.service_code,
            Request.branch_id,
            Visit.actual_minutes,
            Transfer.effective_at,
            Transfer.posted_at,
        )
        .select_from(Transfer)
        .join(Visit, sa.and_(Visit.book == Transfer.book, Visit.transfer_id == Transfer.id))
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .where(*span.posted(), Transfer.kind.in_(SERVING), ~taken_back)
    )
    yield from session.execute(statement)


def _served(visits: tuple[Any, ...]) -> dict[str, int]:
    return {
        "visits": len(visits),
        "actual_minutes": sum(row.actual_minutes or 0 for row in visits),
        "elders_served": len({row.elder_id for row in visits}),
        "active_volunteers": len({row.provider_id for row in visits}),
    }


def _grouped(visits: tuple[Any, ...], name: str) -> dict[str, dict[str, int]]:
    """Visits and actual minutes by a column."""
    found: dict[str, dict[str, int]] = {}
    for row in visits:
        here = found.setdefault(str(getattr(row, name)), {"visits": 0, "actual_minutes": 0})
        here["visits"] += 1
        here["actual_minutes"] += row.actual_minutes or 0
    return dict(sorted(found.items()))


def _late(visits: tuple[Any, ...], calendar: Calendar) -> int:
    """Services that were recorded later than the working days allow."""
    soon = timedelta(days=RECORD_DAYS)
    return sum(
        local_date(row.posted_at)
        > calendar.add_working_days(local_date(row.effective_at), RECORD_DAYS)
        for row in visits
        if row.posted_at - row.effective_at > soon
    )


def tables(session: Session, span: Span) -> dict[str, int | None]:
    """What other tables know now of the month: they live on, so it is not worked out again."""
    book, first, end = span.book, span.first, span.end
    member = (Member.home_book == book, Member.joined_at < end)
    active = (*member, Member.status == MemberStatus.ACTIVE)
    complaint, sheet, call = Complaint.book == book, WorkSheet.book == book, Callback.book == book
    done = (call, Callback.done_at >= first, Callback.done_at < end)
    is_open = sa.or_(WorkSheet.closed_at.is_(None), WorkSheet.closed_at >= end)
    counts = {
        "members": _count(Member, *active),
        "volunteers": _count(Member, *active, Member.is_provider.is_(True)),
        "elders": _count(Member, *active, Member.is_recipient.is_(True)),
        "callbacks": _count(Callback, *done),
        "callbacks_failed": _count(Callback, *done, Callback.result == CallbackResult.FAILED),
        "complaints": _count(
            Complaint, complaint, Complaint.opened_at >= first, Complaint.opened_at < end
        ),
        "complaints_decided": _count(
            Complaint, complaint, Complaint.decided_at >= first, Complaint.decided_at < end
        ),
        "sheets": _count(WorkSheet, sheet, WorkSheet.opened_at >= first, WorkSheet.opened_at < end),
        "sheets_open": _count(WorkSheet, sheet, WorkSheet.opened_at < end, is_open),
        "held_minutes": _held(book, end),
        "reserve_fen": _reserve(ReserveReading.fund_fen, book, end),
        "reserve_percent": _reserve(ReserveReading.backed_percent, book, end),
    }
    row = session.execute(sa.select(*(each.label(name) for name, each in counts.items()))).one()
    return row._asdict()


def _count(model: Any, *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    return sa.select(sa.func.count()).select_from(model).where(*where).scalar_subquery()


def _held(book: str, end: datetime) -> sa.ScalarSelect[Any]:
    """What holds kept aside when the month ended."""
    ended = sa.exists().where(
        HoldOutcome.book == Hold.book, HoldOutcome.hold_id == Hold.id, HoldOutcome.at < end
    )
    return (
        sa.select(whole_sum(HoldLeg.amount_minutes))
        .join(Hold, sa.and_(Hold.book == HoldLeg.book, Hold.id == HoldLeg.hold_id))
        .where(Hold.book == book, HoldLeg.book == book, Hold.created_at < end, ~ended)
        .scalar_subquery()
    )


def _reserve(column: Any, book: str, end: datetime) -> sa.ScalarSelect[Any]:
    return (
        sa.select(column)
        .where(ReserveReading.book == book, ReserveReading.at < end)
        .order_by(ReserveReading.at.desc())
        .limit(1)
        .scalar_subquery()
    )
