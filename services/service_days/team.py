"""The team of one date: members are invited and answer themselves; nobody is ever assigned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Member, MemberStatus
from models.service_days import RoundMember, RoundStop
from services import audit, policy
from services.acts import once
from services.claims import claim_row
from services.context import Context
from services.rules.rounds import MOST_TEAM
from services.service_days import sentences as say
from services.service_days.finding import (
    locked_round,
    members_of,
    require_ahead,
    subject_of,
    tell,
)

ASKED, YES, NO = "asked", "yes", "no"


def invite(ctx: Context, book: str, day_id: UUID, rule_day: date, members: Sequence[UUID]) -> int:
    """Invite volunteers to a date; whoever was invited already is not asked twice.

    Returns how many were invited now. Raises NotInvitable or TeamFull.
    """
    day, row = locked_round(ctx, book, day_id, rule_day)
    policy.require(ctx.actor, "round.invite", subject_of(ctx, day))
    wanted = list(dict.fromkeys(members))

    def do() -> dict[str, int]:
        require_ahead(ctx, row)
        _check_volunteers(ctx, book, wanted)
        known = {each.member_id for each in members_of(ctx, row)}
        fresh = [each for each in wanted if each not in known]
        if len(known) + len(fresh) > MOST_TEAM:
            raise say.TeamFull(most=MOST_TEAM)
        for member in fresh:
            values = {
                "book": book,
                "service_day_id": day_id,
                "rule_day": rule_day,
                "member_id": member,
                "answer": ASKED,
            }
            claim_row(ctx.session, RoundMember, values)
        tell(ctx, day, row, fresh, say.INVITED, channel="sms")
        after = {"rule_day": rule_day.isoformat(), "invited": [str(each) for each in fresh]}
        audit.record(ctx, "round.invite", "service_day", day.id, book=book, after=after)
        ctx.session.flush()
        return {"invited": len(fresh)}

    asked = {"service_day_id": day_id, "rule_day": rule_day, "members": wanted}
    return int(once(ctx, book, "round.invite", asked, do)["invited"])


def team_of_request(session: Session, book: str, request_id: UUID) -> list[UUID]:
    """Who has said yes to the date on which this request is a stop: asked before all others."""
    stop, member = RoundStop, RoundMember
    same = sa.and_(
        member.book == stop.book,
        member.service_day_id == stop.service_day_id,
        member.rule_day == stop.rule_day,
    )
    return list(
        session.scalars(
            sa.select(member.member_id)
            .join(stop, same)
            .where(stop.book == book, stop.request_id == request_id, member.answer == YES)
            .order_by(member.answered_at, member.member_id)
        )
    )


def _check_volunteers(ctx: Context, book: str, wanted: Sequence[UUID]) -> None:
    found = ctx.session.scalar(
        sa.select(sa.func.count())
        .select_from(Member)
        .where(
            Member.id.in_(wanted),
            Member.home_book == book,
            Member.is_provider,
            Member.status == MemberStatus.ACTIVE,
            Member.identity_checked_at.is_not(None),
        )
    )
    if not wanted or found != len(wanted):
        raise say.NotInvitable(field="members")


def answer(ctx: Context, book: str, day_id: UUID, rule_day: date, *, comes: bool) -> None:
    """Say yes or no to a date. A yes claims nothing: each visit is promised on its own."""
    day, row = locked_round(ctx, book, day_id, rule_day)
    policy.require(ctx.actor, "round.answer", subject_of(ctx, day, ctx.actor.id))

    def do() -> dict[str, str]:
        require_ahead(ctx, row)
        mine = next((each for each in members_of(ctx, row) if each.member_id == ctx.actor.id), None)
        if mine is None:
            raise say.NotOfTheTeam
        before, mine.answer = mine.answer, YES if comes else NO
        mine.answered_at = ctx.now
        sentence = say.ANSWERED_YES if comes else say.ANSWERED_NO
        tell(ctx, day, row, [day.made_by_id], sentence, who=ctx.actor.name)
        audit.record(
            ctx,
            "round.answer",
            "service_day",
            day.id,
            book=book,
            before={"answer": before},
            after={"answer": mine.answer, "rule_day": rule_day.isoformat()},
        )
        ctx.session.flush()
        return {}

    asked = {"service_day_id": day_id, "rule_day": rule_day, "comes": comes}
    once(ctx, book, "round.answer", asked, do)
