"""Services that count: credited visits whose posting stands, and settled group sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.places import Branch, Operator
from models.requests import Request, Visit, VisitState
from models.service_days import GroupSession
from services import rates
from services.clock import at_local, local_date
from services.context import Context
from services.places.regions import full_name
from services.records.lines import ActivityRecord
from services.rules.calendar import Calendar
from services.rules.names import Name

VISIT, GROUP = "visit", "group"


@dataclass(frozen=True, slots=True)
class Span:
    """Days from the first to the last; None is without an end."""

    first: date | None = None
    last: date | None = None

    def bounds(self, column: Any) -> list[sa.ColumnElement[bool]]:
        """The conditions that a moment lies in these days."""
        found = []
        if self.first is not None:
            found.append(column >= at_local(self.first, time()))
        if self.last is not None:
            found.append(column < at_local(self.last + timedelta(days=1), time()))
        return found


EVER = Span()
#: When a service began, for counting it to a day.
BEGAN = sa.func.coalesce(Visit.checked_in_at, Visit.starts_at)
LED = sa.func.coalesce(GroupSession.began_at, GroupSession.starts_at)


def activities_of(
    ctx: Context, books: Sequence[str], span: Span = EVER, provider_id: UUID | None = None
) -> tuple[ActivityRecord, ...]:
    """The services in some books, of one volunteer or of all, in the order of time."""
    reader = Recorder(ctx)
    visits = ctx.session.execute(visits_in(books, span, provider_id)).all()
    groups = ctx.session.scalars(groups_in(books, span, provider_id)).all()
    found = [
        *(reader.visit(row.Visit, row.Request) for row in visits),
        *(reader.group(row) for row in groups),
    ]
    return tuple(sorted(found, key=lambda each: (each.began_at, each.id)))


def visits_in(
    books: Sequence[str], span: Span, provider_id: UUID | None
) -> sa.Select[Visit, Request]:
    """Visits that were credited and stand, with their requests."""
    query = (
        sa.select(Visit, Request)
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .where(
            Visit.book.in_(books),
            Visit.state == VisitState.CREDITED,
            Visit.reversed_at.is_(None),
            *span.bounds(BEGAN),
        )
    )
    return query if provider_id is None else query.where(Visit.provider_id == provider_id)


def groups_in(
    books: Sequence[str], span: Span, provider_id: UUID | None
) -> sa.Select[GroupSession]:
    """Group sessions whose list has been worked off."""
    query = sa.select(GroupSession).where(
        GroupSession.book.in_(books),
        GroupSession.settled_at.is_not(None),
        GroupSession.provider_id.is_not(None),
        *span.bounds(LED),
    )
    return query if provider_id is None else query.where(GroupSession.provider_id == provider_id)


class Recorder:
    """Makes records of rows; what many rows share is read once."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._calendar: Calendar = rates.calendar_on(ctx.session)
        self._branches: dict[UUID, tuple[Name, Name, str | None]] = {}
        self._places: dict[str, Name] = {}

    def visit(self, visit: Visit, request: Request) -> ActivityRecord:
        """A credited visit."""
        ended = visit.checked_out_at or visit.ended_at or visit.starts_at
        return self._record(
            visit,
            kind=VISIT,
            reference=request.reference,
            service_code=request.service_code,
            version=visit.rule_set_version,
            began_at=visit.checked_in_at or visit.starts_at,
            ended_at=ended,
            branch_id=request.branch_id,
            place=self._place(request.region_code),
            remote=request.remote,
            recorded_at=visit.ended_at or ended,
            by_hand=visit.manual_entry_id is not None,
        )

    def group(self, row: GroupSession) -> ActivityRecord:
        """A session that somebody has led."""
        began = row.began_at or row.starts_at
        ended = began + timedelta(minutes=row.actual_minutes or row.booked_minutes)
        rules = rates.rule_set_on(self._ctx.session, local_date(began))
        return self._record(
            row,
            kind=GROUP,
            reference="",
            service_code=row.service_code,
            version=row.rule_set_version or rules.version,
            began_at=began,
            ended_at=ended,
            branch_id=row.branch_id,
            place=Name(row.place, row.place),
            remote=False,
            recorded_at=row.settled_at or ended,
            by_hand=False,
        )

    def due_on(self, ended_at: datetime, version: str) -> date:
        """The last working day on which a service that ended then is recorded in time."""
        days = rates.rule_set(self._ctx.session, version).records.due_working_days
        return self._calendar.add_working_days(local_date(ended_at), days)

    def branch(self, branch_id: UUID) -> tuple[Name, Name, str | None]:
        """A branch, its operator, and who is in charge of its services."""
        if branch_id not in self._branches:
            row = self._ctx.session.get_one(Branch, branch_id)
            body = self._ctx.session.get_one(Operator, row.operator_id)
            self._branches[branch_id] = (
                Name(row.name, row.name_en),
                Name(body.name, body.name_en),
                row.person_in_charge,
            )
        return self._branches[branch_id]

    def _record(
        self,
        row: Visit | GroupSession,
        *,
        service_code: str,
        version: str,
        branch_id: UUID,
        ended_at: datetime,
        began_at: datetime,
        recorded_at: datetime,
        **known: Any,
    ) -> ActivityRecord:
        rules = rates.rule_set(self._ctx.session, version)
        line = rules.service(service_code)
        organiser, operator, person = self.branch(branch_id)
        assert row.provider_id is not None
        return ActivityRecord(
            book=row.book,
            id=row.id,
            provider_id=row.provider_id,
            service_code=service_code,
            activity=line.name,
            content=rules.tiers[line.tier].name,
            began_at=began_at,
            ended_at=ended_at,
            day=local_date(began_at),
            actual_minutes=row.actual_minutes or 0,
            branch_id=branch_id,
            organiser=organiser,
            operator=operator,
            person_in_charge=person,
            recorded_at=recorded_at,
            recorded_on=local_date(recorded_at),
            due_on=self.due_on(ended_at, version),
            **known,
        )

    def _place(self, code: str) -> Name:
        if code not in self._places:
            today = local_date(self._ctx.now)
            self._places[code] = Name(*full_name(self._ctx.session, code, today))
        return self._places[code]
