"""A share that waits: claimed by the own login or at the counter, or lapsed to the pool."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateHeir, EstateState
from models.people import Member
from services import audit, outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden
from services.estates import notice_sentences as say
from services.estates.finding import estate_row, locked_estate, move
from services.estates.finding import subject_of as estate_subject
from services.estates.heir_sentences import HeirUnknown
from services.estates.parties import heirs_of, members_by_id
from services.estates.shares import (
    Place,
    barrier_to,
    goes_to,
    is_elsewhere,
    pool_draft,
    post_halves,
    share_halves,
    tell_share,
)
from services.ledger.accounts import estate_account
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.people.reading import member_row, subject_of
from services.policy import OWN_AFFAIR
from services.visits.days import lock_members


def claim(ctx: Context, book: str, estate_id: UUID, heir_id: UUID) -> None:
    """Bring a share that waits to its heir's account.

    An heir claims by the own login, or at the counter of the own branch from staff who are no
    kin. Raises AccountNeeded, NothingToClaim, ClaimedAlready, ClaimTooLate or HeirNotReady; to
    another book NotJoined or CorridorShut: then the share goes there once the way is open.
    """
    estate = estate_row(ctx.session, book, estate_id)
    heir = heir_row(ctx, estate, heir_id)
    if heir.member_id is None:
        policy.require(ctx.actor, "estate.take_down", estate_subject(ctx, estate))
        raise say.AccountNeeded
    member = member_row(ctx.session, heir.member_id)
    _require(ctx, estate, member)
    lock_members(ctx.session, {estate.member_id, member.id})
    estate = locked_estate(ctx, book, estate_id)
    heir = heir_row(ctx, estate, heir_id)

    def do() -> dict[str, str]:
        _require_waiting(ctx, estate, heir, member)
        barrier = barrier_to(ctx, book, member)
        if barrier is not None:
            raise barrier
        to = goes_to(ctx, book, member, local_date(estate.divided_at or ctx.now))
        if to is None:
            raise say.HeirNotReady
        _pay(ctx, estate, heir, member, to)
        return {}

    once(ctx, book, "estate.claim", {"heir_id": heir_id}, do)


def _require(ctx: Context, estate: Estate, member: Member) -> None:
    """The heir's own act; the branch of the heir or of the dead may do it for the heir."""
    if member.id == ctx.actor.id:
        policy.require(ctx.actor, "estate.claim", subject_of(member))
        return
    if member.id in ctx.actor.relatives:
        raise Forbidden(OWN_AFFAIR)
    if not policy.can(ctx.actor, "estate.claim", subject_of(member)).allowed:
        policy.require(ctx.actor, "estate.take_down", estate_subject(ctx, estate))


def heir_row(ctx: Context, estate: Estate, heir_id: UUID) -> EstateHeir:
    """One line of the list as it is now; raises HeirUnknown. The estate's lock is its lock."""
    row = ctx.session.get(EstateHeir, (estate.book, heir_id), populate_existing=True)
    if row is None or row.estate_id != estate.id:
        raise HeirUnknown
    return row


def _require_waiting(ctx: Context, estate: Estate, heir: EstateHeir, member: Member) -> None:
    if heir.paid_at is not None and heir.share_minutes:
        raise say.ClaimedAlready
    if estate.state is not EstateState.DIVIDED or not heir.share_minutes or heir.lapsed_at:
        raise say.NothingToClaim
    late = estate.claim_until is not None and local_date(ctx.now) > estate.claim_until
    # Whose book could not be reached is not late.
    if late and not is_elsewhere(estate.book, member):
        raise say.ClaimTooLate(until=estate.claim_until)


def _pay(ctx: Context, estate: Estate, heir: EstateHeir, member: Member, to: Place) -> None:
    minutes = heir.share_minutes or 0
    heir.paid_at = ctx.now
    settle(ctx, estate)
    after = {"heir": str(heir.id), "minutes": minutes, "to": str(member.id)}
    audit.record(
        ctx,
        "estate.claim",
        "estate",
        estate.id,
        book=estate.book,
        after=after,
        acting_for_id=member.id if member.id != ctx.actor.id else None,
    )
    tell_share(ctx, estate, member, minutes, paid=True)
    [posted] = post_halves(ctx, [share_halves(ctx, estate, heir, minutes, to, "claim")])
    move(ctx, estate, posted, "claim", heir.id)


