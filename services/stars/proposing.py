"""Stars are proposed when the hours reach them, published, and granted when nobody objects."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.honours import StarAward, StarBan, StarObjection, StarState
from models.people import Member, MemberStatus
from services import audit, outbox, policy, rates
from services.clock import at_local, local_date
from services.context import Context
from services.people.reading import member_row
from services.rules.caps import stars as stars_for
from services.rules.rule_set import RuleSet
from services.rules.stars import (
    again_after_months,
    granting_tier,
    hours_of,
    months_after,
    notice_working_days,
)
from services.stars.sentences import GRANTED, PROPOSED
from services.stars.standing import awards_of, barred_until
from services.visits.days import lock_members

LEFT = "left"
_STANDING = (StarState.NOTICE, StarState.GRANTED)


def due_to_propose(ctx: Context, limit: int = 500) -> list[UUID]:
    """Members whose hours reach more stars than stand or are being published, the longest first.

    Whoever is banned, or whose stars were refused not long ago, is not among them.
    """
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    steps = sorted((each.hours * 60, each.stars) for each in rules.stars)
    tops = [*(minutes for minutes, _ in steps[1:]), None]
    reached = [
        sa.and_(
            Member.served_minutes >= minutes,
            sa.true() if top is None else Member.served_minutes < top,
            ~_has_award(StarAward.stars >= stars, StarAward.state.in_(_STANDING)),
            ~_has_award(
                StarAward.stars == stars,
                StarAward.state == StarState.REFUSED,
                StarAward.decided_at > _refused_since(ctx),
            ),
        )
        for (minutes, stars), top in zip(steps, tops, strict=True)
    ]
    rows = ctx.session.scalars(
        sa.select(Member.id)
        .where(
            Member.status == MemberStatus.ACTIVE,
            sa.or_(*reached),
            ~_has_award(StarAward.state == StarState.NOTICE),
            ~_is_banned(ctx),
        )
        .order_by(Member.served_minutes.desc(), Member.id)
        .limit(limit)
        .execution_options(cross_book=True)
    )
    return list(rows)


def propose(ctx: Context, member_id: UUID) -> bool:
    """Publish the stars that a member's hours reach; False where there is nothing to publish.

    The member's row is locked: a ban, a correction or another run waits, or is seen.
    """
    policy.require(ctx.actor, "jobs.run")
    lock_members(ctx.session, {member_id})
    member = member_row(ctx.session, member_id)
    today = local_date(ctx.now)
    rules = rates.rule_set_on(ctx.session, today)
    stars = _due(ctx, member, rules)
    if not stars:
        return False
    calendar = rates.calendar_on(ctx.session)
    row = StarAward(
        book=member.home_book,
        id=ctx.new_id(),
        member_id=member_id,
        stars=stars,
        served_minutes=member.served_minutes,
        rule_set_version=rules.version,
        state=StarState.NOTICE,
        granting_tier=granting_tier(stars),
        proposed_at=ctx.now,
        notice_from=today,
        notice_ends_on=calendar.add_working_days(today, notice_working_days()),
    )
    ctx.session.add(row)
    after = {
        "stars": stars,
        "served_minutes": member.served_minutes,
        "until": row.notice_ends_on.isoformat(),
    }
    audit.record(ctx, "star.propose", "star_award", row.id, book=row.book, after=after)
    outbox.tell(
        ctx,
        row.book,
        member_id,
        PROPOSED,
        stars=stars,
        hours=hours_of(stars, rules),
        until_on=row.notice_ends_on.isoformat(),
    )
    ctx.session.flush()
    return True


def due_to_grant(ctx: Context, limit: int = 500) -> list[tuple[str, UUID, UUID]]:
    """Awards whose notice is over without an open objection: (book, award, member)."""
    rows = ctx.session.execute(
        sa.select(StarAward.book, StarAward.id, StarAward.member_id)
        .where(
            StarAward.state == StarState.NOTICE,
            StarAward.notice_ends_on < local_date(ctx.now),
            ~_has_objection(),
        )
        .order_by(StarAward.notice_ends_on, StarAward.id)
        .limit(limit)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id, row.member_id) for row in rows]


def grant(ctx: Context, book: str, award_id: UUID, member_id: UUID) -> bool:
    """Give the stars whose notice is over; False where that is not so any more."""
    policy.require(ctx.actor, "jobs.run")
    lock_members(ctx.session, {member_id})
    row = ctx.session.get_one(
        StarAward, (book, award_id), with_for_update=True, populate_existing=True
    )
    today = local_date(ctx.now)
    if row.state is not StarState.NOTICE or row.notice_ends_on >= today:
        return False
    if ctx.session.scalar(sa.select(_has_objection(row))):
        return False
    member = member_row(ctx.session, member_id)
    is_member = member.status is MemberStatus.ACTIVE
    row.state = StarState.GRANTED if is_member else StarState.WITHDRAWN
    row.end_reason = None if is_member else LEFT
    row.decided_at = ctx.now
    after = {"stars": row.stars, "state": row.state.value}
    audit.record(ctx, "star.grant", "star_award", row.id, book=book, after=after)
    if is_member:
        outbox.tell(ctx, book, member_id, GRANTED, stars=row.stars)
    ctx.session.flush()
    return is_member


def _due(ctx: Context, member: Member, rules: RuleSet) -> int:
    """How many stars to publish now; 0 where none are due."""
    today = local_date(ctx.now)
    is_clean = barred_until(ctx.session, member, today, rules) is None
    reached = stars_for(member.served_minutes, rules, clean=is_clean)
    if not reached or member.status is not MemberStatus.ACTIVE:
        return 0
    for each in awards_of(ctx.session, member):
        if each.state is StarState.NOTICE:
            return 0
        if each.state is StarState.GRANTED and each.stars >= reached:
            return 0
        if (
            each.state is StarState.REFUSED
            and each.stars == reached
            and each.decided_at is not None
            and each.decided_at > _refused_since(ctx)
        ):
            return 0
    return reached


def _refused_since(ctx: Context) -> datetime:
    return at_local(months_after(local_date(ctx.now), -again_after_months()), time())


def _has_award(*where: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(StarAward.member_id == Member.id, *where)


def _is_banned(ctx: Context) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        StarBan.member_id == Member.id,
        StarBan.lifted_at.is_(None),
        StarBan.until_day >= local_date(ctx.now),
    )


def _has_objection(row: StarAward | None = None) -> sa.ColumnElement[bool]:
    """Whether an objection waits for its decision."""
    of: Any = StarAward if row is None else row
    return sa.exists().where(
        StarObjection.book == of.book,
        StarObjection.award_id == of.id,
        StarObjection.decided_at.is_(None),
    )
