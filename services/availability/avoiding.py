"""Not wanting to meet somebody again: said once, kept to oneself, taken back at any time.

Nobody else learns of it: not the other side, not staff. The audit record says that it was done
and not about whom.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.availability import Avoidance
from models.people import Member
from models.requests import Visit
from services import audit, outbox, policy
from services.acts import once
from services.availability import errors as say
from services.availability.parting import take_back_offers
from services.availability.wishes import subject_of
from services.claims import claim_row
from services.context import Context
from services.matching.marks import mark
from services.people.reading import member_row
from services.people.texts import masked_name
from services.visits.sentences import VisitUnknown

MOST_SHOWN = 100
AVOIDANCE_CHANGED = "您不想再见面的人，名单改过了。"


@dataclass(frozen=True, slots=True)
class Avoided:
    """Somebody whom a member does not want to meet."""

    member_id: UUID
    name: str
    since: datetime


def side_of(ctx: Context, visit: Visit) -> tuple[UUID, UUID]:
    """Who avoids and who is avoided when the actor says so of a visit: the own side, the other."""
    if ctx.actor.id == visit.provider_id:
        return visit.provider_id, visit.elder_id
    return visit.elder_id, visit.provider_id


def avoid(ctx: Context, book: str, visit_id: UUID) -> None:
    """Never again with whoever a visit was with; what is promised already stays as it is."""
    visit = ctx.session.get(Visit, (book, visit_id))
    if visit is None:
        raise VisitUnknown
    own_id, other_id = side_of(ctx, visit)
    member = member_row(ctx.session, own_id)
    policy.require(ctx.actor, "avoidance.update", subject_of(member))

    def do() -> dict[str, str]:
        values = {
            "member_id": own_id,
            "other_id": other_id,
            "since": ctx.now,
            "ended_at": None,
        }
        if not claim_row(ctx.session, Avoidance, values):
            row = ctx.session.get_one(
                Avoidance, (own_id, other_id), with_for_update=True, populate_existing=True
            )
            if row.ended_at is not None:
                row.since, row.ended_at = ctx.now, None
        take_back_offers(
            ctx, book, visit.elder_id, visit.provider_id, wishes=own_id == visit.elder_id
        )
        _record(ctx, member, "avoidance.add")
        return {}

    once(ctx, book, "avoidance.add", {"visit_id": visit_id}, do)


def stop_avoiding(ctx: Context, member_id: UUID, other_id: UUID) -> None:
    """The two may meet again."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "avoidance.update", subject_of(member))

    def do() -> dict[str, str]:
        row = ctx.session.get(Avoidance, (member_id, other_id), with_for_update=True)
        about_oneself = member_id != ctx.actor.id and other_id == ctx.actor.id
        if row is None or row.ended_at is not None or about_oneself:
            raise say.NotAvoided
        row.ended_at = ctx.now
        mark(ctx.session, [member_id, other_id], ctx.now)
        _record(ctx, member, "avoidance.end")
        return {}

    content = {"member_id": member_id, "other_id": other_id}
    once(ctx, member.home_book, "avoidance.end", content, do)


def _record(ctx: Context, member: Member, act: str) -> None:
    """That it was done; the record has no subject that would lead to the other person."""
    audit.record(
        ctx,
        act,
        "avoidance",
        ctx.new_id(),
        book=member.home_book,
        acting_for_id=None if ctx.actor.id == member.id else member.id,
    )
    # Not a word about whom: others read a member's notices too.
    outbox.tell_acted(ctx, member.home_book, member.id, AVOIDANCE_CHANGED)
    ctx.session.flush()


def avoided_by(ctx: Context, member_id: UUID) -> tuple[Avoided, ...]:
    """Whom a member avoids, the latest first. Volunteers read elders' names masked.

    A relative who is avoided does not find himself on the list.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "avoidance.read", subject_of(member))
    rows = ctx.session.execute(
        sa.select(Avoidance.other_id, Avoidance.since)
        .where(
            Avoidance.member_id == member_id,
            Avoidance.ended_at.is_(None),
            Avoidance.other_id != ctx.actor.id,
        )
        .order_by(Avoidance.since.desc(), Avoidance.other_id)
        .limit(MOST_SHOWN)
    ).all()
    people = {
        row.id: row
        for row in ctx.session.scalars(
            sa.select(Member).where(Member.id.in_([each.other_id for each in rows]))
        )
    }
    came = _came_to(ctx, member, set(people))

    def shown(other: Member) -> str:
        return other.name if other.id in came else masked_name(other.name)

    return tuple(Avoided(each.other_id, shown(people[each.other_id]), each.since) for each in rows)


def _came_to(ctx: Context, member: Member, others: set[UUID]) -> set[UUID]:
    """Who has come to the member: their full names were told when they came."""
    return set(
        ctx.session.scalars(
            sa.select(Visit.provider_id)
            .distinct()
            .where(
                Visit.book == member.home_book,
                Visit.elder_id == member.id,
                Visit.provider_id.in_(others),
            )
        )
    )


def is_avoiding(ctx: Context, book: str, visit_id: UUID) -> bool:
    """Whether the actor's own side already avoids the other side of a visit."""
    visit = ctx.session.get(Visit, (book, visit_id))
    if visit is None:
        raise VisitUnknown
    own_id, other_id = side_of(ctx, visit)
    member = member_row(ctx.session, own_id)
    policy.require(ctx.actor, "avoidance.read", subject_of(member))
    row = ctx.session.get(Avoidance, (own_id, other_id))
    return row is not None and row.ended_at is None
