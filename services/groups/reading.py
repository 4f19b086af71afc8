"""What the branch, the leader and the elder see of group sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch, BatchState
from models.people import Member
from models.places import Branch
from models.service_days import GroupPlace, GroupSession, GroupState
from services import policy, rates
from services.availability.barred import barred_elders_for, barred_for
from services.clock import local_date
from services.context import Context
from services.groups.booking import largest_share
from services.groups.finding import rules_of, subject_of
from services.groups.leading import fitness
from services.groups.making import is_open_to_change
from services.groups.sentences import GroupUnknown
from services.ledger.holds import held_minutes
from services.ledger.rows import read_holds
from services.people.reading import member_row
from services.places.branches import branch_row
from services.queries.branch.desks import Desk, desk
from services.queries.elder.near import ElderView, elder_view
from services.rules.names import Name
from services.rules.refusals import Refusal

#: Sessions of one page, and how long one that is over is still listed.
PAGE = 30
BACK = timedelta(days=62)
ALIVE = (GroupState.BOOKING, GroupState.CLOSED)


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as a line of a list."""

    book: str
    id: UUID
    branch_id: UUID
    service_code: str
    service: Name
    starts_at: datetime
    booked_minutes: int
    closes_at: datetime
    places: int
    taken: int
    place: str
    state: GroupState
    leader: str | None
    reason: str | None

    @property
    def left(self) -> int:
        """Places that nobody has."""
        return max(0, self.places - self.taken)


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """Somebody on the list of a session, for the branch."""

    elder_id: UUID
    number: str
    name: str
    consent: str
    booked_at: datetime
    held_minutes: int
    cancelled_at: datetime | None
    present: bool | None


@dataclass(frozen=True, slots=True)
class SessionFile:
    """A session with its list, for the branch."""

    view: SessionView
    desk: Desk
    service_day_id: UUID | None
    rule_day: date | None
    leader_id: UUID | None
    lines: tuple[PlaceLine, ...]
    booked: int | None
    share_minutes: int
    began_at: datetime | None
    actual_minutes: int | None
    batch_id: UUID | None
    batch_state: BatchState | None
    settled_at: datetime | None
    may_change: bool
    may_attend: bool


def views(ctx: Context, rows: Sequence[GroupSession]) -> list[SessionView]:
    """Sessions as lines, the names and the places taken read once for all."""
    counts = _taken(ctx, rows)
    leaders = {row.provider_id for row in rows if row.provider_id is not None}
    names = dict(
        ctx.session.execute(sa.select(Member.id, Member.name).where(Member.id.in_(leaders))).all()
    )
    return [_view(ctx, row, counts, names) for row in rows]


def _view(
    ctx: Context, row: GroupSession, counts: Mapping[UUID, int], names: Mapping[UUID, str]
) -> SessionView:
    return SessionView(
        book=row.book,
        id=row.id,
        branch_id=row.branch_id,
        service_code=row.service_code,
        service=rules_of(ctx, row).service(row.service_code).name,
        starts_at=row.starts_at,
        booked_minutes=row.booked_minutes,
        closes_at=row.closes_at,
        places=row.places,
        taken=counts.get(row.id, 0),
        place=row.place,
        state=row.state,
        leader=names.get(row.provider_id) if row.provider_id else None,
        reason=row.reason,
    )


def _taken(ctx: Context, rows: Sequence[GroupSession]) -> dict[UUID, int]:
    place = GroupPlace
    found = ctx.session.execute(
        sa.select(place.session_id, sa.func.count())
        .where(place.book.in_({row.book for row in rows}))
        .where(place.session_id.in_([row.id for row in rows]), place.cancelled_at.is_(None))
        .group_by(place.session_id)
    ).all()
    return {row[0]: row[1] for row in found}


def of_branch(ctx: Context, branch_id: UUID, number: int = 1) -> tuple[Desk, list[SessionView]]:
    """A branch's sessions, those to come first, then those of the last two months."""
    here = desk(ctx, branch_id)
    group = GroupSession
    ahead = sa.case((group.state.in_(ALIVE), 0), else_=1)
    rows = ctx.session.scalars(
        sa.select(group)
        .where(group.book == here.book, group.branch_id == here.id)
        .where(sa.or_(group.state.in_(ALIVE), group.starts_at >= ctx.now - BACK))
        .order_by(ahead, group.starts_at, group.id)
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    ).all()
    return here, views(ctx, rows)


