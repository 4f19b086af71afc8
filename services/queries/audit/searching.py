"""Audit records looked for across every book of the scope, and one of them with its seal.

Pages stay quick however many records there are: each book gives its newest by an index, so that
only a page of each is read. What no index helps with is looked for within :data:`WINDOW`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.audit_seals import AuditBlock, AuditLeaf
from models.complaints import Complaint
from models.entries import ManualEntry, Reversal
from models.estates import Estate
from models.giving import Donation, Gift
from models.imports import Import
from models.moving import Move
from models.oversight import AuditRecord
from models.requests import Request, Visit
from models.seals import HeadList
from models.sheets import WorkSheet
from services import policy
from services.clock import at_local
from services.context import Context
from services.errors import Forbidden, Invalid
from services.ledger.seals import record_proofs
from services.ledger.seals.daylist import read_list
from services.people import handles
from services.policy import NATION, NO_RIGHT, Subject
from services.queries.audit.accounts import owner_of
from services.queries.audit.act_groups import in_group
from services.queries.audit.listing import from_day, to_day
from services.queries.audit.records import COLUMNS, RecordLine, lines_of
from services.queries.audit.scope import books_by_region, require_book, scopes_of
from services.queries.seals import LOOKED_THROUGH
from services.rules.member_number import parse_number

#: Records on a page.
PAGE_SIZE = 50
#: Books asked in one statement.
BOOKS_AT_ONCE = 100
#: How far back is looked for what no index finds: a detail, for whom.
WINDOW = timedelta(days=366)
#: What has a reference that can be pasted.
REFERENCED: tuple[Any, ...] = (
    Request,
    Complaint,
    WorkSheet,
    ManualEntry,
    Reversal,
    Estate,
    Move,
    Import,
    Gift,
    Donation,
)


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; everything left empty is not asked for."""

    #: An id, a reference or a member's number: whatever the record is about.
    about: str = ""
    number: str = ""
    for_number: str = ""
    group: str = ""
    act: str = ""
    book: str = ""
    key: str = ""
    first: date | None = None
    last: date | None = None
    #: The page after this record: its moment and id, as ``next`` gives them.
    after: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of records, the newest first, each with its book."""

    rows: tuple[tuple[str, RecordLine], ...]
    next: str
    #: The first day that was looked through, where that was bounded.
    since: date | None


@dataclass(frozen=True, slots=True)
class RecordSeal:
    """Where a record is sealed; without ``height`` it still waits for the sealer."""

    position: int | None = None
    height: int | None = None
    sealed_at: datetime | None = None
    #: The first daily list that covers it.
    day: date | None = None


def scope_books(ctx: Context) -> tuple[str, ...]:
    """Books whose records the actor may read; the nation's acts for whoever has the nation."""
    scopes = scopes_of(ctx, "audit.read")
    if not scopes:
        raise Forbidden(NO_RIGHT)
    found = sorted(
        book
        for region, book in books_by_region(ctx).items()
        if policy.can(ctx.actor, "audit.read", Subject(book=book, region_code=region)).allowed
    )
    return (NATION, *found) if NATION in scopes else tuple(found)


def search(ctx: Context, wanted: Search) -> Found:
    """Records that fit, over every book of the scope; Forbidden for whoever has none."""
    books: Sequence[str] = scope_books(ctx)
    if wanted.book:
        books = [book for book in books if book == wanted.book]
    conditions, since = _conditions(ctx, wanted)
    subjects = _subjects(ctx.session, books, wanted.about)
    if subjects is not None:
        conditions.append(AuditRecord.subject_id.in_(subjects))
    rows = [row for some in _chunks(books) for row in _newest(ctx.session, some, conditions)]
    rows.sort(key=lambda row: (row.at, row.id), reverse=True)
    shown = rows[:PAGE_SIZE]
    lines = lines_of(ctx, shown)
    more = len(rows) > PAGE_SIZE
    return Found(
        tuple((row.book, line) for row, line in zip(shown, lines, strict=True)),
        f"{shown[-1].at.isoformat()}~{shown[-1].id}" if more else "",
        since,
    )


def _conditions(ctx: Context, wanted: Search) -> tuple[list[sa.ColumnElement[bool]], date | None]:
    found = [*from_day(AuditRecord.at, wanted.first), *to_day(AuditRecord.at, wanted.last)]
    since = None
    if wanted.act:
        found.append(AuditRecord.act == wanted.act)
    if wanted.group:
        found.append(in_group(sa.type_coerce(AuditRecord.act, sa.String()), wanted.group))
    if wanted.number:
        found.append(AuditRecord.actor_id == owner_of(ctx, wanted.number))
    if wanted.for_number:
        found.append(AuditRecord.acting_for_id == owner_of(ctx, wanted.for_number))
    if wanted.key:
        quoted = f'"{wanted.key}"'
        texts = (sa.cast(AuditRecord.before, sa.Text()), sa.cast(AuditRecord.after, sa.Text()))
        found.append(sa.or_(*(text.contains(quoted, autoescape=True) for text in texts)))
    if (wanted.key or wanted.for_number) and wanted.first is None:
        end = at_local(wanted.last, datetime.min.time()) if wanted.last else ctx.now
        since = (end - WINDOW).date()
        found += from_day(AuditRecord.at, since)
    if wanted.after:
        found.append(_older(wanted.after))
    return found, since


