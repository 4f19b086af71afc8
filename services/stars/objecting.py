"""Somebody says during the notice that stars should not be given; the granting tier decides."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.honours import StarAward, StarObjection, StarState
from services import audit, outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden
from services.people.reading import member_row
from services.people.texts import prose
from services.places.regions import ancestors
from services.policy import Subject
from services.stars import sentences as say
from services.visits.days import lock_members

TEXT = "star.objection"
LONGEST = 500
UPHELD, DISMISSED = "upheld", "dismissed"
OBJECTION = "objection"
#: Tiers from the highest down, as a region's ancestors come.
_TIERS = ("province", "city", "county")


def award_row(ctx: Context, book: str, award_id: UUID, *, lock: bool = False) -> StarAward:
    """An award, or StarUnknown; services only."""
    row = ctx.session.get(
        StarAward, (book, award_id), with_for_update=lock or None, populate_existing=lock
    )
    if row is None:
        raise say.StarUnknown
    return row


def object_to(ctx: Context, book: str, award_id: UUID, text: str) -> UUID:
    """Object while the notice runs; returns the objection's id.

    Raises StarUnknown, StarNoticeOver, OwnStar, StarObjectedAlready or MissingText.
    """
    policy.require(ctx.actor, "star.object", Subject(book=book))
    words = prose(text, "text", LONGEST)

    def do() -> dict[str, str]:
        award = award_row(ctx, book, award_id, lock=True)
        _require_open(ctx, award)
        row = StarObjection(
            book=book,
            id=ctx.new_id(),
            award_id=award_id,
            by_id=ctx.actor.id,
            text_sealed=ctx.vault.seal(TEXT, words),
            at=ctx.now,
        )
        ctx.session.add(row)
        audit.record(
            ctx,
            "star.object",
            "star_award",
            award_id,
            book=book,
            after={"objection": str(row.id)},
            acting_for_id=award.member_id,
        )
        ctx.session.flush()
        return {"objection_id": str(row.id)}

    content = {"award_id": award_id, "text": ctx.vault.blind("act", words)}
    return UUID(once(ctx, book, "star.object", content, do)["objection_id"])


def _require_open(ctx: Context, award: StarAward) -> None:
    is_running = award.state is StarState.NOTICE and local_date(ctx.now) <= award.notice_ends_on
    if not is_running:
        raise say.StarNoticeOver
    if award.member_id == ctx.actor.id:
        raise say.OwnStar
    open_one = sa.select(StarObjection.id).where(
        StarObjection.book == award.book,
        StarObjection.award_id == award.id,
        StarObjection.by_id == ctx.actor.id,
        StarObjection.decided_at.is_(None),
    )
    if ctx.session.scalar(open_one.limit(1)) is not None:
        raise say.StarObjectedAlready


def decide(ctx: Context, book: str, objection_id: UUID, reason: str, *, uphold: bool) -> None:
    """Decide an objection. Upheld, the stars are refused, and every other objection with it.

    An administrator of the tier that grants so many stars, or of a higher one, who is neither
    side nor kin of either. Raises StarObjectionUnknown, NotTheGrantingTier, OwnStarObjection,
    StarObjectionDecided or MissingText.
    """
    found = ctx.session.get(StarObjection, (book, objection_id))
    if found is None:
        raise say.StarObjectionUnknown
    award = award_row(ctx, book, found.award_id)
    require_granting(ctx, award)
    if found.by_id in {ctx.actor.id} | ctx.actor.relatives:
        raise say.OwnStarObjection
    words = prose(reason, "reason", LONGEST)

    def do() -> dict[str, str]:
        lock_members(ctx.session, {award.member_id})
        row = award_row(ctx, book, award.id, lock=True)
        ctx.session.refresh(found)
        if found.decided_at is not None or row.state is not StarState.NOTICE:
            raise say.StarObjectionDecided
        _close(ctx, row, found, UPHELD if uphold else DISMISSED, words)
        if uphold:
            _refuse(ctx, row, words)
        ctx.session.flush()
        return {}

    content = {"objection_id": objection_id, "reason": words, "uphold": uphold}
    once(ctx, book, "star.decide", content, do)


def require_granting(ctx: Context, award: StarAward) -> None:
    """Raise unless the actor administers a region of the tier that grants, or a higher one."""
    if policy.can(ctx.actor, "star.decide", granting_subject(ctx, award)).allowed:
        return
    member = member_row(ctx.session, award.member_id)
    near = Subject(book=award.book, region_code=member.region_code, member_id=award.member_id)
    decision = policy.can(ctx.actor, "star.decide", near)
    if decision.allowed:
        raise say.NotTheGrantingTier
    raise Forbidden(decision.reason)


def granting_subject(ctx: Context, award: StarAward) -> Subject:
    """The region that grants: the book's own county, or what it lies in.

    A municipality without cities grants as a province.
    """
    wanted = _TIERS[: _TIERS.index(award.granting_tier) + 1]
    chain = [
        each
        for each in ancestors(ctx.session, award.book, local_date(ctx.now))
        if each.tier.value in wanted
    ]
    return Subject(region_code=chain[-1].code, member_id=award.member_id)


def _close(ctx: Context, award: StarAward, row: StarObjection, decision: str, reason: str) -> None:
    row.decision, row.decision_reason = decision, reason
    row.decided_by_id, row.decided_at = ctx.actor.id, ctx.now
    audit.record(
        ctx,
        "star.decide",
        "star_award",
        award.id,
        book=award.book,
        after={"objection": str(row.id), "decision": decision},
        acting_for_id=award.member_id,
    )
    outbox.tell(ctx, award.book, row.by_id, say.OBJECTION_HEARD, stars=award.stars, reason=reason)


def _refuse(ctx: Context, award: StarAward, reason: str) -> None:
    award.state, award.end_reason = StarState.REFUSED, OBJECTION
    award.decided_at, award.decided_by_id = ctx.now, ctx.actor.id
    outbox.tell(ctx, award.book, award.member_id, say.REFUSED, stars=award.stars, reason=reason)
    others = ctx.session.scalars(
        sa.select(StarObjection).where(
            StarObjection.book == award.book,
            StarObjection.award_id == award.id,
            StarObjection.decided_at.is_(None),
        )
    ).all()
    for each in others:
        _close(ctx, award, each, UPHELD, reason)
