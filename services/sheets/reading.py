"""Work sheets as they are read: one inbox for branch, region and above, and one sheet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.oversight import SafetySheet
from models.places import Branch
from models.sheets import SheetEvent, SheetKind, SheetState, WorkSheet
from services import audit, policy
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden
from services.evidence import FileLine, files_of
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
from services.sheets import sentences as say
from services.sheets.acting import KIND
from services.sheets.closing import FOUNDED, REASON, appeal_until, kind_terms
from services.sheets.finding import (
    TEXT,
    about,
    is_above,
    is_administrator,
    subject_of,
    workers_of,
)

READ = "sheet.read"
#: Whose sheets: those that one has taken, of one's branches, or of one's regions.
WHOSE = ("mine", "branch", "region")
STATES = ("open", "overdue", "appealed", "closed", "all")
MOST_SAFETY = 20


@dataclass(frozen=True, slots=True)
class SheetFilter:
    """Which sheets: whose, in which state, of which kind, about what, opened when."""

    whose: str = ""
    state: str = ""
    kind: SheetKind | None = None
    about: str = ""
    book: str = ""
    branch_id: UUID | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A sheet in the list."""

    book: str
    id: UUID
    reference: str
    kind: SheetKind
    about: str
    subject_kind: str
    subject_id: UUID
    branch: Name | None
    opened_at: datetime
    due_on: date
    is_overdue: bool
    level: int
    state: SheetState
    outcome: str | None
    owner: Person | None


@dataclass(frozen=True, slots=True)
class SafetyLine:
    """A safety sheet that is open: it has its own page and its own way."""

    book: str
    id: UUID
    branch: Name
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of sheets, and the safety sheets beside them."""

    page: Page[SheetLine]
    safety: tuple[SafetyLine, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody did with a sheet, and when."""

    at: datetime
    by: Person | None
    what: str
    text: str | None
    level: int | None
    to: Person | None


@dataclass(frozen=True, slots=True)
class SheetPage:
    """One sheet with its steps and files, and what the reader may do with it."""

    line: SheetLine
    branch_id: UUID | None
    facts: dict[str, object]
    opened_by: Person | None
    closed_at: datetime | None
    closed_by: Person | None
    reason: str | None
    steps: tuple[Step, ...]
    files: tuple[FileLine, ...]
    parent_id: UUID | None
    children: tuple[UUID, ...]
    appeal_until: date | None
    #: take, hand_on, note, turn, close, close_founded, appeal, decide.
    may: frozenset[str]
    colleagues: tuple[Person, ...]


def sheets(ctx: Context, wanted: SheetFilter, want: Want) -> Inbox:
    """The inbox: what is overdue comes first. Forbidden for whoever has no sheets at all."""
    today = local_date(ctx.now)
    scope = _scope(ctx, wanted.whose)
    statement = (
        sa.select(WorkSheet, Branch.name, Branch.name_en)
        .outerjoin(Branch, Branch.id == WorkSheet.branch_id)
        .where(scope, *_narrowed(wanted, today))
        .where(
            *from_day(WorkSheet.opened_at, wanted.first), *to_day(WorkSheet.opened_at, wanted.last)
        )
        .execution_options(cross_book=True)
    )
    columns = {"due": WorkSheet.due_on, "opened": WorkSheet.opened_at, "level": WorkSheet.level}
    statement = ordered(statement, want, columns, "due", WorkSheet.id)
    rows, number, total, sums = cut(ctx, statement, want, {})
    known = people(ctx, (row.WorkSheet.owner_id for row in rows))
    lines = tuple(
        _line(row.WorkSheet, Name(row.name, row.name_en) if row.name else None, known, today)
        for row in rows
    )
    is_first = number == 1 and wanted.state in ("", "open", "overdue") and not want.whole
    safety = _safety(ctx, wanted) if is_first and wanted.kind is None else ()
    return Inbox(Page(lines, number, want.size, total, sums), safety)


