"""Complaints as they are read: by both sides in plain words, by staff, by those who decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.complaints import Complaint, ComplaintState, ComplaintWord
from models.places import Branch
from services import audit, policy
from services.clock import local_date
from services.complaints.appealing import may_appeal
from services.complaints.finding import (
    COMPLAINANT,
    CONTACT,
    KIND,
    OTHER,
    PURPOSE,
    REASON,
    found_complaint,
    is_heard,
    require_uninvolved,
    sides_of,
    speaks_for,
    subject_of,
)
from services.complaints.terms import kinds, place_of
from services.context import Context
from services.errors import Forbidden
from services.evidence import FileLine, FileView, files_of, open_file
from services.people.books import books_of
from services.people.reading import member_row
from services.people.reading import subject_of as member_subject
from services.policy import NATION, NO_RIGHT, STAFF
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
from services.queries.two_hands.scope import books_for
from services.rules.names import Name

READ = "complaint.read"
STATES = ("open", "overdue", "decided", "appealed", "final", "withdrawn", "all")
#: Complaints of one member that are listed at most.
MOST_OWN = 100
_UNDECIDED = (ComplaintState.OPEN, ComplaintState.APPEALED)


@dataclass(frozen=True, slots=True)
class ComplaintFilter:
    """Which complaints: in which state, of which kind, where and when they were made."""

    state: str = ""
    kind: str = ""
    book: str = ""
    branch_id: UUID | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class ComplaintLine:
    """A complaint in a list. ``outcome`` is the last decision so far."""

    book: str
    id: UUID
    reference: str
    kind: str
    state: ComplaintState
    opened_at: datetime
    due_on: date
    is_overdue: bool
    outcome: str | None
    branch: Name
    held_minutes: int
    by: Person | None
    against: Person | None


@dataclass(frozen=True, slots=True)
class Word:
    """What one side said, and who wrote it down for whom."""

    side: str
    text: str
    at: datetime
    by: Person | None
    acting_for: Person | None


@dataclass(frozen=True, slots=True)
class ComplaintPage:
    """One complaint with all its words, and what the reader may do."""

    line: ComplaintLine
    how: str
    branch_id: UUID
    visit_id: UUID | None
    #: On which side the reader stands; None: on neither.
    side: str | None
    contact: str | None
    taken_by: Person | None
    words: tuple[Word, ...]
    files: tuple[FileLine, ...]
    is_heard: bool
    answer_until: date
    decision: str | None
    reason: str | None
    decided_by: Person | None
    decided_at: datetime | None
    appeal_until: date | None
    appeal_decision: str | None
    appeal_reason: str | None
    appeal_decided_by: Person | None
    appeal_decided_at: datetime | None
    sheet_id: UUID | None
    reversal_id: UUID | None
    #: answer, withdraw, appeal, decide, decide_appeal.
    may: frozenset[str]


def complaints(ctx: Context, wanted: ComplaintFilter, want: Want) -> Page[ComplaintLine]:
    """The complaints of the actor's regions and branches, those that are due first."""
    today = local_date(ctx.now)
    statement = (
        sa.select(Complaint, Branch.name, Branch.name_en)
        .join(Branch, Branch.id == Complaint.branch_id)
        .where(_scope(ctx), *_narrowed(wanted, today))
        .where(*from_day(Complaint.opened_at, wanted.first))
        .where(*to_day(Complaint.opened_at, wanted.last))
        .execution_options(cross_book=True)
    )
    columns = {"due": Complaint.due_on, "opened": Complaint.opened_at, "kind": Complaint.kind}
    statement = ordered(statement, want, columns, "due", Complaint.id)
    rows, number, total, sums = cut(ctx, statement, want, {})
    return Page(_lines(ctx, rows, today), number, want.size, total, sums)


def export_complaints(ctx: Context, wanted: ComplaintFilter, form: str) -> Page[ComplaintLine]:
    """Every row that fits, for a file; who took it is on record. Call it in a unit of work."""
    if not books_for(ctx, "complaint.export"):
        raise Forbidden(NO_RIGHT)
    found = complaints(ctx, wanted, Want(whole=True))
    after = {"form": form, "rows": len(found.rows), "state": wanted.state or "open"}
    book = wanted.book or NATION
    audit.record(ctx, "complaint.export", "export", ctx.new_id(), book=book, after=after)
    ctx.session.flush()
    return found


