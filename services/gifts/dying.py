"""Gifts of somebody who has died: what was still in the window comes back, on either side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.giving import Gift, GiftOrigin, GiftState
from models.people import Member, MemberStatus
from services import audit, outbox
from services.context import Context
from services.gifts import sentences as say
from services.gifts.confirming import set_aside
from services.gifts.crossing import BARRED
from services.gifts.ending import OPEN, end, reverse_final
from services.gifts.facts import left_in, terms_of
from services.ledger.drafts import AlreadyReversed
from services.people.books import books_of
from services.visits.days import lock_members

GIVER_DEAD, RECEIVER_DEAD = "giver_died", "receiver_died"


@dataclass(frozen=True, slots=True)
class GiftAtDeath:
    """A gift that a death touches. ``came_back`` is false where the coins have been used, or
    where an administrator has reversed the gift already.
    """

    gift_id: UUID
    reference: str
    giver_id: UUID
    receiver_id: UUID
    minutes: int
    came_back: bool


def release_for_death(ctx: Context, member: Member, died_at: datetime) -> list[GiftAtDeath]:
    """Return every gift, given or received, that was not the receiver's when the member died.

    Held and unconfirmed ones end. Final ones whose window was still open at the moment of death,
    or that were made after it, are reversed if the coins are still there; else they stay and the
    list says so. Whoever lives is told. The member's row is locked by the caller before.
    """
    gifts = _touched(ctx, member, died_at)
    others = {gift.giver_id for gift in gifts} | {gift.receiver_id for gift in gifts}
    lock_members(ctx.session, others - {member.id})
    found = []
    for gift in gifts:
        ctx.session.refresh(gift, with_for_update=True)
        known = gift.state in OPEN or gift.state is GiftState.FINAL
        if known:
            found.append(_return(ctx, gift, member))
    return found


def restore_after_mistake(ctx: Context, member: Member, since: datetime) -> int:
    """Set aside anew what came back for a death that was a mistake; returns how many gifts.

    ``since`` is when the account was frozen. Each has a new window, in which its giver may still
    think again, and both sides are told. A gift whose coins have been used meanwhile stays back,
    and so does one for which the giver's year, or a cap between two regions, has no room any more.
    The member's row is locked, and active again, by the caller before.
    """
    rows = ctx.session.scalars(
        sa.select(Gift)
        .where(
            Gift.book.in_(books_of(member)),
            sa.or_(Gift.giver_id == member.id, Gift.receiver_id == member.id),
            Gift.state == GiftState.RETURNED,
            Gift.reason.in_((GIVER_DEAD, RECEIVER_DEAD)),
            Gift.confirmed_at.is_not(None),
            Gift.ended_at >= since,
        )
        .order_by(Gift.id)
    ).all()
    others = {gift.giver_id for gift in rows} | {gift.receiver_id for gift in rows}
    lock_members(ctx.session, others - {member.id})
    return sum(_restored(ctx, gift) for gift in rows)


def _restored(ctx: Context, gift: Gift) -> bool:
    giver, receiver = (ctx.session.get_one(Member, i) for i in (gift.giver_id, gift.receiver_id))
    if any(each.status is not MemberStatus.ACTIVE for each in (giver, receiver)):
        return False
    if giver.home_book != gift.book:
        return False
    if gift.origin is GiftOrigin.EARNED:
        terms = terms_of(ctx, giver)
        if gift.amount_minutes > left_in(ctx, giver, gift.relation, terms, gift.year):
            return False
    try:
        with ctx.session.begin_nested():
            gift.reason, gift.ended_at, gift.given_minutes = None, None, 0
            gift.final_at, gift.refusable_until = None, None
            set_aside(ctx, gift, giver, receiver)
    except (say.NotEnoughEarned, say.NotEnoughInherited, *BARRED):
        return False
    return True


def _touched(ctx: Context, member: Member, died_at: datetime) -> list[Gift]:
    """In the order of their keys; without a lock, so look again under it."""
    still_open = sa.or_(
        Gift.state.in_(OPEN),
        sa.and_(Gift.state == GiftState.FINAL, Gift.revocable_until > died_at),
    )
    rows = ctx.session.scalars(
        sa.select(Gift)
        .where(
            Gift.book.in_(books_of(member)),
            sa.or_(Gift.giver_id == member.id, Gift.receiver_id == member.id),
            still_open,
        )
        .order_by(Gift.id)
    )
    return list(rows)


def _return(ctx: Context, gift: Gift, member: Member) -> GiftAtDeath:
    reason = GIVER_DEAD if gift.giver_id == member.id else RECEIVER_DEAD
    minutes = gift.given_minutes if gift.state is GiftState.FINAL else gift.amount_minutes
    came_back = gift.state in OPEN or _reversed(ctx, gift, reason)
    if came_back:
        was_waiting = gift.state is GiftState.WAITING
        end(ctx, gift, GiftState.RETURNED, "gift.return", reason)
        if not was_waiting:
            _tell(ctx, gift, reason, minutes)
    else:
        after = {"came_back": False, "gift_minutes": minutes, "reason": reason}
        audit.record(ctx, "gift.return", "gift", gift.id, book=gift.book, after=after)
    return GiftAtDeath(gift.id, gift.reference, gift.giver_id, gift.receiver_id, minutes, came_back)


def _reversed(ctx: Context, gift: Gift, reason: str) -> bool:
    try:
        reverse_final(ctx, gift, reason)
    except (say.GiftUsed, AlreadyReversed):
        return False
    return True


def _tell(ctx: Context, gift: Gift, reason: str, minutes: int) -> None:
    """Tell whoever lives."""
    giver, receiver = (ctx.session.get_one(Member, i) for i in (gift.giver_id, gift.receiver_id))
    reader, sentence = giver, say.RECEIVER_DIED
    if reason == GIVER_DEAD:
        reader, sentence = receiver, say.GIVER_DIED
    outbox.tell(
        ctx,
        reader.home_book,
        reader.id,
        sentence,
        channel="sms",
        giver=giver.name,
        receiver=receiver.name,
        back_minutes=minutes,
    )
