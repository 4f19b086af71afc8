"""Lists of call-backs, of their draws and of suspended branches, for whoever watches them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.callbacks import BranchSuspension, Callback, CallbackDraw, CallbackResult
from models.places import Branch
from services import audit, policy
from services.callbacks import seeds
from services.callbacks.terms import terms, terms_of
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden
from services.policy import NATION, NO_RIGHT, Subject
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

READ = "callback.read"
#: What a list may be narrowed to: still to be rung, to be met at the door, by result.
STATES = ("open", "overdue", "door", "confirmed", "failed", "all")


@dataclass(frozen=True, slots=True)
class CallbackFilter:
    """Which call-backs: by state, why, branch and the day on which they were listed."""

    state: str = ""
    why: str = ""
    book: str = ""
    branch_id: UUID | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class CallbackLine:
    """A call-back in a list; names are masked, telephones are on its own page."""

    book: str
    id: UUID
    branch: Name
    service_code: str
    elder: Person | None
    provider: Person | None
    why: str
    is_drawn: bool
    made_at: datetime
    due_on: date
    is_overdue: bool
    tries: int
    result: CallbackResult | None
    done_at: datetime | None
    done_by: Person | None


@dataclass(frozen=True, slots=True)
class DrawLine:
    """A closed list: how it was drawn from, or what it waits for."""

    book: str
    id: UUID
    period: str
    first_day: date
    last_day: date
    closed_at: datetime
    size: int
    list_hash: str
    drawn_at: datetime | None
    drawn: int | None
    seed_day: date | None
    seed: str | None
    waits: seeds.Waiting | None


@dataclass(frozen=True, slots=True)
class SuspensionLine:
    """A branch that lost its entry rights. ``end_reason`` is for those who watch, not public."""

    book: str
    id: UUID
    branch: Name
    month: str
    asked: int
    failed: int
    limit_percent: int
    began_at: datetime
    ended_at: datetime | None
    ended_by: Person | None
    end_reason: str | None
    sheet_id: UUID | None
    may_end: bool


def callbacks(ctx: Context, wanted: CallbackFilter, want: Want) -> Page[CallbackLine]:
    """Call-backs of the actor's books, those that are due first. Forbidden without any book."""
    books = _books(ctx)
    table = Callback
    today = local_date(ctx.now)
    statement = (
        sa.select(table, Branch.name, Branch.name_en)
        .join(Branch, Branch.id == table.branch_id)
        .where(table.book.in_(books), *_in_state(wanted.state, today))
        .where(*([table.book == wanted.book] if wanted.book else []))
        .where(*([table.branch_id == wanted.branch_id] if wanted.branch_id else []))
        .where(*([table.why == wanted.why] if wanted.why else []))
        .where(*from_day(table.made_at, wanted.first), *to_day(table.made_at, wanted.last))
    )
    columns = {"due": table.due_on, "made": table.made_at, "branch": Branch.name}
    statement = ordered(statement, want, columns, "due", table.id)
    rows, page, total, sums = cut(ctx, statement, want, {})
    known = people(
        ctx,
        (
            who
            for row in rows
            for who in (row.Callback.elder_id, row.Callback.provider_id, row.Callback.done_by_id)
        ),
    )
    found = tuple(_line(row.Callback, Name(row.name, row.name_en), known, today) for row in rows)
    return Page(found, page, want.size, total, sums)


def export_callbacks(ctx: Context, wanted: CallbackFilter, form: str) -> Page[CallbackLine]:
    """Every row that fits, for a file; who took it is on record. Call it in a unit of work."""
    if not books_for(ctx, "callback.export"):
        raise Forbidden(NO_RIGHT)
    found = callbacks(ctx, wanted, Want(whole=True))
    book = wanted.book or NATION
    after = {"form": form, "rows": len(found.rows), "state": wanted.state or "open"}
    audit.record(ctx, "callback.export", "export", ctx.new_id(), book=book, after=after)
    ctx.session.flush()
    return found


