"""Flags for whoever watches: a list that can be narrowed down, and one with all that is behind it.

Names are masked; whole ones stand in the evidence of each visit, where looking is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.entries import ManualEntry
from models.flags import Flag, FlagState, FlagVisit
from models.places import Branch
from models.requests import Request, Visit
from services import audit, policy, rates
from services.context import Context
from services.errors import Forbidden
from services.flags.deciding import PURPOSE, region_of, require_for_all
from services.flags.sentences import FlagUnknown
from services.policy import NATION, NO_RIGHT, Subject
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
from services.queries.two_hands.scope import books_for
from services.rules.names import Name

READ = "flag.read"
#: A burst has fewer; a row of visits is not looked up among entries beyond this.
MOST_ENTRIES = 500


@dataclass(frozen=True, slots=True)
class FlagFilter:
    """Which flags: by code, state, book, branch, whom they are about, and the day found."""

    code: str = ""
    state: str = ""
    book: str = ""
    branch_id: UUID | None = None
    number: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class FlagLine:
    """A flag in a list; ``subject`` is None where it is about no single member."""

    book: str
    id: UUID
    code: str
    subject_kind: str
    subject: Person | None
    branch: Name | None
    visits: int
    happened_at: datetime
    found_at: datetime
    state: FlagState
    sheet_id: UUID | None
    table_version: str


@dataclass(frozen=True, slots=True)
class FlaggedVisit:
    """A visit behind a flag, as far as the page shows it."""

    id: UUID
    reference: str
    service: Name
    elder: Person | None
    provider: Person | None
    came_at: datetime | None
    left_at: datetime | None
    came_by: str
    confirmed_how: str
    confirmed_by: Person | None
    transfer_id: UUID | None
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class FlagPage:
    """One flag: the figures, what they were held to, and everything it is about."""

    line: FlagLine
    figures: Mapping[str, Any]
    held_to: Mapping[str, int]
    people: tuple[Person, ...]
    visits: tuple[FlaggedVisit, ...]
    #: (id, reference) of manual entries that it is about.
    entries: tuple[tuple[UUID, str], ...]
    #: How many of the visits lie in other books.
    elsewhere: int
    decided_by: Person | None
    decided_at: datetime | None
    reason: str | None
    may_decide: bool
    may_sheet: bool


def flags(ctx: Context, wanted: FlagFilter, want: Want) -> Page[FlagLine]:
    """Flags of the actor's books that fit, the newest first. Forbidden without any book."""
    books = books_for(ctx, READ)
    if not books:
        raise Forbidden(NO_RIGHT)
    links = (
        sa.select(sa.func.count())
        .where(FlagVisit.book == Flag.book, FlagVisit.flag_id == Flag.id)
        .correlate(Flag)
        .scalar_subquery()
    )
    statement = (
        sa.select(Flag, Branch.name, Branch.name_en, links.label("visits"))
        .join(Branch, Branch.id == Flag.branch_id, isouter=True)
        .where(Flag.book.in_(books), *_conditions(ctx, wanted))
    )
    columns = {"found": Flag.found_at, "happened": Flag.happened_at, "code": Flag.code}
    statement = ordered(statement, want, columns, "-found", Flag.id)
    rows, page, total, sums = cut(ctx, statement, want, {"visits": lambda c: sa.func.sum(c.visits)})
    known = people(ctx, (row.Flag.subject_id for row in rows))
    lines = tuple(_line(row, known) for row in rows)
    return Page(lines, page, want.size, total, {name: n or 0 for name, n in sums.items()})


def export_flags(ctx: Context, wanted: FlagFilter, form: str) -> Page[FlagLine]:
    """Every row that fits, for a file; who took it is on record. Call it in a unit of work."""
    if not books_for(ctx, "flag.export"):
        raise Forbidden(NO_RIGHT)
    found = flags(ctx, wanted, Want(whole=True))
    after = {"form": form, "rows": len(found.rows), "state": wanted.state or "open"}
    book = wanted.book or NATION
    audit.record(ctx, "flag.export", "export", ctx.new_id(), book=book, after=after)
    ctx.session.flush()
    return found


