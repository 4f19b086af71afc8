"""What anybody may read: how much is given here, regions and branches, the calendar's year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.oversight import OutboxMessage
from models.people import Member, MemberStatus
from models.places import Book, Branch, Operator, OperatorKind
from models.requests import Visit, VisitState
from models.rules import RuleSetRecord
from services import outbox, policy, rates
from services.context import Context
from services.places import RegionView, ancestors, branches_in, children
from services.places.branches import BranchView
from services.places.keeping import lies_in
from services.places.regions import region_row
from services.rules.calendar import Calendar, DayKindCode
from services.rules.names import Name

#: More on one page would be a telephone book.
BRANCHES_A_PAGE = 60


@dataclass(frozen=True, slots=True)
class Statistics:
    """What this instance has brought about. ``given_minutes`` are minutes actually served."""

    members: int
    visits: int
    given_minutes: int


def statistics(ctx: Context) -> Statistics:
    """Three sums over short columns; the edge keeps them for a while."""
    policy.require(ctx.actor, "public.read")
    members = ctx.session.scalar(
        sa.select(sa.func.count()).where(Member.status == MemberStatus.ACTIVE)
    )
    visits, given = ctx.session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(Visit.actual_minutes), 0)).where(
            Visit.state == VisitState.CREDITED, Visit.reversed_at.is_(None)
        )
    ).one()
    return Statistics(members or 0, visits, given or 0)


@dataclass(frozen=True, slots=True)
class Place:
    """A branch on the public list, its operator and who follows it in words' raw material."""

    branch: BranchView
    operator_name_en: str
    operator_kind: OperatorKind
    successor_name: str
    successor_name_en: str


@dataclass(frozen=True, slots=True)
class RegionPage:
    """One region on a day: where it lies, what lies in it, and who can be met there."""

    chain: tuple[RegionView, ...]
    below: tuple[RegionView, ...]
    #: Counties of this page that keep a book: only there can people join.
    with_book: frozenset[str]
    branches: tuple[Place, ...]
    #: There are more branches here than one page shows: choose a smaller region first.
    too_many: bool


def region_page(ctx: Context, code: str | None, day: date) -> RegionPage:
    """The region of a code, or the whole country; branches as they are open today."""
    policy.require(ctx.actor, "public.read")
    session = ctx.session
    chain = ancestors(session, code, day) if code else ()
    below = children(session, code, day)
    codes = [region.code for region in (*chain, *below)]
    books = session.scalars(sa.select(Book.region_code).where(Book.region_code.in_(codes)))
    count = session.scalar(
        sa.select(sa.func.count()).where(
            lies_in(session, Branch.region_code, code or policy.NATION),
            Branch.closed_on.is_(None),
        )
    )
    too_many = (count or 0) > BRANCHES_A_PAGE
    here = () if too_many else _branches(session, code)
    return RegionPage(chain, below, frozenset(books), here, too_many)


def _branches(session: Session, code: str | None) -> tuple[Place, ...]:
    found = branches_in(session, code or policy.NATION)
    operators = {
        row.id: row
        for row in session.scalars(
            sa.select(Operator).where(Operator.id.in_({each.operator_id for each in found}))
        )
    }
    known = {each.id: each for each in found}
    places = []
    for each in found:
        heir = known.get(each.successor_branch_id) if each.successor_branch_id else None
        operator = operators[each.operator_id]
        places.append(
            Place(
                each,
                operator.name_en,
                operator.kind,
                heir.name if heir else "",
                heir.name_en if heir else "",
            )
        )
    return tuple(places)


@dataclass(frozen=True, slots=True)
class JoiningPlace:
    """A county where people can join, with its branches and the townships below it."""

    code: str
    name: str
    name_en: str
    branches: tuple[BranchView, ...]


def joining_places(ctx: Context, day: date) -> tuple[JoiningPlace, ...]:
    """Every county that keeps a book and has an open branch."""
    policy.require(ctx.actor, "public.join")
    session = ctx.session
    found = []
    for code in session.scalars(sa.select(Book.region_code).order_by(Book.region_code)):
        here = branches_in(session, code)
        # A county that has ended is found under the one that took over.
        if here and region_row(session, code, day) is not None:
            chain = ancestors(session, code, day)
            name = "".join(region.name for region in chain)
            name_en = ", ".join(region.name_en for region in reversed(chain))
            found.append(JoiningPlace(code, name, name_en, here))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Version:
    """A published rule set, by its name, its first day and the hash of its content."""

    version: str
    content_hash: str
    effective_from: date
    published_at: datetime


def versions(ctx: Context) -> tuple[Version, ...]:
    """Every published rule set, the newest first."""
    policy.require(ctx.actor, "public.read")
    rows = ctx.session.execute(
        sa.select(
            RuleSetRecord.version,
            RuleSetRecord.content_hash,
            RuleSetRecord.effective_from,
            RuleSetRecord.published_at,
        ).order_by(RuleSetRecord.effective_from.desc(), RuleSetRecord.published_at.desc())
    )
    return tuple(Version(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day and what it counts as; ``holiday`` where it belongs to one."""

    day: date
    kind: DayKindCode
    holiday: Name | None


@dataclass(frozen=True, slots=True)
class YearPage:
    """A year's days off and working weekends. Unpublished years have plain weekends."""

    year: int
    published: bool
    years: tuple[int, ...]
    source: Name | None
    #: Only the days that are not what their weekday says, and every holiday.
    special: tuple[CalendarDay, ...]


def year_page(ctx: Context, year: int) -> YearPage:
    """The calendar of a year as it stands now."""
    policy.require(ctx.actor, "public.read")
    calendar = rates.calendar_on(ctx.session)
    known = calendar.years.get(year)
    days = [_day(calendar, day) for day in _days_of(year)]
    usual = {True: "rest", False: "workday"}
    special = [each for each in days if each.holiday or each.kind != usual[each.day.weekday() >= 5]]
    return YearPage(
        year=year,
        published=known is not None,
        years=tuple(calendar.years),
        source=known.source if known else None,
        special=tuple(special),
    )


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1)]


def _day(calendar: Calendar, day: date) -> CalendarDay:
    return CalendarDay(day, calendar.day_kind(day), calendar.holiday(day))


@dataclass(frozen=True, slots=True)
class DemoMessage:
    """A message of the invented district, with the name of its reader."""

    notice: outbox.Notice
    name: str


def demo_messages(ctx: Context, limit: int = 60) -> tuple[DemoMessage, ...]:
    """Everybody's newest messages, one-time codes too: for invented people only."""
    policy.require(ctx.actor, "demo.read")
    rows = ctx.session.execute(
        sa.select(OutboxMessage, Member.name)
        .join(Member, Member.id == OutboxMessage.member_id)
        .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
        .limit(limit)
    )
    return tuple(DemoMessage(outbox.opened(row, ctx.vault), name) for row, name in rows)