def export_sheets(ctx: Context, wanted: SheetFilter, form: str) -> Page[SheetLine]:
    """Every row that fits, for a file; who took it is on record. Call it in a unit of work."""
    if not books_for(ctx, "sheet.export"):
        raise Forbidden(NO_RIGHT)
    found = sheets(ctx, wanted, Want(whole=True)).page
    after = {"form": form, "rows": len(found.rows), "state": wanted.state or "open"}
    audit.record(
        ctx, "sheet.export", "export", ctx.new_id(), book=wanted.book or NATION, after=after
    )
    ctx.session.flush()
    return found


def branches_of(ctx: Context) -> tuple[UUID, ...]:
    """The branches at which the actor works."""
    return tuple(UUID(role.scope) for role in ctx.actor.roles if role.name == STAFF)


def _scope(ctx: Context, whose: str) -> sa.ColumnElement[bool]:
    """Which rows somebody may see at all, narrowed to those that he wants."""
    books, branches = books_for(ctx, READ), branches_of(ctx)
    if not books and not branches:
        raise Forbidden(NO_RIGHT)
    in_region, in_branch = WorkSheet.book.in_(books), WorkSheet.branch_id.in_(branches)
    if whose == "branch" and branches:
        return in_branch
    if whose == "region" and books:
        return in_region
    seen = sa.or_(in_region, in_branch)
    if whose == "mine":
        return sa.and_(seen, WorkSheet.owner_id == ctx.actor.id)
    return seen


def _narrowed(wanted: SheetFilter, today: date) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    state = wanted.state or "open"
    if state == "open":
        # What is appealed has no end yet either.
        found.append(WorkSheet.state != SheetState.CLOSED)
    elif state == "overdue":
        found.append(WorkSheet.state == SheetState.OPEN)
    elif state in ("appealed", "closed"):
        found.append(WorkSheet.state == SheetState(state))
    if state == "overdue":
        found.append(WorkSheet.due_on < today)
    if wanted.kind is not None:
        found.append(WorkSheet.kind == wanted.kind)
    for column, value in (
        (WorkSheet.about, wanted.about),
        (WorkSheet.book, wanted.book),
        (WorkSheet.branch_id, wanted.branch_id),
    ):
        if value:
            found.append(column == value)
    return found


def _safety(ctx: Context, wanted: SheetFilter) -> tuple[SafetyLine, ...]:
    books, branches = books_for(ctx, READ), branches_of(ctx)
    rows = ctx.session.execute(
        sa.select(SafetySheet.book, SafetySheet.id, SafetySheet.opened_at)
        .add_columns(Branch.name, Branch.name_en)
        .join(Branch, Branch.id == SafetySheet.branch_id)
        .where(sa.or_(SafetySheet.book.in_(books), SafetySheet.branch_id.in_(branches)))
        .where(SafetySheet.closed_at.is_(None))
        .where(*([SafetySheet.book == wanted.book] if wanted.book else []))
        .where(*([SafetySheet.branch_id == wanted.branch_id] if wanted.branch_id else []))
        .order_by(SafetySheet.opened_at, SafetySheet.id)
        .limit(MOST_SAFETY)
        .execution_options(cross_book=True)
    )
    return tuple(
        SafetyLine(row.book, row.id, Name(row.name, row.name_en), row.opened_at) for row in rows
    )


def _line(row: WorkSheet, branch: Name | None, known: dict[UUID, Person], today: date) -> SheetLine:
    return SheetLine(
        book=row.book,
        id=row.id,
        reference=row.reference,
        kind=row.kind,
        about=row.about,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        branch=branch,
        opened_at=row.opened_at,
        due_on=row.due_on,
        is_overdue=row.state is SheetState.OPEN and row.due_on < today,
        level=row.level,
        state=row.state,
        outcome=row.outcome,
        owner=known.get(row.owner_id) if row.owner_id else None,
    )


