"""A volunteer's week: what is promised, when one is free, what one is asked, service days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa

from models.matching import Offer, OfferState
from models.requests import Request, RequestState, Visit, VisitState
from models.service_days import Round, RoundMember, RoundState, ServiceDay
from services import policy
from services.availability.loading import Stated, stated_by
from services.clock import at_local, local_date
from services.context import Context
from services.queries.branch.desks import service_name
from services.queries.volunteer.away import asking_books
from services.queries.volunteer.cards import VisitCard, cards, promises
from services.rules.availability import free_on, paused_on
from services.rules.names import Name

DAYS = 7
#: A week holds no more than this of each kind; nobody promises so much.
MOST = 100
SHOWN = [state for state in VisitState if state is not VisitState.CANCELLED]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AskedFor:
    """Something that one is asked for and has not answered yet."""

    book: str
    request_id: UUID
    service: Name
    starts_at: datetime
    booked_minutes: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TeamDay:
    """A service day with one's team; ``answer`` is asked or yes."""

    name: str
    starts_at: datetime
    ends_at: datetime
    answer: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the week. ``hours`` are those that one has stated; None: nothing is stated."""

    day: date
    is_today: bool
    is_away: bool
    hours: tuple[tuple[datetime, datetime], ...] | None
    visits: tuple[VisitCard, ...]
    asked: tuple[AskedFor, ...]
    team_days: tuple[TeamDay, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing takes place."""
        return not (self.visits or self.asked or self.team_days)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days, and where the weeks before and after begin."""

    first: date
    last: date
    before: date
    after: date
    days: tuple[Day, ...]


def week(ctx: Context, first: date | None = None) -> Week:
    """The seven days from a date on; without one, from Monday of this week."""
    policy.require(ctx.actor, "request.browse")
    today = local_date(ctx.now)
    begins = first or today - timedelta(days=today.weekday())
    start, end = at_local(begins, time()), at_local(begins + timedelta(days=DAYS), time())
    visits = _by_day(_visits(ctx, start, end), lambda card: card.starts_at)
    asked = _by_day(_asked(ctx, start, end), lambda each: each.starts_at)
    teams = _by_day(_team_days(ctx, start, end), lambda each: each.starts_at)
    stated = stated_by(ctx.session, [ctx.actor.id], begins)[ctx.actor.id]
    days = [begins + timedelta(days=number) for number in range(DAYS)]
    return Week(
        first=begins,
        last=days[-1],
        before=begins - timedelta(days=DAYS),
        after=begins + timedelta(days=DAYS),
        days=tuple(
            Day(
                day=day,
                is_today=day == today,
                is_away=paused_on(stated.exceptions, day) is not None,
                hours=_hours(stated, day),
                visits=tuple(visits[day]),
                asked=tuple(asked[day]),
                team_days=tuple(teams[day]),
            )
            for day in days
        ),
    )


def _by_day(rows: Iterable[T], start: Callable[[T], datetime]) -> defaultdict[date, list[T]]:
    found: defaultdict[date, list[T]] = defaultdict(list)
    for row in rows:
        found[local_date(start(row))].append(row)
    return found


def _hours(stated: Stated, day: date) -> tuple[tuple[datetime, datetime], ...] | None:
    if not stated.windows and not stated.exceptions:
        return None
    midnight = at_local(day, time())
    return tuple(
        (midnight + timedelta(minutes=begin), midnight + timedelta(minutes=end))
        for begin, end in free_on(stated.windows, stated.exceptions, day)
    )


def _visits(ctx: Context, start: datetime, end: datetime) -> tuple[VisitCard, ...]:
    wanted = promises(ctx, *SHOWN).where(Visit.starts_at >= start, Visit.starts_at < end)
    return cards(ctx, wanted.limit(MOST))


def _asked(ctx: Context, start: datetime, end: datetime) -> Iterable[AskedFor]:
    rows = ctx.session.execute(
        sa.select(Offer, Request)
        .join(Request, sa.and_(Request.book == Offer.book, Request.id == Offer.request_id))
        .where(
            Offer.book.in_(asking_books(ctx)),
            Offer.provider_id == ctx.actor.id,
            Offer.state == OfferState.OPEN,
            Offer.expires_at > ctx.now,
            Request.state == RequestState.OPEN,
            Request.starts_at >= start,
            Request.starts_at < end,
        )
        .order_by(Request.starts_at, Request.id)
        .limit(MOST)
    )
    for offer, request in rows:
        yield AskedFor(
            book=request.book,
            request_id=request.id,
            service=service_name(ctx, request.rule_set_version, request.service_code),
            starts_at=request.starts_at,
            booked_minutes=request.booked_minutes,
            expires_at=offer.expires_at,
        )


def _team_days(ctx: Context, start: datetime, end: datetime) -> Iterable[TeamDay]:
    same_round = sa.and_(
        Round.book == RoundMember.book,
        Round.service_day_id == RoundMember.service_day_id,
        Round.rule_day == RoundMember.rule_day,
    )
    same_day = sa.and_(ServiceDay.book == Round.book, ServiceDay.id == Round.service_day_id)
    rows = ctx.session.execute(
        sa.select(ServiceDay.name, Round.starts_at, Round.ends_at, RoundMember.answer)
        .select_from(RoundMember)
        .join(Round, same_round)
        .join(ServiceDay, same_day)
        .where(
            RoundMember.book == ctx.actor.home_book,
            RoundMember.member_id == ctx.actor.id,
            RoundMember.answer.in_(("asked", "yes")),
            Round.state != RoundState.CANCELLED,
            Round.starts_at >= start,
            Round.starts_at < end,
        )
        .order_by(Round.starts_at)
        .limit(MOST)
    )
    for row in rows:
        yield TeamDay(*row)