def session_file(ctx: Context, book: str, session_id: UUID) -> SessionFile:
    """One session with its list, for the branch; raises GroupUnknown."""
    row = _row(ctx, book, session_id)
    policy.require(ctx.actor, "group.read", subject_of(ctx, row))
    batch = ctx.session.get(Batch, (book, row.batch_id)) if row.batch_id else None
    may_change = is_open_to_change(ctx, row)
    is_over = row.starts_at + timedelta(minutes=10) <= ctx.now
    return SessionFile(
        view=views(ctx, [row])[0],
        desk=_desk(branch_row(ctx.session, row.branch_id)),
        service_day_id=row.service_day_id,
        rule_day=row.rule_day,
        leader_id=row.provider_id,
        lines=_lines(ctx, row),
        booked=row.booked,
        share_minutes=largest_share(ctx, row, row.booked or 1),
        began_at=row.began_at,
        actual_minutes=row.actual_minutes,
        batch_id=row.batch_id,
        batch_state=batch.state if batch is not None else None,
        settled_at=row.settled_at,
        may_change=may_change,
        may_attend=may_change
        and is_over
        and row.state is not GroupState.BOOKING
        and row.provider_id is not None,
    )


def _desk(row: Branch) -> Desk:
    name = Name(row.name, row.name_en)
    return Desk(row.id, row.book, row.region_code, name, row.address, row.phone)


def _row(ctx: Context, book: str, session_id: UUID) -> GroupSession:
    row = ctx.session.get(GroupSession, (book, session_id))
    if row is None:
        raise GroupUnknown
    return row


def _lines(ctx: Context, row: GroupSession) -> tuple[PlaceLine, ...]:
    rows = ctx.session.execute(
        sa.select(GroupPlace, Member.number, Member.name)
        .join(Member, Member.id == GroupPlace.elder_id)
        .where(GroupPlace.book == row.book, GroupPlace.session_id == row.id)
        .order_by(GroupPlace.booked_at, GroupPlace.elder_id)
    ).all()
    holds = [each.GroupPlace.hold_id for each in rows if each.GroupPlace.hold_id]
    held = read_holds(ctx.session, row.book, holds)
    return tuple(_line(each, held) for each in rows)


def _line(row: Any, held: Mapping[UUID, Any]) -> PlaceLine:
    place: GroupPlace = row.GroupPlace
    found = held.get(place.hold_id) if place.hold_id else None
    return PlaceLine(
        elder_id=place.elder_id,
        number=row.number,
        name=row.name,
        consent=place.consent,
        booked_at=place.booked_at,
        held_minutes=0 if found is None or found.ended else held_minutes(found),
        cancelled_at=place.cancelled_at,
        present=place.present,
    )


@dataclass(frozen=True, slots=True)
class ElderSession:
    """A session as an elder sees it, and whether the elder has a place."""

    view: SessionView
    branch_phone: str
    is_booked: bool
    #: The most that it may cost, and what it will cost if so many have booked as now.
    most_minutes: int
    now_minutes: int
    held_minutes: int
    may_book: bool
    may_cancel: bool


@dataclass(frozen=True, slots=True)
class ElderSessions:
    """An elder's list: what is booked, and what could be."""

    elder: ElderView
    booked: tuple[ElderSession, ...]
    others: tuple[ElderSession, ...]


@dataclass(frozen=True, slots=True)
class ElderPage:
    """One session for an elder."""

    elder: ElderView
    session: ElderSession


def for_elder(ctx: Context, elder_id: UUID) -> ElderSessions:
    """Sessions of the elder's region that can be booked or are booked, the own branch first."""
    who = elder_view(ctx, elder_id)
    elder = member_row(ctx.session, elder_id)
    group = GroupSession
    mine = set(
        ctx.session.scalars(
            sa.select(GroupPlace.session_id).where(
                GroupPlace.book == elder.home_book,
                GroupPlace.elder_id == elder_id,
                GroupPlace.cancelled_at.is_(None),
            )
        )
    )
    bookable = sa.and_(group.state == GroupState.BOOKING, group.closes_at > ctx.now)
    rows = ctx.session.scalars(
        sa.select(group)
        .where(group.book == elder.home_book, group.starts_at > ctx.now - timedelta(hours=6))
        .where(sa.or_(bookable, group.id.in_(mine)))
        .order_by(sa.case((group.branch_id == elder.branch_id, 0), else_=1), group.starts_at)
        .limit(PAGE)
    ).all()
    barred = barred_for(ctx.session, elder_id)
    seen = [row for row in rows if row.id in mine or row.provider_id not in barred]
    found = _elder_sessions(ctx, elder_id, seen, mine, may_ask=who.may_ask)
    return ElderSessions(
        who,
        tuple(each for each in found if each.is_booked),
        tuple(each for each in found if not each.is_booked),
    )


