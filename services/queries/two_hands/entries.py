"""Entries by hand: those that wait for a second name, those that are done, and one with its papers.

The look at one is recorded, and so is the look at each of its papers: call them in a unit of work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.entries import EntryLevel, EntryState, ManualEntry
from models.people import Member
from models.places import Branch
from models.requests import Request, Visit
from services import audit, evidence, policy, rates
from services.clock import local_date
from services.context import Context
from services.countersigning import KinSigns
from services.entries import terms
from services.entries.proposing import EVIDENCE, REASON
from services.entries.sentences import EntryUnknown
from services.entries.standing import STREET_DIGITS, subject_of
from services.entry_rights import EntryRightsSuspended, is_suspended
from services.errors import Forbidden
from services.evidence import FileLine, FileView
from services.issuing import SecondSignature
from services.policy import NATION, NO_RIGHT, Decision, Subject, relations
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
from services.queries.branch.desks import my_desks
from services.queries.two_hands.scope import books_for
from services.rules.names import Name
from services.visits.sentences import VisitUnknown


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries: those that wait (without a state), or by state and kind, from day to day."""

    state: str = ""
    kind: str = ""
    book: str = ""
    branch_id: UUID | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry in a list; both sides masked."""

    book: str
    id: UUID
    reference: str
    kind: str
    branch: Name
    service: Name
    service_code: str
    starts_at: datetime
    ends_at: datetime
    why: str
    why_name: Name
    state: EntryState
    level: EntryLevel
    due_at: datetime
    elder: Person | None
    provider: Person | None
    proposed_by: Person | None
    proposed_at: datetime
    decided_by: Person | None
    decided_at: datetime | None
    decision_reason: str | None
    visit_id: UUID | None
    transfer_id: UUID | None
    corrects_visit_id: UUID | None

    @property
    def is_open(self) -> bool:
        """Whether the second name is lacking."""
        return self.state is EntryState.PROPOSED

    @property
    def minutes(self) -> int:
        """How long the service took, in minutes."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry with its words and papers, and what the reader may do."""

    line: EntryLine
    remote: bool
    reason: str
    files: tuple[FileLine, ...]
    may_sign: Decision
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class Corrected:
    """A credited visit that somebody puts right: what a form begins with."""

    book: str
    visit_id: UUID
    reference: str
    elder: Person | None
    provider: Person | None
    service_code: str
    came_at: datetime
    left_at: datetime
    remote: bool


def entries(ctx: Context, wanted: EntryFilter, want: Want) -> Page[EntryLine]:
    """Entries of the actor's regions and branches, those due soonest first."""
    table = ManualEntry
    statement = sa.select(table).where(
        _in_scope(ctx, "entry.read"),
        *_in_state(wanted.state),
        *([table.kind == wanted.kind] if wanted.kind else []),
        *([table.book == wanted.book] if wanted.book else []),
        *([table.branch_id == wanted.branch_id] if wanted.branch_id else []),
        *from_day(table.proposed_at, wanted.first),
        *to_day(table.proposed_at, wanted.last),
    )
    columns = {"proposed": table.proposed_at, "due": table.due_at, "starts": table.starts_at}
    default = "due" if wanted.state in ("", "open") else "-proposed"
    statement = ordered(statement, want, columns, default, table.id)
    statement = statement.execution_options(cross_book=True)
    rows, page, total, sums = cut(ctx, statement, want, {})
    lines = _lines(ctx, [row.ManualEntry for row in rows])
    return Page(lines, page, want.size, total, sums)


def export_entries(ctx: Context, wanted: EntryFilter, form: str) -> Page[EntryLine]:
    """Every row that fits, for a file; who took it is on record."""
    if not books_for(ctx, "entry.export"):
        raise Forbidden(NO_RIGHT)
    found = entries(ctx, wanted, Want(whole=True))
    after = {"form": form, "rows": len(found.rows), "state": wanted.state or "open"}
    audit.record(ctx, "entry.export", "export", ctx.new_id(), book=NATION, after=after)
    ctx.session.flush()
    return found


def _in_scope(ctx: Context, act: str) -> sa.ColumnElement[bool]:
    """Whole books for regions; for staff the own branches, and of the street what has left its
    branch.
    """
    found: list[sa.ColumnElement[bool]] = []
    books = books_for(ctx, act)
    if books:
        found.append(ManualEntry.book.in_(books))
    for desk in my_desks(ctx):
        found.append(ManualEntry.branch_id == desk.id)
        found.append(
            sa.and_(
                ManualEntry.region_code.startswith(desk.region_code[:STREET_DIGITS]),
                ManualEntry.level != EntryLevel.BRANCH,
            )
        )
    if not found:
        raise Forbidden(NO_RIGHT)
    return sa.or_(*found)


def _in_state(state: str) -> list[sa.ColumnElement[bool]]:
    if state == "all":
        return []
    if state in {each.value for each in EntryState}:
        return [ManualEntry.state == EntryState(state)]
    return [ManualEntry.state == EntryState.PROPOSED]


