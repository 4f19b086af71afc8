"""Audit records of a book: who did what, for whom, with before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.oversight import AuditRecord
from services import audit
from services.context import Context
from services.queries.audit.accounts import owner_of
from services.queries.audit.listing import (
    Page,
    Person,
    Want,
    cut,
    from_day,
    ordered,
    people,
    to_day,
)
from services.queries.audit.scope import require_book


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records: one act, one actor (by volunteer number), one subject, some days."""

    act: str = ""
    number: str = ""
    subject_id: UUID | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record. ``before`` and ``after`` hold codes, states and figures."""

    id: UUID
    at: datetime
    act: str
    actor: Person | None
    actor_id: UUID
    acting_for: Person | None
    subject_kind: str
    subject_id: UUID
    before: dict[str, Any]
    after: dict[str, Any]


def records(ctx: Context, book: str, wanted: RecordFilter, want: Want) -> Page[RecordLine]:
    """Records of a book that fit the filter, the newest first."""
    require_book(ctx, book, "audit.read")
    conditions = [
        AuditRecord.book == book,
        *from_day(AuditRecord.at, wanted.first),
        *to_day(AuditRecord.at, wanted.last),
    ]
    if wanted.act:
        conditions.append(AuditRecord.act == wanted.act)
    if wanted.number:
        conditions.append(AuditRecord.actor_id == owner_of(ctx, wanted.number))
    if wanted.subject_id is not None:
        conditions.append(AuditRecord.subject_id == wanted.subject_id)
    shown = [getattr(AuditRecord, name) for name in COLUMNS]
    columns = {"at": AuditRecord.at, "act": AuditRecord.act}
    statement = ordered(
        sa.select(*shown).where(*conditions), want, columns, "-at", AuditRecord.id.desc()
    )
    newest = ordered(
        sa.select(*shown).where(*conditions), Want(), columns, "-at", AuditRecord.id.desc()
    )
    rows, page, total, added = cut(ctx, statement, want, {}, newest)
    return Page(lines_of(ctx, rows), page, want.size, total, added)


#: The columns of a record that a page shows.
COLUMNS = (
    "id",
    "at",
    "act",
    "actor_id",
    "acting_for_id",
    "subject_kind",
    "subject_id",
    "before",
    "after",
)


def about(ctx: Context, book: str, *subjects: UUID | None) -> tuple[RecordLine, ...]:
    """Every record about some things of a book, in order of time."""
    wanted = [each for each in subjects if each is not None]
    rows = ctx.session.execute(
        sa.select(*(getattr(AuditRecord, name) for name in COLUMNS))
        .where(AuditRecord.book == book, AuditRecord.subject_id.in_(wanted))
        .order_by(AuditRecord.at, AuditRecord.id)
    ).all()
    return lines_of(ctx, rows)


def acts_of(ctx: Context, book: str) -> tuple[str, ...]:
    """The acts that a filter offers: those on record."""
    require_book(ctx, book, "audit.read")
    first = sa.select(sa.func.min(AuditRecord.act).label("act")).where(AuditRecord.book == book)
    # From one act to the next by the index, not through all records.
    acts = first.cte("acts", recursive=True)
    following = (
        sa.select(sa.func.min(AuditRecord.act))
        .where(AuditRecord.book == book, AuditRecord.act > acts.c.act)
        .correlate(acts)
        .scalar_subquery()
    )
    acts = acts.union_all(sa.select(following).where(acts.c.act.is_not(None)))
    return tuple(ctx.session.scalars(sa.select(acts.c.act).where(acts.c.act.is_not(None))))


def record_export(
    ctx: Context, book: str, what: str, form: str, rows: int, criteria: dict[str, str]
) -> None:
    """Put an export itself on record: what was taken, how much of it, and by which criteria."""
    require_book(ctx, book, "audit.export")
    audit.record(
        ctx,
        "audit.export",
        "export",
        ctx.new_id(),
        book=book,
        after={"what": what, "form": form, "rows": rows, **criteria},
    )


def lines_of(ctx: Context, rows: Any) -> tuple[RecordLine, ...]:
    """Rows of :data:`COLUMNS` with the people behind their ids."""
    found = list(rows)
    who = people(ctx, (each for r in found for each in (r.actor_id, r.acting_for_id)))
    return tuple(
        RecordLine(
            id=row.id,
            at=row.at,
            act=row.act,
            actor=who.get(row.actor_id),
            actor_id=row.actor_id,
            acting_for=who.get(row.acting_for_id) if row.acting_for_id else None,
            subject_kind=row.subject_kind,
            subject_id=row.subject_id,
            before=dict(row.before or {}),
            after=dict(row.after or {}),
        )
        for row in found
    )
