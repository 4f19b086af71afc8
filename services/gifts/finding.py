"""Finding a gift, and both of its people under their locks."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from models.giving import Gift
from models.people import Member
from services.context import Context
from services.gifts.sentences import GiftUnknown, OwnOrKinGift
from services.people.reading import member_row
from services.visits.days import lock_members


def gift_row(session: Session, book: str, gift_id: UUID) -> Gift:
    """The gift as it was stored last; raises GiftUnknown."""
    row = session.get(Gift, (book, gift_id))
    if row is None:
        raise GiftUnknown
    return row


def locked(ctx: Context, book: str, gift_id: UUID) -> tuple[Gift, Member, Member]:
    """The gift, its giver and its receiver, kept from changing: people first, by key."""
    row = gift_row(ctx.session, book, gift_id)
    lock_members(ctx.session, {row.giver_id, row.receiver_id})
    ctx.session.refresh(row, with_for_update=True)
    giver = member_row(ctx.session, row.giver_id)
    return row, giver, member_row(ctx.session, row.receiver_id)


def require_strangers(ctx: Context, giver_id: UUID, receiver_id: UUID) -> None:
    """A clerk is neither side of a gift nor kin of either; raises OwnOrKinGift."""
    if {giver_id, receiver_id} & ({ctx.actor.id} | ctx.actor.relatives):
        raise OwnOrKinGift
