"""The month's welfare visits: who has been seen, who has not, and who could go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Member, MemberStatus
from models.requests import Visit, VisitState
from models.service_days import (
    GroupPlace,
    GroupSession,
    RiskTier,
    WelfareSubject,
    WelfareVisit,
)
from services import audit, policy
from services.availability.barred import barred_by_elder
from services.clock import at_local, local_date
from services.context import Context
from services.policy import Subject
from services.queries.branch.desks import Desk, desk
from services.rules.welfare import ORDER, VISITS_A_MONTH, days_left, month_of

#: Lines of one page.
PAGE = 30
#: Volunteers named as able to go, at most.
COULD_GO = 3
SEEN = ("well", "needs_help")
#: When somebody was last seen is looked for so far before the month.
BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month on a Chinese clock."""

    first: date
    begins_at: datetime
    ends_at: datetime
    #: Days left of the month that runs now; 0 for one that is over.
    left_days: int


@dataclass(frozen=True, slots=True)
class SubjectLine:
    """One elder of the list: why, how often, how often so far, and when last."""

    elder_id: UUID
    name: str
    tier: str
    facts: tuple[str, ...]
    is_raised: bool
    planned: int
    times: int
    last_at: datetime | None
    tried_at: datetime | None
    could_go: tuple[str, ...] = ()

    @property
    def is_seen(self) -> bool:
        """Whether somebody has been there in the month."""
        return self.times > 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of a tier have been seen, and how many visits of those planned were made."""

    tier: str
    total: int
    seen: int
    planned: int
    made: int


@dataclass(frozen=True, slots=True)
class WelfareMonth:
    """A branch's month: progress by tier, and a page of the list."""

    desk: Desk
    month: Month
    tiers: tuple[Progress, ...]
    lines: tuple[SubjectLine, ...]
    found: int

    @property
    def total(self) -> int:
        """Everybody on the list."""
        return sum(each.total for each in self.tiers)

    @property
    def seen(self) -> int:
        """Those who have been seen."""
        return sum(each.seen for each in self.tiers)


@dataclass(slots=True)
class _Seen:
    times: int = 0
    last_at: datetime | None = None
    tried_at: datetime | None = None
    days: set[date] = field(default_factory=set)


def month_around(day: date, now: datetime) -> Month:
    """The month of a day: from its first midnight in China to the next month's."""
    first, following = month_of(day)
    today = local_date(now)
    left = days_left(today) if month_of(today)[0] == first else 0
    return Month(first, at_local(first, time()), at_local(following, time()), left)


def welfare_month(
    ctx: Context,
    branch_id: UUID,
    *,
    day: date | None = None,
    unseen: bool = True,
    number: int = 1,
    size: int = PAGE,
) -> WelfareMonth:
    """A branch's month: whoever has not been seen first, by risk and by how long ago."""
    here = desk(ctx, branch_id)
    policy.require(ctx.actor, "welfare.read", _subject(here))
    month = month_around(day or local_date(ctx.now), ctx.now)
    lines = subject_lines(ctx, here.book, month, branch_id)
    shown = [each for each in lines if not (unseen and each.is_seen)]
    page = shown[(number - 1) * size : number * size]
    could = _could_go(ctx, here.book, [each.elder_id for each in page if not each.is_seen])
    return WelfareMonth(
        here,
        month,
        progress_of(lines),
        tuple(replace(each, could_go=could.get(each.elder_id, ())) for each in page),
        len(shown),
    )


def record_export(ctx: Context, found: WelfareMonth, form: str) -> None:
    """Put on record that somebody took a month's list of names away as a file."""
    policy.require(ctx.actor, "welfare.export", _subject(found.desk))
    audit.record(
        ctx,
        "welfare.export",
        "export",
        ctx.new_id(),
        book=found.desk.book,
        after={
            "what": "welfare",
            "form": form,
            "month": f"{found.month.first:%Y-%m}",
            "branch": str(found.desk.id),
            "rows": len(found.lines),
        },
    )


def _subject(here: Desk) -> Subject:
    return Subject(book=here.book, region_code=here.region_code, branch_id=here.id)


def subject_lines(
    ctx: Context, book: str, month: Month, branch_id: UUID | None = None
) -> list[SubjectLine]:
    """Everybody on the list who lived through the month, most at risk and longest unseen first."""
    table = WelfareSubject
    wanted = [
        table.book == book,
        table.since < local_date(month.ends_at),
        sa.or_(table.ended_on.is_(None), table.ended_on >= month.first),
    ]
    if branch_id is not None:
        wanted.append(table.branch_id == branch_id)
    # Nobody goes to look in on the dead, nor has failed to.
    lives = sa.or_(Member.died_at.is_(None), Member.died_at >= month.ends_at)
    rows = ctx.session.execute(
        sa.select(table, Member.name)
        .join(Member, Member.id == table.elder_id)
        .where(*wanted, lives)
    ).all()
    seen = looked(ctx, book, month, sa.select(table.elder_id).where(*wanted))
    lines = [_line(row.WelfareSubject, row.name, seen) for row in rows]
    return sorted(lines, key=_urgency)


