"""The public notice of an import: who runs it, who is in it with masked names, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.imports import Import, ImportRow, ImportState, RowState
from services import policy
from services.clock import local_date
from services.context import Context
from services.imports.errors import ImportUnknown
from services.imports.finding import import_row
from services.imports.reading import PURPOSE, unpacked
from services.people.texts import masked_name
from services.places.branches import branch_row
from services.places.regions import full_name, within
from services.rules.names import Name

#: Notices, and rows of one notice, on one page.
PAGE, ROWS = 20, 50


@dataclass(frozen=True, slots=True)
class ImportNotice:
    """What anybody may read of an import while its notice runs."""

    book: str
    id: UUID
    reference: str
    source: str
    region: Name
    branch: Name
    branch_address: str
    branch_phone: str
    evidence_class: str
    people: int
    minutes: int
    notice_from: date
    notice_ends_on: date
    #: Whether one may still object.
    is_open: bool


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A person of the notice: never the full name, and only the end of the old number."""

    line: int
    name: str
    old_key: str
    minutes: int


@dataclass(frozen=True, slots=True)
class NoticeRows:
    """A page of them."""

    items: tuple[NoticeRow, ...]
    number: int
    pages: int


def notices(ctx: Context, number: int, code: str | None = None) -> tuple[ImportNotice, ...]:
    """The notices that run, of the whole country or of a region and all below it."""
    policy.require(ctx.actor, "import.notices")
    wanted = [Import.state == ImportState.PUBLISHED]
    if code is not None:
        wanted.append(Import.book.startswith(within(code), autoescape=True))
    rows = ctx.session.scalars(
        sa.select(Import)
        .where(*wanted)
        .order_by(Import.notice_ends_on, Import.id)
        .offset((max(1, number) - 1) * PAGE)
        .limit(PAGE)
        .execution_options(cross_book=True)
    )
    return tuple(_notice(ctx, row) for row in rows)


def notice(ctx: Context, book: str, import_id: UUID) -> ImportNotice:
    """One notice that runs; raises ImportUnknown for any other import."""
    policy.require(ctx.actor, "import.notices")
    return _notice(ctx, _published(ctx, book, import_id))


def notice_rows(
    ctx: Context, book: str, import_id: UUID, *, page: int = 1, old_key: str = ""
) -> NoticeRows:
    """Who is in it: a page, or whoever has exactly this number in the older system."""
    policy.require(ctx.actor, "import.notices")
    _published(ctx, book, import_id)
    wanted: list[Any] = [
        ImportRow.book == book,
        ImportRow.import_id == import_id,
        ImportRow.state == RowState.WAITING,
    ]
    if old_key.strip():
        wanted.append(ImportRow.old_key == old_key.strip())
    total = ctx.session.scalar(sa.select(sa.func.count()).select_from(ImportRow).where(*wanted))
    rows = ctx.session.scalars(
        sa.select(ImportRow)
        .where(*wanted)
        .order_by(ImportRow.line)
        .offset((max(1, page) - 1) * ROWS)
        .limit(ROWS)
    )
    items = tuple(_row(ctx, row) for row in rows)
    return NoticeRows(items, page, max(1, -(-(total or 0) // ROWS)))


def _published(ctx: Context, book: str, import_id: UUID) -> Import:
    row = import_row(ctx, book, import_id)
    if row.state is not ImportState.PUBLISHED:
        raise ImportUnknown
    return row


def _notice(ctx: Context, row: Import) -> ImportNotice:
    branch, today = branch_row(ctx.session, row.branch_id), local_date(ctx.now)
    assert row.notice_from is not None
    assert row.notice_ends_on is not None
    return ImportNotice(
        book=row.book,
        id=row.id,
        reference=row.reference,
        source=row.source,
        region=Name(*full_name(ctx.session, row.book, today)),
        branch=Name(branch.name, branch.name_en),
        branch_address=branch.address,
        branch_phone=branch.phone,
        evidence_class=row.evidence_class,
        people=row.rows - row.refused,
        minutes=row.minutes,
        notice_from=row.notice_from,
        notice_ends_on=row.notice_ends_on,
        is_open=today <= row.notice_ends_on,
    )


def _row(ctx: Context, row: ImportRow) -> NoticeRow:
    text = ctx.vault.open(PURPOSE, row.data_sealed)
    name = unpacked(row.line, row.old_key, 0, text).name
    return NoticeRow(row.line, masked_name(name), _tail(row.old_key), row.credited_minutes)


def _tail(key: str) -> str:
    """The end of a number, enough to know one's own by."""
    return key if len(key) <= 2 else "*" * min(4, len(key) - 2) + key[-2:]
