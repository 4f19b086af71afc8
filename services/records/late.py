"""Activities that are not recorded in time: ten working days after they ended, by branch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.places import Branch
from models.requests import Request, Visit, VisitState
from models.service_days import GroupSession, GroupState
from models.sheets import SheetKind, WorkSheet
from services import policy, rates
from services.clock import at_local, local_date
from services.context import Context
from services.people.reading import member_row
from services.people.texts import masked_name
from services.places.branches import branch_row
from services.policy import Subject
from services.records.activities import GROUP, VISIT, Recorder, Span, groups_in, visits_in
from services.records.lines import ActivityRecord
from services.rules.calendar import Calendar
from services.rules.names import Name
from services.sheets.opening import open_sheet

ABOUT = "late_record"
State = Literal["open", "recorded"]
#: A visit that has taken place and is not on record yet.
UNRECORDED = (
    VisitState.CHECKED_IN,
    VisitState.CHECKED_OUT,
    VisitState.CONFIRMED,
    VisitState.IN_REVIEW,
    VisitState.DISPUTED,
)


@dataclass(frozen=True, slots=True)
class LateLine:
    """An activity that was, or still is, on record too late. ``recorded_on``: None while it is not.

    ``days_late`` are working days after the last one in time.
    """

    book: str
    id: UUID
    kind: str
    reference: str
    branch_id: UUID
    branch: Name
    service: Name
    provider_number: str
    provider: str
    ended_on: date
    due_on: date
    recorded_on: date | None
    days_late: int
    #: Where it stands, as visits and sessions name it.
    state: str


def late(
    ctx: Context,
    book: str,
    *,
    branch_id: UUID | None = None,
    state: State = "open",
    span: Span | None = None,
) -> tuple[LateLine, ...]:
    """What is late in a book or at one branch, the longest late first.

    ``open``: not on record yet; ``recorded``: it is by now, and ended in the days of ``span``.
    Raises a refusal: staff read their own branch only.
    """
    subject = Subject(book=book, region_code=book)
    if branch_id is not None:
        branch = branch_row(ctx.session, branch_id)
        subject = Subject(book=branch.book, region_code=branch.region_code, branch_id=branch.id)
    policy.require(ctx.actor, "record.late", subject)
    found = _recorded(ctx, book, span or Span()) if state == "recorded" else _open(ctx, book)
    lines = [each for each in found if branch_id in (None, each.branch_id)]
    return tuple(sorted(lines, key=lambda each: (-each.days_late, each.due_on, each.id)))


def due_to_warn(ctx: Context, limit: int = 500) -> list[tuple[str, str, UUID]]:
    """Late activities about which no sheet was ever opened: (book, kind, id)."""
    sheeted = sa.exists().where(
        WorkSheet.book == Visit.book,
        WorkSheet.subject_id == Visit.id,
        WorkSheet.about == ABOUT,
    )
    cut = _cut(ctx)
    visits = ctx.session.execute(
        sa.select(Visit.book, Visit.id)
        .where(Visit.state.in_(UNRECORDED), Visit.starts_at < cut, ~sheeted)
        .order_by(Visit.starts_at, Visit.id)
        .limit(limit)
        .execution_options(cross_book=True)
    )
    sheeted = sa.exists().where(
        WorkSheet.book == GroupSession.book,
        WorkSheet.subject_id == GroupSession.id,
        WorkSheet.about == ABOUT,
    )
    groups = ctx.session.execute(
        sa.select(GroupSession.book, GroupSession.id)
        .where(*_waiting_groups(cut), ~sheeted)
        .order_by(GroupSession.starts_at, GroupSession.id)
        .limit(limit)
        .execution_options(cross_book=True)
    )
    return [
        *((row.book, VISIT, row.id) for row in visits),
        *((row.book, GROUP, row.id) for row in groups),
    ]


def warn(ctx: Context, book: str, kind: str, key: UUID) -> bool:
    """Open a warning sheet at the branch, once for each activity; False where there is none.

    The activity's row is locked: of two runs the second one finds the first one's sheet.
    """
    policy.require(ctx.actor, "jobs.run")
    model: Any = Visit if kind == VISIT else GroupSession
    row = ctx.session.get_one(model, (book, key), with_for_update=True, populate_existing=True)
    line = _line_of(ctx, row)
    if line is None or _has_sheet(ctx, book, key):
        return False
    branch = ctx.session.get_one(Branch, line.branch_id)
    open_sheet(
        ctx,
        book=book,
        kind=SheetKind.WARNING,
        about=ABOUT,
        subject_kind="visit" if kind == VISIT else "group_session",
        subject_id=key,
        region_code=branch.region_code,
        branch_id=branch.id,
        facts={"ended_on": line.ended_on.isoformat(), "due_on": line.due_on.isoformat()},
    )
    return True


def _has_sheet(ctx: Context, book: str, key: UUID) -> bool:
    found = sa.select(WorkSheet.id).where(
        WorkSheet.book == book, WorkSheet.subject_id == key, WorkSheet.about == ABOUT
    )
    return ctx.session.scalar(found.limit(1)) is not None


def _cut(ctx: Context) -> datetime:
    """What began before this moment may be late: ten working days are never fewer days."""
    today = local_date(ctx.now)
    days = rates.rule_set_on(ctx.session, today).records.due_working_days
    return at_local(today - timedelta(days=days), time())


def _waiting_groups(cut: datetime) -> list[sa.ColumnElement[bool]]:
    """Sessions that somebody was to lead, and that are not worked off."""
    return [
        GroupSession.state.in_((GroupState.CLOSED, GroupState.HELD)),
        GroupSession.settled_at.is_(None),
        GroupSession.provider_id.is_not(None),
        GroupSession.starts_at < cut,
    ]


def _open(ctx: Context, book: str) -> Iterator[LateLine]:
    cut = _cut(ctx)
    visits = ctx.session.scalars(
        sa.select(Visit).where(
            Visit.book == book, Visit.state.in_(UNRECORDED), Visit.starts_at < cut
        )
    )
    groups = ctx.session.scalars(
        sa.select(GroupSession).where(GroupSession.book == book, *_waiting_groups(cut))
    )
    for row in [*visits, *groups]:
        line = _line_of(ctx, row)
        if line is not None:
            yield line


def _line_of(ctx: Context, row: Visit | GroupSession) -> LateLine | None:
    """An activity that is late and not on record; None where it is neither."""
    if row.provider_id is None:
        return None
    planned = row.starts_at + timedelta(minutes=row.booked_minutes)
    if isinstance(row, Visit):
        if row.state not in UNRECORDED:
            return None
        request = ctx.session.get_one(Request, (row.book, row.request_id))
        branch_id, reference, code = request.branch_id, request.reference, request.service_code
        ended, kind = row.checked_out_at or planned, VISIT
    else:
        if row.settled_at is not None or row.state is GroupState.CANCELLED:
            return None
        branch_id, reference, code, ended, kind = (
            row.branch_id,
            "",
            row.service_code,
            planned,
            GROUP,
        )
    today = local_date(ctx.now)
    recorder = Recorder(ctx)
    rules = rates.rule_set_on(ctx.session, today)
    due_on = recorder.due_on(ended, row.rule_set_version or rules.version)
    if due_on >= today:
        return None
    provider = member_row(ctx.session, row.provider_id)
    return LateLine(
        book=row.book,
        id=row.id,
        kind=kind,
        reference=reference,
        branch_id=branch_id,
        branch=recorder.branch(branch_id)[0],
        service=rules.service(code).name,
        provider_number=provider.number,
        provider=masked_name(provider.name),
        ended_on=local_date(ended),
        due_on=due_on,
        recorded_on=None,
        days_late=_working_days(rates.calendar_on(ctx.session), due_on, today),
        state=row.state.value,
    )


def _recorded(ctx: Context, book: str, span: Span) -> Iterator[LateLine]:
    recorder, calendar = Recorder(ctx), rates.calendar_on(ctx.session)
    found: list[ActivityRecord] = [
        *(
            recorder.visit(row.Visit, row.Request)
            for row in ctx.session.execute(visits_in([book], span, None))
        ),
        *(recorder.group(row) for row in ctx.session.scalars(groups_in([book], span, None))),
    ]
    late_ones = [each for each in found if each.is_late]
    providers = _providers(ctx, {each.provider_id for each in late_ones})
    for each in late_ones:
        provider = providers[each.provider_id]
        yield LateLine(
            book=book,
            id=each.id,
            kind=each.kind,
            reference=each.reference,
            branch_id=each.branch_id,
            branch=each.organiser,
            service=each.activity,
            provider_number=provider.number,
            provider=masked_name(provider.name),
            ended_on=local_date(each.ended_at),
            due_on=each.due_on,
            recorded_on=each.recorded_on,
            days_late=_working_days(calendar, each.due_on, each.recorded_on),
            state="credited",
        )


def _providers(ctx: Context, ids: set[UUID]) -> dict[UUID, Member]:
    rows = ctx.session.scalars(sa.select(Member).where(Member.id.in_(ids)))
    return {row.id: row for row in rows}


def _working_days(calendar: Calendar, after: date, until: date) -> int:
    """Working days after a day, up to and with another one."""
    days = (until - after).days
    each = (after + timedelta(days=step) for step in range(1, days + 1))
    return sum(calendar.is_working_day(day) for day in each)
