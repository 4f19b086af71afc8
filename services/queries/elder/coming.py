"""Who comes when, by the parts in which people think of days, and who each of them is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.people import Member, Sex
from models.requests import Request, Visit
from services import rates
from services.availability.facts import TOOK_PLACE
from services.clock import at_local, local_date
from services.context import Context
from services.people.reading import held_certificates, member_row
from services.places import BranchView, branch
from services.queries.elder.home import COMING, UNDONE, VisitRow, visit_rows
from services.queries.elder.near import ElderView, near, require_near, view_of
from services.rules.levels import valid_codes
from services.rules.names import Name
from services.visits.locating import subject_of
from services.visits.sentences import DOOR_WORD, VisitUnknown

#: Further ahead than this a paper on the wall is no help.
PAPER_DAYS = 28
#: Certificates that say what somebody has learnt; a policy or a declaration says nothing of it.
LEARNT = frozenset({"course", "vocational", "title", "trainer"})


@dataclass(frozen=True, slots=True)
class Coming:
    """Who comes when."""

    elder: ElderView
    day: date
    today: tuple[VisitRow, ...]
    tomorrow: tuple[VisitRow, ...]
    this_week: tuple[VisitRow, ...]
    later: tuple[VisitRow, ...]
    #: Of each person who comes, the next visit.
    people: tuple[VisitRow, ...]

    @property
    def all(self) -> tuple[VisitRow, ...]:
        """Everything in one list."""
        return (*self.today, *self.tomorrow, *self.this_week, *self.later)


@dataclass(frozen=True, slots=True)
class NameCard:
    """Somebody who comes: enough to know the person at the door, without a picture."""

    elder: ElderView
    branch: BranchView
    id: UUID
    book: str
    name: str
    number: str
    sex: Sex
    door_word: str
    level: Name
    trained_for: tuple[Name, ...]
    volunteer_since: datetime
    times_here: int
    in_training: bool
    starts_at: datetime
    booked_minutes: int
    remote: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """Both, for the wall: who comes when, and who they are."""

    elder: ElderView
    branch: BranchView
    coming: Coming
    cards: tuple[NameCard, ...]
    printed_at: datetime


def coming_of(ctx: Context, elder_id: UUID, ahead: timedelta | None = None) -> Coming:
    """Who comes to an elder today, tomorrow, in the rest of the week, and after it."""
    member = near(ctx, elder_id, "visit.read")
    today = local_date(ctx.now)
    midnight = at_local(today, time())
    found = visit_rows(
        ctx,
        member,
        Visit.starts_at >= midnight,
        Visit.starts_at < midnight + (ahead or timedelta(days=400)),
        sa.or_(
            Visit.state.in_(COMING),
            sa.and_(Visit.starts_at < midnight + timedelta(days=1), Visit.state.not_in(UNDONE)),
        ),
    )
    #: The week ends with Sunday; on a Sunday nothing is left of it.
    sunday = today + timedelta(days=6 - today.weekday())

    def between(first: date, last: date) -> tuple[VisitRow, ...]:
        return tuple(row for row in found if first <= local_date(row.starts_at) <= last)

    next_day = today + timedelta(days=1)
    after = max(sunday, next_day) + timedelta(days=1)
    return Coming(
        elder=view_of(ctx, member),
        day=today,
        today=between(today, today),
        tomorrow=between(next_day, next_day),
        this_week=between(next_day + timedelta(days=1), sunday),
        later=between(after, date.max),
        people=tuple(_people(ctx, found)),
    )


def _people(ctx: Context, rows: Iterable[VisitRow]) -> Iterable[VisitRow]:
    """The first of each person's visits that are still to come."""
    seen: set[UUID] = set()
    for row in rows:
        provider_id = ctx.session.get_one(Visit, (row.book, row.id)).provider_id
        if row.state in COMING and provider_id not in seen:
            seen.add(provider_id)
            yield row


def name_card(ctx: Context, book: str, visit_id: UUID) -> NameCard:
    """The card of whoever has promised a visit; there is none of who has not, or not any more."""
    visit = ctx.session.get(Visit, (book, visit_id))
    if visit is None or visit.state in UNDONE:
        raise VisitUnknown
    request = ctx.session.get_one(Request, (book, visit.request_id))
    require_near(ctx, "visit.read", subject_of(request, visit))
    elder = member_row(ctx.session, request.elder_id)
    return _card(ctx, request, visit, elder)


def paper_of(ctx: Context, elder_id: UUID) -> Paper:
    """The sheet for the wall: the next weeks and a card of everybody who comes."""
    coming = coming_of(ctx, elder_id, timedelta(days=PAPER_DAYS))
    member = member_row(ctx.session, elder_id)
    return Paper(
        elder=coming.elder,
        branch=branch(ctx.session, member.branch_id),
        coming=coming,
        cards=tuple(name_card(ctx, row.book, row.id) for row in coming.people),
        printed_at=ctx.now,
    )


def _card(ctx: Context, request: Request, visit: Visit, elder: Member) -> NameCard:
    provider = member_row(ctx.session, visit.provider_id)
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    held = held_certificates(ctx.session, provider.id)
    valid = valid_codes(held, local_date(visit.starts_at))
    return NameCard(
        elder=view_of(ctx, elder),
        branch=branch(ctx.session, request.branch_id),
        id=visit.id,
        book=visit.book,
        name=provider.name,
        number=provider.number,
        sex=provider.sex,
        door_word=elder.door_word or DOOR_WORD,
        level=rules.level(visit.provider_level).name,
        trained_for=tuple(
            kind.name
            for code, kind in rules.certificates.items()
            if code in valid and kind.kind in LEARNT
        ),
        volunteer_since=provider.joined_at,
        times_here=_times_here(ctx, visit),
        in_training=visit.extra,
        starts_at=visit.starts_at,
        booked_minutes=visit.booked_minutes,
        remote=request.remote,
    )


def _times_here(ctx: Context, visit: Visit) -> int:
    """How often this person has been with this elder before."""
    count = ctx.session.scalar(
        sa.select(sa.func.count())
        .select_from(Visit)
        .where(
            Visit.book == visit.book,
            Visit.elder_id == visit.elder_id,
            Visit.provider_id == visit.provider_id,
            Visit.id != visit.id,
            Visit.state.in_(TOOK_PLACE),
        )
    )
    return count or 0