def settle(ctx: Context, estate: Estate) -> None:
    """An estate on which nobody waits any more is settled."""
    ctx.session.flush()
    if not any(_waits(heir) for heir in heirs_of(ctx, estate.book, estate.id)):
        estate.state, estate.settled_at = EstateState.SETTLED, ctx.now


def _waits(heir: EstateHeir) -> bool:
    return bool(heir.share_minutes) and heir.paid_at is None and heir.lapsed_at is None


def due_to_cross(ctx: Context) -> list[tuple[str, UUID, UUID]]:
    """Shares that wait for heirs of other books, over all books; for the job."""
    rows = ctx.session.execute(
        sa.select(EstateHeir.book, EstateHeir.estate_id, EstateHeir.id)
        .join(Estate, sa.and_(Estate.book == EstateHeir.book, Estate.id == EstateHeir.estate_id))
        .join(Member, Member.id == EstateHeir.member_id)
        .where(
            Estate.state == EstateState.DIVIDED,
            EstateHeir.share_minutes > 0,
            EstateHeir.paid_at.is_(None),
            EstateHeir.lapsed_at.is_(None),
            Member.home_book != EstateHeir.book,
        )
        .order_by(EstateHeir.book, EstateHeir.estate_id, EstateHeir.id)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.estate_id, row.id) for row in rows]


def cross(ctx: Context, book: str, estate_id: UUID, heir_id: UUID) -> bool:
    """Bring a share to an heir of another book once a corridor is open; False while it waits."""
    policy.require(ctx.actor, "jobs.run")
    estate = estate_row(ctx.session, book, estate_id)
    heir = heir_row(ctx, estate, heir_id)
    if heir.member_id is None:
        return False
    lock_members(ctx.session, {estate.member_id, heir.member_id})
    estate = locked_estate(ctx, book, estate_id)
    heir = heir_row(ctx, estate, heir_id)
    if estate.state is not EstateState.DIVIDED or heir.member_id is None or not _waits(heir):
        return False
    member = member_row(ctx.session, heir.member_id)
    to = goes_to(ctx, book, member, local_date(estate.divided_at or ctx.now))
    if to is None:
        return False
    _pay(ctx, estate, heir, member, to)
    return True


def due_to_lapse(ctx: Context) -> list[tuple[str, UUID]]:
    """Estates with shares that nobody has claimed in time, over all books; for the job."""
    rows = ctx.session.execute(
        sa.select(Estate.book, Estate.id)
        .where(Estate.state == EstateState.DIVIDED, Estate.claim_until < local_date(ctx.now))
        .order_by(Estate.book, Estate.id)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.id) for row in rows]


def lapse(ctx: Context, book: str, estate_id: UUID) -> int:
    """What nobody claimed goes to the pool; returns how many shares.

    A share whose heir has an account in another book stays until a corridor is open: it is not
    the heir who is late.
    """
    policy.require(ctx.actor, "jobs.run")
    estate = locked_estate(ctx, book, estate_id)
    until = estate.claim_until
    if estate.state is not EstateState.DIVIDED or until is None or local_date(ctx.now) <= until:
        return 0
    heirs = heirs_of(ctx, estate.book, estate.id)
    members = members_by_id(ctx, [heir.member_id for heir in heirs])
    due = [
        heir
        for heir in heirs
        if _waits(heir) and not is_elsewhere(book, members.get(heir.member_id or heir.id))
    ]
    drafts = [_lapsed(ctx, estate, heir, members.get(heir.member_id or heir.id)) for heir in due]
    settle(ctx, estate)
    done = post(ctx.session, drafts, Stamp(ctx.now, ctx.actor.id))
    for heir, posted in zip(due, done, strict=True):
        move(ctx, estate, posted, "unclaimed", heir.id)
    return len(due)


def _lapsed(ctx: Context, estate: Estate, heir: EstateHeir, member: Member | None) -> Draft:
    """Mark one share and tell its heir; returns the transfer to the pool."""
    minutes = heir.share_minutes or 0
    heir.lapsed_at = ctx.now
    if member is not None and member.died_at is None:
        outbox.tell(
            ctx,
            member.home_book,
            member.id,
            say.SHARE_LAPSED,
            name=member_row(ctx.session, estate.member_id).name,
            reference=estate.reference,
            share_minutes=minutes,
        )
    after = {"heir": str(heir.id), "minutes": minutes}
    audit.record(ctx, "estate.lapse", "estate", estate.id, book=estate.book, after=after)
    legs = (Leg(estate_account(estate.book, estate.member_id), -minutes),)
    return pool_draft(ctx, estate, legs, "unclaimed", f":{heir.id}")
