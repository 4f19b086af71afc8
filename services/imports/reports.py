"""Imports as administrators and auditors read them: the list, one with its rows, the notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.imports import Import, ImportObjection, ImportRow, ImportState, RowState
from models.people import Member
from services import audit, policy
from services.context import Context
from services.imports.finding import DECISION, OBJECTION, REASON, fingerprint, import_row
from services.imports.publishing import open_objections
from services.imports.reading import PURPOSE, unpacked
from services.imports.sentences import sentence_of
from services.ledger.streams import rows_of
from services.people.texts import masked_digits, masked_name
from services.places.branches import branch_row
from services.policy import Subject
from services.rules.names import Name

ALL, REFUSED, GOOD = "all", "refused", "good"
SHOWN = (REFUSED, GOOD, ALL)


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import and how far it has come."""

    book: str
    id: UUID
    reference: str
    layout: str
    source: str
    branch: Name
    evidence_class: str
    evidence: Mapping[str, Any]
    mapping: Mapping[str, Any]
    files: Mapping[str, Any]
    state: ImportState
    rows: int
    posted: int
    refused: int
    undone: int
    minutes: int
    rule_set_version: str
    proposed_by: str
    proposed_at: datetime
    notice_from: date | None
    notice_ends_on: date | None
    signed_by: str | None
    signed_at: datetime | None
    ended_at: datetime | None
    undo_asked_by: str | None
    undone_by: str | None
    reason: str | None
    both_run: bool
    fingerprint: str
    #: Objections that nobody has decided.
    objections: int
    #: Whether the actor or kin proposed it, or asked for its undoing, and so may not sign that.
    is_mine: bool
    undo_is_mine: bool

    @property
    def waiting(self) -> int:
        """Rows that nobody has worked off."""
        return self.rows - self.posted - self.refused

    @property
    def sample(self) -> Mapping[str, Any] | None:
        """The members who are asked, if the evidence wants it."""
        found: Mapping[str, Any] | None = self.evidence.get("sample")
        return found