def _lines(ctx: Context, rows: list[ManualEntry], *, whole: bool = False) -> tuple[EntryLine, ...]:
    hands = people(ctx, [each for row in rows for each in (row.proposed_by_id, row.decided_by_id)])
    sides = people(
        ctx, [each for row in rows for each in (row.elder_id, row.provider_id)], whole=whole
    )
    branches = {
        each.id: Name(each.name, each.name_en)
        for each in ctx.session.scalars(
            sa.select(Branch).where(Branch.id.in_({row.branch_id for row in rows}))
        )
    }
    names = {each.code: each.name for each in terms.whys()}
    return tuple(_line(ctx, row, {**hands, **sides}, branches, names) for row in rows)


def _line(
    ctx: Context,
    row: ManualEntry,
    known: dict[UUID, Person],
    branches: dict[UUID, Name],
    whys: dict[str, Name],
) -> EntryLine:
    rules = rates.rule_set_on(ctx.session, local_date(row.starts_at))
    return EntryLine(
        book=row.book,
        id=row.id,
        reference=row.reference,
        kind=row.kind,
        branch=branches[row.branch_id],
        service=rules.service(row.service_code).name,
        service_code=row.service_code,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        why=row.why,
        why_name=whys.get(row.why, Name(row.why, row.why)),
        state=row.state,
        level=row.level,
        due_at=row.due_at,
        elder=known.get(row.elder_id),
        provider=known.get(row.provider_id),
        proposed_by=known.get(row.proposed_by_id),
        proposed_at=row.proposed_at,
        decided_by=None if row.decided_by_id is None else known.get(row.decided_by_id),
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
        visit_id=row.visit_id,
        transfer_id=row.transfer_id,
        corrects_visit_id=row.corrects_visit_id,
    )


def entry(ctx: Context, book: str, entry_id: UUID) -> EntryView:
    """One entry with both names, its words and the list of its papers; the look is recorded."""
    row, subject = _read(ctx, book, entry_id)
    audit.record(ctx, "entry.read", "manual_entry", row.id, book=book, acting_for_id=row.elder_id)
    ctx.session.flush()
    (line,) = _lines(ctx, [row], whole=True)
    own = row.proposed_by_id == ctx.actor.id
    may_drop = policy.can(ctx.actor, "entry.withdraw", subject).allowed
    return EntryView(
        line=line,
        remote=row.remote,
        reason=ctx.vault.open(REASON, row.reason_sealed),
        files=evidence.files_of(ctx, book, EVIDENCE, row.id),
        may_sign=_may_sign(ctx, row, subject),
        may_withdraw=line.is_open and own and may_drop,
    )


def _read(ctx: Context, book: str, entry_id: UUID) -> tuple[ManualEntry, Subject]:
    """The row, for whoever works on it or watches: the two sides read it on their visit."""
    row = ctx.session.get(ManualEntry, (book, entry_id))
    if row is None:
        raise EntryUnknown
    subject = subject_of(ctx, row)
    policy.require(ctx.actor, "entry.read", subject)
    if not relations(ctx.actor, subject) & {"staff", "region_admin", "auditor"}:
        raise Forbidden(NO_RIGHT)
    return row, subject


def _may_sign(ctx: Context, row: ManualEntry, subject: Subject) -> Decision:
    if row.state is not EntryState.PROPOSED or not policy.may_ever(ctx.actor, "entry.sign"):
        return Decision(False)
    decision = policy.can(ctx.actor, "entry.sign", subject)
    if not decision.allowed:
        return decision
    if row.proposed_by_id == ctx.actor.id:
        return Decision(False, SecondSignature().sentence)
    if row.proposed_by_id in ctx.actor.relatives:
        return Decision(False, KinSigns().sentence)
    assert subject.branch_id is not None
    by_county = "region_admin" in relations(ctx.actor, subject)
    if not by_county and is_suspended(ctx.session, row.book, subject.branch_id):
        return Decision(False, EntryRightsSuspended().sentence)
    return decision


def entry_file(ctx: Context, book: str, entry_id: UUID, file_id: UUID) -> FileView:
    """One of an entry's papers with its bytes; the look is recorded."""
    row, _subject = _read(ctx, book, entry_id)
    return evidence.open_file(ctx, book, EVIDENCE, row.id, file_id)


def home_book(ctx: Context, member_id: UUID) -> str:
    """The book that keeps a member's account."""
    return ctx.session.get_one(Member, member_id).home_book


def corrected(ctx: Context, book: str, visit_id: UUID) -> Corrected:
    """A credited visit before somebody puts it right; raises VisitUnknown."""
    visit = ctx.session.get(Visit, (book, visit_id))
    if visit is None or visit.checked_in_at is None or visit.checked_out_at is None:
        raise VisitUnknown
    request = ctx.session.get_one(Request, (book, visit.request_id))
    subject = Subject(
        book=book,
        region_code=request.region_code,
        branch_id=request.branch_id,
        elder_id=visit.elder_id,
        provider_id=visit.provider_id,
    )
    policy.require(ctx.actor, "entry.propose", subject)
    known = people(ctx, [visit.elder_id, visit.provider_id])
    return Corrected(
        book=book,
        visit_id=visit.id,
        reference=request.reference,
        elder=known.get(visit.elder_id),
        provider=known.get(visit.provider_id),
        service_code=request.service_code,
        came_at=visit.checked_in_at,
        left_at=visit.checked_out_at,
        remote=request.remote,
    )


def services_then(ctx: Context) -> tuple[tuple[str, Name], ...]:
    """The services of today's rules that one person may give, by code."""
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return tuple((code, line.name) for code, line in sorted(rules.services.items()))