def draws(ctx: Context, want: Want) -> Page[DrawLine]:
    """Closed lists of the actor's books, the newest first, with what each waits for."""
    table = CallbackDraw
    statement = (
        sa.select(table)
        .where(table.book.in_(_books(ctx)))
        .order_by(table.closed_at.desc(), table.book)
    )
    rows, page, total, sums = cut(ctx, statement, want, {})
    read: seeds.Read = {}
    found = tuple(draw_line(ctx, row.CallbackDraw, read) for row in rows)
    return Page(found, page, want.size, total, sums)


def draw_line(ctx: Context, row: CallbackDraw, read: seeds.Read) -> DrawLine:
    """A closed list as it stands; services only."""
    waits = None
    if row.drawn_at is None:
        waits = seeds.waiting_for(ctx.session, row.closed_at, terms_of(row.table_version), read)
    return DrawLine(
        book=row.book,
        id=row.id,
        period=row.period,
        first_day=row.first_day,
        last_day=row.last_day,
        closed_at=row.closed_at,
        size=row.size,
        list_hash=row.list_hash,
        drawn_at=row.drawn_at,
        drawn=row.drawn,
        seed_day=row.seed_day,
        seed=row.seed,
        waits=waits,
    )


def suspensions(ctx: Context) -> tuple[SuspensionLine, ...]:
    """Suspended branches of the actor's books, those that still are first."""
    rows = ctx.session.execute(
        sa.select(BranchSuspension, Branch)
        .join(Branch, Branch.id == BranchSuspension.branch_id)
        .where(BranchSuspension.book.in_(_books(ctx)))
        .order_by(BranchSuspension.ended_at.is_not(None), BranchSuspension.began_at.desc())
        .limit(200)
    ).all()
    known = people(ctx, (row.BranchSuspension.ended_by_id for row in rows))
    return tuple(_suspension(ctx, row.BranchSuspension, row.Branch, known) for row in rows)


def _suspension(
    ctx: Context, row: BranchSuspension, branch: Branch, known: dict[UUID, Person]
) -> SuspensionLine:
    subject = Subject(book=row.book, region_code=branch.region_code, branch_id=branch.id)
    return SuspensionLine(
        book=row.book,
        id=row.id,
        branch=Name(branch.name, branch.name_en),
        month=row.month,
        asked=row.asked,
        failed=row.failed,
        limit_percent=row.limit_percent,
        began_at=row.began_at,
        ended_at=row.ended_at,
        ended_by=known.get(row.ended_by_id) if row.ended_by_id else None,
        end_reason=row.end_reason,
        sheet_id=row.sheet_id,
        may_end=row.ended_at is None and policy.can(ctx.actor, "suspension.end", subject).allowed,
    )


def _books(ctx: Context) -> tuple[str, ...]:
    books = books_for(ctx, READ)
    if not books:
        raise Forbidden(NO_RIGHT)
    return books


def _in_state(state: str, today: date) -> Iterable[sa.ColumnElement[bool]]:
    table = Callback
    found: dict[str, list[Any]] = {
        "open": [table.done_at.is_(None)],
        "overdue": [table.done_at.is_(None), table.due_on < today],
        "door": [table.result == CallbackResult.UNREACHED],
        "confirmed": [table.result == CallbackResult.CONFIRMED],
        "failed": [table.result == CallbackResult.FAILED],
        "all": [],
    }
    return found[state if state in found else "open"]


def _line(row: Callback, branch: Name, known: dict[UUID, Person], today: date) -> CallbackLine:
    return CallbackLine(
        book=row.book,
        id=row.id,
        branch=branch,
        service_code=row.service_code,
        elder=known.get(row.elder_id),
        provider=known.get(row.provider_id),
        why=row.why,
        is_drawn=row.draw_id is not None,
        made_at=row.made_at,
        due_on=row.due_on,
        is_overdue=row.done_at is None and row.due_on < today,
        tries=len(row.tries),
        result=row.result,
        done_at=row.done_at,
        done_by=known.get(row.done_by_id) if row.done_by_id else None,
    )


def most_tries() -> int:
    """How often somebody is rung before he counts as not reached."""
    return terms().tries