def sheet_page(ctx: Context, book: str, sheet_id: UUID) -> SheetPage:
    """One sheet with all its words; the look is recorded: call it in a unit of work."""
    row = ctx.session.get(WorkSheet, (book, sheet_id))
    if row is None:
        raise say.SheetUnknown
    policy.require(ctx.actor, READ, subject_of(row))
    audit.record(ctx, "sheet.read", KIND, row.id, book=book)
    ctx.session.flush()
    events = ctx.session.scalars(
        sa.select(SheetEvent)
        .where(SheetEvent.book == book, SheetEvent.sheet_id == sheet_id)
        .order_by(SheetEvent.at, SheetEvent.id)
    ).all()
    colleagues = workers_of(ctx, row.book, row.branch_id)
    known = people(ctx, [*_everybody(row, events), *colleagues], whole=True)
    branch = ctx.session.get(Branch, row.branch_id) if row.branch_id else None
    children = ctx.session.scalars(
        sa.select(WorkSheet.id).where(WorkSheet.book == book, WorkSheet.parent_id == row.id)
    ).all()
    return SheetPage(
        line=_line(row, Name(branch.name, branch.name_en) if branch else None, known, _today(ctx)),
        branch_id=row.branch_id,
        facts=dict(row.facts),
        opened_by=known.get(row.opened_by_id),
        closed_at=row.closed_at,
        closed_by=known.get(row.closed_by_id) if row.closed_by_id else None,
        reason=ctx.vault.open(REASON, row.close_reason_sealed) if row.close_reason_sealed else None,
        # What is asked for stands in the same moment as the opening, and after it.
        steps=tuple(
            _step(ctx, each, known)
            for each in sorted(events, key=lambda each: (each.at, each.what != "opened"))
        ),
        files=files_of(ctx, book, KIND, row.id),
        parent_id=row.parent_id,
        children=tuple(children),
        appeal_until=appeal_until(ctx, row) if row.outcome == FOUNDED else None,
        may=may(ctx, row),
        colleagues=tuple(known[each] for each in colleagues if each in known),
    )


def _today(ctx: Context) -> date:
    return local_date(ctx.now)


def _everybody(row: WorkSheet, events: Iterable[SheetEvent]) -> list[UUID | None]:
    found: list[UUID | None] = [row.owner_id, row.opened_by_id, row.closed_by_id]
    for each in events:
        found.append(each.by_id)
        if each.facts.get("to"):
            found.append(UUID(each.facts["to"]))
    return found


def _step(ctx: Context, row: SheetEvent, known: dict[UUID, Person]) -> Step:
    to = row.facts.get("to")
    return Step(
        at=row.at,
        by=known.get(row.by_id),
        what=row.what,
        text=ctx.vault.open(TEXT, row.text_sealed) if row.text_sealed else None,
        level=row.facts.get("level"),
        to=known.get(UUID(to)) if to else None,
    )


def may(ctx: Context, row: WorkSheet) -> frozenset[str]:
    """What the reader may do with a sheet now, for the page's buttons."""
    actor, found = ctx.actor, set[str]()
    can = {act: policy.can(actor, f"sheet.{act}", subject_of(row)).allowed for act in _ACTS}
    if row.state is SheetState.OPEN and can["work"]:
        found.add("note")
        if row.owner_id is None:
            found.add("take")
        if row.owner_id in (None, actor.id) or is_administrator(actor, row):
            found.add("hand_on")
    apart = _is_apart(ctx, row)
    if row.state is SheetState.OPEN and can["close"] and apart:
        if is_administrator(actor, row):
            found |= {"close", "close_founded"}
        elif kind_terms(row.kind)["branch_closes"]:
            found.add("close")
    if row.state is SheetState.OPEN and can["decide"] and apart and kind_terms(row.kind)["becomes"]:
        found.add("turn")
    if row.outcome == FOUNDED and row.appealed_at is None and can["appeal"]:
        until = appeal_until(ctx, row)
        if until is not None and local_date(ctx.now) <= until:
            found.add("appeal")
    closer = row.closed_by_id in {actor.id, *actor.relatives}
    is_free = apart and not closer and is_above(actor, row.book)
    if row.state is SheetState.APPEALED and can["decide"] and is_free:
        found.add("decide")
    return frozenset(found)


_ACTS = ("work", "close", "decide", "appeal")


def _is_apart(ctx: Context, row: WorkSheet) -> bool:
    concerned = about(ctx, row)
    works_at = {role.scope for role in ctx.actor.roles if role.name == STAFF}
    own = {ctx.actor.id, *ctx.actor.relatives}
    return not (concerned.members & own or works_at & {str(each) for each in concerned.branches})