def own_complaints(ctx: Context, member_id: UUID) -> tuple[ComplaintLine, ...]:
    """What a member has complained of, and what others say about him, the newest first."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, READ, member_subject(member))
    rows = ctx.session.execute(
        sa.select(Complaint, Branch.name, Branch.name_en)
        .join(Branch, Branch.id == Complaint.branch_id)
        .where(Complaint.book.in_(books_of(member)))
        .where(sa.or_(Complaint.by_id == member_id, Complaint.against_id == member_id))
        .order_by(Complaint.opened_at.desc(), Complaint.id)
        .limit(MOST_OWN)
    ).all()
    return _lines(ctx, rows, local_date(ctx.now))


def _scope(ctx: Context) -> sa.ColumnElement[bool]:
    books = books_for(ctx, READ)
    branches = [UUID(role.scope) for role in ctx.actor.roles if role.name == STAFF]
    if not books and not branches:
        raise Forbidden(NO_RIGHT)
    open_to_branch = [code for code, kind in kinds().items() if kind.branch_reads]
    at_branch = sa.and_(Complaint.branch_id.in_(branches), Complaint.kind.in_(open_to_branch))
    return sa.or_(Complaint.book.in_(books), at_branch)


def _narrowed(wanted: ComplaintFilter, today: date) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    state = wanted.state or "open"
    if state in ("open", "overdue"):
        found.append(Complaint.state.in_(_UNDECIDED))
    elif state != "all":
        found.append(Complaint.state == ComplaintState(state))
    if state == "overdue":
        found.append(Complaint.due_on < today)
    for column, value in (
        (Complaint.kind, wanted.kind),
        (Complaint.book, wanted.book),
        (Complaint.branch_id, wanted.branch_id),
    ):
        if value:
            found.append(column == value)
    return found


def _lines(ctx: Context, rows: Iterable[Any], today: date) -> tuple[ComplaintLine, ...]:
    found = list(rows)
    known = people(ctx, (each for row in found for each in sides_of(row.Complaint)))
    return tuple(_line(row.Complaint, Name(row.name, row.name_en), known, today) for row in found)


def _line(row: Complaint, branch: Name, known: dict[UUID, Person], today: date) -> ComplaintLine:
    return ComplaintLine(
        book=row.book,
        id=row.id,
        reference=row.reference,
        kind=row.kind,
        state=row.state,
        opened_at=row.opened_at,
        due_on=row.due_on,
        is_overdue=row.state in _UNDECIDED and row.due_on < today,
        outcome=row.appeal_decision or row.decision,
        branch=branch,
        held_minutes=row.held_minutes or 0,
        by=known.get(row.by_id) if row.by_id else None,
        against=known.get(row.against_id) if row.against_id else None,
    )


def complaint_page(ctx: Context, book: str, complaint_id: UUID) -> ComplaintPage:
    """One complaint. Both sides read everything but who has no account; others are recorded.

    Call it in a unit of work.
    """
    row = found_complaint(ctx, book, complaint_id)
    policy.require(ctx.actor, READ, subject_of(ctx, row))
    speaks = speaks_for(ctx, row)
    if speaks != ctx.actor.id:
        audit.record(ctx, READ, KIND, row.id, book=book, acting_for_id=speaks)
        ctx.session.flush()
    words = ctx.session.scalars(
        sa.select(ComplaintWord)
        .where(ComplaintWord.book == book, ComplaintWord.complaint_id == complaint_id)
        .order_by(ComplaintWord.at, ComplaintWord.id)
    ).all()
    known = people(ctx, _everybody(row, words), whole=speaks is None)
    branch = ctx.session.get_one(Branch, row.branch_id)
    contact = row.contact_sealed if speaks is None else None
    return ComplaintPage(
        line=_line(row, Name(branch.name, branch.name_en), known, local_date(ctx.now)),
        how=row.how,
        branch_id=row.branch_id,
        visit_id=row.visit_id,
        side=None if speaks is None else COMPLAINANT if speaks == row.by_id else OTHER,
        contact=ctx.vault.open(CONTACT, contact) if contact else None,
        taken_by=_person(known, row.taken_by_id),
        words=tuple(_word(ctx, each, known) for each in words),
        files=files_of(ctx, book, KIND, row.id),
        is_heard=is_heard(ctx, row),
        answer_until=row.answer_until,
        decision=row.decision,
        reason=_reason(ctx, row.decision_reason_sealed),
        decided_by=_person(known, row.decided_by_id),
        decided_at=row.decided_at,
        appeal_until=row.appeal_until,
        appeal_decision=row.appeal_decision,
        appeal_reason=_reason(ctx, row.appeal_reason_sealed),
        appeal_decided_by=_person(known, row.appeal_decided_by_id),
        appeal_decided_at=row.appeal_decided_at,
        sheet_id=row.sheet_id,
        reversal_id=row.reversal_id,
        may=may(ctx, row),
    )


def _everybody(row: Complaint, words: Iterable[ComplaintWord]) -> list[UUID | None]:
    found: list[UUID | None] = [*sides_of(row), row.taken_by_id, row.decided_by_id]
    found.append(row.appeal_decided_by_id)
    for each in words:
        found += [each.said_by_id, each.acting_for_id]
    return found


def _person(known: dict[UUID, Person], key: UUID | None) -> Person | None:
    return known.get(key) if key is not None else None


def _reason(ctx: Context, sealed: str | None) -> str | None:
    return ctx.vault.open(REASON, sealed) if sealed else None


def _word(ctx: Context, row: ComplaintWord, known: dict[UUID, Person]) -> Word:
    return Word(
        side=row.side,
        text=ctx.vault.open(PURPOSE, row.text_sealed),
        at=row.at,
        by=known.get(row.said_by_id),
        acting_for=_person(known, row.acting_for_id),
    )


def may(ctx: Context, row: Complaint) -> frozenset[str]:
    """What the reader may do with a complaint now, for the page's buttons."""
    found, speaks = set[str](), speaks_for(ctx, row)
    place = place_of(row, speaks or row.against_id or row.by_id)
    if row.state in _UNDECIDED and policy.can(ctx.actor, "complaint.answer", place).allowed:
        found.add("answer")
    if row.state is ComplaintState.OPEN and row.by_id == ctx.actor.id:
        found.add("withdraw")
    is_in_time = row.appeal_until is not None and local_date(ctx.now) <= row.appeal_until
    if row.state is ComplaintState.DECIDED and is_in_time and _may_appeal(ctx, row, speaks):
        found.add("appeal")
    if row.state is ComplaintState.OPEN and _may_decide(ctx, row, "complaint.decide"):
        found.add("decide")
    is_first = row.decided_by_id in {ctx.actor.id, *ctx.actor.relatives}
    last = "complaint.decide_appeal"
    if row.state is ComplaintState.APPEALED and not is_first and _may_decide(ctx, row, last):
        found.add("decide_appeal")
    return frozenset(found)


def _may_appeal(ctx: Context, row: Complaint, speaks: UUID | None) -> bool:
    place = place_of(row, speaks or row.against_id or row.by_id)
    if not policy.can(ctx.actor, "complaint.appeal", place).allowed:
        return False
    if speaks is None:
        # Staff write it down for whoever has lost.
        return True
    return may_appeal(row, COMPLAINANT if speaks == row.by_id else OTHER)


def _may_decide(ctx: Context, row: Complaint, act: str) -> bool:
    try:
        require_uninvolved(ctx, row, act)
    except Forbidden:
        return False
    return True


def evidence_of(ctx: Context, book: str, complaint_id: UUID, file_id: UUID) -> FileView:
    """A file of a complaint; the look is recorded: call it in a unit of work."""
    row = found_complaint(ctx, book, complaint_id)
    policy.require(ctx.actor, READ, subject_of(ctx, row))
    return open_file(ctx, book, KIND, complaint_id, file_id)