def elder_page(ctx: Context, elder_id: UUID, book: str, session_id: UUID) -> ElderPage:
    """One session for an elder; raises GroupUnknown."""
    who = elder_view(ctx, elder_id)
    row = _row(ctx, book, session_id)
    elder = member_row(ctx.session, elder_id)
    place = ctx.session.get(GroupPlace, (book, session_id, elder_id))
    is_mine = place is not None and place.cancelled_at is None
    hidden = row.provider_id is not None and row.provider_id in barred_for(ctx.session, elder_id)
    if elder.home_book != book or (hidden and not is_mine):
        raise GroupUnknown
    mine = {row.id} if is_mine else set()
    return ElderPage(who, _elder_sessions(ctx, elder_id, [row], mine, may_ask=who.may_ask)[0])


def _elder_sessions(
    ctx: Context, elder_id: UUID, rows: Sequence[GroupSession], mine: set[UUID], *, may_ask: bool
) -> list[ElderSession]:
    found = []
    for row, view in zip(rows, views(ctx, rows), strict=True):
        is_mine = row.id in mine
        others = row.booked or view.taken + (not is_mine)
        is_open = row.state is GroupState.BOOKING and row.closes_at > ctx.now
        found.append(
            ElderSession(
                view=view,
                branch_phone=branch_row(ctx.session, row.branch_id).phone,
                is_booked=is_mine,
                most_minutes=largest_share(ctx, row),
                now_minutes=largest_share(ctx, row, max(1, others)),
                held_minutes=_held(ctx, row, elder_id) if is_mine else 0,
                may_book=may_ask and is_open and not is_mine and view.left > 0,
                may_cancel=may_ask and is_mine and row.state in ALIVE and row.starts_at > ctx.now,
            )
        )
    return found


def _held(ctx: Context, row: GroupSession, elder_id: UUID) -> int:
    place = ctx.session.get(GroupPlace, (row.book, row.id, elder_id))
    if place is None or place.hold_id is None:
        return 0
    found = read_holds(ctx.session, row.book, [place.hold_id])[place.hold_id]
    return 0 if found.ended else held_minutes(found)


@dataclass(frozen=True, slots=True)
class LeadLine:
    """A session for a volunteer: what stands against leading it, if anything."""

    view: SessionView
    is_mine: bool
    refusals: tuple[Refusal, ...] = ()

    @property
    def eligible(self) -> bool:
        """Whether nothing stands against it."""
        return not self.refusals


def for_volunteer(ctx: Context) -> tuple[LeadLine, ...]:
    """Sessions that the actor leads, then those of the region that nobody leads yet.

    One with somebody on its list whom the actor must not meet is not there, as if it were taken.
    """
    me = member_row(ctx.session, ctx.actor.id)
    group = GroupSession
    rows = ctx.session.scalars(
        sa.select(group)
        .where(group.book == me.home_book, group.state.in_(ALIVE))
        .where(
            sa.or_(
                group.provider_id == me.id,
                sa.and_(group.provider_id.is_(None), group.starts_at > ctx.now),
            )
        )
        .order_by(group.starts_at, group.id)
        .limit(PAGE)
    ).all()
    hidden = _with_any_of(ctx, rows, barred_elders_for(ctx.session, me.id))
    rows = [row for row in rows if row.provider_id == me.id or row.id not in hidden]
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    lines = []
    for row, view in zip(rows, views(ctx, rows), strict=True):
        is_mine = row.provider_id == me.id
        against = () if is_mine else fitness(ctx, row, me, rules)[0]
        lines.append(LeadLine(view, is_mine, against))
    return tuple(sorted(lines, key=lambda each: not each.is_mine))


def _with_any_of(
    ctx: Context, rows: Sequence[GroupSession], elders: frozenset[UUID]
) -> frozenset[UUID]:
    """Which of the sessions have one of these elders on their list."""
    place = GroupPlace
    found = ctx.session.scalars(
        sa.select(place.session_id)
        .where(place.book.in_({row.book for row in rows}))
        .where(place.session_id.in_([row.id for row in rows]))
        .where(place.elder_id.in_(elders), place.cancelled_at.is_(None))
    )
    return frozenset(found)


def services_for_groups(ctx: Context) -> dict[str, Name]:
    """Services that several recipients may have at once, by today's rules."""
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return {code: line.name for code, line in rules.services.items() if line.group}