@dataclass(frozen=True, slots=True)
class RowView:
    """A row and its fate. Name and number are masked for whoever only looks."""

    line: int
    old_key: str
    name: str
    id_number: str
    claimed_minutes: int
    credited_minutes: int
    actual_minutes: int
    state: RowState
    code: str
    params: Mapping[str, Any]
    member_id: UUID | None
    transfer_id: UUID | None

    @property
    def sentence(self) -> str:
        """Why it is refused, in Chinese with gaps for ``params``; empty when it is not."""
        return sentence_of(self.code)


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows in their order, and how many there are in all."""

    items: tuple[RowView, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """An objection with its decision."""

    id: UUID
    line: int | None
    by: str
    at: datetime
    text: str
    upheld: bool | None
    decided_by: str | None
    decided_at: datetime | None
    decision: str | None


def imports(ctx: Context, book: str, limit: int = 50, offset: int = 0) -> tuple[ImportView, ...]:
    """The imports of a book, the newest first."""
    _may_read(ctx, book)
    rows = ctx.session.scalars(
        sa.select(Import)
        .where(Import.book == book)
        .order_by(Import.proposed_at.desc(), Import.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    return tuple(_view(ctx, row) for row in rows)


def one_import(ctx: Context, book: str, import_id: UUID) -> ImportView:
    """One import; raises ImportUnknown."""
    _may_read(ctx, book)
    return _view(ctx, import_row(ctx, book, import_id))


def rows_after(
    ctx: Context, book: str, import_id: UUID, shown: str = ALL, *, after: int = 0, limit: int = 50
) -> Rows:
    """Rows whose line is above ``after``."""
    _may_read(ctx, book)
    wanted = _wanted(book, import_id, shown)
    found = sa.select(ImportRow).where(*wanted, ImportRow.line > after)
    rows = ctx.session.scalars(found.order_by(ImportRow.line).limit(limit))
    return Rows(tuple(_row(ctx, row) for row in rows), _total(ctx, wanted))


def page_of_rows(
    ctx: Context, book: str, import_id: UUID, shown: str, *, page: int, size: int
) -> Rows:
    """A page of rows, counted from 1."""
    _may_read(ctx, book)
    wanted = _wanted(book, import_id, shown)
    found = sa.select(ImportRow).where(*wanted).order_by(ImportRow.line)
    rows = ctx.session.scalars(found.limit(size).offset((max(1, page) - 1) * size))
    return Rows(tuple(_row(ctx, row) for row in rows), _total(ctx, wanted))


def report(ctx: Context, book: str, import_id: UUID) -> Iterator[RowView]:
    """Every row, streamed: the refused ones first, then all others."""
    _may_read(ctx, book)
    for shown in (REFUSED, GOOD):
        wanted = sa.select(ImportRow).where(*_wanted(book, import_id, shown))
        for row in rows_of(ctx.session, wanted.order_by(ImportRow.line)):
            yield _row(ctx, row[0])
            ctx.session.expunge(row[0])


def sample_rows(ctx: Context, book: str, import_id: UUID) -> Iterator[RowView]:
    """The members of the sample, by line."""
    sample = one_import(ctx, book, import_id).sample
    lines = list(sample["lines"]) if sample else []
    for place in range(0, len(lines), 500):
        some = lines[place : place + 500]
        rows = ctx.session.scalars(
            sa.select(ImportRow)
            .where(
                ImportRow.book == book,
                ImportRow.import_id == import_id,
                ImportRow.line.in_(some),
            )
            .order_by(ImportRow.line)
        )
        for row in rows:
            yield _row(ctx, row)


def record_export(ctx: Context, book: str, import_id: UUID, what: str, form: str) -> None:
    """Write down who takes the names along, before the first of them goes out."""
    _may_read(ctx, book)
    row = import_row(ctx, book, import_id)
    after = {"list": what, "form": form}
    audit.record(ctx, "import.export", "import", row.id, book=book, after=after)
    ctx.session.flush()


def objections(ctx: Context, book: str, import_id: UUID) -> tuple[ObjectionView, ...]:
    """The objections of an import, those that wait first."""
    _may_read(ctx, book)
    rows = ctx.session.scalars(
        sa.select(ImportObjection)
        .where(ImportObjection.book == book, ImportObjection.import_id == import_id)
        .order_by(ImportObjection.decided_at.is_not(None), ImportObjection.at, ImportObjection.id)
    ).all()
    return tuple(
        ObjectionView(
            row.id,
            row.line,
            _name(ctx, row.by_id) or "",
            row.at,
            ctx.vault.open(OBJECTION, row.text_sealed),
            row.upheld,
            _name(ctx, row.decided_by_id),
            row.decided_at,
            ctx.vault.open_or_none(DECISION, row.decision_sealed),
        )
        for row in rows
    )


def _wanted(book: str, import_id: UUID, shown: str) -> list[Any]:
    wanted = [ImportRow.book == book, ImportRow.import_id == import_id]
    stopped = sa.or_(ImportRow.state == RowState.REFUSED, ImportRow.code == "spent_meanwhile")
    if shown == REFUSED:
        wanted.append(stopped)
    elif shown == GOOD:
        wanted.append(~stopped)
    return wanted


def _total(ctx: Context, wanted: list[Any]) -> int:
    return ctx.session.scalar(sa.select(sa.func.count()).select_from(ImportRow).where(*wanted)) or 0


def _may_read(ctx: Context, book: str) -> None:
    policy.require(ctx.actor, "import.read", Subject(book=book, region_code=book))


def _row(ctx: Context, row: ImportRow) -> RowView:
    """Whoever prepares the import reads the names; auditors read them masked."""
    name, id_number = "", ""
    if row.data_sealed:
        text = ctx.vault.open(PURPOSE, row.data_sealed)
        person = unpacked(row.line, row.old_key, row.actual_minutes, text)
        subject = Subject(book=row.book, region_code=row.book)
        whole = policy.can(ctx.actor, "import.propose", subject).allowed
        name = person.name if whole else masked_name(person.name)
        id_number = masked_digits(person.id_number, 3, 4) or ""
    return RowView(
        row.line,
        row.old_key,
        name,
        id_number,
        row.claimed_minutes,
        row.credited_minutes,
        row.actual_minutes,
        row.state,
        row.code,
        row.params,
        row.member_id,
        row.transfer_id,
    )


def _view(ctx: Context, row: Import) -> ImportView:
    branch, own = branch_row(ctx.session, row.branch_id), {ctx.actor.id} | ctx.actor.relatives
    return ImportView(
        book=row.book,
        id=row.id,
        reference=row.reference,
        layout=row.layout,
        source=row.source,
        branch=Name(branch.name, branch.name_en),
        evidence_class=row.evidence_class,
        evidence=dict(row.evidence),
        mapping=dict(row.mapping),
        files=dict(row.files),
        state=row.state,
        rows=row.rows,
        posted=row.posted,
        refused=row.refused,
        undone=row.undone,
        minutes=row.minutes,
        rule_set_version=row.rule_set_version,
        proposed_by=_name(ctx, row.proposed_by_id) or "",
        proposed_at=row.proposed_at,
        notice_from=row.notice_from,
        notice_ends_on=row.notice_ends_on,
        signed_by=_name(ctx, row.signed_by_id),
        signed_at=row.signed_at,
        ended_at=row.ended_at,
        undo_asked_by=_name(ctx, row.undo_asked_by_id),
        undone_by=_name(ctx, row.undone_by_id),
        reason=ctx.vault.open_or_none(REASON, row.reason_sealed),
        both_run=row.both_run,
        fingerprint=fingerprint(row),
        objections=open_objections(ctx, row),
        is_mine=row.proposed_by_id in own,
        undo_is_mine=row.undo_asked_by_id in own,
    )


def _name(ctx: Context, member_id: UUID | None) -> str | None:
    member = None if member_id is None else ctx.session.get(Member, member_id)
    return member.name if member else None