def _urgency(line: SubjectLine) -> tuple[bool, int, float, str]:
    last = line.last_at.timestamp() if line.last_at else 0.0
    return (line.is_seen, ORDER.index(line.tier), last, str(line.elder_id))


def _line(row: WelfareSubject, name: str, seen: Mapping[UUID, _Seen]) -> SubjectLine:
    mine = seen.get(row.elder_id, _Seen())
    return SubjectLine(
        elder_id=row.elder_id,
        name=name,
        tier=row.tier.value,
        facts=tuple(row.facts),
        is_raised=row.raised_to is not None,
        planned=VISITS_A_MONTH[row.tier.value],
        times=mine.times,
        last_at=mine.last_at,
        tried_at=mine.tried_at,
    )


def progress_of(lines: Iterable[SubjectLine]) -> tuple[Progress, ...]:
    """Figures by tier, the highest first."""
    found = list(lines)
    return tuple(_progress(tier.value, [x for x in found if x.tier == tier]) for tier in RiskTier)


def _progress(tier: str, lines: Sequence[SubjectLine]) -> Progress:
    return Progress(
        tier,
        len(lines),
        sum(1 for each in lines if each.is_seen),
        sum(each.planned for each in lines),
        sum(min(each.times, each.planned) for each in lines),
    )


def looked(ctx: Context, book: str, month: Month, elders: Any) -> Mapping[UUID, _Seen]:
    """When each was seen: look-ins, services that were credited, and group sessions attended.

    What came after the month does not count, and two visits on one day are one.
    """
    found: dict[UUID, _Seen] = {}
    for query in (_look_ins, _services, _sessions):
        for elder, moment, is_seen in ctx.session.execute(query(book, month, elders)):
            mine = found.setdefault(elder, _Seen())
            if not is_seen:
                mine.tried_at = max(mine.tried_at or moment, moment)
                continue
            mine.last_at = max(mine.last_at or moment, moment)
            if moment >= month.begins_at:
                mine.days.add(local_date(moment))
    for mine in found.values():
        mine.times = len(mine.days)
    return found


def _look_ins(book: str, month: Month, elders: Any) -> Any:
    table = WelfareVisit
    return sa.select(table.elder_id, table.at, table.finding.in_(SEEN)).where(
        table.book == book, table.elder_id.in_(elders), *_until(table.at, month)
    )


def _services(book: str, month: Month, elders: Any) -> Any:
    return sa.select(Visit.elder_id, Visit.starts_at, sa.true()).where(
        Visit.book == book,
        Visit.elder_id.in_(elders),
        Visit.state == VisitState.CREDITED,
        Visit.reversed_at.is_(None),
        *_until(Visit.starts_at, month),
    )


def _sessions(book: str, month: Month, elders: Any) -> Any:
    place, group = GroupPlace, GroupSession
    return (
        sa.select(place.elder_id, group.starts_at, sa.true())
        .join(group, sa.and_(group.book == place.book, group.id == place.session_id))
        .where(place.book == book, place.elder_id.in_(elders), place.present.is_(True))
        .where(*_until(group.starts_at, month))
    )


def _until(moment: Any, month: Month) -> tuple[Any, Any]:
    """Up to the month's end, and as far back as anybody wants to know."""
    return moment >= month.begins_at - BACK, moment < month.ends_at


def _could_go(ctx: Context, book: str, elders: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Volunteers whom an elder knows from earlier visits, the latest first."""
    if not elders:
        return {}
    last = sa.func.max(Visit.starts_at, type_=Visit.starts_at.type).label("last")
    rows = ctx.session.execute(
        sa.select(Visit.elder_id, Visit.provider_id, Member.name, last)
        .join(Member, Member.id == Visit.provider_id)
        .where(Visit.book == book, Visit.elder_id.in_(elders))
        .where(Visit.state == VisitState.CREDITED, Member.status == MemberStatus.ACTIVE)
        .where(Member.is_provider, Visit.reversed_at.is_(None))
        .group_by(Visit.elder_id, Visit.provider_id, Member.name)
        .order_by(last.desc(), Visit.provider_id)
    ).all()
    barred = barred_by_elder(ctx.session, elders)
    found: dict[UUID, tuple[str, ...]] = {}
    for row in rows:
        names = found.get(row.elder_id, ())
        if row.provider_id not in barred[row.elder_id] and len(names) < COULD_GO:
            found[row.elder_id] = (*names, row.name)
    return found