def flag_page(ctx: Context, book: str, flag_id: UUID) -> FlagPage:
    """One flag with what is behind it; raises FlagUnknown. The look is recorded."""
    subject = Subject(book=book, region_code=region_of(ctx, book))
    if not policy.can(ctx.actor, READ, subject).allowed:
        raise FlagUnknown
    row = ctx.session.execute(
        sa.select(Flag, Branch.name, Branch.name_en, sa.literal(0).label("visits"))
        .join(Branch, Branch.id == Flag.branch_id, isouter=True)
        .where(Flag.book == book, Flag.id == flag_id)
    ).one_or_none()
    if row is None:
        raise FlagUnknown
    flag: Flag = row.Flag
    audit.record(ctx, READ, "flag", flag.id, book=book)
    ctx.session.flush()
    visits = _visits(ctx, flag)
    spoken_of = [UUID(each) for each in flag.facts.get("people", ())]
    known = people(ctx, [flag.subject_id, flag.decided_by_id, *spoken_of])
    apart = _stands_apart(ctx, flag)
    return FlagPage(
        line=_line(row, known, len(visits)),
        figures=flag.facts.get("figures", {}),
        held_to=flag.facts.get("held_to", {}),
        people=tuple(known[each] for each in spoken_of if each in known),
        visits=visits,
        entries=_entries(ctx, flag),
        elsewhere=len(flag.facts.get("elsewhere", ())),
        decided_by=known.get(flag.decided_by_id) if flag.decided_by_id else None,
        decided_at=flag.decided_at,
        reason=ctx.vault.open_or_none(PURPOSE, flag.decision_reason_sealed),
        may_decide=apart and flag.state is FlagState.OPEN,
        may_sheet=apart and flag.sheet_id is None,
    )


def _conditions(ctx: Context, wanted: FlagFilter) -> list[sa.ColumnElement[bool]]:
    found = [*from_day(Flag.found_at, wanted.first), *to_day(Flag.found_at, wanted.last)]
    if wanted.state != "all":
        found.append(Flag.state == FlagState(wanted.state or FlagState.OPEN))
    if wanted.code:
        found.append(Flag.code == wanted.code)
    if wanted.book:
        found.append(Flag.book == wanted.book)
    if wanted.branch_id:
        found.append(Flag.branch_id == wanted.branch_id)
    if wanted.number:
        found.append(Flag.subject_id == owner_of(ctx, wanted.number))
    return found


def _line(row: Any, known: Mapping[UUID, Person], visits: int | None = None) -> FlagLine:
    flag: Flag = row.Flag
    return FlagLine(
        book=flag.book,
        id=flag.id,
        code=flag.code,
        subject_kind=flag.subject_kind,
        subject=known.get(flag.subject_id),
        branch=None if row.name is None else Name(row.name, row.name_en),
        visits=row.visits if visits is None else visits,
        happened_at=flag.happened_at,
        found_at=flag.found_at,
        state=flag.state,
        sheet_id=flag.sheet_id,
        table_version=flag.table_version,
    )


def _visits(ctx: Context, flag: Flag) -> tuple[FlaggedVisit, ...]:
    rows = ctx.session.execute(
        sa.select(Visit, Request.reference, Request.service_code)
        .join(FlagVisit, sa.and_(FlagVisit.book == Visit.book, FlagVisit.visit_id == Visit.id))
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .where(Visit.book == flag.book, FlagVisit.book == flag.book, FlagVisit.flag_id == flag.id)
        .order_by(Visit.checked_in_at, Visit.id)
    ).all()
    named = (who for row in rows for who in _people_of(row.Visit))
    known = people(ctx, named)
    return tuple(_visit(ctx, row, known) for row in rows)


def _people_of(visit: Visit) -> tuple[UUID | None, ...]:
    return visit.elder_id, visit.provider_id, visit.confirmed_by_id


def _visit(ctx: Context, row: Any, known: Mapping[UUID, Person]) -> FlaggedVisit:
    visit: Visit = row.Visit
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    elder, provider, confirmed_by = (
        None if who is None else known.get(who) for who in _people_of(visit)
    )
    return FlaggedVisit(
        id=visit.id,
        reference=row.reference,
        service=rules.service(row.service_code).name,
        elder=elder,
        provider=provider,
        came_at=visit.checked_in_at,
        left_at=visit.checked_out_at,
        came_by=visit.checked_in_by or "",
        confirmed_how=visit.confirmed_how or "",
        confirmed_by=confirmed_by,
        transfer_id=visit.transfer_id,
        is_reversed=visit.reversed_at is not None,
    )


def _entries(ctx: Context, flag: Flag) -> tuple[tuple[UUID, str], ...]:
    about = [UUID(each) for each in flag.facts.get("about", ())[:MOST_ENTRIES]]
    rows = ctx.session.execute(
        sa.select(ManualEntry.id, ManualEntry.reference)
        .where(ManualEntry.book == flag.book, ManualEntry.id.in_(about))
        .order_by(ManualEntry.proposed_at)
    )
    return tuple((row.id, row.reference) for row in rows)


def _stands_apart(ctx: Context, flag: Flag) -> bool:
    try:
        require_for_all(ctx, "flag.decide", flag)
    except Forbidden:
        return False
    return True
