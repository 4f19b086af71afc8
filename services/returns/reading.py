"""Returns as they are read: the list, one with its corrections, and the heads for everybody."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from models.ledger import Entry, Transfer
from models.people import Member
from models.places import Branch
from models.returns import MonthlyReturn
from services import audit, policy, rates
from services.clock import local_date
from services.context import Context
from services.corridors.finding import keeper_of
from services.ledger.rows import whole_sum
from services.ledger.seals.headers import OPERATOR
from services.ledger.seals.keys import key_ring
from services.ledger.seals.signing import is_signed
from services.people.texts import masked_name
from services.reserve.recording import require_region
from services.returns import sentences as say
from services.returns.closing import message
from services.returns.figures import Span, figures
from services.rules.names import Name

#: Late postings shown one by one; all of them are counted.
SHOWN = 200
#: The sections of a return that hold plain figures.
PLAIN = ("ledger", "tables")


@dataclass(frozen=True, slots=True)
class Head:
    """A return without its figures: what everybody may see of it."""

    book: str
    id: UUID
    month: str
    watermark_at: datetime
    content_hash: str
    key_id: str
    signature: str
    closed_at: datetime
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Correction:
    """A figure that is no longer what the return says."""

    name: str
    closed: int | None
    now: int | None

    @property
    def difference(self) -> int:
        """What has been added since, negative where it has become less."""
        return (self.now or 0) - (self.closed or 0)


@dataclass(frozen=True, slots=True)
class LatePosting:
    """A transfer of the month, or of an earlier one, that was posted after the watermark."""

    transfer_id: UUID
    kind: str
    effective_at: datetime
    posted_at: datetime
    minutes: int
    reverses_id: UUID | None


@dataclass(frozen=True, slots=True)
class ReturnView:
    """A return with everything it says, and what has changed since."""

    head: Head
    #: What was signed, byte for byte, and the same as figures.
    content: str
    figures: Mapping[str, Any]
    signed_by: str | None
    #: The operator's signature holds.
    is_signed: bool
    branches: Mapping[str, Name]
    services: Mapping[str, Name]
    corrections: tuple[Correction, ...]
    late: tuple[LatePosting, ...]
    late_count: int
    can_sign: bool


_HEAD = (
    MonthlyReturn.book,
    MonthlyReturn.id,
    MonthlyReturn.month,
    MonthlyReturn.watermark_at,
    MonthlyReturn.content_hash,
    MonthlyReturn.key_id,
    MonthlyReturn.signature,
    MonthlyReturn.closed_at,
    MonthlyReturn.signed_at,
)


def published(session: Session, limit: int = 24) -> tuple[Head, ...]:
    """The newest heads of all books, for the public page: month, digest, who signed when."""
    rows = session.execute(
        sa.select(*_HEAD)
        .order_by(MonthlyReturn.month.desc(), MonthlyReturn.book)
        .limit(limit)
        .execution_options(cross_book=True)
    )
    return tuple(Head(*row) for row in rows)


def heads(ctx: Context, book: str) -> tuple[Head, ...]:
    """A book's returns, the newest first."""
    require_region(ctx, "return.read", book)
    rows = ctx.session.execute(
        sa.select(*_HEAD).where(MonthlyReturn.book == book).order_by(MonthlyReturn.month.desc())
    )
    return tuple(Head(*row) for row in rows)


def view(ctx: Context, book: str, month: str, *, act: str = "return.read") -> ReturnView:
    """One return with its corrections; NoSuchReturn."""
    require_region(ctx, act, book)
    session = ctx.session
    row = session.scalar(
        sa.select(MonthlyReturn).where(MonthlyReturn.book == book, MonthlyReturn.month == month)
    )
    if row is None:
        raise say.NoSuchReturn
    said = json.loads(row.content)
    signer = session.get(Member, row.signed_by_id) if row.signed_by_id else None
    late, late_count = _late(session, Span(book, month, row.watermark_at))
    region = keeper_of(session, book, local_date(ctx.now))
    subject = policy.Subject(book=book, region_code=region)
    return ReturnView(
        head=Head(*(getattr(row, column.key) for column in _HEAD)),
        content=row.content,
        figures=said,
        signed_by=None if signer is None else masked_name(signer.name),
        is_signed=is_good(session, row),
        branches=_branches(session, said["by_branch"]),
        services={
            each.code: each.name
            for each in rates.rule_set_on(session, local_date(ctx.now)).services.values()
            if each.code in said["by_service"]
        },
        corrections=corrections(ctx, row, said),
        late=late,
        late_count=late_count,
        can_sign=row.signed_at is None and policy.can(ctx.actor, "return.sign", subject).allowed,
    )


def exported(ctx: Context, book: str, month: str, form: str) -> ReturnView:
    """The same to be taken away: that it was stands on record. NoSuchReturn."""
    found = view(ctx, book, month, act="return.export")
    after = {"month": month, "form": form}
    audit.record(ctx, "return.export", "monthly_return", found.head.id, book=book, after=after)
    ctx.session.flush()
    return found


def is_good(session: Session, row: MonthlyReturn) -> bool:
    """Whether an operator's key that was in force signed just this content."""
    held = key_ring(session).key(row.key_id, OPERATOR)
    if held is None or (held.until is not None and row.closed_at > held.until):
        return False
    return is_signed(held.public_key, message(row.content), row.signature)


def corrections(
    ctx: Context, row: MonthlyReturn, said: Mapping[str, Any]
) -> tuple[Correction, ...]:
    """Every figure of the month that is another by what is known now."""
    until = Span(row.book, row.month, ctx.now + timedelta(microseconds=1))
    calendar = rates.calendar_version(ctx.session, row.calendar_version)
    now = figures(ctx.session, until, calendar)
    found = []
    for section in PLAIN:
        for name, value in said[section].items():
            if now[section].get(name) != value:
                found.append(Correction(name, value, now[section].get(name)))
    return tuple(found)


def _late(session: Session, span: Span) -> tuple[tuple[LatePosting, ...], int]:
    """What changes the month's figures and was posted after the watermark: what took effect in it
    or before it (the balances at its end tell), and what takes back something of it.
    """
    taken_back = aliased(Transfer)
    of_month = sa.exists().where(
        taken_back.book == Transfer.book,
        taken_back.id == Transfer.reverses_id,
        taken_back.effective_at >= span.first,
        taken_back.effective_at < span.end,
    )
    within = Transfer.effective_at < span.end
    where = (
        Transfer.book == span.book,
        Transfer.posted_at >= span.watermark,
        sa.or_(within, of_month),
    )
    count = session.scalar(sa.select(sa.func.count()).select_from(Transfer).where(*where)) or 0
    moved = (
        sa.select(whole_sum(Entry.amount_minutes))
        .where(
            Entry.book == Transfer.book,
            Entry.transfer_id == Transfer.id,
            Entry.amount_minutes > 0,
        )
        .correlate(Transfer)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            Transfer.id,
            Transfer.kind,
            Transfer.effective_at,
            Transfer.posted_at,
            moved,
            Transfer.reverses_id,
        )
        .where(*where)
        .order_by(Transfer.posted_at, Transfer.id)
        .limit(SHOWN)
    )
    return tuple(LatePosting(*row) for row in rows), count


def _branches(session: Session, by_branch: Mapping[str, Any]) -> dict[str, Name]:
    rows = session.execute(
        sa.select(Branch.id, Branch.name, Branch.name_en).where(
            Branch.id.in_([UUID(each) for each in by_branch])
        )
    )
    return {str(row.id): Name(row.name, row.name_en) for row in rows}