def _older(after: str) -> sa.ColumnElement[bool]:
    moment, _, key = after.partition("~")
    try:
        at, last = datetime.fromisoformat(moment), UUID(key)
    except ValueError:
        raise Invalid(field="after") from None
    if at.tzinfo is None:
        raise Invalid(field="after")
    same = sa.and_(AuditRecord.at == at, AuditRecord.id < last)
    return sa.or_(AuditRecord.at < at, same)


def _chunks(books: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(books), BOOKS_AT_ONCE):
        yield books[first : first + BOOKS_AT_ONCE]


def _newest(
    session: Session, books: Sequence[str], conditions: list[sa.ColumnElement[bool]]
) -> list[Any]:
    """Each book's newest records that fit, one more than a page holds."""
    columns = [AuditRecord.book, *(getattr(AuditRecord, name) for name in COLUMNS)]
    parts = [
        sa.select(
            *sa.select(*columns)
            .where(AuditRecord.book == book, *conditions)
            .order_by(AuditRecord.at.desc(), AuditRecord.id.desc())
            .limit(PAGE_SIZE + 1)
            .subquery()
            .c
        )
        for book in books
    ]
    if not parts:
        return []
    return list(session.execute(sa.union_all(*parts)).all())


def _subjects(session: Session, books: Sequence[str], about: str) -> list[UUID] | None:
    """The ids behind what was pasted; None where nothing was."""
    text = "".join(about.split())
    if not text:
        return None
    try:
        return [UUID(text)]
    except ValueError:
        pass
    try:
        number = parse_number(text)
    except Invalid:
        return _referenced(session, books, text.upper())
    member = handles.holder(session, "number", number)
    return [] if member is None else [member]


def _referenced(session: Session, books: Sequence[str], reference: str) -> list[UUID]:
    """What has this reference, in any book of the scope; a request brings its visits along."""
    found: list[UUID] = []
    for model in REFERENCED:
        ids = list(
            session.scalars(
                sa.select(model.id)
                .where(model.book.in_(books), model.reference == reference)
                .execution_options(cross_book=True)
            )
        )
        if model is Request and ids:
            visits = sa.select(Visit.id).where(Visit.book.in_(books), Visit.request_id.in_(ids))
            found += session.scalars(visits.execution_options(cross_book=True))
        found += ids
    return found


def record(ctx: Context, book: str, record_id: UUID) -> tuple[RecordLine, RecordSeal]:
    """One record and where it is sealed; NoSuchRecord, NotFound for another's book."""
    require_book(ctx, book, "audit.read")
    row = ctx.session.execute(
        sa.select(*(getattr(AuditRecord, name) for name in COLUMNS)).where(
            AuditRecord.book == book, AuditRecord.id == record_id
        )
    ).one_or_none()
    if row is None:
        raise record_proofs.NoSuchRecord
    (line,) = lines_of(ctx, [row])
    return line, _seal(ctx.session, book, record_id)


def _seal(session: Session, book: str, record_id: UUID) -> RecordSeal:
    place = session.execute(
        sa.select(AuditLeaf.position, AuditBlock.height, AuditBlock.sealed_at)
        .join(
            AuditBlock,
            sa.and_(AuditBlock.book == AuditLeaf.book, AuditBlock.height == AuditLeaf.height),
        )
        .where(AuditLeaf.book == book, AuditLeaf.record_id == record_id)
    ).one_or_none()
    if place is None:
        return RecordSeal()
    lists = session.scalars(
        sa.select(HeadList)
        .where(HeadList.at >= place.sealed_at)
        .order_by(HeadList.day)
        .limit(LOOKED_THROUGH)
    )
    for row in lists:
        head = read_list(row.content).audit_heads.get(book)
        if head is not None and head.size > place.position:
            return RecordSeal(place.position, place.height, place.sealed_at, row.day)
    return RecordSeal(place.position, place.height, place.sealed_at)


def proof_file(ctx: Context, book: str, record_id: UUID) -> dict[str, Any]:
    """A record's receipt for a checker; NoSuchRecord, RecordNotSealedYet, RecordSealBroken."""
    require_book(ctx, book, "audit.read")
    return record_proofs.record_receipt(ctx.session, book, record_id)
