"""Who is on the list of welfare visits: it follows from recorded facts; a clerk may add care."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import sqlalchemy as sa

from models.people import Assessment, Member, MemberStatus
from models.places import Book
from models.service_days import RiskTier, WelfareSubject
from services import audit, policy
from services.acts import once
from services.claims import claim_row
from services.clock import age_on, local_date
from services.context import Context
from services.people.reading import current_grade, member_row
from services.policy import Subject
from services.rules.welfare import ORDER, Circumstances, facts_of, higher, tier_of
from services.welfare import sentences as say

#: Elders looked at in one unit of work.
CHUNK = 500


def books(ctx: Context) -> list[str]:
    """Every book."""
    return list(ctx.session.scalars(sa.select(Book.book).order_by(Book.book)))


def refresh(ctx: Context, book: str, after: UUID | None = None) -> UUID | None:
    """Put the next elders of a book where their facts put them; where to go on, or None."""
    policy.require(ctx.actor, "jobs.run")
    elders = _elders(ctx, book, after)
    ids = [each.id for each in elders]
    known = _known(ctx, book, ids)
    grades = _grades(ctx, ids)
    for elder in elders:
        _place(ctx, elder, known.get(elder.id), grades.get(elder.id, 0))
    ctx.session.flush()
    return ids[-1] if len(ids) == CHUNK else None


def _elders(ctx: Context, book: str, after: UUID | None) -> list[Member]:
    """Recipients of a book, and whoever is on the list but is none any more."""
    listed = sa.select(WelfareSubject.elder_id).where(
        WelfareSubject.book == book, WelfareSubject.ended_on.is_(None)
    )
    query = (
        sa.select(Member)
        .where(Member.home_book == book, sa.or_(Member.is_recipient, Member.id.in_(listed)))
        .order_by(Member.id)
        .limit(CHUNK)
    )
    if after is not None:
        query = query.where(Member.id > after)
    return list(ctx.session.scalars(query))


def _known(ctx: Context, book: str, ids: Iterable[UUID]) -> dict[UUID, WelfareSubject]:
    rows = ctx.session.scalars(
        sa.select(WelfareSubject)
        .where(WelfareSubject.book == book, WelfareSubject.elder_id.in_(list(ids)))
        .order_by(WelfareSubject.elder_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.elder_id: row for row in rows}


def _grades(ctx: Context, ids: list[UUID]) -> Mapping[UUID, int]:
    """The newest grade of each, one statement for all."""
    rows = ctx.session.execute(
        sa.select(Assessment.member_id, Assessment.grade)
        .where(Assessment.member_id.in_(ids), Assessment.assessed_on <= local_date(ctx.now))
        .order_by(Assessment.assessed_on, Assessment.recorded_at, Assessment.id)
    )
    return {row.member_id: row.grade for row in rows}


def _place(ctx: Context, elder: Member, row: WelfareSubject | None, grade: int) -> None:
    today = local_date(ctx.now)
    is_here = elder.status is MemberStatus.ACTIVE and elder.is_recipient
    facts = facts_of(
        Circumstances(
            age_years=age_on(elder.born_on, today),
            grade=grade,
            lives_alone=elder.lives_alone,
            in_hardship=elder.in_hardship,
            severely_disabled=elder.spends_under_age,
        )
    )
    raised = row.raised_to.value if row is not None and row.raised_to else None
    tier = higher(tier_of(facts), raised) if is_here else None
    if row is None:
        if tier is not None:
            _put(ctx, elder, RiskTier(tier), facts)
        return
    if tier is None:
        row.ended_on = row.ended_on or today
        return
    if row.ended_on is not None:
        row.ended_on, row.since = None, today
    row.tier, row.facts, row.branch_id = RiskTier(tier), list(facts), elder.branch_id


def _put(ctx: Context, elder: Member, tier: RiskTier, facts: tuple[str, ...]) -> None:
    """Put somebody on the list, unless somebody else has just done so."""
    values = {
        "book": elder.home_book,
        "elder_id": elder.id,
        "branch_id": elder.branch_id,
        "tier": tier.value,
        "facts": list(facts),
        "since": local_date(ctx.now),
    }
    claim_row(ctx.session, WelfareSubject, values)


def elder_subject(elder: Member) -> Subject:
    """The policy's view of somebody who is looked in on."""
    return Subject(
        book=elder.home_book,
        region_code=elder.region_code,
        branch_id=elder.branch_id,
        elder_id=elder.id,
    )


def raise_tier(ctx: Context, elder_id: UUID, tier: str, reason: str) -> None:
    """Look in on somebody oftener than the facts ask, with a reason; it is never lowered so."""
    elder = member_row(ctx.session, elder_id)
    policy.require(ctx.actor, "welfare.raise", elder_subject(elder))

    def do() -> dict[str, str]:
        if tier not in ORDER:
            raise say.TierUnknown(field="tier")
        if not reason.strip():
            raise say.WhyRaised(field="reason")
        if not elder.is_recipient or elder.status is not MemberStatus.ACTIVE:
            raise say.NotAnElder
        row = _known(ctx, elder.home_book, [elder.id]).get(elder.id)
        if row is None:
            _put(ctx, elder, RiskTier(tier), ())
            row = _known(ctx, elder.home_book, [elder.id])[elder.id]
        elif row.ended_on is None and higher(row.tier.value, tier) == row.tier.value:
            raise say.NotHigher
        row.raised_to, row.raised_by_id, row.raised_at = RiskTier(tier), ctx.actor.id, ctx.now
        row.raise_reason_sealed = ctx.vault.seal("welfare.reason", reason.strip())
        _place(ctx, elder, row, current_grade(ctx.session, elder.id, local_date(ctx.now)))
        audit.record(
            ctx,
            "welfare.raise",
            "member",
            elder.id,
            book=elder.home_book,
            after={"tier": tier},
            acting_for_id=elder.id,
        )
        ctx.session.flush()
        return {}

    once(
        ctx,
        elder.home_book,
        "welfare.raise",
        {"elder_id": elder_id, "tier": tier, "reason": reason},
        do,
    )
